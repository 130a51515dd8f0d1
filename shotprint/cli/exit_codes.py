"""How a run ends, for scripts."""

from __future__ import annotations

from enum import IntEnum

from shotprint.errors import (
    Cancelled,
    EmptyValue,
    InvalidValue,
    MissingValue,
    NotSupported,
    OutOfRange,
    ShotprintError,
)


class ExitCode(IntEnum):
    """What scripts may rely on."""

    DONE = 0  # finding no match is done
    FAILED = 1
    USAGE = 2  # the command line or a setting is wrong
    INTERRUPTED = 130


_WRONG_VALUES = (InvalidValue, MissingValue, EmptyValue, OutOfRange, NotSupported)


def exit_code_of(error: type[ShotprintError]) -> ExitCode:
    """How a run ends that meets an error of this class."""
    if issubclass(error, Cancelled):
        return ExitCode.INTERRUPTED
    return ExitCode.USAGE if issubclass(error, _WRONG_VALUES) else ExitCode.FAILED
