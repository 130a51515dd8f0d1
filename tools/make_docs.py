"""Writes the reference pages of docs/ from the code that they describe.

``python -m tools.make_docs`` writes them, ``--check`` says which lag. Nothing in them is written by hand, so
change the code's own descriptions instead.
"""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import typer

from shotprint import errors
from shotprint.api.describe import kind_in_words, limits_in_words
from shotprint.api.model import MPS, PRODUCTS, Operation, Parameter, Shape, ShapeKind, Spec, load_spec
from shotprint.api.wire_errors import WIRE_CODES
from shotprint.cli.exit_codes import ExitCode, exit_code_of
from shotprint.cli.main import app
from shotprint.settings import describe

ROOT = Path(__file__).resolve().parent.parent
NOTE = "<!-- Written by `make docs`; do not edit. -->\n"


def pages() -> dict[Path, str]:
    """Every generated page: path and text."""
    reference = ROOT / "docs" / "reference"
    return {
        reference / "settings.md": settings_page(),
        reference / "cli.md": cli_page(),
        reference / "errors.md": errors_page(),
        reference / "operations.md": operations_page(),
    }


def settings_page() -> str:
    rows = [
        (
            f"`{row.name}`",
            f"`{row.env}`",
            row.type,
            f"`{row.default}`" if row.default else "",
            row.unit,
            row.help,
        )
        for row in describe()
    ]
    return _page(
        "Settings",
        "A setting is given on the command line where there is an option for it, else in the environment, "
        "else it has its default. `shotprint settings` shows the values in force.",
        table(("Setting", "Environment", "Type", "Default", "Unit", "Meaning"), rows),
    )


def cli_page() -> str:
    codes = [
        (str(int(ExitCode.DONE)), "done; a search without a match is done too"),
        (
            str(int(ExitCode.FAILED)),
            "it could not be done: a file that cannot be read, a library that is not there",
        ),
        (str(int(ExitCode.USAGE)), "the command line or a setting is wrong"),
        (str(int(ExitCode.INTERRUPTED)), "interrupted from the keyboard (`serve` and `worker` end with 0)"),
    ]
    root: Any = typer.main.get_command(app)
    parts = [_command(("shotprint", *path), command) for path, command in _leaves(root, ())]
    return _page(
        "Command line",
        "Results go to standard output, progress, logs and errors to standard error. With `--json`, standard "
        "output holds one JSON document and nothing else.",
        "## Exit codes\n\n" + table(("Code", "Meaning"), codes),
        *parts,
    )


