"""Snow that lies: on what faces up, rests, and is open to the sky; in patches where there is little of it.

A layer of a few centimetres, too thin to change shapes. Where it lies is one function of the place and the slope, the
same for all sensors: :meth:`Fallen.shares`, and its twins ``native/snow.h`` and ``channels.frag`` in the renderers.

- Broad-leaved trees are bare: :func:`leafless`.
- Slopes: all of it stays up to 40 degrees, nothing from 50 degrees on (the angle of repose of snow).
- Shelter: nothing lies below the underside of what rests, such as a bridge, a canopy or a parked car. Crowns of trees
  shelter nothing.
- Traffic: tyres keep two tracks a lane free, and soil the rest. Ways of the lane graph are those of
  traffic.

Reflectances of snow that is a few days old (grains of 0.2 mm; W. J. Wiscombe and S. G. Warren 1980, "A model for the
spectral albedo of snow", figure 8): 0.85 to 0.95 in the visible, 0.80 to 0.85 at 905 nm, 0.03 to 0.1 at 1550 nm, where
ice absorbs. In towns it is a little greyer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from simengine.arrays import F32Array, F64Array, I64Array, frozen
from simengine.world.lanes import Curve, LaneGraph
from simengine.world.materials import Cutout, Material
from simengine.world.value_noise import value_noise

__all__ = ["CELL_M", "SNOW", "TILE", "Fallen", "Lying", "fallen_on", "leafless"]

SNOW = Material("snow", (0.84, 0.85, 0.87), roughness=1.0, specular=0.02, nir=0.82, swir=0.06, substance="water")
"""What lies."""
_TWIGS = (0.072, 0.061, 0.053)
CELL_M, TILE = 0.25, 32
"""Side of a cell of the map, and cells along a tile's side."""
STEEP, HELD = 0.643, 0.766
"""Cosines of the slopes that keep nothing (50 degrees) and all (40 degrees)."""
FREE, SOILED = 0.95, 0.3
"""Shares of the snow that tyres take away, and of the light that what is left between them loses."""
EDGE = 0.2
"""How soft patches end, in shares of the cover."""
_FEW_M = 0.05  # what lies on the ground does not shelter that ground
_FACES_DOWN = -0.35
_TRACK_M, _TRACK_WIDTH_M, _LANE_WEAR = 0.78, 0.25, 0.25
_ALONG_M, _BESIDE_M = 0.2, 0.125
_MOST = 2_000_000  # cells that are looked at in one go


@dataclass(frozen=True, eq=False)
class Lying:
    """Snow at some places: the share of the ground under it, and how bright it is against fresh one; each (N,)."""

    share: F64Array
    tone: F64Array


