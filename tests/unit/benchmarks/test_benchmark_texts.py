"""The scores of the benchmark of texts, against cases worked out by hand, and what its plan promises."""

from __future__ import annotations

import math
from random import Random

import pytest
from support.texts import words

from benchmarks.text.corpus import Text, Work
from benchmarks.text.edits import edit_words, noise
from benchmarks.text.plan import LEVELS, plan
from benchmarks.text.score import Pair, score
from shotprint.engine.text.fold import fold

CASE = Pair((100, 200), (0, 100), "a")


def test_an_exact_report_is_perfect() -> None:
    result = score({"q": [CASE]}, {"q": [CASE]})
    assert (result.precision, result.recall, result.granularity, result.plagdet) == (1, 1, 1, 1)


def test_half_a_report_has_half_the_recall() -> None:
    result = score({"q": [CASE]}, {"q": [Pair((100, 150), (0, 50), "a")]})
    assert (result.precision, result.recall) == (1, 0.5)
    assert result.plagdet == pytest.approx(2 / 3)


def test_a_report_that_is_too_long_on_one_side_loses_precision() -> None:
    result = score({"q": [CASE]}, {"q": [Pair((100, 300), (0, 100), "a")]})
    assert (result.precision, result.recall) == (pytest.approx(200 / 300), 1)


def test_two_reports_of_one_case_cost_by_granularity() -> None:
    halves = [Pair((100, 150), (0, 50), "a"), Pair((150, 200), (50, 100), "a")]
    result = score({"q": [CASE]}, {"q": halves})
    assert (result.precision, result.recall, result.granularity) == (1, 1, 2)
    assert result.plagdet == pytest.approx(1 / math.log2(3))


@pytest.mark.parametrize(
    "report",
    [Pair((100, 200), (0, 100), "b"), Pair((0, 100), (0, 100), "a"), Pair((100, 200), (500, 600), "a")],
)
def test_the_wrong_text_or_place_on_either_side_counts_nothing(report: Pair) -> None:
    result = score({"q": [CASE]}, {"q": [report]})
    assert (result.precision, result.recall, result.plagdet) == (0, 0, 0)


def test_what_overlaps_counts_once() -> None:
    reports = [Pair((100, 180), (0, 80), "a"), Pair((120, 200), (20, 100), "a")]
    assert score({"q": [CASE]}, {"q": reports}).recall == 1


def test_queries_without_cases_lower_precision_alone() -> None:
    result = score({"q": [CASE], "other": []}, {"q": [CASE], "other": [Pair((0, 10), (0, 10), "a")]})
    assert (result.precision, result.recall) == (0.5, 1)


def made_texts() -> list[Text]:
    texts = []
    for use in ("library", "host", "other"):
        for number in range(5):
            paragraphs = tuple(words(1000 * len(use) + 10 * number + part, 60) for part in range(9))
            texts.append(Text(f"{use}.{number}", Work("tuning", use, "en", "p", "x"), paragraphs))
    return texts


def test_the_same_plan_is_made_again_and_its_cases_are_where_they_say() -> None:
    texts = made_texts()
    made = plan("tuning", texts, 3)
    assert made == plan("tuning", texts, 3)
    assert {query.level for query in made.queries} == {*LEVELS, "other"}
    library = {text.name: text.text for text in made.library}
    for query in made.queries:
        assert bool(query.cases) == (query.level != "other")
        for case in query.cases:
            original = library[case.text][slice(*case.reference)]
            copied = query.text[slice(*case.query)]
            assert original.strip()
            if query.level == "quotes":
                assert copied == original


def test_edits_change_about_as_many_words_as_they_say() -> None:
    text = " ".join(f"word{number}" for number in range(2000))
    edited = edit_words(text, 0.3, ["foreign"], Random(1)).split()
    kept = len(set(edited) & set(text.split()))
    assert 0.75 < kept / 2000 < 0.9
    assert edit_words(text, 0.0, ["foreign"], Random(1)) == text
    chinese = "天地玄黄宇宙洪荒" * 50
    assert " " not in edit_words(chinese, 0.3, ["外"], Random(1))


@pytest.mark.parametrize("seed", range(20))
def test_noise_changes_the_text_and_not_its_letters(seed: int) -> None:
    for text in (
        "The train, as it was, left: before dawn; nobody saw it go." * 3,
        "这个软件包的维护者，应当检查依赖关系。" * 4,
    ):
        noisy = noise(text, Random(seed))
        one, other = fold(text), fold(noisy)
        assert one.text(0, len(one)) == other.text(0, len(other))
