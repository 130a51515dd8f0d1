"""The account: who is signed in, what it may use and uses, and what was done in it."""

from __future__ import annotations

from starlette.responses import Response

from shotprint.console.call import Call

PAGE = 50


def show(call: Call) -> Response:
    """Limits and how much of them is used."""
    return call.page(
        "account.html",
        tab="",
        settings=call.app.settings,
        library_count=len(call.libraries()),
        used_bytes=call.app.uploads.used_bytes(call.account_id),
        operations=sorted(call.me.key.allowed_operations or ()) if call.me.key else [],
    )


def audit(call: Call) -> Response:
    """The audit log, newest first."""
    page = call.app.audit.page(call.account_id, call.query.get("after") or None, PAGE)
    return call.page("audit.html", tab="/audit", page=page)
