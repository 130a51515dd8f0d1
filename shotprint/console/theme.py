"""Light, dark, or as the system is: kept in a cookie, so that pages come in it from the start."""

from __future__ import annotations

from starlette.responses import Response

from shotprint.console import guard
from shotprint.console.call import ROOT, Call

COOKIE = "shotprint_theme"
THEMES = ("light", "dark", "system")

_YEAR_S = 365 * 24 * 3600


def choose(call: Call) -> Response:
    """Keep the theme and show the same page in it."""
    response = call.go(guard.own_path(call.form.get("back", "").removeprefix(ROOT)) or "/")
    chosen = call.form.get("theme", "")
    if chosen in THEMES:
        response.set_cookie(
            COOKIE, chosen, max_age=_YEAR_S, path=ROOT, httponly=True, samesite="strict",
            secure=call.is_secure,
        )  # fmt: skip
    return response
