"""Tokens that prove that a form is from a page of ours.

A form's token is made from the session's, which a stranger does not have and which cannot be found from it. Each
page shows it behind another mask, so that a compressed page says nothing of it to who can only watch its length.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets

_BYTES = 32


def form_token(session_token: str) -> bytes:
    """The token of all forms of a session."""
    return hmac.new(session_token.encode(), b"shotprint console form", hashlib.sha256).digest()


def masked(token: bytes) -> str:
    """The token as a page shows it."""
    mask = secrets.token_bytes(_BYTES)
    return base64.urlsafe_b64encode(mask + _xor(mask, token)).decode()


def is_good(shown: str, token: bytes) -> bool:
    """Whether what was sent is `token` behind some mask."""
    try:
        both = base64.urlsafe_b64decode(shown.encode("ascii", "replace"))
    except binascii.Error:
        return False
    if len(both) != 2 * _BYTES:
        return False
    return hmac.compare_digest(_xor(both[:_BYTES], both[_BYTES:]), token)


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))
