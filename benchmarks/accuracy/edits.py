"""What people do to a copied clip, as FFmpeg filters with numbers in them.

Every edit is a function of the picture's size and of dice, and gives a `Drawn`: filters that turn ``[in]`` into
``[out]``, and the new size. Composites have a second picture, ``[other]``, of the same size. Sizes are even.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

CLASSES = ("light", "overlay", "geometry", "composite", "speed", "stacked", "real")

WORDS = [
    "WHAT A MOMENT",
    "you will not believe this",
    "PART 2",
    "wait for it",
    "BREAKING",
    "follow for more",
    "live",
]


@dataclass(frozen=True)
class Size:
    width: int
    height: int

    def scaled(self, share: float) -> Size:
        return Size(even(self.width * share), even(self.height * share))


@dataclass(frozen=True)
class Drawn:
    """Filters from ``[in]`` (and ``[other]``) to ``[out]``. `#` in a label is replaced by a number of the part."""

    filters: str
    size: Size


Draw = Callable[[Size, Random], Drawn]


@dataclass(frozen=True)
class Edit:
    """
    Attributes
    ----------
    kind : one of `CLASSES`.
    strength : 1 to 3.
    draw : the filters.
    speed : seconds of the source per second of the query.
    rate : pictures per second of the whole query.
    crf : of the whole query; 0 takes an ordinary one.
    other : what the second picture of a composite is: "any", "foreign" or "" when there is none.
    """

    name: str
    kind: str
    strength: int
    draw: Draw
    speed: float = 1.0
    rate: int = 25
    crf: int = 0
    other: str = ""


def even(value: float) -> int:
    return max(16, round(value / 2) * 2)


def plain(filters: str) -> Draw:
    """A chain that leaves the size alone. ``{w}``, ``{h}`` and ``{s}`` (longer side) may be named."""

    def draw(size: Size, dice: Random) -> Drawn:
        numbers = {"w": size.width, "h": size.height, "s": max(size.width, size.height)}
        return Drawn(f"[in]{filters.format(**numbers, seed=dice.randrange(10**6))}[out]", size)

    return draw


def small(side: int) -> Draw:
    def draw(size: Size, dice: Random) -> Drawn:
        to = size.scaled(side / min(size.width, size.height))
        return Drawn(f"[in]scale={to.width}:{to.height}:flags=area[out]", to)

    return draw


def blur(share: float) -> Draw:
    return lambda size, dice: Drawn(f"[in]gblur=sigma={max(size.width, size.height) * share:.2f}[out]", size)


def pixels(share: float) -> Draw:
    def draw(size: Size, dice: Random) -> Drawn:
        to = size.scaled(share)
        back = f"scale={size.width}:{size.height}:flags=neighbor"
        return Drawn(f"[in]scale={to.width}:{to.height}:flags=area,{back}[out]", size)

    return draw


def text(at: str, share: float, *, box: bool = False) -> str:
    drawn = f"drawtext=text='%s':expansion=none:fontsize={{s}}*{share}:fontcolor=white:borderw=1:x=(w-tw)/2:y={at}"
    return drawn + (":box=1:boxcolor=black@0.7:boxborderw=8" if box else "")


def worded(filters: str) -> Draw:
    """As `plain`, with each ``%s`` replaced by some words."""

    def draw(size: Size, dice: Random) -> Drawn:
        filled = filters
        while "%s" in filled:
            filled = filled.replace("%s", dice.choice(WORDS), 1)
        return plain(filled)(size, dice)

    return draw


def logo(share: float) -> Draw:
    """A coloured box with a word in a corner; `share` is its width in that of the picture."""

    def draw(size: Size, dice: Random) -> Drawn:
        box = Size(even(size.width * share), even(size.height * share * 0.8))
        margin = even(size.width * 0.03)
        x = dice.choice([margin, size.width - box.width - margin])
        y = dice.choice([margin, size.height - box.height - margin])
        colour = dice.choice(["red", "blue", "orange", "purple"])
        shown = f"drawbox=x={x}:y={y}:w={box.width}:h={box.height}:color={colour}:t=fill"
        word = (
            f"drawtext=text='TV5':fontcolor=white:fontsize={box.height * 0.6:.0f}:x={x + box.width * 0.1:.0f}"
        )
        return Drawn(f"[in]{shown},{word}:y={y + box.height * 0.2:.0f}[out]", size)

    return draw


def bar(share: float) -> Draw:
    return worded(
        f"drawbox=y=ih*{1 - share}:h=ih*{share}:color=black:t=fill,"
        + text(f"h*{1 - share * 0.7}", share * 0.22)
    )


def shapes(count: int, share: float) -> Draw:
    """Filled boxes scattered over the picture."""

    def draw(size: Size, dice: Random) -> Drawn:
        boxes = []
        for _ in range(count):
            side = size.scaled(share * dice.uniform(0.6, 1.4))
            x, y = dice.randrange(size.width - side.width), dice.randrange(size.height - side.height)
            colour = dice.choice(["yellow", "cyan", "magenta", "white", "green"])
            boxes.append(f"drawbox=x={x}:y={y}:w={side.width}:h={side.height}:color={colour}:t=fill")
        return Drawn(f"[in]{','.join(boxes)}[out]", size)

    return draw


def crop(share: float, *, centre: bool) -> Draw:
    """Keep `share` of both sides."""

    def draw(size: Size, dice: Random) -> Drawn:
        to = size.scaled(share)
        x, y = (0.5, 0.5) if centre else (dice.choice([0, 1]), dice.choice([0, 1]))
        left, top = round((size.width - to.width) * x), round((size.height - to.height) * y)
        return Drawn(f"[in]crop={to.width}:{to.height}:{left}:{top}[out]", to)

    return draw


def pad(wide: float, high: float, colour: str = "black") -> Draw:
    """Borders: the picture becomes `wide` times as wide and `high` times as high."""

    def draw(size: Size, dice: Random) -> Drawn:
        to = Size(even(size.width * wide), even(size.height * high))
        return Drawn(f"[in]pad={to.width}:{to.height}:-1:-1:color={colour}[out]", to)

    return draw


def stretch(wide: float, high: float) -> Draw:
    def draw(size: Size, dice: Random) -> Drawn:
        to = Size(even(size.width * wide), even(size.height * high))
        return Drawn(f"[in]scale={to.width}:{to.height}[out]", to)

    return draw


def quarter(turns: int) -> Draw:
    filters = ",".join(["transpose=clock"] * turns)

    def draw(size: Size, dice: Random) -> Drawn:
        return Drawn(f"[in]{filters}[out]", Size(size.height, size.width) if turns % 2 else size)

    return draw


def rotate(degrees: float) -> Draw:
    """By an angle, either way, within the old frame: corners are lost and black ones appear."""

    def draw(size: Size, dice: Random) -> Drawn:
        return Drawn(f"[in]rotate={math.radians(degrees) * dice.choice([-1, 1]):.4f}[out]", size)

    return draw


def filmed(tilt: float, extra: str = "") -> Draw:
    """Filmed from a screen at an angle: the picture's corners, moved inwards, on black."""

    def draw(size: Size, dice: Random) -> Drawn:
        w, h = size.width, size.height
        edge = Size(even(w * 1.12), even(h * 1.12))
        at = [
            (x * edge.width + (1 - 2 * x) * dice.uniform(0.02, tilt) * w,
             y * edge.height + (1 - 2 * y) * dice.uniform(0.02, tilt) * h)
            for x, y in ((0, 0), (1, 0), (0, 1), (1, 1))
        ]  # fmt: skip
        corners = ":".join(f"x{i}={x:.1f}:y{i}={y:.1f}" for i, (x, y) in enumerate(at))
        padded = f"pad={edge.width}:{edge.height}:-1:-1,perspective={corners}:sense=destination"
        return Drawn(f"[in]{padded}{extra}[out]", edge)

    return draw


