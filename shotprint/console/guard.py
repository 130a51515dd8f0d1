"""Who may see a page, and whether a request is really what its sender's browser was asked for by us."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias
from urllib.parse import unquote, urlsplit

from starlette.requests import Request
from starlette.responses import Response

from shotprint.console import tokens
from shotprint.errors import AccessDenied
from shotprint.service.sessions import Session

Permission: TypeAlias = Callable[[Session], bool]
"""Whether the session may see a page."""

FORM_FIELD = "csrf"
FORM_HEADER = "x-csrf-token"

_PATH = "/console"
_PATH_BELOW = re.compile(r"/(?!/)[\x21-\x5b\x5d-\x7e]*")


def anyone(_: Session) -> bool:
    """Also who is not signed in."""
    return True


def signed_in(_: Session) -> bool:
    """Whoever is signed in."""
    return True


def whole(session: Session) -> bool:
    """Sessions that nothing is kept from."""
    return session.is_whole


def operation(*names: str) -> Permission:
    """Sessions that may call this operation of the API, or one of these: a page may do what it does."""
    return lambda session: any(session.may_call(name) for name in names)


def session_token(request: Request) -> str:
    """The session's token that the browser sent, "" without one."""
    return (
        request.cookies.get(_cookie_name(secure=True))
        or request.cookies.get(_cookie_name(secure=False))
        or ""
    )


def keep_session(response: Response, token: str, *, secure: bool) -> None:
    """Let the browser send the token with requests to the console, and show it to no script. Lax, so that links
    from elsewhere, in a message or a ticket, find whoever follows them signed in; they change nothing."""
    response.set_cookie(
        _cookie_name(secure=secure), token, path="/" if secure else _PATH, secure=secure, httponly=True,
        samesite="lax",
    )  # fmt: skip


def forget_session(response: Response) -> None:
    for secure in (True, False):
        response.delete_cookie(
            _cookie_name(secure=secure), path="/" if secure else _PATH, secure=secure, httponly=True,
            samesite="lax",
        )  # fmt: skip


def own_path(path: str) -> str | None:
    """The path if it is of a page of the console, below ``/console``, else None, whatever browsers make of it:
    they take a backslash for a slash, and dots for a way up also when they are percent-encoded."""
    parts = unquote(path.partition("?")[0].partition("#")[0]).split("/")
    return path if _PATH_BELOW.fullmatch(path) and not {".", ".."} & {*parts} else None


def check_origin(request: Request, public_url: str) -> None:
    """AccessDenied unless the request comes from a page of this server, as every browser says of requests that
    change something."""
    own = {request.headers.get("host", "").lower(), _host(public_url)} - {""}
    if _host(request.headers.get("origin", "")) not in own:
        raise AccessDenied("This request does not come from a page of this server")


def check_form(sent: str, token: str) -> None:
    """AccessDenied unless `sent` is a form's token of this session."""
    if not token or not tokens.is_good(sent, tokens.form_token(token)):
        raise AccessDenied("This page is too old. Load it again and repeat what you did")


def _host(url: str) -> str:
    """The host and port of a URL; "" when it is none."""
    try:
        return urlsplit(url).netloc.lower()
    except ValueError:
        return ""


def _cookie_name(*, secure: bool) -> str:
    """Browsers let a name with this prefix be set over HTTPS and by this very host only."""
    return "__Host-shotprint" if secure else "shotprint"
