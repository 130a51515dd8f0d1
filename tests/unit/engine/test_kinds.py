"""The table of kinds of media: every kind has all that the others have."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from support.golden_clip import golden_clip
from support.golden_text import golden_text

from shotprint.engine.kinds import KINDS, Kind, choose_preset, kind_of, kind_with
from shotprint.engine.pipeline import fingerprint_file, match_fingerprints
from shotprint.engine.types import Modality, Role
from shotprint.errors import InvalidValue, NotSupported

SAMPLES = {Modality.VIDEO: golden_clip, Modality.TEXT: golden_text}


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_file_of_each_kind_goes_the_whole_way(kind: Kind, tmp_path: Path) -> None:
    file = tmp_path / "sample"
    file.write_bytes(SAMPLES[kind.modality]())
    asked, info = fingerprint_file(file, role=Role.QUERY, preset=kind.default_preset)
    assert (asked.modality, asked.preset, asked.duration) == (
        kind.modality,
        kind.default_preset,
        info.duration,
    )
    stored = kind.as_reference(asked)
    assert stored.role is Role.REFERENCE
    index = kind.open_index(tmp_path / "index", preset=kind.default_preset)
    index.add("sample", stored)
    assert [match.reference for match in index.search(asked)] == ["sample"]
    index.save(7)
    opened = kind.open_index(tmp_path / "index", preset=kind.default_preset)
    assert (opened.checkpoint, list(opened.keys()), "sample" in opened) == (7, ["sample"], True)
    assert match_fingerprints(asked, stored) is not None


def test_presets_have_names_of_their_own() -> None:
    names = [name for kind in KINDS.values() for name in kind.presets]
    assert len(names) == len(set(names))
    for kind in KINDS.values():
        assert all(kind_with(name) is kind for name in kind.presets)


@pytest.mark.parametrize(
    ("modality", "preset", "chosen"),
    [
        (None, None, "video-2"),
        (Modality.TEXT, None, "text-1"),
        (None, "text-1", "text-1"),
        (Modality.VIDEO, "video-2-fast", "video-2-fast"),
    ],
)
def test_a_preset_is_chosen_by_what_is_given(
    modality: Modality | None, preset: str | None, chosen: str
) -> None:
    assert choose_preset(modality, preset) == chosen


def test_what_is_not_there_is_told() -> None:
    with pytest.raises(InvalidValue, match="unknown preset 'video-0'; known: video-2, video-2-fast, text-1"):
        kind_with("video-0")
    with pytest.raises(InvalidValue, match="the preset text-1 is one of text, not of video"):
        choose_preset(Modality.VIDEO, "text-1")
    with pytest.raises(NotSupported, match="audio"):
        kind_of(Modality.AUDIO)


@pytest.mark.parametrize(
    ("preset", "foreign"), [("text-1", ("av", "cv2")), ("video-2", ("rapidfuzz", "charset_normalizer"))]
)
def test_a_kind_needs_no_library_of_another(preset: str, foreign: tuple[str, ...]) -> None:
    code = (
        "import sys; from shotprint.engine.kinds import kind_with; import shotprint.engine.library; "
        f"kind = kind_with({preset!r}); kind.open_index(preset={preset!r}); kind.fingerprint_file; "
        f"print([name for name in {foreign!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
