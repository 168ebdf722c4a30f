"""The hill that a tunnel goes through: ground along the road outside, over the bore, and the portals between them.

Outside the road lies in a cutting whose slopes rise by 0.7; the hill's foot runs down towards the open land. Over the
bore the ground begins at the top of the portal's wall, which is so wide that both meet at its ends.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from simengine.arrays import F64Array
from simengine.rng import stream
from simengine.world.builder import SceneBuilder
from simengine.world.regions import polygon
from simengine.world.splits import among
from simengine_scenes import palette
from simengine_scenes.shapes.draft import Draft, Surface
from simengine_scenes.shapes.piece import Piece, finish, stand
from simengine_scenes.shapes.solids import box, grid
from simengine_scenes.town.tree import KINDS, bush_piece, tree_piece
from simengine_scenes.tunnel import materials as m
from simengine_scenes.tunnel.plan import TunnelPlan

__all__ = ["Hill", "add_portals"]

_CUT = 0.7
_FOOT = 0.22
"""Slopes of the cutting, across the road, and of the hill's foot, along it."""
_OUT_M = np.array([-0.6, 0.4, 2, 4, 6, 8, 10, 12, 16, 24, 36, 52, 75, 105, 145, 200, 280, 380, 520, 700.0])
"""Offsets beyond the walkways at which the ground is modelled ..."""
_NEAR_M = np.array([0.0, 3.0, 7.0, 12.0, 18.0, 26.0, 36.0, 50.0, 70.0, 95.0, 125.0])
"""... distances from the portals ..."""
_ENDS_M = np.array([25.0, 60.0, 110.0, 180.0, 280.0, 420.0, 650.0])
"""... and beyond the ends of the road."""
_WALL_M = 0.8
"""Thickness of the portals' walls; they stand before the bore."""


class Hill:
    """Heights of the ground and what grows on it."""

    def __init__(self, plan: TunnelPlan) -> None:
        self._plan = plan
        self.edge_m = plan.half_m
        most = 0.7 * min((1.0 / abs(k) for k in _curvatures(plan) if k), default=math.inf)
        self._out_m = _OUT_M[most > _OUT_M]

    def height_m(self, u_m: npt.ArrayLike, v_m: npt.ArrayLike) -> F64Array:
        """Of the ground at stations outside the bore (over it: of the hill) and offsets."""
        u, v = np.broadcast_arrays(np.asarray(u_m, np.float64), np.asarray(v_m, np.float64))
        low, high = self._plan.portal_m
        first, last = self._plan.span_m
        away = np.maximum(np.abs(v) - self.edge_m, 0.0)
        outside = np.maximum(np.maximum(low - u, u - high), 0.0)
        inside = np.maximum(np.minimum(u - low, high - u), 0.0)
        wave = 0.5 + 0.5 * np.sin(u / 130.0 + 1.3 * np.tanh(v / 40.0)) * np.cos(v / 110.0 + u / 310.0)
        top = self._plan.ground_m
        over = top + 24.0 * (1.0 - np.exp(-((inside / 55.0) ** 2))) + 9.0 * wave * np.minimum(inside / 30.0, 1.0)
        far = np.maximum(away - 30.0, 0.0)
        land = -0.03 + 26.0 * wave * (1.0 - np.exp(-((far / 180.0) ** 2)))
        ditch = np.where((away > 0.0) & (away < 6.0), -0.45 * np.exp(-(((away - 2.2) / 1.0) ** 2)), 0.0)
        slope = np.minimum(top - _FOOT * outside, _CUT * np.maximum(away - 0.4, 0.0))
        beyond = np.maximum(np.maximum(first - u, u - last), 0.0)
        rise = 30.0 * (1.0 - np.exp(-((beyond / 170.0) ** 2)))
        return np.where(inside > 0.0, over, np.maximum(land + ditch, slope) + rise)

    def wall_m(self) -> float:
        """Half of the width of the portals' walls: up to where the slopes of the cutting are as high."""
        return self.edge_m + 0.4 + self._plan.ground_m / _CUT + 0.8

    def build(self, builder: SceneBuilder, key: str) -> None:
        """Add the ground on both sides of the road outside, over the bore, and behind both ends."""
        plan, lay = self._plan, self._plan.lay
        (low, high), (first, last) = plan.portal_m, plan.span_m
        beside = [np.sort(side * (self.edge_m + self._out_m)) for side in (-1.0, 1.0)]
        inner = np.unique(np.minimum(_NEAR_M, 0.5 * (high - low)))
        over = np.unique(np.concatenate([low + inner, np.arange(low + 40.0, high - 40.0, 30.0), high - inner]))
        ahead = np.unique(np.concatenate([first - _ENDS_M, np.arange(first, low - 125.0, 30.0), low - _NEAR_M]))
        after = np.unique(np.concatenate([high + _NEAR_M, np.arange(high + 155.0, last + 1.0, 30.0), last + _ENDS_M]))
        outer = np.concatenate([beside[0], np.linspace(-self.edge_m, self.edge_m, 5), beside[1]])
        strips: list[tuple[str, F64Array, F64Array]] = [("over", over, np.unique(outer))]
        for name, u in (("before", ahead), ("beyond", after)):
            strips += [(f"{name}.right", u, beside[0]), (f"{name}.left", u, beside[1])]
        middle = np.linspace(-self.edge_m - 0.3, self.edge_m + 0.3, 5)
        strips += [("start", np.unique(np.append(first - _ENDS_M, first)), middle),
                   ("end", np.unique(np.append(last + _ENDS_M, last)), middle)]  # fmt: skip
        for name, u, v in strips:
            uu, vv = np.meshgrid(u, v, indexing="ij")
            z = self.height_m(uu, vv)
            if name == "over":  # at its ends it is the top of the portals, not the slopes before them
                z[[0, -1]] = np.maximum(z[[0, -1]], np.where(np.abs(v) < self.wall_m() - 0.6, plan.ground_m, z[0]))
            surface = grid(lay.points(uu, vv, z), flip=True)
            piece = finish(f"tunnel.land.{name}.{key}", Draft().add(surface, palette.GRASS), smooth=True)
            stand(builder, f"land.{name}", "terrain", "terrain", [(piece, None)])

    def plant(self, builder: SceneBuilder, seed: int) -> None:
        """Trees on the hill and beside the road outside, bushes on the slopes."""
        plan, lay = self._plan, self._plan.lay
        first, last = plan.span_m
        for side in (-1.0, 1.0):
            draw = stream(seed, "tunnel", "plants", f"{side:+.0f}")
            trees: list[tuple[Piece, F64Array | None]] = []
            bushes: list[tuple[Piece, F64Array | None]] = []
            for u in np.arange(first - 80.0, last + 80.0, 7.0).tolist():
                x, away = u + float(draw.uniform(0.0, 7.0)), 16.0 + float(draw.gamma(2.0, 14.0))
                kind, turn = among(int(draw.integers(KINDS)), KINDS, builder.split), float(draw.uniform(0.0, 6.28))
                low, high = float(draw.uniform(7.0, 14.0)), draw.random() < 0.35
                y = side * (self.edge_m + min(away, float(self._out_m[-1]) - 10.0))
                trees.append((tree_piece(kind), lay.pose(x, y, float(self.height_m(x, y)) - 0.1, turn)))
                if high and not plan.portal_m[0] - 4.0 < x < plan.portal_m[1] + 4.0:
                    y = side * (self.edge_m + low)
                    bushes.append((bush_piece(kind), lay.pose(x, y, float(self.height_m(x, y)) - 0.1, turn)))
            name = "right" if side < 0 else "left"
            for kind_of, plants in (("trees", trees), ("bushes", bushes)):
                if plants:
                    stand(builder, f"{kind_of}.{name}", kind_of, "vegetation", plants)


