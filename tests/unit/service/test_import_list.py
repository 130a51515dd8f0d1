"""How large the list of an import may be, on both sides of each edge."""

from __future__ import annotations

import io
import json

import pytest

from shotprint.errors import OutOfRange
from shotprint.service.import_list import MAX_LINE_BYTES, ListLimits, read_list

LINE = json.dumps({"PrimaryKey": "k", "Bucket": "demo", "Object": "a"}).encode()


def read(data: bytes, limits: ListLimits) -> int:
    return len(read_list(io.BytesIO(data), len(data), limits))


def test_so_many_bytes_and_no_more() -> None:
    assert read(LINE, ListLimits(len(LINE), 10)) == 1
    with pytest.raises(OutOfRange):
        read(LINE, ListLimits(len(LINE) - 1, 10))


def test_so_many_lines_and_no_more_the_empty_ones_included() -> None:
    assert read(LINE + b"\n\n" + LINE, ListLimits(10_000, 3)) == 2
    with pytest.raises(OutOfRange):
        read(LINE + b"\n\n" + LINE, ListLimits(10_000, 2))


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
def test_a_line_has_at_most_16_kib(end: bytes) -> None:
    longest = LINE + b" " * (MAX_LINE_BYTES - len(LINE))
    limits = ListLimits(2**20, 10)
    (line,) = read_list(io.BytesIO(longest + end), len(longest), limits)
    assert line.error is None
    good, bad = read_list(io.BytesIO(LINE + b"\n" + longest + b"xx" + end), len(longest), limits)
    assert good.error is None
    assert isinstance(bad.error, OutOfRange)
