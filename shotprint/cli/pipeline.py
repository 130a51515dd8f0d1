"""``shotprint pipeline``: where the account is told that its jobs ended, and whether it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from shotprint.cli.options import (
    Common,
    JsonOption,
    current_account,
    opened,
    with_common,
)
from shotprint.cli.output import print_json, print_line, print_table

if TYPE_CHECKING:
    from shotprint.service.types import Notification, Pipeline

PipelineArgument = Annotated[str, typer.Argument(metavar="PIPELINE", help="Name or id of the pipeline.")]

app = typer.Typer(help="Pipelines: who is told that jobs ended.", no_args_is_help=True)


@app.command("create")
@with_common
def create(
    common: Common,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name, unique in the account.")],
    target: Annotated[
        str,
        typer.Option(
            "--target",
            metavar="URL",
            help="https://... of a webhook, or amqp(s):// or redis(s):// of a broker with ?queue=NAME.",
        ),
    ],
    pipeline_id: Annotated[
        str | None,
        typer.Option(
            "--id", metavar="ID", help="Id that callers have already, 32 hex characters; else it is random."
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Make a pipeline; the secret that signs its messages is shown this once."""
    with opened(common.settings()) as app:
        made = app.pipelines.create(current_account(app).id, name, target=target, pipeline_id=pipeline_id)
    if as_json:
        print_json(_pipeline_document(made) | {"secret": made.secret})
        return
    print_line(f"Pipeline {made.name} is made, id {made.id}.")
    _print_secret(made)


@app.command("change")
@with_common
def change(
    common: Common,
    pipeline: PipelineArgument,
    name: Annotated[str | None, typer.Option("--name", metavar="NAME", help="Its new name.")] = None,
    target: Annotated[
        str | None, typer.Option("--target", metavar="URL", help="Its new target, as in `create`.")
    ] = None,
    new_secret: Annotated[
        bool, typer.Option("--new-secret", help="Sign its messages with a new secret, shown this once.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Change a pipeline; what waits to be delivered goes to the new target."""
    if name is None and target is None and not new_secret:
        raise typer.BadParameter("nothing is to be changed: give --name, --target or --new-secret")
    with opened(common.settings()) as app:
        account_id = current_account(app).id
        found = app.pipelines.find(account_id, pipeline)
        changed = app.pipelines.change(account_id, found.id, name=name, target=target, new_secret=new_secret)
    if as_json:
        secret = {"secret": changed.secret} if new_secret else {}
        print_json(_pipeline_document(changed) | secret)
        return
    print_line(f"Pipeline {changed.name} is changed.")
    if new_secret:
        _print_secret(changed)


@app.command("delete")
@with_common
def delete(common: Common, pipeline: PipelineArgument, as_json: JsonOption = False) -> None:
    """Delete a pipeline with its notifications, sent or not; jobs may go on naming it, and nobody is told."""
    with opened(common.settings()) as app:
        account_id = current_account(app).id
        found = app.pipelines.find(account_id, pipeline)
        app.pipelines.delete(account_id, found.id)
    if as_json:
        print_json({"id": found.id, "deleted": True})
    else:
        print_line(f"Pipeline {found.name} is deleted.")


@app.command("list")
@with_common
def list_pipelines(
    common: Common,
    as_json: JsonOption = False,
) -> None:
    """List the account's pipelines."""
    with opened(common.settings()) as app:
        documents = [_pipeline_document(row) for row in app.pipelines.list(current_account(app).id)]
    if as_json:
        print_json(documents)
        return
    print_table(("name", "id", "target"), [(row["name"], row["id"], row["target"]) for row in documents])


@app.command("test")
@with_common
def send_test(
    common: Common,
    pipeline: PipelineArgument,
    as_json: JsonOption = False,
) -> None:
    """Send a message of type Test to the pipeline's target, once; says why if it is not taken."""
    from shotprint.api.messages import compose

    with opened(common.settings()) as app:
        account_id = current_account(app).id
        found = app.pipelines.find(account_id, pipeline)
        app.notifications.send_test(account_id, found.id, compose)
    if as_json:
        print_json({"id": found.id, "delivered": True})
    else:
        print_line(f"The target of pipeline {found.name} took the message.")


@app.command("deliveries")
@with_common
def deliveries(
    common: Common,
    pipeline: Annotated[
        str | None, typer.Option("--pipeline", metavar="PIPELINE", help="Only of this one, by name or id.")
    ] = None,
    dead: Annotated[bool, typer.Option("--dead", help="Only those that were given up.")] = False,
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", min=1, max=1000, help="At most so many.")
    ] = 50,
    as_json: JsonOption = False,
) -> None:
    """List the account's notifications, newest first: waiting, delivered or dead."""
    from shotprint.service.types import NotificationFilter, NotificationState

    with opened(common.settings()) as app:
        account_id = current_account(app).id
        wanted = NotificationFilter(
            app.pipelines.find(account_id, pipeline).id if pipeline is not None else None,
            NotificationState.DEAD if dead else None,
        )
        rows = app.notifications.page(account_id, wanted, None, limit).items
    if as_json:
        print_json([_delivery_document(row) for row in rows])
        return
    print_table(
        ("id", "created", "pipeline", "job", "state", "attempts", "last error"),
        [
            (
                row.id,
                f"{row.created:%Y-%m-%d %H:%M:%S}",
                row.pipeline_id,
                row.ended.job_id,
                row.state.value,
                str(row.attempts),
                row.last_error or "",
            )
            for row in rows
        ],
    )


@app.command("resend")
@with_common
def resend(
    common: Common,
    delivery: Annotated[str, typer.Argument(metavar="DELIVERY", help="Id, as `deliveries` shows it.")],
    as_json: JsonOption = False,
) -> None:
    """Send a dead notification again, with all its attempts; a running server or worker does it."""
    with opened(common.settings()) as app:
        waiting = app.notifications.send_again(current_account(app).id, delivery)
    if as_json:
        print_json(_delivery_document(waiting))
    else:
        print_line(f"Delivery {waiting.id} waits to be sent.")


@app.command("discard")
@with_common
def discard(
    common: Common,
    delivery: Annotated[
        list[str], typer.Argument(metavar="DELIVERY...", help="Ids, as `deliveries --dead` shows them.")
    ],
    as_json: JsonOption = False,
) -> None:
    """Remove dead notifications, which are kept until then."""
    with opened(common.settings()) as app:
        account_id = current_account(app).id
        for one in delivery:
            app.notifications.discard(account_id, one)
    if as_json:
        print_json({"discarded": delivery})
    else:
        print_line(f"Discarded: {len(delivery)}.")


def _print_secret(pipeline: Pipeline) -> None:
    print_line(f"Signing secret  {pipeline.secret}")
    print_line("Keep the secret now: it is not shown again.")


def _pipeline_document(pipeline: Pipeline) -> dict[str, str]:
    from shotprint.notify.senders import shown

    return {
        "id": pipeline.id,
        "name": pipeline.name,
        "target": shown(pipeline.target),
        "created": pipeline.created.isoformat(),
    }


def _delivery_document(row: Notification) -> dict[str, object]:
    return {
        "id": row.id,
        "pipeline_id": row.pipeline_id,
        "subject": row.ended.subject.value,
        "job_id": row.ended.job_id,
        "job_state": row.ended.state.value,
        "state": row.state.value,
        "attempts": row.attempts,
        "created": row.created.isoformat(),
        "next_attempt": row.next_attempt.isoformat() if row.next_attempt else None,
        "delivered": row.delivered.isoformat() if row.delivered else None,
        "last_error": row.last_error,
    }
