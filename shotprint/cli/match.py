"""``shotprint match``: two files against each other, with no library."""

from __future__ import annotations

from typing import Annotated

import typer

from shotprint.cli.options import AccountOption, DatabaseOption, DataOption, JsonOption
from shotprint.cli.output import print_json, progress_bar
from shotprint.cli.results import print_matches, result_document

REFERENCE_SHARE = 0.4  # of the bar: references are described less densely than queries


def match(
    query: Annotated[str, typer.Argument(metavar="QUERY", help="File that may hold copied parts.")],
    reference: Annotated[str, typer.Argument(metavar="REFERENCE", help="File that they may come from.")],
    as_json: JsonOption = False,
    data: DataOption = None,
    account: AccountOption = None,
    database: DatabaseOption = None,
) -> None:
    """Find which stretches of QUERY are copied from REFERENCE. Nothing is stored."""
    from shotprint.engine.pipeline import fingerprint_file, match_fingerprints
    from shotprint.engine.types import Role

    with progress_bar("Comparing") as bar:
        stored, _ = fingerprint_file(
            reference, role=Role.REFERENCE, progress=lambda share: bar(REFERENCE_SHARE * share)
        )
        asked, _ = fingerprint_file(
            query,
            role=Role.QUERY,
            progress=lambda share: bar(REFERENCE_SHARE + (1 - REFERENCE_SHARE) * share),
        )
        found = match_fingerprints(asked, stored, name=reference)
    matches = [] if found is None else [found]
    if as_json:
        print_json(result_document(query, matches))
    else:
        print_matches(query, asked.duration, matches, lambda _reference: stored.duration)
