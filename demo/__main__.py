"""``python -m demo``: edited copies of a real clip and of a real text are found by a server that knows both.

Exit code 0 when they were found where they were put, 1 otherwise.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demo.client import CallFailed, Client
from demo.copied_text import COPY, CopiedText, make_copied_text
from demo.copied_text import ORIGINAL as TEXT
from demo.copied_text import STORED as STORED_TEXTS
from demo.edited_copy import Truth, make_edited_copy, seconds_of
from demo.picture import draw_match
from demo.server import ServerFailed, running_server
from shotprint.cli.output import prepare_streams, print_line, print_table
from shotprint.cli.results import clock, time_lines
from shotprint.engine.types import Segment

STORED = ("bigbuckbunny.mp4", "carphone_pristine.mp4")
ORIGINAL, FOREIGN, EDITED = "bigbuckbunny.mp4", "bikes.mp4", "edited.mp4"
KEY = ("demo-key", "demo-secret")
JOB_LIMIT_S = 120
TOLERANCE_S = 1.0
TEXT_TOLERANCE = 40  # characters
CREDIT = "Big Buck Bunny (c) Blender Foundation, CC BY 3.0, peach.blender.org"


@dataclass(frozen=True)
class Found:
    """One match as the API told it."""

    primary_key: str
    similarity: float
    segments: tuple[Segment, ...]


@dataclass(frozen=True)
class Passage:
    """One copied passage as the API told it, with the one that it was copied from."""

    primary_key: str
    similarity: float
    copied: str
    original: str


def main() -> None:
    """Run the demo and exit."""
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument("--clips", type=Path, required=True, help="directory of the sample clips")
    parser.add_argument(
        "--work", type=Path, default=Path("demo-data"), help="directory to work in, made anew"
    )
    parser.add_argument("--picture", type=Path, help="where to write the picture (.jpg or .png)")
    options = parser.parse_args()
    prepare_streams()
    try:
        found = run(options.clips, options.work, options.picture or options.work / "match.jpg")
    except (CallFailed, ServerFailed, TimeoutError) as exc:
        sys.exit(f"The demo failed: {exc}")
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(0 if found else "The copy was not found where it was put.")


def run(clips: Path, work: Path, picture: Path) -> bool:
    """The whole demo; True when the copy was found, and found in the right place."""
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    with step(
        f"Editing a copy: part of {ORIGINAL}, mirrored, cropped, captioned, between parts of {FOREIGN}"
    ):
        truth = make_edited_copy(clips / ORIGINAL, clips / FOREIGN, work / EDITED)
    copied = make_copied_text(work)
    with ExitStack() as server:
        with step("Starting a server"):
            running = server.enter_context(running_server(work, {"clips": clips, "uploads": work}, KEY))
        client = Client(running.url, *KEY)
        matches, passages = ask(client), ask_for_texts(client)
        with step("Stopping the server"):
            server.close()
    lengths = (seconds_of(work / EDITED), seconds_of(clips / ORIGINAL))
    show(matches, truth, lengths)
    if not matches or matches[0].primary_key != ORIGINAL:
        return False
    segment = matches[0].segments[0]
    draw_match(
        picture,
        (work / EDITED, lengths[0], (segment.query_start, segment.query_end)),
        (clips / ORIGINAL, lengths[1], (segment.reference_start, segment.reference_end)),
        f"{EDITED}: cropped, mirrored, brightened, captioned, between foreign material",
        CREDIT,
    )
    print_line(f"A picture of the match is in {picture}")
    show_passages(passages)
    return is_right(segment, truth) and is_copied(passages, copied)


@contextmanager
def step(label: str) -> Iterator[None]:
    """Say what is being done, and how long it took."""
    sys.stdout.write(f"{label} ... ")
    sys.stdout.flush()
    started = time.monotonic()
    try:
        yield
    except BaseException:
        print_line("failed")
        raise
    print_line(f"{time.monotonic() - started:.1f} s")


def ask(client: Client) -> list[Found]:
    """Fill a library and search the edited copy in it."""
    with step("Making a library: CreateFpShotDB"):
        library = client.call("CreateFpShotDB", Name="films", ModelId="12")["FpShotDB"]["FpDBId"]
    with step(f"Storing {len(STORED)} clips: SubmitFpShotJob, QueryFpShotJobList"):
        for job_id in [submit(client, library, "clips", name, "onlysave") for name in STORED]:
            wait(client, job_id)
    with step("Searching the edited copy: SubmitFpShotJob, QueryFpShotJobList"):
        job = wait(client, submit(client, library, "uploads", EDITED, "nosave"))
    shots = job.get("FpShotResult", {}).get("FpShots", {}).get("FpShot", [])
    return [found(shot) for shot in shots]


def ask_for_texts(client: Client) -> list[Passage]:
    """The same with texts: their licence stored, and a text with an edited section of it searched."""
    with step(f"Storing {len(STORED_TEXTS)} texts and searching an edited copy: the same calls, ModelId 11"):
        library = client.call("CreateFpShotDB", Name="texts", ModelId="11")["FpShotDB"]["FpDBId"]
        for job_id in [submit(client, library, "uploads", name, "onlysave") for name in STORED_TEXTS]:
            wait(client, job_id)
        job = wait(client, submit(client, library, "uploads", COPY, "nosave"))
    shots = job.get("FpShotResult", {}).get("TextFpShots", {}).get("TextFpShot", [])
    return [
        Passage(shot["PrimaryKey"], float(part["Similarity"]), part["InputText"], part["DuplicationText"])
        for shot in shots
        for part in shot["TextFpShotSlices"]["TextFpShotSlice"]
    ]


def submit(client: Client, library: str, bucket: str, name: str, save_type: str) -> str:
    """Submit one analysis; gives the job's id."""
    answer = client.call(
        "SubmitFpShotJob",
        Input={"Bucket": bucket, "Location": "oss-cn-shanghai", "Object": name},
        FpShotConfig={"FpDBId": library, "PrimaryKey": name, "SaveType": save_type},
    )
    return str(answer["JobId"])


