# pyright: reportUnknownParameterType=false, reportCallIssue=false
"""What rain streaks and snow flakes share: how long the shutter is open for them, the way that they make then, and what
hides them."""

from __future__ import annotations

import math
from typing import Any

import warp as wp

from simengine.arrays import F64Array
from simengine.sensors.specs import CameraSpec
from simengine.world.enclosure import taken
from simengine.world.scene import Scene
from simengine_renderers.raytrace.film import Film
from simengine_renderers.raytrace.modules import LIGHT
from simengine_renderers.raytrace.panes import Panes
from simengine_renderers.raytrace.slices import launch

__all__ = ["EXPOSURE_S", "falls_at", "hide_behind", "way_px"]

EXPOSURE_S = 0.010
_DRY = 0.7  # no rain falls before a camera from which an enclosure takes more of the sky


def falls_at(scene: Scene, place_m: F64Array) -> bool:
    """Whether rain or snow falls before a camera at a place (3,)."""
    return scene.environment.precipitation_mmph() > 0.0 and bool(taken(scene.enclosures, place_m) < _DRY)


def way_px(
    spec: CameraSpec, at_px: tuple[F64Array, F64Array], z_m: F64Array, fall_m: tuple[F64Array, F64Array],
    camera_mps: F64Array,
) -> tuple[F64Array, F64Array]:  # fmt: skip
    """Way in the image during the exposure, to the right and down.

    Cameras on vehicles stand upright and look ahead: what falls moves along +y and comes nearer as the camera drives.

    Args:
        spec: the camera, a pinhole.
        at_px: columns and rows at the start.
        z_m: distances along the axis.
        fall_m: ways in the air, to the right and down.
        camera_mps: velocity of the camera.
    """
    u, v = at_px
    x, y = (u - spec.cx_px) / spec.fx_px * z_m, (v - spec.cy_px) / spec.fy_px * z_m
    forward = math.sqrt(float((camera_mps * camera_mps).sum()))
    late = z_m - forward * EXPOSURE_S
    late = late.clip(min=0.1)
    along = (x + fall_m[0]) / late * spec.fx_px + spec.cx_px - u
    return along, (y + fall_m[1]) / late * spec.fy_px + spec.cy_px - v


def hide_behind(film: Film, table: Any, row: int) -> None:
    """Take the strength from what falls behind a surface, panes included: it does not rain in cars.

    Args:
        film: its centre rays are traced.
        table: (N, C) on the device: column of the picture first, strength last but one and depth last.
        row: the column of ``table`` with the row of the picture.
    """
    spec = film.spec
    if len(table):
        eye = [wp.vec2(spec.fx_px, spec.fy_px), wp.vec2(spec.cx_px, spec.cy_px), spec.width_px, spec.height_px]
        launch(hide, 0, len(table), [table, row, *eye, film.hits.range_m, film.panes], film.device)


@wp.kernel(module=LIGHT)
def hide(
    first: int, stop: int, run: int, table: wp.array2d(dtype=float), row: int, focal: wp.vec2, centre: wp.vec2,
    width: int, height: int, range_m: wp.array(dtype=float), panes: Panes,
):  # fmt: skip
    """Take the strength from rows [first, stop) whose depth is more than that of the surface at their place."""
    begin = first + wp.tid() * run
    last = table.shape[1] - 1
    for i in range(begin, wp.min(begin + run, stop)):
        u = table[i, 0]
        v = table[i, row]
        z = table[i, last]
        column = wp.clamp(int(u), 0, width - 1)
        line = wp.clamp(int(v), 0, height - 1)
        seen = wp.vec3((u - centre[0]) / focal[0] * z, (v - centre[1]) / focal[1] * z, z)
        pixel = line * width + column
        free = range_m[pixel]
        if panes.on == 1 and panes.active[pixel] != wp.uint8(0):
            free = panes.range_m[pixel]
        if wp.length(seen) > free:
            table[i, last - 1] = 0.0
