"""What a person does: keys, themes, sending a file, watching it being analysed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.requirements import needed_module

from shotprint.service.types import JobRequest, MediaPlace, SaveType

expect = needed_module("playwright.sync_api").expect

pytestmark = pytest.mark.slow
expect.set_options(timeout=60_000)


def test_the_keyboard_skips_to_the_content_and_reaches_everything(console: Any, page: Any) -> None:
    page.goto(console.at("/tasks"))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")
    reached = set()
    for _ in range(40):
        reached.add(page.evaluate("document.activeElement.name || document.activeElement.textContent.trim()"))
        page.keyboard.press("Tab")
    assert {"Imports", "q", "state", "library", "Filter"} <= reached


def test_a_theme_is_kept(console: Any, open_page: Callable[..., Any]) -> None:
    page = open_page(color_scheme="light")
    page.goto(console.at("/tasks?state=failed"))
    light = page.evaluate("getComputedStyle(document.body.parentElement).backgroundColor")
    page.get_by_role("button", name="Dark theme").click()
    page.wait_for_selector("html[data-theme=dark]")
    assert page.url == console.at("/tasks?state=failed")
    assert page.evaluate("getComputedStyle(document.body.parentElement).backgroundColor") != light
    page.goto(console.at("/libraries"))
    assert page.get_by_role("button", name="Dark theme").get_attribute("aria-pressed") == "true"


def test_a_filter_changes_the_rows_and_the_address(console: Any, page: Any) -> None:
    page.goto(console.at("/tasks"))
    page.locator("select[name=state]").select_option("failed")
    page.wait_for_url("**state=failed**")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("tbody tr")).to_contain_text("missing.mp4")
    page.go_back()
    expect(page.locator("tbody tr").filter(has_text="upload-4711")).to_have_count(1)


def test_a_row_goes_on_while_one_looks(console: Any, page: Any) -> None:
    account = console.app.accounts.get("default")
    films = console.app.libraries.find(account.id, "films")
    request = JobRequest(MediaPlace("media", "", "bikes.mp4"), "watched.mp4", SaveType.NOSAVE, films.id)
    job = console.app.jobs.submit(account.id, request)
    page.goto(console.at("/tasks"))
    page.evaluate("document.body.dataset.same = 'page'")
    page.locator(f"#job-{job.id} .succeeded").wait_for(timeout=120_000)
    assert page.evaluate("document.body.dataset.same") == "page"
    expect(page.locator("#live[hx-get]")).to_have_count(0)


def test_a_file_is_sent_searched_and_its_match_shown(console: Any, page: Any, clip: Path) -> None:
    page.goto(console.at("/tasks/new"))
    page.locator("select[name=library]").select_option(label="films")
    page.locator("#files").set_input_files(clip)
    page.locator("#chosen input").wait_for()
    page.locator("#objects").get_by_label("carphone_pristine.mp4").click()
    expect(page.locator("#chosen input")).to_have_count(2)
    page.locator("#chosen").get_by_label("carphone_pristine.mp4").click()
    expect(page.locator("#chosen input")).to_have_count(1)
    page.get_by_role("button", name="Submit").click()
    page.get_by_role("heading", name="It copies 1 file").wait_for(timeout=120_000)
    assert page.get_by_role("heading", name="bikes.mp4", level=3).is_visible()


def test_a_library_is_searched_with_a_file_from_the_disk(console: Any, page: Any, clip: Path) -> None:
    account = console.app.accounts.get("default")
    films = console.app.libraries.find(account.id, "films")
    page.goto(console.at(f"/libraries/{films.id}"))
    page.get_by_role("link", name="Search this library").click()
    page.locator("#files").set_input_files(clip)
    page.get_by_role("heading", name="It copies 1 file").wait_for(timeout=120_000)
    assert console.app.libraries.find(account.id, "films").file_count == films.file_count
    newest = console.app.uploads.newest(account.id, 1)[0]
    assert (newest.name, newest.job_id) == (clip.name, page.url.rpartition("/")[2])


def test_two_files_are_compared(console: Any, page: Any) -> None:
    page.goto(console.at("/tasks/comparisons"))
    page.get_by_role("link", name="New comparison").click()
    for name in ("edited.mp4", "bigbuckbunny.mp4"):
        page.locator("#objects").get_by_label(name).click()
    expect(page.locator("ol#chosen li")).to_have_text(["edited.mp4", "bigbuckbunny.mp4"])
    page.get_by_role("button", name="Compare").click()
    page.get_by_role("heading", name="The query copies the master").wait_for(timeout=120_000)
    expect(page.locator("#polled[hx-get]")).to_have_count(0)


def test_the_documentation_is_searched_while_one_types(console: Any, page: Any) -> None:
    page.goto(console.at("/docs"))
    page.get_by_label("Words").press_sequentially("argon2id")
    page.locator("#results").get_by_role("link", name="Sign in").click()
    page.wait_for_url("**/docs/console#sign-in")


def test_sending_goes_on_where_it_broke_off(console: Any, page: Any, tmp_path: Path) -> None:
    film = tmp_path / "long.mp4"
    film.write_bytes(bytes(20 * 2**20))
    chunks: list[str] = []

    def fail_second(route: Any) -> None:
        chunks.append(route.request.url.partition("offset=")[2])
        if len(chunks) == 2:
            route.abort()
        else:
            route.continue_()

    page.route("**/console/uploads/*?offset=*", fail_second)
    page.goto(console.at("/tasks/new"))
    page.locator("#files").set_input_files(film)
    page.locator("#chosen input").wait_for()
    assert chunks == ["0", str(8 * 2**20), str(8 * 2**20), str(16 * 2**20)]
    account = console.app.accounts.get("default")
    newest = console.app.uploads.newest(account.id, 1)[0]
    assert (newest.name, newest.finished is not None) == ("long.mp4", True)


def test_an_id_is_copied(console: Any, open_page: Callable[..., Any]) -> None:
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    page.goto(console.at(console.pages["job"]))
    page.get_by_role("button", name="Copy").first.click()
    page.locator(".copy.done").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == console.pages["job"].rpartition("/")[2]


def test_two_films_play_matched_seconds_together(console: Any, page: Any) -> None:
    page.goto(console.at(console.pages["match"]))
    begin, end, there, _ = page.evaluate("JSON.parse(document.querySelector('#players').dataset.segments)[0]")
    times = "[...document.querySelectorAll('video')].map((film) => film.currentTime)"
    until(page, "[...document.querySelectorAll('video')].every((film) => film.readyState >= 2)")
    page.get_by_role("button", name="Play both").click()
    until(page, f"{times}[0] > {begin + 1}")
    query, reference = page.evaluate(times)
    assert abs((reference - there) - (query - begin)) < 0.5
    page.get_by_role("button", name="Pause").click()

    # The slider moves both; at the end of what matches they stop.
    page.get_by_role("slider").evaluate(
        f"(slider) => {{ slider.value = {end - 0.6}; slider.dispatchEvent(new Event('input')); }}"
    )
    query, reference = page.evaluate(times)
    assert abs((reference - there) - (query - begin)) < 0.05
    assert query > end - 1
    page.get_by_role("button", name="Play both").click()
    expect(page.get_by_role("button", name="Play both")).to_be_visible()
    assert page.evaluate(times)[0] < end + 0.5


def test_a_preview_plays_where_the_browser_does_not_play_the_film(console: Any, page: Any) -> None:
    page.goto(console.at(console.pages["match-preview"]))
    begin, _, there, _ = page.evaluate("JSON.parse(document.querySelector('#players').dataset.segments)[0]")
    film = page.locator("figure.query video")
    until(page, "document.querySelector('figure.query video').src.endsWith('part=0')")
    until(page, "[...document.querySelectorAll('video')].every((film) => film.readyState >= 2)")
    expect(page.locator("figure.query .making")).not_to_be_visible()
    expect(page.locator("figure.query .note")).not_to_be_visible()
    starts = max(0.0, begin - 1)  # the preview's first second is before what matches
    assert film.evaluate("(film) => film.currentTime") + starts == pytest.approx(begin, abs=0.2)
    page.get_by_role("button", name="Play both").click()
    times = "[...document.querySelectorAll('video')].map((film) => film.currentTime)"
    until(page, f"{times}[0] + {starts} > {begin + 1}")
    query, reference = page.evaluate(times)
    assert abs((reference - there) - (query + starts - begin)) < 0.5
    assert film.evaluate("(film) => film.duration") < 8


def test_a_film_that_cannot_be_shown_at_all_is_said_not_to(console: Any, page: Any) -> None:
    page.route("**/film?side=query", lambda route: route.fulfill(body=b"no film", content_type="video/mp4"))
    page.route(
        "**/preview?side=query**", lambda route: route.fulfill(json={"problem": "It is <b>damaged</b>."})
    )
    page.goto(console.at(console.pages["match"]))
    expect(page.locator("figure.query .note")).to_contain_text("It is <b>damaged</b>.")
    expect(page.locator("figure.reference .note")).not_to_be_visible()
    page.locator(".shot.query img").first.scroll_into_view_if_needed()
    until(page, "document.querySelector('.shot.query img').naturalWidth > 0")
    page.get_by_role("button", name="Play both").click()
    until(page, "document.querySelector('.reference video').currentTime > 1")


def until(page: Any, expression: str) -> None:
    """Wait for it to be true. The policy of the pages forbids what the browser's own waiting does."""
    for _ in range(600):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(100)
    raise AssertionError(expression)
