"""The valley below a bridge, the land on both sides of it, and what runs along its floor."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from simengine.arrays import F64Array
from simengine.rng import stream
from simengine.world.builder import SceneBuilder
from simengine.world.splits import among
from simengine_scenes import palette
from simengine_scenes.bridge import materials as m
from simengine_scenes.bridge.plan import BridgePlan
from simengine_scenes.roads.ground import dashes, ribbon, terrain
from simengine_scenes.roads.lay import Lay
from simengine_scenes.roads.line import ReferenceLine
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.piece import Piece, at, finish, stand
from simengine_scenes.shapes.solids import box, grid, prism
from simengine_scenes.town.tree import KINDS, bush_piece, tree_piece

__all__ = ["Valley"]

_OUT_M = np.array([0.0, 3.0, 7.0, 12, 18, 26, 36, 48, 64, 84, 110, 145, 190, 240, 300, 370, 450, 560, 700, 900])
"""Offsets beyond the deck's edge at which the land is modelled."""
_REACH_M = 330.0
"""What runs along the floor goes that far; behind it the valley closes."""
_SLOPE_M = 0.2
"""Bushes stand so deep in the valley's sides: below their lower branches, too, the land is not far."""
_ALONG = 0.15
"""Radians by which they are turned from the line of the slope, at most."""
_WATER_M = 1.3
_WAY_M = 4.6
"""Depth of the water; half of the width of a railway or a road below."""


