"""The pieces of the audio benchmark: fetched by package into a cache, and described in `pieces.toml`."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import av
import numpy as np
from numpy.typing import NDArray

from benchmarks.packages import unpacked_package

TABLE: Final = Path(__file__).with_name("pieces.toml")
RATE: Final = 44100
PROGRAMME_S: Final = 300.0
PROGRAMMES: Final = 5
"""Of each source of speech at most."""
SHORTEST_S: Final = 25.0
OUT_OF_LIBRARY: Final = 4
"""One piece in so many is foreign."""

Samples = NDArray[np.float32]
"""Mono at `RATE`, shape (n,)."""


@dataclass(frozen=True)
class Piece:
    """One piece; several files are read one after the other. ``work`` is shared by versions of one recording."""

    key: str
    files: tuple[Path, ...]
    kind: str
    split: str
    work: str
    foreign: bool
    duration: float


def load_pool(cache: Path) -> list[Piece]:
    """All pieces, fetched on the first call; by key."""
    known = cache / "lengths.json"
    lengths: dict[str, float] = json.loads(known.read_text()) if known.exists() else {}
    pieces: dict[str, Piece] = {}
    for source in tomllib.loads(TABLE.read_text())["source"]:
        folder = unpacked_package(source["package"], cache)
        files = sorted(
            path for path in folder.glob(source["files"]) if path.is_file() and not path.is_symlink()
        )
        make = _programmes if source["kind"] == "speech" else _pieces
        pieces |= {piece.key: piece for piece in make(source, files, lengths)}
    known.write_text(json.dumps(lengths))
    return sorted(pieces.values(), key=lambda piece: piece.key)


def choose(pieces: Sequence[Piece], count: int | None) -> list[Piece]:
    """So many pieces of each split, by chance but always the same, speech and foreign ones among them; None is all."""
    if count is None:
        return list(pieces)
    kinds: dict[tuple[str, str, bool], list[Piece]] = {}
    for piece in sorted(pieces, key=lambda piece: hashlib.blake2b(piece.key.encode()).digest()):
        kinds.setdefault((piece.split, piece.kind, piece.foreign), []).append(piece)
    shares = {("music", False): 0.6, ("music", True): 0.2, ("speech", False): 0.1, ("speech", True): 0.1}
    chosen = [
        piece
        for (_, *kind), some in kinds.items()
        for piece in some[: max(1, round(count * shares[kind[0], kind[1]]))]
    ]
    return sorted(chosen, key=lambda piece: piece.key)


def as_file(piece: Piece, cache: Path) -> Path:
    """A piece as one file: its own, or a WAV of several read one after the other, made on the first call."""
    if len(piece.files) == 1:
        return piece.files[0]
    path = cache / "programmes" / f"{piece.key.replace('/', '-')}.wav"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        arriving = path.with_suffix(".new")
        sound = np.concatenate([_decode(file, 0.0, 1e9) for file in piece.files])
        with wave.open(str(arriving), "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(RATE)
            out.writeframes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
        arriving.rename(path)
    return path


def read(path: Path, start: float, end: float) -> Samples:
    """Seconds `start` to `end` of a file."""
    return _decode(path, start, end)


def _pieces(source: dict[str, Any], files: list[Path], lengths: dict[str, float]) -> list[Piece]:
    made = []
    for file in files:
        length = _length(file, lengths)
        if length >= SHORTEST_S:
            key = f"{source['package']}/{file.parent.name}/{file.stem}"
            work = re.sub(source["same"], "", file.stem) if "same" in source else key
            made.append(_piece(key, (file,), source, work, length))
    return made


def _programmes(source: dict[str, Any], files: list[Path], lengths: dict[str, float]) -> list[Piece]:
    made, waiting, length = [], [], 0.0
    seen: set[bytes] = set()
    for file in files:
        digest = hashlib.blake2b(file.read_bytes(), digest_size=16).digest()
        seconds = _length(file, lengths)
        if seconds < source["least_s"] or digest in seen:
            continue
        seen.add(digest)
        waiting.append(file)
        length += seconds
        if length >= PROGRAMME_S:
            key = f"{source['package']}/programme-{len(made):02}"
            made.append(_piece(key, tuple(waiting), source, key, length))
            waiting, length = [], 0.0
        if len(made) == PROGRAMMES:
            break
    return made


def _piece(key: str, files: tuple[Path, ...], source: dict[str, Any], work: str, length: float) -> Piece:
    foreign = hashlib.blake2b(work.encode(), digest_size=1).digest()[0] % OUT_OF_LIBRARY == 0
    return Piece(key, files, source["kind"], source["split"], work, foreign, length)


def _length(file: Path, known: dict[str, float]) -> float:
    name = str(file)
    if name not in known:
        try:
            with av.open(name) as container:
                known[name] = (container.duration or 0) / 1e6
        except av.error.FFmpegError:
            known[name] = 0.0
    return known[name]


def _decode(file: Path, start: float, end: float) -> Samples:
    resampler = av.AudioResampler(format="fltp", layout="mono", rate=RATE)
    parts, first = [], None
    with av.open(str(file)) as container:
        stream = container.streams.audio[0]
        zero = float((stream.start_time or 0) * stream.time_base)
        if start > 1:
            container.seek(int((start - 1 + zero) / stream.time_base), stream=stream)
        for frame in container.decode(stream):
            time = float(frame.time or 0) - zero
            first = time if first is None else first
            parts += [made.to_ndarray()[0] for made in resampler.resample(frame)]
            if time > end:
                break
        parts += [made.to_ndarray()[0] for made in resampler.resample(None)]
    begin = round((start - (first or 0.0)) * RATE)
    whole: Samples = np.concatenate(parts).astype(np.float32)
    return whole[max(0, begin) : begin + round(min(end - start, 1e6) * RATE)]
