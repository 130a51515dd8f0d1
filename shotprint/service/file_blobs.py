"""What is kept of a stored file beside its row: the fingerprint, and a zip of thumbnails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from shotprint.blobs.store import BlobStore
from shotprint.engine import codec
from shotprint.engine.kinds import kind_with
from shotprint.service import files
from shotprint.service.checks import new_id
from shotprint.service.media_reader import Media
from shotprint.service.types import MediaPlace
from shotprint.store.database import Database
from shotprint.store.models import FileRow

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Stored:
    """A file's new row: its id, and the blobs that nobody needs once the transaction is committed."""

    file_id: str
    replaced: Sequence[str]


class FileBlobs:
    """Writes and removes files' blobs; a row is stored only with blobs that are there."""

    def __init__(self, database: Database, blobs: BlobStore) -> None:
        self._database = database
        self._blobs = blobs

    def put(self, media: Media) -> list[str]:
        """Write the fingerprint, and the thumbnails if there are any; their names in that order."""
        name = new_id()
        thinned = kind_with(media.print.preset).as_reference(media.print)
        blobs = {f"fingerprints/{name[:2]}/{name}.fp": codec.encode(thinned)}
        if media.thumbnails is not None:
            blobs[f"thumbnails/{name[:2]}/{name}.zip"] = media.thumbnails
        for blob, data in blobs.items():
            self._blobs.put(blob, data)
        return list(blobs)

    def store(
        self,
        session: Session,
        library_id: str,
        primary_key: str,
        place: MediaPlace,
        media: Media,
        blobs: Sequence[str],
    ) -> Stored:
        """Add the file with its `blobs` to the library inside the caller's transaction, in the place of a
        living one with that key."""
        files.lock(session, library_id)  # so that what is replaced here is what was read here
        replaced = _blobs_of(session, library_id, primary_key)
        thumbnails = blobs[1] if len(blobs) > 1 else None
        file_id = files.store(
            session, library_id, primary_key, place, media.info, blobs[0], thumbnails, media.size_bytes
        )
        return Stored(file_id, replaced)

    def delete(self, names: Sequence[str]) -> None:
        """Remove blobs that no row needs."""
        for name in names:
            try:
                self._blobs.delete(name)
            except OSError:  # what was asked for is done; a blob too many is a small matter
                log.warning("blob_not_deleted", blob=name, exc_info=True)

    def delete_unless_used(self, blobs: Sequence[str]) -> None:
        """Remove a file's blobs after a commit that raised; it may have happened all the same."""
        if not self._is_used(blobs[0]):
            self.delete(blobs)

    def _is_used(self, fingerprint: str) -> bool:
        try:
            with self._database.reads() as session:
                query = select(FileRow.id).where(FileRow.fingerprint_url == fingerprint)
                return session.scalar(query) is not None
        except SQLAlchemyError:
            log.warning("blob_maybe_unused", blob=fingerprint)
            return True


def _blobs_of(session: Session, library_id: str, primary_key: str) -> list[str]:
    """The blobs of the living file of that key."""
    query = select(FileRow.fingerprint_url, FileRow.thumbnails_url).where(
        FileRow.library_id == library_id,
        FileRow.primary_key == primary_key,
        FileRow.removed_revision.is_(None),
    )
    return [name for row in session.execute(query) for name in row if name is not None]
