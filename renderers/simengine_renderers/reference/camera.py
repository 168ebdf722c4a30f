"""Camera channels from nearest hits."""

from __future__ import annotations

import numpy as np

from simengine.arrays import Array, BoolArray, F64Array, I64Array
from simengine.geometry import transforms as tf
from simengine.sensors import projection
from simengine.sensors.specs import CameraSpec
from simengine.world.scene import Scene
from simengine_renderers.reference.tracing import Hits, Triangles, occluded

__all__ = ["flow", "ids", "normals", "shade"]

_AMBIENT = 0.25
_SUN = 0.75
_SKY = (0.55, 0.68, 0.85)
_LIFT_M = 1e-4  # shadow rays start this far above the surface


def ids(scene: Scene, hits: Hits) -> dict[str, Array]:
    """Channels part, instance, semantic and material of N hits, int32 (N,)."""
    hit = hits.part >= 0
    part_entity = np.array([p.entity for p in scene.parts] or [-1])
    part_class = np.array([p.semantic for p in scene.parts] or [0])
    material = np.full(len(hit), -1)
    for i in np.unique(hits.part[hit]):
        rows = hits.part == i
        material[rows] = scene.meshes[scene.parts[i].mesh].face_material[hits.face[rows]]
    table = {
        "part": hits.part,
        "instance": np.where(hit, part_entity[hits.part], -1),
        "semantic": np.where(hit, part_class[hits.part], 0),
        "material": material,
    }
    return {name: values.astype(np.int32) for name, values in table.items()}


def normals(triangles: list[Triangles], hits: Hits, world_from_mesh: F64Array, directions: F64Array) -> F64Array:
    """World normals (N, 3) on the side that the ray came from; 0 where nothing was hit.

    Smooth meshes: the interpolated vertex normal, turned to the side of the flat normal that the ray came from.
    ``world_from_mesh`` is (P, 4, 4) or (P, N, 4, 4).
    """
    out = np.zeros((len(hits.part), 3))
    for i in np.unique(hits.part[hits.part >= 0]):
        rows = np.flatnonzero(hits.part == i)
        shape, pose = triangles[i], world_from_mesh[i]
        pose = pose[rows] if pose.ndim == 3 else pose
        flat = tf.rotate(pose, shape.normal[hits.face[rows]])
        smooth = flat
        if shape.mesh.vertex_normals is not None:
            corners = shape.mesh.vertex_normals.astype(np.float64)[shape.mesh.faces[hits.face[rows]]]
            u, v = hits.uv[rows, 0:1], hits.uv[rows, 1:2]
            smooth = tf.rotate(pose, corners[:, 0] * (1.0 - u - v) + corners[:, 1] * u + corners[:, 2] * v)
        inside = (flat * directions[rows]).sum(-1, keepdims=True) > 0
        agree = (flat * smooth).sum(-1, keepdims=True) >= 0
        smooth = np.where(inside == agree, -smooth, smooth)
        out[rows] = smooth / np.sqrt((smooth * smooth).sum(-1, keepdims=True))
    return out


def flow(
    spec: CameraSpec,
    hits: Hits,
    next_from_mesh: F64Array,
    next_exists: BoolArray,
    camera_next: F64Array,
    directions: F64Array,
) -> F64Array:
    """Pixels from this frame to the next, (N, 2), where the surface point then is; NaN where it has no pixel.

    Args:
        spec: the camera.
        hits: of the N = H * W centre rays, row by row.
        next_from_mesh: (P, 4, 4), world_from_mesh of the next frame.
        next_exists: (P,), the part exists in the next frame.
        camera_next: world_from_camera of the next frame.
        directions: (N, 3), world; the sky is infinitely far, so it moves with the rotation alone.
    """
    hit = hits.part >= 0
    there = tf.rotate(tf.inverse(camera_next), directions)
    points = tf.apply(next_from_mesh[hits.part[hit]], hits.local_m[hit])
    there[hit] = tf.apply(tf.inverse(camera_next), points)
    px, valid = projection.project(spec, there)
    if spec.parallel:  # what is infinitely far has no place
        valid &= hit
    valid &= projection.covered(spec).reshape(-1)
    valid[hit] &= next_exists[hits.part[hit]]
    moved = px - projection.pixel_centres(spec).reshape(-1, 2)
    if spec.lens == "equirectangular":  # the shorter way round
        whole = 2.0 * np.pi * spec.fx_px
        moved[:, 0] -= whole * np.floor(moved[:, 0] / whole + 0.5)
    return np.where(valid[:, None], moved, np.nan)


def shade(
    scene: Scene,
    triangles: list[Triangles],
    casters: I64Array,
    world_from_mesh: F64Array,
    points_m: F64Array,
    normal: F64Array,
    albedo: F64Array,
) -> Array:
    """uint8 sRGB (N, 3): constant ambient plus Lambert sun with a hard shadow; rows of normal 0 are sky."""
    sun = scene.environment.sun_direction()
    cosine = np.maximum((normal * sun).sum(-1), 0.0) if sun[2] > 0 else np.zeros(len(normal))
    lit = np.flatnonzero(cosine > 0)
    starts = points_m[lit] + normal[lit] * _LIFT_M
    blocked = occluded(triangles, casters, world_from_mesh, starts, np.broadcast_to(sun, starts.shape))
    cosine[lit[blocked]] = 0.0
    linear = albedo * (_AMBIENT + _SUN * cosine)[:, None]
    linear[(normal == 0).all(-1)] = _SKY
    low, high = linear * 12.92, 1.055 * np.clip(linear, 0.0, 1.0) ** (1 / 2.4) - 0.055
    return np.round(np.clip(np.where(linear <= 0.0031308, low, high), 0.0, 1.0) * 255.0).astype(np.uint8)
