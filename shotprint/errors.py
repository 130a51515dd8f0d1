"""Every error that shotprint raises on purpose.

::

    ShotprintError
    ├── CallerError              the request is wrong; repeating it does not help
    │   ├── MissingValue  EmptyValue  InvalidValue  OutOfRange  NotSupported  InvalidState
    │   ├── Conflict  LimitExceeded  AccessDenied
    │   └── NotFound ── LibraryNotFound  JobNotFound  AccountNotFound  KeyNotFound
    ├── MediaError               this file cannot be analysed; another one could
    │   ├── MediaNotFound  MediaAccessDenied
    │   └── MediaUnreadable  MediaNotSupported  MediaTooLarge  MediaTooLong
    ├── FingerprintError         bytes that are not a fingerprint that we can read
    ├── Cancelled                somebody asked the work to stop
    │   └── LeaseLost            another worker has the task by now
    ├── TemporaryError           try again later
    │   ├── NotReady             something else has to happen first; no attempt was made
    │   └── TooManyAttempts      somebody guesses; nothing is said until a while has passed
    └── InternalError            our fault

Each class carries a stable ``code``; the docstring is the message when none is given. Retries and
HTTP statuses follow the branches, so a new error belongs in the branch that says whose fault it is.
"""

from __future__ import annotations

import inspect
from typing import ClassVar


class ShotprintError(Exception):
    """Something went wrong."""

    code: ClassVar[str] = "error"

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or inspect.cleandoc(self.__doc__ or "").splitlines()[0])

    @property
    def message(self) -> str:
        return str(self.args[0])


class CallerError(ShotprintError):
    """The request is not valid."""

    code = "invalid_request"

    def __init__(self, message: str | None = None, *, parameter: str | None = None) -> None:
        super().__init__(message)
        self.parameter = parameter  # in the product's own words, e.g. "similarity_threshold"


class MissingValue(CallerError):
    """A value that must be given is missing."""

    code = "missing_value"


class EmptyValue(CallerError):
    """A value is empty."""

    code = "empty_value"


class InvalidValue(CallerError):
    """A value is not valid."""

    code = "invalid_value"


class OutOfRange(CallerError):
    """A value is outside its range."""

    code = "out_of_range"


class NotSupported(CallerError):
    """The value is valid but not supported here."""

    code = "not_supported"


class InvalidState(CallerError):
    """The object is in a state that does not allow this."""

    code = "invalid_state"


class Conflict(CallerError):
    """Another object of that name exists already."""

    code = "conflict"


class LimitExceeded(CallerError):
    """There are as many as may be."""

    code = "limit_exceeded"


class AccessDenied(CallerError):
    """Whoever asks may not do this."""

    code = "access_denied"


class NotFound(CallerError):
    """The object does not exist."""

    code = "not_found"


class LibraryNotFound(NotFound):
    """The library does not exist."""

    code = "library_not_found"


class JobNotFound(NotFound):
    """The job does not exist."""

    code = "job_not_found"


class AccountNotFound(NotFound):
    """The account does not exist."""

    code = "account_not_found"


class KeyNotFound(NotFound):
    """The access key does not exist."""

    code = "key_not_found"


class MediaError(ShotprintError):
    """The media file cannot be analysed."""

    code = "media_error"


class MediaNotFound(MediaError):
    """The media file was not found."""

    code = "media_not_found"


class MediaAccessDenied(MediaError):
    """The media file may not be read."""

    code = "media_access_denied"


class MediaUnreadable(MediaError):
    """The media file is damaged or is no media file."""

    code = "media_unreadable"


class MediaTooSlow(MediaUnreadable):
    """The file takes too long to be decoded, or breaks the decoder."""

    code = "media_too_slow"


class MediaNotSupported(MediaError):
    """The media file is of a kind that is not supported."""

    code = "media_not_supported"


class MediaTooLarge(MediaError):
    """The media file is larger than the limit."""

    code = "media_too_large"


class MediaTooLong(MediaError):
    """The media file is longer than the limit."""

    code = "media_too_long"


class FingerprintError(ShotprintError):
    """The bytes are not a fingerprint that this version can read."""

    code = "fingerprint_unreadable"


class Cancelled(ShotprintError):
    """The work was cancelled."""

    code = "cancelled"


class LeaseLost(Cancelled):
    """Another worker has the task by now."""

    code = "lease_lost"


class TemporaryError(ShotprintError):
    """A temporary fault; try again later."""

    code = "temporary"


class NotReady(TemporaryError):
    """Something that this work needs is not ready yet."""

    code = "not_ready"


class TooManyAttempts(TemporaryError):
    """There were too many attempts; try again later."""

    code = "too_many_attempts"


class InternalError(ShotprintError):
    """An internal error."""

    code = "internal"
