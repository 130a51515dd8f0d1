"""The audio index: what is found, where, at which tempo and pitch; what is not; and how it is kept."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from support.sounds import RATE, noise, print_of, tune

from shotprint.engine.audio.audio_index import AudioIndex
from shotprint.engine.audio.lines import ExactFinder
from shotprint.engine.index import segmented_index
from shotprint.engine.types import Match, Role, Segment
from shotprint.errors import Cancelled, InternalError, InvalidValue, NotFound

SECONDS = 40.0
SEEDS = range(5)
PRINTS = {f"tune {seed}": print_of(tune(seed, SECONDS)) for seed in SEEDS}


def library(index: AudioIndex | None = None) -> AudioIndex:
    index = AudioIndex() if index is None else index
    for key, made in PRINTS.items():
        index.add(key, made)
    return index


@pytest.fixture(scope="module")
def index() -> AudioIndex:
    return library()


def search(index: AudioIndex, sound: np.ndarray) -> list[Match]:
    return index.search(print_of(sound, Role.QUERY), threads=1)


def only(matches: list[Match], key: str) -> Segment:
    assert [match.reference for match in matches] == [key]
    assert len(matches[0].segments) == 1
    return matches[0].segments[0]


def test_a_part_is_found_where_it_is(index: AudioIndex) -> None:
    found = only(search(index, tune(2, 8, start=13.0)), "tune 2")
    assert (found.query_start, found.query_end) == pytest.approx((0, 8), abs=0.3)
    assert (found.reference_start, found.reference_end) == pytest.approx((13, 21), abs=0.3)
    assert (found.speed, found.pitch) == pytest.approx((1, 1), abs=0.01)
    assert found.kind == "audio"
    assert found.similarity > 0.8


@pytest.mark.parametrize(
    ("tempo", "pitch"),
    [
        (0.8, 0.8),
        (1.2, 1.2),
        (0.8, 1.0),
        (1.25, 1.0),
        (1.0, 0.8),
        (1.0, 1.2),
        (1.1, 0.9),
        (0.9, 1.15),
        (1.05, 1.05),
    ],
)
def test_tempo_and_pitch_are_told(index: AudioIndex, tempo: float, pitch: float) -> None:
    found = only(search(index, tune(1, 10, start=9.0, tempo=tempo, pitch=pitch)), "tune 1")
    assert (found.speed, found.pitch) == pytest.approx((tempo, pitch), rel=0.015)
    assert (found.query_start, found.query_end) == pytest.approx((0, 10), abs=0.5)
    assert (found.reference_start, found.reference_end) == pytest.approx((9, 9 + 10 * tempo), abs=0.5)


def test_a_copy_under_noise_and_beside_foreign_sound(index: AudioIndex) -> None:
    sound = np.concatenate([tune(77, 5), tune(3, 8, start=20.0), tune(78, 5)])
    found = only(search(index, sound + noise(1, 18, 0.02)), "tune 3")
    assert (found.query_start, found.query_end) == pytest.approx((5, 13), abs=0.4)
    assert (found.reference_start, found.reference_end) == pytest.approx((20, 28), abs=0.4)


def test_several_sources_one_after_the_other_and_at_once(index: AudioIndex) -> None:
    row = search(index, np.concatenate([tune(0, 6, start=5), tune(4, 6, start=25), tune(1, 6, start=11)]))
    starts = {match.reference: match.segments[0].query_start for match in row}
    assert starts == pytest.approx({"tune 0": 0, "tune 4": 6, "tune 1": 12}, abs=0.4)
    both = search(index, tune(0, 12, start=5) + tune(4, 12, start=20))
    assert {match.reference for match in both} == {"tune 0", "tune 4"}


def test_a_loop_is_found_each_time(index: AudioIndex) -> None:
    match = search(index, np.concatenate([tune(2, 5, start=10)] * 3))[0]
    assert [one.query_start for one in match.segments] == pytest.approx([0, 5, 10], abs=0.4)
    assert [one.reference_start for one in match.segments] == pytest.approx([10, 10, 10], abs=0.4)


def test_a_query_longer_than_a_part_gives_one_segment(index: AudioIndex) -> None:
    long = print_of(tune(9, 100))
    index = AudioIndex()
    index.add("long", long)
    found = only(search(index, tune(9, 80, start=10, tempo=1.05)), "long")
    assert (found.query_start, found.query_end) == pytest.approx((0, 80), abs=0.4)
    assert found.speed == pytest.approx(1.05, abs=0.002)


def test_what_is_foreign_is_not_found(index: AudioIndex) -> None:
    assert [search(index, tune(seed, 12)) for seed in range(200, 208)] == [[]] * 8


@pytest.mark.parametrize("kind", ["silence", "tone", "other tone", "noise", "other noise", "clicks"])
def test_sounds_that_tell_nothing_match_nothing_else(kind: str) -> None:
    time = np.arange(30 * RATE) / RATE
    sounds = {
        "silence": np.zeros(len(time), np.float32),
        "tone": (0.3 * np.sin(2 * np.pi * 440 * time)).astype(np.float32),
        "other tone": (0.2 * np.sin(2 * np.pi * 523 * time + 1)).astype(np.float32),
        "noise": noise(1, 30),
        "other noise": noise(2, 30),
        "clicks": (np.arange(len(time)) % 4000 == 0).astype(np.float32),
    }
    index = library()
    for name, sound in sounds.items():
        if name != kind:
            index.add(name, print_of(sound))
    assert search(index, sounds[kind][: 15 * RATE]) == []


def test_too_short_and_too_weak_segments_are_left_out(index: AudioIndex) -> None:
    asked = print_of(tune(2, 8, start=13.0), Role.QUERY)
    assert index.search(asked, min_length_s=20) == []
    assert index.search(asked, min_similarity=1.0) == []


def test_threads_do_not_change_what_is_found(index: AudioIndex) -> None:
    asked = print_of(np.concatenate([tune(0, 6, start=5), tune(4, 6, start=25)]), Role.QUERY)
    assert index.search(asked, threads=1) == index.search(asked, threads=3)


def test_the_table_finds_what_comparing_everything_finds() -> None:
    table, exact = library(), library(AudioIndex(finder=ExactFinder))
    for tempo, pitch in ((1.0, 1.0), (1.2, 1.0), (0.9, 1.1)):
        sound = tune(1, 10, start=9.0, tempo=tempo, pitch=pitch) + noise(3, 10, 0.02)
        quick, slow = (only(search(index, sound), "tune 1") for index in (table, exact))
        assert quick.reference_start == pytest.approx(slow.reference_start, abs=0.1)
        assert quick.query_end == pytest.approx(slow.query_end, abs=0.2)
        assert quick.similarity == pytest.approx(slow.similarity, abs=0.03)


def test_prints_come_and_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segmented_index, "FRESH_FILES", 2)
    index = library(AudioIndex.open(tmp_path))
    asked = tune(2, 6, start=10)
    index.save(7)
    again = AudioIndex.open(tmp_path)
    assert (again.checkpoint, len(again), set(again.keys())) == (7, len(SEEDS), set(PRINTS))
    assert search(again, asked) == search(index, asked) != []
    again.remove("tune 2")
    assert search(again, asked) == []
    with pytest.raises(NotFound):
        again.remove("tune 2")
    again.save(8)
    again.add("tune 2", PRINTS["tune 3"])
    assert search(again, asked) == []
    assert {match.reference for match in search(again, tune(3, 6, start=10))} == {"tune 2", "tune 3"}
    again.add("tune 2", PRINTS["tune 2"])
    again.save(9)
    assert search(AudioIndex.open(tmp_path), asked) == search(index, asked)


def test_a_querys_print_can_be_put_in() -> None:
    one, other = AudioIndex(), AudioIndex()
    one.add("a", print_of(tune(1, 20)))
    other.add("a", print_of(tune(1, 20), Role.QUERY))
    assert search(one, tune(1, 6, start=3)) == search(other, tune(1, 6, start=3)) != []


def test_what_does_not_go_together_is_refused(index: AudioIndex, tmp_path: Path) -> None:
    with pytest.raises(InvalidValue, match="query"):
        index.search(PRINTS["tune 1"])
    with pytest.raises(InvalidValue, match="audio-1"):
        AudioIndex.open(preset="audio-0")
    with pytest.raises(Cancelled):
        index.search(print_of(tune(1, 3), Role.QUERY), cancel=lambda: True)
    (tmp_path / "manifest.json").write_text(
        json.dumps({"format": 1, "preset": "video-2", "segments": {}, "checkpoint": 1})
    )
    with pytest.raises(InternalError):
        AudioIndex.open(tmp_path)


def test_a_damaged_segment_is_told(tmp_path: Path) -> None:
    index = library(AudioIndex.open(tmp_path))
    index.save(1)
    segment = next(tmp_path.glob("segment-*"))
    for name in ("look.npy", "signature.npy", "anchor_frame.npy"):
        kept = (segment / name).read_bytes()
        for damaged in (b"", kept[:90], kept[: len(kept) // 2]):
            (segment / name).write_bytes(damaged)
            with pytest.raises(InternalError):
                AudioIndex.open(tmp_path)
        (segment / name).write_bytes(kept)
    AudioIndex.open(tmp_path)


def test_empty_sounds_are_kept_and_searched_with() -> None:
    index = AudioIndex()
    index.add("nothing", print_of(np.zeros(0, np.float32)))
    index.add("a moment", print_of(tune(1, 0.1)))
    told: list[float] = []
    assert index.search(print_of(np.zeros(0, np.float32), Role.QUERY), progress=told.append) == []
    assert told == [1.0]
    assert search(index, tune(1, 3)) == []
