"""What the index keeps of a print, and what it gives back."""

from __future__ import annotations

import numpy as np
import pytest
from support.prints import made_print, with_arrays

from shotprint.engine.index.stored_print import StoredPrint, pack_looks, unpack_looks
from shotprint.engine.video.local_features import POSITION_STEPS
from shotprint.engine.video.presets import find_preset
from shotprint.engine.video.prints import VideoPrint
from shotprint.errors import InternalError


def test_an_unpacked_print_is_the_print_but_for_what_is_not_kept() -> None:
    made = made_print(1, seconds=4)
    whole = VideoPrint.of(
        with_arrays(
            made,
            key_run=np.array([0, 2, 3], np.int32),
            key_extent=made.arrays["key_extent"][:3],
            point_start=made.arrays["point_start"][[0, 1, 2, 4]],
        )
    )
    back = StoredPrint.of(whole).unpack(find_preset(made.preset))
    for name in (
        "start",
        "end",
        "look",
        "key_run",
        "key_extent",
        "point_start",
        "descriptor",
        "size",
        "angle",
    ):
        assert np.array_equal(getattr(back, name), getattr(whole, name)), name
        assert getattr(back, name).dtype == getattr(whole, name).dtype, name
    assert np.array_equal(back.hash[[0, 2, 3]], whole.hash[[0, 2, 3]])
    assert not back.hash[1].any()
    assert back.position.dtype == np.uint16
    assert np.abs(back.position.astype(int) - whole.position).max() <= POSITION_STEPS / 255 / 2
    assert (back.duration, back.preset) == (whole.duration, whole.preset)


@pytest.mark.parametrize("count", [0, 1, 50])
def test_reduced_pictures_come_back_as_they_were(count: int) -> None:
    looks = np.random.default_rng(1).integers(0, 256, (count, 256), dtype=np.uint8)
    assert np.array_equal(unpack_looks(pack_looks(looks), count), looks)


@pytest.mark.parametrize("change", ["cut", "altered", "too few"])
def test_damaged_pictures_are_an_error(change: str) -> None:
    packed = pack_looks(np.ones((5, 256), np.uint8))
    damaged = {"cut": packed[:-3], "altered": packed ^ np.uint8(1), "too few": packed}[change]
    with pytest.raises(InternalError):
        unpack_looks(damaged, 6)
