from __future__ import annotations

import json
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from shotprint.engine.types import FramePair, Match, MediaInfo, Passages, Segment, Transform
from shotprint.store import match_json, media_json

numbers = st.floats(allow_nan=False, allow_infinity=False)
boxes = st.none() | st.tuples(numbers, numbers, numbers, numbers)
transforms = st.builds(
    Transform,
    mirrored=st.booleans(),
    flipped=st.booleans(),
    rotation_deg=numbers,
    crop=boxes,
    inset=boxes,
    covered=numbers,
)
pairs = st.builds(FramePair, numbers, numbers, numbers)
spans = st.tuples(st.integers(0, 2**53), st.integers(0, 2**53))
passages = st.builds(Passages, spans, spans, st.text(), st.text(), numbers, numbers)
segments = st.builds(
    Segment,
    numbers, numbers, numbers, numbers, numbers,
    speed=numbers, kind=st.text(), transform=transforms, evidence=st.lists(pairs, max_size=3).map(tuple),
    passages=st.none() | passages,
)  # fmt: skip
matches = st.builds(Match, st.text(), numbers, st.lists(segments, max_size=3).map(tuple))
counts = st.integers(0, 2**53)
media = st.builds(
    MediaInfo,
    container=st.text(), codec=st.text(), width=counts, height=counts,
    rotation=st.sampled_from([0, 90, 180, 270]), frame_rate=st.fractions(min_value=0), duration=numbers,
    has_audio=st.booleans(), frames_decoded=counts, frames_bad=counts,
)  # fmt: skip


@given(st.lists(matches, max_size=3).map(tuple))
def test_matches_survive_json_without_loss(found: tuple[Match, ...]) -> None:
    text = json.dumps(match_json.to_json(found), allow_nan=False)
    assert match_json.from_json(json.loads(text)) == found


@given(media)
def test_media_facts_survive_json_without_loss(info: MediaInfo) -> None:
    text = json.dumps(media_json.to_json(info), allow_nan=False)
    assert media_json.from_json(json.loads(text)) == info


def test_whole_numbers_come_back_as_numbers_of_the_declared_kind() -> None:
    segment = Segment(0, 1, 2, 3, 1, 1, evidence=(FramePair(1, 2, 3),))
    (back,) = match_json.from_json(match_json.to_json([Match("a", 1, (segment,))]))
    assert all(isinstance(value, float) for value in (back.similarity, back.segments[0].query_end))


def test_a_result_that_does_not_tell_what_was_covered_is_read() -> None:
    """Results that were stored before there was anything to tell."""
    match = Match("a", 1.0, (Segment(0.0, 1.0, 2.0, 3.0, 1.0),))
    (stored,) = match_json.to_json([match])
    del stored["segments"][0]["transform"]["covered"], stored["segments"][0]["passages"]
    assert match_json.from_json([stored]) == (match,)


def test_a_frame_rate_stays_a_fraction() -> None:
    info = MediaInfo("mp4", "h264", 1, 1, 0, Fraction(30000, 1001), 1.0, False)
    assert media_json.to_json(info)["frame_rate"] == "30000/1001"
