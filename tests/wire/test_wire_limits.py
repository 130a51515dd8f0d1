"""Rates: so many calls of one operation by one account, and no more."""

from __future__ import annotations

import json
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from starlette.applications import Starlette
from wire_cases import VARIANTS
from wire_client import Client, Received, Tweak, send
from wire_server import Server

from shotprint.api.app import create_app, create_gateway
from shotprint.api.model import PRODUCTS, Operation, load_spec
from shotprint.api.throttle import Throttle

JSON, XML = VARIANTS["v1-json-get"], VARIANTS["acs3-xml-form"]
WINDOW_S = 3600  # so long that the speed of the test does not matter
RATE = 100
OPERATIONS = [operation for product in PRODUCTS for operation in load_spec(product).operations.values()]


def slow_window(server: Server, *, limited: bool = True) -> Starlette:
    """The same server with rates per hour in place of those per second."""
    app = replace(server.app, settings=server.app.settings.model_copy(update={"rate_limits": limited}))
    gateway = replace(create_gateway(app), throttle=Throttle(window_s=WINDOW_S), clock=lambda: server.now)
    return create_app(app, gateway)


def report(app: Starlette, client: Client, tweak: Tweak | None = None) -> Received:
    parameters = {"Format": "JSON", "JobId": "x", "Result": "r"}
    return send(app, client.request("ReportFpShotJobResult", parameters, tweak))


def test_the_hundred_and_first_call_is_refused_and_nobody_elses(server: Server) -> None:
    app = slow_window(server)
    name = "rates"
    _, client = server.client(JSON, name)
    report(app, client, Tweak(secret="wrong"))  # strangers don't use the rate up
    for _ in range(RATE):
        assert json.loads(report(app, client).body)["Code"] == "InvalidParameter.ResourceNotFound"
    refused = report(app, client)
    body = json.loads(refused.body)
    assert (refused.status, body["Code"]) == (400, "Throttling.User")
    assert body["Message"] == "Request was denied due to user flow control."
    assert refused.headers["retry-after"] == str(WINDOW_S)
    assert refused.headers["x-acs-retry-after"] == str(1000 * WINDOW_S)

    _, second_key = server.client(XML, name)
    in_xml = send(app, second_key.request("ReportFpShotJobResult", XML.asks))
    assert in_xml.status == 400
    assert "<Code>Throttling.User</Code>" in in_xml.text
    assert send(app, client.request("ListFpShotDB", JSON.asks)).status == 200
    _, stranger = server.client(JSON)
    assert json.loads(report(app, stranger).body)["Code"] == "InvalidParameter.ResourceNotFound"


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_the_last_call_of_every_operations_rate_is_let_in_and_one_more_is_not(
    server: Server, operation: Operation
) -> None:
    throttle = Throttle(window_s=WINDOW_S)
    gateway = replace(create_gateway(server.app), throttle=throttle, clock=lambda: server.now)
    app = create_app(server.app, gateway)
    account_id, client = server.client(JSON)
    for _ in range(operation.qps - 1):
        throttle.admit(account_id, operation)

    def code() -> str | None:
        received = send(app, client.request(operation.name, {**JSON.asks}))
        found: str | None = json.loads(received.body).get("Code")
        return found

    assert code() != "Throttling.User"
    assert code() == "Throttling.User"


def test_errors_link_to_their_pages_where_there_are_some(server: Server) -> None:
    pages = "https://docs.example/errors?lang=en&code="
    settings = server.app.settings.model_copy(update={"error_pages_url": pages})
    app = create_app(replace(server.app, settings=settings))
    for variant in (JSON, XML):
        _, client = server.client(variant)
        received = send(app, client.request("NoSuchOperation", variant.asks))
        link = f"{pages}InvalidAction.NotFound"
        if variant is JSON:
            assert json.loads(received.body)["Recommend"] == link
        else:
            assert received.text.endswith(f"<Recommend><![CDATA[{link}]]></Recommend></Error>")
            assert ElementTree.fromstring(received.text).findtext("Recommend") == link


def test_rates_can_be_switched_off(server: Server) -> None:
    app = slow_window(server, limited=False)
    _, client = server.client(JSON)
    codes = {json.loads(report(app, client).body)["Code"] for _ in range(RATE + 5)}
    assert codes == {"InvalidParameter.ResourceNotFound"}
