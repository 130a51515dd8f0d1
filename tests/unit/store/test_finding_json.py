from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from shotprint.engine.align.likeness_map import LEVELS, LikenessMap
from shotprint.engine.align.score import Proof
from shotprint.engine.index.findings import Finding
from shotprint.engine.types import Match, Segment
from shotprint.store import finding_json

numbers = st.floats(allow_nan=False, allow_infinity=False)
levels = arrays.arrays(
    np.uint8, arrays.array_shapes(min_dims=2, max_dims=2, max_side=9), elements=st.integers(0, LEVELS)
)
findings = st.builds(
    Finding,
    match=st.builds(Match, st.text(), numbers, st.just((Segment(1.0, 2.0, 3.0, 4.0, 0.4),))),
    proofs=st.lists(
        st.builds(Proof, numbers, numbers, numbers, numbers, numbers, numbers, st.booleans(), st.booleans()), max_size=2
    ).map(tuple),
    map=st.builds(LikenessMap, numbers, numbers, numbers, numbers, levels),
    told=st.booleans(),
)  # fmt: skip


@given(findings)
def test_findings_survive_json(finding: Finding) -> None:
    text = json.dumps(finding_json.to_json([finding]), allow_nan=False)
    (read,) = finding_json.from_json(json.loads(text))
    told = replace(finding.match, segments=()) if finding.told else finding.match  # the result has them
    assert (read.match, read.proofs, read.told) == (told, finding.proofs, finding.told)
    assert (read.map.levels == finding.map.levels).all()
    assert (read.map.query_start, read.map.reference_end) == (
        finding.map.query_start,
        finding.map.reference_end,
    )


def test_a_map_is_kept_in_little() -> None:
    rng = np.random.default_rng(1)
    shown = LikenessMap(0.0, 9.0, 0.0, 9.0, rng.integers(0, LEVELS + 1, (64, 64), np.uint8))
    text = json.dumps(finding_json.to_json([Finding(Match("film", 0.4, ()), (), shown, False)]))
    assert len(text) < 4000
