"""What a worker does for comparisons: read both files, match them, keep what they have in common."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from shotprint.blobs.buckets import Buckets
from shotprint.engine.pipeline import examine_fingerprints
from shotprint.engine.types import MIN_LENGTH_S, Cancel, Match, Role
from shotprint.engine.video.presets import DEFAULT_PRESET
from shotprint.errors import LibraryNotFound, ShotprintError
from shotprint.queue.protocol import Queue, Task
from shotprint.service import chores, matched_frames
from shotprint.service.comparisons import result_to_json
from shotprint.service.deleting import finish
from shotprint.service.findings import keep
from shotprint.service.media_reader import Media, MediaReader
from shotprint.service.types import ComparedMedia, ComparisonResult, FramePlaces, LibraryState, MediaPlace
from shotprint.store.database import Database
from shotprint.store.models import ComparisonRow, LibraryRow

MASTER = "master"
"""What the matches of a comparison refer to."""


class Comparing:
    """Does comparisons.

    Parameters
    ----------
    preset : how files are fingerprinted where no library says it.
    min_length_s : shorter segments are left out.
    threads : of each decoder; 0 is one per core.
    """

    def __init__(
        self,
        database: Database,
        queue: Queue,
        buckets: Buckets,
        reader: MediaReader,
        *,
        preset: str = DEFAULT_PRESET,
        min_length_s: float = MIN_LENGTH_S,
        threads: int = 0,
    ) -> None:
        self._database = database
        self._queue = queue
        self._buckets = buckets
        self._reader = reader
        self._default_preset = preset
        self._min_length_s = min_length_s
        self._threads = threads

    def run(self, task: Task, cancel: Cancel) -> None:
        with self._database.sessions.begin() as session:
            row = chores.start(session, ComparisonRow, task.subject)
            if row is None:
                self._queue.finish(session, task)
                return
            preset = self._preset(session, row.library_id)
        if row.frame_storage is not None:
            self._buckets.check_writable(row.frame_storage["bucket"])
        master = self._read(row.master, preset, Role.REFERENCE, cancel)
        query = self._read(row.query, preset, Role.QUERY, cancel)
        match, findings = examine_fingerprints(
            query.print, master.print, name=MASTER, min_length_s=self._min_length_s
        )
        result = ComparisonResult(
            matches=() if match is None else (match,),
            master=_compared(master),
            query=_compared(query),
            frames=self._write_frames(row, match, cancel),
        )
        with self._database.sessions.begin() as session:
            finish(session, self._queue, task)
            self._preset(session, row.library_id)
            chores.succeed(session, ComparisonRow, row.id, result=result_to_json(result))
            keep(session, row.id, findings)
            chores.announce(session, self._queue, ComparisonRow, row.id)

    def fail(self, task: Task, error: ShotprintError) -> None:
        with self._database.sessions.begin() as session:
            if self._queue.finish(session, task) and chores.fail(session, ComparisonRow, task.subject, error):
                chores.announce(session, self._queue, ComparisonRow, task.subject)

    def _write_frames(self, row: ComparisonRow, match: Match | None, cancel: Cancel) -> FramePlaces | None:
        """Write the matched frames where the caller wants them; a second worker would write the same again."""
        if row.frame_storage is None:
            return None
        pairs = matched_frames.matched_pairs(match)
        moments = ([pair.reference_time for pair in pairs], [pair.query_time for pair in pairs])
        master, query = (
            self._pictures(place, times, cancel)
            for place, times in zip((row.master, row.query), moments, strict=True)
        )
        return matched_frames.write(self._buckets, MediaPlace(**row.frame_storage), pairs, master, query)

    def _pictures(self, place: dict[str, str], moments: list[float], cancel: Cancel) -> list[bytes]:
        with self._buckets.open(place["bucket"], place["object"]) as (file, _size):
            return matched_frames.pictures_at(file, moments, threads=self._threads, cancel=cancel)

    def _read(self, place: dict[str, str], preset: str, role: Role, cancel: Cancel) -> Media:
        with self._buckets.open(place["bucket"], place["object"]) as (file, size_bytes):
            return self._reader.read(
                file, size_bytes, preset=preset, role=role, to_store=False, cancel=cancel
            )

    def _preset(self, session: Session, library_id: str | None) -> str:
        """How to read the files; LibraryNotFound when the library that says so is deleted."""
        if library_id is None:
            return self._default_preset
        living = (LibraryRow.id == library_id, LibraryRow.state != LibraryState.DELETED)
        preset = session.scalar(select(LibraryRow.preset).where(*living))
        if preset is None:
            raise LibraryNotFound("The library was deleted")
        return preset


def _compared(media: Media) -> ComparedMedia:
    return ComparedMedia(media.info, len(media.print.arrays["start"]))
