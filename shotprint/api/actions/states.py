"""The wire's words for how far a job is, whatever its kind."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Protocol

from shotprint.api.wire_errors import job_code
from shotprint.service.types import JobState

__all__ = ["STATES", "Chore", "echoed", "failure"]

STATES: Final[Mapping[JobState, str]] = {
    JobState.QUEUED: "Queuing",
    JobState.RUNNING: "Analysing",
    JobState.SUCCEEDED: "Success",
    JobState.FAILED: "Fail",
}


class Chore(Protocol):
    """What all jobs beside analyses have."""

    @property
    def id(self) -> str: ...
    @property
    def library_id(self) -> str | None: ...
    @property
    def pipeline_id(self) -> str | None: ...
    @property
    def user_data(self) -> str | None: ...
    @property
    def state(self) -> JobState: ...
    @property
    def created(self) -> datetime: ...
    @property
    def finished(self) -> datetime | None: ...
    @property
    def error_code(self) -> str | None: ...
    @property
    def error_message(self) -> str | None: ...


def failure(state: JobState, code: str | None, message: str | None) -> dict[str, str | None]:
    """``Code`` and ``Message``, which only failed jobs have."""
    failed = state is JobState.FAILED
    return {"Code": job_code(code or "") if failed else None, "Message": message if failed else None}


def echoed(chore: Chore, *, state_name: str) -> dict[str, Any]:
    """The fields that most lists of jobs share; `state_name` is "State" or "Status"."""
    return {
        "Id": chore.id,
        "PipelineId": chore.pipeline_id,
        state_name: STATES[chore.state],
        **failure(chore.state, chore.error_code, chore.error_message),
        "UserData": chore.user_data,
        "FpDBId": chore.library_id,
        "CreationTime": chore.created,
        "FinishTime": chore.finished,
    }
