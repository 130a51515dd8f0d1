"""Every setting: name, type, default, unit and help in one table.

A setting is given to `Settings`, or else read from the environment as ``SHOTPRINT_`` and its name in upper
case, or else has its default. `describe` lists the table for the command line and for the documentation.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from shotprint.errors import InvalidValue

ENV_PREFIX = "SHOTPRINT_"

UPLOADS = "console-uploads"
"""The bucket of files that browsers sent; its place is beside our own blobs."""

_WEB_PAGE = re.compile(r"https?://[A-Za-z0-9._~:/?#@!$&'()*+,;=%-]+")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*(::|://)")
_PASSWORD = re.compile(r"(://[^:/@]*:)[^/]+(@)")
_SECRET_OPTION = re.compile(r"([?&][^=&]*(?:password|secret|token|key)[^=&]*=)[^&]+", re.IGNORECASE)


def _setting(default: Any, help_text: str, *, unit: str = "", **limits: Any) -> Any:
    return Field(default=default, description=help_text, json_schema_extra={"unit": unit}, **limits)


class Settings(BaseSettings):
    """How this installation runs; unchangeable once made."""

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX,
        frozen=True,
        extra="forbid",
        validate_default=True,
        hide_input_in_errors=True,  # it may be a secret
    )

    data: Path = _setting(
        Path("shotprint-data"), "Directory of everything that is kept: database, fingerprints, index, key."
    )
    database: str = _setting(
        "", "SQLAlchemy URL of the database, SQLite or PostgreSQL; empty: shotprint.db in the data directory."
    )
    blobs: str = _setting(
        "", "URL or directory of stored fingerprints and thumbnails; empty: blobs in the data directory."
    )
    secret_key: SecretStr | None = _setting(
        None,
        "Random text that seals the access keys in the database, at least 32 characters; "
        "unset: made on first start and kept in secret.key in the data directory.",
    )
    account: str = _setting("default", "Account that commands act for.")
    buckets: Annotated[dict[str, str], NoDecode] = _setting(
        {},
        "Where each bucket's objects are, as NAME=URL, comma between; without scheme:// it is a directory.",
    )
    writable_buckets: Annotated[tuple[str, ...], NoDecode] = _setting(
        (),
        "Buckets that comparisons may write matched frames into, names with a comma between; "
        "every caller can write there.",
    )
    host: str = _setting("127.0.0.1", "Address that the server listens on.")
    port: int = _setting(8080, "Port that the server listens on; 0 takes a free one.", ge=0, le=65535)
    workers: int = _setting(
        os.cpu_count() or 1,
        "How many files are analysed at the same time; 0: none here, others work for the server.",
        unit="processes",
        ge=0,
        le=1024,
    )
    max_media_bytes: int = _setting(64 * 2**30, "Largest media file that is analysed.", unit="bytes", ge=1)
    max_media_seconds: float = _setting(
        24 * 3600.0, "Longest media file that is analysed.", unit="seconds", gt=0
    )
    max_text_bytes: int = _setting(
        8 * 2**20,
        "Largest text that is analysed; an analysis takes up to 150 times as much memory.",
        unit="bytes",
        ge=1,
    )
    max_import_bytes: int = _setting(
        64 * 2**20, "Largest list of files that is imported.", unit="bytes", ge=1
    )
    max_import_lines: int = _setting(
        100_000, "How many lines a list of files to import may have, empty ones too.", ge=1
    )
    job_time_limit_s: float = _setting(
        6 * 3600.0, "An analysis that takes longer fails.", unit="seconds", gt=0
    )
    job_attempts: int = _setting(
        3, "How often an analysis is tried when a temporary fault or a dead worker ends it.", ge=1, le=100
    )
    lease_s: float = _setting(
        30.0, "A worker silent for this long is taken for dead and its work is given to another.",
        unit="seconds", ge=1,
    )  # fmt: skip
    preset: Literal["video-2", "video-2-fast"] = _setting(
        "video-2",
        "How files are fingerprinted, in libraries made from now on and in comparisons without a library; video-2-fast "
        "costs less and finds less.",
    )
    min_segment_s: float = _setting(
        1.5, "Shorter copied stretches are not told.", unit="seconds", ge=1.5, le=3600
    )
    thumbnails: bool = _setting(True, "Keep small pictures of the frames that were fingerprinted.")
    clock_skew_s: float = _setting(
        900.0, "How far the time stamp of a request may be from this clock.", unit="seconds", gt=0
    )
    rate_limits: bool = _setting(True, "Refuse calls above each operation's documented rate.")
    max_libraries: int = _setting(0, "How many libraries an account may have; 0: any number.", ge=0)
    job_visibility_days: float = _setting(
        0,
        "How long jobs of every kind can be queried, counted from their submission; 0: for good.",
        unit="days",
        ge=0,
    )
    rate_storage: str = _setting(
        "memory://",
        "Where calls are counted: memory:// for each server process by itself, or the URL of a Redis that "
        "several share.",
    )
    max_body_bytes: int = _setting(2**20, "Largest request that is read.", unit="bytes", ge=1024)
    error_pages_url: str = _setting(
        "",
        "Where pages about error codes are, if not on this server: errors carry a link, this URL with the code "
        "behind it, as Recommend. Empty: the console's own pages.",
    )
    public_url: str = _setting(
        "",
        "This server's address for the callers of its API and for browsers, for links to result files and to the "
        "console; with https:// the console's cookies are for HTTPS only. Empty: the host that each call names.",
    )
    result_link_s: int = _setting(
        3600, "How long a link to a result file is good.", unit="seconds", ge=1, le=7 * 24 * 3600
    )
    session_s: float = _setting(
        7 * 24 * 3600.0, "How long somebody stays signed in to the console.", unit="seconds", ge=60
    )
    session_idle_s: float = _setting(
        12 * 3600.0, "How long somebody stays signed in to the console without using it.",
        unit="seconds", ge=60,
    )  # fmt: skip
    sign_in_link_s: float = _setting(
        3600.0, "How long a link that signs in to the console is good.", unit="seconds", ge=1
    )
    upload_bytes: int = _setting(
        100 * 2**30, "How large all files together may be that an account has uploaded in the console.",
        unit="bytes", ge=0,
    )  # fmt: skip
    upload_idle_s: float = _setting(
        24 * 3600.0, "An upload that gets no more bytes for so long is removed.", unit="seconds", ge=60
    )
    upload_keep_days: float = _setting(
        30, "How long an uploaded file is kept; 0: for good.", unit="days", ge=0
    )
    search_keep_s: float = _setting(
        3600.0, "How long a file that a library was searched with in the console, and that shall not be kept, is "
        "kept after the search, so that its pictures can be seen beside what it copies.", unit="seconds", ge=0,
    )  # fmt: skip
    view_bytes: int = _setting(
        2 * 2**30,
        "How much of this machine's disk pictures and previews may take that were made for the console; what is older "
        "than a day is made anew.",
        unit="bytes",
        ge=0,
    )
    notify_plain_http: bool = _setting(False, "Let webhooks of pipelines be plain http.")
    notify_private_addresses: bool = _setting(
        False, "Let webhooks of pipelines be at private, loopback and link-local addresses."
    )
    notify_timeout_s: float = _setting(
        10.0, "How long the receiver of a notification may take.", unit="seconds", gt=0, le=300
    )
    notify_attempts: int = _setting(
        30, "How often a notification is sent before it is given up; 30 are most of a day.", ge=1, le=1000
    )
    notify_first_delay_s: float = _setting(
        5.0, "Pause after the first failed attempt; it doubles with each further one.",
        unit="seconds", gt=0,
    )  # fmt: skip
    notify_longest_delay_s: float = _setting(
        3600.0, "Longest pause between two attempts.", unit="seconds", gt=0, le=7 * 24 * 3600.0
    )
    notify_keep_days: float = _setting(
        30,
        "How long delivered notifications can be looked up; 0: for good. Dead ones stay until they are sent again "
        "or discarded.",
        unit="days",
        ge=0,
    )
    log_level: Literal["debug", "info", "warning", "error"] = _setting("info", "Least level that is logged.")
    log_format: Literal["json", "console"] = _setting("json", "Shape of log lines on standard error.")

    @field_validator("data")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("database")
    @classmethod
    def _known_database(cls, value: str) -> str:
        return normalise_database(value) if value else value

    @field_validator("blobs")
    @classmethod
    def _blob_url(cls, value: str) -> str:
        return normalise_bucket(value) if value else value

    @field_validator("rate_storage")
    @classmethod
    def _known_storage(cls, value: str) -> str:
        if value != "memory://" and not value.startswith(("redis://", "rediss://")):
            raise ValueError("must be memory://, or start with redis:// or rediss://")
        return value

    @field_validator("error_pages_url", "public_url")
    @classmethod
    def _pages_url(cls, value: str) -> str:
        if value and not _WEB_PAGE.fullmatch(value):
            raise ValueError("must start with http:// or https:// and hold only what a URL may")
        return value

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < 32:
            raise ValueError("must have at least 32 characters")
        return value

    @field_validator("buckets", mode="before")
    @classmethod
    def _bucket_list(cls, value: object) -> object:
        return parse_buckets(value.split(",")) if isinstance(value, str) else value

    @field_validator("writable_buckets", mode="before")
    @classmethod
    def _name_list(cls, value: object) -> object:
        return (
            tuple(name.strip() for name in value.split(",") if name.strip())
            if isinstance(value, str)
            else value
        )

    @field_validator("buckets")
    @classmethod
    def _bucket_values(cls, value: dict[str, str]) -> dict[str, str]:
        if UPLOADS in value:
            raise ValueError(f"the bucket {UPLOADS!r} is the console's own")
        return {check_bucket_name(name): normalise_bucket(url) for name, url in value.items()}

    @property
    def database_url(self) -> str:
        """The database's URL with the default filled in."""
        return self.database or f"sqlite:///{self.data / 'shotprint.db'}"

    @property
    def blobs_url(self) -> str:
        """URL or directory of our own blobs with the default filled in."""
        return self.blobs or str(self.data / "blobs")

    @property
    def index_directory(self) -> Path:
        """Directory of the libraries' indexes, a cache of this machine."""
        return self.data / "index"


