"""Users, their passwords, and guessing them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from shotprint.errors import Conflict, EmptyValue, InvalidValue, NotFound, OutOfRange, TooManyAttempts
from shotprint.service.attempts import PER_ADDRESS, PER_NAME, WINDOW, Attempts
from shotprint.service.types import Account
from shotprint.store.models import UserRow
from shotprint.wiring import App

PASSWORD = "correct horse battery"


class Clock:
    def __init__(self) -> None:
        self.moment = datetime(2030, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_user_is_known_by_name_and_password_only(app: App, mine: Account) -> None:
    user = app.users.add(mine.id, "ada", PASSWORD)
    assert app.users.verify("ada", PASSWORD) == user
    for name, password in (
        ("ada", "another horse"), ("Ada", PASSWORD), ("ada", ""), ("", PASSWORD), ("a\0da", PASSWORD),
        ("\ud800", "\ud800"), ("ada", PASSWORD + "x" * 5000),
    ):  # fmt: skip
        assert app.users.verify(name, password) is None


def test_a_password_is_kept_as_an_argon2id_hash(app: App, mine: Account) -> None:
    app.users.add(mine.id, "ada", PASSWORD)
    app.users.add(mine.id, "bob", PASSWORD)
    with app.database.reads() as session:
        hashes = session.scalars(select(UserRow.password_hash)).all()
    assert len({*hashes}) == 2
    assert all(text.startswith("$argon2id$v=19$m=65536,t=3,p=4$") for text in hashes)


@pytest.mark.parametrize(
    ("name", "password", "error"),
    [
        ("", PASSWORD, EmptyValue),
        ("a" * 129, PASSWORD, OutOfRange),
        ("a\nb", PASSWORD, InvalidValue),
        ("ada", "", EmptyValue),
        ("ada", "123456789", OutOfRange),
        ("ada", "x" * 1025, OutOfRange),
        ("ada lovelace", "Ada Lovelace", InvalidValue),
    ],
)
def test_names_and_passwords_that_cannot_be_one(
    app: App, mine: Account, name: str, password: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        app.users.add(mine.id, name, password)
    assert app.users.list(mine.id) == []


def test_a_name_is_one_person_of_the_whole_server(app: App, mine: Account) -> None:
    other = app.accounts.create("other")
    app.users.add(mine.id, "ada", PASSWORD)
    with pytest.raises(Conflict):
        app.users.add(other.id, "ada", PASSWORD)
    assert app.users.list(other.id) == []


def test_nobody_changes_another_accounts_users(app: App, mine: Account) -> None:
    other = app.accounts.create("other")
    app.users.add(mine.id, "ada", PASSWORD)
    with pytest.raises(NotFound):
        app.users.set_password(other.id, "ada", "stolen stolen")
    with pytest.raises(NotFound):
        app.users.remove(other.id, "ada")
    assert app.users.verify("ada", PASSWORD) is not None


def test_a_user_gets_another_password_and_is_removed(app: App, mine: Account) -> None:
    app.users.add(mine.id, "ada", PASSWORD)
    app.users.set_password(mine.id, "ada", "another battery")
    assert app.users.verify("ada", PASSWORD) is None
    assert app.users.verify("ada", "another battery") is not None
    app.users.remove(mine.id, "ada")
    assert app.users.verify("ada", "another battery") is None
    with pytest.raises(NotFound):
        app.users.remove(mine.id, "ada")


def test_guessing_one_name_has_to_wait_from_wherever(app: App, clock: Clock) -> None:
    attempts = Attempts(app.database, clock=clock)
    for number in range(PER_NAME):
        attempts.begin("ada", f"192.0.2.{number}")
    with pytest.raises(TooManyAttempts):
        attempts.begin("ada", "192.0.2.99")
    attempts.begin("bob", "192.0.2.99")
    clock.moment += WINDOW + timedelta(seconds=1)
    attempts.begin("ada", "192.0.2.99")


def test_guessing_from_one_address_has_to_wait_under_whatever_name(app: App, clock: Clock) -> None:
    attempts = Attempts(app.database, clock=clock)
    for number in range(PER_ADDRESS):
        attempts.begin(f"user {number}", f"2001:db8::{number:x}")  # one network is one address
    with pytest.raises(TooManyAttempts):
        attempts.begin("somebody", "2001:db8::ffff:1")
    attempts.begin("somebody", "2001:db8:0:1::1")


def test_waiting_does_not_begin_anew_with_each_refusal(app: App, clock: Clock) -> None:
    attempts = Attempts(app.database, clock=clock)
    for _ in range(PER_NAME):
        attempts.begin("ada", "192.0.2.1")
    clock.moment += WINDOW - timedelta(seconds=1)
    with pytest.raises(TooManyAttempts):
        attempts.begin("ada", "192.0.2.1")
    clock.moment += timedelta(seconds=2)
    attempts.begin("ada", "192.0.2.1")


def test_success_forgets_the_attempts_of_the_name(app: App, clock: Clock) -> None:
    attempts = Attempts(app.database, clock=clock)
    for _ in range(PER_NAME):
        attempts.begin("ada", "192.0.2.1")
    attempts.forget("ada")
    attempts.begin("ada", "192.0.2.1")
