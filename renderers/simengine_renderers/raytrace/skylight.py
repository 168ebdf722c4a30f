# pyright: reportUnknownParameterType=false
"""Light from infinitely far away, for path tracing: what a direction shows, and directions by how much light they give.

Above the horizon there is the sky's table (``sky.Sky``) and the sun's disc, of even radiance; below it, where a ray
misses all that is modelled, ground as bright as the sky makes it. Radiances are multiplied by pi, as everywhere.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import warp as wp

from simengine.arrays import F64Array
from simengine_renderers.raytrace.sky import Sky, solid_angles

__all__ = ["SUN_SINE", "Above", "above_of", "in_sun", "sky_at", "sky_density", "towards_sky", "towards_sun"]

SUN_SINE = math.sin(math.radians(0.265))
"""Of the angle from the middle of the sun to its rim."""
_SINE = wp.constant(SUN_SINE)
_SUN_DENSITY = wp.constant(1.0 / (math.pi * SUN_SINE**2))
_PI = wp.constant(math.pi)


@wp.struct
class Above:
    """Light from far away: the sun's radiance, and the sky's cells by their share of its light.

    ``rows`` and ``cells`` are cumulated shares, of rows of the sky's table and of cells in their row, 0 first;
    ``table`` has the radiance and may be finer.
    """

    sunlit: int
    sun: wp.vec3
    radiance: wp.vec3
    ground: wp.vec3
    table: wp.array2d(dtype=wp.vec3)
    rows: wp.array(dtype=float)
    cells: wp.array2d(dtype=float)


def above_of(sky: Sky, table: Any, device: str) -> Any:
    """``Above`` of a sky whose table is on the device already."""
    rows, cells = _shares(sky.table)
    out = Above()
    out.sunlit = int(bool(sky.sun.max() > 0))
    out.sun = wp.vec3(*sky.sun_direction)
    out.radiance = wp.vec3(*(sky.sun / SUN_SINE**2))  # E = radiance * solid angle / pi
    out.ground = wp.vec3(*sky.ground)
    out.table = table
    out.rows = wp.array(rows.astype(np.float32), dtype=float, device=device)
    out.cells = wp.array(cells.astype(np.float32), dtype=float, device=device)
    return out


def _shares(table: F64Array) -> tuple[F64Array, F64Array]:
    """Cumulated shares (S + 1,) and (S, S + 1) of the cells' light."""
    light = (table @ np.array([0.2126, 0.7152, 0.0722])) * solid_angles()
    light = light + 1e-12  # a black sky, too, has directions
    of_row = light.sum(1)
    rows = np.concatenate([[0.0], np.cumsum(of_row) / of_row.sum()])
    cells = np.concatenate([np.zeros((len(light), 1)), np.cumsum(light, 1) / of_row[:, None]], 1)
    rows[-1], cells[:, -1] = 1.0, 1.0
    return rows, cells


@wp.func
def sky_at(above: Above, d: wp.vec3) -> wp.vec3:
    """Radiance of the sky in a direction; below the horizon that of the horizon."""
    size = above.table.shape[0]
    z = wp.max(d[2], 0.0)
    scale = 0.5 * float(size) / (wp.abs(d[0]) + wp.abs(d[1]) + z)
    u = wp.clamp((d[0] + d[1]) * scale + 0.5 * float(size) - 0.5, 0.0, float(size - 1))
    v = wp.clamp((d[0] - d[1]) * scale + 0.5 * float(size) - 0.5, 0.0, float(size - 1))
    i = wp.min(int(u), size - 2)
    j = wp.min(int(v), size - 2)
    a = u - float(i)
    b = v - float(j)
    low = above.table[j, i] * (1.0 - a) + above.table[j, i + 1] * a
    high = above.table[j + 1, i] * (1.0 - a) + above.table[j + 1, i + 1] * a
    return low * (1.0 - b) + high * b


@wp.func
def sky_density(above: Above, d: wp.vec3) -> float:
    """Density (1/sr) of a direction among those of ``towards_sky``."""
    out = float(0.0)  # noqa: UP018  (Warp: a variable, not a constant)
    if d[2] > 0.0:
        size = above.rows.shape[0] - 1
        span = wp.abs(d[0]) + wp.abs(d[1]) + d[2]
        i = wp.clamp(int(((d[0] + d[1]) / span + 1.0) * 0.5 * float(size)), 0, size - 1)
        j = wp.clamp(int(((d[0] - d[1]) / span + 1.0) * 0.5 * float(size)), 0, size - 1)
        share = (above.rows[j + 1] - above.rows[j]) * (above.cells[j, i + 1] - above.cells[j, i])
        # on the square a cell has (2 / size)^2, and du dv = 2 r^3 of solid angle, r = 1 / span
        side = 0.5 * float(size)
        out = share * side * side * 2.0 / (span * span * span)
    return out


@wp.func
def towards_sky(above: Above, u1: float, u2: float) -> wp.vec3:
    """A direction by the sky's light, for two numbers of (0, 1)."""
    size = above.rows.shape[0] - 1
    low = int(0)  # noqa: RUF046, UP018  (Warp: a variable, not a constant)
    high = size
    while high - low > 1:
        middle = (low + high) / 2
        if above.rows[middle] <= u1:
            low = middle
        else:
            high = middle
    j = low
    v = (u1 - above.rows[j]) / wp.max(above.rows[j + 1] - above.rows[j], 1.0e-12)
    low = int(0)  # noqa: RUF046, UP018
    high = size
    while high - low > 1:
        middle = (low + high) / 2
        if above.cells[j, middle] <= u2:
            low = middle
        else:
            high = middle
    u = (u2 - above.cells[j, low]) / wp.max(above.cells[j, low + 1] - above.cells[j, low], 1.0e-12)
    s = (float(low) + wp.min(u, 0.999999)) * 2.0 / float(size) - 1.0
    t = (float(j) + wp.min(v, 0.999999)) * 2.0 / float(size) - 1.0
    x = 0.5 * (s + t)
    y = 0.5 * (s - t)
    return wp.normalize(wp.vec3(x, y, wp.max(1.0 - wp.abs(x) - wp.abs(y), 1.0e-7)))


@wp.func
def in_sun(above: Above, d: wp.vec3) -> float:
    """Density (1/sr) of a direction among those of ``towards_sun``: 0 beside the disc."""
    out = float(0.0)  # noqa: UP018
    if above.sunlit == 1 and wp.dot(d, above.sun) > 0.0 and wp.length_sq(wp.cross(d, above.sun)) < _SINE * _SINE:
        out = _SUN_DENSITY
    return out


@wp.func
def towards_sun(above: Above, u1: float, u2: float) -> wp.vec3:
    """A direction in the sun's disc, all as likely, for two numbers of (0, 1)."""
    n = above.sun
    sign = wp.where(n[2] >= 0.0, 1.0, -1.0)
    a = -1.0 / (sign + n[2])
    b = n[0] * n[1] * a
    x = wp.vec3(1.0 + sign * n[0] * n[0] * a, sign * b, -sign * n[0])
    y = wp.vec3(b, sign + n[1] * n[1] * a, -n[1])
    phi = 2.0 * _PI * u1
    r = _SINE * wp.sqrt(u2)
    return wp.normalize(n + x * (r * wp.cos(phi)) + y * (r * wp.sin(phi)))
