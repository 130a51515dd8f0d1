"""Uploads: whole only when every byte is there, of one account alone, within limits, gone when given up."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shotprint.blobs.store import BlobStore
from shotprint.errors import (
    Conflict,
    EmptyValue,
    InvalidState,
    InvalidValue,
    LimitExceeded,
    NotFound,
    OutOfRange,
)
from shotprint.service.types import Account
from shotprint.service.uploads import UploadLimits, Uploads
from shotprint.wiring import App

DATA = os.urandom(1000)


class Clock:
    def __init__(self) -> None:
        self.moment = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.moment


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def parts(tmp_path: Path) -> Path:
    return tmp_path / "parts"


@pytest.fixture
def make(app: App, parts: Path, clock: Clock) -> Callable[..., Uploads]:
    def make(kept_for: timedelta | None = timedelta(days=3)) -> Uploads:
        limits = UploadLimits(2000, 2500, timedelta(hours=1), kept_for)
        return Uploads(app.database, BlobStore(app.settings.blobs_url), parts, limits, clock=clock)

    return make


@pytest.fixture
def uploads(make: Callable[..., Uploads]) -> Uploads:
    return make()


def send(uploads: Uploads, account: Account, data: bytes = DATA, name: str = "one.mp4") -> str:
    upload = uploads.begin(account.id, name, len(data))
    for offset in range(0, len(data), 300):
        uploads.append(account.id, upload.id, offset, data[offset : offset + 300])
    return upload.id


def test_a_whole_upload_can_be_read_by_jobs(app: App, mine: Account, uploads: Uploads, parts: Path) -> None:
    upload = uploads.get(mine.id, send(uploads, mine))
    assert upload.finished is not None
    with app.buckets.open(upload.place.bucket, upload.place.object) as (file, size):
        assert (file.read(), size) == (DATA, len(DATA))
    assert list(parts.iterdir()) == []


def test_an_upload_that_is_not_whole_can_be_read_by_nobody(app: App, mine: Account, uploads: Uploads) -> None:
    upload = uploads.begin(mine.id, "one.mp4", 1000)
    upload = uploads.append(mine.id, upload.id, 0, DATA[:999])
    assert upload.finished is None
    assert not BlobStore(app.settings.blobs_url).exists(f"{upload.place.bucket}/{upload.place.object}")


def test_a_chunk_has_to_come_where_the_upload_is(mine: Account, uploads: Uploads) -> None:
    upload = uploads.begin(mine.id, "one.mp4", 1000)
    uploads.append(mine.id, upload.id, 0, DATA[:300])
    for offset in (0, 299, 301, 1000):
        with pytest.raises(Conflict):
            uploads.append(mine.id, upload.id, offset, DATA[300:400])
    with pytest.raises(InvalidValue):
        uploads.append(mine.id, upload.id, 300, DATA[300:] + b"x")
    with pytest.raises(InvalidValue):
        uploads.append(mine.id, upload.id, 300, b"")
    assert uploads.get(mine.id, upload.id).received_bytes == 300


def test_bytes_of_a_chunk_that_was_not_noted_are_written_again(
    app: App, mine: Account, uploads: Uploads, parts: Path
) -> None:
    upload = uploads.begin(mine.id, "one.mp4", 1000)
    uploads.append(mine.id, upload.id, 0, DATA[:300])
    with (parts / f"{upload.id}.part").open("ab") as part:  # as after a crash
        part.write(b"rubbish" * 1000)
    done = uploads.append(mine.id, upload.id, 300, DATA[300:])
    with app.buckets.open(done.place.bucket, done.place.object) as (file, _):
        assert file.read() == DATA


@pytest.mark.parametrize("kept", [None, 0, 299])
def test_bytes_that_are_not_on_this_server_are_never_made_up(
    app: App, mine: Account, uploads: Uploads, parts: Path, kept: int | None
) -> None:
    """They are another server's, or were lost; whatever goes on after them would have zeros in their place."""
    upload = uploads.begin(mine.id, "one.mp4", 1000)
    uploads.append(mine.id, upload.id, 0, DATA[:300])
    part = parts / f"{upload.id}.part"
    if kept is None:
        part.unlink()
    else:
        os.truncate(part, kept)
    with pytest.raises(InvalidState, match="from the beginning"):
        uploads.append(mine.id, upload.id, 300, DATA[300:])
    assert uploads.get(mine.id, upload.id).received_bytes == 300
    assert not BlobStore(app.settings.blobs_url).exists(f"{upload.place.bucket}/{upload.place.object}")


def test_another_server_takes_no_chunk(app: App, mine: Account, uploads: Uploads, tmp_path: Path) -> None:
    limits = UploadLimits(2000, 2500, timedelta(hours=1), None)
    other = Uploads(app.database, BlobStore(app.settings.blobs_url), tmp_path / "other", limits)
    upload = uploads.begin(mine.id, "one.mp4", 1000)
    with pytest.raises(InvalidState):
        other.append(mine.id, upload.id, 0, DATA[:300])
    uploads.append(mine.id, upload.id, 0, DATA[:300])
    with pytest.raises(InvalidState):
        other.append(mine.id, upload.id, 300, DATA[300:])
    done = uploads.append(mine.id, upload.id, 300, DATA[300:])
    with app.buckets.open(done.place.bucket, done.place.object) as (file, _):
        assert file.read() == DATA


