"""Calls that the server signs itself, through the real request path, and the steps that people see."""

import json
import secrets
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl
from xml.etree import ElementTree

import pytest

from shotprint.api.chain import answer_in_both_forms
from shotprint.api.model import MPS, PRODUCTS, load_spec
from shotprint.api.serialise import Format
from shotprint.console.explorer.forms import first_values, read_form
from shotprint.console.explorer.planned_call import PlannedCall
from shotprint.console.explorer.trace import Scheme, sign_call

CALLS = [
    PlannedCall("http", "dna.example:8080", spec, name, read_form(operation, first_values(operation)))
    for spec in map(load_spec, PRODUCTS)
    for name, operation in spec.operations.items()
]
ODD = "a b+*~é\n\"$'%&=;\N{SNOWMAN}\U0001f3ac"
GATEWAY_CODES = ("Missing", "InvalidSecurity", "InvalidAccessKey", "InvalidTime", "Signature", "Incomplete")


def signed(gateway, call, scheme, **key):
    account = gateway.app.accounts.ensure("someone")
    key = gateway.app.accounts.add_key(account.id, **key)
    return key, sign_call(call, key, scheme, moment=datetime.now(UTC), nonce=secrets.token_hex(16))


@pytest.mark.parametrize("scheme", Scheme)
@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.operation)
def test_every_operation_is_reached(gateway, call, scheme):
    _, made = signed(gateway, call, scheme)
    answers = answer_in_both_forms(gateway, made.http)
    in_json = json.loads(answers[Format.JSON].body)
    in_xml = ElementTree.fromstring(answers[Format.XML].body)
    assert in_json["RequestId"] == in_xml.findtext("RequestId")
    assert in_json.get("Code") == in_xml.findtext("Code")
    assert not in_json.get("Code", "").startswith(GATEWAY_CODES), in_json
    assert answers[Format.JSON].status == answers[Format.XML].status
    assert [answer.headers["Content-Type"] for answer in answers.values()] == [form.value for form in answers]


@pytest.mark.parametrize("scheme", Scheme)
def test_odd_values_arrive_as_they_are(gateway, scheme):
    call = PlannedCall(
        "http", "h", load_spec(MPS), "CreateFpShotDB", {"Name": f"odd {scheme}", "Description": ODD}
    )
    _, made = signed(gateway, call, scheme)
    answer = json.loads(answer_in_both_forms(gateway, made.http)[Format.JSON].body)
    assert answer["FpShotDB"]["Description"] == ODD
    again = json.loads(answer_in_both_forms(gateway, made.http)[Format.JSON].body)
    assert again["Code"] == "SignatureNonceUsed"


@pytest.mark.parametrize("scheme", Scheme)
def test_keys_that_expire_are_used_with_their_token(gateway, scheme):
    key, made = signed(gateway, CALLS[1], scheme, expires=datetime.now(UTC) + timedelta(hours=1))
    assert key.token in made.request_text or key.token.replace("_", "%5F") in made.request_text
    assert answer_in_both_forms(gateway, made.http)[Format.JSON].status == 200


@pytest.mark.parametrize("scheme", Scheme)
def test_the_secret_is_in_nothing_that_is_shown(gateway, scheme):
    key, made = signed(gateway, CALLS[1], scheme, secret="a-secret-that-shows")
    assert (
        key.secret
        not in repr(made) + made.request_text + made.signing.canonical + made.signing.string_to_sign
    )


def test_the_steps_are_those_that_the_server_takes(gateway):
    """Whoever signs with another secret is told the very string to sign that is shown."""
    for scheme in Scheme:
        key, _ = signed(gateway, CALLS[0], scheme)
        moment = datetime.now(UTC)
        made = sign_call(CALLS[0], replace(key, secret="other"), scheme, moment=moment, nonce="n")
        refused = json.loads(answer_in_both_forms(gateway, made.http)[Format.JSON].body)
        assert refused["Code"] == "SignatureDoesNotMatch"
        assert refused["Message"].partition(":")[2] == made.signing.string_to_sign


def test_the_request_is_shown_as_it_goes_over_the_wire(gateway):
    key, made = signed(gateway, CALLS[1], Scheme.V1)
    line, host, *rest = made.request_text.split("\n")
    method, target, version = line.split(" ")
    assert (method, version, host, rest) == ("GET", "HTTP/1.1", "host: dna.example:8080", ["", ""])
    sent = dict(parse_qsl(target.removeprefix("/?"), keep_blank_values=True))
    assert (sent["AccessKeyId"], sent["Signature"]) == (key.id, made.signature)
    _, made = signed(gateway, CALLS[1], Scheme.ACS3)
    assert made.request_text.startswith("POST / HTTP/1.1\naccept: application/json\nhost: dna.example:8080\n")
    assert f"Signature={made.signature}\n\n" in made.request_text
