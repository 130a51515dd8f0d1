"""Reading sound: of any kind, in its own time, and whatever is wrong with it."""

from __future__ import annotations

import io
import wave
from pathlib import Path

import av
import numpy as np
import pytest
from support.media import make_video, moving_pictures
from support.sounds import sound_file, tune

from shotprint import errors
from shotprint.engine.audio.decode import MAX_SILENCE_S, SoundReader, open_sound

RATE = 8000


def samples_of(data: bytes, rate: int = RATE) -> np.ndarray:
    with open_sound(io.BytesIO(data), rate=rate) as reader:
        return np.concatenate([np.zeros(0, np.float32), *reader.blocks()])


def loudest_hertz(samples: np.ndarray) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum) * RATE / len(samples))


def sine(hertz: float, seconds: float, rate: int) -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 44100, 48000, 96000, 192000])
def test_any_rate_becomes_the_one_wanted(rate: int) -> None:
    heard = samples_of(sound_file(sine(440, 2, rate), rate=rate))
    assert len(heard) == pytest.approx(2 * RATE, abs=20)
    assert loudest_hertz(heard) == pytest.approx(440, abs=1)


@pytest.mark.parametrize("layout", ["mono", "stereo", "2.1", "quad", "5.1", "7.1"])
def test_any_number_of_channels_becomes_one(layout: str) -> None:
    heard = samples_of(sound_file(sine(440, 1, 48000), container="matroska", rate=48000, layout=layout))
    assert loudest_hertz(heard) == pytest.approx(440, abs=1)


@pytest.mark.parametrize(
    ("container", "codec"),
    [
        ("wav", "pcm_u8"), ("wav", "pcm_f32le"), ("wav", "pcm_mulaw"), ("aiff", "pcm_s16be"), ("flac", "flac"),
        ("mp3", "libmp3lame"), ("adts", "aac"), ("mp4", "aac"), ("ogg", "flac"), ("ogg", "libopus"),
        ("matroska", "ac3"), ("mpegts", "mp2"), ("asf", "pcm_s16le"), ("caf", "alac"), ("avi", "pcm_s16le"),
        ("au", "pcm_s16be"),
    ],
)  # fmt: skip
def test_codecs_and_containers(container: str, codec: str) -> None:
    heard = samples_of(sound_file(sine(660, 2, 48000), container=container, codec=codec, rate=48000))
    assert len(heard) == pytest.approx(2 * RATE, abs=0.06 * RATE)
    assert loudest_hertz(heard[RATE // 2 : -RATE // 2]) == pytest.approx(660, abs=2)


def test_the_sound_of_a_film_is_read_beside_its_pictures() -> None:
    with open_sound(io.BytesIO(make_video(moving_pictures(20), sound=True)), rate=RATE) as reader:
        assert sum(len(block) for block in reader.blocks()) > 0
        assert reader.info.has_audio
        assert (reader.info.width, reader.info.height) == (0, 0)


def test_sound_that_begins_after_the_pictures_begins_there() -> None:
    film = make_video(moving_pictures(75), container="matroska", sound=True, sound_from=1.5)
    heard = samples_of(film)
    assert np.abs(heard[: round(1.4 * RATE)]).max() == 0
    assert np.abs(heard[round(1.6 * RATE) : 2 * RATE]).max() > 0.01


def test_floats_that_are_no_numbers_are_silence() -> None:
    wild = sine(440, 1, RATE)
    wild[1000:1010] = [np.nan, np.inf, -np.inf, 1e38, -1e38, 5, np.nan, 0, 1, 2]
    heard = samples_of(sound_file(wild, codec="pcm_f32le", rate=RATE))
    assert np.isfinite(heard).all()
    assert np.abs(heard).max() <= 16


def test_a_file_of_few_samples() -> None:
    for count in (1, 2, 100):
        assert len(samples_of(sound_file(np.full(count, 0.5, np.float32), rate=RATE))) <= count + 1


def test_a_file_without_a_sample_is_unreadable() -> None:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
    with pytest.raises(errors.MediaUnreadable):
        samples_of(buffer.getvalue())


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", errors.MediaUnreadable),
        (b"no media at all, only words" * 50, errors.MediaUnreadable),
        (b"#EXTM3U\nhttp://localhost/x.mp3\n", errors.MediaNotSupported),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", errors.MediaNotSupported),
    ],
)
def test_what_is_no_sound_is_refused(data: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        samples_of(data)


def test_a_film_without_sound_is_refused() -> None:
    with pytest.raises(errors.MediaNotSupported, match="no sound"):
        open_sound(io.BytesIO(make_video(moving_pictures(5))), rate=RATE)


@pytest.mark.parametrize("seed", range(12))
def test_damage_costs_what_is_damaged(seed: int) -> None:
    data = bytearray(sound_file(tune(1, 4, rate=44100), container="mp3", codec="libmp3lame"))
    dice = np.random.default_rng(seed)
    for place in dice.integers(0, len(data), 30):
        data[place] = int(dice.integers(256))
    try:
        heard = samples_of(bytes(data))
    except errors.MediaError:
        return
    assert np.isfinite(heard).all()
    assert len(heard) < 60 * RATE


def test_a_file_cut_short_gives_what_is_there() -> None:
    data = sound_file(tune(1, 10, rate=44100), container="mp3", codec="libmp3lame")
    assert len(samples_of(data[: len(data) // 2])) == pytest.approx(5 * RATE, abs=0.2 * RATE)


def test_silence_for_missing_sound_has_an_end() -> None:
    """Timestamps are a stranger's; each could ask for hours."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="matroska") as output:
        stream = output.add_stream("pcm_s16le", rate=RATE, layout="mono")
        for number, second in enumerate((0, 2, 10**6, 10**6 + 1)):
            frame = av.AudioFrame.from_ndarray(
                np.full((1, RATE), 1000 * (number + 1), np.int16), format="s16", layout="mono"
            )
            frame.sample_rate, frame.pts = RATE, second * RATE
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    heard = samples_of(buffer.getvalue())
    assert MAX_SILENCE_S < 10**6
    assert len(heard) == pytest.approx(5 * RATE, abs=50)
    assert np.abs(heard[round(1.2 * RATE) : round(1.8 * RATE)]).max() < 0.001
    assert np.abs(heard[round(3.2 * RATE) : round(3.8 * RATE)]).min() > 0.05


def test_who_asks_to_stop_is_obeyed() -> None:
    data = sound_file(tune(1, 2, rate=44100))
    with open_sound(io.BytesIO(data), rate=RATE) as reader, pytest.raises(errors.Cancelled):
        list(reader.blocks(cancel=lambda: True))


def test_progress_ends_with_all_of_it() -> None:
    told: list[float] = []
    with open_sound(io.BytesIO(sound_file(tune(1, 5, rate=44100))), rate=RATE) as reader:
        list(reader.blocks(progress=told.append))
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_samples_are_read_once_and_while_the_file_is_open() -> None:
    reader = open_sound(io.BytesIO(sound_file(tune(1, 1, rate=44100))), rate=RATE)
    list(reader.blocks())
    with pytest.raises(errors.InternalError):
        next(reader.blocks())
    reader.close()
    other: SoundReader = open_sound(io.BytesIO(sound_file(tune(1, 30, rate=44100))), rate=RATE)
    blocks = other.blocks()
    next(blocks)
    other.close()
    with pytest.raises(errors.InternalError):
        list(blocks)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(errors.MediaNotFound):
        open_sound(tmp_path / "nothing.mp3", rate=RATE)
