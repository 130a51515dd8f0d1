"""Several processes on one database."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from shotprint.service.types import FileFilter, JobFilter, JobState
from shotprint.settings import Settings
from shotprint.wiring import App

pytestmark = pytest.mark.slow

WRITER = """
import sys
from shotprint.engine.types import MediaInfo
from shotprint.service import files, jobs
from shotprint.service.types import JobRequest, MediaPlace, SaveType
from shotprint.settings import load
from shotprint.wiring import open_app
from fractions import Fraction

database, data, name = sys.argv[1:]
app = open_app(load(database=database, data=data))
account = app.accounts.ensure("default")
library = app.libraries.default(account.id)
place = MediaPlace("b", "l", "o")
facts = MediaInfo("mp4", "h264", 2, 2, 0, Fraction(25), 1.0, False)
for number in range(25):
    job = app.jobs.submit(account.id, JobRequest(place, f"{name} {number}", SaveType.SAVE))
    with app.database.sessions.begin() as session:
        assert jobs.load(session, job.id) == job  # reads before it writes
        jobs.start(session, job.id)
    with app.database.sessions.begin() as session:
        file_id = files.store(session, library.id, f"{number % 10}", place, facts, name, None, 1)
        jobs.succeed(session, job.id, [], 1.0, file_id)
app.close()
"""


def run_together(commands: list[list[str]]) -> None:
    running = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for command in commands]
    for process in running:
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors


def test_processes_that_write_at_once_lose_nothing_and_never_find_it_locked(
    app: App, settings: Settings
) -> None:
    writer = [sys.executable, "-W", "error", "-c", WRITER, settings.database_url, str(settings.data)]
    run_together([[*writer, f"writer {number}"] for number in range(3)])

    (account,) = app.accounts.list()
    library = app.libraries.default(account.id)
    done = app.jobs.page(account.id, JobFilter(state=JobState.SUCCEEDED), None, 1000)
    assert len(done.items) == 75
    living = app.files.page(account.id, library.id, FileFilter(), None, 1000).items
    assert sorted(file.primary_key for file in living) == [str(number) for number in range(10)]
    assert (library.file_count, library.duration_s) == (10, 10.0)
    changes = app.files.changes_since(library.id, 0)
    assert (changes.revision, len(changes.removed)) == (75, 65)


def test_first_starts_at_once_agree_on_one_secret_key(database: str, tmp_path: Path) -> None:
    code = (
        "import sys; from shotprint.settings import load; from shotprint.wiring import open_app\n"
        "app = open_app(load(database=sys.argv[1], data=sys.argv[2]))\n"
        "account = app.accounts.ensure('default')\n"
        "app.accounts.add_key(account.id, 'same', 'secret'); app.close()"
    )
    command = [sys.executable, "-W", "error", "-c", code, database, str(tmp_path / "data")]
    run_together([command] * 3)
    assert sorted(path.name for path in (tmp_path / "data").iterdir()) == ["secret.key"]
