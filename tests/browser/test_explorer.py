"""The API explorer and the error centre as a person uses them."""

from __future__ import annotations

from typing import Any

import pytest
from support.requirements import needed_module

expect = needed_module("playwright.sync_api").expect

pytestmark = pytest.mark.slow

NAME = 'it\'s "a" <film>'


def test_a_call_is_filled_in_followed_sent_and_explained(console: Any, page: Any) -> None:
    page.goto(console.at("/explorer"))
    page.get_by_role("link", name="CreateFpShotDB").click()

    # Programs follow what is typed, and the language that was chosen stays chosen.
    page.get_by_text("Go", exact=True).click()
    shown = page.locator(".pane:visible pre").first
    expect(shown).to_contain_text('parameters.Set("Name", "movies")')
    page.locator("[name=Name]").fill(NAME)
    expect(shown).to_contain_text(f"`{NAME}`")
    assert NAME not in names(console)

    # Sent, twice: made, then refused, with a link to what that means.
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("HTTP 200")).to_be_visible()
    assert NAME in names(console)
    expect(page.locator("[name=language]:checked")).to_have_value("go")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("HTTP 400")).to_be_visible()
    assert names(console).count(NAME) == 1
    page.get_by_text("XML", exact=True).click()
    expect(page.locator("#outcome .pane:visible pre").first).to_contain_text("<?xml")

    # Each signature is shown alone.
    page.get_by_text("HMAC-SHA1 (version 1)").click()
    expect(page.get_by_role("heading", name="Canonical query")).to_be_visible()
    expect(page.get_by_role("heading", name="Canonical request")).not_to_be_visible()
    assert "my-secret" not in page.content()

    page.locator("#outcome").get_by_role("link", name="InvalidParameter").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("InvalidParameter")


def names(console: Any) -> list[str]:
    account = console.app.accounts.get("default")
    return [library.name for library in console.app.libraries.list(account.id)]


def test_errors_are_found_while_words_are_typed(console: Any, chromium: Any) -> None:
    page = chromium.new_page()
    page.goto(console.at("/errors"))
    rows = page.locator("#results tbody tr")
    every = rows.count()
    page.get_by_label("Code or words").press_sequentially("nonce")
    page.wait_for_url("**q=nonce")
    expect(rows).not_to_have_count(every)
    page.get_by_role("link", name="SignatureNonceUsed").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("SignatureNonceUsed")
    page.get_by_role("link", name="Sign in").click()
    page.wait_for_url("**/console/login")
    page.close()
