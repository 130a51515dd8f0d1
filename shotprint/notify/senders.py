"""The sender for a target, by the scheme of its URL."""

from __future__ import annotations

import re

from shotprint.errors import InvalidValue
from shotprint.notify import broker, webhook
from shotprint.notify.broker import Brokers
from shotprint.notify.protocol import Message, Sender
from shotprint.notify.webhook import Webhooks

_USER = re.compile(r"(?<=://)[^/@]*:[^/]*(?=@)")


class Senders:
    """Sends to every kind of target; see `shotprint.notify.protocol.Sender`."""

    def __init__(self, webhooks: Webhooks, brokers: Brokers) -> None:
        self._by_scheme: dict[str, Sender] = dict.fromkeys(webhook.SCHEMES, webhooks)
        self._by_scheme |= dict.fromkeys(broker.SCHEMES, brokers)

    def check(self, target: str) -> None:
        self._sender(target).check(target)

    def send(self, target: str, message: Message) -> None:
        self._sender(target).send(target, message)

    def _sender(self, target: str) -> Sender:
        scheme, _, _ = target.partition("://")
        if scheme not in self._by_scheme:
            known = ", ".join(f"{name}://" for name in self._by_scheme)
            raise InvalidValue(f"The target is not a URL that starts with {known}", parameter="target")
        return self._by_scheme[scheme]


def shown(target: str) -> str:
    """The target without the password in it."""
    return _USER.sub(lambda user: user.group().partition(":")[0] + ":***", target)
