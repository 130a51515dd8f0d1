"""Bulk imports: ImportFpShotJob, ListFpShotImportJob, QueryFpImportResult."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from shotprint.api.actions.call import ActionCall, media_place, missing_ids, result_url
from shotprint.api.actions.states import STATES, failure
from shotprint.service.types import ImportJob, ImportRequest, JobState, MediaPlace, SaveType

__all__ = ["import_fp_shot_job", "list_fp_shot_import_job", "query_fp_import_result"]

_STATES: Final = {**STATES, JobState.QUEUED: "Processing", JobState.RUNNING: "Processing"}
_DAY: Final = timedelta(days=1)


def import_fp_shot_job(call: ActionCall) -> Mapping[str, Any]:
    values = call.values
    place = values["Input"]
    request = ImportRequest(
        library_id=values["FpDBId"],
        place=MediaPlace(place["Bucket"], place["Location"], place["Object"]),
        save_type=SaveType(values["FpImportConfig"]["SaveType"]),
        pipeline_id=values["PipelineId"],
        user_data=values["UserData"],
        input_text=call.sent["Input"],
        config_text=call.sent["FpImportConfig"],
    )
    return {"JobId": call.app.imports.submit(call.account_id, request).id}


def list_fp_shot_import_job(call: ActionCall) -> Mapping[str, Any]:
    imports, missing = call.app.imports.get(
        call.account_id, call.values["JobIds"], call.key.allowed_libraries
    )
    return {
        "FpShotImportJobList": [_import(call, job) for job in imports],
        "NonExistIds": missing_ids(missing),
    }


def query_fp_import_result(call: ActionCall) -> Mapping[str, Any]:
    values = call.values
    start, end = _moment(values["StartTime"]), _moment(values["EndTime"])
    end = call.now if end is None else end
    imports = call.app.imports.results_between(
        call.account_id, end - _DAY if start is None else start, end, call.key.allowed_libraries
    )
    page, size = values["PageIndex"], values["PageSize"]
    paged = page is not None and page > 0
    shown = imports[(page - 1) * size : page * size] if paged else imports
    return {
        "LogCount": len(shown),
        "FpResultLogInfoList": [_log(call, job) for job in shown],
        "PageInfo": {"PageIndex": page if paged else -1, "PageSize": size, "Total": len(imports)},
    }


def _moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _import(call: ActionCall, job: ImportJob) -> dict[str, Any]:
    return {
        "Id": job.id,
        "FpDBId": job.library_id,
        "PipelineId": job.pipeline_id,
        "FpImportConfig": job.config_text or json.dumps({"SaveType": job.save_type.value}),
        "Input": job.input_text or json.dumps(media_place(job.place), ensure_ascii=False),
        "Status": _STATES[job.state],
        **failure(job.state, job.error_code, job.error_message),
        "CreateTime": job.created,
        "FinishTime": job.finished,
        "ProcessMessage": None if job.result_blob is None else result_url(call, _file_name(job)),
        "UserData": job.user_data,
    }


def _log(call: ActionCall, job: ImportJob) -> dict[str, Any]:
    assert job.finished is not None  # noqa: S101 - what has a result file has ended
    return {
        "LogPath": result_url(call, _file_name(job)),
        "LogName": _file_name(job),
        "LogStartTime": job.created.timestamp(),
        "LogEndTime": job.finished.timestamp(),
        "LogSize": job.result_bytes,
        "CreateTime": job.finished.timestamp(),
    }


def _file_name(job: ImportJob) -> str:
    return f"import-{job.id}.jsonl"
