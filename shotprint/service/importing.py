"""What a worker does for bulk imports.

A task is one step: to read the list, to deal with one of its lines, or to write the result file. Each step
ends, in the transaction of its result, with the next one put into the queue. So a line is stored once however its
worker ends, a line that kills its worker fails like a job that does, and other work gets its turn between
two lines.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from shotprint.blobs.buckets import Buckets
from shotprint.blobs.store import BlobStore
from shotprint.engine.index.findings import Finding
from shotprint.engine.types import Cancel, Match, Role
from shotprint.errors import Cancelled, LibraryNotFound, NotReady, ShotprintError
from shotprint.queue.protocol import Lane, Queue, Task
from shotprint.service import chores, imports
from shotprint.service.checks import storable
from shotprint.service.deleting import finish
from shotprint.service.import_list import ListLimits, ListLine, read_list
from shotprint.service.imports import DUPLICATE, FAILED, IMPORT, STORED, WAITING
from shotprint.service.indexes import Found, LibraryIndexes
from shotprint.service.jobs import MAX_MESSAGE_CHARS
from shotprint.service.media_reader import MediaReader
from shotprint.service.results import ResultWriter
from shotprint.service.types import JobRequest, LibraryState, MediaPlace, SaveType
from shotprint.store.database import Database
from shotprint.store.models import ImportLineRow, ImportRow, LibraryRow

CodeOf = Callable[[str], str]


@dataclass(frozen=True)
class Line:
    """A line that is dealt with; see `shotprint.service.results.Order`."""

    task: Task
    number: int
    library_id: str
    preset: str
    request: JobRequest

    def end(
        self,
        session: Session,
        queue: Queue,
        matches: Sequence[Match],
        _findings: Sequence[Finding],
        _duration_s: float,
        file_id: str | None,
    ) -> None:
        finish(session, queue, self.task)
        message = None if file_id is not None else f"A copy of {matches[0].reference}"
        _note(
            session, self.task.subject, self.number, STORED if file_id is not None else DUPLICATE,
            file_id=file_id, error_code=None, error_message=message,  # also where it was cancelled meanwhile
        )  # fmt: skip
        queue.put(session, IMPORT, self.task.subject, lane=Lane.ANALYSIS)


class Importing:
    """Does imports step by step."""

    def __init__(
        self,
        database: Database,
        queue: Queue,
        buckets: Buckets,
        blobs: BlobStore,
        indexes: LibraryIndexes,
        reader: MediaReader,
        limits: ListLimits,
        code_of: CodeOf = str,
    ) -> None:
        """`code_of`: what the result file says in the place of the code of one of our errors."""
        self._parts = (database, queue, buckets, blobs, indexes, reader, limits)
        self._limits = limits
        self._code_of = code_of
        self._database = database
        self._queue = queue
        self._buckets = buckets
        self._blobs = blobs
        self._indexes = indexes
        self._reader = reader
        self._results = ResultWriter(database, queue, blobs, indexes)

    def telling(self, code_of: CodeOf) -> Importing:
        """The same with other codes in its result files."""
        return Importing(*self._parts, code_of)

    def run(self, task: Task, cancel: Cancel) -> None:
        with self._database.sessions.begin() as session:
            row = chores.start(session, ImportRow, task.subject)
            if row is None:
                self._queue.finish(session, task)
                return
            library = session.get_one(LibraryRow, row.library_id)
            if library.state == LibraryState.DELETED:
                raise LibraryNotFound("The library was deleted")
            if library.state == LibraryState.OFFLINE:
                raise NotReady("The library is not active yet")
            waiting = _next_line(session, row.id)
            loaded = waiting is not None or _has_lines(session, row.id)
        if waiting is not None:
            line = _line(task, row, library.preset, waiting)
            try:
                self._store(line, cancel)
            except (Cancelled, NotReady, LibraryNotFound):
                raise
            except ShotprintError:
                if not self._leave_cancelled(line):
                    raise
        elif loaded:
            self._complete(task)
        else:
            self._load(task, row)

    def fail(self, task: Task, error: ShotprintError) -> None:
        """A line that fails does not end the import; what is wrong with the list or the library does."""
        with self._database.sessions.begin() as session:
            if not self._queue.finish(session, task):
                return
            line = _next_line(session, task.subject)
            if line is not None and not isinstance(error, LibraryNotFound):
                _note(
                    session, line.import_id, line.line, FAILED,
                    error_code=error.code, error_message=storable(error.message, MAX_MESSAGE_CHARS),
                )  # fmt: skip
                self._queue.put(session, IMPORT, task.subject, lane=Lane.ANALYSIS)
            elif chores.fail(session, ImportRow, task.subject, error):
                _forget_lines(session, task.subject)
                chores.announce(session, self._queue, ImportRow, task.subject)

    def _load(self, task: Task, row: ImportRow) -> None:
        with self._buckets.open(row.bucket, row.object) as (file, size_bytes):
            lines = read_list(file, size_bytes, self._limits)
        with self._database.sessions.begin() as session:
            finish(session, self._queue, task)
            if chores.start(session, ImportRow, row.id) is None:  # cancelled meanwhile
                return
            session.execute(insert(ImportLineRow), [_values(row.id, line) for line in lines])
            self._queue.put(session, IMPORT, row.id, lane=Lane.ANALYSIS)

    def _store(self, line: Line, cancel: Cancel) -> None:
        only = line.request.save_type is SaveType.ONLYSAVE
        with self._buckets.open(line.request.place.bucket, line.request.place.object) as (file, size_bytes):
            media = self._reader.read(
                file,
                size_bytes,
                preset=line.preset,
                role=Role.REFERENCE if only else Role.QUERY,
                to_store=True,
                cancel=cancel,
            )
        nothing = Found((), 0)
        found = nothing if only else self._indexes.search(line.library_id, media.print, cancel=cancel)
        self._results.write(line, media, found)

    def _leave_cancelled(self, line: Line) -> bool:
        """Go on behind a line that could not be stored but was cancelled meanwhile; False when it was not. LeaseLost
        when another worker has the import."""
        with self._database.sessions.begin() as session:
            if _is_waiting(session, line):
                return False
            finish(session, self._queue, line.task)
            self._queue.put(session, IMPORT, line.task.subject, lane=Lane.ANALYSIS)
        return True

    def _complete(self, task: Task) -> None:
        """Write the result file; a second worker would write the same again."""
        name = f"imports/{task.subject}.jsonl"
        with self._database.reads() as session:
            data = b"".join(_told(line, self._code_of) for line in _lines(session, task.subject))
        self._blobs.put(name, data)
        with self._database.sessions.begin() as session:
            finish(session, self._queue, task)
            counts = imports.counts(session, session.get_one(ImportRow, task.subject))
            chores.succeed(
                session, ImportRow, task.subject, stored=counts.stored, duplicates=counts.duplicates,
                failed=counts.failed, result_blob=name, result_bytes=len(data),
            )  # fmt: skip
            _forget_lines(session, task.subject)
            chores.announce(session, self._queue, ImportRow, task.subject)


def _next_line(session: Session, import_id: str) -> ImportLineRow | None:
    waiting = (ImportLineRow.import_id == import_id, ImportLineRow.state == WAITING)
    return session.scalar(select(ImportLineRow).where(*waiting).order_by(ImportLineRow.line).limit(1))


def _is_waiting(session: Session, line: Line) -> bool:
    state = select(ImportLineRow.state).where(
        ImportLineRow.import_id == line.task.subject, ImportLineRow.line == line.number
    )
    return session.scalar(state) == WAITING


def _has_lines(session: Session, import_id: str) -> bool:
    query = select(ImportLineRow.line).where(ImportLineRow.import_id == import_id).limit(1)
    return session.scalar(query) is not None


def _lines(session: Session, import_id: str) -> Sequence[ImportLineRow]:
    query = select(ImportLineRow).where(ImportLineRow.import_id == import_id)
    return session.scalars(query.order_by(ImportLineRow.line)).all()


def _note(session: Session, import_id: str, number: int, state: str, **values: object) -> None:
    session.execute(
        update(ImportLineRow)
        .where(ImportLineRow.import_id == import_id, ImportLineRow.line == number)
        .values(state=state, **values)
    )


def _forget_lines(session: Session, import_id: str) -> None:
    session.execute(delete(ImportLineRow).where(ImportLineRow.import_id == import_id))


def _line(task: Task, row: ImportRow, preset: str, line: ImportLineRow) -> Line:
    place = MediaPlace(line.bucket or "", line.location or "", line.object or "")
    request = JobRequest(place, line.primary_key or "", SaveType(row.save_type), row.library_id)
    return Line(task, line.line, row.library_id, preset, request)


def _values(import_id: str, line: ListLine) -> dict[str, object]:
    place, error = line.place, line.error
    return {
        "import_id": import_id,
        "line": line.number,
        "primary_key": line.primary_key,
        "bucket": None if place is None else place.bucket,
        "location": None if place is None else place.location,
        "object": None if place is None else place.object,
        "user_data": line.user_data,
        "state": WAITING if error is None else FAILED,
        "error_code": None if error is None else error.code,
        "error_message": None if error is None else error.message,
    }


def _told(line: ImportLineRow, code_of: CodeOf) -> bytes:
    """A line of the result file; what there is nothing to say of is left out."""
    values = {
        "Line": line.line,
        "PrimaryKey": line.primary_key,
        "Status": line.state,
        "FileId": line.file_id,
        "Code": None if line.error_code is None else code_of(line.error_code),
        "Message": line.error_message,
        "UserData": line.user_data,
    }
    told = {name: value for name, value in values.items() if value is not None}
    return json.dumps(told, ensure_ascii=False).encode() + b"\n"
