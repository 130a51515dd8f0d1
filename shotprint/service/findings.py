"""What searches were judged by, kept for people: maps and measures of matches, and what nearly was a match. No answer
of the API says anything of it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from shotprint.engine.index.findings import Finding
from shotprint.store import finding_json
from shotprint.store.database import Database
from shotprint.store.models import FindingsRow


class Findings:
    """Those of every task that searched; who may see the task may see them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, task_id: str) -> tuple[Finding, ...]:
        """What the search of a job or a comparison was judged by; matches, in the order of the result, and then what
        nearly was one, the most similar first. None of tasks that are older than this."""
        with self._database.reads() as session:
            values = session.scalar(select(FindingsRow.findings).where(FindingsRow.task_id == task_id))
        return finding_json.from_json(values or [])


def keep(session: Session, task_id: str, findings: Sequence[Finding]) -> None:
    """Keep them in the transaction that writes the task's result."""
    if findings:
        session.add(FindingsRow(task_id=task_id, findings=finding_json.to_json(findings)))
