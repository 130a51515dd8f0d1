"""Keys, users, pipelines, limits and the audit log, of one's own account alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from starlette.types import ASGIApp
from support.console_browser import Browser, signed_in
from support.receiver import Receiver

from shotprint.cli.console import create_site
from shotprint.service.types import Account
from shotprint.settings import Settings
from shotprint.wiring import App, open_app


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver().up()
    yield made
    made.down()


KEYS, USERS, PIPELINES = "/console/account/keys", "/console/account/users", "/console/account/pipelines"
PASSWORD = "correct horse battery"


def copied(text: str) -> list[str]:
    """What the page offers to copy."""
    return re.findall(r'data-copy="([^"]+)"', text)


def test_a_key_is_made_and_its_secret_shown_once(app: App, ada: Browser, mine: Account) -> None:
    shown = ada.post(KEYS, page=KEYS).text
    (key,) = app.accounts.keys(mine.id)
    assert {key.id, key.secret} <= {*copied(shown)}
    assert key.secret not in ada.get(KEYS).text
    assert (key.allowed_operations, key.allowed_libraries, key.expires) == (None, None, None)


def test_a_key_is_limited_and_ends(app: App, ada: Browser, mine: Account) -> None:
    films = app.libraries.create(mine.id, "films")
    form = {"operations": "Query* SubmitFpShotJob", "library": films.id, "hours": "2"}
    shown = ada.post(KEYS, form, page=KEYS).text
    (key,) = app.accounts.keys(mine.id)
    assert key.allowed_operations == {"Query*", "SubmitFpShotJob"}
    assert key.allowed_libraries == {films.id}
    assert key.token in copied(shown)
    assert key.expires is not None


@pytest.mark.parametrize(
    "form",
    [{"operations": "Query-1"}, {"library": "0" * 32}, {"hours": "-1"}, {"hours": "nan"}, {"hours": "many"}],
)
def test_a_key_that_cannot_be_is_refused(app: App, ada: Browser, mine: Account, form: dict[str, str]) -> None:
    assert ada.post(KEYS, form, page=KEYS).status_code == 400
    assert app.accounts.keys(mine.id) == []


def test_a_key_is_disabled_and_enabled(app: App, ada: Browser, mine: Account) -> None:
    key = app.accounts.add_key(mine.id)
    ada.post(f"{KEYS}/{key.id}/disable", page=KEYS)
    assert not app.accounts.find_key(key.id).enabled
    ada.post(f"{KEYS}/{key.id}/enable", page=KEYS)
    assert app.accounts.find_key(key.id).enabled
    actions = [entry.action for entry in app.audit.page(mine.id, None, 2).items]
    assert actions == ["key.enable", "key.disable"]


def test_a_user_is_added_changed_and_removed(app: App, ada: Browser, mine: Account) -> None:
    assert "<bdi>bob</bdi>" in ada.post(USERS, {"name": "bob", "password": PASSWORD}, page=USERS).text
    refused = ada.post(USERS, {"name": "eve", "password": "short"}, page=USERS)
    assert refused.status_code == 400
    assert 'value="eve"' in refused.text
    assert 'value="short"' not in refused.text
    (bob,) = app.users.list(mine.id)
    page = f"{USERS}/{bob.id}"
    ada.post(f"{page}/password", {"password": "another battery"}, page=USERS)
    assert app.users.verify("bob", "another battery") == bob
    assert ada.post(f"{page}/password", {"password": "short"}, page=USERS).status_code == 400
    ada.post(f"{page}/remove", page=USERS)
    assert app.users.list(mine.id) == []
    assert ada.post(f"{page}/remove", page=USERS).status_code == 404


def test_pipelines_are_made_changed_and_deleted(app: App, ada: Browser, mine: Account) -> None:
    form = {"name": "hook", "target": "amqp://user:pass-word@192.0.2.1/?queue=ends"}
    shown = ada.post(PIPELINES, form, page=PIPELINES)
    (pipeline,) = app.pipelines.list(mine.id)
    assert pipeline.secret in copied(shown.text)
    page = f"{PIPELINES}/{pipeline.id}"
    again = ada.get(page).text
    assert pipeline.secret not in again
    assert "pass-word" not in again + ada.get(PIPELINES).text
    ada.post(page, {"name": "hook 2", "target": ""}, page=page)
    changed = app.pipelines.get(mine.id, pipeline.id)
    assert (changed.name, changed.target, changed.secret) == ("hook 2", form["target"], pipeline.secret)
    renewed = ada.post(page, {"name": "hook 2", "new_secret": "yes"}, page=page).text
    assert app.pipelines.get(mine.id, pipeline.id).secret in copied(renewed)
    assert ada.post(page, {"target": "gopher://x"}, page=page).status_code == 400
    assert ada.post(PIPELINES, {"name": "x", "target": "gopher://x"}, page=PIPELINES).status_code == 400
    ada.post(f"{page}/delete", page=page)
    assert app.pipelines.list(mine.id) == []


def test_everything_that_is_changed_is_in_the_audit_log(ada: Browser) -> None:
    ada.post(USERS, {"name": "bob", "password": PASSWORD}, page=USERS)
    shown = ada.get("/console/account/audit").text
    assert "<code>user.add</code>" in shown
    assert "<code>session.begin</code>" in shown
    assert "192.0.2.1" in shown
    assert PASSWORD not in shown


def test_limits_and_their_use_are_shown(app: App, ada: Browser, mine: Account) -> None:
    app.uploads.begin(mine.id, "one.mp4", 3 * 2**20)
    shown = ada.get("/console/account").text
    assert "3.0 MiB of 100.0 GiB" in shown
    assert "Add a user" in shown  # whoever came by a link


def test_nobody_sees_or_changes_another_accounts_things(
    app: App, site: ASGIApp, mine: Account, theirs: Account
) -> None:
    key = app.accounts.add_key(mine.id)
    user = app.users.add(mine.id, "bob", PASSWORD)
    pipeline = app.pipelines.create(mine.id, "secret hook", target="amqp://192.0.2.1/?queue=ends")
    app.audit.record(mine.id, "bob", "library.create", "secret films")
    eve = signed_in(site, app, theirs)
    for page in (KEYS, USERS, PIPELINES, "/console/account/audit", "/console/account"):
        shown = eve.get(page).text
        assert not any(text in shown for text in (key.id, "bob", "secret hook", "secret films"))
    assert eve.get(f"{PIPELINES}/{pipeline.id}").status_code == 404
    for path in (
        f"{KEYS}/{key.id}/disable", f"{KEYS}/{key.id}/enable", f"{USERS}/{user.id}/password",
        f"{USERS}/{user.id}/remove", f"{PIPELINES}/{pipeline.id}", f"{PIPELINES}/{pipeline.id}/test",
        f"{PIPELINES}/{pipeline.id}/delete",
    ):  # fmt: skip
        assert eve.post(path, {"password": PASSWORD, "name": "x"}, page=KEYS).status_code == 404, path
    assert app.accounts.find_key(key.id).enabled
    assert app.users.verify("bob", PASSWORD) == user
    assert app.pipelines.get(mine.id, pipeline.id) == pipeline


def test_a_limited_key_has_no_say_in_keys_users_and_pipelines(app: App, site: ASGIApp, mine: Account) -> None:
    app.accounts.add_key(mine.id, "robot", "robot secret", operations=["*"])
    robot = Browser(site)
    robot.sign_in("robot", "robot secret")
    assert "Users" not in robot.get("/console/account").text
    for page in (KEYS, USERS, PIPELINES, "/console/account/audit"):
        assert robot.get(page).status_code == 403
    assert robot.post(KEYS, page="/console/account").status_code == 403
    assert (
        robot.post(USERS, {"name": "bob", "password": PASSWORD}, page="/console/account").status_code == 403
    )


def test_a_test_message_is_sent_and_what_came_of_it_said(settings: Settings, receiver: Receiver) -> None:
    app = open_app(settings.model_copy(update={"notify_plain_http": True, "notify_private_addresses": True}))
    account = app.accounts.create("mine")
    ada = signed_in(create_site(app), app, account)
    pipeline = app.pipelines.create(account.id, "hook", target=receiver.url)
    page = f"{PIPELINES}/{pipeline.id}"
    assert "The target took the message" in ada.post(f"{page}/test", page=page).text
    assert len(receiver.received) == 1
    app.close()
