"""Checks of what callers send, the same in every service."""

from __future__ import annotations

import re
import secrets
from datetime import UTC, datetime

from shotprint.errors import EmptyValue, InvalidValue, OutOfRange

_ID = re.compile(r"[0-9a-f]{32}")

MAX_NAME_CHARS = 128
MAX_KEY_BYTES = 2048
"""Of a file's primary key: PostgreSQL indexes at most about 2700 bytes a row."""
MAX_TEXT_BYTES = 64 * 1024
MAX_PAGE_SIZE = 1000


def new_id() -> str:
    """A random id, 32 lower-case hex characters."""
    return secrets.token_hex(16)


def is_id(text: str) -> bool:
    """Whether `text` has the form of an id."""
    return _ID.fullmatch(text) is not None


def now() -> datetime:
    return datetime.now(UTC)


def check_name(name: str, parameter: str) -> str:
    """A name of something: 1 to 128 printable characters, no space at its ends, not of the form of an id.

    Raises
    ------
    EmptyValue, OutOfRange, InvalidValue
    """
    if not name.strip():
        raise EmptyValue(f"The {parameter} is empty", parameter=parameter)
    if len(name) > MAX_NAME_CHARS:
        raise OutOfRange(f"The {parameter} is longer than {MAX_NAME_CHARS} characters", parameter=parameter)
    if not name.isprintable() or name != name.strip():
        raise InvalidValue(
            f"The {parameter} has characters that cannot be shown, or spaces at its ends", parameter=parameter
        )
    if is_id(name):
        raise InvalidValue(
            f"The {parameter} may not look like an id (32 hex characters)", parameter=parameter
        )
    return name


def check_text(text: str, parameter: str, *, max_bytes: int = MAX_TEXT_BYTES, empty: bool = True) -> str:
    """Free text that the database can keep: Unicode without NUL, at most `max_bytes` as UTF-8.

    Raises
    ------
    EmptyValue, OutOfRange, InvalidValue
    """
    if not text and not empty:
        raise EmptyValue(f"The {parameter} is empty", parameter=parameter)
    try:
        size = len(text.encode())
    except UnicodeEncodeError as exc:
        raise InvalidValue(f"The {parameter} is not valid Unicode", parameter=parameter) from exc
    if size > max_bytes:
        raise OutOfRange(
            f"The {parameter} has {size} bytes; at most {max_bytes} are allowed", parameter=parameter
        )
    if "\0" in text:
        raise InvalidValue(f"The {parameter} has a NUL character", parameter=parameter)
    return text


def is_storable(text: str) -> bool:
    """Whether the databases can keep `text`; what they cannot keep, they need not be asked for."""
    try:
        check_text(text, "text")
    except (InvalidValue, OutOfRange):
        return False
    return True


def storable(text: str, max_chars: int) -> str:
    """What can be kept of a text that is not ours to refuse, such as another program's message."""
    kept = text[:max_chars].replace("\0", "\N{REPLACEMENT CHARACTER}")
    return kept.encode(errors="replace").decode()


def check_page_size(size: int) -> int:
    if not 1 <= size <= MAX_PAGE_SIZE:
        raise OutOfRange(f"The page size {size} is not from 1 to {MAX_PAGE_SIZE}", parameter="page_size")
    return size
