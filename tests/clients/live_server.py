"""A live server and the vendor's clients that call it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from library_use import BUCKET
from support.processes import server
from support.requirements import missing
from vendor_client import CallLog, Driver, Key, Kind, VendorClient

from shotprint.settings import load
from shotprint.wiring import App, migrate, open_app
from tools.make_clients import environments


@dataclass(frozen=True)
class LiveServer:
    """A running server, its services for what no call can do, and its log."""

    url: str
    app: App
    log: CallLog


@contextmanager
def serving(bucket: Path, directory: Path, *options: str | Path) -> Iterator[LiveServer]:
    """A server that has nothing to complain of until it is told to stop; its data is in `directory`."""
    data = directory / "data"
    settings = load(data=data)
    with server(data, "--bucket", f"{BUCKET}={bucket}", *options) as running:
        migrate(settings)
        app, log = open_app(settings), CallLog(running.log)
        try:
            yield LiveServer(running.url, app, log)
            assert log.faults == []
        finally:
            log.close()
            app.close()
        assert running.stop() == 0


@contextmanager
def open_client(
    kind: Kind, live_server: LiveServer, directory: Path, *, trusted: Path | None = None
) -> Iterator[VendorClient]:
    """The client with an account of its own; it trusts the certificate in the file `trusted`."""
    environment = next(made for made in environments() if made.name == kind.name)
    if not environment.is_made:
        missing(f"the client {kind.name} is not installed; `make test` installs it")
    account = live_server.app.accounts.ensure(kind.name)
    key = live_server.app.accounts.add_key(account.id)
    with Driver(environment, kind, live_server.url, directory / "stderr", trusted) as driver:
        yield VendorClient(kind, driver, live_server.log, Key(key.id, key.secret))
