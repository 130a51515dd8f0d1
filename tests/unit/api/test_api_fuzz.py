"""Parsers given anything: a value, or an error that says what is wrong, and nothing else."""

import contextlib
import json
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shotprint.api.model import MPS, load_spec
from shotprint.api.parse import parse_parameters, shown
from shotprint.api.serialise import Format, serialise_error
from shotprint.api.sign import parse_acs3_authorization, same, v1_signing
from shotprint.api.wire_errors import WireError, to_wire_error
from shotprint.errors import CallerError

OPERATIONS = load_spec(MPS).operations
CLEAN = st.text(st.characters(exclude_categories=["Cs"]))
JSON_LIKE = st.recursive(
    st.one_of(st.none(), st.booleans(), st.floats(), st.integers(), st.text()),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["Bucket", "PrimaryKey", "x"]), inner),
).map(json.dumps)


@settings(deadline=None)
@given(data=st.data(), operation=st.sampled_from(sorted(OPERATIONS)))
def test_parameters_are_read_or_refused_with_their_name(data, operation):
    described = OPERATIONS[operation].parameters
    texts = st.one_of(CLEAN, JSON_LIKE, st.sampled_from(["1", "a,b", "save", "2026-01-01T00:00:00Z"]))
    sent = data.draw(st.dictionaries(st.sampled_from([parameter.name for parameter in described]), texts))
    try:
        values = parse_parameters(OPERATIONS[operation], sent)
    except CallerError as exc:
        error = to_wire_error(exc)
    except WireError as exc:
        error = exc
    else:
        assert list(values) == [parameter.name for parameter in described]
        return
    assert error.status == 400
    assert any(error.message.startswith(parameter.name) for parameter in described)
    assert error.message.isprintable()
    assert len(error.message) < 500


@given(CLEAN)
def test_authorizations_are_taken_apart_or_refused(text):
    with contextlib.suppress(ValueError):
        assert parse_acs3_authorization(f"ACS3-HMAC-SHA256 {text}").signature


@given(st.dictionaries(CLEAN, CLEAN))
def test_what_is_signed_is_plain_ascii_and_tells_parameters_apart(parameters):
    to_sign = v1_signing("GET", parameters.items()).string_to_sign
    assert to_sign.isascii()
    assert to_sign.count("&") == 2


@given(CLEAN, CLEAN)
def test_same_is_equality(one, other):
    assert same(one, one)
    assert same(one, other) == (one == other)


@given(st.text())
def test_any_text_makes_well_formed_answers(text):
    values = {"RequestId": text, "HostId": text, "Code": text, "Message": text}
    json.loads(serialise_error(values, Format.JSON).decode("utf-8"))
    assert len(ElementTree.fromstring(serialise_error(values, Format.XML))) == 4


@given(st.one_of(st.text(), st.floats(), st.lists(st.text())))
def test_what_messages_show_is_short_and_printable(value):
    assert shown(value).isprintable()
    assert len(shown(value)) <= 64


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_nothing_at_all_is_read_or_refused(operation):
    with contextlib.suppress(CallerError):
        assert parse_parameters(OPERATIONS[operation], {}) is not None
