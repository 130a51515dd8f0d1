"""``shotprint account add-user`` and its like: the people who sign in to the console."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from shotprint.cli.options import Common, JsonOption, current_account, opened, with_common
from shotprint.cli.output import print_json, print_line, print_table

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="Name of the user.")]
PasswordOption = Annotated[
    bool,
    typer.Option("--password-stdin", help="Read the password from standard input; else it is asked for."),
]


def add_commands(app: typer.Typer) -> None:
    """Give the command group `app` the commands of this file."""
    for name, command in {
        "add-user": add_user,
        "list-users": list_users,
        "set-password": set_password,
        "remove-user": remove_user,
        "console-link": console_link,
    }.items():
        app.command(name)(command)


@with_common
def add_user(
    common: Common, name: NameArgument, password_stdin: PasswordOption = False, as_json: JsonOption = False
) -> None:
    """Add a user to the account, who signs in to the console with a password of at least 10 characters."""
    from shotprint.service.audit import COMMAND_LINE

    password = read_password(password_stdin)
    with opened(common.settings()) as app:
        user = app.users.add(current_account(app).id, name, password)
        app.audit.record(user.account_id, COMMAND_LINE, "user.add", name)
    if as_json:
        print_json({"id": user.id, "name": user.name})
    else:
        print_line(f"User {user.name} is added.")


@with_common
def list_users(common: Common, as_json: JsonOption = False) -> None:
    """List the account's users."""
    with opened(common.settings()) as app:
        users = app.users.list(current_account(app).id)
    if as_json:
        print_json(
            [{"id": user.id, "name": user.name, "created": user.created.isoformat()} for user in users]
        )
        return
    print_table(("user", "created"), [(user.name, f"{user.created:%Y-%m-%d %H:%M}") for user in users])


@with_common
def set_password(
    common: Common, name: NameArgument, password_stdin: PasswordOption = False, as_json: JsonOption = False
) -> None:
    """Give a user of the account another password; whoever is signed in as them is signed out."""
    from shotprint.service.audit import COMMAND_LINE

    password = read_password(password_stdin)
    with opened(common.settings()) as app:
        user = app.users.set_password(current_account(app).id, name, password)
        app.audit.record(user.account_id, COMMAND_LINE, "user.password", name)
    if as_json:
        print_json({"id": user.id, "name": user.name})
    else:
        print_line(f"User {user.name} has another password.")


@with_common
def remove_user(common: Common, name: NameArgument, as_json: JsonOption = False) -> None:
    """Remove a user from the account; whoever is signed in as them is signed out."""
    from shotprint.service.audit import COMMAND_LINE

    with opened(common.settings()) as app:
        account_id = current_account(app).id
        app.users.remove(account_id, name)
        app.audit.record(account_id, COMMAND_LINE, "user.remove", name)
    if as_json:
        print_json({"name": name})
    else:
        print_line(f"User {name} is removed.")


@with_common
def console_link(common: Common, as_json: JsonOption = False) -> None:
    """Print a link that signs in to the console of the server once, for an hour or as the settings say.

    It leads to the setting public_url, or else to the host and port of the settings.
    """
    from shotprint.cli.console import link_url
    from shotprint.service.audit import COMMAND_LINE

    settings = common.settings()
    with opened(settings) as app:
        account_id = current_account(app).id
        token = app.sessions.make_link(account_id)
        app.audit.record(account_id, COMMAND_LINE, "session.link")
    url = link_url(settings.public_url or f"http://{settings.host}:{settings.port}", token)
    if as_json:
        print_json({"url": url})
    else:
        print_line(url)


def read_password(from_stdin: bool) -> str:
    """The password from standard input, or as somebody types it, twice."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise typer.BadParameter("nobody can be asked here; give it with --password-stdin")
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
