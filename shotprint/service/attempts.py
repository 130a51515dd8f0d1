"""Guessing is slow: attempts to sign in are counted per name and per address, and too many wait.

An attempt is counted before it is known how it ends, so guesses that arrive at the same time, in any processes,
count as well. Success forgets those of the name; those of an address only expire.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from shotprint.errors import TooManyAttempts
from shotprint.service.checks import now
from shotprint.store.database import Database
from shotprint.store.models import AttemptRow
from shotprint.store.upsert import count_attempt

WINDOW = timedelta(minutes=15)
PER_NAME = 10
PER_ADDRESS = 100  # many people may be behind one


class Attempts:
    """Attempts of the last `WINDOW`."""

    def __init__(self, database: Database, *, clock: Callable[[], datetime] = now) -> None:
        self._database = database
        self._clock = clock

    def begin(self, name: str, address: str, *, at_limit: Callable[[Session], None] = lambda _: None) -> None:
        """Count an attempt under that name from that address.

        Parameters
        ----------
        at_limit : called once when there are too many, in the transaction that counts.

        Raises
        ------
        TooManyAttempts
            There were too many; this one shall not be looked at.
        """
        limits = {_of_name(name): PER_NAME, _of_address(address): PER_ADDRESS}
        moment = self._clock()
        with self._database.sessions.begin() as session:
            over = [
                count_attempt(session, subject=subject, moment=moment, expires=moment + WINDOW) - most
                for subject, most in sorted(
                    limits.items()
                )  # in one order, so that two never wait for each other
            ]
            if max(over) <= 0:
                return
            if 1 not in over:
                raise _too_many()  # and nothing is written: who goes on guessing costs no more
            at_limit(session)
        raise _too_many()

    def note(self, session: Session, name: str) -> None:
        """Write the name's count anew as it is, inside the caller's transaction: so that there is something to write
        to the disk also where there is nothing to note."""
        own = AttemptRow.subject == _of_name(name)
        session.execute(update(AttemptRow).where(own).values(count=AttemptRow.count))

    def forget(self, name: str) -> None:
        """The person behind the name is known by now; and forget everything that is too old."""
        with self._database.sessions.begin() as session:
            session.execute(delete(AttemptRow).where(AttemptRow.subject == _of_name(name)))
            session.execute(delete(AttemptRow).where(AttemptRow.expires < self._clock()))


def _too_many() -> TooManyAttempts:
    return TooManyAttempts(
        f"There were too many attempts to sign in. Try again in {WINDOW.seconds // 60} minutes."
    )


def _of_name(name: str) -> str:
    return _digest("name", name)


def _of_address(address: str) -> str:
    """One subscriber has all 2^64 addresses of an IPv6 network."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return _digest("address", address)
    if parsed.version == 6:
        return _digest("address", str(ipaddress.ip_network((parsed, 64), strict=False)))
    return _digest("address", str(parsed))


def _digest(kind: str, text: str) -> str:
    return hashlib.sha256(f"{kind}\n{text}".encode(errors="surrogatepass")).hexdigest()
