"""`shotprint serve` and `shotprint worker` as processes: start, work, end, start again."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from support.certificates import make_certificate
from support.media import make_video, moving_pictures
from support.processes import COMMAND, LIMIT_S, is_running, server, shotprint

from demo.client import Client

pytestmark = pytest.mark.slow


@pytest.fixture
def media(tmp_path: Path) -> Path:
    """A directory with two unrelated videos."""
    place = tmp_path / "media"
    place.mkdir()
    for seed, name in enumerate(("one.mp4", "two.mp4")):
        make_video(moving_pictures(8, rate=12, seed=seed), rate=12, to=place / name)
    return place


def eventually(holds: Callable[[], bool]) -> bool:
    ends = time.monotonic() + LIMIT_S
    while not holds():
        if time.monotonic() > ends:
            return False
        time.sleep(0.1)
    return True


def submit(client: Client, name: str, save_type: str, library: str | None = None) -> str:
    config = {"PrimaryKey": name, "SaveType": save_type} | ({"FpDBId": library} if library else {})
    place = {"Bucket": "media", "Location": "oss-cn-shanghai", "Object": name}
    return str(client.call("SubmitFpShotJob", Input=place, FpShotConfig=config)["JobId"])


def state(client: Client, job_id: str) -> str:
    (job,) = client.call("QueryFpShotJobList", JobIds=job_id)["FpShotJobList"]["FpShotJob"]
    return str(job["State"])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_ends_the_server_with_0_and_its_workers_with_it(
    tmp_path: Path, number: signal.Signals
) -> None:
    with server(tmp_path / "data") as running:
        workers = running.children()
        assert workers
        assert running.stop(number) == 0
        assert running.process.stdout is not None
        assert running.process.stdout.read() == ""
    assert eventually(lambda: not any(is_running(pid) for pid in workers))
    assert "Traceback" not in running.log.read_text()


def test_interrupt_of_the_whole_terminal_is_quiet(tmp_path: Path) -> None:
    command = [*COMMAND, "serve", "--port", "0", "--workers", "1", "--data", str(tmp_path / "data")]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    with process:
        assert process.stdout is not None
        assert any(line.startswith("shotprint is ready at http://127.0.0.1:") for line in process.stdout)
        os.killpg(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 0
    assert "Traceback" not in errors


def test_first_key_is_printed_once_and_works(tmp_path: Path) -> None:
    with server(tmp_path / "data") as running:
        words = [line.split() for line in running.before]
        key_id = next(line[-1] for line in words if line[:3] == ["Access", "key", "id"])
        secret = next(line[-1] for line in words if line[:3] == ["Access", "key", "secret"])
        assert Client(running.url, key_id, secret).call("ListFpShotDB")["RequestId"]
        running.stop()
        assert secret not in running.log.read_text()
    with server(tmp_path / "data") as running:
        assert running.before == []
        assert Client(running.url, key_id, secret).call("ListFpShotDB")["RequestId"]


def test_the_first_start_prints_a_link_that_signs_in_once(tmp_path: Path) -> None:
    options = ("--access-key", "me:secret")
    with server(tmp_path / "data", *options) as running:
        (line,) = running.before
        link = line.removeprefix("shotprint console link: ").rstrip("\n")
        assert link.startswith(f"{running.url}/console/enter?token=")
        with urllib.request.urlopen(link, timeout=30) as answer:
            assert answer.status == 200
        running.stop()
    with server(tmp_path / "data", *options) as running:
        assert running.before == []
        made = shotprint("account", "console-link", "--data", tmp_path / "data")
        assert made.stdout.startswith("http://127.0.0.1:8080/console/enter?token=")


def test_clients_that_insist_on_https_are_served(tmp_path: Path) -> None:
    chain, key = make_certificate(tmp_path)
    options = ("--access-key", "me:secret", "--tls-cert", chain, "--tls-key", key)
    with server(tmp_path / "data", *options) as running:
        assert running.url.startswith("https://127.0.0.1:")
        trusting = ssl.create_default_context(cafile=chain)
        with urllib.request.urlopen(f"{running.url}/healthz", timeout=30, context=trusting) as answer:
            assert answer.read() == b"ok\n"
        with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
            urllib.request.urlopen(f"{running.url}/healthz", timeout=30)
        assert running.stop() == 0


def test_taken_port_ends_with_1_before_anything_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = shotprint("serve", "--port", port, "--data", tmp_path / "data")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert f"127.0.0.1 port {port}" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not (tmp_path / "data").exists()


def test_key_with_another_secret_ends_with_1(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with server(data, "--access-key", "me:one", "--access-key", "me:one") as running:
        assert [line.startswith("shotprint console link: ") for line in running.before] == [True]
    ended = shotprint("serve", "--port", "0", "--data", data, "--access-key", "me:two")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "'me'" in ended.stderr
    assert "two" not in ended.stderr


def test_commands_and_server_work_on_the_same_data(tmp_path: Path, media: Path) -> None:
    data = tmp_path / "data"
    with server(data, "--bucket", f"media={media}", "--access-key", "me:secret") as running:
        client = Client(running.url, "me", "secret")
        assert shotprint("library", "create", "films", "--data", data).returncode == 0
        (library,) = client.call("ListFpShotDB")["FpShotDBList"]["FpShotDB"]
        assert (library["Name"], library["Status"]) == ("films", "active")
        added = shotprint("add", "films", media / "one.mp4", "--key", "one", "--data", data)
        assert added.returncode == 0, added.stderr

        job_id = submit(client, "one.mp4", "nosave", library["FpDBId"])
        assert eventually(lambda: state(client, job_id) in ("Success", "Fail"))
        (job,) = client.call("QueryFpShotJobList", JobIds=job_id)["FpShotJobList"]["FpShotJob"]
        assert job["State"] == "Success", job
        assert [shot["PrimaryKey"] for shot in job["FpShotResult"]["FpShots"]["FpShot"]] == ["one"]

        stored = submit(client, "two.mp4", "onlysave", library["FpDBId"])
        assert eventually(lambda: state(client, stored) == "Success")
        found = shotprint("search", library["FpDBId"], media / "two.mp4", "--json", "--data", data)
        assert '"reference": "two.mp4"' in found.stdout


def test_jobs_go_on_after_a_restart(tmp_path: Path, media: Path) -> None:
    data = tmp_path / "data"
    options = ("--bucket", f"media={media}", "--access-key", "me:secret")
    with server(data, *options) as running:
        client = Client(running.url, "me", "secret")
        jobs = [submit(client, name, "forcesave") for name in ("one.mp4", "two.mp4") * 3]
        assert running.stop() == 0
    with server(data, *options) as running:
        client = Client(running.url, "me", "secret")
        assert eventually(lambda: all(state(client, job_id) == "Success" for job_id in jobs))


def test_workers_alone_do_the_jobs_and_end_on_a_signal(tmp_path: Path, media: Path) -> None:
    data = tmp_path / "data"
    options = ("--bucket", f"media={media}", "--access-key", "me:secret", "--workers", "0")
    with server(data, *options) as running:
        client = Client(running.url, "me", "secret")
        command = [*COMMAND, "worker", "--workers", "1", "--data", str(data), "--bucket", f"media={media}"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as worker:
            job_id = submit(client, "one.mp4", "onlysave")
            assert eventually(lambda: state(client, job_id) == "Success")
            worker.send_signal(signal.SIGTERM)
            assert worker.wait(LIMIT_S) == 0
        assert running.stop() == 0
