"""A call as a program that makes it, in the languages of the API's users.

One table, one template a language. Every program runs as it stands: it takes the key from the environment, so that no
secret is ever in it. Python and TypeScript use the vendor's clients, by their own request classes where they have them
and by their generic call where not; the other languages need nothing but themselves.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from shotprint.api.model import Kind, Parameter
from shotprint.api.sign import canonical_query
from shotprint.console.explorer import literals
from shotprint.console.explorer.planned_call import PlannedCall

__all__ = ["KEY_ID", "LANGUAGES", "SECRET", "TOKEN", "Language", "Sample", "sample"]

KEY_ID: Final = "ALIBABA_CLOUD_ACCESS_KEY_ID"
SECRET: Final = "ALIBABA_CLOUD_ACCESS_KEY_SECRET"  # noqa: S105 - the name of a variable, not a secret
TOKEN: Final = "ALIBABA_CLOUD_SECURITY_TOKEN"  # noqa: S105 - the name of a variable, not a secret
"""Variables of the environment, named as the vendor's own tools name them."""

_NOT_IN_CLIENTS: Final = frozenset(
    {
        "ReportFpShotJobResult", "SubmitMediaFpDeleteJob", "QueryMediaFpDeleteJobList", "ListFpShotNotary",
        "CancelFpShotJob", "QueryFpImportResult", "SubmitFpCompareJob", "QueryFpCompareJobList",
        "QueryFpShotJobList.PrimaryKeyList",
    }
)  # fmt: skip
"""Operations, and parameters of operations, that the newest MPS clients have not."""


@dataclass(frozen=True)
class Language:
    """How samples of one kind are written and run.

    Attributes
    ----------
    file : what the program's file is called.
    needs : the command that installs what it needs; empty when that is the language alone.
    runs : the command that runs it.
    typed : for each product, whether the client has a method for it, and which operations and parameters its
        methods lack.
    """

    id: str
    title: str
    file: str
    needs: str
    runs: str
    literal: Callable[[str], str]
    typed: dict[str, frozenset[str]]


LANGUAGES: Final = {
    language.id: language
    for language in (
        Language(
            "curl", "curl", "call.sh", "", "sh call.sh", literals.shell, {}
        ),
        Language(
            "python", "Python", "call.py", "pip install alibabacloud_{product}{version}", "python call.py",
            literals.python, {"Mts": _NOT_IN_CLIENTS, "ICE": frozenset({"SubmitDNAJob.Input"})},
        ),
        Language(
            "python-core", "Python, older SDK", "call.py",
            "pip install aliyun-python-sdk-core aliyun-python-sdk-mts", "python call.py",
            literals.python, {"Mts": _NOT_IN_CLIENTS},
        ),
        Language(
            "typescript", "TypeScript", "call.ts", "npm install @alicloud/mts20140618", "npx tsx call.ts",
            literals.typescript, {"Mts": _NOT_IN_CLIENTS},
        ),
        Language("java", "Java", "Call.java", "", "java Call.java", literals.java, {}),
        Language("go", "Go", "call.go", "", "go run call.go", literals.go, {}),
        Language("php", "PHP", "call.php", "", "php call.php", literals.php, {}),
        Language("csharp", "C#", "Call.cs", "", "dotnet run Call.cs", literals.csharp, {}),
    )
}  # fmt: skip
"""By id, in the order shown."""


@dataclass(frozen=True)
class Sample:
    """A program, and the commands that go with it."""

    language: Language
    needs: str
    code: str


def sample(call: PlannedCall, language: Language, *, with_token: bool) -> Sample:
    """The program that makes the call.

    Parameters
    ----------
    with_token : for keys that expire: the program takes a security token too.
    """
    known = {parameter.name: parameter for parameter in call.spec.operations[call.operation].parameters}
    arguments = [_Argument(known[name], value) for name, value in call.parameters.items()]
    code = _templates.get_template(f"{language.id}.j2").render(
        call=call,
        arguments=arguments,
        typed=_is_typed(call, language, arguments),
        body=canonical_query(call.parameters.items()),
        text=language.literal,
        with_token=with_token,
        KEY_ID=KEY_ID,
        SECRET=SECRET,
        TOKEN=TOKEN,
    )
    needs = language.needs.format(
        product=call.spec.product.lower(), version=call.spec.version.replace("-", "")
    )
    return Sample(language, needs, code)


@dataclass(frozen=True)
class _Argument:
    """A parameter that is given, as templates see it."""

    parameter: Parameter
    value: str

    @property
    def name(self) -> str:
        return self.parameter.name

    @property
    def is_integer(self) -> bool:
        """Whether it is sent as the number that it should be, and would be sent as the same text."""
        return (
            self.parameter.type is Kind.INTEGER
            and re.fullmatch("-?[1-9][0-9]{0,14}|0", self.value) is not None
        )


def _is_typed(call: PlannedCall, language: Language, arguments: list[_Argument]) -> bool:
    """Whether the client's own method can make the call."""
    lacking = language.typed.get(call.spec.product)
    if lacking is None or call.operation in lacking:
        return False
    return not any(
        f"{call.operation}.{argument.name}" in lacking
        or (argument.parameter.type is Kind.INTEGER and not argument.is_integer)
        for argument in arguments
    )


def _snake(name: str) -> str:
    """As the vendor's newer Python client names things: ``fp_dbid`` for ``FpDBId``."""
    return re.sub("(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _camel(name: str) -> str:
    """As its TypeScript client does: ``fpDBId``."""
    return name[0].lower() + name[1:]


_templates: Final[Any] = Environment(
    loader=PackageLoader("shotprint.console.explorer"),
    undefined=StrictUndefined,
    autoescape=False,  # noqa: S701 - programs, not pages; `text` writes whatever comes from outside
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_templates.filters.update(snake=_snake, camel=_camel)
