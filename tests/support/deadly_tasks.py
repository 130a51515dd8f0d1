"""Handlers for real worker processes that do to themselves what bad media may do to them."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping

from shotprint.engine.types import Cancel
from shotprint.errors import ShotprintError
from shotprint.queue.protocol import Task
from shotprint.service import jobs
from shotprint.wiring import App
from shotprint.worker.loop import Handler
from shotprint.worker.tasks import handlers

DEADLY = "deadly.mp4"
SLOW = "slow.mp4"


def make_handlers(app: App) -> Mapping[str, Handler]:
    """The real ones, but jobs for `DEADLY` end their process, and those for `SLOW` wait to be cancelled."""
    return {**handlers(app), jobs.ANALYSE: Deadly(app)}


class Deadly:
    """Writes the id of each process that runs a special job as a line of DATA/runs."""

    def __init__(self, app: App) -> None:
        self._app = app

    def run(self, task: Task, cancel: Cancel) -> None:
        with self._app.database.reads() as session:
            name = jobs.load(session, task.subject).request.place.object
        if name in (DEADLY, SLOW):
            with (self._app.settings.data / "runs").open("a") as runs:
                runs.write(f"{os.getpid()}\n")
        if name == DEADLY:
            os._exit(1)
        while name == SLOW and not cancel():
            time.sleep(0.02)
        self._app.analysis.run(task, cancel)

    def fail(self, task: Task, error: ShotprintError) -> None:
        self._app.analysis.fail(task, error)
