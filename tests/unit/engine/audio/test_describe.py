"""Samples → fingerprint: the same however they come, and the same for both roles."""

from __future__ import annotations

import io
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.sounds import RATE, noise, print_of, sound_file, tune

from shotprint import errors
from shotprint.engine import codec
from shotprint.engine.audio.anchors import Anchors
from shotprint.engine.audio.describe import SoundDescriber, as_reference
from shotprint.engine.audio.fingerprint import fingerprint_sound
from shotprint.engine.audio.patches import margins
from shotprint.engine.audio.presets import AUDIO_1, Bit
from shotprint.engine.audio.prints import AudioPrint, in_decibels, quantise
from shotprint.engine.audio.spectrogram import Spectrogram
from shotprint.engine.types import Role


@settings(deadline=None, max_examples=8)
@given(st.lists(st.integers(1, 40_000), min_size=1, max_size=6), st.integers(0, 60_000))
def test_a_print_does_not_depend_on_blocks(blocks: list[int], length: int) -> None:
    sound = tune(1, 10)[:length]
    describer = SoundDescriber(AUDIO_1, Role.QUERY)
    begin = 0
    while begin < len(sound):
        for block in blocks:
            describer.feed(sound[begin : begin + block])
            begin += block
    assert codec.encode(describer.finish(length / RATE)) == codec.encode(print_of(sound, Role.QUERY))


@pytest.mark.parametrize("seconds", [0.0, 0.01, 0.5, 1.0, 2.0, 2.9, 3.1, 4.0, 7.3])
def test_a_querys_print_thinned_is_the_references(seconds: float) -> None:
    sound = tune(2, seconds)
    query, reference = print_of(sound, Role.QUERY), print_of(sound)
    assert codec.encode(as_reference(query)) == codec.encode(reference)
    assert AudioPrint.of(query).role is Role.QUERY  # their arrays fit together at any length
    AudioPrint.of(reference)


def test_silence_and_a_steady_tone_have_nothing_to_look_up() -> None:
    assert not len(AudioPrint.of(print_of(np.zeros(20 * RATE, np.float32))).anchor_frame)
    tone = (0.3 * np.sin(2 * np.pi * 440 * np.arange(20 * RATE) / RATE)).astype(np.float32)
    frames = AudioPrint.of(print_of(tone)).anchor_frame * AUDIO_1.frame_s
    assert not ((frames > 1) & (frames < 19)).any()  # where it begins and ends it is not steady


def test_a_print_takes_less_than_a_megabyte_an_hour() -> None:
    size = len(codec.encode(print_of(tune(3, 60))))
    assert size * 60 < 1e6


def test_loudness_and_pitch_leave_descriptors_alone() -> None:
    plain, quiet, high = (
        AudioPrint.of(print_of(sound))
        for sound in (tune(4, 20), 0.05 * tune(4, 20), tune(4, 20, pitch=2 ** (4 / 24)))
    )
    assert _alike(plain, quiet, 0) > 0.7
    assert _alike(plain, high, 4) > 0.4
    assert _alike(plain, AudioPrint.of(print_of(tune(5, 20))), 0) < 0.02


def _alike(left: AudioPrint, right: AudioPrint, bands: int) -> float:
    """Share of the anchors that are there again, so many bands higher, with a like descriptor."""
    found = 0
    for frame, band, words in zip(
        left.anchor_frame.astype(int), left.anchor_band, left.descriptor, strict=True
    ):
        near = (np.abs(right.anchor_frame.astype(int) - frame) <= 2) & (
            np.abs(right.anchor_band.astype(int) - int(band) - bands) <= 1
        )
        apart = np.bitwise_count(right.descriptor[near] ^ words).sum(axis=1)
        found += bool((apart <= 12).any())
    return found / len(left.anchor_frame)


@pytest.mark.parametrize("tempo", AUDIO_1.tempos)
def test_a_query_described_at_a_tempo_is_like_the_original(tempo: float) -> None:
    plain, fast = (_levels(tune(6, 12 / factor, tempo=factor)) for factor in (1.0, tempo))
    hop = AUDIO_1.frame_s
    at = np.arange(200, 560, 7)
    band = np.full(len(at), 60)
    left = margins(plain, Anchors(at, band), AUDIO_1)
    right = margins(fast, Anchors(np.round(at / tempo).astype(int), band), AUDIO_1, tempo)
    assert hop * 560 < 12 / max(tempo, 1)
    assert np.mean((left > 0) == (right > 0)) > 0.85


def _levels(sound: np.ndarray) -> np.ndarray:
    made = Spectrogram(AUDIO_1)
    return np.concatenate([*made.feed(sound), made.finish()])


def test_levels_are_kept_to_a_quarter_of_a_decibel() -> None:
    levels = np.linspace(-60, 67, 1000, dtype=np.float32)[None]
    assert np.abs(in_decibels(quantise(levels)) - levels).max() <= 0.26


def test_a_sine_is_loudest_in_its_band() -> None:
    for band in (10, 40, 80, 110):
        hertz = AUDIO_1.lowest_hz * 2 ** (band / AUDIO_1.bands_an_octave)
        levels = _levels((0.5 * np.sin(2 * np.pi * hertz * np.arange(RATE) / RATE)).astype(np.float32))
        assert abs(int(np.argmax(levels[30])) - band) <= 1


def test_every_bit_of_a_descriptor_is_another_coefficient() -> None:
    assert len({(bit.time, bit.pitch) for bit in AUDIO_1.bits}) == len(AUDIO_1.bits) == 64
    assert Bit(0, 0, 0, 1) not in AUDIO_1.bits


def test_fingerprinting_a_file_says_what_it_is() -> None:
    data = sound_file(tune(1, 6, rate=44100), container="ogg", codec="libopus", rate=48000)
    made, info = fingerprint_sound(io.BytesIO(data), role=Role.QUERY)
    assert (info.codec, info.has_audio) == ("opus", True)
    assert made.duration == info.duration == pytest.approx(6, abs=1)
    AudioPrint.of(made)


def test_a_preset_that_is_not_known_is_refused_before_the_file_is_read() -> None:
    with pytest.raises(errors.InvalidValue, match="audio-1"):
        fingerprint_sound("/nowhere", preset="audio-0")


@pytest.mark.slow
def test_memory_grows_with_the_print_alone() -> None:
    def peak(minutes: int) -> int:
        block = noise(1, 60)
        tracemalloc.start()
        describer = SoundDescriber(AUDIO_1, Role.REFERENCE)
        for _ in range(minutes):
            describer.feed(block)
        describer.finish(60.0 * minutes)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    short, long = peak(2), peak(12)
    assert long - short < 10 * 60 * 250  # bytes of print, and no more
