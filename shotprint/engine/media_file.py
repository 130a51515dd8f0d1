"""The bytes of a media file, as decoders get to see them.

FFmpeg only ever reads through `MediaFile`. It never learns a path or an address, so no playlist can make
it open another file or a connection, and what is decoded depends on the bytes alone, not on a name.
"""

from __future__ import annotations

import io
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from shotprint import errors


class MediaFile:
    """A seekable binary file; FFmpeg reads it through PyAV's Python I/O.

    PyAV copies whatever ``read`` returns into a buffer of the size asked for, and prints an exception that
    comes while another one waits. So nothing is raised while FFmpeg calls: `read` returns at most ``size``
    bytes, the first failure is kept and from then on the file is at its end; `check` raises it.

    Parameters
    ----------
    source : a path, or a seekable binary file object, which stays open and is the caller's to close.

    Raises
    ------
    MediaNotFound, MediaAccessDenied, MediaUnreadable
        The path names nothing, nothing that may be read, or no regular file.
    TemporaryError
        The file object fails at once.
    """

    def __init__(self, source: str | Path | BinaryIO) -> None:
        self._owned = isinstance(source, str | Path)
        self._file = _open(Path(source)) if isinstance(source, str | Path) else source
        self._failure: Exception | None = None
        if not self._file.seekable():
            raise errors.MediaUnreadable("The media has to be seekable.")
        try:
            self.size = self._file.seek(0, io.SEEK_END)
        except OSError as error:
            raise errors.TemporaryError(f"Reading the media failed: {error}") from error

    def head(self, size: int) -> bytes:
        """The first bytes; the position is at the start afterwards."""
        self.seek(0)
        data = self.read(size)
        self.seek(0)
        self.check()
        return data

    def read(self, size: int) -> bytes:
        if self._failure is not None:
            return b""
        try:
            return bytes(self._file.read(size)[:size])
        except Exception as failure:
            self._failure = failure
            return b""

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """The new position; -1 when there is no such place, which damaged files do ask for."""
        try:
            return self._file.seek(offset, whence)
        except Exception:
            return -1

    def tell(self) -> int:
        return self._file.tell()

    def check(self) -> None:
        """Raise what reading has met: our own errors as they are, any other as `TemporaryError`."""
        if isinstance(self._failure, errors.ShotprintError):
            raise self._failure
        if self._failure is not None:
            raise errors.TemporaryError(f"Reading the media failed: {self._failure}") from self._failure

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        if self._owned:
            self._file.close()


def _open(path: Path) -> BinaryIO:
    try:
        if path.exists() and not path.is_file():  # opening a pipe would wait for ever
            raise errors.MediaUnreadable(f"{path} is not a regular file.")
        return path.open("rb")
    except FileNotFoundError as error:
        raise errors.MediaNotFound(f"{path} was not found.") from error
    except PermissionError as error:
        raise errors.MediaAccessDenied(f"{path} may not be read.") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise errors.MediaUnreadable(f"{path} cannot be opened: {error}") from error
