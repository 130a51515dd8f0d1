"""What a match's page shows of the media: pictures, film strips, and films for its players."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias
from urllib.parse import urlencode

from starlette.responses import JSONResponse, Response

from shotprint.console import media
from shotprint.console.call import Call, View
from shotprint.console.evidence import Evidence, Side
from shotprint.engine.video.preview import MEDIA_TYPE
from shotprint.errors import InvalidValue, MediaError, NotFound

_KEPT = {"cache-control": "private, max-age=3600"}
_SAME_S = 0.002  # moments in addresses are rounded


Load: TypeAlias = Callable[[Call], Evidence]
"""The match that a page's path names, as far as who is signed in may see it; NotFound when there is none."""


def picture(load: Load) -> View:
    """What one side shows at one of the match's moments: from the media itself, or else the nearest picture that was
    stored of it."""
    return lambda call: _picture(call, load(call))


def strip(load: Load) -> View:
    """What one side shows over the match, in a row; from the media or stored pictures, too."""
    return lambda call: _strip(call, load(call))


def film(load: Load) -> View:
    """One side's media, for a player; or the preview of a part of it."""
    return lambda call: _film(call, load(call))


def preview(load: Load) -> View:
    """How far the preview of a part is, which is begun with unless it is there."""
    return lambda call: _preview(call, load(call))


def picture_at(call: Call, evidence: Evidence, side: Side, seconds: float) -> bytes:
    """A JPEG; NotFound when there is neither the media nor a picture of it."""
    try:
        if side.place is not None:
            return call.app.views.picture(side.place, seconds, of=evidence.task_id)
    except MediaError:
        pass
    return call.app.pictures.nearest(call.account_id, *_stored(side), seconds)


def strip_of(call: Call, evidence: Evidence, side: Side) -> bytes:
    """A JPEG; NotFound as with `picture_at`."""
    moments = evidence.film_strip(side.name).moments
    try:
        if side.place is not None:
            return call.app.views.strip(side.place, moments, of=evidence.task_id)
    except MediaError:
        pass
    return call.app.pictures.strip(call.account_id, *_stored(side), moments)


def _stored(side: Side) -> tuple[str, str]:
    """Library and file whose pictures are kept."""
    if side.file is None:
        raise NotFound("The file is not there any more, or cannot be shown")
    return side.file.library_id, side.file.id


def _picture(call: Call, evidence: Evidence) -> Response:
    side, at = _side(call, evidence), call.seconds("at")
    shown = (one.query_time if side.name == "query" else one.reference_time for one in evidence.moments)
    if not any(abs(moment - at) < _SAME_S for moment in shown):
        raise NotFound("This match shows no such moment")
    return Response(picture_at(call, evidence, side, at), media_type="image/jpeg", headers=_KEPT)


def _strip(call: Call, evidence: Evidence) -> Response:
    data = strip_of(call, evidence, _side(call, evidence))
    return Response(data, media_type="image/jpeg", headers=_KEPT)


def _film(call: Call, evidence: Evidence) -> Response:
    side, wanted = _side(call, evidence), call.request.headers.get("range")
    if side.place is None:
        raise NotFound("The file is not there any more")
    if "part" in call.query:
        making = call.app.views.preview(side.place, *_part(call, evidence, side), of=evidence.task_id)
        if making.path is None:
            raise NotFound("There is no preview of this part yet")
        return media.answer_file(making.path, MEDIA_TYPE, wanted)
    try:
        return media.answer(call.app.buckets, side.place, wanted)
    except MediaError as error:
        raise NotFound(error.message) from error


def _preview(call: Call, evidence: Evidence) -> Response:
    side = _side(call, evidence)
    if side.place is None:
        return JSONResponse({"problem": "The file is not there any more"})
    start, end = _part(call, evidence, side)
    making = call.app.views.preview(side.place, start, end, of=evidence.task_id)
    if making.problem:
        return JSONResponse({"problem": making.problem})
    if making.path is None:
        return JSONResponse({"share": round(making.share, 3)})
    query = urlencode({"side": side.name, "part": call.query["part"]})
    return JSONResponse({"address": f"/console{evidence.path}/film?{query}", "start": start})


def _part(call: Call, evidence: Evidence, side: Side) -> tuple[float, float]:
    text = call.query.get("part", "")
    if not (text.isascii() and text.isdigit() and len(text) < 9):
        raise InvalidValue(f"{text!r} is no number of a part", parameter="part")
    return evidence.part(int(text), side.name)


def _side(call: Call, evidence: Evidence) -> Side:
    sides = {side.name: side for side in (evidence.query, evidence.reference)}
    name = call.query.get("side", "")
    if name not in sides:
        raise InvalidValue(f"{name!r} is neither query nor reference", parameter="side")
    return sides[name]
