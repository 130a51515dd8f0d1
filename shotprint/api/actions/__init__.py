"""One short function per operation: the call's values in, the answer's values out, in the wire's names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from shotprint.api.actions.call import ActionCall
from shotprint.api.actions.comparisons import query_fp_compare_job_list, submit_fp_compare_job
from shotprint.api.actions.deletions import (
    query_fp_db_delete_job_list,
    query_fp_file_delete_job_list,
    query_media_fp_delete_job_list,
    submit_fp_db_delete_job,
    submit_fp_file_delete_job,
    submit_media_fp_delete_job,
)
from shotprint.api.actions.dna_jobs import cancel_dna_job, query_dna_job_list, submit_dna_job
from shotprint.api.actions.dna_libraries import (
    create_dna_db,
    delete_dna_db,
    delete_dna_files,
    list_dna_db,
    list_dna_files,
)
from shotprint.api.actions.files import list_fp_shot_files
from shotprint.api.actions.imports import (
    import_fp_shot_job,
    list_fp_shot_import_job,
    query_fp_import_result,
)
from shotprint.api.actions.jobs import cancel_fp_shot_job, query_fp_shot_job_list, submit_fp_shot_job
from shotprint.api.actions.libraries import create_fp_shot_db, list_fp_shot_db
from shotprint.api.actions.notary import list_fp_shot_notary
from shotprint.api.actions.reports import report_fp_shot_job_result

__all__ = ["ACTIONS", "ActionCall"]

ACTIONS: Final[Mapping[str, Callable[[ActionCall], Mapping[str, Any]]]] = {
    "CreateFpShotDB": create_fp_shot_db,
    "ListFpShotDB": list_fp_shot_db,
    "SubmitFpShotJob": submit_fp_shot_job,
    "QueryFpShotJobList": query_fp_shot_job_list,
    "ListFpShotFiles": list_fp_shot_files,
    "ReportFpShotJobResult": report_fp_shot_job_result,
    "SubmitFpFileDeleteJob": submit_fp_file_delete_job,
    "QueryFpFileDeleteJobList": query_fp_file_delete_job_list,
    "SubmitFpDBDeleteJob": submit_fp_db_delete_job,
    "QueryFpDBDeleteJobList": query_fp_db_delete_job_list,
    "SubmitMediaFpDeleteJob": submit_media_fp_delete_job,
    "QueryMediaFpDeleteJobList": query_media_fp_delete_job_list,
    "ImportFpShotJob": import_fp_shot_job,
    "ListFpShotImportJob": list_fp_shot_import_job,
    "QueryFpImportResult": query_fp_import_result,
    "SubmitFpCompareJob": submit_fp_compare_job,
    "QueryFpCompareJobList": query_fp_compare_job_list,
    "CancelFpShotJob": cancel_fp_shot_job,
    "ListFpShotNotary": list_fp_shot_notary,
    "CreateDNADB": create_dna_db,
    "ListDNADB": list_dna_db,
    "DeleteDNADB": delete_dna_db,
    "SubmitDNAJob": submit_dna_job,
    "CancelDNAJob": cancel_dna_job,
    "QueryDNAJobList": query_dna_job_list,
    "ListDNAFiles": list_dna_files,
    "DeleteDNAFiles": delete_dna_files,
}
"""By the operation's name in the specification files; no two products have one in common."""
