"""Queries with a known answer: a part of a reference, edited, between foreign material."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from benchmarks.accuracy.edits import EDITS, Edit, Picture

FRAME_RATE = 25
MAX_SIDE = 640


@dataclass(frozen=True)
class Truth:
    """What was copied, in seconds of both sides."""

    reference: str
    query_start: float
    query_end: float
    reference_start: float
    reference_end: float


@dataclass(frozen=True)
class Query:
    name: str
    edit: str
    truth: tuple[Truth, ...]
    file: Path


def duration(path: Path) -> float:
    """Seconds, by counting: containers lie."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        last = 0.0
        for packet in container.demux(stream):
            if packet.pts is not None and stream.time_base is not None:
                start = stream.start_time or 0
                last = max(last, float((packet.pts - start + (packet.duration or 0)) * stream.time_base))
        return last


def pictures(path: Path, start: float, length: float, speed: float = 1.0) -> Iterator[Picture]:
    """What is shown at ``start + k * speed / FRAME_RATE``, for `length` seconds of output."""
    count = round(length * FRAME_RATE)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        first = None
        shown: Picture | None = None
        number = 0
        for frame in container.decode(stream):
            time = float(frame.time or 0.0)
            first = time if first is None else first
            while (
                shown is not None
                and number < count
                and start + number * speed / FRAME_RATE < time - first - 1e-6
            ):
                yield shown
                number += 1
            if number >= count:
                return
            if time - first > start - 1.5:
                shown = _limited(frame.to_ndarray(format="bgr24"))
        while shown is not None and number < count:
            yield shown
            number += 1


def write_video(path: Path, frames: Iterator[Picture], crf: int) -> None:
    """H.264 in MP4; every picture is cut and scaled to the size of the first."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=FRAME_RATE)
        stream.pix_fmt = "yuv420p"
        stream.options = {"crf": str(crf), "preset": "veryfast"}
        size: tuple[int, int] | None = None
        for number, image in enumerate(frames):
            if size is None:
                size = (image.shape[1] // 2 * 2, image.shape[0] // 2 * 2)
                stream.width, stream.height = size
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(_fitted(image, size)), format="bgr24")
            frame.pts, frame.time_base = number, Fraction(1, FRAME_RATE)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def build_queries(
    references: dict[str, Path], foreign: list[Path], out: Path, *, per_edit: int, seed: int
) -> list[Query]:
    """For each edit some spliced queries, and without any copy as many as half of them."""
    out.mkdir(parents=True, exist_ok=True)
    dice = random.Random(seed)
    lengths = {path: duration(path) for path in [*references.values(), *foreign]}
    queries = []
    for edit, (change, speed, crf) in EDITS.items():
        names = dice.sample(sorted(references), min(per_edit, len(references)))
        for name in names:
            queries.append(
                _spliced(
                    name, edit, change, speed, crf, references, foreign, lengths, out, dice, len(queries)
                )
            )
    for number in range(len(queries) // 2):
        path = out / f"none-{number:03}.mp4"
        parts = dice.sample(foreign, 2)
        change = dice.choice([change for change, _, _ in EDITS.values()])
        if not path.exists():
            write_video(path, _all(_foreign_part(part, lengths, dice, 6.0, change) for part in parts), 28)
        queries.append(Query(path.stem, "none", (), path))
    return queries


def _spliced(
    name: str, edit: str, change: Edit, speed: float, crf: int, references: dict[str, Path], foreign: list[Path],
    lengths: dict[Path, float], out: Path, dice: random.Random, number: int,
) -> Query:  # fmt: skip
    source = references[name]
    available = lengths[source]
    length = min(dice.uniform(5.0, 10.0), available / speed * 0.9)
    start = dice.uniform(0, available - length * speed)
    before, after = dice.uniform(2.5, 5.0), dice.uniform(2.5, 5.0)
    count, lead = round(length * FRAME_RATE), round(before * FRAME_RATE)
    path = out / f"{number:03}-{name}.mp4"
    first, second = dice.sample(foreign, 2)
    head, tail = (
        _foreign_part(part, lengths, dice, n, same) for part, n in ((first, before), (second, after))
    )
    if not path.exists():
        copied = [change(image) for image in pictures(source, start, length, speed)]
        shape = copied[0].shape
        write_video(path, _all([_resized(head, shape), iter(copied), _resized(tail, shape)]), crf)
    q_start, q_end = lead / FRAME_RATE, (lead + count) / FRAME_RATE
    truth = Truth(name, q_start, q_end, start, start + count / FRAME_RATE * speed)
    return Query(path.stem, edit, (truth,), path)


def same(image: Picture) -> Picture:
    return image


def _foreign_part(
    path: Path, lengths: dict[Path, float], dice: random.Random, length: float, change: Edit
) -> Iterator[Picture]:
    start = dice.uniform(0, max(0.0, lengths[path] - length))
    return (change(image) for image in pictures(path, start, length))


def _resized(images: Iterator[Picture], shape: tuple[int, ...]) -> Iterator[Picture]:
    return (_fitted(image, (shape[1], shape[0])) for image in images)


def _all(parts: Iterator[Iterator[Picture]] | list[Iterator[Picture]]) -> Iterator[Picture]:
    for part in parts:
        yield from part


def _limited(image: Picture) -> Picture:
    scale = MAX_SIDE / max(image.shape[:2])
    return cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else image


def _fitted(image: Picture, size: tuple[int, int]) -> Picture:
    """Scale to fill and cut the rest off."""
    width, height = size
    if image.shape[:2] == (height, width):
        return image
    scale = max(width / image.shape[1], height / image.shape[0])
    big = cv2.resize(
        image, (max(width, round(image.shape[1] * scale)), max(height, round(image.shape[0] * scale)))
    )
    y, x = (big.shape[0] - height) // 2, (big.shape[1] - width) // 2
    return big[y : y + height, x : x + width]
