"""What can be made of a media file for people to look at. Carried out in a process of its own; see `view_process`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np

from shotprint.blobs.buckets import Buckets
from shotprint.engine.types import Progress
from shotprint.engine.video.glimpse import Colour, picture_at, pictures_at
from shotprint.engine.video.preview import make_preview
from shotprint.service.types import MediaPlace

PICTURE_SIDE = 480  # pixels of the longer side
STRIP_SIDE = 160  # of each picture of a strip
JPEG_QUALITY = 82

_THREADS = 1  # of a decoder


class Order(Protocol):
    """Something to be made of the media at `place`; a plain value, whose ``repr`` tells it from all others."""

    @property
    def place(self) -> MediaPlace: ...

    def carry_out(self, buckets: Buckets, progress: Progress) -> bytes:
        """What was asked for.

        Raises
        ------
        MediaError, TemporaryError
        """


@dataclass(frozen=True)
class Picture:
    """What is shown at a moment: a JPEG."""

    place: MediaPlace
    seconds: float

    def carry_out(self, buckets: Buckets, _progress: Progress) -> bytes:
        with buckets.open(self.place.bucket, self.place.object) as (file, _size):
            return jpeg(picture_at(file, self.seconds, max_side=PICTURE_SIDE, threads=_THREADS))


@dataclass(frozen=True)
class Strip:
    """What is shown at moments that don't run backwards, in a row: a JPEG of pictures of the same size."""

    place: MediaPlace
    moments: tuple[float, ...]

    def carry_out(self, buckets: Buckets, _progress: Progress) -> bytes:
        with buckets.open(self.place.bucket, self.place.object) as (file, _size):
            pictures = pictures_at(file, self.moments, max_side=STRIP_SIDE, threads=_THREADS)
        return in_a_row(pictures)


@dataclass(frozen=True)
class Preview:
    """What is shown from `start` to `end`, seconds: a small film that every browser plays."""

    place: MediaPlace
    start: float
    end: float

    def carry_out(self, buckets: Buckets, progress: Progress) -> bytes:
        with buckets.open(self.place.bucket, self.place.object) as (file, _size):
            return make_preview(file, self.start, self.end, threads=_THREADS, progress=progress)


def in_a_row(pictures: list[Colour]) -> bytes:
    """Pictures side by side as a JPEG, all as large as the first one."""
    height, width = pictures[0].shape[:2]
    alike = [cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA) for picture in pictures]
    return jpeg(np.asarray(np.hstack(alike), np.uint8))


def jpeg(picture: Colour) -> bytes:
    _done, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return data.tobytes()
