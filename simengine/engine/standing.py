"""Standing on, in and above things: places over a rectangle, and lifting what would be inside of something else."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simengine.arrays import BoolArray, F64Array

__all__ = ["REST_GAP_M", "Tops", "clear_height", "over", "wholly_on"]

REST_GAP_M = 1e-3
"""What stands on something is so much above it: boxes that touch count as a collision, and resting is none."""
_EPS_M = 1e-9
_EDGE_M = 1e-6  # rounding of turned corners


class Tops(NamedTuple):
    """Rectangles that things stand on, all (B,): centre, heading, extents, height above the ground."""

    x_m: F64Array
    y_m: F64Array
    yaw_rad: F64Array
    length_m: F64Array
    width_m: F64Array
    height_m: F64Array


def over(
    tops: Tops, size_m: F64Array, turn_rad: F64Array | None, draws: tuple[F64Array, F64Array] | None
) -> tuple[F64Array, F64Array, BoolArray]:
    """Where a box stands over a rectangle: wholly above it, evenly over all such places, or in its middle.

    Args:
        tops: the rectangles.
        size_m: of the box, (B, 3).
        turn_rad: of the box against the rectangle, (B,); None: any (its diagonal counts).
        draws: numbers of [0, 1) along the rectangle's length and width; None: its middle.

    Returns:
        x, y, and whether the box fits onto the rectangle, all (B,).
    """
    half_l, half_w = 0.5 * size_m[:, 0], 0.5 * size_m[:, 1]
    if turn_rad is None:
        own_l = own_w = np.sqrt(half_l * half_l + half_w * half_w)
    else:
        c, s = np.abs(np.cos(turn_rad)), np.abs(np.sin(turn_rad))
        own_l, own_w = c * half_l + s * half_w, s * half_l + c * half_w
    room_l, room_w = tops.length_m - 2.0 * own_l, tops.width_m - 2.0 * own_w
    fits = (room_l >= -_EPS_M) & (room_w >= -_EPS_M)
    if draws is None:
        return tops.x_m + 0.0, tops.y_m + 0.0, fits
    along = (draws[0] - 0.5) * np.maximum(room_l, 0.0)
    across = (draws[1] - 0.5) * np.maximum(room_w, 0.0)
    c, s = np.cos(tops.yaw_rad), np.sin(tops.yaw_rad)
    return tops.x_m + c * along - s * across, tops.y_m + s * along + c * across, fits


def wholly_on(tops: Tops, pose: tuple[F64Array, F64Array, F64Array], size_m: F64Array) -> BoolArray:
    """Boxes no part of which is beyond the edge of a rectangle, seen from above, (B,); also where there is none.

    Args:
        tops: the rectangles, NaN for none.
        pose: x, y and heading of the boxes, (B,) each.
        size_m: (B, 3).
    """
    x, y, yaw = pose
    c, s = np.cos(tops.yaw_rad), np.sin(tops.yaw_rad)
    dx, dy = x - tops.x_m, y - tops.y_m
    along, across = np.abs(c * dx + s * dy), np.abs(c * dy - s * dx)
    turn_c, turn_s = np.abs(np.cos(yaw - tops.yaw_rad)), np.abs(np.sin(yaw - tops.yaw_rad))
    along = along + 0.5 * (turn_c * size_m[:, 0] + turn_s * size_m[:, 1])
    across = across + 0.5 * (turn_s * size_m[:, 0] + turn_c * size_m[:, 1])
    off = (along > 0.5 * tops.length_m + _EDGE_M) | (across > 0.5 * tops.width_m + _EDGE_M)  # False for NaN
    return ~off


def clear_height(
    foot_m: F64Array, x_m: F64Array, y_m: F64Array, size_m: F64Array,
    others: tuple[F64Array, F64Array, F64Array, F64Array, BoolArray],
) -> F64Array:  # fmt: skip
    """The lowest height from ``foot_m`` on at which a box is clear of others, whatever way they are turned, (B,).

    Args:
        foot_m, x_m, y_m: of the box, (B,).
        size_m: (B, 3).
        others: x, y, height of the foot, sizes and presence of k boxes: (B, k), sizes (B, k, 3).
    """
    x, y, foot, size, present = others
    reach = np.sqrt(size[..., 0] * size[..., 0] + size[..., 1] * size[..., 1])
    own = np.sqrt(size_m[:, 0] * size_m[:, 0] + size_m[:, 1] * size_m[:, 1])
    dx, dy, apart = x - x_m[:, None], y - y_m[:, None], 0.5 * (reach + own[:, None])
    near = present & (dx * dx + dy * dy < apart * apart)
    top, z = foot + size[..., 2] + REST_GAP_M, foot_m
    for _ in range(x.shape[1]):  # each round passes one of them at least
        hit = near & (z[:, None] < top) & (foot < (z + size_m[:, 2] + REST_GAP_M)[:, None])
        if not bool(hit.any()):
            break
        z = np.where(hit.any(-1), np.where(hit, top, np.inf).min(-1), z)
    return z
