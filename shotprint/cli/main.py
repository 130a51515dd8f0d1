"""The command tree, and how a run ends."""

from __future__ import annotations

import os
import sys
from importlib.metadata import version
from typing import Annotated

import typer

from shotprint.cli import (
    account,
    add,
    imports,
    index,
    library,
    match,
    pipeline,
    search,
    serve,
    settings,
    worker,
)
from shotprint.cli.exit_codes import ExitCode, exit_code_of
from shotprint.cli.options import AccountOption, Common, DatabaseOption, DataOption
from shotprint.cli.output import prepare_streams, print_error, print_line
from shotprint.errors import ShotprintError

app = typer.Typer(
    name="shotprint",
    help="Find which files a video copies, and from which second to which second.",
    epilog="Exit codes: 0 done (no match is done too), 1 failed, 2 wrong command line or setting.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("serve")(serve.serve)
app.command("worker")(worker.worker)
app.add_typer(account.app, name="account")
app.add_typer(library.app, name="library")
app.add_typer(pipeline.app, name="pipeline")
app.add_typer(imports.app, name="import")
app.command("add")(add.add)
app.command("search")(search.search)
app.command("match")(match.match)
app.add_typer(index.app, name="index")
app.command("settings")(settings.settings)


def print_version(wanted: bool) -> None:
    """Print the version and end, when it is asked for."""
    if wanted:
        print_line(f"shotprint {version('shotprint')}")
        raise typer.Exit


@app.callback()
def root(
    context: typer.Context,
    _version: Annotated[
        bool,
        typer.Option("--version", help="Show the version.", callback=print_version, is_eager=True),
    ] = False,
    data: DataOption = None,
    account: AccountOption = None,
    database: DatabaseOption = None,
) -> None:
    """Find which files a video copies, and from which second to which second."""
    context.obj = Common(data, account, database)


def main() -> None:
    """Run the command line of this process and exit."""
    _spare_threads()
    prepare_streams()
    try:
        app(prog_name="shotprint")
    except KeyboardInterrupt:
        sys.exit(ExitCode.INTERRUPTED)
    except ShotprintError as exc:
        print_error(exc.message)
        sys.exit(exit_code_of(type(exc)))
    except OSError as exc:  # a disk that is full, a directory that may not be written
        where = f": {exc.filename}" if exc.filename else ""
        print_error(f"{exc.strerror or exc}{where}")
        sys.exit(ExitCode.FAILED)


def _spare_threads() -> None:
    """One thread for NumPy's sums, here and in worker processes, unless the environment says otherwise.

    Searches have threads of their own, and those of OpenBLAS wait for each other on a busy machine. It looks when NumPy
    is imported, which no command has done yet.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
