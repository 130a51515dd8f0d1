"""What people say of matches. A verdict changes no result: it is shown wherever the same pair matches again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select

from shotprint.errors import OutOfRange
from shotprint.service.checks import check_text, new_id, now, storable
from shotprint.service.types import MediaPlace
from shotprint.store.database import Database
from shotprint.store.models import VerdictRow

MAX_NOTE_BYTES = 4096
MAX_ACTOR_CHARS = 2048
MOST = 50  # that are told of a pair

_AT_ONCE = 500  # pairs that are looked up in one query


class Ruling(StrEnum):
    """It is a copy; it is none; it is a copy that may be."""

    RIGHT = "right"
    WRONG = "wrong"
    ACCEPTABLE = "acceptable"


@dataclass(frozen=True)
class Pair:
    """What a match is between.

    Attributes
    ----------
    library_id : where the reference is; None when it is in no library.
    query : where the file that was looked at is.
    reference : the primary key, or the bucket and object of a comparison's master.
    """

    library_id: str | None
    query: MediaPlace
    reference: str

    @property
    def digest(self) -> str:
        text = json.dumps([self.library_id, self.query.bucket, self.query.object, self.reference])
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Verdict:
    """What somebody said.

    Attributes
    ----------
    task_id : of the job or comparison whose match was judged.
    start_s, end_s : where in the query the match was, seconds.
    actor : a user, an access key, or another name of whoever judged.
    """

    id: str
    task_id: str
    start_s: float
    end_s: float
    ruling: Ruling
    note: str | None
    actor: str
    created: datetime


class Verdicts:
    """Kept for good; the newest of a pair holds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def give(
        self, account_id: str, pair: Pair, span: tuple[float, float], ruling: Ruling, *, task_id: str, actor: str,
        note: str | None = None,
    ) -> Verdict:  # fmt: skip
        """Keep a verdict on what matches in this span of the query.

        Raises
        ------
        OutOfRange, InvalidValue
            The note is longer than 4 KiB or cannot be kept, or the span ends before it begins.
        """
        check_text(note or "", "note", max_bytes=MAX_NOTE_BYTES)
        if not span[0] <= span[1]:
            raise OutOfRange("The span ends before it begins", parameter="span")
        row = VerdictRow(
            id=new_id(),
            account_id=account_id,
            pair=pair.digest,
            task_id=task_id,
            library_id=pair.library_id,
            bucket=pair.query.bucket,
            object=pair.query.object,
            reference=pair.reference,
            start_s=span[0],
            end_s=span[1],
            ruling=ruling,
            note=note or None,
            actor=storable(actor, MAX_ACTOR_CHARS),
            created=now(),
        )
        with self._database.sessions.begin() as session:
            session.add(row)
        return _verdict(row)

    def of(self, account_id: str, pair: Pair, span: tuple[float, float]) -> list[Verdict]:
        """The account's verdicts on the pair that were given on something which overlaps this span of the query,
        newest first."""
        wanted = (
            VerdictRow.account_id == account_id,
            VerdictRow.pair == pair.digest,
            VerdictRow.start_s <= span[1],
            VerdictRow.end_s >= span[0],
        )
        newest = select(VerdictRow).where(*wanted).order_by(VerdictRow.created.desc(), VerdictRow.id.desc())
        with self._database.reads() as session:
            return [_verdict(row) for row in session.scalars(newest.limit(MOST))]

    def newest(
        self, account_id: str, matches: Sequence[tuple[Pair, tuple[float, float]]]
    ) -> list[Verdict | None]:
        """The one that holds for each of these pairs in its span of the query, see `of`; None where nobody judged."""
        digests = [pair.digest for pair, _ in matches]
        found: dict[str, list[Verdict]] = {}
        with self._database.reads() as session:
            for first in range(0, len(digests), _AT_ONCE):
                rows = session.scalars(
                    select(VerdictRow)
                    .where(
                        VerdictRow.account_id == account_id,
                        VerdictRow.pair.in_(digests[first : first + _AT_ONCE]),
                    )
                    .order_by(VerdictRow.created.desc(), VerdictRow.id.desc())
                )
                for row in rows:
                    found.setdefault(row.pair, []).append(_verdict(row))
        return [
            next(
                (one for one in found.get(digest, ()) if one.start_s <= span[1] and one.end_s >= span[0]),
                None,
            )
            for digest, (_, span) in zip(digests, matches, strict=True)
        ]


def _verdict(row: VerdictRow) -> Verdict:
    return Verdict(
        row.id, row.task_id, row.start_s, row.end_s, Ruling(row.ruling), row.note, row.actor, row.created
    )
