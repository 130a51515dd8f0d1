"""The notary service that the vendor once had and shotprint has not: ListFpShotNotary."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shotprint.api.actions.call import ActionCall
from shotprint.errors import NotSupported

__all__ = ["list_fp_shot_notary", "no_notary"]


def list_fp_shot_notary(_: ActionCall) -> Mapping[str, Any]:
    raise no_notary("ListFpShotNotary")


def no_notary(what: str) -> NotSupported:
    """The error for who asks for it through `what`."""
    return NotSupported(f"{what} asks for the notary service; there is none here.")