def test_a_whole_upload_that_was_not_noted_is_found_whole(
    app: App, mine: Account, uploads: Uploads, parts: Path
) -> None:
    upload = uploads.begin(mine.id, "one.mp4", 1000)
    uploads.append(mine.id, upload.id, 0, DATA[:300])
    part = parts / f"{upload.id}.part"
    part.write_bytes(DATA)  # as after a crash between moving the file and noting it
    BlobStore(app.settings.blobs_url).put_file(f"{upload.place.bucket}/{upload.place.object}", part)
    done = uploads.append(mine.id, upload.id, 300, DATA[300:])
    assert (done.finished is not None, done.received_bytes) == (True, 1000)
    with app.buckets.open(done.place.bucket, done.place.object) as (file, _):
        assert file.read() == DATA
    uploads.delete(mine.id, upload.id)
    assert not BlobStore(app.settings.blobs_url).exists(f"{upload.place.bucket}/{upload.place.object}")


def test_a_disk_that_takes_a_part_of_a_chunk_gets_the_rest(
    mine: Account, uploads: Uploads, parts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda handle, data, offset: write(handle, data[:7], offset))
    upload = uploads.begin(mine.id, "one.mp4", 1000)
    uploads.append(mine.id, upload.id, 0, DATA[:300])
    assert (parts / f"{upload.id}.part").read_bytes() == DATA[:300]


def test_a_whole_upload_takes_no_more(mine: Account, uploads: Uploads) -> None:
    upload_id = send(uploads, mine)
    for offset in (0, 1000):
        with pytest.raises(Conflict):
            uploads.append(mine.id, upload_id, offset, b"x")


@pytest.mark.parametrize(
    ("name", "size", "error"),
    [("", 1, EmptyValue), ("a\0", 1, InvalidValue), ("a" * 1025, 1, OutOfRange), ("a", 0, OutOfRange),
     ("a", -1, OutOfRange), ("a", 2001, OutOfRange)],
)  # fmt: skip
def test_what_cannot_be_uploaded(
    mine: Account, uploads: Uploads, name: str, size: int, error: type[Exception]
) -> None:
    with pytest.raises(error):
        uploads.begin(mine.id, name, size)


def test_an_account_has_so_much_room_and_gets_it_back(app: App, mine: Account, uploads: Uploads) -> None:
    first = uploads.begin(mine.id, "one.mp4", 1500)
    with pytest.raises(LimitExceeded):
        uploads.begin(mine.id, "two.mp4", 1001)
    uploads.begin(app.accounts.create("other").id, "two.mp4", 1500)
    assert uploads.used_bytes(mine.id) == 1500
    uploads.delete(mine.id, first.id)
    assert uploads.used_bytes(mine.id) == 0
    uploads.begin(mine.id, "two.mp4", 2000)


def test_another_accounts_uploads_are_not_there(app: App, mine: Account, uploads: Uploads) -> None:
    other = app.accounts.create("other")
    upload_id = send(uploads, mine)
    for attempt in (
        lambda: uploads.get(other.id, upload_id),
        lambda: uploads.append(other.id, upload_id, 0, b"x"),
        lambda: uploads.delete(other.id, upload_id),
        lambda: uploads.get(other.id, "../" + upload_id),
    ):
        with pytest.raises(NotFound):
            attempt()
    assert uploads.newest(other.id, 10) == []
    assert [upload.id for upload in uploads.newest(mine.id, 10)] == [upload_id]


def test_what_is_given_up_and_what_was_kept_long_enough_is_removed(
    app: App, mine: Account, uploads: Uploads, clock: Clock, parts: Path
) -> None:
    blobs = BlobStore(app.settings.blobs_url)
    given_up = uploads.begin(mine.id, "one.mp4", 1000)
    uploads.append(mine.id, given_up.id, 0, b"x")
    whole = uploads.get(mine.id, send(uploads, mine))
    name = f"{whole.place.bucket}/{whole.place.object}"
    clock.moment += timedelta(minutes=59)
    uploads.append(mine.id, given_up.id, 1, b"y")  # begins the waiting anew
    clock.moment += timedelta(minutes=59)
    uploads.prune()
    assert uploads.get(mine.id, given_up.id)
    clock.moment += timedelta(minutes=2)
    uploads.prune()
    with pytest.raises(NotFound):
        uploads.get(mine.id, given_up.id)
    assert list(parts.iterdir()) == []
    assert blobs.exists(name)
    clock.moment += timedelta(days=3)
    uploads.prune()
    assert not blobs.exists(name)


def test_whole_uploads_may_be_kept_for_good(
    mine: Account, make: Callable[..., Uploads], clock: Clock
) -> None:
    uploads = make(kept_for=None)
    upload_id = send(uploads, mine)
    clock.moment += timedelta(days=10_000)
    uploads.prune()
    assert uploads.get(mine.id, upload_id).expires is None
