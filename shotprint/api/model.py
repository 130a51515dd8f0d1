"""The API as data: operations, parameters, answers and error codes, read from the files in ``spec/``.

The files are the single source. `parse` reads requests by it, `serialise` writes answers by it, `throttle`
takes its rates from it, `wire_errors` its statuses and texts. Adding a parameter or a field is a change to
a file alone. The error codes of all products are in one catalogue, ``errors.json``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "ICE",
    "MPS",
    "PRODUCTS",
    "ErrorCode",
    "Kind",
    "Operation",
    "Parameter",
    "Shape",
    "ShapeKind",
    "Spec",
    "load_spec",
]

MPS = "mps-2014-06-18"
"""Name of the specification of the MPS operations."""

ICE = "ice-2020-11-09"
"""Name of the specification of the ICE operations."""

PRODUCTS = (MPS, ICE)


class _Fixed(BaseModel):
    """Unchangeable, and no member that the class does not know: a slip in the file is an error at start."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Kind(StrEnum):
    """How the text of a parameter is read."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    TIME = "time"  # YYYY-MM-DDThh:mm:ssZ
    IDS = "ids"  # joined by commas
    OBJECT = "object"  # JSON in one string
    FLAG = "flag"  # true or false, as JSON or as text


class Parameter(_Fixed):
    """One parameter of an operation, or one member of a JSON parameter.

    Attributes
    ----------
    allowed : the values that may be sent, each with its meaning; empty when any value may be.
    refused_as : whether a value that is not allowed is an unsupported value or a state that does not exist.
    range : lowest and highest number, both inclusive.
    min_bytes, max_bytes : length of the text in UTF-8, both inclusive.
    max_items : of a list of ids, inclusive.
    id : the text must be 32 hexadecimal digits.
    multiline : tabs and line ends may occur; other control characters never do.
    plain_start : the first character must not be a control character, tabs and line ends included.
    """

    name: str
    type: Kind
    description: str
    required: bool = False
    default: int | str | None = None
    allowed: Mapping[str, str] = Field(default_factory=dict)
    refused_as: Literal["value", "state"] = "value"
    range: tuple[float, float] | None = None
    min_bytes: int | None = None
    max_bytes: int | None = None
    max_items: int | None = None
    id: bool = False
    multiline: bool = False
    plain_start: bool = False
    members: tuple[Parameter, ...] = ()
    example: str | None = None


class ShapeKind(StrEnum):
    """How a value of an answer is written."""

    STRING = "string"
    INTEGER = "integer"
    TIME = "time"  # YYYY-MM-DDThh:mm:ssZ
    SECONDS = "seconds"  # text such as "46.0"
    RATIO = "ratio"  # text such as "0.9200"
    OBJECT = "object"
    LIST = "list"  # an object that holds one array, named after its items
    ARRAY = "array"  # a bare array; in XML the element itself is repeated


class Shape(_Fixed):
    """The form of an answer, or of a part of one: `fields` of an object; name and form of a list's items."""

    type: ShapeKind
    fields: Mapping[str, Shape] = Field(default_factory=dict)
    item: str = ""
    of: Shape | None = None


class Operation(_Fixed):
    """One operation. `qps` is how many calls a second one account may make."""

    name: str
    summary: str
    qps: int
    parameters: tuple[Parameter, ...]
    answer: Shape


class ErrorCode(_Fixed):
    """A code that callers see.

    Attributes
    ----------
    message : the usual text; most answers have one that fits the case better.
    meaning, cause, cure : for people: what it says, what brings it about, what to do.
    """

    code: str
    status: int
    message: str
    meaning: str = Field(min_length=1)
    cause: str = Field(min_length=1)
    cure: str = Field(min_length=1)


class Spec(_Fixed):
    """One version of one product's API.

    Attributes
    ----------
    service_names : what the services' parameters are called on this wire, where a service checks more than
        `parse` does.
    codes : what this product calls errors that are MPS's in the catalogue, once the operation is known.
    """

    product: str
    version: str
    service_names: Mapping[str, str]
    codes: Mapping[str, str] = Field(default_factory=dict)
    operations: Mapping[str, Operation]
    errors: Mapping[str, ErrorCode]


@cache
def load_spec(name: str) -> Spec:
    """Read and check ``spec/{name}.json``.

    Raises
    ------
    pydantic.ValidationError, KeyError
        The file is not a specification; a fault of ours.
    """
    raw = _read(name)
    shapes = raw.pop("shapes")
    for operation_name, operation in raw["operations"].items():
        operation["name"] = operation_name
        operation["answer"] = _with_shapes(operation["answer"], shapes)
    raw["errors"] = {error["code"]: error for error in _read("errors")}
    return Spec.model_validate(raw)


def _read(name: str) -> Any:
    return json.loads(files("shotprint.api").joinpath("spec", f"{name}.json").read_text("utf-8"))


def _with_shapes(node: Any, shapes: Mapping[str, Any]) -> Any:
    """Put the named shapes in the place of their names."""
    if not isinstance(node, dict):
        return node
    if isinstance(node.get("shape"), str):
        return _with_shapes(shapes[node["shape"]], shapes)
    return {key: _with_shapes(value, shapes) for key, value in node.items()}
