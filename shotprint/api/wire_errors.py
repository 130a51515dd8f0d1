"""Error codes of the wire, and the only place where our own errors become one of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shotprint import errors
from shotprint.api.model import MPS, Spec, load_spec

__all__ = ["WIRE_CODES", "WireError", "job_code", "to_wire_error"]

WIRE_CODES: Final[Mapping[type[errors.ShotprintError], str]] = {
    errors.ShotprintError: "InternalError",
    errors.CallerError: "InvalidParameter",
    errors.MissingValue: "InvalidParameter.NullValue",
    errors.EmptyValue: "InvalidParameter.EmptyValue",
    errors.InvalidValue: "InvalidParameter",
    errors.OutOfRange: "InvalidParameter.OutOfRange",
    errors.NotSupported: "InvalidParameter.NotSupported",
    errors.InvalidState: "InvalidParameter.InvalidState",
    errors.Conflict: "InvalidParameter",
    errors.LimitExceeded: "LimitExceeded",
    errors.AccessDenied: "Forbidden.RAM",
    errors.NotFound: "InvalidParameter.ResourceNotFound",
    errors.LibraryNotFound: "InvalidParameter.DBNotExist",
    errors.JobNotFound: "InvalidParameter.ResourceNotFound",
    errors.AccountNotFound: "InvalidAccessKeyId.NotFound",
    errors.KeyNotFound: "InvalidAccessKeyId.NotFound",
    errors.MediaError: "InvalidParameter.ResourceContentBad",
    errors.MediaNotFound: "InvalidParameter.ResourceNotFound",
    errors.MediaAccessDenied: "PermissionDenied.ResourceAccess",
    errors.MediaUnreadable: "InvalidParameter.ResourceContentBad",
    errors.MediaTooSlow: "InvalidParameter.ResourceContentBad",
    errors.MediaNotSupported: "InvalidParameter.ResourceNotSupported",
    errors.MediaTooLarge: "InvalidParameter.OutOfRange",
    errors.MediaTooLong: "InvalidParameter.OutOfRange",
    errors.FingerprintError: "InternalError",
    errors.Cancelled: "Cancelled",
    errors.LeaseLost: "Cancelled",
    errors.TemporaryError: "ServiceUnavailable",
    errors.NotReady: "ServiceUnavailable",
    errors.TooManyAttempts: "Throttling.User",
    errors.InternalError: "InternalError",
}
"""Every class of `shotprint.errors`, one by one: a new class must be given its code here."""

_JOB_CODES: Final = {error.code: wire_code for error, wire_code in WIRE_CODES.items()}


class WireError(Exception):
    """What a caller gets instead of an answer.

    Attributes
    ----------
    code : one of those in the specification file, which also gives the HTTP status and the usual message.
    headers : additional HTTP headers of the answer.
    """

    def __init__(
        self, code: str, message: str | None = None, *, headers: Mapping[str, str] | None = None
    ) -> None:
        known = load_spec(MPS).errors[code]
        self.code = code
        self.status = known.status
        self.message = message or known.message
        self.headers = headers or {}
        super().__init__(f"{code}: {self.message}")

    def renamed(self, codes: Mapping[str, str]) -> WireError:
        """The same in a product's own code, where it has one in `codes`."""
        if self.code not in codes:
            return self
        return WireError(codes[self.code], self.message, headers=self.headers)


def to_wire_error(error: errors.ShotprintError, spec: Spec | None = None) -> WireError:
    """The wire's error for one of ours, in the words of `spec`, MPS when None. What went wrong inside stays
    inside: the log has it."""
    code = WIRE_CODES[type(error)]
    if code == "InternalError":
        return WireError(code)
    name = (spec or load_spec(MPS)).service_names.get(getattr(error, "parameter", None) or "")
    return WireError(code, f"{name}: {error.message}" if name else error.message)


def job_code(code: str) -> str:
    """The wire's code for the ``code`` of one of our errors, as a failed job keeps it."""
    return _JOB_CODES.get(code, "InternalError")
