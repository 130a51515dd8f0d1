"""Pictures and previews that were made, on this machine's disk for a while: the oldest go when there are too many."""

from __future__ import annotations

import hashlib
import os
import secrets
import threading
import time
from pathlib import Path

KEEP_S = 24 * 3600.0
_ROOM = 0.9  # of all that may be kept; what is more is removed at once, so that this is done seldom


class ViewCache:
    """Bytes by name. May be used by several threads.

    Parameters
    ----------
    directory : may be deleted whenever nobody runs; made when first written to.
    most_bytes : kept; a single one that is larger is not.
    """

    def __init__(self, directory: Path, *, most_bytes: int) -> None:
        self._directory = directory
        self._most_bytes = most_bytes
        self._bytes: int | None = None  # of all; None before the first look
        self._lock = threading.Lock()

    def find(self, name: str) -> Path | None:
        """Where the bytes of that name are; None when there are none, or none of today."""
        path = self._path(name)
        try:
            fresh = path.stat().st_mtime >= time.time() - KEEP_S
        except FileNotFoundError:
            return None
        return path if fresh else None

    def get(self, name: str) -> bytes | None:
        path = self.find(name)
        try:
            return None if path is None else path.read_bytes()
        except FileNotFoundError:  # removed just now
            return None

    def put(self, name: str, data: bytes) -> None:
        """Keep the bytes, in the place of those of that name."""
        if len(data) > self._most_bytes:
            return
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f".{secrets.token_hex(8)}.part")
        fresh.write_bytes(data)
        fresh.replace(path)
        with self._lock:
            if self._bytes is not None:
                self._bytes += len(data)
            if self._bytes is None or self._bytes > self._most_bytes:
                self._bytes = self._tidy()

    def _tidy(self) -> int:
        """Remove what is too old, and the oldest of what is too much; returns the bytes that are left."""
        there: list[tuple[float, int, str]] = []
        for folder, _folders, names in os.walk(self._directory):
            for name in names:
                path = Path(folder, name)
                try:
                    facts = path.stat()
                except FileNotFoundError:
                    continue
                there.append((facts.st_mtime, facts.st_size, str(path)))
        total = sum(size for _, size, _ in there)
        least, room = time.time() - KEEP_S, self._most_bytes
        if total > room:
            room = round(room * _ROOM)
        for changed, size, text in sorted(there):
            if changed >= least and total <= room:
                break
            Path(text).unlink(missing_ok=True)
            total -= size
        return total

    def _path(self, name: str) -> Path:
        digest = hashlib.sha256(name.encode()).hexdigest()
        return self._directory / digest[:2] / digest
