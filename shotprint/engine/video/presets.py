"""Every number that shapes a video fingerprint, by name and version.

A released preset is never edited: fingerprints carry its name, and prints of different presets do not
compare. A change is a new preset, shown with the benchmark before and after.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from shotprint.engine.preset_names import named


@dataclass(frozen=True)
class PointScale:
    """Local features are taken from the picture reduced to ``side`` pixels (longer side), ``count`` at most.

    ``reference_count`` of them, the best, are kept in a reference; 0 leaves the scale to queries alone.
    """

    side: int
    count: int
    reference_count: int


@dataclass(frozen=True)
class VideoPreset:
    """How pictures become descriptors.

    Attributes
    ----------
    name : with its version.
    grid_rate : pictures looked at per second of the time line.
    query_key_step, reference_key_step : every how many grid instants local features are taken. The second
        is a multiple of the first, so that a reference's key frames are among a query's.
    scales : see `PointScale`; from large to small.
    corner_contrast : grey levels by which a ring of pixels must differ for a corner (FAST).
    pyramid_levels, pyramid_factor, patch_side : of ORB, within one scale.
    grid_cells : points are spread over a grid of this many cells a side before the strongest are taken.
    still_contrast : grey levels; while no cell of a 64 x 64 reduction differs more from the first
        picture of a run, the picture counts as still and the run goes on.
    border_contrast : grey levels; an edge row or column flatter than this belongs to a border.
    shortcuts : whether the decoder leaves out deblocking and the pictures that no other one refers to.
    """

    name: str
    grid_rate: float
    query_key_step: int
    reference_key_step: int
    scales: tuple[PointScale, ...]
    corner_contrast: int
    pyramid_levels: int
    pyramid_factor: float
    patch_side: int
    grid_cells: int
    still_contrast: int
    border_contrast: int
    shortcuts: bool

    @property
    def picture_side(self) -> int:
        """Longer side, in pixels, of the pictures that the decoder has to deliver."""
        return self.scales[0].side


# Where the numbers come from: docs/why/visual-engine.md.
VIDEO_2 = VideoPreset(
    name="video-2",
    grid_rate=4.0,
    query_key_step=1,
    reference_key_step=4,
    scales=(PointScale(640, 350, 0), PointScale(320, 220, 32), PointScale(160, 80, 16)),
    corner_contrast=5,
    pyramid_levels=3,
    pyramid_factor=1.25,
    patch_side=31,
    grid_cells=8,
    still_contrast=10,
    border_contrast=10,
    shortcuts=False,
)
VIDEO_2_FAST = replace(
    VIDEO_2,
    name="video-2-fast",
    query_key_step=2,
    reference_key_step=8,
    scales=(PointScale(320, 220, 32),),
    corner_contrast=10,
    pyramid_levels=2,
    shortcuts=True,
)

PRESETS = {preset.name: preset for preset in (VIDEO_2, VIDEO_2_FAST)}
DEFAULT_PRESET = VIDEO_2.name


def find_preset(name: str) -> VideoPreset:
    """The preset of that name; `InvalidValue` when there is none."""
    return named(name, PRESETS)
