"""A reference's print as the index keeps it: what a search needs, packed.

Against the print itself it leaves out the hashes of runs without a key frame, which no search looks at, and the
scales of points. Positions are kept to 1/255 of the longer side, a tenth of what alignment tolerates. Reduced
pictures, the larger part, are the differences from one to the next, deflated.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from shotprint.engine.types import Role
from shotprint.engine.video.local_features import POSITION_STEPS
from shotprint.engine.video.presets import VideoPreset
from shotprint.engine.video.prints import LOOK_SIDE, VideoPrint
from shotprint.errors import InternalError

COARSE_STEPS: Final = 255
_STEP: Final = POSITION_STEPS // COARSE_STEPS
_CELLS: Final = LOOK_SIDE[Role.REFERENCE] ** 2

PER_RUN: Final = ("start", "end")
PER_KEY: Final = ("key_run", "key_extent", "hash", "quality")
PER_POINT: Final = ("descriptor", "position", "size", "angle")


@dataclass(frozen=True)
class StoredPrint:
    """Of ``n`` runs, ``k`` key frames, ``p`` points.

    As in `VideoPrint`: start, end, key_run, key_extent, point_start, descriptor, size, angle. Of key frames alone:
    hash uint64 (k, 4), quality uint8 (k,). position uint8 (p, 2), of the longer side / 255. look uint8 (bytes,),
    see `pack_looks`.
    """

    duration: float
    start: NDArray[np.float32]
    end: NDArray[np.float32]
    key_run: NDArray[np.int32]
    key_extent: NDArray[np.uint16]
    hash: NDArray[np.uint64]
    quality: NDArray[np.uint8]
    point_start: NDArray[np.int64]
    descriptor: NDArray[np.uint8]
    position: NDArray[np.uint8]
    size: NDArray[np.uint8]
    angle: NDArray[np.uint8]
    look: NDArray[np.uint8]

    @classmethod
    def of(cls, made: VideoPrint) -> StoredPrint:
        """Pack a reference's print."""
        return cls(
            duration=made.duration,
            start=made.start,
            end=made.end,
            key_run=made.key_run,
            key_extent=made.key_extent,
            hash=made.hash[made.key_run],
            quality=made.quality[made.key_run],
            point_start=made.point_start,
            descriptor=made.descriptor,
            position=np.round(made.position / _STEP).astype(np.uint8),
            size=made.size,
            angle=made.angle,
            look=pack_looks(made.look),
        )

    def unpack(self, preset: VideoPreset) -> VideoPrint:
        """The print for alignment; what is not kept is 0."""
        runs = len(self.start)
        at_runs: dict[str, Any] = {
            "hash": np.zeros((runs, 4), np.uint64),
            "quality": np.zeros(runs, np.uint8),
        }
        at_runs["hash"][self.key_run], at_runs["quality"][self.key_run] = self.hash, self.quality
        return VideoPrint(
            preset,
            Role.REFERENCE,
            self.duration,
            start=self.start,
            end=self.end,
            **at_runs,
            look=unpack_looks(self.look, runs),
            key_run=self.key_run,
            key_extent=self.key_extent,
            point_start=self.point_start,
            descriptor=self.descriptor,
            position=fine_positions(self.position),
            size=self.size,
            angle=self.angle,
            scale=np.zeros(len(self.size), np.uint8),
        )


def fine_positions(coarse: NDArray[np.uint8]) -> NDArray[np.uint16]:
    """Stored positions in the steps of a print."""
    return coarse * np.uint16(_STEP)


def pack_looks(looks: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Reduced pictures, uint8, shape (n, cells) → bytes."""
    steps = looks.copy()
    steps[1:] -= looks[:-1]  # modulo 256, and back the same way
    return np.frombuffer(zlib.compress(steps.tobytes()), dtype=np.uint8)


def unpack_looks(packed: NDArray[np.uint8], count: int) -> NDArray[np.uint8]:
    """The pictures again; `InternalError` when the bytes are damaged."""
    try:
        steps = np.frombuffer(zlib.decompress(packed.tobytes()), dtype=np.uint8).reshape(count, _CELLS)
    except (zlib.error, ValueError) as error:
        raise InternalError(f"the index's reduced pictures are damaged: {error}") from error
    return np.cumsum(steps, axis=0, dtype=np.uint8)
