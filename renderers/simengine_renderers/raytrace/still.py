"""What never moves, as one mesh: a ray then descends one tree instead of one for every house, tree and kerb."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np

from simengine.arrays import Array, F64Array, I64Array
from simengine.geometry import transforms as tf
from simengine.world.cutouts import cut_rows, lets_through
from simengine.world.materials import Cutout, Material
from simengine.world.scene import Mesh, Scene
from simengine_renderers.raytrace.cutouts import ROW
from simengine_renderers.raytrace.embree import NO_FACE, MeshTree

__all__ = ["Forest", "Still"]

_ZERO = np.zeros(3, np.float32)

_MOST_FACES = 3_000_000
"""More than this is left to instances, which share their meshes: about 300 MB of tree."""
_MOST_FACES_APART = 500_000
"""The same for the sensors of one resting carrier, of which there may be many."""
_FARTHEST_M = 512.0
"""Vertices farther from the middle would lose more than 3e-5 m in float32."""


class Still:
    """Parts that never move as one tree in world axes.

    Attributes:
        parts: indices into the scene's parts, rising.
        origin_m: (3,), added to the tree's coordinates gives the world.
        tree: their faces, part after part: first those without holes.
        solid: how many have none.
        owner: (F,) part of each face.
        own_face: (F,) its number in the part's mesh.
    """

    def __init__(self, scene: Scene, parts: I64Array) -> None:
        self.parts, self.origin_m = parts, _middle(scene, parts)
        vertices: list[Array] = []
        faces: list[Array] = []
        cut: list[Array] = [np.zeros((0, ROW), np.float32)]
        open_: list[Array] = []
        offset = 0
        rows = {i: cut_rows(m, scene.materials) for i, m in enumerate(scene.meshes) if lets_through(m, scene.materials)}
        for i in parts:
            part = scene.parts[i]
            mesh = scene.meshes[part.mesh]
            vertices.append((tf.apply(part.frame_from_mesh, mesh.vertices_m) - self.origin_m).astype(np.float32))
            faces.append(mesh.faces + np.int32(offset))
            kind = rows[part.mesh][:, 6] if part.mesh in rows else np.zeros(len(mesh.faces))
            open_.append(kind != int(Cutout.SOLID))
            if part.mesh in rows:
                cut.append(rows[part.mesh][open_[-1]])
            offset += len(mesh.vertices_m)
        counts = [len(f) for f in faces]
        own_face = np.concatenate([np.arange(n, dtype=np.int32) for n in counts])
        holes = np.concatenate(cut)
        order = np.argsort(np.concatenate(open_), kind="stable")  # as ``holes``: in the order of parts
        self.solid = len(order) - len(holes)
        self.owner, self.own_face = np.repeat(parts.astype(np.int32), counts)[order], own_face[order]
        self.tree = MeshTree(np.concatenate(vertices), np.concatenate(faces)[order], holes if len(holes) else None)


class Forest:
    """Trees of a scene, built when they are first needed; several tracers, each in a thread, may share one.

    Attributes:
        scene: whose trees.
        resting: entities with parts that never move.
    """

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self._trees: dict[int, MeshTree] = {}
        self._stills: dict[int, Still | None] = {}
        self.resting = frozenset(p.entity for p in scene.parts if p.link < 0)
        self._lock = threading.Lock()

    def tree(self, mesh: int) -> MeshTree:
        """The tree of a mesh of the scene."""
        with self._lock:
            if mesh not in self._trees:
                m = self.scene.meshes[mesh]
                self._trees[mesh] = _tree(m, self.scene.materials)
            return self._trees[mesh]

    def still(self, apart: int) -> Still | None:
        """What never moves as one tree: parts without a link, near the middle, as long as they are not too many.

        Args:
            apart: a resting entity that some rays must not see; its parts stay instances. -1: there is none.
        """
        with self._lock:
            if apart not in self._stills:
                parts = self._chosen(apart)
                self._stills[apart] = Still(self.scene, parts) if len(parts) else None
            return self._stills[apart]

    def _chosen(self, apart: int) -> I64Array:
        parts = self.scene.parts
        resting = np.array([i for i, p in enumerate(parts) if p.link < 0 and p.entity != apart], np.int64)
        if not len(resting):
            return resting
        near = resting[_reach_m(self.scene, resting, _middle(self.scene, resting)) < _FARTHEST_M]
        faces = np.cumsum([len(self.scene.meshes[parts[i].mesh].faces) for i in near])
        most = _MOST_FACES if apart < 0 else _MOST_FACES_APART
        return near[: int(np.searchsorted(faces, most, "right"))]

    def close(self) -> None:
        """Release all."""
        for tree in (*self._trees.values(), *(s.tree for s in self._stills.values() if s is not None)):
            tree.close()
        self._trees.clear()
        self._stills.clear()


def _tree(mesh: Mesh, materials: Sequence[Material]) -> MeshTree:
    """A mesh alone. Faces keep their numbers: each is in one of two geometries, and has no corners in the other."""
    if not lets_through(mesh, materials):
        return MeshTree(mesh.vertices_m, mesh.faces)
    rows = cut_rows(mesh, materials)
    open_ = (rows[:, 6] != int(Cutout.SOLID))[:, None]
    faces = [np.where(open_ == own, mesh.faces, NO_FACE) for own in (False, True)]
    return MeshTree(mesh.vertices_m, np.concatenate(faces), rows)


def _middle(scene: Scene, parts: I64Array) -> F64Array:
    """A whole-metre point amid the parts."""
    at = np.array([scene.parts[i].frame_from_mesh[:3, 3] for i in parts])
    return np.round((at.min(0) + at.max(0)) / 2.0)


def _reach_m(scene: Scene, parts: I64Array, middle: F64Array) -> F64Array:
    """Largest coordinate of each part's box from a point, (n,)."""
    boxes = [(m.vertices_m.min(0), m.vertices_m.max(0)) if len(m.vertices_m) else (_ZERO, _ZERO) for m in scene.meshes]
    half = np.array([(high - low) / 2.0 for low, high in boxes])
    centre = np.array([(high + low) / 2.0 for low, high in boxes])
    mesh = np.array([scene.parts[i].mesh for i in parts])
    frame = np.stack([scene.parts[i].frame_from_mesh for i in parts])
    reach = (np.abs(frame[:, :3, :3]) * half[mesh][:, None, :]).sum(-1)
    return (np.abs(tf.apply(frame, centre[mesh]) - middle) + reach).max(-1)
