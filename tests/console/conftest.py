"""A site on a fresh SQLite database, and somebody who is signed in to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starlette.types import ASGIApp
from support.console_browser import Browser, signed_in

from shotprint.cli.console import create_site
from shotprint.service.types import Account
from shotprint.settings import Settings, load
from shotprint.wiring import App, open_app


@pytest.fixture
def settings(new_database: Callable[[str, bool], str], tmp_path: Path) -> Settings:
    media = tmp_path / "media"
    media.mkdir()
    return load(
        database=new_database("sqlite", True),
        data=tmp_path / "data",
        workers=1,
        buckets={"media": str(media)},
    )


@pytest.fixture
def app(settings: Settings) -> Iterator[App]:
    opened = open_app(settings)
    yield opened
    opened.close()


@pytest.fixture
def mine(app: App) -> Account:
    return app.accounts.create("mine")


@pytest.fixture
def theirs(app: App) -> Account:
    return app.accounts.create("theirs")


@pytest.fixture
def site(app: App) -> ASGIApp:
    return create_site(app)


@pytest.fixture
def nobody(site: ASGIApp) -> Browser:
    """Not signed in."""
    return Browser(site)


@pytest.fixture
def ada(site: ASGIApp, app: App, mine: Account) -> Browser:
    """Signed in to the account `mine` by a link, which costs no hashing."""
    return signed_in(site, app, mine)
