"""Each of the vendor's clients with a temporary key, which comes with a security token."""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from live_server import LiveServer
from support.processes import shotprint
from vendor_client import USUAL, Key, VendorClient, Way

pytestmark = pytest.mark.slow

WAYS = pytest.mark.parametrize("way", [USUAL, Way(generic=True)], ids=["typed", "generic"])


@pytest.fixture(scope="module")
def temporary(live_server: LiveServer) -> Key:
    """A key that lasts for the tests, made as an operator makes it."""
    data = live_server.app.settings.data
    command = shotprint("account", "add-key", "--expires", "2h", "--json", "--data", data)
    assert command.returncode == 0, command.stderr
    made = json.loads(command.stdout)
    return Key(made["id"], made["secret"], made["token"])


@pytest.fixture(scope="module")
def ended(live_server: LiveServer) -> Key:
    """A key that has come to its end; none can be made that already has."""
    accounts, end = live_server.app.accounts, datetime.now(UTC) + timedelta(seconds=1)
    key = accounts.add_key(accounts.ensure("ended").id, expires=end)
    assert key.token is not None
    while datetime.now(UTC) <= end:
        time.sleep(0.1)
    return Key(key.id, key.secret, key.token)


@WAYS
def test_a_token_lets_in_while_its_key_lasts(client: VendorClient, temporary: Key, way: Way) -> None:
    visitor = replace(client, key=temporary)
    name = f"by {client.kind.name} {secrets.token_hex(4)}"
    library = visitor.answer("CreateFpShotDB", {"Name": name}, way)["FpShotDB"]
    listed = visitor.answer("ListFpShotDB", {"FpDBIds": library["FpDBId"]}, way)
    assert [shown["Name"] for shown in listed["FpShotDBList"]["FpShotDB"]] == [name]


@WAYS
def test_without_its_token_or_with_another_one_the_key_is_refused(
    client: VendorClient, temporary: Key, ended: Key, way: Way
) -> None:
    codes = {
        "": "MissingSecurityToken",
        "no token, surely": "InvalidSecurityToken.Malformed",
        ended.token: "InvalidSecurityToken.MismatchWithAccessKey",
    }
    for token, code in codes.items():
        visitor = replace(client, key=temporary._replace(token=token))
        failure = visitor.error("ListFpShotDB", {}, way)
        assert (failure.code, failure.status) == (code, 400)


def test_a_token_for_a_lasting_key_is_refused(client: VendorClient, temporary: Key) -> None:
    pretender = replace(client, key=client.key._replace(token=temporary.token))
    assert pretender.error("ListFpShotDB", {}).code == "InvalidSecurityToken.MismatchWithAccessKey"


@WAYS
def test_a_key_that_has_ended_is_refused(client: VendorClient, ended: Key, way: Way) -> None:
    visitor = replace(client, key=ended)
    failure = visitor.error("ListFpShotDB", {}, way)
    assert (failure.code, failure.status) == ("InvalidSecurityToken.Expired", 400)


def test_the_clients_of_ice_as_well(ice: VendorClient, temporary: Key, ended: Key) -> None:
    visitor = replace(ice, key=temporary)
    name = f"ICE by {ice.kind.name}"
    assert visitor.answer("CreateDNADB", {"Name": name, "Model": "Video"})["DBInfo"]["Name"] == name
    refused = {temporary._replace(token=""): "MissingSecurityToken", ended: "InvalidSecurityToken.Expired"}
    for key, code in refused.items():
        assert replace(ice, key=key).error("ListDNADB", {}).code == code
