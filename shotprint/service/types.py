"""Plain values of the service: what the store keeps, and what callers get. All times are aware UTC datetimes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeVar

from shotprint.engine.types import Match, Modality

__all__ = [
    "AccessKey",
    "Account",
    "File",
    "FileFilter",
    "Job",
    "JobFilter",
    "JobRequest",
    "JobState",
    "Library",
    "LibraryState",
    "MediaPlace",
    "Modality",
    "Page",
    "Report",
    "SaveType",
]


T = TypeVar("T")


class LibraryState(StrEnum):
    OFFLINE = "offline"
    ACTIVE = "active"
    DELETED = "deleted"


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class SaveType(StrEnum):
    """What an analysis does with the file: search only; search and store unless a duplicate was found; search
    and store; store without searching."""

    NOSAVE = "nosave"
    SAVE = "save"
    FORCESAVE = "forcesave"
    ONLYSAVE = "onlysave"


@dataclass(frozen=True)
class Account:
    id: str
    name: str
    created: datetime


@dataclass(frozen=True)
class AccessKey:
    id: str
    account_id: str
    secret: str
    enabled: bool
    created: datetime

    def __repr__(self) -> str:
        return f"AccessKey(id={self.id!r}, account_id={self.account_id!r}, enabled={self.enabled})"


@dataclass(frozen=True)
class Library:
    id: str
    account_id: str
    name: str
    modality: Modality
    description: str | None
    config: str | None
    state: LibraryState
    created: datetime
    file_count: int
    duration_s: float
    """Seconds of media stored in it, all files together."""


@dataclass(frozen=True)
class MediaPlace:
    """Where a media file is: a bucket that the settings map to a URL, and an object name as the caller sent it."""

    bucket: str
    location: str
    object: str


@dataclass(frozen=True)
class JobRequest:
    """An analysis as submitted. ``input_text`` is echoed, never read."""

    place: MediaPlace
    primary_key: str
    save_type: SaveType
    library_id: str | None = None  # None: the account's default library
    similarity_threshold: float | None = None  # None: the preset's default
    pipeline_id: str | None = None
    user_data: str | None = None
    input_text: str | None = None


@dataclass(frozen=True)
class Job:
    id: str
    account_id: str
    request: JobRequest  # library_id is always filled in
    state: JobState
    created: datetime
    finished: datetime | None
    duration_s: float | None
    file_id: str | None
    matches: tuple[Match, ...]
    error_code: str | None  # a code of shotprint.errors
    error_message: str | None
    progress: float  # 0 to 1


@dataclass(frozen=True)
class JobFilter:
    state: JobState | None = None
    created_from: datetime | None = None  # inclusive
    created_to: datetime | None = None  # inclusive
    pipeline_id: str | None = None


@dataclass(frozen=True)
class File:
    id: str
    library_id: str
    primary_key: str
    place: MediaPlace
    stored: datetime
    duration_s: float
    size_bytes: int


@dataclass(frozen=True)
class FileFilter:
    stored_after: datetime | None = None  # exclusive
    stored_before: datetime | None = None  # exclusive


@dataclass(frozen=True)
class Page(Generic[T]):
    items: tuple[T, ...]
    next_token: str | None


@dataclass(frozen=True)
class Report:
    """A caller's word on a failed job."""

    id: str
    account_id: str
    job_id: str
    result: str
    details: str | None
    created: datetime
