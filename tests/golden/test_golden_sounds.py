"""Each audio preset makes the prints that it made when it was released, on any machine.

``python -m tools.make_goldens`` writes the files that this compares with.
"""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from support.sounds import golden_sound

from shotprint.engine.audio.audio_index import AudioIndex
from shotprint.engine.audio.fingerprint import fingerprint_sound
from shotprint.engine.audio.presets import PRESETS
from shotprint.engine.audio.prints import AudioPrint
from shotprint.engine.codec import decode
from shotprint.engine.types import Role

HERE = Path(__file__).parent


def stored(preset: str) -> AudioPrint:
    return AudioPrint.of(decode((HERE / f"{preset}.fingerprint").read_bytes()))


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_makes_the_print_that_it_always_made(preset: str) -> None:
    """A few bits are left to other versions of FFmpeg, NumPy and OpenCV, whose rounding is not ours."""
    before = stored(preset)
    now = AudioPrint.of(fingerprint_sound(io.BytesIO(golden_sound()), preset=preset)[0])
    assert now.duration == before.duration
    assert np.bitwise_count(now.look ^ before.look).mean() < 0.5
    ours, theirs = (
        set(zip(one.anchor_frame.tolist(), one.anchor_band.tolist(), strict=True)) for one in (now, before)
    )
    assert len(ours & theirs) >= 0.97 * len(theirs)
    assert len(ours) == pytest.approx(len(theirs), rel=0.03)
    places = {
        place: row
        for row, place in enumerate(
            zip(before.anchor_frame.tolist(), before.anchor_band.tolist(), strict=True)
        )
    }
    pairs = [
        (row, places[place])
        for row, place in enumerate(zip(now.anchor_frame.tolist(), now.anchor_band.tolist(), strict=True))
        if place in places
    ]
    apart = [np.bitwise_count(now.descriptor[a] ^ before.descriptor[b]).sum() for a, b in pairs]
    assert np.mean(apart) < 0.5


@pytest.mark.parametrize("preset", PRESETS)
def test_an_old_print_is_found_by_a_query_of_today(preset: str) -> None:
    index = AudioIndex.open(preset=preset)
    index.add("old", decode((HERE / f"{preset}.fingerprint").read_bytes()))
    asked, _ = fingerprint_sound(io.BytesIO(golden_sound()), preset=preset, role=Role.QUERY)
    match = index.search(asked)[0]
    assert (match.segments[0].query_start, match.segments[-1].query_end) == pytest.approx((0, 12), abs=0.3)
