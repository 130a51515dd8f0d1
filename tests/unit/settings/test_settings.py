from __future__ import annotations

import pickle
from pathlib import Path
from typing import get_args, get_type_hints

import pytest
from pydantic import ValidationError

from shotprint.engine.index.library_index import MIN_LENGTH_S
from shotprint.engine.video.presets import DEFAULT_PRESET, PRESETS
from shotprint.errors import InvalidValue
from shotprint.settings import ENV_PREFIX, Settings, describe, load, parse_buckets


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(ENV_PREFIX + name.upper(), raising=False)


def test_given_values_come_before_the_environment_and_that_before_defaults(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert load().port == 8080
    monkeypatch.setenv("SHOTPRINT_PORT", "81")
    assert load().port == 81
    assert load(port=82).port == 82
    assert load(port=None).port == 81


def test_the_presets_and_the_shortest_segment_are_those_of_the_engine() -> None:
    assert get_args(get_type_hints(Settings)["preset"]) == tuple(PRESETS)
    assert (load().preset, load().min_segment_s) == (DEFAULT_PRESET, MIN_LENGTH_S)


def test_the_database_and_the_blobs_are_in_the_data_directory_by_default(tmp_path: Path) -> None:
    settings = load(data=tmp_path)
    assert settings.database_url == f"sqlite:///{tmp_path}/shotprint.db"
    assert settings.blobs_url == f"{tmp_path}/blobs"
    assert settings.index_directory == tmp_path / "index"


def test_a_relative_data_directory_becomes_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load(data="some/where")
    monkeypatch.chdir("/")
    assert settings.data == tmp_path / "some" / "where"


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgresql://u:p@h/d", "postgresql+psycopg://u:p@h/d"),
        ("postgres://h/d", "postgresql+psycopg://h/d"),
        ("postgresql+psycopg:///d?host=/tmp", "postgresql+psycopg:///d?host=/tmp"),
        ("sqlite:////srv/x.db", "sqlite:////srv/x.db"),
    ],
)
def test_a_database_url_gets_our_driver(given: str, used: str) -> None:
    assert load(database=given).database_url == used


def test_a_relative_database_file_becomes_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load(database="sqlite:///x.db?mode=rw").database_url == f"sqlite:///{tmp_path}/x.db?mode=rw"


def test_buckets_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SHOTPRINT_BUCKETS", "demo=media, x=s3://one/two?a=b ,home=~/v,file=file:///srv/f")
    assert load().buckets == {
        "demo": f"{tmp_path}/media",
        "x": "s3://one/two?a=b",
        "home": f"{Path.home()}/v",
        "file": "/srv/f",
    }


def test_a_bucket_value_with_equals_signs_ends_its_name_at_the_first() -> None:
    assert parse_buckets(["a=b=c"]) == {"a": "b=c"}


def test_a_bucket_given_twice_must_be_the_same() -> None:
    assert parse_buckets(["a=/x", "a=/x"]) == {"a": "/x"}
    with pytest.raises(ValueError, match="twice"):
        parse_buckets(["a=/x", "a=/y"])


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"port": 70_000}, "port"),
        ({"port": "x"}, "port"),
        ({"workers": -1}, "workers"),
        ({"database": "mysql://h/d"}, "database"),
        ({"database": "x.db"}, "database"),
        ({"database": "sqlite://"}, "database"),
        ({"database": "sqlite:///:memory:"}, "database"),
        ({"secret_key": "short"}, "secret_key"),
        ({"log_level": "loud"}, "log_level"),
        ({"buckets": "novalue"}, "buckets"),
        ({"buckets": {"": "/x"}}, "buckets"),
        ({"buckets": {"a/b": "/x"}}, "buckets"),
        ({"buckets": {"a\n": "/x"}}, "buckets"),
        ({"buckets": {"é" * 32: "/x"}}, "buckets"),
        ({"buckets": {"a": ""}}, "buckets"),
        ({"prot": 80}, "prot"),
    ],
)
def test_a_wrong_value_is_an_error_that_names_its_setting(values: dict[str, object], name: str) -> None:
    with pytest.raises(InvalidValue, match=f"^Setting {name}") as caught:
        load(**values)
    assert caught.value.parameter == name


def test_an_error_does_not_repeat_a_secret() -> None:
    with pytest.raises(InvalidValue) as caught:
        load(secret_key="hunter2")
    assert "hunter2" not in caught.value.message


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        load().port = 1  # type: ignore[misc]


def test_settings_travel_to_other_processes_unchanged(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(port=81, buckets={"a": "/x"}, secret_key="k" * 32)
    packed = pickle.dumps(settings)
    monkeypatch.setenv("SHOTPRINT_HOST", "0.0.0.0")
    assert pickle.loads(packed) == settings


def test_the_table_has_every_setting_explained() -> None:
    rows = describe(load())
    assert [row.name for row in rows] == list(Settings.model_fields)
    for row in rows:
        assert row.help.endswith("."), row
        assert row.type in {
            "directory", "text", "secret", "table", "list", "integer", "number", "true | false",
            "debug | info | warning | error", "json | console", "video-2 | video-2-fast",
        }  # fmt: skip
        assert row.unit or not row.name.endswith(("_s", "_bytes", "_seconds")), row


def test_the_table_shows_values_but_no_secrets() -> None:
    settings = load(
        port=81, secret_key="topsecretkey" * 3, database="postgresql://u:topsecret@h/d",
        buckets={"x": "s3://id:topsecret@b/p", "y": "/srv"}, blobs="s3://id:topsecret@b",
    )  # fmt: skip
    rows = {row.name: row for row in describe(settings)}
    assert (rows["port"].value, rows["port"].default, rows["port"].env) == ("81", "8080", "SHOTPRINT_PORT")
    assert rows["buckets"].value == "x=s3://id:***@b/p,y=/srv"
    assert rows["database"].value == "postgresql+psycopg://u:***@h/d"
    assert rows["thumbnails"].value == "true"
    assert "topsecret" not in str(rows)
    assert "topsecret" not in repr(settings.secret_key)


@pytest.mark.parametrize("url", ["memory://", "redis://:secret@host:6379/0", "rediss://host"])
def test_rates_are_counted_in_memory_or_in_redis(url: str) -> None:
    assert load(rate_storage=url).rate_storage == url


@pytest.mark.parametrize("url", ["", "memory", "memcached://host", "/tmp/rates"])
def test_rates_are_counted_nowhere_else(url: str) -> None:
    with pytest.raises(InvalidValue, match="rate_storage"):
        load(rate_storage=url)


@pytest.mark.parametrize("setting", ["error_pages_url", "public_url"])
def test_what_links_start_with_is_a_web_address(setting: str) -> None:
    right = "https://docs.example/errors#"
    assert getattr(load(**{setting: right}), setting) == right
    for wrong in ("docs.example", "javascript:x", "https://x/]]>", "https://x/ y", "https://x/<"):
        with pytest.raises(InvalidValue, match=setting):
            load(**{setting: wrong})
