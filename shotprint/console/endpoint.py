"""From a request to a view and back: who asks, may they, and what is shown when something is wrong."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urlencode

import structlog
from anyio import CapacityLimiter, to_thread
from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from shotprint.console import guard, sign_in
from shotprint.console.call import ROOT, Call, View, Words
from shotprint.console.guard import Permission, anyone
from shotprint.errors import (
    AccessDenied,
    CallerError,
    Conflict,
    LimitExceeded,
    MediaNotFound,
    NotFound,
    ShotprintError,
    TemporaryError,
)
from shotprint.wiring import App

log = structlog.get_logger(__name__)

_THREADS = 4
_MEDIA_THREADS = 8  # they wait more than they work
_MAX_FORM_BYTES = 1 << 20
_FORM = "application/x-www-form-urlencoded"

Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class Page:
    """A line of the table of pages.

    Attributes
    ----------
    path : below ``/console``.
    max_bytes : of what is sent.
    alive : whether asking for it keeps the session alive; what a page asks for by itself does not.
    media : whether it waits for media to be read; no other page waits for such ones.
    """

    method: str
    path: str
    view: View
    permission: Permission
    max_bytes: int = _MAX_FORM_BYTES
    alive: bool = True
    media: bool = False

    @property
    def changes(self) -> bool:
        return self.method != "GET"


def get(path: str, view: View, permission: Permission, *, alive: bool = True, media: bool = False) -> Page:
    return Page("GET", path, view, permission, alive=alive, media=media)


def post(path: str, view: View, permission: Permission) -> Page:
    return Page("POST", path, view, permission)


def put(path: str, view: View, permission: Permission, *, max_bytes: int) -> Page:
    """Takes bytes that are no form."""
    return Page("PUT", path, view, permission, max_bytes=max_bytes)


class Endpoint:
    """Makes the handlers of pages."""

    def __init__(self, app: App, words: Words) -> None:
        self._app = app
        self._words = words
        self._threads = CapacityLimiter(_THREADS)
        self._media_threads = CapacityLimiter(_MEDIA_THREADS)

    def of(self, page: Page) -> Handler:
        """The handler of the page's requests."""

        threads = self._media_threads if page.media else self._threads

        async def handle(request: Request) -> Response:
            try:
                body = await _body(request, page.max_bytes) if page.changes else b""
            except ClientDisconnect:
                return Response(status_code=400)
            return await to_thread.run_sync(self._answer, page, request, body, limiter=threads)

        return handle

    def call(self, request: Request, body: bytes = b"", *, alive: bool = True) -> Call:
        """The call that a request is."""
        token = guard.session_token(request)
        session = self._app.sessions.find(token, used=alive) if token else None
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        form = QueryParams(body if kind == _FORM else b"")
        return Call(self._app, self._words, request, session, token if session else "", form=form, body=body)

    def _answer(self, page: Page, request: Request, body: bytes) -> Response:
        call = self.call(request, body, alive=page.alive)
        if call.session is None and page.permission is not anyone:
            return _to_login(call)
        try:
            if page.changes:
                guard.check_origin(request, self._app.settings.public_url)
                sent = request.headers.get(guard.FORM_HEADER) or call.form.get(guard.FORM_FIELD, "")
                guard.check_form(sent, call.token or sign_in.visit_token(request))
            if call.session is not None and not page.permission(call.session):
                raise AccessDenied("Your access key does not allow this")
            return page.view(call)
        except ShotprintError as error:
            return _told(call, error) or _our_fault(call)
        except Exception:
            return _our_fault(call)


def not_here(endpoint: Endpoint) -> Callable[[Request, Exception], Awaitable[Response]]:
    """What is shown where there is no page."""

    async def handle(request: Request, exc: Exception) -> Response:
        status = exc.status_code if isinstance(exc, HTTPException) else 404
        call = await to_thread.run_sync(endpoint.call, request)
        title = {404: "There is no such page", 405: "This page cannot do that"}.get(
            status, "That did not work"
        )
        return call.page("error.html", status=status, title=title, message="")

    return handle


def _our_fault(call: Call) -> Response:
    """What is shown when something broke here. What it was is in the log."""
    log.exception("console_broke", path=call.request.url.path)
    return call.page(
        "error.html", status=500, title="Something went wrong here",
        message="It is our fault, not yours. The server's log says more.",
    )  # fmt: skip


def _told(call: Call, error: ShotprintError) -> Response | None:
    """An error that a view did not show itself; None when it is our fault."""
    if isinstance(error, TemporaryError):
        status, title = 503, "Not now"
    elif isinstance(error, AccessDenied):
        status, title = 403, "You may not do this"
    elif isinstance(error, (NotFound, MediaNotFound)):
        status, title = 404, "It is not there"
    elif isinstance(error, (LimitExceeded, Conflict)):
        status, title = 409, "That cannot be now"
    elif isinstance(error, CallerError):
        status, title = 400, "That did not work"
    else:
        return None
    if "application/json" in call.request.headers.get("accept", ""):
        return JSONResponse({"message": error.message}, status)
    return call.page("error.html", status=status, title=title, message=error.message)


def _to_login(call: Call) -> Response:
    """Where to sign in, and back from there. Parts of a page take the whole page there."""
    request = call.request
    part = request.headers.get("hx-request") == "true"
    back = "" if part or request.method != "GET" else request.url.path.removeprefix(ROOT)
    query = f"?{request.url.query}" if back and request.url.query else ""
    path = f"{ROOT}/login" + (f"?{urlencode({'next': back + query})}" if back not in ("", "/") else "")
    if part:
        return Response(status_code=401, headers={"HX-Redirect": path})
    return RedirectResponse(path, 303)


async def _body(request: Request, limit: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise HTTPException(413)
        chunks.append(chunk)
    return b"".join(chunks)
