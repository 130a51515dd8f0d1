"""Reading of parameters, each rule on both of its sides."""

from datetime import UTC, datetime

import pytest

from shotprint import errors
from shotprint.api.model import MPS, Kind, Operation, Parameter, Shape, ShapeKind, load_spec
from shotprint.api.parse import parse_parameters, parse_time, shown
from shotprint.api.wire_errors import WireError


def read(raw, **rules):
    """One parameter P with these rules, sent as `raw`."""
    parameter = Parameter(name="P", description="", **rules)
    operation = Operation(
        name="X", summary="", qps=1, parameters=(parameter,), answer=Shape(type=ShapeKind.OBJECT)
    )
    return parse_parameters(operation, {} if raw is None else {"P": raw})["P"]


def member(raw, **rules):
    """The same as a member M of a JSON parameter."""
    inner = Parameter(name="M", description="", **rules)
    return read(raw, type=Kind.OBJECT, members=(inner,))["M"]


@pytest.mark.parametrize(("raw", "error"), [(None, errors.MissingValue), ("", errors.EmptyValue)])
def test_required_parameters_must_be_there_and_not_empty(raw, error):
    with pytest.raises(error, match="P must be given"):
        read(raw, type=Kind.STRING, required=True)


@pytest.mark.parametrize("raw", [None, ""])
def test_optional_parameters_sent_empty_are_not_given(raw):
    assert read(raw, type=Kind.INTEGER, default=10) == 10
    assert read(raw, type=Kind.STRING) is None


@pytest.mark.parametrize(
    ("raw", "error"),
    [("{}", errors.MissingValue), ('{"M":null}', errors.MissingValue), ('{"M":""}', errors.EmptyValue)],
)
def test_required_members_must_be_there_and_not_empty(raw, error):
    with pytest.raises(error, match=r"P\.M must be given"):
        member(raw, type=Kind.STRING, required=True)


@pytest.mark.parametrize(
    ("raw", "value"), [("0", 0), ("+7", 7), ("-3", -3), ("007", 7), ("9" * 18, 10**18 - 1)]
)
def test_integers(raw, value):
    assert read(raw, type=Kind.INTEGER) == value


@pytest.mark.parametrize("raw", ["x", "1.0", " 1", "1 ", "1e3", "٣", "0x1", "9" * 19, "--1", "1\n"])
def test_what_is_no_integer(raw):
    with pytest.raises(errors.InvalidValue, match="P must be a whole number"):
        read(raw, type=Kind.INTEGER)


@pytest.mark.parametrize(("raw", "fine"), [("0", False), ("1", True), ("100", True), ("101", False)])
def test_ranges_include_their_ends(raw, fine):
    if fine:
        assert read(raw, type=Kind.INTEGER, range=(1, 100)) == int(raw)
    else:
        with pytest.raises(errors.OutOfRange, match="P must be from 1 to 100; it is"):
            read(raw, type=Kind.INTEGER, range=(1, 100))


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ('{"M":0}', 0.0),
        ('{"M":1}', 1.0),
        ('{"M":0.85}', 0.85),
        ('{"M":"0.85"}', 0.85),
        ('{"M":".5"}', 0.5),
        ('{"M":8.5e-1}', 0.85),
    ],
)
def test_numbers_come_as_numbers_or_texts(raw, value):
    assert member(raw, type=Kind.NUMBER, range=(0, 1)) == value


@pytest.mark.parametrize(
    "raw",
    [
        '{"M":"x"}',
        '{"M":true}',
        '{"M":[1]}',
        '{"M":{}}',
        '{"M":"nan"}',
        '{"M":"inf"}',
        '{"M":1e999}',
        '{"M":"1e999"}',
    ],
)
def test_what_is_no_number(raw):
    with pytest.raises(errors.InvalidValue, match=r"P\.M must be a number"):
        member(raw, type=Kind.NUMBER)


@pytest.mark.parametrize("raw", ['{"M":-0.001}', '{"M":1.001}', '{"M":"2"}'])
def test_numbers_out_of_range(raw):
    with pytest.raises(errors.OutOfRange, match=r"P\.M must be from 0 to 1"):
        member(raw, type=Kind.NUMBER, range=(0, 1))


def test_lengths_are_counted_in_bytes_of_utf8():
    assert read("é" * 64, type=Kind.STRING, max_bytes=128) == "é" * 64
    with pytest.raises(errors.OutOfRange, match="at most 128 bytes of UTF-8; it is 129 bytes"):
        read("é" * 64 + "a", type=Kind.STRING, max_bytes=128)
    assert read("abc", type=Kind.STRING, min_bytes=3) == "abc"
    with pytest.raises(errors.OutOfRange, match="at least 3 bytes"):
        read("ab", type=Kind.STRING, min_bytes=3)


@pytest.mark.parametrize("character", ["\0", "\t", "\n", "\x1f", "\x7f", "\x80", "\x9f"])
def test_control_characters_are_refused(character):
    with pytest.raises(errors.InvalidValue, match="control characters") as caught:
        read(f"a{character}b", type=Kind.STRING)
    assert character not in caught.value.message


def test_lines_may_have_line_ends_and_tabs_and_nothing_else():
    assert read("a\r\n\tb", type=Kind.STRING, multiline=True) == "a\r\n\tb"
    with pytest.raises(errors.InvalidValue):
        read("a\0b", type=Kind.STRING, multiline=True)


