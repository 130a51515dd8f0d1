"""Reading a media file once: its fingerprint, its facts and, when asked for, its thumbnails."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from shotprint.engine.kinds import kind_with
from shotprint.engine.text import pipeline as text
from shotprint.engine.text.document import MAX_BYTES
from shotprint.engine.types import (
    Cancel,
    Fingerprint,
    Gray,
    MediaInfo,
    Modality,
    Progress,
    Role,
    TextType,
)
from shotprint.engine.video import pipeline as video
from shotprint.engine.video.decode import open_video
from shotprint.errors import MediaTooLong
from shotprint.service.thumbnails import Thumbnails


@dataclass(frozen=True)
class Media:
    """A file as it was read. ``thumbnails`` is a zip, None when none are kept."""

    print: Fingerprint
    info: MediaInfo
    size_bytes: int
    thumbnails: bytes | None


class MediaReader:
    """Reads files within the limits of this installation.

    Parameters
    ----------
    max_seconds : longer files are refused, if they have pictures or sound.
    max_text_bytes : larger texts are refused.
    thumbnails : whether small pictures of stored files are kept.
    threads : of each decoder; 0 is one per core.
    """

    def __init__(
        self, *, max_seconds: float, thumbnails: bool, max_text_bytes: int = MAX_BYTES, threads: int = 0
    ) -> None:
        self._max_seconds = max_seconds
        self._max_text_bytes = max_text_bytes
        self._thumbnails = thumbnails
        self._threads = threads

    def read(
        self,
        source: Path | BinaryIO,
        size_bytes: int,
        *,
        preset: str,
        role: Role,
        to_store: bool,
        text_type: TextType | None = None,
        progress: Progress | None = None,
        cancel: Cancel | None = None,
    ) -> Media:
        """Read a file from its start.

        Parameters
        ----------
        source : a path, or a seekable binary file.
        preset : how, and so of which kind of media it is.
        to_store : whether it may be stored, and so needs thumbnails.
        text_type : what a text is said to be.

        Raises
        ------
        MediaError, TemporaryError, Cancelled
        """
        if kind_with(preset).modality is Modality.TEXT:
            made, info = text.fingerprint_file(
                source,
                role=role,
                preset=preset,
                text_type=text_type,
                max_bytes=self._max_text_bytes,
                progress=progress,
                cancel=cancel,
            )
            return Media(made, info, size_bytes, None)
        return self._film(source, size_bytes, preset, role, to_store, progress, cancel)

    def _film(
        self,
        source: Path | BinaryIO,
        size_bytes: int,
        preset: str,
        role: Role,
        to_store: bool,
        progress: Progress | None,
        cancel: Cancel | None,
    ) -> Media:
        kept = Thumbnails() if self._thumbnails and to_store else None

        def key_frame(seconds: float, picture: Gray) -> None:
            self._check_length(seconds)
            if kept is not None:
                kept.add(seconds, picture)

        with open_video(source, threads=self._threads) as reader:
            # As the file declares it, which may be anything; hence the check of each key frame too.
            self._check_length(reader.info.duration)
        print_, info = video.fingerprint_file(
            source,
            role=role,
            preset=preset,
            key_frames=key_frame,
            progress=progress,
            cancel=cancel,
            threads=self._threads,
        )
        self._check_length(info.duration)
        return Media(print_, info, size_bytes, None if kept is None else kept.zipped())

    def _check_length(self, seconds: float) -> None:
        if seconds > self._max_seconds:
            raise MediaTooLong(f"The file is longer than the limit of {self._max_seconds:g} seconds")
