"""Pictures → fingerprint: streaming, the same every time, and one reading for query and reference."""

from __future__ import annotations

import io
from collections.abc import Iterable

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.media import H264, make_video, moving_pictures
from support.scenes import picture_at

from shotprint.engine.codec import encode
from shotprint.engine.index.neighbours import hamming
from shotprint.engine.pipeline import fingerprint_file
from shotprint.engine.types import Fingerprint, Frame, Gray, Role
from shotprint.engine.video.decode import open_video
from shotprint.engine.video.describe_frames import FrameDescriber, as_reference
from shotprint.engine.video.presets import PRESETS
from shotprint.engine.video.presets import VIDEO_2 as PRESET
from shotprint.engine.video.prints import VideoPrint

STEP = 1 / PRESET.grid_rate


def describe(frames: Iterable[Frame], role: Role = Role.REFERENCE) -> Fingerprint:
    describer = FrameDescriber(PRESET, role)
    end = 0.0
    for frame in frames:
        describer.feed(frame)
        end = frame.end
    return describer.finish(end)


def gray(time: float, size: tuple[int, int] = (160, 90), seed: int = 1) -> Gray:
    shown = cv2.cvtColor(picture_at(time, seed=seed, size=(330, 190)), cv2.COLOR_BGR2GRAY)
    return np.asarray(cv2.resize(shown, size, interpolation=cv2.INTER_AREA), np.uint8)


SIZES = [(1, 1), (2, 90), (40, 30), (100, 80), (160, 90), (90, 200), (330, 190)]
KINDS = ["moving", "still", "flat", "noise"]


@st.composite
def clips(draw: st.DrawFn) -> list[Frame]:
    """Frames as the decoder gives them: they begin on the grid and follow one another; the last ends anywhere."""
    size = draw(st.sampled_from(SIZES))
    parts = draw(st.lists(st.tuples(st.sampled_from(KINDS), st.integers(1, 9)), min_size=1, max_size=5))
    step = draw(st.integers(0, 3))
    frames: list[Frame] = []
    for kind, count in parts:
        for _ in range(count):
            length = draw(st.sampled_from([1, 1, 1, 2, 5])) if kind != "flat" else 3
            shown = step * STEP if kind == "moving" else 2.0 + count
            image = gray(shown, size)
            if kind == "flat":
                image = np.full_like(image, 16)
            if kind == "noise":
                image = np.random.default_rng(step).integers(0, 256, image.shape, dtype=np.uint8)
            frames.append(Frame(step * STEP, (step + length) * STEP, image))
            step += length
    last = frames[-1]
    end = last.end - draw(st.sampled_from([0, STEP / 3]))
    return [*frames[:-1], Frame(last.start, end, last.image)]


@settings(deadline=None, max_examples=20)
@given(clips())
def test_a_query_thinned_is_the_reference_byte_for_byte(frames: list[Frame]) -> None:
    query, reference = describe(frames, Role.QUERY), describe(frames)
    assert encode(as_reference(query)) == encode(reference)
    assert as_reference(reference) is reference


@settings(deadline=None, max_examples=10)
@given(clips(), st.sampled_from(Role))
def test_prints_keep_their_promises(frames: list[Frame], role: Role) -> None:
    made = VideoPrint.of(describe(frames, role))
    assert made.start[0] == frames[0].start
    assert made.end[-1] == np.float32(frames[-1].end)
    assert (made.end[:-1] == made.start[1:]).all()
    step = (PRESET.query_key_step if role is Role.QUERY else PRESET.reference_key_step) * STEP
    instants = np.arange(0, np.ceil(frames[-1].end / step)) * step
    instants = instants[instants >= frames[0].start]
    shown = np.searchsorted(made.start, instants, side="right") - 1
    assert made.key_run.tolist() == np.unique(shown).tolist()


@settings(deadline=None, max_examples=10)
@given(clips(), st.sampled_from(Role))
def test_a_picture_shown_in_pieces_is_the_same_as_in_one(frames: list[Frame], role: Role) -> None:
    pieces = [
        Frame(start * STEP, min((start + 1) * STEP, frame.end), frame.image.copy())
        for frame in frames
        for start in range(round(frame.start / STEP), int(np.ceil(frame.end / STEP)))
    ]
    assert encode(describe(pieces, role)) == encode(describe(frames, role))


def test_frames_may_come_one_by_one_from_anywhere() -> None:
    frames = [Frame(i * STEP, (i + 1) * STEP, gray(i * STEP)) for i in range(16)]
    at_once = describe(frames)
    assert encode(describe(frame for frame in frames)) == encode(at_once)
    assert encode(describe(Frame(f.start, f.end, np.asfortranarray(f.image)) for f in frames)) == encode(
        at_once
    )


def test_a_day_of_a_still_picture_is_one_run() -> None:
    image = gray(1)
    made = describe([Frame(hour * 3600.0, (hour + 1) * 3600.0, image) for hour in range(24)])
    assert (made.arrays["start"].tolist(), made.arrays["end"].tolist()) == ([0], [86400])
    assert len(made.arrays["key_run"]) == 1


