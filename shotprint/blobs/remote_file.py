"""Objects in places that fsspec reaches, as seekable files whose faults are ours."""

from __future__ import annotations

import io
from typing import Any, BinaryIO, cast
from urllib.parse import quote

from shotprint.blobs.urls import RemoteRoot
from shotprint.errors import MediaUnreadable, TemporaryError

_READ_AHEAD = 1 << 20


def open_remote(root: RemoteRoot, key: str) -> tuple[BinaryIO, int]:
    """Open the object.

    Raises
    ------
    FileNotFoundError, PermissionError
    ValueError
        The place cannot have such a key.
    TemporaryError
        The place cannot be reached now.
    """
    if "?versionId=" in key:  # the object stores' clients would take it for an option and open another object
        raise FileNotFoundError(key)
    path = f"{root.prefix}/{quote(key) if _is_http(root) else key}"
    try:
        facts = root.system.info(path)
        if facts["type"] != "file":
            raise FileNotFoundError(key)
        size = facts["size"]
        if size is None:
            raise MediaUnreadable("The place does not say how large the object is")
        file = root.system.open(path, "rb")
    except (FileNotFoundError, PermissionError, ValueError, MediaUnreadable):
        raise
    except Exception as exc:  # each file system has errors of its own
        raise TemporaryError(f"The media's place cannot be reached: {type(exc).__name__}") from exc
    return cast(BinaryIO, io.BufferedReader(_RemoteFile(file), _READ_AHEAD)), int(size)


def _is_http(root: RemoteRoot) -> bool:
    protocol = root.system.protocol
    return "http" in ((protocol,) if isinstance(protocol, str) else protocol)


class _RemoteFile(io.RawIOBase):
    """Any fault while reading becomes TemporaryError, so that nobody takes it for a damaged file."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            data = self._file.read(len(buffer))
        except Exception as exc:  # each file system has errors of its own
            raise TemporaryError(f"The media's place broke off: {type(exc).__name__}") from exc
        buffer[: len(data)] = data
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return int(self._file.seek(offset, whence))

    def tell(self) -> int:
        return int(self._file.tell())

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()
