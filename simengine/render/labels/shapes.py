"""What labels need of the meshes: convex hulls, edges and bounding spheres, made once a mesh and once a scene."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from weakref import WeakKeyDictionary

import numpy as np
from scipy.spatial import ConvexHull, QhullError  # pyright: ignore[reportMissingTypeStubs]

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.geometry import transforms as tf
from simengine.world.scene import Mesh, Scene
from simengine.world.taxonomy import CLASSES

__all__ = ["MeshShape", "SceneShapes", "is_thing", "mesh_shape", "scene_shapes"]


class MeshShape:
    """A mesh as float64 points.

    Attributes:
        points_m: (V, 3), the vertices that a face uses.
        hull_m: (H, 3), the vertices of the convex hull: what a bounding box needs.
    """

    def __init__(self, mesh: Mesh) -> None:
        self._faces = mesh.faces  # not the mesh itself: it would be its own key's owner, and stay for ever
        used = np.unique(mesh.faces)
        self.points_m: F64Array = mesh.vertices_m[used].astype(np.float64)
        self.hull_m: F64Array = _hull(self.points_m)

    @cached_property
    def triangles(self) -> I64Array:
        """(F, 3), the faces as rows of ``points_m``."""
        return np.unique(self._faces, return_inverse=True)[1].reshape(-1, 3).astype(np.int64)

    @cached_property
    def edges(self) -> I64Array:
        """(E, 2), each edge of a face once, as rows of ``points_m``."""
        used, faces = np.unique(self._faces, return_inverse=True)
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
class Wireframe:
    """Vertices and edges of several meshes in one.

    Attributes:
        points_m: (V, 3), each in its own mesh's frame.
        mesh: (V,), which mesh.
        edges: (E, 2), rows of ``points_m``.
        triangles: (F, 3), rows of ``points_m``.
    """

    points_m: F64Array
    mesh: I64Array
    edges: I64Array
    triangles: I64Array

    @classmethod
    def of(cls, shapes: list[MeshShape]) -> Wireframe:
        """The wireframe of meshes in this order."""
        sizes = [len(s.points_m) for s in shapes]
        first = np.cumsum([0, *sizes[:-1]])
        edges = np.concatenate([s.edges + k for s, k in zip(shapes, first, strict=True)])
        triangles = np.concatenate([s.triangles + k for s, k in zip(shapes, first, strict=True)])
        points = np.concatenate([s.points_m for s in shapes])
        return cls(points, np.repeat(np.arange(len(shapes)), sizes), edges, triangles)


@dataclass(frozen=True, eq=False)
class SceneShapes:
    """Hull points of all things (classes that get boxes). Parts on one link are rigid to each other: one hull.

    Attributes:
        entities: (K,), instance ids of the things that have parts, ascending.
        members: for each entity the indices of its parts.
        parts: (Q,), index into ``Scene.parts`` of the part in whose mesh frame a hull is given, sorted by entity.
        part_row: (Q,), row in ``entities``.
        centre_m, radius_m: (Q, 3), (Q,), bounding spheres in that mesh frame.
        points_m: (3, V), coordinates of the hull points in that mesh frame, hull by hull.
        point_part: (V,), row in ``parts``.
        things: (T,), instance ids of all things, also of those without parts, ascending.
    """

    entities: I64Array
    members: tuple[I64Array, ...]
    parts: I64Array
    part_row: I64Array
    centre_m: F64Array
    radius_m: F64Array
    points_m: F64Array
    point_part: I64Array
    things: I64Array
    wireframes: dict[int, Wireframe] = field(default_factory=dict[int, "Wireframe"])

    def wireframe(self, scene: Scene, row: int) -> Wireframe:
        """All vertices and edges of one entity, made when first asked for."""
        if row not in self.wireframes:
            parts = [scene.parts[int(i)] for i in self.members[row]]
            self.wireframes[row] = Wireframe.of([mesh_shape(scene.meshes[part.mesh]) for part in parts])
        return self.wireframes[row]

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
    things = [i for i in range(len(scene.entities)) if is_thing(scene, i)]
    groups: dict[int, dict[int, list[int]]] = {i: {} for i in things}
    for i, part in enumerate(scene.parts):
        if part.entity in groups:
            groups[part.entity].setdefault(part.link, []).append(i)
    entities = [i for i in things if groups[i]]
    known: dict[tuple[object, ...], F64Array] = {}
    hulls, leaders, rows = list[F64Array](), list[int](), list[int]()
    for row, entity in enumerate(entities):
        for link in sorted(groups[entity]):
            members = groups[entity][link]
            hulls.append(_joint_hull(scene, members, known))
            leaders.append(members[0])
            rows.append(row)
    spheres = [_sphere(hull) for hull in hulls]
    return SceneShapes(
        entities=np.array(entities, np.int64),
        members=tuple(np.array(sorted(p for link in groups[i].values() for p in link), np.int64) for i in entities),
        parts=np.array(leaders, np.int64),
        part_row=np.array(rows, np.int64),
        centre_m=np.array([centre for centre, _ in spheres], np.float64).reshape(-1, 3),
        radius_m=np.array([radius for _, radius in spheres], np.float64),
        points_m=np.ascontiguousarray(np.concatenate(hulls).T) if hulls else np.zeros((3, 0)),
        point_part=np.repeat(np.arange(len(hulls)), [len(hull) for hull in hulls]),
        things=np.array(things, np.int64),
    )


def _joint_hull(scene: Scene, members: list[int], known: dict[tuple[object, ...], F64Array]) -> F64Array:
    """Hull points of parts on one link, in the mesh frame of the first; equal groups are worked out once."""
    parts = [scene.parts[i] for i in members]
    if len(parts) == 1:
        return mesh_shape(scene.meshes[parts[0].mesh]).hull_m
    first_from_frame = tf.inverse(parts[0].frame_from_mesh)
    frames = [tf.compose(first_from_frame, part.frame_from_mesh) for part in parts]
    key = (*(part.mesh for part in parts), *(frame.tobytes() for frame in frames))
    if key not in known:
        shapes = [mesh_shape(scene.meshes[part.mesh]) for part in parts]
        known[key] = _hull(np.concatenate([tf.apply(f, s.hull_m) for f, s in zip(frames, shapes, strict=True)]))
    return known[key]


def _sphere(points: F64Array) -> tuple[F64Array, float]:
    """Centre of the bounding box, and the distance of the farthest point from it."""
    if not len(points):
        return np.zeros(3), 0.0
    centre = (points.min(0) + points.max(0)) / 2.0
    gap = points - centre
    return centre, float(np.sqrt((gap * gap).sum(-1).max()))
