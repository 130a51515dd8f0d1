"""Our own blobs (fingerprints, thumbnails) by name, on a disk or in an object store."""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from shotprint.blobs.remote_file import open_remote
from shotprint.blobs.urls import LocalRoot, RemoteRoot, open_root
from shotprint.errors import InvalidValue, NotFound

_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")


class BlobStore:
    """Bytes under names like ``fingerprints/0f/0f1e….fp``: letters, digits, ``. _ -`` in parts that do not
    begin with a dot, at most 512 characters. A blob is there whole or not at all.

    Parameters
    ----------
    url : an fsspec URL, or a directory, which is made when first written to.
    """

    def __init__(self, url: str) -> None:
        self._root = open_root(url)

    def put(self, name: str, data: bytes) -> None:
        """Write the blob, in the place of one of that name."""
        _check_name(name)
        if isinstance(self._root, LocalRoot):
            write_file(self._root.path / name, data)
        else:
            write_remote(self._root, name, data)

    def put_file(self, name: str, path: Path) -> None:
        """Make the file at `path` the blob; it is gone from there afterwards."""
        _check_name(name)
        if isinstance(self._root, LocalRoot):
            move_file(path, self._root.path / name)
        else:
            target = f"{self._root.prefix}/{name}"
            self._root.system.makedirs(target.rpartition("/")[0], exist_ok=True)
            self._root.system.put_file(str(path), target)
            path.unlink()

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """The blob as a seekable file, for who needs a part of it; NotFound when there is none."""
        _check_name(name)
        try:
            if isinstance(self._root, LocalRoot):
                file: BinaryIO = (self._root.path / name).open("rb")
            else:
                file, _ = open_remote(self._root, name)
        except FileNotFoundError as exc:
            raise NotFound(f"There is no blob {name!r}") from exc
        with file:
            yield file

    def get(self, name: str) -> bytes:
        """The blob's bytes; NotFound when there is none."""
        _check_name(name)
        try:
            if isinstance(self._root, LocalRoot):
                return (self._root.path / name).read_bytes()
            data: bytes = self._root.system.cat_file(f"{self._root.prefix}/{name}")
        except FileNotFoundError as exc:
            raise NotFound(f"There is no blob {name!r}") from exc
        return data

    def exists(self, name: str) -> bool:
        _check_name(name)
        if isinstance(self._root, LocalRoot):
            return (self._root.path / name).is_file()
        return bool(self._root.system.isfile(f"{self._root.prefix}/{name}"))

    def delete(self, name: str) -> None:
        """Remove the blob; nothing happens when there is none."""
        _check_name(name)
        if isinstance(self._root, LocalRoot):
            (self._root.path / name).unlink(missing_ok=True)
        elif self.exists(name):
            self._root.system.rm_file(f"{self._root.prefix}/{name}")


def _check_name(name: str) -> None:
    if len(name) > 512 or not _NAME.fullmatch(name):
        raise InvalidValue(f"{name!r} cannot be the name of a blob", parameter="name")


def write_remote(root: RemoteRoot, name: str, data: bytes) -> None:
    """Directories are made only where they are missed: object stores have none, and asking costs a request."""
    path = f"{root.prefix}/{name}"
    try:
        root.system.pipe_file(path, data)
    except FileNotFoundError:
        root.system.makedirs(path.rpartition("/")[0], exist_ok=True)
        root.system.pipe_file(path, data)


def write_file(path: Path, data: bytes) -> None:
    """Write beside, flush to the disk, then rename: a reader or a crash never meets half a blob."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with fresh.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    _sync_directory(path.parent)


def move_file(source: Path, target: Path) -> None:
    """Rename, or copy where that cannot be: a reader never meets half a blob."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        source.replace(target)
    except OSError as exc:
        if exc.errno != errno.EXDEV:
            raise
        fresh = target.with_name(f".{secrets.token_hex(8)}.part")
        try:
            shutil.copyfile(source, fresh)
            fresh.replace(target)
        except BaseException:
            fresh.unlink(missing_ok=True)
            raise
        source.unlink()
    _sync_directory(target.parent)


def _sync_directory(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
