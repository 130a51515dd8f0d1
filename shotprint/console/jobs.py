"""One job: what it was asked, how far it is, what it found, and what people say of its result."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from starlette.responses import Response

from shotprint.console.call import Call
from shotprint.console.evidence import span
from shotprint.console.matches import comparison_pair, job_pair
from shotprint.console.reasons import why_not
from shotprint.engine.index.findings import Finding
from shotprint.engine.types import Match
from shotprint.errors import CallerError, NotFound
from shotprint.service.types import Comparison, Job, JobState
from shotprint.service.verdicts import Pair, Verdict


def show(call: Call) -> Response:
    """The page of an analysis."""
    return _page(call, _job(call))


def live(call: Call) -> Response:
    """How far the job is; once it is over, the whole page is loaded anew."""
    job = _job(call)
    response = call.page("job_progress.html", job=job)
    if _is_over(job):
        response.headers["HX-Refresh"] = "true"
    return response


def cancel(call: Call) -> Response:
    """End the job, unless it is over by now."""
    job = _job(call)
    try:
        call.app.jobs.cancel(call.account_id, job.id)
    except CallerError as error:
        return _page(call, _job(call), problem=error.message)
    call.audit("job.cancel", job.id)
    return call.go(f"/tasks/{job.id}")


def report(call: Call) -> Response:
    """Keep what somebody says of a job that failed."""
    job = _job(call)
    result, details = call.form.get("result", "").strip(), call.form.get("details", "").strip()
    try:
        call.app.reports.report(call.account_id, job.id, result, details or None)
    except CallerError as error:
        return _page(call, job, problem=error.message, result=result, details=details)
    call.audit("job.report", job.id)
    return call.go(f"/tasks/{job.id}#reports")


def comparison(call: Call) -> Response:
    """The page of a comparison."""
    found, _ = call.app.comparisons.get(call.account_id, [call.path["id"]], call.me.library_ids)
    if not found:
        raise NotFound(f"There is no comparison {call.path['id']!r}")
    (one,) = found
    matches = () if one.result is None else one.result.matches
    return call.page(
        "comparison.html", job=one, failure=_failure(call, one), near=_near(call, one.id),
        why_not=_why_not(call, None), verdicts=_verdicts(call, matches, lambda _: comparison_pair(one)),
    )  # fmt: skip


def _page(call: Call, job: Job, *, problem: str = "", result: str = "", details: str = "") -> Response:
    return call.page(
        "job.html",
        status=400 if problem else 200,
        job=job,
        library=call.app.libraries.get(call.account_id, job.request.library_id or ""),
        failure=_failure(call, job),
        reports=call.app.reports.list(call.account_id, job.id),
        over=_is_over(job),
        verdicts=_verdicts(call, job.matches, lambda key: job_pair(job, key)),
        near=_near(call, job.id),
        why_not=_why_not(call, job.request.similarity_threshold),
        problem=problem,
        result=result,
        details=details,
        pipelines={one.id: one.name for one in call.app.pipelines.list(call.account_id)},
    )


def _verdicts(call: Call, matches: Sequence[Match], pair: Callable[[str], Pair]) -> list[Verdict | None]:
    """What people said last of each match; `pair` says what one with this reference is between."""
    return call.app.verdicts.newest(call.account_id, [(pair(one.reference), span(one)) for one in matches])


def _near(call: Call, task_id: str) -> list[Finding]:
    """What nearly was a match."""
    return [one for one in call.app.findings.of(task_id) if not one.told]


def _why_not(call: Call, threshold: float | None) -> Callable[[Finding], list[str]]:
    return lambda finding: why_not(finding, threshold, call.app.settings.min_segment_s)


def _failure(call: Call, job: Job | Comparison) -> dict[str, str] | None:
    """Why a job failed, and what can be done."""
    if job.state is not JobState.FAILED:
        return None
    known = call.words.explain(job.error_code or "")
    return {
        "code": known.code,
        "message": job.error_message or known.meaning,
        "cause": known.cause,
        "cure": known.cure,
    }


def _job(call: Call) -> Job:
    return call.app.jobs.one(call.account_id, call.path["id"], call.me.library_ids)


def _is_over(job: Job) -> bool:
    return job.state in (JobState.SUCCEEDED, JobState.FAILED)
