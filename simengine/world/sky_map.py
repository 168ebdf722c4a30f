"""What the ground of a world has above it, and where traffic drives on it: what water and snow that lie go by.

A map of cells of a quarter of a metre, in tiles; a tile is there where a cell of it has something to tell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simengine.arrays import F32Array, F64Array, I64Array, frozen
from simengine.world.lanes import Curve, LaneGraph
from simengine.world.materials import Cutout, Material
from simengine.world.taxonomy import CLASS_ID

if TYPE_CHECKING:
    from simengine.world.scene import Mesh, Part

__all__ = ["CELL_M", "TILE", "SkyMap", "sky_map_of"]

CELL_M, TILE = 0.25, 32
"""Side of a cell of the map, and cells along a tile's side."""
_FEW_M = 0.05  # what lies on the ground does not shelter that ground
_FACES_DOWN = -0.35
_WIDE_M = 0.8
"""What is narrower keeps nothing from the ground."""
_AIRY = frozenset(
    CLASS_ID[name] for name in ("vegetation", "pole", "street_lamp", "traffic_sign", "traffic_light", "fence")
)
"""Nor does this: wind carries drops and flakes below it."""
_TRACK_M, _TRACK_WIDTH_M, _LANE_WEAR = 0.78, 0.25, 0.25
_ALONG_M, _BESIDE_M = 0.2, 0.125
_MOST = 2_000_000  # cells that are looked at in one go


