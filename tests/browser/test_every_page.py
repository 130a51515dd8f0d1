"""What holds of every page: no barriers, nothing from elsewhere, nothing that the policy stops, room on a phone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from support.requirements import missing

from tools.fetch_axe import AXE

pytestmark = pytest.mark.slow

PHONE = {"width": 360, "height": 740}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_there_are_no_barriers(
    console: Any, chromium: Any, open_page: Callable[..., Any], scheme: str
) -> None:
    """axe-core finds nothing serious."""
    if not AXE.exists():
        missing("axe-core is not there; run `python -m tools.fetch_axe`")
    page, stranger = open_page(color_scheme=scheme), chromium.new_page(color_scheme=scheme)
    found = []
    for name, path in {**console.pages, "login": "/login", "enter": "/enter?token=x"}.items():
        page = page if name in console.pages else stranger
        page.goto(console.at(path))
        page.evaluate(AXE.read_text(encoding="utf-8"))
        result = page.evaluate("axe.run({resultTypes: ['violations']})")
        found += [
            f"{name}: {violation['id']} at {node['target']}: {node['failureSummary']}"
            for violation in result["violations"]
            if violation["impact"] in ("serious", "critical")
            for node in violation["nodes"]
        ]
    stranger.close()
    assert found == []


def test_nothing_comes_from_elsewhere_and_nothing_is_stopped(
    console: Any, open_page: Callable[..., Any]
) -> None:
    page = open_page()
    asked, said = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on(
        "console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda error: said.append(str(error)))
    for name, path in console.pages.items():
        if name not in ("not-found", "match-preview"):  # which the browser complains of
            page.goto(console.at(path), wait_until="networkidle")
    assert asked
    assert all(url.startswith((console.url, "data:", "blob:")) for url in asked)
    assert said == []


def test_pages_fit_on_a_phone(console: Any, open_page: Callable[..., Any]) -> None:
    page = open_page(viewport=PHONE, has_touch=True, is_mobile=True)
    wide = {}
    for name, path in console.pages.items():
        page.goto(console.at(path))
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > PHONE["width"]:
            wide[name] = width
    assert wide == {}
