"""The Python examples of the documents do what they say."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from support.media import make_video, moving_pictures

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
@pytest.mark.parametrize("page", ["README.md", "docs/quickstart.md"])
def test_library_examples_find_the_copy(page: str, tmp_path: Path) -> None:
    examples = re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)
    (example,) = [text for text in examples if "import shotprint\n" in text]
    make_video(moving_pictures(8, rate=12, seed=1), rate=12, to=tmp_path / "original.mp4")
    parts = [*moving_pictures(4, rate=12, seed=2), *moving_pictures(6, rate=12, seed=1, start=1)]
    for name in ("query.mp4", "upload.mp4"):
        make_video(parts, rate=12, to=tmp_path / name)
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", example],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    (line,) = ended.stdout.splitlines()
    start, end = [float(word) for word in re.findall(r"(?<![\w.])\d+\.\d+", line)[:2]]
    assert start == pytest.approx(4, abs=0.7)
    assert end == pytest.approx(10, abs=0.7)
