"""Comparisons of two given files, on both databases."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest
from support.media import make_video, moving_pictures
from support.service_work import stored_keys, work_off

from shotprint.errors import EmptyValue, InternalError, LeaseLost, LibraryNotFound
from shotprint.queue.protocol import Lane
from shotprint.service.comparisons import COMPARE
from shotprint.service.types import (
    Account,
    Comparison,
    ComparisonRequest,
    DeletionKind,
    JobState,
    Library,
    MediaPlace,
)
from shotprint.settings import Settings, load
from shotprint.wiring import App, open_app


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """one.mp4 and two.mp4 of 6 s each, copy.mp4 showing one.mp4 from its second 3 on, and a broken file."""
    directory = tmp_path_factory.mktemp("films")
    one = list(moving_pictures(6, seed=1, rate=10))
    make_video(one, rate=10, to=directory / "one.mp4")
    make_video(moving_pictures(6, seed=2, rate=10), rate=10, to=directory / "two.mp4")
    make_video([*moving_pictures(3, seed=3, rate=10), *one], rate=10, to=directory / "copy.mp4")
    (directory / "broken.mp4").write_bytes(b"no media at all" * 1000)
    return directory


@pytest.fixture
def settings(database: str, tmp_path: Path, films: Path) -> Settings:
    (tmp_path / "out").mkdir()
    return load(
        database=database,
        data=tmp_path / "data",
        workers=1,
        buckets={"films": str(films), "out": str(tmp_path / "out")},
        writable_buckets=("out", "gone"),
    )


def place(name: str) -> MediaPlace:
    return MediaPlace("films", "here", name)


def compared(app: App, mine: Account, request: ComparisonRequest) -> Comparison:
    asked = app.comparisons.submit(mine.id, request)
    work_off(app)
    (done,), missing = app.comparisons.get(mine.id, [asked.id])
    assert missing == []
    assert app.queue.waiting() == 0
    return done


def test_what_the_query_copies_of_the_master_is_found(app: App, mine: Account) -> None:
    done = compared(app, mine, ComparisonRequest(place("one.mp4"), place("copy.mp4")))
    assert (done.state, done.error_code) == (JobState.SUCCEEDED, None)
    assert done.finished is not None
    assert done.result is not None
    (match,) = done.result.matches
    assert match.reference == "master"
    (segment,) = match.segments
    assert segment.query_start == pytest.approx(3.0, abs=0.6)
    assert segment.reference_start == pytest.approx(0.0, abs=0.6)
    assert segment.query_end - segment.query_start == pytest.approx(6.0, abs=1.0)
    master, query = done.result.master, done.result.query
    assert (master.info.duration, query.info.duration) == pytest.approx((6.0, 9.0), abs=0.2)
    assert (master.info.frames_decoded, query.info.frames_decoded) == (60, 90)
    assert 0 < master.print_frames <= query.print_frames
    assert done.result.frames is None


def test_files_with_nothing_in_common_are_a_result_too(app: App, mine: Account) -> None:
    done = compared(app, mine, ComparisonRequest(place("one.mp4"), place("two.mp4")))
    assert done.state is JobState.SUCCEEDED
    assert done.result is not None
    assert done.result.matches == ()


def test_comparisons_keep_to_the_settings(database: str, tmp_path: Path, films: Path) -> None:
    """The shortest segment; and the preset where no library says it, which decodes less."""
    for number, (more, decoded, matches) in enumerate(
        [({"min_segment_s": 2}, 60, 1), ({"min_segment_s": 7}, 60, 0), ({"preset": "video-2-fast"}, 40, 1)]
    ):
        settings = load(database=database, data=tmp_path / "data", buckets={"films": str(films)}, **more)
        app = open_app(settings)
        mine = app.accounts.create(f"mine {number}")
        done = compared(app, mine, ComparisonRequest(place("one.mp4"), place("copy.mp4")))
        app.close()
        assert done.result is not None
        assert len(done.result.matches) == matches
        assert done.result.master.info.frames_decoded == pytest.approx(decoded, abs=5)


def test_a_comparison_is_echoed_and_stores_nothing(app: App, mine: Account, library: Library) -> None:
    request = ComparisonRequest(
        place("one.mp4"), place("copy.mp4"), library.id, None, "p" * 32, "u", "master text", "query text"
    )
    asked = app.comparisons.submit(mine.id, request)
    assert (asked.master, asked.query, asked.frame_storage) == (request.master, request.query, None)
    assert (asked.library_id, asked.pipeline_id, asked.user_data) == (library.id, "p" * 32, "u")
    assert (asked.master_text, asked.query_text) == ("master text", "query text")
    assert (asked.state, asked.result) == (JobState.QUEUED, None)
    assert app.comparisons.get(mine.id, [asked.id]) == ([asked], [])
    work_off(app)
    assert stored_keys(app, library) == []


@pytest.mark.parametrize(
    ("master", "query", "code"),
    [
        ("missing.mp4", "one.mp4", "media_not_found"),
        ("one.mp4", "missing.mp4", "media_not_found"),
        ("broken.mp4", "one.mp4", "media_unreadable"),
        ("one.mp4", "broken.mp4", "media_unreadable"),
    ],
)
def test_either_file_can_be_at_fault(app: App, mine: Account, master: str, query: str, code: str) -> None:
    done = compared(app, mine, ComparisonRequest(place(master), place(query)))
    assert (done.state, done.error_code, done.result) == (JobState.FAILED, code, None)
    assert done.error_message


def test_matched_frames_are_written_side_by_side(app: App, mine: Account, tmp_path: Path) -> None:
    frames = MediaPlace("out", "here", "my%20frames/1")
    request = ComparisonRequest(place("one.mp4"), place("copy.mp4"), frame_storage=frames)
    done = compared(app, mine, request)
    assert (done.state, done.error_code) == (JobState.SUCCEEDED, None)
    assert done.result is not None
    written = done.result.frames
    assert written is not None
    assert written.description == MediaPlace("out", "here", "my%20frames/1/matched-frames.json")
    folder = tmp_path / "out" / "my frames" / "1"
    told = json.loads((folder / "matched-frames.json").read_text())["MatchedFrames"]
    assert 3 <= len(told) <= 200
    pictures = []
    for name in ("master-frames.zip", "query-frames.zip"):
        with zipfile.ZipFile(folder / name) as archive:
            assert archive.namelist() == [one["Frame"] for one in told]
            pictures.append([decoded(archive.read(one)) for one in archive.namelist()])
    for one, master, query in zip(told, *pictures, strict=True):
        assert one["QueryTime"] - one["MasterTime"] == pytest.approx(3.0, abs=0.6)
        assert master.shape == query.shape


def decoded(data: bytes) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE).astype(np.float64)


def test_without_a_match_there_are_no_frames_to_write(app: App, mine: Account, tmp_path: Path) -> None:
    frames = MediaPlace("out", "", "none")
    compared(app, mine, ComparisonRequest(place("one.mp4"), place("two.mp4"), frame_storage=frames))
    told = json.loads((tmp_path / "out" / "none" / "matched-frames.json").read_text())
    assert told == {"MatchedFrames": []}


@pytest.mark.parametrize(
    ("bucket", "name"),
    [("films", "frames"), ("gone", "frames"), ("nobody", "frames"), ("out", "../x"), ("out", "/x")],
)
def test_frames_are_written_only_where_the_settings_allow_it(
    app: App, mine: Account, films: Path, tmp_path: Path, bucket: str, name: str
) -> None:
    before = sorted(films.iterdir())
    request = ComparisonRequest(
        place("one.mp4"), place("copy.mp4"), frame_storage=MediaPlace(bucket, "here", name)
    )
    done = compared(app, mine, request)
    assert (done.state, done.error_code) == (JobState.FAILED, "media_access_denied")
    assert sorted(films.iterdir()) == before
    assert list((tmp_path / "out").iterdir()) == []


def test_a_library_has_to_be_the_accounts_own_and_living(app: App, mine: Account, library: Library) -> None:
    request = ComparisonRequest(place("one.mp4"), place("two.mp4"), library.id)
    with pytest.raises(LibraryNotFound):
        app.comparisons.submit(app.accounts.create("stranger").id, request)
    asked = app.comparisons.submit(mine.id, request)
    app.deletions.delete_library(mine.id, library.id, DeletionKind.DELETE)
    work_off(app, Lane.UPKEEP)
    work_off(app)
    ((done,), _) = app.comparisons.get(mine.id, [asked.id])
    assert (done.state, done.error_code) == (JobState.FAILED, "library_not_found")
    with pytest.raises(LibraryNotFound):
        app.comparisons.submit(mine.id, request)


def test_others_comparisons_are_not_seen(app: App, mine: Account) -> None:
    asked = app.comparisons.submit(mine.id, ComparisonRequest(place("one.mp4"), place("two.mp4")))
    stranger = app.accounts.create("stranger").id
    assert app.comparisons.get(stranger, [asked.id, "x"]) == ([], [asked.id, "x"])


def test_empty_names_are_refused(app: App, mine: Account) -> None:
    with pytest.raises(EmptyValue) as caught:
        app.comparisons.submit(mine.id, ComparisonRequest(place("one.mp4"), place("")))
    assert caught.value.parameter == "query.object"


def test_a_worker_that_lost_its_lease_writes_nothing(app: App, mine: Account) -> None:
    asked = app.comparisons.submit(mine.id, ComparisonRequest(place("one.mp4"), place("two.mp4")))
    task = app.queue.claim([Lane.ANALYSIS], "slow")
    assert task is not None
    app.queue.release(task, delay_s=0, count=True)
    with pytest.raises(LeaseLost):
        app.chores[COMPARE].run(task, lambda: False)
    app.chores[COMPARE].fail(task, InternalError())
    ((still,), _) = app.comparisons.get(mine.id, [asked.id])
    assert (still.state, still.result) == (JobState.RUNNING, None)
