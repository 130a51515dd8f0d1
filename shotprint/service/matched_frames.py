"""The pictures that a comparison matched, side by side: a zip for each file, and what belongs to what."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import BinaryIO

import cv2

from shotprint.blobs.buckets import Buckets
from shotprint.engine.types import Cancel, FramePair, Gray, Match
from shotprint.engine.video.decode import open_video
from shotprint.service.types import FramePlaces, MediaPlace

MAX_PAIRS = 200  # of a comparison; evenly thinned when there are more
RATE = 10.0  # instants a second at which pictures are looked at
ROUNDING_S = 0.001  # of the moments in a print, which are kept as float32
SIDE = 640  # pixels of the longer side
JPEG_QUALITY = 85

_DATE = (1980, 1, 1, 0, 0, 0)  # the same files shall give the same archives


def matched_pairs(match: Match | None) -> list[FramePair]:
    """The evidence of a match in query order, at most `MAX_PAIRS`."""
    if match is None:
        return []
    pairs = [pair for segment in match.segments for pair in segment.evidence]
    pairs.sort(key=lambda pair: (pair.query_time, pair.reference_time))
    step = -(-len(pairs) // MAX_PAIRS) or 1
    return pairs[::step]


def pictures_at(file: BinaryIO, moments: Sequence[float], *, threads: int, cancel: Cancel) -> list[bytes]:
    """The pictures shown at these seconds as JPEGs, in that order; after the end the last one.

    Raises
    ------
    MediaError, TemporaryError, Cancelled
    """
    found: dict[float, bytes] = {}
    waiting = sorted(set(moments), reverse=True)
    picture: Gray | None = None
    with open_video(file, threads=threads) as reader:
        for frame in reader.frames(rate=RATE, max_side=SIDE, cancel=cancel, progress=None):
            picture = frame.image
            while waiting and waiting[-1] + ROUNDING_S < frame.end:
                found[waiting.pop()] = _jpeg(picture)
            if not waiting:
                break
    if picture is not None:
        found.update((moment, _jpeg(picture)) for moment in waiting)
    return [found[moment] for moment in moments]


def write(
    buckets: Buckets,
    place: MediaPlace,
    pairs: Sequence[FramePair],
    master: Sequence[bytes],
    query: Sequence[bytes],
) -> FramePlaces:
    """Write ``<object>/master-frames.zip``, ``<object>/query-frames.zip`` and ``<object>/matched-frames.json``;
    picture n of one zip belongs to picture n of the other.

    Raises
    ------
    MediaAccessDenied, TemporaryError
    """
    names = [f"{number:04d}.jpg" for number in range(1, len(pairs) + 1)]
    told = [
        {"Frame": name, "QueryTime": pair.query_time, "MasterTime": pair.reference_time, "Votes": pair.votes}
        for name, pair in zip(names, pairs, strict=True)
    ]

    def put(name: str, data: bytes) -> MediaPlace:
        written = replace(place, object=f"{place.object.rstrip('/')}/{name}")
        buckets.put(written.bucket, written.object, data)
        return written

    return FramePlaces(
        master_frames=put("master-frames.zip", _zipped(dict(zip(names, master, strict=True)))),
        query_frames=put("query-frames.zip", _zipped(dict(zip(names, query, strict=True)))),
        description=put("matched-frames.json", json.dumps({"MatchedFrames": told}).encode()),
    )


def _zipped(pictures: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, data in pictures.items():
            archive.writestr(zipfile.ZipInfo(name, _DATE), data)
    return buffer.getvalue()


def _jpeg(picture: Gray) -> bytes:
    _done, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return data.tobytes()
