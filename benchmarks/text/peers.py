"""What others' methods find on the same queries: near-duplicate hashes, which know documents and no passages.

Neither tells where something is copied, so what they say is judged by the document alone. Each gets the best threshold
for this very split, which ours do not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from benchmarks.text.plan import Plan

Scores = dict[str, dict[str, float]]
"""Query → text → how alike, 0 to 1."""


def minhash(plan: Plan) -> Scores:
    """datasketch: the estimated Jaccard similarity of character 5-grams, 128 permutations."""
    from datasketch import MinHash

    def sketch(text: str) -> MinHash:
        made = MinHash(num_perm=128)
        letters = "".join(filter(str.isalnum, text.lower()))
        made.update_batch({letters[n : n + 5].encode() for n in range(max(1, len(letters) - 4))})
        return made

    stored = {text.name: sketch(text.text) for text in plan.library}
    asked = {query.name: sketch(query.text) for query in plan.queries}
    return {name: {key: one.jaccard(other) for key, other in stored.items()} for name, one in asked.items()}


def simhash(plan: Plan) -> Scores:
    """simhash: equal bits of 64, of words, or of pairs of characters where there are no spaces."""
    from simhash import Simhash

    def sketch(text: str) -> int:
        words = text.lower().split()
        features = words if len(words) * 12 > len(text) else ["".join(pair) for pair in pairwise(text)]
        return int(Simhash(features).value)

    stored = {text.name: sketch(text.text) for text in plan.library}
    asked = {query.name: sketch(query.text) for query in plan.queries}
    return {
        name: {key: 1 - (one ^ other).bit_count() / 64 for key, other in stored.items()}
        for name, one in asked.items()
    }


PEERS: dict[str, Callable[[Plan], Scores]] = {"datasketch MinHash": minhash, "simhash": simhash}


def documents(plan: Plan, level: str, told: Sequence[tuple[str, str, float]]) -> tuple[float, float]:
    """Precision and recall of (query, text, score), by document, with the threshold that is best for their mean."""
    true = {(query.name, case.text) for query in plan.queries if query.level == level for case in query.cases}
    mine = sorted(
        ((score, (name, text)) for name, text, score in told if name.startswith((f"{level}.", "other."))),
        reverse=True,
    )
    best, right = (0.0, 0.0), 0
    for number, (_, pair) in enumerate(mine, 1):
        right += pair in true
        found = (right / number, right / len(true))
        if f1(*found) > f1(*best):
            best = found
    return best


def f1(precision: float, recall: float) -> float:
    both = precision + recall
    return 2 * precision * recall / both if both else 0.0
