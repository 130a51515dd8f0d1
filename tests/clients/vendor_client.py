"""One of the vendor's clients, driven by its driver in an environment and a process of its own.

Every call is checked from both sides: that the client used its own request class where it has one, that its
models lose nothing of the answer but what they are known to lack, and that the server saw what the client says
it sent.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

import pytest
from support.conformance import record

from shotprint.api.model import PRODUCTS, load_spec
from tools.make_clients import ClientEnvironment

DRIVERS = Path(__file__).parent / "drivers"

TRUST_VARIABLES = ("ALIBABA_CLOUD_CA_BUNDLE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS")
"""Name a file of certificates for the older Python client, the newer ones and Node."""

Parameters = Mapping[str, Any]


MPS_VERSION, ICE_VERSION = "2014-06-18", "2020-11-09"


@dataclass(frozen=True)
class Kind:
    """A version of a client.

    Attributes
    ----------
    name : of its environment.
    driver : file in ``drivers``.
    scheme, generic_scheme : how its request classes sign and how its generic call does, in the server's words.
    lacks : operations that it has no request class for.
    drops : fields of answers that its models do not have.
    reads_xml : whether its user can get an XML document.
    version : of the product's API that is called.
    """

    name: str
    driver: str
    scheme: str
    generic_scheme: str
    lacks: frozenset[str] = frozenset()
    drops: frozenset[str] = frozenset()
    reads_xml: bool = True
    version: str = MPS_VERSION


REPORT = "ReportFpShotJobResult"
CANCEL = "CancelFpShotJob"  # our own, so in no client
WITHDRAWN = frozenset(
    {
        "SubmitMediaFpDeleteJob", "QueryMediaFpDeleteJobList", "QueryFpImportResult", "SubmitFpCompareJob",
        "QueryFpCompareJobList", "ListFpShotNotary", CANCEL,
    }
)  # fmt: skip
EVERY_OPERATION = frozenset(name for product in PRODUCTS for name in load_spec(product).operations)

KINDS = (
    Kind("mts-6.0.3", "tea.py", "acs3", "acs3", lacks=WITHDRAWN | {REPORT}),
    Kind("mts-3.3.42", "tea.py", "acs3", "acs3", lacks=WITHDRAWN),
    Kind(
        "mts-3.3.28",
        "tea.py",
        "v1",
        "acs3",
        lacks=frozenset({"ListFpShotImportJob", CANCEL}),
        drops=frozenset({"Duration of FpShotJob", "Input of FpShotJob", "StoreTime of FpShotFile"}),
    ),
    Kind("python-sdk-mts-3.3.46", "core.py", "v1", "v1", lacks=WITHDRAWN | {REPORT}),
    Kind("node-mts-4.0.1", "tea.js", "acs3", "acs3", lacks=WITHDRAWN | {REPORT}),
    Kind("node-pop-core-1.8.0", "pop.js", "v1", "v1", lacks=EVERY_OPERATION, reads_xml=False),
)


def of_kinds(*kinds: Kind) -> pytest.MarkDecorator:
    """Runs a test with some of the clients only."""
    return pytest.mark.parametrize("client", kinds, indirect=True, ids=[kind.name for kind in kinds])


def of_drivers(*drivers: str) -> pytest.MarkDecorator:
    return of_kinds(*(kind for kind in KINDS if kind.driver in drivers))


ICE_KINDS = (
    Kind("ice-6.20.2", "tea.py", "acs3", "acs3", version=ICE_VERSION),
    # Generic calls can call any product.
    *(
        replace(kind, lacks=EVERY_OPERATION, version=ICE_VERSION)
        for kind in KINDS
        if kind.driver in ("core.py", "pop.js")
    ),
)


@dataclass(frozen=True)
class Way:
    """How a call is made; see ``drivers/lines.py``."""

    method: str = "POST"
    format: str = "JSON"
    generic: bool = False
    form: bool = False
    signature: str = ""
    asynchronous: bool = False


USUAL = Way()


class Key(NamedTuple):
    """An access key; only one that ends has a token."""

    id: str
    secret: str
    token: str = ""


@dataclass(frozen=True)
class Failure:
    """An error as the client's exception tells it."""

    code: str
    message: str
    status: int
    request_id: str


class CallLog:
    """What the server logged of each call."""

    def __init__(self, path: Path) -> None:
        self._file = path.open()
        self._lines: dict[str, dict[str, Any]] = {}
        self._faults: list[dict[str, Any]] = []

    def line(self, request_id: str) -> dict[str, Any]:
        """The line of one call; it is written before the answer goes out."""
        self._read()
        return self._lines[request_id]

    @property
    def faults(self) -> list[dict[str, Any]]:
        """Lines about what should not have happened."""
        self._read()
        return self._faults

    def close(self) -> None:
        self._file.close()

    def _read(self) -> None:
        for text in self._file:
            line = json.loads(text)
            if line["event"] == "call":
                self._lines[line["request_id"]] = line
            elif line["level"] in ("warning", "error", "critical"):
                self._faults.append(line)


