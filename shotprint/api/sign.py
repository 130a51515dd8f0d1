"""The two signatures of a call, as pure functions: v1 (HMAC-SHA1) and ACS3-HMAC-SHA256.

Both sign *decoded* parameters that are encoded again in one fixed way, never the raw query: clients write
a space as ``+`` and sign it as ``%20``. Blank values are signed too. Whoever checks a signature and whoever makes
one goes through the same steps, each of which is a plain text of a `Signing`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

__all__ = [
    "ACS3",
    "ACS3_MUST_SIGN",
    "Acs3Authorization",
    "Signing",
    "acs3_signing",
    "body_digest",
    "canonical_query",
    "parse_acs3_authorization",
    "percent_encode",
    "same",
    "v1_signing",
]

ACS3 = "ACS3-HMAC-SHA256"

ACS3_MUST_SIGN = (
    "host",
    "x-acs-action",
    "x-acs-version",
    "x-acs-date",
    "x-acs-signature-nonce",
    "x-acs-content-sha256",
)
"""Headers that a signature must cover, or an attacker could leave them out or swap them."""

_HEADER_NAME = re.compile(r"[a-z0-9-]+")


@dataclass(frozen=True)
class Acs3Authorization:
    """The parts of an ``Authorization: ACS3-HMAC-SHA256 …`` header."""

    key_id: str
    signed_headers: tuple[str, ...]
    signature: str

    def __str__(self) -> str:
        signed = ";".join(self.signed_headers)
        return f"{ACS3} Credential={self.key_id},SignedHeaders={signed},Signature={self.signature}"


def percent_encode(text: str) -> str:
    """Encode as UTF-8, leaving only letters, digits and ``-_.~``."""
    return quote(text, safe="~")


@dataclass(frozen=True)
class Signing:
    """The steps to a signature.

    Attributes
    ----------
    canonical : the call in the one way of writing it that both sides agree on: the canonical query of v1, the
        canonical request of ACS3.
    string_to_sign : what is signed, made of it.
    """

    canonical: str
    string_to_sign: str
    _sign: Callable[[str, str], str] = field(repr=False)

    def signature(self, secret: str) -> str:
        """The signature of the secret's owner."""
        return self._sign(secret, self.string_to_sign)


def v1_signing(method: str, parameters: Iterable[tuple[str, str]]) -> Signing:
    """v1: signs the decoded parameters of query and form body together, without ``Signature``."""
    canonical = canonical_query((name, value) for name, value in parameters if name != "Signature")
    return Signing(canonical, f"{method}&%2F&{percent_encode(canonical)}", _v1_signature)


def acs3_signing(
    method: str,
    path: str,
    query: Iterable[tuple[str, str]],
    headers: Mapping[str, str],
    signed_headers: Sequence[str],
    digest: str,
) -> Signing:
    """ACS3: signs the query, headers and the digest of the body.

    Parameters
    ----------
    query : decoded parameters of the query alone; those of a form body are covered by `digest`.
    headers : by lower-case name; must hold each of `signed_headers`.
    digest : hexadecimal SHA-256 of the body.
    """
    canonical = "\n".join(
        (
            method,
            path,
            canonical_query(query),
            "".join(f"{name}:{headers[name].strip()}\n" for name in signed_headers),
            ";".join(signed_headers),
            digest,
        )
    )
    return Signing(canonical, f"{ACS3}\n{hashlib.sha256(canonical.encode()).hexdigest()}", _acs3_signature)


def canonical_query(parameters: Iterable[tuple[str, str]]) -> str:
    """Sorted by name, every name and value encoded by `percent_encode`."""
    return "&".join(f"{percent_encode(name)}={percent_encode(value)}" for name, value in sorted(parameters))


def body_digest(body: bytes) -> str:
    """What ``x-acs-content-sha256`` must say: the hexadecimal SHA-256 of the body."""
    return hashlib.sha256(body).hexdigest()


def parse_acs3_authorization(text: str) -> Acs3Authorization:
    """Take the header apart.

    Raises
    ------
    ValueError
        A part is missing, empty or given twice, a header is listed twice, or a name is not in lower case. The
        text says which.
    """
    parts: dict[str, str] = {}
    for piece in text.removeprefix(ACS3).strip().split(","):
        name, _, value = piece.strip().partition("=")
        if name in parts:
            raise ValueError(f"{name} is given twice")
        parts[name] = value
    for name in ("Credential", "SignedHeaders", "Signature"):
        if not parts.get(name):
            raise ValueError(f"{name} is missing")
    signed = tuple(parts["SignedHeaders"].split(";"))
    if len(set(signed)) != len(signed):
        raise ValueError("SignedHeaders names a header twice")
    if not all(_HEADER_NAME.fullmatch(name) for name in signed):
        raise ValueError("SignedHeaders must be lower-case header names joined by semicolons")
    return Acs3Authorization(parts["Credential"], signed, parts["Signature"])


def same(expected: str, given: str) -> bool:
    """Compare in a time that says nothing about where the two differ."""
    return hmac.compare_digest(expected.encode(), given.encode())


def _v1_signature(secret: str, string_to_sign: str) -> str:
    """Base64 of the HMAC-SHA1."""
    digest = hmac.new(f"{secret}&".encode(), string_to_sign.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode("ascii")


def _acs3_signature(secret: str, string_to_sign: str) -> str:
    """Hexadecimal HMAC-SHA256."""
    return hmac.new(secret.encode(), string_to_sign.encode(), hashlib.sha256).hexdigest()
