"""Signing in and out.

Before there is a session, forms are proven by a visit: a random cookie that the form's token is made from.
"""

from __future__ import annotations

import secrets

from starlette.requests import Request
from starlette.responses import Response

from shotprint.console import guard, tokens
from shotprint.console.call import ROOT, Call
from shotprint.errors import AccessDenied, TooManyAttempts

_VISIT = "shotprint_visit"


def ask(call: Call) -> Response:
    """The form for a name and a password."""
    if call.session is not None:
        return call.go(_next(call.query.get("next", "")))
    return _with_visit(call, "login.html", next=call.query.get("next", ""), name="", problem="")


def sign_in(call: Call) -> Response:
    """Begin a session, or say that it was not right."""
    name, next_page = call.form.get("name", ""), call.form.get("next", "")
    try:
        token = call.app.sessions.sign_in(name, call.form.get("password", ""), call.address)
    except (AccessDenied, TooManyAttempts) as error:
        status = 429 if isinstance(error, TooManyAttempts) else 403
        return _with_visit(
            call, "login.html", status=status, next=next_page, name=name, problem=error.message
        )
    return _begin(call, token, _next(next_page))


def ask_link(call: Call) -> Response:
    """Asks once more, so that nothing that only looks at links uses this one up."""
    return _with_visit(call, "enter.html", link=call.query.get("token", ""))


def enter(call: Call) -> Response:
    """Begin a session with a link that signs in once."""
    return _begin(call, call.app.sessions.enter(call.form.get("token", "")), "/")


def sign_out(call: Call) -> Response:
    call.audit("session.end")
    call.app.sessions.end(call.token)
    response = call.go("/login")
    guard.forget_session(response)
    return response


def visit_token(request: Request) -> str:
    """What proves the forms of somebody who is not signed in; "" when there was no visit."""
    return request.cookies.get(_VISIT, "")


def _begin(call: Call, token: str, path: str) -> Response:
    session = call.app.sessions.find(token)
    if session is None:
        raise AccessDenied("The session ended at once")
    call.app.audit.record(session.account.id, session.name, "session.begin", address=call.address)
    if call.token:
        call.app.sessions.end(call.token)
    response = call.go(path)
    guard.keep_session(response, token, secure=call.is_secure)
    response.delete_cookie(_VISIT, path=ROOT, samesite="strict")
    return response


def _with_visit(call: Call, template: str, *, status: int = 200, **values: str) -> Response:
    visit = call.token or visit_token(call.request) or secrets.token_urlsafe(32)
    csrf = tokens.masked(tokens.form_token(visit))
    response = call.page(template, status=status, visit_csrf=csrf, **values)
    if not call.token:
        response.set_cookie(_VISIT, visit, path=ROOT, httponly=True, samesite="strict", secure=call.is_secure)
    return response


def _next(path: str) -> str:
    """The page to go on with: one of ours, whatever the address said."""
    return "/" if path.startswith("/login") else guard.own_path(path) or "/"
