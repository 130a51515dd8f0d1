"""``shotprint import``: the account's imports of lists of files; they are begun through the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from shotprint.cli.options import Common, JsonOption, current_account, opened, with_common
from shotprint.cli.output import print_json, print_line, print_table

if TYPE_CHECKING:
    from shotprint.service.types import ImportJob

app = typer.Typer(help="Imports of lists of files, begun through the API.", no_args_is_help=True)


@app.command("list")
@with_common
def list_imports(common: Common, as_json: JsonOption = False) -> None:
    """List the account's 20 newest imports."""
    with opened(common.settings()) as app:
        jobs, _ = app.imports.get(current_account(app).id)
    if as_json:
        print_json([_document(job) for job in jobs])
        return
    print_table(
        ("id", "created", "library", "state", "stored", "duplicates", "failed", "waiting"),
        [
            (
                job.id, f"{job.created:%Y-%m-%d %H:%M:%S}", job.library_id, job.state.value,
                str(job.counts.stored), str(job.counts.duplicates), str(job.counts.failed),
                str(job.counts.waiting),
            )
            for job in jobs
        ],
    )  # fmt: skip


@app.command("cancel")
@with_common
def cancel(
    common: Common,
    import_id: Annotated[str, typer.Argument(metavar="ID", help="Id of the import.")],
    as_json: JsonOption = False,
) -> None:
    """End an import after the file that is at work; its result file says Cancelled of the rest."""
    with opened(common.settings()) as app:
        job = app.imports.cancel(current_account(app).id, import_id)
    if as_json:
        print_json(_document(job))
    else:
        print_line(f"Import {job.id} is cancelled.")


def _document(job: ImportJob) -> dict[str, object]:
    return {
        "id": job.id,
        "library_id": job.library_id,
        "state": job.state.value,
        "created": job.created.isoformat(),
        "stored": job.counts.stored,
        "duplicates": job.counts.duplicates,
        "failed": job.counts.failed,
        "waiting": job.counts.waiting,
    }
