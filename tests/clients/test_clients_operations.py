"""Every other operation with each of the vendor's clients: bulk loading, removals, comparisons, cancelling, ICE."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from library_use import (
    BUCKET,
    LOCATION,
    ODD_KEY,
    ODD_NAME,
    PATIENCE_S,
    await_job,
    create_library,
    input_text,
    run,
    stored_keys,
    submit,
)
from live_server import LiveServer
from vendor_client import CANCEL, VendorClient, Way

pytestmark = pytest.mark.slow

UNKNOWN_ID = "f" * 32
OVER = ("Success", "Fail")


def ended(ask: Callable[[], dict[str, Any]], state: str = "Status") -> dict[str, Any]:
    """What `ask` says of a job, once it has ended."""
    deadline = time.monotonic() + PATIENCE_S
    while (job := ask())[state] not in OVER:
        assert time.monotonic() < deadline, f"the job does not end: {job}"
        time.sleep(0.1)
    return job


def listed(client: VendorClient, operation: str, wrapper: str, job_id: str, state: str) -> dict[str, Any]:
    """A job of one of the wrapped lists, once it has ended."""

    def ask() -> dict[str, Any]:
        answer = client.answer(operation, {"JobIds": f"{job_id},{UNKNOWN_ID}"})
        assert answer["NonExistIds"] == {"String": [UNKNOWN_ID]}
        (job,) = answer[f"{wrapper}List"][wrapper]
        return dict(job)

    return ended(ask, state)


def read(url: str) -> str:
    with urlopen(url, timeout=30) as answer:
        return str(answer.read().decode())


def test_files_and_libraries_are_removed(client: VendorClient) -> None:
    library_id = create_library(client, "removals")["FpDBId"]
    keys = ["one", "two", ODD_KEY]
    files = [run(client, library_id, "unrelated.mp4", "onlysave", key=key)["FileId"] for key in keys]
    by_id = {"FpDBId": library_id, "FileIds": files[0], "UserData": "u"}
    job_id = client.answer("SubmitFpFileDeleteJob", by_id)["JobId"]
    job = listed(client, "QueryFpFileDeleteJobList", "FpFileDeleteJob", job_id, "Status")
    assert (job["Status"], job["FileIds"], job["UserData"]) == ("Success", files[0], "u")
    by_key = {"FpDBId": library_id, "PrimaryKeys": "two"}  # which the older classes don't have
    job_id = client.answer("SubmitFpFileDeleteJob", by_key, Way(generic=True))["JobId"]
    job = listed(client, "QueryFpFileDeleteJobList", "FpFileDeleteJob", job_id, "Status")
    assert job["Status"] == "Success"
    assert stored_keys(client, library_id) == [ODD_KEY]

    older = {"FpDBId": library_id, "PrimaryKey": ODD_KEY}
    job_id = client.answer("SubmitMediaFpDeleteJob", older)["JobId"]
    job = listed(client, "QueryMediaFpDeleteJobList", "MediaFpDeleteJob", job_id, "State")
    assert (job["State"], job["PrimaryKey"]) == ("Success", ODD_KEY)
    assert stored_keys(client, library_id) == []

    for kind in ("Purge", "Delete"):
        sent = {"FpDBId": library_id, "DelType": kind}
        job_id = client.answer("SubmitFpDBDeleteJob", sent)["JobId"]
        job = listed(client, "QueryFpDBDeleteJobList", "FpDBDeleteJob", job_id, "Status")
        assert (job["Status"], job["DelType"]) == ("Success", kind)
    assert client.error("SubmitFpDBDeleteJob", {"FpDBId": library_id}).code == "InvalidParameter.DBNotExist"


def test_a_list_of_files_is_imported(client: VendorClient, bucket: Path) -> None:
    library_id = create_library(client, "imports")["FpDBId"]
    place = {"Bucket": BUCKET, "Location": LOCATION}
    lines = [
        {**place, "PrimaryKey": ODD_KEY, "Object": "original.mp4", "UserData": '{"a":1}'},
        {**place, "PrimaryKey": "gone", "Object": "gone.mp4"},
    ]
    name = f"{client.kind.name}.jsonl"
    (bucket / name).write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))
    sent = {"FpDBId": library_id, "Input": input_text(name), "FpImportConfig": '{"SaveType":"onlysave"}'}
    job_id = client.answer("ImportFpShotJob", sent)["JobId"]

    def ask() -> dict[str, Any]:
        answer = client.answer("ListFpShotImportJob", {"JobIds": f"{job_id},{UNKNOWN_ID}"})
        assert answer["NonExistIds"] == [UNKNOWN_ID]
        (job,) = answer["FpShotImportJobList"]
        return dict(job)

    job = ended(ask)
    assert (job["Status"], job["Input"], job["FpDBId"]) == ("Success", input_text(name), library_id)
    told = [json.loads(line) for line in read(job["ProcessMessage"]).splitlines()]
    assert [line["PrimaryKey"] for line in told] == [ODD_KEY, "gone"]
    assert stored_keys(client, library_id) == [ODD_KEY]

    logs = client.answer("QueryFpImportResult", {"StartTime": 0, "EndTime": int(time.time()) + 60})
    (log,) = logs["FpResultLogInfoList"]["FpResultLogInfo"]
    assert read(log["LogPath"]) == read(job["ProcessMessage"])


def test_two_files_are_compared(client: VendorClient) -> None:
    sent = {"MasterMedia": input_text("original.mp4"), "QueryMedia": input_text(ODD_NAME)}
    job_id = client.answer("SubmitFpCompareJob", sent)["JobId"]
    job = listed(client, "QueryFpCompareJobList", "FpCompareJob", job_id, "State")
    assert job["State"] == "Success"
    (segment,) = job["FpCompareResult"]["MediaMatchSegments"]["MediaMatchSegment"]
    assert float(segment["QueryStartTime"]) == pytest.approx(4, abs=1)
    assert float(segment["MasterStartTime"]) == pytest.approx(3, abs=1)


def test_a_waiting_and_a_running_job_are_cancelled(client: VendorClient) -> None:
    library_id = create_library(client, "cancelled")["FpDBId"]
    running, waiting = (submit(client, library_id, "long.mp4", "onlysave", key=key) for key in ("1", "2"))
    deadline = time.monotonic() + PATIENCE_S
    while (states := states_of(client, running, waiting))[0] == "Queuing":
        assert time.monotonic() < deadline, "the job does not start"
        time.sleep(0.05)
    assert states == ["Analysing", "Queuing"]  # the server has one worker
    for job_id in (waiting, running):
        assert client.answer(CANCEL, {"JobId": job_id})["JobId"] == job_id
        job = await_job(client, job_id)
        assert (job["State"], job["Code"]) == ("Fail", "Cancelled")
        again = client.error(CANCEL, {"JobId": job_id})
        assert (again.code, again.status) == ("InvalidParameter.InvalidState", 400)
    assert stored_keys(client, library_id) == []


def states_of(client: VendorClient, *job_ids: str) -> list[str]:
    jobs = client.answer("QueryFpShotJobList", {"JobIds": ",".join(job_ids)})["FpShotJobList"]["FpShotJob"]
    states = {job["Id"]: job["State"] for job in jobs}
    return [states[job_id] for job_id in job_ids]


def test_a_job_that_is_over_cannot_be_cancelled_and_there_is_no_notary(client: VendorClient) -> None:
    job_id = submit(client, None, "gone.mp4", "nosave")
    await_job(client, job_id)
    assert client.error(CANCEL, {"JobId": job_id}).code == "InvalidParameter.InvalidState"
    refused = client.error("ListFpShotNotary", {"FpDBId": UNKNOWN_ID})
    assert refused.code == "InvalidParameter.NotSupported"


def test_ice_from_a_new_library_to_its_end(ice: VendorClient) -> None:
    created = ice.answer("CreateDNADB", {"Name": "ice", "Model": "Video", "Description": ODD_KEY})["DBInfo"]
    library_id = created["DBId"]
    assert (created["Status"], created["Model"]) == ("offline", "Video")
    stored = run_dna(ice, library_id, "original.mp4", "original", "save")
    assert json.loads(read(stored["DNAResult"])) == []
    found = run_dna(ice, library_id, ODD_NAME, "copy", "nosave")
    (match,) = json.loads(read(found["DNAResult"]))
    assert match["PrimaryKey"] == "original"
    (segment,) = match["VideoMatchSegments"]
    assert segment["StartTime"] == pytest.approx(4, abs=1)
    assert segment["MasterEndTime"] == pytest.approx(9, abs=1)

    assert ice.answer("ListDNADB", {"DBIds": library_id})["DBList"] == [{**created, "Status": "active"}]
    (file,) = ice.answer("ListDNAFiles", {"DBId": library_id})["FileList"]
    assert (file["PrimaryKey"], file["InputFile"]["Object"]) == ("original", "original.mp4")
    assert ice.error("CancelDNAJob", {"JobId": found["Id"]}).code == "OperationDenied"
    ice.answer("DeleteDNAFiles", {"DBId": library_id, "PrimaryKeys": "original"})
    gone(lambda: ice.answer("ListDNAFiles", {"DBId": library_id})["FileList"])
    ice.answer("DeleteDNADB", {"DBId": library_id})
    missing = ice.error("ListDNAFiles", {"DBId": UNKNOWN_ID})
    assert (missing.code, missing.status) == ("ResourceNotFound", 404)


def test_a_waiting_job_of_ice_is_cancelled(ice: VendorClient, live_server: LiveServer) -> None:
    library_id = ice.answer("CreateDNADB", {"Name": "cancelled of ICE", "Model": "Video"})["DBInfo"]["DBId"]
    running, waiting = (submit_dna(ice, library_id, "long.mp4", key, "onlysave") for key in ("1", "2"))
    ice.answer("CancelDNAJob", {"JobId": waiting})
    (job,) = ice.answer("QueryDNAJobList", {"JobIds": waiting})["JobList"]
    assert (job["Status"], job["Code"]) == ("Fail", "Cancelled")
    account = live_server.app.accounts.ensure(ice.kind.name)
    live_server.app.jobs.cancel(account.id, running)  # ICE has no call that ends one that runs


def run_dna(ice: VendorClient, library_id: str, name: str, key: str, save_type: str) -> dict[str, Any]:
    """`submit_dna` and wait for the job."""
    job_id = submit_dna(ice, library_id, name, key, save_type)
    job = ended(lambda: ice.answer("QueryDNAJobList", {"JobIds": job_id})["JobList"][0])
    assert job["Status"] == "Success", job
    return job


def submit_dna(ice: VendorClient, library_id: str, name: str, key: str, save_type: str) -> str:
    """Submit an object of the bucket; gives the job's id."""
    sent: dict[str, Any] = {
        "Input": {"Type": "OSS", "Media": f"oss://{BUCKET}/{name}"},
        "DBId": library_id,
        "PrimaryKey": key,
        "Config": json.dumps({"SaveType": save_type, "MediaType": "video"}),
    }
    return str(ice.answer("SubmitDNAJob", sent)["JobId"])


def gone(ask: Callable[[], list[Any]]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while ask():
        assert time.monotonic() < deadline, "it does not go"
        time.sleep(0.1)
