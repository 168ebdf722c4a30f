"""Amodal boxes through lenses that see more than a plane holds: edges are followed as arcs of great circles.

A lens takes directions to places, one to one inside its image circle. So the outline of what a mesh covers is made of
its edges, of the rim of the image circle where the mesh covers that, and, through an equirectangular lens, of the seam
behind the camera and the poles.
"""

from __future__ import annotations

import math

import numpy as np

from simengine.arrays import BoolArray, F64Array
from simengine.geometry import transforms as tf
from simengine.render.labels.shapes import Wireframe
from simengine.sensors import projection
from simengine.sensors.lenses import CentralLens, Panorama
from simengine.sensors.specs import CameraSpec

__all__ = ["arc_box", "slerp"]

_PIECE_PX = 4.0
_PIECES = 512
_RIM = 720


def arc_box(spec: CameraSpec, lens: CentralLens, wire: Wireframe, frames: F64Array) -> F64Array:
    """Bounds in pixels (4,) of all that a lens images of a mesh; NaN if that is nothing.

    Args:
        spec, lens: the camera and its lens.
        wire: the mesh.
        frames: (n, 4, 4), camera_from_mesh of its parts.
    """
    points = tf.apply(frames[wire.mesh], wire.points_m)
    length = np.sqrt((points * points).sum(-1, keepdims=True))
    way = points / np.maximum(length, 1e-12)
    px, inside = projection.project(spec, way)
    found = [px[inside]]
    a, b = way[wire.edges[:, 0]], way[wire.edges[:, 1]]
    kept, pieces = _to_follow(spec, lens, a, b, px[wire.edges[:, 0]], px[wire.edges[:, 1]], found)
    if kept.any():
        found += _along(spec, lens, a[kept], b[kept], pieces[kept])
    if not inside.all() or isinstance(lens, Panorama) or lens.end_rad > math.pi - 1e-6:
        found.append(_covered_ends(spec, lens, points[wire.triangles]))
    places = np.concatenate(found)
    if not len(places):
        return np.full(4, np.nan)
    return np.concatenate([places.min(0), places.max(0)])


def slerp(a: F64Array, b: F64Array, share: F64Array) -> F64Array:
    """Directions on the arcs from a to b (..., 3), at shares (...) of their angles."""
    across, angle = _arc(a, b)
    turn = (share * angle)[..., None]
    return a * np.cos(turn) + across * np.sin(turn)


def _arc(a: F64Array, b: F64Array) -> tuple[F64Array, F64Array]:
    """For arcs from a to b: the direction a quarter turn on from a, and their angle."""
    cosine = (a * b).sum(-1, keepdims=True)
    rest = b - a * cosine
    sine = np.sqrt((rest * rest).sum(-1, keepdims=True))
    return rest / np.maximum(sine, 1e-300), np.arctan2(sine, cosine)[..., 0]


def _to_follow(
    spec: CameraSpec, lens: CentralLens, a: F64Array, b: F64Array, start_px: F64Array, stop_px: F64Array,
    found: list[F64Array],
) -> tuple[BoolArray, F64Array]:  # fmt: skip
    """Which edges may reach beyond the places found so far, and in how many pieces to follow each."""
    middle_px, seen = projection.project(spec, slerp(a, b, np.full(len(a), 0.5)))
    found.append(middle_px[seen])
    first, second = middle_px - start_px, stop_px - middle_px
    path = np.sqrt((first * first).sum(-1)) + np.sqrt((second * second).sum(-1))
    wild = ~np.isfinite(path)
    if isinstance(lens, Panorama):
        wild |= np.maximum(np.abs(first[:, 0]), np.abs(second[:, 0])) > 0.5 * math.pi * spec.fx_px
        wild |= (np.abs(a[:, 1]) > 0.9) | (np.abs(b[:, 1]) > 0.9)  # near a pole
    places = np.concatenate(found)
    if not len(places):
        beyond = np.zeros(len(a), np.bool_)
    else:
        low, high, margin = places.min(0), places.max(0), path[:, None]
        with np.errstate(invalid="ignore"):
            ends = np.stack([start_px, middle_px, stop_px])
            beyond = ((ends.min(0) - margin < low) | (ends.max(0) + margin > high)).any(-1)
    scale = np.where(wild, _arc(a, b)[1] * max(spec.fx_px, spec.fy_px), np.nan_to_num(path))
    return wild | beyond, np.clip(np.ceil(scale / _PIECE_PX), 2.0, _PIECES)


