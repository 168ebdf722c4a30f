"""What a stereo pair gives beyond its left camera: the right image, disparity, and which points both cameras see.

The pair is rectified: two equal cameras without distortion that look the same way, the right one moved by the baseline
along the image's rows, both exposed at the same instant and as the left one meters. Then a point at depth z lies in the
right image d = fx * baseline / z pixels further left, in the same row.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np

from simengine.arrays import Array, F32Array, F64Array, U8Array, frozen
from simengine.geometry import transforms as tf
from simengine.sensors.specs import CameraSpec

__all__ = ["HIDDEN", "SEEN", "disparity_mask", "disparity_px", "right_camera"]

HIDDEN, SEEN = 128, 255
"""Values of ``disparity_mask``, those of Middlebury's masks: seen by the left camera only, and by both."""
_APART_PX = 1.0


@lru_cache(maxsize=64)
def right_camera(spec: CameraSpec, exposure_ev: float | None) -> CameraSpec:
    """The right camera of a pair, with a fixed exposure (None: as the left one's).

    Raises:
        ValueError: it is no pair.
    """
    if spec.baseline_m <= 0.0:
        raise ValueError(f"camera '{spec.name}' has no baseline")
    mount = tf.compose(spec.entity_from_camera, tf.translation([spec.baseline_m, 0.0, 0.0]))
    right = replace(
        spec, name=f"{spec.name}.right", entity_from_camera=frozen(mount, np.float64), baseline_m=0.0
    )  # fmt: skip
    return right if exposure_ev is None else replace(right, exposure_auto=False, exposure_ev=exposure_ev)


def disparity_px(spec: CameraSpec, depth_m: Array) -> F32Array:
    """Disparity of each pixel for its depth, (H, W); 0 where nothing was hit, which is infinitely far."""
    with np.errstate(divide="ignore"):
        return (spec.fx_px * spec.baseline_m / depth_m.astype(np.float64)).astype(np.float32)


def disparity_mask(spec: CameraSpec, depth_m: Array, right_depth_m: Array) -> U8Array:
    """Which pixels of the left image the right camera sees too, (H, W): 0 where nothing was hit, ``HIDDEN``, ``SEEN``.

    A point is hidden where it lies outside of the right image, or where the pixel that it falls into shows something
    nearer, by more than one pixel of disparity.
    """
    left, right = disparity_px(spec, depth_m).astype(np.float64), disparity_px(spec, right_depth_m)
    column: Array = np.floor(np.arange(depth_m.shape[1], dtype=np.float64) + 0.5 - left).astype(np.int64)
    inside = column >= 0
    there = _taken(right.astype(np.float64), np.where(inside, column, 0))
    seen = inside & (there <= left + _APART_PX)
    out = np.where(seen, SEEN, HIDDEN).astype(np.uint8)
    out[~np.isfinite(depth_m)] = 0
    return out


def _taken(values: F64Array, column: Array) -> F64Array:
    return np.take_along_axis(values, column, axis=1)
