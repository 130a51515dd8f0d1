"""The documentation as pages, for whoever has the server and not the repository. Nobody need sign in to read it.

The texts are ``docs/`` of the repository, which ``shotprint/docs`` is a link to; what is installed has copies there.
They are ours, and rendered as if they were not: HTML in them is text.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup
from starlette.responses import Response

from shotprint.console.call import ROOT as CONSOLE
from shotprint.console.call import Call
from shotprint.errors import NotFound

__all__ = ["Document", "Section", "documents", "find", "image", "index", "show"]

ROOT = Path(__file__).parent.parent / "docs"
GROUPS = {"": "Start", "howto": "How to", "reference": "Reference", "why": "Why it is so"}
"""Folders, and what their pages are."""

MOST_FOUND = 60
SNIPPET_CHARS = 220

_COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)
_NO_WORD = re.compile(r"[^\w\- ]")
_IMAGES = {".jpg": "image/jpeg", ".png": "image/png"}  # no kind that could hold a script


@dataclass(frozen=True)
class Section:
    """What is below one heading.

    Attributes
    ----------
    anchor : of the heading, without the ``#``.
    text : all words, the heading's too.
    """

    anchor: str
    title: str
    level: int
    text: str


@dataclass(frozen=True)
class Document:
    """A page.

    Attributes
    ----------
    name : its path below ``docs``, without the ending: ``howto/serve``.
    links : where its links to other documents lead: name and anchor, "" without one.
    """

    name: str
    title: str
    html: Markup
    sections: tuple[Section, ...]
    links: tuple[tuple[str, str], ...]

    @property
    def folder(self) -> str:
        return self.name.rpartition("/")[0]


@dataclass(frozen=True)
class Found:
    """A section that a search found, and the words around."""

    document: Document
    section: Section
    snippet: str


def index(call: Call) -> Response:
    """All pages, or the sections that have the words asked for."""
    query = call.query.get("q", "").strip()
    groups = {
        title: [one for one in documents().values() if one.folder == folder]
        for folder, title in GROUPS.items()
    }
    return call.page("docs.html", query=query, found=find(query) if query else [], groups=groups)


def show(call: Call) -> Response:
    document = documents().get(call.path["name"])
    if document is None:
        raise NotFound("The documentation has no such page")
    headings = [section for section in document.sections if section.level == 2]
    return call.page("doc.html", document=document, headings=headings, group=GROUPS[document.folder])


def image(call: Call) -> Response:
    path = ROOT / "images" / Path(call.path["name"]).name
    if path.suffix not in _IMAGES or not path.is_file():
        raise NotFound("The documentation has no such picture")
    headers = {"cache-control": "public, max-age=3600"}
    return Response(path.read_bytes(), media_type=_IMAGES[path.suffix], headers=headers)


@cache
def documents() -> Mapping[str, Document]:
    """Every page by its name, in the order of `GROUPS` and of names."""
    names = sorted(
        (path.relative_to(ROOT).with_suffix("").as_posix() for path in ROOT.rglob("*.md")),
        key=lambda name: (list(GROUPS).index(name.rpartition("/")[0]), name != "quickstart", name),
    )
    return {name: _document(name, (ROOT / f"{name}.md").read_text(encoding="utf-8")) for name in names}


def find(query: str) -> list[Found]:
    """The sections that have words which begin so, each of them; those that have them in their heading first."""
    words = [re.compile(rf"(?<!\w){re.escape(word)}", re.IGNORECASE) for word in query.split()]
    found = [
        Found(document, section, _snippet(section.text, words))
        for document in documents().values()
        for section in document.sections
        if all(word.search(section.text) for word in words)
    ]
    found.sort(key=lambda one: not all(word.search(one.section.title) for word in words))
    return found[:MOST_FOUND]


def _document(name: str, text: str) -> Document:
    reader = _reader()
    tokens = reader.parse(_COMMENT.sub("", text))
    links = [link for token in tokens for link in _lead(name, token)]
    sections = list(_sections(tokens))
    html = Markup(reader.renderer.render(tokens, reader.options, {}))  # noqa: S704 - what renders escapes
    return Document(name, sections[0].title if sections else name, html, tuple(sections), tuple(links))


@cache
def _reader() -> MarkdownIt:
    """HTML in texts is text. What may be too wide scrolls by itself, also with the keyboard."""
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    for kind in ("fence", "code_block"):
        reader.add_render_rule(kind, _code)
    reader.add_render_rule(
        "table_open", lambda *_: '<div class="wide" role="group" aria-label="Table" tabindex="0"><table>\n'
    )
    reader.add_render_rule("table_close", lambda *_: "</table></div>\n")
    return reader


def _code(_renderer: object, tokens: Sequence[Token], place: int, *_: object) -> str:
    return Markup('<pre tabindex="0"><code>{}</code></pre>\n').format(tokens[place].content)


def _sections(tokens: list[Token]) -> Iterator[Section]:
    """The sections, whose headings get anchors; and tables lose styles that stand in the page."""
    anchors: dict[str, int] = {}
    head = Section("", "", 0, "")
    words: list[str] = []
    for token, following in zip(tokens, [*tokens[1:], None], strict=True):
        if token.type == "heading_open" and following is not None:
            if head.anchor:
                yield Section(head.anchor, head.title, head.level, "\n".join(words))
            title = _words(following)
            anchor = _NO_WORD.sub("", title.casefold()).replace(" ", "-")
            anchors[anchor] = anchors.get(anchor, -1) + 1
            anchor += f"-{anchors[anchor]}" if anchors[anchor] else ""
            token.attrSet("id", anchor)
            head, words = Section(anchor, title, int(token.tag[1:]), ""), []
        elif token.type in ("th_open", "td_open") and "right" in str(token.attrs.pop("style", "")):
            token.attrSet("class", "number")
        elif token.type == "inline":
            words.append(_words(token))
        elif token.type in ("fence", "code_block"):
            words.append(token.content)
    if head.anchor:
        yield Section(head.anchor, head.title, head.level, "\n".join(words))


def _words(inline: Token) -> str:
    return "".join(" " if child.type == "softbreak" else child.content for child in inline.children or ())


def _lead(name: str, inline: Token) -> Iterator[tuple[str, str]]:
    """Make links and pictures lead to our pages; what is not here is no link. Tells which documents are linked."""
    opened: list[Token] = []
    for token in inline.children or ():
        if token.type == "image":
            token.attrSet("src", f"{CONSOLE}/docs/images/{posixpath.basename(str(token.attrs['src']))}")
            token.attrSet("loading", "lazy")
        elif token.type == "link_open":
            opened.append(token)
            href = str(token.attrs["href"])
            path, _, anchor = href.partition("#")
            if "://" in path:
                token.attrSet("rel", "noreferrer")
                continue
            target = (
                posixpath.normpath(posixpath.join(posixpath.dirname(name), path)) if path else f"{name}.md"
            )
            if target.startswith("..") or not (ROOT / target).is_file() or not target.endswith(".md"):
                token.tag, token.attrs = "span", {}
                continue
            target = target.removesuffix(".md")
            token.attrSet("href", f"{CONSOLE}/docs/{target}" + (f"#{anchor}" if anchor else ""))
            yield target, anchor
        elif token.type == "link_close":
            token.tag = opened.pop().tag


def _snippet(text: str, words: list[re.Pattern[str]]) -> str:
    """Some words of the text around the first one that was asked for."""
    flat = " ".join(text.split())
    places = [found.start() for word in words if (found := word.search(flat))]
    start = max(0, min(places, default=0) - SNIPPET_CHARS // 3)
    part = flat[start : start + SNIPPET_CHARS]
    return ("…" if start else "") + part + ("…" if start + SNIPPET_CHARS < len(flat) else "")
