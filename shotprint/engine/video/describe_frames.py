"""Pictures in, video fingerprint out: runs of still pictures with a global hash, key frames with local features.

The arrays of the fingerprint, ``n`` runs, ``k`` key frames, ``p`` points, ``v`` views (1 in a reference; 2
in a query, whose second view is the picture mirrored):

============  ======  ========  =====================================================================
start, end    float32 (n,)      seconds; the picture stands still from start to end
hash          uint64  (n, 4)    global hash of the picture inside its borders (`picture_hash`)
quality       uint8   (n,)      how much there is to hash; 0 is a flat picture
look          uint8   (n, c)    luma of the whole picture reduced to `LOOK_SIDE` squared cells, row by row:
                                c = 64 * 64 in a query, 16 * 16 in a reference
key_run       int32   (k,)      the run whose first picture the key frame is
key_extent    uint16  (k, 2)    width and height of the picture / its longer side * 65535
point_start   int64   (k*v+1,)  points of view j of key i: from point_start[i*v+j] to point_start[i*v+j+1]
descriptor, position, size, angle, scale: the points, see `local_features.Points`
============  ======  ========  =====================================================================
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from shotprint.engine.types import Fingerprint, Frame, Gray, Modality, Role
from shotprint.engine.video.local_features import POSITION_STEPS, PointFinder, Points, best_points
from shotprint.engine.video.picture import shrink
from shotprint.engine.video.picture_hash import content_box, hash_thumbnail, thumbnail
from shotprint.engine.video.presets import VideoPreset
from shotprint.engine.video.print_writer import PrintWriter
from shotprint.engine.video.prints import LOOK_SIDE, VideoPrint

KeyFrameSink = Callable[[float, Gray], None]
"""Called with the time in seconds and the picture of every key frame."""

BOX_SIDE: Final = 160
"""Borders are looked for in a picture reduced to this many pixels a side: enough, and cheap."""

POINT_FIELDS: Final = tuple(Points.__dataclass_fields__)


class FrameDescriber:
    """Streaming: `feed` each picture in time order, then `finish`. Memory grows with the print alone."""

    def __init__(self, preset: VideoPreset, role: Role, *, key_frames: KeyFrameSink | None = None) -> None:
        self._preset = preset
        self._role = role
        self._sink = key_frames
        self._finder = PointFinder(preset, reference=role is Role.REFERENCE)
        self._step = preset.query_key_step if role is Role.QUERY else preset.reference_key_step
        self._made = PrintWriter(role)
        self._made.append("point_start", 0)
        self._runs = self._points = 0
        self._start = self._end = 0.0
        self._still: Gray | None = None
        self._undescribed: Frame | None = None

    def feed(self, frame: Frame) -> None:
        """Take the next picture; pictures are in time order and don't overlap."""
        small = thumbnail(frame.image)
        if self._still is None or not _is_still(self._still, small, self._preset.still_contrast):
            self._end_run()
            self._begin_run(frame, small)
        self._end = frame.end
        self._take_key_frame()

    def finish(self, duration: float) -> Fingerprint:
        """Close the print of a file that lasts `duration` seconds."""
        self._end_run()
        return Fingerprint(self._preset.name, Modality.VIDEO, self._role, duration, self._made.arrays())

    def _begin_run(self, frame: Frame, small: Gray) -> None:
        boxed = unbordered(frame.image, self._preset.border_contrast)
        value, quality = hash_thumbnail(small if boxed is frame.image else thumbnail(boxed))
        self._made.append("hash", value)
        self._made.append("quality", quality)
        self._made.append("look", small if self._role is Role.QUERY else reduce_look(small))
        self._runs += 1
        self._start = frame.start
        self._still = small
        self._undescribed = frame

    def _end_run(self) -> None:
        if self._runs:
            self._made.append("start", self._start)
            self._made.append("end", self._end)

    def _take_key_frame(self) -> None:
        """Describe the first picture of the run once the run is known to be shown at a key instant."""
        frame = self._undescribed
        if frame is None or not _is_key(self._start, self._end, self._step / self._preset.grid_rate):
            return
        self._undescribed = None
        height, width = frame.image.shape
        unit = POSITION_STEPS / max(height, width)
        self._made.append("key_run", self._runs - 1)
        self._made.append("key_extent", (round(width * unit), round(height * unit)))
        for points in self._finder.find(frame.image):
            self._points += len(points)
            self._made.append("point_start", self._points)
            for name in POINT_FIELDS:
                self._made.append(name, getattr(points, name))
        if self._sink:
            self._sink(frame.start, frame.image)


