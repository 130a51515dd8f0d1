"""Write the fingerprints in tests/golden that tests compare with: ``python -m tools.make_goldens``.

Prints of released presets never change. Run it for a new preset, or while a preset is not released yet; what it says
about existing files tells whether you are about to break old prints.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

import numpy as np

from shotprint.engine.audio.fingerprint import fingerprint_sound
from shotprint.engine.audio.presets import PRESETS as AUDIO_PRESETS
from shotprint.engine.codec import decode, encode
from shotprint.engine.pipeline import fingerprint_file
from shotprint.engine.text.fold import fold
from shotprint.engine.text.grams import kept_grams
from shotprint.engine.text.presets import PRESETS as TEXT_PRESETS
from shotprint.engine.text.prints import TextPrint
from shotprint.engine.types import Fingerprint, Modality, Role
from shotprint.engine.video.presets import PRESETS as VIDEO_PRESETS

ROOT = Path(__file__).parents[1]
GOLDEN = ROOT / "tests" / "golden"


def main() -> None:
    """Write each golden print that is missing or differs, and say so."""
    GOLDEN.mkdir(exist_ok=True)
    sys.path.insert(0, str(ROOT / "tests"))
    from support.golden_clip import golden_clip
    from support.golden_text import golden_text
    from support.sounds import golden_sound

    for presets, sample in ((VIDEO_PRESETS, golden_clip()), (TEXT_PRESETS, golden_text())):
        for name in presets:
            made, _ = fingerprint_file(io.BytesIO(sample), preset=name)
            _write(GOLDEN / f"{name}.fingerprint", made, always=True)
            if made.modality is Modality.TEXT:
                (GOLDEN / f"{name}.grams").write_text(grams_of(made))
    for name in AUDIO_PRESETS:
        heard, _ = fingerprint_sound(io.BytesIO(golden_sound()), preset=name)
        _write(GOLDEN / f"{name}.fingerprint", heard, always=True)
    _write(GOLDEN / "format-1.fingerprint", format_sample(), always=False)


def grams_of(fingerprint: Fingerprint) -> str:
    """The grams that an index keeps of a text, one a line: number, and place in the text."""
    made = TextPrint.of(fingerprint)
    folded = fold(made.text)
    hashes, start = kept_grams(folded, made.preset)
    pairs = zip(hashes, folded.source[start], strict=True)
    return "".join(f"{number:016x} {place}\n" for number, place in pairs)


def format_sample() -> Fingerprint:
    """One array of each type that a print may hold."""
    arrays: dict[str, Any] = {
        "bytes": np.array([[0, 1, 2], [253, 254, 255]], np.uint8),
        "double": np.array([-0.5, 1e300]),
        "float": np.array([0.25, 3.0], np.float32),
        "int": np.array([-1, 2**31 - 1], np.int32),
        "long": np.array([[-(2**63)], [2**63 - 1]], np.int64),
        "none": np.zeros(0, np.uint16),
        "short": np.array([0, 65535], np.uint16),
        "uint": np.array([2**32 - 1], np.uint32),
        "ulong": np.array([[[2**64 - 1]]], np.uint64),
    }
    return Fingerprint("golden", Modality.AUDIO, Role.QUERY, 12.625, arrays)


def _write(path: Path, fingerprint: Fingerprint, *, always: bool) -> None:
    data = encode(fingerprint)
    if not path.exists():
        path.write_bytes(data)
        state = "written"
    elif path.read_bytes() == data:
        state = "as before"
    elif always:
        before = decode(path.read_bytes())
        changed = [
            name for name, array in fingerprint.arrays.items() if not _same(array, before.arrays.get(name))
        ]
        path.write_bytes(data)
        state = f"CHANGED: {', '.join(changed) or 'the header'}"
    else:
        state = "DIFFERS and was kept: the format's sample is never written again"
    print(f"{path.relative_to(ROOT)}: {len(data)} bytes, {state}")


def _same(array: Any, before: Any) -> bool:
    return before is not None and np.array_equal(array, before)


if __name__ == "__main__":
    main()
