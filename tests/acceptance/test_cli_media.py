"""`add`, `search`, `match` and `index rebuild` on real files, as processes."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import time
from pathlib import Path

import pytest
from support.media import make_video, moving_pictures
from support.processes import COMMAND, LIMIT_S, shotprint

from shotprint.engine.video.presets import PRESETS

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """one.mp4 and two.mp4 are unrelated; copy.mp4 has seconds 2 to 8 of one.mp4 at its seconds 4 to 10."""
    place = tmp_path_factory.mktemp("media")
    make_video(moving_pictures(10, rate=12, seed=1), rate=12, to=place / "one.mp4")
    make_video(moving_pictures(8, rate=12, seed=2), rate=12, to=place / "two.mp4")
    parts = [
        *moving_pictures(4, rate=12, seed=3),
        *moving_pictures(6, rate=12, seed=1, start=2),
        *moving_pictures(4, rate=12, seed=4),
    ]
    make_video(parts, rate=12, to=place / "copy.mp4")
    (place / "bad [red]\x1b[31m.mp4").write_bytes(b"this is no video" * 1000)
    (place / "empty.mp4").write_bytes(b"")
    return place


def segment_of(document: dict[str, object]) -> dict[str, float]:
    (match,) = document["matches"]  # type: ignore[misc]  # JSON
    (segment,) = match["segments"]
    return dict(segment)


@pytest.mark.parametrize("preset", PRESETS)
def test_match_finds_the_copied_part(place: Path, preset: str) -> None:
    ended = shotprint("match", "copy.mp4", "one.mp4", "--json", "--preset", preset, cwd=place)
    assert (ended.returncode, ended.stderr) == (0, "")
    document = json.loads(ended.stdout)
    assert document["query"] == "copy.mp4"
    assert document["matches"][0]["reference"] == "one.mp4"
    segment = segment_of(document)
    assert segment["query_start"] == pytest.approx(4, abs=0.7)
    assert segment["query_end"] == pytest.approx(10, abs=0.7)
    assert segment["reference_start"] == pytest.approx(2, abs=0.7)
    assert segment["reference_end"] == pytest.approx(8, abs=0.7)
    assert segment["speed"] == pytest.approx(1, abs=0.05)


def test_a_library_of_the_fast_preset_is_filled_and_searched(place: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shotprint("library", "create", "quick", "--preset", "video-2-fast", "--data", data)
    assert shotprint("add", "quick", "one.mp4", "two.mp4", "--data", data, cwd=place).returncode == 0
    ended = shotprint("search", "quick", "copy.mp4", "--json", "--data", data, cwd=place)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert segment_of(json.loads(ended.stdout))["reference_start"] == pytest.approx(2, abs=0.7)


def test_no_match_is_no_failure(place: Path) -> None:
    ended = shotprint("match", "two.mp4", "one.mp4", "--json", cwd=place)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert json.loads(ended.stdout) == {"query": "two.mp4", "matches": []}
    assert shotprint("match", "two.mp4", "one.mp4", cwd=place).stdout == "No match for two.mp4.\n"


@pytest.mark.parametrize("missing_first", [True, False])
def test_match_says_which_file_it_cannot_read(place: Path, missing_first: bool) -> None:
    files = ["gone.mp4", "one.mp4"] if missing_first else ["one.mp4", "gone.mp4"]
    ended = shotprint("match", *files, "--json", cwd=place)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "gone.mp4" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_add_stores_what_it_can_and_reports_the_rest(place: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shotprint("library", "create", "films", "--data", data)
    files = ["one.mp4", "bad [red]\x1b[31m.mp4", "gone.mp4", "empty.mp4", ".", "two.mp4"]
    ended = shotprint("add", "films", *files, "--json", "--data", data, cwd=place)
    assert ended.returncode == 1
    rows = json.loads(ended.stdout)
    assert [row["file"] for row in rows] == files
    assert [row["key"] for row in rows] == files
    assert [row["status"] for row in rows] == ["stored", "failed", "failed", "failed", "failed", "stored"]
    assert all((row["file_id"] is None) == (row["error"] is not None) for row in rows)

    shown = shotprint("add", "films", *files[:2], "--data", data, cwd=place)
    assert shown.stdout == "stored one.mp4\n"
    assert "bad [red]\\x1b[31m.mp4" in shown.stderr
    assert "\x1b" not in shown.stderr
    (library,) = json.loads(shotprint("library", "list", "--json", "--data", data).stdout)
    assert library["files"] == 2
    assert library["hours"] == pytest.approx(18 / 3600, abs=1e-3)


def test_search_finds_what_was_added_also_after_a_rebuild(place: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    made = json.loads(shotprint("library", "create", "films", "--json", "--data", data).stdout)
    shotprint("add", "films", "two.mp4", "--data", data, cwd=place)
    added = shotprint("add", "films", "one.mp4", "--key", "the one", "--json", "--data", data, cwd=place)
    assert json.loads(added.stdout)[0]["key"] == "the one"

    first = shotprint("search", "films", "copy.mp4", "--json", "--data", data, cwd=place)
    assert (first.returncode, first.stderr) == (0, "")
    document = json.loads(first.stdout)
    assert document["matches"][0]["reference"] == "the one"
    assert segment_of(document)["query_start"] == pytest.approx(4, abs=0.7)

    rebuilt = shotprint("index", "rebuild", made["id"], "--json", "--data", data)
    assert json.loads(rebuilt.stdout)["files"] == 2
    again = shotprint("search", made["id"], "copy.mp4", "--json", "--data", data, cwd=place)
    assert json.loads(again.stdout) == document

    table = shotprint("search", "films", "copy.mp4", "--data", data, cwd=place).stdout
    assert "the one" in table
    assert "1.00x" in table


def test_bar_is_on_a_terminal_and_not_in_a_pipe(place: Path) -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, "match", "copy.mp4", "one.mp4", "--json"],
        cwd=place, stdout=subprocess.PIPE, stderr=theirs, text=True, env={**os.environ, "TERM": "xterm"},
    ) as process:  # fmt: skip
        os.close(theirs)
        shown = b""
        while True:
            try:
                part = os.read(ours, 4096)
            except OSError:  # the other end is closed
                break
            if not part:
                break
            shown += part
        assert process.stdout is not None
        json.loads(process.stdout.read())
    os.close(ours)
    assert b"Comparing" in shown


def heed_interrupts() -> None:
    """What a terminal does; a process started in the background of a script inherits that they are ignored."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def test_interrupt_is_quiet(place: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shotprint("library", "create", "films", "--data", data)
    files = [str(place / "one.mp4")] * 200
    with subprocess.Popen(
        [*COMMAND, "add", "films", *files, "--data", str(data)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=heed_interrupts,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline().startswith("stored ")
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 130
    assert errors == ""
