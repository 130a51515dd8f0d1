"""Samples of the API explorer, run as they stand against a server: what arrives is what was filled in."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from programs import CSharp, Go, Java, Php, Python, Runner, Shell, TypeScript, run
from support.sample_server import SampleServer

from shotprint.api.model import ICE, MPS, PRODUCTS, Kind, Operation, Parameter, load_spec
from shotprint.console.explorer.planned_call import PlannedCall
from shotprint.console.explorer.samples import KEY_ID, LANGUAGES, SECRET, TOKEN, sample
from shotprint.service.types import AccessKey

pytestmark = pytest.mark.slow

SPECS = {name: load_spec(name) for name in PRODUCTS}
ODD = "q'\"\\ \n\t$HOME `id` %41 {{x}} & é 中文 \N{SNOWMAN} \U0001f3ac ~*+=;#"
PLAIN_ODD = ODD.replace("\n", "").replace("\t", "")
ODD_CALLS = {
    MPS: {
        "CreateFpShotDB": {"Name": "odd", "Description": ODD, "ModelId": "12"},
        "QueryFpShotJobList": {
            "NextPageToken": PLAIN_ODD,
            "MaximumPageSize": "5",
            "State": "Fail",
            "PipelineId": "p",
            "StartOfJobCreatedTimeRange": "2026-01-01T00:00:00Z",
            "EndOfJobCreatedTimeRange": "2026-02-01T00:00:00Z",
        },
        "ListFpShotDB": {},
        "SubmitFpShotJob": {
            "Input": '{"Bucket":"demo","Location":"oss","Object":"it\'s $5 `x` %2F é.mp4"}',
            "FpShotConfig": '{"PrimaryKey": "\\"q\\"", "SaveType": "save", "SimilarityThreshold": 0.5}',
            "UserData": "u" + ODD[:40],
        },
    },
    ICE: {"CreateDNADB": {"Name": PLAIN_ODD, "Description": ODD}, "ListDNADB": {}},
}
"""With whatever a language might trip over, besides the operations' own examples."""

OURS = re.compile(
    "Missing(?!Parameter)|InvalidSecurity|InvalidAccessKey|InvalidTime|InvalidSignature|Signature|Incomplete|"
    "InvalidAction|InvalidVersion|InvalidApi|UnsupportedHTTP|Internal|ServiceUn|Throttling"
)
"""Codes that say that a call did not get as far as its operation."""

REQUEST_ID = re.compile("[0-9A-F]{8}-[0-9A-F]{4}-4[0-9A-F]{3}-[0-9A-F]{4}-[0-9A-F]{12}")
AT_ONCE = 2


def calls(host: str) -> list[PlannedCall]:
    """Every operation with every parameter, and those with odd values."""
    own = [
        PlannedCall("http", host, spec, operation.name, everything(operation))
        for spec in SPECS.values()
        for operation in spec.operations.values()
    ]
    return [*own, *odd_calls(host)]


def odd_calls(host: str) -> list[PlannedCall]:
    return [
        PlannedCall("http", host, SPECS[name], operation, parameters)
        for name, operations in ODD_CALLS.items()
        for operation, parameters in operations.items()
    ]


def everything(operation: Operation) -> dict[str, str]:
    """A value for each of the operation's parameters."""
    return {parameter.name: some_value(parameter) for parameter in operation.parameters}


def some_value(parameter: Parameter) -> str:
    if parameter.example is not None:
        return parameter.example
    if parameter.allowed:
        return next(iter(parameter.allowed))
    return str(parameter.default or (1 if parameter.type is Kind.INTEGER else "x"))


def written(
    planned: Sequence[PlannedCall], language: str, runner: Runner, root: Path, *, with_token: bool = False
) -> list[Path]:
    """Each program in a folder of its own, under the name that its users are told."""
    folders = []
    for number, call in enumerate(planned):
        folder = root / f"{number:02}-{call.operation}"
        folder.mkdir()
        assert runner.name == LANGUAGES[language].file
        code = sample(call, LANGUAGES[language], with_token=with_token).code
        (folder / runner.name).write_text(code, encoding="utf-8", newline="")
        folders.append(folder)
    return folders


def check(server: SampleServer, call: PlannedCall, runner: Runner, folder: Path, key: AccessKey) -> None:
    """Run it: the call must arrive as planned, at its operation, and the answer must be shown."""
    variables = {KEY_ID: key.id, SECRET: key.secret, **({TOKEN: key.token} if key.token else {})}
    ended = run(runner.command(folder), cwd=folder, variables={**runner.variables, **variables})
    shown = ended.out + ended.err
    request_id = REQUEST_ID.search(shown)
    assert request_id, shown
    arrived = server.arrived[request_id[0]]
    assert arrived.parameters == call.parameters
    code = arrived.answer.get("Code", "")
    assert not OURS.match(code), arrived.answer
    assert (ended.code == 0) == (code == ""), shown
    assert code in shown


RUNNERS: dict[str, Callable[[str], Runner]] = {
    "curl": lambda _: Shell(),
    "python": lambda product: Python("mts-6.0.3" if product == "Mts" else "ice-6.20.2"),
    "python-core": lambda _: Python("python-sdk-mts-3.3.46"),
    "typescript": lambda _: TypeScript(),
    "java": lambda _: Java(),
    "go": lambda _: Go(),
    "php": lambda _: Php(),
    "csharp": lambda _: CSharp(),
}
FIRST = ("curl", "python", "python-core", "typescript")
"""Those that run every operation; programs of the others differ by their values alone."""


def test_every_language_is_run() -> None:
    assert RUNNERS.keys() == LANGUAGES.keys()


@pytest.mark.parametrize("language", FIRST)
def test_the_program_of_every_operation_reaches_it(
    sample_server: SampleServer, language: str, tmp_path: Path
) -> None:
    _run_all(sample_server, language, calls(sample_server.host), tmp_path, sample_server.key)


@pytest.mark.parametrize("language", [name for name in LANGUAGES if name not in FIRST])
def test_programs_reach_their_operations_whatever_the_values(
    sample_server: SampleServer, language: str, tmp_path: Path
) -> None:
    _run_all(sample_server, language, odd_calls(sample_server.host), tmp_path, sample_server.key)


@pytest.mark.parametrize("language", LANGUAGES)
def test_programs_take_a_token_where_the_key_has_one(
    sample_server: SampleServer, language: str, tmp_path: Path
) -> None:
    wanted = ("ListFpShotDB", "CancelFpShotJob")  # one that the clients have, and one that they have not
    some = [call for call in calls(sample_server.host) if call.operation in wanted]
    _run_all(sample_server, language, some, tmp_path, sample_server.passing_key)


def _run_all(
    server: SampleServer, language: str, planned: Sequence[PlannedCall], root: Path, key: AccessKey
) -> None:
    runner = RUNNERS[language]("Mts")
    folders = written(planned, language, runner, root, with_token=key.token is not None)
    runner.prepare(folders)
    runners = {product: RUNNERS[language](product) for product in {call.spec.product for call in planned}}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        ended = [
            pool.submit(check, server, call, runners[call.spec.product], folder, key)
            for call, folder in zip(planned, folders, strict=True)
        ]
        for one in ended:
            one.result()


def test_no_program_holds_a_secret() -> None:
    for call in calls("h"):
        for language in LANGUAGES.values():
            code = sample(call, language, with_token=True).code
            assert all(name in code for name in (KEY_ID, SECRET, TOKEN))
