"""Messages by HTTP: one POST, taken when the answer's status is 2xx.

Redirects are not followed and of the answer only the status is read: neither may lead us anywhere. The
connection is made here, to an address that `addresses.resolve` let through, and everything together has to
be done by a deadline, so that a receiver that sends a byte now and then cannot hold us.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable
from typing import Any
from urllib.parse import SplitResult, urlsplit

import httpcore

from shotprint.errors import InvalidValue, TemporaryError
from shotprint.notify import addresses
from shotprint.notify.protocol import Message

SCHEMES = ("https", "http")


class Webhooks:
    """Sends to http and https URLs; see `shotprint.notify.protocol.Sender`.

    Parameters
    ----------
    plain_http : whether URLs without TLS are fine.
    private : whether addresses outside the open internet are fine.
    timeout_s : how long everything may take, from connecting to the answer's status.
    """

    def __init__(self, *, plain_http: bool, private: bool, timeout_s: float) -> None:
        self._plain_http = plain_http
        self._private = private
        self._timeout_s = timeout_s

    def check(self, target: str) -> None:
        parts = _split(target)
        if parts.scheme == "http" and not self._plain_http:
            raise InvalidValue(
                "The target is plain http, which notify_plain_http does not allow", parameter="target"
            )
        address = addresses.literal(parts.hostname or "")
        if address is not None and not self._private and not addresses.is_public(address):
            raise InvalidValue(addresses.private_refusal(str(address)), parameter="target")

    def send(self, target: str, message: Message) -> None:
        self.check(target)
        backend = _Backend(private=self._private, deadline=time.monotonic() + self._timeout_s)
        headers: list[tuple[bytes | str, bytes | str]] = [
            ("Content-Type", "application/json"),
            ("User-Agent", "shotprint"),
            ("Connection", "close"),
            *message.headers().items(),
        ]
        try:
            with (
                httpcore.ConnectionPool(
                    network_backend=backend, ssl_context=ssl.create_default_context()
                ) as pool,
                pool.stream("POST", target, headers=headers, content=message.body) as response,
            ):
                status = response.status
        except httpcore.TimeoutException as exc:
            raise TemporaryError(f"The receiver did not answer within {self._timeout_s:g} s") from exc
        except (httpcore.NetworkError, httpcore.ProtocolError) as exc:
            raise TemporaryError(f"The receiver cannot be reached: {exc or type(exc).__name__}") from exc
        if not 200 <= status <= 299:
            raise TemporaryError(f"The receiver answered with status {status}")


class _Backend(httpcore.NetworkBackend):
    """Connects to addresses that may be connected to, until a deadline."""

    def __init__(self, *, private: bool, deadline: float) -> None:
        self._private = private
        self._deadline = deadline
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        error: httpcore.NetworkError = httpcore.ConnectError(f"{host} has no address")
        for address in addresses.resolve(host, port, private=self._private):
            try:
                stream = self._sockets.connect_tcp(
                    address, port, _left(self._deadline), local_address, socket_options
                )
            except httpcore.ConnectError as exc:
                error = exc
            else:
                return _Stream(stream, self._deadline)
        raise error


class _Stream(httpcore.NetworkStream):
    """A connection whose every step has what is left until the deadline."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(self._deadline))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), _PIECE_BYTES):
            self._stream.write(buffer[start : start + _PIECE_BYTES], _left(self._deadline))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, _left(self._deadline))
        return _Stream(stream, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


_PIECE_BYTES = 64 * 1024  # written at a time; the deadline is looked at in between


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpcore.TimeoutException("the deadline has passed")
    return left


def _split(target: str) -> SplitResult:
    try:
        parts = urlsplit(target)
        port_is_wrong = parts.port == 0
    except ValueError as exc:
        raise InvalidValue(f"The target is not a URL: {exc}", parameter="target") from exc
    if not parts.hostname or port_is_wrong:
        raise InvalidValue("The target names no host, or port 0", parameter="target")
    if parts.username is not None or parts.fragment:
        raise InvalidValue("A webhook's URL has neither a user nor a fragment", parameter="target")
    if not target.isascii() or not target.isprintable() or " " in target:
        raise InvalidValue("A webhook's URL is ASCII without blanks; escape the rest", parameter="target")
    return parts
