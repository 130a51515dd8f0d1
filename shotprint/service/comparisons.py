"""Comparisons as callers see them: two given files, what one copies of the other. Nothing is stored in a library."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict
from typing import Any

from shotprint.errors import NotSupported
from shotprint.queue.protocol import Lane, Queue
from shotprint.service import chores
from shotprint.service.checks import check_text
from shotprint.service.libraries import require_library
from shotprint.service.types import (
    ComparedMedia,
    Comparison,
    ComparisonRequest,
    ComparisonResult,
    FramePlaces,
    MediaPlace,
    Modality,
    Page,
)
from shotprint.service.visibility import Visibility
from shotprint.store import match_json, media_json
from shotprint.store.database import Database
from shotprint.store.models import ComparisonRow

COMPARE = "compare"
"""The task that does one comparison; its subject is the comparison's id."""


class Comparisons:
    """An account's comparisons."""

    def __init__(self, database: Database, queue: Queue, visibility: Visibility) -> None:
        self._database = database
        self._queue = queue
        self._visibility = visibility

    def submit(self, account_id: str, request: ComparisonRequest) -> Comparison:
        """Accept a comparison. A library only says how the files are to be read.

        Raises
        ------
        LibraryNotFound
            A library is given, and the account has none of that id, or it is deleted.
        NotSupported
            The library does not hold videos: there is no way to tell what others have in common.
        EmptyValue, OutOfRange, InvalidValue
        """
        _check(request)
        frames = request.frame_storage
        row = ComparisonRow(
            **chores.asked(account_id, request.pipeline_id, request.user_data),
            library_id=request.library_id,
            master=asdict(request.master),
            query=asdict(request.query),
            frame_storage=None if frames is None else asdict(frames),
            master_text=request.master_text,
            query_text=request.query_text,
        )
        with self._database.sessions.begin() as session:
            if request.library_id is not None:
                modality = require_library(session, account_id, request.library_id)
                if modality is not Modality.VIDEO:
                    raise NotSupported(
                        f"Files of {modality.value} cannot be compared", parameter="library_id"
                    )
            session.add(row)
            session.flush()
            self._queue.put(session, COMPARE, row.id, lane=Lane.ANALYSIS)
        return _comparison(row)

    def get(
        self, account_id: str, ids: Sequence[str], library_ids: Collection[str] | None = None
    ) -> tuple[list[Comparison], list[str]]:
        """The comparisons of `ids` in that order, each once, and those ids that the account has none of.

        Parameters
        ----------
        library_ids : those of other libraries, and of none, are as if unknown; None for all.
        """
        visible = self._visibility.conditions(ComparisonRow, account_id, library_ids)
        with self._database.reads() as session:
            rows, missing = chores.find(session, ComparisonRow, visible, ids)
        return [_comparison(row) for row in rows], missing

    def page(
        self, account_id: str, token: str | None, size: int, library_ids: Collection[str] | None = None
    ) -> Page[Comparison]:
        """At most `size` comparisons, newest first, after the one whose id is `token`; `library_ids` as in
        `get`."""
        visible = self._visibility.conditions(ComparisonRow, account_id, library_ids)
        with self._database.reads() as session:
            return chores.page(session, ComparisonRow, visible, token, size, _comparison)


def result_to_json(result: ComparisonResult) -> dict[str, Any]:
    return {
        "matches": match_json.to_json(result.matches),
        "master": _media_to_json(result.master),
        "query": _media_to_json(result.query),
        "frames": None if result.frames is None else asdict(result.frames),
    }


def result_from_json(values: dict[str, Any]) -> ComparisonResult:
    frames = values["frames"]
    return ComparisonResult(
        matches=match_json.from_json(values["matches"]),
        master=_media_from_json(values["master"]),
        query=_media_from_json(values["query"]),
        frames=None
        if frames is None
        else FramePlaces(**{name: MediaPlace(**place) for name, place in frames.items()}),
    )


def _media_to_json(media: ComparedMedia) -> dict[str, Any]:
    return {"info": media_json.to_json(media.info), "print_frames": media.print_frames}


def _media_from_json(values: dict[str, Any]) -> ComparedMedia:
    return ComparedMedia(media_json.from_json(values["info"]), int(values["print_frames"]))


def _check(request: ComparisonRequest) -> None:
    chores.check_texts(request.pipeline_id, request.user_data)
    places = {"master": request.master, "query": request.query, "frame_storage": request.frame_storage}
    for name, place in places.items():
        if place is not None:
            check_text(place.bucket, f"{name}.bucket", empty=False)
            check_text(place.location, f"{name}.location")
            check_text(place.object, f"{name}.object", empty=False)
    check_text(request.master_text or "", "master_text")
    check_text(request.query_text or "", "query_text")


def _comparison(row: ComparisonRow) -> Comparison:
    return Comparison(
        **chores.told(row),
        library_id=row.library_id,
        master=MediaPlace(**row.master),
        query=MediaPlace(**row.query),
        frame_storage=None if row.frame_storage is None else MediaPlace(**row.frame_storage),
        master_text=row.master_text,
        query_text=row.query_text,
        result=None if row.result is None else result_from_json(row.result),
    )