class DriverEnded(Exception):
    """A client's process ended, of an exception that tells of no answer; what it printed."""


class Driver:
    """The process of one client; ends with its context.

    `trusted` is a file with the certificate that the client is to trust.
    """

    def __init__(
        self, environment: ClientEnvironment, kind: Kind, url: str, errors: Path, trusted: Path | None = None
    ) -> None:
        self._errors = errors
        trust = {} if trusted is None else dict.fromkeys(TRUST_VARIABLES, str(trusted))
        with errors.open("w") as file:
            self._process = subprocess.Popen(
                [environment.interpreter, DRIVERS / kind.driver, url, kind.version],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=file,
                text=True,
                env={**os.environ, **environment.variables, **trust},
            )

    def __enter__(self) -> Driver:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=30)

    def call(self, call: Mapping[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(call) + "\n")
        self._process.stdin.flush()
        outcome = self._process.stdout.readline()
        if not outcome:
            raise DriverEnded(self._errors.read_text())
        return dict(json.loads(outcome))


@dataclass(frozen=True)
class VendorClient:
    """A client with the access key of an account of its own."""

    kind: Kind
    driver: Driver
    log: CallLog
    key: Key

    def answer(self, operation: str, parameters: Parameters, way: Way = USUAL) -> dict[str, Any]:
        """What the client gives its user for a call that succeeds."""
        outcome = self._call(operation, parameters, way)
        assert "error" not in outcome, outcome["error"]
        answer = outcome["answer"]
        if outcome["typed"]:
            kept = _without(outcome["received"], self.kind.drops)
            assert answer == kept, f"the client's models made\n{answer} of\n{kept}"
        self._check_log(answer["RequestId"], operation, way, 200, None)
        return dict(answer)

    def error(
        self, operation: str, parameters: Parameters, way: Way = USUAL, *, code: str | None = None
    ) -> Failure:
        """How the client tells its user of a call that fails; `code` is the server's, where the client has
        another."""
        outcome = self._call(operation, parameters, way)
        assert "error" in outcome, outcome["answer"]
        failure = Failure(**outcome["error"])
        self._check_log(failure.request_id, operation, way, failure.status, code or failure.code)
        return failure

    def document(
        self, operation: str, parameters: Parameters, way: Way, *, code: str | None = None
    ) -> ElementTree.Element:
        """The XML document that the client gives its user; with `code` that of an error."""
        outcome = self._call(operation, parameters, way)
        assert "error" not in outcome, outcome["error"]
        document = ElementTree.fromstring(outcome["answer"])
        request_id = document.findtext("RequestId")
        assert request_id is not None
        self._check_log(request_id, operation, way, None, code)
        return document

    def _call(self, operation: str, parameters: Parameters, way: Way) -> dict[str, Any]:
        generic = way.generic or operation in self.kind.lacks
        sent = _as_texts(parameters) if generic else dict(parameters)
        outcome = self.driver.call({"operation": operation, "parameters": sent, "key": self.key, **vars(way)})
        assert outcome["typed"] is not generic
        return outcome

    def _check_log(
        self, request_id: str, operation: str, way: Way, status: int | None, code: str | None
    ) -> None:
        line = self.log.line(request_id)
        generic = way.generic or operation in self.kind.lacks
        usual = self.kind.generic_scheme if generic else self.kind.scheme
        expected: dict[str, object] = {
            "method": way.method,
            "scheme": "v1" if way.signature == "v2" else usual,
            "code": code,
        }
        if status is not None:
            expected["status"] = status
        assert expected.items() <= line.items(), f"the server saw {line} in place of {expected}"
        form = "json" if way.format == "JSON" else "xml"
        record(operation, form, str(line["scheme"]), self.kind.name)
        assert line["action"].strip('"') == operation, line  # in quotes when there is no such operation

    def knows(self, field: str) -> bool:
        """Whether its models have a field of answers."""
        return field not in self.kind.drops


def _as_texts(parameters: Parameters) -> dict[str, str]:
    """What request classes make of their fields, and users of generic calls themselves."""
    return {
        name: json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)
        for name, value in parameters.items()
    }


def _without(value: Any, drops: frozenset[str], inside: str = "") -> Any:
    """The answer without the fields in `drops`; a list's items are named like the list."""
    if isinstance(value, list):
        return [_without(item, drops, inside) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: _without(item, drops, name)
        for name, item in value.items()
        if f"{name} of {inside}" not in drops
    }
