"""The server under test: real services on a real SQLite database, a clock that stands still."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from wire_cases import Variant
from wire_client import Client

from shotprint.api.app import create_app, create_gateway
from shotprint.service.types import AccessKey
from shotprint.settings import Settings, load
from shotprint.wiring import App, open_app


@dataclass(frozen=True)
class Server:
    """The application, its services, and the moment at which its clock stands."""

    app: App
    asgi: Starlette
    now: datetime

    def client(self, variant: Variant, account: str | None = None) -> tuple[str, Client]:
        """The id of an account, a new one or the one of this name, and a client with a new key of it."""
        owner = self.app.accounts.ensure(account or f"account-{secrets.token_hex(8)}")
        return owner.id, self.client_of(self.app.accounts.add_key(owner.id), variant)

    def client_of(self, key: AccessKey, variant: Variant) -> Client:
        """A client that signs with this key."""
        ways = (variant.scheme, variant.place, variant.method, variant.accept)
        return Client(key.id, key.secret, *ways, self.now)

    def later(self, seconds: int) -> Starlette:
        """The application as it is so many seconds on."""
        return _application(self.app, self.now + timedelta(seconds=seconds))

    @contextmanager
    def under(self, settings: Mapping[str, Any]) -> Iterator[Server]:
        """The same server with other settings."""
        if not settings:
            yield self
            return
        server = _opened(self.app.settings.model_copy(update=dict(settings)))
        try:
            yield server
        finally:
            server.app.close()


def open_server(data: Path, database: Path) -> Server:
    """Serve from an existing, migrated SQLite file."""
    return _opened(load(data=data, database=f"sqlite:///{database}", max_body_bytes=65536))


def _opened(settings: Settings) -> Server:
    app = open_app(settings)
    now = datetime.now(UTC).replace(microsecond=0)
    return Server(app, _application(app, now), now)


def _application(app: App, now: datetime) -> Starlette:
    return create_app(app, replace(create_gateway(app), clock=lambda: now))
