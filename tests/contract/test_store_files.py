from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from sqlalchemy import select, update

from shotprint.engine.types import MediaInfo
from shotprint.errors import InvalidValue, LibraryNotFound, NotFound, OutOfRange
from shotprint.service import files
from shotprint.service.types import (
    Account,
    FileFilter,
    JobRequest,
    Library,
    LibraryState,
    MediaPlace,
    SaveType,
)
from shotprint.settings import load
from shotprint.store import media_json
from shotprint.store.models import FileRow, LibraryRow
from shotprint.wiring import App, open_app

PLACE = MediaPlace("demo", "here", "dir/a.mp4")
FACTS = MediaInfo("mov,mp4", "h264", 1920, 1080, 90, Fraction(30000, 1001), 12.345, True, 370, 2)


@pytest.fixture
def library(app: App, mine: Account) -> Library:
    return app.libraries.create(mine.id, "films")


def store(app: App, library: Library, key: str, *, duration: float = 10.0) -> str:
    with app.database.sessions.begin() as session:
        facts = replace(FACTS, duration=duration)
        return files.store(session, library.id, key, PLACE, facts, f"print of {key}", "pictures", 5000)


def keys(app: App, library: Library, wanted: FileFilter = FileFilter()) -> list[str]:  # noqa: B008
    page = app.files.page(library.account_id, library.id, wanted, None, 100)
    return [file.primary_key for file in page.items]


def test_a_stored_file_is_found_by_id_and_by_key(app: App, mine: Account, library: Library) -> None:
    file_id = store(app, library, "ключ 🔑")
    file = app.files.get(mine.id, library.id, file_id)
    assert file == app.files.find(mine.id, library.id, "ключ 🔑")
    assert (file.library_id, file.place, file.duration_s, file.size_bytes) == (library.id, PLACE, 10.0, 5000)


def test_all_media_facts_are_kept(app: App, library: Library) -> None:
    with app.database.sessions.begin() as session:
        file_id = files.store(session, library.id, "a", PLACE, FACTS, "print", None, 1)
    with app.database.reads() as session:
        row = session.get_one(FileRow, file_id)
    assert media_json.from_json(row.facts) == FACTS
    assert (row.fingerprint_url, row.thumbnails_url) == ("print", None)


def test_a_library_counts_its_living_files_and_their_seconds(
    app: App, mine: Account, library: Library
) -> None:
    for key, duration in (("a", 0.1), ("b", 0.2), ("a", 0.3)):
        store(app, library, key, duration=duration)
    counted = app.libraries.get(mine.id, library.id)
    assert (counted.file_count, counted.duration_s) == (2, 0.5)
    living = app.files.page(mine.id, library.id, FileFilter(), None, 10).items
    assert counted.size_bytes == sum(file.size_bytes for file in living) > 0


def test_counts_do_not_drift(app: App, mine: Account, library: Library) -> None:
    with app.database.sessions.begin() as session:
        for _ in range(100):
            facts = replace(FACTS, duration=0.1 + 0.2)
            files.store(session, library.id, "same", PLACE, facts, "print", None, 1)
    counted = app.libraries.get(mine.id, library.id)
    assert (counted.file_count, counted.duration_s) == (1, 0.3)


def test_storing_a_key_again_replaces_the_file(app: App, mine: Account, library: Library) -> None:
    old, other, new = store(app, library, "a"), store(app, library, "b"), store(app, library, "a")
    assert app.files.find(mine.id, library.id, "a").id == new
    assert keys(app, library) == ["b", "a"]
    with pytest.raises(NotFound):
        app.files.get(mine.id, library.id, old)
    assert app.files.get(mine.id, library.id, other).primary_key == "b"


def test_the_same_key_in_two_libraries_is_two_files(app: App, mine: Account, library: Library) -> None:
    second = app.libraries.create(mine.id, "shows")
    assert store(app, library, "a") != store(app, second, "a")
    assert keys(app, library) == keys(app, second) == ["a"]


