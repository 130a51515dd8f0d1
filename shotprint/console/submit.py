"""Asking for analyses: of objects in the server's buckets, and of files that the browser sends."""

from __future__ import annotations

from starlette.datastructures import QueryParams
from starlette.responses import Response

from shotprint.console.call import Call
from shotprint.console.picker import Chosen, chosen, echoed, picker
from shotprint.errors import CallerError, InvalidValue, NotSupported
from shotprint.service.types import JobRequest, SaveType

HERE = "/tasks/new"

CHOICES = {
    SaveType.NOSAVE: "Search the library for what the files copy",
    SaveType.SAVE: "Search, and store those that copy nothing",
    SaveType.FORCESAVE: "Search, and store all of them",
    SaveType.ONLYSAVE: "Store them without a search",
}


def ask(call: Call) -> Response:
    """The form."""
    return _page(call, call.query)


def submit(call: Call) -> Response:
    """Ask for the analysis of each chosen file, or of none when there is something wrong with one."""
    form = call.form
    try:
        files = chosen(call)
        requests = [_request(call, one, len(files)) for one in files]
        made = call.app.jobs.submit_all(call.account_id, requests)
    except CallerError as error:
        return _page(call, form, problem=error.message)
    for job in made:
        call.audit("job.submit", job.id)
    return call.go(f"/tasks/{made[0].id}" if len(made) == 1 else "/tasks")


def _page(call: Call, values: QueryParams, *, problem: str = "") -> Response:
    return call.page(
        "submit.html",
        status=400 if problem else 200,
        problem=problem,
        choices={kind.value: text for kind, text in CHOICES.items()},
        **picker(call, HERE, values),
    )


def _request(call: Call, file: Chosen, count: int) -> JobRequest:
    form = call.form
    library = call.library(form.get("library", ""))
    kind = form.get("save_type", "")
    if kind not in list(SaveType):
        raise NotSupported("Choose what to do with the files", parameter="save_type")
    key = form.get("key", "").strip()
    if key and count > 1:
        raise InvalidValue(
            "A file key is for one file; several are stored under their names", parameter="key"
        )
    pipeline_id, user_data = echoed(form)
    return JobRequest(
        place=file.place,
        primary_key=key or file.name,
        save_type=SaveType(kind),
        library_id=library.id,
        similarity_threshold=share(form.get("similarity", "")),
        pipeline_id=pipeline_id,
        user_data=user_data,
    )


def share(text: str) -> float | None:
    """A similarity from 0 to 1; None for the library's own."""
    try:
        return float(text) if text.strip() else None
    except ValueError as exc:
        raise InvalidValue(f"{text!r} is no number from 0 to 1", parameter="similarity") from exc
