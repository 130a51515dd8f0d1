"""Searches with files that are not kept: begun whole or not at all, and the file gone afterwards."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from support.service_work import work_off

from shotprint.blobs.store import BlobStore
from shotprint.errors import InvalidState, LibraryNotFound, NotFound, OutOfRange
from shotprint.queue.protocol import Lane, Task
from shotprint.service import jobs
from shotprint.service.checks import now
from shotprint.service.searches import FORGET_UPLOAD, UploadForgetting
from shotprint.service.types import Account, JobFilter, JobState, Library, SaveType
from shotprint.wiring import App

KEPT = timedelta(minutes=10)


def send(app: App, account: Account, name: str = "film.mp4") -> str:
    upload = app.uploads.begin(account.id, name, 4)
    app.uploads.append(account.id, upload.id, 0, b"film")
    return upload.id


def blob(app: App, account: Account, upload_id: str) -> bool:
    return BlobStore(app.settings.blobs_url).exists(f"console-uploads/{account.id}/{upload_id}")


def forget(app: App, upload_id: str, *, after: timedelta = timedelta(0)) -> None:
    """Do the task as a worker does `after` now."""
    with app.database.sessions.begin() as session:
        app.queue.put(session, FORGET_UPLOAD, upload_id, lane=Lane.DELIVERY)
    task = app.queue.claim([Lane.DELIVERY], "tester")
    assert isinstance(task, Task)
    forgetting = UploadForgetting(
        app.database, app.queue, app.uploads, kept_for=KEPT, clock=lambda: now() + after
    )
    forgetting.run(task, lambda: False)


def test_a_search_uses_the_file_and_stores_nothing(app: App, mine: Account, library: Library) -> None:
    upload_id = send(app, mine)
    job = app.searches.submit(mine.id, library.id, upload_id, min_similarity=0.5)
    assert (job.request.save_type, job.request.primary_key) == (SaveType.NOSAVE, "film.mp4")
    assert (job.request.library_id, job.request.similarity_threshold) == (library.id, 0.5)
    assert app.uploads.get(mine.id, upload_id).job_id == job.id
    with app.buckets.open(job.request.place.bucket, job.request.place.object) as (file, _):
        assert file.read() == b"film"
    work_off(app)
    assert app.jobs.one(mine.id, job.id).state is JobState.FAILED  # it is no film
    assert app.libraries.get(mine.id, library.id).file_count == 0


def test_the_file_goes_some_time_after_the_job_is_over(app: App, mine: Account, library: Library) -> None:
    upload_id = send(app, mine)
    job = app.searches.submit(mine.id, library.id, upload_id)
    forget(app, upload_id, after=timedelta(days=1))
    assert blob(app, mine, upload_id)  # however long the job waits
    with app.database.sessions.begin() as session:
        jobs.succeed(session, job.id, [], 1.0, None)
    forget(app, upload_id)
    assert blob(app, mine, upload_id)
    waiting = app.queue.waiting()
    forget(app, upload_id, after=KEPT + timedelta(seconds=1))
    assert not blob(app, mine, upload_id)
    assert app.queue.waiting() == waiting  # nobody looks again
    with pytest.raises(NotFound):
        app.uploads.get(mine.id, upload_id)
    forget(app, upload_id)


def test_a_worker_removes_it_by_itself(app: App, mine: Account, library: Library, tmp_path: Path) -> None:
    upload_id = send(app, mine)
    job = app.searches.submit(mine.id, library.id, upload_id)
    app.jobs.cancel(mine.id, job.id)
    with app.database.sessions.begin() as session:
        app.queue.put(session, FORGET_UPLOAD, upload_id, lane=Lane.UPKEEP)
    work_off(app)
    assert blob(app, mine, upload_id)  # for an hour, as the settings say
    assert app.chores[FORGET_UPLOAD]


@pytest.mark.parametrize("broken", ["library", "threshold", "upload", "unfinished", "taken", "foreign"])
def test_what_cannot_be_searched_leaves_everything_as_it_was(
    app: App, mine: Account, library: Library, broken: str
) -> None:
    other = app.accounts.create("other")
    upload_id = send(app, other if broken == "foreign" else mine)
    waiting = app.queue.waiting()
    if broken == "unfinished":
        upload_id = app.uploads.begin(mine.id, "film.mp4", 4).id
    if broken == "taken":
        app.searches.submit(mine.id, library.id, upload_id)
        waiting = app.queue.waiting()
    with pytest.raises((InvalidState, LibraryNotFound, NotFound, OutOfRange)):
        app.searches.submit(
            mine.id,
            "0" * 32 if broken == "library" else library.id,
            "0" * 32 if broken == "upload" else upload_id,
            min_similarity=2.0 if broken == "threshold" else None,
        )
    assert app.queue.waiting() == waiting
    assert len(app.jobs.page(mine.id, JobFilter(), None, 10).items) == (1 if broken == "taken" else 0)
    if broken in ("library", "threshold"):
        assert app.uploads.get(mine.id, upload_id).job_id is None
