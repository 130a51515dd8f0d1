"""Self-hosted media fingerprints: which files a video or a text copies, from where to where.

>>> import shotprint
>>> shotprint.match("suspect.mp4", "film.mp4")     # doctest: +SKIP

The names below are looked up on first use, so that a command that only prints its help does not load FFmpeg.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shotprint.engine.library import Library, fingerprint, match
    from shotprint.engine.types import (
        Fingerprint,
        Match,
        MediaInfo,
        Modality,
        Passages,
        Role,
        Segment,
        Transform,
    )
    from shotprint.errors import ShotprintError

__all__ = [
    "Fingerprint", "Library", "Match", "MediaInfo", "Modality", "Passages", "Role", "Segment", "ShotprintError",
    "Transform", "fingerprint", "match",
]  # fmt: skip

_HOMES = {
    "shotprint.engine.library": ("Library", "fingerprint", "match"),
    "shotprint.errors": ("ShotprintError",),
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = next((module for module, names in _HOMES.items() if name in names), "shotprint.engine.types")
    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    return sorted(__all__)
