"""Which network addresses a webhook may be at.

A name is resolved once, and the connection goes to an address that was looked at: a name that answers
differently the second time ("DNS rebinding") gains nothing.
"""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from shotprint.errors import InvalidValue, TemporaryError

Address = IPv4Address | IPv6Address

_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052: the last 32 bits are an IPv4 address


def is_public(address: Address) -> bool:
    """Whether `address` belongs to the open internet, together with the IPv4 address that it carries, if any.

    Private, loopback, link-local, shared (100.64/10), reserved and multicast addresses don't.
    """
    if not address.is_global or address.is_multicast:
        return False
    if isinstance(address, IPv4Address):
        return True
    return all(is_public(carried) for carried in _carried(address))


def literal(host: str) -> Address | None:
    """The address that `host` is written as; None for a name."""
    try:
        return _plain(ip_address(host.strip("[]").partition("%")[0]))
    except ValueError:
        return None


def resolve(host: str, port: int, *, private: bool) -> list[str]:
    """The addresses of `host` that may be connected to, in the resolver's order, at least one.

    Parameters
    ----------
    private : whether addresses outside the open internet are fine.

    Raises
    ------
    TemporaryError
        The name is not known, or the resolver does not answer.
    InvalidValue
        It has no address that may be connected to.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as exc:
        raise TemporaryError(f"The name {host!r} cannot be resolved: {exc}") from exc
    texts = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    allowed = [text for text in texts if private or _is_public_text(text)]
    if not allowed:
        raise InvalidValue(private_refusal(host), parameter="target")
    return allowed


def private_refusal(host: str) -> str:
    """What is said about a host that is not on the open internet."""
    return f"The target's host {host!r} has a private address, which notify_private_addresses does not allow"


def _is_public_text(text: str) -> bool:
    address = literal(text)
    return address is not None and is_public(address)


def _plain(address: Address) -> Address:
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _carried(address: IPv6Address) -> list[IPv4Address]:
    """IPv4 addresses that a gateway would turn this address into."""
    carried = [address.sixtofour, address.teredo[1] if address.teredo else None]
    if address in _NAT64:
        carried.append(IPv4Address(int(address) & 0xFFFFFFFF))
    return [entry for entry in carried if entry is not None]
