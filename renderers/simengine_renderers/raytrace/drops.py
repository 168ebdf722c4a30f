# pyright: reportUnknownParameterType=false
"""Looking through the drops on the lens (kernel)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import warp as wp

from simengine_renderers.raytrace.film import Film
from simengine_renderers.raytrace.lens import Lens, blurred
from simengine_renderers.raytrace.modules import LIGHT
from simengine_renderers.raytrace.slices import launch

__all__ = ["look_through"]


@wp.kernel(module=LIGHT)
def look(
    first: int, stop: int, run: int, pixel: wp.array(dtype=int), drop: wp.array(dtype=wp.vec4),
    small: wp.array2d(dtype=wp.vec3), scale_x: float, scale_y: float, hdr: wp.array(dtype=wp.vec3),
):  # fmt: skip
    """Pixels under drops: ``drop`` says where each looks (column, row), its shade and its cover."""
    begin = first + wp.tid() * run
    for k in range(begin, wp.min(begin + run, stop)):
        d = drop[k]
        u = wp.clamp((d[0] + 0.5) * scale_x - 0.5, 0.0, float(small.shape[1] - 1))
        v = wp.clamp((d[1] + 0.5) * scale_y - 0.5, 0.0, float(small.shape[0] - 1))
        x = int(u)
        y = int(v)
        x1 = wp.min(x + 1, small.shape[1] - 1)
        y1 = wp.min(y + 1, small.shape[0] - 1)
        a = u - float(x)
        b = v - float(y)
        low = small[y, x] * (1.0 - a) + small[y, x1] * a
        high = small[y1, x] * (1.0 - a) + small[y1, x1] * a
        inside = (low * (1.0 - b) + high * b) * d[2]
        below = hdr[pixel[k]]
        hdr[pixel[k]] = below + (inside - below) * d[3]


def look_through(lens: Lens, film: Film) -> None:
    """Replace ``film.hdr`` by what is seen through the drops."""
    if not len(lens.covered):
        return
    spec, device = film.spec, film.device
    small = blurred(film.hdr.numpy().reshape(spec.height_px, spec.width_px, 3))
    scale_x, scale_y = small.shape[1] / spec.width_px, small.shape[0] / spec.height_px
    pixel, drop = _uploaded(lens, device)
    inputs = [pixel, drop, wp.array(small, dtype=wp.vec3, device=device), scale_x, scale_y, film.hdr]
    launch(look, 0, len(lens.covered), inputs, device)


@lru_cache(maxsize=8)
def _uploaded(lens: Lens, device: str) -> tuple[Any, Any]:
    share = lens.cover.reshape(-1)[lens.covered]
    drop = np.stack([lens.column, lens.row, lens.shade, share], -1).astype(np.float32)
    pixel = wp.array(lens.covered.astype(np.int32), dtype=int, device=device)
    return pixel, wp.array(drop, dtype=wp.vec4, device=device)
