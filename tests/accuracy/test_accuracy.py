"""A floor under what the whole engine finds: parts of made films, edited, coded and put between foreign material.

The numbers that count are those of benchmarks/accuracy, on real clips; here nothing may fall far.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from itertools import chain
from statistics import median

import cv2
import numpy as np
import pytest
from support.media import Coding, make_video
from support.picture_edits import EDITS
from support.scenes import Picture, film, fitted

from shotprint.engine.index.library_index import LibraryIndex
from shotprint.engine.pipeline import fingerprint_file
from shotprint.engine.types import Fingerprint, Match, Role

pytestmark = pytest.mark.slow

WANTED = [
    "re-encode",
    "240p",
    "grey",
    "brightness",
    "letterbox",
    "crop 80 %",
    "caption",
    "logo",
    "mirror",
    "speed 1.25",
]
FILMS = range(1, 7)
FILM_S, COPY_S, LEAD_S = 16.0, 6.0, 2.625
RATE = 8


@dataclass(frozen=True)
class Found:
    """What was found of one copy: the matches, and how far off each of the four times is, in seconds."""

    matches: list[Match]
    errors: tuple[float, ...]


def coded(pictures: list[Picture], crf: int) -> bytes:
    coding = Coding(options={"preset": "ultrafast", "crf": str(crf)})
    return make_video((cv2.cvtColor(p, cv2.COLOR_BGR2RGB) for p in pictures), rate=RATE, coding=coding)


def fingerprint(pictures: list[Picture], crf: int, role: Role) -> Fingerprint:
    return fingerprint_file(io.BytesIO(coded(pictures, crf)), role=role)[0]


@pytest.fixture(scope="module")
def library() -> LibraryIndex:
    index = LibraryIndex.open()
    for seed in FILMS:
        index.add(f"film {seed}", fingerprint(list(film(FILM_S, seed=seed, rate=RATE)), 23, Role.REFERENCE))
    return index


@pytest.fixture(scope="module")
def copies(library: LibraryIndex) -> dict[str, Found]:
    return {edit: search(library, edit, 1 + i % len(FILMS), 100 + 2 * i) for i, edit in enumerate(WANTED)}


def search(library: LibraryIndex, edit: str, seed: int, foreign: int, copy_s: float = COPY_S) -> Found:
    """Put an edited part of a film between two foreign ones, and search for it."""
    change, speed, crf = EDITS[edit]
    start = 2.0 + seed
    copy = [change(picture) for picture in film(copy_s, seed=seed, start=start, speed=speed, rate=RATE)]
    height, width = (side // 2 * 2 for side in copy[0].shape[:2])
    lead, tail = (film(LEAD_S, seed=number, rate=RATE) for number in (foreign, foreign + 1))
    pictures = [fitted(picture, (width, height)) for picture in chain(lead, copy, tail)]
    matches = library.search(fingerprint(pictures, crf, Role.QUERY))
    truth = (LEAD_S, LEAD_S + copy_s, start, start + copy_s * speed)
    if not matches or matches[0].reference != f"film {seed}":
        return Found(matches, (np.inf,) * 4)
    best = max(matches[0].segments, key=lambda s: s.query_end - s.query_start)
    got = (best.query_start, best.query_end, best.reference_start, best.reference_end)
    return Found(matches, tuple(abs(a - b) for a, b in zip(got, truth, strict=True)))


@pytest.mark.parametrize("edit", WANTED)
def test_an_edited_copy_is_found_and_nothing_else(copies: dict[str, Found], edit: str) -> None:
    found = copies[edit]
    assert len(found.matches) == 1
    assert max(found.errors) < 2.5
    segment = found.matches[0].segments[0]
    assert segment.transform.mirrored == (edit == "mirror")
    assert segment.speed == pytest.approx(EDITS[edit][1], abs=0.06)


@pytest.mark.parametrize("edit", ["re-encode", "grey", "brightness", "mirror"])
@pytest.mark.parametrize("seed", [2, 5])
def test_two_seconds_are_found_when_the_edit_is_light(library: LibraryIndex, edit: str, seed: int) -> None:
    found = search(library, edit, seed, 120 + 2 * seed, copy_s=2.25)
    assert len(found.matches) == 1
    assert max(found.errors) < 1.0


def test_boundaries_are_right_to_a_fraction_of_a_second(copies: dict[str, Found]) -> None:
    assert median(chain.from_iterable(found.errors for found in copies.values())) < 0.7


@pytest.mark.parametrize("edit", ["re-encode", "mirror", "letterbox"])
def test_an_unrelated_film_matches_nothing(library: LibraryIndex, edit: str) -> None:
    change, _, crf = EDITS[edit]
    for seed in (300, 301):
        pictures = [change(picture) for picture in film(8, seed=seed, rate=RATE)]
        assert library.search(fingerprint(pictures, crf, Role.QUERY)) == []
