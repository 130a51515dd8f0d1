"""The engine as a library: what its one screen promises."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.media import make_video, moving_pictures
from support.texts import words

import shotprint
from shotprint import Fingerprint, Library, Role
from shotprint.engine.codec import encode
from shotprint.engine.video.presets import PRESETS
from shotprint.errors import (
    Cancelled,
    FingerprintError,
    InvalidValue,
    MediaNotFound,
    MediaUnreadable,
    NotFound,
)


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Two films, and a mirrored part of the first, seconds 1 to 5."""
    folder = tmp_path_factory.mktemp("clips")
    pictures = {
        "film": moving_pictures(6, rate=10, seed=1),
        "other": moving_pictures(6, rate=10, seed=2),
        "copy": (np.ascontiguousarray(p[:, ::-1]) for p in moving_pictures(4, rate=10, seed=1, start=1)),
    }
    for name, made in pictures.items():
        make_video(made, rate=10, to=folder / f"{name}.mp4")
    return {name: folder / f"{name}.mp4" for name in pictures}


@pytest.mark.parametrize("preset", PRESETS)
def test_match_finds_what_a_file_copies_of_another(clips: dict[str, Path], preset: str) -> None:
    match = shotprint.match(clips["copy"], clips["film"], preset=preset)
    assert match is not None
    assert match.reference == str(clips["film"])
    (segment,) = match.segments
    assert (segment.query_start, segment.query_end) == pytest.approx((0, 4), abs=0.5)
    assert (segment.reference_start, segment.reference_end) == pytest.approx((1, 5), abs=0.5)
    assert segment.transform.mirrored
    assert shotprint.match(clips["copy"], clips["other"], preset=preset) is None


def test_prints_of_different_presets_are_not_compared(clips: dict[str, Path]) -> None:
    stored = shotprint.fingerprint(clips["film"], preset="video-2-fast")
    asked = shotprint.fingerprint(clips["copy"], role=Role.QUERY)
    with pytest.raises(InvalidValue, match="video-2, video-2-fast"):
        shotprint.match(asked, stored)
    with pytest.raises(InvalidValue, match="video-2, video-2-fast"):
        shotprint.match("no file is read", stored, preset="video-2")
    with pytest.raises(InvalidValue, match="video-0"):
        shotprint.match("no file is read", "nor here", preset="video-0")


def test_a_file_is_compared_with_a_fingerprint_as_that_was_made(clips: dict[str, Path]) -> None:
    stored = shotprint.fingerprint(clips["film"], preset="video-2-fast")
    assert shotprint.match(clips["copy"], stored) == shotprint.match(
        clips["copy"], stored, preset="video-2-fast"
    )
    asked = shotprint.fingerprint(clips["copy"], role=Role.QUERY, preset="video-2-fast")
    assert shotprint.match(asked, clips["film"]) is not None


def test_a_library_takes_and_answers_fingerprints_of_its_preset_alone(
    clips: dict[str, Path], tmp_path: Path
) -> None:
    with Library(tmp_path / "films", preset="video-2-fast") as library:
        library.add(clips["film"], "film")
        library.add(shotprint.fingerprint(clips["other"], preset="video-2-fast"), "other")
        with pytest.raises(InvalidValue, match="print of preset video-2 in an index of video-2-fast"):
            library.add(shotprint.fingerprint(clips["copy"]), "copy")
    with Library(tmp_path / "films", preset="video-2-fast") as library:
        assert sorted(library) == ["film", "other"]
        assert [match.reference for match in library.search(clips["copy"])] == ["film"]
        with pytest.raises(InvalidValue, match="query of preset video-2 in an index of video-2-fast"):
            library.search(shotprint.fingerprint(clips["copy"], role=Role.QUERY))
    with pytest.raises(InvalidValue, match="is of preset video-2-fast, not video-2"):
        Library(tmp_path / "films")


def test_files_and_fingerprints_match_alike(clips: dict[str, Path]) -> None:
    asked = shotprint.fingerprint(clips["copy"], role=Role.QUERY)
    stored = shotprint.fingerprint(clips["film"])
    by_files = shotprint.match(str(clips["copy"]), clips["film"])
    by_prints = shotprint.match(asked, stored)
    assert by_files is not None
    assert by_prints is not None
    assert by_prints.segments == by_files.segments
    assert by_prints.reference == "reference"


