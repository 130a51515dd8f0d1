"""The step that asks whether the key allows this call: the operation, and every library that it names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from shotprint.api.call import Call, Gateway
from shotprint.api.parse import Values
from shotprint.api.wire_errors import WireError
from shotprint.errors import LibraryNotFound
from shotprint.service.libraries import DEFAULT_NAME

__all__ = ["SHOWN_IN_PART", "check_permission"]

_LIBRARY: Final = ("FpDBId", "DBId")
"""The parameters, or members of parameters, that name a library."""

SHOWN_IN_PART: Final = frozenset({
    "ListFpShotDB", "QueryFpShotJobList", "ReportFpShotJobResult", "CancelFpShotJob",
    "QueryFpFileDeleteJobList", "QueryFpDBDeleteJobList", "QueryMediaFpDeleteJobList",
    "ListFpShotImportJob", "QueryFpImportResult", "QueryFpCompareJobList",
    "ListDNADB", "QueryDNAJobList", "CancelDNAJob",
})  # fmt: skip
"""Operations that name no library and show a limited key what is its own alone.

Keys limited to libraries are refused every other operation that names none: what forgets to look at the
library cannot show it.
"""


def check_permission(gateway: Gateway, call: Call) -> None:
    """Refuse what the key doesn't allow. Comes after the parameters are read, since they name libraries."""
    if not call.key.may_call(call.operation.name):
        raise WireError("Forbidden.RAM")
    if call.key.allowed_libraries is None or call.operation.name in SHOWN_IN_PART:
        return
    named = list(_named_libraries(call.values))
    if not named or not all(_may_use(gateway, call, library_id) for library_id in named):
        raise WireError("Forbidden.RAM")


def _named_libraries(values: Values) -> Iterator[str | None]:
    """Ids in the parameters and in their members; None where one could be and is not given."""
    for name, value in values.items():
        if name in _LIBRARY:
            yield value
        elif isinstance(value, Mapping):
            yield from _named_libraries(value)


def _may_use(gateway: Gateway, call: Call, library_id: str | None) -> bool:
    """Whether the key allows the library; the account's default one when none is named."""
    if library_id is None:
        try:
            library_id = gateway.app.libraries.find(call.key.account_id, DEFAULT_NAME).id
        except LibraryNotFound:
            return False
    return call.key.may_use(library_id)
