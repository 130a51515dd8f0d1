"""``shotprint settings``: every setting with the value in force."""

from __future__ import annotations

from dataclasses import asdict

from shotprint.cli.options import Common, JsonOption, with_common
from shotprint.cli.output import print_json, print_table


@with_common
def settings(
    common: Common,
    as_json: JsonOption = False,
) -> None:
    """Show every setting: its environment variable, type, default, and the value in force; secrets masked."""
    from shotprint.settings import describe

    rows = describe(common.settings())
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
