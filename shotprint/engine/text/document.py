"""A file → what it says, and when."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from shotprint.engine.media_file import MediaFile
from shotprint.engine.text.charset import decode_text
from shotprint.engine.text.timed_text import Part, looks_like_speech, read_speech, read_subtitles
from shotprint.engine.types import TextType
from shotprint.errors import MediaTooLarge

MAX_BYTES: Final = 8 * 2**20
READ_BYTES: Final = 2**20


@dataclass(frozen=True, eq=False)
class Document:
    """A text, and the times of its ``n`` parts; a plain text has none.

    Attributes
    ----------
    form : plain, asr, srt or vtt.
    encoding : name of the file's encoding.
    part : int64, shape (n,). The character that each part begins with; parts are lines of the text.
    seconds : float64, shape (n, 2). When each begins and ends.
    """

    text: str
    form: str
    encoding: str
    part: NDArray[np.int64]
    seconds: NDArray[np.float64]

    @property
    def duration(self) -> float:
        """Seconds until the last part ends; 0 of a plain text."""
        return float(self.seconds[:, 1].max(initial=0.0))


def read_document(
    source: str | Path | BinaryIO, *, kind: TextType | None = None, max_bytes: int = MAX_BYTES
) -> Document:
    """Read a text file.

    Parameters
    ----------
    source : path or binary file
    kind : TextType, optional
        Without it, found out from what the file looks like.
    max_bytes : int
        Larger files are refused.

    Raises
    ------
    MediaNotFound, MediaAccessDenied, MediaUnreadable
        The file cannot be opened; or it is damaged, or said to have times and has none that can be read.
    MediaNotSupported
        It is no text.
    MediaTooLarge
    """
    text, encoding = decode_text(_read(source, max_bytes))
    if kind is not TextType.TEXT:
        timed = _timed(text)
        if timed is not None:
            return _joined(*timed, encoding)
        if kind is TextType.ASR:
            return _joined("asr", read_speech(text), encoding)
    return Document(text, "plain", encoding, np.zeros(0, np.int64), np.zeros((0, 2)))


def _timed(text: str) -> tuple[str, list[Part]] | None:
    return ("asr", read_speech(text)) if looks_like_speech(text) else read_subtitles(text)


def _joined(form: str, parts: list[Part], encoding: str) -> Document:
    lines = [part.text for part in parts]
    starts = np.cumsum([0, *(len(line) + 1 for line in lines)])[:-1].astype(np.int64)
    seconds = np.array([(part.start, part.end) for part in parts], dtype=np.float64).reshape(-1, 2)
    return Document("\n".join(lines), form, encoding, starts, seconds)


def _read(source: str | Path | BinaryIO, max_bytes: int) -> bytes:
    with MediaFile(source) as file:
        if file.size > max_bytes:
            raise MediaTooLarge(f"The text has {file.size} bytes; at most {max_bytes} are allowed")
        file.seek(0)
        data = b"".join(iter(lambda: file.read(READ_BYTES), b""))
        file.check()
    return data
