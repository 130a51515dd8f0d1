from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import update

from shotprint.errors import (
    Conflict,
    EmptyValue,
    InvalidValue,
    LibraryNotFound,
    LimitExceeded,
    NotSupported,
    OutOfRange,
)
from shotprint.queue.protocol import Lane
from shotprint.service.libraries import ACTIVATE, Libraries
from shotprint.service.types import Account, LibraryState, Modality
from shotprint.store.models import LibraryRow
from shotprint.wiring import App


@pytest.fixture
def other(app: App) -> Account:
    return app.accounts.create("other")


def delete(app: App, library_id: str) -> None:
    """What deleting a library will leave behind."""
    with app.database.sessions.begin() as session:
        gone = update(LibraryRow).where(LibraryRow.id == library_id).values(state=LibraryState.DELETED)
        session.execute(gone)


def test_a_new_library_is_offline_and_waits_to_be_activated(app: App, mine: Account) -> None:
    library = app.libraries.create(mine.id, "films", description="old ones", config='{"a": 1}')
    assert library == app.libraries.get(mine.id, library.id)
    assert library.state is LibraryState.OFFLINE
    assert (library.modality, library.description, library.config) == (
        Modality.VIDEO, "old ones", '{"a": 1}',
    )  # fmt: skip
    assert (library.file_count, library.duration_s) == (0, 0.0)
    task = app.queue.claim([Lane.UPKEEP], "w")
    assert task is not None
    assert (task.name, task.subject) == (ACTIVATE, library.id)


def test_activating_makes_it_active_and_nothing_else(app: App, mine: Account) -> None:
    library = app.libraries.create(mine.id, "films")
    app.libraries.activate(library.id)
    app.libraries.activate(library.id)
    assert app.libraries.get(mine.id, library.id).state is LibraryState.ACTIVE
    delete(app, library.id)
    app.libraries.activate(library.id)
    assert app.libraries.get(mine.id, library.id).state is LibraryState.DELETED


def test_names_are_unique_in_an_account_only(app: App, mine: Account, other: Account) -> None:
    first = app.libraries.create(mine.id, "films")
    second = app.libraries.create(other.id, "films")
    with pytest.raises(Conflict) as caught:
        app.libraries.create(mine.id, "films")
    assert caught.value.parameter == "name"
    assert app.libraries.find(mine.id, "films") == first
    assert app.libraries.find(other.id, "films") == second
    assert app.queue.waiting() == 2


def test_names_differ_by_case_and_by_accents(app: App, mine: Account) -> None:
    names = ["films", "Films", "filmś", "电影", "🎬"]
    made = [app.libraries.create(mine.id, name) for name in names]
    assert [app.libraries.find(mine.id, name) for name in names] == made


def test_the_name_of_a_deleted_library_is_free_again(app: App, mine: Account) -> None:
    old = app.libraries.create(mine.id, "films")
    delete(app, old.id)
    with pytest.raises(LibraryNotFound):
        app.libraries.find(mine.id, "films")
    with pytest.raises(LibraryNotFound):
        app.libraries.find(mine.id, old.id)
    new = app.libraries.create(mine.id, "films")
    assert app.libraries.find(mine.id, "films") == new
    assert app.libraries.list(mine.id) == [new]
    assert [library.state for library in app.libraries.list(mine.id, [old.id])] == [LibraryState.DELETED]


@pytest.mark.parametrize("kind", [Modality.AUDIO, Modality.IMAGE])
def test_kinds_that_cannot_be_analysed_are_refused(app: App, mine: Account, kind: Modality) -> None:
    with pytest.raises(NotSupported):
        app.libraries.create(mine.id, "films", kind)
    assert app.libraries.list(mine.id) == []


