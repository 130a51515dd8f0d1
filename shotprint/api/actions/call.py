"""What an action gets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shotprint.api.parse import Values
from shotprint.service.types import MediaPlace
from shotprint.wiring import App

__all__ = ["ActionCall", "media_place", "missing_ids"]


@dataclass(frozen=True)
class ActionCall:
    """A call whose sender is known and may make it.

    Attributes
    ----------
    values : the operation's parameters, read and checked.
    sent : all parameters as texts, as they came.
    """

    app: App
    account_id: str
    values: Values
    sent: Mapping[str, str]


def media_place(place: MediaPlace) -> dict[str, str]:
    """The wire's ``InputFile``."""
    return {"Bucket": place.bucket, "Location": place.location, "Object": place.object}


def missing_ids(ids: Sequence[str]) -> Sequence[str] | None:
    """The wire's ``NonExistIds``, which is left out when nothing is missing."""
    return ids or None
