"""A text's fingerprint: what it says, deflated, and when.

Unlike the prints of pictures this one can be read: a match tells the passage of the reference. Grams are not in it, for
they are made of the text in less time than they would take to read.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shotprint.engine.text.blocks import BLOCK_CHARS, Packed, block_count, pack, unpack
from shotprint.engine.text.document import Document
from shotprint.engine.text.presets import TextPreset, find_preset
from shotprint.engine.types import Fingerprint, Modality, Role
from shotprint.errors import FingerprintError, InvalidValue

_TYPES = {"text": "<u1", "block": "<u4", "length": "<u4", "part": "<u4", "seconds": "<f8"}


@dataclass(frozen=True, eq=False)
class TextPrint:
    """The arrays of a text's fingerprint, checked.

    Attributes
    ----------
    packed : uint8, shape (bytes,), and block : uint32, shape (b,): see `shotprint.engine.text.blocks`.
    length : characters.
    part : uint32, shape (n,). The character that each part with times begins with, ascending; see `Document`.
    seconds : float64, shape (n, 2).
    """

    preset: TextPreset
    packed: Packed
    block: NDArray[np.uint32]
    length: int
    part: NDArray[np.uint32]
    seconds: NDArray[np.float64]

    @classmethod
    def of(cls, fingerprint: Fingerprint) -> TextPrint:
        """Read a fingerprint.

        Raises
        ------
        FingerprintError
            It is no text's, or its arrays make no sense.
        InvalidValue
            Its preset is not known.
        """
        arrays: dict[str, Any] = dict(fingerprint.arrays)
        if fingerprint.modality is not Modality.TEXT or set(arrays) != set(_TYPES):
            raise FingerprintError("not the fingerprint of a text")
        for name, dtype in _TYPES.items():
            if arrays[name].dtype != np.dtype(dtype):
                raise FingerprintError(f"the array {name} is of type {arrays[name].dtype}, not {dtype}")
        try:
            preset = find_preset(fingerprint.preset)
        except InvalidValue as error:
            raise FingerprintError(error.message) from error
        if arrays["length"].shape != (1,):
            raise FingerprintError("the array length is not one number")
        made = cls(
            preset,
            arrays["text"],
            arrays["block"],
            int(arrays["length"][0]),
            arrays["part"],
            arrays["seconds"],
        )
        made._check()
        return made

    @cached_property
    def text(self) -> str:
        bounds = np.concatenate([[0], np.cumsum(self.block, dtype=np.int64)])
        pieces = [unpack(self.packed[bounds[n] : bounds[n + 1]]) for n in range(len(self.block))]
        if any(len(piece) != BLOCK_CHARS for piece in pieces[:-1]):
            raise ValueError("the blocks are not of the length they should be")
        return "".join(pieces)

    def _check(self) -> None:
        if (
            any(array.ndim != 1 for array in (self.packed, self.block, self.part))
            or self.seconds.shape != (len(self.part), 2)
            or len(self.block) != block_count(self.length)
            or int(self.block.sum(dtype=np.int64)) != len(self.packed)
            or (len(self.part) and int(self.part[-1]) >= self.length)
            or (np.diff(self.part.astype(np.int64)) <= 0).any()
            or not np.isfinite(self.seconds).all()
            or (self.seconds < 0).any()
            or (self.seconds[:, 0] > self.seconds[:, 1]).any()
        ):
            raise FingerprintError("the arrays of the text's fingerprint do not fit together")
        try:
            length = len(self.text)
        except ValueError as error:
            raise FingerprintError(f"the fingerprint's text cannot be read: {error}") from error
        if length != self.length:
            raise FingerprintError(f"the text has {length} characters, not {self.length}")


def print_of(document: Document, preset: TextPreset, role: Role) -> Fingerprint:
    """The fingerprint of a text; a query's is that of a reference under another name."""
    packed, block = pack(document.text)
    arrays: dict[str, NDArray[np.generic]] = {
        "text": packed,
        "block": block,
        "length": np.array([len(document.text)], dtype=np.uint32),
        "part": document.part.astype(np.uint32),
        "seconds": document.seconds,
    }
    return Fingerprint(preset.name, Modality.TEXT, role, document.duration, arrays)


def as_reference(query: Fingerprint) -> Fingerprint:
    """A query's print as one that can be stored; `FingerprintError` when it is no text's."""
    if query.role is Role.REFERENCE:
        return query
    TextPrint.of(query)  # it may come from a stranger
    return replace(query, role=Role.REFERENCE)
