# pyright: reportUnknownParameterType=false, reportCallIssue=false
"""Street lamps and head lamps: point lights with a cone, on the surfaces of an image.

Illuminance is I cos(theta) / d^2 inside a smooth cone (``simengine.world.scene.Light``). Low beams have a cut-off
whose steepness is that of approved ones (their light falls by a quarter or more in 0.1
degrees: 0.13 decades, UN R112), and wide sides.
Of every pixel the strongest lamp casts a shadow, the others do not. A lamp's light ends where it falls below a set
illuminance, so that far lamps cost nothing. In fog the air itself shines where a lamp's light passes: single
scattering without shadows, forward as by droplets (Henyey and Greenstein 1941, g = 0.7).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import warp as wp

from simengine.arrays import BoolArray, F64Array
from simengine.geometry import transforms as tf
from simengine.world.scene import Scene
from simengine.world.state import WorldState
from simengine_renderers.raytrace.modules import LAMPS
from simengine_renderers.raytrace.native import body
from simengine_renderers.raytrace.rooms import dimmest
from simengine_renderers.raytrace.shading import Glow, Light
from simengine_renderers.raytrace.surfaces import Surface, View
from simengine_renderers.raytrace.tables import MaterialRow

__all__ = ["RUN", "Lamp", "Lamps", "glow_room", "light_up", "shone", "veil"]

MAX_LAMPS = 64
RUN = 64  # pixels: short enough that few lamps reach any of them
_BEAM = 14.0  # a low beam is down to a half at 4 degrees (1 / 14) below the horizon
_CUT = {
    "CUT_FLOOR": 0.025,  # of a low beam above its cut-off: 625 cd of 25,000, what UN R112 allows in zone III
    "CUT_END": 0.011,  # sine of the elevation at which the cut-off ends
    "CUT_STEEP": 1.0
    / 0.021,  # from 0.57 degrees below (1 % down, as UN R48 asks) on; to the fourth power: 0.145 decades
}
_VEIL_CUTOFF = 0.05  # share of the sky's radiance, or of a lit street's at night, that is not seen
_NIGHT_LEVEL = 3e-4  # radiance of a street under its lamps
_VEIL_NEAR_M = 3.0  # so far beside a lamp the air must be seen to shine
_CUTOFF_INDOORS = 0.001
_CUTOFF_ENCLOSED = 0.05  # share of what the walls of a tunnel throw back
_SEEN_M, _SEEN_ENCLOSED_M = 120.0, 500.0  # how far lamps are counted: along a tunnel nothing is in between
_CUTOFF = 0.08  # share of the sky's illuminance below which a lamp is not worth counting


@wp.struct
class Lamp:
    """A lamp of one frame; the position is relative to the camera, in world axes. ``beam`` > 0: a low beam."""

    position: wp.vec3
    direction: wp.vec3
    intensity: wp.vec3
    cos_end: float
    all_around: int
    beam: float
    reach_squared: float


@wp.func_native(body("lamps", FAINT=0.02, **_CUT))
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


@wp.func_native(body("decay", "veil", HALF=3, FORWARD=0.7, WIDTH=0.15))
def _veil(
    begin: int, end: int, v: View, light: Light, rays: wp.array(dtype=wp.vec3), range_m: wp.array(dtype=float),
    lamps: wp.array(dtype=Lamp), count: int, faint: float, weight: float, hdr: wp.array(dtype=wp.vec3),
): ...  # fmt: skip


@wp.kernel(module=LAMPS)
def veil(
    first: int, stop: int, run: int, v: View, light: Light, rays: wp.array(dtype=wp.vec3),
    range_m: wp.array(dtype=float), lamps: wp.array(dtype=Lamp), count: int, faint: float, weight: float,
    hdr: wp.array(dtype=wp.vec3),
):  # fmt: skip
    """Add what the air scatters of lamp light to pixels [first, stop); it fades out where it falls below ``faint``."""
    begin = first + wp.tid() * run
    _veil(begin, wp.min(begin + run, stop), v, light, rays, range_m, lamps, count, faint, weight, hdr)


_CUT_END, _CUT_FLOOR, _CUT_STEEP = (wp.constant(_CUT[k]) for k in ("CUT_END", "CUT_FLOOR", "CUT_STEEP"))


@wp.func
def shone(lamp: Lamp, l: wp.vec3) -> float:  # noqa: E741
    """Share of its intensity that a lamp sends to a point, as in ``native/lamps.h``; l: from there towards the lamp."""
    t = wp.clamp((-wp.dot(l, lamp.direction) - lamp.cos_end) / (1.0 - lamp.cos_end), 0.0, 1.0)
    shine = wp.where(lamp.all_around != 0, 1.0, t * t * (3.0 - 2.0 * t))
    if lamp.beam > 0.0:
        below = l[2] * lamp.beam
        rise = wp.clamp((_CUT_END + l[2]) * _CUT_STEEP, 0.0, 1.0)
        rise = rise * rise
        shine = t * t * t * t * t * t * (_CUT_FLOOR + (1.0 - _CUT_FLOOR) * rise * rise) / (1.0 + below * below)
    return shine


def glow_room(count: int, device: str) -> Any:
    """Work arrays for ``count`` pixels."""
    glow = Glow()
    for name in ("best", "rest", "target"):
        setattr(glow, name, wp.zeros(count, dtype=wp.vec3, device=device))
    for name in ("active", "lit"):
        setattr(glow, name, wp.zeros(count, dtype=wp.uint8, device=device))
    return glow


class Lamps:
    """All lamps of a scene."""

    def __init__(self, scene: Scene) -> None:
        lights = scene.lights
        self.count = len(lights)
        self._scene = scene
        self._cutoff = _CUTOFF if scene.environment.interior is None else _CUTOFF_INDOORS
        least = dimmest(scene.enclosures)
        self._least = math.inf if least is None else _CUTOFF_ENCLOSED * least
        self._seen_m = _SEEN_M if least is None else _SEEN_ENCLOSED_M
        self._link = np.array([x.link for x in lights], np.int64)
        self._actor = np.array([scene.links[k].actor if k >= 0 else -1 for k in self._link], np.int64)
        self._position = np.array([x.position_m for x in lights], np.float64).reshape(-1, 3)
        direction = np.array([x.direction for x in lights], np.float64).reshape(-1, 3)
        self._direction = direction / np.sqrt((direction * direction).sum(-1, keepdims=True))
        self._intensity = np.array([x.intensity for x in lights], np.float64).reshape(-1, 3)
        cone = np.array([x.cone_rad for x in lights], np.float64)
        self._all_around = cone >= math.pi - 1e-6
        self._beam = np.array([_BEAM if x.low_beam else 0.0 for x in lights], np.float32)
        self._bits = np.array([x.lamps for x in lights], np.int64)
        self._flash = [(k, x.flash) for k, x in enumerate(lights) if x.flash is not None]
        self._cos_end = np.minimum(np.cos(np.minimum(cone, math.pi)), 0.9999)

    def table(
        self, state: WorldState, eye_m: F64Array, sky_level: float, device: str, most: int = MAX_LAMPS
    ) -> tuple[Any, int]:
        """The lamps that matter around a camera, the most important first, and their number.

        Args:
            state: lamps on actors that do not exist are out.
            eye_m: (3,), the camera.
            sky_level: illuminance from the sky; far below it a lamp is not seen.
            device: where the table goes.
            most: this many at most.
        """
        position, direction, exists = self._placed(state)
        for k, flash in self._flash:
            exists[k] &= flash.on(state.time_ns)
        strength = self._intensity.max(-1)
        faintest = max(min(self._cutoff * sky_level, self._least), 2e-6)
        reach_squared = np.minimum(strength / faintest, 150.0**2)
        gap = position - eye_m
        distance_squared = (gap * gap).sum(-1)
        near = exists & (strength > 0) & (np.sqrt(distance_squared) <= self._seen_m + np.sqrt(reach_squared))
        weight = np.where(near, strength / np.maximum(distance_squared, 25.0), -1.0)
        rows = np.argsort(-weight, kind="stable")[: min(most, int(near.sum()))]
        table = np.zeros(max(1, len(rows)), Lamp.numpy_dtype())
        if len(rows):
            table["position"], table["direction"], table["intensity"] = (
                gap[rows],
                direction[rows],
                self._intensity[rows],
            )
            table["all_around"], table["cos_end"] = self._all_around[rows], self._cos_end[rows]
            table["reach_squared"], table["beam"] = reach_squared[rows], self._beam[rows]
        return wp.array(table, dtype=Lamp, device=device), len(rows)

    def faintest_in_air(self, sky_level: float, scattering_per_m: float) -> float:
        """Radiance below which light that the air scatters is not seen; inf where no lamp's is ever more.

        A ray that passes a lamp at h gets scattering / 4 * intensity * pi / h at most (all of it, along a whole line).
        """
        faint = _VEIL_CUTOFF * max(sky_level, _NIGHT_LEVEL)
        most = 0.25 * math.pi * scattering_per_m * float(self._intensity.max(initial=0.0)) / _VEIL_NEAR_M
        return faint if most > faint else math.inf

    def _placed(self, state: WorldState) -> tuple[F64Array, F64Array, BoolArray]:
        """Positions and directions in the world, and whether each lamp is there."""
        moving = np.flatnonzero(self._link >= 0)
        if not moving.size:
            return self._position, self._direction, np.ones(self.count, np.bool_)
        links = self._scene.link_transforms(state)[self._link[moving]]
        position, direction, exists = self._position.copy(), self._direction.copy(), np.ones(self.count, np.bool_)
        position[moving] = tf.apply(links, position[moving])
        direction[moving] = tf.rotate(links, direction[moving])
        actor, bits = self._actor[moving], self._bits[moving]
        exists[moving] = state.valid[actor] & ((bits == 0) | ((self._scene.lamps(state)[actor] & bits) != 0))
        return position, direction, exists
