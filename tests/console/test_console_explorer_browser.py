"""The API explorer and the error centre in a real browser: what scripts and styles do there."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from starlette.types import ASGIApp
from support.console_site import chromium, served

from shotprint.cli.console import link_url
from shotprint.service.types import Account
from shotprint.wiring import App

pytestmark = pytest.mark.slow


def test_a_call_is_filled_in_followed_sent_and_explained(site: ASGIApp, app: App, mine: Account) -> None:
    key = app.accounts.add_key(mine.id, secret="a-secret-that-would-show")
    with served(site) as url, chromium() as page:
        page.goto(link_url(url, app.sessions.make_link(mine.id)))
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("link", name="Explorer").click()
        page.get_by_role("link", name="CreateFpShotDB").click()

        # Programs follow what is typed, and the language that was chosen stays chosen.
        page.get_by_text("Go", exact=True).click()
        shown = page.locator(".pane:visible pre").first
        assert 'parameters.Set("Name", "movies")' in shown.inner_text()
        name = page.locator("[name=Name]")
        name.fill('it\'s "a" <film>')
        expect(shown).to_contain_text('`it\'s "a" <film>`')
        assert app.libraries.list(mine.id) == []

        # Sent, twice: made, then refused, with a link to what that means.
        send = page.get_by_role("button", name="Send")
        send.click()
        page.get_by_text("HTTP 200").wait_for()
        (library,) = app.libraries.list(mine.id)
        assert library.name == 'it\'s "a" <film>'
        assert library.id in page.locator("#outcome .pane:visible pre").first.inner_text()
        assert page.locator("[name=language]:checked").input_value() == "go"
        send.click()
        page.get_by_text("HTTP 400").wait_for()
        assert len(app.libraries.list(mine.id)) == 1
        page.get_by_text("XML", exact=True).click()
        assert page.locator("#outcome .pane:visible pre").first.inner_text().startswith("<?xml")

        # Each signature is shown alone.
        page.get_by_text("HMAC-SHA1 (version 1)").click()
        assert page.get_by_role("heading", name="Canonical query").is_visible()
        assert not page.get_by_role("heading", name="Canonical request").is_visible()
        assert key.secret not in page.content()

        page.locator("#outcome").get_by_role("link", name="InvalidParameter").click()
        assert page.get_by_role("heading", level=1).inner_text() == "InvalidParameter"


def test_errors_are_found_while_words_are_typed(site: ASGIApp) -> None:
    with served(site) as url, chromium() as page:
        page.goto(f"{url}/console/errors")
        rows = page.locator("#results tbody tr")
        every = rows.count()
        page.get_by_label("Code or words").press_sequentially("nonce")
        page.wait_for_url("**q=nonce")
        expect(rows).not_to_have_count(every)
        page.get_by_role("link", name="SignatureNonceUsed").click()
        assert page.get_by_role("heading", level=1).inner_text() == "SignatureNonceUsed"
        page.get_by_role("link", name="Sign in").click()
        page.wait_for_url("**/console/login")