def load(**values: Any) -> Settings:
    """Settings from `values` (None counts as not given), the environment and the defaults.

    Raises
    ------
    InvalidValue
        A value is wrong; the message names the setting, and `parameter` is it.
    """
    try:
        return Settings(**{name: value for name, value in values.items() if value is not None})
    except ValidationError as exc:
        first = exc.errors(include_url=False, include_input=False)[0]
        name = str(first["loc"][0]) if first["loc"] else "settings"
        reason = str(first["msg"]).removeprefix("Value error, ")
        raise InvalidValue(f"Setting {name}: {reason}", parameter=name) from exc


@dataclass(frozen=True)
class SettingRow:
    """One line of the settings' table; `value` and `default` are text without secrets."""

    name: str
    env: str
    type: str
    value: str
    default: str
    unit: str
    help: str


def describe(settings: Settings | None = None) -> list[SettingRow]:
    """The table of all settings; `value` is empty when no settings are given."""
    rows = []
    for name, field in Settings.model_fields.items():
        extra = field.json_schema_extra
        unit = str(extra.get("unit", "")) if isinstance(extra, dict) else ""
        value = "" if settings is None else _shown(getattr(settings, name))
        default = "number of CPUs" if name == "workers" else _shown(field.default)
        env = ENV_PREFIX + name.upper()
        rows.append(SettingRow(name, env, _type_name(name), value, default, unit, field.description or ""))
    return rows


