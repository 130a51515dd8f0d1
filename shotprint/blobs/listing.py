"""What is in a folder of a bucket's place."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from shotprint.blobs.urls import RemoteRoot
from shotprint.errors import TemporaryError


@dataclass(frozen=True)
class Entry:
    """An object, or a folder when `size_bytes` is None."""

    name: str
    size_bytes: int | None


@dataclass(frozen=True)
class Listing:
    """A page of a folder. `next_after` is the name that the next page comes behind; None when this is the last."""

    entries: tuple[Entry, ...]
    next_after: str | None


def list_local(root: Path, folder: str) -> list[Entry]:
    """Files and folders, without hidden ones, names that are no Unicode, and links that lead out of `root`.

    Raises
    ------
    OSError
        FileNotFoundError when the folder is not inside `root`.
    """
    real_root = Path(os.path.realpath(root, strict=True))
    place = Path(os.path.realpath(real_root / folder, strict=True))
    if not place.is_relative_to(real_root):
        raise FileNotFoundError(folder)
    found = []
    with os.scandir(place) as entries:
        for entry in entries:
            if entry.name.startswith(".") or not _is_text(entry.name):
                continue
            if entry.is_symlink() and not Path(os.path.realpath(entry.path)).is_relative_to(real_root):
                continue
            if entry.is_dir():
                found.append(Entry(entry.name, None))
            elif entry.is_file():
                found.append(Entry(entry.name, entry.stat().st_size))
    return found


def list_remote(root: RemoteRoot, folder: str) -> list[Entry]:
    """The same of a place that fsspec reaches.

    Raises
    ------
    FileNotFoundError, PermissionError
    TemporaryError
        The place cannot be reached now, or does not list.
    """
    path = f"{root.prefix}/{folder}".rstrip("/")
    try:
        facts = root.system.ls(path, detail=True)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        raise
    except Exception as exc:  # each file system has errors of its own
        raise TemporaryError(f"The place cannot be listed: {type(exc).__name__}") from exc
    found = []
    for fact in facts:
        name = str(fact["name"]).rstrip("/").rpartition("/")[2]
        if name and str(fact["name"]).rstrip("/") != path:
            found.append(Entry(name, None if fact["type"] == "directory" else int(fact["size"] or 0)))
    return found


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
