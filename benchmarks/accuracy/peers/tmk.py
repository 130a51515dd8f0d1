"""TMK+PDQF's way of describing whole videos, as the package perception (Apache-2.0) does it.

It knows no segments: a match is the whole query and the whole reference.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from perception import hashers

from benchmarks.accuracy.method import Report
from benchmarks.accuracy.peers.frames import pack, pictures, unpack
from benchmarks.accuracy.score import Box

RATE = 15.0
LEAST = 0.7
"""Of TMK's authors, for both levels."""


class Tmk:
    name, title, key = "tmk", "TMK (perception), both levels at 0.7, whole files", f"{RATE:g}"

    def describe(self, path: Path, *, query: bool) -> bytes:
        hasher = hashers.TMKL2(frames_per_second=RATE)
        features, times = [], []
        last = 0.0
        for time, image in pictures(path, RATE, 320):
            vector = hasher.frame_hasher.compute(image, hash_format="vector")
            if vector is not None:  # an empty picture has none
                features.append(vector)
                times.append(time)
            last = time + 1 / RATE
        # Level 1 is the normed mean of the pictures' features.
        mean = np.mean(features, axis=0) if features else np.zeros(hasher.frame_hasher.hash_length)
        state = {"features": features, "timestamps": times}
        second = hasher.hash_from_final_state(state) if features else np.zeros(hasher.hash_length)
        return pack(
            first=(mean / (np.linalg.norm(mean) + 1e-9)).astype(np.float32),
            second=second.astype(np.float32),
            duration=np.array(last),
        )

    def index(self, references: dict[str, bytes]) -> TmkSearcher:
        return TmkSearcher(references)


class TmkSearcher:
    def __init__(self, references: dict[str, bytes]) -> None:
        self._hasher = hashers.TMKL2(frames_per_second=RATE)
        self._references = {key: unpack(made) for key, made in references.items()}

    def search(self, query: bytes) -> list[Report]:
        return [report for report in self.search_all(query) if min(report.details.values()) >= LEAST]

    def search_all(self, query: bytes) -> list[Report]:
        asked = unpack(query)
        reports = []
        for key, stored in self._references.items():
            first = float(asked["first"] @ stored["first"])
            second = 1 - float(
                self._hasher.compute_distance(asked["second"], stored["second"], hash_format="vector")
            )
            box = Box(0.0, float(asked["duration"]), 0.0, float(stored["duration"]), second)
            reports.append(Report(key, box, {"first": round(first, 3), "second": round(second, 3)}))
        return reports
