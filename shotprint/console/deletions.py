"""Deletions of files and of whole libraries: asked for, and how far they are."""

from __future__ import annotations

from enum import StrEnum

from starlette.datastructures import QueryParams
from starlette.responses import Response

from shotprint.console.call import Call
from shotprint.console.picker import echoed
from shotprint.errors import AccessDenied, CallerError, InvalidValue
from shotprint.service.types import DeletionKind

PAGE = 50
FILES, LIBRARY = "SubmitFpFileDeleteJob", "SubmitFpDBDeleteJob"


class What(StrEnum):
    """What the form deletes."""

    KEYS = "keys"
    IDS = "ids"
    PURGE = "purge"
    DELETE = "delete"


def index(call: Call) -> Response:
    """Deletions of files, or of whole libraries."""
    token, allowed = call.query.get("after") or None, call.me.library_ids
    if call.query.get("of") == "libraries":
        found = call.app.deletions.library_page(call.account_id, token, PAGE, allowed)
        names = call.library_names(one.library_id for one in found.items)
        return call.page("library_deletions.html", tab="deletions", page=found, names=names)
    page = call.app.deletions.file_page(call.account_id, token, PAGE, allowed)
    names = call.library_names(one.library_id for one in page.items)
    return call.page("file_deletions.html", tab="deletions", page=page, names=names)


def ask(call: Call) -> Response:
    """The form for a new one."""
    return _form(call, call.query)


def submit(call: Call) -> Response:
    text = call.form.get("what", "")
    if text not in list(What):
        return _form(call, call.form, problem="Choose what to delete")
    what = What(text)
    of_files = what in (What.KEYS, What.IDS)
    if not call.me.may_call(FILES if of_files else LIBRARY):
        raise AccessDenied("Your access key does not allow this")
    try:
        return _delete_files(call, what) if of_files else _delete_library(call, what)
    except CallerError as error:
        return _form(call, call.form, problem=error.message)


def _delete_files(call: Call, what: What) -> Response:
    form = call.form
    library = call.library(form.get("library", ""))
    lines = [line.strip() for line in form.get("files", "").splitlines() if line.strip()]
    pipeline_id, user_data = echoed(form)
    call.app.deletions.delete_files(
        call.account_id,
        library.id,
        file_ids=lines if what is What.IDS else (),
        primary_keys=lines if what is What.KEYS else (),
        pipeline_id=pipeline_id,
        user_data=user_data,
    )
    call.audit("file.delete", f"{len(lines)} of {library.name}")
    return call.go("/tasks/deletions")


def _delete_library(call: Call, what: What) -> Response:
    form = call.form
    library = call.library(form.get("library", ""))
    if form.get("name", "") != library.name:
        raise InvalidValue("That is not the library's name; nothing was deleted", parameter="name")
    pipeline_id, user_data = echoed(form)
    call.app.deletions.delete_library(
        call.account_id,
        library.id,
        DeletionKind(what),
        pipeline_id=pipeline_id,
        user_data=user_data,
    )
    call.audit("library.delete" if what is What.DELETE else "library.empty", library.name)
    return call.go("/tasks/deletions?of=libraries")


def _form(call: Call, values: QueryParams, *, problem: str = "") -> Response:
    return call.page(
        "deletion_new.html",
        status=400 if problem else 200,
        problem=problem,
        values=values,
        of_files=call.me.may_call(FILES),
        of_libraries=call.me.may_call(LIBRARY),
        libraries=call.libraries(),
        pipelines=call.app.pipelines.list(call.account_id),
    )
