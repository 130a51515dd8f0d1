"""Whose libraries the tests of the service use."""

from __future__ import annotations

import pytest
from support.service_work import work_off

from shotprint.service.types import Account, Library
from shotprint.wiring import App


@pytest.fixture
def mine(app: App) -> Account:
    return app.accounts.create("mine")


@pytest.fixture
def library(app: App, mine: Account) -> Library:
    """An active library."""
    made = app.libraries.create(mine.id, "library")
    work_off(app)
    return made
