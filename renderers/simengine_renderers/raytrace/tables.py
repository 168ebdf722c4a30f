# pyright: reportCallIssue=false
"""The scene as flat device arrays that shading kernels index by part and face.

Geometry itself lives with the tracer; here is what a hit (part, face, barycentrics) means: normals, material, ids.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import warp as wp

from simengine.arrays import Array, F32Array, I32Array
from simengine.world.scene import Mesh, Scene
from simengine_renderers.raytrace.patterns import octaves, stretch, tiling

__all__ = ["FaceRow", "MaterialRow", "PartRow", "SceneTables", "face_normals", "upload"]


@wp.struct
class MaterialRow:
    """A material as kernels see it; fields as in ``simengine.world.materials.Material``, noise as in ``patterns``."""

    albedo: wp.vec3
    emission: wp.vec3
    roughness: float
    specular: float
    metalness: float
    nir: float
    retro: float
    pattern: int
    cutout: int
    pane: int
    tint: wp.vec3
    through: wp.vec3
    thin: int
    scale_m: float
    grain: wp.vec4
    gains: wp.vec4
    stretch: wp.vec2
    cells: wp.vec4
    laid: wp.vec4
    stagger: float


@wp.struct
class FaceRow:
    """A face: unit normal in the mesh frame, and its material; one read of 16 bytes."""

    normal: wp.vec3
    material: int


@wp.struct
class PartRow:
    """Where a part's faces start in the face arrays (``corners`` -1: flat shading), what it is, and whether snow lies
    on it (1)."""

    faces: int
    corners: int
    entity: int
    semantic: int
    snowy: int


@dataclass(frozen=True, eq=False)
class SceneTables:
    """Device arrays of one scene.

    Attributes:
        parts: (P,) ``PartRow``.
        materials: (M,) ``MaterialRow``.
        faces: (F,) ``FaceRow``.
        corners: (3 C,) vec3, vertex normals of the faces of smooth meshes.
    """

    parts: Any
    materials: Any
    faces: Any
    corners: Any


def face_normals(mesh: Mesh) -> F32Array:
    """Unit normals (F, 3) of a mesh's faces by the right-hand rule; +z for faces without area."""
    corners = mesh.vertices_m.astype(np.float64)[mesh.faces]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    length = np.sqrt((normal * normal).sum(-1, keepdims=True))
    unit = np.where(length > 0, normal / np.where(length > 0, length, 1.0), (0.0, 0.0, 1.0))
    return unit.astype(np.float32)


def upload(scene: Scene, device: str) -> SceneTables:
    """Copy a scene's tables to a device (``"cpu"`` or ``"cuda:0"``)."""
    normals, corners, bases = _faces(scene)
    table = np.zeros(len(normals), FaceRow.numpy_dtype())
    table["normal"], table["material"] = normals, _materials(scene)
    materials = np.zeros(max(1, len(scene.materials)), MaterialRow.numpy_dtype())
    for row, m in zip(materials, scene.materials, strict=False):
        row["albedo"], row["emission"] = m.albedo, m.emission
        row["roughness"], row["specular"], row["metalness"] = m.roughness, m.specular, m.metalness
        row["grain"], row["gains"] = octaves(m)
        row["nir"], row["retro"], row["pattern"], row["scale_m"] = m.nir, m.retro, int(m.pattern), m.pattern_scale_m
        row["cutout"], row["pane"] = int(m.cutout), int(m.pane is not None)
        row["tint"] = (0.0, 0.0, 0.0) if m.pane is None else m.pane.tint
        row["through"], row["thin"] = m.translucency, int(any(m.translucency))
        laid = tiling(m)
        row["stretch"], row["cells"], row["laid"], row["stagger"] = stretch(m), laid.cells, laid.laid, laid.stagger
    parts = np.zeros(max(1, len(scene.parts)), PartRow.numpy_dtype())
    parts["snowy"][: len(scene.parts)] = scene.keeps_snow
    for row, p in zip(parts, scene.parts, strict=False):
        row["faces"], row["corners"] = bases[p.mesh]
        row["entity"], row["semantic"] = p.entity, p.semantic
    return SceneTables(
        wp.array(parts, dtype=PartRow, device=device),
        wp.array(materials, dtype=MaterialRow, device=device),
        wp.array(table, dtype=FaceRow, device=device),
        wp.array(corners, dtype=wp.vec3, device=device),
    )


def _faces(scene: Scene) -> tuple[F32Array, F32Array, list[tuple[int, int]]]:
    """Face normals, corner normals, and where each mesh starts in both."""
    normals: list[Array] = [np.zeros((0, 3), np.float32)]
    corners: list[Array] = [np.zeros((0, 3), np.float32)]
    bases: list[tuple[int, int]] = []
    face = corner = 0
    for mesh in scene.meshes:
        smooth = mesh.vertex_normals is not None
        bases.append((face, corner if smooth else -1))
        normals.append(face_normals(mesh))
        face += len(mesh.faces)
        if mesh.vertex_normals is not None:
            corners.append(mesh.vertex_normals[mesh.faces].reshape(-1, 3))
            corner += 3 * len(mesh.faces)
    normals.append(np.zeros((1, 3), np.float32))  # never empty
    corners.append(np.zeros((1, 3), np.float32))
    return np.concatenate(normals).astype(np.float32), np.concatenate(corners).astype(np.float32), bases


def _materials(scene: Scene) -> I32Array:
    spare = np.zeros(1, np.int32)
    return np.concatenate([*(m.face_material for m in scene.meshes), spare]).astype(np.int32)
