"""Result files, behind links that are good for a while and need no access key.

``analysis-ID.json`` is what an analysis found, as ICE's ``DNAResult`` has it; ``import-ID.jsonl`` is what
became of the lines of an import's list.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final
from urllib.parse import parse_qs

from shotprint.api.call import Call, Gateway, HttpAnswer, HttpRequest
from shotprint.api.chain import error_answer
from shotprint.api.serialise import Format
from shotprint.api.wire_errors import WireError, to_wire_error
from shotprint.engine.types import Match, Passages, Segment
from shotprint.errors import InvalidValue, NotFound, ShotprintError
from shotprint.service.result_links import Link
from shotprint.service.types import JobState

__all__ = ["RESULTS", "serve_result"]

RESULTS: Final = "/results"
_ANALYSIS: Final = re.compile(r"analysis-([0-9a-f]{32})\.json")
_IMPORT: Final = re.compile(r"import-([0-9a-f]{32})\.jsonl")
_EXPIRES: Final = re.compile(r"[0-9]{1,12}")


def serve_result(gateway: Gateway, http: HttpRequest, name: str) -> HttpAnswer:
    """The file `name`, or an error in JSON. Never raises."""
    call = Call(http, now=gateway.clock(), form=Format.JSON)
    try:
        gateway.app.result_links.check(_link(http, name), call.now)
        body, kind = _content(gateway, name)
    except WireError as error:
        return error_answer(gateway, call, error)
    except InvalidValue:
        return error_answer(gateway, call, WireError("AccessDenied"))
    except NotFound:
        return error_answer(gateway, call, WireError("ResourceNotFound"))
    except ShotprintError as error:
        return error_answer(gateway, call, to_wire_error(error))
    headers = {
        "Content-Type": kind,
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return HttpAnswer(200, headers, body)


def _link(http: HttpRequest, name: str) -> Link:
    try:
        query = parse_qs(http.query.decode("ascii"), max_num_fields=10)
    except ValueError as exc:
        raise WireError("AccessDenied") from exc
    expires, signature = query.get("Expires", [""])[0], query.get("Signature", [""])[0]
    if not _EXPIRES.fullmatch(expires):
        raise WireError("AccessDenied")
    return Link(name, int(expires), signature)


def _content(gateway: Gateway, name: str) -> tuple[bytes, str]:
    """The bytes and their media type."""
    if found := _IMPORT.fullmatch(name):
        return gateway.app.result_links.import_result(found[1]), "application/x-ndjson;charset=utf-8"
    found = _ANALYSIS.fullmatch(name)
    if found is None:
        raise NotFound(f"There is no result file {name!r}")
    job = gateway.app.result_links.job(found[1])
    if job.state is not JobState.SUCCEEDED:
        raise NotFound("The job has no result")
    text = json.dumps([_match(match) for match in job.matches], ensure_ascii=False)
    return text.encode(), "application/json;charset=utf-8"


def _match(match: Match) -> dict[str, Any]:
    """ICE's VideoMatchInfo; numbers with four decimals for similarities and three for seconds."""
    return {
        "PrimaryKey": match.reference,
        "GlobalSimilarity": round(match.similarity, 4),
        "VideoMatchSegments": [_segment(one) for one in match.segments if one.passages is None],
        "AudioMatchSegments": [],
        "TextMatchSegments": [_text_segment(one, one.passages) for one in match.segments if one.passages],
    }


def _text_segment(segment: Segment, passages: Passages) -> dict[str, Any]:
    """Without `Start` and `End` where the input has no times."""
    times = {"Start": round(segment.query_start, 3), "End": round(segment.query_end, 3)}
    return {
        **(times if segment.query_end else {}),
        "QueryText": passages.query_text,
        "MasterText": passages.reference_text,
        "Similarity": round(segment.similarity, 4),
    }


def _segment(segment: Segment) -> dict[str, float]:
    return {
        "StartTime": round(segment.query_start, 3),
        "EndTime": round(segment.query_end, 3),
        "MasterStartTime": round(segment.reference_start, 3),
        "MasterEndTime": round(segment.reference_end, 3),
        "Similarity": round(segment.similarity, 4),
    }
