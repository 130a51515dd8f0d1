"""Doing what a service's queue holds in this process, and prints put into libraries without media."""

from __future__ import annotations

import threading
from fractions import Fraction
from pathlib import Path

from support.prints import made_print

from shotprint.blobs.store import BlobStore
from shotprint.engine.types import MediaInfo
from shotprint.queue.protocol import Lane
from shotprint.service.file_blobs import FileBlobs
from shotprint.service.media_reader import Media
from shotprint.service.types import FileFilter, Library, MediaPlace
from shotprint.wiring import App
from shotprint.worker.loop import Worker
from shotprint.worker.tasks import handlers, limits

ALL_LANES = (Lane.UPKEEP, Lane.ANALYSIS)


def make_worker(app: App, *lanes: Lane) -> Worker:
    return Worker(
        app.queue,
        handlers(app),
        limits(app.settings),
        lanes=lanes or ALL_LANES,
        name="tester",
        stop=threading.Event(),
    )


def work_off(app: App, *lanes: Lane) -> None:
    """Do everything that is due."""
    worker = make_worker(app, *lanes)
    while worker.step():
        pass


def store_print(app: App, library_id: str, key: str, seed: int, *, duration: float = 6.0) -> str:
    """Store a made-up file, blobs and all; returns its id."""
    info = MediaInfo("mov,mp4", "h264", 192, 144, 0, Fraction(10), duration, False, 60, 0)
    media = Media(made_print(seed), info, 1000, b"a zip")
    blobs = FileBlobs(app.database, BlobStore(app.settings.blobs_url))
    with app.database.sessions.begin() as session:
        names = blobs.put(media)
        stored = blobs.store(session, library_id, key, MediaPlace("demo", "here", key), media, names)
    return stored.file_id


def stored_keys(app: App, library: Library) -> list[str]:
    """Primary keys of the living files, oldest first."""
    page = app.files.page(library.account_id, library.id, FileFilter(), None, 1000)
    return [file.primary_key for file in page.items]


def blob_files(app: App) -> list[Path]:
    """All blobs of files on the disk."""
    root = Path(app.settings.blobs_url)
    return sorted(path for kind in ("fingerprints", "thumbnails") for path in root.glob(f"{kind}/*/*"))
