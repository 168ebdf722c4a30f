"""Where things lie at a junction of two roads that cross at right angles: its properties, its arms, its corners.

Every arm has coordinates of its own: u from the middle outward, v to the left of that, so that what comes in is at
positive v and what leaves is at negative v.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from simengine.arrays import F64Array
from simengine.world.library import INT, NUMBER, Property, enum, quantity, unplaced
from simengine_scenes.roads.lay import Lay
from simengine_scenes.roads.line import ReferenceLine

__all__ = ["ARMS", "CORNER_HOUSE_M", "JUNCTION_PROPERTIES", "Corner", "JunctionPlan", "junction_plan", "signal_of"]

ARMS = ("own_arm", "right_arm", "far_arm", "left_arm")
"""Counter-clockwise, seen from above, from where ego comes from."""
_OUTWARD = {"own_arm": (-1, 0), "right_arm": (0, -1), "far_arm": (1, 0), "left_arm": (0, 1)}
CORNER_HOUSE_M = 11.5
"""Length of both fronts of the houses at the corners."""
_CORNER_STEPS = 16  # of a corner's arc: 1 cm off at a radius of 8 m
_SIGNAL = ("green", "amber", "red", "flashing", "off")

JUNCTION_PROPERTIES: tuple[Property, ...] = (
    Property("arms", INT, 4, 3, 4, "roads that meet; three: the one called `missing` is not there"),
    Property("missing", enum("left_arm", "right_arm", "far_arm"), "left_arm", doc="which arm is not there, of three"),
    Property("lanes", INT, 2, 2, 6, "number of lanes of every arm, both directions together"),
    Property("lane_width", quantity("length"), 3.25, 2.5, 5.0, "width of every lane"),
    Property("length", quantity("length"), 120.0, 40.0, 1000.0, "length of every arm, from its end to the middle"),
    Property("corner_radius", quantity("length"), 8.0, 4.0, 12.0, "radius of the kerbs at the corners"),
    Property("pavement_width", quantity("length"), 3.0, 1.5, 8.0, "width of each pavement"),
    *unplaced(
        Property("speed_limit", quantity("speed"), 50 / 3.6, 1.0, 100 / 3.6, "of all lanes, for conditions"),
        Property(
            "control", enum("signals", "stop_signs", "give_way", "all_way_stop", "none"), "none",
            doc="who goes first; stop_signs, give_way: own_arm has priority, unless far_arm is missing",
        ),
        Property("signal.own", enum(*_SIGNAL), "green", doc="signals for own_arm and far_arm"),
        Property("signal.cross", enum(*_SIGNAL), "red", doc="signals for left_arm and right_arm"),
        Property(
            "signal.cycle", quantity("time"), 0.0, 0.0, 300.0,
            "fixed-time programme of both, of 20 s and more; 0: they show what they are set to",
        ),
        Property("signal.share", NUMBER, 0.5, 0.1, 0.9, "of the green time of a cycle, for own_arm and far_arm"),
        Property("signal.offset", quantity("time"), 0.0, 0.0, 300.0, "how far into its cycle it is at the start"),
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Corner:
    """A corner between two arms that follow each other counter-clockwise.

    Attributes:
        first, second: the arms.
        kerbs_m: where the lines of their kerbs would meet, x and y.
        along_first, along_second: unit vectors outward along the arms.
    """

    first: str
    second: str
    kerbs_m: tuple[float, float]
    along_first: tuple[int, int]
    along_second: tuple[int, int]

    def points(self, p_m: object, q_m: object) -> F64Array:
        """World x and y (..., 2) of places p along the first and q along the second arm from where the kerbs meet."""
        p, q = np.broadcast_arrays(np.asarray(p_m, np.float64), np.asarray(q_m, np.float64))
        (x, y), (ax, ay), (bx, by) = self.kerbs_m, self.along_first, self.along_second
        return np.stack([x + p * ax + q * bx, y + p * ay + q * by], -1)

    def arc(self, radius_m: float, back_m: float = 0.0) -> F64Array:
        """The kerb's line, or one ``back_m`` behind it, from the first arm to the second, (N, 2)."""
        t = np.linspace(0.0, 0.5 * math.pi, _CORNER_STEPS + 1)
        inner = radius_m - back_m
        p, q = radius_m - inner * np.sin(t), radius_m - inner * np.cos(t)
        p[-1], q[0] = back_m, back_m
        return self.points(p, q)


