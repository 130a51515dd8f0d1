"""Wire cases: requests and the answers that they must get, as data in ``cases/*.json``.

A file holds a list of cases. A case has a name and steps, which run one after the other in an account of the
case's own; ``variants`` names the ways of sending it, those of `USUAL` when absent; ``settings`` are those of
its server that are not the usual ones. A step is one of

``{"call": operation, "with": parameters, ...}``
    A signed request. Parameter values that are not texts are sent as JSON; ``{"repeat": ["é", 64]}`` stands
    for a long text, ``{"joined": [...]}`` for one of several parts. ``"by": "stranger"`` uses a second account.
    ``"tweak"`` bends the request, see `wire_client.Tweak`; ``"token"`` is a security token to be sent,
    ``"after_s"`` how many seconds the server's clock has gone on. The answer must be ``"json"`` when JSON is
    asked for and ``"xml"`` (lines put together) when XML is; or it must be ``"error": [status, code,
    message]`` in either, or have ``"fields": {"path/to/value": text}`` among others. ``"keep": {name:
    "path/to/value"}`` remembers values of the answer.
``{"new_key": name, ...}``
    An access key of the case's account, which calls use with ``"by": name``: perhaps with ``"operations"``,
    ``"libraries"`` or ``"expires_s"``. Its token is remembered as ``$token$``.
``{"arrange": what, ...}``
    Something that the wire alone cannot bring about, see `Arranger`.

``$name$`` stands for a remembered value, in requests and answers alike. In answers, ``$id$``, ``$time$``,
``$request_id$`` and others stand for values that differ from run to run, ``{"number": 1}`` for any number.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape

CASES = Path(__file__).parent / "cases"

_LINK = "http://mts[.]local:8080/results"
_QUERY = "[?]Expires=[0-9]+(?:&amp;|&)Signature=[0-9a-f]{64}"

PATTERNS = {
    "id": "[0-9a-f]{32}",
    "time": "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z",
    "request_id": "[0-9A-F]{8}-[0-9A-F]{4}-4[0-9A-F]{3}-[0-9A-F]{4}-[0-9A-F]{12}",
    "any": "(?s:.*)",
    "result": f"{_LINK}/analysis-[0-9a-f]{{32}}[.]json{_QUERY}",
    "list_result": f"{_LINK}/import-[0-9a-f]{{32}}[.]jsonl{_QUERY}",
    "seconds": "[0-9]{10}",
}
A_NUMBER = {"number": 1}  # any whole number
_NAME = re.compile(r"\$([a-z_0-9]+)\$")


@dataclass(frozen=True)
class Variant:
    """One way of sending a request and of wanting its answer."""

    name: str
    scheme: str
    place: str
    method: str
    form: str
    asks: Mapping[str, str]  # parameters that ask for the form
    accept: str = "application/json"  # what ACS3 clients send, whatever they want


USUAL = (
    Variant("v1-json-get", "v1", "query", "GET", "json", {"Format": "JSON"}),
    Variant("v1-xml-form", "v1", "form", "POST", "xml", {}),
    Variant("acs3-json-post", "acs3", "query", "POST", "json", {}),
    Variant("acs3-xml-form", "acs3", "form", "POST", "xml", {"Format": "XML"}),
)
"""Those of a case that names none: both signatures, both forms, both methods, both places."""

RARE = (
    Variant("v1-json-all-form", "v1", "all-form", "POST", "json", {"Format": "JSON"}),
    Variant("v1-json-lower", "v1", "query", "POST", "json", {"Format": "json"}),
    Variant("v1-xml-none", "v1", "query", "POST", "xml", {"Format": "None"}),
    Variant("v1-xml-yaml", "v1", "query", "POST", "xml", {"Format": "yaml"}),
    Variant("v1-xml-empty", "v1", "query", "POST", "xml", {"Format": ""}),
    Variant("acs3-xml-accept", "acs3", "query", "GET", "xml", {}, accept="application/xml"),
)

VARIANTS = {variant.name: variant for variant in USUAL + RARE}


@dataclass(frozen=True)
class Case:
    file: str
    name: str
    steps: tuple[Mapping[str, Any], ...]
    variants: tuple[str, ...]
    settings: Mapping[str, Any]


def load_cases() -> Iterator[Case]:
    """All cases of all files."""
    for path in sorted(CASES.glob("*.json")):
        for raw in json.loads(path.read_text("utf-8")):
            variants = tuple(raw.get("variants", [variant.name for variant in USUAL]))
            yield Case(path.stem, raw["name"], tuple(raw["steps"]), variants, raw.get("settings", {}))


def filled(value: Any, kept: Mapping[str, str]) -> Any:
    """`value` with remembered values in the place of their names, and long texts written out."""
    if isinstance(value, str):
        return _NAME.sub(lambda found: kept.get(found[1], found[0]), value)
    if isinstance(value, list):
        return [filled(item, kept) for item in value]
    if isinstance(value, dict):
        if "repeat" in value:
            text, times = value["repeat"]
            return text * times + value.get("then", "")
        if "joined" in value:
            return "".join(filled(value["joined"], kept))
        return {name: filled(item, kept) for name, item in value.items()}
    return value


def as_parameters(values: Mapping[str, Any], kept: Mapping[str, str]) -> dict[str, str]:
    """What is sent: texts as they are, everything else as JSON."""
    ready = filled(values, kept)
    return {
        name: value
        if isinstance(value, str)
        else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        for name, value in ready.items()
    }


def assert_json(expected: Any, found: Any, where: str = "answer") -> None:
    """Equal, with `PATTERNS` in texts."""
    if expected == A_NUMBER:
        assert type(found) is int, f"{where}: {found!r}"
        return
    assert type(found) is type(expected), f"{where}: {found!r}"
    if isinstance(expected, dict):
        assert set(found) == set(expected), f"{where}: {found}"
        for name, value in expected.items():
            assert_json(value, found[name], f"{where}/{name}")
    elif isinstance(expected, list):
        assert len(found) == len(expected), f"{where}: {found}"
        for place, value in enumerate(expected):
            assert_json(value, found[place], f"{where}/{place}")
    elif isinstance(expected, str):
        assert _pattern(expected).fullmatch(found), f"{where}: expected {expected!r}, got {found!r}"
    else:
        assert found == expected, f"{where}: {found!r}"


def assert_xml(expected: str, found: str) -> None:
    """Equal to the letter after the declaration, with `PATTERNS`."""
    declaration, _, text = found.partition("\n")
    assert declaration == "<?xml version='1.0' encoding='UTF-8'?>"
    assert _pattern(expected).fullmatch(text), f"expected {expected}\ngot {text}"
    ElementTree.fromstring(found)


def error_json(code: str, message: str) -> dict[str, str]:
    page = f"http://mts.local:8080/console/errors/{code}"
    return {
        "RequestId": "$request_id$", "HostId": "mts.local", "Code": code, "Message": message, "Recommend": page
    }  # fmt: skip


def error_xml(code: str, message: str) -> str:
    values = error_json(code, escape(message))
    values["Recommend"] = f"<![CDATA[{values['Recommend']}]]>"
    return f"<Error>{''.join(f'<{name}>{value}</{name}>' for name, value in values.items())}</Error>"


def value_at(path: str, body: str, form: str) -> str:
    """A value of an answer, for example "FpShotJobList/FpShotJob/0/Id"."""
    if form == "xml":
        steps = re.sub(r"/(\d+)", lambda found: f"[{int(found[1]) + 1}]", path)
        text = ElementTree.fromstring(body).findtext(steps)
        assert text is not None, path
        return text
    value = json.loads(body)
    for step in path.split("/"):
        value = value[int(step) if step.isdecimal() else step]
    return str(value)


def _pattern(expected: str) -> re.Pattern[str]:
    parts = _NAME.split(expected)  # text, name, text, name, ...
    return re.compile(
        "".join(PATTERNS[part] if place % 2 else re.escape(part) for place, part in enumerate(parts))
    )
