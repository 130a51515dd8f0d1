"""The page of one match: what was found, so that a person can judge it."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence

from starlette.responses import Response

from shotprint.console import match_export, match_pdf
from shotprint.console.call import Call, View
from shotprint.console.evidence import Evidence, Moment, Side
from shotprint.console.match_media import Load, picture_at, strip_of
from shotprint.engine.index.findings import Finding
from shotprint.errors import CallerError, InvalidValue, NotFound, TemporaryError
from shotprint.service.types import Comparison, ComparisonResult, File, Job
from shotprint.service.verdicts import Pair, Ruling

EXPORT_S = 60.0  # after which an export goes without the pictures that are still missing


def show(load: Load) -> View:
    """The page."""
    return lambda call: _page(call, load(call))


def judge(load: Load) -> View:
    """Keep what somebody says of the match."""
    return lambda call: _judge(call, load(call))


def export(load: Load) -> View:
    """The match as a file."""
    return lambda call: _export(call, load(call))


def of_job(call: Call) -> Evidence:
    """A match of a job."""
    job = call.app.jobs.one(call.account_id, call.path["id"], call.me.library_ids)
    number = _number(call, len(job.matches))
    key = job.matches[number - 1].reference
    return _of_job(call, job, number, key, _told(call.app.findings.of(job.id), key))


def near_of_job(call: Call) -> Evidence:
    """What nearly was a match of a job."""
    job = call.app.jobs.one(call.account_id, call.path["id"], call.me.library_ids)
    number, finding = _near(call, job.id)
    return _of_job(call, job, number, finding.match.reference, finding)


def _of_job(call: Call, job: Job, number: int, key: str, finding: Finding | None) -> Evidence:
    request = job.request
    stored = _stored(call, request.library_id, key)
    own = _file(call, request.library_id, job.file_id)
    reference = Side("reference", key, None, None)
    if stored is not None:
        reference = Side("reference", key, stored.place, stored.duration_s, stored)
    return Evidence(
        task=f"/tasks/{job.id}",
        task_title=request.primary_key,
        task_id=job.id,
        pair=job_pair(job, key),
        number=number,
        matches=job.matches,
        query=Side("query", request.primary_key, request.place, job.duration_s, own),
        reference=reference,
        threshold=request.similarity_threshold,
        replaced=stored is not None and job.finished is not None and stored.stored > job.finished,
        finding=finding,
        shortest_s=call.app.settings.min_segment_s,
    )


def of_comparison(call: Call) -> Evidence:
    """The match of a comparison."""
    one, result = _compared(call)
    number = _number(call, len(result.matches))
    finding = _told(call.app.findings.of(one.id), result.matches[number - 1].reference)
    return _of_comparison(call, one, result, number, finding)


def near_of_comparison(call: Call) -> Evidence:
    """What nearly was the match of a comparison."""
    one, result = _compared(call)
    return _of_comparison(call, one, result, *_near(call, one.id))


def _compared(call: Call) -> tuple[Comparison, ComparisonResult]:
    found, _ = call.app.comparisons.get(call.account_id, [call.path["id"]], call.me.library_ids)
    if not found or found[0].result is None:
        raise NotFound(f"There is no comparison {call.path['id']!r} with a result")
    return found[0], found[0].result


def _of_comparison(
    call: Call, one: Comparison, result: ComparisonResult, number: int, finding: Finding | None
) -> Evidence:
    return Evidence(
        task=f"/tasks/comparisons/{one.id}",
        task_title="Comparison",
        task_id=one.id,
        pair=comparison_pair(one),
        number=number,
        matches=result.matches,
        query=Side("query", one.query.object, one.query, result.query.info.duration),
        reference=Side("reference", one.master.object, one.master, result.master.info.duration),
        finding=finding,
        shortest_s=call.app.settings.min_segment_s,
    )


def job_pair(job: Job, key: str) -> Pair:
    """What a match of the job with the reference of that key is between."""
    return Pair(job.request.library_id, job.request.place, key)


def comparison_pair(one: Comparison) -> Pair:
    """What a match of the comparison is between."""
    return Pair(None, one.query, json.dumps([one.master.bucket, one.master.object]))


def _told(findings: Sequence[Finding], reference: str) -> Finding | None:
    """What a match was judged by."""
    return next((one for one in findings if one.told and one.match.reference == reference), None)


def _near(call: Call, task_id: str) -> tuple[int, Finding]:
    near = [one for one in call.app.findings.of(task_id) if not one.told]
    number = _number(call, len(near))
    return number, near[number - 1]


def _page(call: Call, evidence: Evidence, *, problem: str = "", note: str = "") -> Response:
    return call.page(
        "match.html", status=400 if problem else 200, evidence=evidence, link=call.link(evidence.path),
        rulings=list(Ruling), problem=problem, note=note, source=lambda moment, side: _source(evidence, moment, side),
        strip_source=lambda side: f"/console{evidence.path}/strip?side={side.name}",
        verdicts=call.app.verdicts.of(call.account_id, evidence.pair, evidence.span),
    )  # fmt: skip


def _source(evidence: Evidence, moment: Moment, side: str) -> str:
    at = moment.query_time if side == "query" else moment.reference_time
    return f"/console{evidence.path}/picture?side={side}&at={round(at, 3)}"


def _export(call: Call, evidence: Evidence) -> Response:
    def picture_of(side: Side, seconds: float) -> bytes | None:
        try:
            return picture_at(call, evidence, side, seconds) if time.monotonic() < ends else None
        except (NotFound, TemporaryError):
            return None

    ends = time.monotonic() + EXPORT_S

    def strip_for(side: Side) -> bytes | None:
        try:
            return strip_of(call, evidence, side) if time.monotonic() < ends else None
        except (NotFound, TemporaryError):
            return None

    kind = call.query.get("as", "")
    verdicts = call.app.verdicts.of(call.account_id, evidence.pair, evidence.span)
    text: str | bytes
    if kind == "csv":
        text, sort = match_export.as_csv(evidence), "text/csv"
    elif kind == "json":
        text, sort = match_export.as_json(evidence, verdicts), "application/json"
    elif kind == "html":
        text, sort = match_export.as_page(evidence, verdicts, picture_of, strip_for), "text/html"
    elif kind == "pdf":
        text, sort = match_pdf.as_pdf(evidence, verdicts, picture_of, strip_for), "application/pdf"
    else:
        raise InvalidValue(f"{kind!r} is none of json, csv, html and pdf", parameter="as")
    name = (
        f"{'match' if evidence.near is None else 'near-miss'}-{evidence.task_id[:8]}-{evidence.number}.{kind}"
    )
    return Response(text, media_type=sort, headers={"content-disposition": f'attachment; filename="{name}"'})


def _judge(call: Call, evidence: Evidence) -> Response:
    word, note = call.form.get("ruling", ""), call.form.get("note", "").strip()
    try:
        if word not in list(Ruling):
            raise InvalidValue("Say whether it is right, wrong or acceptable", parameter="ruling")
        call.app.verdicts.give(
            call.account_id, evidence.pair, evidence.span, Ruling(word), task_id=evidence.task_id,
            actor=call.me.name, note=note,
        )  # fmt: skip
    except CallerError as error:
        return _page(call, evidence, problem=error.message, note=note)
    call.audit("match.judge", f"{word}: {evidence.match.reference}")
    return call.go(f"{evidence.path}#verdicts")


def _stored(call: Call, library_id: str | None, key: str) -> File | None:
    """The living file of that key."""
    try:
        return call.app.files.find(call.account_id, library_id or "", key)
    except NotFound:
        return None


def _file(call: Call, library_id: str | None, file_id: str | None) -> File | None:
    try:
        return call.app.files.get(call.account_id, library_id or "", file_id or "")
    except NotFound:
        return None


def _number(call: Call, count: int) -> int:
    text = call.path["n"]
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
    if not 1 <= number <= count:
        raise NotFound(f"There is no match {text!r}")
    return number
