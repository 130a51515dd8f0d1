"""The error centre: a page for each code that callers of the API see, for whoever follows the link of an error.

Nobody need sign in: the pages tell nothing of anybody.
"""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from shotprint.console.call import Call, Explanation
from shotprint.console.endpoint import Page, get
from shotprint.console.guard import anyone

__all__ = ["pages"]


def pages(catalogue: Mapping[str, Explanation]) -> list[Page]:
    """The pages about the errors of the catalogue, which are its values by their codes."""

    def find(call: Call) -> Response:
        words = call.query.get("q", "").casefold().split()
        found = [error for error in catalogue.values() if _has(error, words)]
        return call.page("errors.html", errors=found)

    def show(call: Call) -> Response:
        code = call.path["code"]
        if code not in catalogue:
            return call.page("error_unknown.html", status=404, code=code)
        return call.page("error_code.html", error=catalogue[code])

    return [get("/errors", find, anyone), get("/errors/{code}", show, anyone)]


def _has(error: Explanation, words: list[str]) -> bool:
    """Whether each word is somewhere in what is known of the error."""
    texts = (error.code, str(error.status), error.message, error.meaning, error.cause, error.cure)
    text = "\n".join(texts).casefold()
    return all(word in text for word in words)
