"""What lines a town street: rows of houses, lamps, trees, furniture; a cross street with houses that closes its end."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from simengine.arrays import F64Array
from simengine.rng import stream
from simengine.world.builder import SceneBuilder
from simengine.world.splits import among
from simengine.world.walls import Wall
from simengine_scenes import palette
from simengine_scenes.roads.ground import bar, ribbon
from simengine_scenes.roads.lay import Lay
from simengine_scenes.roads.line import ReferenceLine
from simengine_scenes.roads.section import KERB_M, STREET_RADIUS_M
from simengine_scenes.roads.walls import front, garden_wall
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.piece import finish, stand
from simengine_scenes.town.garden import EDGE_BACK_M, EDGES, garden_pieces
from simengine_scenes.town.house import HOUSE_DEPTH_M, HouseStyle, draw_style, house_pieces
from simengine_scenes.town.lamp import bench_piece, bin_piece, bollard_piece, lamp_light, lamp_piece
from simengine_scenes.town.tree import KINDS, bush_piece, tree_piece

__all__ = ["CROSS_M", "GARDEN_M", "Frontage", "Town"]

CROSS_M = 7.0
"""Width of the streets that close the ends of roads."""
_CROSS_PAVEMENT_M = 3.0
_STYLES = 12
GARDEN_M = 4.0
"""Depth of front gardens."""
_CLEAR_M = 3.2
"""So far beside the middle of a zebra crossing nothing stands at the kerb."""
_LAMP_STEP_M = 25.0

_GAP_SHARE = {"mixed": 0.12, "residential": 0.45, "commercial": 0.03}
"""How often there is a gap behind a house."""

_Place = Callable[..., tuple[F64Array, float]]
_Garden = Callable[[HouseStyle, F64Array], None]


@dataclass(frozen=True)
class Frontage:
    """One side of a road, from one station to another.

    Attributes:
        line: reference line of the road.
        side: +1 its left, -1 its right.
        kerb_m: offset of the kerb.
        span_m: first and last station.
        pavement_m: width of the pavement.
        garden_m: depth of the front gardens behind it; 0: houses stand at the pavement.
        crossings_m: stations of zebra crossings.
    """

    line: ReferenceLine
    side: float
    kerb_m: float
    span_m: tuple[float, float]
    pavement_m: float
    garden_m: float = 0.0
    crossings_m: tuple[float, ...] = ()

    def free_m(self, x_m: float, reach_m: float = 0.0, onward: bool = False) -> float:
        """The station where something may stand that wants to stand at one and reaches so far: it makes way for zebra
        crossings, to the nearer side or onward."""
        for s in self.crossings_m:
            away = _CLEAR_M + reach_m
            if abs(x_m - s) < away:
                return s + (away if onward or x_m >= s else -away)
        return x_m

    @property
    def lay(self) -> Lay:
        """Coordinates of the road."""
        return Lay(self.line)

    @property
    def wall(self) -> Wall:
        """The fronts of the houses, or what front gardens end with, as far as they stop anybody."""
        if self.garden_m > 0.0:
            return garden_wall(self.lay, self.span_m, self.behind(self.pavement_m + EDGE_BACK_M))
        return front(self.lay, self.span_m, self.behind(self.pavement_m), self.side)

    def behind(self, way_m: float) -> float:
        """Offset of what stands this far behind the kerb."""
        return self.kerb_m + self.side * way_m


@dataclass
class Town:
    """Puts a town along roads. What is left open comes from ``seed``, and from the name of the world.

    Attributes:
        builder: takes it all.
        name: of the world, in the names of its streams and meshes.
        seed: see above.
        kind: of its fronts: "mixed", "residential" (houses alone) or "commercial" (shops below every house).
    """

    builder: SceneBuilder
    name: str
    seed: int
    kind: str = "mixed"
    houses: int = 0
    trees: int = 0

    @property
    def lit(self) -> bool:
        """Lamps are on."""
        return self.builder.environment.lamps_lit

    @cached_property
    def styles(self) -> list[HouseStyle]:
        """A dozen kinds of houses."""
        draw = stream(self.seed, self.name, "styles")
        return [replace(draw_style(draw, self.kind), lit=self.lit) for _ in range(_STYLES)]

    def row(self, start_m: float, end_m: float, line: str, place: _Place, garden: _Garden | None = None) -> None:
        """Houses side by side; now and then a gap with a garden.

        Args:
            start_m: where the row begins.
            end_m: where it ends, or a little further on.
            line: name of its stream.
            place: (start, width, way back) to the pose of a front, and how far along the row it reaches.
            garden: adds what is before a house, by its style and its pose.
        """
        rng, x, last = stream(self.seed, self.name, "row", line), start_m, -1
        while x < end_m - 8.0:
            pick = int(rng.integers(_STYLES - 1))
            pick = pick if pick < last or last < 0 else pick + 1  # never the same house twice running
            style, last = self.styles[pick], pick
            if x + style.width_m > end_m + 4.0:
                break
            where, taken = place(x, style.width_m)
            parts = [(piece, where) for piece in house_pieces(style)]
            stand(self.builder, f"house[{self.houses}]", "house", "building", parts)
            if garden is not None:
                garden(style, where)
            self.houses += 1
            x += taken
            if rng.random() < _GAP_SHARE[self.kind]:
                gap = float(rng.uniform(3.0, 7.0))
                hedge = bush_piece(among(int(rng.integers(KINDS)), KINDS, self.builder.split))
                stand(self.builder, f"hedge[{self.houses}]", "hedge", "vegetation", [(hedge, place(x, gap, -3.0)[0])])
                x += gap

    def fronts(self, where: Frontage, line: str) -> None:
        """A row of houses along a road."""
        y, yaw = where.behind(where.pavement_m + where.garden_m), 0.0 if where.side < 0 else math.pi
        garden = self._garden(where) if where.garden_m > 0.0 else None
        self.row(*where.span_m, line, lambda x, wide, back=0.0: _front(where, x, wide, back, y, yaw), garden)

    def _garden(self, where: Frontage) -> _Garden:
        """Front gardens along a road: lawn, a path to each door, and a wall, a hedge or a fence at the pavement."""
        low, high = sorted((where.behind(where.pavement_m), where.behind(where.pavement_m + where.garden_m + 2.0)))
        lawn = Draft().add(ribbon(where.span_m, (low, high), KERB_M - 0.012, where.lay), palette.GRASS)
        name = f"{self.name}.lawn{where.side:+.0f}"
        stand(self.builder, f"lawn{where.side:+.0f}", "terrain", "terrain", [(finish(name, lawn), None)])
        bent = 0.0 if where.line.straight else where.garden_m / STREET_RADIUS_M

        def add(style: HouseStyle, pose: F64Array) -> None:
            number, draw = self.houses, stream(self.seed, self.name, "garden", self.houses)
            edge, kind = ((1.0 - bent) * style.width_m, EDGES[int(draw.integers(len(EDGES)))])
            hedges = among(int(draw.integers(4)), 4, self.builder.split)
            for kind_, label, semantic, piece in garden_pieces(style, edge, where.garden_m, kind, hedges):
                stand(self.builder, f"{label}[{number}]", kind_, semantic, [(piece, pose)])

        return add

    def far_end(self, lay: Lay, end_m: float, way: float, line: str) -> None:
        """The row of houses behind the street that closes an end of a road."""
        x, yaw = end_m + way * (CROSS_M + _CROSS_PAVEMENT_M), 0.5 * math.pi * way
        self.row(-48.0, 48.0, line, lambda y, wide, back=0.0: (
            lay.pose(x - way * back, y + 0.5 * wide, KERB_M, yaw), wide
        ))  # fmt: skip

    def cross_streets(self, ends: Sequence[tuple[Lay, float, float]]) -> None:
        """Streets across ends of roads (coordinates, station, +1 beyond it or -1 before it), 120 m long each."""
        road, slabs = Draft(), Draft()
        reach = 60.0
        for lay, x, way in ends:
            far = x + way * CROSS_M
            low, high = sorted((x, far))
            road.add(ribbon((low, high), (-reach, reach), 0.0, lay), palette.ASPHALT)
            low, high = sorted((far, far + way * _CROSS_PAVEMENT_M))
            slabs.add(ribbon((low, high), (-reach, reach), KERB_M, lay), palette.PAVING)
            edge = ((far, -reach), (far, reach)) if way > 0 else ((far, reach), (far, -reach))
            (x0, y0), (x1, y1) = edge
            face = lay.points([x0, x0, x1, x1], [y0, y0, y1, y1], [-0.05, KERB_M, KERB_M, -0.05])
            slabs.add((face, np.array([[0, 1, 2], [0, 2, 3]])), palette.KERB)
        name = self.name
        stand(self.builder, "cross_road", "road", "road", [(finish(f"{name}.cross_road", road), None)])
        stand(self.builder, "cross_pavement", "pavement", "pavement", [(finish(f"{name}.cross_pavement", slabs), None)])

    def lamps(self, sides: tuple[Frontage, Frontage], shining_m: tuple[float, float], first: int = 0) -> int:
        """A lamp every 25 m, on the right and the left side by turns; those between two stations shine.

        Returns:
            The number of the next lamp, when this one's first is ``first``.
        """
        span = sides[0].span_m
        steps = int((span[1] - span[0] - 10.0) // _LAMP_STEP_M)
        for k in range(steps + 1):
            side = sides[k % 2]
            x = side.free_m(span[0] + 8.0 + k * _LAMP_STEP_M)
            self.lamp(side, x, first + k, shining_m[0] <= x <= shining_m[1])
        return first + steps + 1

    def lamp(self, side: Frontage, x_m: float, number: int, shining: bool) -> None:
        """A lamp at the kerb."""
        where = side.lay.pose(x_m, side.behind(0.55), KERB_M, 0.0 if side.side < 0 else math.pi)
        lit = self.lit and shining
        stand(self.builder, f"lamp[{number}]", "lamp", "street_lamp", [(lamp_piece(lit), where)])
        if lit:
            self.builder.add_light(lamp_light(where))

    def street_trees(self, side: Frontage, line: str) -> None:
        """Trees between the lamps, with bare soil round the trunk."""
        lay, span = side.lay, side.span_m
        pit = finish(f"{self.name}.tree_pit", Draft().add(bar((-0.6, 0.6), (-0.5, 0.5), 0.004), palette.SOIL))
        rng = stream(self.seed, self.name, "trees", line)
        x = span[0] + 14.0
        while x < span[1] - 6.0:
            x = side.free_m(x, 0.5, onward=True)
            y = side.behind(min(0.85, 0.4 * side.pavement_m))
            where = lay.pose(x, y, KERB_M, 0.0)
            turned = lay.pose(x, y, KERB_M, float(rng.uniform(0.0, 2.0 * math.pi)))
            tree = tree_piece(among((0, 2, 4)[int(rng.integers(3))], KINDS, self.builder.split), True)
            stand(self.builder, f"tree[{self.trees}]", "tree", "vegetation", [(tree, turned)])
            stand(self.builder, f"tree_pit[{self.trees}]", "tree_pit", "terrain", [(pit, where)])
            self.trees += 1
            x += float(rng.uniform(11.0, 24.0))
            along = (x - span[0] - 8.0) % _LAMP_STEP_M
            if min(along, _LAMP_STEP_M - along) < 2.5:
                x += 5.0

    def background(self, ends: Sequence[tuple[Lay, float, float]]) -> None:
        """Taller trees behind the streets that close the ends of roads."""
        rng = stream(self.seed, self.name, "background")
        for lay, end, way in ends:
            for _ in range(8):
                x = end + way * float(rng.uniform(24.0, 40.0))
                tree = tree_piece(among((1, 3)[int(rng.integers(2))], KINDS, self.builder.split))
                where = lay.pose(x, float(rng.uniform(-60, 60)))
                stand(self.builder, f"tree[{self.trees}]", "tree", "vegetation", [(tree, where)])
                self.trees += 1

    def furniture(self, sides: tuple[Frontage, Frontage], line: str = "", first: int = 0) -> int:
        """Benches, bins and bollards at the back or the kerb side of the pavements; returns the next number."""
        rng = stream(self.seed, self.name, "furniture", *([line] if line else []))
        span, lay = sides[0].span_m, sides[0].lay
        count = int((span[1] - span[0]) / 22.0)
        for k in range(count):
            side = sides[int(rng.integers(2))]
            x = span[0] + 18.0 + 22.0 * k + float(rng.uniform(-4.0, 4.0))
            yaw, number = 0.0 if side.side < 0 else math.pi, first + k
            if side.free_m(x + 1.4, 3.0) != x + 1.4:
                continue
            what = int(rng.integers(3))
            if what < 2:  # far enough from the fronts for their doorsteps
                kind, piece, away = (("bench", bench_piece, 0.75), ("bin", bin_piece, 0.45))[what]
                back = lay.pose(x, side.behind(side.pavement_m - min(away, 0.5 * side.pavement_m)), KERB_M, yaw)
                stand(self.builder, f"{kind}[{number}]", kind, "static_object", [(piece(), back)])
                continue
            for j in range(3):
                where = lay.pose(x + 1.4 * j, side.behind(0.35), KERB_M)
                stand(self.builder, f"bollard[{number}.{j}]", "bollard", "pole", [(bollard_piece(), where)])
        return first + count


def _front(where: Frontage, x: float, wide: float, back: float, y: float, yaw: float) -> tuple[F64Array, float]:
    """Pose of a front that begins at station x, and the way along the road that it takes.

    On the inside of a bend rear corners are nearer to each other than fronts, and the middle of a front would reach
    out over the pavement: houses stand farther apart, and back.
    """
    line, lay, side = where.line, where.lay, where.side
    if line.straight:
        return lay.pose(x + 0.5 * wide, y - side * back, KERB_M, yaw), wide
    near, far = line.curvature_per_m([x, x + wide]).tolist()
    # positive: the centre of the bend is behind the house. Of a transition the end that asks for more room counts:
    # the tighter one behind the houses, the wider one before them, where fronts are farther apart than their stations
    k = max(side * near, side * far)
    if k == 0.0:
        return lay.pose(x + 0.5 * wide, y - side * back, KERB_M, yaw), wide
    radius = 1.0 / abs(k) - math.copysign(1.0, k) * abs(y)
    depth = HOUSE_DEPTH_M if k > 0 else 0.0
    sunk = 0.125 * wide * wide / radius if k > 0 else 0.0
    half = math.atan2(0.5 * wide, max(radius - depth - sunk, 1.0)) / abs(k)
    return lay.pose(x + half, y + side * (sunk - back), KERB_M, yaw), 2.0 * half
