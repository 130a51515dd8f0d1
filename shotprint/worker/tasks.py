"""Which service does which task."""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from shotprint.engine.types import Cancel
from shotprint.errors import LeaseLost, ShotprintError
from shotprint.queue.protocol import Task
from shotprint.service.importing import CodeOf
from shotprint.service.imports import IMPORT
from shotprint.service.jobs import ANALYSE
from shotprint.service.libraries import ACTIVATE
from shotprint.service.notifications import DELIVER, Compose
from shotprint.settings import Settings
from shotprint.wiring import App
from shotprint.worker.loop import Handler, Limits

log = structlog.get_logger(__name__)


def handlers(app: App, code_of: CodeOf = str) -> Mapping[str, Handler]:
    """What to do for which task name; `code_of` says what callers read in the place of our errors' codes."""
    return {
        ANALYSE: app.analysis,
        ACTIVATE: Activation(app),
        IMPORT: app.importing.telling(code_of),
        **app.chores,
    }


def delivery_handlers(app: App, compose: Compose) -> Mapping[str, Handler]:
    """What to do for the tasks of the delivery lane; `compose` writes the messages."""
    return {DELIVER: Delivery(app, compose)}


def limits(settings: Settings) -> Limits:
    """The limits that `settings` put on each task."""
    return Limits(
        lease_s=settings.lease_s, time_limit_s=settings.job_time_limit_s, attempts=settings.job_attempts
    )


class Activation:
    """Makes a new library usable. Harmless when repeated, so it need not be one transaction with the task's
    end."""

    def __init__(self, app: App) -> None:
        self._app = app

    def run(self, task: Task, _cancel: Cancel) -> None:
        self._app.libraries.activate(task.subject)
        with self._app.database.sessions.begin() as session:
            if not self._app.queue.finish(session, task):
                raise LeaseLost

    def fail(self, task: Task, error: ShotprintError) -> None:
        """Try once more: jobs wait for the library, so there is no giving up. When that raises too, the task
        stays in the queue until its lease ends."""
        log.error("library_not_activated", library=task.subject, code=error.code, message=error.message)
        self.run(task, lambda: False)


class Delivery:
    """Brings notifications to their targets. A message that is not taken is no failure of the task: when it is
    sent again is the notification's own matter."""

    def __init__(self, app: App, compose: Compose) -> None:
        self._app = app
        self._compose = compose

    def run(self, task: Task, _cancel: Cancel) -> None:
        self._app.notifications.deliver(task, self._compose)

    def fail(self, task: Task, error: ShotprintError) -> None:
        log.error("delivery_broke", notification=task.subject, code=error.code, message=error.message)
        self._app.notifications.note_failure(task, error)
