"""The callers, as a locustfile: each operation at a steady rate, every call signed as the vendor's SDK does, every
answer read.

What they need comes from a `Plan`; what became of each call goes to `Plan.out` at the end.
"""

from __future__ import annotations

import json
import random
import re
import secrets
import time
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gevent import sleep
from locust import FastHttpUser, events, task

from benchmarks.load.plan import CALLERS, Plan
from shotprint.api.sign import Acs3Authorization, acs3_signing, body_digest, percent_encode

TIMEOUT_S = 10.0  # an answer that takes longer counts as dropped

_JOB_ID = re.compile("[0-9a-f]{32}")
_STATES = {"Queuing", "Analysing", "Success", "Fail"}
_NO_BODY = body_digest(b"")


class Throttled(Exception):
    """The server refused the call because of its rate."""


class WrongAnswer(Exception):
    """Not what the operation answers."""


plan = Plan.from_environment()
PERIOD_S = CALLERS / plan.rate  # between two calls of one caller
submitted = deque([plan.job_id], maxlen=1000)
calls: list[dict[str, Any]] = []


def headers(action: str, query: Mapping[str, str]) -> dict[str, str]:
    """The headers of a POST with everything in the query, signed with ACS3."""
    signed = {
        "accept": "application/json",
        "host": plan.host,
        "x-acs-action": action,
        "x-acs-content-sha256": _NO_BODY,
        "x-acs-date": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "x-acs-signature-nonce": secrets.token_hex(16),
        "x-acs-version": "2014-06-18",
    }
    names = tuple(sorted(signed))
    signing = acs3_signing("POST", "/", query.items(), signed, names, _NO_BODY)
    authorization = Acs3Authorization(plan.key_id, names, signing.signature(plan.secret))
    return {**signed, "authorization": str(authorization)}


class Caller(FastHttpUser):
    """Calls one operation again and again."""

    abstract = True
    host = f"http://{plan.host}"
    fixed_count = CALLERS
    connection_timeout = network_timeout = TIMEOUT_S
    max_retries = 0  # a connection that the server closed is an error here
    operation: str

    def on_start(self) -> None:
        """Begin at any moment of the period: the callers are not in step."""
        self.due = time.monotonic() + random.uniform(0, PERIOD_S)
        sleep(self.until_due())

    def wait_time(self) -> float:
        """Until its own next moment, however late the last answer was. Locust's `constant_throughput` counts from
        the last call instead: after one halt of the server all callers call at once, for good."""
        self.due += PERIOD_S
        return self.until_due()

    def until_due(self) -> float:
        return max(0.0, self.due - time.monotonic())

    @task
    def call(self) -> None:
        query = self.query()
        text = "&".join(f"{percent_encode(name)}={percent_encode(value)}" for name, value in query.items())
        with self.client.post(
            f"/?{text}", headers=headers(self.operation, query), name=self.operation, catch_response=True
        ) as answer:
            if answer.status_code == 200:
                try:
                    self.check(json.loads(answer.content))
                except (ValueError, KeyError, TypeError) as exc:
                    answer.failure(WrongAnswer(f"{exc!r} in {answer.content[:300]!r}"))
            elif answer.status_code == 400 and b'"Throttling' in (answer.content or b""):
                answer.failure(Throttled())
            elif answer.status_code:
                answer.failure(WrongAnswer(f"{answer.status_code} {answer.content[:300]!r}"))

    def query(self) -> dict[str, str]:
        """The operation's own parameters."""
        # abstract; Locust's metaclass leaves no room for ABC's, and Locust starts no class marked abstract
        raise NotImplementedError

    def check(self, body: Any) -> None:
        """Raise ValueError, KeyError or TypeError when the answer is none to this call."""
        raise NotImplementedError  # abstract, as above


class Submitter(Caller):
    """Puts an analysis of a real clip into the queue."""

    operation = "SubmitFpShotJob"

    def query(self) -> dict[str, str]:
        place = {"Bucket": plan.bucket, "Location": "oss-cn-shanghai", "Object": plan.clip}
        config = {"FpDBId": plan.library_id, "PrimaryKey": secrets.token_hex(8), "SaveType": "nosave"}
        return {"FpShotConfig": json.dumps(config), "Input": json.dumps(place)}

    def check(self, body: Any) -> None:
        if not _JOB_ID.fullmatch(body["JobId"]):
            raise ValueError("no job id")
        submitted.append(body["JobId"])


class Poller(Caller):
    """Asks for a job that was submitted lately."""

    operation = "QueryFpShotJobList"

    def query(self) -> dict[str, str]:
        self.asked = random.choice(submitted)
        return {"JobIds": self.asked}

    def check(self, body: Any) -> None:
        (job,) = body["FpShotJobList"]["FpShotJob"]
        if job["Id"] != self.asked or job["State"] not in _STATES:
            raise ValueError("another job")


class Lister(Caller):
    """Reads the list of libraries."""

    operation = "ListFpShotDB"

    def query(self) -> dict[str, str]:
        return {}

    def check(self, body: Any) -> None:
        if plan.library_id not in [library["FpDBId"] for library in body["FpShotDBList"]["FpShotDB"]]:
            raise ValueError("the library is not listed")


@events.request.add_listener
def note(
    name: str, response_time: float, start_time: float, exception: BaseException | None, **_: Any
) -> None:
    """Keep what became of a call."""
    if exception is None:
        outcome = "answered"
    elif isinstance(exception, Throttled):
        outcome = "throttled"
    else:
        outcome = f"{type(exception).__name__}: {exception}"
    calls.append({"operation": name, "began": start_time, "ms": response_time, "outcome": outcome})


@events.quitting.add_listener
def write(**_: Any) -> None:
    """Hand the calls over."""
    with Path(plan.out).open("w") as file:
        file.writelines(json.dumps(call) + "\n" for call in calls)
