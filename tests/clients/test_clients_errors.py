"""What each of the vendor's clients tells its user when a call is refused."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from library_use import Shelf, input_text
from vendor_client import REPORT, USUAL, Failure, VendorClient, Way, of_drivers

pytestmark = pytest.mark.slow

UNKNOWN_ID = "f" * 32


def config(library_id: str, save_type: str = "nosave") -> str:
    return json.dumps({"PrimaryKey": "key", "SaveType": save_type, "FpDBId": library_id})


def is_told(failure: Failure, code: str, status: int, *words: str) -> None:
    assert (failure.code, failure.status) == (code, status)
    assert all(word in failure.message for word in words), failure.message


def test_unknown_library(client: VendorClient) -> None:
    job = {"Input": input_text("original.mp4"), "FpShotConfig": config(UNKNOWN_ID)}
    for operation, parameters in (("SubmitFpShotJob", job), ("ListFpShotFiles", {"FpDBId": UNKNOWN_ID})):
        is_told(client.error(operation, parameters), "InvalidParameter.DBNotExist", 400, "FpDBId", UNKNOWN_ID)


@pytest.mark.parametrize("way", [USUAL, Way(generic=True), Way(generic=True, method="GET")], ids=str)
def test_wrong_secret(client: VendorClient, way: Way) -> None:
    """The answer holds what the server signed, in the place where clients look for it."""
    wrong = replace(client, key=client.key._replace(secret="wrong ü secret"))
    failure = wrong.error("ListFpShotDB", {"FpDBIds": "a b*~é"}, way, code="SignatureDoesNotMatch")
    if client.kind.driver == "core.py" and not way.generic:
        # This family sees that server and client signed the same text, so that only the secret can be wrong.
        is_told(failure, "InvalidAccessKeySecret", 400, "The AccessKeySecret is incorrect.")
    else:
        scheme = client.kind.generic_scheme if way.generic else client.kind.scheme
        start = "ACS3-HMAC-SHA256\n" if scheme == "acs3" else f"{way.method}&%2F&AccessKeyId%3D"
        is_told(failure, "SignatureDoesNotMatch", 400, f"server string to sign is:{start}")
    assert client.key.secret not in failure.message


@of_drivers("core.py")
def test_wrong_secret_in_a_get_request(client: VendorClient) -> None:
    wrong = replace(client, key=client.key._replace(secret="wrong"))
    failure = wrong.error("ListFpShotDB", {}, Way(method="GET"), code="SignatureDoesNotMatch")
    is_told(failure, "InvalidAccessKeySecret", 400)


def test_unknown_access_key(client: VendorClient) -> None:
    unknown = replace(client, key=client.key._replace(id="nobody"))
    is_told(unknown.error("ListFpShotDB", {}), "InvalidAccessKeyId.NotFound", 404, "access key")


def test_report_on_a_job_that_has_not_failed(client: VendorClient, shelf: Shelf) -> None:
    report = {"JobId": shelf.original["Id"], "Result": "wrong"}
    is_told(client.error(REPORT, report), "InvalidParameter.InvalidState", 400, "JobId", shelf.original["Id"])


def test_report_on_an_unknown_job(client: VendorClient) -> None:
    report = {"JobId": UNKNOWN_ID, "Result": "wrong"}
    is_told(client.error(REPORT, report), "InvalidParameter.ResourceNotFound", 400, "JobId", UNKNOWN_ID)


def test_things_of_another_account_do_not_exist(
    client: VendorClient, stranger: VendorClient, shelf: Shelf
) -> None:
    library_id, job_id = shelf.library_id, shelf.original["Id"]
    job = {"Input": input_text("original.mp4"), "FpShotConfig": config(library_id)}
    is_told(stranger.error("SubmitFpShotJob", job), "InvalidParameter.DBNotExist", 400)
    is_told(stranger.error("ListFpShotFiles", {"FpDBId": library_id}), "InvalidParameter.DBNotExist", 400)
    report = {"JobId": job_id, "Result": "mine"}
    is_told(stranger.error(REPORT, report), "InvalidParameter.ResourceNotFound", 400)
    jobs = stranger.answer("QueryFpShotJobList", {"JobIds": job_id})
    assert (jobs["FpShotJobList"], jobs["NonExistIds"]) == ({"FpShotJob": []}, {"String": [job_id]})
    libraries = stranger.answer("ListFpShotDB", {"FpDBIds": library_id})
    assert (libraries["FpShotDBList"], libraries["NonExistIds"]) == (
        {"FpShotDB": []},
        {"String": [library_id]},
    )
    assert stranger.answer("QueryFpShotJobList", {})["FpShotJobList"] == {"FpShotJob": []}


def test_parameters_that_are_missing_or_wrong(client: VendorClient, shelf: Shelf) -> None:
    is_told(client.error("CreateFpShotDB", {}), "InvalidParameter.NullValue", 400, "Name")
    wrong = {"FpDBId": shelf.library_id, "PageSize": 101}
    is_told(client.error("ListFpShotFiles", wrong), "InvalidParameter.OutOfRange", 400, "PageSize", "101")
    job = {"Input": "{", "FpShotConfig": config(shelf.library_id)}
    is_told(client.error("SubmitFpShotJob", job), "InvalidParameter", 400, "Input")
    job = {"Input": input_text("original.mp4"), "FpShotConfig": config(shelf.library_id, "always")}
    is_told(client.error("SubmitFpShotJob", job), "InvalidParameter.NotSupported", 400, "SaveType", "always")


def test_operation_that_is_not_there(client: VendorClient) -> None:
    failure = client.error("QueryFpShotJob", {}, Way(generic=True))
    is_told(failure, "InvalidAction.NotFound", 404)