def wait(client: Client, job_id: str) -> dict[str, Any]:
    """Ask for the job until it has ended.

    Raises
    ------
    CallFailed
        It ended in a failure.
    TimeoutError
    """
    ends = time.monotonic() + JOB_LIMIT_S
    while time.monotonic() < ends:
        (job,) = client.call("QueryFpShotJobList", JobIds=job_id)["FpShotJobList"]["FpShotJob"]
        if job["State"] == "Success":
            return dict(job)
        if job["State"] == "Fail":
            raise CallFailed(f"Job {job_id}: {job['Code']}: {job['Message']}")
        time.sleep(0.2)
    raise TimeoutError(f"Job {job_id} took more than {JOB_LIMIT_S} s")


def found(shot: dict[str, Any]) -> Found:
    """One FpShot of an answer, in the project's own words."""
    segments = []
    for part in shot["FpShotSlices"]["FpShotSlice"]:
        query, reference = (
            (float(side["Start"]), float(side["Start"]) + float(side["Duration"]))
            for side in (part["Input"], part["Duplication"])
        )
        segments.append(Segment(*query, *reference, similarity=float(part["Similarity"])))
    return Found(shot["PrimaryKey"], float(shot["Similarity"]), tuple(segments))


def show(matches: list[Found], truth: Truth, lengths: tuple[float, float]) -> None:
    """Print the matches as a table, and the time lines of the copy and of its original."""
    print_line("")
    rows = [
        (
            match.primary_key,
            f"{match.similarity:.2f}",
            span(segment.query_start, segment.query_end),
            span(segment.reference_start, segment.reference_end),
        )
        for match in matches
        for segment in match.segments
    ]
    put = (span(truth.query_start, truth.query_end), span(truth.reference_start, truth.reference_end))
    print_table(
        ("stored clip", "similarity", f"in {EDITED}", "in the stored clip"),
        [*rows, ("(where it was put)", "", *put)],
    )
    for match in matches:
        if match.primary_key == ORIGINAL:
            for line in time_lines(match.segments, *lengths):
                print_line(line)
    print_line("")


def span(start: float, end: float) -> str:
    """A stretch of a time line for people."""
    return f"{clock(start)} - {clock(end)}"


def is_right(segment: Segment, truth: Truth) -> bool:
    """Whether a segment lies where the copy was put, on both sides."""
    pairs = (
        (segment.query_start, truth.query_start),
        (segment.query_end, truth.query_end),
        (segment.reference_start, truth.reference_start),
        (segment.reference_end, truth.reference_end),
    )
    return all(abs(told - true) <= TOLERANCE_S for told, true in pairs)


def show_passages(passages: list[Passage]) -> None:
    """Print copied passages beside what they were copied from."""
    print_line("")
    print_table(
        ("stored text", "similarity", f"in {COPY}", "in the stored text"),
        [
            (found.primary_key, f"{found.similarity:.2f}", ends_of(found.copied), ends_of(found.original))
            for found in passages
        ],
    )


def ends_of(text: str) -> str:
    """The first and the last words of a passage."""
    line = " ".join(text.split())
    return f"{line[:24]} ... {line[-16:]}"


def is_copied(passages: list[Passage], truth: CopiedText) -> bool:
    """Whether the passage that was copied was found, and nothing else."""
    return (
        [found.primary_key for found in passages] == [TEXT]
        and abs(len(passages[0].original) - len(truth.original)) < TEXT_TOLERANCE
        and abs(len(passages[0].copied) - len(truth.copied)) < TEXT_TOLERANCE
    )


if __name__ == "__main__":
    main()
