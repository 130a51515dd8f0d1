"""Users: the people who sign in to the account."""

from __future__ import annotations

from starlette.responses import Response

from shotprint.console.call import Call
from shotprint.errors import CallerError, NotFound


def index(call: Call) -> Response:
    return _page(call)


def add(call: Call) -> Response:
    name = call.form.get("name", "").strip()
    try:
        call.app.users.add(call.account_id, name, call.form.get("password", ""))
    except CallerError as error:
        return _page(call, problem=error.message, name=name)
    call.audit("user.add", name)
    return call.go("/account/users")


def set_password(call: Call) -> Response:
    """Give a user another password. Whoever is signed in as them is signed out, be it who does this."""
    name = _name(call)
    try:
        call.app.users.set_password(call.account_id, name, call.form.get("password", ""))
    except CallerError as error:
        return _page(call, problem=error.message)
    call.audit("user.password", name)
    return call.go("/account/users")


def remove(call: Call) -> Response:
    name = _name(call)
    call.app.users.remove(call.account_id, name)
    call.audit("user.remove", name)
    return call.go("/account/users")


def _page(call: Call, *, problem: str = "", name: str = "") -> Response:
    return call.page(
        "users.html",
        status=400 if problem else 200,
        tab="/users",
        users=call.app.users.list(call.account_id),
        problem=problem,
        name=name,
    )


def _name(call: Call) -> str:
    """The name of the account's user of the path's id."""
    for user in call.app.users.list(call.account_id):
        if user.id == call.path["id"]:
            return user.name
    raise NotFound("The account has no such user", parameter="user")