def test_match_keeps_to_its_bounds(clips: dict[str, Path]) -> None:
    asked, stored = (shotprint.fingerprint(clips[n], role=Role.QUERY) for n in ("copy", "film"))
    assert shotprint.match(asked, stored, min_similarity=1.0) is None
    assert shotprint.match(asked, stored, min_length_s=5) is None


def test_a_file_object_gives_the_same_fingerprint_as_its_path(clips: dict[str, Path]) -> None:
    with clips["film"].open("rb") as file:
        assert encode(shotprint.fingerprint(file)) == encode(shotprint.fingerprint(str(clips["film"])))


@pytest.mark.parametrize("kept", [False, True], ids=["memory", "directory"])
def test_a_library_finds_what_was_added_until_it_is_removed(
    clips: dict[str, Path], tmp_path: Path, kept: bool
) -> None:
    library = Library(tmp_path / "films" if kept else None)
    library.add(clips["film"])
    library.add(clips["other"], "second")
    assert len(library) == 2
    assert set(library) == {str(clips["film"]), "second"}
    assert "second" in library
    assert [match.reference for match in library.search(clips["copy"])] == [str(clips["film"])]
    library.remove(str(clips["film"]))
    assert library.search(clips["copy"]) == []
    with pytest.raises(NotFound):
        library.remove(str(clips["film"]))


def test_leaving_a_with_block_saves(clips: dict[str, Path], tmp_path: Path) -> None:
    with Library(tmp_path) as library:
        library.add(clips["film"], "film")
    with Library(tmp_path) as library:
        assert [match.reference for match in library.search(clips["copy"])] == ["film"]
        library.remove("film")
    assert len(Library(tmp_path)) == 0


def test_an_error_in_a_with_block_saves_nothing(clips: dict[str, Path], tmp_path: Path) -> None:
    library = Library(tmp_path)
    library.add(clips["film"], "film")
    with pytest.raises(KeyError), library:
        raise KeyError
    assert len(Library(tmp_path)) == 0


def test_a_library_in_memory_can_be_used_in_a_with_block(clips: dict[str, Path]) -> None:
    with Library() as library:
        library.add(clips["film"])
    assert len(library) == 1


def test_a_fingerprint_is_added_under_a_key(clips: dict[str, Path]) -> None:
    library, made = Library(), shotprint.fingerprint(clips["film"])
    with pytest.raises(ValueError, match="key"):
        library.add(made)
    library.add(made, "film")
    assert list(library) == ["film"]


