"""When each picture is shown, and which pictures a sampling grid sees.

All times are exact: whole units of 1 / `scale` seconds, chosen so that the file's clock fits. Fractions
would say the same, but twenty operations on them for each frame cost up to a sixth of decoding it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from typing import TypeVar

JUMP_BACK = 1
"""Seconds. Timestamps that run back by less are out of order or repeated; by more, the file was joined
from pieces (or the clock wrapped) and the next piece follows at once."""

FALLBACK_RATE = Fraction(25)
"""Pictures per second where nothing at all says how long a picture is shown."""

Raw = TypeVar("Raw")
Kept = TypeVar("Kept")


class TimeLine:
    """Turns the decoder's timestamps into times from 0 on that never run backwards.

    Parameters
    ----------
    scale : units per second, for all times here.
    zero : the timestamp that a player shows as 0:00; None makes it the first picture's.
    frame_rate : pictures per second as the container states it; 0 when it does not.
    """

    def __init__(self, scale: int, zero: int | None, frame_rate: Fraction) -> None:
        self._zero = zero
        self._jump = JUMP_BACK * scale
        self._nominal = max(1, round(scale / (frame_rate if frame_rate > 0 else FALLBACK_RATE)))
        self._shift = self._first = self._last = self._duration = self._count = 0

    def place(self, timestamp: int | None, duration: int) -> int:
        """The time at which the next picture appears.

        Parameters
        ----------
        timestamp : on the file's own clock, None when the file does not say.
        duration : for which the file says that this picture is shown; 0 when it does not say.
        """
        if self._zero is None and timestamp is not None:
            self._zero = timestamp - self.end
        time = self.end if timestamp is None else self._follow(timestamp - (self._zero or 0))
        if not self._count:
            self._first = time
        self._last, self._duration = time, duration
        self._count += 1
        return time

    def _follow(self, time: int) -> int:
        shifted = time + self._shift
        if self._shift and self._last <= time <= self._last + self._jump < shifted:
            self._shift = 0  # it was one stray timestamp, not a joint
            return time
        if shifted >= self._last:
            return shifted
        if self._last - shifted < self._jump:
            return self._last
        self._shift = self.end - time
        return self.end

    @property
    def end(self) -> int:
        """When the last picture placed stops being shown; always after its start. 0 before the first."""
        if not self._count:
            return 0
        if self._duration > 0:
            return self._last + self._duration
        if self._last > self._first:
            return self._last + max(1, (self._last - self._first) // (self._count - 1))
        return self._last + self._nominal


def sample(
    pictures: Iterable[tuple[int, Raw]],
    scale: int,
    rate: Fraction,
    *,
    keep: Callable[[Raw], Kept],
    end: Callable[[], int],
) -> Iterator[tuple[Fraction, Fraction, Kept]]:
    """The pictures that are shown at the instants k / rate seconds, k = 0, 1, 2, …, each one once.

    The picture shown at an instant is the last one whose time is not after it. A player shows the first
    picture as soon as the file is open, so the first one counts from the last instant that is not after
    its time; thus even a file with one short picture gives one.

    Parameters
    ----------
    pictures : (time, picture) with times from 0 on, in 1 / scale seconds, that never run backwards.
    scale : units per second.
    rate : instants per second, above 0.
    keep : what to keep of a picture that is seen; called for those only, and at once, so that one
        picture at a time waits for its successor.
    end : when the last picture stops being shown, after its time; asked after the last one.

    Yields
    ------
    (start, end, kept), times in seconds: ``start`` is the first instant at which the picture is seen,
    ``end`` the first one at which another is, or the end of the last picture; together they cover the
    time line.
    """
    # instant k is at k * width / units; multiplied by `units` every time stays whole
    units, width = rate.numerator, rate.denominator * scale
    seen: tuple[Fraction, Kept] | None = None
    waiting: tuple[int, Raw] | None = None

    def instant(time: int, until: int) -> Fraction | None:
        """Seconds of the first instant at which a picture shown from `time` to `until` is seen."""
        index = time * units // width if seen is None else -(-time * units // width)
        return index / rate if time < until and index * width < until * units else None

    for time, picture in pictures:
        if waiting is not None and (start := instant(waiting[0], time)) is not None:
            if seen is not None:
                yield seen[0], start, seen[1]
            seen = start, keep(waiting[1])
        waiting = time, picture
    if waiting is None:
        return
    last = end()
    if (start := instant(waiting[0], last)) is not None:
        if seen is not None:
            yield seen[0], start, seen[1]
        seen = start, keep(waiting[1])
    if seen is not None:
        yield seen[0], Fraction(last, scale), seen[1]
