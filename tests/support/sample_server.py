"""A server on a socket in this process, which keeps every call that reaches it."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shotprint.api.app import create_app
from shotprint.cli.web_server import WebServer
from shotprint.service.types import AccessKey
from shotprint.settings import load
from shotprint.wiring import open_app

_COMMON = {
    "AccessKeyId", "Action", "Format", "RegionId", "SecurityToken", "Signature", "SignatureMethod", "SignatureNonce",
    "SignatureType", "SignatureVersion", "Timestamp", "Version",
}  # fmt: skip


@dataclass(frozen=True)
class Arrived:
    """A call as the server saw it, with the parameters that are the operation's own, and what it answered."""

    parameters: Mapping[str, str]
    answer: Mapping[str, Any]


@dataclass
class SampleServer:
    host: str
    key: AccessKey
    passing_key: AccessKey  # it expires, so it has a token
    arrived: dict[str, Arrived] = field(default_factory=dict)  # by the answer's RequestId


@contextmanager
def sample_server(data: Path, database: Path) -> Iterator[SampleServer]:
    """It keeps its blobs in `data`; the SQLite file `database` has the newest schema."""
    app = open_app(load(data=data, database=f"sqlite:///{database}"))
    account = app.accounts.ensure("samples")
    listener = socket.create_server(("127.0.0.1", 0))
    running = SampleServer(
        f"127.0.0.1:{listener.getsockname()[1]}",
        app.accounts.add_key(account.id),
        app.accounts.add_key(account.id, expires=datetime.now(UTC) + timedelta(hours=2)),
    )
    ready = threading.Event()
    server = WebServer(_keeping(create_app(app), running.arrived), listener, ready.set)
    thread = threading.Thread(target=server.serve)
    thread.start()
    assert ready.wait(60)
    try:
        yield running
    finally:
        server.stop()
        thread.join(60)
        app.close()


def _keeping(app: ASGIApp, arrived: dict[str, Arrived]) -> ASGIApp:
    async def keep(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        sent, answered = bytearray(), bytearray()

        async def received() -> Message:
            message = await receive()
            sent.extend(message.get("body", b""))
            return message

        async def answering(message: Message) -> None:
            answered.extend(message.get("body", b""))
            if message["type"] == "http.response.body" and not message.get("more_body"):
                answer = json.loads(answered)
                pairs = parse_qsl(f"{scope['query_string'].decode()}&{sent.decode()}", keep_blank_values=True)
                own = {name: value for name, value in pairs if name not in _COMMON}
                arrived[answer["RequestId"]] = Arrived(own, answer)
            await send(message)

        await app(scope, received, answering)

    return keep
