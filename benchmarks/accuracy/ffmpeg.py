"""The programs ffmpeg and ffprobe: run them, and ask what a file is."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path


class NoFfmpeg(SystemExit):
    def __init__(self) -> None:
        super().__init__("ffmpeg and ffprobe are needed to build the benchmark: apt-get install ffmpeg")


@dataclass(frozen=True)
class Video:
    """Width and height are as shown, with square pixels; duration is seconds up to the end of the last picture."""

    width: int
    height: int
    duration: float


def run_ffmpeg(arguments: list[str]) -> None:
    """Run ffmpeg with one thread per filter graph, so that parallel builds don't fight over the cores."""
    if shutil.which("ffmpeg") is None:
        raise NoFfmpeg
    command = ["ffmpeg", "-nostdin", "-v", "error", "-y", "-filter_complex_threads", "1", *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}\n{done.stderr[-2000:]}")


def probe(path: Path) -> Video:
    """Measure a file by its packets; containers lie about their duration."""
    if shutil.which("ffprobe") is None:
        raise NoFfmpeg
    entries = "stream=width,height,sample_aspect_ratio:format=start_time:packet=pts_time,duration_time"
    command = [
        "ffprobe",
        "-v",
        "error",
        "-select_streams",
        "v:0",
        "-show_entries",
        entries,
        "-of",
        "json",
        str(path),
    ]
    told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    stream = told["streams"][0]
    start = float(told["format"].get("start_time", 0))
    shape = stream.get("sample_aspect_ratio", "1:1").replace(":", "/")
    aspect = Fraction(1) if shape in ("N/A", "0/1") else Fraction(shape)
    times = [
        (float(p["pts_time"]), float(p.get("duration_time", 0))) for p in told["packets"] if "pts_time" in p
    ]
    last, shown = max(times)
    return Video(round(stream["width"] * aspect), stream["height"], last + shown - start)
