"""One server for all wire tests; every case has accounts of its own in it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from wire_server import Server, open_server


@pytest.fixture(scope="session")
def server(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data = tmp_path_factory.mktemp("wire")
    opened = open_server(data, Path(shutil.copy(migrated_sqlite, data / "wire.db")))
    yield opened
    opened.app.close()
