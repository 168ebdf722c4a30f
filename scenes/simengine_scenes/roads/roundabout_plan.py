"""Where things lie at a roundabout: its properties, its arms, its ring.

Every arm has coordinates of its own, as at a junction: u from the middle outward, v to the left of that, so that what
comes in is at positive v and what leaves is at negative v.

Typical measures: inscribed circles of 27 to 55 m for one lane and 46 to 67 m for two (NCHRP Report 672, "Roundabouts:
An Informational Guide", 2nd ed. 2010, exhibit 6-9), rings of 9 m at 26 m and 6.5 m at 40 m, 8 to 10 m for two lanes
(FGSV, "Merkblatt fuer die Anlage von Kreisverkehren", 2006), crossings a car's length before the ring.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from simengine.errors import SceneError
from simengine.world.library import INT, Property, enum, quantity, unplaced
from simengine_scenes.roads.lay import Lay
from simengine_scenes.roads.line import ReferenceLine

__all__ = ["EDGE_M", "ISLAND_M", "ROUNDABOUT_ARMS", "ROUNDABOUT_PROPERTIES", "RoundaboutPlan", "roundabout_plan"]

ROUNDABOUT_ARMS = ("own_arm", "right_arm", "far_arm", "fifth_arm", "left_arm")
"""Counter-clockwise, seen from above, from where ego comes from."""
ISLAND_M = 1.5
"""Half of the way between the lanes in and out where people cross: room for a pram on the island."""
EDGE_M = 0.25
"""Between a lane and the kerb."""
_NOMINAL_M = {1: (12.0, 15.0), 2: (18.0, 22.0)}
"""Radii of the ways in and out, by the number of lanes."""
_LEAST_TURN_M = 6.0
_SHARE = (0.41, 0.43)
"""Of the angle between two arms that a way in, and the next way out, may take."""
_SETBACK_M = 5.0
_CROSSING_M = 3.0
_WIDEN_M = 26.0
"""On which way the lanes in and out part."""
_RING_M = {
    1: ((13.0, 15.0, 17.5, 20.0, 25.0), (9.0, 8.0, 7.0, 6.5, 6.0)),
    2: ((23.0, 30.0, 40.0), (10.0, 9.2, 9.0)),
}
"""Radii of outer kerbs and widths of rings, by the number of lanes."""

ROUNDABOUT_PROPERTIES: tuple[Property, ...] = (
    Property("arms", INT, 4, 3, 5, "roads that meet; three: the one called `missing` is not there"),
    Property("missing", enum("left_arm", "right_arm", "far_arm"), "left_arm", doc="which arm is not there, of three"),
    Property("lanes", INT, 1, 1, 2, "number of lanes of the ring, of every way in and of every way out"),
    Property(
        "radius", quantity("length"), 22.0, 13.0, 40.0,
        "of the ring's outer kerb; typical: 13 to 27 m for one lane, 23 to 34 m for two (NCHRP 672)",
    ),
    Property("lane_width", quantity("length"), 3.25, 2.75, 4.0, "width of the lanes of the arms"),
    Property("length", quantity("length"), 120.0, 80.0, 1000.0, "length of every arm, from its end to the middle"),
    Property("pavement_width", quantity("length"), 2.5, 1.5, 6.0, "of each pavement; less where corners are tight"),
    *unplaced(Property("speed_limit", quantity("speed"), 50 / 3.6, 1.0, 100 / 3.6, "of the arms, for conditions")),
)  # fmt: skip


@dataclass(frozen=True)
class RoundaboutPlan:
    """Dimensions of a roundabout.

    Attributes:
        arms: that there are, counter-clockwise.
        angles_rad: outward direction of each.
        lanes: of the ring, of each way in and of each way out.
        radius_m: of the ring's outer kerb.
        lane_width_m: of the lanes of the arms.
        length_m: of each arm, from the middle.
        pavement_width_m: behind the kerbs.
        speed_limit_mps: of the arms.
    """

    arms: tuple[str, ...]
    angles_rad: tuple[float, ...]
    lanes: int
    radius_m: float
    lane_width_m: float
    length_m: float
    pavement_width_m: float
    speed_limit_mps: float

    # ---- ring ----------------------------------------------------------------------------------------------------

    @property
    def ring_m(self) -> float:
        """Width of the ring between its kerbs."""
        return float(np.interp(self.radius_m, *_RING_M[self.lanes]))

    @property
    def island_radius_m(self) -> float:
        """Of the kerb round the middle."""
        return self.radius_m - self.ring_m

    @property
    def ring_lane_m(self) -> float:
        """Width of a lane of the ring."""
        return self.ring_m / self.lanes

    def ring_radius_m(self, lane: int) -> float:
        """Of the centre line of a lane of the ring; 0 is the outer one."""
        return self.radius_m - (lane + 0.5) * self.ring_lane_m

    # ---- arms ----------------------------------------------------------------------------------------------------

    @property
    def built_m(self) -> float:
        """Where on the arms the streets end that go on behind the lanes, u: at a street that closes the view."""
        return self.length_m + 60.0

    @property
    def least_gap_rad(self) -> float:
        """Smallest angle between two arms."""
        return min(self.gap_rad(k) for k in range(len(self.arms)))

    def gap_rad(self, k: int) -> float:
        """Angle from an arm to the next one counter-clockwise."""
        turn = self.angles_rad[(k + 1) % len(self.arms)] - self.angles_rad[k]
        return turn % (2.0 * math.pi)

    def lay(self, k: int) -> Lay:
        """The coordinates of an arm, as a road's."""
        return Lay(ReferenceLine((), self.length_m, 0.0, self.angles_rad[k]))

    def lane_v_m(self, lane: int) -> float:
        """|v| of the centre of a lane of an arm near the ring; 0 is the one at the kerb."""
        return ISLAND_M + (self.lanes - lane - 0.5) * self.lane_width_m

    def turn_radius_m(self, lane: int, out: bool) -> float:
        """Radius of the way from a lane of an arm into the ring, or out of it."""
        s = math.sin(_SHARE[out] * min(self.least_gap_rad, 0.5 * math.pi))
        fits = (self.ring_radius_m(lane) * s - self.lane_v_m(lane)) / (1.0 - s)
        return min(_NOMINAL_M[self.lanes][out] + lane * self.lane_width_m, fits)

    def kerb_v_m(self, u_m: float) -> float:
        """|v| of both kerbs of an arm."""
        return self.parting_m(u_m) + self.lanes * self.lane_width_m + EDGE_M

    def kerb_radius_m(self, out: bool) -> float:
        """Of the corners where a way in, or out, meets the ring: they run along the way at the kerb."""
        return max(self.turn_radius_m(0, out) - 0.5 * self.lane_width_m - EDGE_M, 3.0)

    def corner_m(self, out: bool) -> tuple[float, float]:
        """Where an arm's corner begins, u, and the angle between the arm and where it ends on the ring."""
        radius, v = self.kerb_radius_m(out), self.kerb_v_m(0.0)
        reach = self.radius_m + radius
        return math.sqrt(reach * reach - (v + radius) ** 2), math.asin((v + radius) / reach)

    @property
    def walk_m(self) -> float:
        """Width of the pavements: no more than there is room for behind the corners."""
        return min(self.pavement_width_m, self.kerb_radius_m(False) - 0.5, self.kerb_radius_m(True) - 0.5)

    @cached_property
    def crossing_m(self) -> tuple[float, float]:
        """Where on the arms pedestrians cross, u."""
        low = max(self.radius_m + _SETBACK_M, self.corner_m(False)[0] + 0.9, self.corner_m(True)[0] + 0.9)
        return low, low + _CROSSING_M

    @property
    def widened_m(self) -> tuple[float, float]:
        """Between which distances from the middle the lanes in and out part."""
        inner = self.crossing_m[1] + 2.0
        return inner, inner + _WIDEN_M

    def parting_m(self, u_m: float) -> float:
        """Half of the way between the lanes in and out; no step in slope or curvature."""
        inner, outer = self.widened_m if u_m > 0.0 else (0.0, 1.0)
        t = min(max((outer - u_m) / (outer - inner), 0.0), 1.0)
        return ISLAND_M * t * t * t * (10.0 - 15.0 * t + 6.0 * t * t)

    def number(self, arm: str) -> int:
        """Index of an arm."""
        return self.arms.index(arm)

    @property
    def sound(self) -> bool:
        """There is room for the ways in and out."""
        turns = [self.turn_radius_m(lane, out) for lane in range(self.lanes) for out in (False, True)]
        corners = self.corner_m(False)[1] + self.corner_m(True)[1]
        return min(turns) >= _LEAST_TURN_M and corners < self.least_gap_rad and self.island_radius_m >= 3.0


