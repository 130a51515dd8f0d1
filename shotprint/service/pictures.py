"""Small pictures of stored files, for people; see `shotprint.service.thumbnails` for how they are kept."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from functools import partial

import cv2
import numpy as np

from shotprint.blobs.store import BlobStore
from shotprint.errors import NotFound
from shotprint.service.files import Files
from shotprint.service.view_orders import in_a_row


class Pictures:
    """Reads an account's pictures, each without the others."""

    def __init__(self, files: Files, blobs: BlobStore) -> None:
        self._files = files
        self._blobs = blobs

    def moments(self, account_id: str, library_id: str, file_id: str) -> list[float]:
        """Where in the file there are pictures of, seconds in order; none when it has none.

        Raises
        ------
        LibraryNotFound
        """
        name = self._files.pictures_blob(account_id, library_id, file_id)
        if name is None:
            return []
        try:
            with self._blobs.open(name) as blob, zipfile.ZipFile(blob) as archive:
                return [_seconds(entry) for entry in archive.namelist()]
        except (NotFound, zipfile.BadZipFile):
            return []

    def nearest(self, account_id: str, library_id: str, file_id: str, seconds: float) -> bytes:
        """The picture next to a moment of the file, a JPEG.

        Raises
        ------
        LibraryNotFound, NotFound
        """
        return self._nearest(account_id, library_id, file_id, [seconds])[0]

    def strip(self, account_id: str, library_id: str, file_id: str, moments: Sequence[float]) -> bytes:
        """The pictures next to these moments in a row, a JPEG; see `nearest`."""
        found = self._nearest(account_id, library_id, file_id, moments)
        pictures = [cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) for data in found]
        return in_a_row([np.asarray(picture, np.uint8) for picture in pictures])

    def _nearest(
        self, account_id: str, library_id: str, file_id: str, moments: Sequence[float]
    ) -> list[bytes]:
        name = self._files.pictures_blob(account_id, library_id, file_id)
        if name is None:
            raise NotFound("There are no pictures of this file", parameter="file")
        try:
            with self._blobs.open(name) as blob, zipfile.ZipFile(blob) as archive:
                entries = archive.namelist()
                if entries:
                    return [archive.read(min(entries, key=partial(_away, moment))) for moment in moments]
        except zipfile.BadZipFile:
            pass
        raise NotFound("There are no pictures of this file", parameter="file")


def _away(moment: float, entry: str) -> float:
    return abs(_seconds(entry) - moment)


def _seconds(entry: str) -> float:
    return int(entry.removesuffix(".jpg")) / 1000
