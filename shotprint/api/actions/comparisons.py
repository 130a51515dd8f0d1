"""Two given files against each other: SubmitFpCompareJob, QueryFpCompareJobList."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from shotprint.api.actions.call import ActionCall, media_place, missing_ids
from shotprint.api.actions.states import echoed
from shotprint.api.parse import Values
from shotprint.engine.types import Segment
from shotprint.service.types import (
    ComparedMedia,
    Comparison,
    ComparisonRequest,
    ComparisonResult,
    FramePlaces,
    MediaPlace,
)

__all__ = ["query_fp_compare_job_list", "submit_fp_compare_job"]


def submit_fp_compare_job(call: ActionCall) -> Mapping[str, Any]:
    values, frames = call.values, call.values["MatchedFrameStorage"]
    request = ComparisonRequest(
        master=_place(values["MasterMedia"]),
        query=_place(values["QueryMedia"]),
        library_id=values["FpDBId"],
        frame_storage=None if frames is None else _place(frames),
        pipeline_id=values["PipelineId"],
        user_data=values["UserData"],
        master_text=call.sent["MasterMedia"],
        query_text=call.sent["QueryMedia"],
    )
    return {"JobId": call.app.comparisons.submit(call.account_id, request).id}


def query_fp_compare_job_list(call: ActionCall) -> Mapping[str, Any]:
    comparisons, missing = call.app.comparisons.get(
        call.account_id, call.values["JobIds"], call.key.allowed_libraries
    )
    return {
        "FpCompareJobList": [_comparison(comparison) for comparison in comparisons],
        "NonExistIds": missing_ids(missing),
    }


def _place(values: Values) -> MediaPlace:
    return MediaPlace(values["Bucket"], values["Location"], values["Object"])


def _comparison(comparison: Comparison) -> dict[str, Any]:
    result = comparison.result
    return {
        **echoed(comparison, state_name="State"),
        "MasterFile": media_place(comparison.master),
        "QueryFile": media_place(comparison.query),
        "MatchFrameStorage": _frames(result.frames) if result and result.frames else None,
        "FpCompareResult": _result(result) if result else None,
    }


def _frames(frames: FramePlaces) -> dict[str, Any]:
    return {
        "MasterMediaFrames": media_place(frames.master_frames),
        "QueryMediaFrames": media_place(frames.query_frames),
        "MatchedFramesDescFile": media_place(frames.description),
    }


def _result(result: ComparisonResult) -> dict[str, Any]:
    rates = result.query.info.frame_rate, result.master.info.frame_rate
    segments = [segment for match in result.matches for segment in match.segments]
    return {
        "MediaMatchSegments": [_segment(segment, *rates) for segment in segments],
        "QueryMediaInfo": _media(result.query),
        "MasterMediaInfo": _media(result.master),
    }


def _segment(segment: Segment, query_rate: Fraction, master_rate: Fraction) -> dict[str, Any]:
    """Frames are counted from 0 at the rate that the container states; they are left out when it states none."""
    start, end = _frame(segment.query_start, query_rate), _frame(segment.query_end, query_rate)
    return {
        "QueryStartTime": segment.query_start,
        "QueryEndTime": segment.query_end,
        "QueryStartFrame": start,
        "QueryEndFrame": end,
        "MasterStartTime": segment.reference_start,
        "MasterEndTime": segment.reference_end,
        "MasterStartFrame": _frame(segment.reference_start, master_rate),
        "MasterEndFrame": _frame(segment.reference_end, master_rate),
        "TotalMatchFrameNum": None if start is None or end is None else end - start,
        "Score": segment.similarity,
    }


def _frame(seconds: float, rate: Fraction) -> int | None:
    return round(seconds * rate) if rate else None


def _media(media: ComparedMedia) -> dict[str, Any]:
    info = media.info
    return {
        "Duration": info.duration,
        "Fps": float(info.frame_rate) if info.frame_rate else None,
        "Width": info.width,
        "Height": info.height,
        "TotalVideoFrame": info.frames_decoded,
        "FpNum": media.print_frames,
    }
