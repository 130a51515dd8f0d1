"""Prints of texts come back as they were, and nothing that is none passes for one."""

from __future__ import annotations

import io
import json
import zlib
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.texts import chinese, text_print, words

from shotprint.engine import codec
from shotprint.engine.text.blocks import BLOCK_CHARS, pack, unpack
from shotprint.engine.text.pipeline import fingerprint_file
from shotprint.engine.text.prints import TextPrint, as_reference
from shotprint.engine.types import Fingerprint, Modality, Role
from shotprint.errors import Cancelled, FingerprintError

TIMED = [{"start": 1, "end": 2, "text": "the train left"}, {"start": 2, "end": 3.5, "text": "before dawn"}]


def timed_print() -> Fingerprint:
    return fingerprint_file(io.BytesIO(json.dumps(TIMED).encode()))[0]


@pytest.mark.parametrize("length", [0, 1, BLOCK_CHARS - 1, BLOCK_CHARS, BLOCK_CHARS + 1, 3 * BLOCK_CHARS])
def test_a_text_of_any_length_comes_back(length: int) -> None:
    text = (chinese(1, 1000) * (length // 1000 + 1))[:length]
    made = TextPrint.of(codec.decode(codec.encode(text_print(text))))
    assert made.text == text
    assert len(made.block) == -(-length // BLOCK_CHARS)


@given(st.text(max_size=300))
def test_any_text_comes_back_from_its_blocks(text: str) -> None:
    packed, sizes = pack(text)
    assert sizes.sum() == len(packed)
    assert (unpack(packed) if text else "") == text


def test_the_facts_of_a_text_are_told() -> None:
    made, info = fingerprint_file(io.BytesIO(json.dumps(TIMED).encode("utf-16")))
    assert (info.container, info.codec, info.duration, info.has_audio) == ("asr", "utf-16", 3.5, False)
    assert (made.modality, made.preset, made.role, made.duration) == (
        Modality.TEXT,
        "text-1",
        Role.REFERENCE,
        3.5,
    )
    read = TextPrint.of(made)
    assert read.part.tolist() == [0, 15]
    assert read.seconds.tolist() == [[1, 2], [2, 3.5]]


def test_the_same_text_in_another_encoding_has_the_same_print() -> None:
    text = words(1, 50) + chinese(2, 50)
    prints = {
        codec.encode(fingerprint_file(io.BytesIO(text.encode(name)))[0]) for name in ("utf-8", "gb18030")
    }
    assert len(prints) == 1


def test_a_querys_print_is_a_references_under_another_name() -> None:
    asked = text_print("some words", Role.QUERY)
    assert codec.encode(as_reference(asked)) == codec.encode(text_print("some words"))
    stored = text_print("some words")
    assert as_reference(stored) is stored


def test_reading_can_be_cancelled() -> None:
    with pytest.raises(Cancelled):
        fingerprint_file(io.BytesIO(b"words"), cancel=lambda: True)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("text", np.zeros(3, np.uint8)),
        ("text", np.zeros((1, 3), np.uint8)),
        ("text", np.zeros(3, np.uint16)),
        ("block", np.zeros(0, np.uint32)),
        ("block", np.array([1, 2], np.uint32)),
        ("length", np.array([7], np.uint32)),
        ("length", np.array([7, 7], np.uint32)),
        ("length", np.array([2**32 - 1], np.uint32)),
        ("part", np.array([15, 0], np.uint32)),
        ("part", np.array([0, 26], np.uint32)),
        ("part", np.array([0], np.uint32)),
        ("seconds", np.array([[1, 2], [3, 2.0]])),
        ("seconds", np.array([[1, 2], [3, np.inf]])),
        ("seconds", np.array([[-1, 2], [3, 4.0]])),
        ("seconds", np.array([1, 2, 3, 4.0])),
    ],
)
def test_arrays_that_make_no_sense_are_refused(name: str, wrong: object) -> None:
    made = timed_print()
    TextPrint.of(made)
    with pytest.raises(FingerprintError):
        TextPrint.of(replace(made, arrays={**made.arrays, name: wrong}))


def test_prints_of_other_kinds_and_unknown_presets_are_refused() -> None:
    made = timed_print()
    with pytest.raises(FingerprintError, match="not the fingerprint of a text"):
        TextPrint.of(replace(made, modality=Modality.VIDEO))
    with pytest.raises(FingerprintError, match="unknown preset 'text-0'"):
        TextPrint.of(replace(made, preset="text-0"))
    with pytest.raises(FingerprintError, match="not the fingerprint of a text"):
        TextPrint.of(replace(made, arrays={}))
    with pytest.raises(FingerprintError):
        as_reference(replace(made, role=Role.QUERY, arrays={}))


def test_a_block_that_would_not_end_is_not_inflated() -> None:
    bomb, _ = pack("a" * BLOCK_CHARS)
    made = text_print("a" * BLOCK_CHARS)
    huge = np.frombuffer(zlib.compress(b"a" * 10**8), np.uint8)
    arrays = {**made.arrays, "text": huge, "block": np.array([len(huge)], np.uint32)}
    with pytest.raises(FingerprintError, match="cannot be read"):
        TextPrint.of(replace(made, arrays=arrays))
    assert len(unpack(bomb)) == BLOCK_CHARS


@given(st.binary(max_size=60), st.integers(0, 300), st.integers(0, 60))
def test_damaged_bytes_are_an_error_of_ours(noise: bytes, at: int, length: int) -> None:
    made = timed_print()
    whole = bytearray(np.asarray(made.arrays["text"]).tobytes())
    whole[at : at + len(noise)] = noise
    arrays = {
        **made.arrays,
        "text": np.frombuffer(bytes(whole), np.uint8),
        "block": np.array([len(whole)], np.uint32),
        "length": np.array([length], np.uint32),
    }
    try:
        TextPrint.of(replace(made, arrays=arrays))
    except FingerprintError:
        return
    assert length == 26
