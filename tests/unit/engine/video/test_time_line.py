from collections.abc import Iterator
from fractions import Fraction
from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from shotprint.engine.video.time_line import FALLBACK_DURATION, JUMP_BACK, TimeLine, sample

Shown = list[tuple[Fraction, Fraction, int]]

seconds = st.fractions(0, 3, max_denominator=1000)
times = st.builds(
    lambda first, gaps: list(accumulate(gaps, initial=first)),
    seconds,
    st.lists(st.one_of(seconds, st.just(Fraction(0)), st.just(Fraction(1, 25))), max_size=30),
)
rates = st.sampled_from([Fraction(1, 3), Fraction(1), Fraction(4), Fraction(30000, 1001), Fraction(100)])
durations = st.fractions(Fraction(1, 1000), 2, max_denominator=1000)


def sampled(times: list[Fraction], rate: Fraction, end: Fraction) -> Shown:
    pictures = ((time, index) for index, time in enumerate(times))
    return list(sample(pictures, rate, keep=lambda index: index, end=lambda: end))


@given(times, rates, durations)
def test_samples_cover_the_time_line_without_overlap_or_gap(
    times: list[Fraction], rate: Fraction, last: Fraction
) -> None:
    end = times[-1] + last
    shown = sampled(times, rate, end)
    assert shown[0][0] <= times[0]
    assert shown[0][0] > times[0] - 1 / rate
    assert shown[-1][1] == end
    assert all(start < stop for start, stop, _ in shown)
    assert all(before[1] == after[0] for before, after in zip(shown, shown[1:], strict=False))


@given(times, rates, durations)
def test_every_instant_gets_the_picture_that_is_shown_at_it(
    times: list[Fraction], rate: Fraction, last: Fraction
) -> None:
    end = times[-1] + last
    shown = sampled(times, rate, end)
    instants = [k / rate for k in range(-int(-shown[0][0] * rate), -int(-end * rate // 1))]
    for instant in instants:
        here = [index for start, stop, index in shown if start <= instant < stop]
        assert len(here) == 1
        on_screen = [index for index, time in enumerate(times) if time <= instant]
        if on_screen:
            assert here == on_screen[-1:]


@given(times, rates, durations, st.data())
def test_pictures_between_the_instants_make_no_difference(
    times: list[Fraction], rate: Fraction, last: Fraction, data: st.DataObject
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

    def pictures() -> Iterator[tuple[Fraction, int]]:
        nonlocal most
        for index in range(1000):
            alive.add(index)
            most = max(most, len(alive))
            yield Fraction(index, 25), index
            alive.discard(index - 1)  # the sampler holds the last one only

    def keep(index: int) -> int:
        assert index in alive
        kept.append(index)
        return index

    shown = list(sample(pictures(), Fraction(1), keep=keep, end=lambda: Fraction(40)))
    assert kept == [index for _, _, index in shown] == list(range(0, 1000, 25))
    assert most == 2


def test_a_gap_of_ten_years_is_one_picture() -> None:
    later = Fraction(10 * 365 * 24 * 3600)
    assert sampled([Fraction(0), later], Fraction(4), later + 1) == [(0, later, 0), (later, later + 1, 1)]


def test_no_pictures_give_nothing() -> None:
    assert sampled([], Fraction(4), Fraction(0)) == []


def placed(line: TimeLine, *timestamps: float | None) -> list[float]:
    return [
        float(line.place(None if t is None else Fraction(t).limit_denominator(1000), Fraction(0)))
        for t in timestamps
    ]


@given(
    st.lists(st.one_of(st.none(), st.fractions(-100, 100, max_denominator=100)), min_size=1),
    st.one_of(st.none(), st.fractions(-5, 5, max_denominator=10)),
)
def test_times_start_at_zero_or_later_and_never_run_backwards(
    timestamps: list[Fraction | None], zero: Fraction | None
) -> None:
    line = TimeLine(zero, Fraction(25))
    times = [line.place(timestamp, Fraction(0)) for timestamp in timestamps]
    assert times[0] >= 0
    assert times == sorted(times)
    assert line.end > times[-1]


def test_good_timestamps_are_kept_as_they_are() -> None:
    assert placed(TimeLine(Fraction(1), Fraction(25)), 1, 1.04, 1.5, 9) == [0, 0.04, 0.5, 8]


def test_without_a_zero_the_first_picture_is_at_zero() -> None:
    assert placed(TimeLine(None, Fraction(25)), 7, 7.04) == [0, 0.04]


def test_a_missing_timestamp_follows_the_picture_before_it() -> None:
    assert placed(TimeLine(Fraction(0), Fraction(25)), 0, None, 0.08, None) == [0, 0.04, 0.08, 0.12]


def test_without_any_timestamp_the_frame_rate_tells_the_time() -> None:
    assert placed(TimeLine(None, Fraction(10)), None, None, None) == [0, 0.1, 0.2]


def test_timestamps_out_of_order_wait_for_the_ones_before_them() -> None:
    assert placed(TimeLine(Fraction(0), Fraction(25)), 0, 0.08, 0.04, 0.12) == [0, 0.08, 0.08, 0.12]


def test_the_next_piece_of_a_joined_file_follows_at_once() -> None:
    assert placed(TimeLine(Fraction(0), Fraction(25)), 0, 5, 0, 0.04, 5) == [0, 5, 10, 10.04, 15]


def test_one_stray_timestamp_does_not_move_what_follows() -> None:
    line = TimeLine(Fraction(0), Fraction(25))
    for index in range(100):
        line.place(Fraction(index, 25), Fraction(1, 25))
    stray = line.place(Fraction(0), Fraction(1, 25))
    assert stray == 4
    assert line.place(Fraction(101, 25), Fraction(1, 25)) == Fraction(101, 25)
    assert JUMP_BACK < 4


def test_the_last_picture_ends_after_its_own_duration() -> None:
    line = TimeLine(Fraction(0), Fraction(25))
    line.place(Fraction(0), Fraction(1, 25))
    line.place(Fraction(1), Fraction(3))
    assert line.end == 4


def test_the_last_picture_without_a_duration_lasts_as_long_as_the_others_on_average() -> None:
    line = TimeLine(Fraction(0), Fraction(25))
    placed(line, 0, 1, 4)
    assert line.end == 6


def test_a_single_picture_without_a_duration_lasts_one_nominal_frame() -> None:
    for rate, expected in ((Fraction(10), Fraction(1, 10)), (Fraction(0), FALLBACK_DURATION)):
        line = TimeLine(Fraction(0), rate)
        line.place(Fraction(0), Fraction(0))
        assert line.end == expected
