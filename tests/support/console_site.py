"""The whole site on a socket in this process, and a real browser to look at it with."""

from __future__ import annotations

import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, sync_playwright
from starlette.types import ASGIApp
from support.requirements import missing

from shotprint.cli.web_server import WebServer

LIMIT_S = 60


@contextmanager
def served(site: ASGIApp) -> Iterator[str]:
    """The address of the site, until the end."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ready = threading.Event()
        server = WebServer(site, listener, ready.set)
        thread = threading.Thread(target=server.serve)
        thread.start()
        try:
            assert ready.wait(LIMIT_S)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.stop()
            thread.join(LIMIT_S)


@contextmanager
def chromium() -> Iterator[Page]:
    """A page of a fresh browser. Whatever it complains of at the end is a failure: scripts, styles, the policy."""
    program = shutil.which("chromium")
    if program is None:
        missing("chromium is not installed; on Debian: apt install chromium")
    complaints: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = browser.new_page()
        page.set_default_timeout(LIMIT_S * 1000)
        page.on(
            "console", lambda message: complaints.append(message.text) if message.type == "error" else None
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield page
        browser.close()
    assert complaints == []
