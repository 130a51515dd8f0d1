"""How often an account may call an operation."""

from __future__ import annotations

import threading

import structlog
from limits import RateLimitItemPerSecond
from limits.errors import ConfigurationError, StorageError
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import MovingWindowRateLimiter

from shotprint.api.model import Operation
from shotprint.api.wire_errors import WireError
from shotprint.errors import InvalidValue

__all__ = ["Throttle"]

_log = structlog.get_logger("shotprint.api")

_REDIS_WAIT_S = 1  # a call must not wait long for being counted


class Throttle:
    """Counts the calls of each account and operation over a moving window; calls refused don't count.

    The counts are this process's own, or those of all server processes that count in one Redis. While Redis
    can't be reached each process counts for itself: a rate that is kept loosely is better than no service.

    Parameters
    ----------
    storage : ``memory://``, or the URL of a Redis.
    window_s : the operation's ``qps`` calls are allowed per this many seconds.

    Raises
    ------
    InvalidValue
        The storage is unknown, or its package is not installed.
    """

    def __init__(self, storage: str = "memory://", *, window_s: int = 1) -> None:
        self._window_s = window_s
        self._own = MovingWindowRateLimiter(MemoryStorage())
        self._shared = None if storage == "memory://" else MovingWindowRateLimiter(_redis(storage))
        self._lock = threading.Lock()

    def admit(self, account_id: str, operation: Operation) -> None:
        """Count one call.

        Raises
        ------
        WireError
            Throttling.User: the account made as many calls as it may.
        """
        limit = RateLimitItemPerSecond(operation.qps, self._window_s)
        if not self._hit(limit, account_id, operation.name):
            # The vendor's newer clients read the second one, which is in milliseconds.
            waits = {"Retry-After": str(self._window_s), "x-acs-retry-after": str(1000 * self._window_s)}
            raise WireError("Throttling.User", headers=waits)

    def _hit(self, limit: RateLimitItemPerSecond, *names: str) -> bool:
        if self._shared is not None:
            try:
                return self._shared.hit(limit, *names)
            except StorageError as exc:
                _log.warning("rates are counted by this process alone", reason=str(exc.storage_error))
        with self._lock:
            return self._own.hit(limit, *names)


def _redis(url: str) -> RedisStorage:
    try:
        return RedisStorage(
            url, wrap_exceptions=True, socket_timeout=_REDIS_WAIT_S, socket_connect_timeout=_REDIS_WAIT_S
        )
    except (ConfigurationError, ValueError) as exc:
        raise InvalidValue(f"Setting rate_storage: {exc}", parameter="rate_storage") from exc
