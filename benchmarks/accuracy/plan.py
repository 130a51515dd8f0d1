"""Which queries there are: drawn with seeded dice from the clips of one split, with the exact truth.

A query is one to seven stretches. Some copy a recording of the library, the others are foreign: ordinary clips that
are in no library, or hard negatives (the same scene at another time, the same studio or series, black, bars, slides).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from random import Random
from typing import TypeVar

from benchmarks.accuracy.edits import EDITS, REAL, SAME, Edit, Size, even
from benchmarks.accuracy.pool import Clip
from benchmarks.accuracy.recipe import Layer, Part, Query, Recipe, Reference, Stretch, Truth

SIZES = {"small": 60, "full": 250}
SEEDS = {"tuning": 11, "test": 12}
WITHOUT_COPY = 0.26
INTRO_SHARE = 0.05
SHORTEST_COPY_S, LONGEST_COPY_S = 3.0, 15.0
SHORTEST_TRUTH_S = 1.0
LONGEST_QUERY_S = 50.0
RATE = 25
WORK_SIDES = (480, 560, 640)
WITH_INTRO = 3
"""So many references begin with the split's intro."""

DRAWN = {
    "black": "color=c=black:s=320x180:r=25",
    "colour bars": "smptehdbars=s=640x360:r=25",
    "test picture": "testsrc2=s=640x360:r=25",
    "slide": "color=c=0x203050:s=640x360:r=25,drawtext=text='Quarterly results':fontsize=40:fontcolor=white:x=60:y=50,"
    "drawtext=text='more of everything':fontsize=26:fontcolor=white:x=90:y=150,"
    "drawtext=text='for everybody':fontsize=26:fontcolor=white:x=90:y=210",
    "white slide": "color=c=white:s=640x360:r=25,drawtext=text='Thank you':fontsize=60:x=(w-tw)/2:y=(h-th)/2",
}


T = TypeVar("T")


@dataclass(frozen=True)
class Split:
    """The references and queries of one split."""

    name: str
    references: tuple[Reference, ...]
    queries: tuple[Query, ...]


def plan_split(name: str, pool: Sequence[Clip], size: str) -> Split:
    clips = [clip for clip in pool if clip.split == name]
    dice = Random(SEEDS[name])
    references = plan_references(clips, dice)
    drawer = _Drawer(clips, references, dice)
    total = SIZES[size]
    without, intros = round(total * WITHOUT_COPY), round(total * INTRO_SHARE)
    reals = total // 20 if drawer.sources else 0
    queries = [drawer.with_copies(f"{name}-{n:03}") for n in range(total - without - intros - reals)]
    queries += [drawer.real_version(f"{name}-real-{n:02}") for n in range(reals)]
    queries += [drawer.without_copy(f"{name}-none-{n:03}") for n in range(without)]
    queries += [drawer.shared_intro(f"{name}-intro-{n:02}") for n in range(intros)]
    return Split(name, references, tuple(queries))


def plan_references(clips: Sequence[Clip], dice: Random) -> tuple[Reference, ...]:
    """Every clip of the library; some begin with the intro."""
    library = [clip for clip in clips if clip.use == "library"]
    intro = next(clip for clip in clips if clip.use == "intro")
    chosen = dice.sample(
        [clip.id for clip in library if 6 < clip.duration < 30 and clip.recording == clip.id], WITH_INTRO
    )
    return tuple(_with_intro(clip, intro) if clip.id in chosen else _as_it_is(clip) for clip in library)


def _as_it_is(clip: Clip) -> Reference:
    return Reference(
        clip.id,
        clip.recording,
        clip.offset,
        clip.duration,
        clip.scene,
        clip.series,
        clip.look,
        str(clip.file),
        clip.digest,
    )


def _with_intro(clip: Clip, intro: Clip) -> Reference:
    first, rest = round(intro.duration * RATE), int(clip.duration * RATE)
    size = _work_size(clip, 640)
    parts = tuple(
        Part(
            (Layer(str(of.file), of.digest, 0.0),),
            frames,
            1.0,
            shape.width,
            shape.height,
            "[in]null[out]",
            origin,
        )
        for of, frames, shape, origin in (
            (intro, first, _work_size(intro, 640), "intro"),
            (clip, rest, size, "copy"),
        )
    )
    recipe = Recipe(parts, size.width, size.height, RATE, 18)
    duration = (first + rest) / RATE
    return Reference(
        clip.id, clip.recording, -first / RATE, duration, clip.scene, clip.series, clip.look, recipe=recipe
    )  # fmt: skip


def _work_size(clip: Clip, side: int) -> Size:
    share = side / max(clip.width, clip.height)
    return Size(even(clip.width * share), even(clip.height * share))


@dataclass
class _Laid:
    """A part with what it means, before it is known where in the query it comes."""

    part: Part
    size: Size
    clip: Clip | None
    origin: str
    edit: Edit | None = None
    carrier: Clip | None = None