def test_a_transaction_that_breaks_leaves_no_half_of_a_file(
    app: App, mine: Account, library: Library
) -> None:
    store(app, library, "a")
    before = app.libraries.get(mine.id, library.id)
    with pytest.raises(RuntimeError), app.database.sessions.begin() as session:  # noqa: PT012
        files.store(session, library.id, "a", PLACE, FACTS, "print", None, 1)
        raise RuntimeError("the power is gone")
    assert app.libraries.get(mine.id, library.id) == before
    assert app.files.changes_since(library.id, 0).revision == 1
    assert keys(app, library) == ["a"]


def test_nothing_is_stored_in_a_library_that_is_deleted_or_unknown(app: App, library: Library) -> None:
    with app.database.sessions.begin() as session:
        session.execute(update(LibraryRow).values(state=LibraryState.DELETED))
    for gone in (library, replace(library, id="f" * 32)):
        with pytest.raises(LibraryNotFound):
            store(app, gone, "a")


def test_another_account_sees_no_files(app: App, library: Library) -> None:
    file_id = store(app, library, "a")
    other = app.accounts.create("other")
    own = app.libraries.create(other.id, "own")
    for library_id in (library.id, "f" * 32, "", "a\0"):
        with pytest.raises(LibraryNotFound):
            app.files.page(other.id, library_id, FileFilter(), None, 10)
        with pytest.raises(LibraryNotFound):
            app.files.get(other.id, library_id, file_id)
        with pytest.raises(LibraryNotFound):
            app.files.find(other.id, library_id, "a")
    with pytest.raises(NotFound):
        app.files.get(other.id, own.id, file_id)
    with pytest.raises(InvalidValue):
        app.files.page(other.id, own.id, FileFilter(), file_id, 10)


@pytest.mark.parametrize("text", ["", "x", "f" * 32, "a\0b", "\ud800", "x" * 100_000])
def test_an_unknown_file_is_not_found(app: App, mine: Account, library: Library, text: str) -> None:
    store(app, library, "a")
    with pytest.raises(NotFound):
        app.files.get(mine.id, library.id, text)
    with pytest.raises(NotFound):
        app.files.find(mine.id, library.id, text)


def test_pages_are_oldest_first_and_hold_each_file_once(app: App, mine: Account, library: Library) -> None:
    made = [store(app, library, f"key {number}") for number in range(7)]
    seen, token = [], None
    while True:
        page = app.files.page(mine.id, library.id, FileFilter(), token, 3)
        seen += [file.id for file in page.items]
        token = page.next_token
        if token is None:
            break
    assert seen == made


def test_pages_hold_when_files_come_and_are_replaced_meanwhile(
    app: App, mine: Account, library: Library
) -> None:
    for key in "abcd":
        store(app, library, key)
    first = app.files.page(mine.id, library.id, FileFilter(), None, 2)
    store(app, library, "b")  # the very file that the token names
    store(app, library, "e")
    rest = app.files.page(mine.id, library.id, FileFilter(), first.next_token, 10)
    assert [file.primary_key for file in first.items] == ["a", "b"]
    assert [file.primary_key for file in rest.items] == ["c", "d", "b", "e"]


def test_page_tokens_of_other_libraries_and_inventions_are_refused(
    app: App, mine: Account, library: Library
) -> None:
    second = app.libraries.create(mine.id, "shows")
    foreign = store(app, second, "a")
    for token in (foreign, "f" * 32, "", "a\0"):
        with pytest.raises(InvalidValue) as caught:
            app.files.page(mine.id, library.id, FileFilter(), token, 10)
        assert caught.value.parameter == "page_token"
    with pytest.raises(OutOfRange):
        app.files.page(mine.id, library.id, FileFilter(), None, 0)


def test_the_filters_exclude_their_own_instant(app: App, mine: Account, library: Library) -> None:
    for key in "abc":
        store(app, library, key)
    a, b, c = app.files.page(mine.id, library.id, FileFilter(), None, 10).items
    assert keys(app, library, FileFilter(stored_after=a.stored)) == ["b", "c"]
    assert keys(app, library, FileFilter(stored_before=c.stored)) == ["a", "b"]
    assert keys(app, library, FileFilter(stored_after=a.stored, stored_before=c.stored)) == ["b"]
    assert keys(app, library, FileFilter(stored_after=b.stored, stored_before=b.stored)) == []


