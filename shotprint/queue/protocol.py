"""What a queue of waiting work does.

Jobs are rows and the one truth; a queue carries only the id of the row (`subject`) and is written in
the transaction that writes the row, so neither exists without the other.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from sqlalchemy.orm import Session


class Lane(StrEnum):
    """Work that must not wait for other work has a lane of its own."""

    ANALYSIS = "analysis"  # heavy: decoding media
    UPKEEP = "upkeep"  # light: milliseconds each
    DELIVERY = "delivery"  # waiting for other people's servers


@dataclass(frozen=True)
class Task:
    """A claimed piece of work. ``attempt`` counts from 1; ``lease`` proves that the claim still holds."""

    id: str
    name: str
    subject: str
    lane: Lane
    attempt: int
    lease: str


class Queue(Protocol):
    """Durable work; a claim that is not renewed within the lease goes back to the others."""

    def put(
        self, session: Session, name: str, subject: str, *, lane: Lane, not_before: datetime | None = None
    ) -> None:
        """Add work inside the caller's transaction."""

    def claim(self, lanes: Collection[Lane], worker: str) -> Task | None:
        """Take the oldest work that is due, or that a dead worker left behind; None when there is none."""

    def beat(self, task: Task) -> bool:
        """Renew the lease; False when another worker has the task by now."""

    def finish(self, session: Session, task: Task) -> bool:
        """Remove the task inside the caller's transaction; False, nothing changed, when the lease is lost."""

    def release(self, task: Task, *, delay_s: float, count: bool) -> None:
        """Give the task back, due after `delay_s`; `count` says whether this was one of its attempts."""

    def waiting(self) -> int:
        """How many tasks wait or run."""