def _along(spec: CameraSpec, lens: CentralLens, a: F64Array, b: F64Array, pieces: F64Array) -> list[F64Array]:
    """Places along edges, and where they cross the rim or the seam."""
    inner = pieces.astype(np.int64) - 1
    edge = np.repeat(np.arange(len(inner)), inner)
    share = (np.arange(len(edge)) - np.repeat(np.cumsum(inner) - inner, inner) + 1) / pieces[edge]
    px, seen = projection.project(spec, slerp(a[edge], b[edge], share))
    out = [px[seen]]
    across, angle = _arc(a, b)
    if isinstance(lens, Panorama):
        turn = np.mod(np.arctan2(-a[:, 0], across[:, 0]), math.pi)
        at = a * np.cos(turn)[:, None] + across * np.sin(turn)[:, None]
        behind = at[(turn < angle) & (at[:, 2] < 0)]
        v = np.arctan2(behind[:, 1], np.abs(behind[:, 2])) * spec.fy_px + spec.cy_px
        out += [np.stack([np.full(len(v), spec.cx_px + s * math.pi * spec.fx_px), v], -1) for s in (-1.0, 1.0)]
    elif lens.end_rad < math.pi - 1e-6:
        swing, high = np.hypot(a[:, 2], across[:, 2]), np.arctan2(across[:, 2], a[:, 2])
        apart = np.arccos(np.clip(math.cos(lens.end_rad) / np.maximum(swing, 1e-12), -1.0, 1.0))
        for turn in (high - apart, high + apart):
            turn = np.mod(turn, math.tau)
            on = (turn < angle) & (np.abs(math.cos(lens.end_rad)) < swing)
            at = a[on] * np.cos(turn[on])[:, None] + across[on] * np.sin(turn[on])[:, None]
            out.append(_pixels(spec, lens, at))
    return out


def _covered_ends(spec: CameraSpec, lens: CentralLens, triangles: F64Array) -> F64Array:
    """Places on the rim, or at the poles, that triangles (F, 3, 3) cover."""
    round_ = np.arange(_RIM) * (math.tau / _RIM)
    circle = np.stack([np.cos(round_), np.sin(round_)], -1)
    if isinstance(lens, Panorama):
        wide, high = math.pi * spec.fx_px, 0.5 * math.pi * spec.fy_px
        out = [
            np.array([[spec.cx_px - wide, v], [spec.cx_px + wide, v]])
            for y, v in ((-1.0, spec.cy_px - high), (1.0, spec.cy_px + high))
            if _hit(triangles, np.array([[0.0, y, 0.0]]))[0]
        ]
        return np.concatenate(out) if out else np.zeros((0, 2))
    focal = np.array([spec.fx_px, spec.fy_px])
    if lens.end_rad > math.pi - 1e-6:
        behind = _hit(triangles, np.array([[0.0, 0.0, -1.0]]))[0]
        reach = min(float(lens.radius(np.array([math.pi]))[0]), 1e6)
        return circle * reach * focal + [spec.cx_px, spec.cy_px] if behind else np.zeros((0, 2))
    sine, cosine = math.sin(lens.end_rad), math.cos(lens.end_rad)
    rim = np.concatenate([circle * sine, np.full((_RIM, 1), cosine)], -1)
    return _pixels(spec, lens, rim[_hit(triangles, rim)])


def _pixels(spec: CameraSpec, lens: CentralLens, way: F64Array) -> F64Array:
    x, y, _ = lens.place(way)
    return np.stack([spec.fx_px * x + spec.cx_px, spec.fy_px * y + spec.cy_px], -1)


def _hit(triangles: F64Array, way: F64Array) -> BoolArray:
    """Which of some directions (N, 3) meet any triangle (F, 3, 3)."""
    p, q, r = triangles[:, 0], triangles[:, 1], triangles[:, 2]
    sides = [np.cross(q, r), np.cross(r, p), np.cross(p, q)]
    sign = np.sign((p * sides[0]).sum(-1))
    inside = np.ones((len(way), len(triangles)), np.bool_)
    for side in sides:
        n = side * sign[:, None]
        inside &= way[:, None, 0] * n[:, 0] + way[:, None, 1] * n[:, 1] + way[:, None, 2] * n[:, 2] >= 0.0
    return (inside & (sign != 0)).any(-1)
