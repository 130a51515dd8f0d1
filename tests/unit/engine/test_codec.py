"""Fingerprint ↔ bytes: what goes in comes out, and bytes of strangers do no harm."""

from __future__ import annotations

import json
import struct
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from support.prints import made_print

from shotprint.engine.codec import FORMAT_VERSION, MAGIC, decode, encode
from shotprint.engine.types import Fingerprint, Modality, Role
from shotprint.errors import FingerprintError

DTYPES = ("<f4", "<f8", "|u1", "<u2", "<u4", "<u8", "<i4", "<i8")
GOLDEN = Path(__file__).parents[2] / "golden" / "format-1.fingerprint"

arrays = st.dictionaries(
    st.text(max_size=12),
    st.sampled_from(DTYPES).flatmap(
        lambda dtype: npst.arrays(dtype, npst.array_shapes(max_dims=3, min_side=0, max_side=4))
    ),
    max_size=5,
)
fingerprints = st.builds(
    Fingerprint,
    st.text(max_size=20),
    st.sampled_from(Modality),
    st.sampled_from(Role),
    st.floats(0, 1e9),
    arrays,
)


def signed(header: bytes | dict[str, Any], payload: bytes = b"", *, version: int = FORMAT_VERSION) -> bytes:
    """A file whose checksum is right, whatever else is wrong with it."""
    head = header if isinstance(header, bytes) else json.dumps(header).encode()
    body = struct.pack("<4sHI", MAGIC, version, len(head)) + head + payload
    return body + blake2b(body, digest_size=16).digest()


def header(**changed: Any) -> dict[str, Any]:
    fields = {"preset": "video-2", "modality": "video", "role": "query", "duration": 1.0, "arrays": []}
    return {**fields, **changed}


@settings(deadline=None, max_examples=60)
@given(fingerprints)
def test_what_is_written_is_read_back(fingerprint: Fingerprint) -> None:
    read = decode(encode(fingerprint))
    assert (read.preset, read.modality, read.role, read.duration) == (
        fingerprint.preset,
        fingerprint.modality,
        fingerprint.role,
        fingerprint.duration,
    )
    assert read.arrays.keys() == fingerprint.arrays.keys()
    for name, array in fingerprint.arrays.items():
        assert (read.arrays[name].dtype, read.arrays[name].shape) == (array.dtype, array.shape)
        assert read.arrays[name].tobytes() == array.tobytes()


@settings(deadline=None, max_examples=30)
@given(fingerprints, st.randoms(use_true_random=False))
def test_the_same_print_gives_the_same_bytes_in_whatever_order_its_arrays_came(
    fingerprint: Fingerprint, dice: Any
) -> None:
    names = list(fingerprint.arrays)
    dice.shuffle(names)
    shuffled = Fingerprint(
        fingerprint.preset,
        fingerprint.modality,
        fingerprint.role,
        fingerprint.duration,
        {name: fingerprint.arrays[name].copy() for name in names},
    )
    assert encode(shuffled) == encode(fingerprint) == encode(decode(encode(fingerprint)))


def test_arrays_of_another_byte_order_or_layout_are_written_alike() -> None:
    plain = np.arange(24, dtype="<u4").reshape(4, 6)
    others = [plain.astype(">u4"), np.asfortranarray(plain), np.repeat(plain, 2, axis=1)[:, ::2]]
    written = {
        encode(Fingerprint("p", Modality.VIDEO, Role.QUERY, 1.0, {"a": array})) for array in [plain, *others]
    }
    assert len(written) == 1


def test_arrays_read_back_cannot_be_written_to() -> None:
    read = decode(encode(made_print(1)))
    assert not any(array.flags.writeable for array in read.arrays.values())


SMALL = encode(made_print(7, seconds=2, points=1))


@settings(deadline=None, max_examples=150)
@given(st.integers(0, len(SMALL) - 1), st.integers(1, 255))
def test_any_altered_byte_is_noticed(place: int, change: int) -> None:
    damaged = bytearray(SMALL)
    damaged[place] ^= change
    with pytest.raises(FingerprintError):
        decode(bytes(damaged))


def test_a_file_cut_short_anywhere_is_noticed() -> None:
    for length in range(len(SMALL)):
        with pytest.raises(FingerprintError):
            decode(SMALL[:length])


@settings(deadline=None, max_examples=50)
@given(st.binary(min_size=1, max_size=40))
def test_bytes_too_many_are_noticed(more: bytes) -> None:
    with pytest.raises(FingerprintError):
        decode(SMALL + more)


@settings(deadline=None, max_examples=100)
@given(st.binary(max_size=200))
def test_any_bytes_at_all_are_refused(data: bytes) -> None:
    for bytes_ in (data, MAGIC + data):
        with pytest.raises(FingerprintError):
            decode(bytes_)


def test_a_newer_format_is_named_in_the_message() -> None:
    with pytest.raises(FingerprintError, match=f"format {FORMAT_VERSION + 1}.*reads {FORMAT_VERSION}"):
        decode(signed(header(), version=FORMAT_VERSION + 1))


