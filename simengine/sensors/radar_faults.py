"""What faults do to the detections of a radar: fields of one length each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np

from simengine.arrays import Array

__all__ = ["Detections", "dropped", "emptied", "ghosted", "shifted", "without_sector"]

Detections: TypeAlias = Mapping[str, Array]
_GHOST_DB = 10.0


def _kept(detections: Detections, keep: Array) -> Detections:
    return {name: values[keep] for name, values in detections.items()}


def emptied(detections: Detections) -> Detections:
    """No detections."""
    return {name: values[:0] for name, values in detections.items()}


def dropped(detections: Detections, rate: float, random: np.random.Generator) -> Detections:
    """Each detection is lost with a probability."""
    return _kept(detections, random.uniform(size=len(detections["range"])) >= rate)


def without_sector(detections: Detections, angle_rad: float, yaw_rad: float) -> Detections:
    """No detections within half of an angle of a direction (0: ahead, growing to the left)."""
    off = detections["azimuth"].astype(np.float64) - yaw_rad
    return _kept(detections, np.abs(np.arctan2(np.sin(off), np.cos(off))) > 0.5 * angle_rad)


def _moved(detections: Detections, range_m: Array, limits_m: tuple[float, float]) -> Detections:
    """The same directions at other ranges; what leaves the range of the sensor is lost."""
    old = detections["range"].astype(np.float64)
    share = (range_m / np.maximum(old, 1e-9))[:, None]
    out = dict(detections)
    out["range"] = range_m.astype(np.float32)
    out["xyz"] = (detections["xyz"].astype(np.float64) * share).astype(np.float32)
    return _kept(out, (range_m >= limits_m[0]) & (range_m <= limits_m[1]))


def shifted(detections: Detections, by_m: float, limits_m: tuple[float, float]) -> Detections:
    """Every range is so much longer."""
    return _moved(detections, detections["range"].astype(np.float64) + by_m, limits_m)


def ghosted(
    detections: Detections, rate: float, random: np.random.Generator, own_mps: Array, speed_max_mps: float,
    limits_m: tuple[float, float],
) -> Detections:  # fmt: skip
    """Each detection has with a probability another one behind: its echo thrown back by the radar's own car and heard
    a second time, at twice the range and radial speed, 10 dB weaker in power and of no instance (-1).

    Args:
        detections: of a scan.
        rate: the probability.
        random: draws it.
        own_mps: (3,), velocity of the radar in its own frame.
        speed_max_mps: radial speeds are folded into [-speed_max, speed_max).
        limits_m: smallest and largest range.
    """
    chosen = _kept(detections, random.uniform(size=len(detections["range"])) < rate)
    far = dict(_moved(chosen, 2.0 * chosen["range"].astype(np.float64), limits_m))
    twice = 2.0 * far["radial_speed"].astype(np.float64)
    twice -= 2.0 * speed_max_mps * np.floor((twice + speed_max_mps) / (2.0 * speed_max_mps))
    unit = far["xyz"].astype(np.float64) / np.maximum(far["range"].astype(np.float64), 1e-9)[:, None]
    far["radial_speed"] = twice.astype(np.float32)
    far["radial_speed_ground"] = (twice + (unit * own_mps).sum(-1)).astype(np.float32)
    far["snr"] = far["snr"] - np.float32(_GHOST_DB)
    far["rcs"] = far["rcs"] + np.float32(40.0 * np.log10(2.0) - _GHOST_DB)
    far["instance"], far["semantic"] = np.full_like(far["instance"], -1), np.full_like(far["semantic"], -1)
    both = {name: np.concatenate([values, far[name]]) for name, values in detections.items()}
    order = np.argsort(both["range"], kind="stable")
    return {name: values[order] for name, values in both.items()}
