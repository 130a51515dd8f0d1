"""The plan of the accuracy benchmark: its truth, and that it never changes by itself."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from random import Random
from typing import Any

import pytest

from benchmarks.accuracy.edits import EDITS, Size
from benchmarks.accuracy.judge import judge
from benchmarks.accuracy.measure import Searched
from benchmarks.accuracy.method import Found, Report
from benchmarks.accuracy.plan import SIZES, Split, plan_split
from benchmarks.accuracy.pool import Clip
from benchmarks.accuracy.recipe import Layer, Part, Query, Recipe, Reference, Stretch, Truth
from benchmarks.accuracy.render import command, file_name
from benchmarks.accuracy.score import Box


def clip(name: str, use: str, duration: float, **more: Any) -> Clip:
    made = Clip(
        name,
        Path(f"/clips/{name}.mp4"),
        name,
        "test",
        use,
        "camera",
        name,
        name,
        name,
        0.0,
        640,
        360,
        duration,
    )
    return dataclasses.replace(made, **more)


POOL = [
    *(clip(f"film-{n}", "library", 8.0 + n) for n in range(8)),
    clip("long", "library", 20.0, recording="long"),
    clip("long-cut", "library", 12.0, recording="long", offset=6.0),
    clip("long-logo", "source", 20.0, recording="long"),
    *(clip(f"other-{n}", "foreign", 6.0) for n in range(4)),
    clip("take-1", "library", 5.0, scene="studio", series="studio"),
    clip("take-2", "foreign", 5.0, scene="studio", series="studio"),
    clip("opening", "intro", 4.0),
]


@pytest.fixture(scope="module")
def split() -> Split:
    return plan_split("test", POOL, "full")


def test_the_same_clips_give_the_same_queries(split: Split) -> None:
    assert plan_split("test", POOL, "full") == split
    assert len(split.queries) == SIZES["full"]


def test_truth_lies_within_query_and_reference_and_has_the_speed_of_the_edit(split: Split) -> None:
    durations = {reference.key: reference.duration for reference in split.references}
    speeds = {edit.name: edit.speed for edit in EDITS}
    for query in split.queries:
        for true in query.truth:
            assert 0 <= true.query_start < true.query_end <= query.duration + 1e-6
            assert -1e-6 <= true.reference_start < true.reference_end <= durations[true.reference] + 1e-6
            speed = (true.reference_end - true.reference_start) / (true.query_end - true.query_start)
            assert speed == pytest.approx(speeds.get(true.edit, 1.0))


def test_every_file_that_has_the_copied_seconds_is_truth(split: Split) -> None:
    both = [
        {true.reference: true for true in query.truth if true.edit == "another version"}
        for query in split.queries
    ]
    pairs = [found for found in both if set(found) == {"long", "long-cut"}]
    assert pairs
    for found in pairs:
        long, cut = found["long"], found["long-cut"]
        # The cut begins at second 6 of the recording.
        at = max(long.query_start, cut.query_start)
        in_long = long.reference_start + at - long.query_start
        in_cut = cut.reference_start + at - cut.query_start
        assert in_long - in_cut == pytest.approx(6.0)


def test_at_least_three_in_ten_queries_copy_nothing(split: Split) -> None:
    assert sum(not query.truth for query in split.queries) >= 0.3 * len(split.queries)


def test_foreign_material_is_in_no_library(split: Split) -> None:
    library = {entry.recording for entry in split.references}
    for query in split.queries:
        for stretch in query.stretches:
            assert stretch.origin == "copy" or stretch.clip not in library


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.name)
def test_an_edit_leaves_no_name_open(edit: object) -> None:
    assert isinstance(edit, type(EDITS[0]))
    drawn = edit.draw(Size(640, 360), Random(1))
    assert "{" not in drawn.filters
    assert "%s" not in drawn.filters
    assert drawn.filters.count("[in]") == 1
    assert ("[other]" in drawn.filters) == bool(edit.other)
    assert drawn.filters.count("[out]") == 1
    assert drawn.size.width % 2 == drawn.size.height % 2 == 0


def recipe(folder: str, filters: str = "[in]hflip[a#];[a#]null[out]") -> Recipe:
    part = Part((Layer(f"{folder}/a.mp4", "digest", 2.0),), 50, 1.25, 640, 360, filters, "copy")
    return Recipe((part, part), 640, 360, 25, 26)


def test_the_name_of_a_built_file_depends_on_what_is_in_it_and_not_on_where_the_clips_are() -> None:
    assert file_name(recipe("/here")) == file_name(recipe("/there"))
    assert file_name(recipe("/here")) != file_name(recipe("/here", "[in]vflip[out]"))


def test_labels_of_two_parts_do_not_clash() -> None:
    graph = command(recipe("/here"))
    filters = graph[graph.index("-filter_complex") + 1]
    assert "#" not in filters
    assert "[p0l0]hflip[an0];[an0]null[e0]" in filters
    assert "[p1l0]hflip[an1];[an1]null[e1]" in filters
    assert "setpts=(PTS-2.000000/TB)/1.25" in filters


def judged_split() -> tuple[Split, Query]:
    """One query: 4 s of the intro, 10 s of a film, 5 s of another take of a library's scene."""
    stretches = (
        Stretch(0, 4, "intro", "opening", "opening", "opening"),
        Stretch(4, 14, "copy", "film", "film", "film"),
        Stretch(14, 19, "same scene", "take-2", "studio", "studio"),
    )
    truth = (Truth("film", 4, 14, 20, 30, "grey", "light", 1, "camera"),)
    intro = (Truth("film", 0, 4, 0, 4, "none", "intro", 0, "camera"),)
    query = Query("q", dataclasses.replace(recipe("/here"), rate=2), truth, stretches, intro)
    references = (
        Reference("film", "film", -4.0, 40.0, "film", "film", "camera"),
        Reference("take-1", "take-1", 0.0, 5.0, "studio", "studio", "studio"),
        Reference("stranger", "stranger", 0.0, 9.0, "stranger", "stranger", "camera"),
    )
    return Split("test", references, (query,)), query


def test_false_matches_are_named_after_what_was_mistaken_and_the_intro_counts_neither_way() -> None:
    split, _ = judged_split()
    reports = [
        Report("film", Box(4, 14, 20, 30, 0.9)),
        Report("film", Box(0, 4, 0, 4, 0.8)),
        Report("film", Box(5, 12, 34, 40, 0.7)),
        Report("take-1", Box(14, 18, 0, 4, 0.6)),
        Report("stranger", Box(6, 9, 0, 3, 0.5)),
    ]
    judged = judge(split, {"q": Searched(Found(reports, reports), 1.0, 1.0)}, 1.0)
    assert judged.intros == 1
    assert judged.found == 1
    assert [false.kind for false in judged.false] == [
        "right reference, wrong seconds",
        "same scene, another recording",
        "copied stretch, unrelated reference",
    ]


def test_what_lies_below_the_threshold_is_told_from_what_was_never_seen() -> None:
    split, _ = judged_split()
    weak = [Report("film", Box(4, 14, 20, 30, 0.1))]
    assert judge(split, {"q": Searched(Found([], weak), 1.0, 1.0)}, 1.0).copies[0].anyhow
    assert not judge(split, {"q": Searched(Found([], []), 1.0, 1.0)}, 1.0).copies[0].anyhow
