"""Real worker processes on both databases: killed, stopped and restarted in the middle of their work."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support import deadly_tasks
from support.media import MPEG4, make_video, moving_pictures

from shotprint.errors import InternalError
from shotprint.service.types import (
    FileFilter,
    Job,
    JobRequest,
    JobState,
    Library,
    LibraryState,
    MediaPlace,
    SaveType,
)
from shotprint.settings import Settings, load
from shotprint.wiring import App
from shotprint.worker.child import NICENESS
from shotprint.worker.pool import WorkerPool
from shotprint.worker.tasks import handlers

pytestmark = pytest.mark.slow

PATIENCE_S = 120  # for a machine that does other things too; nothing here takes that long by itself
FINISHED = (JobState.SUCCEEDED, JobState.FAILED)


@pytest.fixture(scope="session")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """short.mp4 of 3 s; long.mp4 takes a worker some seconds."""
    directory = tmp_path_factory.mktemp("films")
    make_video(moving_pictures(3, rate=10), rate=10, to=directory / "short.mp4")
    long = moving_pictures(40, 320, 240, rate=10, seed=1)
    make_video(long, rate=10, coding=MPEG4, to=directory / "long.mp4")
    for name in (deadly_tasks.DEADLY, deadly_tasks.SLOW):
        (directory / name).write_bytes((directory / "short.mp4").read_bytes())
    return directory


@pytest.fixture
def settings(database: str, tmp_path: Path, films: Path) -> Settings:
    return load(
        database=database, data=tmp_path / "data", workers=1, buckets={"films": str(films)}, lease_s=3.0
    )


@pytest.fixture
def library(app: App) -> Library:
    return app.libraries.create(app.accounts.create("mine").id, "library")


@contextmanager
def running(settings: Settings, make_handlers: Callable[[App], object] = handlers) -> Iterator[WorkerPool]:
    pool = WorkerPool(settings, make_handlers=make_handlers)  # type: ignore[arg-type]
    try:
        pool.start()
        pool.wait_ready(PATIENCE_S)
        yield pool
    finally:
        pool.stop()


def submit(
    app: App, library: Library, name: str, key: str | None = None, save_type: SaveType = SaveType.FORCESAVE
) -> str:
    request = JobRequest(MediaPlace("films", "here", name), key or name, save_type, library.id)
    return app.jobs.submit(library.account_id, request).id


def read(app: App, library: Library, *ids: str) -> list[Job]:
    jobs, missing = app.jobs.get(library.account_id, ids)
    assert missing == []
    return jobs


def wait_for(happened: Callable[[], bool], what: str) -> None:
    ends = time.monotonic() + PATIENCE_S
    while not happened():
        assert time.monotonic() < ends, f"waited in vain for {what}"
        time.sleep(0.02)


def wait_for_state(
    app: App, library: Library, *ids: str, states: tuple[JobState, ...] = FINISHED
) -> list[Job]:
    wait_for(lambda: all(job.state in states for job in read(app, library, *ids)), f"{states}")
    return read(app, library, *ids)


def stored_keys(app: App, library: Library) -> list[str]:
    page = app.files.page(library.account_id, library.id, FileFilter(), None, 100)
    return [file.primary_key for file in page.items]


def is_alive(pid: int) -> bool:
    """Whether the process runs; one that only waits for its parent to notice does not."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return "\nState:\tZ" not in status


def children_of(parent: int) -> list[int]:
    """The worker processes of that process."""
    return [
        int(directory.name)
        for directory in Path("/proc").iterdir()
        if directory.name.isdigit() and is_worker_of(parent, directory)
    ]


