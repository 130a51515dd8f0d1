from __future__ import annotations

import pytest
from sqlalchemy import select

from shotprint.errors import AccountNotFound, Conflict, EmptyValue, InvalidValue, NotFound, OutOfRange
from shotprint.service.types import Account
from shotprint.store.models import PipelineRow
from shotprint.wiring import App

TARGET = "https://hooks.example.com/ends?token=hush"


def test_a_pipeline_is_found_by_id_and_by_name(app: App, mine: Account) -> None:
    made = app.pipelines.create(mine.id, "ends", target=TARGET)
    assert app.pipelines.get(mine.id, made.id) == made
    assert app.pipelines.find(mine.id, "ends") == app.pipelines.find(mine.id, made.id) == made
    second = app.pipelines.create(mine.id, "more", target=TARGET, pipeline_id="A" * 32)
    assert second.id == "A" * 32
    assert app.pipelines.list(mine.id) == [made, second]


def test_a_target_may_have_2048_bytes(app: App, mine: Account) -> None:
    target = TARGET + "x" * (2048 - len(TARGET))
    assert app.pipelines.create(mine.id, "ends", target=target).target == target


def test_pipelines_of_others_are_not_seen(app: App, mine: Account) -> None:
    made = app.pipelines.create(mine.id, "ends", target=TARGET)
    other = app.accounts.create("other")
    assert app.pipelines.list(other.id) == []
    for asked in (made.id, "f" * 32, "", "a\0"):
        with pytest.raises((NotFound, InvalidValue)):
            app.pipelines.get(other.id, asked)
    with pytest.raises(NotFound):
        app.pipelines.find(other.id, "ends")


def test_names_and_ids_are_taken_once_in_an_account(app: App, mine: Account) -> None:
    made = app.pipelines.create(mine.id, "ends", target=TARGET)
    with pytest.raises(Conflict):
        app.pipelines.create(mine.id, "ends", target=TARGET)
    with pytest.raises(Conflict):
        app.pipelines.create(mine.id, "others", target=TARGET, pipeline_id=made.id)


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"name": ""}, EmptyValue),
        ({"target": ""}, EmptyValue),
        ({"target": TARGET + "x" * (2049 - len(TARGET))}, OutOfRange),
        ({"target": "ftp://example.com"}, InvalidValue),
        ({"target": "http://example.com"}, InvalidValue),
        ({"target": "https://127.0.0.1/"}, InvalidValue),
        ({"pipeline_id": "short"}, InvalidValue),
        ({"account_id": "f" * 32}, AccountNotFound),
    ],
)
def test_what_cannot_be_a_pipeline_is_refused(
    app: App, mine: Account, values: dict[str, str], error: type[Exception]
) -> None:
    good = {"account_id": mine.id, "name": "ends", "target": TARGET, "pipeline_id": None}
    with pytest.raises(error):
        app.pipelines.create(**good | values)  # type: ignore[arg-type]
    assert app.pipelines.list(mine.id) == []


def test_targets_and_secrets_are_sealed_and_do_not_show_by_accident(app: App, mine: Account) -> None:
    made = app.pipelines.create(mine.id, "ends", target=TARGET)
    with app.database.reads() as session:
        row = session.scalars(select(PipelineRow)).one()
    kept = " ".join(str(value) for value in vars(row).values())
    assert "hush" not in kept
    assert made.secret not in kept
    assert "hush" not in repr(made)
    assert made.secret not in repr(made)


def test_a_pipeline_is_changed_in_what_is_given(app: App, mine: Account) -> None:
    made = app.pipelines.create(mine.id, "ends", target=TARGET)
    renamed = app.pipelines.change(mine.id, made.id, name="more")
    assert (renamed.name, renamed.target, renamed.secret) == ("more", TARGET, made.secret)
    moved = app.pipelines.change(mine.id, made.id, target="https://hooks.example.com/2", new_secret=True)
    assert (moved.name, moved.target) == ("more", "https://hooks.example.com/2")
    assert moved.secret != made.secret
    assert app.pipelines.list(mine.id) == [moved]


def test_a_change_is_checked_like_a_new_pipeline(app: App, mine: Account) -> None:
    made = app.pipelines.create(mine.id, "ends", target=TARGET)
    app.pipelines.create(mine.id, "taken", target=TARGET)
    with pytest.raises(Conflict):
        app.pipelines.change(mine.id, made.id, name="taken", target="https://hooks.example.com/2")
    with pytest.raises(EmptyValue):
        app.pipelines.change(mine.id, made.id, name="")
    with pytest.raises(InvalidValue):
        app.pipelines.change(mine.id, made.id, target="ftp://example.com")
    assert app.pipelines.get(mine.id, made.id) == made


def test_the_pipelines_of_others_are_neither_changed_nor_deleted(app: App, mine: Account) -> None:
    made = app.pipelines.create(mine.id, "ends", target=TARGET)
    other = app.accounts.create("other")
    with pytest.raises(NotFound):
        app.pipelines.change(other.id, made.id, name="x")
    with pytest.raises(NotFound):
        app.pipelines.delete(other.id, made.id)
    app.pipelines.delete(mine.id, made.id)
    assert app.pipelines.list(mine.id) == []
    with pytest.raises(NotFound):
        app.pipelines.delete(mine.id, made.id)
