"""The tables of cost and memory, on a small clip: what they have in them, not what they measure."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.media import make_video, moving_pictures

from benchmarks.speed import cost, memory
from shotprint.engine.pipeline import fingerprint_file
from shotprint.engine.types import Role


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clips") / "clip.mp4"
    make_video(moving_pictures(2, rate=10), rate=10, to=path)
    return path


def cells(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]


def test_the_cost_of_a_clip_is_told_for_every_preset_and_role(
    clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cost, "TURNS", 1)
    costs, savings = (cells(table) for table in cost.cost_tables([clip]))
    assert costs[2][:3] == savings[2][:3] == ["clip", "160 x 120, h264", "2.0"]
    for multiple in costs[2][3:]:
        clock, processor = map(float, multiple.split(" / "))
        assert min(clock, processor) > 0
    assert [len(row) for row in costs] == [3 + 2 * len(cost.PRESETS)] * 3
    assert all(float(times) > 0 for times in savings[2][3:])


@pytest.mark.parametrize("role", Role)
def test_the_memory_that_a_print_took_is_told(
    clip: Path, role: Role, capsys: pytest.CaptureFixture[str]
) -> None:
    memory.measure(clip, role)
    before, after, size = map(int, capsys.readouterr().out.split())
    made, _ = fingerprint_file(clip, role=role)
    assert 0 < before <= after
    assert size == sum(array.nbytes for array in made.arrays.values())
