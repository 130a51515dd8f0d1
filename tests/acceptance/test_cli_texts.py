"""`library create`, `add`, `search` and `match` on texts, as processes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.processes import shotprint
from support.texts import words

pytestmark = pytest.mark.slow

BOOK = words(1, 900)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """copy.txt and asr.json hold characters 1500 to 1900 of book.txt."""
    (tmp_path / "book.txt").write_text(BOOK)
    (tmp_path / "copy.txt").write_text(f"{words(3, 60)}\n{BOOK[1500:1900].upper()}\n{words(4, 60)}")
    said = [{"start": 0, "end": 4, "text": words(5, 20)}, {"start": 5, "end": 9, "text": BOOK[1500:1900]}]
    (tmp_path / "asr.json").write_text(json.dumps(said))
    (tmp_path / "bad.txt").write_bytes(bytes(range(256)) * 20)
    return tmp_path


def test_match_tells_the_passage_on_both_sides(place: Path) -> None:
    for chosen in (("--modality", "text"), ("--preset", "text-1")):
        ended = shotprint("match", "copy.txt", "book.txt", "--json", *chosen, cwd=place)
        assert (ended.returncode, ended.stderr) == (0, "")
        ((segment,),) = (match["segments"] for match in json.loads(ended.stdout)["matches"])
        assert segment["kind"] == "text"
        assert segment["reference_span"] == pytest.approx([1500, 1900], abs=6)
        assert BOOK[1510:1890].upper() in segment["query_text"]
        assert BOOK[1510:1890] in segment["reference_text"]
        assert "transform" not in segment
    shown = shotprint("match", "copy.txt", "book.txt", "--modality", "text", cwd=place).stdout
    assert "characters of the query" in shown
    assert BOOK[1510:1530] in shown


def test_a_library_of_texts_is_filled_and_searched(place: Path) -> None:
    data = ("--data", str(place / "data"))
    made = shotprint("library", "create", "books", "--modality", "text", "--json", *data, cwd=place)
    assert json.loads(made.stdout)["preset"] == "text-1"
    added = shotprint("add", "books", "book.txt", "bad.txt", "--json", *data, cwd=place)
    assert added.returncode == 1
    assert [one["status"] for one in json.loads(added.stdout)] == ["stored", "failed"]
    found = json.loads(shotprint("search", "books", "asr.json", "--json", *data, cwd=place).stdout)
    ((segment,),) = (match["segments"] for match in found["matches"])
    assert (segment["query_start"], segment["query_end"]) == pytest.approx((5, 9), abs=0.1)
    assert "said at" in shotprint("search", "books", "asr.json", *data, cwd=place).stdout


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--modality", "text", "--preset", "video-2"), "the preset video-2 is one of video, not of text"),
        (("--modality", "sound"), "none of video, audio, image, text"),
        (("--preset", "text-0"), "unknown preset"),
        (("--modality", "audio"), "audio"),
    ],
)
def test_kinds_and_presets_that_do_not_go_together_are_told(
    place: Path, options: tuple[str, ...], told: str
) -> None:
    for command in (("match", "copy.txt", "book.txt"), ("library", "create", "books")):
        ended = shotprint(*command, *options, cwd=place)
        assert ended.returncode != 0
        assert told in " ".join(ended.stderr.replace("│", " ").split())
