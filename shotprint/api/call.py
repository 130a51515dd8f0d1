"""What travels through the request path: one `Call`, which each step fills in further, and the `Gateway`."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from shotprint.api.model import Operation, Spec
from shotprint.api.parse import Values
from shotprint.api.serialise import Format
from shotprint.api.throttle import Throttle
from shotprint.service.types import AccessKey
from shotprint.wiring import App

__all__ = ["Call", "Credentials", "Gateway", "HttpAnswer", "HttpRequest", "Pairs"]

Pairs = tuple[tuple[str, str], ...]
"""Names and values in the order sent."""


@dataclass(frozen=True)
class HttpRequest:
    """A request as it came.

    Attributes
    ----------
    query : what follows the question mark, still encoded.
    headers : names in lower case, values trimmed, in the order sent.
    body : None when it is larger than the limit.
    scheme : "http" or "https".
    """

    method: str
    path: str
    query: bytes
    headers: Pairs
    body: bytes | None
    scheme: str = "http"

    @cached_property
    def header(self) -> Mapping[str, str]:
        """Headers by name; of several with one name, the first."""
        return dict(reversed(self.headers))

    def times_sent(self, name: str) -> int:
        """How many headers have this name."""
        return sum(name == sent for sent, _ in self.headers)

    @property
    def host(self) -> str:
        """The host name called, without the port."""
        host = self.header.get("host", "")
        name, _, port = host.rpartition(":")
        return name if name and port.isdecimal() else host


@dataclass(frozen=True)
class HttpAnswer:
    """What goes back."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Credentials:
    """What a call says about who sent it, and when: nothing of it is proven yet.

    Attributes
    ----------
    timestamp : as sent.
    security_token : empty when there is none.
    signed_headers : names in the order signed; None for a v1 signature.
    """

    key_id: str
    timestamp: str
    nonce: str
    signature: str
    security_token: str
    signed_headers: tuple[str, ...] | None


@dataclass(frozen=True)
class Gateway:
    """What the steps work with: the services, the description of each API by its version, the rates, the clock."""

    app: App
    specs: Mapping[str, Spec]
    throttle: Throttle
    clock: Callable[[], datetime]


@dataclass
class Call:
    """One request on its way; a field without a default is there once its step has run."""

    http: HttpRequest
    now: datetime
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()).upper())
    form: Format = Format.XML
    query: Pairs = ()
    parameters: Mapping[str, str] = field(default_factory=dict)  # of query and form body together
    spec: Spec | None = None
    operation: Operation = field(init=False)
    credentials: Credentials = field(init=False)
    timestamp: datetime = field(init=False)
    key: AccessKey = field(init=False)
    values: Values = field(init=False)
    answer: Mapping[str, Any] = field(init=False)
