"""What fingerprinting costs beyond decoding: all in one run, by turns, ratios of the medians."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import av

from benchmarks.tables import markdown
from shotprint.engine.pipeline import fingerprint_file
from shotprint.engine.types import Frame, Role
from shotprint.engine.video.decode import open_video
from shotprint.engine.video.describe_frames import FrameDescriber
from shotprint.engine.video.presets import VIDEO_2, VIDEO_2_FAST, VideoPreset

TURNS = 5
PRESETS = (VIDEO_2, VIDEO_2_FAST)
CLIP_HEAD = ("clip", "picture", "seconds")


@dataclass(frozen=True)
class Cost:
    """Median seconds of one piece of work: on the clock, and of processor time."""

    clock: float
    processor: float


def cost_tables(clips: list[Path]) -> tuple[str, str]:
    """One row a clip each: fingerprinting in multiples of decoding the clip with PyAV alone, with the same shortcuts,
    on the clock and of processor time; and how many times cheaper the fast preset is, of processor time, with
    decoding and without."""
    costs, savings = [], []
    for clip in clips:
        decoding = [partial(_decode, clip, shortcuts=preset.shortcuts) for preset in PRESETS]
        usual, fast, *whole = _by_turns([*decoding, *_works(clip)])
        described = _by_turns(_describing(clip))
        _, info = fingerprint_file(clip)
        row = (clip.stem, f"{info.width} x {info.height}, {info.codec}", f"{info.duration:.1f}")
        decoded = (usual, usual, fast, fast)
        costs.append((*row, *(_multiple(*pair) for pair in zip(whole, decoded, strict=True))))
        saved = [
            f"{much.processor / little.processor:.1f}"
            for part in ([usual, fast], whole, described)
            for much, little in zip(part[: len(part) // 2], part[len(part) // 2 :], strict=True)
        ]
        savings.append((*row, *saved))
    head = ("reference", "query", "reference, fast", "query, fast")
    parts = ("decoding", "reference", "query", "reference, describing alone", "query, describing alone")
    return markdown((*CLIP_HEAD, *head), costs), markdown((*CLIP_HEAD, *parts), savings)


def _multiple(cost: Cost, of: Cost) -> str:
    return f"{cost.clock / of.clock:.2f} / {cost.processor / of.processor:.2f}"


def _works(clip: Path) -> list[Callable[[], object]]:
    """Fingerprinting as a reference and as a query with the default, then with the fast preset."""
    return [
        partial(fingerprint_file, clip, role=role, preset=preset.name)
        for preset in PRESETS
        for role in (Role.REFERENCE, Role.QUERY)
    ]


def _describing(clip: Path) -> list[Callable[[], object]]:
    """The same of pictures that are decoded already."""
    works: list[Callable[[], object]] = []
    for preset in PRESETS:
        with open_video(clip, shortcuts=preset.shortcuts) as reader:
            frames = list(reader.frames(rate=preset.grid_rate, max_side=preset.picture_side))
        works += [partial(_describe, preset, role, frames) for role in (Role.REFERENCE, Role.QUERY)]
    return works


def _describe(preset: VideoPreset, role: Role, frames: list[Frame]) -> None:
    describer = FrameDescriber(preset, role)
    for frame in frames:
        describer.feed(frame)
    describer.finish(frames[-1].end)


def _decode(clip: Path, *, shortcuts: bool) -> None:
    with av.open(str(clip)) as container:
        stream = container.streams.video[0]
        if shortcuts:
            stream.codec_context.options = {"skip_loop_filter": "all", "skip_frame": "noref"}
        stream.thread_type = "AUTO"
        for _ in container.decode(stream):
            pass


def _by_turns(works: list[Callable[[], object]]) -> list[Cost]:
    """Taking turns spreads the noise of a busy machine over all of them."""
    seconds: list[list[tuple[float, float]]] = [[] for _ in works]
    for work in works:
        work()
    for _ in range(TURNS):
        for work, taken in zip(works, seconds, strict=True):
            clock, processor = time.perf_counter(), time.process_time()
            work()
            taken.append((time.perf_counter() - clock, time.process_time() - processor))
    return [Cost(*map(statistics.median, zip(*taken, strict=True))) for taken in seconds]