class _Drawer:
    def __init__(self, clips: Sequence[Clip], references: Sequence[Reference], dice: Random) -> None:
        self.dice = dice
        self.references = references
        self.library = [clip for clip in clips if clip.use == "library"]
        self.sources = [clip for clip in clips if clip.use == "source"]
        self.intro = next(clip for clip in clips if clip.use == "intro")
        self.with_intro = [reference for reference in references if reference.recipe]
        series = {clip.series for clip in self.library}
        foreign = [clip for clip in clips if clip.use == "foreign"]
        self.strangers = [clip for clip in foreign if clip.series not in series]
        self.alike = [clip for clip in foreign if clip.series in series]
        self._copied = self._shuffled(self.library)
        self._reals = self._shuffled(self.sources) if self.sources else iter(())
        self._strange = self._shuffled(self.strangers)
        self._alike = self._shuffled(self.alike)
        self._drawn = self._shuffled(list(DRAWN))
        self._edits = self._shuffled_edits()

    def with_copies(self, name: str) -> Query:
        """One to three copies. The edit is that of the whole query, or each copy has its own."""
        dice = self.dice
        count = dice.choices([1, 2, 3], [5, 3, 2])[0]
        first = next(self._edits)
        whole = dice.random() < 0.5 and first.speed == 1 and not first.other
        rate, crf = first.rate, first.crf or dice.choice([23, 26, 28])
        laid: list[_Laid] = []
        for number in range(count):
            edit = first if whole or number == 0 or first.rate != RATE else self._part_edit()
            if number and edit.crf:
                crf = max(crf, edit.crf)
            if dice.random() < 0.75 or (number == count - 1 and len(laid) == number):
                laid.append(self._foreign(rate, first if whole else None))
            laid.append(self._copy(next(self._copied), edit, rate))
        if dice.random() < 0.75:
            laid.append(self._foreign(rate, first if whole else None))
        return self._query(name, laid, rate, crf)

    def real_version(self, name: str) -> Query:
        laid = [
            self._foreign(RATE, None),
            self._copy(next(self._reals), REAL, RATE),
            self._foreign(RATE, None),
        ]
        return self._query(name, laid, RATE, 26)

    def without_copy(self, name: str) -> Query:
        """Foreign throughout, with at least one hard negative."""
        edit = next(edit for edit in self._edits if edit.rate == RATE and edit.speed == 1 and not edit.other)
        laid = [self._hard(RATE, edit), *(self._foreign(RATE, edit) for _ in range(self.dice.choice([1, 2])))]
        self.dice.shuffle(laid)
        return self._query(name, laid, RATE, edit.crf or 26)

    def shared_intro(self, name: str) -> Query:
        """The intro that several references have, before material that none has."""
        frames = round(self.intro.duration * RATE)
        start = self._part(self.intro, 0.0, frames, SAME_EDIT, RATE, "intro", None, 0.0)
        return self._query(name, [start, self._foreign(RATE, None), self._foreign(RATE, None)], RATE, 26)

    def _part_edit(self) -> Edit:
        return next(edit for edit in self._edits if edit.rate == RATE)

    def _copy(self, clip: Clip, edit: Edit, rate: int) -> _Laid:
        dice = self.dice
        available = (clip.duration - 0.1) / edit.speed
        wanted = min(dice.triangular(SHORTEST_COPY_S, LONGEST_COPY_S, 5.0), available)
        frames = int(wanted * rate)
        start = round(dice.uniform(0, clip.duration - 0.05 - frames / rate * edit.speed), 2)
        carrier, carried_from = None, 0.0
        if edit.other:
            usable = [c for c in self.library if c.scene != clip.scene and c.series != clip.series]
            long = [c for c in usable if c.duration > frames / rate * edit.speed + 0.1]
            known = edit.other == "any" and long and dice.random() < 0.6
            carrier = dice.choice(long) if known else next(self._strange)
            carried_from = round(
                dice.uniform(0, max(0.0, carrier.duration - frames / rate * edit.speed - 0.05)), 2
            )
        return self._part(clip, start, frames, edit, rate, "copy", carrier, carried_from)

    def _foreign(self, rate: int, edit: Edit | None) -> _Laid:
        """Mostly ordinary material; now and then a hard negative."""
        if self.dice.random() < 0.2:
            return self._hard(rate, edit)
        return self._stretch_of(next(self._strange), "foreign", rate, edit)

    def _hard(self, rate: int, edit: Edit | None) -> _Laid:
        if self.dice.random() < 0.7:
            clip = next(self._alike)
            same = any(clip.scene == reference.scene for reference in self.references)
            return self._stretch_of(clip, "same scene" if same else "same series", rate, edit)
        kind = next(self._drawn)
        frames = round(self.dice.uniform(2.5, 8) * rate)
        part = Part((Layer(f"lavfi:{DRAWN[kind]}", kind, 0.0),), frames, 1.0, 640, 360, "[in]null[out]", kind)
        return _Laid(part, Size(640, 360), None, kind)

    def _stretch_of(self, clip: Clip, origin: str, rate: int, edit: Edit | None) -> _Laid:
        frames = int(min(self.dice.uniform(2.5, 8), clip.duration - 0.1) * rate)
        start = round(self.dice.uniform(0, clip.duration - 0.05 - frames / rate), 2)
        return self._part(clip, start, frames, edit or SAME_EDIT, rate, origin, None, 0.0)

    def _part(
        self, clip: Clip, start: float, frames: int, edit: Edit, rate: int, origin: str, carrier: Clip | None,
        carried: float,
    ) -> _Laid:  # fmt: skip
        size = _work_size(clip, self.dice.choice(WORK_SIDES))
        drawn = edit.draw(size, self.dice)
        layers = [Layer(str(clip.file), clip.digest, start)]
        if carrier:
            layers.append(Layer(str(carrier.file), carrier.digest, carried))
        part = Part(tuple(layers), frames, edit.speed, size.width, size.height, drawn.filters, origin)
        return _Laid(part, drawn.size, clip, origin, edit if origin == "copy" else None, carrier)

    def _query(self, name: str, laid: list[_Laid], rate: int, crf: int) -> Query:
        while sum(entry.part.frames for entry in laid) / rate > LONGEST_QUERY_S and laid[-1].origin != "copy":
            laid = laid[:-1]
        canvas = _canvas([entry.size for entry in laid if entry.origin == "copy"] or [laid[0].size])
        truth: list[Truth] = []
        intro: list[Truth] = []
        stretches = []
        at = 0
        for entry in laid:
            begin, at = at / rate, at + entry.part.frames
            truth += self._truth(entry, begin, at / rate)
            if entry.origin == "intro":
                intro += [self._intro_of(reference, begin, at / rate) for reference in self.with_intro]
            stretches.append(_stretch(entry, begin, at / rate))
        recipe = Recipe(tuple(entry.part for entry in laid), canvas.width, canvas.height, rate, crf)
        return Query(name, recipe, tuple(truth), tuple(stretches), tuple(intro))

    def _truth(self, entry: _Laid, begin: float, end: float) -> Iterator[Truth]:
        """The copied stretch in every reference that has it; in composites the other picture's too."""
        if entry.edit is None or entry.clip is None:
            return
        views = [(entry.clip, entry.part.layers[0].start, "copy" if entry.carrier else "whole")]
        if entry.carrier:
            views.append((entry.carrier, entry.part.layers[1].start, "carrier"))
        for clip, start, view in views:
            for reference in self.references:
                if reference.recording == clip.recording:
                    yield from _placed(reference, start + clip.offset, begin, end, entry.edit, view)

    def _intro_of(self, reference: Reference, begin: float, end: float) -> Truth:
        return Truth(reference.key, begin, end, 0.0, -reference.offset, "none", "intro", 0, reference.look)

    def _shuffled(self, values: Sequence[T]) -> Iterator[T]:
        order = list(values)
        self.dice.shuffle(order)
        return cycle(order)

    def _shuffled_edits(self) -> Iterator[Edit]:
        """Edits by turns of class, so that a small run has some of each."""
        classes: dict[str, list[Edit]] = {}
        for edit in EDITS:
            classes.setdefault(edit.kind, []).append(edit)
        turns = {kind: self._shuffled(edits) for kind, edits in classes.items()}
        # Classes that hold more edits get more turns.
        for kind in cycle(
            [
                "geometry",
                "light",
                "composite",
                "overlay",
                "speed",
                "geometry",
                "stacked",
                "light",
                "composite",
            ]
        ):
            yield next(turns[kind])


