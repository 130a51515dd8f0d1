"""What belongs to HTTP: paths, methods, headers, and what is logged of a call."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest
from structlog.testing import capture_logs
from wire_cases import VARIANTS
from wire_client import Received, Sent, Tweak, send
from wire_server import Server

JSON, XML = VARIANTS["v1-json-get"], VARIANTS["v1-xml-form"]


def get(server: Server, path: str, method: str = "GET") -> Received:
    return send(server.asgi, Sent(method, b"", (("host", "mts.local:8080"),)), path)


@pytest.mark.parametrize("path", ["/x", "//", "/index.html", "/healthz/"])
def test_other_paths_are_not_found_in_json(server: Server, path: str) -> None:
    received = get(server, path)
    body = json.loads(received.body)
    assert (received.status, body["Code"], body["HostId"]) == (404, "InvalidApi.NotFound", "mts.local")
    assert received.headers["content-type"] == "application/json;charset=utf-8"


def test_operators_can_ask_whether_the_server_lives(server: Server) -> None:
    received = get(server, "/healthz")
    assert (received.status, received.text) == (200, "ok\n")
    assert get(server, "/healthz", "HEAD").status == 200
    assert json.loads(get(server, "/healthz", "POST").body)["Code"] == "UnsupportedHTTPMethod"


def test_an_empty_call_says_in_xml_what_is_missing(server: Server) -> None:
    received = get(server, "/")
    assert received.status == 400
    assert received.headers["content-type"] == "text/xml;charset=utf-8"
    assert ElementTree.fromstring(received.text).findtext("Code") == "MissingAction"


def test_answers_say_their_type_and_the_request(server: Server) -> None:
    for variant, kind in ((JSON, "application/json;charset=utf-8"), (XML, "text/xml;charset=utf-8")):
        _, client = server.client(variant)
        received = send(server.asgi, client.request("ListFpShotDB", variant.asks))
        assert received.headers["content-type"] == kind
        assert received.headers["x-acs-request-id"] in received.text
        assert received.headers["content-length"] == str(len(received.body))


def test_methods_that_mean_nothing_are_told_which_do(server: Server) -> None:
    for method in ("HEAD", "OPTIONS", "PUT"):
        received = get(server, "/", method)
        assert (received.status, received.headers["allow"]) == (400, "GET, POST")


@pytest.mark.parametrize(
    ("header", "host"),
    [("mts.local", "mts.local"), ("[::1]:80", "[::1]"), ("[::1]", "[::1]"), ("<x>:y", "<x>:y"), ("", "")],
)
def test_errors_name_the_host_that_was_called(server: Server, header: str, host: str) -> None:
    received = send(server.asgi, Sent("GET", b"", (("host", header),)))
    assert ElementTree.fromstring(received.text).findtext("HostId") == host


def test_a_request_without_a_host_is_answered(server: Server) -> None:
    assert send(server.asgi, Sent("GET", b"", ())).status == 400


def test_request_ids_differ(server: Server) -> None:
    ids = {ElementTree.fromstring(get(server, "/").text).findtext("RequestId") for _ in range(20)}
    assert len(ids) == 20


def test_every_call_is_logged_once_and_no_signature_with_it(server: Server) -> None:
    account_id, client = server.client(JSON)
    sent = client.request("CreateFpShotDB", {**JSON.asks, "Name": "films"})
    with capture_logs() as logs:
        received = send(server.asgi, sent)
        send(server.asgi, client.request("No\nSuch", JSON.asks, Tweak(secret="wrong")))
    good, bad = logs
    assert good["request_id"] == json.loads(received.body)["RequestId"]
    assert (good["account"], good["action"]) == (account_id, "CreateFpShotDB")
    assert (good["method"], good["scheme"]) == ("GET", "v1")
    assert (good["status"], good["code"]) == (200, None)
    assert good["ms"] >= 0
    assert (bad["account"], bad["action"]) == (None, '"No\N{REPLACEMENT CHARACTER}Such"')
    assert (bad["status"], bad["code"]) == (404, "InvalidAction.NotFound")
    assert client.secret not in str(logs)
    assert "Signature" not in str(logs)
