# pyright: reportUnknownParameterType=false
"""Street lamps and head lamps: point lights with a cone, on the surfaces of an image.

Illuminance is I cos(theta) / d^2 inside a smooth cone (``simengine.world.scene.Light``). Of every pixel the strongest
lamp casts a shadow, the others do not. A lamp's light ends where it falls below a set illuminance, so that far lamps
cost nothing.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import warp as wp

from simengine.arrays import F64Array
from simengine.geometry import transforms as tf
from simengine.world.scene import Scene
from simengine.world.state import WorldState
from simengine_renderers.raytrace.modules import LAMPS
from simengine_renderers.raytrace.native import body
from simengine_renderers.raytrace.shading import Glow, Light
from simengine_renderers.raytrace.surfaces import Surface, View
from simengine_renderers.raytrace.tables import MaterialRow

__all__ = ["Lamp", "glow_room", "lamp_table", "light_up"]

MAX_LAMPS = 64  # bits of a mask
_CUTOFF = 0.04  # share of the sky's illuminance below which a lamp is not worth counting


@wp.struct
class Lamp:
    """A lamp of one frame; the position is relative to the camera, in world axes."""

    position: wp.vec3
    direction: wp.vec3
    intensity: wp.vec3
    cos_end: float
    all_around: int
    reach_squared: float


@wp.func_native(body("lamps", FAINT=0.01))
def _light_up(
    begin: int, end: int, v: View, light: Light, rays: wp.array(dtype=wp.vec3), work: Surface,
    materials: wp.array(dtype=MaterialRow), lamps: wp.array(dtype=Lamp), count: int, glow: Glow,
): ...  # fmt: skip


@wp.kernel(module=LAMPS)
def light_up(
    first: int, stop: int, run: int, v: View, light: Light, rays: wp.array(dtype=wp.vec3), work: Surface,
    materials: wp.array(dtype=MaterialRow), lamps: wp.array(dtype=Lamp), count: int, glow: Glow,
):  # fmt: skip
    """Lamp light on pixels [first, stop), without shadows; the strongest lamp becomes the target of a shadow ray."""
    begin = first + wp.tid() * run
    _light_up(begin, wp.min(begin + run, stop), v, light, rays, work, materials, lamps, count, glow)


def glow_room(count: int, device: str) -> Any:
    """Work arrays for ``count`` pixels."""
    glow = Glow()
    for name in ("best", "rest", "target"):
        setattr(glow, name, wp.zeros(count, dtype=wp.vec3, device=device))
    for name in ("active", "lit"):
        setattr(glow, name, wp.zeros(count, dtype=wp.uint8, device=device))
    return glow


def lamp_table(
    scene: Scene, state: WorldState, links: F64Array, eye_m: F64Array, sky_level: float, device: str
) -> tuple[Any, int]:
    """The lamps that matter around a camera, the most important first, and their number.

    Args:
        scene, state: lamps on actors that do not exist are out.
        links: (L, 4, 4), world_from_link.
        eye_m: (3,), the camera.
        sky_level: illuminance from the sky; far below it a lamp is not seen.
        device: where the table goes.
    """
    rows: list[tuple[float, F64Array, F64Array, F64Array, float, float]] = []
    for light in scene.lights:
        position, direction = np.array(light.position_m, np.float64), np.array(light.direction, np.float64)
        if light.link >= 0:
            if not bool(state.valid[scene.links[light.link].actor]):
                continue
            position, direction = tf.apply(links[light.link], position), tf.rotate(links[light.link], direction)
        strength = max(light.intensity)
        reach_squared = min(strength / max(_CUTOFF * sky_level, 2e-6), 150.0**2)
        gap = position - eye_m
        distance_squared = float((gap * gap).sum())
        if strength <= 0 or math.sqrt(distance_squared) > 120.0 + math.sqrt(reach_squared):
            continue
        direction = direction / math.sqrt(float((direction * direction).sum()))
        row = (strength / max(distance_squared, 25.0), gap, direction, np.array(light.intensity), light.cone_rad)
        rows.append((*row, reach_squared))
    rows.sort(key=lambda row: -row[0])
    rows = rows[:MAX_LAMPS]
    table = np.zeros(max(1, len(rows)), Lamp.numpy_dtype())
    for out, (_, gap, direction, intensity, cone_rad, reach_squared) in zip(table, rows, strict=False):
        out["position"], out["direction"], out["intensity"] = gap, direction, intensity
        out["all_around"] = cone_rad >= math.pi - 1e-6
        out["cos_end"] = min(math.cos(min(cone_rad, math.pi)), 0.9999)
        out["reach_squared"] = reach_squared
    return wp.array(table, dtype=Lamp, device=device), len(rows)
