"""Requests made at random: every one gets a well-formed answer, none breaks the server or gets past it."""

from __future__ import annotations

import json
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wire_cases import USUAL, Variant
from wire_client import HOST, Sent
from wire_server import Server

from shotprint.api.app import create_gateway
from shotprint.api.call import Gateway, HttpAnswer, HttpRequest
from shotprint.api.chain import answer_call
from shotprint.api.model import MPS, PRODUCTS, load_spec

OPERATIONS = {name: item for product in PRODUCTS for name, item in load_spec(product).operations.items()}
REFUSALS = ("InvalidParameter", "MissingParameter", "ResourceNotFound", "OperationDenied")
CODES = load_spec(MPS).errors

# The server is shared on purpose: what one request leaves behind must not help or hurt the next.
FUZZ = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])

NAMES = st.sampled_from(
    [
        "Action", "Version", "Format", "AccessKeyId", "Signature", "SignatureMethod", "SignatureVersion",
        "SignatureNonce", "Timestamp", "SecurityToken", "FpDBIds", "x",
    ]
)  # fmt: skip
HEADERS = st.sampled_from(
    [
        "host", "authorization", "content-type", "accept", "x-acs-action", "x-acs-version", "x-acs-date",
        "x-acs-signature-nonce", "x-acs-content-sha256", "x-acs-security-token",
    ]
)  # fmt: skip
VALUES = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            "ListFpShotDB", "2014-06-18", "ListDNADB", "2020-11-09", "JSON", "HMAC-SHA1", "1.0",
            "2026-01-01T00:00:00Z", HOST,
            "application/x-www-form-urlencoded",
            "ACS3-HMAC-SHA256 Credential=a,SignedHeaders=host,Signature=b",
        ]
    ),
)  # fmt: skip
ENCODED = st.one_of(
    st.binary(max_size=80),
    st.lists(st.tuples(NAMES, VALUES), max_size=12).map(
        lambda pairs: "&".join(f"{name}={value}" for name, value in pairs).encode("utf-8", "replace")
    ),
)
REQUESTS = st.builds(
    HttpRequest,
    method=st.sampled_from(["GET", "POST", "PUT", "", "G\u00e9T"]),
    path=st.just("/"),
    query=ENCODED,
    headers=st.lists(st.tuples(HEADERS, VALUES), max_size=12).map(tuple),
    body=st.one_of(st.none(), ENCODED),
)

MEMBERS = st.dictionaries(
    st.sampled_from(
        ["Bucket", "Location", "Object", "PrimaryKey", "SaveType", "FpDBId", "SimilarityThreshold"]
    ),
    st.recursive(
        st.one_of(
            st.none(), st.booleans(), st.floats(), st.integers(), st.text(max_size=20), st.just("save")
        ),
        lambda inner: st.lists(inner, max_size=3),
        max_leaves=4,
    ),
)
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=60),
    st.integers().map(str),
    st.sampled_from(["12", "All", "a,b", "2026-01-01T00:00:00Z", "{}", "f" * 32]),
    MEMBERS.map(json.dumps),
)


@pytest.fixture
def gateway(server: Server) -> Gateway:
    """Without rates: they would hide everything that comes after them."""
    app = replace(server.app, settings=server.app.settings.model_copy(update={"rate_limits": False}))
    return replace(create_gateway(app), clock=lambda: server.now)


def well_formed(answer: HttpAnswer) -> str:
    """The answer's error code, empty for a success; fails when it is no documented answer."""
    text = answer.body.decode()
    if answer.headers["Content-Type"].startswith("application/json"):
        code = json.loads(text).get("Code", "")
    else:
        code = ElementTree.fromstring(text).findtext("Code") or ""
    assert answer.status == (CODES[code].status if code else 200)
    assert answer.status < 500
    return str(code)


def as_request(sent: Sent) -> HttpRequest:
    return HttpRequest(sent.method, "/", sent.query, sent.headers, sent.body)


@FUZZ
@given(request=REQUESTS)
def test_any_request_is_answered_and_none_without_a_signature_is_accepted(
    gateway: Gateway, request: HttpRequest
) -> None:
    assert well_formed(answer_call(gateway, request)) != ""


@FUZZ
@given(data=st.data(), variant=st.sampled_from(USUAL), operation=st.sampled_from(sorted(OPERATIONS)))
def test_any_parameters_well_signed_are_understood_or_refused_for_what_they_are(
    server: Server, gateway: Gateway, data: st.DataObject, variant: Variant, operation: str
) -> None:
    names = [parameter.name for parameter in OPERATIONS[operation].parameters]
    parameters = data.draw(st.dictionaries(st.sampled_from([*names, "OwnerId", "é &="]), TEXTS))
    _, client = server.client(variant, "fuzz")
    sent = client.request(operation, {**parameters, **variant.asks})
    code = well_formed(answer_call(gateway, as_request(sent)))
    assert code == "" or code.startswith(REFUSALS)


@FUZZ
@given(data=st.data(), variant=st.sampled_from(USUAL), value=TEXTS)
def test_no_change_after_signing_goes_unnoticed(
    server: Server, gateway: Gateway, data: st.DataObject, variant: Variant, value: str
) -> None:
    _, client = server.client(variant, "fuzz")
    sent = client.request("ListFpShotDB", {"FpDBIds": value, **variant.asks})
    part = data.draw(st.sampled_from(["query", "body", "method", "header"]))
    if part == "header" and variant.scheme == "acs3":
        place = data.draw(st.integers(0, len(sent.headers) - 1))
        name, old = sent.headers[place]
        changed = (name, data.draw(st.text(max_size=20).filter(lambda new: new.strip() != old)))
        bent = replace(sent, headers=(*sent.headers[:place], changed, *sent.headers[place + 1 :]))
    elif part == "body" and sent.body:
        bent = replace(sent, body=sent.body + data.draw(st.sampled_from([b"x", b"&x=1", b"%41"])))
    elif part == "query" and (sent.query or variant.scheme == "acs3"):
        bent = replace(sent, query=sent.query + data.draw(st.sampled_from([b"&x", b"&x=1", b"&FpDBIds="])))
    else:
        bent = replace(sent, method="GET" if sent.method == "POST" else "POST")
    assert well_formed(answer_call(gateway, as_request(bent))) != ""
    untouched = well_formed(answer_call(gateway, as_request(sent)))
    assert untouched == "" or untouched.startswith("InvalidParameter")
