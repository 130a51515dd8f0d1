"""A call counts once: after a restart too, and when it comes many times at the same moment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from wire_client import Client, Sent, send

from shotprint.api.app import create_app
from shotprint.settings import Settings
from shotprint.wiring import App, open_app

FORMAT = {"Format": "JSON"}


def client_of(app: App, now: datetime) -> Client:
    key = app.accounts.add_key(app.accounts.ensure("default").id, "testId", "testKeySecret")
    return Client(key.id, key.secret, "v1", "query", "POST", "", now)


def outcome(app: App, sent: Sent) -> str:
    received = send(create_app(app), sent)
    return "accepted" if received.status == 200 else received.text.split('"Code":"')[1].split('"')[0]


def test_a_replay_is_refused_after_a_restart(settings: Settings) -> None:
    app = open_app(settings)
    client = client_of(app, datetime.now(UTC))
    sent = client.request("ListFpShotDB", FORMAT)
    almost_too_new = Client(
        "testId", "testKeySecret", "v1", "query", "POST", "", client.now + timedelta(minutes=14)
    )
    early = almost_too_new.request("ListFpShotDB", FORMAT)
    assert (outcome(app, sent), outcome(app, early)) == ("accepted", "accepted")
    app.close()
    again = open_app(settings)
    assert (outcome(again, sent), outcome(again, early)) == ("SignatureNonceUsed", "SignatureNonceUsed")
    assert outcome(again, client.request("ListFpShotDB", FORMAT)) == "accepted"
    again.close()


def test_of_many_equal_calls_at_once_one_is_accepted(app: App) -> None:
    sent = client_of(app, datetime.now(UTC)).request("ListFpShotDB", FORMAT)
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda _: outcome(app, sent), range(16)))
    assert sorted(outcomes) == ["SignatureNonceUsed"] * 15 + ["accepted"]


def test_a_disabled_key_is_refused_from_the_next_call_on(app: App) -> None:
    client = client_of(app, datetime.now(UTC))
    assert outcome(app, client.request("ListFpShotDB", FORMAT)) == "accepted"
    app.accounts.disable_key(app.accounts.ensure("default").id, "testId")
    assert outcome(app, client.request("ListFpShotDB", FORMAT)) == "InvalidAccessKeyId.Inactive"
