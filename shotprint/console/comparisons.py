"""Comparisons of two files: asked for, and what came of them."""

from __future__ import annotations

from starlette.datastructures import QueryParams
from starlette.responses import Response

from shotprint.console.call import Call
from shotprint.console.matches import comparison_pair
from shotprint.console.outcome import outcome
from shotprint.console.picker import chosen, echoed, object_name, picker
from shotprint.errors import CallerError, InvalidValue, NotFound
from shotprint.service.types import ComparisonRequest, JobState, MediaPlace

HERE = "/tasks/comparisons/new"
PAGE = 50


def index(call: Call) -> Response:
    """All comparisons, newest first."""
    page = call.app.comparisons.page(
        call.account_id, call.query.get("after") or None, PAGE, call.me.library_ids
    )
    return call.page("comparisons.html", tab="comparisons", page=page)


def show(call: Call) -> Response:
    """The page of a comparison."""
    found, _ = call.app.comparisons.get(call.account_id, [call.path["id"]], call.me.library_ids)
    if not found:
        raise NotFound(f"There is no comparison {call.path['id']!r}")
    (one,) = found
    over = one.state in (JobState.SUCCEEDED, JobState.FAILED)
    matches = () if one.result is None else one.result.matches
    return call.page(
        "comparison.html",
        job=one,
        over=over,
        failure=call.failure(one),
        **outcome(call, one.id, matches, lambda _: comparison_pair(one), threshold=None),
    )


def ask(call: Call) -> Response:
    """The form for a new one."""
    return _form(call, call.query)


def submit(call: Call) -> Response:
    form = call.form
    try:
        files = chosen(call)
        if len(files) != 2:
            raise InvalidValue(f"Choose two files; {len(files)} are chosen", parameter="object")
        query, master = reversed(files) if form.get("order") == "second" else files
        pipeline_id, user_data = echoed(form)
        made = call.app.comparisons.submit(
            call.account_id,
            ComparisonRequest(
                master=master.place,
                query=query.place,
                library_id=_library_id(call),
                frame_storage=_frame_storage(form),
                pipeline_id=pipeline_id,
                user_data=user_data,
            ),
        )
    except CallerError as error:
        return _form(call, form, problem=error.message)
    call.audit("comparison.submit", made.id)
    return call.go(f"/tasks/comparisons/{made.id}")


def _library_id(call: Call) -> str | None:
    """The library whose way of reading files is used; who is limited to some has to name one of them, or they would
    never see what came of it."""
    library_id = call.form.get("library", "")
    if not library_id and call.me.library_ids is None:
        return None
    return call.library(library_id).id


def _frame_storage(form: QueryParams) -> MediaPlace | None:
    bucket, prefix = form.get("frames_bucket", ""), form.get("frames_prefix", "").strip()
    return MediaPlace(bucket, "", object_name(prefix)) if bucket else None


def _form(call: Call, values: QueryParams, *, problem: str = "") -> Response:
    return call.page(
        "comparison_new.html",
        status=400 if problem else 200,
        problem=problem,
        writable=sorted(call.app.settings.writable_buckets),
        **picker(call, HERE, values),
    )
