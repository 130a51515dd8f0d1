"""Pictures of the media that a result is about, as long as it is where it was."""

from __future__ import annotations

import cv2

from shotprint.blobs.buckets import Buckets
from shotprint.engine.video.glimpse import picture_at
from shotprint.service.types import MediaPlace

SIDE = 480  # pixels of the longer side
JPEG_QUALITY = 82


class Moments:
    """Reads from buckets.

    Parameters
    ----------
    threads : of each decoder; 0 is one per core.
    """

    def __init__(self, buckets: Buckets, *, threads: int = 0) -> None:
        self._buckets = buckets
        self._threads = threads

    def picture(self, place: MediaPlace, seconds: float) -> bytes:
        """What is shown at a moment, a JPEG.

        Raises
        ------
        MediaError
            It is not there any more, or cannot be read.
        TemporaryError
        """
        with self._buckets.open(place.bucket, place.object) as (file, _size):
            picture = picture_at(file, seconds, max_side=SIDE, threads=self._threads)
        _done, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
        return data.tobytes()
