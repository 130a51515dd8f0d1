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

from shotprint.engine.index import matches, segment
from shotprint.engine.index.buckets import bucket_bits
from shotprint.engine.index.candidates import HASH_WEIGHT, Candidate, find_candidates
from shotprint.engine.index.library_index import LibraryIndex
from shotprint.engine.index.matches import LOOKUP_RADIUS, find_matches
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


def stored_films(count: int, *, seconds: int) -> segment.Segment:
    made = [(f"film {seed}", made_print(seed, seconds=seconds, points=20)) for seed in range(count)]
    prints = [(name, StoredPrint.of(VideoPrint.of(one))) for name, one in made]
    return segment.Segment.build(prints, find_preset(made[0][1].preset))


def copy_of(seed: int, *, seconds: int, common: int) -> Fingerprint:
    """A query that has so many points of each of the film's pictures, as a copy has them, and others of its own. 26 of
    the 128 bits of a copied point differ, 6 of them in the signature."""
    film, own = (
        made_print(seed, seconds=seconds, points=20),
        made_print(1000 + seed, seconds=seconds, points=20),
    )
    kept = np.arange(20 * seconds) % 20 < common
    copied = film.arrays | {
        "descriptor": film.arrays["descriptor"] ^ np.uint8([0] * 4 + [1, 3, 1, 3] + [7] * 4 + [3] * 4)
    }
    mixed = {
        name: np.where(kept.reshape(-1, *[1] * (copied[name].ndim - 1)), copied[name], own.arrays[name])
        for name in ("descriptor", "position", "size", "angle")
    }
    query = made_print(1000 + seed, seconds=seconds, points=20, role=Role.QUERY)
    return with_arrays(query, quality=np.zeros(seconds, np.uint8), **mixed)


def lines_in(stored: segment.Segment, asked: Fingerprint) -> list[Candidate]:
    return lines_of(VideoPrint.of(asked), stored)


def test_two_points_a_picture_are_a_candidate_if_those_of_other_pictures_say_the_same() -> None:
    stored = stored_films(5, seconds=8)
    found = lines_in(stored, copy_of(3, seconds=8, common=2))
    assert [(file, line.speed, line.offset) for file, line in found] == [(3, 1, 0)]
    assert found[0][1].fitted == 16
    assert lines_in(stored, copy_of(3, seconds=8, common=0)) == []


def test_two_points_of_one_picture_alone_are_no_candidate() -> None:
    assert lines_in(stored_films(5, seconds=1), copy_of(3, seconds=1, common=2)) == []


def test_points_that_look_like_many_give_way_to_those_that_look_like_few(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As many pairs as there is room for, of the rarest points first."""
    plenty, asked = np.uint8([1, 2, 3, 4] * 4), copy_of(3, seconds=8, common=6)
    films = [made_print(seed, seconds=8, points=20) for seed in range(5)]
    common = np.arange(160) % 20 >= 14
    films = [
        with_arrays(film, descriptor=np.where(common[:, None], plenty, film.arrays["descriptor"]))
        for film in films
    ]
    asked = with_arrays(asked, descriptor=np.where(common[:, None], plenty, asked.arrays["descriptor"]))
    prints = [(str(seed), StoredPrint.of(VideoPrint.of(film))) for seed, film in enumerate(films)]
    stored = segment.Segment.build(prints, find_preset(films[0].preset))
    with ThreadPoolExecutor(1) as threads:
        query = VideoPrint.of(asked)
        every = find_matches(query, stored, stored.neighbours, threads)
        monkeypatch.setattr(matches, "MOST_PAIRS", 60 * bucket_bits(stored.point_count))
        rare = find_matches(query, stored, stored.neighbours, threads)
    assert common[every.query].any()
    assert not common[rare.query].any()
    assert set(rare.query.tolist()) == set(np.flatnonzero(np.arange(160) % 20 < 6).tolist())


def test_points_that_differ_too_much_do_not_count_beside_those_that_are_alike() -> None:
    asked = copy_of(3, seconds=8, common=6)
    half = asked.arrays["descriptor"].copy()
    half[np.arange(160) % 20 < 3, 8:] ^= 255  # what the index compares is as it was
    ((_, line),) = lines_in(stored_films(5, seconds=8), with_arrays(asked, descriptor=half))
    assert line.fitted == 24


def test_a_line_begins_and_ends_with_points_that_one_map_puts_in_place() -> None:
    asked = copy_of(3, seconds=8, common=6)
    away = asked.arrays["position"].copy()
    away[100:] = np.random.default_rng(1).permutation(
        away[100:]
    )  # from the sixth picture on: alike, but elsewhere
    ((_, line),) = lines_in(stored_films(5, seconds=8), with_arrays(asked, position=away))
    assert (line.begin, line.end, line.fitted) == (0, 4, 30)


def test_pictures_that_are_alike_as_a_whole_carry_a_line_on_where_points_do_not() -> None:
    asked, film = copy_of(3, seconds=8, common=6), made_print(3, seconds=8, points=20)
    pointless = asked.arrays["descriptor"].copy()
    pointless[100:] ^= 255
    alike = with_arrays(asked, descriptor=pointless, hash=film.arrays["hash"], quality=film.arrays["quality"])
    line = max(
        (line for _, line in lines_in(stored_films(5, seconds=8), alike)), key=lambda line: line.fitted
    )
    assert (line.begin, line.end) == (0, 7)
    assert line.fitted == 30 + 8 * HASH_WEIGHT * 1.5


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 5), st.floats(0, 5000))
def test_no_offset_leads_to_two_files(file: int, moment: float) -> None:
    """However long the query is: of slides a key frame may be shown for minutes."""
    clock = stored_films(6, seconds=3).clock.reshape(6, 3)
    offsets = clock[file] - moment
    others = np.delete(clock, file, axis=0)
    assert np.abs(others[..., None] - offsets).min() > 5000


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
