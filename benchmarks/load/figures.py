"""From calls to figures."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

OPERATIONS = ("SubmitFpShotJob", "QueryFpShotJobList", "ListFpShotDB")
ALL = "all three"


@dataclass(frozen=True)
class Call:
    """One call as its caller saw it; `outcome` is "answered", "throttled" or what went wrong."""

    operation: str
    began: float
    ms: float
    outcome: str


@dataclass(frozen=True)
class Figures:
    """Calls of one operation; milliseconds are those of answered calls."""

    attempted: int
    answered: int
    throttled: int
    p50: float
    p95: float
    p99: float

    @property
    def dropped(self) -> int:
        """Everything that was neither answered nor throttled."""
        return self.attempted - self.answered - self.throttled


def read_calls(path: Path, skip_s: float, seconds: float) -> list[Call]:
    """The calls that began in a stretch of `seconds` after the first `skip_s`, counted from the first call."""
    calls = [Call(**json.loads(line)) for line in path.read_text().splitlines()]
    start = min(call.began for call in calls) + skip_s
    return [call for call in calls if start <= call.began < start + seconds]


def figures(calls: Iterable[Call]) -> Figures:
    calls = list(calls)
    outcomes = Counter(call.outcome for call in calls)
    times = [call.ms for call in calls if call.outcome == "answered"]
    p50, p95, p99 = np.percentile(times, (50, 95, 99)) if times else (float("nan"),) * 3
    return Figures(
        len(calls), outcomes["answered"], outcomes["throttled"], float(p50), float(p95), float(p99)
    )


def by_operation(calls: list[Call]) -> dict[str, Figures]:
    """Figures of each operation and of all."""
    each = {name: figures(call for call in calls if call.operation == name) for name in OPERATIONS}
    return {**each, ALL: figures(calls)}


def faults(calls: Iterable[Call]) -> list[str]:
    """What went wrong, the most frequent first, with its count."""
    kinds = Counter(call.outcome for call in calls if call.outcome not in ("answered", "throttled"))
    return [f"{count} x {kind}" for kind, count in kinds.most_common(5)]
