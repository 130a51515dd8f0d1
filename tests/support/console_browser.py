"""A browser without a screen: cookies, redirects, forms with their tokens, straight to the site's ASGI."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from html import unescape
from urllib.parse import urljoin

import httpx
from starlette.types import ASGIApp

from shotprint.service.types import Account
from shotprint.wiring import App

HOST = "http://console.local:8080"


class Browser:
    """Whoever uses it, from one address."""

    def __init__(self, site: ASGIApp, *, host: str = HOST, address: str = "192.0.2.1") -> None:
        self.cookies = httpx.Cookies()
        self._site = site
        self._host = host
        self._address = address

    def get(
        self, path: str, *, headers: Mapping[str, str] | None = None, follow: bool = True
    ) -> httpx.Response:
        return self.send("GET", path, headers=headers, follow=follow)

    def post(
        self, path: str, form: Mapping[str, str | list[str]] | None = None, *, page: str, follow: bool = True
    ) -> httpx.Response:
        """Send a form as it stands on `page`: with the token that it has there, and with the page as its origin."""
        values = {"csrf": self.token_on(page), **(form or {})}
        return self.send("POST", path, form=values, headers={"origin": self._host}, follow=follow)

    def token_on(self, page: str) -> str:
        """The token of the forms of a page."""
        found = re.search(r'name="csrf" value="([^"]+)"', self.get(page).text)
        assert found, page
        return unescape(found[1])

    def send(
        self,
        method: str,
        path: str,
        *,
        form: Mapping[str, str | list[str]] | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        follow: bool = True,
    ) -> httpx.Response:
        """One request with exactly these headers besides the cookies."""
        return asyncio.run(self._send(method, path, form, body, dict(headers or {}), follow))

    def sign_in(self, name: str, password: str) -> httpx.Response:
        return self.post("/console/login", {"name": name, "password": password}, page="/console/login")

    async def _send(
        self,
        method: str,
        path: str,
        form: Mapping[str, str | list[str]] | None,
        body: bytes | None,
        headers: dict[str, str],
        follow: bool,
    ) -> httpx.Response:
        transport = httpx.ASGITransport(self._site, client=(self._address, 50000))
        async with httpx.AsyncClient(
            transport=transport, base_url=self._host, cookies=self.cookies, follow_redirects=follow
        ) as client:
            url = urljoin(self._host, path)
            response = await client.request(method, url, data=form, content=body, headers=headers)
            self.cookies = httpx.Cookies(client.cookies)
        return response


def signed_in(site: ASGIApp, app: App, account: Account) -> Browser:
    """A browser that is signed in to the account by a link, which costs no hashing."""
    browser = Browser(site)
    page = f"/console/enter?token={app.sessions.make_link(account.id)}"
    token = page.partition("=")[2]
    assert browser.post("/console/enter", {"token": token}, page=page).status_code == 200
    return browser
