"""One short function per operation: the call's values in, the answer's values out, in the wire's names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from shotprint.api.actions.call import ActionCall
from shotprint.api.actions.files import list_fp_shot_files
from shotprint.api.actions.jobs import query_fp_shot_job_list, submit_fp_shot_job
from shotprint.api.actions.libraries import create_fp_shot_db, list_fp_shot_db
from shotprint.api.actions.reports import report_fp_shot_job_result

__all__ = ["ACTIONS", "ActionCall"]

ACTIONS: Final[Mapping[str, Callable[[ActionCall], Mapping[str, Any]]]] = {
    "CreateFpShotDB": create_fp_shot_db,
    "ListFpShotDB": list_fp_shot_db,
    "SubmitFpShotJob": submit_fp_shot_job,
    "QueryFpShotJobList": query_fp_shot_job_list,
    "ListFpShotFiles": list_fp_shot_files,
    "ReportFpShotJobResult": report_fp_shot_job_result,
}
"""By the operation's name in the specification file."""
