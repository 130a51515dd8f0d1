"""The text of a notification, in the wire's words.

No full sample of the service's own message is known; of its two documented halves this one is both. The
members of the flat job messages stand at the top, in both spellings, and for an analysis ``FpShotJobNotify``
holds the result.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from shotprint.api.serialise import format_ratio, format_seconds
from shotprint.api.wire_errors import job_code
from shotprint.engine.types import Match
from shotprint.service.types import Ended, JobState, Subject

__all__ = ["TYPES", "compose"]

TYPES: Final[Mapping[Subject, str]] = {
    Subject.ANALYSIS: "FpShot",
    Subject.COMPARISON: "FpCompare",
    Subject.IMPORT: "FpShotImport",
    Subject.FILE_DELETION: "FpFileDelete",
    Subject.LIBRARY_DELETION: "FpDBDelete",
    Subject.TEST: "Test",
}
"""What each kind of job is called; only the first is the service's own word."""

_SECOND_SPELLING: Final = {
    "Type": "type",
    "JobId": "jobId",
    "State": "state",
    "Code": "code",
    "UserData": "userData",
}


def compose(ended: Ended) -> str:
    """One JSON text; what is not known is left out."""
    failed = ended.state is JobState.FAILED
    known = _known(
        Type=TYPES[ended.subject],
        JobId=ended.job_id,
        State="Fail" if failed else "Success",
        UserData=ended.user_data,
        Code=job_code(ended.error_code or "") if failed else None,
        Message=ended.error_message if failed else None,
    )
    message = dict(known)
    message |= {_SECOND_SPELLING[name]: value for name, value in known.items() if name in _SECOND_SPELLING}
    if failed:
        message |= _known(Msg=ended.error_message, msg=ended.error_message)
    if ended.subject is Subject.ANALYSIS:
        of_texts = any(segment.passages for match in ended.matches for segment in match.segments)
        # Where what texts copy goes in a message is not known; nothing would say that they copy nothing.
        found = {} if failed or of_texts else {"FpShots": [_fp_shot(match) for match in ended.matches]}
        message["FpShotJobNotify"] = known | found
    return json.dumps(message, ensure_ascii=False)


def _known(**members: Any) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def _fp_shot(match: Match) -> dict[str, Any]:
    return {
        "PrimaryKey": match.reference,
        "Similarity": format_ratio(match.similarity),
        "FpShotSlices": [
            {
                "Input": _stretch(segment.query_start, segment.query_end),
                "Duplication": _stretch(segment.reference_start, segment.reference_end),
            }
            for segment in match.segments
        ],
    }


def _stretch(start: float, end: float) -> dict[str, str]:
    return {"Start": format_seconds(start), "Duration": format_seconds(end - start)}
