"""Choosing files on a page: objects of the server's buckets, and files that the browser sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

from starlette.datastructures import QueryParams
from starlette.responses import Response

from shotprint.console.call import Call, View
from shotprint.console.uploads import MAX_CHUNK_BYTES
from shotprint.errors import InvalidState, InvalidValue, MissingValue, NotFound
from shotprint.service.types import MediaPlace
from shotprint.settings import UPLOADS

LISTED = 100  # entries of a folder on one page
UPLOADS_LISTED = 20
MOST = 500  # files at once


@dataclass(frozen=True)
class Chosen:
    """A file that was chosen, and what it is called."""

    place: MediaPlace
    name: str


@dataclass(frozen=True)
class Tick:
    """A file that a form has ticked, as the form says it."""

    field: str
    value: str
    name: str


def objects(page: str) -> View:
    """The part of `page` with what is in a folder of a bucket."""

    def show(call: Call) -> Response:
        return call.page("picker_objects.html", picker_of=page, **_folder(call, call.query))

    return show


def picker(call: Call, page: str, values: QueryParams) -> dict[str, Any]:
    """What forms need that files are chosen on, of the page of that path, with what `values` say so far."""
    return {
        "picker_of": page,
        "values": values,
        "libraries": call.libraries(),
        "pipelines": call.app.pipelines.list(call.account_id),
        "uploads": call.app.uploads.newest(call.account_id, UPLOADS_LISTED),
        "ticks": ticks(call, values),
        "used_bytes": call.app.uploads.used_bytes(call.account_id),
        "most_bytes": call.app.settings.upload_bytes,
        "chunk_bytes": MAX_CHUNK_BYTES,
        **_folder(call, values),
    }


def chosen(call: Call) -> list[Chosen]:
    """The files that the call's form has ticked, in its order.

    Raises
    ------
    MissingValue, InvalidValue
        There are none, or too many; or one is no object of a bucket.
    NotFound, InvalidState
        An upload is not there, not whole, or another job's alone.
    """
    found = list(_chosen(call))
    if not found:
        raise MissingValue("Choose at least one file", parameter="object")
    if len(found) > MOST:
        raise InvalidValue(f"Choose at most {MOST} files at once", parameter="object")
    return found


def echoed(form: QueryParams) -> tuple[str | None, str | None]:
    """The pipeline that is told, and the user data that come back."""
    return form.get("pipeline", "") or None, form.get("user_data", "").strip() or None


def again(place: MediaPlace) -> dict[str, str]:
    """The field of a form that ticks the file at that place."""
    if place.bucket == UPLOADS:
        return {"upload": place.object.rpartition("/")[2]}
    return {"object": f"{place.bucket}/{unquote(place.object)}"}


def object_name(key: str) -> str:
    """What a job says to mean the object `key`: names are percent-decoded once where they are read."""
    return key if unquote(key) == key else quote(key)


def _chosen(call: Call) -> Iterator[Chosen]:
    for field, value in call.form.multi_items():
        if field == "object":
            bucket, slash, key = value.partition("/")
            if not slash or bucket == UPLOADS:
                raise InvalidValue(f"{value!r} is no object of a bucket", parameter="object")
            yield Chosen(MediaPlace(bucket, "", object_name(key)), key.rpartition("/")[2])
        elif field == "upload":
            upload = call.app.uploads.get(call.account_id, value)
            if upload.finished is None:
                raise InvalidState(f"{upload.name} is not uploaded to its end", parameter="upload")
            if upload.job_id is not None:
                raise InvalidState(f"{upload.name} was for one search and is about to go", parameter="upload")
            yield Chosen(upload.place, upload.name)


def ticks(call: Call, values: QueryParams) -> list[Tick]:
    """What `values` have ticked and can have; what cannot be is left out without a word."""
    return list(_ticks(call, values))


def _ticks(call: Call, values: QueryParams) -> Iterator[Tick]:
    for field, value in values.multi_items()[:MOST]:
        if field == "object" and value.partition("/")[0] in call.app.buckets.names:
            yield Tick(field, value, value.rpartition("/")[2])
        elif field == "upload":
            try:
                upload = call.app.uploads.get(call.account_id, value)
            except NotFound:
                continue
            if upload.finished is not None and upload.job_id is None:
                yield Tick(field, value, upload.name)


def _folder(call: Call, values: QueryParams) -> dict[str, Any]:
    """A page of the folder that is looked at."""
    buckets = [name for name in call.app.buckets.names if name != UPLOADS]
    bucket = values.get("bucket", buckets[0] if buckets else "")
    folder, after = values.get("folder", "").strip("/"), values.get("after") or None
    listing = call.app.buckets.list(bucket, folder, after, LISTED) if bucket in buckets else None
    parts = folder.split("/") if folder else []
    trail = [(part, "/".join(parts[: depth + 1])) for depth, part in enumerate(parts)]
    return {"buckets": buckets, "bucket": bucket, "folder": folder, "trail": trail, "listing": listing}
