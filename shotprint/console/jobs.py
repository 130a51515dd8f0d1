"""One job: what it was asked, how far it is, what it found, and what people say of its result."""

from __future__ import annotations

from starlette.datastructures import QueryParams
from starlette.responses import Response

from shotprint.console.call import Call
from shotprint.console.matches import job_pair
from shotprint.console.outcome import outcome
from shotprint.console.picker import again, ticks
from shotprint.errors import CallerError
from shotprint.service.types import Job, JobRequest, JobState


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


def _page(call: Call, job: Job, *, problem: str = "", result: str = "", details: str = "") -> Response:
    return call.page(
        "job.html",
        status=400 if problem else 200,
        job=job,
        library=call.app.libraries.get(call.account_id, job.request.library_id or ""),
        failure=call.failure(job),
        reports=call.app.reports.list(call.account_id, job.id),
        over=_is_over(job),
        again=_again(call, job.request),
        **outcome(
            call,
            job.id,
            job.matches,
            lambda key: job_pair(job, key),
            threshold=job.request.similarity_threshold,
        ),
        problem=problem,
        result=result,
        details=details,
        pipelines={one.id: one.name for one in call.app.pipelines.list(call.account_id)},
    )


def _again(call: Call, request: JobRequest) -> dict[str, str]:
    """What the form for a new task says to ask for the same; nothing when the file is not to be had any more."""
    file = again(request.place)
    if not ticks(call, QueryParams(file)):
        return {}
    threshold = request.similarity_threshold
    values = {
        **file,
        "library": request.library_id or "",
        "save_type": request.save_type.value,
        "key": request.primary_key,
        "similarity": "" if threshold is None else str(threshold),
        "pipeline": request.pipeline_id or "",
        "user_data": request.user_data or "",
    }
    return {name: value for name, value in values.items() if value}


def _job(call: Call) -> Job:
    return call.app.jobs.one(call.account_id, call.path["id"], call.me.library_ids)


def _is_over(job: Job) -> bool:
    return job.state in (JobState.SUCCEEDED, JobState.FAILED)
