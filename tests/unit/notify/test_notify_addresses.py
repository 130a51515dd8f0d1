from __future__ import annotations

import socket
from ipaddress import ip_address

import pytest

from shotprint.errors import InvalidValue, TemporaryError
from shotprint.notify import addresses

PRIVATE = [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
    "224.0.0.1", "255.255.255.255", "192.0.2.1", "::1", "::", "fe80::1", "fc00::1", "ff02::1",
    "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:4136:e378:8000:63bf:80ff:fffe",
]  # fmt: skip
PUBLIC = ["1.1.1.1", "8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"]


@pytest.mark.parametrize("text", PRIVATE)
def test_addresses_that_are_not_of_the_open_internet(text: str) -> None:
    assert not addresses.is_public(ip_address(text))


@pytest.mark.parametrize("text", PUBLIC)
def test_addresses_of_the_open_internet(text: str) -> None:
    assert addresses.is_public(ip_address(text))


def test_an_address_written_as_another_kind_is_the_same_address() -> None:
    assert addresses.literal("[::ffff:127.0.0.1]") == ip_address("127.0.0.1")
    assert addresses.literal("fe80::1%eth0") == ip_address("fe80::1")
    assert addresses.literal("example.com") is None


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1", "0x7f000001", "2130706433", "::1"])
def test_this_machine_is_refused_however_it_is_written(host: str) -> None:
    with pytest.raises(InvalidValue, match="notify_private_addresses"):
        addresses.resolve(host, 443, private=False)


def test_this_machine_is_fine_where_the_settings_say_so() -> None:
    assert addresses.resolve("127.0.0.1", 443, private=True) == ["127.0.0.1"]


def test_of_several_addresses_only_public_ones_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (text, 443)) for text in ("10.0.0.1", "1.1.1.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_arguments, **_options: answer)
    assert addresses.resolve("two.example", 443, private=False) == ["1.1.1.1"]


@pytest.mark.parametrize("host", ["no-such-name.invalid", "a" * 70 + ".example", "ü..example"])
def test_a_name_that_nobody_knows_may_be_known_later(host: str) -> None:
    with pytest.raises(TemporaryError, match="cannot be resolved"):
        addresses.resolve(host, 443, private=True)
