"""The path of a request: a list of small steps. Each fills in the call a little further, or ends it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import structlog

from shotprint.api.actions import ACTIONS, ActionCall
from shotprint.api.addresses import base_url, error_page_url
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
        gateway.app,
        call.key,
        call.values,
        call.parameters,
        call.now,
        base_url(gateway.app.settings, call.http),
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
    (answer,) = _walk(gateway, http, ()).values()
    return answer


def answer_in_both_forms(gateway: Gateway, http: HttpRequest) -> Mapping[Format, HttpAnswer]:
    """The same for whoever wants to see one call's answer in either form."""
    return _walk(gateway, http, tuple(Format))


def error_answer(gateway: Gateway, call: Call, error: WireError) -> HttpAnswer:
    """An error in the form that the caller wants, with a link to the page about it."""
    page = error_page_url(gateway.app.settings, call.http, error.code)
    values = {
        "RequestId": call.request_id,
        "HostId": call.http.host,
        "Code": error.code,
        "Message": error.message,
        **({"Recommend": page} if page else {}),
    }
    return _answer(call, error.status, serialise_error(values, call.form), error)


def _walk(gateway: Gateway, http: HttpRequest, forms: Sequence[Format]) -> Mapping[Format, HttpAnswer]:
    """The answer in each of the forms; with none, in the one that the call asks for."""
    started = time.perf_counter()
    call = Call(http, now=gateway.clock())
    error = None
    try:
        for step in STEPS:
            step(gateway, call)
        answers = _written(call, forms, lambda: _success(call))
    except Exception as exc:  # the one place where every fault becomes an answer
        error = fault = _as_wire_error(exc, call)
        answers = _written(call, forms, lambda: error_answer(gateway, call, fault))
    _log_call(call, 200 if error is None else error.status, error, (time.perf_counter() - started) * 1000)
    return answers


def _written(
    call: Call, forms: Sequence[Format], write: Callable[[], HttpAnswer]
) -> Mapping[Format, HttpAnswer]:
    answers = {}
    for form in forms or (call.form,):
        call.form = form
        answers[form] = write()
    return answers


def _success(call: Call) -> HttpAnswer:
    return _answer(call, 200, serialise_answer(call.operation, call.answer, call.form))


def _answer(call: Call, status: int, body: bytes, error: WireError | None = None) -> HttpAnswer:
    headers = {"Content-Type": call.form.value, "x-acs-request-id": call.request_id}
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
