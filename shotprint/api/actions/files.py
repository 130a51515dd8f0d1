"""Stored files: ListFpShotFiles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shotprint.api.actions.call import ActionCall, media_place
from shotprint.service.types import File, FileFilter

__all__ = ["list_fp_shot_files"]


def list_fp_shot_files(call: ActionCall) -> Mapping[str, Any]:
    values = call.values
    page = call.app.files.page(
        call.account_id,
        values["FpDBId"],
        FileFilter(stored_after=values["StartTime"], stored_before=values["EndTime"]),
        values["NextPageToken"],
        values["PageSize"],
    )
    return {"NextPageToken": page.next_token, "FpShotFileList": [_file(file) for file in page.items]}


def _file(file: File) -> dict[str, Any]:
    return {
        "FileId": file.id,
        "PrimaryKey": file.primary_key,
        "StoreTime": file.stored,
        "InputFile": media_place(file.place),
    }
