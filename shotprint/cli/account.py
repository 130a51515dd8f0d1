"""``shotprint account``: accounts and their access keys."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from shotprint.cli.options import (
    AccountOption,
    Common,
    DatabaseOption,
    DataOption,
    JsonOption,
    current_account,
    opened,
)
from shotprint.cli.output import print_json, print_line, print_table

app = typer.Typer(help="Accounts and their access keys.", no_args_is_help=True)


@app.command("create")
def create(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the new account.")],
    as_json: JsonOption = False,
    data: DataOption = None,
    account: AccountOption = None,
    database: DatabaseOption = None,
) -> None:
    """Make an account and its first access key; the secret is shown this once."""
    settings = Common.of(context, data, account, database).settings()
    with opened(settings) as app:
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
def list_accounts(
    context: typer.Context,
    as_json: JsonOption = False,
    data: DataOption = None,
    account: AccountOption = None,
    database: DatabaseOption = None,
) -> None:
    """List the accounts with their access keys; secrets are not shown."""
    settings = Common.of(context, data, account, database).settings()
    with opened(settings) as app:
        rows = [(row, app.accounts.keys(row.id)) for row in app.accounts.list()]
    if as_json:
        print_json(
            [
                {
                    "name": row.name,
                    "id": row.id,
                    "created": row.created.isoformat(),
                    "access_keys": [{"id": key.id, "enabled": key.enabled} for key in keys],
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
                ", ".join(key.id if key.enabled else f"{key.id} (disabled)" for key in keys) or "none",
            )
            for row, keys in rows
        ],
    )


@app.command("add-key")
def add_key(
    context: typer.Context,
    key_id: Annotated[
        str | None, typer.Option("--id", metavar="ID", help="Id of the key; a random one without it.")
    ] = None,
    secret_stdin: Annotated[
        bool, typer.Option("--secret-stdin", help="Read the secret from standard input; else it is random.")
    ] = False,
    as_json: JsonOption = False,
    data: DataOption = None,
    account: AccountOption = None,
    database: DatabaseOption = None,
) -> None:
    """Add an access key to the account; a random secret is shown this once."""
    if secret_stdin and key_id is None:
        raise typer.BadParameter("--secret-stdin needs --id")
    secret = sys.stdin.readline().rstrip("\r\n") if secret_stdin else None
    settings = Common.of(context, data, account, database).settings()
    with opened(settings) as app:
        key = app.accounts.add_key(current_account(app).id, key_id, secret)
    if as_json:
        print_json({"id": key.id, "secret": None if secret_stdin else key.secret})
    elif secret_stdin:
        print_line(f"Access key {key.id} is added.")
    else:
        print_key(key.id, key.secret)


@app.command("disable-key")
def disable_key(
    context: typer.Context,
    key_id: Annotated[str, typer.Argument(metavar="ID", help="Id of the key.")],
    as_json: JsonOption = False,
    data: DataOption = None,
    account: AccountOption = None,
    database: DatabaseOption = None,
) -> None:
    """Disable an access key of the account for good; calls signed with it are refused at once."""
    settings = Common.of(context, data, account, database).settings()
    with opened(settings) as app:
        app.accounts.disable_key(current_account(app).id, key_id)
    if as_json:
        print_json({"id": key_id, "enabled": False})
    else:
        print_line(f"Access key {key_id} is disabled.")


def print_key(key_id: str, secret: str) -> None:
    """A new key for people; the only time that its secret is shown."""
    print_line(f"Access key id      {key_id}")
    print_line(f"Access key secret  {secret}")
    print_line("Keep the secret now: it is not shown again.")
