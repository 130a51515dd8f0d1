"""Every list of an account: page after page each thing once and in order, from nobody else's token on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from support.service_work import store_print

from shotprint.errors import InvalidValue, OutOfRange
from shotprint.service.notifications import announce
from shotprint.service.types import (
    Account,
    ComparisonRequest,
    DeletionKind,
    Ended,
    FileFilter,
    ImportRequest,
    JobFilter,
    JobRequest,
    JobState,
    MediaPlace,
    NotificationFilter,
    Page,
    SaveType,
    Subject,
)
from shotprint.wiring import App

COUNT = 5
PLACE = MediaPlace("media", "", "one.mp4")


@dataclass(frozen=True)
class Filled:
    """An account with `COUNT` things in each list."""

    app: App
    account: Account
    library_id: str


@pytest.fixture
def fill(app: App) -> Callable[[str], Filled]:
    def fill(name: str) -> Filled:
        account = app.accounts.create(name)
        pipeline = app.pipelines.create(account.id, "pipeline", target="amqp://192.0.2.1/?queue=ends")
        libraries = [app.libraries.create(account.id, f"library {number}").id for number in range(COUNT)]
        for number, library_id in enumerate(libraries):
            app.jobs.submit(account.id, JobRequest(PLACE, "key", SaveType.SAVE, library_id))
            app.imports.submit(account.id, ImportRequest(library_id, PLACE, SaveType.SAVE))
            app.deletions.delete_files(account.id, library_id, primary_keys=["key"])
            app.deletions.delete_library(account.id, library_id, DeletionKind.PURGE)
            app.comparisons.submit(account.id, ComparisonRequest(PLACE, PLACE))
            app.audit.record(account.id, "somebody", "some.thing", str(number))
            store_print(app, libraries[0], f"file {number}", 1)
            ended = Ended(Subject.ANALYSIS, f"{number:032x}", JobState.FAILED)
            with app.database.sessions.begin() as session:
                announce(session, app.queue, ended, account_id=account.id, pipeline_id=pipeline.id)
        return Filled(app, account, libraries[0])

    return fill


def list_page(filled: Filled, name: str, token: str | None, size: int) -> Page[Any]:
    app, account_id = filled.app, filled.account.id
    pages: dict[str, Callable[[], Page[Any]]] = {
        "jobs": lambda: app.jobs.page(account_id, JobFilter(), token, size),
        "job lines": lambda: app.job_lines.page(account_id, JobFilter(), token, size),
        "imports": lambda: app.imports.page(account_id, token, size),
        "deletions of files": lambda: app.deletions.file_page(account_id, token, size),
        "deletions of libraries": lambda: app.deletions.library_page(account_id, token, size),
        "comparisons": lambda: app.comparisons.page(account_id, token, size),
        "libraries": lambda: app.libraries.page(account_id, token, size),
        "audit log": lambda: app.audit.page(account_id, token, size),
        "notifications": lambda: app.notifications.page(account_id, NotificationFilter(), token, size),
        "files": lambda: app.files.page(account_id, filled.library_id, FileFilter(), token, size),
        "newest files": lambda: app.files.newest(account_id, filled.library_id, FileFilter(), token, size),
    }
    return pages[name]()


LISTS = [
    "jobs", "job lines", "imports", "deletions of files", "deletions of libraries", "comparisons",
    "libraries", "audit log", "notifications", "files", "newest files",
]  # fmt: skip
OLDEST_FIRST = ("libraries", "files")


@pytest.mark.parametrize("name", LISTS)
def test_pages_have_everything_once_and_in_order(fill: Callable[[str], Filled], name: str) -> None:
    filled = fill("mine")
    items, token = [], None
    while True:
        page = list_page(filled, name, token, 2)
        items += page.items
        token = page.next_token
        if token is None:
            break
        assert len(page.items) == 2
        assert token == page.items[-1].id
    assert tuple(items) == list_page(filled, name, None, 100).items
    assert len({one.id for one in items}) == COUNT
    moments = [
        one.stored if "files" in name.split() and "deletions" not in name else one.created for one in items
    ]
    assert moments == sorted(moments, reverse=name not in OLDEST_FIRST)


@pytest.mark.parametrize("name", LISTS)
def test_a_token_is_one_that_was_given_out(fill: Callable[[str], Filled], name: str) -> None:
    mine, theirs = fill("mine"), fill("theirs")
    for token in ("", "\0", "x" * 32, "0" * 32, list_page(theirs, name, None, 2).items[0].id):
        with pytest.raises(InvalidValue):
            list_page(mine, name, token, 2)
    for size in (0, 1001):
        with pytest.raises(OutOfRange):
            list_page(mine, name, None, size)
