"""The services on a database of their own, with one account."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from shotprint.api.app import create_gateway
from shotprint.api.call import Gateway
from shotprint.settings import load
from shotprint.wiring import open_app


@pytest.fixture(scope="module")
def gateway(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    data = tmp_path_factory.mktemp("console")
    app = open_app(load(data=data, database=f"sqlite:///{shutil.copy(migrated_sqlite, data / 'x.db')}"))
    yield create_gateway(app)
    app.close()
