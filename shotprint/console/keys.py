"""Access keys: made and shown once, disabled and enabled, limited to operations and libraries."""

from __future__ import annotations

from datetime import timedelta

from starlette.responses import Response

from shotprint.console.call import Call
from shotprint.errors import CallerError, InvalidValue
from shotprint.service.checks import now
from shotprint.service.types import AccessKey

MAX_HOURS = 365 * 24


def index(call: Call) -> Response:
    return _page(call)


def add(call: Call) -> Response:
    """Make a key, and show its secret this once."""
    form = call.form
    try:
        hours = _hours(form.get("hours", ""))
        key = call.app.accounts.add_key(
            call.account_id,
            expires=None if hours is None else now() + timedelta(hours=hours),
            operations=form.get("operations", "").split() or None,
            libraries=form.getlist("library") or None,
        )
    except CallerError as error:
        return _page(call, problem=error.message)
    call.audit("key.add", key.id)
    return _page(call, made=key)


def disable(call: Call) -> Response:
    key = call.app.accounts.disable_key(call.account_id, call.path["id"])
    call.audit("key.disable", key.id)
    return call.go("/account/keys")


def enable(call: Call) -> Response:
    key = call.app.accounts.enable_key(call.account_id, call.path["id"])
    call.audit("key.enable", key.id)
    return call.go("/account/keys")


def _page(call: Call, *, problem: str = "", made: AccessKey | None = None) -> Response:
    keys = call.app.accounts.keys(call.account_id)
    return call.page(
        "keys.html",
        status=400 if problem else 200,
        tab="/keys",
        keys=keys,
        names=call.library_names(library for key in keys for library in key.allowed_libraries or ()),
        libraries=call.libraries(),
        operations=call.words.operations,
        problem=problem,
        made=made,
        form=call.form,
    )


def _hours(text: str) -> float | None:
    """How long a key shall last; None for one that lasts."""
    if not text.strip():
        return None
    try:
        hours = float(text)
    except ValueError:
        hours = -1.0
    if not 0 < hours <= MAX_HOURS:
        raise InvalidValue(f"A key ends after up to {MAX_HOURS} hours, not {text!r}", parameter="hours")
    return hours
