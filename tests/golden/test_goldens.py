"""Each preset makes the prints that it made when it was released, on any machine.

``python -m tools.make_goldens`` writes the files that this compares with.
"""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from support.golden_clip import STILL_FROM, STILL_TO, golden_clip
from support.golden_text import SENTENCES, golden_text

from shotprint.engine.audio.presets import PRESETS as AUDIO_PRESETS
from shotprint.engine.codec import decode
from shotprint.engine.pipeline import fingerprint_file, match_fingerprints
from shotprint.engine.text.fold import fold
from shotprint.engine.text.grams import kept_grams
from shotprint.engine.text.presets import PRESETS as TEXT_PRESETS
from shotprint.engine.text.prints import TextPrint
from shotprint.engine.types import Role
from shotprint.engine.video.presets import PRESETS
from shotprint.engine.video.prints import VideoPrint

HERE = Path(__file__).parent


def golden(preset: str) -> VideoPrint:
    return VideoPrint.of(decode((HERE / f"{preset}.fingerprint").read_bytes()))


def made(preset: str, role: Role = Role.REFERENCE) -> VideoPrint:
    return VideoPrint.of(fingerprint_file(io.BytesIO(golden_clip()), preset=preset, role=role)[0])


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_makes_the_print_that_it_always_made(preset: str) -> None:
    """A few bits are left to other versions of FFmpeg and OpenCV, whose rounding is not ours."""
    before, now = golden(preset), made(preset)
    for name in ("start", "end", "key_run", "key_extent"):
        assert getattr(now, name).tolist() == getattr(before, name).tolist(), name
    assert now.duration == before.duration
    assert np.bitwise_count(now.hash ^ before.hash).sum(axis=1).max() <= 2
    assert np.abs(now.quality.astype(int) - before.quality).max() <= 1
    same, total = 0, 0
    for key in range(before.key_count):
        ours, theirs = points_of(now, key), points_of(before, key)
        same += len(ours & theirs)
        total += max(len(ours), len(theirs))
    assert total > 0
    assert same >= 0.95 * total


def points_of(whole: VideoPrint, key: int) -> set[bytes]:
    """The points of one key frame with all that is known of each."""
    rows = range(*whole.point_start[key : key + 2].tolist())
    fields = (whole.descriptor, whole.position, whole.size, whole.angle, whole.scale)
    return {b"".join(field[row].tobytes() for field in fields) for row in rows}


@pytest.mark.parametrize("preset", PRESETS)
def test_the_golden_print_says_what_the_clip_shows(preset: str) -> None:
    """So that a golden file written by mistake is noticed."""
    whole = golden(preset)
    longest = int(np.argmax(whole.end - whole.start))
    assert (whole.start[longest], whole.end[longest]) == (STILL_FROM, STILL_TO)
    assert (whole.quality > 0).all()
    assert all(len(points_of(whole, key)) > 20 for key in range(whole.key_count))


@pytest.mark.parametrize("preset", PRESETS)
def test_an_old_print_is_found_by_a_query_of_today(preset: str) -> None:
    stored = decode((HERE / f"{preset}.fingerprint").read_bytes())
    asked, _ = fingerprint_file(io.BytesIO(golden_clip()), preset=preset, role=Role.QUERY)
    match = match_fingerprints(asked, stored)
    assert match is not None
    assert (match.segments[0].query_start, match.segments[-1].query_end) == pytest.approx((0, 6), abs=0.3)


def test_there_is_no_golden_print_of_a_preset_that_is_gone() -> None:
    assert {path.stem for path in HERE.glob("*.fingerprint")} == {
        *PRESETS,
        *AUDIO_PRESETS,
        *TEXT_PRESETS,
        "format-1",
    }


@pytest.mark.parametrize("preset", TEXT_PRESETS)
def test_a_text_preset_makes_the_print_that_it_always_made(preset: str) -> None:
    """The bytes of a deflated text may be others with another zlib."""
    before = golden_print(preset)
    now = TextPrint.of(fingerprint_file(io.BytesIO(golden_text()), preset=preset)[0])
    assert (now.text, now.length) == (before.text, before.length)
    assert (now.part.tolist(), now.seconds.tolist()) == (before.part.tolist(), before.seconds.tolist())


@pytest.mark.parametrize("preset", TEXT_PRESETS)
def test_a_text_preset_keeps_the_grams_that_it_always_kept(preset: str) -> None:
    """An index on disk has them, and is searched by later versions."""
    before = golden_print(preset)
    folded = fold(before.text)
    hashes, start = kept_grams(folded, before.preset)
    told = [f"{number:016x} {folded.source[place]}" for number, place in zip(hashes, start, strict=True)]
    assert told == (HERE / f"{preset}.grams").read_text().splitlines()


@pytest.mark.parametrize("preset", TEXT_PRESETS)
def test_an_old_print_of_a_text_is_found_by_a_query_of_today(preset: str) -> None:
    stored = decode((HERE / f"{preset}.fingerprint").read_bytes())
    asked, _ = fingerprint_file(io.BytesIO("\n".join(SENTENCES[:3]).encode()), preset=preset, role=Role.QUERY)
    match = match_fingerprints(asked, stored)
    assert match is not None
    assert [(one.reference_start, one.reference_end) for one in match.segments] == [(0, 8.5)]


def golden_print(preset: str) -> TextPrint:
    return TextPrint.of(decode((HERE / f"{preset}.fingerprint").read_bytes()))
