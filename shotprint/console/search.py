"""Searching a library with a file from the disk that is not kept."""

from __future__ import annotations

from starlette.datastructures import QueryParams
from starlette.responses import Response

from shotprint.console.call import Call
from shotprint.console.picker import ticks
from shotprint.console.submit import share
from shotprint.console.uploads import MAX_CHUNK_BYTES
from shotprint.errors import CallerError, InvalidValue, MissingValue


def ask(call: Call) -> Response:
    """The form; the file is sent before it."""
    return _page(call, call.query)


def search(call: Call) -> Response:
    """Begin the search, and show how it goes on."""
    form = call.form
    library = call.living_library()
    try:
        uploads = form.getlist("upload")
        if not uploads:
            raise MissingValue("Choose a file first", parameter="upload")
        if len(uploads) > 1:
            raise InvalidValue("Choose one file; a new task takes several", parameter="upload")
        job = call.app.searches.submit(
            call.account_id, library.id, uploads[0], min_similarity=share(form.get("similarity", ""))
        )
    except CallerError as error:
        return _page(call, form, problem=error.message)
    call.audit("job.submit", job.id)
    return call.go(f"/tasks/{job.id}")


def _page(call: Call, values: QueryParams, *, problem: str = "") -> Response:
    return call.page(
        "library_search.html",
        status=400 if problem else 200,
        problem=problem,
        library=call.living_library(),
        values=values,
        ticks=ticks(call, values),
        chunk_bytes=MAX_CHUNK_BYTES,
        kept_s=call.app.settings.search_keep_s,
    )