def test_changes_tell_what_was_added_and_removed(app: App, library: Library) -> None:
    a, b = store(app, library, "a"), store(app, library, "b")
    first = app.files.changes_since(library.id, 0)
    assert [(file.file_id, file.primary_key, file.fingerprint_url) for file in first.added] == [
        (a, "a", "print of a"), (b, "b", "print of b"),
    ]  # fmt: skip
    assert (first.revision, first.removed, first.more) == (2, (), False)

    c = store(app, library, "a")
    then = app.files.changes_since(library.id, first.revision)
    assert ([file.file_id for file in then.added], then.removed, then.revision) == ([c], (a,), 3)
    assert app.files.changes_since(library.id, 3) == files.Changes(3, (), (), False)


def test_changes_come_in_parts_that_add_up(app: App, library: Library) -> None:
    for key in "abcabcadd":
        store(app, library, key)
    alive: dict[str, str] = {}
    revision, more, parts = 0, True, 0
    while more:
        changes = app.files.changes_since(library.id, revision, limit=2)
        for removed in changes.removed:
            alive.pop(removed, None)
        alive |= {file.file_id: file.primary_key for file in changes.added}
        revision, more, parts = changes.revision, changes.more, parts + 1
    page = app.files.page(library.account_id, library.id, FileFilter(), None, 100)
    assert alive == {file.id: file.primary_key for file in page.items}
    assert (revision, parts) == (9, 5)


def test_a_transaction_sees_its_own_changes(app: App, library: Library) -> None:
    with app.database.sessions.begin() as session:
        file_id = files.store(session, library.id, "a", PLACE, FACTS, "print", None, 1)
        own = app.files.changes_since(library.id, 0, session=session)
        assert [file.file_id for file in own.added] == [file_id]
        assert app.files.changes_since(library.id, 0).revision == 0


def test_changes_of_an_unknown_library_are_an_error(app: App) -> None:
    with pytest.raises(LibraryNotFound):
        app.files.changes_since("f" * 32, 0)


def test_whoever_has_the_lock_sees_all_that_was_stored_before(app: App, library: Library) -> None:
    """Two saves at once: each decides under the lock, so only the first of two equal ones is stored."""
    ready = threading.Barrier(4)

    def save_unless_there() -> None:
        ready.wait(timeout=30)
        with app.database.sessions.begin() as session:
            revision = files.lock(session, library.id)
            seen = app.files.changes_since(library.id, 0, session=session)
            assert seen.revision == revision
            if not seen.added:
                files.store(session, library.id, threading.current_thread().name, PLACE, FACTS, "p", None, 1)

    threads = [threading.Thread(target=save_unless_there) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(keys(app, library)) == 1


def test_the_lock_does_not_hold_up_readers(app: App, mine: Account, library: Library) -> None:
    with app.database.sessions.begin() as session:
        files.lock(session, library.id)
        with app.database.reads() as other:
            assert other.scalar(select(LibraryRow.name)) == "films"
        assert app.files.page(mine.id, library.id, FileFilter(), None, 10).items == ()


@pytest.mark.slow
def test_on_postgresql_the_lock_does_not_hold_up_new_jobs(
    new_database: Callable[[str, bool], str], tmp_path: Path
) -> None:
    """A job's row refers to its library's, which must not wait for a file that is being stored there."""
    app = open_app(load(database=new_database("postgresql", True), data=tmp_path))
    account = app.accounts.create("mine")
    library = app.libraries.create(account.id, "films")
    request = JobRequest(PLACE, "key", SaveType.SAVE, library.id)
    with ThreadPoolExecutor(1) as pool:
        with app.database.sessions.begin() as session:
            files.lock(session, library.id)
            job = pool.submit(app.jobs.submit, account.id, request).result(timeout=60)
        assert job.request.library_id == library.id
    app.close()
