"""The path of a request: a list of small steps. Each fills in the call a little further, or ends it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import structlog

from shotprint.api.actions import ACTIONS, ActionCall
from shotprint.api.authentication import (
    check_nonce,
    check_signature,
    check_time,
    check_token,
    find_key,
    read_credentials,
)
from shotprint.api.call import Call, Gateway, HttpAnswer, HttpRequest
from shotprint.api.parse import parse_parameters, shown
from shotprint.api.permission import check_permission
from shotprint.api.reading import (
    asked_action,
    check_method,
    choose_format,
    find_operation,
    is_acs3,
    limit_body,
    read_parameters,
)
from shotprint.api.serialise import Format, serialise_answer, serialise_error
from shotprint.api.wire_errors import WireError, to_wire_error
from shotprint.errors import ShotprintError

__all__ = ["STEPS", "answer_call", "answer_in_both_forms", "error_answer"]

_log = structlog.get_logger("shotprint.api")


def throttle(gateway: Gateway, call: Call) -> None:
    """Count the call against the account's rate. After the signature: nobody uses up another's rate."""
    if gateway.app.settings.rate_limits:
        gateway.throttle.admit(call.key.account_id, call.operation)


def parse_operation(_: Gateway, call: Call) -> None:
    """Read the operation's own parameters."""
    call.values = parse_parameters(call.operation, call.parameters)


def run_action(gateway: Gateway, call: Call) -> None:
    """Do what was asked."""
    action_call = ActionCall(
        gateway.app, call.key, call.values, call.parameters, call.now, _base_url(gateway, call)
    )
    call.answer = {"RequestId": call.request_id, **ACTIONS[call.operation.name](action_call)}


STEPS: Final[tuple[Callable[[Gateway, Call], None], ...]] = (
    choose_format,
    limit_body,
    check_method,
    read_parameters,
    find_operation,
    read_credentials,
    check_time,
    find_key,
    check_token,
    check_signature,
    check_nonce,
    throttle,
    parse_operation,
    check_permission,
    run_action,
)


def answer_call(gateway: Gateway, http: HttpRequest) -> HttpAnswer:
    """Walk the steps and write the answer, or the error of the step that ended the walk. Never raises."""
    (answer,) = _walk(gateway, http, None).values()
    return answer


def answer_in_both_forms(gateway: Gateway, http: HttpRequest) -> Mapping[Format, HttpAnswer]:
    """The same for whoever wants to see one call's answer in either form."""
    return _walk(gateway, http, tuple(Format))


def _walk(gateway: Gateway, http: HttpRequest, forms: Sequence[Format] | None) -> Mapping[Format, HttpAnswer]:
    """`forms` is None for the one that the call asks for."""
    started = time.perf_counter()
    call = Call(http, now=gateway.clock())
    error = None
    try:
        for step in STEPS:
            step(gateway, call)
        answers = {
            form: _answer(form, call, 200, serialise_answer(call.operation, call.answer, form))
            for form in forms or (call.form,)
        }
    except Exception as exc:  # the one place where every fault becomes an answer
        error = _as_wire_error(exc, call)
        pages = gateway.app.settings.error_pages_url
        answers = {form: error_answer(call, error, pages, form) for form in forms or (call.form,)}
    _log_call(call, 200 if error is None else error.status, error, (time.perf_counter() - started) * 1000)
    return answers


def error_answer(call: Call, error: WireError, pages_url: str = "", form: Format | None = None) -> HttpAnswer:
    """An error.

    Parameters
    ----------
    form : None for the one that the call asks for.
    pages_url : with the code behind it, the address of a page about the error; empty when there are none.
    """
    values = {
        "RequestId": call.request_id,
        "HostId": call.http.host,
        "Code": error.code,
        "Message": error.message,
        **({"Recommend": pages_url + error.code} if pages_url else {}),
    }
    form = form or call.form
    return _answer(form, call, error.status, serialise_error(values, form), error)


def _answer(form: Format, call: Call, status: int, body: bytes, error: WireError | None = None) -> HttpAnswer:
    headers = {"Content-Type": form.value, "x-acs-request-id": call.request_id}
    return HttpAnswer(status, {**headers, **(error.headers if error else {})}, body)


def _as_wire_error(exc: Exception, call: Call) -> WireError:
    if isinstance(exc, WireError):
        error = exc
    elif isinstance(exc, ShotprintError):
        error = to_wire_error(exc, call.spec)
    else:
        error = WireError("InternalError")
    if error.status >= 500:
        _log.error("call failed", request_id=call.request_id, exc_info=exc)
    return error.renamed(call.spec.codes) if call.spec else error


def _base_url(gateway: Gateway, call: Call) -> str:
    """Where this server is for the caller, for links in answers."""
    return (
        gateway.app.settings.public_url.rstrip("/")
        or f"{call.http.scheme}://{call.http.header.get('host', '')}"
    )


def _log_call(call: Call, status: int, error: WireError | None, ms: float) -> None:
    operation = getattr(call, "operation", None)
    key = getattr(call, "key", None)
    _log.info(
        "call",
        request_id=call.request_id,
        account=key.account_id if key else None,
        action=operation.name if operation else shown(asked_action(call)),
        method=call.http.method,
        scheme="acs3" if is_acs3(call) else "v1",
        status=status,
        code=error.code if error else None,
        ms=round(ms, 1),
    )
