"""The bytes of a film for a browser's player: all of them, or the range that it asks for."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

from starlette.responses import Response, StreamingResponse

from shotprint.blobs.buckets import Buckets
from shotprint.errors import NotFound, NotSupported
from shotprint.service.types import MediaPlace

_CHUNK = 256 * 1024
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


def answer(buckets: Buckets, place: MediaPlace, wanted: str | None) -> Response:
    """The object as a film of the kind that its first bytes say: only ever one that players take, never a page.

    Parameters
    ----------
    wanted : the request's ``Range``; several ranges, or what is none, get all of it.

    Raises
    ------
    NotSupported
        No browser plays such a container.
    MediaError, TemporaryError
        As of `Buckets.open`.
    """
    with ExitStack() as stack:
        file, size = stack.enter_context(buckets.open(place.bucket, place.object))
        kind = media_type(file.read(64))
        if kind is None:
            raise NotSupported("No browser plays files of this kind")
        return _answer(stack.pop_all(), file, size, kind, wanted)


def answer_file(path: Path, kind: str, wanted: str | None) -> Response:
    """A film of our own, of that media type; see `answer`."""
    with ExitStack() as stack:
        try:
            file = stack.enter_context(path.open("rb"))
        except FileNotFoundError as error:  # removed just now
            raise NotFound("The film is not there any more") from error
        return _answer(stack.pop_all(), file, os.fstat(file.fileno()).st_size, kind, wanted)


def _answer(stack: ExitStack, file: BinaryIO, size: int, kind: str, wanted: str | None) -> Response:
    # Said here, so that nothing compresses parts of a film.
    headers = {
        "accept-ranges": "bytes",
        "content-encoding": "identity",
        "cache-control": "private, no-cache",
    }
    part = byte_range(wanted or "", size)
    if part is not None and not part:
        stack.close()
        return Response(status_code=416, headers={**headers, "content-range": f"bytes */{size}"})
    chosen = range(size) if part is None else part
    if part is not None:
        headers["content-range"] = f"bytes {chosen.start}-{chosen.stop - 1}/{size}"
    headers["content-length"] = str(len(chosen))
    body = _read(stack, file, chosen)
    return StreamingResponse(body, 200 if part is None else 206, headers, media_type=kind)


def byte_range(wanted: str, size: int) -> range | None:
    """The bytes that a ``Range`` names: None for all, empty when it names none that there are."""
    found = _RANGE.fullmatch(wanted.strip())
    if found is None or not (found[1] or found[2]):
        return None
    if not found[1]:
        return range(max(0, size - int(found[2])), size)
    first, last = int(found[1]), int(found[2]) if found[2] else size - 1
    if found[2] and last < first:
        return None
    return range(first, min(last + 1, size)) if first < size else range(0)


def media_type(head: bytes) -> str | None:
    """What to call a film that begins with these bytes, so that a browser tries to play it."""
    if head[4:8] == b"ftyp":
        return "video/mp4"
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "video/webm"
    if head.startswith(b"OggS"):
        return "video/ogg"
    return None


def _read(stack: ExitStack, file: BinaryIO, chosen: range) -> Iterator[bytes]:
    with stack:
        file.seek(chosen.start)
        left = len(chosen)
        while left > 0 and (chunk := file.read(min(_CHUNK, left))):
            left -= len(chunk)
            yield chunk
