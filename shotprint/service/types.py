"""Plain values of the service: what the store keeps, and what callers get. All times are aware UTC datetimes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Generic, TypeVar

from shotprint.engine.types import Match, MediaInfo, Modality, TextType

__all__ = [
    "AccessKey",
    "Account",
    "ComparedMedia",
    "Comparison",
    "ComparisonRequest",
    "ComparisonResult",
    "DeletionKind",
    "Ended",
    "File",
    "FileDeletion",
    "FileFilter",
    "FramePlaces",
    "ImportCounts",
    "ImportJob",
    "ImportRequest",
    "Job",
    "JobFilter",
    "JobRequest",
    "JobState",
    "Library",
    "LibraryDeletion",
    "LibraryState",
    "MediaPlace",
    "Modality",
    "Notification",
    "NotificationFilter",
    "NotificationState",
    "Page",
    "Pipeline",
    "Report",
    "SaveType",
    "Subject",
    "TextType",
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
    """A key that signs calls.

    Attributes
    ----------
    expires : when it ends; None for a key that lasts.
    token : the security token that its calls must carry; only keys that expire have one.
    allowed_operations : names of operations that it may call, ``*`` standing for any letters; None for all.
    allowed_libraries : ids of the libraries that it may use; None for all of the account.
    """

    id: str
    account_id: str
    secret: str
    enabled: bool
    created: datetime
    expires: datetime | None = None
    token: str | None = None
    allowed_operations: frozenset[str] | None = None
    allowed_libraries: frozenset[str] | None = None

    def may_call(self, operation: str) -> bool:
        """Whether the key allows the operation."""
        allowed = self.allowed_operations
        return allowed is None or any(fnmatchcase(operation, pattern) for pattern in allowed)

    def may_use(self, library_id: str) -> bool:
        """Whether the key allows the library."""
        return self.allowed_libraries is None or library_id in self.allowed_libraries

    def __repr__(self) -> str:
        return f"AccessKey(id={self.id!r}, account_id={self.account_id!r}, enabled={self.enabled})"


@dataclass(frozen=True)
class Library:
    id: str
    account_id: str
    name: str
    modality: Modality
    preset: str
    description: str | None
    config: str | None
    state: LibraryState
    created: datetime
    file_count: int
    duration_s: float
    """Seconds of media stored in it, all files together."""
    size_bytes: int  # of that media


@dataclass(frozen=True)
class MediaPlace:
    """Where a media file is: a bucket that the settings map to a URL, and an object name as the caller sent it."""

    bucket: str
    location: str
    object: str


@dataclass(frozen=True)
class JobRequest:
    """An analysis as submitted. ``input_text`` is echoed, never read.

    ``modality`` is what the caller takes the library to hold, None when that is not said. ``text_type`` is what a text
    is said to be; None: to be found out.
    """

    place: MediaPlace
    primary_key: str
    save_type: SaveType
    library_id: str | None = None  # None: the account's default library
    similarity_threshold: float | None = None  # None: the preset's default
    pipeline_id: str | None = None
    user_data: str | None = None
    input_text: str | None = None
    modality: Modality | None = None
    text_type: TextType | None = None


@dataclass(frozen=True)
class Job:
    id: str
    account_id: str
    request: JobRequest  # library_id and modality are always filled in
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
    library_id: str | None = None
    text: str | None = None  # the id of a job, or the primary key of a file, whole
    created_from: datetime | None = None  # inclusive
    created_to: datetime | None = None  # inclusive
    pipeline_id: str | None = None
    primary_keys: tuple[str, ...] | None = None  # any of these
    library_ids: frozenset[str] | None = None


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
    key_part: str | None = None  # somewhere in the primary key, in whatever case


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


@dataclass(frozen=True)
class Pipeline:
    """Where an account is told that its jobs ended. The secret signs what is sent to the target."""

    id: str
    account_id: str
    name: str
    target: str = field(repr=False)  # a broker's URL has a password
    secret: str = field(repr=False)
    created: datetime


class Subject(StrEnum):
    """What a notification is about: the kinds of jobs, and a test."""

    ANALYSIS = "analysis"
    COMPARISON = "comparison"
    IMPORT = "import"
    FILE_DELETION = "file_deletion"
    LIBRARY_DELETION = "library_deletion"
    TEST = "test"


@dataclass(frozen=True)
class Ended:
    """What there is to tell about a job that ended: SUCCEEDED or FAILED."""

    subject: Subject
    job_id: str
    state: JobState
    user_data: str | None = None
    error_code: str | None = None  # a code of shotprint.errors
    error_message: str | None = None
    matches: tuple[Match, ...] = ()  # of an analysis; not kept with the notification


class NotificationState(StrEnum):
    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"  # given up; can be sent again by hand


@dataclass(frozen=True)
class Notification:
    """One message to a pipeline's target, and how far it is."""

    id: str
    account_id: str
    pipeline_id: str
    ended: Ended
    state: NotificationState
    attempts: int
    created: datetime
    next_attempt: datetime | None  # while it waits
    delivered: datetime | None
    last_error: str | None


