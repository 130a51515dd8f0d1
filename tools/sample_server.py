"""A real server that did work of every kind on real clips, for looking at its console."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from demo.edited_copy import make_edited_copy
from demo.server import running_server
from shotprint.service.types import (
    ComparisonRequest,
    FileFilter,
    ImportRequest,
    JobRequest,
    MediaPlace,
    SaveType,
)
from shotprint.settings import load
from shotprint.wiring import App, open_app

FILMS = ("bigbuckbunny.mp4", "bikes.mp4", "edited.mp4", "edited.avi")
CLIPS = Path(__file__).resolve().parent.parent / ".cache" / "clips"


def fill(app: App) -> dict[str, str]:
    """Ask for work of every kind, wait for it, and give the pages to look at."""
    account = app.accounts.ensure("default")
    films = app.libraries.create(account.id, "films", description="What we own")
    adverts = app.libraries.create(account.id, "adverts")
    place = {name: MediaPlace("media", "", name) for name in FILMS}
    for name in ("bigbuckbunny.mp4", "bikes.mp4"):
        app.jobs.submit(account.id, JobRequest(place[name], name, SaveType.ONLYSAVE, films.id))
    wait(app)
    found = app.jobs.submit(
        account.id,
        JobRequest(place["edited.mp4"], "upload-4711", SaveType.NOSAVE, films.id, user_data="ticket 12"),
    )
    unplayable = app.jobs.submit(
        account.id, JobRequest(place["edited.avi"], "upload-4712", SaveType.NOSAVE, films.id)
    )
    demanding = app.jobs.submit(
        account.id, JobRequest(place["edited.mp4"], "upload-4713", SaveType.NOSAVE, films.id, 0.9)
    )
    failed = app.jobs.submit(
        account.id,
        JobRequest(MediaPlace("media", "", "missing.mp4"), "missing.mp4", SaveType.SAVE, films.id),
    )
    compared = app.comparisons.submit(
        account.id, ComparisonRequest(place["bigbuckbunny.mp4"], place["edited.mp4"], films.id)
    )
    imported = app.imports.submit(
        account.id, ImportRequest(adverts.id, MediaPlace("media", "", "list.jsonl"), SaveType.SAVE)
    )
    app.deletions.delete_files(account.id, films.id, primary_keys=["bikes-old.mp4"])
    app.users.add(account.id, "ada", "correct horse battery")
    wait(app)
    app.reports.report(account.id, failed.id, "The file is there", "It was uploaded a minute later.")
    page = app.files.newest(account.id, films.id, FileFilter(), None, 1)
    pipeline = app.pipelines.create(account.id, "tickets", target="https://example.com/hook")
    return {
        "overview": "/",
        "submit": f"/tasks/new?library={films.id}",
        "libraries": "/libraries",
        "library": f"/libraries/{films.id}",
        "library-search": f"/libraries/{films.id}/search",
        "file": f"/libraries/{films.id}/files/{page.items[0].id}",
        "account": "/account",
        "keys": "/account/keys",
        "users": "/account/users",
        "pipelines": "/account/pipelines",
        "pipeline": f"/account/pipelines/{pipeline.id}",
        "audit": "/account/audit",
        "tasks": "/tasks",
        "job": f"/tasks/{found.id}",
        "job-failed": f"/tasks/{failed.id}",
        "match": f"/tasks/{found.id}/matches/1",
        "match-preview": f"/tasks/{unplayable.id}/matches/1",
        "near-miss": f"/tasks/{demanding.id}/near/1",
        "job-near-miss": f"/tasks/{demanding.id}",
        "comparison": f"/tasks/comparisons/{compared.id}",
        "comparison-match": f"/tasks/comparisons/{compared.id}/matches/1",
        "imports": "/tasks/imports",
        "import": f"/tasks/imports/{imported.id}",
        "import-new": "/tasks/imports/new",
        "deletions": "/tasks/deletions",
        "deletion-new": f"/tasks/deletions/new?library={films.id}",
        "comparisons": "/tasks/comparisons",
        "comparison-new": "/tasks/comparisons/new?object=media/edited.mp4&object=media/bigbuckbunny.mp4",
        "explorer": "/explorer",
        "explorer-call": "/explorer/2014-06-18/SubmitFpShotJob",
        "docs": "/docs",
        "docs-found": "/docs?q=upload",
        "doc": "/docs/console",
        "doc-reference": "/docs/reference/settings",
        "errors": "/errors",
        "error": "/errors/InvalidParameter.NullValue",
        "not-found": "/nothing",
    }


def wait(app: App) -> None:
    """Until everything that was asked for is done."""
    ends = time.monotonic() + 600
    while app.queue.waiting():
        if time.monotonic() > ends:
            raise TimeoutError("the work takes too long")
        time.sleep(0.2)


@contextmanager
def filled_server() -> Iterator[tuple[App, str, dict[str, str]]]:
    """A server that did something, its services, its address, and pages."""
    with tempfile.TemporaryDirectory() as directory:
        base = Path(directory)
        media = base / "media"
        shutil.copytree(CLIPS, media, ignore=shutil.ignore_patterns(".*"))
        lines = [("advert 1", "bikes.mp4"), ("advert 2", "bikes.mp4"), ("advert 3", "missing.mp4")]
        (media / "list.jsonl").write_text(
            "".join(
                json.dumps({"PrimaryKey": key, "Bucket": "media", "Location": "", "Object": name}) + "\n"
                for key, name in lines
            )
        )
        for name in ("edited.mp4", "edited.avi"):  # the second is of a kind that no browser plays
            make_edited_copy(media / "bigbuckbunny.mp4", media / "bikes.mp4", media / name)
        with running_server(base, {"media": media}, ("my-id", "my-secret"), "--workers", "1") as server:
            app = open_app(load(data=base / "data", buckets={"media": str(media)}))
            try:
                yield app, server.url, fill(app)
            finally:
                app.close()
