"""``shotprint match``: two files against each other, with no library."""

from __future__ import annotations

from typing import Annotated

import typer

from shotprint.cli.options import Common, JsonOption, ModalityOption, PresetOption, chosen_kind, with_common
from shotprint.cli.output import print_json, progress_bar
from shotprint.cli.results import print_matches, result_document

REFERENCE_SHARE = 0.4  # of the bar: references are described less densely than queries


@with_common
def match(
    common: Common,
    query: Annotated[str, typer.Argument(metavar="QUERY", help="File that may hold copied parts.")],
    reference: Annotated[str, typer.Argument(metavar="REFERENCE", help="File that they may come from.")],
    modality: ModalityOption = None,
    preset: PresetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find which stretches of QUERY are copied from REFERENCE. Nothing is stored."""
    from shotprint.engine.kinds import choose_preset
    from shotprint.engine.pipeline import fingerprint_file, match_fingerprints
    from shotprint.engine.types import Role

    kind = chosen_kind(modality, preset)
    settings = common.settings_for(kind, preset)
    wanted = choose_preset(kind, preset or (settings.preset if kind.value == "video" else None))
    with progress_bar("Comparing") as bar:
        stored, _ = fingerprint_file(
            reference,
            role=Role.REFERENCE,
            preset=wanted,
            progress=lambda share: bar(REFERENCE_SHARE * share),
        )
        asked, _ = fingerprint_file(
            query,
            role=Role.QUERY,
            preset=wanted,
            progress=lambda share: bar(REFERENCE_SHARE + (1 - REFERENCE_SHARE) * share),
        )
        found = match_fingerprints(asked, stored, name=reference, min_length_s=settings.min_segment_s)
    matches = [] if found is None else [found]
    if as_json:
        print_json(result_document(query, matches))
    else:
        print_matches(query, asked.duration, matches, lambda _reference: stored.duration)
