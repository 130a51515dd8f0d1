"""Memory of fingerprinting against the length of the file: each length in a process of its own."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.tables import markdown
from shotprint.engine.pipeline import fingerprint_file
from shotprint.engine.types import Role

CLIP_S = 60
PICTURE = f"testsrc2=size=320x180:rate=10:duration={CLIP_S},rotate=t/7,noise=alls=12:allf=t"
"""Small, so that long files are quick to decode; all of it moves, so that no run of pictures is still."""

CODING = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "35", "-g", "50")


def memory_table(minutes: list[float]) -> str:
    """One row for each length and role. What grows besides the print is the row's peak less its print."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        clip = Path(folder) / "clip.mp4"
        _ffmpeg("-f", "lavfi", "-i", PICTURE, *CODING, str(clip))
        for length in minutes:
            film = Path(folder) / f"{length:g}.mp4"
            again = round(length * 60 / CLIP_S) - 1
            _ffmpeg("-stream_loop", str(again), "-i", str(clip), "-c", "copy", str(film))
            for role in Role:
                command = [sys.executable, "-m", "benchmarks.speed.memory", str(film), role.value]
                done = subprocess.run(command, check=True, capture_output=True, text=True)
                before, peak, size = (int(value) / 1e6 for value in done.stdout.split())
                figures = (peak - before, size, peak - before - size)
                rows.append((f"{length:g}", role.value, *(f"{figure:.1f}" for figure in figures)))
            film.unlink()
    head = ("minutes", "role", "peak, MB above the start", "print, MB", "peak less print, MB")
    return markdown(head, rows)


def measure(film: Path, role: Role) -> None:
    """Print, in bytes: the peak of resident memory before and after fingerprinting, and the print's arrays."""
    before = _peak()
    made, _ = fingerprint_file(film, role=role)
    print(before, _peak(), sum(array.nbytes for array in made.arrays.values()))


def _ffmpeg(*words: str) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-y", *words], check=True)


def _peak() -> int:
    """Of this program alone: what the system counts for the process begins with its parent's."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("the peak of memory is only known on Linux")


if __name__ == "__main__":
    measure(Path(sys.argv[1]), Role(sys.argv[2]))