@dataclass(frozen=True)
class Valley:
    """The ground around and below a bridge."""

    plan: BridgePlan

    def _away_m(self, x_m: F64Array, y_m: F64Array) -> F64Array:
        """How far places are from the middle of the valley, along the road."""
        return np.abs(x_m - _turn_m(y_m) - self.plan.middle_m)

    def fallen(self, x_m: F64Array, y_m: F64Array) -> F64Array:
        """How much of the valley's depth the land has fallen at stations and offsets, 0..1."""
        return 1.0 - _smooth((self._away_m(x_m, y_m) - self.plan.floor_m) / self.plan.slope_m)

    def height_m(self, x_m: F64Array, y_m: F64Array) -> F64Array:
        """Height of the land, broadcast."""
        x, y = np.broadcast_arrays(x_m, y_m)
        fallen, plan = self.fallen(x, y), self.plan
        bed = _WATER_M * np.clip((fallen - 0.9) / 0.1, 0.0, 1.0) if plan.over == "river" else 0.0
        beside = np.maximum(np.abs(y) - plan.half_m - 30.0, 0.0)
        wave = 0.5 + 0.5 * np.sin(x / 210.0 + 1.7 * np.sign(y)) * np.cos(y / 160.0 + x / 530.0)
        edge = plan.floor_m + plan.slope_m
        hill = (0.02 * beside + 30.0 * (1.0 - np.exp(-((beside / 280.0) ** 2)))) * wave
        hill *= _smooth((self._away_m(x, y) - edge) / 140.0)
        first, last = plan.span_m
        beyond = np.maximum(np.maximum(first - x, x - last) - 4.0, 0.0)
        closed = np.maximum(np.abs(y) - _REACH_M, 0.0)
        rise = 32.0 * (1.0 - np.exp(-((beyond / 190.0) ** 2))) + 60.0 * (1.0 - np.exp(-((closed / 200.0) ** 2)))
        road = 0.0 if plan.road.profile is None else plan.road.profile.lift(x, y).z_m * (1.0 - fallen)
        return -0.04 - plan.depth_m * fallen - bed + hill + rise + road

    @cached_property
    def _stations(self) -> F64Array:
        """Where the land is cut across: finely on the valley's sides."""
        plan, (first, last) = self.plan, self.plan.span_m
        low, high = plan.middle_m - plan.floor_m, plan.middle_m + plan.floor_m
        side = plan.slope_m
        fine = [np.arange(a - 5.0, b + 5.0, 2.5) for a, b in ((low - side, low), (high, high + side))]
        ends = np.array([20.0, 50.0, 90.0, 140.0, 200.0, 280.0, 400.0, 700.0])
        parts = first - ends, np.arange(first, last, 16.0), *fine, np.arange(low, high, 8.0), last + ends
        s: F64Array = np.unique(np.concatenate([*parts, np.array([*plan.ends_m, last])]).round(3))
        return s[np.concatenate([[True], np.diff(s) > 0.4])]

    # ---- surfaces ------------------------------------------------------------------------------------------------

    def build(self, builder: SceneBuilder, key: str) -> None:
        """Add the land, and what runs below the bridge."""
        plan, x = self.plan, self._stations
        out = plan.half_m + _OUT_M
        self._add(builder, f"right.{key}", x, -out[::-1])
        self._add(builder, f"left.{key}", x, out)
        across = np.linspace(-plan.half_m, plan.half_m, 7)
        low, high = plan.ends_m
        self._add(
            builder, f"below.{key}", np.concatenate([[low - 0.5], x[(x > low) & (x < high)], [high + 0.5]]), across
        )
        first, last = plan.span_m
        self._add(builder, f"before.{key}", x[x <= first], across)
        self._add(builder, f"beyond.{key}", x[x >= round(last, 3)], across)  # as the stations are
        {"river": self._river, "railway": self._railway, "road": self._road}.get(plan.over, lambda *_: None)(
            builder, key
        )

    def _add(self, builder: SceneBuilder, name: str, x: F64Array, y: F64Array) -> None:
        u, v = np.meshgrid(x, y, indexing="ij")
        u = u + _turn_m(v)
        points = np.stack([u, v, self.height_m(u, v)], -1)
        piece = finish(f"bridge.land.{name}", Draft().add(grid(points, flip=True), palette.GRASS), smooth=True)
        stand(builder, f"land.{name.split('.')[0]}", "terrain", "terrain", [(piece, None)])

    @property
    def _lay(self) -> Lay:
        """Coordinates along the floor, across the road: u to the left of the road, from its middle."""
        return Lay(ReferenceLine(x_m=self.plan.middle_m, heading_rad=0.5 * np.pi))

    def _river(self, builder: SceneBuilder, key: str) -> None:
        plan = self.plan
        wide = plan.floor_m + plan.slope_m + 30.0
        water = terrain(
            np.linspace(plan.middle_m - wide, plan.middle_m + wide, 9), np.linspace(-_REACH_M, _REACH_M, 17),
            np.full((9, 17), -plan.depth_m - 0.04 - 0.25),
        )  # fmt: skip
        stand(builder, "river", "water", "terrain",
              [(finish(f"bridge.river.{key}", Draft().add(water, m.WATER)), None)])  # fmt: skip

    def _floor(self) -> float:
        return -self.plan.depth_m - 0.04

    def _railway(self, builder: SceneBuilder, key: str) -> None:
        """A bed of ballast with one track: sleepers of 2.6 m every 0.6 m, rails 1.435 m apart."""
        z, lay, reach = self._floor(), self._lay, 120.0
        lay = lay.moved(-reach, self._aside())
        bed = prism([(-2.6, 0.0), (2.6, 0.0), (1.9, 0.45), (-1.9, 0.45)], 0.0, 2.0 * reach)
        turned = np.column_stack([bed[0][:, 2], bed[0][:, 0], bed[0][:, 1]]), bed[1]
        pose = lay.pose(0.0, 0.0, z - 0.1)
        stand(builder, "ballast", "railway", "terrain",
              [(finish(f"bridge.ballast.{key}", Draft().add(turned, m.BALLAST)), pose)])  # fmt: skip
        sleeper = finish("bridge.sleeper", Draft().add(box((0.0, 0.0, 0.02), (0.26, 2.6, 0.16)), palette.CONCRETE))
        stand(builder, "sleepers", "railway", "static_object", [
            (sleeper, lay.pose(u, 0.0, z + 0.35)) for u in np.arange(0.3, 2.0 * reach, 0.6).tolist()
        ])  # fmt: skip
        rail = Draft()
        for y in (-0.7525, 0.7525):
            for wide, low, high in ((0.15, 0.0, 0.03), (0.03, 0.03, 0.13), (0.07, 0.13, 0.17)):
                rail.add(box((reach, y, 0.5 * (low + high)), (2.0 * reach, wide, high - low)), m.RAIL)
        stand(builder, "rails", "railway", "static_object",
              [(finish(f"bridge.rails.{key}", rail), lay.pose(0.0, 0.0, z + 0.45))])  # fmt: skip

    def _road(self, builder: SceneBuilder, key: str) -> None:
        """A road of two lanes."""
        z, lay = self._floor(), self._lay.moved(0.0, self._aside())
        reach, half = (-120.0, 120.0), 3.4
        road = Draft().add(ribbon(reach, (-half, half), z + 0.05, lay), palette.ASPHALT)
        verge = Draft().add(ribbon(reach, (-half - 1.0, half + 1.0), z + 0.03, lay), palette.GRAVEL)
        paint = Draft()
        for y in (-half + 0.3, half - 0.3):
            paint.add(ribbon(reach, (y - 0.06, y + 0.06), z + 0.06, lay), palette.MARKING)
        line = dashes(reach, 0.0, 0.12, 4.0, 8.0, lay)
        paint.add((line[0] + [0.0, 0.0, z + 0.054], line[1]), palette.MARKING)
        for name, semantic, draft in (
            ("below.road", "road", road), ("below.verge", "terrain", verge), ("below.marking", "lane_marking", paint),
        ):  # fmt: skip
            stand(builder, name, name.split(".")[1], semantic, [(finish(f"bridge.{name}.{key}", draft), None)])

    def _aside(self) -> float:
        """Offset of the way below from the middle of the bridge, which leaves the piers free."""
        stands = np.array([self.plan.ends_m[0], *self.plan.piers_m, self.plan.ends_m[1]]) - self.plan.middle_m
        gaps = [0.5 * (a + b) for a, b in pairwise(stands.tolist())]
        return -min(gaps, key=abs)  # u runs to the left of the road: its own left is back along the road

    # ---- plants --------------------------------------------------------------------------------------------------

    def plant(self, builder: SceneBuilder, seed: int) -> None:
        """Trees and bushes on the land and the valley's sides, in loose groups, and beyond the ends of the road."""
        draw, plan, (first, last) = stream(seed, "bridge", "plants"), self.plan, self.plan.span_m
        count = int(0.5 * (last - first))
        x, side = draw.uniform(first - 60.0, last + 60.0, count), np.where(draw.random(count) < 0.5, -1.0, 1.0)
        y = side * (plan.half_m + 7.0 + draw.gamma(1.6, 16.0, count))
        ends = draw.uniform(25.0, 90.0, (2, 40))
        x = np.concatenate([x, first - ends[0], last + ends[1]])
        y = np.concatenate([y, draw.uniform(-45.0, 45.0, 80)])
        fallen, dense = self.fallen(x, y), 0.5 + 0.5 * np.sin(x / 60.0 + np.sign(y)) * np.cos(y / 45.0)
        keep = (fallen < 0.82) & ((dense > 0.35) | (x < first) | (x > last)) & (np.abs(y) < _REACH_M)
        z = self._drawn_m(x, y)
        found: dict[str, list[tuple[Piece, F64Array | None]]] = {"trees": [], "bushes": []}
        for k in np.flatnonzero(keep):
            low = fallen[k] > 0.1 and draw.random() < 0.6
            piece = (bush_piece if low else tree_piece)(among(int(draw.integers(KINDS)), KINDS, builder.split))
            foot = float(z[k]) - (_SLOPE_M if low else 0.05)
            turn = float(draw.uniform(0.0, 6.28))
            if low:  # bushes are far longer than wide: they lie along the slope, or their ends would hang over it
                turn = 0.5 * math.pi + _ALONG * math.sin(turn)
            pose = at(float(x[k]), float(y[k]), foot, turn)
            found["bushes" if low else "trees"].append((piece, pose))
        for name, plants in found.items():
            if plants:
                stand(builder, name, name, "vegetation", plants)

    def _drawn_m(self, x_m: F64Array, y_m: F64Array) -> F64Array:
        """Height of the drawn land at points (N,): the lower one of both ways to cut a cell into triangles."""
        rows = self._stations, np.unique(np.concatenate([-self.plan.half_m - _OUT_M, self.plan.half_m + _OUT_M]))
        cell, share = [], []
        for axis, value in zip(rows, (x_m - _turn_m(y_m), y_m), strict=True):
            k = np.clip(np.searchsorted(axis, value) - 1, 0, len(axis) - 2)
            cell.append(k)
            share.append((value - axis[k]) / (axis[k + 1] - axis[k]))
        (i, j), (u, v) = cell, share
        z = self.height_m(rows[0][:, None] + _turn_m(rows[1])[None, :], rows[1][None, :])
        a, b, c, d = z[i, j], z[i + 1, j], z[i + 1, j + 1], z[i, j + 1]
        falling = np.where(u > v, a + u * (b - a) + v * (c - b), a + v * (d - a) + u * (c - d))
        rising = np.where(u + v < 1.0, a + u * (b - a) + v * (d - a), c + (1.0 - u) * (d - c) + (1.0 - v) * (b - c))
        return np.minimum(falling, rising)


def _turn_m(y_m: F64Array) -> F64Array:
    """How far the valley has turned aside at offsets from the road: below the bridge it is straight."""
    return 40.0 * np.sin(y_m / 150.0) * (1.0 - np.exp(-((y_m / 150.0) ** 4)))


def _smooth(share: F64Array) -> F64Array:
    t = np.clip(share, 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)
