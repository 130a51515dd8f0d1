"""Analysis jobs: SubmitFpShotJob, QueryFpShotJobList, CancelFpShotJob."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from shotprint.api.actions.call import ActionCall, media_place, missing_ids
from shotprint.api.actions.notary import no_notary
from shotprint.api.actions.states import STATES, failure
from shotprint.engine.types import Match, Segment
from shotprint.service.types import (
    Job,
    JobFilter,
    JobRequest,
    JobState,
    MediaPlace,
    Modality,
    SaveType,
    TextType,
)

__all__ = ["cancel_fp_shot_job", "query_fp_shot_job_list", "submit_fp_shot_job"]

_STATE_FILTERS: Final = {"All": None, **{text: state for state, text in STATES.items()}}
_TEXT_TYPES: Final = {None: None, "Text": TextType.TEXT, "ASR": TextType.ASR}
_REST_OF_SECOND: Final = timedelta(seconds=1) - timedelta.resolution


def submit_fp_shot_job(call: ActionCall) -> Mapping[str, Any]:
    place, config = call.values["Input"], call.values["FpShotConfig"]
    if config["Notary"]:
        raise no_notary("FpShotConfig.Notary")
    request = JobRequest(
        place=MediaPlace(place["Bucket"], place["Location"], place["Object"]),
        primary_key=config["PrimaryKey"],
        save_type=SaveType(config["SaveType"]),
        library_id=config["FpDBId"],
        similarity_threshold=config["SimilarityThreshold"],
        pipeline_id=call.values["PipelineId"],
        user_data=call.values["UserData"],
        input_text=call.sent["Input"],
        text_type=_TEXT_TYPES[config["TextType"]],
    )
    return {"JobId": call.app.jobs.submit(call.account_id, request).id}


def query_fp_shot_job_list(call: ActionCall) -> Mapping[str, Any]:
    ids = call.values["JobIds"]
    if ids is not None:
        jobs, missing = call.app.jobs.get(call.account_id, ids, call.key.allowed_libraries)
        return {"FpShotJobList": [_job(job) for job in jobs], "NonExistIds": missing_ids(missing)}
    page = call.app.jobs.page(
        call.account_id, _filter(call), call.values["NextPageToken"], call.values["MaximumPageSize"]
    )
    return {
        "NextPageToken": page.next_token,
        "FpShotJobList": [_job(job) for job in page.items],
        "NonExistPrimaryKeys": missing_ids(_keys_without_jobs(call)),
    }


def cancel_fp_shot_job(call: ActionCall) -> Mapping[str, Any]:
    job = call.app.jobs.one(call.account_id, call.values["JobId"], call.key.allowed_libraries)
    return {"JobId": call.app.jobs.cancel(call.account_id, job.id).id}


def _keys_without_jobs(call: ActionCall) -> list[str]:
    """Those of ``PrimaryKeyList`` that no job of the account has, whatever the other filters and the page."""

    def has_job(key: str) -> bool:
        return bool(
            call.app.jobs.page(
                call.account_id,
                JobFilter(primary_keys=(key,), library_ids=call.key.allowed_libraries),
                None,
                1,
            ).items
        )

    return [key for key in call.values["PrimaryKeyList"] or () if not has_job(key)]


def _filter(call: ActionCall) -> JobFilter:
    return JobFilter(
        state=_STATE_FILTERS[call.values["State"]],
        created_from=call.values["StartOfJobCreatedTimeRange"],
        created_to=_end_of_second(call.values["EndOfJobCreatedTimeRange"]),
        pipeline_id=call.values["PipelineId"],
        primary_keys=call.values["PrimaryKeyList"],
        library_ids=call.key.allowed_libraries,
    )


def _end_of_second(moment: datetime | None) -> datetime | None:
    """Callers see whole seconds: a job that shows this second was created in it, not at its start."""
    return None if moment is None else moment + _REST_OF_SECOND


def _job(job: Job) -> dict[str, Any]:
    request = job.request
    return {
        "Id": job.id,
        "State": STATES[job.state],
        **failure(job.state, job.error_code, job.error_message),
        "PipelineId": request.pipeline_id,
        "UserData": request.user_data,
        "CreationTime": job.created,
        "FinishTime": job.finished,
        "Duration": _duration(job),
        "FileId": job.file_id,
        "Input": request.input_text or json.dumps(media_place(request.place), ensure_ascii=False),
        "InputFile": media_place(request.place),
        "FpShotConfig": {
            "PrimaryKey": request.primary_key,
            "SaveType": request.save_type.value,
            "FpDBId": request.library_id,
        },
        "FpShotResult": _result(job) if job.state is JobState.SUCCEEDED else None,
    }


def _duration(job: Job) -> int | None:
    """Of a text without times there is none to tell."""
    if job.duration_s is None or (job.request.modality is Modality.TEXT and not job.duration_s):
        return None
    return round(job.duration_s)


def _result(job: Job) -> dict[str, Any]:
    if job.request.modality is Modality.TEXT:
        return {"TextFpShots": [_text_fp_shot(match) for match in job.matches]}
    return {"FpShots": [_fp_shot(match) for match in job.matches]}


def _text_fp_shot(match: Match) -> dict[str, Any]:
    return {
        "PrimaryKey": match.reference,
        "Similarity": match.similarity,
        "TextFpShotSlices": [_text_slice(segment) for segment in match.segments],
    }


def _text_slice(segment: Segment) -> dict[str, Any]:
    passages = segment.passages
    return {
        "Similarity": segment.similarity,
        "InputText": passages and passages.query_text,
        "DuplicationText": passages and passages.reference_text,
        "InputFragment": _stretch(segment.query_start, segment.query_end) if segment.query_end else None,
    }


def _fp_shot(match: Match) -> dict[str, Any]:
    return {
        "PrimaryKey": match.reference,
        "Similarity": match.similarity,
        "FpShotSlices": [_slice(segment) for segment in match.segments],
    }


def _slice(segment: Segment) -> dict[str, Any]:
    return {
        "Similarity": segment.similarity,
        "Input": _stretch(segment.query_start, segment.query_end),
        "Duplication": _stretch(segment.reference_start, segment.reference_end),
    }


def _stretch(start: float, end: float) -> dict[str, float]:
    return {"Start": start, "Duration": end - start}
