from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from shotprint.service.types import ImportRequest, MediaPlace, SaveType
from shotprint.settings import load
from shotprint.wiring import open_app

Cli = Callable[..., Any]


def test_imports_are_listed_and_cancelled(cli: Cli, tmp_path: Path) -> None:
    library = cli("library", "create", "films", "--json").document["id"]
    app = open_app(load(data=tmp_path / "data"))
    account_id = app.accounts.ensure("default").id
    request = ImportRequest(library, MediaPlace("demo", "here", "list"), SaveType.ONLYSAVE)
    import_id = app.imports.submit(account_id, request).id
    app.close()
    (listed,) = cli("import", "list", "--json").document
    assert (listed["id"], listed["library_id"], listed["state"]) == (import_id, library, "queued")
    assert import_id in cli("import", "list").out
    cancelled = cli("import", "cancel", import_id, "--json")
    assert (cancelled.code, cancelled.document["state"]) == (0, "failed"), cancelled.err
    assert cli("import", "cancel", import_id).code == 1
    assert cli("import", "cancel", "f" * 32).code == 1
