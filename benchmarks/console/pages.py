"""How large the console's pages are and how long the server is at them, in an account with many jobs and files.

The pages are asked for in this process, without a network, one after the other, as a browser does that is signed in.
"""

from __future__ import annotations

import asyncio
import random
import re
import statistics
import tempfile
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
from sqlalchemy import insert, update
from starlette.types import ASGIApp

from benchmarks.tables import markdown
from shotprint.cli.console import create_site
from shotprint.service.checks import new_id, now
from shotprint.service.types import Account, JobState, Library, SaveType
from shotprint.settings import load
from shotprint.store.models import FileRow, JobRow, LibraryRow
from shotprint.wiring import App, migrate, open_app

HOST = "http://console.local"
PORTION = 5000  # rows in one insert
DAYS = 60  # that the jobs came in
STATES = (JobState.SUCCEEDED,) * 94 + (JobState.FAILED,) * 5 + (JobState.QUEUED,)


@dataclass(frozen=True)
class Figures:
    """Of one page.

    Attributes
    ----------
    page_bytes : of the page itself, as it is sent, compressed.
    all_bytes : with the style sheet, scripts and icon that a browser has not kept.
    median_ms, worst_ms : until the answer was whole.
    processor_ms : that it took of the machine, the median.
    """

    name: str
    page_bytes: int
    all_bytes: int
    median_ms: float
    worst_ms: float
    processor_ms: float


def page_table(job_count: int, file_count: int, repeats: int) -> str:
    """Figures of the first page and of lists, as a table."""
    with tempfile.TemporaryDirectory() as directory:
        settings = load(data=Path(directory), workers=1)
        migrate(settings)
        app = open_app(settings)
        try:
            account = app.accounts.create("bench")
            library = fill(app, account, job_count, file_count)
            found = asyncio.run(measure(create_site(app), app, account, pages(library), repeats))
        finally:
            app.close()
    head = (
        f"page, {job_count} jobs, {file_count} files", "kB compressed", "kB with style and scripts",
        "median ms", "worst ms", "ms of processor time",
    )  # fmt: skip
    rows = [
        (
            one.name,
            f"{one.page_bytes / 1000:.1f}",
            f"{one.all_bytes / 1000:.1f}",
            f"{one.median_ms:.0f}",
            f"{one.worst_ms:.0f}",
            f"{one.processor_ms:.0f}",
        )
        for one in found
    ]
    return markdown(head, rows)


def pages(library: Library) -> dict[str, str]:
    return {
        "overview": "/",
        "tasks": "/tasks",
        "tasks that failed": "/tasks?state=failed",
        "tasks of a library": f"/tasks?library={library.id}",
        "task by file key": "/tasks?q=film+77.mp4",
        "library": f"/libraries/{library.id}",
        "library, text in the key": f"/libraries/{library.id}?q=77",
        "libraries": "/libraries",
        "new task": "/tasks/new",
    }


def fill(app: App, account: Account, job_count: int, file_count: int) -> Library:
    """An account with one library, jobs of the last `DAYS` days, and stored files; rows only."""
    dice = random.Random(1)
    library = app.libraries.create(account.id, "films")
    app.libraries.activate(library.id)
    moment = now()
    with app.database.sessions.begin() as session:
        for first in range(0, job_count, PORTION):
            rows = []
            for number in range(first, min(first + PORTION, job_count)):
                state = dice.choice(STATES)
                created = moment - timedelta(days=DAYS * (1 - number / job_count))
                over = state is not JobState.QUEUED
                rows.append(
                    {
                        "id": new_id(), "account_id": account.id, "library_id": library.id,
                        "bucket": "media", "location": "", "object": f"films/{number}.mp4",
                        "primary_key": f"film {number}.mp4", "save_type": SaveType.NOSAVE, "state": state,
                        "progress": float(over), "created": created,
                        "finished": created + timedelta(seconds=dice.random() * 900) if over else None,
                        "duration_s": dice.random() * 600 if state is JobState.SUCCEEDED else None,
                        "matches": [], "match_count": dice.randrange(3),
                        "error_code": "media_not_found" if state is JobState.FAILED else None,
                        "error_message": "It is not there" if state is JobState.FAILED else None,
                    }
                )  # fmt: skip
            session.execute(insert(JobRow), rows)
        for first in range(0, file_count, PORTION):
            session.execute(
                insert(FileRow),
                [
                    {
                        "id": new_id(), "library_id": library.id, "primary_key": f"film {number}.mp4",
                        "bucket": "media", "location": "", "object": f"films/{number}.mp4", "stored": moment,
                        "duration_s": 600.0, "size_bytes": 10**8, "facts": {}, "fingerprint_url": "x",
                        "added_revision": number + 1,
                    }
                    for number in range(first, min(first + PORTION, file_count))
                ],
            )  # fmt: skip
        session.execute(
            update(LibraryRow)
            .where(LibraryRow.id == library.id)
            .values(
                revision=file_count, file_count=file_count, media_ms=file_count * 600_000,
                media_bytes=file_count * 10**8,
            )
        )  # fmt: skip
    return library


async def measure(
    site: ASGIApp, app: App, account: Account, wanted: dict[str, str], repeats: int
) -> list[Figures]:
    """Ask for each page `repeats` times, once before that to warm up."""
    transport = httpx.ASGITransport(site, client=("192.0.2.1", 50000))
    async with httpx.AsyncClient(transport=transport, base_url=HOST, headers={"origin": HOST}) as client:
        await sign_in(client, app.sessions.make_link(account.id))
        found = []
        for name, path in wanted.items():
            page = await get(client, f"/console{path}")
            sizes = [sent_bytes(await get(client, address)) for address in parts(page.text)]
            times, processor = [], []
            for _ in range(repeats):
                began, worked = time.perf_counter(), time.process_time()
                await get(client, f"/console{path}")
                times.append((time.perf_counter() - began) * 1000)
                processor.append((time.process_time() - worked) * 1000)
            size = sent_bytes(page)
            found.append(
                Figures(
                    name, size, size + sum(sizes), statistics.median(times), max(times),
                    statistics.median(processor),
                )
            )  # fmt: skip
    return found


async def sign_in(client: httpx.AsyncClient, token: str) -> None:
    page = await get(client, f"/console/enter?token={token}")
    csrf = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert csrf
    answer = await client.post("/console/enter", data={"token": token, "csrf": csrf[1]})
    assert answer.status_code == 303, answer.text


async def get(client: httpx.AsyncClient, path: str) -> httpx.Response:
    answer = await client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer


def parts(page: str) -> list[str]:
    """What a browser fetches besides the page itself."""
    return sorted(set(re.findall(r'(?:href|src)="(/console/static/[^"]+)"', page)))


def sent_bytes(answer: httpx.Response) -> int:
    """Before it was unpacked."""
    return int(answer.headers["content-length"])
