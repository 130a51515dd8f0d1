"""``shotprint serve``: the API, the console and the workers in one command."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shotprint.cli.account import print_key
from shotprint.cli.options import AccountOption, Common, DatabaseOption, DataOption, opened
from shotprint.cli.output import print_line
from shotprint.cli.stop_signals import StopSignals

if TYPE_CHECKING:
    from shotprint.settings import Settings
    from shotprint.wiring import App

START_S = 120.0  # how long the workers may take to start; a busy small machine needs some seconds

BucketOption = Annotated[
    list[str] | None,
    typer.Option(
        "--bucket",
        metavar="NAME=URL",
        help="Where a bucket's objects are; without scheme:// a directory. May be repeated.",
    ),
]
WorkersOption = Annotated[
    int | None,
    typer.Option(
        "--workers",
        metavar="N",
        min=0,
        help="Worker processes; 0 leaves analyses to others.",
        show_default="number of CPUs",
    ),
]


def serve(
    context: typer.Context,
    host: Annotated[
        str | None,
        typer.Option("--host", metavar="HOST", help="Address to listen on.", show_default="127.0.0.1"),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            "--port", metavar="PORT", min=0, max=65535, help="Port; 0 takes a free one.", show_default="8080"
        ),
    ] = None,
    data: DataOption = None,
    bucket: BucketOption = None,
    access_key: Annotated[
        list[str] | None,
        typer.Option(
            "--access-key", metavar="ID:SECRET", help="Add the key to the account. May be repeated."
        ),
    ] = None,
    workers: WorkersOption = None,
    tls_cert: Annotated[
        Path | None,
        typer.Option(
            "--tls-cert", metavar="FILE", help="Speak HTTPS with this certificate, PEM with its chain."
        ),
    ] = None,
    tls_key: Annotated[
        Path | None,
        typer.Option("--tls-key", metavar="FILE", help="Key of the certificate, PEM without a password."),
    ] = None,
    account: AccountOption = None,
    database: DatabaseOption = None,
) -> None:
    """Serve the API and the console until interrupted; workers included.

    With no key in the account, one is made and shown once. The first start also prints a link that signs in to the
    console once. When everything is up, one line
    "shotprint is ready at http://HOST:PORT" (or https) is printed; logs go to standard error.
    """
    keys = [split_access_key(text) for text in access_key or ()]
    common = Common.of(context, data, account, database)
    settings = common.settings(host=host, port=port, workers=workers, buckets=merged_buckets(common, bucket))
    run(settings, keys, tls_files(tls_cert, tls_key))


def split_access_key(text: str) -> tuple[str, str]:
    """Id and secret; the id ends at the first colon."""
    key_id, colon, secret = text.partition(":")
    if not (key_id and colon and secret):
        raise typer.BadParameter("is not ID:SECRET", param_hint="--access-key")
    return key_id, secret


def tls_files(chain: Path | None, key: Path | None) -> tuple[Path, Path] | None:
    """Both files, or None when neither is given."""
    if chain is None and key is None:
        return None
    if chain is None or key is None:
        raise typer.BadParameter("--tls-cert and --tls-key need each other")
    return chain, key


def merged_buckets(common: Common, pairs: list[str] | None) -> dict[str, str] | None:
    """Buckets of the environment and, stronger, of the command line; None when the latter names none."""
    if not pairs:
        return None
    from shotprint.settings import parse_buckets

    try:
        given = parse_buckets(pairs)
    except ValueError as exc:
        raise typer.BadParameter(str(exc), param_hint="--bucket") from exc
    return {**common.settings().buckets, **given}


def run(settings: Settings, keys: list[tuple[str, str]], tls: tuple[Path, Path] | None = None) -> None:
    """Listen first, so that a taken port is told before anything is started; then store, workers, API."""
    from shotprint.api.messages import compose
    from shotprint.api.wire_errors import job_code
    from shotprint.cli.console import create_site, print_first_link
    from shotprint.cli.web_server import Certificate, WebServer, listen, url_of
    from shotprint.logs import configure
    from shotprint.worker.pool import WorkerPool
    from shotprint.worker.tasks import handlers

    configure(settings.log_level, settings.log_format)
    certificate = Certificate(*tls) if tls else None
    if certificate is not None:
        certificate.check()
    with StopSignals() as stop, listen(settings.host, settings.port) as listener, opened(settings) as app:
        prepare_keys(app, keys)
        url = url_of(listener, tls=tls is not None)

        def tell_ready() -> None:
            print_first_link(app, url)
            print_line(f"shotprint is ready at {url}")

        server = WebServer(create_site(app), listener, tell_ready, certificate)
        stop.then(server.stop)
        make_handlers = partial(handlers, code_of=job_code)
        pool = WorkerPool(settings, make_handlers=make_handlers, compose=compose)
        try:
            pool.start()
            pool.wait_ready(START_S)
            server.serve()
        finally:
            pool.stop()


def prepare_keys(app: App, keys: list[tuple[str, str]]) -> None:
    """Give the account the keys of the command line, or its first one."""
    account = app.accounts.ensure(app.settings.account)
    for key_id, secret in keys:
        app.accounts.add_key(account.id, key_id, secret)
    if not app.accounts.keys(account.id):
        print_line(f"Made the first access key of account {account.name}.")
        key = app.accounts.add_key(account.id)
        print_key(key.id, key.secret)
