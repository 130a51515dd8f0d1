"""A text's steps in order: read, pack."""

from __future__ import annotations

from fractions import Fraction

from shotprint.engine.text.document import MAX_BYTES, read_document
from shotprint.engine.text.presets import DEFAULT_PRESET, find_preset
from shotprint.engine.text.prints import print_of
from shotprint.engine.types import Cancel, Fingerprint, MediaInfo, Progress, Role, Source, TextType
from shotprint.errors import Cancelled


def fingerprint_file(
    source: Source,
    *,
    role: Role = Role.REFERENCE,
    preset: str = DEFAULT_PRESET,
    text_type: TextType | None = None,
    max_bytes: int = MAX_BYTES,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
    threads: int = 1,
) -> tuple[Fingerprint, MediaInfo]:
    """Fingerprint a text file.

    Parameters
    ----------
    source : path or seekable binary file
    role : Role
        Says only what the print is for: both hold the same.
    preset : str
        See `shotprint.engine.text.presets`.
    text_type : TextType, optional
        What the file holds; found out without it.
    max_bytes : int
        Larger files are refused.
    threads : int
        For the sake of other kinds of media.

    Returns
    -------
    Fingerprint, MediaInfo

    Raises
    ------
    MediaNotFound, MediaAccessDenied, MediaUnreadable, MediaNotSupported, MediaTooLarge
        See `read_document`.
    Cancelled
    """
    numbers = find_preset(preset)
    document = read_document(source, kind=text_type, max_bytes=max_bytes)
    if cancel and cancel():
        raise Cancelled
    made = print_of(document, numbers, role)
    info = MediaInfo(
        container=document.form,
        codec=document.encoding,
        width=0,
        height=0,
        rotation=0,
        frame_rate=Fraction(0),
        duration=document.duration,
        has_audio=False,
    )
    if progress:
        progress(1.0)
    return made, info
