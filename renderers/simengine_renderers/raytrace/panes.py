# pyright: reportUnknownParameterType=false
"""Panes before what a camera sees: the light of a pixel is that of what lies behind, times what panes leave of it, and
what the first pane mirrors (kernels).

Labels are those of the pane. Behind it the ray goes on along its own line, so that all that shading knows of the pixel
becomes that of the surface behind; what belongs to the first pane is kept here.
"""

from __future__ import annotations

from typing import Any

import warp as wp

from simengine.world.scene import Scene
from simengine_renderers.raytrace.modules import SURFACES
from simengine_renderers.raytrace.surfaces import Surface
from simengine_renderers.raytrace.tables import MaterialRow

__all__ = ["Panes", "has_panes", "note_panes", "pane_room"]


@wp.struct
class Panes:
    """The first pane of each pixel that is ``active``; ``on`` 0: there are none, and arrays have one element.

    ``share`` is what all panes of the pixel leave of the light from behind; points are relative to the camera.
    """

    on: int
    active: wp.array(dtype=wp.uint8)
    material: wp.array(dtype=int)
    normal: wp.array(dtype=wp.vec3)
    point: wp.array(dtype=wp.vec3)
    range_m: wp.array(dtype=float)
    share: wp.array(dtype=wp.vec4)


def has_panes(scene: Scene) -> bool:
    """Whether any material of a scene lets light through."""
    return any(m.pane is not None for m in scene.materials)


def pane_room(count: int, device: str) -> Any:
    """Work arrays for ``count`` pixels; 0: the scene has no panes."""
    panes, n = Panes(), max(1, count)
    panes.on = int(count > 0)
    for name, dtype in (("active", wp.uint8), ("material", int), ("normal", wp.vec3), ("point", wp.vec3),
                        ("range_m", float), ("share", wp.vec4)):  # fmt: skip
        setattr(panes, name, wp.zeros(n, dtype=dtype, device=device))
    return panes


@wp.kernel(module=SURFACES)
def note_panes(
    first: int, stop: int, run: int, work: Surface, materials: wp.array(dtype=MaterialRow),
    range_m: wp.array(dtype=float), panes: Panes,
):  # fmt: skip
    """Keep what belongs to the panes that pixels [first, stop) show."""
    begin = first + wp.tid() * run
    for i in range(begin, wp.min(begin + run, stop)):
        k = work.material[i]
        panes.active[i] = wp.uint8(0)
        if k >= 0 and materials[k].pane == 1:
            panes.active[i] = wp.uint8(1)
            panes.material[i] = k
            panes.normal[i] = work.normal[i]
            panes.point[i] = work.point[i]
            panes.range_m[i] = range_m[i]
