"""Imports of lists of files: asked for, followed, ended, with what became of each line."""

from __future__ import annotations

from starlette.datastructures import QueryParams
from starlette.responses import Response

from shotprint.console.call import Call
from shotprint.console.picker import chosen, echoed, picker
from shotprint.errors import CallerError, InvalidValue, NotFound, NotSupported
from shotprint.service.imports import SAVE_TYPES
from shotprint.service.types import ImportJob, ImportRequest, JobState, SaveType

HERE = "/tasks/imports/new"
PAGE = 50

CHOICES = {
    SaveType.SAVE: "Search, and store those that copy nothing",
    SaveType.ONLYSAVE: "Store all of them without a search",
}


def index(call: Call) -> Response:
    """All imports, newest first."""
    page = call.app.imports.page(call.account_id, call.query.get("after") or None, PAGE, call.me.library_ids)
    names = call.library_names(one.library_id for one in page.items)
    return call.page("imports.html", tab="imports", page=page, names=names)


def show(call: Call) -> Response:
    """One import."""
    return _page(call, _import(call))


def result(call: Call) -> Response:
    """What became of each line, as a file."""
    one = _import(call)
    if one.result_blob is None:
        raise NotFound("The import has no result file")
    headers = {"content-disposition": f'attachment; filename="import-{one.id}.jsonl"'}
    return Response(
        call.app.result_links.import_result(one.id), media_type="application/x-ndjson", headers=headers
    )


def cancel(call: Call) -> Response:
    """End the import, unless it is over by now."""
    one = _import(call)
    try:
        call.app.imports.cancel(call.account_id, one.id)
    except CallerError as error:
        return _page(call, _import(call), problem=error.message)
    call.audit("import.cancel", one.id)
    return call.go(f"/tasks/imports/{one.id}")


def ask(call: Call) -> Response:
    """The form for a new one."""
    return _form(call, call.query)


def submit(call: Call) -> Response:
    form = call.form
    try:
        lists = chosen(call)
        if len(lists) > 1:
            raise InvalidValue("Choose one list; each is an import of its own", parameter="object")
        kind = form.get("save_type", "")
        if kind not in SAVE_TYPES:
            raise NotSupported("Choose what to do with the files", parameter="save_type")
        pipeline_id, user_data = echoed(form)
        request = ImportRequest(
            library_id=call.library(form.get("library", "")).id,
            place=lists[0].place,
            save_type=SaveType(kind),
            pipeline_id=pipeline_id,
            user_data=user_data,
        )
        made = call.app.imports.submit(call.account_id, request)
    except CallerError as error:
        return _form(call, form, problem=error.message)
    call.audit("import.submit", made.id)
    return call.go(f"/tasks/imports/{made.id}")


def _import(call: Call) -> ImportJob:
    found, _ = call.app.imports.get(call.account_id, [call.path["id"]], call.me.library_ids)
    if not found:
        raise NotFound(f"There is no import {call.path['id']!r}")
    return found[0]


def _page(call: Call, one: ImportJob, *, problem: str = "") -> Response:
    return call.page(
        "import.html",
        status=400 if problem else 200,
        problem=problem,
        job=one,
        over=one.state in (JobState.SUCCEEDED, JobState.FAILED),
        failure=call.failure(one),
        names=call.library_names([one.library_id]),
    )


def _form(call: Call, values: QueryParams, *, problem: str = "") -> Response:
    return call.page(
        "import_new.html",
        status=400 if problem else 200,
        problem=problem,
        choices={kind.value: text for kind, text in CHOICES.items()},
        dropped="a list",
        **picker(call, HERE, values),
    )
