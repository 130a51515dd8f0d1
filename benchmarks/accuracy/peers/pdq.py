"""PDQ by picture, with the rule of vPDQ and with a loose radius and a vote. The package is pdqhash (BSD-3)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pdqhash
from numpy.typing import NDArray

from benchmarks.accuracy.method import Report
from benchmarks.accuracy.peers.frames import pack, pictures, unpack
from benchmarks.accuracy.peers.vote import segments
from benchmarks.accuracy.score import Box

MIN_QUALITY = 50
BITS = 256


class _Hashes:
    """What both methods keep: times in seconds and hashes as rows of -1 and 1."""

    def __init__(self, made: bytes) -> None:
        arrays = unpack(made)
        good = arrays["quality"] >= MIN_QUALITY
        self.times = arrays["time"][good].astype(np.float64)
        self.signs = arrays["bits"][good].astype(np.float32) * 2 - 1

    def distances(self, other: _Hashes) -> NDArray[np.float64]:
        """Hamming distances, shape (own, other)."""
        made: NDArray[np.float64] = ((BITS - self.signs @ other.signs.T) / 2).astype(np.float64)
        return made


class _Pdq:
    name: str
    title: str
    rate: float

    @property
    def key(self) -> str:
        return f"{self.rate:g}"

    def describe(self, path: Path, *, query: bool) -> bytes:
        hashed = [(time, *pdqhash.compute(image)) for time, image in pictures(path, self.rate, 512)]
        return pack(
            time=np.array([time for time, _, _ in hashed]),
            bits=np.array([bits for _, bits, _ in hashed], np.uint8),
            quality=np.array([quality for _, _, quality in hashed]),
        )


class Vpdq(_Pdq):
    """One hash a second; two pictures are the same within 31 bits. vPDQ itself gives shares of both files only; here
    runs of matching pictures become segments, which is kind to it."""

    name, title, rate = "vpdq", "vPDQ's rule: PDQ within 31 bits, 1 a second", 1.0

    def index(self, references: dict[str, bytes]) -> VpdqSearcher:
        return VpdqSearcher({key: _Hashes(made) for key, made in references.items()})


class VpdqSearcher:
    radius, gap_s, jump_s = 31, 2.1, 3.1

    def __init__(self, references: dict[str, _Hashes]) -> None:
        self._references = references

    def search(self, query: bytes) -> list[Report]:
        asked = _Hashes(query)
        return [
            Report(key, box)
            for key, stored in self._references.items()
            if len(asked.times) and len(stored.times)
            for box in self._runs(asked, stored)
        ]

    def search_all(self, query: bytes) -> list[Report]:
        return self.search(query)

    def _runs(self, asked: _Hashes, stored: _Hashes) -> list[Box]:
        distances = asked.distances(stored)
        nearest = distances.argmin(axis=1)
        matched = np.flatnonzero(distances.min(axis=1) <= self.radius)
        at, beside = asked.times[matched], stored.times[nearest[matched]]
        cuts = np.flatnonzero((np.diff(at) > self.gap_s) | (np.abs(np.diff(beside)) > self.jump_s)) + 1
        return [
            Box(
                float(at[part[0]]), float(at[part[-1]]) + 1, float(beside[part].min()), float(beside[part].max()) + 1,
                float(len(part)),
            )
            for part in np.split(np.arange(len(at)), cuts)
            if len(part)
        ]  # fmt: skip


class PdqVote(_Pdq):
    name, title, rate = "pdq-vote", "PDQ within 90 bits, 2 a second, vote", 2.0

    def index(self, references: dict[str, bytes]) -> PdqVoteSearcher:
        return PdqVoteSearcher({key: _Hashes(made) for key, made in references.items()})


class PdqVoteSearcher:
    radius = 90
    least_score = 0.2
    """The best F1 on the tuning split."""

    def __init__(self, references: dict[str, _Hashes]) -> None:
        self._references = references

    def search(self, query: bytes) -> list[Report]:
        return [report for report in self.search_all(query) if report.box.score >= self.least_score]

    def search_all(self, query: bytes) -> list[Report]:
        asked = _Hashes(query)
        return [
            Report(key, box)
            for key, stored in self._references.items()
            if len(asked.times) and len(stored.times)
            for box in segments(
                asked.times, stored.times, 1 - asked.distances(stored) / BITS, 1 - self.radius / BITS, 0.5
            )
        ]
