"""What a task's page says beside its matches: what people said of each, and what nearly was one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from shotprint.console.call import Call
from shotprint.console.evidence import span
from shotprint.console.reasons import why_not
from shotprint.engine.types import Match
from shotprint.service.verdicts import Pair


def outcome(
    call: Call,
    task_id: str,
    matches: Sequence[Match],
    pair: Callable[[str], Pair],
    *,
    threshold: float | None,
) -> dict[str, Any]:
    """For the template: the last verdict on each match, what was nearly one, and why it is none.

    Parameters
    ----------
    pair : what a match with this reference is between.
    threshold : of similarity, as the task asked for; None: the usual one.
    """
    spans = [(pair(one.reference), span(one)) for one in matches]
    return {
        "verdicts": call.app.verdicts.newest(call.account_id, spans),
        "near": [one for one in call.app.findings.of(task_id) if not one.told],
        "why_not": partial(why_not, threshold=threshold, shortest_s=call.app.settings.min_segment_s),
    }
