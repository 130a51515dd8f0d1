"""Runs every wire case in each of its variants; see `wire_cases` for what a case is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from support.conformance import RAW, record
from support.service_work import work_off
from wire_cases import (
    USUAL,
    VARIANTS,
    Case,
    Variant,
    as_parameters,
    assert_json,
    assert_xml,
    error_json,
    error_xml,
    filled,
    load_cases,
    value_at,
)
from wire_client import Client, Tweak, send
from wire_server import Server

from shotprint import errors
from shotprint.api.model import MPS, PRODUCTS, load_spec
from shotprint.blobs.store import BlobStore
from shotprint.engine.types import Match, MediaInfo, Passages, Segment
from shotprint.queue.protocol import Lane
from shotprint.service import chores, files, jobs
from shotprint.service.comparisons import result_to_json
from shotprint.service.types import ComparedMedia, ComparisonResult, FramePlaces, MediaPlace
from shotprint.store.models import ComparisonRow, FileDeletionRow, ImportRow, JobRow, LibraryDeletionRow

ALL_CASES = list(load_cases())
RUNS = [
    pytest.param(case, VARIANTS[variant], id=f"{case.file}: {case.name} [{variant}]")
    for case in ALL_CASES
    for variant in case.variants
]


def _segment(values: dict[str, Any]) -> Segment:
    passages = values.get("passages")
    return Segment(**values | {"passages": passages and Passages(**passages)})


class Arranger:
    """What the wire alone does not bring about: jobs that have ended, stored files, disabled keys."""

    def __init__(self, server: Server, account_id: str) -> None:
        self._server = server
        self._account_id = account_id

    def run_job(self, job: str) -> None:
        with self._server.app.database.sessions.begin() as session:
            assert jobs.start(session, job)

    def fail_job(self, job: str, code: str, message: str) -> None:
        with self._server.app.database.sessions.begin() as session:
            assert jobs.fail(session, job, code, message)

    def finish_job(
        self, job: str, duration_s: float, matches: list[dict[str, Any]], file_id: str | None = None
    ) -> None:
        found = [
            Match(m["reference"], m["similarity"], tuple(_segment(segment) for segment in m["segments"]))
            for m in matches
        ]
        with self._server.app.database.sessions.begin() as session:
            assert jobs.succeed(session, job, found, duration_s, file_id)

    def store_file(self, library: str, key: str, object: str) -> dict[str, str]:
        info = MediaInfo("mp4", "h264", 640, 360, 0, Fraction(25), 10.0, False)
        place = MediaPlace("demo", "oss-cn-shanghai", object)
        with self._server.app.database.sessions.begin() as session:
            return {"file": files.store(session, library, key, place, info, "print", None, 1000)}

    def finish_import(self, job: str, result: str) -> None:
        """End an import whose result file has this text."""
        name, data = f"imports/{job}.jsonl", result.encode()
        BlobStore(self._server.app.settings.blobs_url).put(name, data)
        with self._server.app.database.sessions.begin() as session:
            assert chores.succeed(session, ImportRow, job, result_blob=name, result_bytes=len(data))

    def fail_import(self, job: str, message: str) -> None:
        with self._server.app.database.sessions.begin() as session:
            assert chores.fail(session, ImportRow, job, errors.MediaNotFound(message))

    def finish_comparison(self, job: str, frames: bool) -> None:
        """End a comparison with one segment found; the master states no frame rate."""
        place = MediaPlace("demo", "here", "frames")
        found = ComparisonResult(
            (Match("master", 0.9, (Segment(1.0, 3.5, 11.0, 13.5, 0.9),)),),
            master=ComparedMedia(MediaInfo("mp4", "h264", 640, 360, 0, Fraction(0), 60.0, False, 1500), 300),
            query=ComparedMedia(
                MediaInfo("mp4", "h264", 320, 180, 0, Fraction(24000, 1001), 10, True, 240), 50
            ),
            frames=FramePlaces(place, place, place) if frames else None,
        )
        with self._server.app.database.sessions.begin() as session:
            assert chores.succeed(session, ComparisonRow, job, result=result_to_json(found))

    def fail_comparison(self, job: str, message: str) -> None:
        with self._server.app.database.sessions.begin() as session:
            assert chores.fail(session, ComparisonRow, job, errors.MediaNotFound(message))

    def submitted_ago(self, job: str, seconds: int) -> None:
        """Let a job, of whatever kind, be so old."""
        kinds = (JobRow, FileDeletionRow, LibraryDeletionRow, ImportRow, ComparisonRow)
        created = datetime.now(UTC) - timedelta(seconds=seconds)
        with self._server.app.database.sessions.begin() as session:
            changed = [
                session.execute(update(kind).where(kind.id == job).values(created=created).returning(kind.id))
                for kind in kinds
            ]
            assert sum(len(result.all()) for result in changed) == 1

    def assert_libraries(self, names: list[str]) -> None:
        """The account's libraries are those, oldest first."""
        found = self._server.app.libraries.list(self._account_id)
        assert [library.name for library in found] == names

    def do_upkeep(self) -> None:
        """What workers do beside analyses: removals, for example."""
        work_off(self._server.app, Lane.UPKEEP)

    def activate(self, library: str) -> None:
        self._server.app.libraries.activate(library)

    def job_without_input_text(self, library: str) -> dict[str, str]:
        """As the command line submits it."""
        request = jobs.JobRequest(MediaPlace("demo", "here", "ä.mp4"), "k", jobs.SaveType.NOSAVE, library)
        return {"job": self._server.app.jobs.submit(self._account_id, request).id}

    def times_around(self, seconds: int) -> dict[str, str]:
        """Moments before and after now; stored rows have the real time."""
        now, apart = self._server.now, timedelta(seconds=seconds)
        return {"past": f"{now - apart:%Y-%m-%dT%H:%M:%SZ}", "future": f"{now + apart:%Y-%m-%dT%H:%M:%SZ}"}

    def seconds_around(self, seconds: int) -> dict[str, str]:
        """The same as Unix seconds."""
        now = int(self._server.now.timestamp())
        return {"past_s": str(now - seconds), "future_s": str(now + 10 * seconds)}

    def assert_reports(self, job: str, count: int) -> None:
        assert len(self._server.app.reports.list(self._account_id, job)) == count

    def disable_key(self, key: str) -> None:
        self._server.app.accounts.disable_key(self._account_id, key)


