"""Over a real socket: what an HTTP server between client and application could spoil."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPResponse

import pytest
from wire_client import FORM, Client, Sent
from wire_server import Server

from shotprint.api.app import create_app
from shotprint.cli.web_server import WebServer, listen

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def address(server: Server) -> Iterator[tuple[str, int]]:
    """A live server, by the same means as `shotprint serve`."""
    ready = threading.Event()
    with listen("127.0.0.1", 0) as listener:
        host, port = listener.getsockname()[:2]
        web = WebServer(create_app(server.app), listener, on_ready=ready.set)
        thread = threading.Thread(target=web.serve)
        thread.start()
        assert ready.wait(30)
        yield host, port
        web.stop()
        thread.join(30)


def fetch(address: tuple[str, int], sent: Sent) -> tuple[HTTPResponse, bytes]:
    connection = HTTPConnection(*address, timeout=30)
    try:
        connection.putrequest(sent.method, f"/?{sent.query.decode()}", skip_host=True)
        for name, value in (*sent.headers, ("content-length", str(len(sent.body)))):
            connection.putheader(name, value.encode("utf-8"))
        connection.endheaders(sent.body)
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


@pytest.fixture
def client(server: Server) -> Client:
    key = server.app.accounts.add_key(server.app.accounts.ensure("live").id)
    return Client(key.id, key.secret, "acs3", "form", "POST", "application/json", datetime.now(UTC))


def test_signed_calls_arrive_as_they_were_signed(address: tuple[str, int], client: Client) -> None:
    response, body = fetch(address, client.request("ListFpShotDB", {"FpDBIds": "ä +*~%2F"}))
    assert response.status == 200
    assert json.loads(body)["NonExistIds"] == {"String": ["ä +*~%2F"]}


def test_the_longest_texts_arrive_in_a_query(address: tuple[str, int], client: Client) -> None:
    in_query = Client(client.key_id, client.secret, "v1", "query", "GET", "", client.now)
    parameters = {"Format": "JSON", "JobId": "x", "Result": "r", "Details": "é" * 8192}
    response, body = fetch(address, in_query.request("ReportFpShotJobResult", parameters))
    assert (response.status, json.loads(body)["Code"]) == (400, "InvalidParameter.ResourceNotFound")


def test_a_client_that_sends_too_much_still_gets_its_answer(address: tuple[str, int]) -> None:
    too_much = Sent("POST", b"Format=JSON", (("host", "x"), ("content-type", FORM)), b"x" * 500_000)
    response, body = fetch(address, too_much)
    assert (response.status, json.loads(body)["Code"]) == (400, "InvalidParameter.OutOfRange")


def test_head_has_no_body(address: tuple[str, int]) -> None:
    response, body = fetch(address, Sent("HEAD", b"", (("host", "x"),)))
    assert (response.status, body) == (400, b"")


def test_a_client_that_leaves_early_does_no_harm(address: tuple[str, int], client: Client) -> None:
    connection = HTTPConnection(*address, timeout=30)
    connection.putrequest("POST", "/")
    connection.putheader("content-length", "1000")
    connection.endheaders(b"x")
    connection.close()
    response, _ = fetch(address, client.request("ListFpShotDB", {}))
    assert response.status == 200
