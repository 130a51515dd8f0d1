"""Small pictures of a file's key frames, kept as evidence of what was fingerprinted."""

from __future__ import annotations

import io
import zipfile

import cv2

from shotprint.engine.types import Gray

SIDE = 160  # pixels of the longer side: enough to recognise a scene, not to enjoy it
JPEG_QUALITY = 75
MIN_SPACING_S = 1.0
MAX_PICTURES = 7200  # two hours at the closest spacing; about 30 MB in memory

_DATE = (1980, 1, 1, 0, 0, 0)  # the same file shall give the same archive


class Thumbnails:
    """Collects key frames as JPEGs, at least `MIN_SPACING_S` apart. When there are too many, every other one
    is dropped and the spacing doubles."""

    def __init__(self) -> None:
        self._pictures: dict[int, bytes] = {}  # by milliseconds
        self._spacing_ms = round(MIN_SPACING_S * 1000)
        self._next_ms = 0

    def add(self, seconds: float, picture: Gray) -> None:
        """Take a key frame; they come in time order."""
        moment_ms = round(seconds * 1000)
        if moment_ms < self._next_ms:
            return
        self._pictures[moment_ms] = _jpeg(picture)
        if len(self._pictures) > MAX_PICTURES:
            self._pictures = dict(list(self._pictures.items())[::2])
            self._spacing_ms *= 2
        self._next_ms = moment_ms + self._spacing_ms

    def zipped(self) -> bytes:
        """A zip of them, not compressed further, named by milliseconds: ``000012000.jpg`` is at 12 s."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
            for moment_ms, data in self._pictures.items():
                archive.writestr(zipfile.ZipInfo(f"{moment_ms:09d}.jpg", _DATE), data)
        return buffer.getvalue()


def _jpeg(picture: Gray) -> bytes:
    height, width = picture.shape
    scale = min(1.0, SIDE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    _done, data = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return data.tobytes()
