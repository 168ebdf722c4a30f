"""Snow on what rays meet."""

from __future__ import annotations

import numpy as np

from simengine.arrays import Array, F64Array
from simengine.world.scene import Scene
from simengine.world.snow_cover import Lying

__all__ = ["snow_on"]


def snow_on(scene: Scene, part: Array, material: Array, place_m: F64Array, up: F64Array) -> Lying:
    """Snow at N hits; none on panes, on what moves, and where nothing was hit (part -1).

    Args:
        scene: the world.
        part, material: (N,), of the hits.
        place_m: (N, 3), in the world.
        up: (N,), upward components of the normals, towards the viewer.
    """
    out = Lying(np.zeros(len(part)), np.ones(len(part)))
    sky = scene.sky_map
    if scene.fallen is None or sky is None:
        return out
    panes = np.array([m.pane is not None for m in scene.materials])[material]
    rows = np.flatnonzero((part >= 0) & scene.keeps_snow[part] & ~panes)
    lying = scene.fallen.shares(sky, place_m[rows], up[rows])
    out.share[rows], out.tone[rows] = lying.share, lying.tone
    return out
