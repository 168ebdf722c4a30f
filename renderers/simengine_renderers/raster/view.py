"""The pinhole image that a camera's rays look into.

A camera without distortion is that image. One with distortion (Brown-Conrady, rational) gets a wider one, twice as fine
where that fits; every pixel's ray is met with the faces seen at the four nearest places there, exactly, so nothing is
interpolated.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from simengine.arrays import BoolArray, F64Array
from simengine.errors import UsageError
from simengine.sensors.specs import CameraSpec

__all__ = ["LARGEST_PX", "NEAR_M", "Pinhole"]

LARGEST_PX = 8192
NEAR_M = 0.02
"""Nothing nearer (along the optical axis) is drawn."""
_FINENESS = 2.0
_MARGIN_PX = 3


@dataclass(frozen=True)
class Pinhole:
    """An ideal camera; pixel centres lie at +0.5."""

    width_px: int
    height_px: int
    fx_px: float
    fy_px: float
    cx_px: float
    cy_px: float

    @classmethod
    def of(cls, spec: CameraSpec, rays: F64Array) -> Pinhole:
        """The image for a camera with these centre rays (H, W, 3).

        Raises:
            UsageError: no plane image holds its distorted view, or it has another lens or band.
        """
        if spec.band == "nir":
            raise UsageError(
                f"camera '{spec.name}' sees band = nir, which the raster renderer cannot draw; use raytrace"
            )
        if spec.lens != "pinhole" or len(spec.distortion) > 8:
            what = f"the lens '{spec.lens}'" if spec.lens != "pinhole" else "a thin prism (s1 to s4)"
            raise UsageError(f"camera '{spec.name}' has {what}, which the raster renderer cannot draw; use raytrace")
        if spec.straight:
            return cls(spec.width_px, spec.height_px, spec.fx_px, spec.fy_px, spec.cx_px, spec.cy_px)
        plane = rays[..., :2] / rays[..., 2:]
        low, high = plane.min((0, 1)), plane.max((0, 1))
        focal = np.array([_finest(plane[..., 0], spec.fx_px, 1), _finest(plane[..., 1], spec.fy_px, 0)])
        extent = (high - low) * focal
        fineness = min(_FINENESS, float(((LARGEST_PX - _MARGIN_PX) / extent).min()))
        if fineness < 1.0:
            raise UsageError(
                f"camera '{spec.name}': its distorted view needs a plane of {extent[0]:.0f} x {extent[1]:.0f} px, "
                f"and the raster renderer draws {LARGEST_PX} px each way at most; use --renderer raytrace or narrow it"
            )
        focal *= fineness
        width, height = (math.ceil(v) + _MARGIN_PX for v in (high - low) * focal)
        cx, cy = 1.0 - focal * low
        return cls(width, height, float(focal[0]), float(focal[1]), float(cx), float(cy))

    def window(self, rays: F64Array, window: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
        """The part (x0, y0, x1, y1) of this image that a window of a camera's rays (H, W, 3) looks into."""
        x0, y0, x1, y1 = window
        r = rays[y0:y1, x0:x1].reshape(-1, 3)
        u, v = (f * r[:, k] / r[:, 2] + c for k, f, c in ((0, self.fx_px, self.cx_px), (1, self.fy_px, self.cy_px)))
        low, high = (max(0, int(u.min()) - 2), max(0, int(v.min()) - 2)), (int(u.max()) + 3, int(v.max()) + 3)
        return (*low, min(self.width_px, high[0]), min(self.height_px, high[1]))

    def clip_from_axes(self, world_from_camera: F64Array) -> F64Array:
        """(4, 4), from world axes with the eye as origin to clip space.

        Image row 0 is at the bottom; depth is NEAR_M / z: 1 at the near plane and 0 far away.

        Args:
            world_from_camera: (3, 3).
        """
        right, down, ahead = world_from_camera.T
        out = np.zeros((4, 4))
        out[0, :3] = right * (2.0 * self.fx_px / self.width_px) + ahead * (2.0 * self.cx_px / self.width_px - 1.0)
        out[1, :3] = down * (2.0 * self.fy_px / self.height_px) + ahead * (2.0 * self.cy_px / self.height_px - 1.0)
        out[2, 3] = NEAR_M
        out[3, :3] = ahead
        return out

    def sees(self, centres_m: F64Array, radii_m: F64Array) -> BoolArray:
        """Whether spheres (N, 3), (N,) in the camera's frame reach into the view, (N,)."""
        sides = np.array(
            [
                [self.fx_px, 0.0, self.cx_px],
                [-self.fx_px, 0.0, self.width_px - self.cx_px],
                [0.0, self.fy_px, self.cy_px],
                [0.0, -self.fy_px, self.height_px - self.cy_px],
            ]
        )
        seen = centres_m[:, 2] + radii_m >= NEAR_M
        for side in sides / np.sqrt((sides * sides).sum(-1, keepdims=True)):
            seen &= (centres_m * side).sum(-1) >= -radii_m
        return seen


def _finest(at: F64Array, focal_px: float, axis: int) -> float:
    """Focal length that gives the camera's finest spot a pixel for each of its own."""
    steps = np.abs(np.diff(at, axis=axis))
    finest = float(steps.min()) if steps.size else 0.0
    return min(max(1.0 / finest if finest > 0 else focal_px, focal_px), 2.0 * focal_px)
