"""The main job with each of the vendor's clients: a file is stored, a copy of a part of it is found again."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote

import pytest
from library_use import (
    BUCKET,
    LOCATION,
    ODD_KEY,
    ODD_LIBRARY,
    ODD_NAME,
    ODD_USER_DATA,
    Shelf,
    await_job,
    input_text,
    library_of,
    matches_of,
    run,
    stored_keys,
)
from vendor_client import REPORT, VendorClient

pytestmark = pytest.mark.slow

ID = re.compile(r"[0-9a-f]{32}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
UNKNOWN_ID = "f" * 32


def test_a_new_library_starts_offline_and_becomes_active(client: VendorClient, shelf: Shelf) -> None:
    library_id = shelf.library_id
    assert ID.fullmatch(library_id)
    facts = {"FpDBId": library_id, "Name": ODD_LIBRARY, "ModelId": 12, "Description": ODD_KEY}
    assert shelf.created == {**facts, "Config": "{}", "State": "offline"}
    assert library_of(client, library_id) == {**facts, "Status": "active"}


def test_unknown_libraries_and_jobs_are_named_apart(client: VendorClient, shelf: Shelf) -> None:
    libraries = client.answer("ListFpShotDB", {"FpDBIds": f"{UNKNOWN_ID},{shelf.library_id}"})
    assert [library["FpDBId"] for library in libraries["FpShotDBList"]["FpShotDB"]] == [shelf.library_id]
    assert libraries["NonExistIds"] == {"String": [UNKNOWN_ID]}
    jobs = client.answer("QueryFpShotJobList", {"JobIds": f"{UNKNOWN_ID},{shelf.original['Id']}"})
    assert [job["Id"] for job in jobs["FpShotJobList"]["FpShotJob"]] == [shelf.original["Id"]]
    assert jobs["NonExistIds"] == {"String": [UNKNOWN_ID]}


def test_a_stored_file_has_its_facts_in_the_job_and_in_the_list(client: VendorClient, shelf: Shelf) -> None:
    job = dict(shelf.original)
    place = {"Bucket": BUCKET, "Location": LOCATION, "Object": "original.mp4"}
    file_id, started, ended = job["FileId"], job.pop("CreationTime"), job.pop("FinishTime")
    assert ID.fullmatch(job.pop("Id"))
    assert TIME.fullmatch(started)
    assert started <= ended
    if client.knows("Duration of FpShotJob"):
        assert job.pop("Duration") == 12
    if client.knows("Input of FpShotJob"):
        assert job.pop("Input") == input_text("original.mp4")
    assert job == {
        "State": "Success",
        "UserData": ODD_USER_DATA,
        "FileId": file_id,
        "InputFile": place,
        "FpShotConfig": {"PrimaryKey": ODD_KEY, "SaveType": "onlysave", "FpDBId": shelf.library_id},
        "FpShotResult": {"FpShots": {"FpShot": []}},
    }
    (file,) = client.answer("ListFpShotFiles", {"FpDBId": shelf.library_id})["FpShotFileList"]["FpShotFile"]
    if client.knows("StoreTime of FpShotFile"):
        assert started <= file.pop("StoreTime") <= ended
    assert file == {"FileId": file_id, "PrimaryKey": ODD_KEY, "InputFile": place}


def test_a_copy_is_found_with_the_seconds_on_both_sides(client: VendorClient, shelf: Shelf) -> None:
    job = run(client, shelf.library_id, ODD_NAME, "nosave", UserData=ODD_USER_DATA)
    (match,) = matches_of(job)
    assert match["PrimaryKey"] == ODD_KEY
    (piece,) = match["FpShotSlices"]["FpShotSlice"]
    seconds(piece["Input"], start=4, duration=6)
    seconds(piece["Duplication"], start=3, duration=6)
    for similarity in (match["Similarity"], piece["Similarity"]):
        assert re.fullmatch(r"0\.\d{4}|1\.0000", similarity)
        assert float(similarity) > 0.5
    assert "FileId" not in job
    assert (job["InputFile"]["Object"], job["UserData"]) == (quote(ODD_NAME, safe=""), ODD_USER_DATA)
    assert stored_keys(client, shelf.library_id) == [ODD_KEY]


def seconds(stretch: dict[str, Any], *, start: float, duration: float) -> None:
    assert stretch.keys() == {"Start", "Duration"}
    assert all(re.fullmatch(r"\d+\.\d{1,3}", text) for text in stretch.values())
    assert float(stretch["Start"]) == pytest.approx(start, abs=1)
    assert float(stretch["Duration"]) == pytest.approx(duration, abs=1)


def test_an_unrelated_file_matches_nothing(client: VendorClient, shelf: Shelf) -> None:
    assert matches_of(run(client, shelf.library_id, "unrelated.mp4", "nosave")) == []


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("gone.mp4", "InvalidParameter.ResourceNotFound"),
        ("broken.mp4", "InvalidParameter.ResourceContentBad"),
    ],
)
def test_a_job_that_failed_says_why_and_can_be_reported(
    client: VendorClient, shelf: Shelf, name: str, code: str
) -> None:
    job = run(client, shelf.library_id, name, "save", key="failed")
    assert (job["State"], job["Code"]) == ("Fail", code)
    assert job["Message"]
    assert "FpShotResult" not in job
    report = {"JobId": job["Id"], "Result": ODD_KEY, "Details": f"{ODD_USER_DATA}\nsecond line"}
    assert client.answer(REPORT, report)["JobId"] == job["Id"]
    assert stored_keys(client, shelf.library_id) == [ODD_KEY]


def test_jobs_are_listed_newest_first_in_pages(client: VendorClient, shelf: Shelf) -> None:
    jobs = [run(client, shelf.library_id, "gone.mp4", "nosave", key=f"page {number}") for number in range(3)]
    query: dict[str, str | int] = {"State": "Fail", "MaximumPageSize": 2}
    first = client.answer("QueryFpShotJobList", query)
    assert [job["Id"] for job in first["FpShotJobList"]["FpShotJob"]] == [jobs[2]["Id"], jobs[1]["Id"]]
    assert "NonExistIds" not in first
    second = client.answer("QueryFpShotJobList", {**query, "NextPageToken": first["NextPageToken"]})
    assert second["FpShotJobList"]["FpShotJob"][0] == jobs[0]


def test_jobs_are_listed_by_the_time_of_their_creation(client: VendorClient, shelf: Shelf) -> None:
    moment = shelf.original["CreationTime"]
    window = {"StartOfJobCreatedTimeRange": moment, "EndOfJobCreatedTimeRange": moment, "State": "Success"}
    within = client.answer("QueryFpShotJobList", window)["FpShotJobList"]["FpShotJob"]
    assert shelf.original in within
    assert {job["CreationTime"] for job in within} == {moment}
    before = {"EndOfJobCreatedTimeRange": "2020-01-01T00:00:00Z"}
    assert client.answer("QueryFpShotJobList", before)["FpShotJobList"] == {"FpShotJob": []}


def test_stored_files_are_listed_oldest_first_in_pages(client: VendorClient) -> None:
    library_id = client.answer("CreateFpShotDB", {"Name": "pages"})["FpShotDB"]["FpDBId"]
    keys = [f"{number} {ODD_KEY}" for number in range(3)]
    for key in keys:
        run(client, library_id, "unrelated.mp4", "onlysave", key=key)
    query: dict[str, str | int] = {"FpDBId": library_id, "PageSize": 2}
    first = client.answer("ListFpShotFiles", query)
    second = client.answer("ListFpShotFiles", {**query, "NextPageToken": first["NextPageToken"]})
    assert "NextPageToken" not in second
    listed = [*first["FpShotFileList"]["FpShotFile"], *second["FpShotFileList"]["FpShotFile"]]
    assert [file["PrimaryKey"] for file in listed] == keys
    assert len({file["FileId"] for file in listed}) == 3


def test_an_object_name_that_is_not_encoded_is_found_as_well(client: VendorClient, shelf: Shelf) -> None:
    sent = json.dumps({"Bucket": BUCKET, "Location": LOCATION, "Object": ODD_NAME}, ensure_ascii=False)
    config = json.dumps({"PrimaryKey": "raw", "SaveType": "nosave", "FpDBId": shelf.library_id})
    submitted = client.answer("SubmitFpShotJob", {"Input": sent, "FpShotConfig": config})
    job = await_job(client, submitted["JobId"])
    assert (job["State"], job["InputFile"]["Object"]) == ("Success", ODD_NAME)
    if client.knows("Input of FpShotJob"):
        assert job["Input"] == sent
