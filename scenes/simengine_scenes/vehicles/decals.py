"""Stripes and chequers that follow a body's skin: lattices laid on its side or its tail."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from simengine.arrays import Array, BoolArray, F64Array
from simengine.world.materials import Material
from simengine_scenes.shapes.draft import Draft

__all__ = ["add_decal"]

_LIFT_M = 0.0035
_RISING, _FALLING = np.array([[0, 2, 1], [0, 3, 2]]), np.array([[0, 3, 1], [1, 3, 2]])
"""Triangles of a cell whose diagonal rises with u, or falls: on a tail diagonals rise towards the middle."""
_NEAR_M = 1e-6
"""A point so near beside a face may count as on it."""
_STEP_M = 0.07
"""Largest step in depth within a cell: beyond it lies a gap or an arch."""


def _depth(vertices: F64Array, faces: Array, us: Array, ws: Array, axes: tuple[int, int, int], sign: float) -> F64Array:
    """Outermost coordinate of a mesh along an axis over a lattice of the plane of the two others, (W, U); nan where
    there is none.

    Args:
        vertices, faces: the mesh.
        us, ws: columns (U,) and rows (W,) of the lattice.
        axes: of u, of w, and of the depth.
        sign: +1 or -1, which side is outside.
    """
    i, j, k = axes
    corners = vertices[faces]
    low, high = corners[:, :, (i, j)].min(1), corners[:, :, (i, j)].max(1)
    level = (high[:, 1] >= ws.min() - _NEAR_M) & (low[:, 1] <= ws.max() + _NEAR_M)
    out = np.full((len(ws), len(us)), np.nan)
    for column, u in enumerate(us.tolist()):
        a, b, c = corners[level & (low[:, 0] <= u + _NEAR_M) & (high[:, 0] >= u - _NEAR_M)].transpose(1, 0, 2)
        det = (b[:, i] - a[:, i]) * (c[:, j] - a[:, j]) - (c[:, i] - a[:, i]) * (b[:, j] - a[:, j])
        flat = np.abs(det) < 1e-10
        safe = np.where(flat, 1.0, det)
        du, dw = u - a[:, i], ws[:, None] - a[:, j]
        p = (du * (c[:, j] - a[:, j]) - (c[:, i] - a[:, i]) * dw) / safe
        q = ((b[:, i] - a[:, i]) * dw - du * (b[:, j] - a[:, j])) / safe
        inside = (p >= -1e-9) & (q >= -1e-9) & (p + q <= 1.0 + 1e-9) & ~flat
        depth = a[:, k] + p * (b[:, k] - a[:, k]) + q * (c[:, k] - a[:, k])
        best = np.where(inside, sign * depth, -np.inf).max(1, initial=-np.inf)
        out[:, column] = np.where(np.isfinite(best), sign * best, np.nan)
    return out


def add_decal(
    body: Draft, span: tuple[float, float, float, float], cell_m: float, materials: Sequence[Material],
    pick: Callable[[Array, Array], Array], where: str, keep: Callable[[Array, Array, Array], BoolArray] | None = None,
) -> None:  # fmt: skip
    """Lay a lattice on a body.

    Args:
        body: what is there so far; the lattice lies 3.5 mm above its skin.
        span: first and last u, lowest and highest z; u is x on a side, y on the tail.
        cell_m: size of a cell.
        materials: table that ``pick`` counts in.
        pick: (u, z) of the middles of halves of cells -> index; below 0: nothing there.
        where: "side" (both of them) or "tail".
        keep: (u, z, depth) of the middles -> whether the cell is laid; depth is y of the side, x of the tail.
    """
    vertices, faces = body.arrays()
    axes, sign = ((0, 2, 1), 1.0) if where == "side" else ((1, 2, 0), -1.0)
    nu, nz = (max(1, round((span[k + 1] - span[k]) / cell_m)) for k in (0, 2))
    us, zs = np.linspace(span[0], span[1], nu + 1), np.linspace(span[2], span[3], nz + 1)
    u, z = np.meshgrid(us, zs)
    depth = _depth(vertices, faces, us, zs, axes, sign) + sign * _LIFT_M
    points = np.empty((*u.shape, 3))
    points[..., axes[0]], points[..., axes[1]], points[..., axes[2]] = u, z, depth
    corner = np.stack([points[:-1, :-1], points[:-1, 1:], points[1:, 1:], points[1:, :-1]], 2)  # (nz, nu, 4, 3)
    deep = corner[..., axes[2]]
    split = np.where((corner[..., axes[0]].mean(-1) > 0.0)[..., None, None] & (where == "tail"), _FALLING, _RISING)
    thirds = np.take_along_axis(corner[:, :, None], split[..., None], 3).mean(3)  # (nz, nu, 2, 3)
    choice = pick(thirds[..., axes[0]], thirds[..., axes[1]])
    laid = np.isfinite(deep).all(-1) & (np.ptp(deep, axis=-1) < _STEP_M)
    if keep is not None:
        mid_u, mid_z, mid = (corner[..., k].mean(-1) for k in axes)
        laid &= keep(mid_u, mid_z, np.nan_to_num(mid))
    chosen = choice[laid].reshape(-1)
    cells = corner[laid]
    if not (chosen >= 0).any():
        return
    base = 4 * np.arange(len(cells))[:, None, None]
    quads, codes = (base + split[laid]).reshape(-1, 3)[chosen >= 0], chosen[chosen >= 0]
    surface = (cells.reshape(-1, 3), quads)
    body.add(surface, list(materials), codes)
    if where == "side":
        flipped = (surface[0] * np.array([1.0, -1.0, 1.0]), surface[1][:, ::-1])
        body.add(flipped, list(materials), codes)
