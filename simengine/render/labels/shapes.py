"""What labels need of the meshes: convex hulls, edges and bounding spheres, made once a mesh and once a scene."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from weakref import WeakKeyDictionary

import numpy as np
from scipy.spatial import ConvexHull, QhullError  # pyright: ignore[reportMissingTypeStubs]

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.world.scene import Mesh, Scene
from simengine.world.taxonomy import CLASSES

__all__ = ["MeshShape", "SceneShapes", "is_thing", "mesh_shape", "scene_shapes"]


class MeshShape:
    """A mesh as float64 points.

    Attributes:
        points_m: (V, 3), the vertices that a face uses.
        hull_m: (H, 3), the vertices of the convex hull: what a bounding box needs.
        centre_m: (3,), radius_m: bounding sphere.
    """

    def __init__(self, mesh: Mesh) -> None:
        self._mesh = mesh
        used = np.unique(mesh.faces)
        self.points_m: F64Array = mesh.vertices_m[used].astype(np.float64)
        self.hull_m: F64Array = _hull(self.points_m)
        low, high = (self.hull_m.min(0), self.hull_m.max(0)) if len(used) else (np.zeros(3), np.zeros(3))
        self.centre_m: F64Array = (low + high) / 2.0
        gap = self.hull_m - self.centre_m
        self.radius_m = float(np.sqrt((gap * gap).sum(-1).max())) if len(used) else 0.0

    @cached_property
    def edges(self) -> I64Array:
        """(E, 2), each edge of a face once, as rows of ``points_m``."""
        used, faces = np.unique(self._mesh.faces, return_inverse=True)
        f = faces.reshape(-1, 3).astype(np.int64)
        pairs = np.sort(np.concatenate([f[:, [0, 1]], f[:, [1, 2]], f[:, [2, 0]]]), axis=1)
        keys = np.unique(pairs[:, 0] * len(used) + pairs[:, 1])
        return np.stack([keys // len(used), keys % len(used)], -1)


def _hull(points: F64Array) -> F64Array:
    """Vertices of the convex hull; all points where they span no volume."""
    if len(points) < 5:
        return points
    try:
        corners: I64Array = np.sort(np.asarray(ConvexHull(points).vertices, np.int64))
    except (QhullError, ValueError):
        return points
    return points[corners]


@dataclass(frozen=True, eq=False)
class SceneShapes:
    """Hull points of all parts of all things (classes that get boxes), in the order of the entities.

    Attributes:
        entities: (K,), instance ids, ascending.
        parts: (Q,), indices into ``Scene.parts``, sorted by entity.
        part_row: (Q,), row in ``entities``.
        centre_m, radius_m: (Q, 3), (Q,), bounding spheres in the mesh frame.
        points_m: (3, V), coordinates of the hull points in the mesh frame, part by part.
        point_part: (V,), row in ``parts``.
    """

    entities: I64Array
    parts: I64Array
    part_row: I64Array
    centre_m: F64Array
    radius_m: F64Array
    points_m: F64Array
    point_part: I64Array

    def placed(self, frames: F64Array, parts: BoolArray) -> tuple[F64Array, I64Array]:
        """Hull points of the chosen parts in another frame.

        Args:
            frames: (Q, 4, 4), frame_from_mesh of all parts.
            parts: (Q,), which to place.

        Returns:
            Coordinates (3, n), and the entity row of each point (n,), ascending.
        """
        kept = np.flatnonzero(parts[self.point_part])
        part = self.point_part[kept]
        x, y, z = (axis[kept] for axis in self.points_m)
        rows = np.ascontiguousarray(np.moveaxis(frames[:, :3], 0, -1))
        out = [row[0][part] * x + row[1][part] * y + row[2][part] * z + row[3][part] for row in rows]
        return np.stack(out), self.part_row[part]


def is_thing(scene: Scene, entity: int) -> bool:
    """Whether an entity is countable by its class, so that it gets boxes and a track."""
    return CLASSES[scene.entities[entity].semantic].thing


_MESHES: WeakKeyDictionary[Mesh, MeshShape] = WeakKeyDictionary()
_SCENES: WeakKeyDictionary[Scene, SceneShapes] = WeakKeyDictionary()


def mesh_shape(mesh: Mesh) -> MeshShape:
    """The shape of a mesh, kept as long as the mesh itself."""
    shape = _MESHES.get(mesh)
    if shape is None:
        shape = _MESHES[mesh] = MeshShape(mesh)
    return shape


def scene_shapes(scene: Scene) -> SceneShapes:
    """The shapes of a scene's things, kept as long as the scene itself."""
    shapes = _SCENES.get(scene)
    if shapes is None:
        shapes = _SCENES[scene] = _collect(scene)
    return shapes


def _collect(scene: Scene) -> SceneShapes:
    owned = [(p.entity, i) for i, p in enumerate(scene.parts) if is_thing(scene, p.entity)]
    owned.sort()
    entities = sorted({entity for entity, _ in owned})
    row = {entity: k for k, entity in enumerate(entities)}
    meshes = [mesh_shape(scene.meshes[scene.parts[i].mesh]) for _, i in owned]
    return SceneShapes(
        entities=np.array(entities, np.int64),
        parts=np.array([i for _, i in owned], np.int64),
        part_row=np.array([row[entity] for entity, _ in owned], np.int64),
        centre_m=np.array([m.centre_m for m in meshes]).reshape(-1, 3),
        radius_m=np.array([m.radius_m for m in meshes]),
        points_m=np.ascontiguousarray(np.concatenate([m.hull_m for m in meshes]).T) if meshes else np.zeros((3, 0)),
        point_part=np.repeat(np.arange(len(meshes)), [len(m.hull_m) for m in meshes]),
    )
