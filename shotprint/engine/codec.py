"""Fingerprint ↔ bytes.

Layout, all integers little-endian::

    magic "SPFP" | format version u16 | header length u32 | header | arrays, one after the other | checksum

The header is JSON: preset, modality, role, duration, and for each array its name, dtype and shape. The checksum
is BLAKE2b-128 of everything before it. No pickle, no code: a print may come from a stranger.

Version 1 is the first. A reader for each released version stays.
"""

from __future__ import annotations

import hashlib
import json
import math
import struct
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from shotprint.engine.types import Fingerprint, Modality, Role
from shotprint.errors import FingerprintError

MAGIC: Final = b"SPFP"
FORMAT_VERSION: Final = 1
_PREFIX: Final = struct.Struct("<4sHI")
_CHECKSUM_SIZE: Final = 16
_MAX_HEADER: Final = 1 << 16
_DTYPES: Final = {"<f4", "<f8", "|u1", "<u2", "<u4", "<u8", "<i4", "<i8"}


def encode(fingerprint: Fingerprint) -> bytes:
    """Serialise a fingerprint; the same print gives the same bytes."""
    arrays = {name: _little_endian(array) for name, array in sorted(fingerprint.arrays.items())}
    header = json.dumps(
        {
            "preset": fingerprint.preset,
            "modality": fingerprint.modality.value,
            "role": fingerprint.role.value,
            "duration": fingerprint.duration,
            "arrays": [[name, array.dtype.str, list(array.shape)] for name, array in arrays.items()],
        },
        separators=(",", ":"),
    ).encode()
    body = b"".join(
        [
            _PREFIX.pack(MAGIC, FORMAT_VERSION, len(header)),
            header,
            *(array.tobytes() for array in arrays.values()),
        ]
    )
    return body + _checksum(body)


def decode(data: bytes) -> Fingerprint:
    """Read a fingerprint.

    Raises
    ------
    FingerprintError
        Not a fingerprint, cut short, altered, or written by a newer version. Nothing else, whatever the bytes.
    """
    if len(data) < _PREFIX.size + _CHECKSUM_SIZE or data[:4] != MAGIC:
        raise FingerprintError("not a shotprint fingerprint")
    _, version, header_length = _PREFIX.unpack_from(data)
    if version != FORMAT_VERSION:
        raise FingerprintError(f"fingerprint format {version}; this version reads {FORMAT_VERSION}")
    body = memoryview(data)[:-_CHECKSUM_SIZE]
    if _checksum(body) != data[-_CHECKSUM_SIZE:]:
        raise FingerprintError("the fingerprint is damaged: its checksum does not fit")
    if header_length > min(_MAX_HEADER, len(body) - _PREFIX.size):
        raise FingerprintError("the fingerprint's header is longer than the fingerprint")
    start = _PREFIX.size + header_length
    return _read(bytes(body[_PREFIX.size : start]), body[start:])


def _read(header: bytes, payload: memoryview) -> Fingerprint:
    try:
        fields = json.loads(header)
        arrays = _read_arrays(fields["arrays"], payload)
        duration = float(fields["duration"])
        if not (math.isfinite(duration) and duration >= 0):
            raise ValueError(f"duration {duration}")
        return Fingerprint(
            str(fields["preset"]), Modality(fields["modality"]), Role(fields["role"]), duration, arrays
        )
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise FingerprintError(f"the fingerprint's header makes no sense: {error}") from error


def _read_arrays(described: Any, payload: memoryview) -> dict[str, NDArray[np.generic]]:
    arrays: dict[str, NDArray[np.generic]] = {}
    offset = 0
    for name, dtype, shape in described:
        if not isinstance(name, str) or dtype not in _DTYPES:
            raise ValueError(f"array {name!r} of type {dtype!r}")
        if not all(isinstance(n, int) and n >= 0 for n in shape) or len(shape) > 4:
            raise ValueError(f"array {name!r} of shape {shape!r}")
        size = math.prod(shape) * np.dtype(dtype).itemsize
        if size > len(payload) - offset or name in arrays:
            raise ValueError(f"array {name!r} is cut short or there twice")
        arrays[name] = np.frombuffer(payload[offset : offset + size], dtype=dtype).reshape(shape)
        offset += size
    if offset != len(payload):
        raise ValueError(f"{len(payload) - offset} bytes too many")
    return arrays


def _little_endian(array: NDArray[np.generic]) -> NDArray[np.generic]:
    return np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))


def _checksum(body: bytes | memoryview) -> bytes:
    return hashlib.blake2b(body, digest_size=_CHECKSUM_SIZE).digest()
