"""Libraries: CreateFpShotDB, ListFpShotDB."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from shotprint.api.actions.call import ActionCall, missing_ids
from shotprint.service.types import Library, Modality

__all__ = ["create_fp_shot_db", "list_fp_shot_db"]

_MODALITIES: Final = {11: Modality.TEXT, 12: Modality.VIDEO, 1: Modality.VIDEO}
_MODEL_IDS: Final = {Modality.TEXT: 11, Modality.VIDEO: 12, Modality.AUDIO: 13, Modality.IMAGE: 14}


def create_fp_shot_db(call: ActionCall) -> Mapping[str, Any]:
    values = call.values
    library = call.app.libraries.create(
        call.account_id,
        values["Name"],
        _MODALITIES[values["ModelId"]],
        description=values["Description"],
        config=values["Config"],
    )
    fields = {**_library(library), "Config": library.config, "State": library.state.value}
    return {"FpShotDB": fields}


def list_fp_shot_db(call: ActionCall) -> Mapping[str, Any]:
    ids = call.values["FpDBIds"]
    libraries = [one for one in call.app.libraries.list(call.account_id, ids) if call.key.may_use(one.id)]
    found = {library.id for library in libraries}
    return {
        "FpShotDBList": [{**_library(library), "Status": library.state.value} for library in libraries],
        "NonExistIds": missing_ids([wanted for wanted in ids or () if wanted not in found]),
    }


def _library(library: Library) -> dict[str, Any]:
    return {
        "FpDBId": library.id,
        "Name": library.name,
        "ModelId": _MODEL_IDS[library.modality],
        "Description": library.description,
    }
