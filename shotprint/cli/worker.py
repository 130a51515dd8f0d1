"""``shotprint worker``: workers alone, for the database of a server that runs elsewhere."""

from __future__ import annotations

from functools import partial

import typer

from shotprint.cli.options import AccountOption, Common, DatabaseOption, DataOption
from shotprint.cli.output import print_line
from shotprint.cli.serve import START_S, BucketOption, WorkersOption, merged_buckets
from shotprint.cli.stop_signals import StopSignals


def worker(
    context: typer.Context,
    data: DataOption = None,
    bucket: BucketOption = None,
    workers: WorkersOption = None,
    account: AccountOption = None,
    database: DatabaseOption = None,
) -> None:
    """Run worker processes against the database, until interrupted; give the server's buckets to them too."""
    common = Common.of(context, data, account, database)
    settings = common.settings(workers=workers, buckets=merged_buckets(common, bucket))

    from shotprint.api.messages import compose
    from shotprint.api.wire_errors import job_code
    from shotprint.logs import configure
    from shotprint.wiring import migrate
    from shotprint.worker.pool import WorkerPool
    from shotprint.worker.tasks import handlers

    configure(settings.log_level, settings.log_format)
    migrate(settings)
    with StopSignals() as stop:
        make_handlers = partial(handlers, code_of=job_code)
        pool = WorkerPool(settings, make_handlers=make_handlers, compose=compose)
        try:
            pool.start()
            pool.wait_ready(START_S)
            print_line(f"shotprint worker is ready, processes: {settings.workers}")
            stop.wait()
        finally:
            pool.stop()
