"""Pictures come out upright, with square pixels, small enough, whatever way they are stored."""

import io
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import media
from support.media import Coding, make_video, numbered, numbered_pictures, read_number

from shotprint.engine.types import Frame, MediaInfo
from shotprint.engine.video.decode import open_video
from shotprint.engine.video.picture import fit, shrink

INTERLACED = Coding("mpeg2video", options={"b": "4000000", "flags": "+ildct+ilme"})


def read(data: bytes, *, rate: float = 25, max_side: int = 640) -> tuple[MediaInfo, list[Frame]]:
    with open_video(io.BytesIO(data)) as reader:
        frames = list(reader.frames(rate=rate, max_side=max_side))
        return reader.info, frames


@pytest.mark.parametrize("clockwise", [0, 90, 180, 270])
@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("container", ["mp4", "mov"])
def test_the_rotation_flag_is_obeyed(clockwise: int, mirrored: bool, container: str) -> None:
    """The file stores a turned picture and asks for the turn that makes it upright again."""
    upright = numbered(0b1000_0111_1011, 64, 48)
    stored = np.rot90(upright, clockwise // 90)  # counter-clockwise
    if mirrored:
        # A player turns first and mirrors the upright picture then.
        stored = np.rot90(upright[:, ::-1], clockwise // 90)
    data = make_video(
        [np.ascontiguousarray(stored)] * 3, container=container, turned=clockwise, mirrored=mirrored
    )
    info, frames = read(data)
    assert frames[0].image.shape == (48, 64)
    assert read_number(frames[0].image) == 0b1000_0111_1011
    assert (info.width, info.height) == (64, 48)
    if not mirrored:
        assert info.rotation == clockwise


@pytest.mark.parametrize(
    ("sample_aspect", "shown", "picture"),
    [
        (Fraction(2), (128, 48), (24, 64)),
        (Fraction(1, 2), (32, 48), (48, 32)),
        (Fraction(16, 11), (93, 48), (33, 64)),
        (Fraction(8, 9), (57, 48), (48, 57)),
    ],
)
@pytest.mark.parametrize("container", ["mp4", "matroska", "mpegts"])
def test_anamorphic_pixels_become_square_and_no_axis_is_enlarged(
    sample_aspect: Fraction, shown: tuple[int, int], picture: tuple[int, int], container: str
) -> None:
    data = make_video(numbered_pictures(10), container=container, sample_aspect=sample_aspect)
    info, frames = read(data)
    assert (info.width, info.height) == shown
    assert frames[0].image.shape == picture
    assert [read_number(frame.image) for frame in frames] == list(range(10))


def test_anamorphic_and_turned_at_once() -> None:
    stored = np.ascontiguousarray(np.rot90(numbered(1234, 64, 48)))
    info, frames = read(make_video([stored] * 2, turned=90, sample_aspect=Fraction(2)))
    assert (info.width, info.height) == (64, 96)
    assert frames[0].image.shape == (48, 32)
    assert read_number(frames[0].image) == 1234


@pytest.mark.parametrize(("width", "height"), [(65, 47), (127, 33), (33, 127), (641, 5), (18, 360)])
def test_odd_sizes_are_read_whole(width: int, height: int) -> None:
    pictures = [numbered(number, width, height) for number in (1365, 2730)]
    info, frames = read(make_video(pictures, container="matroska", coding=Coding("ffv1", "yuv420p")))
    assert (info.width, info.height) == (width, height)
    assert frames[0].image.shape == ((height, width) if width < 641 else (5, 640))
    assert [read_number(frame.image) for frame in frames] == [1365, 2730]


@pytest.mark.parametrize(
    ("size", "max_side", "expected"),
    [((320, 240), 160, (160, 120)), ((240, 320), 160, (120, 160)), ((320, 240), 100, (100, 75)),
     ((320, 240), 320, (320, 240)), ((320, 240), 4096, (320, 240)), ((320, 240), 1, (1, 1))],
)  # fmt: skip
def test_the_longer_side_is_at_most_max_side(
    size: tuple[int, int], max_side: int, expected: tuple[int, int]
) -> None:
    _, frames = read(make_video([numbered(77, *size)] * 2), max_side=max_side)
    assert frames[0].image.shape == expected[::-1]
    if max_side > 50:
        assert read_number(frames[0].image) == 77


def test_pictures_are_contiguous_bytes() -> None:
    _, frames = read(make_video(numbered_pictures(3), turned=90), max_side=50)
    assert all(f.image.dtype == np.uint8 and f.image.flags.c_contiguous for f in frames)


@pytest.mark.parametrize("container", ["mpegts", "h264"])
def test_the_size_may_change_in_mid_stream(container: str) -> None:
    pieces = [
        make_video(
            (numbered(number, width, height) for number in range(first, first + 50)), container=container
        )
        for first, width, height in ((0, 64, 48), (50, 320, 240), (100, 48, 96))
    ]
    info, frames = read(b"".join(pieces), rate=5, max_side=160)
    shapes = [frame.image.shape for frame in frames]
    assert list(dict.fromkeys(shapes)) == [(48, 64), (120, 160), (96, 48)]
    numbers = [read_number(frame.image) for frame in frames]
    assert numbers == sorted(numbers)
    assert (info.width, info.height) == (64, 48)
    assert info.frames_decoded == 150


@pytest.mark.parametrize("container", ["vob", "mxf", "mpegts"])
def test_interlaced_pictures_are_read(container: str) -> None:
    _, frames = read(make_video(numbered_pictures(10, 96, 64), container=container, coding=INTERLACED))
    assert [read_number(frame.image) for frame in frames] == list(range(10))


@pytest.mark.parametrize(
    ("container", "coding"),
    [("mov", Coding("qtrle", "argb")), ("mov", Coding("png", "rgba")),
     ("matroska", Coding("ffv1", "yuva420p")), ("mov", Coding("prores_ks", "yuva444p10le")),
     ("apng", Coding("apng", "rgba"))],
)  # fmt: skip
def test_black_shows_through_where_a_picture_is_transparent(container: str, coding: Coding) -> None:
    picture = np.full((48, 64, 4), 255, np.uint8)
    picture[:, :16, 3] = 0
    picture[:, 16:32, 3] = 128
    _, frames = read(make_video([picture] * 2, container=container, coding=coding))
    levels = frames[0].image[:, [4, 24, 56]].mean(axis=0)
    assert levels == pytest.approx([0, 128, 255], abs=3)


def test_a_palette_with_a_transparent_colour_is_read() -> None:
    picture = np.full((48, 64, 4), 255, np.uint8)
    picture[:, :32] = 0
    _, frames = read(make_video([picture] * 2, container="gif", coding=Coding("gif", "rgb8")))
    assert frames[0].image[24, [8, 56]] == pytest.approx([0, 255], abs=4)


def test_pictures_stored_from_the_bottom_up_stand_upright() -> None:
    for pixels in ("bgr24", "yuv420p", "gray"):
        data = make_video(
            numbered_pictures(3, first=1365), container="avi", coding=Coding("rawvideo", pixels)
        )
        assert [read_number(frame.image) for frame in read(data)[1]] == [1365, 1366, 1367]


sides = st.integers(1, 5000)


@given(sides, sides, st.fractions(Fraction(1, 20), 20, max_denominator=50), st.integers(1, 4000))
def test_fit_keeps_the_shape_and_enlarges_nothing(
    width: int, height: int, sample_aspect: Fraction, max_side: int
) -> None:
    wide, high = fit(width, height, sample_aspect, max_side)
    assert 1 <= wide <= min(width, max_side)
    assert 1 <= high <= min(height, max_side)
    aspect = sample_aspect * width / height
    assert (high - 1) * aspect <= wide + 1
    assert wide - 1 <= (high + 1) * aspect


@given(st.integers(1, 300), st.integers(1, 300), st.data())
def test_shrinking_keeps_a_flat_picture_flat(width: int, height: int, data: st.DataObject) -> None:
    size = data.draw(st.integers(1, width)), data.draw(st.integers(1, height))
    for kind, level in ((np.uint8, 201), (np.uint16, 40123)):
        small = shrink(np.full((height, width), level, kind), size)
        assert small.shape == size[::-1]
        assert small.dtype == kind
        assert np.abs(small.astype(int) - level).max() <= level // 10000


def test_shrinking_averages_fine_detail_away() -> None:
    chequered = np.indices((480, 640)).sum(axis=0).astype(np.uint8) % 2 * 255
    for size in ((320, 240), (160, 120), (213, 160), (91, 67)):
        assert np.abs(shrink(chequered, size).astype(int) - 127).max() <= 16, size


def test_media_helper_spells_every_number() -> None:
    assert all(read_number(numbered(n, 40, 30)[..., 0]) == n for n in range(0, media.NUMBERS, 7))
