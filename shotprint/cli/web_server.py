"""One uvicorn server on a socket that is already ours, that says when it answers."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from shotprint.errors import InvalidState, InvalidValue

DRAIN_S = 10  # how long calls in flight may take once the end is asked for


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one.

    Raises
    ------
    InvalidValue
        `host` is no address of this machine.
    InvalidState
        The port is taken or may not be used.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as exc:
        raise InvalidValue(f"Cannot listen on {host!r}: {exc.strerror}", parameter="host") from exc
    # IPv4 first: "localhost" is also ::1, where clients that were told 127.0.0.1 would not find us.
    family, _, _, _, address = min(found, key=lambda entry: entry[0] != socket.AF_INET)
    try:
        return socket.create_server(address[:2], family=family, backlog=2048)
    except OSError as exc:
        reason = os.strerror(exc.errno) if exc.errno else str(exc)
        raise InvalidState(f"Cannot listen on {host} port {port}: {reason}", parameter="port") from exc


def url_of(listener: socket.socket, *, tls: bool = False) -> str:
    """Where clients reach it; the port is the real one."""
    host, port = listener.getsockname()[:2]
    scheme = "https" if tls else "http"
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


@dataclass(frozen=True)
class Certificate:
    """PEM files of a server that speaks HTTPS: the certificate with its chain, and its key without a password."""

    chain: Path
    key: Path

    def check(self) -> None:
        """Read both as the server will.

        Raises
        ------
        InvalidValue
            A file cannot be read, or they do not belong together.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        try:
            context.load_cert_chain(self.chain, self.key, password=_no_password)
        except (OSError, ValueError) as exc:
            reason = exc.strerror if type(exc) is not ssl.SSLError and isinstance(exc, OSError) else str(exc)
            raise InvalidValue(
                f"Cannot use the certificate {self.chain} with the key {self.key}: {reason}",
                parameter="tls_cert",
            ) from exc


def _no_password() -> str:
    """In place of a question on the terminal."""
    raise ValueError("the key has a password")


class WebServer:
    """Serves `app` on `listener` until told to stop."""

    def __init__(
        self,
        app: ASGIApp,
        listener: socket.socket,
        on_ready: Callable[[], None],
        certificate: Certificate | None = None,
    ) -> None:
        config = uvicorn.Config(
            app,
            http="h11",
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,  # nobody is trusted to say whose call it is
            timeout_graceful_shutdown=DRAIN_S,
            ssl_certfile=None if certificate is None else str(certificate.chain),
            ssl_keyfile=None if certificate is None else str(certificate.key),
        )
        self._listener = listener
        self._server = _ReadyServer(config, on_ready)

    def serve(self) -> None:
        """Answer calls until `stop`; calls in flight are answered first."""
        asyncio.run(self._server.serve(sockets=[self._listener]))

    def stop(self) -> None:
        """End soon; may be called from a signal handler, and before `serve`."""
        self._server.should_exit = True


class _ReadyServer(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone: uvicorn would raise them again at its end and spoil the exit code."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and not self.should_exit:
            self._on_ready()
