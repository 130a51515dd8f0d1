"""The audit log: added to, read by its own account, never changed."""

from __future__ import annotations

import pytest

from shotprint.errors import InvalidValue
from shotprint.service.audit import MAX_CHARS, Audit
from shotprint.service.types import Account
from shotprint.wiring import App


def test_entries_are_read_newest_first_page_by_page(app: App, mine: Account) -> None:
    for number in range(7):
        app.audit.record(mine.id, "ada", "library.create", str(number), address="192.0.2.1")
    seen, token = [], None
    while True:
        page = app.audit.page(mine.id, token, 3)
        seen += page.items
        token = page.next_token
        if token is None:
            break
    assert [entry.subject for entry in seen] == [str(number) for number in reversed(range(7))]
    assert {(entry.actor, entry.action, entry.address) for entry in seen} == {
        ("ada", "library.create", "192.0.2.1")
    }


def test_an_account_reads_its_own_log_only(app: App, mine: Account) -> None:
    other = app.accounts.create("other")
    app.audit.record(other.id, "eve", "user.add", "mallory")
    app.audit.record(other.id, "eve", "user.add", "trudy")
    assert app.audit.page(mine.id, None, 10).items == ()
    token = app.audit.page(other.id, None, 1).next_token
    with pytest.raises(InvalidValue):
        app.audit.page(mine.id, token, 10)


def test_whatever_the_texts_are_something_is_kept(app: App, mine: Account) -> None:
    app.audit.record(mine.id, "a\0\ud800", "job.submit", "x" * 10_000)
    (entry,) = app.audit.page(mine.id, None, 10).items
    assert entry.actor.startswith("a")
    assert entry.subject == "x" * MAX_CHARS


def test_nothing_changes_or_removes_an_entry() -> None:
    assert {name for name in vars(Audit) if not name.startswith("_")} == {"record", "page"}
