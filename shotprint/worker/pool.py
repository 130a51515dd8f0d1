"""All the workers of one command: a process for each analysis that may run at once, and threads for light work.

Processes are spawned, never forked: database connections and decoder threads don't survive a fork. A process
that ends is started again, so a file that takes its process with it costs one attempt and not the service.
"""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

import structlog

from shotprint.errors import InternalError
from shotprint.queue.protocol import Lane
from shotprint.service.notifications import Compose
from shotprint.settings import Settings
from shotprint.wiring import App, open_app
from shotprint.worker.child import run_child, worker_name
from shotprint.worker.loop import Handler, Worker
from shotprint.worker.tasks import delivery_handlers, handlers, limits

log = structlog.get_logger(__name__)

MakeHandlers = Callable[[App], Mapping[str, Handler]]

LOOK_S = 0.25  # how late the end of a process may be noticed
SOON_S = 5.0  # a process that ends sooner than this is started again more and more slowly
LONGEST_PAUSE_S = 30.0
DELIVERERS = 4  # threads; each of them may wait for a slow receiver

_spawn = multiprocessing.get_context("spawn")


class WorkerPool:
    """The workers that `settings` ask for.

    Parameters
    ----------
    make_handlers : what to do for which task; called in every process, so it has to be importable.
    compose : writes the text of notifications; without it they are left to others.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        make_handlers: MakeHandlers = handlers,
        compose: Compose | None = None,
    ) -> None:
        self._settings = settings
        self._make_handlers = make_handlers
        self._compose = compose
        self._seats = [_Seat(settings, make_handlers) for _ in range(settings.workers)]
        self._stop = threading.Event()
        self._ready = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="worker-pool", daemon=True)
        self._light: list[threading.Thread] = []
        self._app: App | None = None

    @property
    def pids(self) -> tuple[int, ...]:
        """Process ids of the workers that run at the moment."""
        return tuple(pid for seat in self._seats if (pid := seat.pid) is not None)

    def start(self) -> None:
        """Start everything and return at once."""
        self._app = open_app(self._settings)
        self._app.analysis.indexes.forget_deleted()
        self._light = [self._light_worker(self._app, Lane.UPKEEP, self._make_handlers(self._app))]
        if self._compose is not None:
            delivery = delivery_handlers(self._app, self._compose)
            self._light += [self._light_worker(self._app, Lane.DELIVERY, delivery) for _ in range(DELIVERERS)]
        for thread in self._light:
            thread.start()
        self._keeper.start()

    def wait_ready(self, timeout: float) -> None:
        """Return once every worker takes tasks.

        Raises
        ------
        InternalError
            That took longer than `timeout` seconds; the log says why.
        """
        if not self._ready.wait(timeout):
            raise InternalError(f"The workers were not ready within {timeout:g} seconds; see the log")

    def stop(self, timeout: float = 20.0) -> None:
        """End all workers. Running tasks go back to the queue; what still works after `timeout` seconds is
        killed, and its task goes back when the lease ends. Harmless when nothing was started."""
        self._stop.set()
        ends = time.monotonic() + timeout
        if self._keeper.ident is not None:
            self._keeper.join()
        for seat in self._seats:
            seat.ask_to_end()
        for thread in self._light:
            thread.join(max(0.0, ends - time.monotonic()))
        for seat in self._seats:
            seat.end(max(0.0, ends - time.monotonic()))
        if self._app is not None:
            self._app.close()
            self._app = None

    def _keep(self) -> None:
        while not self._stop.is_set():
            for seat in self._seats:
                try:
                    seat.look()
                except OSError:  # no memory or no file handles for another process right now
                    log.exception("worker_not_started")
            if all(seat.ready for seat in self._seats):
                self._ready.set()
            wait([event for seat in self._seats for event in seat.events()], timeout=LOOK_S)

    def _light_worker(self, app: App, lane: Lane, lane_handlers: Mapping[str, Handler]) -> threading.Thread:
        """A thread that takes the tasks of one lane; not started yet."""
        worker = Worker(
            app.queue,
            lane_handlers,
            limits(self._settings),
            lanes=[lane],
            name=worker_name(lane.value),
            stop=self._stop,
        )
        return threading.Thread(target=worker.run, name=f"worker-{lane.value}", daemon=True)


class _Seat:
    """A place for one process, taken again and again."""

    def __init__(self, settings: Settings, make_handlers: MakeHandlers) -> None:
        self._arguments = (settings, make_handlers)
        self._process: BaseProcess | None = None
        self._news: Connection | None = None  # the child says on it that it is ready
        self._started = 0.0
        self._pause_s = 0.0
        self._not_before = 0.0
        self.ready = False

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    def events(self) -> list[Connection | int]:
        """What becomes readable when there is something to `look` at."""
        if self._process is None:
            return []
        return [self._process.sentinel] + ([] if self._news is None else [self._news])

    def look(self) -> None:
        """Notice that the process is ready or gone; take the place when it is free."""
        if self._news is not None and self._news.poll():
            self._hear(self._news)
        if self._process is not None and not self._process.is_alive():
            self._leave(self._process)
        if self._process is None and time.monotonic() >= self._not_before:
            self._take()

    def ask_to_end(self) -> None:
        if self._process is not None:
            self._process.terminate()

    def end(self, timeout: float) -> None:
        """Wait for the end of the process, and enforce it after `timeout` seconds."""
        if self._process is None:
            return
        self._process.join(timeout)
        if self._process.is_alive():
            log.warning("worker_killed", pid=self._process.pid)
            self._process.kill()
            self._process.join()
        self._forget()

    def _take(self) -> None:
        news, childs_end = _spawn.Pipe(duplex=False)
        process = _spawn.Process(target=run_child, args=(*self._arguments, childs_end), daemon=True)
        process.start()
        childs_end.close()
        self._process, self._news, self._started = process, news, time.monotonic()

    def _hear(self, news: Connection) -> None:
        try:
            self.ready = news.recv_bytes() == b"ready"
            self._pause_s = 0.0
        except EOFError:  # it ended before it was ready
            pass
        news.close()
        self._news = None

    def _leave(self, process: BaseProcess) -> None:
        lived_s = time.monotonic() - self._started
        log.error("worker_ended", pid=process.pid, exit_code=process.exitcode, lived_s=round(lived_s, 1))
        if lived_s < SOON_S:
            self._pause_s = min(max(0.5, self._pause_s * 2), LONGEST_PAUSE_S)
        else:
            self._pause_s = 0.0
        self._not_before = time.monotonic() + self._pause_s
        self._forget()

    def _forget(self) -> None:
        if self._process is not None:
            self._process.close()
        if self._news is not None:
            self._news.close()
        self._process = self._news = None
        self.ready = False
