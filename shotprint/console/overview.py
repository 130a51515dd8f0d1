"""The first page: how the account is doing."""

from __future__ import annotations

from datetime import UTC, datetime

from starlette.responses import Response

from shotprint.console.call import Call
from shotprint.console.plots import Plot, Series
from shotprint.service.types import JobFilter

DAYS = 30
LAST = 5
LARGEST = 6  # libraries


def show(call: Call) -> Response:
    allowed = call.me.library_ids
    days = call.app.statistics.days(call.account_id, DAYS, allowed)
    labels = [f"{day.start:%d %b}" for day in days]
    today = days[-1]
    passed_h = max((datetime.now(UTC) - today.start).total_seconds() / 3600, 1 / 60)
    states = call.app.statistics.by_state(call.account_id, allowed)
    return call.page(
        "overview.html",
        states=states,
        largest=call.app.statistics.largest(call.account_id, LARGEST, allowed),
        totals=call.app.statistics.totals(call.account_id, allowed),
        today=today,
        speed=today.media_s / 3600 / passed_h,
        plots=[
            Plot(
                "Jobs a day", "jobs", labels,
                [
                    Series("succeeded", "good", [day.succeeded for day in days]),
                    Series("failed", "bad", [day.failed for day in days]),
                ],
            ),
            Plot(
                "Ingest, hours of media a day", "hours", labels,
                [Series("analysed", "query", [round(day.media_s / 3600, 3) for day in days])],
            ),
            Plot(
                "Matches a day", "matches", labels,
                [Series("found", "reference", [day.matches for day in days])],
            ),
            Plot(
                "Queue at the end of a day", "tasks that wait", labels,
                [Series("waiting", "query", [day.waiting for day in days])],
            ),
            Plot(
                "Tasks by state", "tasks", [state.value for state in states],
                [Series("tasks", "query", list(states.values()))], "State",
            ),
        ],
        last=_last(call),
    )  # fmt: skip


def _last(call: Call) -> dict[str, object]:
    """The newest jobs, where they may be seen."""
    if not call.me.may_call("QueryFpShotJobList"):
        return {"lines": (), "names": {}, "live": ()}
    page = call.app.job_lines.page(call.account_id, JobFilter(library_ids=call.me.library_ids), None, LAST)
    return {
        "lines": page.items,
        "names": call.library_names(line.library_id for line in page.items),
        "live": [line.id for line in page.items if not line.is_over],
    }
