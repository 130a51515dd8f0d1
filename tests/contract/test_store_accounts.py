from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from shotprint.errors import (
    AccountNotFound,
    Conflict,
    EmptyValue,
    InvalidValue,
    KeyNotFound,
    LibraryNotFound,
    OutOfRange,
)
from shotprint.service import accounts as accounts_module
from shotprint.store.models import AccessKeyRow, NonceRow
from shotprint.wiring import App


def later(seconds: float = 900) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


def test_an_account_is_found_by_its_name(app: App) -> None:
    made = app.accounts.create("studio")
    assert app.accounts.get("studio") == made
    assert app.accounts.list() == [made]
    assert made.created.tzinfo is UTC


def test_a_second_account_of_the_same_name_is_a_conflict(app: App) -> None:
    app.accounts.create("studio")
    with pytest.raises(Conflict):
        app.accounts.create("studio")
    assert len(app.accounts.list()) == 1


def test_an_unknown_account_is_not_found(app: App) -> None:
    with pytest.raises(AccountNotFound):
        app.accounts.get("nobody")


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("", EmptyValue),
        ("   ", EmptyValue),
        ("a\nb", InvalidValue),
        ("a\0b", InvalidValue),
        ("\ud800", InvalidValue),
        (" a", InvalidValue),
        ("0123456789abcdef" * 2, InvalidValue),
        ("x" * 129, OutOfRange),
    ],
)
def test_names_that_could_not_be_shown_or_told_apart_are_refused(
    app: App, name: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        app.accounts.create(name)


def test_ensure_makes_one_account_however_many_ask_at_once(app: App) -> None:
    with ThreadPoolExecutor(8) as pool:
        ids = {account.id for account in pool.map(app.accounts.ensure, ["default"] * 16)}
    assert len(ids) == 1
    assert len(app.accounts.list()) == 1


def test_a_key_is_found_with_its_secret(app: App) -> None:
    account = app.accounts.create("studio")
    made = app.accounts.add_key(account.id, "testId", "testSecret:with colon")
    found = app.accounts.find_key("testId")
    assert found == made
    assert (found.secret, found.enabled, found.account_id) == ("testSecret:with colon", True, account.id)


def test_a_key_made_at_random_is_long_and_new_each_time(app: App) -> None:
    account = app.accounts.create("studio")
    first, second = app.accounts.add_key(account.id), app.accounts.add_key(account.id)
    assert first.id != second.id
    assert first.secret != second.secret
    assert len(first.secret) >= 30
    assert app.accounts.keys(account.id) == [first, second]


def test_adding_the_same_key_again_is_harmless(app: App) -> None:
    account = app.accounts.create("studio")
    first = app.accounts.add_key(account.id, "testId", "s")
    assert app.accounts.add_key(account.id, "testId", "s") == first


def test_the_same_key_with_another_secret_or_account_is_a_conflict(app: App) -> None:
    mine, other = app.accounts.create("mine"), app.accounts.create("other")
    app.accounts.add_key(mine.id, "testId", "s")
    with pytest.raises(Conflict):
        app.accounts.add_key(mine.id, "testId", "t")
    with pytest.raises(Conflict):
        app.accounts.add_key(other.id, "testId", "s")
    assert app.accounts.keys(other.id) == []
    assert app.accounts.find_key("testId").secret == "s"


def test_a_key_that_expires_has_a_token_and_keeps_its_permissions(app: App) -> None:
    account = app.accounts.create("studio")
    library = app.libraries.create(account.id, "films")
    ends = later()
    made = app.accounts.add_key(
        account.id, "testId", "s", expires=ends, operations=["Query*", "ListFpShotDB"], libraries=[library.id]
    )
    assert app.accounts.find_key("testId") == made
    assert made.expires == ends
    assert made.token is not None
    assert len(made.token) >= 40
    assert made.token not in repr(made)
    with app.database.reads() as session:
        assert made.token not in (session.scalars(select(AccessKeyRow.token_sealed)).one() or "")
    assert made.may_call("QueryFpShotJobList")
    assert made.may_call("ListFpShotDB")
    assert not made.may_call("ListFpShotDBs")
    assert not made.may_call("querything")
    assert made.may_use(library.id)
    assert not made.may_use("f" * 32)


def test_a_key_without_limits_may_do_everything_for_good(app: App) -> None:
    key = app.accounts.add_key(app.accounts.create("studio").id)
    assert (key.expires, key.token, key.allowed_operations, key.allowed_libraries) == (None,) * 4
    assert key.may_call("Anything")
    assert key.may_use("f" * 32)


def test_the_same_key_with_other_limits_is_a_conflict(app: App) -> None:
    account = app.accounts.create("studio")
    library = app.libraries.create(account.id, "films")
    ends = later()
    limits = {"expires": ends, "operations": ["b", "a"], "libraries": [library.id]}
    first = app.accounts.add_key(account.id, "testId", "s", **limits)
    assert app.accounts.add_key(account.id, "testId", "s", **{**limits, "operations": ["a", "b"]}) == first
    for other in (
        {"expires": later(60)}, {"expires": None}, {"operations": ["a"]}, {"operations": None},
        {"libraries": None}, {"libraries": []},
    ):  # fmt: skip
        with pytest.raises(Conflict):
            app.accounts.add_key(account.id, "testId", "s", **{**limits, **other})


def test_limits_that_mean_nothing_are_refused(app: App) -> None:
    account, other = app.accounts.create("studio"), app.accounts.create("other")
    with pytest.raises(InvalidValue):
        app.accounts.add_key(account.id, expires=later(-1))
    for name in ("", "List FpShotDB", "[a]", "a?", "x" * 65):
        with pytest.raises(InvalidValue):
            app.accounts.add_key(account.id, operations=[name])
    for library_id in (app.libraries.create(other.id, "films").id, "f" * 32, "films"):
        with pytest.raises(LibraryNotFound):
            app.accounts.add_key(account.id, libraries=[library_id])
    assert app.accounts.keys(account.id) == []


def test_a_key_needs_an_account_that_exists(app: App) -> None:
    for account_id in ("f" * 32, "", "x\0"):
        with pytest.raises(AccountNotFound):
            app.accounts.add_key(account_id, "testId", "s")


@pytest.mark.parametrize("key_id", ["", "a:b", "a b", "é", "x" * 129, "a\0"])
def test_a_key_id_that_headers_or_the_command_line_could_not_carry_is_refused(app: App, key_id: str) -> None:
    account = app.accounts.create("studio")
    with pytest.raises((InvalidValue, EmptyValue)):
        app.accounts.add_key(account.id, key_id, "s")
    with pytest.raises(KeyNotFound):
        app.accounts.find_key(key_id)


def test_a_disabled_key_stays_known_and_disabled(app: App) -> None:
    account = app.accounts.create("studio")
    app.accounts.add_key(account.id, "testId", "s")
    assert not app.accounts.disable_key(account.id, "testId").enabled
    assert not app.accounts.find_key("testId").enabled
    assert not app.accounts.add_key(account.id, "testId", "s").enabled


def test_an_account_cannot_disable_the_key_of_another(app: App) -> None:
    mine, other = app.accounts.create("mine"), app.accounts.create("other")
    app.accounts.add_key(mine.id, "testId", "s")
    with pytest.raises(KeyNotFound):
        app.accounts.disable_key(other.id, "testId")
    assert app.accounts.find_key("testId").enabled


def test_no_secret_is_in_the_database_or_in_a_repr(app: App) -> None:
    account = app.accounts.create("studio")
    key = app.accounts.add_key(account.id, "testId", "verySecretText")
    with app.database.reads() as session:
        sealed = session.scalars(select(AccessKeyRow.secret_sealed)).one()
    assert "verySecretText" not in sealed
    assert "verySecretText" not in repr(key)


def test_a_nonce_counts_once_per_key(app: App) -> None:
    assert app.accounts.remember_nonce("a", "n", later())
    assert not app.accounts.remember_nonce("a", "n", later())
    assert app.accounts.remember_nonce("b", "n", later())
    assert app.accounts.remember_nonce("a", "m", later())


def test_an_expired_nonce_may_be_used_again(app: App) -> None:
    assert app.accounts.remember_nonce("a", "n", later(-1))
    assert app.accounts.remember_nonce("a", "n", later())
    assert not app.accounts.remember_nonce("a", "n", later())


@pytest.mark.parametrize("nonce", ["", "\0", "\ud800", "x" * 100_000, "é🙂"])
def test_any_text_can_be_a_nonce(app: App, nonce: str) -> None:
    assert app.accounts.remember_nonce("a", nonce, later())
    assert not app.accounts.remember_nonce("a", nonce, later())


def test_of_many_equal_calls_at_once_one_is_first(app: App) -> None:
    def remember(_: int) -> bool:
        return app.accounts.remember_nonce("a", "n", later())

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(remember, range(32))) == 1


def test_expired_nonces_are_cleared_away(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts_module, "_PRUNE_EVERY", 5)
    for number in range(4):
        app.accounts.remember_nonce("a", f"old {number}", later(-1))
    app.accounts.remember_nonce("a", "new", later())
    with app.database.reads() as session:
        assert session.scalar(select(func.count()).select_from(NonceRow)) == 1
    assert not app.accounts.remember_nonce("a", "new", later())
