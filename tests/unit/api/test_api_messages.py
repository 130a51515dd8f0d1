from __future__ import annotations

import json
from typing import Any

import pytest

from shotprint.api.messages import TYPES, compose
from shotprint.engine.types import Match, Passages, Segment, Transform
from shotprint.service.types import Ended, JobState, Subject

JOB = "a1b2c3d4e5f60718293a4b5c6d7e8f90"
UPRIGHT = Transform(False, False, 0.0, None)


def message(**values: Any) -> Any:
    given = {"subject": Subject.ANALYSIS, "job_id": JOB, "state": JobState.SUCCEEDED, **values}
    return json.loads(compose(Ended(**given)))


def test_a_job_that_succeeded_is_told_in_both_spellings_with_what_was_found() -> None:
    segment = Segment(0.0, 48.0, 1260.0, 1308.0, 0.9, 1.0, "video", UPRIGHT, ())
    assert message(user_data="order-17", matches=(Match("key-042", 0.92, (segment,)),)) == {
        "Type": "FpShot", "type": "FpShot", "JobId": JOB, "jobId": JOB, "State": "Success",
        "state": "Success", "UserData": "order-17", "userData": "order-17",
        "FpShotJobNotify": {
            "Type": "FpShot", "UserData": "order-17", "JobId": JOB, "State": "Success",
            "FpShots": [
                {
                    "PrimaryKey": "key-042",
                    "Similarity": "0.9200",
                    "FpShotSlices": [
                        {
                            "Input": {"Start": "0.0", "Duration": "48.0"},
                            "Duplication": {"Start": "1260.0", "Duration": "48.0"},
                        }
                    ],
                }
            ],
        },
    }  # fmt: skip


def test_nothing_found_is_an_empty_list() -> None:
    assert message()["FpShotJobNotify"]["FpShots"] == []
    assert "UserData" not in message()


def test_what_texts_copy_is_not_told_since_nobody_knows_where() -> None:
    told = Passages((0, 9), (40, 49), "some text", "some text", 1.0, 40.0)
    matches = (Match("book", 0.9, (Segment(0, 0, 0, 0, 0.9, kind="text", passages=told),)),)
    notify = message(matches=matches)["FpShotJobNotify"]
    assert notify["State"] == "Success"
    assert not {"FpShots", "TextFpShots"} & set(notify)


def test_a_job_that_failed_is_told_with_code_and_message() -> None:
    told = message(state=JobState.FAILED, error_code="media_unreadable", error_message="kaputt ü")
    assert told["FpShotJobNotify"] == {
        "Type": "FpShot", "JobId": JOB, "State": "Fail", "Code": "InvalidParameter.ResourceContentBad",
        "Message": "kaputt ü",
    }  # fmt: skip
    assert {told[name] for name in ("Message", "Msg", "msg")} == {"kaputt ü"}
    assert told["code"] == told["Code"] == "InvalidParameter.ResourceContentBad"


@pytest.mark.parametrize("subject", [subject for subject in Subject if subject is not Subject.ANALYSIS])
def test_other_jobs_are_told_flat(subject: Subject) -> None:
    told = message(subject=subject)
    assert told["Type"] == told["type"] == TYPES[subject]
    assert "FpShotJobNotify" not in told
