"""Cells on surfaces: which piece of which thing a sample of the G-buffer shows, whatever the camera and the time.

A part's surface is cut into squares along the two axes of its own frame that its normal is furthest from, so no texture
coordinates are needed and nothing depends on the camera but the size of the squares. That size is a power of two,
chosen along each axis by how far apart neighbouring samples lie there: a road seen at a grazing angle gets long cells.
The sky's cells are squares of world directions on the faces of a cube.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simengine.arrays import Array, F32Array, F64Array
from simengine.sensors import projection
from simengine.sensors.specs import CameraSpec

__all__ = ["ACROSS", "Surface", "Viewer", "cells", "mixed"]

ACROSS = 0.7
"""A cell is at least this many samples wide and at most twice as many, where a pixel has few samples."""
_OFFSET = np.float64(0.6180339887498949)  # keeps cell borders off planes at whole numbers, where many surfaces lie
_GRAZING = np.float32(0.02)
_LEVELS = 64
_PER_M = np.ldexp(1.0, np.arange(_LEVELS, -_LEVELS, -1))  # cells a metre by level + _LEVELS


@dataclass(frozen=True, eq=False)
class Surface:
    """What the samples of one image show.

    Attributes:
        part: int32 (H, W), -1 for the sky.
        position: float32 (H, W, 3), in the mesh's own frame.
        normal: float32 (H, W, 3), in optical axes.
        depth: float32 (H, W).
        mesh_from_axes: float64 (P, 3, 3), optical axes to those of each part's mesh.
        world_from_axes: float64 (3, 3).
    """

    part: Array
    position: F32Array
    normal: F32Array
    depth: F32Array
    mesh_from_axes: F64Array
    world_from_axes: F64Array


class Viewer:
    """A camera's rays, kept for the next image.

    Attributes:
        focal_px: along x and y.
        rays: x, y and z of the rays, float32 (H * W,) each, z = 1.
    """

    def __init__(self, spec: CameraSpec) -> None:
        self.focal_px = (spec.fx_px, spec.fy_px)
        rays = projection.rays(spec).reshape(-1, 3)
        flat = (rays / np.maximum(rays[:, 2:], 1e-3)).astype(np.float32)
        self.rays = [np.ascontiguousarray(flat[:, k]) for k in range(3)]


def cells(viewer: Viewer, surface: Surface, across: float = ACROSS) -> Array:
    """A number for the cell of each sample, uint64 (H, W); equal numbers are the same cell."""
    part = surface.part.ravel()
    hit = part >= 0
    out = np.empty(part.size, np.uint64)
    seen, above = np.flatnonzero(hit), np.flatnonzero(~hit)
    if seen.size:
        out[seen] = _on_surfaces(viewer, surface, seen, np.float32(across))
    if above.size:
        out[above] = _in_the_sky(viewer, surface, above, np.float32(across))
    return out.reshape(surface.part.shape)


def _on_surfaces(viewer: Viewer, surface: Surface, at: Array, across: np.float32) -> Array:
    part = surface.part.ravel()[at]
    ray = [viewer.rays[k][at] for k in range(3)]
    normal = [np.ascontiguousarray(surface.normal[..., k]).ravel()[at] for k in range(3)]
    z = surface.depth.ravel()[at]
    turn = surface.mesh_from_axes.astype(np.float32)
    facing_ray = normal[0] * ray[0] + normal[1] * ray[1] + normal[2] * ray[2]
    floor = _GRAZING * np.sqrt(ray[0] * ray[0] + ray[1] * ray[1] + ray[2] * ray[2])
    sine = np.where(np.abs(facing_ray) < floor, np.where(facing_ray > 0, floor, -floor), facing_ray)
    slopes = [(normal[k] / sine, z * np.float32(1.0 / f)) for k, f in enumerate(viewer.focal_px)]
    apart, own_normal = list[F32Array](), list[F32Array]()
    for i in range(3):
        row = [np.ascontiguousarray(turn[:, i, k]).take(part) for k in range(3)]
        own_ray = row[0] * ray[0] + row[1] * ray[1] + row[2] * ray[2]
        own_normal.append(row[0] * normal[0] + row[1] * normal[1] + row[2] * normal[2])
        # moving one sample to the right (or down) on the plane of the surface: d(z r) with n.(z r) constant
        right, down = ((row[k] - own_ray * slope) * scale for k, (slope, scale) in enumerate(slopes))
        apart.append(np.sqrt(right * right + down * down))
    axis = _longest(own_normal)
    facing = np.choose(axis, own_normal) > 0
    key = mixed(part.astype(np.uint64) * np.uint64(6) + axis.astype(np.uint64) * np.uint64(2) + facing)
    position = [np.ascontiguousarray(surface.position[..., k]).ravel()[at] for k in range(3)]
    for k in (1, 2):
        other = (axis + k) % 3
        key = _square(key, np.choose(other, position), np.choose(other, apart) * across)
    return key


def _in_the_sky(viewer: Viewer, surface: Surface, at: Array, across: np.float32) -> Array:
    ray = [viewer.rays[k][at].astype(np.float64) for k in range(3)]
    way = [sum((ray[k] * surface.world_from_axes[i, k] for k in range(3)), np.float64(0.0)) for i in range(3)]
    axis = _longest(way)
    long = np.choose(axis, way)
    key = mixed(axis.astype(np.uint64) * np.uint64(2) + (long > 0) + np.uint64(1 << 40))
    apart = np.full(at.size, 1.0 / min(viewer.focal_px), np.float32)
    for k in (1, 2):
        key = _square(key, np.choose((axis + k) % 3, way) / np.abs(long), apart * across)
    return key


def _square(key: Array, place: Array, least: F32Array) -> Array:
    """The key with the number of the cell along one axis, and its size: 2^level, at least ``least``."""
    level = np.frexp(np.maximum(least, np.float32(1e-7)))[1]
    number = np.floor(place * _PER_M.take(level + _LEVELS) + _OFFSET).astype(np.int64)
    return mixed(mixed(key + level.astype(np.uint64)) + number.astype(np.uint64))


def _longest(v: list[Array]) -> Array:
    """Which of three components is the longest; of equal ones the first."""
    x, y, z = (np.abs(c) for c in v)
    return np.where((x >= y) & (x >= z), 0, np.where(y >= z, 1, 2))


def mixed(x: Array) -> Array:
    """The finaliser of SplitMix64 (Steele, Lea, Flood, 2014): a bijection of 64-bit words without visible pattern."""
    with np.errstate(over="ignore"):
        x = x + np.uint64(0x9E3779B97F4A7C15)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))
