"""Files that browsers send, in chunks, one after the other.

An upload is a row and a file of this server until it is whole; then its bytes are an object of the bucket `BUCKET`,
which is kept beside our own blobs, so that every worker reads it. An upload that breaks off goes on where it was.
Its id is random and told to its own account only; so is the object's name, which is made of it.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from shotprint.blobs.store import BlobStore
from shotprint.errors import Conflict, InvalidState, InvalidValue, LimitExceeded, NotFound, OutOfRange
from shotprint.service.checks import check_text, is_id, new_id, now
from shotprint.service.types import MediaPlace
from shotprint.settings import UPLOADS as BUCKET
from shotprint.store.database import Database
from shotprint.store.models import AccountRow, UploadRow

MAX_NAME_BYTES = 1024
PRUNED_AT_ONCE = 20


@dataclass(frozen=True)
class UploadLimits:
    """Attributes
    ----------
    file_bytes, account_bytes : of one file, and of all that an account has sent and are kept.
    idle : an upload that gets no chunk for so long is given up.
    kept_for : how long a whole one is kept; None: for good.
    """

    file_bytes: int
    account_bytes: int
    idle: timedelta
    kept_for: timedelta | None


@dataclass(frozen=True)
class Upload:
    """Attributes
    ----------
    job_id : of the job that it is there for alone; None: for any.
    """

    id: str
    account_id: str
    name: str
    size_bytes: int
    received_bytes: int
    created: datetime
    finished: datetime | None
    expires: datetime | None
    job_id: str | None = None

    @property
    def place(self) -> MediaPlace:
        """Where jobs read it, once it is whole."""
        return MediaPlace(BUCKET, "", f"{self.account_id}/{self.id}")


class Uploads:
    """An account's uploads.

    Parameters
    ----------
    directory : where files are while they arrive; of this server.
    """

    def __init__(
        self,
        database: Database,
        blobs: BlobStore,
        directory: Path,
        limits: UploadLimits,
        *,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._directory = directory
        self._limits = limits
        self._clock = clock

    def begin(self, account_id: str, name: str, size_bytes: int) -> Upload:
        """Make room for a file.

        Raises
        ------
        OutOfRange
            It is empty, or larger than a file may be.
        LimitExceeded
            The account's files would be larger than they may be together.
        EmptyValue, InvalidValue
        """
        check_text(name, "name", max_bytes=MAX_NAME_BYTES, empty=False)
        if not 1 <= size_bytes <= self._limits.file_bytes:
            raise OutOfRange(
                f"The file has {size_bytes} bytes; 1 to {self._limits.file_bytes} are allowed",
                parameter="size",
            )
        self.prune()
        moment = self._clock()
        with self._database.sessions.begin() as session:
            # Locked, so that two don't take the same room.
            session.execute(select(AccountRow.id).where(AccountRow.id == account_id).with_for_update())
            used = select(func.coalesce(func.sum(UploadRow.size_bytes), 0))
            taken = int(session.scalar(used.where(UploadRow.account_id == account_id)) or 0)
            if taken + size_bytes > self._limits.account_bytes:
                raise LimitExceeded(
                    f"Uploaded files take {taken} of {self._limits.account_bytes} bytes; delete some first"
                )
            row = UploadRow(
                id=new_id(), account_id=account_id, name=name, size_bytes=size_bytes, received_bytes=0,
                created=moment, finished=None, expires=moment + self._limits.idle, job_id=None,
            )  # fmt: skip
            session.add(row)
        upload = _upload(row)
        self._directory.mkdir(parents=True, exist_ok=True)
        self._path(upload).touch(0o600, exist_ok=False)
        return upload

    def append(self, account_id: str, upload_id: str, offset: int, chunk: bytes) -> Upload:
        """Take the bytes from `offset` on; with the last of them the file is whole.

        Raises
        ------
        NotFound
            The account has no such upload.
        Conflict
            `offset` is not how far the upload is, or another chunk is just arriving.
        InvalidState
            This server has not what came before: another one has it, or it was lost.
        InvalidValue
            There are more bytes than were announced, or none.
        """
        upload = self.get(account_id, upload_id)
        if upload.finished is not None:
            raise _elsewhere(upload)
        if self._is_whole(upload):  # which could not be noted then
            return self._note(upload, upload.size_bytes, whole=True)
        with self._part(upload) as part:
            upload = self.get(account_id, upload_id)  # as it is since nobody else can change it
            if offset != upload.received_bytes or upload.finished is not None:
                raise _elsewhere(upload)
            received = offset + len(chunk)
            if not chunk or received > upload.size_bytes:
                raise InvalidValue(f"{received} of {upload.size_bytes} bytes cannot be", parameter="chunk")
            if os.fstat(part).st_size < offset:
                raise _lost(upload)
            _write(part, chunk, offset)
            whole = received == upload.size_bytes
            if whole:
                os.truncate(part, received)
                os.fsync(part)
                self._blobs.put_file(_blob(upload), self._path(upload))
            return self._note(upload, received, whole=whole)

    def get(self, account_id: str, upload_id: str) -> Upload:
        """The upload of that id; NotFound when the account has none, any more."""
        with self._database.reads() as session:
            return _upload(find(session, account_id, upload_id))

    def newest(self, account_id: str, limit: int) -> list[Upload]:
        """The account's last uploads, newest first."""
        own = select(UploadRow).where(UploadRow.account_id == account_id)
        with self._database.reads() as session:
            rows = session.scalars(own.order_by(UploadRow.created.desc(), UploadRow.id.desc()).limit(limit))
            return [_upload(row) for row in rows]

    def used_bytes(self, account_id: str) -> int:
        """Bytes of all the account's uploads."""
        used = select(func.coalesce(func.sum(UploadRow.size_bytes), 0))
        with self._database.reads() as session:
            return int(session.scalar(used.where(UploadRow.account_id == account_id)) or 0)

    def delete(self, account_id: str, upload_id: str) -> Upload:
        """Remove an upload, whole or not; jobs that still want it fail. NotFound as with `get`."""
        with self._database.sessions.begin() as session:
            row = find(session, account_id, upload_id)
            upload = _upload(row)
            session.delete(row)
        self._remove_bytes(upload)
        return upload

    def prune(self) -> None:
        """Remove some uploads, of whichever account, that were given up or kept long enough."""
        over = select(UploadRow.id).where(UploadRow.expires < self._clock()).limit(PRUNED_AT_ONCE)
        with self._database.sessions.begin() as session:
            ids = session.scalars(over).all()
            gone = delete(UploadRow).where(UploadRow.id.in_(ids)).returning(UploadRow)
            uploads = [_upload(row) for row in session.scalars(gone)]
        for upload in uploads:
            self._remove_bytes(upload)

    def _note(self, upload: Upload, received: int, *, whole: bool) -> Upload:
        moment, kept_for = self._clock(), self._limits.kept_for
        with self._database.sessions.begin() as session:
            row = find(session, upload.account_id, upload.id)
            row.received_bytes = received
            row.expires = moment + self._limits.idle
            if whole:
                row.finished = moment
                row.expires = None if kept_for is None else moment + kept_for
            return _upload(row)

    @contextmanager
    def _part(self, upload: Upload) -> Iterator[int]:
        """The file that arrives, for nobody else meanwhile. It is made once, with the upload."""
        try:
            handle = os.open(self._path(upload), os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError as exc:
            raise _lost(upload) from exc
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as exc:
                raise Conflict("Another part of this file is just arriving", parameter="offset") from exc
            yield handle
        finally:
            os.close(handle)

    def _is_whole(self, upload: Upload) -> bool:
        """Whether all its bytes are where jobs read them."""
        return not self._path(upload).exists() and self._blobs.exists(_blob(upload))

    def _path(self, upload: Upload) -> Path:
        return self._directory / f"{upload.id}.part"

    def _remove_bytes(self, upload: Upload) -> None:
        self._path(upload).unlink(missing_ok=True)
        self._blobs.delete(_blob(upload))


def find(session: Session, account_id: str, upload_id: str) -> UploadRow:
    """The account's upload of that id; NotFound when it has none."""
    row = session.get(UploadRow, upload_id) if is_id(upload_id) else None
    if row is None or row.account_id != account_id:
        raise NotFound(f"There is no upload {upload_id!r}", parameter="upload_id")
    return row


def _write(handle: int, chunk: bytes, offset: int) -> None:
    """All of it: a nearly full disk takes a part and says so only by the number."""
    rest = memoryview(chunk)
    while rest:
        written = os.pwrite(handle, rest, offset)
        rest, offset = rest[written:], offset + written


def _elsewhere(upload: Upload) -> Conflict:
    return Conflict(f"The upload is at {upload.received_bytes} bytes", parameter="offset")


def _lost(upload: Upload) -> InvalidState:
    return InvalidState(
        f"What was sent of {upload.name} before is not on this server. Send it from the beginning",
        parameter="upload_id",
    )


def _blob(upload: Upload) -> str:
    return f"{BUCKET}/{upload.account_id}/{upload.id}"


def _upload(row: UploadRow) -> Upload:
    return Upload(
        row.id, row.account_id, row.name, row.size_bytes, row.received_bytes, row.created, row.finished,
        row.expires, row.job_id,
    )  # fmt: skip
