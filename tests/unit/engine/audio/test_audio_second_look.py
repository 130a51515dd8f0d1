"""The second look: means over any area, bits of a reference, and which stretches agree."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.sounds import print_of, tune

from shotprint.engine.audio.follow import best_runs
from shotprint.engine.audio.presets import AUDIO_1
from shotprint.engine.audio.prints import AudioPrint, in_decibels
from shotprint.engine.audio.score import evidence, segment_similarity
from shotprint.engine.audio.second_look import Area, Place, compare, make_looks, signs
from shotprint.engine.types import Role


def test_means_are_those_of_the_cells() -> None:
    levels = np.random.default_rng(1).random((20, 12)).astype(np.float32)
    area = Area(levels)
    whole = area.means(np.array([2.0, 5.0, 9.0]), np.array([1.0, 3.0, 12.0]))
    assert whole == pytest.approx(
        np.array(
            [
                [levels[2:5, 1:3].mean(), levels[2:5, 3:].mean()],
                [levels[5:9, 1:3].mean(), levels[5:9, 3:].mean()],
            ]
        ),
        rel=1e-5,
    )
    part = area.means(np.array([2.25, 2.75]), np.array([4.5, 5.5]))
    assert part[0, 0] == pytest.approx((levels[2, 4] + levels[2, 5]) / 2, rel=1e-5)


def look_at(query: np.ndarray, reference: np.ndarray, place: Place) -> float:
    asked, stored = (AudioPrint.of(print_of(sound, Role.QUERY)) for sound in (query, reference))
    return compare(Area(in_decibels(asked.levels)), signs(stored.look), 0, place, AUDIO_1).share()


def test_a_sound_agrees_with_itself_at_any_tempo_and_pitch() -> None:
    sound = tune(1, 12)
    assert look_at(sound, sound, Place(1.0, 0.0, 0.0)) > 0.95
    for tempo, pitch in ((1.2, 1.0), (0.8, 1.0), (1.0, 1.19), (1.0, 0.84), (1.1, 0.9)):
        place = Place(tempo, 0.0, 24 * np.log2(pitch))
        assert look_at(tune(1, 12 / tempo, tempo=tempo, pitch=pitch), sound, place) > 0.5
        assert look_at(tune(1, 12 / tempo, tempo=tempo, pitch=pitch), sound, Place(1.0, 30.0, 0.0)) < 0.25


def test_other_sounds_do_not_agree() -> None:
    shares = [look_at(tune(seed, 12), tune(seed + 100, 12), Place(1.0, 0.0, 0.0)) for seed in range(6)]
    assert max(np.abs(shares)) < 0.15


def test_nothing_is_sure_of_a_steady_level() -> None:
    flat = np.full((200, AUDIO_1.bands), 10, np.float32)
    seen = compare(Area(flat), signs(make_looks(flat, AUDIO_1, 0, 20)), 1, Place(1.0, 0.0, 0.0), AUDIO_1)
    assert seen.sure.max() == 0
    assert seen.share() == 0


def test_beyond_the_ends_of_the_query_nothing_counts() -> None:
    levels = np.random.default_rng(1).normal(0, 9, (80, AUDIO_1.bands)).astype(np.float32)
    stored = signs(make_looks(levels, AUDIO_1, 0, 9))
    seen = compare(Area(levels), stored, 0, Place(1.0, 40.0, 0.0), AUDIO_1)
    assert (seen.sure[:5] == 0).all()
    assert (seen.sure[6:] > 0).all()


@settings(deadline=None)
@given(st.lists(st.integers(-4, 4), min_size=1, max_size=9), st.integers(0, 3))
def test_runs_are_the_best_there_are(gains: list[int], cost: int) -> None:
    gain = np.array(gains, dtype=float)

    def worth(runs: list[tuple[int, int]]) -> float:
        return sum(gain[a:b].sum() - 2 * cost for a, b in runs)

    edges = range(len(gains) + 1)
    choices = [
        list(zip(chosen[::2], chosen[1::2], strict=True))
        for count in range(0, len(gains) + 2, 2)
        for chosen in combinations(edges, count)
    ]
    found = best_runs(gain, float(cost))
    assert worth(found) == max(worth(choice) for choice in choices)
    assert all(a < b for a, b in found)
    assert found == sorted(found)


def test_similarity_grows_with_agreement_and_with_length() -> None:
    values = [
        segment_similarity(evidence(share * 100, 100, cells))
        for share in (0.1, 0.3, 0.9)
        for cells in (20, 80, 300)
    ]
    by_share = np.array(values).reshape(3, 3)
    assert (np.diff(by_share, axis=0) >= 0).all()
    assert (np.diff(by_share, axis=1) >= 0).all()
    assert 0 <= by_share.min() <= by_share.max() <= 1
    assert segment_similarity(evidence(0, 0, 0)) == 0
