# pyright: reportUnknownParameterType=false, reportCallIssue=false
"""Sub-pixel rays for anti-aliasing: stratified, keyed by pixel and sample, whatever is rendered around them."""

from __future__ import annotations

import math

import warp as wp

from simengine_renderers.raytrace.modules import SURFACES
from simengine_renderers.raytrace.noise import philox, uniform

__all__ = ["inside", "jitter", "slide", "strata", "within"]


def strata(samples: int) -> tuple[int, int]:
    """Columns and rows of the grid in a pixel that holds the samples (at least ``samples`` cells)."""
    columns = max(1, math.isqrt(samples))
    return columns, -(-samples // columns)


@wp.func
def within(
    table: wp.array(dtype=wp.vec3), i: int, width: int, height: int, sample: int, columns: int, rows: int,
    key0: wp.uint32, key1: wp.uint32, frame: wp.uint32,
) -> wp.vec3:  # fmt: skip
    """A value inside pixel ``i``: that of its centre plus the change along the row and the column."""
    y = i / width
    x = i - y * width
    w = philox(key0, key1, frame, wp.uint32(1), wp.uint32(i), wp.uint32(sample))
    u = (float(sample % columns) + uniform(w.a)) / float(columns) - 0.5
    v = (float(sample / columns) + uniform(w.b)) / float(rows) - 0.5
    left = wp.max(x - 1, 0)
    right = wp.min(x + 1, width - 1)
    above = wp.max(y - 1, 0)
    below = wp.min(y + 1, height - 1)
    dx = (table[i - x + right] - table[i - x + left]) / float(wp.max(right - left, 1))
    dy = (table[below * width + x] - table[above * width + x]) / float(wp.max(below - above, 1))
    return table[i] + dx * u + dy * v


@wp.func
def inside(
    rays: wp.array(dtype=wp.vec3), i: int, width: int, height: int, sample: int, columns: int, rows: int,
    key0: wp.uint32, key1: wp.uint32, frame: wp.uint32,
) -> wp.vec3:  # fmt: skip
    """A ray inside pixel ``i``."""
    return wp.normalize(within(rays, i, width, height, sample, columns, rows, key0, key1, frame))


@wp.kernel(module=SURFACES)
def jitter(
    first: int, stop: int, run: int, width: int, height: int, sample: int, columns: int, rows: int, key0: wp.uint32,
    key1: wp.uint32, frame: wp.uint32, rays: wp.array(dtype=wp.vec3), out: wp.array(dtype=wp.vec3),
):  # fmt: skip
    """One ray inside each pixel [first, stop)."""
    begin = first + wp.tid() * run
    for i in range(begin, wp.min(begin + run, stop)):
        out[i] = inside(rays, i, width, height, sample, columns, rows, key0, key1, frame)


@wp.kernel(module=SURFACES)
def slide(
    first: int, stop: int, run: int, width: int, height: int, sample: int, columns: int, rows: int, key0: wp.uint32,
    key1: wp.uint32, frame: wp.uint32, starts: wp.array(dtype=wp.vec3), out: wp.array(dtype=wp.vec3),
):  # fmt: skip
    """Where those rays start, of parallel projection."""
    begin = first + wp.tid() * run
    for i in range(begin, wp.min(begin + run, stop)):
        out[i] = within(starts, i, width, height, sample, columns, rows, key0, key1, frame)
