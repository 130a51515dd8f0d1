"""What is sent, and what a sender does."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Protocol

ID_HEADER = "X-Shotprint-Delivery"
TIME_HEADER = "X-Shotprint-Timestamp"
SIGNATURE_HEADER = "X-Shotprint-Signature"


@dataclass(frozen=True)
class Message:
    """One message as it goes out.

    Attributes
    ----------
    id : the same each time that it is sent, so that a receiver can tell a repetition.
    body : JSON.
    timestamp : seconds since 1970 at which it is sent.
    secret : signs it; known to the sender and the receiver.
    """

    id: str
    body: bytes
    timestamp: int
    secret: str = field(repr=False)

    def headers(self) -> dict[str, str]:
        """Id, time and signature: the HMAC-SHA256 of time, a full stop and body, in hex."""
        signed = f"{self.timestamp}.".encode() + self.body
        digest = hmac.new(self.secret.encode(), signed, hashlib.sha256).hexdigest()
        return {
            ID_HEADER: self.id,
            TIME_HEADER: str(self.timestamp),
            SIGNATURE_HEADER: f"sha256={digest}",
        }


class Sender(Protocol):
    """Brings messages to one kind of target."""

    def check(self, target: str) -> None:
        """Refuse a target that messages could never be brought to, without asking any network.

        Raises
        ------
        InvalidValue
            The URL is wrong, or the settings don't allow it.
        """

    def send(self, target: str, message: Message) -> None:
        """Return once the receiver has taken the message.

        Raises
        ------
        TemporaryError
            It was not taken; it may be later.
        InvalidValue
            The settings don't allow this target.
        """
