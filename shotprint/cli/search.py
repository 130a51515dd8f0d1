"""``shotprint search``: which files of a library a file copies."""

from __future__ import annotations

from typing import Annotated

import typer

from shotprint.cli.options import (
    Common,
    JsonOption,
    current_account,
    opened,
    quiet_logs,
    with_common,
)
from shotprint.cli.output import print_json, progress_bar
from shotprint.cli.results import print_matches, result_document


@with_common
def search(
    common: Common,
    library: Annotated[str, typer.Argument(metavar="LIBRARY", help="Name or id of the library.")],
    file: Annotated[str, typer.Argument(metavar="FILE", help="File that may hold copied parts.")],
    as_json: JsonOption = False,
) -> None:
    """Find which files of LIBRARY are copied in FILE, from where to where. FILE is not stored."""
    settings = common.settings()
    quiet_logs(settings)
    with opened(settings) as app:
        found_library = app.libraries.find(current_account(app).id, library)
        with progress_bar("Searching") as bar:
            found = app.local_files.search(found_library.id, file, progress=bar)
    if as_json:
        print_json(result_document(file, found.matches))
    else:
        print_matches(file, found.duration_s, found.matches, found.lengths_s.__getitem__)
