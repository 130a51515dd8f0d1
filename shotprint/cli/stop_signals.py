"""SIGINT and SIGTERM as a wish to stop that the program grants when it is ready to."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from types import FrameType
from typing import Self

SIGNALS = (signal.SIGINT, signal.SIGTERM)
POLL_S = 0.1


class StopSignals:
    """While inside, the first signal is noted and the second one interrupts at once.

    Nothing but a flag is set on the first: a signal may arrive between any two instructions, also while
    processes are being started that would then be left behind.
    """

    def __init__(self) -> None:
        self.asked = False
        self._action: Callable[[], None] | None = None
        self._before: dict[signal.Signals, object] = {}

    def __enter__(self) -> Self:
        self._before = {number: signal.signal(number, self._on_signal) for number in SIGNALS}
        return self

    def __exit__(self, *exc_info: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]  # what signal.signal gave us

    def then(self, action: Callable[[], None]) -> None:
        """Call `action` on the first signal, or now when it has come already."""
        self._action = action
        if self.asked:
            action()

    def wait(self) -> None:
        """Return once a signal has come."""
        while not self.asked:
            time.sleep(POLL_S)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
        if self._action is not None:
            self._action()
