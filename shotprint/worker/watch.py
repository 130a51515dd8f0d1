"""What goes on beside a running task: its lease is renewed, and its time is counted."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from enum import StrEnum
from types import TracebackType

import structlog

from shotprint.queue.protocol import Queue, Task

log = structlog.get_logger(__name__)

TICK_S = 0.5  # how late a stuck task may be noticed


class Reason(StrEnum):
    """Why work has to end before it is done."""

    LOST = "lost"  # another worker has the task
    STOP = "stop"  # the worker is told to stop
    TIME = "time"  # it took too long


class Watch:
    """A context in which a claimed task keeps its lease.

    Parameters
    ----------
    stop : set when the worker has to stop.
    on_stuck : called once, from the watching thread, when the work still runs `grace_s` seconds after it had
        to end.
    """

    def __init__(
        self,
        queue: Queue,
        task: Task,
        *,
        lease_s: float,
        time_limit_s: float,
        grace_s: float,
        stop: threading.Event,
        on_stuck: Callable[[Reason], None],
    ) -> None:
        self._queue = queue
        self._task = task
        self._beat_s = lease_s / 3
        self._grace_s = grace_s
        self._stop = stop
        self._on_stuck = on_stuck
        self._ends = time.monotonic() + time_limit_s
        self._lost = False
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, name=f"watch-{task.id}", daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()

    def reason(self) -> Reason | None:
        """Why the work has to end; None while it may go on."""
        if self._lost:
            return Reason.LOST
        if self._stop.is_set():
            return Reason.STOP
        return Reason.TIME if time.monotonic() >= self._ends else None

    def cancel(self) -> bool:
        """The engine's `Cancel`."""
        return self.reason() is not None

    def _watch(self) -> None:
        next_beat = time.monotonic() + self._beat_s
        stuck_at: float | None = None
        while not self._done.wait(min(TICK_S, self._beat_s)):
            now = time.monotonic()
            if now >= next_beat and not self._lost:
                self._beat()
                next_beat = now + self._beat_s
            reason = self.reason()
            if reason is None:
                continue
            if stuck_at is None:
                stuck_at = now + self._grace_s
            elif now >= stuck_at:
                self._on_stuck(reason)
                stuck_at = float("inf")

    def _beat(self) -> None:
        try:
            self._lost = not self._queue.beat(self._task)
        except Exception:
            # Without a database nobody else can claim the task either; finishing asks for the lease anyway.
            log.warning("beat_failed", task=self._task.id, exc_info=True)
