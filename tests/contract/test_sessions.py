"""Sessions and sign-in links: who holds one is signed in, until it ends."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, select

from shotprint.errors import AccessDenied, TooManyAttempts
from shotprint.service.attempts import PER_NAME
from shotprint.service.sessions import LINK_NAME, Sessions
from shotprint.service.types import Account
from shotprint.store.models import SessionRow, SignInLinkRow
from shotprint.wiring import App

PASSWORD = "correct horse battery"
HERE = "192.0.2.1"
IDLE, LIFE, LINK = timedelta(hours=1), timedelta(hours=10), timedelta(minutes=5)


class Clock:
    def __init__(self) -> None:
        self.moment = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.moment


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sessions(app: App, clock: Clock) -> Sessions:
    return Sessions(
        app.database, app.accounts, app.users, lifetime=LIFE, idle=IDLE, link_lifetime=LINK, clock=clock
    )


def test_a_user_signs_in_and_out(app: App, mine: Account, sessions: Sessions) -> None:
    user = app.users.add(mine.id, "ada", PASSWORD)
    token = sessions.sign_in("ada", PASSWORD, HERE)
    found = sessions.find(token)
    assert found is not None
    assert (found.account, found.name, found.user_id, found.key) == (mine, "ada", user.id, None)
    assert found.is_whole
    assert found.may_call("Anything")
    assert found.library_ids is None
    sessions.end(token)
    assert sessions.find(token) is None
    sessions.end(token)


def test_the_database_has_no_token(app: App, mine: Account, sessions: Sessions) -> None:
    link = sessions.make_link(mine.id)
    with app.database.reads() as session:
        assert link not in session.scalars(select(SignInLinkRow.token_hash)).all()
    token = sessions.enter(link)
    with app.database.reads() as session:
        (row,) = session.scalars(select(SessionRow)).all()
    assert token not in (row.token_hash, row.user_id, row.key_id)


def test_an_access_key_signs_in_with_its_permissions(app: App, mine: Account, sessions: Sessions) -> None:
    library = app.libraries.create(mine.id, "films")
    app.accounts.add_key(mine.id, "robot", "robot secret", operations=["Query*"], libraries=[library.id])
    found = sessions.find(sessions.sign_in("robot", "robot secret", HERE))
    assert found is not None
    assert found.name == "robot"
    assert not found.is_whole
    assert found.may_call("QueryFpShotJobList")
    assert not found.may_call("SubmitFpShotJob")
    assert found.library_ids == {library.id}


def test_a_disabled_key_is_out_at_once(app: App, mine: Account, sessions: Sessions) -> None:
    app.accounts.add_key(mine.id, "robot", "robot secret")
    token = sessions.sign_in("robot", "robot secret", HERE)
    app.accounts.disable_key(mine.id, "robot")
    assert sessions.find(token) is None
    with pytest.raises(AccessDenied):
        sessions.sign_in("robot", "robot secret", HERE)


def test_a_key_that_ends_cannot_sign_in(app: App, mine: Account, sessions: Sessions) -> None:
    app.accounts.add_key(mine.id, "brief", "brief secret", expires=datetime.now(UTC) + timedelta(hours=1))
    with pytest.raises(AccessDenied):
        sessions.sign_in("brief", "brief secret", HERE)


@pytest.mark.parametrize(
    ("name", "secret"),
    [("ada", "wrong"), ("ada", ""), ("robot", "wrong"), ("robot", ""), ("robot", PASSWORD), ("ada", "robot secret"),
     ("nobody", PASSWORD), ("", ""), ("\0", "\0"), ("\ud800", "\ud800")],
)  # fmt: skip
def test_what_is_wrong_is_refused_in_the_same_words(
    app: App, mine: Account, sessions: Sessions, name: str, secret: str
) -> None:
    app.users.add(mine.id, "ada", PASSWORD)
    app.accounts.add_key(mine.id, "robot", "robot secret")
    with pytest.raises(AccessDenied, match="The name or the password is wrong"):
        sessions.sign_in(name, secret, HERE)


def test_even_the_right_password_waits_after_too_much_guessing(
    app: App, mine: Account, sessions: Sessions
) -> None:
    app.users.add(mine.id, "ada", PASSWORD)
    for _ in range(PER_NAME):
        with pytest.raises(AccessDenied):
            sessions.sign_in("ada", "a wrong guess", HERE)
    with pytest.raises(TooManyAttempts):
        sessions.sign_in("ada", PASSWORD, HERE)


def test_a_session_ends_without_use(mine: Account, sessions: Sessions, clock: Clock) -> None:
    token = sessions.enter(sessions.make_link(mine.id))
    clock.moment += IDLE - timedelta(seconds=1)
    assert sessions.find(token) is not None
    clock.moment += IDLE - timedelta(seconds=1)
    assert sessions.find(token) is not None  # the use before counted
    clock.moment += IDLE + timedelta(seconds=1)
    assert sessions.find(token) is None


def test_a_page_that_asks_by_itself_is_no_use(mine: Account, sessions: Sessions, clock: Clock) -> None:
    token = sessions.enter(sessions.make_link(mine.id))
    clock.moment += IDLE - timedelta(seconds=1)
    assert sessions.find(token, used=False) is not None
    clock.moment += timedelta(seconds=2)
    assert sessions.find(token, used=False) is None


def test_a_session_ends_at_its_end_however_much_it_is_used(
    mine: Account, sessions: Sessions, clock: Clock
) -> None:
    token = sessions.enter(sessions.make_link(mine.id))
    begun = clock.moment
    while clock.moment < begun + LIFE - IDLE / 2:
        assert sessions.find(token) is not None
        clock.moment += IDLE / 2
    clock.moment = begun + LIFE
    assert sessions.find(token) is None


def test_a_link_signs_in_once(app: App, mine: Account, sessions: Sessions) -> None:
    link = sessions.make_link(mine.id)
    found = sessions.find(sessions.enter(link))
    assert found is not None
    assert (found.account, found.name, found.is_whole) == (mine, LINK_NAME, True)
    with pytest.raises(AccessDenied):
        sessions.enter(link)


def test_of_many_who_use_a_link_at_once_one_comes_in(mine: Account, sessions: Sessions) -> None:
    link = sessions.make_link(mine.id)

    def enter(_: int) -> bool:
        try:
            return bool(sessions.enter(link))
        except AccessDenied:
            return False

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(enter, range(8))) == 1


def test_a_link_expires(mine: Account, sessions: Sessions, clock: Clock) -> None:
    link = sessions.make_link(mine.id)
    clock.moment += LINK
    with pytest.raises(AccessDenied):
        sessions.enter(link)


def test_the_first_link_of_an_account_is_made_once(app: App, mine: Account, sessions: Sessions) -> None:
    other = app.accounts.create("other")
    assert sessions.make_first_link(mine.id) is not None
    assert sessions.make_first_link(mine.id) is None
    assert sessions.make_first_link(other.id) is not None


def test_sessions_of_a_user_end_with_the_password_and_with_the_user(
    app: App, mine: Account, sessions: Sessions
) -> None:
    app.users.add(mine.id, "ada", PASSWORD)
    app.users.add(mine.id, "bob", PASSWORD)
    bobs = sessions.sign_in("bob", PASSWORD, HERE)
    first = sessions.sign_in("ada", PASSWORD, HERE)
    app.users.set_password(mine.id, "ada", "another battery")
    assert sessions.find(first) is None
    second = sessions.sign_in("ada", "another battery", HERE)
    app.users.remove(mine.id, "ada")
    assert sessions.find(second) is None
    assert sessions.find(bobs) is not None


def test_sessions_that_ended_are_removed(app: App, mine: Account, sessions: Sessions, clock: Clock) -> None:
    sessions.enter(sessions.make_link(mine.id))
    sessions.make_link(mine.id)
    clock.moment += LIFE + timedelta(seconds=1)
    sessions.enter(sessions.make_link(mine.id))
    with app.database.reads() as session:
        assert len(session.scalars(select(SessionRow)).all()) == 1
        assert session.scalars(select(SignInLinkRow)).all() == []


def test_who_did_not_get_in_is_in_the_log_of_the_account_that_is_meant(
    app: App, mine: Account, sessions: Sessions
) -> None:
    other = app.accounts.create("other")
    app.users.add(mine.id, "ada", PASSWORD)
    app.accounts.add_key(other.id, "robot", "robot secret")
    for name in ("ada", "robot", "nobody", "a\0", "ada "):
        with pytest.raises(AccessDenied, match="The name or the password is wrong"):
            sessions.sign_in(name, "guess", HERE)
    for account, name in ((mine, "ada"), (other, "robot")):
        (entry,) = app.audit.page(account.id, None, 10).items
        assert (entry.actor, entry.action, entry.address) == (name, "session.refuse", HERE)


def test_a_lock_out_is_told_once(app: App, mine: Account, sessions: Sessions, clock: Clock) -> None:
    app.users.add(mine.id, "ada", PASSWORD)
    for _ in range(2):
        for _ in range(PER_NAME + 5):
            with pytest.raises((AccessDenied, TooManyAttempts)):
                sessions.sign_in("ada", "guess", HERE)
        clock.moment += timedelta(minutes=16)
    actions = [entry.action for entry in app.audit.page(mine.id, None, 100).items]
    assert actions == (["session.lock"] + ["session.refuse"] * PER_NAME) * 2


def test_a_wrong_name_costs_as_many_writes_as_a_wrong_password(
    app: App, mine: Account, sessions: Sessions
) -> None:
    app.users.add(mine.id, "ada", PASSWORD)
    written: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith(("INSERT", "UPDATE", "DELETE")):
            written.append(statement.split()[0])

    def commits(name: str) -> int:
        seen: list[object] = []
        add = seen.append
        event.listen(app.database.engine, "commit", add)
        with pytest.raises(AccessDenied):
            sessions.sign_in(name, "guess", HERE)
        event.remove(app.database.engine, "commit", add)
        return len(seen)

    event.listen(app.database.engine, "before_cursor_execute", note)
    known, of_known = commits("ada"), written.copy()
    written.clear()
    unknown, of_unknown = commits("nobody"), written.copy()
    event.remove(app.database.engine, "before_cursor_execute", note)
    assert known == unknown > 0
    assert of_known == [*of_unknown, "INSERT"]  # the entry, in a transaction that writes anyhow
    assert of_unknown[-1] == "UPDATE"
