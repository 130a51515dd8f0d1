"""Several processes' views of one library's index: each `LibraryIndexes` here stands for a process."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete, update
from support.media import make_video, moving_pictures

from shotprint.blobs.store import BlobStore
from shotprint.engine.pipeline import fingerprint_file
from shotprint.engine.types import Match, Role
from shotprint.errors import Cancelled, LibraryNotFound
from shotprint.service import files, indexes
from shotprint.service.file_blobs import FileBlobs
from shotprint.service.indexes import LibraryIndexes
from shotprint.service.media_reader import Media
from shotprint.service.types import Library, MediaPlace
from shotprint.settings import load
from shotprint.store.database import Database
from shotprint.store.models import FileRow, LibraryRow
from shotprint.wiring import App, open_app

FILMS = ("one", "two", "three")


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Media]:
    """Films of 5 s that have nothing in common."""
    directory = tmp_path_factory.mktemp("films")
    read = {}
    for seed, name in enumerate(FILMS):
        path = directory / f"{name}.mp4"
        make_video(moving_pictures(5, seed=seed, rate=10), rate=10, to=path)
        print_, info = fingerprint_file(path, role=Role.QUERY)
        read[name] = Media(print_, info, path.stat().st_size, None)
    return read


@pytest.fixture
def app(new_database: Callable[[str], str], tmp_path: Path) -> Iterator[App]:
    app = open_app(load(database=new_database("sqlite"), data=tmp_path / "data"))
    yield app
    app.close()


@pytest.fixture
def library(app: App) -> Library:
    return app.libraries.create(app.accounts.create("mine").id, "library")


class Process:
    """One process's indexes, on the directory and the database that all share."""

    def __init__(self, app: App, library: Library, media: dict[str, Media]) -> None:
        self.database: Database = app.database
        self.library_id = library.id
        self.directory = app.settings.index_directory
        self.blob_directory = Path(app.settings.blobs_url)
        self.blobs = BlobStore(app.settings.blobs_url)
        self.indexes = LibraryIndexes(self.directory, app.database, self.blobs)
        self._media = media

    def store(self, *names: str) -> None:
        for name in names:
            media = self._media[name]
            place = MediaPlace("films", "", name)
            blobs = FileBlobs(self.database, self.blobs)
            with self.database.sessions.begin() as session:
                blobs.store(session, self.library_id, name, place, media, blobs.put(media))

    def search(self, name: str) -> tuple[Match, ...]:
        return self.indexes.search(self.library_id, self._media[name].print).matches

    def finds(self) -> list[str]:
        """Which films are found."""
        return [name for name in FILMS if self.search(name)]


@pytest.fixture
def start(app: App, library: Library, media: dict[str, Media]) -> Callable[[], Process]:
    """Call it for another process."""
    return lambda: Process(app, library, media)


Start = Callable[[], Process]


def test_what_is_stored_is_found_at_once(start: Start) -> None:
    process = start()
    assert process.finds() == []
    process.store("one")
    assert process.finds() == ["one"]
    process.store("two", "three")
    assert process.finds() == ["one", "two", "three"]
    assert start().finds() == ["one", "two", "three"]


def test_a_match_speaks_of_the_file_and_the_revision_is_what_was_searched(app: App, start: Start) -> None:
    process = start()
    process.store("one", "two")
    found = process.indexes.search(process.library_id, process._media["two"].print)
    account = app.accounts.get("mine")
    assert [match.reference for match in found.matches] == [
        app.files.find(account.id, process.library_id, "two").id
    ]
    assert found.revision == 2


def test_a_replaced_file_is_no_longer_found(start: Start, media: dict[str, Media]) -> None:
    process = start()
    process.store("one")
    assert process.finds() == ["one"]
    blobs = FileBlobs(process.database, process.blobs)
    with process.database.sessions.begin() as session:
        place = MediaPlace("films", "", "two")
        blobs.store(session, process.library_id, "one", place, media["two"], blobs.put(media["two"]))
    assert process.finds() == ["two"]
    assert start().finds() == ["two"]


def test_only_newer_files_are_searched_when_asked(start: Start, media: dict[str, Media]) -> None:
    process = start()
    process.store("one", "two")

    def newer(name: str, after: int) -> tuple[int, int]:
        found = process.indexes.search_newer(process.library_id, media[name].print, after)
        return len(found.matches), found.revision

    assert newer("one", 0) == (1, 2)
    assert newer("one", 1) == (0, 2)
    assert newer("two", 1) == (1, 2)
    assert newer("two", 2) == (0, 2)


def test_newer_files_are_seen_as_the_session_sees_them(start: Start, media: dict[str, Media]) -> None:
    process = start()
    blobs = FileBlobs(process.database, process.blobs)
    with process.database.sessions() as session:
        place = MediaPlace("films", "", "one")
        blobs.store(session, process.library_id, "one", place, media["one"], blobs.put(media["one"]))
        within = process.indexes.search_newer(process.library_id, media["one"].print, 0, session=session)
        assert len(within.matches) == 1
        session.rollback()
    assert process.indexes.search_newer(process.library_id, media["one"].print, 0).matches == ()