@pytest.mark.parametrize(("kind", "preset"), [(Modality.VIDEO, "video-2"), (Modality.TEXT, "text-1")])
def test_a_library_has_the_preset_of_its_kind(app: App, mine: Account, kind: Modality, preset: str) -> None:
    made = app.libraries.create(mine.id, "library", kind)
    assert (made.modality, made.preset) == (kind, preset)
    assert app.libraries.get(mine.id, made.id) == made


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("", EmptyValue),
        ("x" * 129, OutOfRange),
        ("a\tb", InvalidValue),
        ("a\0", InvalidValue),
        ("0f1e2d3c4b5a69788796a5b4c3d2e1f0", InvalidValue),
    ],
)
def test_names_that_are_no_names_are_refused(
    app: App, mine: Account, name: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        app.libraries.create(mine.id, name)


def test_texts_that_cannot_be_kept_are_refused(app: App, mine: Account) -> None:
    for text in ("a\0", "\ud800"):
        with pytest.raises(InvalidValue):
            app.libraries.create(mine.id, "films", description=text)
    with pytest.raises(OutOfRange):
        app.libraries.create(mine.id, "films", config="x" * 70_000)
    assert app.libraries.list(mine.id) == []


def test_another_account_sees_nothing(app: App, mine: Account, other: Account) -> None:
    library = app.libraries.create(mine.id, "films")
    with pytest.raises(LibraryNotFound):
        app.libraries.get(other.id, library.id)
    for name in (library.id, "films"):
        with pytest.raises(LibraryNotFound):
            app.libraries.find(other.id, name)
    assert app.libraries.list(other.id) == []
    assert app.libraries.list(other.id, [library.id]) == []


@pytest.mark.parametrize("text", ["", "x", "f" * 32, "F" * 32, "a\0b", "\ud800", "x" * 10_000, "' OR 1=1 --"])
def test_whatever_is_asked_for_an_unknown_library_is_not_found(app: App, mine: Account, text: str) -> None:
    with pytest.raises(LibraryNotFound):
        app.libraries.get(mine.id, text)
    with pytest.raises(LibraryNotFound):
        app.libraries.find(mine.id, text)
    assert app.libraries.list(mine.id, [text]) == []


def test_a_list_by_id_keeps_the_order_asked_for(app: App, mine: Account) -> None:
    a, b, c = (app.libraries.create(mine.id, name) for name in "abc")
    assert app.libraries.list(mine.id) == [a, b, c]
    assert app.libraries.list(mine.id, [c.id, "f" * 32, a.id, c.id]) == [c, a]
    assert app.libraries.list(mine.id, []) == []


def test_a_library_can_have_the_id_that_clients_know(app: App, mine: Account, other: Account) -> None:
    known = "88c6ca184c0e47098a5b665e2a120000"
    library = app.libraries.create(mine.id, "films", library_id=known)
    assert library.id == known
    assert app.libraries.get(mine.id, known) == library
    for account, name in ((mine, "clips"), (other, "films")):
        with pytest.raises(Conflict, match="is not available"):
            app.libraries.create(account.id, name, library_id=known)
    with pytest.raises(Conflict, match="'films'"):
        app.libraries.create(mine.id, "films", library_id="f" * 32)
    delete(app, known)
    with pytest.raises(Conflict, match="is not available"):
        app.libraries.create(mine.id, "films", library_id=known)
    for wrong in ("", "films", "F" * 32, "f" * 31):
        with pytest.raises(InvalidValue):
            app.libraries.create(mine.id, "clips", library_id=wrong)


def test_an_account_has_no_more_libraries_than_it_may(app: App, mine: Account, other: Account) -> None:
    libraries = Libraries(app.database, app.queue, most=2)

    def create(number: int) -> str | None:
        try:
            return libraries.create(mine.id, f"films {number}").id
        except LimitExceeded:
            return None

    with ThreadPoolExecutor(4) as pool:
        made = [library_id for library_id in pool.map(create, range(8)) if library_id]
    assert len(made) == 2
    assert len(libraries.list(mine.id)) == 2
    with pytest.raises(Conflict):
        libraries.create(mine.id, libraries.list(mine.id)[0].name)
    with pytest.raises(LimitExceeded):
        libraries.default(mine.id)
    libraries.create(other.id, "films")
    delete(app, made[0])
    assert libraries.default(mine.id).name == "default"


def test_the_default_library_is_made_once_however_many_ask(app: App, mine: Account, other: Account) -> None:
    with ThreadPoolExecutor(8) as pool:
        ids = {library.id for library in pool.map(app.libraries.default, [mine.id] * 16)}
    assert len(ids) == 1
    assert [library.name for library in app.libraries.list(mine.id)] == ["default"]
    assert app.queue.waiting() == 1
    assert app.libraries.default(other.id).id not in ids


def test_a_library_that_the_caller_named_default_is_the_default(app: App, mine: Account) -> None:
    own = app.libraries.create(mine.id, "default")
    assert app.libraries.default(mine.id) == own
