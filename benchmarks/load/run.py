"""A real server under a steady load of signed calls, without analyses in the background and with them."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.load.figures import ALL, OPERATIONS, Call, Figures, by_operation, faults, read_calls
from benchmarks.load.plan import CALLERS, Plan
from benchmarks.load.used import used_by
from benchmarks.tables import markdown
from demo.client import Client
from demo.server import Server, running_server

CORES = 2
KEY = ("load-key", "load-secret")
BUCKET = "clips"
CLIP = "bigbuckbunny.mp4"
WAITING = 400  # jobs in the queue before the first call: more than the workers can do while it is measured
WARM_UP_S = 5.0
USERS = Path(__file__).with_name("users.py")


@dataclass(frozen=True)
class Phase:
    """One measurement.

    Attributes
    ----------
    load_average : of the last minute before the first call.
    api, workers, callers : cores that each kept busy.
    analyses : done meanwhile.
    """

    calls: list[Call]
    load_average: float
    api: float
    workers: float
    callers: float
    analyses: int

    @property
    def figures(self) -> dict[str, Figures]:
        return by_operation(self.calls)


def load_tables(clips: Path, *, rate: float, seconds: float, rounds: int, postgres: bool) -> str:
    """As many rounds as asked; in each one server without workers and one with them, the order turning."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])  # of this process and all that it starts
    pairs = []
    for number in range(rounds):
        found = {}
        for background in (False, True) if number % 2 == 0 else (True, False):
            with database(postgres) as url:
                found[background] = measure(clips, url, background, rate, seconds)
        pairs.append((found[False], found[True]))
    return calls_table(pairs) + "\n\n" + ratio_table(pairs) + "\n\n" + machine_table(pairs)


@contextmanager
def database(postgres: bool) -> Iterator[str | None]:
    """A fresh database: None for the server's own SQLite, or the URL of a PostgreSQL with its usual settings."""
    if not postgres:
        yield None
        return
    from tests.support.postgres_server import PostgresServer

    server = PostgresServer(durable=True)
    try:
        yield server.url()
    finally:
        server.stop()


def measure(clips: Path, url: str | None, background: bool, rate: float, seconds: float) -> Phase:
    """Fill the queue of a new server, then call it."""
    options = ["--workers", str(CORES if background else 0)]
    if url is not None:
        options += ["--database", url]
    with (
        tempfile.TemporaryDirectory(prefix="shotprint-load-") as folder,
        running_server(Path(folder), {BUCKET: clips}, KEY, *options) as server,
    ):
        library_id, job_id = prepare(server)
        plan = Plan(
            urlsplit(server.url).netloc, *KEY, rate=rate, library_id=library_id, bucket=BUCKET, clip=CLIP,
            job_id=job_id, out=str(Path(folder) / "calls"),
        )  # fmt: skip
        if background:
            wait_for_work(server)
        return call(server, plan, seconds)


def prepare(server: Server) -> tuple[str, str]:
    """Make a library to search and one to store in, and put real work into the queue: searches and additions
    by turns. Gives the first library and a job."""
    client = Client(server.url, *KEY)
    films, archive = (
        client.call("CreateFpShotDB", Name=name, ModelId="12")["FpShotDB"]["FpDBId"]
        for name in ("films", "archive")
    )
    place = {"Bucket": BUCKET, "Location": "oss-cn-shanghai", "Object": CLIP}
    job_id = ""
    for number in range(WAITING):
        save_type, library = [("onlysave", films if number == 0 else archive), ("nosave", films)][number % 2]
        config = {"FpDBId": library, "PrimaryKey": f"waiting-{number}", "SaveType": save_type}
        job_id = client.call("SubmitFpShotJob", Input=place, FpShotConfig=config)["JobId"]
        time.sleep(0.01)
    return str(films), job_id


def wait_for_work(server: Server) -> None:
    """Until each worker has finished something, so that none is still loading its programs."""
    while used_by(server).analyses < 2 * CORES:
        time.sleep(0.2)


def call(server: Server, plan: Plan, seconds: float) -> Phase:
    """Let the callers call, and see what was used meanwhile."""
    command = [sys.executable, "-m", "locust", "-f", str(USERS), "--headless", "--only-summary"]
    command += ["--users", str(CALLERS * len(OPERATIONS)), "--spawn-rate", "100", "--stop-timeout", "30"]
    command += ["--run-time", f"{WARM_UP_S + seconds + 2:g}s", "--exit-code-on-error", "0"]
    load_average, before, start = os.getloadavg()[0], used_by(server), time.monotonic()
    children = os.times()
    done = subprocess.run(command, env=plan.to_environment(), capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"Locust ended with {done.returncode}:\n{done.stderr}")
    took, after, used = time.monotonic() - start, used_by(server), os.times()
    callers = used.children_user + used.children_system - children.children_user - children.children_system
    return Phase(
        calls=read_calls(Path(plan.out), WARM_UP_S, seconds),
        load_average=load_average,
        api=(after.api_s - before.api_s) / took,
        workers=(after.workers_s - before.workers_s) / took,
        callers=callers / took,
        analyses=after.analyses - before.analyses,
    )


def calls_table(pairs: list[tuple[Phase, Phase]]) -> str:
    """One row a measurement and operation."""
    rows = []
    for number, pair in enumerate(pairs, 1):
        for background, phase in zip(("no", "yes"), pair, strict=True):
            for name, one in phase.figures.items():
                counts = (one.attempted, one.answered, one.throttled, one.dropped)
                times = (f"{value:.1f}" for value in (one.p50, one.p95, one.p99))
                rows.append((number, background, name, *counts, *times))
            for fault in faults(phase.calls):
                print(f"run {number}, analyses {background}: {fault}", file=sys.stderr, flush=True)
    return markdown(
        (
            "run", "analyses", "operation", "calls", "answered", "throttled", "dropped",
            "p50 ms", "p95 ms", "p99 ms",
        ),
        rows,
    )  # fmt: skip


def ratio_table(pairs: list[tuple[Phase, Phase]]) -> str:
    """The p99 with analyses in the background to that without."""
    names = (*OPERATIONS, ALL)
    ratios = [
        (number, *(f"{busy.figures[name].p99 / idle.figures[name].p99:.2f}" for name in names))
        for number, (idle, busy) in enumerate(pairs, 1)
    ]
    return markdown(("run", *(f"p99 ratio {name}" for name in names)), ratios)


def machine_table(pairs: list[tuple[Phase, Phase]]) -> str:
    """What the processes used, and what else went on."""
    rows = [
        (
            number, background, f"{phase.load_average:.1f}", f"{phase.api:.2f}", f"{phase.workers:.2f}",
            f"{phase.callers:.2f}", phase.analyses,
        )
        for number, pair in enumerate(pairs, 1)
        for background, phase in zip(("no", "yes"), pair, strict=True)
    ]  # fmt: skip
    return markdown(
        ("run", "analyses", "load average before", "cores: API", "workers", "callers", "analyses done"), rows
    )
