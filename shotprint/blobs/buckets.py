"""Callers' media: bucket names that the settings map to places, and objects in them.

An object name comes from a stranger. It is percent-decoded once (``+`` stays a plus); if nothing is there,
the name is tried as sent. No name leads out of its bucket's place: ``..``, absolute names and NUL name
no objects, and a link is followed only to files inside. All of that is answered as "not found", the same
whether something is there or not.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote

from shotprint.blobs.listing import Listing, list_local, list_remote
from shotprint.blobs.remote_file import open_remote
from shotprint.blobs.store import write_file, write_remote
from shotprint.blobs.urls import LocalRoot, open_root
from shotprint.errors import MediaAccessDenied, MediaNotFound, MediaTooLarge, TemporaryError

_ABSENT = {
    errno.ENOENT,
    errno.ENOTDIR,
    errno.EISDIR,
    errno.ELOOP,
    errno.ENAMETOOLONG,
    errno.EINVAL,
    errno.ENXIO,
}


class Buckets:
    """The buckets that can be read.

    Parameters
    ----------
    places : bucket name → fsspec URL, or directory.
    max_bytes : larger objects are refused before anything of them is read.
    writable : the names of those that can be written into, too.
    """

    def __init__(self, places: Mapping[str, str], *, max_bytes: int, writable: Collection[str] = ()) -> None:
        self._places = dict(places)
        self._writable = frozenset(writable)
        self._max_bytes = max_bytes

    @contextmanager
    def open(self, bucket: str, name: str) -> Iterator[tuple[BinaryIO, int]]:
        """The object's bytes as a seekable file, and how many they are.

        Parameters
        ----------
        bucket, name : as the caller sent them.

        Raises
        ------
        MediaNotFound, MediaAccessDenied, MediaTooLarge
        TemporaryError
            The place cannot be reached now; raised by reading, too.
        """
        file, size = self._find(bucket, name)
        with file:
            if size > self._max_bytes:
                raise MediaTooLarge(
                    f"The object {name} in bucket {bucket} has {size} bytes; "
                    f"at most {self._max_bytes} are allowed"
                )
            yield file, size

    @property
    def names(self) -> list[str]:
        """The names of all buckets."""
        return sorted(self._places)

    def list(self, bucket: str, folder: str, after: str | None, limit: int) -> Listing:
        """What is in a folder of a bucket, by name, from behind the name `after` on.

        Parameters
        ----------
        folder : "" for the bucket itself; as the place has it, not percent-encoded.

        Raises
        ------
        MediaNotFound
            There is no such bucket or folder.
        TemporaryError
            The place cannot be reached now.
        """
        url = self._places.get(bucket)
        if url is None or not (folder == "" or _is_key(folder)):
            raise MediaNotFound(f"There is no folder {folder} in bucket {bucket}")
        root = open_root(url)
        try:
            found = (
                list_local(root.path, folder) if isinstance(root, LocalRoot) else list_remote(root, folder)
            )
        except (FileNotFoundError, NotADirectoryError, PermissionError) as exc:
            raise MediaNotFound(f"There is no folder {folder} in bucket {bucket}") from exc
        except OSError as exc:
            raise TemporaryError(f"Bucket {bucket} cannot be read now: {exc.strerror or exc}") from exc
        found.sort(key=lambda entry: entry.name)
        rest = [entry for entry in found if after is None or entry.name > after]
        return Listing(tuple(rest[:limit]), rest[limit - 1].name if len(rest) > limit else None)

    def check_writable(self, bucket: str) -> None:
        """MediaAccessDenied unless the bucket is there and can be written into."""
        if bucket not in self._places or bucket not in self._writable:
            raise MediaAccessDenied(f"The bucket {bucket} may not be written into")

    def put(self, bucket: str, name: str, data: bytes) -> None:
        """Write an object, in the place of one of that name.

        Parameters
        ----------
        name : as the caller sent it; percent-decoded once.

        Raises
        ------
        MediaAccessDenied
            The bucket or that name in it may not be written.
        TemporaryError
            The place cannot be reached now.
        """
        self.check_writable(bucket)
        root = open_root(self._places[bucket])
        keys = candidate_keys(name)
        if not keys:
            raise MediaAccessDenied(f"No object can be called {name}")
        try:
            if isinstance(root, LocalRoot):
                write_file(_inside(root.path, keys[0]), data)
            else:
                write_remote(root, keys[0], data)
        except (PermissionError, FileExistsError, NotADirectoryError, IsADirectoryError, ValueError) as exc:
            raise MediaAccessDenied(f"The object {name} in bucket {bucket} may not be written") from exc
        except OSError as exc:
            raise TemporaryError(f"Bucket {bucket} cannot be written to now: {exc.strerror or exc}") from exc

    def _find(self, bucket: str, name: str) -> tuple[BinaryIO, int]:
        url = self._places.get(bucket)
        if url is None:
            raise MediaNotFound(f"The bucket {bucket} was not found")
        root = open_root(url)
        for key in candidate_keys(name):
            try:
                return _open_local(root.path, key) if isinstance(root, LocalRoot) else open_remote(root, key)
            except (FileNotFoundError, ValueError):
                continue
            except PermissionError as exc:
                raise MediaAccessDenied(f"The object {name} in bucket {bucket} may not be read") from exc
            except OSError as exc:
                if exc.errno not in _ABSENT:
                    raise TemporaryError(
                        f"Bucket {bucket} cannot be read now: {exc.strerror or exc}"
                    ) from exc
        raise MediaNotFound(f"The object {name} was not found in bucket {bucket}")


def candidate_keys(name: str) -> list[str]:
    """The keys to look for, in order: `name` percent-decoded once, then as it is; without those that no
    object can have."""
    try:
        decoded = unquote(name, errors="strict")
    except UnicodeDecodeError:
        decoded = name
    return [key for key in dict.fromkeys((decoded, name)) if _is_key(key)]


def _is_key(key: str) -> bool:
    """Relative, no way up, not a directory. A backslash separates elsewhere: it hides no ``..`` here."""
    if not key or "\0" in key or key[0] in "/\\" or key[-1] == "/":
        return False
    return not any(part in (".", "..") for part in key.replace("\\", "/").split("/"))


def _inside(root: Path, key: str) -> Path:
    """Where to write `key`; PermissionError when a link leads out of `root`."""
    real_root = Path(os.path.realpath(root, strict=True))
    path = real_root / key
    folder = Path(os.path.realpath(path.parent))
    if not folder.is_relative_to(real_root):
        raise PermissionError(key)
    return folder / path.name


def _open_local(root: Path, key: str) -> tuple[BinaryIO, int]:
    """Open a regular file inside `root`; FileNotFoundError for anything else."""
    real_root = Path(os.path.realpath(root, strict=True))
    path = Path(os.path.realpath(real_root / key, strict=True))
    if not path.is_relative_to(real_root):
        raise FileNotFoundError(key)
    # Not to follow what was exchanged for a link since, and not to wait for the other end of a pipe.
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise FileNotFoundError(key)
        return os.fdopen(handle, "rb"), status.st_size
    except BaseException:
        os.close(handle)
        raise