def shake(share: float) -> Draw:
    def draw(size: Size, dice: Random) -> Drawn:
        to = size.scaled(1 - share)
        x = f"(in_w-out_w)/2*(1+sin(n*{dice.uniform(0.2, 0.6):.3f}))"
        y = f"(in_h-out_h)/2*(1+cos(n*{dice.uniform(0.2, 0.6):.3f}))"
        return Drawn(f"[in]crop={to.width}:{to.height}:'{x}':'{y}'[out]", to)

    return draw


def upright(size: Size, dice: Random) -> Drawn:
    """9:16, the picture in the middle of its own blurred enlargement."""
    to = Size(360, 640)
    fitted = size.scaled(min(to.width / size.width, to.height / size.height))
    filled = size.scaled(max(to.width / size.width, to.height / size.height) * 1.01)
    back = f"[a#]scale={filled.width}:{filled.height},crop={to.width}:{to.height},gblur=sigma=14[b#]"
    front = f"[c#]scale={fitted.width}:{fitted.height}[d#]"
    return Drawn(f"[in]split[a#][c#];{back};{front};[b#][d#]overlay=(W-w)/2:(H-h)/2[out]", to)


def meme(size: Size, dice: Random) -> Drawn:
    """White, with words above."""
    top = even(size.height * 0.3)
    to = Size(even(size.width * 1.08), even(size.height * 1.08) + top)
    word = dice.choice(WORDS)
    label = f"drawtext=text='{word}':fontsize={to.width / 16:.0f}:x=(w-tw)/2:y={top * 0.4:.0f}"
    padded = f"pad={to.width}:{to.height}:(ow-iw)/2:{top}:color=white"
    return Drawn(f"[in]{padded},{label}[out]", to)


