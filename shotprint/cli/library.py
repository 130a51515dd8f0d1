"""``shotprint library``: the account's libraries, the same ones that the API sees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from shotprint.cli.options import (
    Common,
    JsonOption,
    ModalityOption,
    PresetOption,
    chosen_kind,
    current_account,
    opened,
    with_common,
)
from shotprint.cli.output import print_json, print_line, print_table

if TYPE_CHECKING:
    from shotprint.service.types import Library

app = typer.Typer(help="Libraries of files to search in.", no_args_is_help=True)


@app.command("create")
@with_common
def create(
    common: Common,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name, unique in the account.")],
    modality: ModalityOption = None,
    library_id: Annotated[
        str | None,
        typer.Option(
            "--id", metavar="ID", help="Id, 32 hex characters, as in the service left; random without it."
        ),
    ] = None,
    preset: PresetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a library."""
    kind = chosen_kind(modality, preset)
    with opened(common.settings_for(kind, preset)) as app:
        account_id = current_account(app).id
        made = app.libraries.create(account_id, name, kind, library_id=library_id and library_id.lower())
        app.libraries.activate(made.id)  # there need not be a server to do it
        library = app.libraries.get(account_id, made.id)
    if as_json:
        print_json(_document(library))
    else:
        print_line(f"Library {library.name} is made, id {library.id}.")


@app.command("list")
@with_common
def list_libraries(
    common: Common,
    as_json: JsonOption = False,
) -> None:
    """List the account's libraries."""
    with opened(common.settings()) as app:
        libraries = app.libraries.list(current_account(app).id)
    if as_json:
        print_json([_document(library) for library in libraries])
        return
    print_table(
        ("name", "id", "modality", "preset", "state", "files", "hours"),
        [
            (
                library.name,
                library.id,
                library.modality.value,
                library.preset,
                library.state.value,
                str(library.file_count),
                f"{library.duration_s / 3600:.2f}",
            )
            for library in libraries
        ],
    )


def _document(library: Library) -> dict[str, object]:
    return {
        "id": library.id,
        "name": library.name,
        "modality": library.modality.value,
        "preset": library.preset,
        "state": library.state.value,
        "created": library.created.isoformat(),
        "files": library.file_count,
        "hours": round(library.duration_s / 3600, 4),
    }
