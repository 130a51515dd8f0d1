"""Makes the video that the demo searches for: a stretch of a clip, edited, between foreign material."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

Picture = NDArray[np.uint8]  # (height, width, 3), blue green red

WIDTH, HEIGHT, RATE = 640, 360, 25
CAPTION = "YOU WON'T BELIEVE WHAT HAPPENS NEXT"


@dataclass(frozen=True)
class Truth:
    """Where the copied stretch lies, in seconds."""

    query_start: float
    query_end: float
    reference_start: float
    reference_end: float


def make_edited_copy(original: Path, foreign: Path, target: Path) -> Truth:
    """Write `target`: foreign material, a stretch of `original` that is mirrored, cropped to 80 %, brightened
    and captioned, and foreign material again; all of it compressed harder than the originals."""
    with av.open(str(target), "w") as container:
        stream = container.add_stream("libx264", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.options = {"crf": "30", "preset": "veryfast"}
        before = _write(container, stream, map(_fitted, read_pictures(foreign, 0.0, 4.0)))
        copied = _write(container, stream, map(_edited, read_pictures(original, 0.6, 5.0)))
        _write(container, stream, map(_fitted, read_pictures(foreign, 4.0, 8.0)))
        container.mux(stream.encode(None))
    start, length = before / RATE, copied / RATE
    return Truth(start, start + length, 0.6, 0.6 + length)


def read_pictures(path: Path, start: float, end: float) -> Iterator[Picture]:
    """The pictures of a file that are shown from `start` to `end` seconds."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        zero = stream.start_time or 0
        for frame in container.decode(stream):
            if frame.pts is None or frame.time_base is None:
                continue
            moment = float((frame.pts - zero) * frame.time_base)
            if moment >= end - 1e-3:
                return
            if moment >= start - 1e-3:
                yield np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)


def seconds_of(path: Path) -> float:
    """How long a file says it is."""
    with av.open(str(path)) as container:
        return float(container.duration or 0) / av.time_base


def _write(container: av.container.OutputContainer, stream: VideoStream, pictures: Iterator[Picture]) -> int:
    count = 0
    for picture in pictures:
        container.mux(stream.encode(VideoFrame.from_ndarray(picture, format="bgr24")))
        count += 1
    return count


def _edited(picture: Picture) -> Picture:
    height, width = picture.shape[:2]
    cut_y, cut_x = height // 10, width // 10
    cropped = picture[cut_y : height - cut_y, cut_x : width - cut_x]
    mirrored = np.ascontiguousarray(cropped[:, ::-1])
    brighter = cv2.convertScaleAbs(_fitted(mirrored), alpha=1.1, beta=12)
    bar = HEIGHT // 8
    brighter[-bar:] = 0
    cv2.putText(
        brighter,
        CAPTION,
        (24, HEIGHT - bar // 3),
        cv2.FONT_HERSHEY_DUPLEX,
        0.8,
        (255, 255, 255),
        1,
        cv2.LINE_AA,
    )
    return np.asarray(brighter, np.uint8)


def _fitted(picture: Picture) -> Picture:
    """Scaled into the frame without distortion; black bars around it where the shape differs."""
    height, width = picture.shape[:2]
    scale = min(WIDTH / width, HEIGHT / height)
    size = (round(width * scale), round(height * scale))
    fitted = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    top, left = (HEIGHT - size[1]) // 2, (WIDTH - size[0]) // 2
    fitted[top : top + size[1], left : left + size[0]] = cv2.resize(
        picture, size, interpolation=cv2.INTER_AREA
    )
    return fitted
