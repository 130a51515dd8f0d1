"""The documentation is what the code does: generated pages, links, examples."""

from __future__ import annotations

import ast
import re
import shlex
from pathlib import Path

import pytest
import typer

from shotprint.cli.main import app
from shotprint.settings import Settings
from tools.make_docs import ROOT, pages

PAGES = [*sorted((ROOT / "docs").rglob("*.md")), *sorted(ROOT.glob("*.md"))]
HAND_WRITTEN = [page for page in PAGES if page not in pages()]


@pytest.mark.parametrize("page", sorted(pages()), ids=lambda page: page.name)
def test_generated_page_is_up_to_date(page: Path) -> None:
    assert page.read_text(encoding="utf-8") == pages()[page], "run `make docs`"


def test_every_setting_operation_error_and_command_has_its_place() -> None:
    text = "".join(pages().values())
    assert all(f"`SHOTPRINT_{name.upper()}`" in text for name in Settings.model_fields)
    for heading in (
        "## shotprint index rebuild",
        "## SubmitFpShotJob",
        "`MediaUnreadable`",
        "`Throttling.User`",
    ):
        assert heading in text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if not re.match(r"https?://|#", target):
            assert (page.parent / target.partition("#")[0]).exists(), target


@pytest.mark.parametrize("page", HAND_WRITTEN, ids=lambda page: str(page.relative_to(ROOT)))
def test_python_examples_are_python(page: Path) -> None:
    for example in re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
        ast.parse(example)


def command_lines(page: Path) -> list[list[str]]:
    blocks = re.findall(r"```(?:sh|bash|)\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    lines = [line.partition(" #")[0] for block in blocks for line in block.splitlines()]
    return [
        shlex.split(line)[1:]
        for line in lines
        if line.startswith("shotprint ") and " is ready at " not in line and " link: " not in line
    ]


def test_the_documents_show_commands() -> None:
    assert sum(len(command_lines(page)) for page in HAND_WRITTEN) >= 10


@pytest.mark.parametrize("page", HAND_WRITTEN, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_in_examples_have_the_options_that_they_are_shown_with(page: Path) -> None:
    for words in command_lines(page):
        command = typer.main.get_command(app)
        rest = list(words)
        while hasattr(command, "commands"):
            command = command.commands[rest.pop(0)]
        known = {option for param in command.params for option in param.opts}
        assert {word for word in rest if word.startswith("--")} <= known, words
