"""Callers and workers on the service and on the model.

A worker's step is a rule like the others. It may stop at the points of `paused_work`, so that anything can happen
while a file is read or after a library was searched; several workers may be stopped at the same time.
"""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import precondition
from made_films import FILMS
from paused_work import LOOKED_AGAIN, READING, SEARCHED
from service_callers import Callers, numbers, step
from service_sides import BOTH_LANES, Worker, expect, told
from service_things import Import, Job, Library, is_gone

from shotprint.errors import LibraryNotFound
from shotprint.queue.protocol import Lane

MOST_PAUSED = 3

lanes = st.sampled_from([["upkeep", "analysis"], ["analysis"], ["upkeep"]])
stops = st.sampled_from(
    [[READING], [SEARCHED], [LOOKED_AGAIN], [SEARCHED, LOOKED_AGAIN], [READING, SEARCHED]]
)

befallings = st.sampled_from(["nothing", "lost", "cancelled", "deleted", "stored"])


class ServiceMachine(Callers):
    """Callers, and workers with all that may befall them."""

    @precondition(lambda self: self._has_work(*BOTH_LANES))
    @step(count=st.integers(1, 4))
    def work(self, count: int) -> None:
        for _ in range(count):
            if not self._begin(BOTH_LANES, frozenset()):
                return
            self.both_say_the_same()

    @precondition(lambda self: self._has_work(Lane.ANALYSIS))
    @step()
    def work_on_films(self) -> None:
        self._begin((Lane.ANALYSIS,), frozenset())

    @precondition(lambda self: self._has_work(Lane.UPKEEP))
    @step()
    def work_on_upkeep(self) -> None:
        self._begin((Lane.UPKEEP,), frozenset())

    @precondition(lambda self: len(self.paused) < MOST_PAUSED and self._has_work(Lane.ANALYSIS))
    @step(at=stops)
    def begin_and_stop(self, at: list[str]) -> None:
        self._begin((Lane.ANALYSIS,), frozenset(at))

    @precondition(lambda self: self.paused or self._has_work(Lane.ANALYSIS))
    @step(number=st.integers(0, MOST_PAUSED - 1), at=stops, befalls=befallings)
    def go_on_or_begin(self, number: int, at: list[str], befalls: str) -> None:
        """One that stopped goes on until its end, if there are so many, perhaps without its lease, or after its
        work was cancelled, its library deleted or the same film stored; else another begins."""
        if number < len(self.paused):
            worker = self.paused[number]
            worker.stops = frozenset()
            if befalls == "lost":
                self._lose(worker)
            elif befalls == "cancelled" and isinstance(worker.task.subject, Job):
                self._cancel(worker.task.subject, only_queued=False)
            elif befalls == "cancelled" and isinstance(worker.task.subject, Import):
                self._cancel_import(worker.task.subject)
            elif befalls == "deleted":
                self._delete(worker.task.subject.library)
            elif befalls == "stored":
                self._store_the_same(worker.task.subject)
            self._go_on(worker)
        elif self._has_work(Lane.ANALYSIS):
            self._begin((Lane.ANALYSIS,), frozenset(at))

    @precondition(lambda self: self.paused)
    @step(number=numbers)
    def go_on_to_the_next_stop(self, number: int) -> None:
        self._go_on(self.paused[number % len(self.paused)])

    @precondition(lambda self: self.paused)
    @step(number=numbers)
    def lose_the_lease(self, number: int) -> None:
        """A worker that stopped seems to be dead, so that another may have its task; then it goes on."""
        self._lose(self.paused[number % len(self.paused)])

    def _delete(self, library: Library) -> None:
        """Delete the library and work until it is gone for callers."""
        if not is_gone(library):
            self.delete_library(library=library, kind="delete")
        while not is_gone(library):
            self._begin((Lane.UPKEEP,), frozenset())

    def _store_the_same(self, subject: Job | Import) -> None:
        line = subject if isinstance(subject, Job) else subject.next_line()
        if line is not None and line.film in FILMS:
            self.add_file(library=subject.library, film=line.film, key="n")
            self.both_say_the_same()

    def _lose(self, worker: Worker) -> None:
        if worker.real.task is not None and worker.task in self.model.queue:
            self.app.queue.release(worker.real.task, delay_s=0, count=True)
            worker.real.task = None
            self.model.lose(worker.task)

    @precondition(lambda self: self._has_work(*BOTH_LANES))
    @step(of=lanes)
    def die(self, of: list[str]) -> None:
        """A worker takes a task and is never heard of again."""
        taken = [Lane(lane) for lane in of]
        claimed = self.app.queue.claim(taken, "dead")
        task = self.model.next_task(taken)
        assert told(claimed) == told(task)
        if claimed is not None and task is not None:
            self.app.queue.release(claimed, delay_s=0, count=True)
            task.attempts += 1

    @step(library=Callers.libraries, rebuild=st.booleans())
    def restart(self, library: Library, rebuild: bool) -> None:
        """The workers to come are another process's; the command to make an index anew may come before."""
        if rebuild:
            error = LibraryNotFound if is_gone(library) else None
            count = expect(error, lambda: self.app.analysis.indexes.rebuild(library.id))
            assert count in (None, len(library.living()))
        self.bench.restart()
