"""Forms of the API explorer, and the calls that they make."""

import json
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shotprint.api.model import ICE, MPS, PRODUCTS, Kind, load_spec
from shotprint.api.parse import parse_parameters
from shotprint.console.explorer.forms import Widget, fields_of, first_values, read_form

OPERATIONS = [operation for product in PRODUCTS for operation in load_spec(product).operations.values()]
SUBMIT = load_spec(MPS).operations["SubmitFpShotJob"]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_a_form_asks_for_every_parameter_and_member(operation):
    fields = fields_of(operation)
    assert [field.name for field in fields] == [parameter.name for parameter in operation.parameters]
    for field, parameter in zip(fields, operation.parameters, strict=True):
        members = [member.name for member in parameter.members]
        assert [member.name for member in field.members] == [f"{field.name}.{name}" for name in members]
    for field in chain(fields, *(field.members for field in fields)):
        assert bool(field.choices) == (field.widget is Widget.CHOICE)
        assert (field.widget is Widget.JSON) == bool(field.members)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_a_fresh_form_sent_as_it_is_makes_a_call_that_the_server_can_read(operation):
    names = {field.name for field in fields_of(operation)}
    names |= {member.name for field in fields_of(operation) for member in field.members}
    assert first_values(operation).keys() <= names
    parameters = read_form(operation, first_values(operation))
    must = {parameter.name for parameter in operation.parameters if parameter.required}
    assert must == parameters.keys()
    parse_parameters(operation, parameters)


def test_members_become_one_json_text_with_values_of_their_kinds():
    sent = {
        "Input.Bucket": "demo", "Input.Location": "", "Input.Object": '12',
        "FpShotConfig.PrimaryKey": "7", "FpShotConfig.SimilarityThreshold": "0.5", "FpShotConfig.Notary": "false",
    }  # fmt: skip
    parameters = read_form(SUBMIT, sent)
    assert json.loads(parameters["Input"]) == {"Bucket": "demo", "Object": "12"}
    config = {"PrimaryKey": "7", "SimilarityThreshold": 0.5, "Notary": False}
    assert json.loads(parameters["FpShotConfig"]) == config


@pytest.mark.parametrize("wrong", ["much", "NaN", "-Infinity", "1e999", "[" * 5000, "true", '"0.5"'])
def test_a_member_that_is_not_of_its_kind_is_sent_as_a_text(wrong):
    parameters = read_form(SUBMIT, {"FpShotConfig.SimilarityThreshold": wrong})
    assert json.loads(parameters["FpShotConfig"]) == {"SimilarityThreshold": wrong}


def test_the_whole_text_counts_before_the_members_and_is_not_touched():
    sent = {"Input": '{"Bucket": 1, "Bucket": ', "Input.Bucket": "demo"}
    assert read_form(SUBMIT, sent) == {"Input": '{"Bucket": 1, "Bucket": '}
    assert read_form(SUBMIT, {"Input": " \n", "Input.Bucket": "demo"}) == {"Input": '{"Bucket": "demo"}'}


def test_line_ends_are_those_that_were_typed():
    operation = load_spec(MPS).operations["CreateFpShotDB"]
    sent = {"Description": "a\r\nb\rc\nd", "Name": "n"}
    assert read_form(operation, sent) == {"Name": "n", "Description": "a\nb\rc\nd"}


@given(
    st.dictionaries(st.sampled_from(["Input.Type", "Input.Media", "Config.SaveType", "UserData"]), st.text())
)
def test_whatever_is_typed_is_what_is_sent(sent):
    operation = load_spec(ICE).operations["SubmitDNAJob"]
    typed = {name: text.replace("\r\n", "\n") for name, text in sent.items() if text}
    read = read_form(operation, sent)
    seen = {}
    for name, text in read.items():
        kind = next(parameter.type for parameter in operation.parameters if parameter.name == name)
        if kind is Kind.OBJECT:
            seen |= {f"{name}.{member}": value for member, value in json.loads(text).items()}
        else:
            seen[name] = text
    assert seen == typed


@pytest.mark.parametrize("text", ["1e999", "-1e999", "9" * 400, "9" * 5000, "NaN"])
def test_a_number_that_is_none_is_sent_as_it_stands(text):
    parameters = read_form(SUBMIT, {"FpShotConfig.SimilarityThreshold": text})
    config = json.loads(parameters["FpShotConfig"])
    assert str(config["SimilarityThreshold"]) == (text if len(text) != 400 else str(10**400 - 1))