def test_what_one_process_wrote_spares_the_next_ones_the_work(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexes, "UNSAVED_FILES", 2)
    first = start()
    first.store("one", "two", "three")
    assert first.finds() == ["one", "two", "three"]
    shutil.rmtree(first.blob_directory)
    assert start().finds() == ["one", "two", "three"]


def test_processes_that_write_in_turn_lose_nothing(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexes, "UNSAVED_FILES", 2)
    left, right = start(), start()
    left.store("one")
    assert left.finds() == right.finds() == ["one"]
    left.store("two")
    assert left.finds() == ["one", "two"]  # writes both
    left.store("three")
    assert right.finds() == ["one", "two", "three"]  # takes them over
    assert left.finds() == ["one", "two", "three"]
    right.store("one", "two")  # again, in the place of the earlier ones
    assert right.finds() == left.finds() == start().finds() == ["one", "two", "three"]
    for process in (left, right, start()):
        assert [len(process.search(name)) for name in FILMS] == [1, 1, 1]


def test_rebuilding_gives_the_same_index_and_other_processes_go_over_to_it(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexes, "UNSAVED_FILES", 1)
    worker, command = start(), start()
    worker.store("one", "two")
    before = [worker.search(name) for name in FILMS]
    shares: list[float] = []
    assert command.indexes.rebuild(worker.library_id, shares.append) == 2
    assert shares[-1] == 1.0
    assert [command.search(name) for name in FILMS] == before
    assert [worker.search(name) for name in FILMS] == before
    worker.store("three")
    assert worker.finds() == command.finds() == start().finds() == ["one", "two", "three"]
    assert len(list((worker.directory / worker.library_id).glob("*/manifest.json"))) == 1


def test_a_rebuild_that_is_cancelled_leaves_the_old_index(start: Start) -> None:
    process = start()
    process.store("one", "two")
    assert process.finds() == ["one", "two"]
    with pytest.raises(Cancelled):
        process.indexes.rebuild(process.library_id, cancel=lambda: True)
    assert process.finds() == ["one", "two"]
    assert process.indexes.rebuild(process.library_id) == 2


@pytest.mark.parametrize("damage", ["manifest", "segment", "pointer", "all"])
def test_a_damaged_directory_is_built_again(
    start: Start, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    monkeypatch.setattr(indexes, "UNSAVED_FILES", 1)
    process = start()
    process.store("one", "two")
    assert process.finds() == ["one", "two"]
    directory = process.directory / process.library_id
    if damage == "manifest":
        next(directory.glob("*/manifest.json")).write_text('{"format": 1, "seg')
    elif damage == "segment":
        shutil.rmtree(next(directory.glob("*/segment-*")))
    elif damage == "pointer":
        (directory / "current").write_bytes(b"\xff\xfe../..")
    else:
        shutil.rmtree(directory)
    for each in (process, start(), process):
        assert each.finds() == ["one", "two"]


def test_an_index_ahead_of_a_database_that_was_put_back_is_built_again(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexes, "UNSAVED_FILES", 1)
    process = start()
    process.store("one", "two")
    assert process.finds() == ["one", "two"]
    with process.database.sessions.begin() as session:
        session.execute(delete(FileRow).where(FileRow.primary_key == "two"))
        session.execute(update(LibraryRow).values(revision=1, file_count=1))
    assert process.finds() == ["one"]
    assert start().finds() == ["one"]


def test_catching_up_can_be_cancelled_and_taken_up_again(start: Start, media: dict[str, Media]) -> None:
    process = start()
    process.store("one", "two")
    answers = iter([False, True])
    with pytest.raises(Cancelled):
        process.indexes.search(process.library_id, media["one"].print, cancel=lambda: next(answers))
    assert process.finds() == ["one", "two"]
    assert len(process.search("one")) == 1


def test_only_so_many_libraries_stay_open(
    app: App, start: Start, monkeypatch: pytest.MonkeyPatch, media: dict[str, Media]
) -> None:
    monkeypatch.setattr(indexes, "OPEN_LIBRARIES", 1)
    process = start()
    process.store("one")
    other = app.libraries.create(app.accounts.get("mine").id, "other")
    for _ in range(2):
        assert process.finds() == ["one"]
        assert process.indexes.search(other.id, media["one"].print).matches == ()


def test_a_library_that_is_not_there_is_an_error(start: Start, media: dict[str, Media]) -> None:
    with pytest.raises(LibraryNotFound):
        start().indexes.search("0" * 32, media["one"].print)


def test_files_are_numbered_in_the_order_of_their_storing(start: Start) -> None:
    process = start()
    process.store("one", "two")
    with process.database.reads() as session:
        assert files.lock(session, process.library_id) == 2
