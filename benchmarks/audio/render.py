"""Takes → files, and what of them is true."""

from __future__ import annotations

import hashlib
import pickle
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.accuracy.method import digest_of_code
from benchmarks.audio import edits, pool
from benchmarks.audio.plan import Query, Take
from benchmarks.audio.pool import RATE, Piece, Samples, as_file, read


@dataclass(frozen=True)
class Truth:
    """A stretch of the query that is one of a reference. Seconds."""

    reference: str
    query_start: float
    query_end: float
    reference_start: float
    reference_end: float
    tempo: float
    pitch: float


class Renderer:
    """Makes query files in a folder; what is there already stays."""

    def __init__(self, pieces: Mapping[str, Piece], cache: Path) -> None:
        self._pieces, self._cache, self._folder = pieces, cache, cache / "queries"
        self._code = digest_of_code(*(Path(str(module.__file__)) for module in (edits, pool)), Path(__file__))

    def render(self, query: Query) -> tuple[Path, list[Truth]]:
        """The file, and what it copies."""
        name = hashlib.blake2b(f"{query} {self._code}".encode(), digest_size=10).hexdigest()
        told = self._folder / f"{name}.truth"
        if not told.exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            made = self._make(query, name)
            told.write_bytes(pickle.dumps(made))
        file, truths = pickle.loads(told.read_bytes())
        return self._folder / file, truths

    def _make(self, query: Query, name: str) -> tuple[str, list[Truth]]:
        dice = np.random.default_rng(int(name[:8], 16))
        made = [(take, self._edited(take, dice)) for take in query.takes]
        truths, time = [], 0.0
        for take, samples in made:
            length = len(samples) / RATE
            if take.copied:
                truths.append(
                    Truth(
                        take.piece,
                        time,
                        time + length,
                        take.start,
                        take.end,
                        take.edit.tempo,
                        take.edit.pitch,
                    )
                )
            time += 0.0 if query.together else length
        if query.together:
            shortest = min(len(samples) for _, samples in made)
            sound = (
                sum((s[:shortest] / edits.loudness(s) for _, s in made), np.zeros(shortest, np.float32)) * 0.1
            )
        else:
            sound = np.concatenate([samples for _, samples in made])
        kind, codec = next(
            (take.edit.codec for take in query.takes if take.edit.codec != edits.FLAC), edits.FLAC
        )
        _ffmpeg(sound, "", codec, self._folder / f"{name}.{kind}")
        return f"{name}.{kind}", truths

    def _edited(self, take: Take, dice: np.random.Generator) -> Samples:
        samples = self._read(take.piece, take.start, take.end)
        if take.edit.mix is not None:
            over, where = take.speech
            samples = take.edit.mix(samples, self._read(over, where, where + 40), dice)
        if not take.edit.filters:
            return samples
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "made.f32"
            _ffmpeg(samples, take.edit.filters, ("-f", "f32le", "-ar", str(RATE), "-ac", "1"), out)
            return np.fromfile(out, dtype=np.float32)

    def _read(self, key: str, start: float, end: float) -> Samples:
        return read(as_file(self._pieces[key], self._cache), start, end)


def _ffmpeg(samples: Samples, filters: str, codec: tuple[str, ...], out: Path) -> None:
    source = ["-f", "f32le", "-ar", str(RATE), "-ac", "1", "-i", "-"]
    command = [
        "ffmpeg",
        "-v",
        "error",
        "-y",
        *source,
        *(["-af", filters] if filters else []),
        *codec,
        str(out),
    ]
    done = subprocess.run(command, input=samples.astype(np.float32).tobytes(), capture_output=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}\n{done.stderr[-2000:].decode(errors='replace')}")