def test_a_header_that_claims_more_than_there_is_is_refused() -> None:
    body = struct.pack("<4sHI", MAGIC, FORMAT_VERSION, 0xFFFFFFFF) + b"{}"
    with pytest.raises(FingerprintError, match="longer"):
        decode(body + blake2b(body, digest_size=16).digest())


@pytest.mark.parametrize(
    "described",
    [
        [["a", "|u1", [1 << 62]]],
        [["a", "<f8", [1 << 31, 1 << 31, 1 << 31, 1 << 31]]],
        [["a", "<f4", [0, 10**30]]],
        [["a", "<f4", [0, 1 << 62]]],
        [["a", "|u1", [-1]]],
        [["a", "|u1", [-1, -4]]],
        [["a", "|u1", [2.0, 2]]],
        [["a", "|u1", ["4"]]],
        [["a", "|u1", [True, True]]],
        [["a", "|u1", 4]],
        [["a", "|u1", "4"]],
        [["a", "|u1", {"4": 1}]],
        [["a", "|u1", None]],
        [["a", "|u1", [1, 1, 1, 1, 4]]],
        [["a", "|O", [1]]],
        [["a", ">u4", [1]]],
        [["a", "<U1", [1]]],
        [["a", ["|u1"], [4]]],
        [["a", None, [4]]],
        [["a", "|u1"]],
        [["a", "|u1", [4], 5]],
        [["a", "|u1", [2]], ["a", "|u1", [2]]],
        [["1", "|u1", [2]], [1, "|u1", [2]]],
        [[["a"], "|u1", [4]]],
        [["a", "|u1", [3]]],
        [["a", "|u1", [5]]],
        "abc",
        5,
        None,
        {"a": 1},
        [5],
    ],
    ids=str,
)
def test_arrays_that_cannot_be_are_refused(described: Any) -> None:
    with pytest.raises(FingerprintError):
        decode(signed(header(arrays=described), b"\0\0\0\0"))


@pytest.mark.parametrize(
    "bad",
    [
        {"duration": "nan"},
        {"duration": float("nan")},
        {"duration": float("inf")},
        {"duration": -1},
        {"duration": 10**400},
        {"duration": None},
        {"duration": []},
        {"role": "thief"},
        {"role": ["query"]},
        {"modality": "smell"},
        {"modality": {}},
    ],
    ids=lambda bad: str(bad)[:40],
)
def test_facts_that_cannot_be_are_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(FingerprintError):
        decode(signed(header(**bad)))


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"[]",
        b"5",
        b"null",
        b"{}",
        b"\xff\xfe",
        b"[" * 60_000,
        b'{"arrays":' * 6_000,
        b'{"duration":' + b"9" * 60_000 + b"}",
    ],
    ids=lambda text: repr(text[:12]),
)
def test_headers_that_are_not_ours_are_refused(text: bytes) -> None:
    with pytest.raises(FingerprintError):
        decode(signed(text))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
)


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(sorted(header())), JSON)
@example("arrays", [["a", "|u1", [4]]])
def test_a_header_with_any_json_in_it_gives_a_print_or_a_clear_error(field: str, value: Any) -> None:
    try:
        read = decode(signed(header(**{field: value}), b"\0\0\0\0"))
    except FingerprintError:
        return
    assert sum(array.nbytes for array in read.arrays.values()) == 4


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_a_header_altered_anywhere_and_signed_again_gives_a_print_or_a_clear_error(
    data: st.DataObject,
) -> None:
    length = struct.unpack_from("<I", SMALL, 6)[0]
    head, payload = bytearray(SMALL[10 : 10 + length]), SMALL[10 + length : -16]
    for _ in range(data.draw(st.integers(1, 3))):
        head[data.draw(st.integers(0, length - 1))] = data.draw(
            st.sampled_from(b'0123456789-.,:"[]{}eu<|\xff')
        )
    try:
        read = decode(signed(bytes(head), payload))
    except FingerprintError:
        return
    assert sum(array.nbytes for array in read.arrays.values()) == len(payload)


def test_a_print_written_in_format_1_stays_readable() -> None:
    """The file is never written again: it was made when format 1 was released."""
    read = decode(GOLDEN.read_bytes())
    assert (read.preset, read.modality, read.role, read.duration) == (
        "golden",
        Modality.AUDIO,
        Role.QUERY,
        12.625,
    )
    assert {name: (array.dtype.str, array.tolist()) for name, array in read.arrays.items()} == {
        "bytes": ("|u1", [[0, 1, 2], [253, 254, 255]]),
        "double": ("<f8", [-0.5, 1e300]),
        "float": ("<f4", [0.25, 3.0]),
        "int": ("<i4", [-1, 2**31 - 1]),
        "long": ("<i8", [[-(2**63)], [2**63 - 1]]),
        "none": ("<u2", []),
        "short": ("<u2", [0, 65535]),
        "uint": ("<u4", [2**32 - 1]),
        "ulong": ("<u8", [[[2**64 - 1]]]),
    }
