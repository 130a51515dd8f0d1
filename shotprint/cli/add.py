"""``shotprint add``: files into a library."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from shotprint.cli.exit_codes import ExitCode
from shotprint.cli.options import (
    Common,
    JsonOption,
    current_account,
    opened,
    quiet_logs,
    with_common,
)
from shotprint.cli.output import print_error, print_json, print_line, progress_bar
from shotprint.errors import Cancelled, ShotprintError

if TYPE_CHECKING:
    from shotprint.engine.types import Progress
    from shotprint.service.types import Library
    from shotprint.wiring import App


@dataclass(frozen=True)
class Added:
    """What became of one file: ``status`` is "stored" or "failed"; ``error`` says why it failed."""

    file: str
    key: str
    file_id: str | None
    status: str
    error: str | None


@with_common
def add(
    common: Common,
    library: Annotated[str, typer.Argument(metavar="LIBRARY", help="Name or id of the library.")],
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="Files to store.")],
    key: Annotated[
        str | None,
        typer.Option(
            "--key", metavar="KEY", help="Primary key, for one file.", show_default="the path as given"
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Fingerprint files and store them in LIBRARY, whether or not they are copies of others.

    A file of the same key is replaced. Each file is stored or reported; one that fails does not stop the
    others, and makes the exit code 1. A running server searches the new files from its next job on.
    """
    if key is not None and len(files) > 1:
        raise typer.BadParameter("goes with one file only", param_hint="--key")
    settings = common.settings()
    quiet_logs(settings)
    outcomes = []
    with opened(settings) as app:
        found = app.libraries.find(current_account(app).id, library)
        with progress_bar(f"Adding to {found.name}") as bar:
            for number, path in enumerate(files):
                outcome = add_one(app, found, path, key or path, _part(bar, number, len(files)))
                outcomes.append(outcome)
                if not as_json:
                    tell(outcome)
    if as_json:
        print_json([asdict(outcome) for outcome in outcomes])
    if any(outcome.status == "failed" for outcome in outcomes):
        raise typer.Exit(ExitCode.FAILED)


def add_one(app: App, library: Library, path: str, key: str, progress: Progress) -> Added:
    """Store one file, or say why not."""
    try:
        file_id = app.local_files.add(library.id, path, key, progress=progress)
    except Cancelled:
        raise
    except ShotprintError as exc:
        return Added(path, key, None, "failed", exc.message)
    except Exception as exc:  # whatever one file does to us, the others get their turn
        return Added(path, key, None, "failed", f"{type(exc).__name__}: {exc}")
    return Added(path, key, file_id, "stored", None)


def tell(outcome: Added) -> None:
    """Say what became of a file."""
    if outcome.error is None:
        print_line(f"stored {outcome.key}")
    else:
        print_error(f"{outcome.file}: {outcome.error}")


def _part(bar: Progress, number: int, count: int) -> Progress:
    """Progress of one file as progress of the whole."""
    return lambda share: bar((number + share) / count)
