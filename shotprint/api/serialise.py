"""Values become the bytes of an answer: one writer for JSON, one for XML, both led by the answer's `Shape`.

Values that are None are left out. A list is an object that holds one array named after its items, in JSON and
in XML alike. Characters that XML 1.0 cannot hold become U+FFFD.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final
from xml.sax.saxutils import escape

from shotprint.api.model import Operation, Shape, ShapeKind

__all__ = [
    "Format",
    "format_ratio",
    "format_seconds",
    "format_time",
    "serialise_answer",
    "serialise_error",
]


class Format(StrEnum):
    """The two encodings; the value is the Content-Type."""

    JSON = "application/json;charset=utf-8"
    XML = "text/xml;charset=utf-8"


_ERROR: Final = Shape(
    type=ShapeKind.OBJECT,
    fields={
        name: Shape(type=ShapeKind.STRING) for name in ("RequestId", "HostId", "Code", "Message", "Recommend")
    },
)
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def serialise_answer(operation: Operation, values: Mapping[str, Any], form: Format) -> bytes:
    """Write an answer.

    Parameters
    ----------
    values : by the names of the answer's shape; times as aware datetimes, seconds and ratios as numbers.

    Raises
    ------
    KeyError
        `values` has a name that the shape lacks; a fault of ours.
    """
    return _serialise(operation.answer, values, form, root=f"{operation.name}Response")


def serialise_error(values: Mapping[str, Any], form: Format) -> bytes:
    """Write an error: RequestId, HostId, Code, Message, and Recommend, a URL, where there is one."""
    if form is Format.JSON or "Recommend" not in values:
        return _serialise(_ERROR, values, form, root="Error")
    others = {name: value for name, value in values.items() if name != "Recommend"}
    start = _serialise(_ERROR, others, form, root="Error").removesuffix(b"</Error>")
    return start + f"<Recommend><![CDATA[{values['Recommend']}]]></Recommend></Error>".encode()


def format_time(moment: datetime) -> str:
    """``YYYY-MM-DDThh:mm:ssZ``; fractions of a second are cut off."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def _serialise(shape: Shape, values: Mapping[str, Any], form: Format, *, root: str) -> bytes:
    tree = _tree(shape, values)
    if form is Format.JSON:
        text = json.dumps(tree, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    else:
        text = f"<?xml version='1.0' encoding='UTF-8'?>\n{_element(root, tree)}"
    return text.encode("utf-8", "replace")


def _tree(shape: Shape, value: Any) -> Any:
    """`value` made of nothing but dicts, lists, texts and whole numbers."""
    match shape.type:
        case ShapeKind.OBJECT:
            members = {name: (shape.fields[name], member) for name, member in value.items()}
            return {name: _tree(*member) for name, member in members.items() if member[1] is not None}
        case ShapeKind.LIST:
            assert shape.of is not None  # noqa: S101 - the specification is checked when it is read
            return {shape.item: [_tree(shape.of, item) for item in value]}
        case ShapeKind.ARRAY:
            assert shape.of is not None  # noqa: S101 - the same
            return [_tree(shape.of, item) for item in value]
        case ShapeKind.TIME:
            return format_time(value)
        case ShapeKind.SECONDS:
            return format_seconds(value)
        case ShapeKind.RATIO:
            return format_ratio(value)
        case ShapeKind.INTEGER:
            return int(value)
        case ShapeKind.STRING:
            return str(value)


def format_seconds(value: float) -> str:
    """At least one decimal, as in "46.0", and at most three."""
    whole, _, decimals = f"{value:.3f}".partition(".")
    return f"{whole}.{decimals.rstrip('0') or '0'}"


def format_ratio(value: float) -> str:
    """Four decimals, as in "0.9200"."""
    return f"{value:.4f}"


def _element(name: str, tree: Mapping[str, Any] | Sequence[Any] | str | int) -> str:
    if isinstance(tree, list):
        return "".join(_element(name, item) for item in tree)
    if isinstance(tree, dict):
        content = "".join(_element(member, value) for member, value in tree.items())
    else:
        # A bare carriage return would be read back as a line feed.
        content = escape(_NOT_XML.sub("\N{REPLACEMENT CHARACTER}", str(tree)), {"\r": "&#13;"})
    return f"<{name}>{content}</{name}>"
