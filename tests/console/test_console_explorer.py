"""The API explorer: forms for every operation, calls that are really made, and no secret in any page."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from xml.etree import ElementTree

import pytest
from starlette.types import ASGIApp
from support.console_browser import HOST, Browser, signed_in

from shotprint.api.app import create_gateway
from shotprint.api.model import PRODUCTS, load_spec
from shotprint.api.throttle import Throttle
from shotprint.cli.console import create_site
from shotprint.console.explorer.pages import _broken
from shotprint.console.explorer.samples import LANGUAGES
from shotprint.service.types import AccessKey, Account
from shotprint.wiring import App

SPECS = [load_spec(product) for product in PRODUCTS]
OPERATIONS = [(spec, operation) for spec in SPECS for operation in spec.operations.values()]
CREATE = "/console/explorer/2014-06-18/CreateFpShotDB"
SECRET = "a-secret-that-would-show"


@pytest.fixture
def key(app: App, mine: Account) -> AccessKey:
    return app.accounts.add_key(mine.id, secret=SECRET)


def blocks(page: str) -> list[str]:
    """What the page shows as code."""
    return [unescape(text) for text in re.findall(r"<pre[^>]*><code>(.*?)</code>", page, re.DOTALL)]


def test_every_operation_is_listed(ada: Browser) -> None:
    page = ada.get("/console/explorer").text
    for spec, operation in OPERATIONS:
        assert f'href="/console/explorer/{spec.version}/{operation.name}"' in page


@pytest.mark.parametrize(("spec", "operation"), OPERATIONS, ids=lambda one: getattr(one, "name", ""))
def test_every_operation_has_a_form_that_asks_for_all_and_sends(
    ada: Browser, key: AccessKey, spec: object, operation: object
) -> None:
    path = f"/console/explorer/{spec.version}/{operation.name}"
    page = ada.get(path)
    assert page.status_code == 200
    assert len(blocks(page.text)) == len(LANGUAGES) + 2 * 4
    for parameter in operation.parameters:
        assert f'name="{parameter.name}"' in page.text
        assert all(f'name="{parameter.name}.{member.name}"' in page.text for member in parameter.members)
    sent = ada.post(path, {"key": key.id, "do": "send", "scheme": "HMAC-SHA1"}, page=path)
    assert sent.status_code == 200
    must = any(parameter.required for parameter in operation.parameters)
    refused = must or operation.name in ("SubmitFpFileDeleteJob", "ListFpShotNotary")
    assert ("/console/errors/" in sent.text.partition('id="outcome"')[2]) == refused
    assert len(blocks(sent.text)) == 2 + len(LANGUAGES) + 2 * 4


def test_a_call_is_really_made_and_noted(ada: Browser, app: App, mine: Account, key: AccessKey) -> None:
    odd = "é <b>'\"&$`"
    form = {"Name": "films", "Description": odd, "ModelId": "12", "key": key.id, "do": "send"}
    page = ada.post(CREATE, form, page=CREATE)
    (library,) = app.libraries.list(mine.id)
    assert (library.name, library.description) == ("films", odd)
    in_json, in_xml, *_ = blocks(page.text)
    assert f'"FpDBId": "{library.id}"' in in_json
    assert ElementTree.fromstring(in_xml).findtext("FpShotDB/FpDBId") == library.id
    assert "HTTP 200" in page.text
    assert "<b>" not in page.text
    (noted,) = [one for one in app.audit.page(mine.id, None, 10).items if one.action == "api.call"]
    assert noted.subject == f"CreateFpShotDB by {key.id}"
    again = ada.post(CREATE, form, page=CREATE)
    assert 'href="/console/errors/InvalidParameter"' in again.text


def test_signing_alone_makes_no_call(ada: Browser, app: App, mine: Account, key: AccessKey) -> None:
    page = ada.post(CREATE, {"Name": "films", "key": key.id, "do": "show"}, page=CREATE)
    assert app.libraries.list(mine.id) == []
    assert len(blocks(page.text)) == len(LANGUAGES) + 2 * 4
    assert "ACS3-HMAC-SHA256\n" in page.text


@pytest.mark.parametrize("do", ["send", "show"])
def test_no_page_has_the_secret(ada: Browser, key: AccessKey, do: str) -> None:
    page = ada.post(CREATE, {"Name": "films", "key": key.id, "do": do}, page=CREATE)
    assert key.id in page.text
    for text in (page.text, ada.get(CREATE).text, ada.get("/console/explorer").text):
        assert SECRET not in text


def test_programs_and_signatures_are_for_the_host_that_is_called(ada: Browser, key: AccessKey) -> None:
    page = ada.post(CREATE, {"Name": "x", "key": key.id, "do": "show"}, page=CREATE)
    shown = blocks(page.text)
    host = HOST.removeprefix("http://")
    programs = shown[: len(LANGUAGES)]
    assert all(host in program for program in programs)
    assert f"host:{host}" in shown[len(LANGUAGES)]


def test_keys_that_end_are_used_with_their_token(ada: Browser, app: App, mine: Account) -> None:
    key = app.accounts.add_key(mine.id, expires=datetime.now(UTC) + timedelta(hours=1))
    for scheme in ("HMAC-SHA1", "ACS3-HMAC-SHA256"):
        path = "/console/explorer/2020-11-09/ListDNADB"
        page = ada.post(path, {"key": key.id, "do": "send", "scheme": scheme}, page=path)
        assert "HTTP 200" in page.text
        assert page.text.count("ALIBABA_CLOUD_SECURITY_TOKEN") >= len(LANGUAGES)


def test_the_keys_of_others_cannot_be_used(
    ada: Browser, app: App, mine: Account, theirs: Account, key: AccessKey
) -> None:
    foreign = app.accounts.add_key(theirs.id)
    assert foreign.id not in ada.get(CREATE).text
    for wrong in (foreign.id, "nobody", ""):
        page = ada.post(CREATE, {"Name": "x", "key": wrong, "do": "send"}, page=CREATE)
        assert page.status_code in (400, 404)
    assert app.libraries.list(theirs.id) == []
    assert app.libraries.list(mine.id) == []


def test_who_signed_in_with_a_limited_key_has_that_one_alone(
    site: ASGIApp, app: App, mine: Account, key: AccessKey
) -> None:
    limited = app.accounts.add_key(mine.id, operations=["List*"])
    browser = Browser(site)
    browser.sign_in(limited.id, limited.secret)
    page = browser.get(CREATE).text
    assert limited.id in page
    assert key.id not in page
    refused = browser.post(CREATE, {"Name": "x", "key": key.id, "do": "send"}, page=CREATE)
    assert refused.status_code == 404
    mine_alone = browser.post(CREATE, {"Name": "x", "key": limited.id, "do": "send"}, page=CREATE)
    assert 'href="/console/errors/Forbidden.RAM"' in mine_alone.text
    assert app.libraries.list(mine.id) == []


def test_a_disabled_key_is_refused_as_the_api_refuses_it(
    ada: Browser, app: App, mine: Account, key: AccessKey
) -> None:
    app.accounts.disable_key(mine.id, key.id)
    page = ada.post(CREATE, {"Name": "x", "key": key.id, "do": "send"}, page=CREATE)
    assert 'href="/console/errors/InvalidAccessKeyId.Inactive"' in page.text


def test_the_rate_is_the_api_s_own(app: App, mine: Account, key: AccessKey) -> None:
    path = "/console/explorer/2014-06-18/SubmitFpFileDeleteJob"
    an_hour = Throttle(window_s=3600)
    for _ in range(10):
        an_hour.admit(mine.id, load_spec(PRODUCTS[0]).operations["SubmitFpFileDeleteJob"])
    site = create_site(app, replace(create_gateway(app), throttle=an_hour))
    page = signed_in(site, app, mine).post(path, {"key": key.id, "do": "send"}, page=path)
    assert 'href="/console/errors/Throttling.User"' in page.text
    assert "<code>retry-after</code></dt><dd>3600</dd>" in page.text


@pytest.mark.parametrize("path", ["/console/explorer", CREATE])
def test_it_needs_a_sign_in(nobody: Browser, path: str) -> None:
    assert nobody.get(path).url.path == "/console/login"


def test_it_needs_the_forms_token_and_our_origin(
    ada: Browser, app: App, mine: Account, key: AccessKey
) -> None:
    form = {"Name": "x", "key": key.id, "do": "send"}
    token = ada.token_on(CREATE)
    assert ada.send("POST", CREATE, form=form, headers={"origin": HOST}).status_code == 403
    form["csrf"] = token
    assert ada.send("POST", CREATE, form=form, headers={"origin": "https://evil.example"}).status_code == 403
    assert app.libraries.list(mine.id) == []


@pytest.mark.parametrize("path", ["2014-06-18/CreateDNADB", "2014-06-18/x", "1999-01-01/CreateFpShotDB"])
def test_there_is_no_page_for_what_the_api_cannot_do(ada: Browser, path: str) -> None:
    assert ada.get(f"/console/explorer/{path}").status_code == 404


def test_what_was_filled_in_stays(ada: Browser, key: AccessKey) -> None:
    path = "/console/explorer/2014-06-18/SubmitFpShotJob"
    form = {"Input": '{"a": "<"}', "FpShotConfig.SaveType": "nosave", "UserData": "\nu", "language": "go"}
    page = ada.post(path, {**form, "key": key.id, "do": "show"}, page=path).text
    assert ">\n{&#34;a&#34;: &#34;&lt;&#34;}</textarea>" in page
    assert '<option value="nosave" selected>' in page
    assert re.search(r'<textarea name="UserData"[^>]*>\n\nu</textarea>', page)
    assert 'value="go" form="call" checked' in page


def test_an_account_without_keys_is_told_how_to_make_one(ada: Browser) -> None:
    page = ada.get(CREATE).text
    assert "shotprint account add-key" in page
    assert len(blocks(page)) == len(LANGUAGES)


@pytest.mark.parametrize(
    ("xml", "broken"),
    [
        ("<?xml?>\n<A><B>1</B><C><D>&lt;x&gt;</D></C><E/></A>",
         "<?xml?>\n<A>\n  <B>1</B>\n  <C>\n    <D>&lt;x&gt;</D>\n  </C>\n  <E/>\n</A>"),
        ("<A>x</A>", "<A>x</A>"),
        ("<?xml?>\n<A><B><![CDATA[x]]></B><C>1</C></A>", "<?xml?>\n<A>\n  <B><![CDATA[x]]></B>\n  <C>1</C>\n</A>"),
        ("<A><B>]</B><C>?</C></A>", "<A>\n  <B>]</B>\n  <C>?</C>\n</A>"),
    ],
)  # fmt: skip
def test_xml_is_shown_with_a_line_for_each_element(xml: str, broken: str) -> None:
    assert "".join(_broken(xml)) == broken
