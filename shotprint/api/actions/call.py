"""What an action gets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from shotprint.api.parse import Values
from shotprint.service.types import AccessKey, MediaPlace
from shotprint.wiring import App

__all__ = ["ActionCall", "media_place", "missing_ids", "result_url"]


@dataclass(frozen=True)
class ActionCall:
    """A call whose sender is known and may make it.

    Attributes
    ----------
    key : whose call it is; what it shows is for the libraries that the key allows.
    values : the operation's parameters, read and checked.
    sent : all parameters as texts, as they came.
    base_url : of this server, as the caller sees it.
    """

    app: App
    key: AccessKey
    values: Values
    sent: Mapping[str, str]
    now: datetime
    base_url: str

    @property
    def account_id(self) -> str:
        """The account that calls."""
        return self.key.account_id


def media_place(place: MediaPlace) -> dict[str, str]:
    """The wire's ``InputFile``."""
    return {"Bucket": place.bucket, "Location": place.location, "Object": place.object}


def missing_ids(ids: Sequence[str]) -> Sequence[str] | None:
    """The wire's ``NonExistIds``, which is left out when nothing is missing."""
    return ids or None


def result_url(call: ActionCall, name: str) -> str:
    """A link to the result file `name`, good for a while from now on."""
    link = call.app.result_links.make(name, call.now)
    return f"{call.base_url}/results/{link.name}?Expires={link.expires}&Signature={link.signature}"
