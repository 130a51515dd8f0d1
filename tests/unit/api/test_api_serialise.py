"""Answers as bytes: the shapes of the vendor's samples, both encodings, and characters that break writers."""

import json
from datetime import UTC, datetime, timedelta, timezone
from xml.etree import ElementTree

import pytest

from shotprint.api.model import MPS, load_spec
from shotprint.api.serialise import Format, format_time, serialise_answer, serialise_error

OPERATIONS = load_spec(MPS).operations
QUERY = OPERATIONS["QueryFpShotJobList"]

JOB = {
    "Id": "a1b2c3d4e5f60718293a4b5c6d7e8f90",
    "State": "Success",
    "Code": None,
    "UserData": "",
    "CreationTime": datetime(2026, 11, 20, 8, 0, 0, 999999, tzinfo=UTC),
    "Duration": 180,
    "InputFile": {"Bucket": "demo-bucket", "Location": "oss-cn-shanghai", "Object": "a & <b>.mp4"},
    "FpShotResult": {
        "FpShots": [
            {
                "PrimaryKey": "key-042",
                "Similarity": 0.92,
                "FpShotSlices": [
                    {
                        "Similarity": 0.95,
                        "Input": {"Start": 0.0, "Duration": 48.0},
                        "Duplication": {"Start": 1260, "Duration": 12.3456},
                    },
                    {
                        "Similarity": 1,
                        "Input": {"Start": 90.25, "Duration": 30.0},
                        "Duplication": {"Start": 0.0004, "Duration": 30.0},
                    },
                ],
            }
        ]
    },
}


def as_json(values, operation=QUERY):
    return json.loads(serialise_answer(operation, values, Format.JSON))


def as_xml(values, operation=QUERY):
    return serialise_answer(operation, values, Format.XML).decode()


def test_json_has_wrapped_lists_texts_for_numbers_and_no_absent_values():
    answer = as_json({"RequestId": "R", "NextPageToken": None, "FpShotJobList": [JOB]})
    assert list(answer) == ["RequestId", "FpShotJobList"]
    (job,) = answer["FpShotJobList"]["FpShotJob"]
    (match,) = job.pop("FpShotResult")["FpShots"]["FpShot"]
    assert job == {
        "Id": "a1b2c3d4e5f60718293a4b5c6d7e8f90",
        "State": "Success",
        "UserData": "",
        "CreationTime": "2026-11-20T08:00:00Z",
        "Duration": 180,
        "InputFile": {"Bucket": "demo-bucket", "Location": "oss-cn-shanghai", "Object": "a & <b>.mp4"},
    }
    slices = match.pop("FpShotSlices")["FpShotSlice"]
    assert match == {"PrimaryKey": "key-042", "Similarity": "0.9200"}
    assert slices == [
        {
            "Similarity": "0.9500",
            "Input": {"Start": "0.0", "Duration": "48.0"},
            "Duplication": {"Start": "1260.0", "Duration": "12.346"},
        },
        {
            "Similarity": "1.0000",
            "Input": {"Start": "90.25", "Duration": "30.0"},
            "Duplication": {"Start": "0.0", "Duration": "30.0"},
        },
    ]


def test_xml_mirrors_json():
    text = as_xml({"RequestId": "R", "FpShotJobList": [JOB, {"Id": "2"}], "NonExistIds": ["x", "y"]})
    assert text.startswith("<?xml version='1.0' encoding='UTF-8'?>\n<QueryFpShotJobListResponse>")
    root = ElementTree.fromstring(text)
    assert [job.findtext("Id") for job in root.findall("FpShotJobList/FpShotJob")] == [JOB["Id"], "2"]
    assert [slice_.findtext("Duplication/Start") for slice_ in root.iter("FpShotSlice")] == ["1260.0", "0.0"]
    assert [missing.text for missing in root.findall("NonExistIds/String")] == ["x", "y"]
    assert root.findtext(".//InputFile/Object") == "a & <b>.mp4"
    assert root.find(".//Code") is None
    assert root.findtext(".//UserData") == ""


def test_empty_lists_keep_their_wrapper():
    values = {"RequestId": "R", "FpShotJobList": []}
    assert as_json(values)["FpShotJobList"] == {"FpShotJob": []}
    assert as_xml(values).endswith("<FpShotJobList></FpShotJobList></QueryFpShotJobListResponse>")


def test_whole_numbers_stay_numbers():
    values = {"FpShotDB": {"ModelId": 12}}
    operation = OPERATIONS["CreateFpShotDB"]
    assert as_json(values, operation) == {"FpShotDB": {"ModelId": 12}}
    assert "<ModelId>12</ModelId>" in as_xml(values, operation)


@pytest.mark.parametrize("text", ["é订单\N{GRINNING FACE}", "a\r\nb\tc", "]]>", '<a href="x">&amp;'])
def test_text_survives_both_encodings(text):
    values = {"RequestId": text}
    assert as_json(values)["RequestId"] == text
    assert ElementTree.fromstring(as_xml(values)).findtext("RequestId") == text


@pytest.mark.parametrize("character", ["\0", "\x0b", "\x1b", "\ufffe", "\uffff", "\ud800"])
def test_xml_replaces_what_it_cannot_hold(character):
    assert ElementTree.fromstring(as_xml({"RequestId": f"a{character}b"})).findtext("RequestId") == "a\ufffdb"


def test_json_is_utf8_whatever_comes():
    assert as_json({"RequestId": "a\ud800b\0"})["RequestId"] == "a?b\0"


def test_a_value_that_the_shape_lacks_is_our_fault():
    with pytest.raises(KeyError):
        serialise_answer(QUERY, {"Requestid": "R"}, Format.JSON)


def test_errors_have_one_root_whatever_the_operation():
    values = {"RequestId": "R", "HostId": "mts.local", "Code": "InvalidVersion", "Message": "Not <valid>."}
    assert json.loads(serialise_error(values, Format.JSON)) == values
    root = ElementTree.fromstring(serialise_error(values, Format.XML))
    assert root.tag == "Error"
    assert {child.tag: child.text for child in root} == values


def test_times_are_written_in_utc():
    moment = datetime(2026, 1, 1, 1, 30, tzinfo=timezone(timedelta(hours=2)))
    assert format_time(moment) == "2025-12-31T23:30:00Z"
    assert format_time(datetime(999, 1, 1, tzinfo=UTC)) == "0999-01-01T00:00:00Z"