def _curvatures(plan: TunnelPlan) -> list[float]:
    return [max(e.start_per_m, e.end_per_m, key=abs) for e in plan.road.line.elements]


def add_portals(builder: SceneBuilder, plan: TunnelPlan, hill: Hill, key: str) -> None:
    """A wall with the bore's outline cut out at each end, its coping, and a collar around the opening."""
    piece = _portal(plan, hill.wall_m(), key)
    for name, s, yaw in (("entrance", plan.portal_m[0], 0.0), ("exit", plan.portal_m[1], math.pi)):
        stand(builder, f"portal.{name}", "portal", "wall", [(piece, plan.lay.pose(s, 0.0, 0.0, yaw))])


def _portal(plan: TunnelPlan, half_m: float, key: str) -> Piece:
    """A portal that looks along -x; the bore begins at x = 0."""
    y, top = plan.half_m, plan.ground_m + 0.35
    opening = [(-y, 0.0), *plan.vault().tolist(), (y, 0.0)]
    outline = [(half_m, 0.0), (half_m, top), (-half_m, top), (-half_m, 0.0), *opening]
    d = Draft()
    d.add(_upright(outline, -_WALL_M, False), m.PORTAL)
    d.add(_upright(outline, 0.0, True), m.PORTAL)
    rim = np.array([*outline, outline[0]])
    d.add(_along(rim, (-_WALL_M, 0.0)), m.PORTAL)
    d.add(box((-0.5 * _WALL_M, 0.0, top + 0.1), (_WALL_M + 0.3, 2.0 * half_m, 0.2)), palette.KERB)
    collar = 0.45  # a lighter ring around the opening, a hand's breadth before the wall
    ring = [(-y - collar, 0.0), *_grown(plan.vault(), collar), (y + collar, 0.0)]
    d.add(_upright([*ring, *opening[::-1]], -_WALL_M - 0.12, False), palette.STONE)
    d.add(_along(np.array(ring), (-_WALL_M - 0.12, -_WALL_M)), palette.STONE)
    d.add(_along(np.array(opening[::-1]), (-_WALL_M - 0.12, -_WALL_M)), palette.STONE)
    return finish(f"tunnel.portal.{key}", d)


def _grown(points: F64Array, by_m: float) -> list[tuple[float, float]]:
    """An arch moved outward along its normals."""
    step = np.gradient(points, axis=0)
    normal = np.column_stack([-step[:, 1], step[:, 0]]) / np.sqrt((step * step).sum(-1))[:, None]
    return [(float(a), float(b)) for a, b in points + by_m * normal]


def _upright(points: Sequence[tuple[float, float]], x_m: float, back: bool) -> Surface:
    """A filled outline of offset and height, seen from -x or, ``back``, from +x."""
    flat = polygon([(float(a), float(b)) for a, b in points]).triangles_m.reshape(-1, 2)
    faces = np.arange(len(flat)).reshape(-1, 3)
    corner = flat[faces]
    a, b = corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]
    turned = (a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0] > 0.0) != back
    faces[turned] = faces[turned][:, ::-1]
    return np.column_stack([np.full(len(flat), x_m), flat]), faces


def _along(points: F64Array, x_m: tuple[float, float]) -> Surface:
    """The skin of an outline between two x; it is seen from the right of the outline's direction."""
    return grid(np.stack([np.column_stack([np.full(len(points), x), points]) for x in x_m]))
