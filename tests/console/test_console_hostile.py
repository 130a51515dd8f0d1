"""Whatever names, keys and texts are, every page shows them as text."""

from __future__ import annotations

import csv
import io
import json
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote

import pytest
from starlette.types import ASGIApp
from support.console_browser import Browser, signed_in
from support.console_things import Things, fill

from shotprint.console.app import pages
from shotprint.service.types import Account
from shotprint.wiring import App

SCRIPT = "<script>alert(1)</script>"
QUOTES = "\"'><img src=x onerror=alert(1)> ' onfocus=alert(1) `${1}` {{ 7*7 }} {% raw %}"
RTL = "a\N{RIGHT-TO-LEFT OVERRIDE}4pm.exe\N{ARABIC LETTER ALEF}"
EMOJI = "\N{FACE WITH TEARS OF JOY}\N{MATHEMATICAL BOLD SCRIPT CAPITAL A}"

TAGS = {
    "a", "article", "aside", "b", "bdi", "body", "button", "code", "datalist", "dd", "details", "div", "dl", "dt",
    "fieldset", "figcaption", "figure", "form", "g", "h1", "h2", "h3", "head", "header", "html", "image", "img",
    "input", "label", "legend", "li", "line", "link", "main", "meta", "nav", "noscript", "ol", "option", "output", "p",
    "path", "pre", "progress", "rect", "script", "section", "select", "small", "span", "strong", "summary", "svg",
    "table", "tbody", "td", "template", "text", "textarea", "th", "thead", "time", "title", "tr", "ul", "video",
}  # fmt: skip
"""Everything that our templates have."""


class Reader(HTMLParser):
    """Collects what a browser would act on."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.scripts: list[str | None] = []
        self.sources: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag == "script":
            self.scripts.append(dict(attrs).get("src"))
        self.sources += [value or "" for name, value in attrs if name in ("src", "href", "action", "hx-get")]

    def handle_data(self, data: str) -> None:
        self.text += data


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    reader.close()
    return reader


ADDRESSES = ("/console", "#", "?", "data:image/png;base64,")


@pytest.fixture(
    params=[SCRIPT, QUOTES, RTL, EMOJI, "n" * 2000], ids=["script", "quotes", "rtl", "emoji", "long"]
)
def hostile(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def things(app: App, mine: Account, hostile: str) -> Things:
    printable = "".join(letter for letter in hostile if letter.isprintable()).strip()[:128]
    media = Path(app.settings.buckets["media"])
    name = hostile.replace("/", "")[:50]
    (media / name).write_bytes(b"film")
    (media / f"{name} folder").mkdir()
    return fill(app, mine, printable, hostile * 2, hostile)


def test_every_page_shows_it_as_text(
    app: App, site: ASGIApp, mine: Account, things: Things, hostile: str
) -> None:
    ada = signed_in(site, app, mine)
    for name, path in things.pages().items():
        response = ada.get(f"/console{path}")
        assert response.status_code == 200, name
        reader = read(response.text)
        assert reader.tags <= TAGS, (name, reader.tags - TAGS)
        assert not [attribute for attribute in reader.attributes if attribute.startswith("on")], name
        assert "style" not in reader.attributes, name
        assert all(source and source.startswith("/console/static/") for source in reader.scripts), name
        assert all(source.startswith(ADDRESSES) for source in reader.sources), name


def test_a_match_that_is_kept_as_a_page_shows_it_as_text(ada: Browser, things: Things, hostile: str) -> None:
    for task in (f"/tasks/{things.found}", f"/tasks/comparisons/{things.compared}"):
        answer = ada.get(f"/console{task}/matches/1/export?as=html")
        assert answer.headers["content-disposition"].startswith("attachment")
        reader = read(answer.text)
        assert reader.tags <= TAGS | {"style"}
        assert reader.scripts == []
        assert not [attribute for attribute in reader.attributes if attribute.startswith("on")]
        assert all(source.startswith("data:") for source in reader.sources)
        assert "url(" not in answer.text.partition("</style>")[0]


def test_a_match_that_is_kept_as_json_or_csv_has_it_whole(ada: Browser, things: Things, hostile: str) -> None:
    page = f"/console/tasks/{things.found}/matches/1/export"
    told = json.loads(ada.get(f"{page}?as=json").text)
    assert told["query"]["key"] == told["reference"]["key"] == hostile
    assert told["verdicts"][0]["by"] == things.library.name
    lines = list(csv.DictReader(io.StringIO(ada.get(f"{page}?as=csv").text)))
    assert [line["reference"] for line in lines] == [hostile] * 2


def test_every_page_is_visited(things: Things) -> None:
    """What is added to the table of pages is added to those that are visited here."""
    visited = {path.partition("?")[0] for path in things.pages().values()}
    ids = sorted({text for text in vars(things).values() if isinstance(text, str)} | {things.library.id, "1"})
    shown = {page.path for page in pages() if not page.changes and not page.media} - {
        "/login", "/enter", "/uploads/{id}", "/tasks/imports/{id}/result",
        "/docs/images/{name}", "/docs/{name:path}", "/libraries/{id}/files/{file}/picture",
    }  # fmt: skip
    for page in shown:
        matching = [
            path
            for path in visited
            if len(path.split("/")) == len(page.split("/"))
            and all(
                ours == theirs or (theirs.startswith("{") and ours in ids)
                for ours, theirs in zip(path.split("/"), page.split("/"), strict=True)
            )
        ]
        assert matching, page


@pytest.mark.parametrize(
    "path",
    [
        "/tasks?q={}", "/libraries?x={}", "/login?next={}", "/enter?token={}", "/{}", "/tasks/{}", "/libraries/{}",
        "/tasks/new?bucket={}", "/tasks/new?library={}", "/tasks?from={}",
    ],
)  # fmt: skip
def test_what_stands_in_the_address_is_text(ada: Browser, path: str) -> None:
    for hostile in (SCRIPT, QUOTES, RTL, EMOJI):
        reader = read(ada.get("/console" + path.format(quote(hostile, safe=""))).text)
        assert reader.tags <= TAGS
        assert not [attribute for attribute in reader.attributes if attribute.startswith("on")]
        assert all(source and source.startswith("/console/static/") for source in reader.scripts)
