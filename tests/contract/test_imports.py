"""Bulk imports, done by a worker's loop in this process, on both databases."""

from __future__ import annotations

import json
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from support.media import make_video, moving_pictures
from support.service_work import blob_files, make_worker, stored_keys, work_off

from shotprint.api.wire_errors import job_code
from shotprint.blobs.store import BlobStore
from shotprint.errors import (
    InternalError,
    InvalidState,
    LeaseLost,
    LibraryNotFound,
    NotFound,
    NotSupported,
    ShotprintError,
)
from shotprint.queue.protocol import Lane
from shotprint.service.imports import IMPORT
from shotprint.service.media_reader import MediaReader
from shotprint.service.types import (
    DeletionKind,
    ImportCounts,
    ImportJob,
    ImportRequest,
    JobState,
    Library,
    MediaPlace,
    SaveType,
)
from shotprint.settings import Settings, load
from shotprint.wiring import App, open_app
from shotprint.worker.tasks import handlers


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two films with nothing in common, one of them under a name with a space too, and a broken file."""
    directory = tmp_path_factory.mktemp("films")
    for seed, name in ((1, "one.mp4"), (2, "two.mp4")):
        make_video(moving_pictures(5, seed=seed, rate=10), rate=10, to=directory / name)
    shutil.copy(directory / "one.mp4", directory / "one again.mp4")
    (directory / "broken.mp4").write_bytes(b"no media at all" * 1000)
    return directory


@pytest.fixture
def lists(tmp_path: Path) -> Path:
    directory = tmp_path / "lists"
    directory.mkdir()
    return directory


@pytest.fixture
def settings(database: str, tmp_path: Path, films: Path, lists: Path) -> Settings:
    buckets = {"films": str(films), "lists": str(lists)}
    return load(database=database, data=tmp_path / "data", workers=1, buckets=buckets)


def line(name: str, key: str | None = None, **more: object) -> dict[str, object]:
    return {"PrimaryKey": key or name, "Bucket": "films", "Location": "here", "Object": name, **more}


def request(library: Library, save_type: SaveType = SaveType.ONLYSAVE, name: str = "list") -> ImportRequest:
    return ImportRequest(library.id, MediaPlace("lists", "here", name), save_type, user_data="mine")


def submit(
    app: App, library: Library, lists: Path, *lines: object, save_type: SaveType = SaveType.ONLYSAVE
) -> str:
    texts = [text if isinstance(text, bytes) else json.dumps(text).encode() for text in lines]
    (lists / "list").write_bytes(b"\n".join(texts))
    return app.imports.submit(library.account_id, request(library, save_type)).id


def read(app: App, library: Library, import_id: str) -> ImportJob:
    (job,), _missing = app.imports.get(library.account_id, [import_id])
    return job


def result_of(app: App, job: ImportJob) -> list[dict[str, Any]]:
    assert job.result_blob is not None
    data = BlobStore(app.settings.blobs_url).get(job.result_blob)
    assert job.result_bytes == len(data)
    return [json.loads(text) for text in data.splitlines()]


def imported(
    app: App, library: Library, lists: Path, *lines: object, save_type: SaveType = SaveType.ONLYSAVE
) -> ImportJob:
    import_id = submit(app, library, lists, *lines, save_type=save_type)
    work_off(app)
    return read(app, library, import_id)


def test_all_files_of_a_list_are_stored_and_told_of(app: App, library: Library, lists: Path) -> None:
    job = imported(app, library, lists, line("one.mp4", UserData="u-1"), line("one%20again.mp4", "again"))
    assert (job.state, job.error_code, job.counts) == (JobState.SUCCEEDED, None, ImportCounts(2, 0, 0, 0))
    assert stored_keys(app, library) == ["one.mp4", "again"]
    first, second = result_of(app, job)
    stored = app.files.find(library.account_id, library.id, "one.mp4")
    assert first == {
        "Line": 1, "PrimaryKey": "one.mp4", "Status": "stored", "FileId": stored.id, "UserData": "u-1"
    }  # fmt: skip
    assert (second["Line"], second["Status"]) == (2, "stored")
    assert job.result_blob == f"imports/{job.id}.jsonl"
    assert app.queue.waiting() == 0


def test_a_save_stores_no_duplicate_and_says_of_what(app: App, library: Library, lists: Path) -> None:
    job = imported(
        app,
        library,
        lists,
        line("one.mp4"),
        line("one%20again.mp4"),
        line("two.mp4"),
        save_type=SaveType.SAVE,
    )
    assert stored_keys(app, library) == ["one.mp4", "two.mp4"]
    assert job.counts == ImportCounts(2, 1, 0, 0)
    _first, second, _third = result_of(app, job)
    assert (second["Status"], second["Message"]) == ("duplicate", "A copy of one.mp4")
    assert "FileId" not in second


def test_a_key_that_comes_twice_holds_what_comes_last(app: App, library: Library, lists: Path) -> None:
    job = imported(app, library, lists, line("one.mp4", "same"), line("two.mp4", "same"))
    assert stored_keys(app, library) == ["same"]
    assert app.files.find(library.account_id, library.id, "same").place.object == "two.mp4"
    assert [told["Status"] for told in result_of(app, job)] == ["stored", "stored"]


def test_bad_lines_and_bad_files_do_not_end_an_import(app: App, library: Library, lists: Path) -> None:
    job = imported(
        app,
        library,
        lists,
        b"no json",
        b"[1]",
        b"\xff\xfe",
        b"",
        line("broken.mp4"),
        line("missing.mp4"),
        {"Bucket": "films", "Object": "one.mp4"},
        line("one.mp4", UserData="x" * 129),
        line("one.mp4", "k" * 2049),
        b"{" + b" " * 20_000 + b"}",
        b"[" * 16_000,
        line("two.mp4", UserData={"a": 1}),
    )
    assert job.state is JobState.SUCCEEDED
    assert stored_keys(app, library) == ["two.mp4"]
    told = {one["Line"]: (one["Status"], one.get("Code")) for one in result_of(app, job)}
    assert told == {
        1: ("failed", "invalid_value"),
        2: ("failed", "invalid_value"),
        3: ("failed", "invalid_value"),
        5: ("failed", "media_unreadable"),
        6: ("failed", "media_not_found"),
        7: ("failed", "missing_value"),
        8: ("failed", "out_of_range"),
        9: ("failed", "out_of_range"),
        10: ("failed", "out_of_range"),
        11: ("failed", "invalid_value"),
        12: ("stored", None),
    }
    assert job.counts == ImportCounts(stored=1, failed=10)
    assert result_of(app, job)[-1]["UserData"] == '{"a": 1}'


@pytest.mark.parametrize("lines", [[], [b""], [b"no json", b"{}"]])
def test_a_list_without_a_valid_line_is_a_failed_import(
    app: App, library: Library, lists: Path, lines: list[bytes]
) -> None:
    job = imported(app, library, lists, *lines)
    assert (job.state, job.error_code, job.result_blob) == (JobState.FAILED, "invalid_value", None)
    assert job.error_message == "The list has no valid line"


def test_a_list_that_is_not_there_is_a_failed_import(app: App, library: Library) -> None:
    asked = app.imports.submit(library.account_id, request(library, name="missing"))
    work_off(app)
    job = read(app, library, asked.id)
    assert (job.state, job.error_code) == (JobState.FAILED, "media_not_found")


@pytest.mark.parametrize("limit", ["max_import_lines", "max_import_bytes"])
def test_a_list_that_is_too_long_is_a_failed_import(
    app: App, library: Library, lists: Path, limit: str
) -> None:
    import_id = submit(app, library, lists, line("one.mp4"), line("two.mp4"))
    small = open_app(app.settings.model_copy(update={limit: 1}))
    work_off(small)
    small.close()
    job = read(app, library, import_id)
    assert (job.state, job.error_code) == (JobState.FAILED, "out_of_range")
    assert stored_keys(app, library) == []


def test_a_mark_at_the_start_of_the_list_and_other_line_ends_are_fine(
    app: App, library: Library, lists: Path
) -> None:
    text = b"\xef\xbb\xbf" + json.dumps(line("one.mp4")).encode() + b"\r\n\r\n"
    assert imported(app, library, lists, text).counts == ImportCounts(stored=1)


def test_an_import_is_echoed(app: App, library: Library, lists: Path) -> None:
    import_id = submit(app, library, lists, line("one.mp4"))
    job = read(app, library, import_id)
    assert (job.state, job.save_type, job.user_data) == (JobState.QUEUED, SaveType.ONLYSAVE, "mine")
    assert (job.library_id, job.place) == (library.id, MediaPlace("lists", "here", "list"))
    assert (job.finished, job.counts) == (None, ImportCounts())


def test_a_library_takes_one_import_at_a_time(app: App, library: Library, lists: Path) -> None:
    submit(app, library, lists, line("one.mp4"))
    with pytest.raises(InvalidState) as caught:
        app.imports.submit(library.account_id, request(library))
    assert caught.value.parameter == "library_id"
    other = app.libraries.create(library.account_id, "other")
    app.imports.submit(library.account_id, request(other))
    work_off(app)
    app.imports.submit(library.account_id, request(library))


def test_of_imports_that_come_at_once_one_is_taken(app: App, library: Library, lists: Path) -> None:
    start = threading.Barrier(4)

    def ask(_number: int) -> bool:
        start.wait()
        try:
            app.imports.submit(library.account_id, request(library))
        except InvalidState:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(ask, range(4))) == [False, False, False, True]


@pytest.mark.parametrize("save_type", [SaveType.NOSAVE, SaveType.FORCESAVE])
def test_other_save_types_are_refused(app: App, library: Library, save_type: SaveType) -> None:
    with pytest.raises(NotSupported):
        app.imports.submit(library.account_id, request(library, save_type))


def test_others_libraries_and_imports_cannot_be_reached(app: App, library: Library, lists: Path) -> None:
    stranger = app.accounts.create("stranger").id
    with pytest.raises(LibraryNotFound):
        app.imports.submit(stranger, request(library))
    import_id = submit(app, library, lists, line("one.mp4"))
    assert app.imports.get(stranger, [import_id]) == ([], [import_id])


def test_counts_grow_line_by_line_and_jobs_get_their_turn(app: App, library: Library, lists: Path) -> None:
    import_id = submit(app, library, lists, line("one.mp4"), line("two.mp4"))
    worker = make_worker(app, Lane.ANALYSIS)
    worker.step()
    assert read(app, library, import_id).counts == ImportCounts(waiting=2)
    worker.step()
    job = read(app, library, import_id)
    assert (job.state, job.counts) == (JobState.RUNNING, ImportCounts(stored=1, waiting=1))
    assert app.queue.waiting() == 1


def test_a_line_is_stored_once_when_its_worker_loses_the_lease(
    app: App, library: Library, lists: Path
) -> None:
    import_id = submit(app, library, lists, line("one.mp4"), line("two.mp4"))
    make_worker(app, Lane.ANALYSIS).step()
    task = app.queue.claim([Lane.ANALYSIS], "slow")
    assert task is not None
    app.queue.release(task, delay_s=0, count=True)
    with pytest.raises(LeaseLost):
        app.importing.run(task, lambda: False)
    assert stored_keys(app, library) == []
    assert blob_files(app) == []
    work_off(app)
    assert read(app, library, import_id).counts == ImportCounts(stored=2)
    assert app.libraries.get(library.account_id, library.id).file_count == 2


def test_a_line_that_kills_its_workers_fails_and_the_others_are_stored(
    app: App, library: Library, lists: Path
) -> None:
    import_id = submit(app, library, lists, line("one.mp4"), line("two.mp4"))
    worker = make_worker(app, Lane.ANALYSIS)
    worker.step()
    for _ in range(app.settings.job_attempts):
        task = app.queue.claim([Lane.ANALYSIS], "killed")
        assert task is not None
        app.queue.release(task, delay_s=0, count=True)
    work_off(app)
    job = read(app, library, import_id)
    assert [one["Status"] for one in result_of(app, job)] == ["failed", "stored"]
    assert result_of(app, job)[0]["Code"] == "internal"


def test_an_import_ends_when_its_library_is_deleted(app: App, library: Library, lists: Path) -> None:
    import_id = submit(app, library, lists, line("one.mp4"), line("two.mp4"))
    worker = make_worker(app, Lane.ANALYSIS)
    worker.step()
    worker.step()
    app.deletions.delete_library(library.account_id, library.id, DeletionKind.DELETE)
    work_off(app, Lane.UPKEEP)
    work_off(app)
    job = read(app, library, import_id)
    assert (job.state, job.error_code, job.result_blob) == (JobState.FAILED, "library_not_found", None)
    assert blob_files(app) == []
    assert app.queue.waiting() == 0


def test_results_are_listed_by_the_time_at_which_they_ended(app: App, library: Library, lists: Path) -> None:
    job = imported(app, library, lists, line("one.mp4"))
    imported(app, library, lists, b"no json")
    assert job.finished is not None
    moment, second = job.finished, timedelta(seconds=1)
    mine = library.account_id
    assert app.imports.results_between(mine, moment, moment + second) == [job]
    assert app.imports.results_between(mine, moment - second, moment) == [job]
    assert app.imports.results_between(mine, moment - second, moment - second / 2) == []
    assert app.imports.results_between(app.accounts.create("stranger").id, moment, moment) == []


def test_an_import_whose_result_cannot_be_written_has_failed(app: App, library: Library, lists: Path) -> None:
    import_id = submit(app, library, lists, line("one.mp4"))
    worker = make_worker(app, Lane.ANALYSIS)
    worker.step()
    worker.step()
    task = app.queue.claim([Lane.ANALYSIS], "unlucky")
    assert task is not None
    app.importing.fail(task, InternalError())
    job = read(app, library, import_id)
    assert (job.state, job.error_code) == (JobState.FAILED, "internal")
    with pytest.raises(NotFound):
        BlobStore(app.settings.blobs_url).get(f"imports/{import_id}.jsonl")


def test_an_import_that_is_cancelled_ends_after_the_line_at_work(
    app: App, library: Library, lists: Path
) -> None:
    import_id = submit(app, library, lists, line("one.mp4"), line("two.mp4"), line("one%20again.mp4"))
    make_worker(app, Lane.ANALYSIS).step()  # reads the list
    task = app.queue.claim([Lane.ANALYSIS], "at work")
    assert task is not None
    cancels = iter([True])

    def cancel_meanwhile() -> bool:
        if next(cancels, False):
            app.imports.cancel(library.account_id, import_id)
        return False

    app.importing.run(task, cancel_meanwhile)
    work_off(app)
    job = read(app, library, import_id)
    assert (job.state, job.counts) == (JobState.SUCCEEDED, ImportCounts(stored=1, failed=2))
    assert [one.get("Code") for one in result_of(app, job)] == [None, "cancelled", "cancelled"]
    assert stored_keys(app, library) == ["one.mp4"]
    with pytest.raises(InvalidState):
        app.imports.cancel(library.account_id, import_id)


def test_an_import_that_is_cancelled_while_a_bad_file_is_at_work_tells_its_result(
    app: App, library: Library, lists: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_id = submit(app, library, lists, line("one.mp4"), line("broken.mp4"), line("two.mp4"))
    worker = make_worker(app, Lane.ANALYSIS)
    worker.step()  # reads the list
    worker.step()
    read_file = MediaReader.read

    def cancel_and_read(*arguments: object, **named: object) -> object:
        app.imports.cancel(library.account_id, import_id)
        return read_file(*arguments, **named)

    monkeypatch.setattr(MediaReader, "read", cancel_and_read)
    work_off(app)
    job = read(app, library, import_id)
    assert (job.state, job.counts) == (JobState.SUCCEEDED, ImportCounts(stored=1, failed=2))
    assert [one.get("Code") for one in result_of(app, job)] == [None, "cancelled", "cancelled"]
    assert app.queue.waiting() == 0


def test_an_import_that_is_cancelled_before_its_list_is_read_has_failed(
    app: App, library: Library, lists: Path
) -> None:
    import_id = submit(app, library, lists, line("one.mp4"))
    with pytest.raises(NotFound):
        app.imports.cancel(app.accounts.create("other").id, import_id)
    job = app.imports.cancel(library.account_id, import_id)
    assert (job.state, job.error_code) == (JobState.FAILED, "cancelled")
    work_off(app)
    assert read(app, library, import_id) == job
    assert stored_keys(app, library) == []


def test_codes_of_the_result_file_can_be_those_of_the_wire(app: App, library: Library, lists: Path) -> None:
    import_id = submit(app, library, lists, line("missing.mp4"))
    importing = handlers(app, job_code)[IMPORT]
    while task := app.queue.claim([Lane.ANALYSIS], "tester"):
        try:
            importing.run(task, lambda: False)
        except ShotprintError as error:
            importing.fail(task, error)
    (told,) = result_of(app, read(app, library, import_id))
    assert told["Code"] == "InvalidParameter.ResourceNotFound"
