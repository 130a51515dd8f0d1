"""Requests that change something come from our pages, and answers say what browsers must not do."""

from __future__ import annotations

import pytest
from starlette.types import ASGIApp
from support.console_browser import HOST, Browser, signed_in

from shotprint.console import tokens
from shotprint.console.app import pages
from shotprint.console.headers import POLICY
from shotprint.service.types import Account
from shotprint.wiring import App

CHANGING = [page for page in pages() if page.changes]


def forged(page: str) -> str:
    return "/console" + page.replace("{", "").replace("}", "")


@pytest.mark.parametrize("page", CHANGING, ids=lambda page: page.path)
def test_a_change_needs_the_forms_token(ada: Browser, page: object) -> None:
    for form in ({}, {"csrf": ""}, {"csrf": "x"}, {"csrf": tokens.masked(b"\0" * 32)}):
        response = ada.send(page.method, forged(page.path), form=form, headers={"origin": HOST})
        assert response.status_code == 403, form
    assert ada.get("/console/").url.path == "/console/"


@pytest.mark.parametrize("page", CHANGING, ids=lambda page: page.path)
@pytest.mark.parametrize(
    "origin", [None, "null", "", "https://evil.example", "http://console.local:8081", "http://["]
)
def test_a_change_needs_our_origin(ada: Browser, page: object, origin: str | None) -> None:
    headers = {} if origin is None else {"origin": origin}
    form = {"csrf": ada.token_on("/console/")}
    response = ada.send(page.method, forged(page.path), form=form, headers=headers)
    assert response.status_code == 403


def test_a_token_of_another_session_proves_nothing(
    app: App, theirs: Account, ada: Browser, site: ASGIApp
) -> None:
    eve = signed_in(site, app, theirs)
    form = {"csrf": eve.token_on("/console/")}
    assert ada.send("POST", "/console/logout", form=form, headers={"origin": HOST}).status_code == 403


def test_a_token_in_htmx_header_counts(ada: Browser) -> None:
    headers = {"origin": HOST, "x-csrf-token": ada.token_on("/console/")}
    assert ada.send("POST", "/console/logout", headers=headers).url.path == "/console/login"


def test_a_token_looks_different_on_every_page(ada: Browser) -> None:
    assert ada.token_on("/console/") != ada.token_on("/console/")


@pytest.mark.parametrize(
    "path",
    [
        "/console/",
        "/console/login",
        "/console/nothing",
        "/console/static/console.css",
        "/console/docs/images/match.jpg",
    ],
)
def test_every_answer_has_the_policy(ada: Browser, path: str) -> None:
    headers = ada.get(path, follow=False).headers
    page = headers.get("content-type", "").startswith("text/html")
    assert headers["content-security-policy"] == (POLICY if page else f"{POLICY}; sandbox")
    assert "unsafe" not in POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"


def test_pages_are_not_kept_and_static_files_are(ada: Browser) -> None:
    page = ada.get("/console/")
    assert page.headers["cache-control"] == "no-store"
    address = page.text.partition('stylesheet" href="')[2].partition('"')[0]
    static = ada.get(address)
    assert static.status_code == 200
    assert "immutable" in static.headers["cache-control"]
    assert "no-store" not in ada.get("/console/static/console.css").headers.get("cache-control", "")


def test_a_part_of_a_page_sends_the_whole_page_to_the_sign_in(nobody: Browser) -> None:
    response = nobody.get("/console/", headers={"hx-request": "true"}, follow=False)
    assert response.status_code == 401
    assert response.headers["hx-redirect"] == "/console/login"


def test_what_breaks_is_said_without_a_word_of_why(
    app: App, ada: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("secret inner matter")

    monkeypatch.setattr(type(app.libraries), "list", broken)
    response = ada.get("/console/")
    assert response.status_code == 500
    assert "our fault" in response.text
    assert "secret inner matter" not in response.text
    assert response.headers["content-security-policy"] == POLICY


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_theme_stays(ada: Browser, theme: str) -> None:
    response = ada.post("/console/theme", {"theme": theme, "back": "/console/?a=1"}, page="/console/")
    assert str(response.url) == f"{HOST}/console/?a=1"
    assert f'data-theme="{theme}"' in ada.get("/console/").text


def test_a_theme_is_one_of_three_and_leads_nowhere_else(ada: Browser) -> None:
    form = {"theme": '"><script>', "back": "https://evil.example/console/"}
    response = ada.post("/console/theme", form, page="/console/")
    assert str(response.url) == f"{HOST}/console/"
    assert "data-theme" not in response.text


@pytest.mark.parametrize(
    "back", ["/console/../api", "/console//evil.example", "/console/%2e%2e/api", "//evil"]
)
def test_a_theme_leads_back_to_the_console_alone(ada: Browser, back: str) -> None:
    form = {"theme": "dark", "back": back}
    response = ada.post("/console/theme", form, page="/console/", follow=False)
    assert response.headers["location"] == "/console/"


def test_a_page_that_is_not_there_is_in_the_frame(ada: Browser) -> None:
    response = ada.get("/console/nothing/here")
    assert response.status_code == 404
    assert "There is no such page" in response.text
    assert "Sign out" in response.text


def test_too_much_is_not_read(ada: Browser) -> None:
    headers = {"origin": HOST, "content-type": "application/x-www-form-urlencoded"}
    response = ada.send("POST", "/console/theme", body=b"a" * (2 << 20), headers=headers)
    assert response.status_code == 413