def screenshot(size: Size, dice: Random) -> Drawn:
    """Inside the drawn page of a video site."""
    to = Size(even(size.width * 1.5), even(size.height * 1.5))
    page = f"pad={to.width}:{to.height}:{even(size.width * 0.06)}:{even(size.height * 0.12)}:color=0xf4f4f4"
    head = f"drawbox=w=iw:h={even(size.height * 0.09)}:color=0xcc2222:t=fill"
    rows = [
        f"drawbox=x={size.width * 1.1:.0f}:y={size.height * (0.15 + 0.28 * row):.0f}:w={size.width * 0.34:.0f}"
        f":h={size.height * 0.2:.0f}:color={colour}:t=fill"
        for row, colour in enumerate(["0x7799aa", "0xaa9977", "0x555577", "0x99bb88"])
    ]
    title = f"drawtext=text='{dice.choice(WORDS)}':fontsize={size.width / 18:.0f}:x={size.width * 0.06:.0f}"
    return Drawn(f"[in]{page},{head},{','.join(rows)},{title}:y={size.height * 1.2:.0f}[out]", to)


def inset(share: float) -> Draw:
    """The copy small upon the other picture."""

    def draw(size: Size, dice: Random) -> Drawn:
        part = size.scaled(share)
        x = round((size.width - part.width) * dice.uniform(0.03, 0.97))
        y = round((size.height - part.height) * dice.uniform(0.03, 0.97))
        return Drawn(f"[in]scale={part.width}:{part.height}[a#];[other][a#]overlay={x}:{y}[out]", size)

    return draw


def reaction(share: float) -> Draw:
    """The other picture small upon the copy, in a corner."""

    def draw(size: Size, dice: Random) -> Drawn:
        part = size.scaled(share)
        x = dice.choice([0, size.width - part.width])
        y = dice.choice([0, size.height - part.height])
        return Drawn(f"[other]scale={part.width}:{part.height}[a#];[in][a#]overlay={x}:{y}[out]", size)

    return draw


def beside(size: Size, dice: Random) -> Drawn:
    order = dice.choice(["[in][other]", "[other][in]"])
    return Drawn(f"{order}hstack[out]", Size(size.width * 2, size.height))


def above(size: Size, dice: Random) -> Drawn:
    order = dice.choice(["[in][other]", "[other][in]"])
    return Drawn(f"{order}vstack[out]", Size(size.width, size.height * 2))


def collage(size: Size, dice: Random) -> Drawn:
    """Two by two: the copy, the other, the other mirrored, and a test picture."""
    w, h = size.width, size.height
    tiles = ["[in]", "[m#]", "[n#]", "[t#]"]
    dice.shuffle(tiles)
    made = f"[other]split[m#][o#];[o#]hflip[n#];testsrc2=s={w}x{h}:r=25[t#]"
    places = "0_0|w0_0|0_h0|w0_h0"
    return Drawn(f"{made};{''.join(tiles)}xstack=4:shortest=1:layout={places}[out]", Size(w * 2, h * 2))