@pytest.mark.parametrize(
    "text", ['{"a": 1}', "[1]", "订单", "-x", " x", "\N{GRINNING FACE}", '"x"', "_x", "%41"]
)
def test_user_data_may_start_with_anything_visible(text):
    assert read(text, type=Kind.STRING, multiline=True, plain_start=True) == text


def test_user_data_must_not_start_with_a_control_character():
    with pytest.raises(errors.InvalidValue, match="does not start with a control character"):
        read("\nx", type=Kind.STRING, multiline=True, plain_start=True)


def test_lone_surrogates_are_refused():
    with pytest.raises(errors.InvalidValue, match="surrogates"):
        member(r'{"M":"\ud800"}', type=Kind.STRING)
    assert member(r'{"M":"\ud83d\ude00"}', type=Kind.STRING) == "\N{GRINNING FACE}"


def test_whole_numbers_are_texts_where_a_text_is_expected_and_nothing_else_is():
    assert member('{"M":123}', type=Kind.STRING) == "123"
    for raw in ("true", "1.5", "[]", "{}"):
        with pytest.raises(errors.InvalidValue, match=r"P\.M must be a text"):
            member(f'{{"M":{raw}}}', type=Kind.STRING)


@pytest.mark.parametrize("text", ["0123456789abcdef" * 2, "0123456789ABCDEF" * 2])
def test_ids_are_32_hexadecimal_digits(text):
    assert read(text, type=Kind.STRING, id=True) == text


@pytest.mark.parametrize("text", ["0" * 31, "0" * 33, "g" + "0" * 31, "0" * 32 + "\u0660"])
def test_what_is_no_id(text):
    with pytest.raises(WireError, match=r"InvalidParameter\.UUIDFormatInvalid: P must be 32"):
        read(text, type=Kind.STRING, id=True)


def test_allowed_values():
    allowed = {"a": "the first", "b": "the second"}
    assert read("b", type=Kind.STRING, allowed=allowed) == "b"
    for raw in ("A", "c", "b "):
        with pytest.raises(errors.NotSupported, match="P must be one of a, b; it is"):
            read(raw, type=Kind.STRING, allowed=allowed)
    with pytest.raises(errors.InvalidState):
        read("c", type=Kind.STRING, allowed=allowed, refused_as="state")
    assert read("1", type=Kind.INTEGER, allowed={"1": "one"}) == 1
    with pytest.raises(errors.NotSupported):
        read("2", type=Kind.INTEGER, allowed={"1": "one"})


def test_times_are_seconds_in_utc():
    assert read("2026-01-02T03:04:05Z", type=Kind.TIME) == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "raw",
    [
        "2026-01-02T03:04:05",
        "2026-01-02 03:04:05Z",
        "2026-01-02T03:04:05.000Z",
        "2026-01-02T03:04:05+00:00",
        "2026-02-30T00:00:00Z",
        "2026-01-02T24:00:00Z",
        "2026-01-02T03:04:60Z",
        "0000-01-01T00:00:00Z",
        "2026-1-2T3:4:5Z",
        "x",
        "٢٠٢٦-01-02T03:04:05Z",
    ],
)
def test_what_is_no_time(raw):
    with pytest.raises(errors.InvalidValue, match="P must be a time in UTC such as"):
        read(raw, type=Kind.TIME)
    with pytest.raises(ValueError):
        parse_time(raw)


def test_id_lists_keep_order_and_drop_blanks_and_repeats():
    assert read("b,a, b ,,a", type=Kind.IDS, max_items=2) == ("b", "a")


def test_id_lists_have_a_limit_and_at_least_one_id():
    ten = ",".join(str(number) for number in range(10))
    assert len(read(ten, type=Kind.IDS, max_items=10)) == 10
    with pytest.raises(errors.OutOfRange, match="at most 10 ids; it holds 11"):
        read(ten + ",x", type=Kind.IDS, max_items=10)
    with pytest.raises(errors.EmptyValue, match="ids joined by commas"):
        read(", ,", type=Kind.IDS)


@pytest.mark.parametrize(
    "raw",
    [
        "{",
        "[]",
        "1",
        '"x"',
        "null",
        '{"M":1}x',
        "{'M':1}",
        '{"M":NaN}',
        '{"M":Infinity}',
        '{"a":1,"a":2}',
        "[" * 10000,
        '{"M":"\n"}',
        '{"M":' + "9" * 5000 + "}",
    ],
)
def test_what_is_no_json_object(raw):
    with pytest.raises(errors.InvalidValue, match="P must be a JSON object; it is") as caught:
        read(raw, type=Kind.OBJECT)
    assert len(caught.value.message) < 300


def test_json_objects_have_a_size_limit():
    read('{"x":"' + "y" * 92 + '"}', type=Kind.OBJECT, max_bytes=100)
    with pytest.raises(errors.OutOfRange, match="at most 100 bytes"):
        read('{"x":"' + "y" * 93 + '"}', type=Kind.OBJECT, max_bytes=100)


def test_what_the_description_does_not_name_is_ignored():
    operation = load_spec(MPS).operations["ListFpShotDB"]
    assert parse_parameters(operation, {"OwnerId": "x", "FpDBIds": "a"}) == {"FpDBIds": ("a",)}
    assert member('{"M":"x","TextType":{"deep":[1]}}', type=Kind.STRING) == "x"


def test_messages_show_values_shortened_and_printable():
    assert shown("a\0b\n") == '"a�b�"'
    assert shown("x" * 1000) == '"' + "x" * 60 + '…"'
    assert shown(1.5) == "1.5"
    assert shown([None, True]) == "[null, true]"
