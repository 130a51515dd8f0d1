"""Templates, and how values are shown in them. Whatever a value is, it comes out as text: every template escapes."""

from __future__ import annotations

import hashlib
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.datastructures import QueryParams

from shotprint.console.drawing import shown_part, turn
from shotprint.console.evidence import votes
from shotprint.engine.types import Match, Transform

_HERE = Path(__file__).parent


class Place(NamedTuple):
    """A link of the navigation: where it leads, what it is called, and its picture in ``parts.html``."""

    path: str
    name: str
    icon: str


NAVIGATION = (
    Place("/", "Overview", "overview"),
    Place("/tasks", "Tasks", "tasks"),
    Place("/libraries", "Libraries", "libraries"),
    Place("/explorer", "Explorer", "explorer"),
    Place("/docs", "Docs", "docs"),
    Place("/errors", "Errors", "errors"),
    Place("/account", "Account", "account"),
)


def render(template: str, **values: Any) -> str:
    """The template filled in."""
    return _environment().get_template(template).render(**values)


@cache
def static(name: str) -> str:
    """The address of a static file; it changes with the file."""
    digest = hashlib.sha256((_HERE / "static" / name).read_bytes()).hexdigest()[:12]
    return f"/console/static/{name}?v={digest}"


def amend(query: QueryParams, **changes: str | None) -> str:
    """The query of an address with some values changed; None takes one out."""
    kept = [(name, value) for name, value in query.multi_items() if name not in changes and value]
    return urlencode([*kept, *((name, value) for name, value in changes.items() if value is not None)])


def when(moment: datetime | None) -> Markup | str:
    """A time for people, in UTC; a script shows it in their own zone."""
    if moment is None:
        return "—"
    return Markup('<time datetime="{}">{} UTC</time>').format(
        f"{moment:%Y-%m-%dT%H:%M:%S}Z", f"{moment:%Y-%m-%d %H:%M:%S}"
    )


def clock(seconds: float | None, places: int = 1) -> str:
    """A place on a time line, as players show it: 1:02:03.4."""
    if seconds is None:
        return "—"
    units = round(max(seconds, 0.0) * 10**places)
    whole, rest = divmod(units, 10**places)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    shown = f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"
    return f"{shown}.{rest:0{places}}" if places else shown


def span(seconds: float | None) -> str:
    """How long something took or is: 850 ms, 4.2 s, 3 min 20 s, 5 h 4 min, 1 h."""
    if seconds is None:
        return "—"
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, second = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {second} s" if second else f"{minutes} min"
    hour, minute = divmod(minutes, 60)
    return f"{hour} h {minute} min" if minute else f"{hour} h"


def size(count: float | None) -> str:
    """Bytes in the unit that makes them short."""
    if count is None:
        return "—"
    for unit in ("bytes", "KiB", "MiB", "GiB", "TiB"):
        if count < 1024 or unit == "TiB":
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.1f} {unit}"
        count /= 1024
    raise AssertionError


def number(value: float) -> str:
    """With thin spaces between thousands."""
    return f"{value:,.0f}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def hours(seconds: float) -> str:
    if 0 < seconds < 360:
        return f"{seconds / 3600:.2g}"
    return f"{seconds / 3600:,.2f}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def percent(share: float) -> str:
    return f"{share:.0%}"


def similarity(share: float) -> str:
    return f"{share:.2f}"


def copied(transform: Transform, speed: float) -> str:
    """How the reference's picture became the query's, in words."""
    words = []
    if transform.mirrored:
        words.append("mirrored")
    if transform.flipped:
        words.append("flipped")
    if transform.rotation_deg:
        words.append(f"turned by {transform.rotation_deg:.0f}°")
    if transform.crop is not None:
        words.append(f"cropped to {transform.crop[2]:.0%} × {transform.crop[3]:.0%}")
    if transform.inset is not None:
        words.append(f"set into {transform.inset[2]:.0%} × {transform.inset[3]:.0%} of the picture")
    if transform.covered >= 0.005:
        words.append(f"{transform.covered:.0%} covered")
    if abs(speed - 1) >= 0.005:
        words.append(f"{1 / speed:.2f} times as long" if speed < 1 else f"{speed:.2f} times as fast")
    return ", ".join(words) or "as it is"


def ways(match: Match) -> list[str]:
    """How its segments were copied, each way once."""
    return list(dict.fromkeys(copied(one.transform, one.speed) for one in match.segments))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        when=when, clock=clock, span=span, size=size, number=number, hours=hours,
        percent=percent, similarity=similarity,
    )  # fmt: skip
    environment.globals.update(
        static=static, amend=amend, navigation=NAVIGATION, copied=copied, shown_part=shown_part, turn=turn,
        votes=votes, ways=ways,
    )  # fmt: skip
    return environment
