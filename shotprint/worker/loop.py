"""One worker: claim → run → finish, until it is told to stop.

Whoever runs a task also finishes it: the handler removes the task in the transaction that writes the
result, so a result without a finished task, or the other way round, cannot be. What is left for the loop
is the work that ended without a result, and that is decided in one place, `decide`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

import structlog

from shotprint.engine.types import Cancel
from shotprint.errors import (
    CallerError,
    Cancelled,
    InternalError,
    LeaseLost,
    MediaError,
    MediaTooLong,
    NotReady,
    ShotprintError,
    TemporaryError,
)
from shotprint.queue.protocol import Lane, Queue, Task
from shotprint.worker.watch import Reason, Watch

log = structlog.get_logger(__name__)

IDLE_S = 0.2  # between two looks at an empty queue
NOT_READY_S = 0.3  # a new library is active within a second; its first job shall not add much to that
LONGEST_RETRY_S = 60.0
UNKNOWN_TASK_S = 10.0  # during an update an older worker may meet the task of a newer server


class Handler(Protocol):
    """What the tasks of one name ask for."""

    def run(self, task: Task, cancel: Cancel) -> None:
        """Do the work and finish the task in the transaction that writes the result.

        Raises
        ------
        LeaseLost
            The queue did not let it finish; nothing was written.
        NotReady
            To be tried again in a moment, without counting this as an attempt.
        MediaError, CallerError
            Trying again would not help.
        """

    def fail(self, task: Task, error: ShotprintError) -> None:
        """Write that it failed and finish the task, in one transaction; nothing when the lease is lost."""


@dataclass(frozen=True)
class Limits:
    """Attributes
    ----------
    lease_s : how long a claim holds without a beat.
    time_limit_s : how long one attempt may take.
    attempts : how often a task is tried; those that ended with the worker count.
    retry_s : pause after the first failed attempt; doubles with each further one.
    grace_s : how long work that has to end may take to notice.
    """

    lease_s: float
    time_limit_s: float
    attempts: int
    retry_s: float = 1.0
    grace_s: float = 10.0


@dataclass(frozen=True)
class Drop:
    """Another worker has the task; leave it alone."""


@dataclass(frozen=True)
class Release:
    """Give the task back."""

    delay_s: float
    count: bool


@dataclass(frozen=True)
class Fail:
    """The end of the task."""

    error: ShotprintError


Verdict = Drop | Release | Fail


def decide(error: BaseException, *, attempt: int, reason: Reason | None, limits: Limits) -> Verdict:
    """What becomes of a task whose work ended with `error`; `reason` is why it was told to end, if it was."""
    if isinstance(error, LeaseLost) or reason is Reason.LOST:
        return Drop()
    if isinstance(error, Cancelled) and reason is Reason.STOP:
        return Release(delay_s=0.0, count=False)
    if isinstance(error, Cancelled) and reason is Reason.TIME:
        return Fail(MediaTooLong(f"The analysis took longer than {limits.time_limit_s:g} seconds."))
    if isinstance(error, NotReady):
        return Release(delay_s=NOT_READY_S, count=False)
    if isinstance(error, (MediaError, CallerError)):
        return Fail(error)
    if attempt < limits.attempts:
        return Release(delay_s=min(limits.retry_s * 2.0 ** (attempt - 1), LONGEST_RETRY_S), count=True)
    return Fail(error if isinstance(error, (TemporaryError, InternalError)) else InternalError())


class Worker:
    """Takes tasks one at a time.

    Parameters
    ----------
    handlers : by task name.
    stop : once set, the running work is cancelled and given back, and `run` returns.
    abandon : ends the process when the work does not react to being cancelled; its task has been settled
        by then. None: wait for it.
    """

    def __init__(
        self,
        queue: Queue,
        handlers: Mapping[str, Handler],
        limits: Limits,
        *,
        lanes: Collection[Lane],
        name: str,
        stop: threading.Event,
        abandon: Callable[[], None] | None = None,
    ) -> None:
        self._queue = queue
        self._handlers = handlers
        self._limits = limits
        self._lanes = tuple(lanes)
        self._name = name
        self._stop = stop
        self._abandon = abandon

    def run(self) -> None:
        """Work until told to stop. A fault outside a task (no database) is logged, and waited out."""
        faults = 0
        while not self._stop.is_set():
            try:
                busy = self.step()
                faults = 0
            except Exception:
                log.exception("worker_fault", worker=self._name)
                busy = False
                faults += 1
            if not busy:
                self._stop.wait(min(IDLE_S * 2.0**faults, 10.0))

    def step(self) -> bool:
        """Claim one task and deal with it; False when there is none to do."""
        task = self._queue.claim(self._lanes, self._name)
        if task is None:
            return False
        handler = self._handlers.get(task.name)
        if handler is None:
            log.error("unknown_task", task=task.id, name=task.name)
            self._queue.release(task, delay_s=UNKNOWN_TASK_S, count=False)
        elif task.attempt > self._limits.attempts:
            log.error("worker_died_repeatedly", task=task.id, subject=task.subject, attempts=task.attempt - 1)
            handler.fail(task, _died(self._limits.attempts))
        else:
            self._work(task, handler)
        return True

    def _work(self, task: Task, handler: Handler) -> None:
        def give_up(reason: Reason) -> None:
            log.error("work_is_stuck", task=task.id, subject=task.subject, reason=reason.value)
            if self._abandon is not None:
                try:
                    self._settle(task, handler, Cancelled(), reason)
                finally:
                    self._abandon()

        watch = Watch(
            self._queue,
            task,
            lease_s=self._limits.lease_s,
            time_limit_s=self._limits.time_limit_s,
            grace_s=self._limits.grace_s,
            stop=self._stop,
            on_stuck=give_up,
        )
        began = time.monotonic()
        with watch:
            try:
                handler.run(task, watch.cancel)
            except Exception as error:
                self._settle(task, handler, error, watch.reason())
            else:
                took_s = round(time.monotonic() - began, 3)
                log.info("task_done", task=task.id, name=task.name, subject=task.subject, took_s=took_s)

    def _settle(self, task: Task, handler: Handler, error: Exception, reason: Reason | None) -> None:
        verdict = decide(error, attempt=task.attempt, reason=reason, limits=self._limits)
        about = log.bind(task=task.id, subject=task.subject, attempt=task.attempt)
        if not isinstance(error, ShotprintError):
            about.error("task_broke", exc_info=error)
        match verdict:
            case Drop():
                about.warning("lease_lost")
            case Release(delay_s, count):
                if count:
                    about.warning("task_to_be_retried", delay_s=delay_s, error=str(error))
                self._queue.release(task, delay_s=delay_s, count=count)
            case Fail(reported):
                about.info("task_failed", code=reported.code, message=reported.message)
                handler.fail(task, reported)


def _died(attempts: int) -> InternalError:
    return InternalError(f"The worker process ended unexpectedly while it worked on this, {attempts} times.")
