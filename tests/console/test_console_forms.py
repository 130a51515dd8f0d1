"""Imports, deletions, comparisons and searches that are asked for in the browser."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from starlette.types import ASGIApp
from support.console_browser import Browser, signed_in
from support.service_work import store_print, work_off

from shotprint.service import jobs
from shotprint.service.types import Account, JobFilter, JobRequest, JobState, Library, MediaPlace, SaveType
from shotprint.wiring import App

IMPORTS, COMPARISONS, DELETIONS = (
    f"/console/tasks/{kind}" for kind in ("imports", "comparisons", "deletions")
)


@pytest.fixture
def films(app: App, mine: Account) -> Library:
    made = app.libraries.create(mine.id, "films")
    work_off(app)
    return made


@pytest.fixture
def media(app: App) -> Path:
    place = Path(app.settings.buckets["media"])
    for name in ("one.mp4", "100%.mp4", "list.jsonl"):
        (place / name).write_bytes(b"film")
    return place


def send(app: App, account: Account, name: str = "mine.mp4", data: bytes = b"film") -> str:
    upload = app.uploads.begin(account.id, name, len(data))
    app.uploads.append(account.id, upload.id, 0, data)
    return upload.id


def limited(app: App, site: ASGIApp, account: Account, operations: list[str], library: Library) -> Browser:
    """Signed in with a key for these operations and one library."""
    app.accounts.add_key(account.id, "robot", "robot secret", operations=operations, libraries=[library.id])
    robot = Browser(site)
    robot.sign_in("robot", "robot secret")
    return robot


def last_action(app: App, account: Account) -> str:
    return app.audit.page(account.id, None, 1).items[0].action


# Searching a library


def test_a_library_is_searched_with_a_file_that_is_not_kept(
    app: App, ada: Browser, films: Library, mine: Account
) -> None:
    page = f"/console/libraries/{films.id}/search"
    assert page in ada.get(f"/console/libraries/{films.id}").text
    upload_id = send(app, mine)
    shown = ada.post(page, {"upload": upload_id, "similarity": "0.7"}, page=page)
    job = app.jobs.one(mine.id, shown.url.path.rpartition("/")[2])
    assert (job.request.save_type, job.request.library_id) == (SaveType.NOSAVE, films.id)
    assert job.request.similarity_threshold == 0.7
    assert app.uploads.get(mine.id, upload_id).job_id == job.id
    app.jobs.cancel(mine.id, job.id)
    assert "Ask again" not in ada.get(shown.url.path).text
    form = ada.get("/console/tasks/new").text
    assert "its search is over" in form
    assert f'value="{upload_id}"' not in form  # nobody else can have it
    wanted = {"upload": upload_id, "library": films.id, "save_type": "save"}
    assert ada.post("/console/tasks/new", wanted, page=page).status_code == 400


@pytest.mark.parametrize("form", [{}, {"upload": "0" * 32}, {"similarity": "much"}, {"upload": ["a", "b"]}])
def test_a_search_says_what_is_wrong(
    app: App, ada: Browser, films: Library, mine: Account, form: dict[str, str | list[str]]
) -> None:
    page = f"/console/libraries/{films.id}/search"
    values = {"upload": send(app, mine), **form} if "similarity" in form else form
    response = ada.post(page, values, page=page)
    assert response.status_code == 400
    assert 'role="alert"' in response.text
    kept = 'name="upload"' in response.text  # what was sent need not be sent again
    assert kept == ("similarity" in form)
    assert app.jobs.page(mine.id, JobFilter(), None, 10).items == ()


def test_another_accounts_library_is_not_searched(
    app: App, site: ASGIApp, films: Library, theirs: Account
) -> None:
    eve = signed_in(site, app, theirs)
    page = f"/console/libraries/{films.id}/search"
    assert eve.get(page).status_code == 404
    assert eve.post(page, {"upload": send(app, theirs)}, page="/console/").status_code == 404


# Imports


def test_a_list_is_imported_followed_and_its_result_kept(
    app: App, ada: Browser, films: Library, media: Path, mine: Account
) -> None:
    lines = [json.dumps({"PrimaryKey": "a", "Bucket": "media", "Object": "missing.mp4", "Location": ""})]
    (media / "list.jsonl").write_text("\n".join(lines))
    form = {"object": "media/list.jsonl", "library": films.id, "save_type": "save", "user_data": "ticket"}
    shown = ada.post(f"{IMPORTS}/new", form, page=f"{IMPORTS}/new")
    assert re.fullmatch(rf"{IMPORTS}/[0-9a-f]{{32}}", shown.url.path)
    assert "Cancel" in shown.text
    assert f'hx-get="{shown.url.path}/live"' in shown.text
    assert f'hx-get="{IMPORTS}/live?"' in ada.get(IMPORTS).text
    assert last_action(app, mine) == "import.submit"
    work_off(app)
    over = ada.get(shown.url.path).text
    assert "hx-get" not in over.partition("<main")[2]
    assert "ticket" in over
    result = ada.get(f"{shown.url.path}/result")
    assert result.headers["content-disposition"].startswith("attachment")
    assert json.loads(result.text.splitlines()[0])["PrimaryKey"] == "a"
    assert ada.post(f"{shown.url.path}/cancel", page=shown.url.path).status_code == 400


def test_an_import_is_cancelled(app: App, ada: Browser, films: Library, media: Path, mine: Account) -> None:
    form = {"object": "media/list.jsonl", "library": films.id, "save_type": "onlysave"}
    page = ada.post(f"{IMPORTS}/new", form, page=f"{IMPORTS}/new").url.path
    assert "What to do" in ada.post(f"{page}/cancel", page=page).text
    assert last_action(app, mine) == "import.cancel"
    assert ada.get(f"{page}/result").status_code == 404


@pytest.mark.parametrize(
    "change",
    [{"object": ""}, {"object": ["media/list.jsonl", "media/one.mp4"]}, {"save_type": "nosave"},
     {"library": "0" * 32}, {"user_data": "x" * 200}],
)  # fmt: skip
def test_an_import_says_what_is_wrong_and_keeps_what_was_chosen(
    app: App, ada: Browser, films: Library, media: Path, mine: Account, change: dict[str, str | list[str]]
) -> None:
    form = {"object": "media/list.jsonl", "library": films.id, "save_type": "save", **change}
    response = ada.post(f"{IMPORTS}/new", form, page=f"{IMPORTS}/new")
    assert response.status_code == 400
    assert 'role="alert"' in response.text
    kept = 'name="object" value="media/list.jsonl" checked' in response.text
    assert kept == (change.get("object") != "")
    assert app.imports.page(mine.id, None, 10).items == ()


# Comparisons


@pytest.mark.parametrize(("order", "query"), [("first", "one.mp4"), ("second", "100%.mp4")])
def test_two_files_are_compared(
    app: App, ada: Browser, films: Library, media: Path, mine: Account, order: str, query: str
) -> None:
    form = {"object": ["media/one.mp4", "media/100%.mp4"], "order": order, "library": films.id}
    shown = ada.post(f"{COMPARISONS}/new", form, page=f"{COMPARISONS}/new")
    (made,), _ = app.comparisons.get(mine.id, [shown.url.path.rpartition("/")[2]])
    assert made.query.object == query
    assert {made.query.object, made.master.object} == {"one.mp4", "100%.mp4"}
    assert made.library_id == films.id
    assert last_action(app, mine) == "comparison.submit"
    assert f'hx-get="{shown.url.path}/live"' in shown.text
    work_off(app)
    assert "What to do" in ada.get(shown.url.path).text


def test_an_uploaded_file_is_compared_with_one_in_a_bucket(
    app: App, ada: Browser, media: Path, mine: Account
) -> None:
    upload_id = send(app, mine)
    form = {"object": "media/one.mp4", "upload": upload_id, "order": "second", "frames_bucket": "media",
            "frames_prefix": "frames/12"}  # fmt: skip
    ada.post(f"{COMPARISONS}/new", form, page=f"{COMPARISONS}/new")
    (made,) = app.comparisons.page(mine.id, None, 10).items
    assert made.query.object == f"{mine.id}/{upload_id}"
    assert made.library_id is None
    assert made.frame_storage == MediaPlace("media", "", "frames/12")


@pytest.mark.parametrize("objects", [[], ["media/one.mp4"], ["media/one.mp4"] * 3])
def test_a_comparison_is_of_two_files(
    app: App, ada: Browser, media: Path, mine: Account, objects: list[str]
) -> None:
    response = ada.post(f"{COMPARISONS}/new", {"object": objects}, page=f"{COMPARISONS}/new")
    assert response.status_code == 400
    assert app.comparisons.page(mine.id, None, 10).items == ()


def test_who_is_limited_to_libraries_compares_as_one_of_those_does(
    app: App, site: ASGIApp, films: Library, media: Path, mine: Account
) -> None:
    """A comparison of no library would be hidden from them."""
    robot = limited(app, site, mine, ["*Compare*"], films)
    form = {"object": ["media/one.mp4", "media/100%.mp4"]}
    assert robot.post(f"{COMPARISONS}/new", form, page=f"{COMPARISONS}/new").status_code == 400
    shown = robot.post(f"{COMPARISONS}/new", {**form, "library": films.id}, page=f"{COMPARISONS}/new")
    assert shown.status_code == 200
    assert robot.get(f"{IMPORTS}/new").status_code == 403


# Deletions


@pytest.mark.parametrize("what", ["keys", "ids"])
def test_files_are_deleted_by_key_or_id(app: App, ada: Browser, films: Library, what: str) -> None:
    one = store_print(app, films.id, "one", 1)
    store_print(app, films.id, "two", 2)
    names = {"keys": "one\r\n\r\nnot there\r\n", "ids": one}
    form = {"library": films.id, "what": what, "files": names[what], "user_data": "ticket"}
    assert ada.post(f"{DELETIONS}/new", form, page=f"{DELETIONS}/new").url.path == DELETIONS
    work_off(app)
    assert app.libraries.get(films.account_id, films.id).file_count == 1
    (made,) = app.deletions.file_page(films.account_id, None, 10).items
    assert (made.state, made.user_data) == (JobState.SUCCEEDED, "ticket")


@pytest.mark.parametrize(
    "form",
    [{"what": "keys"}, {"what": "ids", "files": "\n"}, {"what": "everything"}, {}, {"what": "delete"},
     {"what": "purge", "name": "film"}, {"what": "keys", "files": "\n".join(map(str, range(201)))},
     {"what": "keys", "files": "a", "library": "0" * 32}],
)  # fmt: skip
def test_a_deletion_says_what_is_wrong(app: App, ada: Browser, films: Library, form: dict[str, str]) -> None:
    response = ada.post(f"{DELETIONS}/new", {"library": films.id, **form}, page=f"{DELETIONS}/new")
    assert response.status_code == 400
    assert 'role="alert"' in response.text
    assert app.deletions.file_page(films.account_id, None, 10).items == ()
    assert app.deletions.library_page(films.account_id, None, 10).items == ()


def test_a_key_deletes_what_it_may(app: App, site: ASGIApp, films: Library, mine: Account) -> None:
    robot = limited(app, site, mine, ["SubmitFpFileDeleteJob", "QueryFp*"], films)
    page = f"{DELETIONS}/new"
    assert 'value="delete"' not in robot.get(page).text
    form = {"library": films.id, "what": "delete", "name": "films"}
    assert robot.post(page, form, page=page).status_code == 403
    assert robot.post(page, {"library": films.id, "what": "keys", "files": "a"}, page=page).status_code == 200


# Asking again


@pytest.mark.parametrize("key", ["one.mp4", "100%.mp4", "a b&c.mp4"])
def test_a_job_is_asked_for_again_with_all_that_it_said(
    app: App, ada: Browser, films: Library, media: Path, mine: Account, key: str
) -> None:
    form = {
        "object": f"media/{key}", "library": films.id, "save_type": "save", "key": "film & 1",
        "similarity": "0.5", "user_data": "ticket",
    }  # fmt: skip
    first = app.jobs.one(
        mine.id, ada.post("/console/tasks/new", form, page="/console/tasks/new").url.path[-32:]
    )
    with app.database.sessions.begin() as session:
        jobs.fail(session, first.id, "media_not_found", "It is not there")
    link = re.search(r'href="(/console/tasks/new\?[^"]*)"', ada.get(f"/console/tasks/{first.id}").text)
    assert link
    text = ada.get(link[1].replace("&amp;", "&")).text
    ticked = [(name, value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)" checked', text)]
    assert ("object", form["object"].replace("&", "&amp;")) in ticked
    assert ("save_type", "save") in ticked
    for name in ("similarity", "user_data"):
        assert f'name="{name}" value="{form[name]}"' in text
    assert 'value="film &amp; 1"' in text


def test_a_job_with_an_upload_is_asked_for_again_while_it_is_there(
    app: App, ada: Browser, films: Library, mine: Account
) -> None:
    upload = app.uploads.get(mine.id, send(app, mine))
    job = app.jobs.submit(mine.id, JobRequest(upload.place, "x", SaveType.NOSAVE, films.id))
    app.jobs.cancel(mine.id, job.id)
    assert f"upload={upload.id}" in ada.get(f"/console/tasks/{job.id}").text
    assert "mine.mp4" in ada.get(f"/console/tasks/new?upload={upload.id}").text
    app.uploads.delete(mine.id, upload.id)
    assert "Ask again" not in ada.get(f"/console/tasks/{job.id}").text
    assert "mine.mp4" not in ada.get(f"/console/tasks/new?upload={upload.id}").text


def test_another_accounts_imports_and_uploads_are_not_there(
    app: App, ada: Browser, site: ASGIApp, films: Library, media: Path, mine: Account, theirs: Account
) -> None:
    form = {"object": "media/list.jsonl", "library": films.id, "save_type": "save"}
    page = ada.post(f"{IMPORTS}/new", form, page=f"{IMPORTS}/new").url.path
    eve = signed_in(site, app, theirs)
    for path in (page, f"{page}/live", f"{page}/result"):
        assert eve.get(path).status_code == 404
    assert eve.post(f"{page}/cancel", page="/console/").status_code == 404
    assert eve.post(f"{IMPORTS}/new", form, page=f"{IMPORTS}/new").status_code == 400
    upload_id = send(app, mine, "secret name.mp4")
    for form_page in (IMPORTS, COMPARISONS):
        assert "secret name" not in eve.get(f"{form_page}/new?upload={upload_id}").text
    own = {"object": ["media/one.mp4"], "upload": upload_id}
    assert eve.post(f"{COMPARISONS}/new", own, page=f"{COMPARISONS}/new").status_code == 400
