"""Work that stops at certain points, so that other things can happen meanwhile, always in the same order.

The work runs in a thread of its own, but never at the same time as whoever drives it: each waits for the other.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue

READING, SEARCHED, LOOKED_AGAIN = "reading", "searched", "looked again"
"""Where an analysis stops: its file is opened; the library was searched; and what is new in it was, too."""

PATIENCE_S = 120.0  # for a step of the work; only work that hangs takes as long

_here = threading.local()


class _Abandoned(BaseException):
    """Ends work that nobody drives any more."""


class PausedWork:
    """A call that stops at each point that it passes."""

    def __init__(self, call: Callable[[], object]) -> None:
        self._call = call
        self._news: SimpleQueue[str | BaseException | None] = SimpleQueue()
        self._go = threading.Semaphore(0)
        self._abandoned = False
        self._thread = threading.Thread(target=self._run, name="paused-work", daemon=True)

    def go_on(self) -> str | None:
        """Begin, or go on; returns the next point, None when the work is done. Raises what the work raised."""
        if self._thread.ident is None:
            self._thread.start()
        else:
            self._go.release()
        news = self._news.get(timeout=PATIENCE_S)
        if news is None or isinstance(news, BaseException):
            self._thread.join()
        if isinstance(news, BaseException):
            raise news
        return news

    def abandon(self) -> None:
        """End the work where it is."""
        self._abandoned = True
        self._go.release()
        self._thread.join()

    def stop_at(self, point: str) -> None:
        """Called by the work's own thread."""
        self._news.put(point)
        self._go.acquire()
        if self._abandoned:
            raise _Abandoned

    def _run(self) -> None:
        _here.work = self
        try:
            self._call()
        except _Abandoned:
            pass
        except BaseException as error:
            self._news.put(error)
        else:
            self._news.put(None)


def pass_point(point: str) -> None:
    """Stop here if this is the thread of a `PausedWork`."""
    work: PausedWork | None = getattr(_here, "work", None)
    if work is not None:
        work.stop_at(point)