def _angles(arms: int, missing: str) -> tuple[tuple[str, ...], tuple[float, ...]]:
    """Names and outward directions; four arms, or three of them, meet at right angles."""
    if arms == 5:
        return ROUNDABOUT_ARMS, tuple(math.pi + k * 0.4 * math.pi for k in range(5))
    names = tuple(a for a in ROUNDABOUT_ARMS if a != "fifth_arm")
    kept = [k for k in range(4) if arms == 4 or names[k] != missing]
    return tuple(names[k] for k in kept), tuple(math.pi + k * 0.5 * math.pi for k in kept)


def roundabout_plan(values: Mapping[str, Any]) -> RoundaboutPlan:
    """The plan of ``world roundabout`` from its property values.

    Raises:
        SceneError: the ring is too small for its lanes and arms.
    """
    v = {p.name: values.get(p.name, p.default) for p in ROUNDABOUT_PROPERTIES}
    arms, angles = _angles(round(float(v["arms"])), str(v["missing"]))
    lanes, radius = round(float(v["lanes"])), float(v["radius"])
    rest = float(v["lane_width"]), float(v["length"]), float(v["pavement_width"]), float(v["speed_limit"])
    plan = RoundaboutPlan(arms, angles, lanes, radius, *rest)
    if not plan.sound:
        fits = [r for r in np.arange(13.0, 40.5, 0.5).tolist() if RoundaboutPlan(arms, angles, lanes, r, *rest).sound]
        least = f"at least {fits[0]:g} m" if fits else "narrower lanes or fewer arms"
        raise SceneError(
            f"the radius of a roundabout with {len(arms)} arms and {lanes} lane{'s' * (lanes > 1)} must be {least}; "
            f"got {radius:g} m"
        )
    return plan
