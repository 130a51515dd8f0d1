"""What is taken for an audio print, and what is not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.sounds import print_of, tune

from shotprint.engine import codec
from shotprint.engine.audio.audio_index import AudioIndex
from shotprint.engine.audio.prints import ARRAY_DTYPES, AudioPrint
from shotprint.engine.types import Fingerprint, Modality, Role
from shotprint.errors import FingerprintError, InvalidValue, ShotprintError

REFERENCE = print_of(tune(1, 6))
QUERY = print_of(tune(1, 6), Role.QUERY)


def changed(fingerprint: Fingerprint, **arrays: Any) -> Fingerprint:
    return replace(fingerprint, arrays={**fingerprint.arrays, **arrays})


@pytest.mark.parametrize("name", ARRAY_DTYPES)
@pytest.mark.parametrize("fingerprint", [REFERENCE, QUERY], ids=["reference", "query"])
def test_an_array_that_is_missing_of_another_type_or_length_is_refused(
    fingerprint: Fingerprint, name: str
) -> None:
    array = fingerprint.arrays[name]
    without = {other: kept for other, kept in fingerprint.arrays.items() if other != name}
    wrong = [replace(fingerprint, arrays=without), changed(fingerprint, **{name: array.astype(np.float64)})]
    longer = np.concatenate([array, np.zeros((3, *array.shape[1:]), array.dtype)])
    for broken in (
        *wrong,
        changed(fingerprint, **{name: longer}),
        changed(fingerprint, **{name: np.array(1, array.dtype)}),
    ):
        with pytest.raises(FingerprintError):
            AudioPrint.of(broken)


def test_anchors_out_of_order_or_out_of_the_sound_are_refused() -> None:
    frames, bands = REFERENCE.arrays["anchor_frame"], REFERENCE.arrays["anchor_band"]
    late = frames.copy()
    late[-1] = 10**6
    high = bands.copy()
    high[0] = 200
    for broken in ({"anchor_frame": frames[::-1]}, {"anchor_frame": late}, {"anchor_band": high}):
        with pytest.raises(FingerprintError):
            AudioPrint.of(changed(REFERENCE, **broken))


def test_prints_of_other_media_and_presets_are_refused() -> None:
    with pytest.raises(FingerprintError, match="video"):
        AudioPrint.of(replace(REFERENCE, modality=Modality.VIDEO))
    with pytest.raises(InvalidValue, match="audio-1"):
        AudioPrint.of(replace(REFERENCE, preset="audio-0"))


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_a_strangers_print_is_refused_or_searched_with(data: st.DataObject) -> None:
    """Whatever its arrays hold: nothing but an error of ours comes out."""
    name = data.draw(st.sampled_from(sorted(ARRAY_DTYPES)))
    array = QUERY.arrays[name].copy()
    flat = array.reshape(-1).view(np.uint8)
    for _ in range(data.draw(st.integers(1, 8))):
        flat[data.draw(st.integers(0, len(flat) - 1))] = data.draw(st.integers(0, 255))
    rows = data.draw(st.integers(0, len(array)))
    duration = data.draw(st.sampled_from([QUERY.duration, 0.0, 1e9, 3.0]))
    stranger = replace(changed(QUERY, **{name: array[: rows or None]}), duration=duration)
    try:
        read = codec.decode(codec.encode(stranger))
        index = AudioIndex()
        index.add("mine", REFERENCE)
        index.add("strange", read)
        index.search(read, threads=1)
    except ShotprintError:
        pass
