"""ICE's analysis jobs: SubmitDNAJob, QueryDNAJobList, CancelDNAJob. They are the same jobs as those of MPS."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from shotprint.api.actions.call import ActionCall, result_url
from shotprint.api.actions.states import STATES, failure
from shotprint.errors import InvalidValue, OutOfRange
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

__all__ = ["cancel_dna_job", "parse_media_url", "query_dna_job_list", "submit_dna_job"]

_NEWEST: Final = 20
_NOTHING_SAID: Final[Mapping[str, Any]] = {"SaveType": "save", "MediaType": None}
_MEDIA_TYPES: Final = {
    None: (None, None),
    "video": (Modality.VIDEO, None),
    "text": (Modality.TEXT, TextType.TEXT),
    "asr": (Modality.TEXT, TextType.ASR),
}
_OSS_URL: Final = re.compile(r"oss://([^/]+)/(.+)", re.DOTALL)
_HTTP_URL: Final = re.compile(
    r"https?://([^./]+)\.(oss-[a-z0-9-]+)\.aliyuncs\.com/([^?#]+)(?:[?#].*)?", re.DOTALL
)
_BUCKET_BYTES: Final = (3, 63)
_OBJECT_BYTES: Final = (1, 1024)


def submit_dna_job(call: ActionCall) -> Mapping[str, Any]:
    values = call.values
    config = values["Config"] or _NOTHING_SAID
    modality, text_type = _MEDIA_TYPES[config["MediaType"]]
    request = JobRequest(
        place=parse_media_url(values["Input"]["Media"]),
        primary_key=values["PrimaryKey"],
        save_type=SaveType(config["SaveType"]),
        library_id=values["DBId"],
        pipeline_id=values["PipelineId"],
        user_data=values["UserData"],
        input_text=call.sent["Input"],
        modality=modality,
        text_type=text_type,
    )
    return {"JobId": call.app.jobs.submit(call.account_id, request).id}


def query_dna_job_list(call: ActionCall) -> Mapping[str, Any]:
    ids = call.values["JobIds"]
    if ids is not None:
        jobs, _ = call.app.jobs.get(call.account_id, ids, call.key.allowed_libraries)
    else:
        jobs = list(
            call.app.jobs.page(
                call.account_id, JobFilter(library_ids=call.key.allowed_libraries), None, _NEWEST
            ).items
        )
    return {"JobList": [_job(call, job) for job in jobs]}


def cancel_dna_job(call: ActionCall) -> Mapping[str, Any]:
    job = call.app.jobs.one(call.account_id, call.values["JobId"], call.key.allowed_libraries)
    return {"JobId": call.app.jobs.cancel(call.account_id, job.id, only_queued=True).id}


def parse_media_url(url: str) -> MediaPlace:
    """The place that a URL of an object names. A signed URL's query is dropped: buckets are read by the settings.

    Raises
    ------
    InvalidValue
        It is none of the two forms.
    OutOfRange
        The bucket's name has not 3 to 63 bytes, or the object's is longer than 1024.
    """
    if found := _OSS_URL.fullmatch(url):
        place = MediaPlace(found[1], "oss", found[2])
    elif found := _HTTP_URL.fullmatch(url):
        place = MediaPlace(found[1], found[2], found[3])
    else:
        raise InvalidValue(
            "Input.Media must be oss://bucket/object or http(s)://bucket.oss-region.aliyuncs.com/object."
        )
    for what, text, (low, high) in (
        ("bucket", place.bucket, _BUCKET_BYTES),
        ("object", place.object, _OBJECT_BYTES),
    ):
        if not low <= len(text.encode()) <= high:
            raise OutOfRange(f"The {what} of Input.Media must have {low} to {high} bytes of UTF-8.")
    return place


def _job(call: ActionCall, job: Job) -> dict[str, Any]:
    request = job.request
    return {
        "Id": job.id,
        "Status": STATES[job.state],
        **failure(job.state, job.error_code, job.error_message),
        "PrimaryKey": request.primary_key,
        "DBId": request.library_id,
        "Config": json.dumps({"SaveType": request.save_type.value, "MediaType": _media_type(request)}),
        "UserData": request.user_data,
        "CreationTime": job.created,
        "FinishTime": job.finished,
        "Input": {"Type": "OSS", "Media": _media(request)},
        "DNAResult": (
            result_url(call, f"analysis-{job.id}.json") if job.state is JobState.SUCCEEDED else None
        ),
    }


def _media_type(request: JobRequest) -> str:
    return "asr" if request.text_type is TextType.ASR else str(request.modality)


def _media(request: JobRequest) -> str:
    """The URL as submitted; one of our making when the job came through MPS."""
    try:
        media = json.loads(request.input_text or "")["Media"]
    except (ValueError, KeyError, TypeError):
        media = None
    return media if isinstance(media, str) else f"oss://{request.place.bucket}/{request.place.object}"
