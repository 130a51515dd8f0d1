"""When the server itself is broken: a clear answer, nothing of its insides, a log line that explains."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from sqlalchemy import text
from structlog.testing import capture_logs
from wire_client import Client, send

from shotprint.api.app import create_app
from shotprint.wiring import App


def test_a_fault_of_ours_is_an_internal_error_that_the_log_explains(app: App) -> None:
    key = app.accounts.add_key(app.accounts.ensure("default").id)
    client = Client(key.id, key.secret, "v1", "query", "POST", "", datetime.now(UTC))
    with app.database.sessions.begin() as session:
        session.execute(text("ALTER TABLE libraries RENAME TO hidden"))
    with capture_logs() as logs:
        received = send(create_app(app), client.request("ListFpShotDB", {"Format": "JSON"}))
    body = json.loads(received.body)
    assert (received.status, body["Code"]) == (500, "InternalError")
    assert body["Message"] == "The request failed because of an internal error."
    assert "libraries" not in received.text
    fault = next(line for line in logs if line["event"] == "call failed")
    assert fault["request_id"] == body["RequestId"]
    assert "libraries" in str(fault["exc_info"])
