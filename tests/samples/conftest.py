"""A server on a socket in this process, which keeps every call that reaches it."""

from __future__ import annotations

import json
import shutil
import socket
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from shotprint.api import app as api_app
from shotprint.api.call import Gateway, HttpAnswer, HttpRequest
from shotprint.api.chain import answer_call
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


@pytest.fixture(scope="session")
def sample_server(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SampleServer]:
    data = tmp_path_factory.mktemp("samples")
    app = open_app(load(data=data, database=f"sqlite:///{shutil.copy(migrated_sqlite, data / 'x.db')}"))
    account = app.accounts.ensure("samples")
    listener = socket.create_server(("127.0.0.1", 0))
    running = SampleServer(
        f"127.0.0.1:{listener.getsockname()[1]}",
        app.accounts.add_key(account.id),
        app.accounts.add_key(account.id, expires=datetime.now(UTC) + timedelta(hours=2)),
    )

    def keeping(gateway: Gateway, http: HttpRequest) -> HttpAnswer:
        answer = answer_call(gateway, http)
        sent = parse_qsl(f"{http.query.decode()}&{(http.body or b'').decode()}", keep_blank_values=True)
        own = {name: value for name, value in sent if name not in _COMMON}
        told = json.loads(answer.body)
        running.arrived[told["RequestId"]] = Arrived(own, told)
        return answer

    ready = threading.Event()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(api_app, "answer_call", keeping)
        server = WebServer(api_app.create_app(app), listener, ready.set)
        thread = threading.Thread(target=server.serve)
        thread.start()
        assert ready.wait(60)
        yield running
        server.stop()
        thread.join(60)
    app.close()
