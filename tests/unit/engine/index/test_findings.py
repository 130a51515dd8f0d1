"""What a search was judged by, and what nearly was a match."""

from __future__ import annotations

from functools import cache
from itertools import chain

import numpy as np
import pytest
from support.scenes import Picture, described, film, take

from shotprint.engine.index.findings import MOST_MATCHES, MOST_NEAR, Finding
from shotprint.engine.index.library_index import LibraryIndex
from shotprint.engine.types import Fingerprint, Match, Role


def pictures(seed: int, start: float, seconds: float) -> list[Picture]:
    return list(film(start + seconds, seed=seed, rate=4, size=(320, 180)))[int(start * 4) :]


@cache
def reference(seed: int) -> Fingerprint:
    return described(pictures(seed, 0, 16))


@cache
def query() -> Fingerprint:
    """Four seconds of film 2, six of film 1 from its third second on, and others."""
    parts = pictures(2, 0, 4), pictures(1, 3, 6), pictures(9, 0, 4)
    return described(chain(*parts), role=Role.QUERY)


def examined(**asked: float) -> tuple[list[Match], list[Finding]]:
    index = LibraryIndex.open()
    for seed in (1, 2, 3):
        index.add(f"film {seed}", reference(seed))
    matches, findings = index.examine(query(), **asked)
    assert matches == index.search(query(), **asked)  # nobody's result changes by being looked into
    return matches, findings


def test_matches_come_with_what_they_were_judged_by() -> None:
    matches, findings = examined()
    assert [one.match for one in findings if one.told] == matches
    for finding in findings:
        for segment, proof in zip(finding.match.segments, finding.proofs, strict=True):
            assert proof.similarity == pytest.approx(segment.similarity, abs=1e-4)
    found = next(one for one in findings if one.match.reference == "film 1")
    proof = found.proofs[0]
    assert proof.moving_s > 1
    assert proof.motion > 0.5


def test_a_copy_is_a_line_on_its_map() -> None:
    _, findings = examined()
    shown = next(one for one in findings if one.match.reference == "film 1").map
    assert (shown.query_start, shown.query_end) == pytest.approx((2, 12), abs=0.5)
    assert (shown.reference_start, shown.reference_end) == pytest.approx((1, 11), abs=0.5)
    assert shown.levels.dtype == np.uint8
    assert shown.levels.shape == (40, 40)
    copied = slice(10, 30)
    diagonal = np.diagonal(shown.levels)[copied]
    assert diagonal.mean() > 9
    assert np.roll(shown.levels, 12, axis=1).diagonal()[copied].mean() < 3


def test_what_is_too_weak_is_told_with_its_measures() -> None:
    matches, findings = examined(min_similarity=0.999)
    assert matches == []
    assert [one.match.reference for one in findings] in (["film 1", "film 2"], ["film 2", "film 1"])
    assert not any(one.told for one in findings)
    assert all(0.5 < one.match.similarity < 0.999 for one in findings)


def test_what_is_too_short_is_told_as_well() -> None:
    matches, findings = examined(min_length_s=5.0)
    assert [match.reference for match in matches] == ["film 1"]
    (near,) = [one for one in findings if not one.told]
    assert near.match.reference == "film 2"
    assert near.match.segments[0].query_end < 5
    assert near.match.similarity > 0.5


def test_another_take_of_a_scene_is_nearly_a_match() -> None:
    index = LibraryIndex.open()
    index.add("the first take", described(take(30, number=1)))
    asked = described(chain(pictures(9, 0, 4), take(10, number=2, start=10)), role=Role.QUERY)
    matches, findings = index.examine(asked)
    assert matches == []
    assert all(not one.told and one.match.similarity < 0.5 for one in findings)


def test_there_are_never_many(monkeypatch: pytest.MonkeyPatch) -> None:
    index = LibraryIndex.open()
    for number in range(8):
        index.add(f"copy {number}", reference(1))
    asked = described(pictures(1, 3, 6), role=Role.QUERY)
    matches, findings = index.examine(asked)
    assert len(matches) == 8
    assert [one.told for one in findings] == [True] * MOST_MATCHES
    assert [one.told for one in index.examine(asked, min_similarity=1.0)[1]] == [False] * MOST_NEAR
