"""A call of the API before anybody has signed it: what forms make, and traces and samples are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from shotprint.api.model import Spec

__all__ = ["PlannedCall"]


@dataclass(frozen=True)
class PlannedCall:
    """What is asked of whom.

    Attributes
    ----------
    scheme : "http" or "https".
    host : of the server, with the port where it is not the usual one.
    parameters : the operation's own, as the texts that are sent.
    """

    scheme: str
    host: str
    spec: Spec
    operation: str
    parameters: Mapping[str, str]

    @property
    def endpoint(self) -> str:
        """The server's URL, without a slash at its end."""
        return f"{self.scheme}://{self.host}"
