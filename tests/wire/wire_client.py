"""A client of the tests' own: it signs as the public descriptions say and shares no code with the server.

Every request can be bent before it is signed or after, to see what the server makes of it.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, quote_plus

from starlette.types import ASGIApp, Message

HOST = "mts.local:8080"
MPS_VERSION, ICE_VERSION = "2014-06-18", "2020-11-09"
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Sent:
    """A request as it goes over the wire."""

    method: str
    query: bytes
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""


@dataclass(frozen=True)
class Received:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass(frozen=True)
class Tweak:
    """How a request differs from what a client would send.

    Attributes
    ----------
    drop, put : names of common parameters (v1) or headers (ACS3) left out or set, before signing.
    put_after, add_query : parameters or headers set, and text appended to the query, after signing.
    shift_s : seconds added to the time.
    unsigned : headers sent but not signed.
    body, content_type : sent in place of a form.
    """

    drop: tuple[str, ...] = ()
    put: Mapping[str, str] = field(default_factory=dict)
    put_after: Mapping[str, str] = field(default_factory=dict)
    add_query: str = ""
    add_headers: tuple[tuple[str, str], ...] = ()
    shift_s: int = 0
    unsigned: tuple[str, ...] = ()
    secret: str | None = None
    method: str | None = None
    body: str | None = None
    content_type: str | None = None


@dataclass(frozen=True)
class Client:
    """Signs calls with one key.

    Attributes
    ----------
    scheme : "v1" or "acs3".
    place : where the operation's parameters go: "query", "form", or "all-form" with the common ones.
    method : "GET" or "POST".
    accept : the header, sent by ACS3 only.
    """

    key_id: str
    secret: str
    scheme: str
    place: str
    method: str
    accept: str
    now: datetime

    def request(self, action: str, parameters: Mapping[str, str], tweak: Tweak | None = None) -> Sent:
        tweak = tweak or Tweak()
        return (self._v1 if self.scheme == "v1" else self._acs3)(action, dict(parameters), tweak)

    def _v1(self, action: str, parameters: dict[str, str], tweak: Tweak) -> Sent:
        common = {
            "Action": action, "Version": _version(action), "AccessKeyId": self.key_id, "SignatureType": "",
            "SignatureMethod": "HMAC-SHA1", "SignatureVersion": "1.0",
            "SignatureNonce": secrets.token_hex(16), "Timestamp": self._time(tweak),
        }  # fmt: skip
        common = {**_without(common, tweak.drop), **tweak.put}
        method = tweak.method or self.method
        to_sign = f"{method}&%2F&{_encode(_canonical({**common, **parameters}))}"
        key = (tweak.secret or self.secret) + "&"
        digest = hmac.new(key.encode(), to_sign.encode(), hashlib.sha1).digest()
        if "Signature" not in tweak.drop:
            common["Signature"] = base64.b64encode(digest).decode()
        for name, value in tweak.put_after.items():
            (parameters if name in parameters else common)[name] = value
        query, body = self._places(common, parameters, tweak)
        return self._sent(method, query, {"host": HOST}, body, tweak)

    def _acs3(self, action: str, parameters: dict[str, str], tweak: Tweak) -> Sent:
        method = tweak.method or self.method
        body = self._places({}, parameters, tweak)[1]
        digest = hashlib.sha256(body).hexdigest()
        headers = {
            "host": HOST, "user-agent": "wire tests", "accept": self.accept, "x-acs-action": action,
            "x-acs-version": _version(action), "x-acs-date": self._time(tweak), "x-acs-content-sha256": digest,
            "x-acs-signature-nonce": secrets.token_hex(16), "x-acs-credentials-provider": "static_ak",
        }  # fmt: skip
        headers = {**_without(headers, tweak.drop), **tweak.put}
        names = sorted(set(headers) - set(tweak.unsigned))
        signed_query = _canonical(parameters) if self.place == "query" else ""
        signed_headers = "".join(f"{name}:{headers[name].strip()}\n" for name in names)
        canonical = "\n".join([method, "/", signed_query, signed_headers, ";".join(names), digest])
        to_sign = f"ACS3-HMAC-SHA256\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        key = tweak.secret or self.secret
        signature = hmac.new(key.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
        headers["authorization"] = (
            f"ACS3-HMAC-SHA256 Credential={self.key_id},SignedHeaders={';'.join(names)},Signature={signature}"
        )
        for name, value in tweak.put_after.items():
            (parameters if name in parameters else headers)[name] = value
        query, body = self._places({}, parameters, tweak)
        return self._sent(method, query, headers, body, tweak)

    def _time(self, tweak: Tweak) -> str:
        return (self.now + timedelta(seconds=tweak.shift_s)).strftime("%Y-%m-%dT%H:%M:%SZ")

    def _places(
        self, common: Mapping[str, str], parameters: Mapping[str, str], tweak: Tweak
    ) -> tuple[bytes, bytes]:
        """Query and body."""
        query, form = {
            "query": ({**common, **parameters}, {}),
            "form": (common, parameters),
            "all-form": ({}, {**common, **parameters}),
        }[self.place]
        body = _form(form) if tweak.body is None else tweak.body.encode()
        return _form(query) + tweak.add_query.encode("latin-1"), body

    def _sent(self, method: str, query: bytes, headers: dict[str, str], body: bytes, tweak: Tweak) -> Sent:
        if body:
            headers["content-type"] = tweak.content_type or FORM
        return Sent(method, query, (*headers.items(), *tweak.add_headers), body)


def send(app: ASGIApp, sent: Sent, path: str = "/") -> Received:
    """Let the application answer, bytes in and bytes out."""
    return asyncio.run(_send(app, sent, path))


async def _send(app: ASGIApp, sent: Sent, path: str) -> Received:
    scope: dict[str, Any] = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": sent.method,
        "path": path, "raw_path": path.encode(), "root_path": "", "scheme": "http",
        "query_string": sent.query, "headers": [_header(*header) for header in sent.headers],
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8080),
    }  # fmt: skip
    messages: list[Message] = []
    chunks = [sent.body[start : start + 65536] for start in range(0, len(sent.body), 65536)] or [b""]

    async def receive() -> Message:
        chunk = chunks.pop(0)
        return {"type": "http.request", "body": chunk, "more_body": bool(chunks)}

    async def collect(message: Message) -> None:
        messages.append(message)

    await app(scope, receive, collect)
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in messages[0]["headers"]}
    return Received(
        messages[0]["status"], headers, b"".join(message.get("body", b"") for message in messages[1:])
    )


def _version(action: str) -> str:
    return ICE_VERSION if "DNA" in action else MPS_VERSION


def _header(name: str, value: str) -> tuple[bytes, bytes]:
    return name.lower().encode("latin-1"), value.encode("utf-8")


def _encode(text: str) -> str:
    return quote(text, safe="~")


def _canonical(parameters: Mapping[str, str]) -> str:
    return "&".join(f"{_encode(name)}={_encode(value)}" for name, value in sorted(parameters.items()))


def _form(parameters: Mapping[str, str]) -> bytes:
    """As the newer clients write it: a space is a plus sign."""
    return "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in parameters.items()).encode()


def _without(values: dict[str, str], names: tuple[str, ...]) -> dict[str, str]:
    return {name: value for name, value in values.items() if name not in names}
