"""Pictures of the console's pages: light, dark, and as wide as a phone, of a real server that did real work.

``python -m tools.make_screenshots [NAME...]`` writes them to ``screenshots/``; with names, only of those pages.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from shotprint.cli.console import link_url
from tools.sample_server import filled_server

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "screenshots"
SIZES = {"light": (1280, 860), "dark": (1280, 860), "phone": (390, 844)}


def fill(app: App) -> dict[str, str]:
    """Ask for work of every kind, wait for it, and give the pages to look at."""
    account = app.accounts.ensure("default")
    films = app.libraries.create(account.id, "films", description="What we own")
    app.libraries.create(account.id, "adverts")
    place = {name: MediaPlace("media", "", name) for name in ("bigbuckbunny.mp4", "bikes.mp4", "edited.mp4")}
    for name in ("bigbuckbunny.mp4", "bikes.mp4"):
        app.jobs.submit(account.id, JobRequest(place[name], name, SaveType.ONLYSAVE, films.id))
    wait(app)
    found = app.jobs.submit(
        account.id,
        JobRequest(place["edited.mp4"], "upload-4711", SaveType.NOSAVE, films.id, user_data="ticket 12"),
    )
    failed = app.jobs.submit(
        account.id,
        JobRequest(MediaPlace("media", "", "missing.mp4"), "missing.mp4", SaveType.SAVE, films.id),
    )
    compared = app.comparisons.submit(
        account.id, ComparisonRequest(place["bigbuckbunny.mp4"], place["edited.mp4"], films.id)
    )
    app.deletions.delete_files(account.id, films.id, primary_keys=["bikes-old.mp4"])
    app.users.add(account.id, "ada", "correct horse battery")
    wait(app)
    app.reports.report(account.id, failed.id, "The file is there", "It was uploaded a minute later.")
    page = app.files.newest(account.id, films.id, FileFilter(), None, 1)
    pipeline = app.pipelines.create(account.id, "tickets", target="https://example.com/hook")
    return {
        "overview": "/",
        "submit": f"/submit?library={films.id}",
        "libraries": "/libraries",
        "library": f"/libraries/{films.id}",
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
        "comparison": f"/tasks/comparisons/{compared.id}",
        "imports": "/tasks/imports",
        "deletions": "/tasks/deletions",
        "explorer": "/explorer",
        "explorer-call": "/explorer/2014-06-18/SubmitFpShotJob",
        "errors": "/errors",
        "error": "/errors/SignatureDoesNotMatch",
        "not-found": "/nothing",
    }


def wait(app: App) -> None:
    """Until everything that was asked for is done."""
    ends = time.monotonic() + 300
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
        make_edited_copy(media / "bigbuckbunny.mp4", media / "bikes.mp4", media / "edited.mp4")
        with running_server(base, {"media": media}, ("my-id", "my-secret"), "--workers", "1") as server:
            app = open_app(load(data=base / "data", buckets={"media": str(media)}))
            try:
                yield app, server.url, fill(app)
            finally:
                app.close()


def take(browser: Browser, url: str, link: str, pages: dict[str, str], look: str) -> None:
    """One picture of each page."""
    width, height = SIZES[look]
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme="dark" if look == "dark" else "light"
    )
    page = context.new_page()
    page.on("console", lambda message: print(look, message.text) if message.type == "error" else None)
    page.goto(f"{url}/console/login")
    page.screenshot(path=OUT / f"login-{look}.png")
    page.goto(link)
    page.get_by_role("button", name="Sign in").click()
    for name, path in pages.items():
        page.goto(f"{url}/console{path}")
        page.screenshot(path=OUT / f"{name}-{look}.png", full_page=True)
    context.close()


def main() -> None:
    program = shutil.which("chromium")
    if program is None:
        sys.exit("chromium is missing; on Debian: apt install chromium")
    OUT.mkdir(exist_ok=True)
    with filled_server() as (app, url, pages), sync_playwright() as playwright:
        wanted = {name: path for name, path in pages.items() if not sys.argv[1:] or name in sys.argv[1:]}
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for look in SIZES:
            token = app.sessions.make_link(app.accounts.get("default").id)
            take(browser, url, link_url(url, token), wanted, look)
        browser.close()
    print(f"{len(wanted)} pages in {OUT.relative_to(ROOT)}/")


if __name__ == "__main__":
    main()
