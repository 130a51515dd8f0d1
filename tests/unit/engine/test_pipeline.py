"""A file becomes a fingerprint: what the pipeline hands on besides."""

from __future__ import annotations

import io

import numpy as np
import pytest
from support.media import make_video, moving_pictures
from support.prints import made_print

from shotprint.engine.codec import encode
from shotprint.engine.pipeline import match_fingerprints
from shotprint.engine.types import Gray, Role
from shotprint.engine.video.pipeline import fingerprint_file
from shotprint.engine.video.prints import VideoPrint


def test_the_media_facts_are_measured() -> None:
    made, info = fingerprint_file(io.BytesIO(make_video(moving_pictures(3, rate=10), rate=10)))
    assert (info.width, info.height, info.codec, info.frames_decoded, info.frames_bad) == (
        160,
        120,
        "h264",
        30,
        0,
    )
    assert made.duration == info.duration == pytest.approx(3, abs=0.11)
    assert made.role is Role.REFERENCE


@pytest.mark.parametrize("role", Role)
def test_each_key_frame_is_handed_on_upright_with_its_time(role: Role) -> None:
    handed: list[tuple[float, Gray]] = []
    data = make_video(moving_pictures(3, rate=10), rate=10, turned=90)
    made, info = fingerprint_file(
        io.BytesIO(data), role=role, key_frames=lambda time, image: handed.append((time, image))
    )
    assert [time for time, _ in handed] == VideoPrint.of(made).key_start().tolist()
    assert {image.shape for _, image in handed} == {(160, 120)} == {(info.height, info.width)}
    assert all(image.dtype == np.uint8 for _, image in handed)


def test_handing_on_key_frames_changes_nothing() -> None:
    data = make_video(moving_pictures(2, rate=10), rate=10)
    plain, _ = fingerprint_file(io.BytesIO(data))
    watched, _ = fingerprint_file(io.BytesIO(data), key_frames=lambda time, image: image.fill(0))
    assert encode(watched) == encode(plain)


def test_a_match_has_the_name_given_and_none_is_none() -> None:
    match = match_fingerprints(made_print(1, role=Role.QUERY), made_print(1), name="film")
    assert match is not None
    assert match.reference == "film"
    assert match_fingerprints(made_print(2, role=Role.QUERY), made_print(1)) is None
