"""A recipe becomes a file, once: the file's name is a digest of the recipe."""

from __future__ import annotations

import hashlib
import secrets
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.accuracy.ffmpeg import run_ffmpeg
from benchmarks.accuracy.recipe import Layer, Part, Recipe

VERSION = 1
"""Raised when the same recipe gives another file."""
ENCODER = ["-an", "-c:v", "libx264", "-preset", "superfast", "-threads", "1", "-pix_fmt", "yuv420p"]
LAVFI = "lavfi:"


def render_all(recipes: list[Recipe], folder: Path, workers: int) -> list[Path]:
    """The files, built where they are not there yet. FFmpeg does the work, so threads are enough."""
    folder.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(lambda recipe: render(recipe, folder), recipes))


def render(recipe: Recipe, folder: Path) -> Path:
    out = folder / file_name(recipe)
    if not out.exists():
        staged = folder / f"new-{secrets.token_hex(6)}.mp4"  # another run may build the same one
        run_ffmpeg([*command(recipe), str(staged)])
        staged.rename(out)
    return out


def file_name(recipe: Recipe) -> str:
    text = f"{VERSION} {_without_paths(recipe).text()}"
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest() + ".mp4"


def command(recipe: Recipe) -> list[str]:
    """FFmpeg's arguments, all but the output's name."""
    inputs: list[str] = []
    graph: list[str] = []
    for number, part in enumerate(recipe.parts):
        labels = []
        for depth, layer in enumerate(part.layers):
            source, read = _read(layer, part, recipe.rate, len(inputs))
            inputs.append(source)
            labels.append(f"[p{number}l{depth}]")
            graph.append(f"{read}{labels[-1]}")
        changed = (
            part.filters.replace("#", f"n{number}")
            .replace("[in]", labels[0])
            .replace("[out]", f"[e{number}]")
        )
        graph.append(changed.replace("[other]", labels[-1]))
        graph.append(f"[e{number}]{_fit(recipe.width, recipe.height)}[f{number}]")
    joined = "".join(f"[f{number}]" for number in range(len(recipe.parts)))
    graph.append(f"{joined}concat=n={len(recipe.parts)}:v=1:a=0,format=yuv420p[v]")
    arguments = [word for source in inputs for word in source.split("\n")]
    encoded = ["-r", str(recipe.rate), *ENCODER, "-crf", str(recipe.crf)]
    return [*arguments, "-filter_complex", ";".join(graph), "-map", "[v]", *encoded]


def _read(layer: Layer, part: Part, rate: int, number: int) -> tuple[str, str]:
    """Input arguments, and a chain that shows exactly `part.frames` pictures of it.

    The clip is decoded from its beginning, because seeking is not exact in every old container. Picture k is what
    a player shows at ``start + k * speed / rate``.
    """
    shape = f"scale={part.width}:{part.height},setsar=1,format=yuv420p"
    count = f"tpad=stop=-1:stop_mode=clone,trim=end_frame={part.frames},setpts=PTS-STARTPTS"
    needed = layer.start + part.frames / rate * part.speed + 1.0
    if layer.source.startswith(LAVFI):
        words = layer.source.removeprefix(LAVFI)
        return f"-f\nlavfi\n-t\n{needed:.3f}\n-i\n{words}", f"[{number}:v]fps={rate},{shape},{count}"
    timed = f"setpts=(PTS-{layer.start:.6f}/TB)/{part.speed},fps={rate}:start_time=0"
    return f"-t\n{needed:.3f}\n-i\n{layer.source}", f"[{number}:v]{timed},{shape},{count}"


def _fit(width: int, height: int) -> str:
    """Into the canvas with borders where the shape differs."""
    fitted = f"scale={width}:{height}:force_original_aspect_ratio=decrease:force_divisible_by=2"
    return f"{fitted},pad={width}:{height}:-1:-1,setsar=1,format=yuv420p"


def _without_paths(recipe: Recipe) -> Recipe:
    """The same clip in another folder gives the same query."""
    parts = tuple(
        Part(
            tuple(
                Layer(layer.source if layer.source.startswith(LAVFI) else layer.digest, layer.digest, layer.start)
                for layer in part.layers
            ),
            part.frames, part.speed, part.width, part.height, part.filters, part.origin,
        )
        for part in recipe.parts
    )  # fmt: skip
    return Recipe(parts, recipe.width, recipe.height, recipe.rate, recipe.crf)
