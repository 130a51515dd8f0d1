"""Asking for analyses: of objects in the server's buckets, and of files that the browser sends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

from starlette.datastructures import QueryParams
from starlette.responses import Response

from shotprint.console.call import Call
from shotprint.console.uploads import MAX_CHUNK_BYTES
from shotprint.errors import CallerError, InvalidState, InvalidValue, MissingValue, NotSupported
from shotprint.service.types import JobRequest, MediaPlace, SaveType
from shotprint.settings import UPLOADS

LISTED = 100  # entries of a folder on one page
MOST = 500  # files at once

CHOICES = {
    SaveType.NOSAVE: "Search the library for what the files copy",
    SaveType.SAVE: "Search, and store those that copy nothing",
    SaveType.FORCESAVE: "Search, and store all of them",
    SaveType.ONLYSAVE: "Store them without a search",
}


@dataclass(frozen=True)
class Chosen:
    """A file that shall be analysed, and what it is called."""

    place: MediaPlace
    name: str


def ask(call: Call) -> Response:
    """The form."""
    return _page(call, call.query)


def objects(call: Call) -> Response:
    """What is in a folder of a bucket, to choose from."""
    return call.page("submit_objects.html", **_folder(call, call.query))


def submit(call: Call) -> Response:
    """Ask for the analysis of each chosen file."""
    form = call.form
    try:
        chosen = list(_chosen(call))
        requests = [_request(call, one, len(chosen)) for one in chosen]
        if not requests:
            raise MissingValue("Choose at least one file", parameter="object")
        if len(requests) > MOST:
            raise InvalidValue(f"Choose at most {MOST} files at once", parameter="object")
        made = [call.app.jobs.submit(call.account_id, request) for request in requests]
    except CallerError as error:
        return _page(call, form, problem=error.message)
    for job in made:
        call.audit("job.submit", job.id)
    return call.go(f"/tasks/{made[0].id}" if len(made) == 1 else "/tasks")


def _page(call: Call, values: QueryParams, *, problem: str = "") -> Response:
    uploads = call.app.uploads.newest(call.account_id, 20)
    return call.page(
        "submit.html",
        status=400 if problem else 200,
        problem=problem,
        values=values,
        libraries=call.libraries(),
        pipelines=call.app.pipelines.list(call.account_id),
        choices={kind.value: text for kind, text in CHOICES.items()},
        uploads=uploads,
        chosen_uploads={*values.getlist("upload")},
        used_bytes=call.app.uploads.used_bytes(call.account_id),
        most_bytes=call.app.settings.upload_bytes,
        chunk_bytes=MAX_CHUNK_BYTES,
        **_folder(call, values),
    )


def _folder(call: Call, values: QueryParams) -> dict[str, Any]:
    """A page of the folder that is looked at."""
    buckets = [name for name in call.app.buckets.names if name != UPLOADS]
    bucket = values.get("bucket", buckets[0] if buckets else "")
    folder, after = values.get("folder", "").strip("/"), values.get("after") or None
    listing = call.app.buckets.list(bucket, folder, after, LISTED) if bucket in buckets else None
    parts = folder.split("/") if folder else []
    trail = [(part, "/".join(parts[: depth + 1])) for depth, part in enumerate(parts)]
    return {"buckets": buckets, "bucket": bucket, "folder": folder, "trail": trail, "listing": listing}


def _chosen(call: Call) -> Iterator[Chosen]:
    for text in call.form.getlist("object"):
        bucket, slash, key = text.partition("/")
        if not slash or bucket == UPLOADS:
            raise InvalidValue(f"{text!r} is no object of a bucket", parameter="object")
        yield Chosen(MediaPlace(bucket, "", object_name(key)), key.rpartition("/")[2])
    for upload_id in call.form.getlist("upload"):
        upload = call.app.uploads.get(call.account_id, upload_id)
        if upload.finished is None:
            raise InvalidState(f"{upload.name} is not uploaded to its end", parameter="upload")
        yield Chosen(upload.place, upload.name)


def object_name(key: str) -> str:
    """What a job says to mean the object `key`: names are percent-decoded once where they are read."""
    return key if unquote(key) == key else quote(key)


def _request(call: Call, chosen: Chosen, count: int) -> JobRequest:
    form = call.form
    library = call.library(form.get("library", ""))
    kind = form.get("save_type", "")
    if kind not in list(SaveType):
        raise NotSupported("Choose what to do with the files", parameter="save_type")
    key = form.get("key", "").strip()
    if key and count > 1:
        raise InvalidValue(
            "A file key is for one file; several are stored under their names", parameter="key"
        )
    return JobRequest(
        place=chosen.place,
        primary_key=key or chosen.name,
        save_type=SaveType(kind),
        library_id=library.id,
        similarity_threshold=_share(form.get("similarity", "")),
        pipeline_id=form.get("pipeline", "") or None,
        user_data=form.get("user_data", "").strip() or None,
    )


def _share(text: str) -> float | None:
    """A similarity from 0 to 1; None for the library's own."""
    try:
        return float(text) if text.strip() else None
    except ValueError as exc:
        raise InvalidValue(f"{text!r} is no number from 0 to 1", parameter="similarity") from exc
