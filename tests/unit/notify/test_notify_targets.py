from __future__ import annotations

import sys

import pytest

from shotprint.errors import InvalidValue
from shotprint.notify.broker import Brokers
from shotprint.notify.senders import Senders, shown
from shotprint.notify.webhook import Webhooks

SENDERS = Senders(Webhooks(plain_http=False, private=False, timeout_s=1), Brokers(timeout_s=1))


@pytest.mark.parametrize(
    "target",
    [
        "https://example.com/hook",
        "amqp://me:secret@broker/vhost?queue=ends",
        "amqps://broker?queue=a%20b",
        "redis://broker:6379/0?queue=ends",
        "rediss://:secret@broker/1?queue=ends",
    ],
)
def test_targets_that_can_be_sent_to(target: str) -> None:
    SENDERS.check(target)


@pytest.mark.parametrize(
    "target",
    [
        "", "ends", "ftp://example.com", "HTTPS//example.com", "file:///etc/passwd", "memory://?queue=ends",
        "amqp://broker/", "amqp://?queue=ends", "amqp://broker?queue=", "amqp://broker?queue=a&queue=b",
        "amqp://broker?queue=ends&ssl=false", "redis://broker:x/0?queue=ends", "redis://broker/0?queue=%00",
        f"redis://broker/0?queue={'a' * 256}", "redis://[broker/0?queue=ends",
    ],
)  # fmt: skip
def test_targets_that_cannot(target: str) -> None:
    with pytest.raises(InvalidValue):
        SENDERS.check(target)


@pytest.mark.parametrize("name", ["kombu", "redis"])
def test_a_broker_without_its_packages_says_what_to_install(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(InvalidValue, match=r"pip install 'shotprint\[broker\]'"):
        SENDERS.check("redis://broker/0?queue=ends")


def test_passwords_are_not_shown() -> None:
    assert shown("amqp://me:se:cret@broker/?queue=a") == "amqp://me:***@broker/?queue=a"
    assert shown("redis://:secret@broker/0?queue=a") == "redis://:***@broker/0?queue=a"
    assert shown("https://example.com/a@b:c?d=e") == "https://example.com/a@b:c?d=e"