@dataclass(frozen=True)
class JunctionPlan:
    """Dimensions of a junction.

    Attributes:
        arms: that there are, in the order of ``ARMS``.
        lanes: of each arm, both directions together.
        lane_width_m: of each.
        length_m: of each arm, from the middle.
        corner_m: radius of the kerbs at the corners.
        pavement_width_m: behind the kerbs.
        speed_limit_mps: of all lanes.
    """

    arms: tuple[str, ...]
    lanes: int
    lane_width_m: float
    length_m: float
    corner_m: float
    pavement_width_m: float
    speed_limit_mps: float

    @property
    def forward_lanes(self) -> int:
        """Lanes from own_arm on, and from right_arm on."""
        return (self.lanes + 1) // 2

    @property
    def half_m(self) -> float:
        """Half the width of a road between its kerbs."""
        return 0.5 * self.lanes * self.lane_width_m

    @property
    def crossing_m(self) -> tuple[float, float]:
        """Where on the arms pedestrians cross, u: just before the kerbs begin to bend."""
        return self.half_m + self.corner_m - 2.0, self.half_m + self.corner_m + 1.0

    @property
    def stop_m(self) -> float:
        """Where on the arms what comes in stops, u: 1 m before the crossing."""
        return self.crossing_m[1] + 1.0

    @property
    def mouth_m(self) -> float:
        """Where on the arms the kerbs begin to bend, u."""
        return self.half_m + self.corner_m

    @property
    def setback_m(self) -> float:
        """How far the fronts of corner houses stand behind the kerb lines: there is room to wait and to see."""
        return max(self.pavement_width_m + 3.0, 0.3 * self.corner_m + 3.0)

    @property
    def plot_m(self) -> float:
        """Where on the arms the corner houses end, u."""
        return self.half_m + self.setback_m + CORNER_HOUSE_M

    @property
    def built_m(self) -> float:
        """Where on the arms the streets end that go on behind the lanes, u: at a street that closes the view."""
        return self.length_m + 80.0

    def has(self, arm: str) -> bool:
        """Whether there is an arm."""
        return arm in self.arms

    def entering(self, arm: str) -> int:
        """Number of lanes that come in on an arm."""
        ahead = arm in ("own_arm", "right_arm")
        return self.forward_lanes if ahead else self.lanes - self.forward_lanes

    def divider_m(self, arm: str) -> float:
        """v of the line between what comes in on an arm and what leaves."""
        return self.half_m - self.entering(arm) * self.lane_width_m

    def gives_way(self, arm: str) -> bool:
        """Whether an arm belongs to the road without priority: the one to the sides, or own_arm where it ends."""
        return arm in (("right_arm", "left_arm") if self.has("far_arm") else ("own_arm",))

    def outward(self, arm: str) -> tuple[int, int]:
        """Unit vector from the middle along an arm."""
        return _OUTWARD[arm]

    def lay(self, arm: str) -> Lay:
        """The coordinates of an arm (also of one that is missing), as a road's."""
        x, y = _OUTWARD[arm]
        return Lay(ReferenceLine((), self.length_m, 0.0, math.atan2(y, x)))

    def corner(self, first: str) -> Corner:
        """The corner between an arm and the next one counter-clockwise."""
        second = ARMS[(ARMS.index(first) + 1) % 4]
        (ax, ay), (bx, by) = _OUTWARD[first], _OUTWARD[second]
        at = self.length_m + self.half_m * (ax + bx), self.half_m * (ay + by)
        return Corner(first, second, at, (ax, ay), (bx, by))

    def corners(self) -> list[Corner]:
        """The corners between arms that there are."""
        found = [self.corner(arm) for arm in self.arms]
        return [c for c in found if self.has(c.second)]


def signal_of(arm: str) -> str:
    """Which of the two signals an arm has: "own" or "cross"."""
    return "own" if arm in ("own_arm", "far_arm") else "cross"


def junction_plan(values: Mapping[str, Any]) -> JunctionPlan:
    """The plan of ``world junction`` from its property values."""
    v = {p.name: values.get(p.name, p.default) for p in JUNCTION_PROPERTIES}
    gone = v["missing"] if round(float(v["arms"])) == 3 else ""
    return JunctionPlan(
        tuple(a for a in ARMS if a != gone), round(float(v["lanes"])), float(v["lane_width"]), float(v["length"]),
        float(v["corner_radius"]), float(v["pavement_width"]), float(v["speed_limit"]),
    )  # fmt: skip
