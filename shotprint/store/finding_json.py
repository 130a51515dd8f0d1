"""What a search was judged by as JSON values and back. Of a match the segments are in the result already."""

from __future__ import annotations

import zlib
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from shotprint.engine.align.likeness_map import LikenessMap
from shotprint.engine.align.score import Proof
from shotprint.engine.index.findings import Finding
from shotprint.store import match_json

_BITS = 4  # of a level


def to_json(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """JSON values of `findings`; of those that are told without segments."""
    return [
        {
            "told": one.told,
            "match": match_json.to_json([replace(one.match, segments=()) if one.told else one.match])[0],
            "proofs": [asdict(proof) for proof in one.proofs],
            "map": _map_to_json(one.map),
        }
        for one in findings
    ]


def from_json(values: Sequence[dict[str, Any]]) -> tuple[Finding, ...]:
    """The findings that `to_json` made `values` of."""
    return tuple(
        Finding(
            match=match_json.from_json([value["match"]])[0],
            proofs=tuple(Proof(**proof) for proof in value["proofs"]),
            map=_map_from_json(value["map"]),
            told=value["told"],
        )
        for value in values
    )


def _map_to_json(shown: LikenessMap) -> dict[str, Any]:
    flat = shown.levels.ravel()
    flat = np.append(flat, np.zeros(len(flat) % 2, np.uint8))
    packed = (flat[::2] << _BITS) | flat[1::2]
    return {
        "query": [shown.query_start, shown.query_end],
        "reference": [shown.reference_start, shown.reference_end],
        "shape": list(shown.levels.shape),
        "levels": b64encode(zlib.compress(packed.astype(np.uint8).tobytes(), 9)).decode(),
    }


def _map_from_json(value: dict[str, Any]) -> LikenessMap:
    rows, columns = value["shape"]
    packed = np.frombuffer(zlib.decompress(b64decode(value["levels"])), np.uint8)
    flat = np.stack([packed >> _BITS, packed & ((1 << _BITS) - 1)], axis=1).ravel()
    (query_start, query_end), (reference_start, reference_end) = value["query"], value["reference"]
    levels = flat[: rows * columns].reshape(rows, columns)
    return LikenessMap(query_start, query_end, reference_start, reference_end, levels)
