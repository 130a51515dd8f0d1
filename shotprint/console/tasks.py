"""The analyses that were asked for, newest first. Imports, deletions and comparisons have lists of their own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from starlette.responses import Response

from shotprint.console.call import Call
from shotprint.errors import InvalidValue
from shotprint.service.types import JobFilter, JobState

PAGE = 50
MAX_LIVE = 100


def jobs(call: Call) -> Response:
    """Analyses, those that pass the filters."""
    query = call.query
    library_id = query.get("library") or None
    if library_id is not None:
        call.library(library_id)
    wanted = JobFilter(
        state=_state(query.get("state", "")),
        library_id=library_id,
        text=query.get("q", "").strip() or None,
        created_from=_day(query.get("from", "")),
        created_to=_day_end(query.get("to", "")),
        library_ids=call.me.library_ids,
    )
    page = call.app.job_lines.page(call.account_id, wanted, query.get("after") or None, PAGE)
    return call.page(
        "tasks.html", tab="jobs", page=page, libraries=call.libraries(), states=list(JobState),
        names=call.library_names(line.library_id for line in page.items),
        live=[line.id for line in page.items if not line.is_over],
    )  # fmt: skip


def live(call: Call) -> Response:
    """The lines of jobs that were not over when the page was made, as they are now."""
    ids = call.query.getlist("id")[:MAX_LIVE]
    lines = call.app.job_lines.of(call.account_id, ids, call.me.library_ids)
    return call.page(
        "tasks_live.html", lines=lines, names=call.library_names(line.library_id for line in lines),
        live=[line.id for line in lines if not line.is_over],
    )  # fmt: skip


def _state(text: str) -> JobState | None:
    """The state that is asked for; one that there is not is none."""
    return JobState(text) if text in list(JobState) else None


def _day(text: str) -> datetime | None:
    """The beginning of a day, UTC."""
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError as exc:
        raise InvalidValue(f"{text!r} is no day such as 2026-01-31", parameter="from") from exc


def _day_end(text: str) -> datetime | None:
    day = _day(text)
    try:
        return None if day is None else day + timedelta(days=1, microseconds=-1)
    except OverflowError:
        return day
