"""Jobs that callers cancel, and jobs whose library goes away, on both databases."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from support.media import make_video, moving_pictures
from support.service_work import blob_files, make_worker, stored_keys, work_off

from shotprint.errors import InvalidState, JobNotFound
from shotprint.queue.protocol import Lane
from shotprint.service import analysis
from shotprint.service.indexes import LibraryIndexes
from shotprint.service.media_reader import MediaReader
from shotprint.service.types import (
    Account,
    DeletionKind,
    Job,
    JobRequest,
    JobState,
    Library,
    MediaPlace,
    SaveType,
)
from shotprint.settings import Settings, load
from shotprint.wiring import App


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("films")
    make_video(moving_pictures(4, seed=1, rate=10), rate=10, to=directory / "one.mp4")
    return directory


@pytest.fixture
def settings(database: str, tmp_path: Path, films: Path) -> Settings:
    return load(database=database, data=tmp_path / "data", workers=1, buckets={"films": str(films)})


def submit(app: App, library: Library, save_type: SaveType = SaveType.FORCESAVE) -> str:
    request = JobRequest(MediaPlace("films", "", "one.mp4"), "one", save_type, library.id)
    return app.jobs.submit(library.account_id, request).id


def read(app: App, library: Library, job_id: str) -> Job:
    (job,), _missing = app.jobs.get(library.account_id, [job_id])
    return job


During = Callable[[Callable[[], object]], None]


@pytest.fixture
def while_reading(monkeypatch: pytest.MonkeyPatch) -> During:
    """Call it with what shall happen once while a worker reads a file."""

    def during(happens: Callable[[], object]) -> None:
        read_file = MediaReader.read

        def read_and(*arguments: object, **named: object) -> object:
            media = read_file(*arguments, **named)
            happens()
            return media

        monkeypatch.setattr(MediaReader, "read", read_and)

    return during


@pytest.mark.parametrize("only_queued", [True, False])
def test_a_queued_job_ends_at_once_and_is_never_done(app: App, library: Library, only_queued: bool) -> None:
    job_id = submit(app, library)
    job = app.jobs.cancel(library.account_id, job_id, only_queued=only_queued)
    assert (job.state, job.error_code) == (JobState.FAILED, "cancelled")
    assert job.error_message
    assert job.finished is not None
    assert read(app, library, job_id) == job
    work_off(app)
    assert read(app, library, job_id) == job
    assert stored_keys(app, library) == []
    assert app.queue.waiting() == 0


def test_what_a_cancelled_job_found_is_discarded(app: App, library: Library, while_reading: During) -> None:
    job_id = submit(app, library)
    while_reading(lambda: app.jobs.cancel(library.account_id, job_id))
    work_off(app)
    job = read(app, library, job_id)
    assert (job.state, job.error_code, job.file_id) == (JobState.FAILED, "cancelled", None)
    assert stored_keys(app, library) == []
    assert blob_files(app) == []
    assert app.queue.waiting() == 0


def test_a_worker_stops_reading_when_its_job_is_cancelled(
    app: App, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(analysis, "LOOK_EVERY_S", 0.0)
    job_id = submit(app, library)
    shares: list[float] = []

    def note(_jobs: object, _job_id: str, share: float) -> None:
        shares.append(share)
        if len(shares) == 1:
            app.jobs.cancel(library.account_id, job_id)

    monkeypatch.setattr(analysis, "NOTE_EVERY_S", 0.0)
    monkeypatch.setattr("shotprint.service.jobs.Jobs.set_progress", note)
    work_off(app)
    assert read(app, library, job_id).error_code == "cancelled"
    assert max(shares) < analysis.READING_SHARE
    assert app.queue.waiting() == 0


def test_a_running_job_is_left_alone_when_only_queued_ones_are_meant(
    app: App, library: Library, while_reading: During
) -> None:
    job_id = submit(app, library)
    refused: list[InvalidState] = []

    def cancel() -> None:
        with pytest.raises(InvalidState) as caught:
            app.jobs.cancel(library.account_id, job_id, only_queued=True)
        refused.append(caught.value)

    while_reading(cancel)
    work_off(app)
    assert [error.parameter for error in refused] == ["job_id"]
    assert read(app, library, job_id).state is JobState.SUCCEEDED


def test_a_finished_job_cannot_be_cancelled(app: App, library: Library) -> None:
    job_id = submit(app, library)
    work_off(app)
    before = read(app, library, job_id)
    with pytest.raises(InvalidState):
        app.jobs.cancel(library.account_id, job_id)
    assert read(app, library, job_id) == before


def test_cancelling_twice_is_refused(app: App, library: Library) -> None:
    job_id = submit(app, library)
    app.jobs.cancel(library.account_id, job_id)
    with pytest.raises(InvalidState):
        app.jobs.cancel(library.account_id, job_id)


@pytest.mark.parametrize("job_id", ["0" * 32, "x", ""])
def test_a_job_that_is_not_there_cannot_be_cancelled(app: App, mine: Account, job_id: str) -> None:
    with pytest.raises(JobNotFound):
        app.jobs.cancel(mine.id, job_id)


def test_others_jobs_cannot_be_cancelled(app: App, library: Library) -> None:
    job_id = submit(app, library)
    with pytest.raises(JobNotFound):
        app.jobs.cancel(app.accounts.create("stranger").id, job_id)
    assert read(app, library, job_id).state is JobState.QUEUED


@pytest.mark.parametrize("save_type", list(SaveType))
def test_a_queued_job_of_a_deleted_library_fails(app: App, library: Library, save_type: SaveType) -> None:
    job_id = submit(app, library, save_type)
    app.deletions.delete_library(library.account_id, library.id, DeletionKind.DELETE)
    make_worker(app, Lane.UPKEEP).step()
    work_off(app)
    assert read(app, library, job_id).error_code == "library_not_found"


@pytest.mark.parametrize("save_type", list(SaveType))
def test_a_job_fails_whose_library_is_deleted_while_it_runs(
    app: App, library: Library, while_reading: During, save_type: SaveType
) -> None:
    job_id = submit(app, library, save_type)
    app.deletions.delete_library(library.account_id, library.id, DeletionKind.DELETE)
    while_reading(lambda: work_off(app, Lane.UPKEEP))
    while make_worker(app, Lane.ANALYSIS).step():
        pass
    job = read(app, library, job_id)
    assert (job.state, job.error_code) == (JobState.FAILED, "library_not_found")
    assert blob_files(app) == []


@pytest.mark.parametrize("save_type", [SaveType.NOSAVE, SaveType.SAVE])
def test_a_job_fails_whose_library_is_deleted_while_it_searches(
    app: App, library: Library, monkeypatch: pytest.MonkeyPatch, save_type: SaveType
) -> None:
    job_id = submit(app, library, save_type)
    app.deletions.delete_library(library.account_id, library.id, DeletionKind.DELETE)
    search = LibraryIndexes.search

    def search_and_delete(*arguments: object, **named: object) -> object:
        found = search(*arguments, **named)
        work_off(app, Lane.UPKEEP)
        return found

    monkeypatch.setattr(LibraryIndexes, "search", search_and_delete)
    while make_worker(app, Lane.ANALYSIS).step():
        pass
    job = read(app, library, job_id)
    assert (job.state, job.error_code) == (JobState.FAILED, "library_not_found")
    assert blob_files(app) == []


def test_of_cancelling_and_finishing_at_once_one_wins(
    app: App, library: Library, while_reading: During
) -> None:
    """Whoever is first: a cancelled job has stored nothing, and a refused cancellation leaves the result."""
    refused: list[bool] = []
    job_id = submit(app, library)

    def cancel() -> None:
        try:
            app.jobs.cancel(library.account_id, job_id)
            refused.append(False)
        except InvalidState:
            refused.append(True)

    racer = threading.Thread(target=cancel)
    while_reading(racer.start)
    work_off(app)
    racer.join()
    job = read(app, library, job_id)
    assert job.state is (JobState.SUCCEEDED if refused == [True] else JobState.FAILED)
    assert bool(stored_keys(app, library)) is refused[0]
    assert app.queue.waiting() == 0
