"""Areas of a batch of variants: points drawn uniformly over them, and which points lie inside.

The map from [0, 1)^2 to a region preserves area: the first number runs through the triangles in their order, each
having its share of it, and what is left of it goes to the triangle's own map p = A + sqrt(s) (B - A + v (C - B)), of
constant Jacobian (each second triangle takes 1 - s). So even numbers give even points, and in a strip, whose triangles
share sides, neighbouring numbers give neighbouring points.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.engine.initial import enum_words
from simengine.language.areas import names_area
from simengine.language.evaluate import Env, evaluate
from simengine.language.terms import Call, Expr
from simengine.world.lanes import LaneGraph
from simengine.world.regions import Region, areas_m2

__all__ = ["Areas", "Key", "area", "area_names", "lane_area"]

Key: TypeAlias = str | int
"""Name of an area, or index of a lane."""

_EDGE_M = 1e-9  # a point on an edge is inside, whatever its rounding
_LARGEST = np.nextafter(1.0, 0.0)


@dataclass(frozen=True, eq=False)
class Areas:
    """One region of each variant, padded to the most triangles.

    Attributes:
        triangles_m: (B, T, 3, 2).
        upto: (B, T), share of the area up to and with each triangle; 1 for padding.
        exists: (B,), there is such a region.
        height_m: (B,).
        top: (B, 5), x, y, heading, length and width of a rectangular top; length nan where it is none.
    """

    triangles_m: F64Array
    upto: F64Array
    exists: BoolArray
    height_m: F64Array
    top: F64Array

    @classmethod
    def of(
        cls, graphs: Sequence[LaneGraph], keys: Sequence[Key] | I64Array,
        find: Callable[[LaneGraph, Key], Region | None],
    ) -> Areas:  # fmt: skip
        """The regions of these keys, one a variant; graphs that variants share are looked at once."""
        names: list[Key] = keys.tolist() if isinstance(keys, np.ndarray) else list(keys)
        order: dict[tuple[int, Key], int] = {}
        found: list[Region | None] = []
        for graph, name in zip(graphs, names, strict=True):
            if (id(graph), name) not in order:
                order[id(graph), name] = len(found)
                found.append(find(graph, name))
        which = np.array([order[id(g), n] for g, n in zip(graphs, names, strict=True)], np.int64)
        return cls._pack(found)._take(which)

    def _take(self, rows: I64Array) -> Areas:
        return Areas(self.triangles_m[rows], self.upto[rows], self.exists[rows], self.height_m[rows], self.top[rows])

    @classmethod
    def _pack(cls, regions: Sequence[Region | None]) -> Areas:
        most = max((len(r.triangles_m) for r in regions if r is not None), default=1)
        triangles, upto = np.zeros((len(regions), most, 3, 2)), np.ones((len(regions), most))
        exists, height = np.zeros(len(regions), np.bool_), np.zeros(len(regions))
        top = np.full((len(regions), 5), np.nan)
        for k, region in enumerate(regions):
            if region is None:
                continue
            count = len(region.triangles_m)
            triangles[k, :count] = region.triangles_m
            sums = np.cumsum(areas_m2(region.triangles_m))
            upto[k, : count - 1] = sums[:-1] / sums[-1]
            exists[k], height[k] = True, region.height_m
            if region.top is not None:
                t = region.top
                top[k] = t.x_m, t.y_m, t.yaw_rad, t.length_m, t.width_m
        return cls(triangles, upto, exists, height, top)

    def points(self, u: F64Array, v: F64Array) -> tuple[F64Array, F64Array]:
        """x and y at numbers of [0, 1), all (B,)."""
        last = self.upto.shape[1] - 1
        k = np.minimum((u[:, None] >= self.upto).sum(-1), last)
        rows: I64Array = np.arange(len(u), dtype=np.int64)
        low = np.where(k > 0, self.upto[rows, np.maximum(k - 1, 0)], 0.0)
        share = self.upto[rows, k] - low
        s = np.minimum(np.maximum((u - low) / np.where(share > 0.0, share, 1.0), 0.0), _LARGEST)
        s = np.sqrt(np.where(k % 2 == 1, 1.0 - s, s))
        a, b, c = (np.ascontiguousarray(self.triangles_m[rows, k, i]) for i in range(3))
        x = a[:, 0] + s * (b[:, 0] - a[:, 0] + v * (c[:, 0] - b[:, 0]))
        y = a[:, 1] + s * (b[:, 1] - a[:, 1] + v * (c[:, 1] - b[:, 1]))
        return x, y

    def holds(self, x_m: F64Array, y_m: F64Array) -> BoolArray:
        """Which points (B,) lie inside, edges included."""
        a, b, c = (self.triangles_m[:, :, i] for i in range(3))
        x, y = x_m[:, None], y_m[:, None]
        turns = [_turn(p, q, x, y) for p, q in ((a, b), (b, c), (c, a))]
        left = np.minimum(np.minimum(turns[0], turns[1]), turns[2]) >= -_EDGE_M
        right = np.maximum(np.maximum(turns[0], turns[1]), turns[2]) <= _EDGE_M
        some = areas_m2(self.triangles_m) > 0.0
        return ((left | right) & some).any(-1) & self.exists

    def towards_rad(self, x_m: F64Array, y_m: F64Array, inside_rad: F64Array) -> F64Array:
        """Headings from points (B,) to the nearest points of the regions; ``inside_rad`` for points that lie inside."""
        p = self.triangles_m
        edge = p[:, :, (1, 2, 0)] - p
        dx, dy = x_m[:, None, None] - p[..., 0], y_m[:, None, None] - p[..., 1]
        ex, ey = edge[..., 0], edge[..., 1]
        square = ex * ex + ey * ey
        share = np.minimum(np.maximum((dx * ex + dy * ey) / np.where(square > 0.0, square, 1.0), 0.0), 1.0)
        dx, dy = (v.reshape(len(x_m), -1) for v in (share * ex - dx, share * ey - dy))
        some = np.repeat(areas_m2(p) > 0.0, 3, -1)
        nearest = np.argmin(np.where(some, dx * dx + dy * dy, np.inf), -1)
        rows: I64Array = np.arange(len(x_m), dtype=np.int64)
        return np.where(self.holds(x_m, y_m), inside_rad, np.arctan2(dy[rows, nearest], dx[rows, nearest]))


def area(graph: LaneGraph, key: Key) -> Region | None:
    """A region of a lane graph by its name."""
    return graph.area(str(key))


def lane_area(graph: LaneGraph, key: Key) -> Region | None:
    """The strip of a lane by its index; None where there is no such lane."""
    return graph.lane_area(int(key)) if 0 <= int(key) < len(graph.lanes) else None


def area_names(place: Expr, env: Env, count: int) -> list[str]:
    """The names of a region, one a variant: the side of a pavement or the number of an aisle may be drawn."""
    if isinstance(place, Call) and "index" in place.args:
        number = np.asarray(evaluate(place.args["index"], env, count), np.float64)
        whole = np.rint(np.where(np.isfinite(number), number, 0.0)).astype(np.int64)
        return [f"{place.function}.{n}" for n in np.broadcast_to(whole, (count,)).tolist()]
    if isinstance(place, Call):
        return [f"{place.function}.{side}" for side in enum_words(place.args["side"], env, count)]
    return [names_area(place)] * count


def _turn(p: F64Array, q: F64Array, x: F64Array, y: F64Array) -> F64Array:
    """Distance of points to the left of the lines from p to q."""
    dx, dy = q[..., 0] - p[..., 0], q[..., 1] - p[..., 1]
    length = np.sqrt(dx * dx + dy * dy)
    return (dx * (y - p[..., 1]) - dy * (x - p[..., 0])) / np.where(length > 0.0, length, 1.0)
