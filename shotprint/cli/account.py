"""``shotprint account``: accounts, their access keys and their users."""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from shotprint.cli.options import (
    Common,
    JsonOption,
    current_account,
    opened,
    with_common,
)
from shotprint.cli.output import print_json, print_line, print_table
from shotprint.cli.users import add_commands

if TYPE_CHECKING:
    from shotprint.service.types import AccessKey

_SPAN = re.compile(r"([0-9]{1,6})([mhd])")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}

app = typer.Typer(help="Accounts, their access keys and their users.", no_args_is_help=True)


@app.command("create")
@with_common
def create(
    common: Common,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the new account.")],
    as_json: JsonOption = False,
) -> None:
    """Make an account and its first access key; the secret is shown this once."""
    with opened(common.settings()) as app:
        created = app.accounts.create(name)
        key = app.accounts.add_key(created.id)
    if as_json:
        print_json(
            {"name": created.name, "id": created.id, "access_key": {"id": key.id, "secret": key.secret}}
        )
    else:
        print_line(f"Account {created.name} is made.")
        print_key(key.id, key.secret)


@app.command("list")
@with_common
def list_accounts(
    common: Common,
    as_json: JsonOption = False,
) -> None:
    """List the accounts with their access keys; secrets are not shown."""
    with opened(common.settings()) as app:
        rows = [(row, app.accounts.keys(row.id)) for row in app.accounts.list()]
    if as_json:
        print_json(
            [
                {
                    "name": row.name,
                    "id": row.id,
                    "created": row.created.isoformat(),
                    "access_keys": [_document(key) for key in keys],
                }
                for row, keys in rows
            ]
        )
        return
    print_table(
        ("account", "created", "access keys"),
        [
            (
                row.name,
                f"{row.created:%Y-%m-%d %H:%M}",
                ", ".join(map(_shown, keys)) or "none",
            )
            for row, keys in rows
        ],
    )


@app.command("add-key")
@with_common
def add_key(
    common: Common,
    key_id: Annotated[
        str | None, typer.Option("--id", metavar="ID", help="Id of the key; a random one without it.")
    ] = None,
    secret_stdin: Annotated[
        bool, typer.Option("--secret-stdin", help="Read the secret from standard input; else it is random.")
    ] = False,
    expires: Annotated[
        str | None,
        typer.Option(
            "--expires",
            metavar="WHEN",
            help="The key ends then: after 30m, 2h or 7d, or at a time such as 2026-01-31T00:00:00Z. "
            "Its calls need a security token, which is shown this once.",
        ),
    ] = None,
    operations: Annotated[
        list[str] | None,
        typer.Option(
            "--allow-operation",
            metavar="NAME",
            help="Let the key call this operation; * stands for any letters, as in 'Query*'. May be repeated. "
            "All without it.",
        ),
    ] = None,
    libraries: Annotated[
        list[str] | None,
        typer.Option(
            "--allow-library",
            metavar="LIBRARY",
            help="Let the key use this library, a name or an id. May be repeated. All without it.",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Add an access key to the account; a random secret is shown this once."""
    ends = None if expires is None else parse_expiry(expires, datetime.now(UTC))
    if secret_stdin and key_id is None:
        raise typer.BadParameter("--secret-stdin needs --id")
    secret = sys.stdin.readline().rstrip("\r\n") if secret_stdin else None
    with opened(common.settings()) as app:
        account_id = current_account(app).id
        allowed = [app.libraries.find(account_id, name).id for name in libraries or ()]
        key = app.accounts.add_key(
            account_id,
            key_id,
            secret,
            expires=ends,
            operations=operations or None,
            libraries=allowed or None,
        )
    if as_json:
        print_json({**_document(key), "secret": None if secret_stdin else key.secret, "token": key.token})
        return
    if secret_stdin:
        print_line(f"Access key {key.id} is added.")
    else:
        print_key(key.id, key.secret)
    if key.token is not None and key.expires is not None:
        print_line(f"Security token     {key.token}")
        print_line(f"It ends at {key.expires:%Y-%m-%dT%H:%M:%SZ}; its calls need the token.")


@app.command("disable-key")
@with_common
def disable_key(
    common: Common,
    key_id: Annotated[str, typer.Argument(metavar="ID", help="Id of the key.")],
    as_json: JsonOption = False,
) -> None:
    """Disable an access key of the account; calls signed with it are refused at once."""
    with opened(common.settings()) as app:
        app.accounts.disable_key(current_account(app).id, key_id)
    if as_json:
        print_json({"id": key_id, "enabled": False})
    else:
        print_line(f"Access key {key_id} is disabled.")


@app.command("enable-key")
@with_common
def enable_key(
    common: Common,
    key_id: Annotated[str, typer.Argument(metavar="ID", help="Id of the key.")],
    as_json: JsonOption = False,
) -> None:
    """Let a disabled access key of the account sign calls again."""
    with opened(common.settings()) as app:
        app.accounts.enable_key(current_account(app).id, key_id)
    if as_json:
        print_json({"id": key_id, "enabled": True})
    else:
        print_line(f"Access key {key_id} is enabled.")


add_commands(app)


def parse_expiry(text: str, moment: datetime) -> datetime:
    """The end of a key: so long after `moment`, or a time with its zone."""
    found = _SPAN.fullmatch(text)
    try:
        if found:
            return moment + int(found[1]) * _UNITS[found[2]]
        ends = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        ends = None
    if ends is None or ends.tzinfo is None:
        raise typer.BadParameter(
            "is neither a span such as 30m, 2h or 7d nor a time such as 2026-01-31T00:00:00Z",
            param_hint="--expires",
        )
    return ends.astimezone(UTC)


def _document(key: AccessKey) -> dict[str, object]:
    """What may be shown of a key at any time."""
    operations, libraries = key.allowed_operations, key.allowed_libraries
    return {
        "id": key.id,
        "enabled": key.enabled,
        "expires": None if key.expires is None else key.expires.isoformat(),
        "allowed_operations": None if operations is None else sorted(operations),
        "allowed_libraries": None if libraries is None else sorted(libraries),
    }


def _shown(key: AccessKey) -> str:
    notes = [
        "" if key.enabled else "disabled",
        "" if key.expires is None else f"until {key.expires:%Y-%m-%d %H:%M}",
        "" if key.allowed_operations is None and key.allowed_libraries is None else "limited",
    ]
    told = ", ".join(filter(None, notes))
    return f"{key.id} ({told})" if told else key.id


def print_key(key_id: str, secret: str) -> None:
    """A new key for people; the only time that its secret is shown."""
    print_line(f"Access key id      {key_id}")
    print_line(f"Access key secret  {secret}")
    print_line("Keep the secret now: it is not shown again.")
