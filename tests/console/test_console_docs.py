"""The documentation as pages: read by anybody, searched, its HTML text, its links whole."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from support.console_browser import Browser

from shotprint.console import docs
from shotprint.console.docs import documents, find

REPOSITORY = Path(__file__).resolve().parent.parent.parent
DOCS = REPOSITORY / "docs"


def test_every_document_is_a_page_that_nobody_need_sign_in_for(nobody: Browser) -> None:
    names = [path.relative_to(DOCS).with_suffix("").as_posix() for path in DOCS.rglob("*.md")]
    assert sorted(documents()) == sorted(names)
    index = nobody.get("/console/docs").text
    for name in names:
        assert f'href="/console/docs/{name}"' in index
        page = nobody.get(f"/console/docs/{name}")
        assert page.status_code == 200
        title = (DOCS / f"{name}.md").read_text(encoding="utf-8").partition("# ")[2].partition("\n")[0]
        assert f"<title>{title} · shotprint</title>" in page.text
        assert "style=" not in page.text


def test_links_lead_to_pages_and_headings_that_there_are() -> None:
    links = [link for document in documents().values() for link in document.links]
    assert len(links) > 5
    for name, anchor in links:
        assert name in documents()
        assert not anchor or anchor in {section.anchor for section in documents()[name].sections}


def test_words_find_sections(nobody: Browser) -> None:
    best = find("api explorer")[0]
    assert (best.document.name, best.section.anchor) == ("console", "the-api-explorer")
    assert all("argon2id" in one.section.text for one in find("argon2id"))
    assert find("argon2id no-such-word") == []
    assert find("deblock")
    assert not {one.section for one in find("eblock")}  # words, not parts of them
    text = nobody.get("/console/docs?q=api+explorer").text
    assert 'href="/console/docs/console#the-api-explorer"' in text
    assert "<script>alert" not in nobody.get("/console/docs?q=%3Cscript%3Ealert(1)").text
    assert "Nothing has all these words" in nobody.get("/console/docs?q=%22%3E%28%5B").text


def test_what_is_no_document_is_not_there(nobody: Browser) -> None:
    for name in ("nothing", "../../shotprint/errors", "images", "howto", "console.md", "howto/../../README"):
        assert nobody.get(f"/console/docs/{name}").status_code == 404
    for name in ("nothing.jpg", "..%2Fconsole.md", "%2Fetc%2Fpasswd", "match.svg"):
        assert nobody.get(f"/console/docs/images/{name}").status_code == 404
    picture = nobody.get("/console/docs/images/match.jpg")
    assert (picture.headers["content-type"], picture.content[:2]) == ("image/jpeg", b"\xff\xd8")


def test_html_and_foreign_links_in_a_text_are_no_more_than_text() -> None:
    text = (
        "# <b>Title</b>\n\n<script>alert(1)</script>\n\n[a](javascript:alert(1)) [b](../README.md)"
        " [c](https://example.com/) [d](serve.md#ports) ![e](https://example.com/x.jpg)\n\n"
        "| a |\n|--:|\n| `<i>` |\n\n```sh\n<i>&amp;\n```\n\n    <i>indented\n"
    )
    document = docs._document("howto/x", text)
    assert document.title == "<b>Title</b>"
    for unwanted in ("<script", "<b>", "<i>", 'javascript:alert(1)"', "README", "style="):
        assert unwanted not in document.html
    assert 'src="/console/docs/images/x.jpg"' in document.html
    assert 'href="https://example.com/" rel="noreferrer"' in document.html
    assert 'href="/console/docs/howto/serve#ports"' in document.html
    assert '<td class="number">' in document.html
    assert '<pre tabindex="0"><code>&lt;i&gt;&amp;amp;\n</code></pre>' in document.html
    assert '<pre tabindex="0"><code>&lt;i&gt;indented\n</code></pre>' in document.html


@pytest.mark.slow
def test_what_is_installed_has_the_documents(tmp_path: Path) -> None:
    """A wheel, built and used away from the repository."""
    source = tmp_path / "source"
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        source.mkdir(exist_ok=True)
        shutil.copy(REPOSITORY / name, source)
    for name in ("shotprint", "docs"):
        shutil.copytree(
            REPOSITORY / name, source / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__")
        )
    assert (source / "shotprint" / "docs").is_symlink()
    wheels = tmp_path / "wheels"
    build = [sys.executable, "-m", "pip", "wheel", "-q", "--disable-pip-version-check", "--no-deps"]
    subprocess.run(
        [*build, "--no-build-isolation", "--wheel-dir", str(wheels), str(source)], check=True, timeout=300
    )
    (wheel,) = wheels.glob("*.whl")
    installed = tmp_path / "installed"
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(installed)
    program = (
        "import shotprint.console.docs as docs\n"
        "print(docs.__file__)\n"
        "print(*sorted(docs.documents()))\n"
        "print((docs.ROOT / 'images' / 'match.jpg').stat().st_size)\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env={"PYTHONPATH": str(installed)}, check=True,
        capture_output=True, text=True, timeout=120,
    ).stdout.splitlines()  # fmt: skip
    assert Path(told[0]).is_relative_to(installed)
    assert told[1].split() == sorted(documents())
    assert int(told[2]) == (DOCS / "images" / "match.jpg").stat().st_size
