"""Forms for operations, made from their descriptions, and what people fill in as the parameters of a call.

A parameter that holds JSON has a field for each of its members and one for the whole text, which counts when it is
filled in: there people can send whatever they like. Nothing is checked here, since the server's own answer to a wrong
value is what people want to see.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from shotprint.api.describe import kind_in_words, limits_in_words
from shotprint.api.model import Kind, Operation, Parameter

__all__ = ["Field", "Widget", "fields_of", "first_values", "read_form"]


class Widget(StrEnum):
    """How a value is asked for."""

    LINE = "line"
    LINES = "lines"
    CHOICE = "choice"
    JSON = "json"


@dataclass(frozen=True)
class Field:
    """A parameter, or a member of one, in a form.

    Attributes
    ----------
    name : in the form; ``Input.Bucket`` for a member.
    choices : values with their meanings, for a CHOICE.
    hint : kind and limits, in words.
    members : for JSON.
    library : whether it is the id of a library.
    """

    name: str
    parameter: Parameter
    widget: Widget
    hint: str
    members: tuple[Field, ...] = ()

    @property
    def choices(self) -> Mapping[str, str]:
        flag = {"true": "", "false": ""} if self.parameter.type is Kind.FLAG else {}
        return self.parameter.allowed or flag

    @property
    def library(self) -> bool:
        return self.parameter.name in ("FpDBId", "DBId")


def fields_of(operation: Operation) -> tuple[Field, ...]:
    """The operation's form."""
    return tuple(_field(parameter.name, parameter) for parameter in operation.parameters)


def first_values(operation: Operation) -> dict[str, str]:
    """What a fresh form holds: examples of whatever must be given."""
    return {
        name: value
        for parameter in operation.parameters
        if parameter.required
        for name, value in _examples(parameter)
    }


def read_form(operation: Operation, sent: Mapping[str, str]) -> dict[str, str]:
    """The parameters that a form says; what is left empty is not given."""
    read = ((parameter.name, _read(parameter, sent)) for parameter in operation.parameters)
    return {name: value for name, value in read if value}


def _field(name: str, parameter: Parameter) -> Field:
    hint = "; ".join([kind_in_words(parameter), *limits_in_words(parameter)])
    members = tuple(_field(f"{name}.{member.name}", member) for member in parameter.members)
    return Field(name, parameter, _widget(parameter), hint, members)


def _widget(parameter: Parameter) -> Widget:
    if parameter.type is Kind.OBJECT:
        return Widget.JSON
    if parameter.allowed or parameter.type is Kind.FLAG:
        return Widget.CHOICE
    return Widget.LINES if parameter.multiline else Widget.LINE


def _examples(parameter: Parameter) -> Iterator[tuple[str, str]]:
    if parameter.type is not Kind.OBJECT:
        yield parameter.name, parameter.example or ""
        return
    members = json.loads(parameter.example or "{}")
    for member in parameter.members:
        if member.required and member.name in members:
            yield f"{parameter.name}.{member.name}", str(members[member.name])


def _read(parameter: Parameter, sent: Mapping[str, str]) -> str:
    whole = _text(sent, parameter.name)
    if whole.strip() or parameter.type is not Kind.OBJECT:
        return whole
    texts = ((member, _text(sent, f"{parameter.name}.{member.name}")) for member in parameter.members)
    members = {member.name: _json_value(member, text) for member, text in texts if text}
    return json.dumps(members, ensure_ascii=False) if members else ""


def _text(sent: Mapping[str, str], name: str) -> str:
    """Browsers send line ends as two characters, which nobody typed."""
    return sent.get(name, "").replace("\r\n", "\n")


_JSON_KINDS: Final[Mapping[Kind, tuple[type, ...]]] = {
    Kind.INTEGER: (int,),
    Kind.NUMBER: (int, float),
    Kind.FLAG: (bool,),
}


def _json_value(member: Parameter, text: str) -> Any:
    """The value that the text says, where it says one of the member's kind; else the text itself."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    fits = type(value) in _JSON_KINDS.get(member.type, ())
    return value if fits and not (isinstance(value, float) and not math.isfinite(value)) else text
