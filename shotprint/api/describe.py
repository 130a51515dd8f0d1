"""Parameters in words, for the reference pages and for forms."""

from __future__ import annotations

from typing import Final

from shotprint.api.model import Kind, Parameter

__all__ = ["kind_in_words", "limits_in_words", "range_in_words"]

_KINDS: Final = {
    Kind.OBJECT: "JSON text",
    Kind.IDS: "ids, comma between",
    Kind.TIME: "UTC, YYYY-MM-DDThh:mm:ssZ",
    Kind.FLAG: "true or false",
}


def kind_in_words(parameter: Parameter) -> str:
    """What kind of value it is."""
    return _KINDS.get(parameter.type, parameter.type.value)


def range_in_words(limits: tuple[float, float]) -> str:
    """The least and the largest value, with all their digits."""
    return "{:.15g} to {:.15g}".format(*limits)


def limits_in_words(parameter: Parameter) -> list[str]:
    """How long, how large, how many, and what it is when it is not given; not which values are allowed."""
    limits = []
    if parameter.min_bytes is not None:
        limits.append(f"at least {parameter.min_bytes} bytes")
    if parameter.max_bytes is not None:
        limits.append(f"at most {parameter.max_bytes} bytes")
    if parameter.max_items is not None:
        limits.append(f"at most {parameter.max_items}")
    if parameter.range is not None:
        limits.append(range_in_words(parameter.range))
    if parameter.default is not None:
        limits.append(f"default {parameter.default}")
    return limits
