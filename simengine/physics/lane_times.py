"""Gaps, times to collision and required decelerations along a lane: one path, two actors, many instants."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simengine.arrays import BoolArray, F64Array
from simengine.physics.paths import Frame

__all__ = ["OnLane", "lane_deceleration_mps2", "lane_gap_m", "lane_ttc_s", "on_lane"]


class OnLane(NamedTuple):
    """An actor along a path: station of its centre, how far from it the middles of its ends are, how fast it changes.

    ``crosses``: it heads across the path, more than 45 degrees off it and off its opposite. ``left_m``: how far to the
    left of the path its centre is. ``half_width_m``: how far it reaches to the side from there.
    """

    station_m: F64Array
    half_m: F64Array
    speed_mps: F64Array
    crosses: BoolArray
    left_m: F64Array
    half_width_m: F64Array

    def with_towed(self, towed: OnLane, where: BoolArray) -> OnLane:
        """The same where it tows another one: it reaches from the first to the last end of both."""
        front = np.maximum(self.station_m + self.half_m, towed.station_m + towed.half_m)
        rear = np.minimum(self.station_m - self.half_m, towed.station_m - towed.half_m)
        return self._replace(
            station_m=np.where(where, 0.5 * (front + rear), self.station_m),
            half_m=np.where(where, 0.5 * (front - rear), self.half_m),
        )


def on_lane(
    frame: Frame, heading: tuple[F64Array, F64Array], size_m: F64Array, velocity: tuple[F64Array, F64Array]
) -> OnLane:
    """Where an actor is along a path.

    Args:
        frame: of its centre on the path.
        heading: cosine and sine.
        size_m: (..., 3).
        velocity: x and y.
    """
    c, s = heading
    along, across = np.abs(c * frame.ux + s * frame.uy), np.abs(s * frame.ux - c * frame.uy)
    half = frame.reach_m(0.5 * (along * size_m[..., 0] + across * size_m[..., 1]))
    speed = (velocity[0] * frame.ux + velocity[1] * frame.uy) * frame.pace
    wide = 0.5 * (across * size_m[..., 0] + along * size_m[..., 1])
    return OnLane(frame.station_m, half, speed, along < across, frame.left_m, wide)


def lane_gap_m(a: OnLane, b: OnLane) -> F64Array:
    """Free distance along the path between the two boxes, whichever is ahead; negative while they are alongside."""
    return np.abs(b.station_m - a.station_m) - a.half_m - b.half_m


def lane_ttc_s(a: OnLane, b: OnLane) -> F64Array:
    """Gap by the speed at which it closes; 0 while they are alongside, inf while it does not close."""
    gap = np.maximum(lane_gap_m(a, b), 0.0)
    ahead = b.station_m >= a.station_m
    closing = np.where(ahead, a.speed_mps - b.speed_mps, b.speed_mps - a.speed_mps)
    time = np.where(closing > 0, gap / np.where(closing > 0, closing, 1.0), np.inf)
    return np.where(gap > 0, time, 0.0)


def lane_deceleration_mps2(a: OnLane, b: OnLane) -> F64Array:
    """Constant deceleration by which a gets as slow as b just as it reaches b, if b keeps its speed.

    Closing speed squared by twice the gap; 0 while the gap does not close or a does not move towards b; inf while they
    are alongside.

    "Deceleration rate to avoid the crash": J. Archer, "Indicators for traffic safety assessment and prediction", KTH
    2005; FHWA-RD-03-050, "Surrogate safety measures from traffic simulation models", 2003.
    """
    gap = np.maximum(lane_gap_m(a, b), 0.0)
    towards = np.where(b.station_m >= a.station_m, 1.0, -1.0)
    closing = (a.speed_mps - b.speed_mps) * towards
    needed = (closing > 0) & (a.speed_mps * towards > 0)
    return np.where(needed, np.where(gap > 0, closing * closing / (2.0 * np.where(gap > 0, gap, 1.0)), np.inf), 0.0)
