"""Keys that expire, and keys that allow some operations and libraries only."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from wire_cases import USUAL, Variant
from wire_client import Client, Received, Tweak, send
from wire_server import Server

from shotprint.api.actions import ACTIONS
from shotprint.api.app import create_app, create_gateway
from shotprint.api.model import PRODUCTS, load_spec
from shotprint.api.permission import SHOWN_IN_PART
from shotprint.service import jobs
from shotprint.service.types import AccessKey, JobRequest, MediaPlace, SaveType

JSON = USUAL[0]
PLACE = {"Bucket": "demo", "Location": "oss-cn-shanghai", "Object": "a.mp4"}


def client_of(server: Server, key: AccessKey, variant: Variant) -> Client:
    ways = (variant.scheme, variant.place, variant.method, variant.accept)
    return Client(key.id, key.secret, *ways, server.now)


def with_token(client: Client, token: str) -> Tweak:
    return Tweak(put={"SecurityToken" if client.scheme == "v1" else "x-acs-security-token": token})


def code_of(received: Received) -> str:
    return (
        received.text.partition('"Code":"' if received.text[0] == "{" else "<Code>")[2]
        .split('"')[0]
        .split("<")[0]
    )


@pytest.mark.parametrize("variant", USUAL, ids=lambda variant: variant.name)
def test_a_key_that_expires_needs_its_token_until_its_end(server: Server, variant: Variant) -> None:
    owner = server.app.accounts.ensure("keys that expire")
    ends = server.now + timedelta(minutes=10)
    key = server.app.accounts.add_key(owner.id, expires=ends)
    client = client_of(server, key, variant)
    assert key.token is not None

    def answered(tweak: Tweak | None, after_s: int = 0) -> tuple[int, str]:
        moment = server.now + timedelta(seconds=after_s)
        app = create_app(server.app, replace(create_gateway(server.app), clock=lambda: moment))
        received = send(app, client.request("ListFpShotDB", variant.asks, tweak))
        return received.status, code_of(received)

    assert answered(with_token(client, key.token)) == (200, "")
    assert answered(with_token(client, key.token), 599) == (200, "")
    assert answered(with_token(client, key.token), 600) == (400, "InvalidSecurityToken.Expired")
    assert answered(None) == (400, "MissingSecurityToken")
    assert answered(with_token(client, "")) == (400, "MissingSecurityToken")
    assert answered(with_token(client, key.token[:-1])) == (400, "InvalidSecurityToken.MismatchWithAccessKey")
    for malformed in ("a b", "é" if variant.scheme == "v1" else "a\tb", "x" * 4097):
        assert answered(with_token(client, malformed)) == (400, "InvalidSecurityToken.Malformed")
    wrong = replace(with_token(client, key.token), secret="wrong")
    assert answered(wrong) == (400, "SignatureDoesNotMatch")


class Limited:
    """A key of an account with two libraries; calls in JSON."""

    def __init__(self, server: Server, **limits: Any) -> None:
        self.server = server
        self.account_id, self.full = server.client(JSON)
        libraries = server.app.libraries
        self.mine = libraries.create(self.account_id, "mine").id
        self.other = libraries.create(self.account_id, "other").id
        if limits.pop("to_mine", False):
            limits["libraries"] = [self.mine]
        self._client = client_of(server, server.app.accounts.add_key(self.account_id, **limits), JSON)

    def call(self, action: str, **parameters: Any) -> Mapping[str, Any]:
        texts = {
            name: value if isinstance(value, str) else json.dumps(value) for name, value in parameters.items()
        }
        received = send(self.server.asgi, self._client.request(action, {**JSON.asks, **texts}))
        body: dict[str, Any] = json.loads(received.body)
        if "Code" in body:
            assert received.status == (403 if body["Code"] == "Forbidden.RAM" else 400)
        return body

    def submit(self, **config: str) -> str | None:
        config = {"PrimaryKey": "k", "SaveType": "nosave", **config}
        return self.call("SubmitFpShotJob", Input=PLACE, FpShotConfig=config).get("Code")

    def job_in(self, library_id: str) -> str:
        request = JobRequest(MediaPlace("demo", "here", "a.mp4"), "k", SaveType.NOSAVE, library_id)
        job = self.server.app.jobs.submit(self.account_id, request)
        with self.server.app.database.sessions.begin() as session:
            assert jobs.fail(session, job.id, "media_not_found", "gone")
        return job.id


def test_operations_that_the_key_does_not_allow_are_forbidden(server: Server) -> None:
    limited = Limited(server, operations=["Query*", "ListFpShotDB"])
    assert "Code" not in limited.call("ListFpShotDB")
    assert "Code" not in limited.call("QueryFpShotJobList")
    refused = limited.call("CreateFpShotDB", Name="films")
    assert refused["Code"] == "Forbidden.RAM"
    assert refused["Message"] == "User not authorized to operate on the specified resource."
    assert limited.call("ListFpShotFiles", FpDBId=limited.mine)["Code"] == "Forbidden.RAM"
    assert limited.submit(FpDBId=limited.mine) == "Forbidden.RAM"


def test_parameters_are_looked_at_before_permissions(server: Server) -> None:
    limited = Limited(server, operations=["ListFpShotDB"])
    assert limited.call("CreateFpShotDB")["Code"] == "InvalidParameter.NullValue"


def test_libraries_that_the_key_does_not_allow_are_forbidden(server: Server) -> None:
    limited = Limited(server, to_mine=True)
    assert "Code" not in limited.call("ListFpShotFiles", FpDBId=limited.mine)
    assert limited.call("ListFpShotFiles", FpDBId=limited.other)["Code"] == "Forbidden.RAM"
    assert limited.call("ListFpShotFiles", FpDBId="f" * 32)["Code"] == "Forbidden.RAM"
    assert limited.submit(FpDBId=limited.mine) is None
    assert limited.submit(FpDBId=limited.other) == "Forbidden.RAM"
    assert limited.call("CreateFpShotDB", Name="films")["Code"] == "Forbidden.RAM"


def test_the_default_library_counts_when_none_is_named(server: Server) -> None:
    limited = Limited(server, to_mine=True)
    assert limited.submit() == "Forbidden.RAM"
    names = [library.name for library in server.app.libraries.list(limited.account_id)]
    assert names == ["mine", "other"]  # and it was not made
    default = server.app.libraries.default(limited.account_id).id
    assert limited.submit() == "Forbidden.RAM"
    key = server.app.accounts.add_key(limited.account_id, libraries=[default])
    limited._client = client_of(server, key, JSON)
    assert limited.submit() is None


def test_a_key_of_some_libraries_is_shown_those_alone(server: Server) -> None:
    limited = Limited(server, to_mine=True)
    own, foreign = limited.job_in(limited.mine), limited.job_in(limited.other)

    listed = limited.call("ListFpShotDB")
    assert [library["FpDBId"] for library in listed["FpShotDBList"]["FpShotDB"]] == [limited.mine]
    asked = limited.call("ListFpShotDB", FpDBIds=f"{limited.other},{limited.mine}")
    assert [library["FpDBId"] for library in asked["FpShotDBList"]["FpShotDB"]] == [limited.mine]
    assert asked["NonExistIds"] == {"String": [limited.other]}

    page = limited.call("QueryFpShotJobList")
    assert [job["Id"] for job in page["FpShotJobList"]["FpShotJob"]] == [own]
    both = limited.call("QueryFpShotJobList", JobIds=f"{foreign},{own}")
    assert [job["Id"] for job in both["FpShotJobList"]["FpShotJob"]] == [own]
    assert both["NonExistIds"] == {"String": [foreign]}

    reported = limited.call("ReportFpShotJobResult", JobId=foreign, Result="r")
    assert reported["Code"] == "InvalidParameter.ResourceNotFound"
    assert server.app.reports.list(limited.account_id, foreign) == []
    assert "Code" not in limited.call("ReportFpShotJobResult", JobId=own, Result="r")

    assert limited.call("CancelFpShotJob", JobId=foreign)["Code"] == "InvalidParameter.ResourceNotFound"


def test_removals_of_other_libraries_are_not_shown(server: Server) -> None:
    limited = Limited(server, to_mine=True)
    deletions = server.app.deletions
    own, foreign = (
        deletions.delete_files(limited.account_id, library_id, primary_keys=("k",)).id
        for library_id in (limited.mine, limited.other)
    )
    newest = limited.call("QueryFpFileDeleteJobList")
    assert [job["Id"] for job in newest["FpFileDeleteJobList"]["FpFileDeleteJob"]] == [own]
    assert "NonExistIds" not in newest
    both = limited.call("QueryFpFileDeleteJobList", JobIds=f"{foreign},{own}")
    assert [job["Id"] for job in both["FpFileDeleteJobList"]["FpFileDeleteJob"]] == [own]
    assert both["NonExistIds"] == {"String": [foreign]}
    for library_id, code in ((limited.mine, None), (limited.other, "Forbidden.RAM")):
        assert limited.call("SubmitFpDBDeleteJob", FpDBId=library_id).get("Code") == code


OF_NO_LIBRARY = {"CreateFpShotDB", "CreateDNADB", "ListFpShotNotary"}


@pytest.mark.parametrize("operation", sorted(set(ACTIONS) - OF_NO_LIBRARY))
def test_every_operation_is_open_to_keys_of_some_libraries_in_its_way(operation: str) -> None:
    """One that names no library has to say that it shows such a key only what it may see."""
    described = next(
        spec.operations[operation] for spec in map(load_spec, PRODUCTS) if operation in spec.operations
    )
    members = {member.name for one in described.parameters for member in (one, *one.members)}
    assert (operation in SHOWN_IN_PART) != bool(members & {"FpDBId", "DBId"})