def blend(share: float) -> Draw:
    """The other picture shines through."""
    mixed = f"[in][other]blend=all_mode=normal:all_opacity={1 - share}[out]"
    return lambda size, dice: Drawn(mixed, size)


def stacked(*draws: Draw) -> Draw:
    """One after the other."""

    def draw(size: Size, dice: Random) -> Drawn:
        filters = []
        for number, step in enumerate(draws):
            drawn = step(size, dice)
            size = drawn.size
            first = "[in]" if number == 0 else f"[s{number}#]"
            last = "[out]" if number == len(draws) - 1 else f"[s{number + 1}#]"
            own = drawn.filters.replace("#", f"{number}x#")
            filters.append(own.replace("[in]", first).replace("[out]", last))
        return Drawn(";".join(filters), size)

    return draw


SAME = plain("null")
GREY, MIRROR, FLIP = plain("hue=s=0"), plain("hflip"), plain("vflip")
SEPIA = plain("colorchannelmixer=.393:.769:.189:0:.349:.686:.168:0:.272:.534:.131")
FLASHES = plain("drawbox=color=black:t=fill:enable='lt(mod(t,1.6),0.24)'")
DOTS = plain("drawgrid=w={s}/24:h={s}/24:t={s}/110:color=white@0.8")

EDITS = [
    Edit("re-encode", "light", 1, SAME, crf=34),
    Edit("re-encode, very strong", "light", 3, SAME, crf=44),
    Edit("240p", "light", 1, small(240), crf=30),
    Edit("144p", "light", 3, small(144), crf=32),
    Edit("grey", "light", 1, GREY),
    Edit("sepia", "light", 1, SEPIA),
    Edit("hue", "light", 2, plain("hue=h=70:s=1.4")),
    Edit("bright", "light", 2, plain("eq=brightness=0.18:contrast=1.1")),
    Edit("dark", "light", 2, plain("eq=brightness=-0.2:contrast=0.8")),
    Edit("gamma", "light", 2, plain("eq=gamma=2.0")),
    Edit("gamma and contrast", "light", 3, plain("eq=gamma=0.45:contrast=1.5")),
    Edit("blur", "light", 1, blur(0.003)),
    Edit("strong blur", "light", 2, blur(0.006)),
    Edit("very strong blur", "light", 3, blur(0.011)),
    Edit("noise", "light", 1, plain("noise=alls=20:allf=t:all_seed={seed}")),
    Edit("strong noise", "light", 3, plain("noise=alls=60:allf=t:all_seed={seed}")),
    Edit("pixels", "light", 2, pixels(0.2)),
    Edit("large pixels", "light", 3, pixels(0.11)),
    Edit("small logo", "overlay", 1, logo(0.12)),
    Edit("logo", "overlay", 2, logo(0.25)),
    Edit("large logo", "overlay", 3, logo(0.4)),
    Edit("caption 12 %", "overlay", 1, bar(0.12)),
    Edit("caption 20 %", "overlay", 2, bar(0.20)),
    Edit("caption 35 %", "overlay", 3, bar(0.35)),
    Edit("words", "overlay", 1, worded(text("h*0.8", 0.05, box=True))),
    Edit("many words", "overlay", 3, worded(",".join(text(f"h*{y}", 0.08) for y in (0.1, 0.4, 0.7)))),
    Edit("shapes", "overlay", 2, shapes(5, 0.14)),
    Edit("many shapes", "overlay", 3, shapes(14, 0.16)),
    Edit("grid", "overlay", 3, DOTS),
    Edit("black flashes", "overlay", 2, FLASHES),
    Edit("crop 80 %", "geometry", 1, crop(0.8, centre=True)),
    Edit("corner crop 65 %", "geometry", 2, crop(0.65, centre=False)),
    Edit("corner crop 45 %", "geometry", 3, crop(0.45, centre=False)),
    Edit("letterbox", "geometry", 1, pad(1, 1.35)),
    Edit("pillarbox", "geometry", 1, pad(1.6, 1)),
    Edit("borders", "geometry", 3, pad(1.7, 1.7, "0x334466")),
    Edit("stretched wide", "geometry", 2, stretch(1.33, 1)),
    Edit("stretched high", "geometry", 3, stretch(1, 1.7)),
    Edit("mirror", "geometry", 1, MIRROR),
    Edit("upside down", "geometry", 2, FLIP),
    Edit("quarter turn", "geometry", 2, quarter(1)),
    Edit("quarter turn left", "geometry", 2, quarter(3)),
    Edit("half turn", "geometry", 2, quarter(2)),
    Edit("rotate 5", "geometry", 1, rotate(5)),
    Edit("rotate 15", "geometry", 2, rotate(15)),
    Edit("rotate 35", "geometry", 3, rotate(35)),
    Edit("filmed", "geometry", 2, filmed(0.12)),
    Edit("filmed badly", "geometry", 3, filmed(0.25, ",vignette,noise=alls=15:allf=t")),
    Edit("shake", "geometry", 1, shake(0.12)),
    Edit("9:16", "geometry", 2, upright),
    Edit("meme", "geometry", 2, meme),
    Edit("screenshot", "geometry", 3, screenshot),
    Edit("inset 60 %", "composite", 1, inset(0.6), other="any"),
    Edit("inset 40 %", "composite", 2, inset(0.4), other="any"),
    Edit("inset 30 %", "composite", 3, inset(0.3), other="any"),
    Edit("side by side", "composite", 2, beside, other="any"),
    Edit("one above the other", "composite", 2, above, other="any"),
    Edit("collage", "composite", 3, collage, other="any"),
    Edit("reaction 25 %", "composite", 1, reaction(0.25), other="foreign"),
    Edit("reaction 40 %", "composite", 2, reaction(0.4), other="foreign"),
    Edit("blend 30 %", "composite", 2, blend(0.3), other="foreign"),
    Edit("blend 50 %", "composite", 3, blend(0.5), other="foreign"),
    Edit("speed 0.5", "speed", 3, SAME, speed=0.5),
    Edit("speed 0.8", "speed", 1, SAME, speed=0.8),
    Edit("speed 1.1", "speed", 1, SAME, speed=1.1),
    Edit("speed 1.25", "speed", 1, SAME, speed=1.25),
    Edit("speed 1.5", "speed", 2, SAME, speed=1.5),
    Edit("speed 2", "speed", 3, SAME, speed=2.0),
    Edit("8 pictures a second", "speed", 2, SAME, rate=8),
    Edit("15 pictures a second", "speed", 1, SAME, rate=15),
    Edit("50 pictures a second", "speed", 1, SAME, rate=50),
    Edit("mirror, crop 80 %, caption", "stacked", 1, stacked(MIRROR, crop(0.8, centre=True), bar(0.15)), crf=30),
    Edit("grey, logo, letterbox", "stacked", 1, stacked(GREY, logo(0.2), pad(1, 1.3)), crf=30),
    Edit("gamma, blur, noise", "stacked", 1,
         stacked(plain("eq=gamma=1.6"), blur(0.004), plain("noise=alls=20:allf=t:all_seed={seed}")), crf=34),
    Edit("speed 1.25, mirror, crop 75 %, words", "stacked", 2,
         stacked(MIRROR, crop(0.75, centre=False), worded(text("h*0.1", 0.06))), speed=1.25, crf=30),
    Edit("hue, rotate 8, logo, borders", "stacked", 2,
         stacked(plain("hue=h=40"), rotate(8), logo(0.2), pad(1.3, 1.3)), crf=32),
    Edit("speed 0.9, crop 85 %, 9:16, words", "stacked", 2,
         stacked(crop(0.85, centre=True), upright, worded(text("h*0.15", 0.05))), speed=0.9, crf=30),
    Edit("filmed, dark, blur, noise, words", "stacked", 3,
         stacked(filmed(0.14), plain("eq=brightness=-0.12"), blur(0.003), plain("noise=alls=25:allf=t"),
                 worded(text("h*0.8", 0.05))), crf=34),
    Edit("mirror, stretched, bright, logo, meme", "stacked", 3,
         stacked(MIRROR, stretch(1.25, 1), plain("eq=brightness=0.12"), logo(0.25), meme), crf=32),
]  # fmt: skip

REAL = Edit("another version", "real", 1, SAME)
"""A version of the recording that somebody else made, copied as it is."""
