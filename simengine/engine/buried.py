"""Whether a camera stands where there is nothing to see: inside of a building that is solid, or below the ground.

Meshes are asked, not boxes: a camera in a yard, under an eave or in a doorway is outside. What the mesh of a building
goes round is its inside, by the winding number generalised to meshes with holes (Jacobson, Kavan and Sorkine 2013): 1
inside, 0 outside, and in between where faces are missing (houses have no floor).
"""

from __future__ import annotations

import math

import numpy as np

from simengine.arrays import Array, BoolArray, F64Array, I64Array
from simengine.geometry import transforms as tf
from simengine.world.enclosure import taken
from simengine.world.scene import Scene
from simengine.world.taxonomy import CLASS_ID

__all__ = ["buried"]

_INSIDE = 0.6  # of a whole turn; a point in front of a wall has less than a half
_GROUND = tuple(CLASS_ID[name] for name in ("road", "terrain", "pavement", "kerb"))
_BUILDING = CLASS_ID["building"]


def buried(scene: Scene, place_m: F64Array) -> str | None:
    """What a place (3,) lies in ("inside of 'house[3]'", "below the ground"); None: in the open, or in a room.

    Things that move do not count, nor do places in halls and tunnels.
    """
    if scene.environment.interior is not None or float(taken(scene.enclosures, place_m)) > 0.0:
        return None
    above, below = False, False
    turns: dict[int, float] = {}
    for part in scene.parts:
        if part.link >= 0 or part.semantic not in (*_GROUND, _BUILDING):
            continue
        points = scene.meshes[part.mesh].vertices_m
        if not len(points) or not _near(points, part.frame_from_mesh, place_m):
            continue
        corners = tf.apply(part.frame_from_mesh, points.astype(np.float64)) - place_m
        low, high = corners.min(0), corners.max(0)
        if (low[:2] > 0.0).any() or (high[:2] < 0.0).any():
            continue
        faces: I64Array = scene.meshes[part.mesh].faces.astype(np.int64)
        if part.semantic in _GROUND:
            heights = _heights(corners[faces])
            above, below = above or bool((heights > 0.0).any()), below or bool((heights <= 0.0).any())
        else:
            turns[part.entity] = turns.get(part.entity, 0.0) + _turns(corners[faces])
    if above and not below:
        return "below the ground"
    inside = [entity for entity, share in turns.items() if abs(share) > _INSIDE]
    return f"inside of '{scene.entities[inside[0]].name}'" if inside else None


def _near(points_m: Array, world_from_mesh: F64Array, place_m: F64Array) -> bool:
    """Whether points (V, 3) of a mesh may stand above, below or around a place: by a ball around them."""
    low, high = points_m.min(0).astype(np.float64), points_m.max(0).astype(np.float64)
    off = (tf.apply(world_from_mesh, 0.5 * (low + high)) - place_m)[:2]
    return float((off * off).sum()) <= 0.25 * float(((high - low) ** 2).sum())


def _heights(triangles: F64Array) -> F64Array:
    """Heights at which the upright line through the origin meets triangles (F, 3, 3); of those that it meets."""
    a, b, c = triangles[:, 0], triangles[:, 1], triangles[:, 2]
    area = _cross(b - a, c - a)
    shares = np.stack([_cross(b, c), _cross(c, a), _cross(a, b)], -1)
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = shares / area[:, None]
    met: BoolArray = (np.abs(area) > 1e-12) & (shares >= 0.0).all(-1)
    return (shares[met] * triangles[met][..., 2]).sum(-1)


def _cross(p: F64Array, q: F64Array) -> F64Array:
    return p[:, 0] * q[:, 1] - p[:, 1] * q[:, 0]


def _turns(triangles: F64Array) -> float:
    """The winding number of triangles (F, 3, 3) round the origin, from their solid angles (van Oosterom, Strackee)."""
    a, b, c = triangles[:, 0], triangles[:, 1], triangles[:, 2]
    x, y, z = (np.sqrt((v * v).sum(-1)) for v in (a, b, c))
    volume = (a * np.cross(b, c)).sum(-1)
    rest = x * y * z + (a * b).sum(-1) * z + (b * c).sum(-1) * x + (c * a).sum(-1) * y
    return float(2.0 * np.arctan2(volume, rest).sum()) / (4.0 * math.pi)
