"""An account with something on every page of the console, under names of the test's choosing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from fractions import Fraction

import numpy as np
from support.service_work import store_print

from shotprint.engine.align.likeness_map import LEVELS, LikenessMap
from shotprint.engine.align.score import Proof
from shotprint.engine.index.findings import Finding
from shotprint.engine.types import FramePair, Match, MediaInfo, Segment, Transform
from shotprint.errors import InvalidValue
from shotprint.queue.protocol import Lane
from shotprint.service import findings, jobs
from shotprint.service.checks import now
from shotprint.service.comparisons import result_to_json
from shotprint.service.notifications import announce
from shotprint.service.types import (
    Account,
    ComparedMedia,
    ComparisonRequest,
    ComparisonResult,
    DeletionKind,
    Ended,
    ImportRequest,
    JobRequest,
    JobState,
    Library,
    MediaPlace,
    SaveType,
    Subject,
)
from shotprint.service.verdicts import Pair, Ruling
from shotprint.store.models import ComparisonRow, JobRow
from shotprint.wiring import App

SEGMENT = Segment(
    4.0, 8.5, 0.6, 5.1, 0.81, speed=1.25,
    transform=Transform(mirrored=True, crop=(0.1, 0.1, 0.8, 0.8), covered=0.1),
    evidence=(FramePair(5.0, 1.85, 40.0),),
)  # fmt: skip


def finding(reference: str, *, told: bool) -> Finding:
    """With a map on which a line is seen."""
    proof = Proof(20.0, 0.4, 0.48, 1.5, 3.0, 0.9, False, True)
    shown = LikenessMap(2.0, 10.5, 0.0, 7.1, np.eye(16, dtype=np.uint8) * LEVELS)
    weak = replace(SEGMENT, similarity=0.2)
    return Finding(Match(reference, 0.2, (weak,)), (proof,), shown, told)


@dataclass(frozen=True)
class Things:
    """Ids of what there is."""

    account: Account
    library: Library
    file_id: str
    found: str
    failed: str
    waiting: str
    comparison: str
    compared: str
    pipeline_id: str
    imported: str
    sent: str

    def pages(self) -> dict[str, str]:
        """Every page of the console that shows something, by a name of its own."""
        library = f"/libraries/{self.library.id}"
        return {
            "overview": "/",
            "tasks": "/tasks",
            "tasks-live": f"/tasks/live?id={self.waiting}&id={self.failed}",
            "job": f"/tasks/{self.found}",
            "job-failed": f"/tasks/{self.failed}",
            "job-waiting": f"/tasks/{self.waiting}",
            "job-live": f"/tasks/{self.waiting}/live",
            "match": f"/tasks/{self.found}/matches/1",
            "near": f"/tasks/{self.found}/near/1",
            "imports": "/tasks/imports",
            "import": f"/tasks/imports/{self.imported}",
            "imports-live": "/tasks/imports/live",
            "import-live": f"/tasks/imports/{self.imported}/live",
            "import-new": "/tasks/imports/new",
            "import-objects": "/tasks/imports/new/objects?bucket=media",
            "deletions": "/tasks/deletions",
            "deletions-live": "/tasks/deletions/live",
            "deletion-new": "/tasks/deletions/new",
            "library-deletions": "/tasks/deletions?of=libraries",
            "comparisons": "/tasks/comparisons",
            "comparisons-live": "/tasks/comparisons/live",
            "comparison-live": f"/tasks/comparisons/{self.compared}/live",
            "comparison-new": "/tasks/comparisons/new",
            "comparison-objects": "/tasks/comparisons/new/objects?bucket=media",
            "comparison": f"/tasks/comparisons/{self.comparison}",
            "comparison-found": f"/tasks/comparisons/{self.compared}",
            "comparison-near": f"/tasks/comparisons/{self.compared}/near/1",
            "comparison-match": f"/tasks/comparisons/{self.compared}/matches/1",
            "submit": f"/tasks/new?object=media/x&upload={self.sent}",
            "submit-objects": "/tasks/new/objects?bucket=media",
            "libraries": "/libraries",
            "library": library,
            "library-search": f"{library}/search",
            "file": f"{library}/files/{self.file_id}",
            "account": "/account",
            "keys": "/account/keys",
            "users": "/account/users",
            "pipelines": "/account/pipelines",
            "pipeline": f"/account/pipelines/{self.pipeline_id}",
            "audit": "/account/audit",
            "explorer": "/explorer",
            "explorer-call": "/explorer/2014-06-18/SubmitFpShotJob",
            "docs": "/docs",
            "docs-found": "/docs?q=upload",
            "doc": "/docs/reference/operations",
            "errors": "/errors",
            "error": "/errors/InvalidParameter.NullValue",
        }


def fill(app: App, account: Account, name: str, text: str, key: str) -> Things:
    """Make one of everything.

    Parameters
    ----------
    name : of libraries, users and pipelines: at most 128 printable characters.
    text : of descriptions and the like: anything.
    key : of files and objects: at most 2048 bytes.
    """
    library = app.libraries.create(account.id, name, description=text)
    app.libraries.activate(library.id)
    file_id = store_print(app, library.id, key, 1)
    pipeline = app.pipelines.create(account.id, name, target="amqp://192.0.2.1/?queue=ends")
    place = MediaPlace("media", "", key)

    def submit() -> str:
        request = JobRequest(place, key, SaveType.SAVE, library.id, 0.5, pipeline.id, text[:20])
        return app.jobs.submit(account.id, request).id

    found, failed, waiting = submit(), submit(), submit()
    with app.database.sessions.begin() as session:
        jobs.succeed(session, found, [Match(key, 0.81, (SEGMENT, SEGMENT))], 12.4, file_id)
        findings.keep(session, found, [finding(key, told=True), finding(key, told=False)])
        jobs.fail(session, failed, "media_unreadable", text)
        jobs.start(session, waiting)
        session.get_one(JobRow, waiting).progress = 0.4
    app.reports.report(account.id, failed, text, text)
    imported = app.imports.submit(
        account.id, ImportRequest(library.id, place, SaveType.SAVE, user_data=text[:20])
    )
    app.deletions.delete_files(account.id, library.id, primary_keys=[key])
    app.deletions.delete_library(account.id, library.id, DeletionKind.PURGE)
    compared = app.comparisons.submit(account.id, ComparisonRequest(place, place, user_data=text[:20]))
    with app.database.sessions.begin() as session:
        row = session.get_one(ComparisonRow, compared.id)
        row.state, row.finished = JobState.FAILED, now() + timedelta(seconds=3)
        row.error_code, row.error_message = "media_unreadable", text
        ended = Ended(Subject.COMPARISON, compared.id, JobState.FAILED, None, "media_unreadable", text)
        announce(session, app.queue, ended, account_id=account.id, pipeline_id=pipeline.id)
    compared_well = app.comparisons.submit(account.id, ComparisonRequest(place, place))
    read = ComparedMedia(MediaInfo("mp4", "h264", 640, 360, 0, Fraction(25), 12.4, False), 40)
    with app.database.sessions.begin() as session:
        row = session.get_one(ComparisonRow, compared_well.id)
        row.state, row.finished = JobState.SUCCEEDED, now() + timedelta(seconds=3)
        row.result = result_to_json(ComparisonResult((Match("master", 0.81, (SEGMENT,)),), read, read, None))
        findings.keep(session, row.id, [finding("master", told=False)])
    pair = Pair(library.id, place, key)
    app.verdicts.give(account.id, pair, (4.0, 8.5), Ruling.WRONG, task_id=found, actor=name, note=text[:900])
    task = app.queue.claim([Lane.DELIVERY], "tester")
    assert task is not None
    app.notifications.note_failure(task, InvalidValue(text))
    app.accounts.add_key(account.id, operations=["Query*"], libraries=[library.id])
    app.users.add(account.id, name, "correct horse battery")
    app.uploads.begin(account.id, key[:1000], 1000)
    sent = app.uploads.begin(account.id, key[:1000], 1)
    app.uploads.append(account.id, sent.id, 0, b"x")
    searched = app.uploads.begin(account.id, key[:1000], 1)
    app.uploads.append(account.id, searched.id, 0, b"x")
    app.searches.submit(account.id, library.id, searched.id)
    app.audit.record(account.id, name, "library.create", text, address="192.0.2.1")
    return Things(
        account, library, file_id, found, failed, waiting, compared.id, compared_well.id, pipeline.id,
        imported.id, sent.id,
    )  # fmt: skip
