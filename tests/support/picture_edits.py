"""What people do to a copied clip, one function an edit: BGR picture in, BGR picture out."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Edit = Callable[[Picture], Picture]


def same(image: Picture) -> Picture:
    return image


def small(image: Picture) -> Picture:
    height, width = image.shape[:2]
    scale = 240 / min(height, width)
    return cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


def grey(image: Picture) -> Picture:
    return cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)


def bright(image: Picture) -> Picture:
    return cv2.convertScaleAbs(image, alpha=1.15, beta=35)


def dark(image: Picture) -> Picture:
    return cv2.convertScaleAbs(image, alpha=0.6, beta=0)


def letterbox(image: Picture) -> Picture:
    height, width = image.shape[:2]
    bar = int(height * 0.17) if width >= height else 0
    side = int(width * 0.25) if width < height else 0
    return cv2.copyMakeBorder(image, bar, bar, side, side, cv2.BORDER_CONSTANT, value=(0, 0, 0))


def crop(share: float, left: float = 0.5, top: float = 0.5) -> Edit:
    def edit(image: Picture) -> Picture:
        height, width = image.shape[:2]
        y, x = int(height * (1 - share) * top), int(width * (1 - share) * left)
        return image[y : y + int(height * share), x : x + int(width * share)]

    return edit


def caption(image: Picture) -> Picture:
    height, width = image.shape[:2]
    out = image.copy()
    out[int(height * 0.82) :] = 0
    size = width / 640
    cv2.putText(
        out, "WHAT A MOMENT THIS IS", (int(width * 0.05), int(height * 0.93)), cv2.FONT_HERSHEY_DUPLEX, size * 1.3,
        (255, 255, 255), max(1, round(2 * size)), cv2.LINE_AA,
    )  # fmt: skip
    return out


def logo(image: Picture) -> Picture:
    height, width = image.shape[:2]
    out = image.copy()
    cv2.circle(
        out,
        (int(width * 0.82), int(height * 0.16)),
        int(min(width, height) * 0.11),
        (40, 40, 220),
        -1,
        cv2.LINE_AA,
    )
    cv2.putText(
        out, "TV5", (int(width * 0.76), int(height * 0.18)), cv2.FONT_HERSHEY_DUPLEX, width / 640,
        (255, 255, 255), max(1, width // 320), cv2.LINE_AA,
    )  # fmt: skip
    return out


def mirror(image: Picture) -> Picture:
    return cv2.flip(image, 1)


def flip(image: Picture) -> Picture:
    return cv2.flip(image, 0)


def rotate(degrees: float) -> Edit:
    def edit(image: Picture) -> Picture:
        height, width = image.shape[:2]
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1.0)
        return cv2.warpAffine(image, turn, (width, height))

    return edit


def inset(share: float) -> Edit:
    """Picture in picture over a drawn background."""

    def edit(image: Picture) -> Picture:
        height, width = image.shape[:2]
        rows, columns = np.mgrid[0:height, 0:width]
        back = np.stack([rows % 97 * 2, columns % 131, (rows + columns) % 71 * 3], axis=2).astype(np.uint8)
        part = cv2.resize(image, (int(width * share), int(height * share)), interpolation=cv2.INTER_AREA)
        y, x = int(height * 0.1), int(width * (0.9 - share))
        back[y : y + part.shape[0], x : x + part.shape[1]] = part
        return back

    return edit


def blur(image: Picture) -> Picture:
    return cv2.GaussianBlur(image, (0, 0), max(image.shape) / 200)


def stretch(image: Picture) -> Picture:
    height, width = image.shape[:2]
    return cv2.resize(image, (int(width * 1.33), height))


EDITS: dict[str, tuple[Edit, float, int]] = {
    # name: picture edit, speed, CRF
    "re-encode": (same, 1.0, 34),
    "240p": (small, 1.0, 28),
    "grey": (grey, 1.0, 26),
    "brightness": (bright, 1.0, 26),
    "letterbox": (letterbox, 1.0, 26),
    "crop 80 %": (crop(0.8), 1.0, 26),
    "caption": (caption, 1.0, 26),
    "logo": (logo, 1.0, 26),
    "mirror": (mirror, 1.0, 26),
    "speed 1.25": (same, 1.25, 26),
    "dark": (dark, 1.0, 26),
    "crop 60 % corner": (crop(0.6, 1.0, 0.0), 1.0, 26),
    "flip": (flip, 1.0, 26),
    "rotate 5": (rotate(5), 1.0, 26),
    "inset 60 %": (inset(0.6), 1.0, 26),
    "inset 40 %": (inset(0.4), 1.0, 26),
    "blur": (blur, 1.0, 26),
    "stretch": (stretch, 1.0, 26),
    "speed 0.8": (same, 0.8, 26),
    "mirror, crop 80 %, caption": (lambda image: caption(crop(0.8)(mirror(image))), 1.0, 30),
}
