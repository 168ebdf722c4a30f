# pyright: reportUnknownParameterType=false
"""Snow that lies (``simengine.world.snow_cover``) as kernels take it."""

from __future__ import annotations

from typing import Any

import warp as wp

from simengine.arrays import F64Array
from simengine.world.scene import Scene
from simengine.world.snow_cover import CELL_M, EDGE, FREE, HELD, SOILED, STEEP, TILE
from simengine_renderers.raytrace.native import body
from simengine_renderers.raytrace.tables import MaterialRow

__all__ = ["SNOWY", "Lain", "lain", "lain_around", "snowed"]

SNOWY: dict[str, float] = {
    "CELLS_PER_M": 1.0 / CELL_M, "TILE": TILE, "STEEP": STEEP, "HELD": HELD, "FREE": FREE, "SOILED": SOILED,
    "EDGE": EDGE,
}  # fmt: skip
"""Constants of ``native/snow.h``."""


_STEEP = wp.constant(STEEP)


@wp.struct
class Lain:
    """``simengine.world.snow_cover.Fallen``; ``corner`` is that of its map in the coordinates of who asks. ``cover`` 0:
    there is none."""

    cover: float
    material: int
    corner: wp.vec2
    across: int
    down: int
    cells: wp.array(dtype=float)


@wp.func_native(body("noise", "snow", "snow_share", prelude=False, **SNOWY))
def _share(s: Lain, x: float, y: float, z: float, up: float, span: float) -> float: ...


@wp.func
def snowed(fallen: Lain, m: MaterialRow, snow: wp.vec3, place: wp.vec3, up: float) -> wp.vec3:
    """Albedo of a surface that keeps snow, at a place in the coordinates of the map, by that of the snow."""
    out = m.albedo
    if m.pane == 0 and up > _STEEP:
        out = out + (snow - out) * _share(fallen, place[0], place[1], place[2], up, 0.0)
    return out


def lain(scene: Scene, device: str) -> Any:
    """Snow of a scene, for the coordinates of the world."""
    out, fallen = Lain(), scene.fallen
    if fallen is None:
        out.cells = wp.zeros(1, dtype=float, device=device)
        return out
    out.cover, out.material, out.corner = fallen.cover, fallen.material, wp.vec2(*fallen.corner_m.tolist())
    out.across, out.down = fallen.across, fallen.down
    out.cells = wp.array(fallen.cells, dtype=float, device=device)
    return out


def lain_around(all_: Any, scene: Scene, eye_m: F64Array) -> Any:
    """The same for the coordinates of kernels of a camera (``surfaces.View.eye``)."""
    if scene.fallen is not None:
        shift = eye_m - eye_m % 4096.0
        all_.corner = wp.vec2(*(scene.fallen.corner_m - shift[:2]).tolist())
    return all_
