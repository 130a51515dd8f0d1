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
        page.goto(f"{url}/console{path}", wait_until="networkidle")
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
