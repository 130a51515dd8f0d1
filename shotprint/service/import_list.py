"""The list of a bulk import: one JSON object a line, with the members ``PrimaryKey``, ``Bucket``, ``Location``,
``Object`` (percent-encoded) and, if wanted, ``UserData``. Empty lines and other members are ignored."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from shotprint.errors import CallerError, InvalidValue, MissingValue, OutOfRange
from shotprint.service.checks import MAX_KEY_BYTES, check_text
from shotprint.service.jobs import MAX_USER_DATA_BYTES
from shotprint.service.types import MediaPlace

MAX_LINE_BYTES = 16 * 1024


@dataclass(frozen=True)
class ListLimits:
    """How large a list may be; the empty lines count too."""

    max_bytes: int
    max_lines: int


@dataclass(frozen=True)
class ListLine:
    """A line of a list: its number, from 1, and what it names; or what is wrong with it."""

    number: int
    primary_key: str | None = None
    place: MediaPlace | None = None
    user_data: str | None = None
    error: CallerError | None = None


def read_list(file: BinaryIO, size_bytes: int, limits: ListLimits) -> list[ListLine]:
    """All lines of a list, bad ones too.

    Raises
    ------
    OutOfRange
        The list is larger than the limits.
    InvalidValue
        No line of it can be used.
    """
    if size_bytes > limits.max_bytes:
        raise OutOfRange(f"The list has {size_bytes} bytes; at most {limits.max_bytes} are allowed")
    texts = _texts(file, limits.max_lines)
    lines = [_parsed(number, text) for number, text in texts if text is None or text.strip()]
    if not any(line.error is None for line in lines):
        raise InvalidValue("The list has no valid line")
    return lines


def _texts(file: BinaryIO, max_lines: int) -> Iterator[tuple[int, bytes | None]]:
    """Each line with its number; None in the place of one that is too long."""
    number = 0
    while text := file.readline(MAX_LINE_BYTES + 2):  # and a line end of two characters
        number += 1
        if number > max_lines:
            raise OutOfRange(f"The list has more than {max_lines} lines")
        too_long = False
        while text and not text.endswith(b"\n") and len(text) > MAX_LINE_BYTES:
            too_long = True
            text = file.readline(MAX_LINE_BYTES + 2)
        yield number, None if too_long else text.removeprefix(b"\xef\xbb\xbf") if number == 1 else text


def _parsed(number: int, text: bytes | None) -> ListLine:
    if text is None:
        return ListLine(number, error=OutOfRange(f"The line has more than {MAX_LINE_BYTES} bytes"))
    try:
        values = _object(text)
    except CallerError as error:
        return ListLine(number, error=error)
    key: str | None = None
    try:
        key = check_text(_text(values, "PrimaryKey"), "PrimaryKey", max_bytes=MAX_KEY_BYTES, empty=False)
        return ListLine(number, key, _place(values), _user_data(values))
    except CallerError as error:
        return ListLine(number, key, error=error)


def _object(text: bytes) -> dict[str, Any]:
    try:
        values = json.loads(text.decode())
    except (ValueError, RecursionError) as exc:
        raise InvalidValue("The line is not JSON in UTF-8") from exc
    if not isinstance(values, dict):
        raise InvalidValue("The line is not a JSON object")
    return values


def _text(values: dict[str, Any], name: str) -> str:
    value = values.get(name)
    if value is None:
        raise MissingValue(f"{name} is missing", parameter=name)
    if not isinstance(value, str):
        raise InvalidValue(f"{name} is not a text", parameter=name)
    return value


def _place(values: dict[str, Any]) -> MediaPlace:
    location = _text(values, "Location") if values.get("Location") is not None else ""
    return MediaPlace(
        bucket=check_text(_text(values, "Bucket"), "Bucket", empty=False),
        location=check_text(location, "Location"),
        object=check_text(_text(values, "Object"), "Object", empty=False),
    )


def _user_data(values: dict[str, Any]) -> str | None:
    """A text as it is; any other value as JSON."""
    value = values.get("UserData")
    if value is None:
        return None
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return check_text(text, "UserData", max_bytes=MAX_USER_DATA_BYTES)
