"""A fingerprint whose arrays don't fit together never gets into the engine."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.prints import made_print, with_arrays

from shotprint.engine.types import Fingerprint, Modality, Role
from shotprint.engine.video.describe_frames import as_reference
from shotprint.engine.video.prints import VideoPrint
from shotprint.errors import FingerprintError, InvalidValue, ShotprintError

GOOD = made_print(1, seconds=3, points=4)
NAMES = sorted(GOOD.arrays)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("seconds", [0, 1, 5])
@pytest.mark.parametrize("points", [0, 3])
def test_a_good_print_is_taken_as_it_is(role: Role, seconds: int, points: int) -> None:
    fingerprint = made_print(2, seconds=seconds, points=points, role=role)
    made = VideoPrint.of(fingerprint)
    assert (made.role, made.duration, made.key_count) == (role, seconds, seconds)
    assert made.views == (2 if role is Role.QUERY else 1)
    for name, array in fingerprint.arrays.items():
        assert getattr(made, name) is array


def test_key_frames_have_the_times_of_their_runs() -> None:
    runs = with_arrays(
        GOOD, key_run=np.array([0, 1, 2], np.int32), end=np.array([0.5, 1.5, 2.75], np.float32)
    )
    made = VideoPrint.of(runs)
    assert made.key_start().tolist() == [0, 1, 2]
    assert made.key_end().tolist() == [0.5, 1.5, 2.75]


@pytest.mark.parametrize("modality", [m for m in Modality if m is not Modality.VIDEO])
def test_a_print_of_another_kind_of_media_is_refused(modality: Modality) -> None:
    with pytest.raises(FingerprintError, match=modality):
        VideoPrint.of(replace(GOOD, modality=modality))


def test_an_unknown_preset_is_named() -> None:
    with pytest.raises(InvalidValue, match="video-0"):
        VideoPrint.of(replace(GOOD, preset="video-0"))


def changed(name: str, array: Any) -> Fingerprint:
    return with_arrays(GOOD, **{name: array})


@pytest.mark.parametrize("name", NAMES)
def test_each_array_has_to_be_there(name: str) -> None:
    arrays = {other: array for other, array in GOOD.arrays.items() if other != name}
    with pytest.raises(FingerprintError, match=name):
        VideoPrint.of(replace(GOOD, arrays=arrays))


@pytest.mark.parametrize("name", NAMES)
def test_each_array_has_to_be_of_its_type_and_width(name: str) -> None:
    array = GOOD.arrays[name]
    other = np.float64 if array.dtype != np.float64 else np.float32
    for wrong in (
        array.astype(other),
        array[..., None],
        array.reshape(-1)[0],
        array.reshape(1, *array.shape),
    ):
        with pytest.raises(FingerprintError, match=name):
            VideoPrint.of(changed(name, wrong))


@pytest.mark.parametrize("name", NAMES)
def test_each_array_has_to_be_as_long_as_its_neighbours(name: str) -> None:
    for wrong in (GOOD.arrays[name][:-1], np.concatenate([GOOD.arrays[name]] * 2), GOOD.arrays[name][:0]):
        with pytest.raises(FingerprintError):
            VideoPrint.of(changed(name, wrong))


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("key_run", [0, 1, 3]),
        ("key_run", [-1, 1, 2]),
        ("key_run", [0, 2, 1]),
        ("key_run", [0, 1, 1]),
        ("point_start", [0, 4, 8, 11]),
        ("point_start", [1, 4, 8, 12]),
        ("point_start", [0, 8, 4, 12]),
        ("point_start", [0, 4, 1 << 62, 12]),
        ("point_start", [0, -4, 8, 12]),
        ("start", [0, 2, 1]),
        ("start", [-1, 1, 2]),
        ("start", [0, np.nan, 2]),
        ("start", [-np.inf, 1, 2]),
        ("start", [0, 1, np.inf]),
        ("end", [1, 0.5, 3]),
        ("end", [1, 2, np.nan]),
        ("end", [1, 2, np.inf]),
        ("end", [1, 2, 3e38]),
        ("end", [1, 2.5, 3]),
    ],
    ids=str,
)
def test_values_that_cannot_be_are_refused(name: str, values: list[float]) -> None:
    with pytest.raises(FingerprintError, match="fit together"):
        VideoPrint.of(changed(name, np.array(values, GOOD.arrays[name].dtype)))


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(NAMES), st.data())
def test_a_query_with_any_array_replaced_is_thinned_or_refused(name: str, data: st.DataObject) -> None:
    query = made_print(1, seconds=3, points=2, role=Role.QUERY)
    array = query.arrays[name]
    wrong = np.frombuffer(
        data.draw(st.binary(min_size=array.nbytes, max_size=array.nbytes)), array.dtype
    ).reshape(array.shape)
    try:
        VideoPrint.of(as_reference(with_arrays(query, **{name: wrong})))
    except ShotprintError as error:
        assert isinstance(error, FingerprintError)  # noqa: PT017 - any other exception fails by itself
