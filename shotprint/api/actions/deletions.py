"""Removal of files and libraries: SubmitFpFileDeleteJob, SubmitFpDBDeleteJob, SubmitMediaFpDeleteJob, and
what reads their jobs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from shotprint.api.actions.call import ActionCall, missing_ids
from shotprint.api.actions.states import echoed
from shotprint.service.types import DeletionKind, FileDeletion

__all__ = [
    "query_fp_db_delete_job_list",
    "query_fp_file_delete_job_list",
    "query_media_fp_delete_job_list",
    "submit_fp_db_delete_job",
    "submit_fp_file_delete_job",
    "submit_media_fp_delete_job",
]

_KINDS: Final = {"Purge": DeletionKind.PURGE, "Delete": DeletionKind.DELETE}
_DELETE_TYPES: Final = {kind: text for text, kind in _KINDS.items()}


def submit_fp_file_delete_job(call: ActionCall) -> Mapping[str, Any]:
    values = call.values
    deletion = call.app.deletions.delete_files(
        call.account_id,
        values["FpDBId"],
        file_ids=values["FileIds"] or (),
        primary_keys=values["PrimaryKeys"] or (),
        pipeline_id=values["PipelineId"],
        user_data=values["UserData"],
    )
    return {"JobId": deletion.id}


def query_fp_file_delete_job_list(call: ActionCall) -> Mapping[str, Any]:
    deletions, missing = _file_deletions(call)
    jobs = [
        {**echoed(deletion, state_name="Status"), "FileIds": ",".join(deletion.file_ids) or None}
        for deletion in deletions
    ]
    return {"FpFileDeleteJobList": jobs, "NonExistIds": missing_ids(missing)}


def submit_fp_db_delete_job(call: ActionCall) -> Mapping[str, Any]:
    values = call.values
    deletion = call.app.deletions.delete_library(
        call.account_id,
        values["FpDBId"],
        _KINDS[values["DelType"]],
        pipeline_id=values["PipelineId"],
        user_data=values["UserData"],
    )
    return {"JobId": deletion.id}


def query_fp_db_delete_job_list(call: ActionCall) -> Mapping[str, Any]:
    deletions, missing = call.app.deletions.library_deletions(
        call.account_id, call.values["JobIds"], call.key.allowed_libraries
    )
    jobs = [
        {**echoed(deletion, state_name="Status"), "DelType": _DELETE_TYPES[deletion.kind]}
        for deletion in deletions
    ]
    return {"FpDBDeleteJobList": jobs, "NonExistIds": missing_ids(missing)}


def submit_media_fp_delete_job(call: ActionCall) -> Mapping[str, Any]:
    values = call.values
    deletion = call.app.deletions.delete_files(
        call.account_id,
        values["FpDBId"],
        primary_keys=(values["PrimaryKey"],),
        pipeline_id=values["PipelineId"],
        user_data=values["UserData"],
    )
    return {"JobId": deletion.id}


def query_media_fp_delete_job_list(call: ActionCall) -> Mapping[str, Any]:
    """The same jobs as QueryFpFileDeleteJobList's, told in the older way."""
    deletions, missing = _file_deletions(call)
    jobs = [{**echoed(deletion, state_name="State"), "PrimaryKey": _keys(deletion)} for deletion in deletions]
    return {"MediaFpDeleteJobList": jobs, "NonExistIds": missing_ids(missing)}


def _file_deletions(call: ActionCall) -> tuple[list[FileDeletion], list[str]]:
    return call.app.deletions.file_deletions(
        call.account_id, call.values["JobIds"], call.key.allowed_libraries
    )


def _keys(deletion: FileDeletion) -> str | None:
    return ",".join(deletion.primary_keys) or None
