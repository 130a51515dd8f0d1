from __future__ import annotations

import io
import json
import logging
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from shotprint import logs

SECRET = "s3cr3t-7f00"


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """What was logged; the logging of the test run is put back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    lines = io.StringIO()
    logs.configure("debug", "json", lines)
    yield lines
    logging.captureWarnings(False)
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def events(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_event_is_one_json_line(stream: io.StringIO) -> None:
    structlog.get_logger("shotprint.test").info("job_done", job="ab", took_s=1.5, tags=["x", 1])
    (event,) = events(stream)
    assert list(event)[:4] == ["timestamp", "level", "logger", "event"]
    assert event["timestamp"].endswith("Z")
    assert (event["level"], event["logger"], event["event"]) == ("info", "shotprint.test", "job_done")
    assert (event["job"], event["took_s"], event["tags"]) == ("ab", 1.5, ["x", 1])


def test_a_traceback_is_in_the_line(stream: io.StringIO) -> None:
    try:
        raise ValueError("broken\nin two lines")
    except ValueError:
        structlog.get_logger("shotprint.test").exception("failed")
    (event,) = events(stream)
    assert "ValueError: broken" in event["exception"]
    assert "test_a_traceback_is_in_the_line" in event["exception"]


def test_other_packages_log_the_same_way(stream: io.StringIO) -> None:
    logging.getLogger("uvicorn.access").info('%s - "%s" %d', "10.0.0.1", f"GET /?Signature={SECRET}", 200)
    logging.getLogger("sqlalchemy.pool").warning("no connection", extra={"attempt": 3})
    logging.getLogger("alembic.runtime.migration").info("chatter")
    logging.getLogger("sqlalchemy.engine").debug("chatter")
    access, pool = events(stream)
    assert access["event"] == '10.0.0.1 - "GET /?Signature=[hidden]" 200'
    assert (pool["level"], pool["logger"], pool["attempt"]) == ("warning", "sqlalchemy.pool", 3)


def test_the_web_servers_coloured_copy_of_a_message_is_left_out(stream: io.StringIO) -> None:
    logging.getLogger("uvicorn.error").info(
        "Started [%d]", 7, extra={"color_message": "Started [\x1b[36m%d\x1b[0m]"}
    )
    (event,) = events(stream)
    assert event["event"] == "Started [7]"
    assert "color_message" not in event


def test_warnings_are_logged(stream: io.StringIO) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(True)
        warnings.warn("old name", UserWarning, stacklevel=1)
    assert "old name" in events(stream)[0]["event"]


def test_the_least_level_is_kept(stream: io.StringIO) -> None:
    logs.configure("warning", "json", stream)
    logger = structlog.get_logger("shotprint.test")
    logger.info("too little")
    logger.warning("enough")
    assert [event["event"] for event in events(stream)] == ["enough"]


def test_lines_for_people_have_no_colours_in_a_pipe(stream: io.StringIO) -> None:
    logs.configure("info", "console", stream)
    structlog.get_logger("shotprint.test").info("job_done", job="ab", secret=SECRET)
    line = stream.getvalue()
    assert "job_done" in line
    assert "job=ab" in line
    assert "\x1b" not in line
    assert SECRET not in line


@pytest.mark.parametrize(
    "field",
    ["secret", "secret_key", "AccessKeySecret", "password", "Signature", "security_token", "Authorization",
     "set-cookie", "access_key", "key", "credential"],
)  # fmt: skip
def test_fields_with_the_name_of_a_secret_are_hidden(stream: io.StringIO, field: str) -> None:
    logger = structlog.get_logger("shotprint.test")
    logger.info("event", **{field: SECRET})
    logger.info("event", deep={"list": [{field: SECRET}]})
    logger.info("event", **{field: {"any": SECRET}})
    assert SECRET not in stream.getvalue()
    assert stream.getvalue().count(logs.HIDDEN) == 3


@pytest.mark.parametrize(
    "text",
    [
        f"GET /?AccessKeyId=LTAI&Signature={SECRET}%3D&Action=X HTTP/1.1",
        f"Signature%3D{SECRET}%26Action",
        f"https://b.oss.example/o?OSSAccessKeyId=a&Expires=1&Signature={SECRET}",
        f"https://s3.example/o?X-Amz-Security-Token={SECRET}&X-Amz-Signature={SECRET}",
        f"Authorization: ACS3-HMAC-SHA256 Credential=LTAI,SignedHeaders=host,Signature={SECRET}",
        f"{{'authorization': 'Bearer {SECRET}', 'host': 'x'}}",
        f'{{"AccessKeySecret": "{SECRET}"}}',
        f"connection to postgresql+psycopg://shotprint:{SECRET}@db/shotprint failed",
        f"host=db user=x password={SECRET} dbname=y",
        f"shotprint serve --access-key LTAI:{SECRET} --port 1",
        f"secret_key = {SECRET}",
    ],
)
def test_secrets_inside_texts_are_hidden(stream: io.StringIO, text: str) -> None:
    structlog.get_logger("shotprint.test").info(text)
    structlog.get_logger("shotprint.test").info("event", about=text, many=(text,), thing=ValueError(text))
    try:
        raise ValueError(text)
    except ValueError:
        structlog.get_logger("shotprint.test").exception("failed")
    assert len(events(stream)) == 3
    assert SECRET not in stream.getvalue()


def test_what_is_no_secret_stays(stream: io.StringIO) -> None:
    text = "GET /?AccessKeyId=LTAI&SignatureNonce=17&SignatureMethod=HMAC-SHA1&Object=a%20b.mp4"
    structlog.get_logger("shotprint.test").info(
        "event", access_key_id="LTAI", path=text, url="https://h:80/x@y"
    )
    (event,) = events(stream)
    assert (event["access_key_id"], event["path"]) == ("LTAI", text)
    assert event["url"] == "https://h:80/x@y"
