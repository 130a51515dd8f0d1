from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Cli = Callable[..., Any]

TARGET = "https://hooks.example.com/ends"
OLD_ID = "88c6ca184c0e47098a5b665e2a120000"


def test_a_pipeline_is_made_with_a_secret_that_is_shown_once(cli: Cli) -> None:
    made = cli("pipeline", "create", "ends", "--id", OLD_ID, "--target", TARGET, "--json")
    assert made.code == 0, made.err
    assert (made.document["id"], made.document["target"]) == (OLD_ID, TARGET)
    secret = made.document["secret"]
    plain = cli("pipeline", "create", "more", "--target", TARGET)
    assert "Keep the secret now" in plain.out
    listed = cli("pipeline", "list", "--json")
    assert [row["name"] for row in listed.document] == ["ends", "more"]
    assert secret not in listed.out + cli("pipeline", "list").out


def test_passwords_of_brokers_are_not_shown(cli: Cli) -> None:
    target = "amqp://me:hush@broker/?queue=ends"
    for arguments in (("create", "ends", "--target", target), ("list",), ("list", "--json")):
        shown = cli("pipeline", *arguments)
        assert shown.code == 0, shown.err
        assert "hush" not in shown.out + shown.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("--target", "http://hooks.example.com"),
        ("--target", "https://192.168.1.1/"),
        ("--target", "somewhere"),
        ("--target", TARGET, "--id", "short"),
        (),
    ],
)
def test_what_cannot_be_a_pipeline_ends_with_2(cli: Cli, arguments: tuple[str, ...]) -> None:
    assert cli("pipeline", "create", "ends", *arguments).code == 2
    assert cli("pipeline", "list", "--json").document == []


def test_a_name_that_is_taken_and_things_that_are_not_there_end_with_1(cli: Cli) -> None:
    assert cli("pipeline", "create", "ends", "--target", TARGET).code == 0
    for arguments in (
        ("create", "ends", "--target", TARGET),
        ("test", "nobody"),
        ("deliveries", "--pipeline", "nobody"),
        ("resend", "f" * 32),
        ("discard", "f" * 32),
        ("change", "nobody", "--new-secret"),
        ("delete", "nobody"),
    ):
        assert cli("pipeline", *arguments).code == 1, arguments
    assert cli("pipeline", "deliveries", "--json").document == []


def test_a_pipeline_is_changed_and_deleted(cli: Cli) -> None:
    made = cli("pipeline", "create", "ends", "--target", TARGET, "--json").document
    changed = cli("pipeline", "change", "ends", "--name", "more", "--target", TARGET + "/2", "--json")
    assert changed.code == 0, changed.err
    assert (changed.document["id"], changed.document["name"]) == (made["id"], "more")
    assert changed.document["target"] == TARGET + "/2"
    assert "secret" not in changed.document
    renewed = cli("pipeline", "change", "more", "--new-secret")
    assert "Keep the secret now" in renewed.out
    assert made["secret"] not in renewed.out
    assert cli("pipeline", "change", "more").code == 2
    assert cli("pipeline", "delete", "more", "--json").document == {"id": made["id"], "deleted": True}
    assert cli("pipeline", "list", "--json").document == []
