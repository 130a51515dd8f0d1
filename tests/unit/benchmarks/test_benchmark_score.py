"""The scores of the accuracy benchmark, against cases worked out by hand."""

from __future__ import annotations

import math

import pytest

from benchmarks.accuracy.score import (
    Box,
    Shares,
    false_reports,
    place,
    quantile,
    segment_uap,
    union_length,
    vcsl,
    vcsl_pair,
)

PAIR = ("q", "r")


def test_a_union_counts_what_overlaps_once() -> None:
    assert union_length([(0, 4), (2, 6), (10, 11)]) == 7
    assert union_length([(2, 3), (0, 10)]) == 10
    assert union_length([]) == 0


def test_exact_reports_have_an_average_precision_of_one() -> None:
    truth = {PAIR: [Box(0, 10, 20, 30)], ("q", "s"): [Box(12, 14, 0, 2)]}
    reports = {PAIR: [Box(0, 10, 20, 30, 0.9)], ("q", "s"): [Box(12, 14, 0, 2, 0.4)]}
    assert segment_uap(truth, reports) == pytest.approx(1.0)


def test_a_false_report_before_the_right_one_halves_the_precision() -> None:
    # After both: reported 20 s, true 10 s on both axes, precision sqrt(1/2 * 1/2), recall rises from 0 to 1.
    truth = {PAIR: [Box(0, 10, 0, 10)]}
    wrong = {("q", "s"): [Box(0, 10, 0, 10, 0.9)]}
    assert segment_uap(truth, {PAIR: [Box(0, 10, 0, 10, 0.5)], **wrong}) == pytest.approx(0.5)
    # After it the right one already has its full worth.
    assert segment_uap(truth, {PAIR: [Box(0, 10, 0, 10, 0.95)], **wrong}) == pytest.approx(1.0)
    # With it: one group.
    assert segment_uap(truth, {PAIR: [Box(0, 10, 0, 10, 0.9)], **wrong}) == pytest.approx(0.5)


def test_a_report_too_long_on_one_axis_costs_the_root() -> None:
    # Query: 20 s reported, 10 of them true. Reference: exact. Precision sqrt(1/2), recall 1.
    truth = {PAIR: [Box(0, 10, 0, 10)]}
    assert segment_uap(truth, {PAIR: [Box(0, 20, 0, 10, 1)]}) == pytest.approx(math.sqrt(0.5))


def test_half_a_report_gives_half_the_recall() -> None:
    truth = {PAIR: [Box(0, 10, 0, 10)]}
    assert segment_uap(truth, {PAIR: [Box(0, 5, 0, 5, 1)]}) == pytest.approx(0.5)


def test_the_right_seconds_of_the_query_at_the_wrong_ones_of_the_reference_count_nothing() -> None:
    truth = {PAIR: [Box(0, 10, 0, 10)]}
    assert segment_uap(truth, {PAIR: [Box(0, 10, 50, 60, 1)]}) == 0


def test_a_true_box_of_the_pair_counts_only_once_it_is_touched() -> None:
    # The report lies within both true boxes on the query's axis, but touches only the first.
    truth = {PAIR: [Box(0, 10, 0, 10), Box(0, 10, 50, 60)]}
    # Reported 10 and true 10 on both axes; true in all: query 10 (a union), reference 20.
    assert segment_uap(truth, {PAIR: [Box(0, 10, 0, 10, 1)]}) == pytest.approx(math.sqrt(1 * 0.5))


def test_without_truth_or_reports_there_is_no_precision() -> None:
    assert segment_uap({}, {PAIR: [Box(0, 1, 0, 1, 1)]}) == 0
    assert segment_uap({PAIR: [Box(0, 1, 0, 1)]}, {}) == 0


def test_vcsl_multiplies_the_axes() -> None:
    # Report 0-20 by 0-10 of truth 0-10 by 0-10: precision 1/2 * 1, recall 1 * 1.
    shares = vcsl_pair([Box(0, 10, 0, 10)], [Box(0, 20, 0, 10)])
    assert shares.precision == pytest.approx(0.5, abs=1e-5)
    assert shares.recall == pytest.approx(1.0, abs=1e-5)


def test_vcsl_sums_reports_that_lie_on_each_other() -> None:
    # Two equal reports of half the truth: precision 1; recall 1/2 * 1/2, because the union counts once.
    shares = vcsl_pair([Box(0, 10, 0, 10)], [Box(0, 5, 0, 5), Box(0, 5, 0, 5)])
    assert shares.precision == pytest.approx(1.0, abs=1e-5)
    assert shares.recall == pytest.approx(0.25, abs=1e-5)


def test_vcsl_averages_only_what_has_a_value() -> None:
    assert vcsl_pair([], [Box(0, 1, 0, 1)]) == Shares(0, 1)
    assert vcsl_pair([Box(0, 1, 0, 1)], []) == Shares(1, 0)
    assert vcsl_pair([], []) == Shares(1, 1)
    truth = {PAIR: [Box(0, 10, 0, 10)], ("q", "missed"): [Box(0, 10, 0, 10)]}
    reports = {PAIR: [Box(0, 10, 0, 10, 1)], ("q", "wrong"): [Box(0, 3, 0, 3, 1)], ("q", "nothing"): []}
    shares = vcsl(truth, reports)
    assert shares.precision == pytest.approx(0.5, abs=1e-5)  # of PAIR and "wrong"
    assert shares.recall == pytest.approx(0.5, abs=1e-5)  # of PAIR and "missed"
    assert shares.f1 == pytest.approx(0.5, abs=1e-5)


def test_a_copy_is_found_when_a_report_overlaps_it_on_both_time_lines() -> None:
    true = Box(10, 20, 0, 10)
    assert not place(true, [Box(10, 20, 30, 40)]).found
    assert not place(true, [Box(20, 30, 0, 10)]).found
    found = place(true, [Box(12, 20.5, 2, 10)])
    assert found.found
    # Query: 8 s inside, 10.5 s in all; reference: 8 of 10.
    assert found.overlap == pytest.approx(math.sqrt(8 / 10.5 * 8 / 10))
    assert found.query_errors == pytest.approx((2, 0.5))
    assert found.reference_errors == pytest.approx((2, 0))


def test_two_reports_of_one_copy_are_taken_together_for_the_overlap() -> None:
    found = place(Box(0, 10, 0, 10), [Box(0, 4, 0, 4), Box(6, 10, 6, 10)])
    assert found.overlap == pytest.approx(0.8)


def test_a_report_of_two_neighbouring_copies_is_not_held_against_either() -> None:
    first, second = Box(0, 10, 0, 10), Box(10, 20, 10, 20)
    assert place(first, [Box(0, 20, 0, 20)], [second]).overlap == pytest.approx(1.0)
    assert place(first, [Box(0, 20, 0, 20)]).overlap == pytest.approx(0.5)


def test_a_report_that_touches_no_truth_is_false() -> None:
    right, elsewhere = Box(1, 4, 1, 4), Box(0, 10, 50, 60)
    assert false_reports([Box(0, 10, 0, 10)], [right, elsewhere]) == [elsewhere]
    assert false_reports([], [right]) == [right]


def test_quantiles_are_values_of_the_list() -> None:
    assert quantile([3, 1, 2], 0.5) == 2
    assert quantile(range(1, 101), 0.95) == 95
    assert quantile([5], 0.95) == 5
    assert math.isnan(quantile([], 0.5))
