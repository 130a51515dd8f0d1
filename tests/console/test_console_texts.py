"""Libraries of texts: made, looked at, and what a text copies, passage by passage."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from pypdf import PdfReader
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
        *(f"{job}/matches/1/export?as={form}" for form in ("json", "csv", "html", "pdf")),
    ):  # fmt: skip
        assert ada.get(path).status_code == 200, path
    assert ada.get(f"{job}/matches/1/picture?side=query&at=0").status_code == 404


def test_a_library_of_texts_is_made(app: App, ada: Browser, mine: Account) -> None:
    page = "/console/libraries"
    ada.post(page, {"name": "books", "kind": "text"}, page=page)
    (made,) = (one for one in app.libraries.list(mine.id) if one.name == "books")
    assert made.modality is Modality.TEXT
    answer = ada.post(page, {"name": "smells", "kind": "smell"}, page=page)
    assert answer.status_code == 400
    assert "There are no libraries of" in answer.text


def test_passages_stand_side_by_side(app: App, ada: Browser, books: Library) -> None:
    done(app, books, "book.txt", BOOK, SaveType.ONLYSAVE)
    job_id = done(app, books, "copy.txt", words(2, 60) + BOOK[500:900], SaveType.NOSAVE)
    (match,) = app.jobs.one(books.account_id, job_id).matches
    passages = match.segments[0].passages
    assert passages is not None
    page = ada.get(f"/console/tasks/{job_id}/matches/1").text
    assert page.count(BOOK[600:700]) == 2
    start, end = passages.reference_span
    assert f"characters {start} – {end}" in page
    assert "<video" not in page
    assert "<img" not in page.split("<main")[1]
    assert f"characters {start} – {end}" in ada.get(f"/console/tasks/{job_id}").text


def test_what_a_text_says_is_text(app: App, ada: Browser, books: Library) -> None:
    wild = BOOK[:300] + " <script>alert(1)</script> " + BOOK[300:600]
    done(app, books, "book.txt", wild, SaveType.ONLYSAVE)
    job_id = done(app, books, "copy.txt", wild, SaveType.NOSAVE)
    for path in ("", "/export?as=html"):
        page = ada.get(f"/console/tasks/{job_id}/matches/1{path}").text
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page


def test_passages_are_kept(app: App, ada: Browser, books: Library) -> None:
    done(app, books, "book.txt", BOOK, SaveType.ONLYSAVE)
    job_id = done(app, books, "copy.txt", BOOK[500:900], SaveType.NOSAVE)
    export = f"/console/tasks/{job_id}/matches/1/export?as="
    (line,) = csv.DictReader(io.StringIO(ada.get(export + "csv").text))
    assert line["query_span"] == "0 400"
    assert line["reference_span"] == "500 900"
    (segment,) = json.loads(ada.get(export + "json").text)["segments"]
    assert segment["passages"]["reference_text"] == BOOK[500:900]
    pages = PdfReader(io.BytesIO(ada.get(export + "pdf").content)).pages
    assert "500 – 900" in " ".join(page.extract_text() for page in pages)
