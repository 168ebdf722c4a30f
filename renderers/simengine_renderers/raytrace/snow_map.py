# pyright: reportUnknownParameterType=false
"""Snow that lies (``simengine.world.snow_cover``) and the map that it and water go by, as kernels take them."""

from __future__ import annotations

from typing import Any

import warp as wp

from simengine.arrays import F64Array
from simengine.world.scene import Scene
from simengine.world.sky_map import CELL_M, TILE
from simengine.world.snow_cover import EDGE, FREE, HELD, SOILED, STEEP
from simengine_renderers.raytrace.native import body
from simengine_renderers.raytrace.tables import MaterialRow

__all__ = ["SNOWY", "Lain", "lain", "lain_around", "snowed"]

SNOWY: dict[str, float] = {
    "CELLS_PER_M": 1.0 / CELL_M, "TILE": TILE, "STEEP": STEEP, "HELD": HELD, "FREE": FREE, "SOILED": SOILED,
    "EDGE": EDGE,
}  # fmt: skip
"""Constants of ``native/snow.h`` and ``native/sky_map.h``."""


_STEEP = wp.constant(STEEP)


@wp.struct
class Lain:
    """``simengine.world.snow_cover.Fallen`` and ``simengine.world.sky_map.SkyMap``; ``corner`` is in the coordinates of
    who asks. ``cover`` 0: there is no snow; ``across`` 0: all is open to the sky."""

    cover: float
    material: int
    corner: wp.vec2
    across: int
    down: int
    cells: wp.array(dtype=float)


@wp.func_native(body("noise", "sky_map", "snow", "snow_share", prelude=False, **SNOWY))
def _share(s: Lain, x: float, y: float, z: float, up: float, span: float) -> float: ...


@wp.func
def snowed(fallen: Lain, m: MaterialRow, snow: wp.vec3, place: wp.vec3, up: float) -> wp.vec3:
    """Albedo of a surface that keeps snow, at a place in the coordinates of the map, by that of the snow."""
    out = m.albedo
    if m.pane == 0 and up > _STEEP:
        out = out + (snow - out) * _share(fallen, place[0], place[1], place[2], up, 0.0)
    return out


def lain(scene: Scene, device: str) -> Any:
    """Snow and map of a scene, for the coordinates of the world."""
    out, sky = Lain(), scene.sky_map
    if scene.fallen is not None:
        out.cover, out.material = scene.fallen.cover, scene.fallen.material
    if sky is None:
        out.cells = wp.zeros(1, dtype=float, device=device)
        return out
    out.corner, out.across, out.down = wp.vec2(*sky.corner_m.tolist()), sky.across, sky.down
    out.cells = wp.array(sky.cells, dtype=float, device=device)
    return out


def lain_around(lain: Any, corner_m: F64Array, eye_m: F64Array) -> Any:
    """The same for the coordinates of kernels of a camera (``surfaces.View.eye``); ``corner_m`` is the map's."""
    shift = eye_m - eye_m % 4096.0
    lain.corner = wp.vec2(*(corner_m - shift[:2]).tolist())
    return lain
