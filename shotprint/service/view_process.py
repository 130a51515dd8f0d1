"""A process that decodes what people look at. A file that never ends to be decoded, or takes the decoder with it, ends
this process and nothing else.

Its own alarm ends it, which needs no code of ours to run: a decoder that is stuck answers nobody.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

import structlog

from shotprint.blobs.buckets import Buckets
from shotprint.engine.types import Progress
from shotprint.errors import InternalError, MediaTooSlow, MediaUnreadable, ShotprintError
from shotprint.service.view_orders import Order

log = structlog.get_logger(__name__)

NICENESS = 5  # after the API, before analyses
MOST_MEMORY = 8 * 2**30  # bytes of addresses; the largest pictures that are read need half of it
PATIENCE = 4.0  # files may come from far away, and other work goes on beside
GRACE_S = 5.0  # after the alarm should have ended the process
START_S = 60.0  # for the process to be there

_STEP = 0.02  # of the progress that is told

_READY = "ready"

_spawn = multiprocessing.get_context("spawn")


@dataclass(frozen=True)
class _Failed:
    """An error as it travels between processes."""

    kind: type[ShotprintError]
    message: str


class ViewProcess:
    """The process, started when there is something to do, and again after it ended. For one thread at a time, but
    `close` may come from another.

    Parameters
    ----------
    places : bucket name → fsspec URL, or directory.
    max_bytes : larger objects are refused.
    """

    def __init__(self, places: Mapping[str, str], *, max_bytes: int) -> None:
        self._arguments = (dict(places), max_bytes)
        self._process: BaseProcess | None = None
        self._line: Connection | None = None
        self._over = False
        self._lock = threading.Lock()

    def carry_out(self, order: Order, *, limit_s: float, progress: Progress) -> bytes:
        """What was ordered.

        Parameters
        ----------
        limit_s : of processor time; `PATIENCE` times as long by the clock.

        Raises
        ------
        MediaTooSlow
            The process ended over it.
        MediaError, TemporaryError, InternalError
        """
        try:
            line = self._started()
            line.send((order, limit_s))
            while line.poll(limit_s * PATIENCE + GRACE_S):
                answer = line.recv()
                if isinstance(answer, bytes):
                    return answer
                if isinstance(answer, _Failed):
                    raise answer.kind(answer.message)
                progress(float(answer))
        except (EOFError, OSError):
            pass
        if not self._over:
            log.warning("view_process_ended", place=order.place, kind=type(order).__name__)
        self._end()
        raise MediaTooSlow

    def close(self) -> None:
        """End the process, and let there be no other."""
        self._over = True
        self._end()

    def _end(self) -> None:
        with self._lock:
            process, line, self._process, self._line = self._process, self._line, None, None
            if process is not None:
                process.kill()
                process.join()
                process.close()
            if line is not None:
                line.close()

    def _started(self) -> Connection:
        """The line to the process that runs; EOFError when there shall be none."""
        with self._lock:
            if self._over:
                raise EOFError
            if self._line is None:
                ours, theirs = _spawn.Pipe()
                self._process = _spawn.Process(
                    target=_serve, args=(theirs, *self._arguments), name="views", daemon=True
                )
                self._process.start()
                theirs.close()
                self._line = ours
                if not ours.poll(START_S) or ours.recv() != _READY:
                    raise EOFError
            return self._line


def _serve(line: Connection, places: Mapping[str, str], max_bytes: int) -> None:
    """Carry out orders until nobody is there any more to give some."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of the keyboard; whoever started us ends us
    for alarm in (signal.SIGALRM, signal.SIGPROF):
        signal.signal(alarm, signal.SIG_DFL)  # which ends the process
    os.nice(NICENESS)
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    buckets = Buckets(places, max_bytes=max_bytes)
    line.send(_READY)
    while True:
        try:
            order, limit_s = line.recv()
        except (EOFError, OSError):
            return
        _set_alarms(limit_s)
        answer = _carried_out(order, buckets, line)
        _set_alarms(0)
        try:
            line.send(answer)
        except OSError:
            return


def _set_alarms(limit_s: float) -> None:
    """End this process after so much time; 0 takes that back."""
    signal.setitimer(signal.ITIMER_PROF, limit_s)
    signal.setitimer(signal.ITIMER_REAL, limit_s * PATIENCE)


def _carried_out(order: Order, buckets: Buckets, line: Connection) -> bytes | _Failed:
    told = 0.0

    def tell(share: float) -> None:
        nonlocal told
        if share >= told + _STEP:
            told = share
            line.send(share)

    try:
        return order.carry_out(buckets, tell)
    except ShotprintError as error:
        return _Failed(type(error), error.message)
    except MemoryError:
        return _Failed(MediaUnreadable, "The file takes too much memory to be decoded.")
    except Exception:
        log.exception("view_broke", place=order.place)
        return _Failed(InternalError, "It could not be decoded, and that is our fault.")