def as_reference(query: Fingerprint) -> Fingerprint:
    """Thin a query's print to the one that `Role.REFERENCE` gives for the same file.

    Raises
    ------
    FingerprintError
        It is no video's print, or its arrays don't fit together.
    """
    if query.role is Role.REFERENCE:
        return query
    whole = VideoPrint.of(query)  # it may come from a stranger
    preset = whole.preset
    arrays = dict(query.arrays)
    bounds = arrays["point_start"]
    step = preset.reference_key_step / preset.grid_rate
    runs = [(float(arrays["start"][run]), float(arrays["end"][run])) for run in arrays["key_run"]]
    keys = np.array([i for i, run in enumerate(runs) if _is_key(*run, step)], dtype=np.int64)
    keep, counts = [], [0]
    for key in keys:
        first, last = int(bounds[2 * key]), int(bounds[2 * key + 1])
        points = Points(**{name: arrays[name][first:last] for name in POINT_FIELDS})  # type: ignore[arg-type]
        chosen = first + np.flatnonzero(best_points(points, preset))
        keep.append(chosen)
        counts.append(len(chosen))
    rows = np.concatenate(keep) if keep else np.zeros(0, dtype=np.int64)
    arrays.update({name: arrays[name][rows] for name in POINT_FIELDS})
    arrays["key_run"] = arrays["key_run"][keys]
    arrays["key_extent"] = arrays["key_extent"][keys]
    arrays["point_start"] = np.cumsum(counts).astype(np.int64)
    arrays["look"] = reduce_look(whole.look)
    return Fingerprint(query.preset, query.modality, Role.REFERENCE, query.duration, arrays)


def reduce_look(looks: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """From a query's cells to a reference's, shape (n, 64 * 64), or (64, 64) of one → (n, 16 * 16): means of blocks."""
    many, few = LOOK_SIDE[Role.QUERY], LOOK_SIDE[Role.REFERENCE]
    block = many // few
    rows = looks.reshape(-1, few, block, many).sum(axis=2, dtype=np.uint16)
    sums = rows.reshape(-1, few**2, block).sum(axis=2, dtype=np.uint16)
    return ((sums + block**2 // 2) // block**2).astype(np.uint8)


def unbordered(image: Gray, contrast: int) -> Gray:
    """The picture without its flat borders; the same array when it has none."""
    height, width = image.shape
    ratio = max(1.0, max(height, width) / BOX_SIDE)
    size = (max(1, round(width / ratio)), max(1, round(height / ratio)))
    top, bottom, left, right = content_box(shrink(image, size), contrast)
    if (bottom - top, right - left) == (size[1], size[0]):
        return image
    rows = slice(int(np.ceil(top * height / size[1])), int(bottom * height / size[1]))
    columns = slice(int(np.ceil(left * width / size[0])), int(right * width / size[0]))
    return image[rows, columns]


def _is_key(start: float, end: float, step: float) -> bool:
    """Whether a run is shown at a multiple of `step` seconds. In float32, as the print keeps its times."""
    return bool(np.ceil(np.float32(start) / np.float32(step)) * np.float32(step) < np.float32(end))


def _is_still(first: Gray, small: Gray, contrast: int) -> bool:
    return cv2.norm(first, small, cv2.NORM_INF) <= contrast
