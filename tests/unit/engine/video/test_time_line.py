from collections.abc import Iterator
from fractions import Fraction
from itertools import accumulate, pairwise
from math import ceil

from hypothesis import given
from hypothesis import strategies as st

from shotprint.engine.video.time_line import TimeLine, sample

Shown = list[tuple[Fraction, Fraction, int]]

SCALE = 1000
"""Units per second of all times here."""

gaps = st.one_of(st.integers(0, 3 * SCALE), st.just(0), st.just(SCALE // 25))
times = st.builds(
    lambda first, gaps: list(accumulate(gaps, initial=first)),
    st.integers(0, 3 * SCALE),
    st.lists(gaps, max_size=30),
)
rates = st.sampled_from([Fraction(1, 3), Fraction(1), Fraction(4), Fraction(30000, 1001), Fraction(100)])
durations = st.integers(1, 2 * SCALE)


def seconds(time: int) -> Fraction:
    return Fraction(time, SCALE)


def sampled(times: list[int], rate: Fraction, end: int) -> Shown:
    pictures = ((time, index) for index, time in enumerate(times))
    return list(sample(pictures, SCALE, rate, keep=lambda index: index, end=lambda: end))


@given(times, rates, durations)
def test_samples_cover_the_time_line_without_overlap_or_gap(
    times: list[int], rate: Fraction, last: int
) -> None:
    end = times[-1] + last
    shown = sampled(times, rate, end)
    assert seconds(times[0]) - 1 / rate < shown[0][0] <= seconds(times[0])
    assert shown[-1][1] == seconds(end)
    assert all(start < stop for start, stop, _ in shown)
    assert all(before[1] == after[0] for before, after in pairwise(shown))


@given(times, rates, durations)
def test_every_instant_gets_the_picture_that_is_shown_at_it(
    times: list[int], rate: Fraction, last: int
) -> None:
    end = times[-1] + last
    shown = sampled(times, rate, end)
    instants = [k / rate for k in range(ceil(shown[0][0] * rate), ceil(seconds(end) * rate))]
    for instant in instants:
        here = [index for start, stop, index in shown if start <= instant < stop]
        assert len(here) == 1
        on_screen = [index for index, time in enumerate(times) if seconds(time) <= instant]
        if on_screen:
            assert here == on_screen[-1:]


@given(times, rates, durations, st.data())
def test_pictures_between_the_instants_make_no_difference(
    times: list[int], rate: Fraction, last: int, data: st.DataObject
) -> None:
    """A file with twice the pictures is seen at the same instants, wherever its additional pictures lie."""
    end = times[-1] + last
    before = sampled(times, rate, end)
    unseen = [index for index in range(1, len(times)) if index not in {index for _, _, index in before}]
    dropped = data.draw(st.sets(st.sampled_from(unseen)) if unseen else st.just(set()))
    fewer = [time for index, time in enumerate(times) if index not in dropped]
    after = sampled(fewer, rate, end)
    assert [(start, stop) for start, stop, _ in after] == [(start, stop) for start, stop, _ in before]


def test_only_one_picture_waits_and_only_the_ones_seen_are_kept() -> None:
    alive: set[int] = set()
    most = 0
    kept: list[int] = []

    def pictures() -> Iterator[tuple[int, int]]:
        nonlocal most
        for index in range(1000):
            alive.add(index)
            most = max(most, len(alive))
            yield index * SCALE // 25, index
            alive.discard(index - 1)  # the sampler holds the last one only

    def keep(index: int) -> int:
        assert index in alive
        kept.append(index)
        return index

    shown = list(sample(pictures(), SCALE, Fraction(1), keep=keep, end=lambda: 40 * SCALE))
    assert kept == [index for _, _, index in shown] == list(range(0, 1000, 25))
    assert most == 2


def test_a_gap_of_ten_years_is_one_picture() -> None:
    later = 10 * 365 * 24 * 3600
    shown = sampled([0, later * SCALE], Fraction(4), (later + 1) * SCALE)
    assert shown == [(0, later, 0), (later, later + 1, 1)]


def test_no_pictures_give_nothing() -> None:
    assert sampled([], Fraction(4), 0) == []


def line(zero: int | None = 0, rate: Fraction = Fraction(25)) -> TimeLine:
    return TimeLine(SCALE, zero, rate)


def placed(line: TimeLine, *timestamps: int | None) -> list[int]:
    """Where pictures that say nothing of their duration are placed; milliseconds in and out."""
    return [line.place(timestamp, 0) for timestamp in timestamps]


@given(
    st.lists(st.one_of(st.none(), st.integers(-100_000, 100_000), st.integers(-100, 100)), min_size=1),
    st.one_of(st.none(), st.integers(-5000, 5000)),
)
def test_times_start_at_zero_or_later_and_never_run_backwards(
    timestamps: list[int | None], zero: int | None
) -> None:
    moving = line(zero)
    times = placed(moving, *timestamps)
    assert times[0] >= 0
    assert times == sorted(times)
    assert moving.end > times[-1]


def test_good_timestamps_are_kept_as_they_are() -> None:
    assert placed(line(zero=1000), 1000, 1040, 1500, 9000) == [0, 40, 500, 8000]


def test_without_a_zero_the_first_picture_is_at_zero() -> None:
    assert placed(line(zero=None), 7000, 7040) == [0, 40]


def test_a_missing_timestamp_follows_the_picture_before_it() -> None:
    assert placed(line(), 0, None, 80, None) == [0, 40, 80, 120]


def test_without_any_timestamp_the_frame_rate_tells_the_time() -> None:
    assert placed(line(zero=None, rate=Fraction(10)), None, None, None) == [0, 100, 200]


def test_timestamps_out_of_order_wait_for_the_ones_before_them() -> None:
    assert placed(line(), 0, 80, 40, 120) == [0, 80, 80, 120]


def test_the_next_piece_of_a_joined_file_follows_at_once() -> None:
    assert placed(line(), 0, 5000, 0, 40, 5000) == [0, 5000, 10_000, 10_040, 15_000]


def test_one_stray_timestamp_does_not_move_what_follows() -> None:
    moving = line()
    placed(moving, *range(0, 4000, 40))
    assert placed(moving, 0, 4040) == [4000, 4040]


def test_the_last_picture_ends_after_its_own_duration() -> None:
    moving = line()
    moving.place(0, 40)
    moving.place(1000, 3000)
    assert moving.end == 4000


def test_the_last_picture_without_a_duration_lasts_as_long_as_the_others_on_average() -> None:
    moving = line()
    placed(moving, 0, 1000, 4000)
    assert moving.end == 6000


def test_a_single_picture_without_a_duration_lasts_one_nominal_frame() -> None:
    for rate, expected in ((Fraction(10), 100), (Fraction(0), 40)):
        moving = line(rate=rate)
        placed(moving, 0)
        assert moving.end == expected
