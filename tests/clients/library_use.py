"""What users of a library do, through whichever client: make it, submit files, wait for the jobs."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from vendor_client import USUAL, VendorClient, Way

PATIENCE_S = 120.0  # for a machine that does other things too
BUCKET = "demo"
LOCATION = "oss-cn-shanghai"

# What percent-encoding, JSON, XML, forms and signatures treat in their own ways, in the places where it may be.
ODD_NAME = "клипы/a copy b+*~é 100%25 & 视频.mkv"
ODD_KEY = "ключ «1» <b>&amp;</b> 'x' \"y\" a+b%20c \\ 🎬"
ODD_USER_DATA = "order-17 ü&=%+/?#~* 电影 🎬"
ODD_LIBRARY = "Bücher & <Filme> — 电影 +~*%"


@dataclass(frozen=True)
class Shelf:
    """A library of one client; `original` is the finished job that stored original.mp4 in it.

    Attributes
    ----------
    created : what CreateFpShotDB answered about the library.
    """

    client: VendorClient
    library_id: str
    created: dict[str, Any]
    original: dict[str, Any]


def create_library(client: VendorClient, name: str, **more: str | int) -> dict[str, Any]:
    """Make a library, wait until it is active, and give what the client was told of it at first."""
    created = client.answer("CreateFpShotDB", {"Name": name, **more})["FpShotDB"]
    deadline = time.monotonic() + PATIENCE_S
    while library_of(client, created["FpDBId"])["Status"] != "active":
        assert time.monotonic() < deadline, "the library does not become active"
        time.sleep(0.05)
    return dict(created)


def library_of(client: VendorClient, library_id: str, way: Way = USUAL) -> dict[str, Any]:
    (library,) = client.answer("ListFpShotDB", {"FpDBIds": library_id}, way)["FpShotDBList"]["FpShotDB"]
    return dict(library)


def input_text(name: str) -> str:
    """The Input parameter for an object of the bucket; its name is percent-encoded as documented."""
    return json.dumps({"Bucket": BUCKET, "Location": LOCATION, "Object": quote(name, safe="")})


def submit(
    client: VendorClient,
    library_id: str | None,
    name: str,
    save_type: str,
    *,
    key: str = "key",
    threshold: float | None = None,
    **more: str,
) -> str:
    """Submit an object of the bucket; gives the job's id. Without a library it is the account's default one."""
    config: dict[str, str | float] = {"PrimaryKey": key, "SaveType": save_type}
    if library_id is not None:
        config["FpDBId"] = library_id
    if threshold is not None:
        config["SimilarityThreshold"] = threshold
    parameters = {"Input": input_text(name), "FpShotConfig": json.dumps(config, ensure_ascii=False), **more}
    return str(client.answer("SubmitFpShotJob", parameters)["JobId"])


def await_job(client: VendorClient, job_id: str) -> dict[str, Any]:
    """The job, once it has ended."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        answer = client.answer("QueryFpShotJobList", {"JobIds": job_id})
        (job,) = answer["FpShotJobList"]["FpShotJob"]
        if job["State"] not in ("Queuing", "Analysing"):
            return dict(job)
        assert time.monotonic() < deadline, f"the job does not end: {job}"
        time.sleep(0.1)


def run(client: VendorClient, *arguments: Any, **more: Any) -> dict[str, Any]:
    """`submit` and wait for the job."""
    return await_job(client, submit(client, *arguments, **more))


def matches_of(job: dict[str, Any]) -> list[dict[str, Any]]:
    """The stored files that a finished job found."""
    assert job["State"] == "Success", job
    return list(job["FpShotResult"]["FpShots"]["FpShot"])


def stored_keys(client: VendorClient, library_id: str) -> list[str]:
    """Primary keys of the files in a library, oldest first."""
    files = client.answer("ListFpShotFiles", {"FpDBId": library_id})["FpShotFileList"]["FpShotFile"]
    return [file["PrimaryKey"] for file in files]