@dataclass(frozen=True)
class NotificationFilter:
    pipeline_id: str | None = None
    state: NotificationState | None = None


@dataclass(frozen=True)
class FileDeletion:
    """A request to remove files from a library: those of the ids and those of the primary keys together. Files
    that are not there are nothing to remove."""

    id: str
    account_id: str
    library_id: str
    file_ids: tuple[str, ...]
    primary_keys: tuple[str, ...]
    pipeline_id: str | None
    user_data: str | None
    state: JobState
    created: datetime
    finished: datetime | None
    error_code: str | None
    error_message: str | None


class DeletionKind(StrEnum):
    """Empty a library, or remove it altogether."""

    PURGE = "purge"
    DELETE = "delete"


@dataclass(frozen=True)
class LibraryDeletion:
    id: str
    account_id: str
    library_id: str
    kind: DeletionKind
    pipeline_id: str | None
    user_data: str | None
    state: JobState
    created: datetime
    finished: datetime | None
    error_code: str | None
    error_message: str | None


@dataclass(frozen=True)
class ImportRequest:
    """A bulk import as submitted. ``place`` is the list's; the texts are echoed, never read."""

    library_id: str
    place: MediaPlace
    save_type: SaveType  # save or onlysave
    pipeline_id: str | None = None
    user_data: str | None = None
    input_text: str | None = None
    config_text: str | None = None


@dataclass(frozen=True)
class ImportCounts:
    """What became of a list's lines so far."""

    stored: int = 0
    duplicates: int = 0
    failed: int = 0
    waiting: int = 0


@dataclass(frozen=True)
class ImportJob:
    """A bulk import. ``result_blob`` names the file that says what became of each line, once it succeeded."""

    id: str
    account_id: str
    library_id: str
    place: MediaPlace
    save_type: SaveType
    pipeline_id: str | None
    user_data: str | None
    input_text: str | None
    config_text: str | None
    state: JobState
    created: datetime
    finished: datetime | None
    error_code: str | None
    error_message: str | None
    counts: ImportCounts
    result_blob: str | None
    result_bytes: int | None


@dataclass(frozen=True)
class ComparisonRequest:
    """Two files to be compared. The texts are echoed, never read.

    ``frame_storage`` is where the matched frames shall be written, its object a prefix; None: nowhere.
    """

    master: MediaPlace
    query: MediaPlace
    library_id: str | None = None
    frame_storage: MediaPlace | None = None
    pipeline_id: str | None = None
    user_data: str | None = None
    master_text: str | None = None
    query_text: str | None = None


@dataclass(frozen=True)
class ComparedMedia:
    """One of two compared files; ``print_frames`` says how many of its pictures were fingerprinted."""

    info: MediaInfo
    print_frames: int


@dataclass(frozen=True)
class FramePlaces:
    """Where the frames of a comparison were written: a zip of pictures for each side, and their description."""

    master_frames: MediaPlace
    query_frames: MediaPlace
    description: MediaPlace


@dataclass(frozen=True)
class ComparisonResult:
    """What two files have in common: the match of the query with the master, if there is one."""

    matches: tuple[Match, ...]
    master: ComparedMedia
    query: ComparedMedia
    frames: FramePlaces | None


@dataclass(frozen=True)
class Comparison:
    id: str
    account_id: str
    library_id: str | None
    master: MediaPlace
    query: MediaPlace
    frame_storage: MediaPlace | None
    master_text: str | None
    query_text: str | None
    pipeline_id: str | None
    user_data: str | None
    state: JobState
    created: datetime
    finished: datetime | None
    error_code: str | None
    error_message: str | None
    result: ComparisonResult | None