@pytest.mark.parametrize("role", Role)
def test_a_still_stretch_in_a_coded_film_is_few_runs_with_its_start_and_end(role: Role) -> None:
    film = [*moving_pictures(3, rate=10, seed=1)]
    film += [film[-1]] * 100
    film += [*moving_pictures(3, rate=10, seed=2)]
    made = VideoPrint.of(fingerprint_file(io.BytesIO(make_video(film, rate=10, coding=H264)), role=role)[0])
    length = made.end - made.start
    longest = int(np.argmax(length))
    assert abs(made.start[longest] - 3) <= 2 * STEP
    assert abs(made.end[longest] - 13) <= 2 * STEP
    assert ((made.start < 12) & (made.end > 4)).sum() <= 3


def test_a_slow_change_does_not_pass_for_still() -> None:
    """Each picture hardly differs from the one before; the first and the last have nothing in common."""
    first, last = gray(0.5, seed=1).astype(float), gray(0.5, seed=2).astype(float)
    frames = [
        Frame(i * STEP, (i + 1) * STEP, (first + (last - first) * i / 200).astype(np.uint8))
        for i in range(201)
    ]
    assert len(describe(frames).arrays["start"]) > 5


@pytest.mark.parametrize("level", [0, 16, 255])
def test_flat_pictures_have_no_quality_and_no_points(level: int) -> None:
    for role in Role:
        made = describe([Frame(0, 5, np.full((90, 160), level, np.uint8))], role)
        assert made.arrays["quality"].tolist() == [0]
        assert len(made.arrays["descriptor"]) == 0
        VideoPrint.of(made)


def test_no_pictures_give_an_empty_print() -> None:
    for role in Role:
        made = VideoPrint.of(describe([], role))
        assert (len(made.start), made.key_count, len(made.descriptor)) == (0, 0, 0)
        assert made.point_start.tolist() == [0]


def test_a_query_sees_its_pictures_mirrored_as_well() -> None:
    frames = [Frame(i / 2, (i + 1) / 2, gray(i / 2, (330, 190))) for i in range(6)]
    mirrored = [Frame(f.start, f.end, np.ascontiguousarray(f.image[:, ::-1])) for f in frames]
    plain, other = (VideoPrint.of(describe(each, Role.QUERY)) for each in (frames, mirrored))
    for key in range(plain.key_count):
        ours = slice(*plain.point_start[2 * key + 1 : 2 * key + 3])
        theirs = slice(*other.point_start[2 * key : 2 * key + 2])
        apart = hamming(plain.descriptor[ours], other.descriptor[theirs])
        assert (apart.min(axis=1) <= 4).mean() > 0.9


def test_each_key_frame_is_handed_on_with_its_time() -> None:
    handed: list[tuple[float, Gray]] = []
    describer = FrameDescriber(
        PRESET, Role.REFERENCE, key_frames=lambda time, image: handed.append((time, image))
    )
    frames = [Frame(i * STEP, (i + 1) * STEP, gray(i * STEP)) for i in range(17)]
    for frame in frames:
        describer.feed(frame)
    made = VideoPrint.of(describer.finish(frames[-1].end))
    assert [time for time, _ in handed] == made.key_start().tolist()
    for time, image in handed:
        assert image is frames[round(time / STEP)].image


REAL = {
    "moving": lambda: make_video(moving_pictures(4, rate=12), rate=12),
    "one frame": lambda: make_video(moving_pictures(0.04)),
    "two frames": lambda: make_video(moving_pictures(0.08)),
    "tiny": lambda: make_video(moving_pictures(2, 16, 16, rate=10), rate=10),
    "slides": lambda: make_video(moving_pictures(0.16), times=[0, 0.3, 4.1, 7.7], rate=25),
    "late": lambda: make_video(moving_pictures(0.12), times=[0.6, 0.7, 0.9], rate=25, container="matroska"),
}


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("name", REAL)
def test_one_reading_of_a_file_serves_search_and_storing(name: str, preset: str) -> None:
    data = REAL[name]()
    query, _ = fingerprint_file(io.BytesIO(data), role=Role.QUERY, preset=preset)
    reference, info = fingerprint_file(io.BytesIO(data), preset=preset)
    assert encode(as_reference(query)) == encode(reference)
    assert reference.duration == info.duration
    assert VideoPrint.of(reference).key_count > 0


@pytest.mark.parametrize("role", Role)
def test_neither_decoder_threads_nor_opencv_threads_change_a_print(role: Role) -> None:
    data = make_video(moving_pictures(3, 320, 240, rate=10), rate=10)
    before, prints = cv2.getNumThreads(), set()
    try:
        for threads in (1, 3):
            cv2.setNumThreads(threads)
            with open_video(io.BytesIO(data), threads=threads) as reader:
                frames = reader.frames(rate=PRESET.grid_rate, max_side=PRESET.picture_side)
                prints.add(encode(describe(frames, role)))
    finally:
        cv2.setNumThreads(before)
    assert len(prints) == 1