def _leaves(command: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    commands: dict[str, Any] | None = getattr(command, "commands", None)
    if commands is None:
        yield path, command
        return
    for name, child in commands.items():
        yield from _leaves(child, (*path, name))


def _command(path: Sequence[str], command: Any) -> str:
    arguments = [param for param in command.params if param.param_type_name == "argument"]
    options = [param for param in command.params if param.param_type_name == "option"]
    usage = " ".join([*path, *(_argument(param) for param in arguments), "[OPTIONS]"])
    rows = [
        (f"`{_argument(param)}`", "required" if param.required else "", param.help or "")
        for param in arguments
    ]
    rows += [(f"`{_option(param)}`", _default(param), param.help or "") for param in options]
    text = inspect.cleandoc(command.callback.__doc__ or "")
    return f"## {' '.join(path)}\n\n```\n{usage}\n```\n\n{text}\n\n" + table(("", "Default", ""), rows)


def _argument(param: Any) -> str:
    return f"{param.metavar}{'...' if param.nargs != 1 else ''}"


def _option(param: Any) -> str:
    names = ", ".join(param.opts)
    if param.is_flag:
        return names
    return f"{names} {param.metavar}"


def _default(param: Any) -> str:
    if isinstance(param.show_default, str):
        return param.show_default
    return "" if param.default in (None, False) or param.is_flag else str(param.default)


def errors_page() -> str:
    rows = []
    for depth, error in _tree(errors.ShotprintError, 0):
        name = "&nbsp;" * 4 * depth + f"`{error.__name__}`"
        meaning = inspect.cleandoc(error.__doc__ or "").splitlines()[0]
        rows.append(
            (name, f"`{error.code}`", meaning, f"`{WIRE_CODES[error]}`", str(int(exit_code_of(error))))
        )
    wire_rows = [
        (f"`{error.code}`", str(error.status), error.meaning, error.cause, error.cure, error.message)
        for error in load_spec(MPS).errors.values()
    ]
    return _page(
        "Errors",
        "Every error that shotprint raises on purpose is a class of `shotprint.errors`; its branch says "
        "whose fault it is. On the wire it becomes a code of the service, on the command line an exit code.",
        "## In Python\n\n" + table(("Class", "Code", "Meaning", "On the wire", "Exit code"), rows),
        "## On the wire\n\nA failed job carries the code and the message in its `Code` and `Message`; a "
        "refused call is answered with them, the HTTP status, and in `Recommend` a link to the page of the "
        "[console](../console.md) about the code.\n\n"
        + table(("Code", "HTTP", "Meaning", "Cause", "Cure", "Usual message"), wire_rows),
    )


def _tree(
    error: type[errors.ShotprintError], depth: int
) -> Iterator[tuple[int, type[errors.ShotprintError]]]:
    yield depth, error
    for child in error.__subclasses__():
        if child.__module__ == errors.__name__:
            yield from _tree(child, depth + 1)


def operations_page() -> str:
    return _page(
        "Operations",
        "The API speaks the wire protocol of two products, which `Version` tells apart: GET or POST on `/`, "
        "parameters in the query or in a form body, signed by version 1 (HMAC-SHA1) or ACS3-HMAC-SHA256, "
        "answers in JSON or XML. Both work on the same libraries and jobs. This page is drawn from the files "
        "that the server checks calls with.",
        *(part for product in PRODUCTS for part in _product(load_spec(product))),
    )


def _product(spec: Spec) -> Iterator[str]:
    title = f"## {spec.product} {spec.version}"
    codes = [(f"`{general}`", f"`{own}`") for general, own in spec.codes.items()]
    own_codes = "Errors have codes of its own:\n\n" + table(("Elsewhere", "Here"), codes) if codes else ""
    yield f"{title}\n\n{own_codes}"
    yield from map(_operation, spec.operations.values())


def _operation(operation: Operation) -> str:
    rows = []
    for parameter in operation.parameters:
        rows.append(_parameter_row(parameter.name, parameter))
        rows += [_parameter_row(f"{parameter.name}.{member.name}", member) for member in parameter.members]
    answer = json.dumps(_sketch(operation.answer), indent=2)
    return (
        f"### {operation.name}\n\n{operation.summary} At most {operation.qps} calls a second and account.\n\n"
        + table(("Parameter", "Type", "Required", "Limits", "Meaning"), rows)
        + f"\nAnswer:\n\n```json\n{answer}\n```\n"
    )


def _parameter_row(name: str, parameter: Parameter) -> tuple[str, ...]:
    allowed = [f"`{value}`: {meaning}" for value, meaning in parameter.allowed.items()]
    return (
        f"`{name}`",
        kind_in_words(parameter),
        "yes" if parameter.required else "",
        "; ".join([*limits_in_words(parameter), *allowed]),
        parameter.description,
    )


def _sketch(shape: Shape) -> object:
    """An answer with the kind of each value in its place."""
    if shape.type is ShapeKind.OBJECT:
        return {name: _sketch(field) for name, field in shape.fields.items()}
    if shape.of is None:
        return shape.type.value
    items = [_sketch(shape.of)]
    return {shape.item: items} if shape.type is ShapeKind.LIST else items


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(columns) + " |", "|" + " --- |" * len(columns)]
    lines += [
        "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) + " |" for row in rows
    ]
    return "\n".join(lines) + "\n"


def _page(title: str, *parts: str) -> str:
    return NOTE + "\n".join([f"# {title}\n", *(part.rstrip("\n") + "\n" for part in parts)])


def lagging() -> list[Path]:
    """The pages whose file is not what the code says."""
    return [
        path
        for path, text in pages().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]


def main() -> None:
    """Write the pages, or with ``--check`` only name those that lag, with exit code 1."""
    late = lagging()
    if "--check" not in sys.argv:
        texts = pages()
        for path in late:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(texts[path], encoding="utf-8")
    for path in late:
        print(path.relative_to(ROOT))
    sys.exit(1 if late and "--check" in sys.argv else 0)


if __name__ == "__main__":
    main()
