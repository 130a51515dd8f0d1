"""The plain way: a query compared with whole texts, one after the other, whatever grams an index would keep.

What an index finds is measured against it; two given texts are compared by it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from shotprint.engine.text.grams import grams_of
from shotprint.engine.text.matching import Query, in_order, match_stretches, whole
from shotprint.engine.text.prints import TextPrint
from shotprint.engine.text.score import rarity
from shotprint.engine.types import Match


def compare(
    query: TextPrint,
    references: Mapping[str, TextPrint],
    *,
    min_similarity: float | None = None,
    min_length_s: float = 0.0,
) -> list[Match]:
    """What the query copies of references by name, the most similar first; parameters as in `TextIndex.search`."""
    asked = Query.of(query)
    texts = {name: whole(one) for name, one in references.items()}
    owners = np.zeros(len(asked.asked.hash), dtype=np.int64)
    for text in texts.values():
        owners += np.isin(asked.asked.grams.hash, grams_of(text.folded, query.preset.gram).hash)
    asked = replace(asked, rarity=np.where(owners > 0, rarity(owners, len(texts)), np.nan))
    found = (
        match_stretches(asked, name, [text], min_similarity=min_similarity, min_length_s=min_length_s)
        for name, text in texts.items()
    )
    return in_order(match for match in found if match is not None)
