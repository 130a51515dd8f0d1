"""The clip whose fingerprint every machine and every version has to get the same.

Its pictures are made with whole numbers and NumPy's frozen generator, and are coded without loss as luma, so that
nothing between here and the fingerprint may differ but the fingerprint itself.
"""

from __future__ import annotations

import io
from fractions import Fraction

import av
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

Gray = NDArray[np.uint8]

WIDTH, HEIGHT, RATE = 336, 192, 8
STILL_FROM, STILL_TO, SECONDS = 3.0, 4.5, 6.0


def golden_clip() -> bytes:
    """Two shots with a still stretch between them, 6 s, as FFV1 in Matroska."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="matroska") as output:
        stream = output.add_stream("ffv1", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "gray"
        for number in range(round(SECONDS * RATE)):
            frame = VideoFrame.from_ndarray(_picture(number / RATE), format="gray")
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return buffer.getvalue()


def _picture(time: float) -> Gray:
    second_shot = time >= STILL_TO
    shown = STILL_FROM if STILL_FROM <= time < STILL_TO else time
    ground = _ground(2 if second_shot else 1)
    shift = round(shown * RATE) * (3 if second_shot else 4)
    picture = ground[shift : shift + HEIGHT, 2 * shift : 2 * shift + WIDTH].copy()
    patch = _ground(3)[: HEIGHT // 3, : HEIGHT // 3]
    left = 20 + round(shown * RATE) * 5
    picture[40 : 40 + len(patch), left : left + len(patch)] = patch[:, : WIDTH - left]
    return picture


def _ground(seed: int) -> Gray:
    """Blocks of 4, 12 and 36 pixels of chance levels, added."""
    dice = np.random.RandomState(seed)
    total = np.zeros((432, 864), dtype=np.int64)
    for side, strength in ((4, 60), (12, 80), (36, 110)):
        blocks = dice.randint(0, strength, (432 // side, 864 // side))
        total += np.kron(blocks, np.ones((side, side), dtype=np.int64))
    return total.astype(np.uint8)
