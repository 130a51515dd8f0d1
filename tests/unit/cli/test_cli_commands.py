"""The commands that need no media: what they print, what they leave behind, how they end."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import typer

from shotprint.cli import serve
from shotprint.cli.account import parse_expiry
from shotprint.cli.main import app
from shotprint.cli.options import Common, opened
from shotprint.errors import Conflict
from shotprint.settings import Settings

Cli = Callable[..., Any]


def leaves(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    if not hasattr(command, "commands"):
        yield " ".join(path), command
        return
    for name, child in command.commands.items():
        yield from leaves(child, (*path, name))


COMMANDS = dict(leaves(typer.main.get_command(app)))


def test_the_commands_that_others_rely_on_are_there() -> None:
    assert set(COMMANDS) == {
        "serve", "worker", "settings", "match", "add", "search", "index rebuild", "library create",
        "library list", "account create", "account list", "account add-key", "account disable-key",
        "account enable-key",
        "pipeline create", "pipeline list", "pipeline test", "pipeline deliveries", "pipeline resend",
        "pipeline change", "pipeline delete", "pipeline discard", "import list", "import cancel",
        "account add-user", "account list-users", "account set-password", "account remove-user",
        "account console-link",
    }  # fmt: skip


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_takes_the_common_options_and_explains_itself(name: str) -> None:
    options = {option for param in COMMANDS[name].params for option in param.opts}
    assert {"--data", "--account", "--database"} <= options
    if name not in ("serve", "worker"):
        assert "--json" in options
    assert COMMANDS[name].callback.__doc__
    assert all(param.help for param in COMMANDS[name].params)
    assert all(param.metavar or param.is_flag for param in COMMANDS[name].params)


def test_help_loads_no_heavy_package() -> None:
    script = "import sys, shotprint.cli.main; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout
    heavy = {"av", "alembic", "cv2", "numpy", "pydantic_settings", "sqlalchemy", "starlette", "uvicorn"}
    assert heavy.isdisjoint(loaded.split())


@pytest.mark.parametrize(("set_to", "threads"), [(None, "1"), ("4", "4")])
def test_sums_have_one_thread_unless_the_environment_says_otherwise(set_to: str | None, threads: str) -> None:
    script = """if True:
        import os, sys
        from contextlib import suppress
        from shotprint.cli.main import main
        sys.argv = ["shotprint", "--version"]
        with suppress(SystemExit):
            main()
        print("numpy" in sys.modules, os.environ["OPENBLAS_NUM_THREADS"])
    """
    given = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    if set_to:
        given["OPENBLAS_NUM_THREADS"] = set_to
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True, env=given
    )
    assert done.stdout.splitlines()[-1] == f"False {threads}"


def test_version_is_shown(bare_cli: Cli) -> None:
    ended = bare_cli("--version")
    assert (ended.code, ended.out) == (0, f"shotprint {version('shotprint')}\n")


def test_help_names_the_commands(bare_cli: Cli) -> None:
    shown = bare_cli("--help").out
    assert all(f" {name.split()[0]} " in shown for name in COMMANDS)


@pytest.mark.parametrize(
    "arguments",
    [
        ("frobnicate",),
        ("library", "create"),
        ("library", "list", "--frobnicate"),
        ("serve", "--port", "70000"),
        ("serve", "--port", "http"),
        ("serve", "--workers", "-1"),
        ("serve", "--access-key", "no-colon"),
        ("serve", "--access-key", ":secret"),
        ("serve", "--access-key", "id:"),
        ("serve", "--tls-cert", "only.pem"),
        ("serve", "--tls-key", "only.key"),
        ("serve", "--tls-cert", "no-such.pem", "--tls-key", "no-such.key"),
        ("serve", "--bucket", "no-equals-sign"),
        ("serve", "--bucket", "a=/x", "--bucket", "a=/y"),
        ("serve", "--bucket", "a/b=/x"),
        ("library", "create", "films", "--modality", "smell"),
        ("library", "create", "films", "--modality", "audio"),
        ("library", "create", ""),
        ("library", "create", "films", "--preset", "video-0"),
        ("match", "a.mp4", "b.mp4", "--preset", "video-0"),
        ("library", "create", "films", "--id", "films"),
        ("library", "list", "--database", "mysql://localhost/x"),
        ("account", "add-key", "--secret-stdin"),
        ("account", "add-key", "--expires", "soon"),
        ("account", "add-key", "--expires", "2026-01-31"),
        ("account", "add-key", "--expires", "2020-01-31T00:00:00Z"),
        ("account", "add-key", "--allow-operation", "List FpShotDB"),
        ("account", "add-user", "ada"),
        ("add", "films", "a.mp4", "b.mp4", "--key", "k"),
    ],
)
def test_a_wrong_command_line_ends_with_2_and_says_why_on_standard_error(
    cli: Cli, arguments: tuple[str, ...]
) -> None:
    ended = cli(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.strip()


def test_a_wrong_setting_in_the_environment_ends_with_2_and_is_named(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOTPRINT_PORT", "many")
    ended = cli("settings")
    assert ended.code == 2
    assert "port" in ended.err


def test_data_directory_that_cannot_be_made_is_told_in_one_line(bare_cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    ended = bare_cli("library", "list", "--data", str(tmp_path / "file"))
    assert (ended.code, ended.out) == (1, "")
    assert str(tmp_path / "file") in ended.err
    assert len(ended.err.splitlines()) == 1


def test_library_is_made_active_and_listed(cli: Cli) -> None:
    made = cli("library", "create", "films", "--json").document
    assert made["name"] == "films"
    assert made["state"] == "active"
    (listed,) = cli("library", "list", "--json").document
    assert listed == made
    assert listed["files"] == 0
    assert made["id"] in cli("library", "list").out


def test_library_has_the_preset_asked_for(cli: Cli) -> None:
    assert cli("library", "create", "films", "--json").document["preset"] == "video-2"
    quick = cli("library", "create", "quick", "--preset", "video-2-fast", "--json").document
    assert quick["preset"] == "video-2-fast"


def test_library_name_is_taken(cli: Cli) -> None:
    cli("library", "create", "films")
    ended = cli("library", "create", "films")
    assert ended.code == 1
    assert "'films'" in ended.err


def test_library_takes_the_id_that_clients_know(cli: Cli) -> None:
    known = "88c6ca184c0e47098a5b665e2a120000"
    assert cli("library", "create", "films", "--id", known.upper(), "--json").document["id"] == known
    ended = cli("library", "create", "clips", "--id", known)
    assert ended.code == 1
    assert "not available" in ended.err


def test_names_with_markup_and_other_scripts_are_shown_as_they_are(cli: Cli) -> None:
    cli("library", "create", "[red]影片[/red] :smile:")
    assert "[red]影片[/red] :smile:" in cli("library", "list").out


def test_common_options_may_come_before_the_command(bare_cli: Cli, tmp_path: Path) -> None:
    data = str(tmp_path / "before")
    assert bare_cli("--data", data, "library", "create", "films").code == 0
    assert bare_cli("library", "list", "--json", "--data", data).document[0]["name"] == "films"
    elsewhere = bare_cli("--data", data, "library", "list", "--json", "--data", str(tmp_path / "after"))
    assert elsewhere.document == []


def test_accounts_have_libraries_of_their_own(cli: Cli) -> None:
    assert cli("account", "create", "bob").code == 0
    cli("library", "create", "films")
    assert cli("library", "list", "--json", "--account", "bob").document == []
    mine = cli("library", "create", "films", "--account", "bob", "--json").document
    assert cli("library", "list", "--json", "--account", "bob").document == [mine]


def test_unknown_account_is_told(cli: Cli) -> None:
    ended = cli("library", "list", "--account", "nobody")
    assert ended.code == 1
    assert "'nobody'" in ended.err


def test_account_shows_its_secret_once(cli: Cli) -> None:
    made = cli("account", "create", "bob", "--json").document
    assert len(made["access_key"]["secret"]) >= 16
    listed = cli("account", "list", "--json")
    assert made["access_key"]["id"] in listed.out
    assert made["access_key"]["secret"] not in listed.out
    assert made["access_key"]["id"] in cli("account", "list").out


def test_key_is_added_and_disabled(cli: Cli) -> None:
    key = cli("account", "add-key", "--json").document
    assert key["secret"]
    assert cli("account", "disable-key", key["id"]).code == 0
    (account,) = cli("account", "list", "--json").document
    unlimited = {"expires": None, "allowed_operations": None, "allowed_libraries": None}
    assert account["access_keys"] == [{"id": key["id"], "enabled": False, **unlimited}]
    assert "(disabled)" in cli("account", "list").out


def test_key_of_another_account_is_not_disabled(cli: Cli) -> None:
    key = cli("account", "create", "bob", "--json").document["access_key"]
    assert cli("account", "disable-key", key["id"]).code == 1
    (bobs,) = cli("account", "list", "--json").document[0]["access_keys"]
    assert (bobs["id"], bobs["enabled"]) == (key["id"], True)


def test_key_that_expires_shows_its_token_once(cli: Cli) -> None:
    key = cli("account", "add-key", "--expires", "2h", "--json").document
    assert len(key["token"]) >= 40
    left = datetime.fromisoformat(key["expires"]) - datetime.now(UTC)
    assert timedelta(hours=1) < left <= timedelta(hours=2)
    listed = cli("account", "list", "--json").out + cli("account", "list").out
    assert key["token"] not in listed
    assert f"{key['id']} (until " in listed
    assert "Security token" in cli("account", "add-key", "--expires", "7d").out
    assert "oken" not in cli("account", "add-key").out


def test_key_with_permissions_names_libraries_as_people_do(cli: Cli) -> None:
    films = cli("library", "create", "films", "--json").document["id"]
    clips = cli("library", "create", "clips", "--json").document["id"]
    limits = ("--allow-operation", "Query*", "--allow-library", "films", "--allow-library", clips)
    key = cli("account", "add-key", *limits, "--json").document
    assert key["allowed_operations"] == ["Query*"]
    assert key["allowed_libraries"] == sorted([films, clips])
    assert key["token"] is None
    assert f"{key['id']} (limited)" in cli("account", "list").out
    assert cli("account", "add-key", "--allow-library", "nothing").code == 1


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("30m", datetime(2026, 1, 1, 0, 30, tzinfo=UTC)),
        ("7d", datetime(2026, 1, 8, tzinfo=UTC)),
        ("2026-01-31T12:00:00Z", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        ("2026-01-31T12:00:00+08:00", datetime(2026, 1, 31, 4, tzinfo=UTC)),
    ],
)
def test_end_of_a_key_is_a_span_or_a_time(text: str, ends: datetime) -> None:
    assert parse_expiry(text, datetime(2026, 1, 1, tzinfo=UTC)) == ends


def test_secret_from_standard_input_is_not_printed(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    for times in ("first", "again"):
        monkeypatch.setattr(sys, "stdin", io.StringIO("top secret\n"))
        ended = cli("account", "add-key", "--id", "my-id", "--secret-stdin")
        assert ended.code == 0, times
        assert "top secret" not in ended.out + ended.err
    monkeypatch.setattr(sys, "stdin", io.StringIO("another\n"))
    assert cli("account", "add-key", "--id", "my-id", "--secret-stdin").code == 1


def test_settings_show_every_setting_and_no_secret(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOTPRINT_SECRET_KEY", "hush" * 10)
    monkeypatch.setenv("SHOTPRINT_DATABASE", "postgresql://me:hush@host/db")
    as_json = cli("settings", "--json")
    rows = {row["name"]: row for row in as_json.document}
    assert set(rows) == set(Settings.model_fields)
    assert rows["port"]["env"] == "SHOTPRINT_PORT"
    assert rows["port"]["value"] == "8080"
    assert rows["database"]["value"].endswith("@host/db")
    assert rows["secret_key"]["value"]
    assert "hush" not in as_json.out
    table = cli("settings").out
    assert "SHOTPRINT_MAX_MEDIA_SECONDS" in table
    assert "hush" not in table


@pytest.mark.parametrize(
    ("text", "key"), [("id:secret", ("id", "secret")), ("id:se:cr:et", ("id", "se:cr:et"))]
)
def test_access_key_id_ends_at_the_first_colon(text: str, key: tuple[str, str]) -> None:
    assert serve.split_access_key(text) == key


def test_buckets_of_the_command_line_win_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOTPRINT_BUCKETS", "a=/env/a,b=/env/b")
    buckets = serve.merged_buckets(Common(), ["a=/line/a", "c=s3://line/c"])
    assert buckets == {"a": "/line/a", "b": "/env/b", "c": "s3://line/c"}
    assert Common().settings(buckets=serve.merged_buckets(Common(), None)).buckets == {
        "a": "/env/a",
        "b": "/env/b",
    }


def test_first_start_makes_a_key_and_shows_it_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings(data=tmp_path)
    with opened(settings) as services:
        serve.prepare_keys(services, [])
        first = capsys.readouterr().out
        serve.prepare_keys(services, [])
        assert capsys.readouterr().out == ""
        (key,) = services.accounts.keys(services.accounts.get("default").id)
        assert key.id in first
        assert key.secret in first


def test_given_keys_are_added_and_may_be_given_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with opened(Settings(data=tmp_path, account="studio")) as services:
        for _ in range(2):
            serve.prepare_keys(services, [("one", "secret-1"), ("two", "secret-2")])
        assert capsys.readouterr().out == ""
        keys = services.accounts.keys(services.accounts.get("studio").id)
        assert [(key.id, key.secret) for key in keys] == [("one", "secret-1"), ("two", "secret-2")]
        with pytest.raises(Conflict, match="one"):
            serve.prepare_keys(services, [("one", "another secret")])
