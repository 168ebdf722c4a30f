"""The world in the near infrared, about 900 nm: a scene whose surfaces have the reflectances of that light.

Plants are bright (the red edge), dyes are clear, water and glass are dark. Lamps are LEDs, which send next to nothing
there; a camera may bring a lamp of its own.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

import numpy as np

from simengine.arrays import Array, F32Array, F64Array
from simengine.sensors import projection
from simengine.sensors.specs import CameraSpec
from simengine.world.materials import Material
from simengine.world.scene import Scene
from simengine.world.wetness import damp, film_depth, open_sky, wet_shares, wetness_at

__all__ = ["LIT_FROM", "near_infrared", "near_infrared_light"]

LIT_FROM = ("albedo", "normal", "range", "material")
"""Channels that the light of a camera's own lamp is made from."""

_UNIT_WPM2 = 40.0
"""The sun behind a filter of 50 nm about 850 nm when light is 1: 0.9 W / (m2 nm) on the ground (ASTM G173)."""
_NEAREST_M = 1.0  # nearer air is out of the camera's view, for the lamp sits beside the lens
_LIDAR_RATIO_SR = 18.0  # extinction over backscatter of fog and water clouds (O'Connor, Illingworth, Hogan 2004)


def near_infrared(scene: Scene) -> Scene:
    """The same scene with materials as grey as their reflectance at 905 nm, without its lamps."""
    return replace(scene, materials=tuple(map(_seen, scene.materials)), lights=())


def _seen(material: Material) -> Material:
    grey = (material.nir,) * 3
    pane = None if material.pane is None else replace(material.pane, tint=(material.pane.nir,) * 3)
    # leaves let as much through as they send back (Jacquemoud and Baret 1990: 0.45 to 0.5 each), and hold nothing
    through = min(material.nir, 1.0 - material.nir) if any(material.translucency) else 0.0
    return replace(material, albedo=grey, emission=(0.0, 0.0, 0.0), pane=pane, translucency=(through,) * 3)


def near_infrared_light(
    spec: CameraSpec, scene: Scene, light: F32Array, channels: Mapping[str, Array], world_from_camera: F64Array
) -> F32Array:  # fmt: skip
    """Light (H, W, 3), grey, with that of the camera's own lamp where it has one.

    The lamp stands at the lens, so that it casts no shadow: at a distance r its intensity I gives I / r^2, twice dimmed
    by the air; a surface sends back its reflectance times the cosine, a retroreflector so many times more. Fog in the
    beam sends back a veil. Wet ground sends back as much as to a LiDAR (``simengine.world.wetness``).

    Args:
        spec: the camera.
        scene: the world (of any light).
        light: linear, without the lamp.
        world_from_camera: (4, 4), where it stands.
        channels: with a lamp, those of ``LIT_FROM``, as the near infrared has them.
    """
    grey = light.mean(-1)
    if spec.lit:
        grey = grey + _returned(spec, scene, channels, world_from_camera)
    return np.repeat(grey[..., None], 3, -1).astype(np.float32)


def _returned(spec: CameraSpec, scene: Scene, channels: Mapping[str, Array], pose: F64Array) -> F64Array:
    environment, r = scene.environment, channels["range"].astype(np.float64)
    intensity, beta = spec.infrared.illuminator_wpsr / _UNIT_WPM2, environment.extinction_per_m()
    hit = np.isfinite(r)
    near = np.maximum(np.where(hit, r, 1.0), 0.1)
    rays, grey = _rays(spec), channels["albedo"].mean(-1)
    cosine = np.clip(-(channels["normal"] * rays).sum(-1), 0.0, 1.0)
    retro = np.array([*(m.retro for m in scene.materials), 0.0])[channels["material"]]
    patterns = np.array([*(int(m.pattern) for m in scene.materials), 0])[channels["material"]]
    place = pose[:3, 3] + (rays @ pose[:3, :3].T) * near[..., None]
    wetness = wetness_at(scene, pose[:3, 3])
    under = damp(wetness, patterns, channels["normal"] @ pose[2, :3], place[..., 0], place[..., 1])
    under = under * open_sky(scene, place) if wetness > 0.0 else under
    matt, beads = wet_shares(under, cosine, grey, film_depth("nir"))
    sent = grey * cosine * (matt + retro * beads) * np.exp(-2.0 * beta * near) / near**2
    total = intensity * np.where(hit, sent, 0.0)
    fog = environment.scattering_per_m()
    if fog > 0.0:
        at = np.geomspace(_NEAREST_M, 1000.0, 400)
        rate = np.exp(-2.0 * beta * at) / at**2
        veil = np.concatenate([[0.0], np.cumsum(0.5 * (rate[1:] + rate[:-1]) * np.diff(at))])
        total += intensity * math.pi * fog / _LIDAR_RATIO_SR * np.interp(np.where(hit, r, 1e9), at, veil)
    return total


@lru_cache(maxsize=8)
def _rays(spec: CameraSpec) -> F64Array:
    return projection.rays(spec)
