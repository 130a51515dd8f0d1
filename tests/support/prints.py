"""Fingerprints made of chance alone: as small as one likes, and no two seeds look alike."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shotprint.engine.types import Fingerprint, Modality, Role
from shotprint.engine.video.local_features import DESCRIPTOR_BYTES
from shotprint.engine.video.presets import DEFAULT_PRESET


def made_print(
    seed: int,
    *,
    seconds: int = 6,
    points: int = 20,
    role: Role = Role.REFERENCE,
    preset: str = DEFAULT_PRESET,
) -> Fingerprint:
    """A print of `seconds` pictures, one a second, each with `points` local features.

    A query's print sees the same as the reference's of that seed; its mirrored views have no points.
    """
    rng = np.random.default_rng(seed)
    total = seconds * points
    views = 2 if role is Role.QUERY else 1
    counts = np.zeros((seconds, views), np.int64)
    counts[:, 0] = points
    arrays: dict[str, NDArray[Any]] = {
        "start": np.arange(seconds, dtype=np.float32),
        "end": np.arange(1, seconds + 1, dtype=np.float32),
        "hash": rng.integers(0, 1 << 64, (seconds, 4), dtype=np.uint64),
        "quality": np.full(seconds, 200 if points else 0, np.uint8),
        "key_run": np.arange(seconds, dtype=np.int32),
        "key_extent": np.full((seconds, 2), (65535, 36864), np.uint16),
        "point_start": np.append(0, np.cumsum(counts)).astype(np.int64),
        "descriptor": rng.integers(0, 256, (total, 32), dtype=np.uint8)[:, :DESCRIPTOR_BYTES].copy(),
        "position": rng.integers(0, (65536, 36865), (total, 2), dtype=np.uint16),
        "size": rng.integers(90, 120, total, dtype=np.uint8),
        "angle": rng.integers(0, 256, total, dtype=np.uint8),
        "scale": np.ones(total, np.uint8),
    }
    cells = rng.integers(0, 256, (seconds, 16, 16), dtype=np.uint8)
    look = cells.repeat(4, axis=1).repeat(4, axis=2) if role is Role.QUERY else cells
    arrays["look"] = look.reshape(seconds, 4096 if role is Role.QUERY else 256)
    return Fingerprint(preset, Modality.VIDEO, role, float(seconds), arrays)


def with_arrays(fingerprint: Fingerprint, **changed: NDArray[Any]) -> Fingerprint:
    """The same print with other arrays in place of some."""
    return replace(fingerprint, arrays={**fingerprint.arrays, **changed})
