"""One process of the pool, seen from inside."""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from multiprocessing.connection import Connection, wait

import cv2
import structlog

from shotprint import logs
from shotprint.errors import InternalError
from shotprint.queue.protocol import Lane
from shotprint.settings import Settings
from shotprint.wiring import App, open_app
from shotprint.worker.loop import Handler, Worker
from shotprint.worker.tasks import limits

log = structlog.get_logger(__name__)

GAVE_UP = 70  # exit code of a worker whose work did not react to being cancelled
LEFT_ALONE = 71  # exit code of a worker whose parent is gone
NICENESS = 10  # the API, which somebody waits for, comes before analyses, which take the time that is left
LEFT_ALONE_S = 5.0  # how long a worker may tidy up after its parent is gone


def run_child(
    settings: Settings, make_handlers: Callable[[App], Mapping[str, Handler]], news: Connection
) -> None:
    """Take analysis tasks until SIGTERM, or until the parent is gone; says "ready" on `news` first.

    An interrupt from the keyboard goes to the whole process group; the parent answers it.
    """
    stop = threading.Event()
    _end_on_sigterm_or_alone(stop)
    os.nice(NICENESS)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logs.configure(settings.log_level, settings.log_format)
    threads = cpu_share(settings.workers)
    cv2.setNumThreads(threads)
    app = open_app(settings, threads=threads)
    try:
        worker = Worker(
            app.queue,
            make_handlers(app),
            limits(settings),
            lanes=[Lane.ANALYSIS],
            name=worker_name("analysis"),
            stop=stop,
            abandon=lambda: os._exit(GAVE_UP),
        )
        with suppress(BrokenPipeError):  # the parent is gone; `stop` will be set
            news.send_bytes(b"ready")
        news.close()
        worker.run()
    finally:
        app.close()


def cpu_share(workers: int) -> int:
    """How many threads one of so many processes may use; they all work at the same time."""
    return max(1, (os.cpu_count() or 1) // workers)


def worker_name(lane: str) -> str:
    """Says in the queue's table and in the log who has a task."""
    return f"{socket.gethostname()}:{os.getpid()}:{lane}"


def _end_on_sigterm_or_alone(stop: threading.Event) -> None:
    """Set `stop` from a thread of its own: a signal handler must not take locks, and it would have to wait
    until the main thread comes back from a long call into a decoder."""
    parent = multiprocessing.parent_process()
    if parent is None:
        raise InternalError("run_child is for processes of a pool")
    woken, wake = socket.socketpair()
    wake.setblocking(False)
    signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
    signal.signal(signal.SIGTERM, lambda _number, _frame: None)  # without a handler nothing is woken
    threading.Thread(
        target=_follow, args=(stop, parent.sentinel, woken, wake), name="worker-end", daemon=True
    ).start()


def _follow(stop: threading.Event, parent: int, woken: socket.socket, _wake: socket.socket) -> None:
    wait([woken, parent])
    stop.set()
    wait([parent])
    time.sleep(LEFT_ALONE_S)
    os._exit(LEFT_ALONE)
