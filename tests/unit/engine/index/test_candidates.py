"""A search with the fast neighbours against the same search with the exact ones, and prints of strangers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.picture_edits import EDITS
from support.prints import made_print, with_arrays
from support.scenes import described, film

from shotprint.engine.index import segment
from shotprint.engine.index.candidates import Candidate, find_candidates
from shotprint.engine.index.library_index import LibraryIndex
from shotprint.engine.index.matches import LOOKUP_RADIUS
from shotprint.engine.index.neighbours import ExactNeighbours
from shotprint.engine.index.stored_print import StoredPrint
from shotprint.engine.types import Fingerprint, Match, Role
from shotprint.engine.video.picture_hash import MIRROR_MASK
from shotprint.engine.video.presets import find_preset
from shotprint.engine.video.prints import VideoPrint
from shotprint.errors import FingerprintError

SIZE = (320, 180)


@cache
def reference(seed: int) -> Fingerprint:
    return described(film(12, seed=seed, rate=4, size=SIZE))


def edited(seed: int, edit: str) -> Fingerprint:
    change, speed, _ = EDITS[edit]
    part = film(6, seed=seed, start=3, speed=speed, rate=4, size=SIZE)
    return described((change(picture) for picture in part), role=Role.QUERY)


def library() -> LibraryIndex:
    index = LibraryIndex.open()
    for seed in range(1, 4):
        index.add(f"film {seed}", reference(seed))
    return index


def lines_of(query: VideoPrint, stored: segment.Segment) -> list[Candidate]:
    with ThreadPoolExecutor(1) as threads:
        return find_candidates(query, stored, stored.neighbours, threads)


def rounded(matches: list[Match]) -> list[object]:
    return [
        (match.reference, round(s.query_start * 2), round(s.query_end * 2), s.transform.mirrored)
        for match in matches
        for s in match.segments
    ]


@pytest.mark.parametrize("edit", ["mirror", "speed 1.25", "inset 60 %"])
def test_the_fast_search_finds_the_segments_that_the_exact_one_finds(
    edit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = edited(2, edit)
    fast = library().search(asked)
    monkeypatch.setattr(
        segment.Segment,
        "neighbours",
        property(lambda part: ExactNeighbours(part.arrays["descriptor"], LOOKUP_RADIUS)),
    )
    exact = library().search(asked)
    assert [match.reference for match in fast] == ["film 2"]
    assert rounded(fast) == rounded(exact)


@pytest.mark.parametrize("mirrored", [False, True])
def test_hashes_alone_give_hits_as_the_picture_is_and_mirrored(mirrored: bool) -> None:
    """Of a picture without points, and of the moments that look alike, not of the others."""
    pointless = with_arrays(made_print(1, points=0), quality=np.full(6, 200, np.uint8))
    seen = pointless.arrays["hash"] ^ (MIRROR_MASK if mirrored else np.uint64(0))
    asked = with_arrays(
        made_print(2, points=0, role=Role.QUERY),
        quality=np.full(6, 200, np.uint8),
        hash=np.roll(seen, 2, axis=0),
    )
    other = with_arrays(made_print(3, points=0), quality=np.full(6, 200, np.uint8))
    stored = [
        ("other", StoredPrint.of(VideoPrint.of(other))),
        ("same", StoredPrint.of(VideoPrint.of(pointless))),
    ]
    built = segment.Segment.build(stored, find_preset(pointless.preset))
    found = lines_of(VideoPrint.of(asked), built)
    assert {file for file, _ in found} == {1}
    best = max((line for _, line in found), key=lambda line: line.weight)
    assert (best.speed, best.offset, best.mirrored, best.begin, best.end) == (1, -2, mirrored, 2, 5)
    assert best.fitted == best.weight  # else such a line would rank behind chance


def test_points_are_alike_in_all_their_bits_not_only_in_those_that_the_index_compares() -> None:
    made = made_print(1)
    stored = [("same", StoredPrint.of(VideoPrint.of(made)))]
    built = segment.Segment.build(stored, find_preset(made.preset))
    other = made.arrays["descriptor"].copy()
    other[:, 8:] ^= 255
    for descriptor, found in ((made.arrays["descriptor"], {0}), (other, set())):
        asked = with_arrays(made, descriptor=descriptor, quality=np.zeros(6, np.uint8))
        lines = lines_of(VideoPrint.of(asked), built)
        assert {file for file, _ in lines} == found


def test_flat_pictures_give_no_lines() -> None:
    flat = with_arrays(made_print(1, points=0), quality=np.zeros(6, np.uint8))
    asked = VideoPrint.of(
        with_arrays(made_print(1, points=0, role=Role.QUERY), quality=np.zeros(6, np.uint8))
    )
    built = segment.Segment.build([("flat", StoredPrint.of(VideoPrint.of(flat)))], find_preset(flat.preset))
    assert lines_of(asked, built) == []


TINY = made_print(1, seconds=5, points=8)
ASKED = made_print(1, seconds=5, points=8, role=Role.QUERY)


@settings(deadline=None, max_examples=40)
@given(st.sampled_from(["query", "reference"]), st.sampled_from(sorted(TINY.arrays)), st.data())
def test_a_print_of_a_stranger_is_refused_or_searched_without_harm(
    side: str, name: str, data: st.DataObject
) -> None:
    whole = ASKED if side == "query" else TINY
    array = whole.arrays[name]
    wild = bytearray(array.tobytes())
    for _ in range(data.draw(st.integers(1, 12))):
        wild[data.draw(st.integers(0, len(wild) - 1))] = data.draw(st.integers(0, 255))
    changed = with_arrays(whole, **{name: np.frombuffer(bytes(wild), array.dtype).reshape(array.shape)})
    index = LibraryIndex.open()
    try:
        index.add("a", TINY if side == "query" else changed)
        matches = index.search(changed if side == "query" else ASKED)
    except FingerprintError:
        return
    for match in matches:
        for found in match.segments:
            assert 0 <= found.query_start < found.query_end <= 5
            assert 0 <= found.reference_start < found.reference_end <= 5