def _type_name(name: str) -> str:
    """The setting's type in a word, or its choices."""
    kind = get_type_hints(Settings)[name]
    if get_origin(kind) is Literal:
        return " | ".join(get_args(kind))
    if kind == SecretStr | None:
        return "secret"
    if get_origin(kind) is tuple:
        return "list"
    return {Path: "directory", str: "text", int: "integer", float: "number", bool: "true | false"}.get(
        kind, "table"
    )


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return ",".join(f"{name}={_shown(url)}" for name, url in value.items())
    if isinstance(value, tuple):
        return ",".join(value)
    return _SECRET_OPTION.sub(r"\1***", _PASSWORD.sub(r"\1***\2", str(value)))


def parse_buckets(pairs: list[str]) -> dict[str, str]:
    """``NAME=URL`` texts as a table; the name ends at the first ``=``.

    Raises
    ------
    ValueError
        A text has no ``=``, or a name comes twice with different URLs.
    """
    buckets: dict[str, str] = {}
    for pair in pairs:
        if not pair.strip():
            continue
        name, equals, url = pair.strip().partition("=")
        if not equals:
            raise ValueError(f"{pair.strip()!r} is not NAME=URL")
        if buckets.setdefault(name, url) != url:
            raise ValueError(f"bucket {name!r} is given twice")
    return buckets


def check_bucket_name(name: str) -> str:
    """`name`, when it can be a bucket: 1 to 63 bytes, printable, without ``/``, ``\\``, ``=`` and ``,``.

    The wire asks for 3 to 63 bytes; here shorter names are fine, since whoever runs the server chooses them.
    """
    if (
        not 1 <= len(name.encode(errors="replace")) <= 63
        or not name.isprintable()
        or set(name) & set("/\\=,")
    ):
        raise ValueError(f"{name!r} cannot be a bucket's name: 1 to 63 printable bytes without / \\ = ,")
    return name


def normalise_bucket(value: str) -> str:
    """A bucket's URL as is; a value without ``scheme://`` as the absolute path of a directory."""
    if not value or "\0" in value:
        raise ValueError("a bucket needs a URL or a directory")
    if value.startswith("file://"):
        value = value.removeprefix("file://")
    return value if _SCHEME.match(value) else str(Path(value).expanduser().absolute())


def normalise_database(url: str) -> str:
    """`url` with the driver that we use filled in.

    Raises
    ------
    ValueError
        It is neither a SQLite file nor PostgreSQL.
    """
    scheme, separator, rest = url.partition("://")
    if separator and scheme in ("sqlite", "sqlite+pysqlite"):
        return _sqlite_file(rest)
    if separator and scheme in ("postgresql", "postgres", "postgresql+psycopg"):
        return f"postgresql+psycopg://{rest}"
    raise ValueError("must start with sqlite:/// or postgresql://")


def _sqlite_file(rest: str) -> str:
    """The URL with an absolute path. A database in memory is refused: other processes could not see it."""
    path, question_mark, options = rest.removeprefix("/").partition("?")
    if not rest.startswith("/") or not path or path == ":memory:":
        raise ValueError("must name a file, as in sqlite:////srv/shotprint.db")
    return f"sqlite:///{Path(path).absolute()}{question_mark}{options}"
