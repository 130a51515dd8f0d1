"""The other ways in which the vendor's clients can call: GET, forms, XML, coroutines, another signature."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from library_use import ODD_KEY, Shelf
from vendor_client import KINDS, VendorClient, Way, of_drivers, of_kinds

pytestmark = pytest.mark.slow

JSON, XML = Way(generic=True), Way(format="XML", generic=True)
GET, FORM = Way(method="GET", generic=True), Way(form=True, generic=True)


old_family, newer_family = of_drivers("core.py"), of_drivers("tea.py", "tea.js")


def make_and_read(client: VendorClient, way: Way) -> None:
    """Odd texts arrive as they were sent and come back as they are."""
    facts = {"Name": f"{ODD_KEY} {secrets.token_hex(4)}", "Description": " spaces + plus "}
    made = client.answer("CreateFpShotDB", facts, way)["FpShotDB"]
    listed = client.answer("ListFpShotDB", {"FpDBIds": made["FpDBId"]}, way)["FpShotDBList"]["FpShotDB"]
    assert [{name: library[name] for name in facts} for library in listed] == [facts]


@pytest.mark.parametrize("way", [JSON, GET, FORM], ids=["post", "get", "form"])
def test_generic_calls_in_every_way(client: VendorClient, way: Way) -> None:
    make_and_read(client, way)


def test_parameters_that_request_classes_know_and_nobody_describes(client: VendorClient) -> None:
    accounts: dict[str, str | int] = {"OwnerId": 1, "OwnerAccount": "a", "ResourceOwnerId": 2}
    client.answer("ListFpShotDB", {**accounts, "ResourceOwnerAccount": "b"})


@old_family
def test_request_classes_with_get(client: VendorClient) -> None:
    make_and_read(client, Way(method="GET"))


@of_drivers("tea.py")
def test_request_classes_with_coroutines(client: VendorClient) -> None:
    make_and_read(client, Way(asynchronous=True))


@newer_family
@pytest.mark.parametrize("way", [Way(), GET, FORM], ids=["typed", "get", "form"])
def test_newer_clients_can_sign_the_older_way(client: VendorClient, way: Way) -> None:
    make_and_read(client, replace(way, signature="v2"))


Tree = str | Sequence[tuple[str, "Tree"]]


def tree_of(value: Any) -> Tree:
    """What an XML document of the same content holds: an array is its items, each under the array's name."""
    if not isinstance(value, dict):
        return str(value)
    members = [(name, member if isinstance(member, list) else [member]) for name, member in value.items()]
    return [(name, tree_of(item)) for name, items in members for item in items] or ""


def tree_in(element: Element) -> Tree:
    return [(child.tag, tree_in(child)) for child in element] or element.text or ""


@of_kinds(*(kind for kind in KINDS if kind.reads_xml))
def test_xml_says_what_json_says(client: VendorClient, shelf: Shelf) -> None:
    asked = {
        "QueryFpShotJobList": {"JobIds": f"{shelf.original['Id']},{'f' * 32}"},
        "ListFpShotFiles": {"FpDBId": shelf.library_id},
        "ListFpShotDB": {"FpDBIds": shelf.library_id},
    }
    for operation, parameters in asked.items():
        answer = client.answer(operation, parameters, JSON)
        document = client.document(operation, parameters, XML)
        assert document.tag == f"{operation}Response"
        answer["RequestId"] = document.findtext("RequestId")
        assert tree_in(document) == tree_of(answer)


@old_family
@pytest.mark.parametrize("way", [Way(format="XML"), Way(format="")], ids=["xml", "no format"])
def test_the_deprecated_call_gets_xml(client: VendorClient, shelf: Shelf, way: Way) -> None:
    document = client.document("ListFpShotFiles", {"FpDBId": shelf.library_id}, way)
    assert document.findtext("FpShotFileList/FpShotFile/PrimaryKey") == ODD_KEY
    code = "InvalidParameter.DBNotExist"
    refused = client.document("ListFpShotFiles", {"FpDBId": "f" * 32}, way, code=code)
    assert (refused.tag, refused.findtext("Code")) == ("Error", code)


@newer_family
def test_errors_in_xml_are_understood(client: VendorClient) -> None:
    failure = client.error("ListFpShotFiles", {"FpDBId": "f" * 32}, XML)
    assert (failure.code, failure.status) == ("InvalidParameter.DBNotExist", 400)
    assert "f" * 32 in failure.message
