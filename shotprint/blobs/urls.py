"""From a URL or a directory to the file system that reads it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import fsspec
from fsspec.implementations.local import LocalFileSystem

from shotprint.errors import InvalidValue


@dataclass(frozen=True)
class LocalRoot:
    """A directory of this machine."""

    path: Path


@dataclass(frozen=True)
class RemoteRoot:
    """A place that fsspec reaches; `prefix` without a slash at its end."""

    system: Any  # fsspec.AbstractFileSystem, which has no types
    prefix: str


Root = LocalRoot | RemoteRoot


@lru_cache(maxsize=256)
def open_root(url: str) -> Root:
    """The root that `url` names; without ``scheme://`` it is a directory.

    Raises
    ------
    InvalidValue
        No file system of that scheme is installed.
    """
    if "://" not in url:
        return LocalRoot(Path(url))
    try:
        system, prefix = fsspec.core.url_to_fs(url, use_listings_cache=False)
    except (ValueError, ImportError) as exc:
        raise InvalidValue(f"Cannot open {url.partition('://')[0]}:// places: {exc}") from exc
    if isinstance(system, LocalFileSystem):  # under whatever name: links need our own check
        return LocalRoot(Path(prefix))
    return RemoteRoot(system, prefix.rstrip("/"))
