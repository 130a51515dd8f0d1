"""Copies under every edit, spliced between foreign material: found, placed, and nothing else claimed?"""

from __future__ import annotations

from pathlib import Path

from benchmarks.accuracy.build import build_queries, duration
from benchmarks.accuracy.edits import EDITS
from benchmarks.accuracy.score import FalseMatch, Outcome, compare, summary
from benchmarks.tables import markdown
from shotprint.engine.index.library_index import LibraryIndex
from shotprint.engine.pipeline import fingerprint_file
from shotprint.engine.types import Role

SUFFIXES = {".mp4", ".mkv", ".avi", ".webm", ".mov", ".ogv"}
MIN_CLIP_S = 3.5
"""Shorter clips cannot give a copy of three seconds."""
SEED = 1


def accuracy_tables(
    clips: list[Path], media: Path | None, foreign: Path | None, out: Path, *, per_edit: int
) -> str:
    """Build the queries (kept in `out` for the next run), search them, and say what came of it."""
    references = [clip for clip in clips if not clip.stem.startswith("carphone")] + _videos(media)
    strangers = _videos(foreign) or [clip for clip in clips if clip.stem.startswith("carphone")]
    library = {path.stem: path for path in references if duration(path) >= MIN_CLIP_S}
    bystanders = {path.stem: path for path in references if path.stem not in library}
    queries = build_queries(library, strangers, out, per_edit=per_edit, seed=SEED)

    index = LibraryIndex.open()
    for name, path in {**library, **bystanders}.items():
        index.add(name, fingerprint_file(path)[0])
    outcomes: list[Outcome] = []
    false: list[FalseMatch] = []
    for query in queries:
        print_, _ = fingerprint_file(query.file, role=Role.QUERY)
        right, wrong = compare(query, index.search(print_))
        outcomes += right
        false += wrong
    rows = [(edit, *_shown([o for o in outcomes if o.edit == edit])) for edit in EDITS]
    table = markdown(
        ("edit", "copies", "found", "boundary median s", "p95 s"), [*rows, ("**all**", *_shown(outcomes))]
    )
    wrong_lines = [f"- {f.query} → {f.reference}: {f.segment.similarity:.2f}" for f in false]
    without = sum(not query.truth for query in queries)
    head = f"{len(index)} references, {len(queries)} queries, {without} of them without a copy."
    return "\n".join([head, "", table, "", f"False matches: {len(false)}", *wrong_lines])


def _videos(folder: Path | None) -> list[Path]:
    if folder is None:
        return []
    return sorted(path for path in folder.rglob("*") if path.suffix in SUFFIXES)


def _shown(outcomes: list[Outcome]) -> tuple[int, str, str, str]:
    count, share, median, high = summary(outcomes)
    return count, f"{share:.2f}", f"{median:.2f}", f"{high:.2f}"