SAME_EDIT = Edit("none", "none", 0, SAME)


def _placed(
    reference: Reference, start: float, begin: float, end: float, edit: Edit, view: str
) -> Iterator[Truth]:
    """The part of ``begin`` to ``end`` of the query that the reference has; `start` is in seconds of the recording."""
    first = start - reference.offset
    low, high = max(first, 0.0), min(first + (end - begin) * edit.speed, reference.duration)
    if (high - low) / edit.speed < SHORTEST_TRUTH_S:
        return
    shift = begin - first / edit.speed
    yield Truth(
        reference.key, low / edit.speed + shift, high / edit.speed + shift, low, high,
        edit.name, edit.kind, edit.strength, reference.look, view,
    )  # fmt: skip


def _canvas(sizes: list[Size]) -> Size:
    """The one of the sizes that gives the others the narrowest borders, at most 640 a side."""
    shapes = [size.width / size.height for size in sizes]
    best = min(
        sizes, key=lambda size: max(abs(math.log(size.width / size.height / shape)) for shape in shapes)
    )
    share = min(1.0, 640 / max(best.width, best.height))
    return Size(even(best.width * share), even(best.height * share))


def _stretch(entry: _Laid, begin: float, end: float) -> Stretch:
    clip = entry.clip
    known = (clip.id, clip.scene, clip.series) if clip else (entry.origin,) * 3
    return Stretch(begin, end, entry.origin, *known)
