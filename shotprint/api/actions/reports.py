"""Feedback on failed jobs: ReportFpShotJobResult."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shotprint.api.actions.call import ActionCall

__all__ = ["report_fp_shot_job_result"]


def report_fp_shot_job_result(call: ActionCall) -> Mapping[str, Any]:
    values = call.values
    call.app.jobs.one(call.account_id, values["JobId"], call.key.allowed_libraries)
    report = call.app.reports.report(call.account_id, values["JobId"], values["Result"], values["Details"])
    return {"JobId": report.job_id}
