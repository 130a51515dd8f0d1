"""Light, dark, or as the system is: kept in a cookie, so that pages come in it from the start."""

from __future__ import annotations

import re

from starlette.responses import Response

from shotprint.console.call import ROOT, Call

COOKIE = "shotprint_theme"
THEMES = ("light", "dark", "system")

_HERE = re.compile(rf"{ROOT}(/[\x21-\x7e]*)")
_YEAR_S = 365 * 24 * 3600


def choose(call: Call) -> Response:
    """Keep the theme and show the same page in it."""
    found = _HERE.fullmatch(call.form.get("back", ""))
    response = call.go(found[1] if found else "/")
    chosen = call.form.get("theme", "")
    if chosen in THEMES:
        response.set_cookie(
            COOKIE, chosen, max_age=_YEAR_S, path=ROOT, httponly=True, samesite="strict",
            secure=call.is_secure,
        )  # fmt: skip
    return response
