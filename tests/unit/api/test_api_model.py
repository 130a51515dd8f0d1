"""The specification file is sound in itself and complete with respect to the code."""

from collections.abc import Iterator

import pytest

from shotprint import errors
from shotprint.api.actions import ACTIONS
from shotprint.api.model import ICE, MPS, PRODUCTS, Kind, Shape, ShapeKind, load_spec
from shotprint.api.parse import parse_parameters
from shotprint.api.wire_errors import WIRE_CODES, WireError, job_code, to_wire_error

SPEC = load_spec(MPS)
OPERATIONS = [operation for product in PRODUCTS for operation in load_spec(product).operations.values()]


def all_errors(error: type[errors.ShotprintError] = errors.ShotprintError) -> Iterator[type]:
    yield error
    for child in error.__subclasses__():
        yield from all_errors(child)


def all_shapes(shape: Shape) -> Iterator[Shape]:
    yield shape
    for part in (*shape.fields.values(), *([shape.of] if shape.of else [])):
        yield from all_shapes(part)


def test_every_operation_has_its_action():
    names = [operation.name for operation in OPERATIONS]
    assert len(set(names)) == len(names)
    assert set(names) == set(ACTIONS)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_answers_name_the_request_and_are_well_formed(operation):
    assert "RequestId" in operation.answer.fields
    for shape in all_shapes(operation.answer):
        assert bool(shape.fields) == (shape.type is ShapeKind.OBJECT)
        assert bool(shape.item) == (shape.type is ShapeKind.LIST)
        assert (shape.of is not None) == (shape.type in (ShapeKind.LIST, ShapeKind.ARRAY))


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_defaults_and_examples_are_valid(operation):
    for parameter in operation.parameters:
        assert bool(parameter.members) == (parameter.type is Kind.OBJECT)
        assert parameter.default is None or not parameter.required
    examples = {p.name: p.example or "x" for p in operation.parameters if p.example or p.required}
    values = parse_parameters(operation, examples)
    again = {name: str(value) for name, value in values.items() if isinstance(value, int)}
    assert parse_parameters(operation, {**examples, **again}) == values


@pytest.mark.parametrize("error", list(all_errors()), ids=lambda error: error.__name__)
def test_every_error_has_a_code_of_the_specification(error):
    assert WIRE_CODES[error] in SPEC.errors
    assert job_code(error.code) == WIRE_CODES[error]


def test_codes_of_our_errors_are_distinct():
    assert len({error.code for error in WIRE_CODES}) == len(WIRE_CODES)


def test_unknown_job_codes_are_internal_errors():
    assert job_code("from a later version") == "InternalError"


def test_what_goes_wrong_inside_stays_inside():
    assert "secret" not in to_wire_error(errors.InternalError("the secret is 5")).message
    assert "secret" not in to_wire_error(errors.FingerprintError("the secret is 5")).message


def test_callers_errors_keep_their_words_and_name_the_wires_parameter():
    error = to_wire_error(errors.InvalidValue("no such token", parameter="page_token"))
    assert (error.code, error.status) == ("InvalidParameter", 400)
    assert error.message == "NextPageToken: no such token"
    assert to_wire_error(errors.TemporaryError()).status == 503


def test_usual_messages_come_from_the_specification():
    assert WireError("InvalidVersion").message == "Specified parameter Version is not valid."


def test_a_product_has_its_own_codes_for_what_callers_do_wrong():
    codes = load_spec(ICE).codes
    assert set(codes) <= set(SPEC.errors)
    assert set(codes.values()) <= set(SPEC.errors)
    error = to_wire_error(errors.LibraryNotFound("gone", parameter="library_id"), load_spec(ICE))
    renamed = error.renamed(codes)
    assert (renamed.code, renamed.status, renamed.message) == ("ResourceNotFound", 404, "DBId: gone")
    unavailable = to_wire_error(errors.TemporaryError())
    assert unavailable.renamed(codes) is unavailable
