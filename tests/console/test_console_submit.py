"""Asking for analyses, of objects in buckets and of files that are sent."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import quote_plus

import pytest
from starlette.types import ASGIApp
from support.console_browser import HOST, Browser, signed_in

from shotprint.console.picker import object_name
from shotprint.service.types import Account, JobFilter, Library
from shotprint.wiring import App

PAGE = "/console/tasks/new"


@pytest.fixture
def films(app: App, mine: Account) -> Library:
    return app.libraries.create(mine.id, "films")


@pytest.fixture
def media(app: App) -> Path:
    place = Path(app.settings.buckets["media"])
    (place / "100%25 new").mkdir()
    for name in ("one.mp4", "two.mp4", "100%25 new/a+b <x>.mp4"):
        (place / name).write_bytes(b"film")
    return place


def ask(method: str, browser: Browser, path: str, **more: object) -> tuple[int, dict[str, object]]:
    headers = {"origin": HOST, "accept": "application/json", "x-csrf-token": browser.token_on(PAGE)}
    response = browser.send(method, f"/console/uploads{path}", headers=headers, **more)
    return response.status_code, json.loads(response.text)


def upload(browser: Browser, name: str, data: bytes) -> str:
    _, begun = ask("POST", browser, "", form={"name": name, "size": str(len(data))})
    status, told = ask("PUT", browser, f"/{begun['id']}?offset=0", body=data)
    assert (status, told["finished"]) == (200, True)
    return str(begun["id"])


def test_buckets_are_looked_through(ada: Browser, media: Path, films: Library) -> None:
    text = ada.get(PAGE).text
    assert 'value="media/one.mp4"' in text
    folder = quote_plus("100%25 new")
    assert folder in text
    inside = ada.get(f"{PAGE}/objects?bucket=media&folder={folder}").text
    assert 'value="media/100%25 new/a+b &lt;x&gt;.mp4"' in inside
    assert "one.mp4" not in inside
    assert ada.get(f"{PAGE}/objects?bucket=media&folder=../..").status_code == 404
    assert "not there" in ada.get(f"{PAGE}/objects?bucket=console-uploads").text


def test_the_page_goes_on_where_a_folder_ends(ada: Browser, media: Path, films: Library) -> None:
    for number in range(120):
        (media / f"z {number:03}.mp4").touch()
    after = re.search(r'hx-get="(/console/tasks/new/objects\?[^"]*after=[^"&]+)"', ada.get(PAGE).text)
    assert after
    assert "z 119.mp4" in ada.get(after[1].replace("&amp;", "&")).text


@pytest.mark.parametrize("key", ["one.mp4", "100%25 new/a+b <x>.mp4", "%", "50%.mp4", "ä/ö.mp4"])
def test_an_object_is_named_so_that_a_job_opens_that_one(app: App, media: Path, key: str) -> None:
    (media / key).parent.mkdir(exist_ok=True)
    (media / key).write_bytes(key.encode())
    decoy = media / key.replace("%25", "%")
    decoy.parent.mkdir(exist_ok=True)
    decoy.write_bytes(decoy.read_bytes() if decoy.exists() else b"decoy")
    with app.buckets.open("media", object_name(key)) as (file, _):
        assert file.read() == key.encode()


def test_one_file_is_submitted_and_shown(app: App, ada: Browser, media: Path, films: Library) -> None:
    form = {
        "object": "media/one.mp4", "library": films.id, "save_type": "save", "key": "film 1",
        "similarity": "0.5", "user_data": "ticket",
    }  # fmt: skip
    response = ada.post(PAGE, form, page=PAGE)
    job_id = response.url.path.rpartition("/")[2]
    request = app.jobs.one(films.account_id, job_id).request
    assert (request.place.bucket, request.place.object) == ("media", "one.mp4")
    assert (request.primary_key, request.library_id) == ("film 1", films.id)
    assert (request.save_type.value, request.similarity_threshold, request.user_data) == (
        "save",
        0.5,
        "ticket",
    )
    assert app.audit.page(films.account_id, None, 1).items[0].action == "job.submit"


def test_several_files_are_submitted_under_their_names(
    app: App, ada: Browser, media: Path, films: Library
) -> None:
    form = {
        "object": ["media/one.mp4", "media/100%25 new/a+b <x>.mp4"],
        "library": films.id,
        "save_type": "nosave",
    }
    assert ada.post(PAGE, form, page=PAGE).url.path == "/console/tasks"
    lines = app.job_lines.page(films.account_id, JobFilter(), None, 10).items
    assert {line.primary_key for line in lines} == {"one.mp4", "a+b <x>.mp4"}


@pytest.mark.parametrize(
    "change",
    [{"object": ""}, {"object": "noslash"}, {"object": "console-uploads/x/y"}, {"save_type": "burn"},
     {"similarity": "much"}, {"similarity": "2"}, {"key": "x" * 3000}, {"upload": "0" * 32},
     {"user_data": "x" * 200}, {"object": ["media/one.mp4", "media/two.mp4"], "key": "x"}],
)  # fmt: skip
def test_what_is_wrong_is_said_and_nothing_is_submitted(
    app: App, ada: Browser, films: Library, change: dict[str, str | list[str]]
) -> None:
    form = {"object": "media/one.mp4", "library": films.id, "save_type": "save", **change}
    response = ada.post(PAGE, form, page=PAGE)
    assert response.status_code == 400
    assert 'role="alert"' in response.text
    assert app.job_lines.page(films.account_id, JobFilter(), None, 10).items == ()


def test_a_file_is_sent_and_analysed(app: App, ada: Browser, films: Library) -> None:
    upload_id = upload(ada, "my film.mp4", b"film")
    assert "my film.mp4" in ada.get(PAGE).text
    ada.post(PAGE, {"upload": upload_id, "library": films.id, "save_type": "onlysave"}, page=PAGE)
    (line,) = app.job_lines.page(films.account_id, JobFilter(), None, 10).items
    assert line.primary_key == "my film.mp4"
    with app.buckets.open(line.place.bucket, line.place.object) as (file, _):
        assert file.read() == b"film"


def test_sending_goes_on_where_it_broke_off(ada: Browser) -> None:
    _, begun = ask("POST", ada, "", form={"name": "one.mp4", "size": "6"})
    path = f"/{begun['id']}"
    assert ask("PUT", ada, f"{path}?offset=0", body=b"abc")[1]["received"] == 3
    status, told = ask("PUT", ada, f"{path}?offset=0", body=b"abc")
    assert status == 409
    assert "3 bytes" in str(told["message"])
    assert ask("GET", ada, path)[1]["received"] == 3
    assert ask("PUT", ada, f"{path}?offset=3", body=b"def")[1]["finished"] is True


@pytest.mark.parametrize(
    ("method", "path", "form"),
    [("POST", "", {"name": "a", "size": "0"}), ("POST", "", {"name": "a", "size": "-1"}),
     ("POST", "", {"name": "a", "size": "many"}), ("POST", "", {"name": "", "size": "1"}), ("POST", "", {})],
)  # fmt: skip
def test_a_wrong_upload_is_refused_in_json(
    ada: Browser, method: str, path: str, form: dict[str, str]
) -> None:
    status, told = ask(method, ada, path, form=form)
    assert status == 400
    assert told["message"]


def test_a_chunk_that_is_too_large_is_not_read(ada: Browser) -> None:
    headers = {"origin": HOST, "x-csrf-token": ada.token_on(PAGE)}
    path = f"/console/uploads/{'0' * 32}?offset=0"
    assert ada.send("PUT", path, body=b"x" * (8 * 2**20 + 1), headers=headers).status_code == 413


def test_another_accounts_uploads_are_not_there(
    app: App, site: ASGIApp, theirs: Account, ada: Browser, films: Library
) -> None:
    upload_id = upload(ada, "secret film.mp4", b"film")
    eve = signed_in(site, app, theirs)
    library = app.libraries.create(theirs.id, "films")
    assert "secret film" not in eve.get(PAGE).text
    assert ask("GET", eve, f"/{upload_id}")[0] == 404
    assert eve.post(f"/console/uploads/{upload_id}/delete", page=PAGE).status_code == 404
    form = {"upload": upload_id, "library": library.id, "save_type": "save"}
    assert eve.post(PAGE, form, page=PAGE).status_code == 400
    form = {"object": "media/one.mp4", "library": films.id, "save_type": "save"}
    assert eve.post(PAGE, form, page=PAGE).status_code == 400
    assert ada.post(f"/console/uploads/{upload_id}/delete", page=PAGE).status_code == 200
