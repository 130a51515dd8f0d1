"""Pipelines: where it is told that jobs ended, and what became of the messages."""

from __future__ import annotations

from starlette.responses import Response

from shotprint.console.call import Call
from shotprint.errors import CallerError, TemporaryError
from shotprint.notify.senders import shown
from shotprint.service.types import NotificationFilter, Pipeline

PAGE = 25


def index(call: Call) -> Response:
    return _index(call)


def create(call: Call) -> Response:
    """Make a pipeline, and show its secret this once."""
    name, target = call.form.get("name", "").strip(), call.form.get("target", "").strip()
    try:
        made = call.app.pipelines.create(call.account_id, name, target=target)
    except CallerError as error:
        return _index(call, problem=error.message, name=name, target=target)
    call.audit("pipeline.create", made.name)
    return _page(call, made, secret=made.secret)


def show(call: Call) -> Response:
    return _page(call, _pipeline(call))


def change(call: Call) -> Response:
    """Another name, another target, another secret; what is not given stays."""
    pipeline, form = _pipeline(call), call.form
    try:
        changed = call.app.pipelines.change(
            call.account_id,
            pipeline.id,
            name=form.get("name", "").strip() or None,
            target=form.get("target", "").strip() or None,
            new_secret=form.get("new_secret") == "yes",
        )
    except CallerError as error:
        return _page(call, pipeline, problem=error.message)
    call.audit("pipeline.change", changed.name)
    return _page(call, changed, secret=changed.secret if form.get("new_secret") == "yes" else "")


def test(call: Call) -> Response:
    """Send a message about nothing, now, and say what came of it."""
    pipeline = _pipeline(call)
    call.audit("pipeline.test", pipeline.name)
    try:
        call.app.notifications.send_test(call.account_id, pipeline.id, call.words.compose)
    except (CallerError, TemporaryError) as error:
        return _page(call, pipeline, problem=f"The target did not take it: {error.message}")
    return _page(call, pipeline, done="The target took the message.")


def delete(call: Call) -> Response:
    pipeline = _pipeline(call)
    call.app.pipelines.delete(call.account_id, pipeline.id)
    call.audit("pipeline.delete", pipeline.name)
    return call.go("/account/pipelines")


def send_again(call: Call) -> Response:
    """Give a dead message all its attempts anew."""
    notification = call.app.notifications.send_again(call.account_id, call.path["id"])
    call.audit("notification.again", notification.id)
    return call.go(f"/account/pipelines/{notification.pipeline_id}")


def discard(call: Call) -> Response:
    call.app.notifications.discard(call.account_id, call.path["id"])
    call.audit("notification.discard", call.path["id"])
    return call.go(f"/account/pipelines/{call.form.get('pipeline', '')}")


def _pipeline(call: Call) -> Pipeline:
    return call.app.pipelines.get(call.account_id, call.path["id"])


def _index(call: Call, *, problem: str = "", name: str = "", target: str = "") -> Response:
    found = call.app.pipelines.list(call.account_id)
    return call.page(
        "pipelines.html",
        status=400 if problem else 200,
        tab="/pipelines",
        pipelines=[(one, shown(one.target)) for one in found],
        problem=problem,
        name=name,
        target=target,
    )


def _page(call: Call, pipeline: Pipeline, *, problem: str = "", done: str = "", secret: str = "") -> Response:
    wanted = NotificationFilter(pipeline_id=pipeline.id)
    page = call.app.notifications.page(call.account_id, wanted, call.query.get("after") or None, PAGE)
    return call.page(
        "pipeline.html",
        status=400 if problem else 200,
        pipeline=pipeline,
        target=shown(pipeline.target),
        page=page,
        problem=problem,
        done=done,
        secret=secret,
    )
