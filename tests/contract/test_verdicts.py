"""Verdicts: kept for a pair, told where the same part matches again, never to another account."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shotprint.errors import InvalidValue, OutOfRange
from shotprint.service.types import Account, MediaPlace
from shotprint.service.verdicts import MOST, Pair, Ruling
from shotprint.wiring import App

PAIR = Pair("0" * 32, MediaPlace("media", "", "copy.mp4"), "film")
TASK = "1" * 32


def give(app: App, account: Account, pair: Pair = PAIR, *, span: tuple[float, float], note: str = "") -> None:
    app.verdicts.give(account.id, pair, span, Ruling.WRONG, task_id=TASK, actor="ada", note=note)


def notes(app: App, account: Account, pair: Pair, span: tuple[float, float]) -> list[str | None]:
    return [one.note for one in app.verdicts.of(account.id, pair, span)]


def test_they_are_told_newest_first_where_they_overlap(app: App, mine: Account) -> None:
    for span, note in (((1.0, 3.0), "early"), ((10.0, 12.0), "late"), ((0.0, 20.0), "all")):
        give(app, mine, span=span, note=note)
    assert notes(app, mine, PAIR, (2.0, 4.0)) == ["all", "early"]
    assert notes(app, mine, PAIR, (12.0, 14.0)) == ["all", "late"]
    assert notes(app, mine, PAIR, (21.0, 22.0)) == []
    kept = app.verdicts.of(mine.id, PAIR, (1.0, 2.0))[-1]
    assert (kept.start_s, kept.end_s, kept.ruling, kept.actor, kept.task_id) == (
        1.0,
        3.0,
        "wrong",
        "ada",
        TASK,
    )
    assert kept.created.tzinfo is not None


def test_they_are_of_one_pair_and_one_account(app: App, mine: Account) -> None:
    give(app, mine, span=(0.0, 5.0))
    others = [
        replace(PAIR, library_id=None),
        replace(PAIR, reference="film 2"),
        replace(PAIR, query=replace(PAIR.query, bucket="other")),
        replace(PAIR, query=replace(PAIR.query, object="copy2.mp4")),
    ]
    assert [notes(app, mine, pair, (0.0, 5.0)) for pair in others] == [[]] * 4
    assert notes(app, app.accounts.create("other"), PAIR, (0.0, 5.0)) == []
    elsewhere = replace(PAIR, query=replace(PAIR.query, location="oss-cn-shanghai"))
    assert len(notes(app, mine, elsewhere, (0.0, 5.0))) == 1


def test_the_one_that_holds_is_told_for_many_at_once(app: App, mine: Account) -> None:
    other = replace(PAIR, reference="film 2")
    for pair, span, note in (
        (PAIR, (0.0, 5.0), "old"),
        (PAIR, (4.0, 9.0), "new"),
        (other, (0.0, 1.0), "other"),
    ):
        give(app, mine, pair, span=span, note=note)
    wanted = [
        (PAIR, (1.0, 2.0)),
        (other, (0.5, 2.0)),
        (PAIR, (4.5, 6.0)),
        (PAIR, (20.0, 21.0)),
        (replace(PAIR, reference="3"), (0.0, 9.0)),
    ]
    told = app.verdicts.newest(mine.id, wanted * 300)
    assert [one and one.note for one in told] == ["old", "other", "new", None, None] * 300
    assert app.verdicts.newest(app.accounts.create("other").id, wanted) == [None] * 5
    assert app.verdicts.newest(mine.id, []) == []


def test_what_cannot_be_kept_is_refused(app: App, mine: Account) -> None:
    for note, error in (("x" * 5000, OutOfRange), ("\0", InvalidValue), ("\ud800", InvalidValue)):
        with pytest.raises(error):
            give(app, mine, span=(0.0, 1.0), note=note)
    with pytest.raises(OutOfRange):
        give(app, mine, span=(2.0, 1.0))
    assert app.verdicts.of(mine.id, PAIR, (0.0, 5.0)) == []


def test_no_more_than_can_be_read_are_told(app: App, mine: Account) -> None:
    for _ in range(MOST + 1):
        give(app, mine, span=(0.0, 1.0))
    assert len(app.verdicts.of(mine.id, PAIR, (0.0, 1.0))) == MOST