Call = Callable[[dict[str, Path], dict[str, object]], object]
CALLS: dict[str, Call] = {
    "fingerprint": lambda clips, options: shotprint.fingerprint(clips["film"], **options),  # type: ignore[arg-type]
    "match": lambda clips, options: shotprint.match(clips["copy"], clips["film"], **options),  # type: ignore[arg-type]
    "add": lambda clips, options: Library().add(clips["film"], **options),  # type: ignore[arg-type]
    "search": lambda clips, options: Library().search(clips["film"], **options),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("call", CALLS)
def test_progress_rises_to_one(clips: dict[str, Path], call: str) -> None:
    told: list[float] = []
    CALLS[call](clips, {"progress": told.append})
    assert told == sorted(told)
    assert len(told) > 5
    assert 0 <= told[0] < 0.5
    assert told[-1] == 1


@pytest.mark.parametrize("call", CALLS)
def test_work_ends_when_it_is_cancelled(clips: dict[str, Path], call: str) -> None:
    told: list[float] = []
    with pytest.raises(Cancelled):
        CALLS[call](clips, {"progress": told.append, "cancel": lambda: bool(told) and told[-1] > 0.3})
    assert max(told) < 0.6


def test_nothing_is_put_in_when_adding_fails(clips: dict[str, Path], tmp_path: Path) -> None:
    library = Library()
    library.add(clips["film"], "film")
    (tmp_path / "text.mp4").write_text("no video")
    with pytest.raises(Cancelled):
        library.add(clips["other"], "film", cancel=lambda: True)
    with pytest.raises(MediaNotFound):
        library.add(tmp_path / "none.mp4", "film")
    with pytest.raises(MediaUnreadable):
        library.add(tmp_path / "text.mp4", "film")
    assert [match.reference for match in library.search(clips["copy"])] == ["film"]


def test_an_unknown_preset_is_refused_before_the_file_is_read(tmp_path: Path) -> None:
    with pytest.raises(InvalidValue, match=r"video-0.*video-2"):
        shotprint.fingerprint(tmp_path / "none.mp4", preset="video-0")
    with pytest.raises(InvalidValue):
        Library(tmp_path / "index", preset="video-0")
    assert not (tmp_path / "index").exists()


def test_the_public_names_are_there_and_no_others() -> None:
    assert set(dir(shotprint)) == set(shotprint.__all__)
    assert all(getattr(shotprint, name) for name in shotprint.__all__)
    assert isinstance(shotprint.fingerprint, Callable)  # type: ignore[arg-type]
    assert shotprint.Fingerprint is Fingerprint
    with pytest.raises(AttributeError, match="engines"):
        _ = shotprint.engines


def test_importing_the_package_loads_neither_ffmpeg_nor_a_web_framework() -> None:
    heavy = "{'av', 'cv2', 'numpy', 'sqlalchemy', 'starlette'}"
    code = f"import sys, shotprint; dir(shotprint); assert not {heavy} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_engine_needs_no_web_framework_and_no_database() -> None:
    heavy = "{'sqlalchemy', 'starlette', 'uvicorn', 'pydantic_settings', 'fsspec', 'typer'}"
    code = f"import sys, shotprint; shotprint.Library(); assert not {heavy} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A book, and a text with its characters 1000 to 1400."""
    folder = tmp_path_factory.mktemp("texts")
    book = words(1, 500)
    made = {"book": book, "copy": f"{words(2, 80)} {book[1000:1400]} {words(3, 80)}", "other": words(4, 300)}
    for name, text in made.items():
        (folder / f"{name}.txt").write_text(text)
    return {name: folder / f"{name}.txt" for name in made}


def test_texts_are_matched_by_their_passages(texts: dict[str, Path]) -> None:
    match = shotprint.match(texts["copy"], texts["book"], modality="text")
    assert match is not None
    (segment,) = match.segments
    assert segment.passages is not None
    assert segment.passages.reference_span == pytest.approx((1000, 1400), abs=6)
    assert match == shotprint.match(texts["copy"], texts["book"], preset="text-1")
    assert shotprint.match(texts["other"], texts["book"], modality="text") is None
    stored = shotprint.fingerprint(texts["book"], modality="text")
    assert shotprint.match(texts["copy"], stored) == replace(match, reference="reference")


def test_a_library_of_texts_is_kept_and_searched(texts: dict[str, Path], tmp_path: Path) -> None:
    with Library(tmp_path / "prints", modality="text") as library:
        library.add(texts["book"], "book")
        library.add(texts["other"], "other")
    again = Library(tmp_path / "prints", modality="text")
    assert [match.reference for match in again.search(texts["copy"])] == ["book"]
    again.remove("book")
    assert again.search(texts["copy"]) == []


def test_kinds_of_media_are_kept_apart(texts: dict[str, Path], clips: dict[str, Path]) -> None:
    with pytest.raises(InvalidValue, match="unknown kind of media 'sound'"):
        shotprint.match("no file is read", "nor here", modality="sound")
    with pytest.raises(InvalidValue, match="one of text, not of video"):
        Library(modality="video", preset="text-1")
    film, text = shotprint.fingerprint(clips["film"]), shotprint.fingerprint(texts["book"], modality="text")
    with pytest.raises(InvalidValue, match="text-1, video-2"):
        shotprint.match(film, text)
    with pytest.raises(FingerprintError):
        Library(modality="text").add(film, "film")
    with pytest.raises(FingerprintError):
        Library().add(text, "book")
