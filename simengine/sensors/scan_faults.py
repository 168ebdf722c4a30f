"""What faults do to the points of a scan: fields of one length each, in the order of the firings.

A ray's direction in the sensor's frame is that of its point; in the frame at the start of the scan it is turned by what
the sensor has turned since then, ``turns`` (N, 4, 4).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

import numpy as np

from simengine.arrays import Array, F64Array
from simengine.geometry.transforms import rotate

__all__ = ["Points", "dropped", "emptied", "ghosted", "noisy", "shifted", "without_sector"]

Points: TypeAlias = Mapping[str, Array]


def emptied(points: Points) -> Points:
    """No points."""
    return {name: values[:0] for name, values in points.items()}


def _kept(points: Points, keep: Array) -> Points:
    return {name: values[keep] for name, values in points.items()}


def dropped(points: Points, rate: float, random: np.random.Generator) -> Points:
    """Each point is lost with a probability."""
    return _kept(points, random.uniform(size=len(points["range"])) >= rate)


def without_sector(points: Points, angle_rad: float, yaw_rad: float) -> Points:
    """No points whose azimuth (0: ahead, growing to the left) is within half of an angle of a direction."""
    xyz = points["xyz"].astype(np.float64)
    off = np.arctan2(xyz[:, 1], xyz[:, 0]) - yaw_rad
    off = np.abs(np.arctan2(np.sin(off), np.cos(off)))
    return _kept(points, off > 0.5 * angle_rad)


def shifted(
    points: Points, by_m: Array | float, turns: Callable[[], F64Array], limits_m: tuple[float, float]
) -> Points:
    """Every point moves along its ray; what leaves the range of the sensor is lost."""
    length = points["range"].astype(np.float64)
    xyz = points["xyz"].astype(np.float64)
    away = np.sqrt((xyz * xyz).sum(-1))
    move = np.broadcast_to(np.asarray(by_m, np.float64), length.shape)[:, None] * xyz / np.maximum(away, 1e-9)[:, None]
    out = dict(points)
    out["range"] = (length + by_m).astype(np.float32)
    out["xyz"] = (xyz + move).astype(np.float32)
    out["xyz_deskewed"] = (points["xyz_deskewed"].astype(np.float64) + rotate(turns(), move)).astype(np.float32)
    return _kept(out, (length + by_m >= limits_m[0]) & (length + by_m <= limits_m[1]))


def noisy(
    points: Points, sigma_m: float, random: np.random.Generator, turns: Callable[[], F64Array],
    limits_m: tuple[float, float],
) -> Points:  # fmt: skip
    """Ranges scatter with a normal distribution."""
    return shifted(points, sigma_m * random.standard_normal(len(points["range"])), turns, limits_m)


def ghosted(
    points: Points, rate: float, random: np.random.Generator, turns: Callable[[], F64Array],
    limits_m: tuple[float, float],
) -> Points:  # fmt: skip
    """Each point has with a probability another one behind it in the list: on its ray, anywhere in the range of the
    sensor, a quarter as bright, of no instance and no class (-1)."""
    count = len(points["range"])
    chosen = np.flatnonzero(random.uniform(size=count) < rate)
    length = limits_m[0] + (limits_m[1] - limits_m[0]) * random.uniform(size=count)
    moved = shifted(points, length - points["range"].astype(np.float64), turns, (-np.inf, np.inf))
    ghosts = dict(_kept(moved, chosen))
    ghosts["intensity"] = (0.25 * ghosts["intensity"]).astype(np.float32)
    ghosts["instance"] = np.full_like(ghosts["instance"], -1)
    ghosts["semantic"] = np.full_like(ghosts["semantic"], -1)
    order = np.argsort(np.concatenate([np.arange(count), chosen]), kind="stable")
    return {name: np.concatenate([values, ghosts[name]])[order] for name, values in points.items()}
