"""Every limit of the specification has cases on both sides of its edge: the last value that goes, and the first
that does not.

What is missing is found by the specification, so a limit that is added there asks for its cases.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from wire_cases import USUAL, as_parameters, load_cases

from shotprint.api.model import PRODUCTS, Kind, Parameter, load_spec

NOTHING_SMALLER = 0.01  # how near to its edge a number that is no whole one must be
ALL_CASES = list(load_cases())


@dataclass(frozen=True)
class Edge:
    """A limit of one parameter.

    Attributes
    ----------
    measure : of the text that is sent, what is limited.
    last : the last one that goes.
    first : the first that does not; for numbers that are no whole ones, at most so far away.
    """

    operation: str
    parameter: str
    measure: Callable[[str], float]
    last: float
    first: float

    def __str__(self) -> str:
        return f"{self.operation} {self.parameter} {self.measure.__name__.strip('_')} {self.last:g}"

    def is_beyond(self, value: float) -> bool:
        return min(self.last, self.first) <= value <= max(self.last, self.first) and value != self.last


def _bytes(text: str) -> int:
    return len(text.encode(errors="surrogatepass"))  # some cases send what is no text


def _items(text: str) -> int:
    return len(set(text.split(",")))


def _digits(text: str) -> int:
    return len(text) if set(text) <= set("0123456789abcdef") else -1


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def edges(operation: str, parameter: Parameter, name: str) -> Iterator[Edge]:
    """All limits of a parameter and of its members."""
    if parameter.max_bytes is not None:
        yield Edge(operation, name, _bytes, parameter.max_bytes, parameter.max_bytes + 1)
    if parameter.min_bytes is not None:
        yield Edge(operation, name, _bytes, parameter.min_bytes, parameter.min_bytes - 1)
    if parameter.max_items is not None:
        yield Edge(operation, name, _items, parameter.max_items, parameter.max_items + 1)
    if parameter.id:
        yield Edge(operation, name, _digits, 32, 31)
        yield Edge(operation, name, _digits, 32, 33)
    if parameter.range is not None:
        low, high = parameter.range
        step = 1 if parameter.type is Kind.INTEGER else NOTHING_SMALLER
        yield Edge(operation, name, _number, low, low - step)
        yield Edge(operation, name, _number, high, high + step)
    for member in parameter.members:
        yield from edges(operation, member, f"{name}.{member.name}")


EDGES = [
    edge
    for product in PRODUCTS
    for operation in load_spec(product).operations.values()
    for parameter in operation.parameters
    for edge in edges(operation.name, parameter, parameter.name)
]


def value_of(step: Mapping[str, Any], path: str) -> str | None:
    """The text that a step sends as a parameter or as a member of one; None when it sends none."""
    name, _, member = path.partition(".")
    text = as_parameters(step.get("with", {}), {}).get(name)
    if text is None or not member:
        return text
    try:
        value = json.loads(text)[member]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return value if isinstance(value, str) else json.dumps(value)


@pytest.mark.parametrize("edge", EDGES, ids=str)
def test_every_limit_has_cases_on_both_sides(edge: Edge) -> None:
    sides = set()
    for case in ALL_CASES:
        if not {variant.name for variant in USUAL} <= set(case.variants):
            continue
        for step in case.steps:
            text = value_of(step, edge.parameter) if step.get("call") == edge.operation else None
            if text is None:
                continue
            value = edge.measure(text)
            if value == edge.last and "error" not in step:
                sides.add("goes")
            told = step["error"][2] if "error" in step else ""
            if edge.is_beyond(value) and told.startswith(f"{edge.parameter} must "):
                sides.add("is refused")
    assert sides == {"goes", "is refused"}
