"""A mesh under construction: surfaces are added with their material, and vertex normals are made at the end."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from simengine.arrays import Array, BoolArray, F64Array, I64Array, frozen
from simengine.errors import SceneError
from simengine.geometry import transforms as tf
from simengine.world.materials import Material
from simengine.world.scene import Mesh

__all__ = ["Draft", "Surface", "crease_normals"]

_CREASE_RAD = math.radians(46.0)
_WELD_M, _WELD_SMALL_M = 2e-5, 2e-8
_DEGENERATE = 1e-16  # squared length of the area vector, m^4
_DEGENERATE_SMALL = 1e-26  # of things that are fitted to a size: they may be as small as a coin

Surface = tuple[F64Array, I64Array]
"""Vertices (V, 3) and faces (F, 3), counter-clockwise from outside."""


class Draft:
    """Collects surfaces. Surfaces of one ``add`` call are smoothed among themselves, never with those of another."""

    def __init__(self) -> None:
        self._least = _DEGENERATE
        self._vertices: list[F64Array] = []
        self._faces: list[I64Array] = []
        self._materials: list[I64Array] = []
        self._groups: list[I64Array] = []
        self._table: list[Material] = []
        self._count = 0
        self._creased: tuple[int, tuple[F64Array, I64Array, F64Array]] | None = None

    def _index(self, material: Material) -> int:
        for i, known in enumerate(self._table):
            if known.name == material.name:
                return i
        self._table.append(material)
        return len(self._table) - 1

    def add(
        self, surface: Surface, material: Material | Sequence[Material], choice: npt.ArrayLike | None = None,
        pose: F64Array | None = None,
    ) -> Draft:  # fmt: skip
        """Add a surface.

        Args:
            surface: vertices and faces; degenerate faces are dropped.
            material: of all faces, or several, of which ``choice`` (F,) picks one for each face.
            choice: indices into ``material``.
            pose: (4, 4) rigid transform applied to the vertices.

        Returns:
            The draft itself.
        """
        vertices, faces = surface
        points = vertices if pose is None else tf.apply(pose, vertices)
        many = [material] if isinstance(material, Material) else list(material)
        table = np.array([self._index(m) for m in many], np.int64)
        pick = np.zeros(len(faces), np.int64) if choice is None else np.asarray(choice, np.int64).reshape(-1)
        if len(pick) != len(faces):
            raise SceneError(f"expected one material choice for each of {len(faces)} faces, got {len(pick)}")
        self._faces.append(faces + self._count)
        self._materials.append(table[pick])
        self._groups.append(np.full(len(faces), len(self._groups), np.int64))
        self._vertices.append(points)
        self._count += len(points)
        return self

    def extend(self, other: Draft, move_m: F64Array) -> Draft:
        """Add all surfaces of another draft, moved by ``move_m`` (3,)."""
        base = len(self._groups)
        self._least = min(self._least, other._least)
        table = np.array([self._index(m) for m in other._table], np.int64)
        for k in range(len(other._faces)):
            self._faces.append(other._faces[k] + self._count)
            self._materials.append(table[other._materials[k]])
            self._groups.append(np.full(len(other._faces[k]), base + k, np.int64))
        self._vertices += [v + move_m for v in other._vertices]
        self._count += other._count
        return self

    def mirror(self) -> Draft:
        """A copy reflected across the plane y = 0, still wound outward."""
        out = Draft().extend(self, np.zeros(3))
        out._vertices = [v * np.array([1.0, -1.0, 1.0]) for v in out._vertices]
        out._faces = [f[:, ::-1] for f in out._faces]
        return out

    def moved(self, pose: F64Array) -> Draft:
        """A copy turned and moved by a rigid transform (4, 4)."""
        out = Draft().extend(self, np.zeros(3))
        out._vertices = [tf.apply(pose, v) for v in out._vertices]
        return out

    def recoloured(self, change: Callable[[Material], Material]) -> Draft:
        """A copy with other materials in the places of its own."""
        out = Draft().extend(self, np.zeros(3))
        out._table = [change(m) for m in self._table]
        return out

    def fitted(self, low_m: npt.ArrayLike, high_m: npt.ArrayLike) -> Draft:
        """A copy stretched so that its bounding box has these corners."""
        low, high = self.bounds()
        scale = (np.asarray(high_m, np.float64) - np.asarray(low_m, np.float64)) / (high - low)
        out = Draft().extend(self, np.zeros(3))
        out._least = _DEGENERATE_SMALL
        out._vertices = [(v - low) * scale + np.asarray(low_m, np.float64) for v in out._vertices]
        return out

    def marked(self, pick: Callable[[F64Array], BoolArray], suffix: str) -> Draft:
        """A copy in which the materials of some faces have a name of their own, so that a mesh can be cut there.

        Args:
            pick: middles of faces (F, 3) -> which (F,).
            suffix: is added to the names of their materials.
        """
        out = Draft().extend(self, np.zeros(3))
        vertices = np.concatenate(out._vertices)
        for k, faces in enumerate(out._faces):
            chosen = pick(vertices[faces].mean(1))
            table: I64Array = np.array([out._index(replace(m, name=m.name + suffix)) for m in self._table], np.int64)
            out._materials[k] = np.where(chosen, table[out._materials[k]], out._materials[k])
        return out

    def arrays(self) -> tuple[F64Array, I64Array]:
        """All vertices (V, 3) and faces (F, 3) so far, without degenerate faces."""
        vertices, faces, _, _ = self._collected()
        return vertices, faces

    def triangles(self, only: Sequence[str] = ()) -> F64Array:
        """Corners (T, 3, 3) of the faces, or of those whose materials have one of these names."""
        vertices, faces, choice, _ = self._collected()
        kept = np.array([not only or m.name in only for m in self._table])[choice]
        return vertices[faces[kept]]

    def _collected(self) -> tuple[F64Array, I64Array, I64Array, I64Array]:
        """Vertices, faces, materials and groups of the faces, without degenerate faces."""
        vertices, faces = np.concatenate(self._vertices), np.concatenate(self._faces)
        normal = _area_vectors(vertices, faces)
        keep = (normal * normal).sum(-1) > self._least
        return vertices, faces[keep], np.concatenate(self._materials)[keep], np.concatenate(self._groups)[keep]

    def bounds(self) -> tuple[F64Array, F64Array]:
        """Lowest and highest corner of the vertices that faces use, each (3,)."""
        vertices, faces = self.arrays()
        used = vertices[np.unique(faces)]
        return used.min(0), used.max(0)

    def mesh(
        self, name: str, materials: list[Material] | None = None, smooth: bool = True, only: Sequence[str] = (),
        without: Sequence[str] = (),
    ) -> Mesh:  # fmt: skip
        """The finished mesh.

        Args:
            name: key of the mesh: equal names must mean equal meshes and materials.
            materials: table that ``face_material`` counts in; materials it lacks are appended. None: ``table()``.
            smooth: make vertex normals, with creases where faces meet at more than 46 degrees.
            only: names of materials whose faces are kept (empty: all). Normals are made before faces are left out,
                so that a surface cut into several meshes still shades as one.
            without: names of materials whose faces are left out.
        """
        vertices, faces, choice, groups = self._collected()
        normals: F64Array | None = None
        if smooth:  # once, however many meshes are cut out of it
            if self._creased is None or self._creased[0] != len(self._faces):
                weld = _WELD_M if self._least == _DEGENERATE else _WELD_SMALL_M
                self._creased = len(self._faces), crease_normals(vertices, faces, groups, weld_m=weld)
            vertices, faces, normals = self._creased[1]
        kept = [m for m in self._table if (not only or m.name in only) and m.name not in without]
        wanted = np.array([m in kept for m in self._table])[choice]
        table: list[Material] = list(self._table) if materials is None else materials
        place = np.array([_place(table, m) if m in kept else -1 for m in self._table], np.int64)
        used, compact = np.unique(faces[wanted], return_inverse=True)
        return Mesh(
            name, frozen(vertices[used], np.float32), frozen(compact.reshape(-1, 3), np.int32),
            frozen(place[choice[wanted]], np.int32), None if normals is None else frozen(normals[used], np.float32),
        )  # fmt: skip

    def table(self) -> tuple[Material, ...]:
        """Materials in the order of their first use."""
        return tuple(self._table)


def _area_vectors(vertices: F64Array, faces: I64Array) -> F64Array:
    """Normals of faces, twice as long as their area, shape (F, 3)."""
    a = vertices[faces[:, 0]]
    u, v = vertices[faces[:, 1]] - a, vertices[faces[:, 2]] - a
    x, y, z = (u[:, i] * v[:, j] - u[:, j] * v[:, i] for i, j in ((1, 2), (2, 0), (0, 1)))
    return np.stack([x, y, z], -1)


def _place(materials: list[Material], material: Material) -> int:
    for i, known in enumerate(materials):
        if known.name == material.name:
            return i
    materials.append(material)
    return len(materials) - 1


def crease_normals(
    vertices: F64Array, faces: I64Array, groups: I64Array, crease_rad: float = _CREASE_RAD, weld_m: float = _WELD_M
) -> tuple[F64Array, I64Array, F64Array]:
    """Vertex normals that are smooth over gentle edges and broken at sharp ones.

    The normal of a face's corner is the area-weighted mean of the normals of the faces that meet there, belong to the
    same group and lie within the crease angle of this face.

    Args:
        vertices: (V, 3).
        faces: (F, 3), none degenerate.
        groups: (F,), smoothing group of each face.
        crease_rad: largest angle between faces that are smoothed.
        weld_m: vertices nearer than that count as one.

    Returns:
        New vertices (V', 3), faces (F, 3) and unit normals (V', 3).
    """
    area = _area_vectors(vertices, faces)
    unit = area / np.sqrt((area * area).sum(-1, keepdims=True))
    weld = _row_ids(np.round(vertices / weld_m).astype(np.int64))
    corner_face: Array = np.repeat(np.arange(len(faces)), 3)
    point = weld[faces.reshape(-1)] * (int(groups.max()) + 1) + groups[corner_face]
    order = np.argsort(point, kind="stable")
    _, inv, count = np.unique(point, return_inverse=True, return_counts=True)
    first = np.cumsum(count) - count
    per_corner = count[inv]
    corner = np.repeat(np.arange(len(point)), per_corner)
    offset = np.arange(len(corner)) - np.repeat(np.cumsum(per_corner) - per_corner, per_corner)
    other = corner_face[order[first[inv][corner] + offset]]
    near = (unit[corner_face[corner]] * unit[other]).sum(-1) >= math.cos(crease_rad)
    total = np.zeros((len(point), 3))
    for axis in range(3):
        total[:, axis] = np.bincount(corner[near], area[other[near], axis], len(point))
    normal = total / np.sqrt((total * total).sum(-1, keepdims=True))
    corner_weld = weld[faces.reshape(-1)]
    same = _row_ids(np.concatenate([corner_weld[:, None], np.round(normal * 4096).astype(np.int64)], 1))
    _, pick, back = np.unique(same, return_index=True, return_inverse=True)
    return vertices[faces.reshape(-1)[pick]], back.reshape(-1, 3), normal[pick]


def _row_ids(rows: I64Array) -> I64Array:
    """Equal numbers for equal rows of integers (N, K), in the order of rows: sorted as one number where they fit."""
    if not len(rows):
        return np.zeros(0, np.int64)
    out, room = np.zeros(len(rows), np.int64), 1
    for column in rows.T:
        code = column - column.min()
        size = int(code.max()) + 1
        if room * size >= 1 << 62:  # too much for 64 bits: count those that there are
            out, code = (np.unique(v, return_inverse=True)[1].astype(np.int64) for v in (out, code))
            room, size = int(out.max()) + 1, int(code.max()) + 1
        out, room = out * size + code, room * size
    return np.unique(out, return_inverse=True)[1].astype(np.int64)
