"""Which things share each pixel, and how: what is thinner than a pixel has its part of it.

Sixteen rays a pixel in a rank-1 lattice: on both axes each sixteenth of the pixel has exactly one, so that the share of
an upright or level edge is right to 1 / 32. Rays are those of the camera with its principal point moved: any renderer
and any lens will do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

import numpy as np

from simengine.arrays import Array, F32Array, I64Array
from simengine.sensors.specs import CameraSpec

__all__ = ["SAMPLES", "matte", "mixed"]

SAMPLES = 16
_GENERATOR = 5
"""Of the lattice: no two of its points are nearer than 0.19 pixels."""


def matte(spec: CameraSpec, instances: Callable[[CameraSpec], Array]) -> F32Array:
    """The two things that have most of each pixel, (H, W, 4): instance, share, instance, share.

    Args:
        spec: the camera.
        instances: ids at the centre rays (H, W) of a camera.
    """
    return mixed(np.stack([instances(moved) for moved in _moved(spec)]))


def mixed(ids: Array) -> F32Array:
    """Shares of the two most frequent ids of samples (S, ...), (..., 4); of equal ones the smaller id comes first.

    Where there is but one, the second one is -1 with a share of 0.
    """
    count = len(ids)
    out = np.zeros((*ids.shape[1:], 4), np.float32)
    out[..., 0], out[..., 1], out[..., 2] = ids[0], 1.0, -1.0
    edge = np.nonzero((ids != ids[0]).any(0))
    if not edge[0].size:
        return out
    own = np.sort(ids[(slice(None), *edge)], axis=0)
    often = np.stack([(own == one).sum(0) for one in own])
    columns: I64Array = np.arange(own.shape[1], dtype=np.int64)
    first = often.argmax(0)
    rest = np.where(own == own[first, columns], 0, often)
    second = rest.argmax(0)
    pairs = [own[first, columns], often[first, columns] / count, own[second, columns], rest[second, columns] / count]
    out[edge] = np.stack(pairs, -1)
    return out


@lru_cache(maxsize=8)
def _moved(spec: CameraSpec) -> tuple[CameraSpec, ...]:
    """The camera once for each sample of a pixel."""
    places = [((k + 0.5) / SAMPLES - 0.5, (k * _GENERATOR % SAMPLES + 0.5) / SAMPLES - 0.5) for k in range(SAMPLES)]
    return tuple(replace(spec, cx_px=spec.cx_px - x, cy_px=spec.cy_px - y) for x, y in places)
