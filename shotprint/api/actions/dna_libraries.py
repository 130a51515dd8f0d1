"""ICE's libraries and files: CreateDNADB, ListDNADB, DeleteDNADB, ListDNAFiles, DeleteDNAFiles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from shotprint.api.actions.call import ActionCall, media_place
from shotprint.service.types import DeletionKind, FileFilter, Library, Modality

__all__ = ["create_dna_db", "delete_dna_db", "delete_dna_files", "list_dna_db", "list_dna_files"]

_MODALITIES: Final = {"Text": Modality.TEXT, "Video": Modality.VIDEO, "1": Modality.VIDEO}
_MODELS: Final = {
    Modality.TEXT: "Text",
    Modality.VIDEO: "Video",
    Modality.AUDIO: "Audio",
    Modality.IMAGE: "Image",
}


def create_dna_db(call: ActionCall) -> Mapping[str, Any]:
    values = call.values
    library = call.app.libraries.create(
        call.account_id, values["Name"], _MODALITIES[values["Model"]], description=values["Description"]
    )
    return {"DBInfo": _library(library)}


def list_dna_db(call: ActionCall) -> Mapping[str, Any]:
    found = call.app.libraries.list(call.account_id, call.values["DBIds"])
    libraries = [library for library in found if call.key.may_use(library.id)]
    return {"DBList": [_library(library) for library in libraries if call.key.may_use(library.id)]}


def delete_dna_db(call: ActionCall) -> Mapping[str, Any]:
    call.app.deletions.delete_library(call.account_id, call.values["DBId"], DeletionKind.DELETE)
    return {}


def list_dna_files(call: ActionCall) -> Mapping[str, Any]:
    values = call.values
    page = call.app.files.page(
        call.account_id, values["DBId"], FileFilter(), values["NextPageToken"], values["PageSize"]
    )
    files = [{"PrimaryKey": file.primary_key, "InputFile": media_place(file.place)} for file in page.items]
    return {"NextPageToken": page.next_token, "FileList": files}


def delete_dna_files(call: ActionCall) -> Mapping[str, Any]:
    values = call.values
    call.app.deletions.delete_files(call.account_id, values["DBId"], primary_keys=values["PrimaryKeys"])
    return {}


def _library(library: Library) -> dict[str, Any]:
    return {
        "DBId": library.id,
        "Name": library.name,
        "Model": _MODELS[library.modality],
        "Description": library.description,
        "Status": library.state.value,
    }