@dataclass(frozen=True, eq=False)
class Fallen:
    """Snow on a scene.

    Attributes:
        cover: share of open, level, untrodden ground under it, 0..1.
        material: index of ``SNOW`` in the scene's materials.
        corner_m: (2,), x and y where the map begins.
        across, down: tiles of the map along x and y.
        cells: float32, flat. First, for each tile, row by row, where its cells begin, or -1: it has none. Then, for
            each cell of a tile, row by row, two numbers: the height of the highest underside above it (-1e9: none) and
            how much tyres have worn the ground, 0..1.
    """

    cover: float
    material: int
    corner_m: F64Array
    across: int
    down: int
    cells: F32Array

    def shares(self, place_m: F64Array, up: F64Array) -> Lying:
        """Snow at places (N, 3) of the world whose normals have the upward components ``up`` (N,)."""
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
        noise = 0.65 * value_noise(0.8 * x, 0.8 * y, 11) + 0.35 * value_noise(3.1 * x, 3.1 * y, 12)
        noise = np.clip(0.5 + 2.4 * (noise - 0.5), 0.0, 1.0)
        steep = np.clip((up - STEEP) / (HELD - STEEP), 0.0, 1.0)
        fine = value_noise(7.3 * x, 7.3 * y, 13)
        driven = np.clip((worn + 0.4 * (fine - 0.5) - 0.45) / 0.3, 0.0, 1.0)
        patch = np.clip((self.cover * steep * open_ * (1.0 + EDGE) - noise) / EDGE, 0.0, 1.0)
        return Lying(patch * (1.0 - FREE * driven), (1.0 - SOILED * worn) * (0.88 + 0.08 * noise + 0.08 * fine))

    def _cell(self, i: I64Array, j: I64Array) -> tuple[F64Array, F64Array]:
        inside = (i >= 0) & (j >= 0) & (i < TILE * self.across) & (j < TILE * self.down)
        i, j = np.where(inside, i, 0), np.where(inside, j, 0)
        begin = np.where(inside, self.cells[j // TILE * self.across + i // TILE], -1.0).astype(np.int64)
        at = np.where(begin >= 0, begin + 2 * (j % TILE * TILE + i % TILE), 0)
        none = begin < 0
        return np.where(none, -1e9, self.cells[at]), np.where(none, 0.0, self.cells[at + 1])


def leafless(material: Material) -> Material:
    """What a material is in winter: where broad leaves were there are twigs."""
    if material.cutout is not Cutout.LEAVES:
        return material
    return replace(
        material, name=f"{material.name}.bare", albedo=_TWIGS, roughness=0.9, nir=0.3, swir=None,
        cutout=Cutout.NEEDLES, cutout_m=2.0 * material.cutout_m, translucency=(0.0, 0.0, 0.0), substance="wood",
    )  # fmt: skip


def fallen_on(
    cover: float, material: int, lanes: LaneGraph, resting: Iterable[tuple[F32Array, F64Array]]
) -> Fallen:  # fmt: skip
    """Snow on a world.

    Args:
        cover: 0..1.
        material: index of ``SNOW``.
        lanes: where traffic drives.
        resting: corners (F, 3, 3) of the faces of things that shelter, and where these stand, (4, 4).
    """
    marks = [_worn(curve, width_m) for curve, width_m in _ways(lanes)]
    roofs = [_undersides(corners @ pose[:3, :3].T + pose[:3, 3]) for corners, pose in resting]
    spots = np.concatenate([np.zeros((0, 2), np.int64), *(cells for cells, _ in (*marks, *roofs))])
    if not len(spots):
        return Fallen(cover, material, np.zeros(2), 0, 0, frozen(np.full(2, -1.0), np.float32))
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
    for spots, wear in marks:
        np.maximum.at(cells, at(spots) + 1, wear.astype(np.float32))
    return Fallen(cover, material, first * (TILE * CELL_M), across, down, frozen(cells, np.float32))


def _ways(lanes: LaneGraph) -> list[tuple[Curve, float]]:
    """Where vehicles drive, and how wide that is."""
    cycles = set(lanes.cycle_lanes.values())
    out = [(lane.centre, lane.width_m) for k, lane in enumerate(lanes.lanes) if k not in cycles]
    for turn in lanes.turns:
        span = np.arange(turn.begins_m, turn.ends_m + 1.0, 1.0)
        if len(span) > 1:
            out.append((Curve(turn.path.at(span)[0]), lanes.lanes[turn.start].width_m))
    return out


def _worn(centre: Curve, width_m: float) -> tuple[I64Array, F64Array]:
    """Cells (N, 2) of a lane and how much tyres have worn them."""
    along = np.arange(0.0, centre.length_m, _ALONG_M)
    beside = np.arange(-0.5 * width_m, 0.5 * width_m + 0.5 * _BESIDE_M, _BESIDE_M)
    gap = (np.abs(beside) - _TRACK_M) / _TRACK_WIDTH_M
    fade = np.clip((0.5 * width_m - np.abs(beside)) / 0.6, 0.0, 1.0)
    wear = np.maximum(np.exp(-gap * gap), _LANE_WEAR * fade)
    points, _ = centre.at(along[:, None], beside[None, :])
    cells = np.floor(points[..., :2].reshape(-1, 2) / CELL_M).astype(np.int64)
    return cells, np.broadcast_to(wear, points.shape[:2]).ravel()


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