@dataclass(frozen=True, eq=False)
class SkyMap:
    """The map of a world.

    Attributes:
        corner_m: (2,), x and y where it begins.
        across, down: tiles along x and y.
        cells: float32, flat. First, for each tile, row by row, where its cells begin, or -1: it has none. Then, for
            each cell of a tile, row by row, two numbers: the height of the highest underside above it (-1e9: none) and
            how much tyres have worn the ground, 0..1.
    """

    corner_m: F64Array
    across: int
    down: int
    cells: F32Array

    def at(self, place_m: F64Array) -> tuple[F64Array, F64Array]:
        """How open to the sky places (N, 3) of the world are, and how worn by tyres; each (N,), 0..1."""
        x, y, z = place_m.T
        u, w = (x - self.corner_m[0]) / CELL_M - 0.5, (y - self.corner_m[1]) / CELL_M - 0.5
        left, low = np.floor(u), np.floor(w)
        a, b = u - left, w - low
        open_: F64Array = np.zeros(len(x))
        worn: F64Array = np.zeros(len(x))
        for k in range(4):
            i, j = left.astype(np.int64) + (k & 1), low.astype(np.int64) + (k >> 1)
            part: F64Array = (a if k & 1 else 1.0 - a) * (b if k >> 1 else 1.0 - b)
            under, trodden = self._cell(i, j)
            open_ += part * (z > under - _FEW_M)
            worn += part * trodden
        return open_, worn

    def _cell(self, i: I64Array, j: I64Array) -> tuple[F64Array, F64Array]:
        inside = (i >= 0) & (j >= 0) & (i < TILE * self.across) & (j < TILE * self.down)
        i, j = np.where(inside, i, 0), np.where(inside, j, 0)
        begin = np.where(inside, self.cells[j // TILE * self.across + i // TILE], -1.0).astype(np.int64)
        at = np.where(begin >= 0, begin + 2 * (j % TILE * TILE + i % TILE), 0)
        none = begin < 0
        return np.where(none, -1e9, self.cells[at]), np.where(none, 0.0, self.cells[at + 1])


def sky_map_of(
    meshes: Sequence[Mesh], materials: Sequence[Material], parts: Sequence[Part], lanes: LaneGraph
) -> SkyMap:  # fmt: skip
    """The map of a scene, of what rests in it and of its lanes."""
    shelters = [p for p in parts if p.link < 0 and p.semantic not in _AIRY]
    corners = {k: _sheltering(meshes[k], materials) for k in {p.mesh for p in shelters}}
    marks = [_worn(curve, width_m) for curve, width_m in _ways(lanes)]
    roofs = [
        _undersides(c @ p.frame_from_mesh[:3, :3].T + p.frame_from_mesh[:3, 3])
        for p in shelters
        if len(c := corners[p.mesh])
    ]
    spots = np.concatenate([np.zeros((0, 2), np.int64), *(m[0] for m in marks), *(r[0] for r in roofs)])
    if not len(spots):
        return SkyMap(np.zeros(2), 0, 0, frozen(np.full(2, -1.0), np.float32))
    tiles = spots // TILE
    first, last = tiles.min(0), tiles.max(0)
    across, down = (last - first + 1).tolist()
    used = np.unique((tiles[:, 1] - first[1]) * across + tiles[:, 0] - first[0])
    begins = np.full(across * down, -1, np.int64)
    begins[used] = across * down + 2 * TILE * TILE * np.arange(len(used))
    cells = np.zeros(across * down + 2 * TILE * TILE * len(used), np.float32)
    cells[: across * down] = begins
    cells[across * down :: 2] = -1e9

    def at(spots: I64Array) -> I64Array:
        tile, rest = spots // TILE - first, spots % TILE
        return begins[tile[:, 1] * across + tile[:, 0]] + 2 * (rest[:, 1] * TILE + rest[:, 0])

    for spots, heights in roofs:
        np.maximum.at(cells, at(spots), heights.astype(np.float32))
    for spots, wear, height in marks:
        place = at(spots)
        open_ = cells[place] <= height + _FEW_M  # who drives below a hill or a roof leaves no tracks on that
        np.maximum.at(cells, place[open_] + 1, wear[open_].astype(np.float32))
    return SkyMap(first * (TILE * CELL_M), across, down, frozen(cells, np.float32))


def _sheltering(mesh: Mesh, materials: Sequence[Material]) -> F32Array:
    """Corners (F, 3, 3) of the faces of a mesh that keep things off, none of narrow ones."""
    size = np.ptp(mesh.vertices_m, 0) if len(mesh.vertices_m) else np.zeros(3)
    if np.sort(size)[1] < _WIDE_M:
        return np.zeros((0, 3, 3), np.float32)
    solid = np.array([m.cutout is Cutout.SOLID for m in materials], np.bool_)
    return mesh.vertices_m[mesh.faces[solid[mesh.face_material]]]


def _ways(lanes: LaneGraph) -> list[tuple[Curve, float]]:
    """Where vehicles drive, and how wide that is."""
    cycles = set(lanes.cycle_lanes.values())
    out = [(lane.centre, lane.width_m) for k, lane in enumerate(lanes.lanes) if k not in cycles]
    for turn in lanes.turns:
        span = np.arange(turn.begins_m, turn.ends_m + 1.0, 1.0)
        if len(span) > 1:
            out.append((Curve(turn.path.at(span)[0]), lanes.lanes[turn.start].width_m))
    return out


def _worn(centre: Curve, width_m: float) -> tuple[I64Array, F64Array, F64Array]:
    """Cells (N, 2) of a lane, how much tyres have worn them, and how high the lane is there."""
    along = np.arange(0.0, centre.length_m, _ALONG_M)
    beside = np.arange(-0.5 * width_m, 0.5 * width_m + 0.5 * _BESIDE_M, _BESIDE_M)
    gap = (np.abs(beside) - _TRACK_M) / _TRACK_WIDTH_M
    fade = np.clip((0.5 * width_m - np.abs(beside)) / 0.6, 0.0, 1.0)
    wear = np.maximum(np.exp(-gap * gap), _LANE_WEAR * fade)
    points, _ = centre.at(along[:, None], beside[None, :])
    cells = np.floor(points[..., :2].reshape(-1, 2) / CELL_M).astype(np.int64)
    return cells, np.broadcast_to(wear, points.shape[:2]).ravel(), points[..., 2].ravel()


def _undersides(corners_m: F64Array) -> tuple[I64Array, F64Array]:
    """Cells (N, 2) below faces (F, 3, 3) that face down, and how high these are there."""
    a, b, c = corners_m[:, 0], corners_m[:, 1], corners_m[:, 2]
    normal = np.cross(b - a, c - a)
    length = np.sqrt((normal * normal).sum(-1))
    facing = np.flatnonzero(normal[:, 2] < _FACES_DOWN * length)
    low = np.ceil(corners_m[facing, :, :2].min(1) / CELL_M - 0.5).astype(np.int64)
    high = np.floor(corners_m[facing, :, :2].max(1) / CELL_M - 0.5).astype(np.int64)
    size = np.maximum(high - low + 1, 0)
    count = size[:, 0] * size[:, 1]
    met = np.flatnonzero(count)
    cells, heights = [np.zeros((0, 2), np.int64)], [np.zeros(0)]
    for group in np.split(met, np.flatnonzero(np.diff(np.cumsum(count[met]) // _MOST)) + 1) if len(met) else ():
        row = np.repeat(group, count[group])
        nth = np.arange(len(row)) - np.repeat(np.cumsum(count[group]) - count[group], count[group])
        spot = low[row] + np.stack([nth % size[row, 0], nth // size[row, 0]], -1)
        p, n = corners_m[facing[row]], normal[facing[row]]
        at = (spot + 0.5) * CELL_M
        edge, gap = np.roll(p[..., :2], -1, 1) - p[..., :2], at[:, None] - p[..., :2]
        side = edge[..., 0] * gap[..., 1] - edge[..., 1] * gap[..., 0]  # all negative inside: it is seen from behind
        inside = (side <= 0.0).all(-1)
        height = p[:, 0, 2] - ((at - p[:, 0, :2]) * n[:, :2]).sum(-1) / n[:, 2]
        cells.append(spot[inside])
        heights.append(height[inside])
    return np.concatenate(cells), np.concatenate(heights)
