"""How far a pretrained pipeline may change each class, what stays as it was, and control images."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from simengine.arrays import Array, F32Array, U8Array
from simengine.world.taxonomy import CLASSES
from simengine.world.weather import Environment

__all__ = ["depth_control", "kept", "prompt_for", "segmentation_control", "strengths"]

_STRENGTH: Mapping[str, float] = {
    "sky": 0.9, "vegetation": 0.75, "terrain": 0.7, "building": 0.65, "wall": 0.65, "road": 0.55, "pavement": 0.55,
    "kerb": 0.5, "fence": 0.5, "barrier": 0.45, "static_object": 0.45, "car": 0.45, "van": 0.45, "truck": 0.45,
    "bus": 0.45, "motorcycle": 0.4, "bicycle": 0.4, "adult": 0.35, "child": 0.35, "rider": 0.35, "animal": 0.35,
    "goods": 0.35, "debris": 0.35, "cone": 0.3, "pole": 0.3, "street_lamp": 0.3, "robot": 0.2, "lane_marking": 0.15,
    "traffic_sign": 0.0, "traffic_light": 0.0,
}  # fmt: skip
_KEPT = ("traffic_sign", "traffic_light")
# the colours that ADE20K's classes have where networks are trained on pictures of labels
_ADE20K: Mapping[str, tuple[int, int, int]] = {
    "sky": (6, 230, 230), "road": (140, 140, 140), "lane_marking": (140, 140, 140), "pavement": (235, 255, 7),
    "kerb": (235, 255, 7), "terrain": (4, 250, 7), "vegetation": (4, 200, 3), "building": (180, 120, 120),
    "wall": (120, 120, 120), "fence": (255, 184, 6), "barrier": (255, 61, 6), "pole": (51, 0, 255),
    "street_lamp": (0, 71, 255), "traffic_sign": (255, 5, 153), "traffic_light": (41, 0, 255), "car": (0, 102, 200),
    "van": (163, 255, 0), "truck": (255, 0, 20), "bus": (255, 0, 245), "motorcycle": (163, 0, 255),
    "bicycle": (255, 245, 0), "adult": (150, 5, 61), "child": (150, 5, 61), "rider": (150, 5, 61),
    "animal": (255, 0, 122), "cone": (0, 255, 20), "debris": (0, 255, 20), "goods": (0, 255, 20),
    "robot": (0, 255, 20), "static_object": (0, 255, 20),
}  # fmt: skip
_NEAREST_M = 3.0


def strengths(semantic: Array, most: float) -> F32Array:
    """Share of the way to noise that each pixel may go, float32 (H, W), by its class and never above ``most``."""
    table = np.array([_STRENGTH.get(c.name, 0.35) for c in CLASSES], np.float32)
    return np.minimum(table, np.float32(most)).take(semantic)


def kept(semantic: Array) -> Array:
    """Pixels that are put back after all, bool (H, W): signs and signals, whose meaning is in their details."""
    table = np.array([c.name in _KEPT for c in CLASSES])
    return table.take(semantic)


def depth_control(depth_m: F32Array) -> F32Array:
    """Inverse depth as ControlNets for depth have it, bright is near, float32 (H, W, 3), 0..1.

    On one scale for all frames (3 m and nearer is white), so that it does not flicker as the nearest thing changes.
    """
    near = np.minimum(np.float32(_NEAREST_M) / np.maximum(depth_m, np.float32(1e-3)), np.float32(1.0))
    return np.repeat(near[..., None], 3, -1).astype(np.float32)


def segmentation_control(semantic: Array) -> U8Array:
    """Classes in ADE20K's colours, uint8 (H, W, 3)."""
    table = np.array([_ADE20K.get(c.name, (0, 255, 20)) for c in CLASSES], np.uint8)
    return table.take(semantic, axis=0)


def prompt_for(environment: Environment) -> str:
    """What a photograph of the scene would be called."""
    elevation = environment.sun_elevation_rad
    words = ["photograph from a car", "at night" if elevation < -0.1 else "at dusk" if elevation < 0.1 else "by day"]
    if environment.rain_mmph > 0.5:
        words.append("heavy rain, wet road" if environment.rain_mmph > 10 else "rain, wet road")
    elif environment.snow_mmph > 0.2:
        words.append("heavy snowfall" if environment.snow_mmph > 2.0 else "snowfall")
    elif environment.fog_visibility_m < 1000:
        words.append("fog")
    else:
        words.append(
            "overcast" if environment.cloud > 0.7 else "scattered clouds" if environment.cloud > 0.2 else "clear sky"
        )
    if environment.snow_cover > 0.2:
        words.append("snow lies on everything" if environment.snow_cover > 0.7 else "patches of snow on the ground")
    return ", ".join([*words, "realistic, sharp"])
