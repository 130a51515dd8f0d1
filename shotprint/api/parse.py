"""The texts of a request become values, as the operation's description in the specification file says.

Parameters that the description does not name are ignored (SDKs send ``OwnerId`` and others), and so are
unknown members of JSON parameters. An optional parameter that comes empty counts as not given. Messages name
the parameter, say what was expected and show what came, shortened and without control characters.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, NoReturn

from shotprint.api.describe import range_in_words
from shotprint.api.model import Kind, Operation, Parameter
from shotprint.api.wire_errors import WireError
from shotprint.errors import (
    EmptyValue,
    InvalidState,
    InvalidValue,
    MissingValue,
    NotSupported,
    OutOfRange,
)

__all__ = ["Values", "parse_parameters", "parse_time", "shown"]

Values = Mapping[str, Any]
"""Values by name; every parameter that the description names is there, None when it was not given."""

_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,18}")
_NUMBER: Final = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
_TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_ID: Final = re.compile(r"[0-9a-fA-F]{32}")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f]")
_LINE_CHARACTERS: Final = "\t\n\r"
_SHOWN: Final = 60
_MAX_DEPTH: Final = 32


def parse_parameters(operation: Operation, sent: Mapping[str, str]) -> Values:
    """Read all parameters of an operation.

    Raises
    ------
    shotprint.errors.CallerError, WireError
        The first one that is missing or not valid, in the order of the description.
    """
    return {
        parameter.name: _value(parameter, parameter.name, sent.get(parameter.name))
        for parameter in operation.parameters
    }


def parse_time(text: str) -> datetime:
    """Read ``YYYY-MM-DDThh:mm:ssZ``.

    Raises
    ------
    ValueError
        It is not such a text, or no such moment exists.
    """
    if not _TIME.fullmatch(text):
        raise ValueError("not YYYY-MM-DDThh:mm:ssZ")
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def shown(value: object) -> str:
    """A value as a message may show it: short, in quotes when it is text, nothing unprintable."""
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    short = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    clean = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in short)
    return f'"{clean}"' if isinstance(value, str) else clean


def _value(parameter: Parameter, name: str, raw: object) -> Any:
    """One value, `raw` being a text, what JSON made of a member, or None. `name` is for messages."""
    if raw is None or raw == "":
        if not parameter.required:
            return parameter.default
        if raw is None:
            raise MissingValue(f"{name} must be given; it is missing.", parameter=name)
        raise EmptyValue(f"{name} must be given; it is empty.", parameter=name)
    value = _CONVERTERS[parameter.type](parameter, name, raw)
    if parameter.allowed and str(value) not in parameter.allowed:
        choices = ", ".join(parameter.allowed)
        refused = InvalidState if parameter.refused_as == "state" else NotSupported
        raise refused(f"{name} must be one of {choices}; it is {shown(raw)}.", parameter=name)
    return value


def _wrong(name: str, expected: str, raw: object) -> NoReturn:
    raise InvalidValue(f"{name} must be {expected}; it is {shown(raw)}.", parameter=name)


def _text(name: str, raw: object) -> str:
    """A text; JSON's whole numbers count as one, as they do for the vendor's clients."""
    if isinstance(raw, int) and not isinstance(raw, bool):
        return str(raw)
    if not isinstance(raw, str):
        _wrong(name, "a text", raw)
    if _SURROGATE.search(raw):
        _wrong(name, "Unicode text without lone surrogates", raw)
    return raw


def _string(parameter: Parameter, name: str, raw: object) -> str:
    text = _text(name, raw)
    _check_length(parameter, name, text)
    kept = _LINE_CHARACTERS if parameter.multiline else ""
    if any(character not in kept for character in _CONTROL.findall(text)):
        _wrong(name, "text without control characters", text)
    if parameter.plain_start and _CONTROL.match(text):
        _wrong(name, "text that does not start with a control character", text)
    if parameter.id and not _ID.fullmatch(text):
        message = f"{name} must be 32 hexadecimal digits; it is {shown(text)}."
        raise WireError("InvalidParameter.UUIDFormatInvalid", message)
    return text


def _check_length(parameter: Parameter, name: str, text: str) -> None:
    size = len(text.encode())
    if parameter.max_bytes is not None and size > parameter.max_bytes:
        message = f"{name} must be at most {parameter.max_bytes} bytes of UTF-8; it is {size} bytes."
        raise OutOfRange(message, parameter=name)
    if parameter.min_bytes is not None and size < parameter.min_bytes:
        message = f"{name} must be at least {parameter.min_bytes} bytes of UTF-8; it is {size} bytes."
        raise OutOfRange(message, parameter=name)


def _integer(parameter: Parameter, name: str, raw: object) -> int:
    text = str(raw) if isinstance(raw, int) and not isinstance(raw, bool) else raw
    if not isinstance(text, str) or not _INTEGER.fullmatch(text):
        _wrong(name, "a whole number", raw)
    value = int(text)
    _check_range(parameter, name, value)
    return value


def _number(parameter: Parameter, name: str, raw: object) -> float:
    text = str(raw) if isinstance(raw, int | float) and not isinstance(raw, bool) else raw
    if not isinstance(text, str) or not _NUMBER.fullmatch(text) or not math.isfinite(float(text)):
        _wrong(name, "a number", raw)
    value = float(text)
    _check_range(parameter, name, value)
    return value


def _check_range(parameter: Parameter, name: str, value: float) -> None:
    if parameter.range is not None and not parameter.range[0] <= value <= parameter.range[1]:
        raise OutOfRange(
            f"{name} must be from {range_in_words(parameter.range)}; it is {shown(value)}.", parameter=name
        )


def _flag(_: Parameter, name: str, raw: object) -> bool:
    text = str(raw).lower()
    if not isinstance(raw, bool | str) or text not in ("true", "false"):
        _wrong(name, "true or false", raw)
    return text == "true"


def _time(_: Parameter, name: str, raw: object) -> datetime:
    text = _text(name, raw)
    try:
        return parse_time(text)
    except ValueError:
        _wrong(name, "a time in UTC such as 2026-01-31T00:00:00Z", text)


def _ids(parameter: Parameter, name: str, raw: object) -> tuple[str, ...]:
    """Distinct ids in the order given. Their form is free: an id that nothing can have names nothing."""
    ids = tuple(dict.fromkeys(filter(None, (piece.strip() for piece in _text(name, raw).split(",")))))
    if not ids:
        raise EmptyValue(f"{name} must hold ids joined by commas; it is {shown(raw)}.", parameter=name)
    if parameter.max_items is not None and len(ids) > parameter.max_items:
        message = f"{name} must hold at most {parameter.max_items} ids; it holds {len(ids)}."
        raise OutOfRange(message, parameter=name)
    return ids


def _object(parameter: Parameter, name: str, raw: object) -> Values:
    text = _text(name, raw)
    _check_length(parameter, name, text)
    try:
        members = json.loads(text, object_pairs_hook=_no_twins, parse_constant=_no_constant)
        _check_depth(members)
    except (ValueError, RecursionError) as exc:
        reason = "nested too deeply" if isinstance(exc, RecursionError) else str(exc)
        raise InvalidValue(
            f"{name} must be a JSON object; it is {shown(text)} ({shown(reason)}).", parameter=name
        ) from exc
    if not isinstance(members, dict):
        _wrong(name, "a JSON object", text)
    return {
        member.name: _value(member, f"{name}.{member.name}", members.get(member.name))
        for member in parameter.members
    }


def _check_depth(value: Any) -> None:
    """Refuse what is nested more than `_MAX_DEPTH` deep; the outermost object is the first level."""
    level = [value]
    for _ in range(_MAX_DEPTH + 1):
        inside = [
            one.values() if isinstance(one, dict) else one for one in level if isinstance(one, dict | list)
        ]
        if not inside:
            return
        level = [item for items in inside for item in items]
    raise ValueError("nested too deeply")


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member is given twice")
    return members


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not JSON")


_CONVERTERS: Final[Mapping[Kind, Callable[[Parameter, str, object], Any]]] = {
    Kind.STRING: _string,
    Kind.INTEGER: _integer,
    Kind.NUMBER: _number,
    Kind.TIME: _time,
    Kind.IDS: _ids,
    Kind.OBJECT: _object,
    Kind.FLAG: _flag,
}
