"""Log lines: one JSON object each (or text for people), on standard error, and never a secret in them.

Everything that logs through the standard library (the web server, the database drivers, the queue) goes the
same way as our own events. Secrets are looked for twice: by the name of a field, and inside every text, where
request lines, URLs and the messages of foreign exceptions carry them.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping
from functools import lru_cache
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

HIDDEN = "[hidden]"

_SECRET_NAME = re.compile(
    r"secret|signature$|password|passwd|token|authorization|credential|cookie|^(access_?)?keys?$",
    re.IGNORECASE,
)

_ASSIGNED = re.compile(
    r"""(?P<name>(?:signature|[\w-]*secret(?:_?key)?|password|passwd|[\w-]*token|credential|sig)
        (?:["']|%22)?\s*(?:[=:]|%3D)\s*["']?)
        (?P<value>[^\s&"',;)}\]]+)""",
    re.IGNORECASE | re.VERBOSE,
)
_HEADER = re.compile(r"((?:authorization|cookie)[\"']?\s*[=:]\s*[\"']?)[^\"'\r\n]+", re.IGNORECASE)
_URL_PASSWORD = re.compile(r"(://[^:/?#@\s]*:)[^/?#@\s]+(@)")
_ACCESS_KEY_OPTION = re.compile(r"(--access-key[ =][^:\s]*:)\S+")

_MAY_GIVE_A_VALUE = re.compile("[=:]|%3D", re.IGNORECASE)  # every form above has one; most texts have none

_FIRST = ("timestamp", "level", "logger", "event")
_OWN_HANDLERS = ("uvicorn", "uvicorn.error", "uvicorn.access", "procrastinate")
_CHATTY = ("alembic", "botocore", "fsspec", "urllib3")


def configure(level: str = "info", shape: str = "json", stream: TextIO | None = None) -> None:
    """Send all logs of this process through one formatter.

    Parameters
    ----------
    level : "debug", "info", "warning" or "error": the least that is logged. Of other packages nothing below
        "info" is logged, and of some nothing below "warning".
    shape : "json", or "console" for text with colours where the stream is a terminal.
    stream : standard error when None.
    """
    stream = stream or sys.stderr
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.ExtraAdder(),
    ]
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.PositionalArgumentsFormatter(), *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.StackInfoRenderer(),
                structlog.processors.format_exc_info,
                _without_colours,
                redact,
                *_renderer(shape, colours=stream.isatty()),
            ],
        )
    )
    _take_over(handler, level.upper())
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """A processor that hides secrets in every field, however deep; what every line has comes first."""
    first = {name: event[name] for name in _FIRST if name in event}
    return {name: _cleaned(name, value) for name, value in {**first, **event}.items()}


def clean_text(text: str) -> str:
    """`text` with what looks like a secret replaced by ``[hidden]``."""
    if not _MAY_GIVE_A_VALUE.search(text):
        return text
    text = _URL_PASSWORD.sub(rf"\1{HIDDEN}\2", text)
    text = _HEADER.sub(rf"\1{HIDDEN}", text)
    text = _ACCESS_KEY_OPTION.sub(rf"\1{HIDDEN}", text)
    return _ASSIGNED.sub(rf"\g<name>{HIDDEN}", text)


def _cleaned(name: str, value: object) -> object:
    if value is not None and _is_secret_name(name):
        return HIDDEN
    if isinstance(value, Mapping):
        return {str(key): _cleaned(str(key), item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_cleaned("", item) for item in value]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return clean_text(value if isinstance(value, str) else str(value))


@lru_cache(maxsize=1000)  # the same few names come with every line
def _is_secret_name(name: str) -> bool:
    return _SECRET_NAME.search(name) is not None


def _without_colours(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """The web server gives its messages a second time, with the codes of a terminal in them."""
    event.pop("color_message", None)
    return event


def _renderer(shape: str, *, colours: bool) -> list[Processor]:
    if shape == "console":
        return [structlog.dev.ConsoleRenderer(colors=colours)]
    return [structlog.processors.JSONRenderer()]


def _take_over(handler: logging.Handler, level: str) -> None:
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(logging.getLevelNamesMapping()[level], logging.INFO))
    logging.getLogger("shotprint").setLevel(level)
    for name in _OWN_HANDLERS:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(True)
