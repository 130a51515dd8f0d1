"""Films made by code: shots of textured things that move over a textured ground that pans, with cuts between.

A film is a function of its seed and the time, so that any part of it can be shown again, at any speed and
size, and parts of films of different seeds have nothing in common.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from shotprint.engine.types import Fingerprint, Frame, Role
from shotprint.engine.video.describe_frames import FrameDescriber
from shotprint.engine.video.presets import VIDEO_2, VideoPreset

Picture = NDArray[np.uint8]
"""BGR, shape (height, width, 3)."""
Edit = Callable[[Picture], Picture]


@dataclass(frozen=True)
class _Thing:
    texture: Picture
    place: NDArray[np.float64]
    motion: NDArray[np.float64]


@dataclass(frozen=True)
class _Shot:
    begin: float
    ground: Picture
    pan: NDArray[np.float64]
    things: tuple[_Thing, ...]


def shot_cuts(seed: int, seconds: float) -> list[float]:
    """When the shots of a film begin, up to the first one at or after `seconds`."""
    rng = np.random.default_rng([seed, 0])
    cuts = [0.0]
    while cuts[-1] < seconds:
        cuts.append(cuts[-1] + 1.5 + 2 * rng.random())
    return cuts


def film(
    seconds: float,
    *,
    seed: int,
    start: float = 0,
    speed: float = 1,
    rate: float = 10,
    size: tuple[int, int] = (640, 360),
) -> Iterator[Picture]:
    """What a film shows at start + k * speed / rate, for `seconds` of output; `size` is (width, height)."""
    for k in range(round(seconds * rate)):
        yield picture_at(start + k * speed / rate, seed=seed, size=size)


def picture_at(time: float, *, seed: int, size: tuple[int, int] = (640, 360)) -> Picture:
    """The picture of a film at a time in seconds."""
    cuts = shot_cuts(seed, time + 1e-9)
    number = int(np.searchsorted(cuts, time, side="right")) - 1
    shot = _shot(seed, number, cuts[number], size)
    width, height = size
    x, y = ((0.5 + shot.pan * (time - shot.begin)) * (width, height)).astype(int) % (width, height)
    out = shot.ground[y : y + height, x : x + width].copy()
    for thing in shot.things:
        _paste(out, thing.texture, (thing.place + thing.motion * (time - shot.begin)) * (width, height))
    return out


def take(
    seconds: float,
    *,
    number: int,
    start: float = 0,
    speed: float = 1,
    rate: float = 4,
    rest: tuple[float, float] = (0, 0),
    size: tuple[int, int] = (320, 180),
) -> Iterator[Picture]:
    """A fixed camera's view of one studio. Each take, by its number, has the same ground and the same disc, which goes
    another way; from `rest` seconds to `rest` seconds the disc is at the same place in all of them."""
    ground, disc = _studio(size)
    rng = np.random.default_rng([number, 99])
    swing, phase = rng.uniform(0.9, 2.2, 2), rng.uniform(0, 6.28, 2)
    for k in range(round(seconds * rate)):
        time = start + k * speed / rate
        place = 0.5 + 0.2 * np.sin(swing * time + phase) + 0.18 * np.sin(1.7 * swing[::-1] * time + 2 * phase)
        if rest[0] <= time < rest[1]:
            place = np.array([0.3, 0.6])
        out = ground.copy()
        _paste(out, disc, place * size)
        yield out


@lru_cache(maxsize=2)
def _studio(size: tuple[int, int]) -> tuple[Picture, Picture]:
    rng = np.random.default_rng(99)
    return _texture(rng, *size, (6, 14, 40)), _texture(rng, size[0] // 4, size[0] // 4, (3, 7))


@lru_cache(maxsize=16)
def _shot(seed: int, number: int, begin: float, size: tuple[int, int]) -> _Shot:
    rng = np.random.default_rng([seed, 1 + number])
    width, height = size
    things = tuple(
        _Thing(
            _texture(rng, round(width * share), round(width * share), (3, 7)),
            rng.random(2),
            (rng.random(2) - 0.5) * 0.3,
        )
        for share in 0.08 + 0.2 * rng.random(7)
    )
    ground = _texture(rng, 2 * width, 2 * height, (6, 14, 40, 110))
    return _Shot(begin, ground, (rng.random(2) - 0.5) * 0.12, things)


def _texture(rng: np.random.Generator, width: int, height: int, cells: tuple[int, ...]) -> Picture:
    """Coloured noise: one layer for each number of cells across, the finer the weaker, on a level of its own."""
    total = np.zeros((height, width, 3), np.float32) + 90 * rng.random(3) - 45
    for layer, count in enumerate(cells):
        noise = rng.random((max(2, count * height // width), count, 3)).astype(np.float32) - 0.5
        total += 150 / (layer + 1) * cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.clip(total + 128, 0, 255), np.uint8)


def _paste(out: Picture, texture: Picture, place: NDArray[np.float64]) -> None:
    """Put a disc of texture where `place` (x, y) says, as far as it is in the picture."""
    height, width = out.shape[:2]
    side = texture.shape[0]
    left, top = int(place[0]) - side // 2, int(place[1]) - side // 2
    x0, y0, x1, y1 = max(0, left), max(0, top), min(width, left + side), min(height, top + side)
    if x0 >= x1 or y0 >= y1:
        return
    rows, columns = np.ogrid[y0 - top : y1 - top, x0 - left : x1 - left]
    disc = (rows - side / 2) ** 2 + (columns - side / 2) ** 2 <= side * side / 4
    np.copyto(out[y0:y1, x0:x1], texture[y0 - top : y1 - top, x0 - left : x1 - left], where=disc[..., None])


def fitted(image: Picture, size: tuple[int, int]) -> Picture:
    """A picture scaled to (width, height), without regard to its shape."""
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def described(
    pictures: Iterable[Picture],
    *,
    rate: float = 4,
    role: Role = Role.REFERENCE,
    preset: VideoPreset = VIDEO_2,
) -> Fingerprint:
    """The fingerprint of BGR pictures shown for 1 / rate seconds each, without a file between."""
    describer = FrameDescriber(preset, role)
    number = 0
    for number, image in enumerate(pictures, 1):
        gray = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)
        describer.feed(Frame((number - 1) / rate, number / rate, gray))
    return describer.finish(number / rate)
