"""What people look at of the media that a result is about: pictures, film strips and previews.

They are made in processes of their own, one thing at a time in each, and kept for a while. Each has its time; a file
over which a process ended is left alone for some minutes, and so many orders wait at most. So a hostile file costs the
time of one process now and then, and no page waits for it.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass, field
from pathlib import Path
from queue import LifoQueue

import structlog

from shotprint.errors import InternalError, MediaTooSlow, ShotprintError, TemporaryError
from shotprint.service.types import MediaPlace
from shotprint.service.view_cache import ViewCache
from shotprint.service.view_orders import Order, Picture, Preview, Strip
from shotprint.service.view_process import ViewProcess

log = structlog.get_logger(__name__)

PICTURE_S = 10.0  # of processor time
STRIP_S = 20.0
PREVIEW_S = 120.0
MOST_WAITING = 64  # orders of a kind
WAIT_S = 45.0  # for one's turn and the picture
REFUSED_S = 600.0  # a file over which a process ended
FAILED_S = 60.0  # a preview that could not be made
MOST_PROBLEMS = 1000  # that are remembered


@dataclass(frozen=True)
class Making:
    """A preview that is made, was made, or could not be.

    Attributes
    ----------
    share : of the work that is done, 0 to 1.
    path : where it is.
    problem : why there is none.
    """

    share: float = 0.0
    path: Path | None = None
    problem: str = ""


@dataclass
class _Work:
    """An order that waits or is carried out."""

    done: Future[bytes] = field(default_factory=Future)
    share: float = 0.0

    def progress(self, share: float) -> None:
        self.share = share


_Keep = Callable[[Order, str, "bytes | ShotprintError"], None]
"""Gets an order, its name, and what became of it."""


class Views:
    """Makes and keeps them. May be used by several threads.

    Parameters
    ----------
    places : bucket name → fsspec URL, or directory.
    max_bytes : larger objects are refused.
    cache : where what was made is kept.
    """

    def __init__(self, places: Mapping[str, str], *, max_bytes: int, cache: ViewCache) -> None:
        self._cache = cache
        self._pictures = _Lane("pictures", 2, places, max_bytes)
        self._previews = _Lane("previews", 1, places, max_bytes)
        self._problems = _Problems()

    def picture(self, place: MediaPlace, seconds: float, *, of: str) -> bytes:
        """What is shown at a moment, a JPEG.

        Parameters
        ----------
        of : the task that the file was read for: what was made for one is not shown for another, since there may be
            another file in that place by now.

        Raises
        ------
        MediaError
            It is not there any more, or cannot be read.
        TemporaryError
            Too much is asked for at the moment.
        """
        return self._made(Picture(place, seconds), of, PICTURE_S)

    def strip(self, place: MediaPlace, moments: tuple[float, ...], *, of: str) -> bytes:
        """What is shown at these moments, in a row: a JPEG. See `picture`."""
        return self._made(Strip(place, moments), of, STRIP_S)

    def preview(self, place: MediaPlace, start: float, end: float, *, of: str) -> Making:
        """A small film of a stretch, which is begun with unless it is there. See `picture`.

        Raises
        ------
        TemporaryError
            Too much is asked for at the moment.
        """
        order = Preview(place, start, end)
        name = _name(order, of)
        path = self._cache.find(name)
        if path is not None:
            return Making(1.0, path)
        problem = self._problems.of(name) or self._problems.of(repr(place))
        if problem:
            return Making(problem=problem)
        return Making(self._previews.begin(order, name, PREVIEW_S, self._keep).share)

    def close(self) -> None:
        """End the processes."""
        self._pictures.close()
        self._previews.close()

    def _made(self, order: Order, of: str, limit_s: float) -> bytes:
        name = _name(order, of)
        known = self._cache.get(name)
        if known is not None:
            return known
        if self._problems.of(repr(order.place)):
            raise MediaTooSlow
        work = self._pictures.begin(order, name, limit_s, self._keep)
        try:
            return work.done.result(WAIT_S)
        except FutureTimeout as error:
            raise TemporaryError("Too many pictures are asked for at the moment") from error

    def _keep(self, order: Order, name: str, made: bytes | ShotprintError) -> None:
        if isinstance(made, bytes):
            self._cache.put(name, made)
        elif isinstance(made, MediaTooSlow):
            self._problems.note(repr(order.place), made.message, REFUSED_S)
        elif isinstance(order, Preview):  # nobody waits for it; who asks how it is shall be told
            self._problems.note(name, made.message, FAILED_S)


class _Lane:
    """Orders of one kind, and the processes that carry them out. The same order is carried out once for all who wait
    for it."""

    def __init__(self, name: str, processes: int, places: Mapping[str, str], max_bytes: int) -> None:
        self._threads = ThreadPoolExecutor(processes, thread_name_prefix=f"view-{name}")
        self._processes = [ViewProcess(places, max_bytes=max_bytes) for _ in range(processes)]
        self._free: LifoQueue[ViewProcess] = LifoQueue()  # the last one used is one that runs already
        for process in self._processes:
            self._free.put(process)
        self._works: dict[str, _Work] = {}
        self._lock = threading.Lock()

    def begin(self, order: Order, name: str, limit_s: float, keep: _Keep) -> _Work:
        """The work on an order, begun unless it is under way; TemporaryError when too many wait."""
        with self._lock:
            work = self._works.get(name)
            if work is None:
                if len(self._works) >= MOST_WAITING:
                    raise TemporaryError("Too many pictures are asked for at the moment")
                work = self._works[name] = _Work()
                self._threads.submit(self._do, order, name, limit_s, keep, work)
            return work

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        for process in self._processes:
            process.close()
        self._threads.shutdown()

    def _do(self, order: Order, name: str, limit_s: float, keep: _Keep, work: _Work) -> None:
        process = self._free.get()
        made: bytes | ShotprintError
        try:
            made = process.carry_out(order, limit_s=limit_s, progress=work.progress)
        except ShotprintError as error:
            made = error
        except Exception:
            log.exception("view_not_made", place=order.place)
            made = InternalError()
        finally:
            self._free.put(process)
        try:
            keep(order, name, made)
        except OSError:  # no room on the disk: who waits gets it all the same
            log.exception("view_not_kept", name=name)
            keep(order, name, InternalError("There is no room on the server's disk to keep it"))
        with self._lock:
            del self._works[name]
        if isinstance(made, bytes):
            work.done.set_result(made)
        else:
            work.done.set_exception(made)


class _Problems:
    """What went wrong, for a while."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, tuple[float, str]] = OrderedDict()  # until when, and what
        self._lock = threading.Lock()

    def note(self, name: str, message: str, for_s: float) -> None:
        with self._lock:
            self._known[name] = time.monotonic() + for_s, message
            self._known.move_to_end(name)
            if len(self._known) > MOST_PROBLEMS:
                self._known.popitem(last=False)

    def of(self, name: str) -> str:
        """The message; "" when there is none any more."""
        with self._lock:
            until, message = self._known.get(name, (0.0, ""))
        return message if time.monotonic() < until else ""


def _name(order: Order, of: str) -> str:
    return f"{of} {order!r}"
