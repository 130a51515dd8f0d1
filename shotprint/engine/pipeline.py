"""The engine's steps in order: a file becomes a fingerprint; two fingerprints become a match."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO, Final

from shotprint.engine.index.findings import Finding
from shotprint.engine.index.library_index import MIN_LENGTH_S, LibraryIndex
from shotprint.engine.types import Cancel, Fingerprint, Frame, Gray, Match, MediaInfo, Progress, Role
from shotprint.engine.video.decode import open_video
from shotprint.engine.video.describe_frames import FrameDescriber
from shotprint.engine.video.presets import DEFAULT_PRESET, find_preset

Source = str | Path | BinaryIO
WAITING_FRAMES: Final = 8

KeyFrameSink = Callable[[float, Gray], None]


def fingerprint_file(
    source: Source,
    *,
    role: Role = Role.REFERENCE,
    preset: str = DEFAULT_PRESET,
    key_frames: KeyFrameSink | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
    threads: int = 0,
) -> tuple[Fingerprint, MediaInfo]:
    """Fingerprint a video file.

    Parameters
    ----------
    source : path or seekable binary file
    role : Role
        `REFERENCE` for a file to be found later, `QUERY` for a file to search with. `as_reference` thins the second
        to the first, so that one reading serves both.
    preset : str
        How; see `shotprint.engine.video.presets`.
    key_frames : callable, optional
        Gets the time in seconds and the luma picture of each key frame, uint8, shape (height, width).
    threads : int
        Of the decoder; 0 is one per core. The print does not depend on it.

    Returns
    -------
    Fingerprint, MediaInfo

    Raises
    ------
    MediaUnreadable, MediaNotSupported
        The file is damaged from end to end, or holds no video.
    Cancelled
    """
    numbers = find_preset(preset)
    describer = FrameDescriber(numbers, role, key_frames=key_frames)
    with open_video(source, threads=threads, shortcuts=numbers.shortcuts) as reader:
        frames = reader.frames(
            rate=numbers.grid_rate, max_side=numbers.picture_side, progress=progress, cancel=cancel
        )
        _feed_beside(describer, frames)
        info = reader.info
    return describer.finish(info.duration), info


def _feed_beside(describer: FrameDescriber, frames: Iterator[Frame]) -> None:
    """Describe in a thread of its own while the next pictures are decoded: FFmpeg, OpenCV and NumPy let go of the
    interpreter meanwhile. A few pictures wait at most."""
    waiting: deque[Future[None]] = deque()
    with ThreadPoolExecutor(1, thread_name_prefix="describe") as beside:
        for frame in frames:
            waiting.append(beside.submit(describer.feed, frame))
            if len(waiting) > WAITING_FRAMES:
                waiting.popleft().result()
        for described in waiting:
            described.result()


def match_fingerprints(
    query: Fingerprint,
    reference: Fingerprint,
    *,
    name: str = "reference",
    min_similarity: float | None = None,
    min_length_s: float = MIN_LENGTH_S,
) -> Match | None:
    """Find the stretches of one reference that a query copies; None when there are none.

    Parameters are those of `LibraryIndex.search`; `name` becomes `Match.reference`.
    """
    index = _index_of(name, reference)
    return next(iter(index.search(query, min_similarity=min_similarity, min_length_s=min_length_s)), None)


def examine_fingerprints(
    query: Fingerprint, reference: Fingerprint, *, name: str, min_length_s: float
) -> tuple[Match | None, list[Finding]]:
    """The same, and what it was judged by; see `LibraryIndex.examine`."""
    matches, findings = _index_of(name, reference).examine(query, min_length_s=min_length_s)
    return next(iter(matches), None), findings


def _index_of(name: str, reference: Fingerprint) -> LibraryIndex:
    index = LibraryIndex.open(preset=reference.preset)
    index.add(name, reference)
    return index
