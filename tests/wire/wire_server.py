"""The server under test: real services on a real SQLite database, a clock that stands still."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from starlette.applications import Starlette
from wire_cases import Variant
from wire_client import Client

from shotprint.api.app import create_app, create_gateway
from shotprint.settings import load
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
        key = self.app.accounts.add_key(owner.id)
        ways = (variant.scheme, variant.place, variant.method, variant.accept)
        return owner.id, Client(key.id, key.secret, *ways, self.now)


def open_server(data: Path, database: Path) -> Server:
    """Serve from an existing, migrated SQLite file."""
    app = open_app(load(data=data, database=f"sqlite:///{database}", max_body_bytes=65536))
    now = datetime.now(UTC).replace(microsecond=0)
    return Server(app, create_app(app, replace(create_gateway(app), clock=lambda: now)), now)
