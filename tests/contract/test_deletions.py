"""Files and libraries that callers have deleted, on both databases."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from support.prints import made_print
from support.service_work import blob_files, make_worker, store_print, stored_keys, work_off

from shotprint.engine.types import Role
from shotprint.errors import InternalError, LeaseLost, LibraryNotFound, MissingValue, NotFound, OutOfRange
from shotprint.queue.protocol import Lane
from shotprint.service import deleting
from shotprint.service.indexes import LibraryIndexes
from shotprint.service.types import (
    Account,
    DeletionKind,
    FileDeletion,
    FileFilter,
    JobRequest,
    JobState,
    Library,
    LibraryDeletion,
    LibraryState,
    MediaPlace,
    SaveType,
)
from shotprint.wiring import App
from shotprint.worker.loop import Worker

UPKEEP = Lane.UPKEEP


@pytest.fixture
def library(app: App, mine: Account) -> Library:
    """Active, with files a, b, c and d of 6 s each."""
    made = app.libraries.create(mine.id, "library")
    work_off(app)
    for seed, key in enumerate("abcd"):
        store_print(app, made.id, key, seed)
    return made


@pytest.fixture
def indexes(app: App) -> LibraryIndexes:
    return app.analysis.indexes


def finds(indexes: LibraryIndexes, library: Library, seed: int) -> bool:
    return bool(indexes.search(library.id, made_print(seed, role=Role.QUERY)).matches)


def files_deleted(
    app: App, library: Library, *, ids: Sequence[str] = (), keys: Sequence[str] = ()
) -> FileDeletion:
    asked = app.deletions.delete_files(
        library.account_id, library.id, file_ids=list(ids), primary_keys=list(keys)
    )
    work_off(app)
    (done,), missing = app.deletions.file_deletions(library.account_id, [asked.id])
    assert missing == []
    return done


def library_deleted(app: App, library: Library, kind: DeletionKind) -> LibraryDeletion:
    asked = app.deletions.delete_library(library.account_id, library.id, kind)
    work_off(app)
    (done,), _missing = app.deletions.library_deletions(library.account_id, [asked.id])
    return done


def id_of(app: App, library: Library, key: str) -> str:
    return app.files.find(library.account_id, library.id, key).id


def test_files_of_ids_and_of_keys_are_removed_together(app: App, library: Library) -> None:
    done = files_deleted(app, library, ids=[id_of(app, library, "a")], keys=["c", "a"])
    assert done.state is JobState.SUCCEEDED
    assert done.finished is not None
    assert done.finished >= done.created
    assert stored_keys(app, library) == ["b", "d"]


def test_a_deletion_is_queued_and_echoed(app: App, library: Library) -> None:
    asked = app.deletions.delete_files(
        library.account_id, library.id, primary_keys=["a"], pipeline_id="p" * 32, user_data="mine"
    )
    assert (asked.state, asked.finished, asked.error_code) == (JobState.QUEUED, None, None)
    assert (asked.library_id, asked.primary_keys, asked.file_ids) == (library.id, ("a",), ())
    assert (asked.pipeline_id, asked.user_data) == ("p" * 32, "mine")
    assert app.deletions.file_deletions(library.account_id, [asked.id]) == ([asked], [])
    assert stored_keys(app, library) == ["a", "b", "c", "d"]


def test_what_is_not_there_is_ignored_and_twice_is_once(app: App, library: Library) -> None:
    first = id_of(app, library, "a")
    for _ in range(2):
        done = files_deleted(app, library, ids=[first, "0" * 32, "no id"], keys=["nobody"])
        assert done.state is JobState.SUCCEEDED
        assert stored_keys(app, library) == ["b", "c", "d"]


def test_files_of_other_libraries_stay(app: App, mine: Account, library: Library) -> None:
    other = app.libraries.create(mine.id, "other")
    kept = store_print(app, other.id, "a", 0)
    files_deleted(app, library, ids=[kept], keys=["a"])
    assert stored_keys(app, other) == ["a"]
    assert stored_keys(app, library) == ["b", "c", "d"]


def test_a_library_counts_what_is_left(app: App, library: Library) -> None:
    files_deleted(app, library, keys=["a", "b"])
    left = app.libraries.get(library.account_id, library.id)
    assert (left.file_count, left.duration_s) == (2, 12.0)


def test_removed_files_are_found_no_more_by_any_process(
    app: App, library: Library, indexes: LibraryIndexes
) -> None:
    assert finds(indexes, library, 0)
    files_deleted(app, library, keys=["a"])
    assert not finds(indexes, library, 0)
    assert finds(indexes, library, 1)


def test_blobs_go_with_their_files(app: App, library: Library) -> None:
    before = blob_files(app)
    files_deleted(app, library, keys=["a", "b"])
    after = blob_files(app)
    assert (len(before), len(after)) == (8, 4)
    assert set(after) < set(before)


def test_a_key_can_be_used_again(app: App, library: Library, indexes: LibraryIndexes) -> None:
    files_deleted(app, library, keys=["a"])
    store_print(app, library.id, "a", 9)
    assert stored_keys(app, library) == ["b", "c", "d", "a"]
    assert finds(indexes, library, 9)
    assert not finds(indexes, library, 0)


def test_page_tokens_hold_when_their_file_is_deleted(app: App, mine: Account, library: Library) -> None:
    first = app.files.page(mine.id, library.id, FileFilter(), None, 2)
    files_deleted(app, library, keys=["b"])
    second = app.files.page(mine.id, library.id, FileFilter(), first.next_token, 2)
    assert [file.primary_key for file in second.items] == ["c", "d"]


@pytest.mark.parametrize("count", [200, 201])
def test_up_to_200_of_each_may_be_given(app: App, library: Library, count: int) -> None:
    keys = [f"key {number}" for number in range(count)]
    ids = [f"{number:032x}" for number in range(200)]
    if count == 200:
        assert files_deleted(app, library, ids=ids, keys=keys).state is JobState.SUCCEEDED
        return
    with pytest.raises(OutOfRange) as caught:
        app.deletions.delete_files(library.account_id, library.id, file_ids=ids, primary_keys=keys)
    assert caught.value.parameter == "primary_keys"


def test_nothing_given_is_an_error(app: App, library: Library) -> None:
    with pytest.raises(MissingValue):
        app.deletions.delete_files(library.account_id, library.id)


def test_others_libraries_cannot_be_touched(app: App, library: Library) -> None:
    stranger = app.accounts.create("stranger").id
    with pytest.raises(LibraryNotFound):
        app.deletions.delete_files(stranger, library.id, primary_keys=["a"])
    with pytest.raises(LibraryNotFound):
        app.deletions.delete_library(stranger, library.id, DeletionKind.DELETE)
    with pytest.raises(LibraryNotFound):
        app.deletions.delete_library(library.account_id, "films", DeletionKind.PURGE)


def test_others_deletions_are_not_seen(app: App, library: Library) -> None:
    stranger = app.accounts.create("stranger").id
    done = files_deleted(app, library, keys=["a"])
    purge = library_deleted(app, library, DeletionKind.PURGE)
    assert app.deletions.file_deletions(stranger, [done.id, "x"]) == ([], [done.id, "x"])
    assert app.deletions.library_deletions(stranger, [purge.id]) == ([], [purge.id])
    assert app.deletions.file_deletions(stranger) == ([], [])


def test_without_ids_the_newest_twenty_come(app: App, library: Library) -> None:
    asked = [
        app.deletions.delete_files(library.account_id, library.id, primary_keys=["x"]).id for _ in range(22)
    ]
    listed, missing = app.deletions.file_deletions(library.account_id)
    assert [deletion.id for deletion in listed] == asked[:1:-1]
    assert missing == []


def test_a_purged_library_is_empty_and_works_on(
    app: App, mine: Account, library: Library, indexes: LibraryIndexes
) -> None:
    assert finds(indexes, library, 0)
    done = library_deleted(app, library, DeletionKind.PURGE)
    assert (done.state, done.kind) == (JobState.SUCCEEDED, DeletionKind.PURGE)
    assert stored_keys(app, library) == []
    assert blob_files(app) == []
    assert not finds(indexes, library, 0)
    left = app.libraries.get(mine.id, library.id)
    assert (left.state, left.file_count, left.duration_s) == (LibraryState.ACTIVE, 0, 0.0)
    store_print(app, library.id, "new", 5)
    assert finds(indexes, library, 5)


def test_what_is_stored_during_a_purge_stays(
    app: App, mine: Account, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deleting, "PORTION", 2)
    app.deletions.delete_library(mine.id, library.id, DeletionKind.PURGE)
    worker = make_worker(app, UPKEEP)
    worker.step()
    assert stored_keys(app, library) == ["c", "d"]
    store_print(app, library.id, "new", 5)
    while worker.step():
        pass
    assert stored_keys(app, library) == ["new"]
    ((done,), _) = app.deletions.library_deletions(mine.id)
    assert done.state is JobState.SUCCEEDED


def test_a_deleted_library_is_gone_for_all_calls(app: App, mine: Account, library: Library) -> None:
    done = library_deleted(app, library, DeletionKind.DELETE)
    assert done.state is JobState.SUCCEEDED
    assert blob_files(app) == []
    request = JobRequest(MediaPlace("demo", "", "a.mp4"), "a", SaveType.SAVE, library.id)
    for call in (
        lambda: app.jobs.submit(mine.id, request),
        lambda: app.files.page(mine.id, library.id, FileFilter(), None, 10),
        lambda: app.files.find(mine.id, library.id, "a"),
        lambda: app.libraries.find(mine.id, "library"),
        lambda: app.deletions.delete_files(mine.id, library.id, primary_keys=["a"]),
        lambda: app.deletions.delete_library(mine.id, library.id, DeletionKind.DELETE),
        lambda: app.analysis.indexes.search(library.id, made_print(0, role=Role.QUERY)),
    ):
        with pytest.raises(LibraryNotFound):
            call()


def test_a_deleted_library_is_told_of_by_its_id_only(app: App, mine: Account, library: Library) -> None:
    library_deleted(app, library, DeletionKind.DELETE)
    assert app.libraries.list(mine.id) == []
    (told,) = app.libraries.list(mine.id, [library.id])
    assert (told.state, told.file_count) == (LibraryState.DELETED, 0)


def test_the_name_of_a_deleted_library_is_free(app: App, mine: Account, library: Library) -> None:
    library_deleted(app, library, DeletionKind.DELETE)
    again = app.libraries.create(mine.id, "library")
    assert again.id != library.id
    assert stored_keys(app, again) == []


def test_an_offline_library_can_be_deleted_and_stays_deleted(app: App, mine: Account) -> None:
    offline = app.libraries.create(mine.id, "fresh")
    app.deletions.delete_library(mine.id, offline.id, DeletionKind.DELETE)
    work_off(app)
    assert app.libraries.get(mine.id, offline.id).state is LibraryState.DELETED


def test_the_index_of_a_deleted_library_leaves_the_machine(
    app: App, library: Library, indexes: LibraryIndexes
) -> None:
    directory = app.settings.index_directory / library.id
    finds(indexes, library, 0)
    assert directory.is_dir()
    library_deleted(app, library, DeletionKind.DELETE)
    assert not directory.exists()


def test_another_machine_removes_its_index_when_it_starts_or_looks(
    app: App, library: Library, indexes: LibraryIndexes
) -> None:
    directory = app.settings.index_directory / library.id
    library_deleted(app, library, DeletionKind.DELETE)
    directory.mkdir(parents=True)
    with pytest.raises(LibraryNotFound):
        finds(indexes, library, 0)
    assert not directory.exists()
    directory.mkdir(parents=True)
    indexes.forget_deleted()
    assert not directory.exists()


def test_indexes_of_living_libraries_stay_at_the_start(
    app: App, library: Library, indexes: LibraryIndexes
) -> None:
    finds(indexes, library, 0)
    indexes.forget_deleted()
    assert (app.settings.index_directory / library.id).is_dir()


def test_deleting_twice_ends_well_and_emptying_what_is_deleted_does_not(
    app: App, mine: Account, library: Library
) -> None:
    asked = [
        app.deletions.delete_library(mine.id, library.id, kind).id
        for kind in (DeletionKind.DELETE, DeletionKind.DELETE, DeletionKind.PURGE)
    ]
    asked_files = app.deletions.delete_files(mine.id, library.id, primary_keys=["a"]).id
    work_off(app)
    done, _ = app.deletions.library_deletions(mine.id, asked)
    assert [(one.state, one.error_code) for one in done] == [
        (JobState.SUCCEEDED, None),
        (JobState.SUCCEEDED, None),
        (JobState.FAILED, "library_not_found"),
    ]
    ((files_done,), _) = app.deletions.file_deletions(mine.id, [asked_files])
    assert (files_done.state, files_done.error_code) == (JobState.FAILED, "library_not_found")
    assert files_done.error_message


def test_a_worker_that_lost_its_lease_removes_nothing(app: App, library: Library) -> None:
    asked = app.deletions.delete_files(library.account_id, library.id, primary_keys=["a"])
    task = app.queue.claim([UPKEEP], "slow")
    assert task is not None
    app.queue.release(task, delay_s=0, count=True)
    with pytest.raises(LeaseLost):
        app.chores["delete_files"].run(task, lambda: False)
    assert stored_keys(app, library) == ["a", "b", "c", "d"]
    ((unchanged,), _) = app.deletions.file_deletions(library.account_id, [asked.id])
    assert unchanged.state is JobState.QUEUED


def test_a_deletion_of_a_library_that_breaks_is_not_given_up(
    app: App, mine: Account, library: Library
) -> None:
    app.deletions.delete_library(mine.id, library.id, DeletionKind.DELETE)
    task = app.queue.claim([UPKEEP], "unlucky")
    assert task is not None
    app.chores["delete_library"].fail(task, InternalError())
    ((asked,), _) = app.deletions.library_deletions(mine.id)
    assert asked.state is JobState.QUEUED
    assert app.queue.waiting() == 1


def test_a_purge_that_breaks_has_failed(app: App, mine: Account, library: Library) -> None:
    app.deletions.delete_library(mine.id, library.id, DeletionKind.PURGE)
    task = app.queue.claim([UPKEEP], "unlucky")
    assert task is not None
    app.chores["delete_library"].fail(task, InternalError())
    ((asked,), _) = app.deletions.library_deletions(mine.id)
    assert (asked.state, asked.error_code) == (JobState.FAILED, "internal")
    assert app.queue.waiting() == 0


def test_blobs_of_removed_files_are_tried_again_when_their_place_is_gone(
    app: App, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.deletions.delete_files(library.account_id, library.id, primary_keys=["a"])
    worker: Worker = make_worker(app, UPKEEP)
    worker.step()
    task = app.queue.claim([UPKEEP], "unlucky")
    assert task is not None
    assert task.name == deleting.SWEEP_BLOBS
    app.chores[task.name].fail(task, InternalError())
    assert app.queue.waiting() == 1
    with pytest.raises(NotFound):
        app.files.find(library.account_id, library.id, "a")