def is_worker_of(parent: int, process: Path) -> bool:
    try:
        is_child = f"\nPPid:\t{parent}\n" in (process / "status").read_text()
        return is_child and b"spawn_main" in (process / "cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return False


def runs(settings: Settings) -> list[int]:
    """Process ids of `deadly_tasks.Deadly`."""
    path = settings.data / "runs"
    return [int(line) for line in path.read_text().split()] if path.exists() else []


def test_a_job_of_a_killed_worker_is_done_once_by_another(
    app: App, settings: Settings, library: Library
) -> None:
    with running(settings) as pool:
        job_id = submit(app, library, "long.mp4")
        wait_for_state(app, library, job_id, states=(JobState.RUNNING,))
        (killed,) = pool.pids
        os.kill(killed, signal.SIGKILL)
        wait_for(lambda: killed not in pool.pids, "the end of the worker")
        (job,) = read(app, library, job_id)
        assert job.state is JobState.RUNNING  # nothing was written
        (job,) = wait_for_state(app, library, job_id)
        assert killed not in pool.pids
    assert job.state is JobState.SUCCEEDED
    assert stored_keys(app, library) == ["long.mp4"]
    assert app.libraries.get(library.account_id, library.id).file_count == 1
    assert len(list(Path(settings.blobs_url).glob("fingerprints/*/*"))) == 1
    assert app.queue.waiting() == 0


def test_a_file_that_ends_its_worker_each_time_fails_and_the_others_go_on(
    app: App, settings: Settings, library: Library
) -> None:
    with running(settings, deadly_tasks.make_handlers):
        deadly = submit(app, library, deadly_tasks.DEADLY)
        good = submit(app, library, "short.mp4")
        bad_job, good_job = wait_for_state(app, library, deadly, good)
    assert (bad_job.state, bad_job.error_code) == (JobState.FAILED, "internal")
    assert "ended unexpectedly" in str(bad_job.error_message)
    assert len(runs(settings)) == len(set(runs(settings))) == settings.job_attempts
    assert good_job.state is JobState.SUCCEEDED
    assert stored_keys(app, library) == ["short.mp4"]
    assert app.queue.waiting() == 0


def test_a_stop_gives_back_what_is_running_and_a_restart_resumes(
    app: App, settings: Settings, library: Library
) -> None:
    ids = [submit(app, library, name) for name in (deadly_tasks.SLOW, "short.mp4")]
    with running(settings, deadly_tasks.make_handlers):
        wait_for(lambda: len(runs(settings)) == 1, "the first job to run")
    slow, short = read(app, library, *ids)
    assert slow.state not in FINISHED
    assert short.state is JobState.QUEUED
    assert app.queue.waiting() == 2
    assert stored_keys(app, library) == []
    with running(settings):
        jobs = wait_for_state(app, library, *ids)
    assert [job.state for job in jobs] == [JobState.SUCCEEDED] * 2
    assert sorted(stored_keys(app, library)) == ["short.mp4", deadly_tasks.SLOW]
    assert app.queue.waiting() == 0


def test_a_stop_in_the_middle_of_a_real_analysis_loses_nothing(
    app: App, settings: Settings, library: Library
) -> None:
    job_id = submit(app, library, "long.mp4")
    with running(settings):
        wait_for_state(app, library, job_id, states=(JobState.RUNNING,))
    assert app.queue.waiting() == 1
    assert stored_keys(app, library) == []
    with running(settings):
        (job,) = wait_for_state(app, library, job_id)
    assert job.state is JobState.SUCCEEDED
    assert stored_keys(app, library) == ["long.mp4"]


def test_no_worker_outlives_a_killed_parent_and_its_work_goes_on_elsewhere(
    app: App, settings: Settings, library: Library, films: Path
) -> None:
    command = [sys.executable, "-m", "shotprint", "worker", "--workers", "2", "--data", str(settings.data)]
    command += ["--database", settings.database_url, "--bucket", f"films={films}"]
    environment = os.environ | {"SHOTPRINT_LEASE_S": "3"}
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as parent:
        job_id = submit(app, library, "long.mp4")
        wait_for_state(app, library, job_id, states=(JobState.RUNNING,))
        children = children_of(parent.pid)
        assert len(children) == 2
        parent.kill()
    wait_for(lambda: not any(is_alive(pid) for pid in children), "the end of the children")
    assert stored_keys(app, library) == []
    with running(settings):
        (job,) = wait_for_state(app, library, job_id)
    assert job.state is JobState.SUCCEEDED
    assert stored_keys(app, library) == ["long.mp4"]


def test_workers_leave_the_processor_to_the_api(settings: Settings) -> None:
    with running(settings) as pool:
        own = os.getpriority(os.PRIO_PROCESS, 0)
        assert {os.getpriority(os.PRIO_PROCESS, pid) for pid in pool.pids} == {min(own + NICENESS, 19)}


def test_without_worker_processes_analyses_wait_and_light_work_is_done(
    app: App, settings: Settings, library: Library
) -> None:
    job_id = submit(app, library, "short.mp4")
    alone = settings.model_copy(update={"workers": 0})
    with running(alone) as pool:
        assert pool.pids == ()
        wait_for(
            lambda: app.libraries.get(library.account_id, library.id).state is LibraryState.ACTIVE,
            "the library to be active",
        )
        assert app.jobs.one(library.account_id, job_id).state is JobState.QUEUED
        with running(settings):
            (job,) = wait_for_state(app, library, job_id)
    assert job.state is JobState.SUCCEEDED


def test_two_pools_on_one_database_do_each_job_once(app: App, settings: Settings, library: Library) -> None:
    ids = [submit(app, library, "short.mp4", f"key {number:02d}") for number in range(12)]
    with running(settings), running(settings):
        jobs = wait_for_state(app, library, *ids)
    assert {job.state for job in jobs} == {JobState.SUCCEEDED}
    assert sorted(stored_keys(app, library)) == [f"key {number:02d}" for number in range(12)]
    assert len({job.file_id for job in jobs}) == 12
    assert app.queue.waiting() == 0


def test_a_job_for_a_new_library_waits_until_a_worker_made_it_active(
    app: App, settings: Settings, library: Library
) -> None:
    assert library.state is LibraryState.OFFLINE
    with running(settings):
        wait_for(
            lambda: app.libraries.get(library.account_id, library.id).state is LibraryState.ACTIVE,
            "the library",
        )
        fresh = app.libraries.create(library.account_id, "fresh")
        assert fresh.state is LibraryState.OFFLINE
        (job,) = wait_for_state(app, fresh, submit(app, fresh, "short.mp4"))
    assert job.state is JobState.SUCCEEDED
    assert app.libraries.get(library.account_id, fresh.id).state is LibraryState.ACTIVE


def test_a_pool_that_cannot_start_says_so(app: App, settings: Settings, tmp_path: Path) -> None:
    pool = WorkerPool(settings.model_copy(update={"database": f"sqlite:///{tmp_path}/empty.db"}))
    with pytest.raises(InternalError, match="migration"):
        pool.start()
    pool.stop()
