"""What rain streaks and snow flakes share: how long the shutter is open for them, and the way that they make then."""

from __future__ import annotations

import math

from simengine.arrays import F64Array
from simengine.sensors.specs import CameraSpec

__all__ = ["EXPOSURE_S", "way_px"]

EXPOSURE_S = 0.010


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
