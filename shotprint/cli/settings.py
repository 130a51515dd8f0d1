"""``shotprint settings``: every setting with the value in force."""

from __future__ import annotations

from dataclasses import asdict

import typer

from shotprint.cli.options import AccountOption, Common, DatabaseOption, DataOption, JsonOption
from shotprint.cli.output import print_json, print_table


def settings(
    context: typer.Context,
    as_json: JsonOption = False,
    data: DataOption = None,
    account: AccountOption = None,
    database: DatabaseOption = None,
) -> None:
    """Show every setting: its environment variable, type, default, and the value in force; secrets masked."""
    from shotprint.settings import describe

    rows = describe(Common.of(context, data, account, database).settings())
    if as_json:
        print_json([asdict(row) for row in rows])
        return
    print_table(
        ("setting", "environment", "type", "default", "value", "help"),
        [
            (
                row.name,
                row.env,
                row.type,
                row.default,
                row.value,
                f"{row.help} [{row.unit}]" if row.unit else row.help,
            )
            for row in rows
        ],
    )
