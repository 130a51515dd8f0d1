"""Random programs of callers and workers against a model of the service, on both databases.

A program that fails is printed as Python, made as short as possible. Its lines go as they are into the place of
those of `test_a_program`.
"""

from __future__ import annotations

import logging
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import ClassVar

import pytest
import structlog
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from service_bench import Bench
from service_machine import ServiceMachine
from service_model import PORTION

from shotprint.store.database import Database

pytestmark = pytest.mark.slow

STEPS = int(os.environ.get("SHOTPRINT_TEST_STEPS", "300"))
"""So many steps are made on each database."""

STEPS_OF_A_PROGRAM = 50


@pytest.fixture
def make_bench(
    database_kind: str, new_database: Callable[[str, bool], str], tmp_path: Path
) -> Iterator[Callable[[], Bench]]:
    """Call it for a service without any work. A database serves many programs, each with accounts of its own,
    until one of them fails."""
    idle: list[Database] = []
    numbers = count()

    def make() -> Bench:
        directory = tmp_path / str(next(numbers))
        directory.mkdir()
        database = idle.pop() if idle else Database(new_database(database_kind, True))

        def given_back(clean: bool) -> None:
            shutil.rmtree(directory)
            if clean:
                idle.append(database)
            else:
                database.close()

        return Bench(database, directory, given_back)

    yield make
    for database in idle:
        database.close()


@pytest.fixture
def quiet() -> Iterator[None]:
    """Nothing is logged: a printed program shall not drown in it."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.configure(**before)


@pytest.fixture
def machine(
    quiet: None, make_bench: Callable[[], Bench], monkeypatch: pytest.MonkeyPatch
) -> type[ServiceMachine]:
    """A machine in whose service nothing waits, and what is done in portions is done in small ones."""
    monkeypatch.setattr("shotprint.worker.loop.NOT_READY_S", 0.0)
    monkeypatch.setattr("shotprint.service.analysis.LOOK_EVERY_S", 0.0)
    monkeypatch.setattr("shotprint.service.deleting.LATER", timedelta())
    monkeypatch.setattr("shotprint.service.deleting.PORTION", PORTION)
    monkeypatch.setattr("shotprint.service.indexes.UNSAVED_FILES", 3)
    monkeypatch.setattr("shotprint.engine.index.segmented_index.FRESH_FILES", 3)

    class Machine(ServiceMachine):
        counted: ClassVar[Counter[str]] = Counter()

    Machine.make_bench = staticmethod(make_bench)
    return Machine


def test_programs(machine: type[ServiceMachine]) -> None:
    wanted = settings(
        stateful_step_count=STEPS_OF_A_PROGRAM, max_examples=1, deadline=None, print_blob=True,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    while (done := machine.counted.total()) < STEPS:
        programs = -(-(STEPS - done) // (STEPS_OF_A_PROGRAM - 1))  # the first step begins, and is not counted
        run_state_machine_as_test(machine, settings=settings(wanted, max_examples=programs))
    print(f"{machine.counted.total()} steps:", dict(machine.counted))


def test_a_program(machine: type[ServiceMachine]) -> None:
    """Of two saves of the same film one finds the other, whose library is then deleted while an import reads."""
    Machine = machine  # noqa: N806 - Hypothesis prints a program with this name, to be pasted here
    state = Machine()
    libraries_0 = state.begin_with_a_library(account=0, name="a", stored=[], submitted=[("one", "k", "save")])
    state.both_say_the_same()
    state.begin_and_stop(at=["looked again"])
    state.submit(
        library=libraries_0, film="one and two", key="l", save_type="save", threshold=0.3, to_default=False
    )
    state.work_on_films()
    state.both_say_the_same()
    state.go_on_or_begin(number=0, at=["reading"], befalls="nothing")
    state.both_say_the_same()
    first, second = state.model.jobs
    assert [match.reference for match in first.matches] == ["l"]
    assert (first.file, second.matches) == (None, [])
    state.import_list(library=libraries_0, save_type="onlysave", lines=[("m", "two"), ("n", None)])
    state.work_on_films()
    state.begin_and_stop(at=["reading"])
    state.delete_library(library=libraries_0, kind="delete")
    state.work_on_upkeep()
    state.both_say_the_same()
    state.go_on_to_the_next_stop(number=0)
    state.both_say_the_same()
    assert [job.error for job in state.model.imports] == ["library_not_found"]
    state.teardown()


def test_a_program_in_which_a_line_at_work_is_cancelled(machine: type[ServiceMachine]) -> None:
    state = machine()
    library = state.begin_with_a_library(account=0, name="a", stored=[], submitted=[])
    for film in ("one", "broken", "unsteady", "missing"):
        state.import_list(library=library, save_type="save", lines=[("k", film), ("l", "two")])
        state.work_on_films()
        state.begin_and_stop(at=["reading"])
        state.cancel_import(number=0)
        state.both_say_the_same()
        while state.paused:
            state.go_on_or_begin(number=0, at=["reading"], befalls="nothing")
        state.both_say_the_same()
        state.work(count=4)
        state.both_say_the_same()
    state.teardown()
