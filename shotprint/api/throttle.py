"""How often an account may call an operation."""

from __future__ import annotations

import threading

from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from shotprint.api.model import Operation
from shotprint.api.wire_errors import WireError

__all__ = ["Throttle"]


class Throttle:
    """Counts the calls of each account and operation over a moving window; calls refused don't count.

    The counts are this process's own: several server processes allow as many times the rate.

    Parameters
    ----------
    window_s : the operation's ``qps`` calls are allowed per this many seconds.
    """

    def __init__(self, *, window_s: int = 1) -> None:
        self._window_s = window_s
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._lock = threading.Lock()

    def admit(self, account_id: str, operation: Operation) -> None:
        """Count one call.

        Raises
        ------
        WireError
            Throttling.User: the account made as many calls as it may.
        """
        limit = RateLimitItemPerSecond(operation.qps, self._window_s)
        with self._lock:
            admitted = self._limiter.hit(limit, account_id, operation.name)
        if not admitted:
            raise WireError("Throttling.User", headers={"Retry-After": str(self._window_s)})
