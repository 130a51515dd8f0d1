"""``shotprint index``: the search index, a cache of the stored fingerprints."""

from __future__ import annotations

from typing import Annotated

import typer

from shotprint.cli.options import (
    Common,
    JsonOption,
    current_account,
    opened,
    with_common,
)
from shotprint.cli.output import print_json, print_line, progress_bar

app = typer.Typer(help="The search index, a cache of the stored fingerprints.", no_args_is_help=True)


@app.callback()
def root() -> None:
    """The search index, a cache of the stored fingerprints."""


@app.command("rebuild")
@with_common
def rebuild(
    common: Common,
    library: Annotated[str, typer.Argument(metavar="LIBRARY", help="Name or id of the library.")],
    as_json: JsonOption = False,
) -> None:
    """Make a library's index on this machine anew; searches go on with the old one meanwhile."""
    with opened(common.settings()) as app:
        found = app.libraries.find(current_account(app).id, library)
        with progress_bar(f"Indexing {found.name}") as progress:
            files = app.analysis.indexes.rebuild(found.id, progress=progress)
    if as_json:
        print_json({"library": {"id": found.id, "name": found.name}, "files": files})
    else:
        print_line(f"The index of {found.name} is made anew; it holds {files} files.")
