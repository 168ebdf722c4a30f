"""What vehicles sweep on their ways: a long one, whose rear axle follows the line, swings its front far beside it.

The box of a long vehicle is laid along the line, a metre apart, and compared with those of others; of short ones only
the middles count. N places on one way, M on another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from simengine.arrays import BoolArray, F64Array
from simengine.physics.boxes import Boxes, overlap
from simengine.world.lanes import Curve

__all__ = ["SHORT", "Outline", "Strip", "meeting", "meets", "near", "outline_of", "strip_of"]

_LONG_M = 6.5
"""Up to this length middles tell where vehicles meet: cars, vans and two-wheelers."""
_GRAIN_M = 0.5
"""Lengths of outlines are told apart by so much: there are few kinds of them."""
_CLEARANCE_M = 0.3
_MIDDLE_M = 2.0
"""Long vehicles take the middle of a short one to be so long and wide."""


@dataclass(frozen=True)
class Outline:
    """How far a vehicle reaches ahead of its rear axle and behind it, and how wide it is; zeros: it is short."""

    front_m: float = 0.0
    back_m: float = 0.0
    width_m: float = _MIDDLE_M

    @property
    def long(self) -> bool:
        """What it sweeps is more than the strip along its way."""
        return self.front_m > 0.0


SHORT = Outline()


def outline_of(length_m: float, width_m: float, axle_m: float, tows: bool = False) -> Outline:
    """The outline of a vehicle, its length rounded outward.

    Args:
        length_m, width_m: of its box.
        axle_m: from the rear axle to the middle of the box.
        tows: it has a trailer, whose tail says where its rear is.
    """
    if length_m <= _LONG_M and not tows:
        return SHORT
    front, back = (
        float(np.ceil(v / _GRAIN_M - 1e-9) * _GRAIN_M) for v in (0.5 * length_m + axle_m, 0.5 * length_m - axle_m)
    )
    return Outline(front, back, width_m)


class Strip(NamedTuple):
    """Stations of the rear axle, or of the middle of what is short, and boxes there, (N,); the outline."""

    station_m: F64Array
    boxes: Boxes
    outline: Outline


def strip_of(curve: Curve, station_m: F64Array, outline: Outline, widest_m: float = np.inf) -> Strip:
    """What an outline sweeps along a line, at stations (N,).

    Args:
        curve: the line.
        station_m: where on it.
        outline: of the vehicle.
        widest_m: boxes and their clearance are no wider: on straight lanes side by side nobody meets anybody.
    """
    xyz, yaw = curve.at(station_m)
    cos, sin, flat = np.cos(yaw), np.sin(yaw), np.zeros(len(yaw))
    ahead = 0.5 * (outline.front_m - outline.back_m)
    half_l = 0.5 * (outline.front_m + outline.back_m if outline.long else _MIDDLE_M) + 0.5 * _CLEARANCE_M
    half_w = 0.5 * min(outline.width_m + _CLEARANCE_M, widest_m)
    x, y = xyz[:, 0] + ahead * cos, xyz[:, 1] + ahead * sin
    return Strip(station_m, Boxes(x, y, cos, sin, flat + half_l, flat + half_w, flat, flat), outline)


def near(a: Strip, b: Strip, near_m: float) -> BoolArray:
    """Whether the middles of two are nearer than that at their places, (N, M)."""
    dx, dy = a.boxes.x_m[:, None] - b.boxes.x_m, a.boxes.y_m[:, None] - b.boxes.y_m
    return dx * dx + dy * dy < near_m * near_m


def meets(a: Strip, b: Strip) -> BoolArray:
    """Whether the boxes of two meet at their places, (N, M)."""
    reach = sum(float(np.hypot(s.boxes.half_length_m[0], s.boxes.half_width_m[0])) for s in (a, b))
    out = near(a, b, reach)
    n, m = np.nonzero(out)
    out[n, m] = overlap(Boxes(*(v[n] for v in a.boxes)), Boxes(*(v[m] for v in b.boxes)))
    return out


def meeting(
    own: Strip, other: Strip, close: BoolArray, longest_m: float, step_m: float
) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """Where a way first meets another one; None: nowhere.

    Args:
        own, other: strips of both.
        close: where they are near each other, (N, M).
        longest_m: a meeting is no longer than that on the own way.
        step_m: for so much they may be near each other unseen.

    Returns:
        For each of both: where its front is when that begins, and where its rear is when it is over.
    """
    mine = np.flatnonzero(close.any(1))
    if not mine.size:
        return None
    stop = mine[0] + 1
    while stop < len(close) and close[stop].any() and own.station_m[stop] - own.station_m[mine[0]] <= longest_m:
        stop += 1
    theirs = np.flatnonzero(close[mine[0] : stop].any(0))
    return (
        (
            float(own.station_m[mine[0]]) - step_m + own.outline.front_m,
            float(own.station_m[stop - 1]) + step_m - own.outline.back_m,
        ),
        (
            float(other.station_m[theirs[0]]) - step_m + other.outline.front_m,
            float(other.station_m[theirs[-1]]) + step_m - other.outline.back_m,
        ),
    )
