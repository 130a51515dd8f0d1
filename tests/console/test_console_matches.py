"""The page of one match: what it shows, and to whom."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import re
import threading
import time
from base64 import b64decode
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import cv2
import httpx
import numpy as np
import pytest
from pypdf import PdfReader
from starlette.types import ASGIApp
from support.console_browser import HOST, Browser, signed_in
from support.console_things import finding
from support.media import make_video, numbered_pictures, read_number
from support.prints import made_print

from shotprint.blobs.store import BlobStore
from shotprint.engine.types import FramePair, Match, MediaInfo, Segment, Transform
from shotprint.engine.video.glimpse import picture_at
from shotprint.errors import MediaUnreadable
from shotprint.service import findings, jobs
from shotprint.service.file_blobs import FileBlobs
from shotprint.service.media_reader import Media
from shotprint.service.thumbnails import Thumbnails
from shotprint.service.types import Account, JobRequest, Library, MediaPlace, SaveType
from shotprint.service.verdicts import Pair
from shotprint.wiring import App

ABROAD = "\u5f71\u7247 \u0444\u0438\u043b\u044c\u043c \uc601\ud654"  # "film" in three scripts
SEGMENT = Segment(
    1.0, 3.0, 2.0, 4.0, 0.81, transform=Transform(mirrored=True, crop=(0.1, 0.2, 0.5, 0.6)),
    evidence=(FramePair(1.0, 2.0, 17.0), FramePair(2.0, 3.0, 25.0)),
)  # fmt: skip


@pytest.fixture
def films(app: App, mine: Account) -> Library:
    library = app.libraries.create(mine.id, "films")
    app.libraries.activate(library.id)
    return library


@pytest.fixture
def film(app: App) -> bytes:
    """Whose pictures spell their number; the query and the reference are the same."""
    data = make_video(numbered_pictures(125), rate=25)
    for name in ("query.mp4", "reference.mp4"):
        (Path(app.settings.buckets["media"]) / name).write_bytes(data)
    return data


def store(app: App, library: Library, key: str, *, duration: float = 5.0) -> str:
    """A file of the library that is `reference.mp4`, with a stored picture; returns its id."""
    kept = Thumbnails()
    kept.add(0.0, np.zeros((90, 160), np.uint8))
    info = MediaInfo("mov,mp4", "h264", 64, 48, 0, Fraction(25), duration, False)
    media = Media(made_print(1), info, 1000, kept.zipped())
    blobs = FileBlobs(app.database, BlobStore(app.settings.blobs_url))
    place = MediaPlace("media", "", "reference.mp4")
    with app.database.sessions.begin() as session:
        return blobs.store(session, library.id, key, place, media, blobs.put(media)).file_id


def found(app: App, library: Library, *matches: Match, file_id: str | None = None) -> str:
    """A job that found this; returns its page."""
    request = JobRequest(MediaPlace("media", "", "query.mp4"), "the query", SaveType.NOSAVE, library.id, 0.5)
    job_id = app.jobs.submit(library.account_id, request).id
    with app.database.sessions.begin() as session:
        jobs.succeed(session, job_id, matches, 5.0, file_id)
    return f"/console/tasks/{job_id}"


def test_a_job_leads_to_its_matches(app: App, ada: Browser, films: Library) -> None:
    job = found(
        app, films, Match("one", 0.81, (SEGMENT,)), Match("two", 0.7, (replace(SEGMENT, speed=1.25),))
    )
    assert f'href="{job}/matches/2"' in ada.get(job).text
    text = ada.get(f"{job}/matches/2").text
    assert "1.25 times as fast" in text
    assert f'href="{job}/matches/1"' in text  # on the time line
    assert f'href="{job}/matches/2"' not in text


def test_it_says_why(app: App, ada: Browser, films: Library) -> None:
    store(app, films, "one", duration=8.0)
    text = ada.get(found(app, films, Match("one", 0.81, (SEGMENT,))) + "/matches/1").text
    for words in (
        "0.81", "2.0 s in 1 segment: 40% of this file, from 25% of the reference",
        "2 pairs of pictures that show the same, with 42 votes together", "From 0.50 on was asked for",
        "mirrored, cropped to 50% × 60%", "17 votes", "25 votes",
    ):  # fmt: skip
        assert words in text, words


def test_what_was_done_is_drawn_on_the_pictures(app: App, ada: Browser, films: Library) -> None:
    text = ada.get(found(app, films, Match("one", 0.81, (SEGMENT,))) + "/matches/1").text
    # The crop on the reference's picture alone, the mark upright there and mirrored here; for two moments.
    assert text.count('<rect x="10.0" y="20.0" width="50.0" height="60.0"') == 2
    assert text.count('<g transform="rotate(0) scale(-1 1)">') == 2
    assert text.count('<svg class="upright"') == 4


def test_pictures_are_those_of_the_moments(app: App, ada: Browser, films: Library, film: bytes) -> None:
    store(app, films, "the original")
    page = found(app, films, Match("the original", 0.81, (SEGMENT,))) + "/matches/1"
    text = ada.get(page).text
    for side, at, number in (("query", 1.0, 25), ("reference", 2.0, 50), ("reference", 3.0, 75)):
        address = f"{page}/picture?side={side}&at={at}"
        assert address.replace("&", "&amp;") in text
        response = ada.get(address)
        assert response.headers["content-type"] == "image/jpeg"
        assert response.headers["cache-control"].startswith("private")
        picture = cv2.imdecode(np.frombuffer(response.content, np.uint8), cv2.IMREAD_GRAYSCALE)
        assert picture is not None
        assert read_number(np.asarray(picture, np.uint8)) == number


def test_only_the_moments_of_the_match_are_shown(app: App, ada: Browser, films: Library, film: bytes) -> None:
    page = found(app, films, Match("one", 0.81, (SEGMENT,))) + "/matches/1"
    assert ada.get(f"{page}/picture?side=query&at=2.0").status_code == 200
    assert ada.get(f"{page}/picture?side=query&at=2.5").status_code == 404


def test_no_page_waits_for_pictures(
    app: App, site: ASGIApp, ada: Browser, films: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = found(app, films, Match("one", 0.81, (SEGMENT,))) + "/matches/1"
    over = threading.Event()
    looked_at: list[float] = []

    def endless(_place: MediaPlace, seconds: float, *, of: str) -> bytes:
        looked_at.append(seconds)
        assert over.wait(60), "the page waited for pictures"
        raise MediaUnreadable

    monkeypatch.setattr(app.views, "picture", endless)

    async def look() -> tuple[int, list[int]]:
        transport = httpx.ASGITransport(app=site)
        async with httpx.AsyncClient(transport=transport, base_url=HOST, cookies=ada.cookies) as browser:
            address = f"{page}/picture?side=query&at=1.0"
            pictures = [asyncio.create_task(browser.get(address)) for _ in range(30)]
            while not looked_at:
                await asyncio.sleep(0.01)
            shown = await browser.get(page)
            over.set()
            return shown.status_code, [answer.status_code for answer in await asyncio.gather(*pictures)]

    status, answers = asyncio.run(look())
    assert (status, answers) == (200, [404] * 30)


def test_film_strips_show_what_matches_and_around_it(
    app: App, ada: Browser, films: Library, film: bytes
) -> None:
    store(app, films, "one")
    page = found(app, films, Match("one", 0.81, (SEGMENT,))) + "/matches/1"
    assert f'{page}/strip?side=query" width="1920" height="90" loading="lazy"' in ada.get(page).text
    answer = ada.get(f"{page}/strip?side=query")
    assert answer.headers["cache-control"].startswith("private")
    row = numbers_in(answer.content, 12)
    assert row[0] == 4  # of 0:00 to 0:04, the middle of the first twelfth
    assert row == sorted(row)
    (Path(app.settings.buckets["media"]) / "reference.mp4").unlink()
    assert ada.get(f"{page}/strip?side=reference").status_code == 200  # of the pictures that were stored
    (Path(app.settings.buckets["media"]) / "query.mp4").unlink()
    later = found(app, films, Match("one", 0.81, (SEGMENT,))) + "/matches/1"
    assert ada.get(f"{later}/strip?side=query").status_code == 404


def numbers_in(jpeg: bytes, count: int) -> list[int]:
    row = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert row is not None
    return [read_number(np.asarray(one, np.uint8)) for one in np.hsplit(row, count)]


def test_a_preview_is_made_where_no_browser_plays_the_film(app: App, ada: Browser, films: Library) -> None:
    data = make_video(numbered_pictures(125), rate=25, container="avi")
    (Path(app.settings.buckets["media"]) / "query.mp4").write_bytes(data)
    page = found(app, films, Match("one", 0.81, (SEGMENT,))) + "/matches/1"
    assert ada.get(f"{page}/film?side=query").status_code == 400
    assert ada.get(f"{page}/film?side=query&part=0").status_code == 404
    said = told(ada, f"{page}/preview?side=query&part=0")
    assert said == {"address": f"{page}/film?side=query&part=0", "start": 0.0}
    whole = ada.get(said["address"])
    assert (whole.status_code, whole.headers["content-type"]) == (200, "video/webm")
    part = ada.get(said["address"], headers={"range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, whole.content[10:20])
    picture = picture_at(io.BytesIO(whole.content), 1.0, max_side=64)
    assert read_number(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)) == 25
    for part_number in ("1", "x", "-1", ""):
        assert ada.get(f"{page}/preview?side=query&part={part_number}").status_code in (400, 404)


def test_why_there_is_no_preview_is_said(app: App, ada: Browser, films: Library) -> None:
    page = found(app, films, Match("one", 0.81, (SEGMENT,))) + "/matches/1"
    assert "no longer" not in told(ada, f"{page}/preview?side=query&part=0")["problem"]
    assert told(ada, f"{page}/preview?side=reference&part=0")["problem"] == "The file is not there any more"


def told(browser: Browser, address: str) -> dict[str, Any]:
    """What becomes of a preview."""
    for _ in range(600):
        said: dict[str, Any] = browser.get(address).json()
        if "share" not in said:
            return said
        time.sleep(0.1)
    raise AssertionError("the preview is not made")


def test_a_player_gets_the_film_and_parts_of_it(app: App, ada: Browser, films: Library, film: bytes) -> None:
    store(app, films, "one")
    address = found(app, films, Match("one", 0.81, (SEGMENT,))) + "/matches/1/film?side=reference"
    whole = ada.get(address, headers={"accept-encoding": "gzip"})
    assert (whole.status_code, whole.content) == (200, film)
    assert (whole.headers["content-type"], whole.headers["accept-ranges"]) == ("video/mp4", "bytes")
    size = len(film)
    for wanted, part in (
        ("bytes=0-", slice(0, size)), ("bytes=10-19", slice(10, 20)), ("bytes=-7", slice(size - 7, size)),
        ("bytes=5-999999999", slice(5, size)), (f"bytes={size - 1}-", slice(size - 1, size)),
    ):  # fmt: skip
        answer = ada.get(address, headers={"range": wanted, "accept-encoding": "gzip"})
        assert (answer.status_code, answer.content) == (206, film[part]), wanted
        assert answer.headers["content-range"] == f"bytes {part.start}-{part.stop - 1}/{size}"
    for wanted in (f"bytes={size}-", "bytes=-0"):
        beyond = ada.get(address, headers={"range": wanted})
        assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{size}")
    for wanted in ("bytes=9-3", "bytes=-", "bytes=0-1,4-5", "lines=1-2"):
        assert ada.get(address, headers={"range": wanted}).status_code == 200


def test_a_match_is_kept_as_a_file(app: App, ada: Browser, films: Library, film: bytes) -> None:
    store(app, films, "one")
    page = found(app, films, Match("one", 0.81, (SEGMENT,))) + "/matches/1"
    ada.post(f"{page}/verdicts", {"ruling": "wrong", "note": "Another take"}, page=page)
    assert f'href="{page}/export?as=json"' in ada.get(page).text

    told = json.loads(ada.get(f"{page}/export?as=json").text)
    assert (told["similarity"], told["query"]["key"], told["query"]["place"]["object"]) == (
        0.81, "the query", "query.mp4",
    )  # fmt: skip
    (segment,) = told["segments"]
    assert (segment["query_start"], segment["transform"]["crop"]) == (1.0, [0.1, 0.2, 0.5, 0.6])
    assert [pair["votes"] for pair in segment["evidence"]] == [17.0, 25.0]
    assert [(one["ruling"], one["note"]) for one in told["verdicts"]] == [("wrong", "Another take")]

    answer = ada.get(f"{page}/export?as=csv")
    assert answer.headers["content-type"].startswith("text/csv")
    (line,) = csv.DictReader(io.StringIO(answer.text))
    assert (line["query"], line["reference_end"], line["mirrored"], line["votes"]) == (
        "the query",
        "4.0",
        "True",
        "42.0",
    )

    answer = ada.get(f"{page}/export?as=html")
    assert (
        answer.headers["content-disposition"]
        == f'attachment; filename="match-{page.split("/")[3][:8]}-1.html"'
    )
    assert "Another take" in answer.text
    assert answer.text.count('<img src="data:image/jpeg;base64,') == 4 + 2  # and both strips
    assert ada.get(f"{page}/export?as=xml").status_code == 400


def test_a_match_is_kept_as_a_pdf(app: App, ada: Browser, films: Library, film: bytes) -> None:
    store(app, films, "one")
    job = found(app, films, Match("one", 0.81, (SEGMENT,)))
    with app.database.sessions.begin() as session:
        findings.keep(session, job.rpartition("/")[2], [finding("one", told=True)])
    ada.post(
        f"{job}/matches/1/verdicts", {"ruling": "wrong", "note": "Another take"}, page=f"{job}/matches/1"
    )
    assert f'href="{job}/matches/1/export?as=pdf"' in ada.get(f"{job}/matches/1").text
    answer = ada.get(f"{job}/matches/1/export?as=pdf")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"].endswith('-1.pdf"')
    told = PdfReader(io.BytesIO(answer.content))
    text = " ".join(" ".join(page.extract_text().split()) for page in told.pages)
    for words in (
        "the query copies one", "Why it matched", "0.81 of 1; from 0.50 on was asked for",
        "what moves agrees to 0.48 over 3.0 s", "mirrored, cropped to 50% × 60%", "0:01.0 – 0:03.0",
        "Which moments agree", "Wrong, sign-in link", "Another take",
    ):  # fmt: skip
        assert words in text, words
    sizes = [image.image.size for page in told.pages for image in page.images if image.image is not None]
    assert sizes.count((64, 48)) == 3  # two moments of both sides, of which two show the same
    assert sizes.count((768, 48)) == 2  # both strips
    (Path(app.settings.buckets["media"]) / "query.mp4").unlink()
    gone = found(app, films, Match("gone", 0.81, (SEGMENT,))) + "/matches/1/export?as=pdf"
    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(ada.get(gone).content)).pages)
    assert text.count("No picture") == 4


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("<b>&amp;</b><img src='x'/>", "<b>&amp;</b><img src='x'/>"),
        ("a\u202egnp.exe\x1b", r"a\u{202e}gnp.exe\u{1b}"),
        ("\N{GRINNING FACE} film", r"\u{1f600} film"),
        (ABROAD, ABROAD),
        ("n" * 2000, "n" * 30),
    ],
)  # fmt: skip
def test_names_in_a_pdf_are_text(app: App, ada: Browser, films: Library, key: str, shown: str) -> None:
    page = found(app, films, Match(key, 0.81, (SEGMENT,))) + "/matches/1"
    answer = ada.get(f"{page}/export?as=pdf")
    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages)
    assert shown in text


def test_a_link_leads_whoever_may_see_it_there(
    app: App, site: ASGIApp, ada: Browser, films: Library, mine: Account, theirs: Account
) -> None:
    page = found(app, films, Match("one", 0.81, (SEGMENT,))) + "/matches/1"
    link = f"http://console.local:8080{page}"
    assert f'data-copy="{link}"' in ada.get(page).text
    stranger = Browser(site)
    assert (
        stranger.get(link, follow=False).headers["location"]
        == f"/console/login?{urlencode({'next': page.removeprefix('/console')})}"
    )
    app.users.add(mine.id, "grace", "correct horse battery")
    asked = stranger.get(link)
    assert "Why it matched" not in asked.text
    stranger.sign_in("grace", "correct horse battery")
    assert "Why it matched" in stranger.get(link).text
    assert signed_in(site, app, theirs).get(link).status_code == 404


def test_a_match_is_kept_without_pictures_that_are_gone(app: App, ada: Browser, films: Library) -> None:
    text = ada.get(found(app, films, Match("one", 0.81, (SEGMENT,))) + "/matches/1/export?as=html").text
    assert text.count("No picture<") == 4
    assert text.count("No pictures<") == 2  # no strips
    assert "<img" not in text


def test_names_are_no_formulas_in_a_spreadsheet(app: App, ada: Browser, films: Library) -> None:
    text = ada.get(found(app, films, Match("=1+1", 0.81, (SEGMENT,))) + "/matches/1/export?as=csv").text
    assert ",'=1+1," in text


def test_what_is_no_film_is_never_served(app: App, ada: Browser, films: Library) -> None:
    store(app, films, "one")
    media = Path(app.settings.buckets["media"])
    address = found(app, films, Match("one", 0.81, (SEGMENT,))) + "/matches/1/film?side=query"
    assert ada.get(address).status_code == 404
    (media / "query.mp4").write_bytes(b"<html><script>alert(1)</script>" * 9)
    answer = ada.get(address)
    assert answer.status_code == 400
    assert "alert(1)" not in answer.text


def test_without_the_media_stored_pictures_are_shown(app: App, ada: Browser, films: Library) -> None:
    store(app, films, "one")
    page = found(app, films, Match("one", 0.81, (SEGMENT,))) + "/matches/1"
    media = Path(app.settings.buckets["media"])
    (media / "query.mp4").write_bytes(b"no film any more")
    assert ada.get(f"{page}/picture?side=query&at=1").status_code == 404
    stored = ada.get(f"{page}/picture?side=reference&at=2")
    assert (stored.status_code, stored.headers["content-type"]) == (200, "image/jpeg")


def test_a_reference_that_is_gone_is_said_to_be(app: App, ada: Browser, films: Library) -> None:
    page = found(app, films, Match("one", 0.81, (SEGMENT,))) + "/matches/1"
    assert "no longer in the library" in ada.get(page).text
    assert ada.get(f"{page}/picture?side=reference&at=2").status_code == 404
    store(app, films, "one")
    assert "stored anew after this search" in ada.get(page).text


def test_what_is_no_match_is_not_there(app: App, ada: Browser, films: Library) -> None:
    job = found(app, films, Match("one", 0.81, (SEGMENT,)))
    for number in ("0", "2", "-1", "x", "1" * 30, "\N{ARABIC-INDIC DIGIT ONE}"):
        assert ada.get(f"{job}/matches/{number}").status_code == 404
    assert ada.get("/console/tasks/" + "0" * 32 + "/matches/1").status_code == 404
    for query in ("side=both&at=1", "side=query&at=nan", "side=query&at=x", "at=1"):
        assert ada.get(f"{job}/matches/1/picture?{query}").status_code == 400


def test_another_accounts_match_is_not_there(
    app: App, site: ASGIApp, films: Library, theirs: Account, film: bytes
) -> None:
    page = found(app, films, Match("one", 0.81, (SEGMENT,))) + "/matches/1"
    eve = signed_in(site, app, theirs)
    assert eve.get(page).status_code == 404
    assert eve.get(f"{page}/picture?side=query&at=1").status_code == 404
    for part in (
        "film?side=query",
        "film?side=query&part=0",
        "strip?side=query",
        "preview?side=query&part=0",
    ):
        assert eve.get(f"{page}/{part}").status_code == 404
    assert eve.get(f"{page}/export?as=json").status_code == 404


def test_a_limited_key_sees_matches_in_its_own_libraries(
    app: App, site: ASGIApp, films: Library, mine: Account, film: bytes
) -> None:
    page = found(app, films, Match("one", 0.81, (SEGMENT,))) + "/matches/1"
    other = app.libraries.create(mine.id, "other")
    for library, status in ((films, 200), (other, 404)):
        key = app.accounts.add_key(mine.id, operations=["Query*"], libraries=[library.id])
        limited = Browser(site)
        limited.sign_in(key.id, key.secret)
        assert limited.get(page).status_code == status
        assert limited.get(f"{page}/picture?side=query&at=1").status_code == status


def test_a_verdict_is_kept_with_who_and_when_and_shown_with_the_same_pair(
    app: App, ada: Browser, films: Library, mine: Account
) -> None:
    match = Match("one", 0.81, (SEGMENT,))
    page = found(app, films, match) + "/matches/1"
    assert "Nobody judged this match yet" in ada.get(page).text
    shown = ada.post(f"{page}/verdicts", {"ruling": "wrong", "note": "Another take"}, page=page)
    assert "Another take" in shown.text
    assert '<span class="state wrong">Wrong</span>' in shown.text
    ada.post(f"{page}/verdicts", {"ruling": "acceptable"}, page=page)
    text = ada.get(page).text
    assert text.index("state acceptable") < text.index("state wrong")
    entry = app.audit.page(mine.id, None, 1).items[0]
    assert (entry.action, entry.subject) == ("match.judge", "acceptable: one")

    # The same file and reference in another job; not another reference, not another part of the file.
    later = replace(SEGMENT, query_start=4.0, query_end=5.0)
    other = Match("two", 0.7, (SEGMENT,))
    again = found(app, films, other, match)
    assert "of another search of the same file" in ada.get(f"{again}/matches/2").text
    assert "Nobody judged" in ada.get(f"{again}/matches/1").text
    assert "Nobody judged" in ada.get(found(app, films, Match("one", 0.8, (later,))) + "/matches/1").text


def test_a_job_says_what_nearly_was_a_match_and_why_it_is_none(
    app: App, site: ASGIApp, ada: Browser, films: Library, theirs: Account
) -> None:
    job = found(app, films)
    assert "Nearly a match" not in ada.get(job).text
    with app.database.sessions.begin() as session:
        findings.keep(session, job.rpartition("/")[2], [finding("weak film", told=False)])
    text = ada.get(job).text
    assert f'href="{job}/near/1"' in text
    for page in (job, f"{job}/near/1"):
        for words in (
            "Its similarity is 0.20; from 0.50 on it would be told",
            "agrees to 0.48",
            "strength of 20",
        ):
            assert words in ada.get(page).text
    text = ada.get(f"{job}/near/1").text
    assert "Why it is no match" in text
    assert f"{job}/near/1/strip?side=query" in text
    assert ada.get(f"{job}/near/2").status_code == 404
    assert ada.get(f"{job}/matches/1").status_code == 404
    shown = ada.post(f"{job}/near/1/verdicts", {"ruling": "right"}, page=f"{job}/near/1")
    assert '<span class="state right">Right</span>' in shown.text
    assert signed_in(site, app, theirs).get(f"{job}/near/1").status_code == 404


def test_the_map_is_a_picture_with_words(app: App, ada: Browser, films: Library) -> None:
    job = found(app, films, Match("one", 0.81, (SEGMENT,)), Match("two", 0.7, (SEGMENT,)))
    with app.database.sessions.begin() as session:
        findings.keep(session, job.rpartition("/")[2], [finding("one", told=True)])
    text = ada.get(f"{job}/matches/1").text
    assert "what moves agrees to 0.48 over 3.0 s" in text
    data = re.search(r'<image href="data:image/png;base64,([^"]+)"', text)
    assert data is not None
    picture = cv2.imdecode(np.frombuffer(b64decode(data[1]), np.uint8), cv2.IMREAD_UNCHANGED)
    assert picture is not None
    assert (picture[..., 3] == np.eye(16)[::-1] * 255).all()  # the reference's seconds run upwards
    assert 'role="img" aria-label="How well moments of this file, 0:02.0 to 0:10.5, agree' in text
    assert "Which moments agree" not in ada.get(f"{job}/matches/2").text  # of which none was kept


def test_a_job_shows_what_people_say_of_its_matches(app: App, ada: Browser, films: Library) -> None:
    job = found(app, films, Match("one", 0.81, (SEGMENT,)), Match("two", 0.7, (SEGMENT,)))
    assert "state wrong" not in ada.get(job).text
    ada.post(f"{job}/matches/2/verdicts", {"ruling": "right"}, page=f"{job}/matches/2")
    ada.post(f"{job}/matches/2/verdicts", {"ruling": "wrong"}, page=f"{job}/matches/2")
    text = ada.get(job).text
    assert text.count('<span class="state wrong">Wrong</span>') == 1
    assert "state right" not in text
    assert text.index("state wrong") > text.index("two</bdi>")


def test_a_verdict_changes_no_result(app: App, ada: Browser, films: Library, mine: Account) -> None:
    job = found(app, films, Match("one", 0.81, (SEGMENT,)))
    before = app.jobs.one(mine.id, job.rpartition("/")[2])
    ada.post(f"{job}/matches/1/verdicts", {"ruling": "wrong"}, page=f"{job}/matches/1")
    assert app.jobs.one(mine.id, before.id) == before


def test_verdicts_that_cannot_be_are_refused(app: App, ada: Browser, films: Library) -> None:
    page = found(app, films, Match("one", 0.81, (SEGMENT,))) + "/matches/1"
    for form in ({"ruling": "maybe", "note": "kept words"}, {"note": "kept words"}):
        refused = ada.post(f"{page}/verdicts", form, page=page)
        assert refused.status_code == 400
        assert "kept words" in refused.text
    assert ada.post(f"{page}/verdicts", {"ruling": "right", "note": "x" * 5000}, page=page).status_code == 400
    assert "Nobody judged" in ada.get(page).text


def test_another_account_neither_gives_nor_sees_verdicts(
    app: App, site: ASGIApp, ada: Browser, films: Library, theirs: Account
) -> None:
    page = found(app, films, Match("one", 0.81, (SEGMENT,))) + "/matches/1"
    ada.post(f"{page}/verdicts", {"ruling": "right", "note": "ours"}, page=page)
    eve = signed_in(site, app, theirs)
    assert eve.post(f"{page}/verdicts", {"ruling": "wrong"}, page="/console/").status_code == 404
    pair = Pair(films.id, MediaPlace("media", "", "query.mp4"), "one")
    assert [one.note for one in app.verdicts.of(films.account_id, pair, (0.0, 9.0))] == ["ours"]
    assert app.verdicts.of(theirs.id, pair, (0.0, 9.0)) == []


def test_a_key_that_may_only_look_gives_no_verdict(
    app: App, site: ASGIApp, films: Library, mine: Account
) -> None:
    page = found(app, films, Match("one", 0.81, (SEGMENT,))) + "/matches/1"
    key = app.accounts.add_key(mine.id, operations=["Query*"], libraries=[films.id])
    limited = Browser(site)
    limited.sign_in(key.id, key.secret)
    assert "/verdicts" not in limited.get(page).text
    assert limited.post(f"{page}/verdicts", {"ruling": "right"}, page=page).status_code == 403
