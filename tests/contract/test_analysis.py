"""Jobs from their submission to their result, done by a worker's loop in this process, on both databases."""

from __future__ import annotations

import io
import threading
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from sqlalchemy import select, update
from support.media import make_video, moving_pictures

from shotprint.blobs.store import BlobStore
from shotprint.engine import codec
from shotprint.engine.pipeline import fingerprint_file
from shotprint.engine.types import Match, Role
from shotprint.errors import InternalError, LeaseLost, NotReady
from shotprint.queue.protocol import Lane, Task
from shotprint.service import analysis
from shotprint.service.indexes import Found
from shotprint.service.media_reader import Media
from shotprint.service.results import ResultWriter, Work
from shotprint.service.types import (
    Account,
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
from shotprint.store.models import FileRow, LibraryRow
from shotprint.wiring import App, open_app
from shotprint.worker.loop import Worker
from shotprint.worker.tasks import handlers, limits


@pytest.fixture(scope="session")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """one.mp4 and two.mp4 of 8 s each, copy.mp4 showing one.mp4 from its second 4 on, large.mp4 of twice its
    size, short.mp4 showing seconds 1.9 to 4.1 of that, and a broken file."""
    directory = tmp_path_factory.mktemp("films")
    make_video(moving_pictures(8, seed=1, rate=10), rate=10, to=directory / "one.mp4")
    make_video(moving_pictures(8, seed=2, rate=10), rate=10, to=directory / "two.mp4")
    spliced = [*moving_pictures(4, seed=3, rate=10), *moving_pictures(8, seed=1, rate=10)]
    enlarged = [cv2.resize(picture, (192, 144)).astype(np.uint8) for picture in spliced]
    make_video(enlarged, rate=10, to=directory / "copy.mp4")
    foreign = [list(moving_pictures(3, 320, 240, seed=9, rate=10, start=start)) for start in (0, 4)]
    part = moving_pictures(2.2, 320, 240, seed=1, rate=10, start=1.9)
    make_video([*foreign[0], *part, *foreign[1]], rate=10, to=directory / "short.mp4")
    make_video(moving_pictures(8, 320, 240, seed=1, rate=10), rate=10, to=directory / "large.mp4")
    (directory / "broken.mp4").write_bytes(b"no media at all" * 1000)
    return directory


@pytest.fixture
def settings(database: str, tmp_path: Path, films: Path) -> Settings:
    return load(database=database, data=tmp_path / "data", workers=1, buckets={"films": str(films)})


def make_worker(app: App, *lanes: Lane) -> Worker:
    return Worker(
        app.queue,
        handlers(app),
        limits(app.settings),
        lanes=lanes,
        name="tester",
        stop=threading.Event(),
    )


def work_off(app: App) -> None:
    """Do everything that is due."""
    worker = make_worker(app, Lane.UPKEEP, Lane.ANALYSIS)
    while worker.step():
        pass


def submit(
    app: App,
    library: Library,
    name: str,
    save_type: SaveType,
    key: str | None = None,
    threshold: float | None = None,
) -> str:
    place = MediaPlace("films", "here", name)
    request = JobRequest(place, key or name, save_type, library.id, similarity_threshold=threshold)
    return app.jobs.submit(library.account_id, request).id


def read(app: App, library: Library, job_id: str) -> Job:
    (job,), _missing = app.jobs.get(library.account_id, [job_id])
    return job


def done(
    app: App,
    library: Library,
    name: str,
    save_type: SaveType,
    key: str | None = None,
    threshold: float | None = None,
) -> Job:
    """A job that was submitted and done."""
    job_id = submit(app, library, name, save_type, key, threshold)
    work_off(app)
    return read(app, library, job_id)


def references(job: Job) -> list[str]:
    return [match.reference for match in job.matches]


def stored_keys(app: App, library: Library) -> list[str]:
    page = app.files.page(library.account_id, library.id, FileFilter(), None, 100)
    return [file.primary_key for file in page.items]


def blobs(app: App, kind: str) -> list[Path]:
    return sorted(Path(app.settings.blobs_url).glob(f"{kind}/*/*"))


def claim(app: App) -> Task:
    task = app.queue.claim([Lane.ANALYSIS], "tester")
    assert task is not None
    return task


def test_save_stores_a_file_that_copies_nothing(app: App, library: Library) -> None:
    job = done(app, library, "one.mp4", SaveType.SAVE, "key 1")
    assert (job.state, job.matches, job.error_code) == (JobState.SUCCEEDED, (), None)
    assert job.duration_s == pytest.approx(8, abs=0.05)
    assert job.progress == 1.0
    assert job.finished is not None
    file = app.files.find(library.account_id, library.id, "key 1")
    assert (file.id, file.duration_s) == (job.file_id, job.duration_s)
    assert file.place == MediaPlace("films", "here", "one.mp4")
    counted = app.libraries.get(library.account_id, library.id)
    assert (counted.file_count, counted.duration_s) == (1, pytest.approx(8, abs=0.05))
    assert app.queue.waiting() == 0


def test_save_stores_no_duplicate_and_says_where_it_is(app: App, library: Library) -> None:
    done(app, library, "one.mp4", SaveType.SAVE, "key 1")
    done(app, library, "two.mp4", SaveType.SAVE, "key 2")
    job = done(app, library, "copy.mp4", SaveType.SAVE)
    assert (job.state, job.file_id) == (JobState.SUCCEEDED, None)
    (match,) = job.matches
    assert match.reference == "key 1"
    assert match.similarity > 0.5
    (segment,) = match.segments
    found = (segment.query_start, segment.query_end, segment.reference_start, segment.reference_end)
    assert found == pytest.approx((4, 12, 0, 8), abs=0.7)
    assert stored_keys(app, library) == ["key 1", "key 2"]
    assert len(blobs(app, "fingerprints")) == len(blobs(app, "thumbnails")) == 2


def test_nosave_only_searches(app: App, library: Library) -> None:
    done(app, library, "one.mp4", SaveType.SAVE, "key 1")
    found = done(app, library, "copy.mp4", SaveType.NOSAVE)
    nothing = done(app, library, "two.mp4", SaveType.NOSAVE)
    assert references(found) == ["key 1"]
    assert (nothing.state, nothing.matches) == (JobState.SUCCEEDED, ())
    assert found.file_id is nothing.file_id is None
    assert stored_keys(app, library) == ["key 1"]


def test_forcesave_stores_a_duplicate_and_reports_what_it_copies(app: App, library: Library) -> None:
    done(app, library, "one.mp4", SaveType.FORCESAVE, "key 1")
    job = done(app, library, "copy.mp4", SaveType.FORCESAVE)
    assert references(job) == ["key 1"]
    assert job.file_id is not None
    assert stored_keys(app, library) == ["key 1", "copy.mp4"]


def test_onlysave_does_not_search(app: App, library: Library) -> None:
    done(app, library, "one.mp4", SaveType.ONLYSAVE, "key 1")
    job = done(app, library, "copy.mp4", SaveType.ONLYSAVE)
    assert (job.state, job.matches) == (JobState.SUCCEEDED, ())
    assert stored_keys(app, library) == ["key 1", "copy.mp4"]
    assert set(references(done(app, library, "one.mp4", SaveType.NOSAVE))) == {"key 1", "copy.mp4"}


def test_the_threshold_hides_weaker_matches_and_decides_what_a_duplicate_is(
    app: App, library: Library
) -> None:
    done(app, library, "one.mp4", SaveType.SAVE, "key 1")
    strict = done(app, library, "copy.mp4", SaveType.SAVE, "strict", threshold=1.0)
    assert strict.matches == ()
    assert strict.file_id is not None
    loose = done(app, library, "copy.mp4", SaveType.SAVE, "loose", threshold=0.1)
    assert set(references(loose)) == {"key 1", "strict"}
    assert loose.file_id is None


@pytest.mark.parametrize("save_type", [SaveType.SAVE, SaveType.ONLYSAVE])
def test_the_stored_fingerprint_is_the_reference_print_of_the_file(
    app: App, library: Library, films: Path, save_type: SaveType
) -> None:
    done(app, library, "one.mp4", save_type)
    (path,) = blobs(app, "fingerprints")
    expected, _info = fingerprint_file(films / "one.mp4", role=Role.REFERENCE)
    assert path.read_bytes() == codec.encode(expected)


def test_thumbnails_of_a_stored_file_are_kept(app: App, library: Library) -> None:
    done(app, library, "one.mp4", SaveType.SAVE)
    (path,) = blobs(app, "thumbnails")
    with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
        names = archive.namelist()
        assert names[0] == "000000000.jpg"
        assert 6 <= len(names) <= 9
        picture = cv2.imdecode(np.frombuffer(archive.read(names[3]), np.uint8), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    assert picture.shape == (120, 160)
    assert picture.std() > 10


def test_thumbnails_can_be_switched_off(database: str, tmp_path: Path, films: Path) -> None:
    settings = load(
        database=database, data=tmp_path / "data", buckets={"films": str(films)}, thumbnails=False
    )
    app = open_app(settings)
    library = app.libraries.create(app.accounts.create("mine").id, "library")
    work_off(app)
    done(app, library, "one.mp4", SaveType.SAVE)
    assert stored_keys(app, library) == ["one.mp4"]
    assert blobs(app, "thumbnails") == []
    app.close()


def test_a_file_of_the_same_key_replaces_the_earlier_one(app: App, library: Library) -> None:
    done(app, library, "one.mp4", SaveType.FORCESAVE, "key")
    before = blobs(app, "fingerprints")
    done(app, library, "two.mp4", SaveType.FORCESAVE, "key")
    assert stored_keys(app, library) == ["key"]
    assert references(done(app, library, "one.mp4", SaveType.NOSAVE)) == []
    assert references(done(app, library, "two.mp4", SaveType.NOSAVE)) == ["key"]
    after = blobs(app, "fingerprints")
    assert len(after) == 1
    assert after != before


@pytest.mark.parametrize(
    ("bucket", "name", "code"),
    [
        ("films", "absent.mp4", "media_not_found"),
        ("absent", "one.mp4", "media_not_found"),
        ("films", "../one.mp4", "media_not_found"),
        ("films", "broken.mp4", "media_unreadable"),
    ],
)
def test_bad_media_fails_the_job_at_once(
    app: App, library: Library, bucket: str, name: str, code: str
) -> None:
    request = JobRequest(MediaPlace(bucket, "here", name), "key", SaveType.SAVE, library.id)
    job_id = app.jobs.submit(library.account_id, request).id
    work_off(app)
    job = read(app, library, job_id)
    assert (job.state, job.error_code) == (JobState.FAILED, code)
    assert job.error_message
    assert job.finished is not None
    assert app.queue.waiting() == 0
    assert stored_keys(app, library) == []
    assert blobs(app, "*") == []


@pytest.mark.parametrize(
    ("limit", "code"),
    [({"max_media_seconds": 5}, "media_too_long"), ({"max_media_bytes": 1000}, "media_too_large")],
)
def test_media_beyond_the_limits_is_refused(
    database: str, tmp_path: Path, films: Path, limit: dict[str, object], code: str
) -> None:
    settings = load(database=database, data=tmp_path / "data", buckets={"films": str(films)}, **limit)
    app = open_app(settings)
    library = app.libraries.create(app.accounts.create("mine").id, "library")
    work_off(app)
    job = done(app, library, "one.mp4", SaveType.SAVE)
    assert (job.state, job.error_code) == (JobState.FAILED, code)
    assert stored_keys(app, library) == []
    app.close()


def test_a_short_copy_is_told_when_the_settings_let_it(database: str, tmp_path: Path, films: Path) -> None:
    """In the job's search, and in that of what came since, which a job that stores makes."""
    for number, (least, told) in enumerate([(2.0, ["large.mp4"]), (3.0, [])]):
        settings = load(
            database=database, data=tmp_path / "data", buckets={"films": str(films)}, min_segment_s=least
        )
        app = open_app(settings)
        library = app.libraries.create(app.accounts.create(f"mine {number}").id, "library")
        work_off(app)
        done(app, library, "large.mp4", SaveType.FORCESAVE)
        assert references(done(app, library, "short.mp4", SaveType.NOSAVE)) == told
        asked, _ = fingerprint_file(films / "short.mp4", role=Role.QUERY)
        assert len(app.analysis.indexes.search_newer(library.id, asked, 0).matches) == len(told)
        app.close()


def test_what_nearly_was_a_match_is_kept_and_told_to_nobody_who_asks_for_results(
    app: App, library: Library
) -> None:
    done(app, library, "large.mp4", SaveType.FORCESAVE, "the film")
    near = done(app, library, "large.mp4", SaveType.SAVE, "another key", threshold=1.0)
    assert near.matches == ()
    (finding,) = app.findings.of(near.id)
    assert (finding.told, finding.match.reference) == (False, "the film")
    assert finding.match.segments[0].similarity == pytest.approx(finding.proofs[0].similarity, abs=1e-3)
    found = done(app, library, "large.mp4", SaveType.NOSAVE)
    assert {one.match.reference for one in app.findings.of(found.id) if one.told} == set(references(found))
    stored = done(app, library, "one.mp4", SaveType.ONLYSAVE)
    assert app.findings.of(stored.id) == ()


def test_a_job_waits_until_its_library_is_active(app: App, mine: Account) -> None:
    library = app.libraries.create(mine.id, "library")
    job_id = submit(app, library, "one.mp4", SaveType.SAVE)
    analyst = make_worker(app, Lane.ANALYSIS)
    for _ in range(app.settings.job_attempts + 1):
        while not analyst.step():
            time.sleep(0.02)
        assert read(app, library, job_id).state is JobState.QUEUED
    ends = time.monotonic() + 20
    while read(app, library, job_id).state is not JobState.SUCCEEDED:
        assert time.monotonic() < ends
        work_off(app)
        time.sleep(0.02)
    assert app.libraries.get(mine.id, library.id).state is LibraryState.ACTIVE
    assert stored_keys(app, library) == ["one.mp4"]


def test_a_job_of_a_library_that_was_deleted_fails(app: App, library: Library) -> None:
    job_id = submit(app, library, "one.mp4", SaveType.SAVE)
    with app.database.sessions.begin() as session:
        session.execute(update(LibraryRow).values(state=LibraryState.DELETED))
    work_off(app)
    job = read(app, library, job_id)
    assert (job.state, job.error_code) == (JobState.FAILED, "library_not_found")


def test_a_job_delivered_twice_is_done_once(app: App, library: Library) -> None:
    job = done(app, library, "one.mp4", SaveType.FORCESAVE)
    with app.database.sessions.begin() as session:
        app.queue.put(session, "analyse", job.id, lane=Lane.ANALYSIS)
        app.queue.put(session, "analyse", "0" * 32, lane=Lane.ANALYSIS)
    work_off(app)
    assert read(app, library, job.id) == job
    assert len(stored_keys(app, library)) == 1
    assert app.queue.waiting() == 0


def test_without_the_lease_nothing_is_written(app: App, library: Library) -> None:
    job_id = submit(app, library, "one.mp4", SaveType.FORCESAVE)
    late = claim(app)
    app.queue.release(late, delay_s=0.0, count=True)
    holder = claim(app)
    with pytest.raises(LeaseLost):
        app.analysis.run(late, lambda: False)
    app.analysis.fail(late, InternalError())
    assert read(app, library, job_id).state is JobState.RUNNING
    assert stored_keys(app, library) == []
    assert blobs(app, "fingerprints") == blobs(app, "thumbnails") == []
    app.analysis.run(holder, lambda: False)
    assert read(app, library, job_id).state is JobState.SUCCEEDED
    assert stored_keys(app, library) == ["one.mp4"]


def test_the_progress_of_a_running_job_can_be_read(
    app: App, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(analysis, "NOTE_EVERY_S", 0.0)
    job_id = submit(app, library, "one.mp4", SaveType.SAVE)
    shares: list[float] = []

    def cancel() -> bool:
        job = read(app, library, job_id)
        assert job.state is JobState.RUNNING
        shares.append(job.progress)
        return False

    app.analysis.run(claim(app), cancel)
    assert shares == sorted(shares)
    assert shares[0] == 0
    assert 0.5 < shares[-1] <= 1
    assert len(set(shares)) > 5


def test_two_saves_of_the_same_film_at_once_store_it_once(
    app: App, library: Library, settings: Settings
) -> None:
    ids = [submit(app, library, "one.mp4", SaveType.SAVE, key) for key in ("left", "right")]
    tasks = [claim(app), claim(app)]
    others = [open_app(settings), open_app(settings)]
    together = threading.Barrier(2)
    errors: list[BaseException] = []

    def run(other: App, task: Task) -> None:
        first = iter([True])

        def cancel() -> bool:
            if next(first, False):  # both are in the middle of reading, before either searches
                together.wait(30)
            return False

        try:
            other.analysis.run(task, cancel)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=pair) for pair in zip(others, tasks, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for other in others:
        other.close()
    assert errors == []
    jobs = [read(app, library, job_id) for job_id in ids]
    (stored,) = [job for job in jobs if job.file_id is not None]
    (refused,) = [job for job in jobs if job.file_id is None]
    assert references(refused) == [stored.request.primary_key]
    assert len(stored_keys(app, library)) == len(blobs(app, "fingerprints")) == 1


@pytest.fixture
def media(films: Path) -> Media:
    print_, info = fingerprint_file(films / "one.mp4", role=Role.QUERY)
    return Media(print_, info, 1, None)


MakeWork = Callable[[SaveType], Work]


@pytest.fixture
def make_work(app: App, library: Library) -> MakeWork:
    """Call it for a job that was claimed."""

    def make(save_type: SaveType) -> Work:
        job = read(app, library, submit(app, library, "one.mp4", save_type))
        return Work(claim(app), job, library.id, "video-2")

    return make


@pytest.fixture
def writer(app: App) -> ResultWriter:
    return ResultWriter(app.database, app.queue, BlobStore(app.settings.blobs_url), app.analysis.indexes)


def test_a_match_that_was_removed_since_the_search_is_not_reported(
    app: App, library: Library, make_work: MakeWork, writer: ResultWriter, media: Media
) -> None:
    work = make_work(SaveType.NOSAVE)
    writer.write(work, media, Found((Match("f" * 32, 0.9, ()),), 0))
    job = read(app, library, work.job.id)
    assert (job.state, job.matches) == (JobState.SUCCEEDED, ())


def test_a_save_is_done_again_when_its_duplicates_were_removed_since_the_search(
    app: App, library: Library, make_work: MakeWork, writer: ResultWriter, media: Media
) -> None:
    work = make_work(SaveType.SAVE)
    with pytest.raises(NotReady):
        writer.write(work, media, Found((Match("f" * 32, 0.9, ()),), 0))
    assert read(app, library, work.job.id).state is JobState.QUEUED
    assert app.queue.beat(work.task)


def test_a_file_without_its_fingerprint_does_not_end_the_searches_of_its_library(
    app: App, library: Library, settings: Settings
) -> None:
    done(app, library, "one.mp4", SaveType.FORCESAVE, "lost")
    done(app, library, "two.mp4", SaveType.FORCESAVE, "kept")
    with app.database.reads() as session:
        lost = session.scalar(select(FileRow.fingerprint_url).where(FileRow.primary_key == "lost"))
    (Path(settings.blobs_url) / str(lost)).unlink()
    other = open_app(settings)
    try:
        assert references(done(other, library, "two.mp4", SaveType.NOSAVE)) == ["kept"]
    finally:
        other.close()
