"""`shotprint account add-user` and its like."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shotprint.cli.options import Common, opened

Cli = Callable[..., Any]


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """What standard input has."""
    return lambda text: monkeypatch.setattr("sys.stdin", io.StringIO(text))


def test_a_user_is_added_listed_and_removed(cli: Cli, typed: Callable[[str], None], tmp_path: Path) -> None:
    typed("correct horse battery\n")
    assert cli("account", "add-user", "ada", "--password-stdin").out == "User ada is added.\n"
    assert [user["name"] for user in cli("account", "list-users", "--json").document] == ["ada"]
    typed("another battery\n")
    assert cli("account", "set-password", "ada", "--password-stdin", "--json").document["name"] == "ada"
    with opened(Common(data=tmp_path / "data").settings()) as app:
        assert app.users.verify("ada", "another battery") is not None
        entries = app.audit.page(app.accounts.get("default").id, None, 10).items
    assert [(entry.actor, entry.action, entry.subject) for entry in entries] == [
        ("command line", "user.password", "ada"), ("command line", "user.add", "ada"),
    ]  # fmt: skip
    assert cli("account", "remove-user", "ada").code == 0
    assert cli("account", "list-users", "--json").document == []
    assert cli("account", "remove-user", "ada").code == 1


def test_a_short_password_is_refused(cli: Cli, typed: Callable[[str], None]) -> None:
    typed("short\n")
    ended = cli("account", "add-user", "ada", "--password-stdin")
    assert (ended.code, ended.out) == (2, "")
    assert "short\n" not in ended.err


def test_a_link_is_made_for_the_address_of_the_settings(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOTPRINT_PUBLIC_URL", "https://prints.example/")
    url = cli("account", "console-link", "--json").document["url"]
    address, _, token = url.partition("?token=")
    assert address == "https://prints.example/console/enter"
    with opened(Common(data=tmp_path / "data").settings()) as app:
        assert app.sessions.find(app.sessions.enter(token)) is not None
