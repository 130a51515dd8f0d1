from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.sample_server import SampleServer
from support.sample_server import sample_server as serving


@pytest.fixture(scope="session")
def sample_server(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SampleServer]:
    data = tmp_path_factory.mktemp("samples")
    with serving(data, shutil.copy(migrated_sqlite, data / "x.db")) as running:
        yield running
