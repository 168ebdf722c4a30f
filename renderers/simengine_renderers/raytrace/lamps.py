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
from simengine_renderers.raytrace.shading import Light, highlight
from simengine_renderers.raytrace.surfaces import Surface, View
from simengine_renderers.raytrace.tables import MaterialRow

__all__ = ["Glow", "Lamp", "add_lamps", "glow_room", "lamp_table", "light_up"]

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


@wp.struct
class Glow:
    """Lamp light of every pixel: of the strongest lamp (if not shadowed) and of the others, as radiance to the eye."""

    best: wp.array(dtype=wp.vec3)
    rest: wp.array(dtype=wp.vec3)
    target: wp.array(dtype=wp.vec3)
    active: wp.array(dtype=wp.uint8)
    lit: wp.array(dtype=wp.uint8)


@wp.func
def cone(all_around: int, cos_end: float, cosine: float) -> float:
    """Share of the intensity at an angle to the axis: 1 on it, falling smoothly to 0 at the cone's edge."""
    out = float(1.0)  # noqa: UP018  (Warp: a variable, not a constant)
    if all_around == 0:
        t = wp.clamp((cosine - cos_end) / (1.0 - cos_end), 0.0, 1.0)
        out = t * t * (3.0 - 2.0 * t)
    return out


@wp.kernel(module=LAMPS)
def light_up(
    first: int, stop: int, run: int, v: View, light: Light, rays: wp.array(dtype=wp.vec3), work: Surface,
    materials: wp.array(dtype=MaterialRow), lamps: wp.array(dtype=Lamp), count: int, glow: Glow,
):  # fmt: skip
    """Lamp light on pixels [first, stop), without shadows; the strongest lamp becomes the target of a shadow ray."""
    begin = first + wp.tid() * run
    end = wp.min(begin + run, stop)
    low = wp.vec3(1.0e30, 1.0e30, 1.0e30)
    high = -low
    for i in range(begin, end):
        if work.material[i] >= 0:
            low = wp.min(low, work.point[i])
            high = wp.max(high, work.point[i])
    near = wp.uint64(0)  # lamps that reach the box around the run's points
    for j in range(count):
        at = lamps[j].position
        gap = wp.max(wp.max(low - at, at - high), wp.vec3())
        if wp.dot(gap, gap) < lamps[j].reach_squared:
            near = near | (wp.uint64(1) << wp.uint64(j))
    for i in range(begin, end):
        k = wp.where(near == wp.uint64(0), -1, work.material[i])
        best = wp.vec3()
        rest = wp.vec3()
        target = wp.vec3()
        most = float(0.0)  # noqa: UP018
        if k >= 0:
            n = work.normal[i]
            p = work.point[i]
            to_eye = -(v.world_from_camera * rays[i])
            roughness = materials[k].roughness
            damp = work.damp[i]
            albedo = work.albedo[i] * (1.0 - 0.5 * damp) * (1.0 - materials[k].metalness)
            roughness = wp.lerp(roughness, 0.22, damp)
            f0 = wp.max(materials[k].specular, 0.02 * damp)
            for j in range(count):
                away = wp.vec3()
                d2 = float(1.0e30)  # noqa: UP018
                if ((near >> wp.uint64(j)) & wp.uint64(1)) != wp.uint64(0):
                    away = lamps[j].position - p
                    d2 = wp.dot(away, away)
                if d2 < lamps[j].reach_squared and wp.dot(n, away) > 0.0:
                    away = away / wp.sqrt(wp.max(d2, 1.0e-6))
                    cosine = wp.dot(n, away)
                    shine = cone(lamps[j].all_around, lamps[j].cos_end, -wp.dot(away, lamps[j].direction))
                    if shine > 0.0:
                        fade = 1.0 - d2 / lamps[j].reach_squared
                        e = lamps[j].intensity * (shine * fade * fade / wp.max(d2, 0.04))
                        out = wp.cw_mul(albedo, e) * cosine
                        if roughness < 0.6:
                            out += e * (f0 * highlight(n, to_eye, away, wp.max(roughness, 0.08)))
                        level = out[0] + out[1] + out[2]
                        if level > most:
                            rest += best
                            best = out
                            most = level
                            target = lamps[j].position
                        else:
                            rest += out
        glow.best[i] = best
        glow.rest[i] = rest
        glow.target[i] = target
        glow.active[i] = wp.where(most > 0.0, wp.uint8(1), wp.uint8(0))


@wp.kernel(module=LAMPS)
def add_lamps(
    first: int, stop: int, run: int, light: Light, range_m: wp.array(dtype=float), work: Surface, glow: Glow,
    weight: float, hdr: wp.array(dtype=wp.vec3),
):  # fmt: skip
    """Add lamp light to pixels [first, stop), through the air."""
    begin = first + wp.tid() * run
    for i in range(begin, wp.min(begin + run, stop)):
        if work.material[i] >= 0:
            c = (glow.best[i] * float(glow.lit[i]) + glow.rest[i]) * weight
            if light.extinction_per_m > 0.0:
                c = c * wp.exp(-light.extinction_per_m * range_m[i])
            hdr[i] = hdr[i] + c


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
