"""A server whose receiver is down for a while: what ended meanwhile arrives when it is back."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.media import make_video, moving_pictures
from support.processes import LIMIT_S, RunningServer, server, shotprint
from support.receiver import Receiver, free_port

from demo.client import Client

pytestmark = pytest.mark.slow

OLD_ID = "88c6ca184c0e47098a5b665e2a120000"


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data directory, and settings that let webhooks be on this machine and be tried often."""
    monkeypatch.setenv("SHOTPRINT_NOTIFY_PLAIN_HTTP", "true")
    monkeypatch.setenv("SHOTPRINT_NOTIFY_PRIVATE_ADDRESSES", "true")
    monkeypatch.setenv("SHOTPRINT_NOTIFY_FIRST_DELAY_S", "0.2")
    monkeypatch.setenv("SHOTPRINT_NOTIFY_LONGEST_DELAY_S", "0.5")
    return tmp_path / "data"


@pytest.fixture
def media(tmp_path: Path) -> Path:
    """A directory with one video."""
    (tmp_path / "media").mkdir()
    make_video(moving_pictures(8, rate=12), rate=12, to=tmp_path / "media" / "one.mp4")
    return tmp_path / "media"


def wait_until(holds: Callable[[], bool]) -> None:
    ends = time.monotonic() + LIMIT_S
    while not holds():
        assert time.monotonic() < ends, "waited in vain"
        time.sleep(0.1)


def document(*arguments: str | Path) -> Any:
    done = shotprint(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def submit(running: RunningServer, name: str, save_type: str, **more: str) -> str:
    client = Client(running.url, "me", "secret")
    place = {"Bucket": "media", "Location": "oss-cn-shanghai", "Object": name}
    config = {"PrimaryKey": name, "SaveType": save_type}
    return str(client.call("SubmitFpShotJob", Input=place, FpShotConfig=config, **more)["JobId"])


def test_a_receiver_that_was_down_is_told_everything_when_it_is_back(data: Path, media: Path) -> None:
    receiver = Receiver(port=free_port())
    options = ("--bucket", f"media={media}", "--access-key", "me:secret")
    made = document("pipeline", "create", "old", "--id", OLD_ID, "--target", receiver.url, "--data", data)
    assert made["id"] == OLD_ID
    with server(data, *options) as running:
        saved = submit(running, "one.mp4", "onlysave", PipelineId=OLD_ID, UserData="order-17")
        failed = submit(running, "none.mp4", "nosave", PipelineId=OLD_ID)
        submit(running, "one.mp4", "nosave", PipelineId="f" * 32)

        def tried() -> bool:
            rows = document("pipeline", "deliveries", "--data", data)
            return len(rows) == 2 and all(row["attempts"] >= 2 for row in rows)

        wait_until(tried)
        assert running.stop() == 0
    with server(data, *options) as running:
        receiver.up()
        try:
            wait_until(lambda: len({got.id for got in receiver.received}) == 2)
            found = submit(running, "one.mp4", "nosave", PipelineId=OLD_ID)
            wait_until(lambda: len({got.id for got in receiver.received}) == 3)
            test = shotprint("pipeline", "test", "old", "--data", data)
            assert test.returncode == 0, test.stderr
        finally:
            receiver.down()
        assert made["secret"] not in running.log.read_text()
    assert all(got.is_signed_with(made["secret"]) for got in receiver.received)
    told = {got.message["JobId"]: got.message for got in receiver.received[:-1]}
    assert set(told) == {saved, failed, found}
    assert (told[saved]["State"], told[saved]["UserData"]) == ("Success", "order-17")
    assert (told[failed]["State"], told[failed]["Code"]) == ("Fail", "InvalidParameter.ResourceNotFound")
    assert [shot["PrimaryKey"] for shot in told[found]["FpShotJobNotify"]["FpShots"]] == ["one.mp4"]
    rows = document("pipeline", "deliveries", "--pipeline", "old", "--data", data)
    assert {row["state"] for row in rows} == {"delivered"}


def test_dead_letters_are_shown_and_sent_again(
    data: Path, media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOTPRINT_NOTIFY_ATTEMPTS", "2")
    receiver = Receiver(port=free_port())
    document("pipeline", "create", "old", "--id", OLD_ID, "--target", receiver.url, "--data", data)
    with server(data, "--bucket", f"media={media}", "--access-key", "me:secret") as running:
        job_id = submit(running, "none.mp4", "nosave", PipelineId=OLD_ID)
        dead = ("pipeline", "deliveries", "--dead", "--data", data)
        wait_until(lambda: len(document(*dead)) == 1)
        (row,) = document(*dead)
        assert (row["job_id"], row["attempts"], row["next_attempt"]) == (job_id, 2, None)
        assert "cannot be reached" in row["last_error"]
        with receiver:
            document("pipeline", "resend", row["id"], "--data", data)
            wait_until(lambda: bool(receiver.received))
        assert receiver.received[0].message["JobId"] == job_id
        wait_until(lambda: document(*dead) == [])


def test_a_queue_of_a_broker_gets_it(data: Path, media: Path, redis_url: str) -> None:
    import kombu

    made = document("pipeline", "create", "queue", "--target", f"{redis_url}?queue=served", "--data", data)
    with server(data, "--bucket", f"media={media}", "--access-key", "me:secret") as running:
        job_id = submit(running, "none.mp4", "nosave", PipelineId=made["id"])
        with kombu.Connection(redis_url) as connection:
            queue = connection.SimpleQueue("served")
            message = queue.get(timeout=LIMIT_S)
            message.ack()
            queue.close()
        assert running.stop() == 0
    assert (message.payload["JobId"], message.payload["State"]) == (job_id, "Fail")
