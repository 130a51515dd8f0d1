"""Text in deflated blocks, so that a passage of a book can be read without the rest."""

from __future__ import annotations

import zlib
from typing import Final

import numpy as np
from numpy.typing import NDArray

BLOCK_CHARS: Final = 1 << 15
_MOST_BYTES: Final = 4 * BLOCK_CHARS  # UTF-8 of one block

Packed = NDArray[np.uint8]


def block_count(length: int) -> int:
    """Blocks of a text of so many characters."""
    return -(-length // BLOCK_CHARS)


def pack(text: str) -> tuple[Packed, NDArray[np.uint32]]:
    """A text's blocks one after the other, and how many bytes each has."""
    pieces = [text[start : start + BLOCK_CHARS] for start in range(0, len(text), BLOCK_CHARS)]
    blocks = [zlib.compress(piece.encode("utf-8", "surrogatepass"), 9) for piece in pieces]
    sizes = np.array([len(block) for block in blocks], dtype=np.uint32)
    return np.frombuffer(b"".join(blocks), dtype=np.uint8), sizes


def unpack(block: Packed) -> str:
    """The text of one block.

    Raises
    ------
    ValueError
        It is damaged, or more than a block.
    """
    inflater = zlib.decompressobj()
    try:
        data = inflater.decompress(block.tobytes(), _MOST_BYTES)
    except zlib.error as error:
        raise ValueError(f"the block cannot be inflated: {error}") from error
    if not inflater.eof or inflater.unused_data:
        raise ValueError("the block is not one of text")
    return data.decode("utf-8", "surrogatepass")
