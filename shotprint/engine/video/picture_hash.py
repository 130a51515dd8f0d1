"""The global descriptor of a picture: 256 signs of its low frequencies, borders taken off first.

After PDQ (Facebook, "The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing Algorithm", 2019), with
two differences. The threshold is zero instead of the median, so that mirroring a picture only flips known bits
and a mirrored query costs nothing; and all sums are of whole numbers, so that every machine gets the same bits.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from shotprint.engine.types import Gray
from shotprint.engine.video.picture import shrink

Hashes = NDArray[np.uint64]
"""Shape (n, 4): 256 bits in four words; bit v * 16 + u is the sign of frequency u + 1 across, v + 1 down."""

SIDE: Final = 64
FREQUENCIES: Final = 16


def _cosines() -> NDArray[np.float64]:
    frequency = np.arange(1, FREQUENCIES + 1)[:, None]
    place = np.arange(SIDE)[None, :]
    wave = np.cos(np.pi * frequency * (2 * place + 1) / (2 * SIDE))
    return np.round(wave * 256)  # whole numbers, and so are all sums: floats hold them exactly


_COSINES: Final = _cosines()


def _pack(bits: NDArray[np.bool_]) -> NDArray[np.uint64]:
    return np.packbits(bits.reshape(-1), bitorder="little").view("<u8")


def _flip_mask(*, horizontal: bool) -> NDArray[np.uint64]:
    odd = np.arange(FREQUENCIES) % 2 == 0  # index 0 is frequency 1
    mask = np.broadcast_to(odd if horizontal else odd[:, None], (FREQUENCIES, FREQUENCIES))
    return _pack(np.ascontiguousarray(mask))


MIRROR_MASK: Final = _flip_mask(horizontal=True)
"""XOR with it turns a picture's hash into that of the picture mirrored left to right."""
FLIP_MASK: Final = _flip_mask(horizontal=False)
"""The same for top to bottom."""


def content_box(image: Gray, contrast: int) -> tuple[int, int, int, int]:
    """Find the picture inside flat borders (letterbox, pillarbox, padding).

    Parameters
    ----------
    image : uint8, shape (height, width)
    contrast : int, 0 to 255
        A row or column belongs to the border while its brightest and darkest pixel are closer than this, and its
        brightness stays that close to the outermost one's.

    Returns
    -------
    tuple of int
        top, bottom, left, right; bottom and right exclusive. The whole picture when less than a
        quarter of a side would be left.
    """
    top, bottom = _border_ends(image, contrast)
    left, right = _border_ends(image[top:bottom].T, contrast)
    return top, bottom, left, right


def _border_ends(lines: Gray, contrast: int) -> tuple[int, int]:
    """First line of the content, and the line after its last."""
    size = lines.shape[0]
    if not _flat(lines[0], contrast) and not _flat(lines[-1], contrast):
        return 0, size
    low, high = lines.min(axis=1).astype(np.int16), lines.max(axis=1).astype(np.int16)
    middle = (low + high) // 2
    flat = high - low < contrast
    first = _run_length(flat & (np.abs(middle - middle[0]) < contrast))
    last = _run_length((flat & (np.abs(middle - middle[-1]) < contrast))[::-1])
    if size - first - last < size / 4:
        return 0, size
    return first, size - last


def _flat(line: Gray, contrast: int) -> bool:
    return int(line.max()) - int(line.min()) < contrast


def _run_length(flags: NDArray[np.bool_]) -> int:
    return int(flags.size if flags.all() else np.argmin(flags))


def thumbnail(image: Gray) -> Gray:
    """Reduce a picture to 64 x 64."""
    if min(image.shape) >= SIDE:
        return shrink(image, (SIDE, SIDE))
    return np.asarray(cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR_EXACT), dtype=np.uint8)


def hash_thumbnail(small: Gray) -> tuple[NDArray[np.uint64], int]:
    """Hash a 64 x 64 picture.

    Returns
    -------
    hash : uint64, shape (4,)
    quality : int, 0 to 255
        Mean difference of neighbouring cells in eighths of a grey level; a flat picture, whose signs are
        noise, has nearly none.
    """
    spectrum = _COSINES @ small.astype(np.float64) @ _COSINES.T
    steps = cv2.norm(small[1:], small[:-1], cv2.NORM_L1) + cv2.norm(small[:, 1:], small[:, :-1], cv2.NORM_L1)
    return _pack(spectrum > 0), min(255, int(steps / (SIDE * (SIDE - 1)) * 4))


def distances(left: Hashes, right: Hashes) -> NDArray[np.uint16]:
    """Hamming distances of every pair, shape (n, m), 0 to 256. Takes 8 * n * m bytes for a moment."""
    total = np.zeros((len(left), len(right)), dtype=np.uint16)
    for word in range(left.shape[1]):
        total += np.bitwise_count(left[:, None, word] ^ right[None, :, word])
    return total
