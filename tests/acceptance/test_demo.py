"""`make demo` as it is run, on the real clips; and its parts."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import pytest
from support.media import make_video, moving_pictures
from support.requirements import missing

import shotprint
from demo.__main__ import Passage, is_copied, is_right
from demo.client import CallFailed, Client
from demo.copied_text import make_copied_text
from demo.edited_copy import RATE, Truth, make_edited_copy, read_pictures, seconds_of
from demo.picture import draw_match
from demo.server import ServerFailed, running_server
from shotprint.engine.types import Segment

ROOT = Path(__file__).resolve().parents[2]
CLIPS = ROOT / ".cache" / "clips"
TRUTH = Truth(4.0, 8.4, 0.6, 5.0)
SEGMENT = Segment(4.2, 8.0, 0.8, 4.6, 0.9)


@pytest.mark.slow
def test_demo_finds_the_copy_and_draws_it(tmp_path: Path) -> None:
    if not (CLIPS / ".unpacked").exists():
        missing("the sample clips are not there; `make test` fetches them")
    command = [sys.executable, "-m", "demo", "--clips", str(CLIPS), "--work", str(tmp_path / "demo")]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=170)
    assert (ended.returncode, ended.stderr) == (0, ""), ended.stdout
    assert "bigbuckbunny.mp4" in ended.stdout
    assert "█" in ended.stdout
    picture = cv2.imread(str(tmp_path / "demo" / "match.jpg"))
    assert picture is not None
    assert picture.std() > 20


@pytest.mark.parametrize(
    ("segment", "right"),
    [
        (SEGMENT, True),
        (replace(SEGMENT, query_start=6.0), False),
        (replace(SEGMENT, query_end=11.0), False),
        (replace(SEGMENT, reference_start=2.0), False),
        (replace(SEGMENT, reference_end=3.0), False),
    ],
)
def test_demo_fails_when_the_copy_is_told_in_a_wrong_place(segment: Segment, right: bool) -> None:
    assert is_right(segment, TRUTH) is right


@pytest.fixture
def clips(tmp_path: Path) -> tuple[Path, Path]:
    original, foreign = tmp_path / "original.mp4", tmp_path / "foreign.mp4"
    make_video(moving_pictures(6, 320, 180, seed=1), to=original)
    make_video(moving_pictures(10, 320, 240, seed=2), to=foreign)
    return original, foreign


def test_edited_copy_is_as_long_as_its_parts(tmp_path: Path, clips: tuple[Path, Path]) -> None:
    truth = make_edited_copy(*clips, tmp_path / "edited.mp4")
    assert truth.query_start == pytest.approx(4.0, abs=1 / RATE)
    assert truth.query_end - truth.query_start == pytest.approx(4.4, abs=2 / RATE)
    assert truth.reference_end - truth.reference_start == truth.query_end - truth.query_start
    assert seconds_of(tmp_path / "edited.mp4") == pytest.approx(12.4, abs=3 / RATE)


def test_picture_has_the_frames_of_both_files(tmp_path: Path, clips: tuple[Path, Path]) -> None:
    original, foreign = clips
    target = tmp_path / "match.png"
    draw_match(target, (foreign, 10.0, (2.0, 6.0)), (original, 6.0, (1.0, 5.0)), "title", "credit")
    picture = cv2.imread(str(target))
    assert picture is not None
    height, width = picture.shape[:2]
    assert picture[: height // 2].std() > 20
    assert picture[height // 2 :, width // 4 : -width // 4].std() > 20


def test_pictures_are_read_from_start_to_end(clips: tuple[Path, Path]) -> None:
    assert sum(1 for _ in read_pictures(clips[0], 1.0, 2.0)) == 25
    assert sum(1 for _ in read_pictures(clips[0], 5.0, 99.0)) == 25


def test_the_copied_text_holds_an_edited_passage_of_the_licence(tmp_path: Path) -> None:
    truth = make_copied_text(tmp_path)
    assert truth.original in (tmp_path / "LICENSE").read_text()
    assert truth.copied in (tmp_path / "copy.txt").read_text()
    assert truth.original.startswith("2. Grant of Copyright License.")
    assert truth.copied.startswith("2. GRANT OF COPYRIGHT LICENSE.")
    match = shotprint.match(tmp_path / "copy.txt", tmp_path / "LICENSE", modality="text")
    assert match is not None
    found = [
        Passage("LICENSE", one.similarity, one.passages.query_text, one.passages.reference_text)
        for one in match.segments
        if one.passages
    ]
    assert is_copied(found, truth)
    assert not is_copied([], truth)
    assert not is_copied(found * 2, truth)
    assert not is_copied([replace(found[0], original=truth.original[60:])], truth)


@pytest.mark.slow
def test_client_tells_the_servers_refusal(tmp_path: Path) -> None:
    with running_server(tmp_path, {}, ("me", "secret")) as server:
        assert Client(server.url, "me", "secret").call("ListFpShotDB")["FpShotDBList"] == {"FpShotDB": []}
        with pytest.raises(CallFailed, match="SignatureDoesNotMatch"):
            Client(server.url, "me", "wrong").call("ListFpShotDB")
        with pytest.raises(CallFailed, match="DBNotExist"):
            Client(server.url, "me", "secret").call("ListFpShotFiles", FpDBId="0" * 32)


@pytest.mark.slow
def test_server_that_does_not_start_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("in the way")
    with pytest.raises(ServerFailed, match=r"server\.log"), running_server(tmp_path, {}, ("me", "secret")):
        pass