class Run:
    """One case in one variant."""

    def __init__(self, server: Server, variant: Variant) -> None:
        self._server, self._variant = server, variant
        self._account_id, own = server.client(variant)
        self._clients: dict[str, Client] = {"owner": own, "stranger": server.client(variant)[1]}
        self._arranger = Arranger(server, self._account_id)
        self._kept: dict[str, str] = {"key": own.key_id}

    def step(self, step: Mapping[str, Any]) -> None:
        if "new_key" in step:
            self._add_key(**filled(dict(step), self._kept))
            return
        if "arrange" in step:
            given = {name: value for name, value in step.items() if name != "arrange"}
            self._kept.update(getattr(self._arranger, step["arrange"])(**filled(given, self._kept)) or {})
            return
        parameters = {**as_parameters(step.get("with", {}), self._kept), **self._variant.asks}
        client = self._clients[step.get("by", "owner")]
        sent = client.request(step["call"], parameters, self._tweak(step))
        asgi = self._server.later(step["after_s"]) if "after_s" in step else self._server.asgi
        for _ in range(step.get("times", 1)):
            received = send(asgi, sent)
        self._compare(step, received.status, received.text)
        record(step["call"], self._variant.form, self._variant.scheme, RAW)
        for name, path in step.get("keep", {}).items():
            self._kept[name] = value_at(path, received.text, self._variant.form)

    def _add_key(
        self,
        new_key: str,
        operations: list[str] | None = None,
        libraries: list[str] | None = None,
        expires_s: int | None = None,
    ) -> None:
        ends = None if expires_s is None else self._server.now + timedelta(seconds=expires_s)
        added = self._server.app.accounts.add_key(
            self._account_id, operations=operations, libraries=libraries, expires=ends
        )
        self._clients[new_key] = self._server.client_of(added, self._variant)
        self._kept["token"] = added.token or ""

    def _tweak(self, step: Mapping[str, Any]) -> Tweak:
        tweak = Tweak(**{
            name: tuple(map(_frozen, value)) if isinstance(value, list) else value
            for name, value in filled(step.get("tweak", {}), self._kept).items()
        })  # fmt: skip
        if "token" not in step:
            return tweak
        name = "SecurityToken" if self._variant.scheme == "v1" else "x-acs-security-token"
        return replace(tweak, put={**tweak.put, name: filled(step["token"], self._kept)})

    def _compare(self, step: Mapping[str, Any], status: int, body: str) -> None:
        json_form = self._variant.form == "json"
        if "error" in step:
            expected_status, code, message = filled(step["error"], self._kept)
            expected = error_json(code, message) if json_form else error_xml(code, message)
        elif "fields" in step:
            assert status == 200
            for path, value in filled(step["fields"], self._kept).items():
                assert value_at(path, body, self._variant.form) == value
            return
        else:
            expected_status = 200
            expected = filled(step["json"] if json_form else "".join(step["xml"]), self._kept)
        if json_form:
            assert_json(expected, json.loads(body))
        else:
            assert_xml(expected, body)
        assert status == expected_status


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


@pytest.mark.parametrize(("case", "variant"), RUNS)
def test_case(server: Server, case: Case, variant: Variant) -> None:
    with server.under(case.settings) as own:
        run = Run(own, variant)
        for step in case.steps:
            run.step(step)


def test_cases_have_names_of_their_own() -> None:
    names = [(case.file, case.name) for case in ALL_CASES]
    assert len(set(names)) == len(names)


REFUSED = {"ListFpShotNotary"}  # every call of it is


@pytest.mark.parametrize(
    "operation",
    [name for product in PRODUCTS for name in load_spec(product).operations if name not in REFUSED],
)
def test_every_operation_answers_in_both_forms_under_both_signatures(operation: str) -> None:
    answered = {
        variant
        for case in ALL_CASES
        for step in case.steps
        if step.get("call") == operation and "json" in step and "xml" in step
        for variant in case.variants
    }
    assert answered >= {variant.name for variant in USUAL}


# These take another path, or very many calls.
ELSEWHERE = {
    "AccessDenied": "test_wire_results.py",
    "InvalidApi.NotFound": "test_wire_app.py",
    "Throttling.User": "test_wire_limits.py",
}


@pytest.mark.parametrize("code", sorted(set(load_spec(MPS).errors) - set(ELSEWHERE)))
def test_every_error_code_has_a_case(code: str) -> None:
    text = json.dumps([[dict(step) for step in case.steps] for case in ALL_CASES])
    assert f'"{code}"' in text


@pytest.mark.parametrize(("code", "file"), ELSEWHERE.items())
def test_what_has_no_case_is_tested_elsewhere(code: str, file: str) -> None:
    assert f'"{code}"' in Path(__file__).with_name(file).read_text("utf-8")
