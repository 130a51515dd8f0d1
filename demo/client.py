"""A client that signs and sends calls as the vendor's current SDK does (ACS3-HMAC-SHA256)."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import urllib.error
import urllib.request
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit

VERSION = "2014-06-18"


class CallFailed(Exception):
    """The server refused a call."""


class Client:
    """Calls operations by name; parameters and answers have the wire's names."""

    def __init__(self, endpoint: str, key_id: str, secret: str) -> None:
        self._endpoint = endpoint
        self._key_id = key_id
        self._secret = secret

    def call(self, action: str, **parameters: Any) -> dict[str, Any]:
        """Send one call; objects among the parameters travel as JSON text.

        Raises
        ------
        CallFailed
            With the code and the message of the answer.
        """
        texts = {
            name: value if isinstance(value, str) else json.dumps(value) for name, value in parameters.items()
        }
        query = "&".join(f"{_escape(name)}={_escape(text)}" for name, text in sorted(texts.items()))
        request = urllib.request.Request(  # http on loopback
            f"{self._endpoint}/?{query}", data=b"", headers=self._headers(action, query), method="POST"
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return dict(json.load(answer))
        except urllib.error.HTTPError as exc:
            with exc:
                problem = json.load(exc)
            raise CallFailed(f"{action}: {problem['Code']}: {problem['Message']}") from exc

    def _headers(self, action: str, query: str) -> dict[str, str]:
        body_hash = hashlib.sha256(b"").hexdigest()
        signed = {
            "accept": "application/json",
            "host": urlsplit(self._endpoint).netloc,
            "x-acs-action": action,
            "x-acs-content-sha256": body_hash,
            "x-acs-date": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "x-acs-signature-nonce": secrets.token_hex(16),
            "x-acs-version": VERSION,
        }
        names = ";".join(sorted(signed))
        lines = "".join(f"{name}:{signed[name]}\n" for name in sorted(signed))
        canonical = "\n".join(["POST", "/", query, lines, names, body_hash])
        to_sign = f"ACS3-HMAC-SHA256\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        signature = hmac.new(self._secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
        authorization = (
            f"ACS3-HMAC-SHA256 Credential={self._key_id},SignedHeaders={names},Signature={signature}"
        )
        return {**signed, "Authorization": authorization}


def _escape(text: str) -> str:
    return quote(text, safe="~")
