"""Lane graph: centre lines with widths, directions and neighbours, and named curves such as kerbs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from simengine.arrays import F64Array
from simengine.errors import SceneError
from simengine.geometry.arcs import reversed_arcs
from simengine.world.footways import Crosswalk, Footway
from simengine.world.regions import Region, beside, between
from simengine.world.walls import Wall

if TYPE_CHECKING:
    from simengine.world.surface import Surface

__all__ = ["ANY_LANE", "ANY_PAVEMENT", "Curve", "Lane", "LaneGraph", "StopLine", "Turn"]

ANY_LANE = "any_lane"
"""Name of the area of all lanes."""
ANY_PAVEMENT = "any_pavement"
"""Name of the area of all pavements."""


@dataclass(frozen=True, eq=False)
class Curve:
    """A line in the world with arc length, in the direction of travel. Lengths and stations are those of the plan: on a
    grade the line itself is longer.

    Attributes:
        points_m: (N, 3), metres, N >= 2: the line itself, or a polyline through it that is as near as its maker says.
        arcs: (S, 5), x, y, heading, length and curvature (+ to the left) of circular arcs that follow each other, where
            the line is made of them; None: the polyline is the line.
    """

    points_m: F64Array
    arcs: F64Array | None = None

    def __post_init__(self) -> None:
        p = self.points_m
        if p.ndim != 2 or p.shape[1] != 3 or len(p) < 2:
            raise SceneError(f"a curve needs at least two 3-D points, shape (N, 3); got {p.shape}")
        if self.arcs is not None and (self.arcs.ndim != 2 or self.arcs.shape[1] != 5 or not len(self.arcs)):
            raise SceneError(f"the arcs of a curve need the shape (S, 5); got {self.arcs.shape}")

    def stations_m(self) -> F64Array:
        """Arc length at each point, shape (N,)."""
        return np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(self.points_m[:, :2], axis=0), axis=1))])

    @cached_property
    def length_m(self) -> float:
        """Total arc length."""
        if self.arcs is None and len(self.points_m) == 2:  # samplers ask thousands of straight lines
            dx, dy, _ = (self.points_m[1] - self.points_m[0]).tolist()
            return math.sqrt(dx * dx + dy * dy)
        return float(self.stations_m()[-1]) if self.arcs is None else float(self.arcs[:, 3].sum())

    def reversed(self) -> Curve:
        """The same line, run the other way."""
        points = np.ascontiguousarray(self.points_m[::-1])
        return Curve(points, None if self.arcs is None else reversed_arcs(self.arcs))

    def at(self, s_m: npt.ArrayLike, left_m: npt.ArrayLike = 0.0) -> tuple[F64Array, F64Array]:
        """Points (..., 3) and headings (...) at stations ``s_m``, moved ``left_m`` to the left.

        Beyond the ends the curve goes on straight.
        """
        s, left = np.broadcast_arrays(np.asarray(s_m, np.float64), np.asarray(left_m, np.float64))
        stations = self.stations_m()
        i = np.clip(np.searchsorted(stations, s, side="right") - 1, 0, len(stations) - 2)
        step = self.points_m[i + 1] - self.points_m[i]
        length = stations[i + 1] - stations[i]
        direction = step / length[..., None]
        yaw = np.arctan2(direction[..., 1], direction[..., 0])
        normal = np.stack([-np.sin(yaw), np.cos(yaw), np.zeros_like(yaw)], -1)
        return self.points_m[i] + direction * (s - stations[i])[..., None] + normal * left[..., None], yaw

    def project(self, xyz_m: npt.ArrayLike) -> tuple[F64Array, F64Array]:
        """Station and signed offset to the left of the nearest point on the curve, for points (..., 3)."""
        p = np.asarray(xyz_m, np.float64)[..., None, :2]
        a, b = self.points_m[:-1, :2], self.points_m[1:, :2]
        d = b - a
        length = np.sqrt((d * d).sum(-1))
        raw = ((p - a) * d).sum(-1) / (length * length)
        low, high = np.zeros(len(d)), np.ones(len(d))
        low[0], high[-1] = -np.inf, np.inf  # the ends go on straight
        t = np.clip(raw, low, high)
        gap = p - (a + t[..., None] * d)
        k = np.argmin((gap * gap).sum(-1), -1)
        pick = k[..., None]
        tk = np.take_along_axis(t, pick, -1)[..., 0]
        g = np.take_along_axis(gap, pick[..., None], -2)[..., 0, :]
        u = d[k] / length[k][..., None]
        return self.stations_m()[k] + tk * length[k], u[..., 0] * g[..., 1] - u[..., 1] * g[..., 0]


@dataclass(frozen=True, eq=False)
class Lane:
    """One lane. Lanes are numbered from the right-hand edge of the road: ``lane(1)`` of the language is index 0.

    Attributes:
        centre: centre line in the direction of travel.
        width_m: constant width.
        forward: runs along the road's own direction (False: oncoming).
        left, right: index of the neighbour on that side of the *road's* direction, or -1.
        speed_limit_mps: limit.
        gives_way_to: indices of lanes whose traffic goes first where this one ends or crosses them.
        stop_m: station before a junction at which its traffic waits for its turn; inf: nowhere.
        halts: there is a stop sign.
        signal: property of the world that says what the signal there shows ("signal.own"); "": there is none.
    """

    centre: Curve
    width_m: float
    forward: bool = True
    left: int = -1
    right: int = -1
    speed_limit_mps: float = 13.9
    gives_way_to: tuple[int, ...] = ()
    stop_m: float = math.inf
    halts: bool = False
    signal: str = ""


@dataclass(frozen=True, eq=False)
class Turn:
    """A way through a junction as one path, from the start of one lane to the end of another.

    Attributes:
        start, end: indices of the lanes that it comes from and goes into.
        direction: "left", "right" or "straight".
        path: the centre line of ``start`` up to the junction, a connecting line, the centre line of ``end`` from there.
        begins_m, ends_m: stations of the path between which the connecting line lies.
        exit: which way out of a roundabout it takes, counted from where it comes in; 0 elsewhere.
    """

    start: int
    end: int
    direction: str
    path: Curve
    begins_m: float
    ends_m: float
    exit: int = 0


@dataclass(frozen=True)
class StopLine:
    """Where traffic waits for a signal.

    Attributes:
        x_m, y_m: middle of the line's far edge: who is beyond it has crossed the line.
        yaw_rad: heading of who crosses it.
        half_m: half its width, across the lanes.
        signal: property of the world that says what the signal shows ("signal.own"), "red" among its words.
    """

    x_m: float
    y_m: float
    yaw_rad: float
    half_m: float
    signal: str


@dataclass(frozen=True, eq=False)
class LaneGraph:
    """Lanes, and curves by name (``"curb.right"``, ``"curb.left"``: the kerb's edge on the road side).

    Attributes:
        lanes, curves: see above.
        kerb_height_m: how much higher the ground beyond the kerbs is than the road; 0: the curves are level edges.
        strips: areas along curves by name ("pavement.right"): the curve, and the offsets to its left of both edges, the
            right one first.
        regions: all other areas by name ("bench"). Lanes and the road between the kerbs need none.
        turns: ways through junctions other than along a lane.
        arms: of roads that meet, by name ("right_arm"): the lanes that come in on each, the right-hand one first.
            Station 0 of these lanes is the outer end of the arm.
        levels: right and left edge of each of several roads that meet: from end to end the ground between them is that
            of the road. Without them it is that between the kerbs, and beyond their ends.
        ring: of a roundabout, the lanes that run round and end where they begin, the outer one first. All other lanes
            end at it, or begin there.
        screens_m: (N, 6), boxes that stand and hide what is behind them from who asks ``sees``: centre and size along
            the world's axes. For walls and racks indoors; what stands beyond kerbs needs none.
        openings: by curve, stations from and to between which there is no kerb: the mouth of a side road or an aisle.
        unparked: by curve, stations from and to between which rows of parked vehicles leave the kerb free, before zebra
            crossings; who is asked to stand there does.
        stop_lines: of signals, where there are any.
        surface: heights of the ground where the road is not level; None: it is level, at z = 0.
        footways: where people walk by themselves, and ``crosswalks`` where they go from one to another.
        walls: what stops who leaves the road.
        cycle_lanes: lanes for bicycles and scooters alone, by name ("cycle_lane.right"): their indices, which come
            after those of all other lanes. Nobody changes lanes into them, and "any_lane" is without them.
    """

    lanes: tuple[Lane, ...] = ()
    curves: Mapping[str, Curve] = field(default_factory=lambda: MappingProxyType({}))
    kerb_height_m: float = 0.0
    strips: Mapping[str, tuple[str, float, float]] = field(default_factory=lambda: MappingProxyType({}))
    regions: Mapping[str, Region] = field(default_factory=lambda: MappingProxyType({}))
    turns: tuple[Turn, ...] = ()
    arms: Mapping[str, tuple[int, ...]] = field(default_factory=lambda: MappingProxyType({}))
    levels: tuple[tuple[Curve, Curve], ...] = ()
    ring: tuple[int, ...] = ()
    screens_m: F64Array = field(default_factory=lambda: np.zeros((0, 6)))
    openings: Mapping[str, tuple[tuple[float, float], ...]] = field(default_factory=lambda: MappingProxyType({}))
    unparked: Mapping[str, tuple[tuple[float, float], ...]] = field(default_factory=lambda: MappingProxyType({}))
    stop_lines: tuple[StopLine, ...] = ()
    surface: Surface | None = None
    footways: tuple[Footway, ...] = ()
    crosswalks: tuple[Crosswalk, ...] = ()
    walls: tuple[Wall, ...] = ()
    cycle_lanes: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def shared(self) -> tuple[int, ...]:
        """The lanes that are for all vehicles."""
        own = set(self.cycle_lanes.values())
        return tuple(k for k in range(len(self.lanes)) if k not in own)

    def successors(self, index: int) -> tuple[int, ...]:
        """The lanes that turns from a lane lead into."""
        return tuple(sorted({turn.end for turn in self.turns if turn.start == index}))

    def road_of(self, index: int) -> tuple[int, ...]:
        """The lanes of the road that a lane belongs to, itself included; where no roads meet, all that are shared."""
        if not self.arms:
            return self.shared
        found = {index}
        for side in ("left", "right"):
            k = index
            while (k := getattr(self.lanes[k], side)) >= 0 and k not in found:
                found.add(k)
        return tuple(sorted(found))

    def arm_length_m(self, arm: str) -> float:
        """How far it is from the outer end of an arm to the middle of the crossing, or to a ring, along its lanes."""
        lanes = self.arms[arm]
        if self.ring:
            return self.lanes[lanes[0]].centre.length_m
        own = self.road_of(lanes[0])
        a, way = _line(self.lanes[lanes[0]].centre)
        stations: list[float] = []
        for k, lane in enumerate(self.lanes):
            if k not in own:  # where the line of a lane of the other road crosses
                b, across = _line(lane.centre)
                turn = float(way[0] * across[1] - way[1] * across[0])
                if abs(turn) < 1e-9:  # roads side by side, as the aisles of a hall: an arm is the whole of its lane
                    return self.lanes[lanes[0]].centre.length_m
                stations.append(float((b[0] - a[0]) * across[1] - (b[1] - a[1]) * across[0]) / turn)
        return math.fsum(stations) / len(stations) if stations else self.lanes[lanes[0]].centre.length_m

    def area(self, name: str) -> Region | None:
        """An area by name; "road" is what lies between the kerbs where the world names none, "any_lane" all lanes,
        "any_pavement" all pavements."""
        if name == ANY_LANE and self.lanes:
            first, *rest = (self.lane_area(k) for k in self.shared)
            return first.joined(*rest)
        if name == ANY_PAVEMENT:
            names = [n for n in ("pavement.right", "pavement.left") if n in self.regions or n in self.strips]
            found = [region for n in names if (region := self.area(n)) is not None]
            return found[0].joined(*found[1:]) if found else None
        if name in self.regions:
            return self.regions[name]
        if name in self.cycle_lanes:
            return self.lane_area(self.cycle_lanes[name])
        if name in self.strips:
            curve, right_m, left_m = self.strips[name]
            return beside(self.curves[curve], right_m, left_m)
        right, left = self.curves.get("curb.right"), self.curves.get("curb.left")
        if name != "road" or right is None or left is None:
            return None
        if len(right.points_m) == len(left.points_m):
            return between(right.points_m, left.points_m)
        shares = np.union1d(*(c.stations_m() / c.stations_m()[-1] for c in (right, left)))
        ends = [c.at(shares * c.stations_m()[-1])[0] for c in (right, left)]
        return between(ends[0], ends[1])

    def lane_area(self, index: int) -> Region:
        """The strip of a lane."""
        lane = self.lanes[index]
        return beside(lane.centre, -0.5 * lane.width_m, 0.5 * lane.width_m)


def _line(curve: Curve) -> tuple[F64Array, F64Array]:
    """Start and direction, from end to end, of a curve."""
    step = curve.points_m[-1, :2] - curve.points_m[0, :2]
    return curve.points_m[0, :2], step / math.hypot(*step.tolist())
