"""A video's steps in order: decode, describe."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

from shotprint.engine.types import Cancel, Fingerprint, Frame, Gray, MediaInfo, Progress, Role, Source
from shotprint.engine.video.decode import open_video
from shotprint.engine.video.describe_frames import FrameDescriber
from shotprint.engine.video.presets import DEFAULT_PRESET, find_preset

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
