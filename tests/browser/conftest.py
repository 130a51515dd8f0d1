"""A real server with real clips, and Debian's chromium."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.requirements import missing, needed_module

from shotprint.cli.console import link_url
from shotprint.wiring import App
from tools.sample_server import CLIPS, filled_server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page


@dataclass(frozen=True)
class Console:
    """A server that did something.

    Attributes
    ----------
    pages : paths below ``/console``, by name.
    """

    app: App
    url: str
    pages: dict[str, str]

    def at(self, path: str) -> str:
        return f"{self.url}/console{path}"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Closed before tests of other files, since its event loop runs in their thread as long as it is open."""
    program = shutil.which("chromium")
    if program is None:
        missing("chromium is not installed")
    with needed_module("playwright.sync_api").sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def console() -> Iterator[Console]:
    if not (CLIPS / "bikes.mp4").exists():
        missing("the sample clips are not there; run `make demo`")
    with filled_server() as (app, url, pages):
        yield Console(app, url, pages)


@pytest.fixture
def open_page(chromium: Browser, console: Console) -> Iterator[Callable[..., Page]]:
    """Call it with options of a browser context for a page that is signed in."""
    contexts: list[BrowserContext] = []

    def open_page(**options: object) -> Page:
        context = chromium.new_context(**options)
        context.set_default_timeout(60_000)
        contexts.append(context)
        page = context.new_page()
        account = console.app.accounts.get("default")
        page.goto(link_url(console.url, console.app.sessions.make_link(account.id)))
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(console.at("/"))
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    return open_page(viewport={"width": 1280, "height": 800})


@pytest.fixture
def clip() -> Path:
    return CLIPS / "bikes.mp4"
