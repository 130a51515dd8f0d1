"""Listening, and ending."""

from __future__ import annotations

import os
import signal
import socket
import threading
import urllib.request
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from support.certificates import make_certificate

from shotprint.cli.stop_signals import StopSignals
from shotprint.cli.web_server import Certificate, WebServer, listen, url_of
from shotprint.errors import InvalidState, InvalidValue


def test_port_zero_takes_a_free_port_and_the_url_names_it() -> None:
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        assert port > 0
        assert url_of(listener) == f"http://127.0.0.1:{port}"


def test_taken_port_is_told_clearly() -> None:
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(InvalidState, match=f"127.0.0.1 port {port}: .*in use"):
            listen("127.0.0.1", port)


def test_address_of_another_machine_is_told_clearly() -> None:
    with pytest.raises(InvalidValue, match="no such host"):
        listen("no such host", 0)


def test_localhost_is_where_clients_look_for_it() -> None:
    with listen("localhost", 0) as listener:
        assert url_of(listener).startswith("http://127.0.0.1:")


@pytest.mark.skipif(not socket.has_ipv6, reason="this Python has no IPv6")
def test_ipv6_address_is_in_brackets() -> None:
    try:
        listener = listen("::1", 0)
    except (InvalidState, InvalidValue):
        pytest.skip("this machine has no IPv6")
    with listener:
        assert url_of(listener).startswith("http://[::1]:")


def test_certificate_that_cannot_be_used_is_told_clearly(tmp_path: Path) -> None:
    chain, key = make_certificate(tmp_path)
    Certificate(chain, key).check()
    (tmp_path / "other").mkdir()
    _, other = make_certificate(tmp_path / "other", password=b"hush")
    for wrong in (
        Certificate(tmp_path / "gone.pem", key),
        Certificate(key, chain),
        Certificate(chain, other),
    ):
        with pytest.raises(InvalidValue, match="Cannot use the certificate"):
            wrong.check()


def test_server_answers_when_ready_and_ends_on_a_signal() -> None:
    app = Starlette(routes=[Route("/", lambda _request: PlainTextResponse("hello"))])
    answers: list[bytes] = []

    def ask(url: str) -> None:
        with urllib.request.urlopen(url, timeout=10) as answer:
            answers.append(answer.read())
        os.kill(os.getpid(), signal.SIGTERM)

    with StopSignals() as stop, listen("127.0.0.1", 0) as listener:
        asker = threading.Thread(target=ask, args=(url_of(listener),))
        server = WebServer(app, listener, on_ready=asker.start)
        stop.then(server.stop)
        server.serve()
        asker.join()
        assert stop.asked
    assert answers == [b"hello"]


def test_server_told_to_stop_before_it_started_never_says_ready() -> None:
    ready: list[bool] = []
    with StopSignals() as stop, listen("127.0.0.1", 0) as listener:
        os.kill(os.getpid(), signal.SIGINT)
        stop.wait()
        server = WebServer(Starlette(), listener, on_ready=lambda: ready.append(True))
        stop.then(server.stop)
        server.serve()
    assert ready == []


def test_second_signal_interrupts() -> None:
    with StopSignals():
        os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)


def test_handlers_are_put_back() -> None:
    before = signal.getsignal(signal.SIGINT)
    with StopSignals():
        assert signal.getsignal(signal.SIGINT) != before
    assert signal.getsignal(signal.SIGINT) == before
