"""The first page: how the account is doing."""

from __future__ import annotations

from starlette.responses import Response

from shotprint.console.call import Call


def show(call: Call) -> Response:
    libraries = call.app.libraries.list(call.account_id)
    return call.page("overview.html", libraries=libraries)
