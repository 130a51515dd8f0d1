"""The first steps of a call: what was asked, and in which form the answer goes back."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import parse_qsl, unquote

from shotprint.api.call import Call, Gateway, Pairs
from shotprint.api.parse import shown
from shotprint.api.serialise import Format
from shotprint.api.wire_errors import WireError

__all__ = [
    "asked_action",
    "check_method",
    "choose_format",
    "find_operation",
    "is_acs3",
    "limit_body",
    "read_parameters",
]

_FORM: Final = "application/x-www-form-urlencoded"
_MAX_PARAMETERS: Final = 1000
_FORMAT: Final = re.compile(rb"(?:^|&)Format=([^&]*)")
_BAD_PERCENT: Final = re.compile("%(?![0-9A-Fa-f]{2})")


def is_acs3(call: Call) -> bool:
    """Whether the call is signed with an Authorization header of the ACS3 family."""
    return call.http.header.get("authorization", "").startswith("ACS3-")


def asked_action(call: Call) -> str:
    """The operation's name as sent: a parameter or, weaker, a header; empty when there is none."""
    return call.parameters.get("Action") or call.http.header.get("x-acs-action", "")


def choose_format(_: Gateway, call: Call) -> None:
    """``Format`` says json, or anything else for XML; without it v1 means XML, and ACS3 what it accepts.

    Comes first and never fails, so that every error can be answered in the caller's form.
    """
    wanted = _format_in(call.http.query) or _format_in(_form_body(call))
    if not wanted and is_acs3(call):
        accept = call.http.header.get("accept", "").lower()
        wanted = "XML" if "xml" in accept and "json" not in accept else "JSON"
    call.form = Format.JSON if wanted.lower() == "json" else Format.XML


def limit_body(gateway: Gateway, call: Call) -> None:
    """Refuse a body that was too large to be read."""
    if call.http.body is None:
        limit = gateway.app.settings.max_body_bytes
        raise WireError("InvalidParameter.OutOfRange", f"The body must be at most {limit} bytes.")


def check_method(_: Gateway, call: Call) -> None:
    """GET and POST mean the same; other methods mean nothing."""
    if call.http.method not in ("GET", "POST"):
        raise WireError("UnsupportedHTTPMethod", headers={"Allow": "GET, POST"})


def read_parameters(_: Gateway, call: Call) -> None:
    """Decode query and form body and put them together; a name that comes twice has no meaning."""
    call.query = _decoded(call.http.query, "query string")
    pairs = call.query + _decoded(_form_body(call), "form body")
    if call.http.body and not _is_form(call):
        sent = shown(call.http.header.get("content-type", ""))
        raise WireError("InvalidParameter", f"A body must have the Content-Type {_FORM}; it has {sent}.")
    parameters = dict(pairs)
    if len(parameters) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise WireError("InvalidParameter", f"The parameter {shown(twice)} is given more than once.")
    call.parameters = parameters


def find_operation(gateway: Gateway, call: Call) -> None:
    """Look the operation up; ``Action`` and ``Version`` may come as parameters or, weaker, as headers."""
    header = call.http.header
    action = asked_action(call)
    version = call.parameters.get("Version") or header.get("x-acs-version")
    if not action:
        raise WireError("MissingAction")
    if not version:
        raise WireError("MissingVersion")
    if version not in gateway.specs:
        raise WireError("InvalidVersion")
    spec = gateway.specs[version]
    if action not in spec.operations:
        raise WireError("InvalidAction.NotFound")
    call.spec, call.operation = spec, spec.operations[action]


def _is_form(call: Call) -> bool:
    return call.http.header.get("content-type", "").partition(";")[0].strip().lower() == _FORM


def _form_body(call: Call) -> bytes:
    return (call.http.body or b"") if _is_form(call) else b""


def _format_in(encoded: bytes) -> str:
    """What a text that may be broken or very long says about ``Format``; empty when nothing."""
    found = _FORMAT.search(encoded)
    return unquote(found[1].decode("latin-1")) if found else ""


def _decoded(encoded: bytes, where: str) -> Pairs:
    """Names and values; ``+`` is a space, blank values stay."""
    try:
        text = encoded.decode("utf-8")
        if _BAD_PERCENT.search(text):
            raise WireError("InvalidParameter", f"The {where} has a % that no two hexadecimal digits follow.")
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_MAX_PARAMETERS)
    except UnicodeDecodeError as exc:
        raise WireError("InvalidParameter", f"The {where} is not UTF-8.") from exc
    except ValueError as exc:
        message = f"The {where} must hold at most {_MAX_PARAMETERS} parameters."
        raise WireError("InvalidParameter.OutOfRange", message) from exc
    return tuple(pairs)
