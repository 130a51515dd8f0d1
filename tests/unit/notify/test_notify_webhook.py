from __future__ import annotations

import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from support.receiver import Receiver, free_port

from shotprint.errors import InvalidValue, TemporaryError
from shotprint.notify.protocol import Message
from shotprint.notify.webhook import Webhooks

MESSAGE = Message("a" * 32, b'{"State": "Success"}', 1_700_000_000, "hush")
FREE = Webhooks(plain_http=True, private=True, timeout_s=10)
STRICT = Webhooks(plain_http=False, private=False, timeout_s=10)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


def test_the_receiver_gets_body_and_headers(receiver: Receiver) -> None:
    FREE.send(receiver.url, MESSAGE)
    (got,) = receiver.received
    assert (got.id, got.body) == (MESSAGE.id, MESSAGE.body)
    assert got.headers["Host"] == f"127.0.0.1:{receiver.port}"
    assert got.is_signed_with("hush")
    assert not got.is_signed_with("other")


@pytest.mark.parametrize("status", [200, 201, 204])
def test_every_status_of_success_counts(receiver: Receiver, status: int) -> None:
    receiver.status = status
    FREE.send(receiver.url, MESSAGE)


@pytest.mark.parametrize("status", [301, 307, 400, 404, 410, 500, 503])
def test_other_answers_are_no_success_and_lead_nowhere(receiver: Receiver, status: int) -> None:
    receiver.status = status
    receiver.headers = {"Location": receiver.url}
    with pytest.raises(TemporaryError, match=str(status)):
        FREE.send(receiver.url, MESSAGE)
    assert len(receiver.received) == 1


def test_a_large_message_arrives_whole(receiver: Receiver) -> None:
    large = Message("a" * 32, b"x" * 3_000_000, 1, "hush")
    FREE.send(receiver.url, large)
    assert receiver.received[0].body == large.body


def test_what_the_settings_forbid_reaches_nobody(receiver: Receiver) -> None:
    for webhooks, reason in (
        (Webhooks(plain_http=False, private=True, timeout_s=5), "notify_plain_http"),
        (Webhooks(plain_http=True, private=False, timeout_s=5), "notify_private_addresses"),
    ):
        for host in ("127.0.0.1", "localhost", "[::ffff:127.0.0.1]"):
            with pytest.raises(InvalidValue, match=reason):
                webhooks.send(receiver.url.replace("127.0.0.1", host), MESSAGE)
    assert receiver.received == []


def test_a_name_that_changes_its_address_gains_nothing(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name is public the first time that it is asked for, and this machine ever after."""
    answers = iter(["192.0.0.9"])
    asked = []

    def resolver(host: str, port: int, *_arguments: Any, **_options: Any) -> list[Any]:
        if host == "moving.example":
            asked.append(host)
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers, "127.0.0.1"), port))]
        return known(host, port, *_arguments, **_options)

    known = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    webhooks = Webhooks(plain_http=True, private=False, timeout_s=0.5)
    with pytest.raises(TemporaryError):
        webhooks.send(receiver.url.replace("127.0.0.1", "moving.example"), MESSAGE)
    assert asked == ["moving.example"]
    assert receiver.received == []


@pytest.mark.parametrize(
    "target",
    [
        "https://", "https:///path", "https://me:secret@example.com/", "https://example.com/#part",
        "https://example.com:0/", "https://example.com:99999/", "https://exa mple.com/", "https://[::1/",
        "https://example.com/\r\nX: y", "https://exämple.com/", "https://10.0.0.1/", "https://[::1]/",
        "http://example.com/",
    ],
)  # fmt: skip
def test_targets_that_are_refused_before_anything_is_sent(target: str) -> None:
    with pytest.raises(InvalidValue):
        STRICT.check(target)


@pytest.mark.parametrize(
    "target", ["https://example.com", "https://example.com:8443/a?b=c", "https://1.1.1.1/"]
)
def test_targets_that_are_fine(target: str) -> None:
    STRICT.check(target)


def test_nobody_there_is_temporary() -> None:
    with pytest.raises(TemporaryError, match="cannot be reached"):
        FREE.send(f"http://127.0.0.1:{free_port()}/", MESSAGE)


@pytest.mark.slow
@pytest.mark.parametrize("piece", [b"", b"H"], ids=["silent", "a byte now and then"])
def test_a_receiver_that_never_ends_its_answer_is_left(piece: bytes) -> None:
    """Each byte would begin a new pause if only the pauses were limited."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ended = threading.Event()

        def drip() -> None:
            connection, _address = listener.accept()
            with closing(connection):
                while not ended.is_set():
                    try:
                        connection.sendall(piece)
                    except OSError:
                        return
                    time.sleep(0.1)

        thread = threading.Thread(target=drip)
        thread.start()
        try:
            with pytest.raises(TemporaryError, match="within 1 s"):
                Webhooks(plain_http=True, private=True, timeout_s=1).send(
                    f"http://127.0.0.1:{listener.getsockname()[1]}/", MESSAGE
                )
        finally:
            ended.set()
            thread.join()


def test_an_answer_that_is_no_http_is_temporary() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def talk() -> None:
            connection, _address = listener.accept()
            with closing(connection):
                connection.recv(65536)
                connection.sendall(b"SSH-2.0-OpenSSH\r\n\r\n")

        thread = threading.Thread(target=talk)
        thread.start()
        with pytest.raises(TemporaryError, match="cannot be reached"):
            FREE.send(f"http://127.0.0.1:{listener.getsockname()[1]}/", MESSAGE)
        thread.join()


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Key and certificate of "localhost", signed by nobody else."""
    path = tmp_path / "localhost.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost", "-keyout", path, "-out", tmp_path / "certificate"],
        check=True, capture_output=True,
    )  # fmt: skip
    path.write_bytes(path.read_bytes() + (tmp_path / "certificate").read_bytes())
    return path


def test_the_certificate_has_to_be_known_and_of_the_name(
    receiver: Receiver, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver.down()
    receiver.tls = certificate
    receiver.up()
    target = receiver.url.replace("http://127.0.0.1", "https://localhost")
    with pytest.raises(TemporaryError, match="certificate"):
        FREE.send(target, MESSAGE)
    monkeypatch.setattr(
        ssl, "create_default_context", lambda make=ssl.create_default_context: make(cafile=certificate)
    )
    FREE.send(target, MESSAGE)
    with pytest.raises(TemporaryError, match="certificate"):
        FREE.send(target.replace("localhost", "127.0.0.1"), MESSAGE)
    assert len(receiver.received) == 1
