"""Messages to real brokers, read back as a consumer would read them."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import kombu
import pytest
from kombu.simple import SimpleQueue
from support.broker_servers import TlsBroker, own_redis
from support.receiver import free_port

from shotprint.api.messages import compose
from shotprint.errors import TemporaryError
from shotprint.notify.broker import Brokers
from shotprint.notify.protocol import ID_HEADER, SIGNATURE_HEADER, TIME_HEADER, Message
from shotprint.queue.protocol import Lane
from shotprint.service.notifications import announce
from shotprint.service.types import (
    Ended,
    JobState,
    Notification,
    NotificationFilter,
    NotificationState,
    Subject,
)
from shotprint.settings import Settings
from shotprint.wiring import open_app

pytestmark = pytest.mark.slow

MESSAGE = Message("a" * 32, json.dumps({"State": "Success", "UserData": "ü"}).encode(), 1_700_000_000, "hush")


@pytest.fixture(params=["redis_url", "amqp_url"])
def broker(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(request.param))


@pytest.fixture
def queue(broker: str) -> Iterator[str]:
    """Name of a queue that does not exist yet; removed in the end."""
    name = f"shotprint test {secrets.token_hex(6)}"
    yield name
    with kombu.Connection(broker) as connection:
        kombu.Queue(name)(connection.default_channel).delete()


def target(broker: str, queue: str) -> str:
    return f"{broker}?queue={queue.replace(' ', '%20')}"


def drain(broker: str, queue: str, tls: dict[str, str] | None = None) -> list[kombu.Message]:
    messages = []
    with kombu.Connection(broker, ssl=tls) as connection:
        waiting: SimpleQueue = connection.SimpleQueue(queue)
        while True:
            try:
                message = waiting.get(timeout=1)
            except waiting.Empty:
                break
            message.ack()
            messages.append(message)
        waiting.close()
    return messages


def test_a_consumer_gets_what_was_sent(broker: str, queue: str) -> None:
    sender = Brokers(timeout_s=10)
    sender.send(target(broker, queue), MESSAGE)
    sender.send(target(broker, queue), MESSAGE)
    first, second = drain(broker, queue)
    assert first.payload == second.payload == {"State": "Success", "UserData": "ü"}
    assert first.content_type == "application/json"
    assert first.properties["message_id"] == MESSAGE.id
    told = {name: first.headers[name] for name in (ID_HEADER, TIME_HEADER, SIGNATURE_HEADER)}
    assert told == MESSAGE.headers()


def test_a_queue_that_exists_is_taken_as_it_is(amqp_url: str) -> None:
    name = f"shotprint-test-{secrets.token_hex(6)}"
    with kombu.Connection(amqp_url) as connection:
        theirs = kombu.Queue(name, durable=True, max_priority=5)(connection.default_channel)
        theirs.queue_declare()
        try:
            Brokers(timeout_s=10).send(target(amqp_url, name), MESSAGE)
            got = theirs.get(no_ack=True)
        finally:
            theirs.delete()
    assert got.payload["State"] == "Success"


def test_a_broker_that_refuses_us_did_not_take_the_message(amqp_url: str) -> None:
    stranger = amqp_url.replace("guest:guest", "guest:wrong")
    with pytest.raises(TemporaryError, match="did not take"):
        Brokers(timeout_s=10).send(target(stranger, "any"), MESSAGE)


@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_nobody_there_is_temporary(scheme: str) -> None:
    with pytest.raises(TemporaryError, match="did not take"):
        Brokers(timeout_s=5).send(f"{scheme}://127.0.0.1:{free_port()}/?queue=any", MESSAGE)


def test_a_broker_that_was_down_takes_it_when_it_is_back(tmp_path: Path) -> None:
    server = own_redis(tmp_path)
    url, sender = f"redis://127.0.0.1:{server.port}/0", Brokers(timeout_s=5)
    try:
        server.start()
        sender.send(target(url, "ends"), MESSAGE)
        server.stop()
        with pytest.raises(TemporaryError):
            sender.send(target(url, "ends"), MESSAGE)
        server.start()
        sender.send(target(url, "ends"), MESSAGE)
        assert len(drain(url, "ends")) == 2
    finally:
        server.stop()


def test_a_broker_whose_certificate_is_trusted_takes_the_message(
    tls_broker: TlsBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tls_broker.chain))
    Brokers(timeout_s=10).send(target(tls_broker.url(), "trusted"), MESSAGE)
    (message,) = drain(tls_broker.url(), "trusted", tls_broker.trusting)
    assert message.properties["message_id"] == MESSAGE.id


def test_a_broker_with_the_certificate_of_another_host_is_told_nothing(
    tls_broker: TlsBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tls_broker.chain))
    with pytest.raises(TemporaryError, match=r"certificate verify failed: Hostname mismatch.*'localhost'"):
        Brokers(timeout_s=3).send(target(tls_broker.url("localhost"), "misnamed"), MESSAGE)


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_delivery_says_that_the_certificate_is_not_trusted_and_arrives_once_it_is(
    settings: Settings, tls_broker: TlsBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def delivery() -> Notification:
        task = app.queue.claim([Lane.DELIVERY], "tester")
        assert task is not None
        app.notifications.deliver(task, compose)
        (row,) = app.notifications.page(mine.id, NotificationFilter(), None, 10).items
        return row

    with closing(open_app(settings.model_copy(update={"notify_timeout_s": 3, "notify_attempts": 1}))) as app:
        mine = app.accounts.create("mine")
        pipeline = app.pipelines.create(mine.id, "ends", target=target(tls_broker.url(), "refused at first"))
        ended = Ended(Subject.COMPARISON, "a" * 32, JobState.SUCCEEDED)
        with app.database.sessions.begin() as session:
            announce(session, app.queue, ended, account_id=mine.id, pipeline_id=pipeline.id)
        failed = delivery()
        assert failed.state is NotificationState.DEAD
        assert "certificate verify failed: self-signed certificate" in str(failed.last_error)
        assert drain(tls_broker.url(), "refused at first", tls_broker.trusting) == []
        monkeypatch.setenv("SSL_CERT_FILE", str(tls_broker.chain))
        app.notifications.send_again(mine.id, failed.id)
        assert delivery().state is NotificationState.DELIVERED
    (message,) = drain(tls_broker.url(), "refused at first", tls_broker.trusting)
    assert message.payload["JobId"] == ended.job_id
