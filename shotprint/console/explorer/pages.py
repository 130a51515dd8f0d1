"""The API explorer: every operation with a form, a signature that can be followed, the real answer, and programs.

Calls are signed here with a key of whoever is signed in and go through the API's own request path, so rates,
permissions and errors are the real ones. The key's secret does not leave the server.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from starlette.responses import Response

from shotprint.api.call import Gateway, HttpAnswer
from shotprint.api.chain import answer_in_both_forms
from shotprint.api.model import Operation, Spec
from shotprint.api.serialise import Format
from shotprint.console.call import Call
from shotprint.console.endpoint import Page, get, post
from shotprint.console.explorer.forms import fields_of, first_values, read_form
from shotprint.console.explorer.planned_call import PlannedCall
from shotprint.console.explorer.samples import LANGUAGES, Sample, sample
from shotprint.console.explorer.trace import Scheme, SignedCall, sign_call
from shotprint.console.guard import signed_in
from shotprint.errors import EmptyValue, KeyNotFound, NotFound
from shotprint.service.types import AccessKey

__all__ = ["pages"]

_SEND: Final = "send"


@dataclass(frozen=True)
class Answered:
    """The answer to a call, for people.

    Attributes
    ----------
    headers : of the answer in JSON.
    code : of the error; empty where there is none.
    """

    status: int
    headers: Mapping[str, str]
    code: str
    in_json: str
    in_xml: str


@dataclass(frozen=True)
class Outcome:
    """What a form makes.

    Attributes
    ----------
    answer : None where nothing was sent.
    steps : to both signatures; empty without a key to sign with.
    with_token : whether the programs take a security token.
    """

    answer: Answered | None
    steps: Sequence[SignedCall]
    samples: Sequence[Sample]
    with_token: bool


def pages(gateway: Gateway) -> list[Page]:
    """The explorer's pages, for whoever is signed in."""

    def index(call: Call) -> Response:
        return call.page("explorer.html", specs=list(gateway.specs.values()))

    def ask(call: Call) -> Response:
        spec, operation = _find(gateway, call)
        usable = (key for key in _keys(call) if key.enabled)
        return _page(gateway, call, spec, operation, first_values(operation), next(usable, None))

    def act(call: Call) -> Response:
        spec, operation = _find(gateway, call)
        return _page(gateway, call, spec, operation, dict(call.form.multi_items()), _chosen_key(call))

    path = "/explorer/{version}/{operation}"
    return [get("/explorer", index, signed_in), get(path, ask, signed_in), post(path, act, signed_in)]


def _find(gateway: Gateway, call: Call) -> tuple[Spec, Operation]:
    spec = gateway.specs.get(call.path["version"])
    operation = spec.operations.get(call.path["operation"]) if spec else None
    if spec is None or operation is None:
        raise NotFound("The API has no such operation")
    return spec, operation


def _page(
    gateway: Gateway,
    call: Call,
    spec: Spec,
    operation: Operation,
    values: Mapping[str, str],
    key: AccessKey | None,
) -> Response:
    """The form as it is filled in, and what it makes."""
    planned = PlannedCall(*_called(call), spec, operation.name, read_form(operation, values))
    return call.page(
        "explorer_call.html",
        spec=spec,
        operation=operation,
        fields=fields_of(operation),
        values={"key": "" if key is None else key.id, **values},
        keys=_keys(call),
        libraries=call.libraries(),
        schemes=list(Scheme),
        languages={language.id: language.title for language in LANGUAGES.values()},
        outcome=_outcome(gateway, call, planned, key),
    )


def _outcome(gateway: Gateway, call: Call, planned: PlannedCall, key: AccessKey | None) -> Outcome:
    """Sign by both schemes, send by the chosen one if that is asked for, and write the programs."""
    answer, steps = None, {}
    if key is not None:
        steps = {scheme: _sign(gateway, planned, key, scheme) for scheme in Scheme}
        if call.form.get("do") == _SEND:
            chosen = next((one for one in Scheme if one.value == call.form.get("scheme")), Scheme.ACS3)
            call.audit("api.call", f"{planned.operation} by {key.id}")
            answer = _answered(answer_in_both_forms(gateway, steps[chosen].http))
    with_token = key is not None and key.token is not None
    programs = [sample(planned, language, with_token=with_token) for language in LANGUAGES.values()]
    return Outcome(answer, list(steps.values()), programs, with_token)


def _sign(gateway: Gateway, planned: PlannedCall, key: AccessKey, scheme: Scheme) -> SignedCall:
    return sign_call(planned, key, scheme, moment=gateway.clock(), nonce=secrets.token_hex(16))


def _answered(answers: Mapping[Format, HttpAnswer]) -> Answered:
    answer = answers[Format.JSON]
    values = json.loads(answer.body)
    return Answered(
        answer.status,
        {name.lower(): value for name, value in answer.headers.items()},
        values.get("Code", "") if answer.status != 200 else "",
        json.dumps(values, indent=2, ensure_ascii=False),
        "".join(_broken(answers[Format.XML].body.decode())),
    )


def _broken(xml: str) -> Iterator[str]:
    """A document with a line for each element, as deep inside as it is. Texts have no angle brackets of their own,
    save in CDATA, which stays on the line of its element."""
    depth = 0
    for number, piece in enumerate(re.split(r"(?<!])>\n?<(?!!)", xml)):
        text = f"{'<' if number else ''}{piece}{'' if piece.endswith('>') else '>'}"
        closes = text.startswith("</")
        depth -= closes
        yield f"{chr(10) + '  ' * depth if number else ''}{text}"
        depth += not closes and "</" not in text and not text.endswith(("/>", "?>"))


def _keys(call: Call) -> list[AccessKey]:
    """Those that whoever is signed in may sign with: all of the account's, or the one that they signed in with."""
    keys = call.app.accounts.keys(call.account_id)
    if call.me.is_whole:
        return keys
    return [key for key in keys if call.me.key is not None and key.id == call.me.key.id]


def _chosen_key(call: Call) -> AccessKey:
    wanted = call.form.get("key", "")
    if not wanted:
        raise EmptyValue("Choose an access key; the account needs one to call its API")
    for key in _keys(call):
        if key.id == wanted:
            return key
    raise KeyNotFound("The account has no such access key")


def _called(call: Call) -> tuple[str, str]:
    """Scheme and host of this server, for programs that run elsewhere."""
    public = urlsplit(call.app.settings.public_url)
    if public.netloc:
        return public.scheme, public.netloc
    return call.request.url.scheme, call.request.headers.get("host", "")
