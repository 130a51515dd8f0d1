"""Jobs and libraries of texts on pages that were made for films: nothing fails."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.console_browser import Browser
from support.service_work import work_off
from support.texts import words

from shotprint.service.types import Account, JobRequest, Library, MediaPlace, Modality, SaveType
from shotprint.wiring import App

BOOK = words(1, 600)


@pytest.fixture
def books(app: App, mine: Account) -> Library:
    library = app.libraries.create(mine.id, "books", Modality.TEXT)
    work_off(app)
    return library


def done(app: App, books: Library, name: str, text: str, save_type: SaveType) -> str:
    """A job on such a text, worked off; returns its id."""
    (Path(app.settings.buckets["media"]) / name).write_text(text)
    request = JobRequest(MediaPlace("media", "", name), name, save_type, books.id)
    job = app.jobs.submit(books.account_id, request)
    work_off(app)
    return job.id


def test_pages_of_texts_can_be_looked_at(app: App, ada: Browser, books: Library) -> None:
    stored = done(app, books, "book.txt", BOOK, SaveType.ONLYSAVE)
    asked = done(app, books, "copy.txt", words(2, 60) + BOOK[500:900], SaveType.NOSAVE)
    assert app.jobs.one(books.account_id, asked).matches
    job = f"/console/tasks/{asked}"
    for path in (
        "/console/", "/console/tasks", f"/console/tasks/{stored}", job, "/console/libraries",
        f"/console/libraries/{books.id}", f"{job}/matches/1",
        *(f"{job}/matches/1/export?as={form}" for form in ("json", "csv", "html")),
    ):  # fmt: skip
        assert ada.get(path).status_code == 200, path
    assert ada.get(f"{job}/matches/1/picture?side=query&at=0").status_code == 404
