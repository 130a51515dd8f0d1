"""The error centre: every error's own link leads to a page that says what to do, for whoever follows it."""

from __future__ import annotations

import json
from dataclasses import replace
from html import unescape

import pytest
from starlette.types import ASGIApp
from support.console_browser import HOST, Browser

from shotprint.api.addresses import error_page_url
from shotprint.api.call import HttpRequest
from shotprint.api.model import MPS, load_spec
from shotprint.cli.console import catalogue, create_site
from shotprint.settings import Settings
from shotprint.wiring import App

CODES = load_spec(MPS).errors


@pytest.mark.parametrize("error", CODES.values(), ids=lambda error: error.code)
def test_the_link_of_every_code_leads_to_its_page(nobody: Browser, settings: Settings, error: object) -> None:
    request = HttpRequest("GET", "/", b"", (("host", HOST.removeprefix("http://")),), b"")
    link = error_page_url(settings, request, error.code)
    page = nobody.get(link, follow=False)
    assert page.status_code == 200
    text = unescape(page.text)
    for told in (
        f"<h1>{error.code}</h1>",
        str(error.status),
        error.meaning,
        error.cause,
        error.cure,
        error.message,
    ):
        assert told in text, told
    for near in catalogue()[error.code].see:
        assert near != error.code
        assert near in CODES
        assert f"/console/errors/{near}" in text


def test_every_code_is_in_the_list(nobody: Browser) -> None:
    text = nobody.get("/console/errors").text
    assert all(f'href="/console/errors/{code}"' in text for code in CODES)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("nonce", {"SignatureNonceUsed", "MissingSignatureNonce"}),
        ("THROTTLING", {"Throttling.User"}),
        ("404 operation", {"InvalidAction.NotFound"}),
        ("no error has all of these", set()),
        ('"><script>', set()),
    ],
)
def test_words_find_errors(nobody: Browser, words: str, found: set[str]) -> None:
    page = nobody.get(f"/console/errors?q={words}")
    shown = {code for code in CODES if f'href="/console/errors/{code}"' in page.text}
    assert found <= shown
    assert shown < CODES.keys()
    assert bool(found) == bool(shown)
    assert "<script>" not in page.text.replace("<script src", "")


@pytest.mark.parametrize("code", ["Nothing", "invalidversion", "%3Cscript%3E", "a" * 3000])
def test_an_unknown_code_is_told(nobody: Browser, code: str) -> None:
    page = nobody.get(f"/console/errors/{code}")
    assert page.status_code == 404
    assert "<script>" not in page.text
    assert 'href="/console/errors"' in page.text


def test_codes_that_mean_the_same_in_another_product_know_each_other() -> None:
    assert "MissingParameter" in catalogue()["InvalidParameter.NullValue"].see
    assert "InvalidParameter.NullValue" in catalogue()["MissingParameter"].see
    assert "InvalidParameter.DBNotExist" in catalogue()["ResourceNotFound"].see


@pytest.mark.parametrize(
    "path", ["/", "/nowhere", "/results/analysis-0.json", "/results/x?Expires=1&Signature=2"]
)
def test_whatever_answers_with_an_error_links_to_its_page(nobody: Browser, path: str) -> None:
    form = "" if path != "/" else "?Format=JSON"
    answer = json.loads(nobody.get(path + form).text)
    assert answer["Recommend"] == f"{HOST}/console/errors/{answer['Code']}"
    assert nobody.get(answer["Recommend"]).status_code == 200


@pytest.mark.parametrize(
    ("public_url", "link"),
    [
        ("https://dna.example/", "https://dna.example/console/errors/MissingAction"),
        ("https://dna.example", "https://dna.example/console/errors/MissingAction"),
    ],
)
def test_the_link_starts_where_the_settings_say(app: App, public_url: str, link: str) -> None:
    settings = app.settings.model_copy(update={"public_url": public_url})
    browser = Browser(create_site(replace(app, settings=settings)))
    assert json.loads(browser.get("/?Format=JSON").text)["Recommend"] == link


@pytest.mark.parametrize("host", ["]]><x>", 'a"b', "a b", "h/evil", "user@h", "", "h:port", "[::1"])
def test_a_host_that_cannot_be_one_is_in_no_link(site: ASGIApp, host: str) -> None:
    answer = Browser(site).get("/", headers={"host": host}).text
    assert "Recommend" not in answer
    assert "<Code>MissingAction</Code>" in answer


@pytest.mark.parametrize("host", ["dna.example", "127.0.0.1:8080", "[::1]:8080", "my_host-1.lan:80"])
def test_the_host_that_is_called_is_in_the_link(site: ASGIApp, host: str) -> None:
    answer = Browser(site).get("/", headers={"host": host}).text
    assert f"<Recommend><![CDATA[http://{host}/console/errors/MissingAction]]></Recommend>" in answer
