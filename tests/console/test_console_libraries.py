"""Libraries and their files: made, described, looked through, deleted."""

from __future__ import annotations

import io
import re
import zipfile

import cv2
import numpy as np
import pytest
from starlette.types import ASGIApp
from support.console_browser import Browser, signed_in
from support.service_work import store_print, work_off

from shotprint.blobs.store import BlobStore
from shotprint.service.types import Account, FileFilter, Library, LibraryState
from shotprint.wiring import App

PAGE = "/console/libraries"
DELETE = "/console/tasks/deletions/new"


@pytest.fixture
def films(app: App, mine: Account) -> Library:
    library = app.libraries.create(mine.id, "films")
    work_off(app)
    return library


def put_pictures(app: App, library: Library, file_id: str) -> None:
    """Pictures of the first three seconds, each of another brightness."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for second in range(3):
            _, data = cv2.imencode(".jpg", np.full((9, 16), second * 100, np.uint8))
            archive.writestr(f"{second * 1000:09d}.jpg", data.tobytes())
    blob = app.files.pictures_blob(library.account_id, library.id, file_id)
    assert blob
    BlobStore(app.settings.blobs_url).put(blob, buffer.getvalue())


def brightness(data: bytes) -> int:
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
    return round(float(picture.mean()))


def test_a_library_is_made_and_described(app: App, ada: Browser, mine: Account) -> None:
    response = ada.post(PAGE, {"name": "films", "description": "Ours"}, page=PAGE)
    library = app.libraries.find(mine.id, "films")
    assert response.url.path == f"{PAGE}/{library.id}"
    assert library.description == "Ours"
    page = f"{PAGE}/{library.id}"
    ada.post(f"{page}/description", {"description": "Theirs"}, page=page)
    assert app.libraries.find(mine.id, "films").description == "Theirs"
    ada.post(f"{page}/description", {"description": ""}, page=page)
    assert app.libraries.find(mine.id, "films").description is None
    refused = ada.post(PAGE, {"name": "films", "description": "kept words"}, page=PAGE)
    assert refused.status_code == 400
    assert "kept words" in refused.text
    actions = [entry.action for entry in app.audit.page(mine.id, None, 10).items]
    assert actions[:3] == ["library.describe", "library.describe", "library.create"]


def test_libraries_are_listed_in_pages(app: App, ada: Browser, mine: Account) -> None:
    for number in range(53):
        app.libraries.create(mine.id, f"library {number:02}")
    first = ada.get(PAGE).text
    assert "library 49" in first
    assert "library 50" not in first
    after = re.search(rf'href="({PAGE}\?after=[0-9a-f]+)"', first)
    assert after
    assert "library 52" in ada.get(after[1]).text


def test_files_are_found_by_a_part_of_their_key(app: App, ada: Browser, films: Library) -> None:
    for number, key in enumerate(("a 100% film", "a 1000 film", "other_one", "otherXone")):
        store_print(app, films.id, key, number)
    page = f"{PAGE}/{films.id}"
    shown = ada.get(page).text
    assert shown.index("otherXone") < shown.index("a 100% film")  # newest first
    assert "a 1000 film" not in ada.get(f"{page}?q=100%25").text
    assert "otherXone" not in ada.get(f"{page}?q=other_").text
    assert "other_one" in ada.get(f"{page}?q=other_").text
    assert "other_one" in ada.get(f"{page}?q=OTHER_").text
    assert "No file has this" in ada.get(f"{page}?q=%00").text


def test_files_are_listed_in_pages(app: App, ada: Browser, films: Library) -> None:
    for number in range(53):
        store_print(app, films.id, f"file {number:02}", 1)
    page = f"{PAGE}/{films.id}"
    first = ada.get(f"{page}?q=file").text
    assert "file 03" in first
    assert "file 02" not in first
    after = re.search(rf'href="({page}\?q=file&amp;after=[0-9a-f]+)"', first)
    assert after
    second = ada.get(after[1].replace("&amp;", "&")).text
    assert "file 02" in second
    assert "file 03" not in second


def test_pictures_are_those_next_to_a_moment(app: App, ada: Browser, films: Library) -> None:
    file_id = store_print(app, films.id, "one", 1)
    page = f"{PAGE}/{films.id}/files/{file_id}"
    assert ada.get(f"{page}/picture").status_code == 404  # what is stored there is no zip
    put_pictures(app, films, file_id)
    for at, value in (("0", 0), ("1.2", 100), ("1.6", 200), ("99", 200)):
        picture = ada.get(f"{page}/picture?at={at}")
        assert picture.headers["content-type"] == "image/jpeg"
        assert "private" in picture.headers["cache-control"]
        assert abs(brightness(picture.content) - value) < 3
    for at in ("nan", "inf", "x", ""):
        assert ada.get(f"{page}/picture?at={at}").status_code == 400
    shown = ada.get(page).text
    assert shown.count("/picture?at=") == 3
    assert ada.get(f"{PAGE}/{films.id}/files/{'0' * 32}").status_code == 404


def test_chosen_files_are_deleted(app: App, ada: Browser, films: Library) -> None:
    one, two = store_print(app, films.id, "one", 1), store_print(app, films.id, "two", 2)
    page = f"{PAGE}/{films.id}"
    assert ada.post(f"{page}/delete-files", page=page).status_code == 400
    assert ada.post(f"{page}/delete-files", {"file": [one]}, page=page).url.path == "/console/tasks/deletions"
    work_off(app)
    left = app.files.page(films.account_id, films.id, FileFilter(), None, 10).items
    assert [file.id for file in left] == [two]


@pytest.mark.parametrize(
    ("kind", "state"), [("purge", LibraryState.ACTIVE), ("delete", LibraryState.DELETED)]
)
def test_a_library_is_emptied_or_deleted_when_its_name_is_typed(
    app: App, ada: Browser, films: Library, kind: str, state: LibraryState
) -> None:
    store_print(app, films.id, "one", 1)
    page = f"{PAGE}/{films.id}"
    form = {"library": films.id, "what": kind}
    assert ada.post(DELETE, {**form, "name": "film"}, page=page).status_code == 400
    work_off(app)
    assert app.libraries.get(films.account_id, films.id).file_count == 1
    ada.post(DELETE, {**form, "name": "films"}, page=page)
    work_off(app)
    library = app.libraries.get(films.account_id, films.id)
    assert (library.state, library.file_count) == (state, 0)
    assert ada.get(page).status_code == (404 if kind == "delete" else 200)


def test_another_accounts_libraries_are_not_there(
    app: App, site: ASGIApp, films: Library, theirs: Account
) -> None:
    file_id = store_print(app, films.id, "secret key", 1)
    put_pictures(app, films, file_id)
    eve = signed_in(site, app, theirs)
    assert films.id not in eve.get(PAGE).text
    page = f"{PAGE}/{films.id}"
    for path in ("", f"/files/{file_id}", f"/files/{file_id}/picture"):
        assert eve.get(page + path).status_code == 404
    for path in ("/description", "/delete-files"):
        assert eve.post(page + path, {"name": "films", "file": file_id}, page=PAGE).status_code == 404
    own = app.libraries.create(theirs.id, "films")
    assert eve.get(f"{PAGE}/{own.id}/files/{file_id}").status_code == 404
    assert eve.get(f"{PAGE}/{own.id}/files/{file_id}/picture").status_code == 404


def test_a_key_for_one_library_makes_and_sees_no_other(
    app: App, site: ASGIApp, films: Library, mine: Account
) -> None:
    other = app.libraries.create(mine.id, "hidden library")
    app.accounts.add_key(mine.id, "robot", "robot secret", libraries=[films.id])
    robot = Browser(site)
    robot.sign_in("robot", "robot secret")
    shown = robot.get(PAGE).text
    assert "films" in shown
    assert "hidden library" not in shown
    assert robot.get(f"{PAGE}/{other.id}").status_code == 404
    assert robot.post(PAGE, {"name": "new"}, page=PAGE).status_code == 403
