"""Signing in and out, and what nobody gets to see before."""

from __future__ import annotations

import pytest
from starlette.types import ASGIApp
from support.console_browser import HOST, Browser, signed_in

from shotprint.console.app import pages
from shotprint.console.guard import anyone
from shotprint.service.attempts import PER_NAME
from shotprint.service.types import Account
from shotprint.wiring import App

PASSWORD = "correct horse battery"
OPEN = {"/login", "/enter", "/theme", "/docs", "/docs/images/{name}", "/docs/{name:path}"}
"""What can be asked for without signing in; static files besides."""


def test_whoever_is_not_signed_in_is_sent_to_the_sign_in(nobody: Browser) -> None:
    response = nobody.get("/console")
    assert str(response.url) == f"{HOST}/console/login"
    assert "Password" in response.text


def test_every_page_but_those_named_here_needs_signing_in(nobody: Browser) -> None:
    assert {page.path for page in pages() if page.permission is anyone} == OPEN
    for page in pages():
        if page.path not in OPEN:
            path = "/console" + page.path.replace("{", "").replace("}", "")
            response = nobody.send(page.method, path, headers={"origin": HOST}, follow=False)
            assert response.status_code == 303, page
            assert response.headers["location"].startswith("/console/login"), page


def test_a_user_signs_in_sees_who_they_are_and_signs_out(app: App, mine: Account, nobody: Browser) -> None:
    app.users.add(mine.id, "ada", PASSWORD)
    response = nobody.sign_in("ada", PASSWORD)
    assert str(response.url) == f"{HOST}/console/"
    assert "<bdi>ada</bdi>" in response.text
    assert nobody.post("/console/logout", page="/console/").url.path == "/console/login"
    assert nobody.get("/console/").url.path == "/console/login"
    actions = [entry.action for entry in app.audit.page(mine.id, None, 10).items]
    assert actions == ["session.end", "session.begin"]


def test_signing_out_ends_the_session_for_whoever_kept_its_cookie(
    app: App, mine: Account, ada: Browser, site: ASGIApp
) -> None:
    thief = Browser(site)
    thief.cookies = ada.cookies
    assert thief.get("/console/").url.path == "/console/"
    ada.post("/console/logout", page="/console/")
    thief_again = thief.get("/console/")
    assert thief_again.url.path == "/console/login"


def test_an_access_key_signs_in(app: App, mine: Account, nobody: Browser) -> None:
    app.accounts.add_key(mine.id, "robot", "robot secret")
    assert "<bdi>robot</bdi>" in nobody.sign_in("robot", "robot secret").text


def test_a_wrong_password_is_said_and_the_name_kept(app: App, mine: Account, nobody: Browser) -> None:
    app.users.add(mine.id, "ada", PASSWORD)
    response = nobody.sign_in("ada", "wrong")
    assert response.status_code == 403
    assert "The name or the password is wrong" in response.text
    assert 'value="ada"' in response.text
    assert 'wrong"' not in response.text


def test_guessing_ends_in_429(app: App, mine: Account, nobody: Browser) -> None:
    for _ in range(PER_NAME):
        assert nobody.sign_in("nobody", "guess").status_code == 403
    assert nobody.sign_in("nobody", "guess").status_code == 429


def test_signing_in_goes_on_with_the_page_that_was_asked_for(
    app: App, mine: Account, nobody: Browser
) -> None:
    app.users.add(mine.id, "ada", PASSWORD)
    asked = nobody.get("/console/no-page", follow=False)
    assert asked.status_code == 404  # there is nothing to sign in for
    page = "/console/login?next=/libraries%3Fq%3D1"
    response = nobody.post(
        "/console/login",
        {"name": "ada", "password": PASSWORD, "next": "/libraries?q=1"},
        page=page,
        follow=False,
    )
    assert response.headers["location"] == "/console/libraries?q=1"


@pytest.mark.parametrize(
    "address",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "/login",
        "javascript:1",
        "/\nx",
        "",
        "/../api",
        "/%2e%2e/api",
        "/tasks/..%2f..",
        "/tasks/.%2E/../../api",
        "/tasks\\..\\..\\api",
        "/./../x",
    ],
)
def test_signing_in_leads_nowhere_else(app: App, mine: Account, nobody: Browser, address: str) -> None:
    app.users.add(mine.id, "ada", PASSWORD)
    form = {"name": "ada", "password": PASSWORD, "next": address}
    response = nobody.post("/console/login", form, page="/console/login", follow=False)
    assert response.headers["location"] == "/console/"


def test_looking_at_a_link_does_not_use_it_up(app: App, mine: Account, site: ASGIApp) -> None:
    token = app.sessions.make_link(mine.id)
    page = f"/console/enter?token={token}"
    for _ in range(3):
        assert Browser(site).get(page).status_code == 200
    browser = Browser(site)
    assert browser.post("/console/enter", {"token": token}, page=page).url.path == "/console/"
    assert Browser(site).post("/console/enter", {"token": token}, page=page).status_code == 403


def test_a_session_lasts_in_cookies_that_no_script_and_no_other_site_gets(
    ada: Browser, app: App, mine: Account
) -> None:
    page = f"/console/enter?token={app.sessions.make_link(mine.id)}"
    response = ada.post("/console/enter", {"token": page.partition("=")[2]}, page=page, follow=False)
    (cookie,) = [text for text in response.headers.get_list("set-cookie") if text.startswith("shotprint=")]
    words = [word.strip().lower() for word in cookie.split(";")[1:]]
    assert {"httponly", "samesite=lax", "path=/console"} <= {*words}
    assert "secure" not in words


def test_over_https_the_cookie_is_for_https_and_this_host_only(
    app: App, mine: Account, site: ASGIApp
) -> None:
    browser = Browser(site, host="https://console.local")
    token = app.sessions.make_link(mine.id)
    page = f"/console/enter?token={token}"
    response = browser.post("/console/enter", {"token": token}, page=page, follow=False)
    (cookie,) = [text for text in response.headers.get_list("set-cookie") if "__Host-shotprint=" in text]
    assert {"secure", "path=/", "httponly"} <= {word.strip().lower() for word in cookie.split(";")}
    assert browser.get("/console/").url.path == "/console/"


def test_a_stolen_path_is_no_session(nobody: Browser) -> None:
    nobody.cookies.set("shotprint", "guess", domain="console.local", path="/console")
    assert nobody.get("/console/").url.path == "/console/login"


def test_two_accounts_see_their_own_names(app: App, mine: Account, theirs: Account, site: ASGIApp) -> None:
    assert "<bdi>theirs</bdi>" in signed_in(site, app, theirs).get("/console/").text
    assert "theirs" not in signed_in(site, app, mine).get("/console/").text
