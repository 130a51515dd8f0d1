"""Fingerprints without films: as many hours as asked for, with the statistics of real ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shotprint.engine.index.stored_print import StoredPrint, pack_looks
from shotprint.engine.types import Fingerprint
from shotprint.engine.video.prints import VideoPrint

FILE_S = 300.0
LOOKS = 6
"""So many different reduced pictures are made of each clip; deflating them is most of the work."""
SCENE_KEYS = 5
"""Key frames of one scene on average."""
TURNED_OVER = 0.03
"""Share of a point's bits that differ from one key frame to the next."""


class Generator:
    """Makes stored prints whose points are those of real clips, but never together as in any of these.

    A scene has points of many clips, with their descriptors, sizes and angles, at places that some point has, and keeps
    them for some key frames: what is common among real points is common here, and what stands still is seen again and
    again. So chance agrees as often as between real files, and nothing is copied.

    Parameters
    ----------
    references : prints of clips: their times and pictures are taken.
    pool : prints of clips, whose points are taken; not those of the copies that are looked for.
    """

    def __init__(self, references: Sequence[Fingerprint], pool: Sequence[Fingerprint], seed: int = 7) -> None:
        self._dice = np.random.default_rng(seed)
        self._pool = {
            name: np.concatenate([clip.arrays[name] for clip in pool])
            for name in ("descriptor", "position", "size", "angle")
        }
        self._patterns = [self._pattern(reference) for reference in references]

    def files(self, count: int) -> Iterator[StoredPrint]:
        for number in range(count):
            pattern, looks = self._patterns[number % len(self._patterns)]
            keys = len(pattern.key_run)
            yield replace(
                pattern,
                look=looks[number % LOOKS],
                hash=pattern.hash ^ self._bits(0.3, (keys, 32)).view(np.uint64),
                **self._points(pattern.point_start),
            )

    def _points(self, point_start: NDArray[np.int64]) -> dict[str, Any]:
        lengths = np.diff(point_start)
        cut = self._dice.random(len(lengths)) < 1 / SCENE_KEYS
        scene = np.cumsum(cut)
        most = int(lengths.max())
        chosen = self._dice.integers(0, len(self._pool["size"]), (2, int(scene[-1]) + 1, most))
        rank = np.arange(int(point_start[-1])) - np.repeat(point_start[:-1], lengths)
        like, placed = chosen[:, np.repeat(scene, lengths), rank]
        position = self._pool["position"][placed].astype(np.int64) + self._dice.integers(
            -500, 500, (len(like), 2)
        )
        return {
            "descriptor": self._pool["descriptor"][like] ^ self._bits(TURNED_OVER, (len(like), 16)),
            "position": (np.clip(position, 0, 65535) // 257).astype(np.uint8),
            "size": self._pool["size"][like],
            "angle": self._pool["angle"][like],
        }

    def _bits(self, share: float, shape: tuple[int, int]) -> NDArray[np.uint8]:
        """Random bytes with that share of ones."""
        return np.packbits(self._dice.random((shape[0], shape[1] * 8), dtype=np.float32) < share, axis=1)

    def _pattern(self, reference: Fingerprint) -> tuple[StoredPrint, list[NDArray[np.uint8]]]:
        """`FILE_S` seconds of a clip that runs again and again, and packed pictures for it."""
        whole = VideoPrint.of(repeated(reference, FILE_S))
        looks = []
        for _ in range(LOOKS):  # other pictures, as hard to deflate as those of a film that does not repeat
            noise = self._dice.integers(0, 6, whole.look.shape, dtype=np.uint8)
            looks.append(pack_looks(whole.look[:, self._dice.permutation(whole.look.shape[1])] + noise))
        return StoredPrint.of(whole), looks


def repeated(clip: Fingerprint, seconds: float) -> Fingerprint:
    """A print of the clip played again and again, each time from a whole second on, for so many seconds at most (or
    once)."""
    every = float(np.ceil(clip.duration))
    times = max(1, int(seconds // every))
    runs, points = len(clip.arrays["start"]), len(clip.arrays["descriptor"])
    step: dict[str, Any] = {"start": np.float32(every), "end": np.float32(every), "key_run": np.int32(runs)}
    arrays = {
        name: np.concatenate([array + step.get(name, array.dtype.type(0)) * turn for turn in range(times)])
        for name, array in clip.arrays.items()
        if name != "point_start"
    }
    starts = [clip.arrays["point_start"][:-1] + points * turn for turn in range(times)]
    arrays["point_start"] = np.append(np.concatenate(starts), points * times)
    return replace(clip, duration=every * times, arrays=arrays)
