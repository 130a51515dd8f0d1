"""The audio benchmark: what counts as found, as elsewhere, as false; and plans that are the same everywhere."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.audio import edits
from benchmarks.audio.plan import SIZES, Query, plan_queries
from benchmarks.audio.pool import Piece, choose
from benchmarks.audio.render import Truth
from benchmarks.audio.score import Answer, Report, judge, row

QUERY = Query("q", "light", "none", 10.0, False, ())
TRUTH = Truth("a", 3.0, 13.0, 50.0, 62.0, 1.2, 1.0)
WORKS = {"a": "a", "a-fast": "a", "b": "b"}


def judged(*reports: Report, truths: tuple[Truth, ...] = (TRUTH,)):  # type: ignore[no-untyped-def]
    return judge(Answer(QUERY, truths, reports, 0.0), WORKS)


def test_a_report_on_the_line_of_the_truth_is_right() -> None:
    right = Report("a", 3.2, 12.9, 50.3, 61.9, 0.9, 1.2, 1.0)
    one = judged(right)
    assert (one.found, one.elsewhere, one.false) == ([right], [], [])
    assert row([one])[:3] == ("1", "1.000", "0.15 / 0.20")


@pytest.mark.parametrize(
    "report",
    [
        Report("a", 3.0, 13.0, 54.0, 66.0, 0.9),  # four seconds too late
        Report("a", 13.5, 18.0, 62.6, 68.0, 0.9),  # where the query shows something else
        Report("a-fast", 3.0, 13.0, 42.0, 52.0, 0.9),  # another version of the recording
    ],
)
def test_another_place_or_version_of_what_is_copied_is_elsewhere(report: Report) -> None:
    one = judged(report)
    assert (one.found, one.elsewhere, one.false) == ([None], [report], [])


def test_a_piece_that_is_not_copied_is_false() -> None:
    wrong = Report("b", 3.0, 13.0, 50.0, 62.0, 0.9)
    assert judged(wrong).false == [wrong]
    assert judged(wrong, truths=()).false == [wrong]


def pieces() -> list[Piece]:
    return [
        Piece(f"{split}/{kind}/{number}", (Path("x"),), kind, split, "", number % 4 == 0, 120.0)
        for split in ("tuning", "test")
        for kind in ("music", "speech")
        for number in range(12)
    ]


def test_plans_are_the_same_each_time_and_keep_splits_apart() -> None:
    for size in SIZES.values():
        plan = plan_queries(pieces(), "test", size)
        assert plan == plan_queries(pieces(), "test", size)
        assert len({query.id for query in plan}) == len(plan)
        assert all(take.piece.startswith("test/") for query in plan for take in query.takes)
        negatives = [query for query in plan if query.group == "negative"]
        assert len(negatives) == size.negatives
        assert not any(take.copied for query in negatives for take in query.takes)
        assert all(0 <= take.start < take.end <= 120 for query in plan for take in query.takes)


def test_a_choice_of_pieces_has_all_kinds_of_them() -> None:
    some = choose(pieces(), 10)
    assert {(piece.split, piece.kind, piece.foreign) for piece in some} == {
        (split, kind, foreign)
        for split in ("tuning", "test")
        for kind in ("music", "speech")
        for foreign in (True, False)
    }
    assert choose(pieces(), None) == pieces()


def test_what_is_laid_over_is_as_loud_as_it_should_be() -> None:
    dice = np.random.default_rng(1)
    sound, other = (dice.normal(0, level, 44100).astype(np.float32) for level in (0.05, 0.3))
    mixed = edits.laid_over(10, sound, other)
    assert edits.loudness(mixed - sound) / edits.loudness(sound) == pytest.approx(10 ** (-10 / 20), rel=0.01)
    heard = edits.room(0.5, 0.5, 60)(sound, other, dice)
    assert len(heard) == len(sound)
    assert edits.loudness(heard) == pytest.approx(edits.loudness(sound), rel=0.3)
