"""Meshes from files of users (glTF, OBJ, PLY, STL): one surface with few colours. Nothing in a file is trusted.

Sizes are compared with limits before memory is taken where the format tells them, nothing outside the file's own folder
is opened, and nothing is fetched. trimesh reads the formats; glTF is gone through by :mod:`simengine.world.gltf` first.
"""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import Any, cast
from urllib.parse import unquote

import numpy as np

from simengine.arrays import Array, F64Array, I32Array, I64Array
from simengine.errors import LimitError, SceneError
from simengine.world.gltf import check_gltf
from simengine.world.gltf_file import GltfFile
from simengine.world.mesh_checks import refuse_gltf_pictures, refuse_mtl, refuse_obj, refuse_picture, refuse_ply

__all__ = ["FORMATS", "MAX_BYTES", "MAX_TRIANGLES", "Surface", "read_surface"]

FORMATS = (".glb", ".gltf", ".obj", ".ply", ".stl")
MAX_BYTES = 64 * 1024 * 1024
MAX_TRIANGLES = 200_000
_COLOURS = 48
"""Most colours of a surface; nearly equal ones are taken together."""
_FINE = 64
"""Faces with a texture are split until their edges are shorter than the longest side by this."""
_FINE_TRIANGLES = 60_000
_SMOOTH_COS = 0.8
"""Faces that meet at less than 37 deg are one smooth surface."""


@dataclass(frozen=True, eq=False)
class Surface:
    """Triangles of a file in its own axes and units.

    Attributes:
        vertices: (V, 3).
        normals: (V, 3) unit, smooth over edges of less than 37 deg.
        faces: (F, 3), counter-clockwise seen from outside.
        look: (F,), index into the rows of the following.
        albedo: (C, 3), linear RGB.
        roughness, metalness: (C,).
        emission: (C, 3), linear RGB of the light it sends, 1 as bright as white paper under the open sky by day.
        closed: no edge has but one face.
        flipped: it was closed and inside out, and has been turned.
        missing: files of materials that an OBJ names and that are not there.
    """

    vertices: F64Array
    normals: F64Array
    faces: I32Array
    look: I32Array
    albedo: F64Array
    roughness: F64Array
    metalness: F64Array
    emission: F64Array
    closed: bool
    flipped: bool
    missing: tuple[str, ...] = ()


class _Folder:
    """What a mesh file may name: files of its own folder, by relative paths."""

    def __init__(self, path: Path, kind: str, left: int) -> None:
        self.folder, self.file, self.kind, self.left = path.parent.resolve(), path.name, kind, left
        self.opened = 0
        self.missing: list[str] = []  # materials of OBJ that are not there: the shape is, and can be used
        self.problem: SceneError | LimitError | None = None  # trimesh goes on without what it cannot get

    def get(self, key: str) -> bytes:
        """The bytes of a file beside the mesh."""
        try:
            raw = self._bytes(key)
            self._check(str(key)[:80], raw)
            return raw
        except (SceneError, LimitError) as error:
            self.problem = self.problem or error
            raise

    def _check(self, name: str, raw: bytes) -> None:
        """What OBJ names first are its materials; all else that OBJ and PLY name are pictures."""
        self.opened += 1
        if self.kind == "obj" and self.opened == 1:
            refuse_mtl(self.file, raw)
        elif self.kind in ("obj", "ply"):
            refuse_picture(self.file, f"'{name}'", raw)

    def _bytes(self, key: str) -> bytes:
        name = unquote(str(key).strip())
        path = self.folder / name
        try:
            inside = not PurePosixPath(name).is_absolute() and path.resolve().is_relative_to(self.folder)
            there = inside and path.is_file()
        except (OSError, ValueError):  # a name that no file can have
            inside, there = True, False
        if "://" in name or not inside:
            raise SceneError(f"'{self.file}' names {name[:80]!r}, which is outside its own folder: put it there")
        if not there and self.kind == "obj" and not self.opened and path.suffix.lower() == ".mtl":
            self.missing.append(name[:80])
            raise FileNotFoundError(name)
        if not there:
            raise SceneError(f"'{self.file}' names {name[:80]!r}, which is not in its folder: put it there")
        if path.stat().st_size > self.left:
            raise LimitError(f"'{self.file}' and what it names have over {MAX_BYTES:,} bytes: make them smaller")
        self.left -= path.stat().st_size
        return path.read_bytes()

    __getitem__ = get

    def __contains__(self, key: str) -> bool:
        return (self.folder / unquote(str(key).strip())).is_file()

    def keys(self) -> list[str]:
        """Names in the folder."""
        return sorted(p.name for p in self.folder.iterdir())

    def namespaced(self, namespace: str) -> _Folder:
        """The same: names are relative to the file."""
        del namespace
        return self


def read_surface(path: Path) -> Surface:
    """Read a mesh file: all it shows, as one surface.

    Args:
        path: a file with one of the endings ``FORMATS``.

    Raises:
        SceneError: there is no such file, it is broken, empty, or names something outside its folder; one line.
        LimitError: it has over 64 MB, 200,000 triangles, or a texture of over 4096 x 4096 pixels.
    """
    file, ending = path.name, path.suffix.lower()
    if ending not in FORMATS:
        raise SceneError(f"'{file}': expected a mesh as {', '.join(FORMATS)}, found '{ending or 'no ending'}'")
    if not path.is_file():
        raise SceneError(f"there is no file '{file}' in {path.parent}")
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise LimitError(f"'{file}' has {size:,} bytes; a mesh file may have {MAX_BYTES:,}: make it smaller")
    if ending in (".glb", ".gltf"):
        _refuse_large_gltf(path)
    raw = path.read_bytes()
    if ending == ".stl":
        _refuse_large_stl(file, raw)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            missing: list[str] = []
            surface = _surface(file, list(_geometries(path, raw, ending[1:], missing)))
            return replace(surface, missing=tuple(missing))
        except (SceneError, LimitError):
            raise
        except MemoryError as error:
            raise LimitError(f"'{file}' needs more memory than there is: use fewer triangles") from error
        except (IndexError, KeyError, TypeError) as error:  # a parser reached for what is not there
            reason = "a face names a vertex that is not there, or a list ends early"
            raise SceneError(f"'{file}' cannot be read as {ending[1:]}: {reason}; export it again") from error
        except Exception as error:  # whatever a parser of a third party meets in a broken file
            reason = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
            raise SceneError(f"'{file}' cannot be read as {ending[1:]}: {reason}; export it again") from error


def _refuse_large_gltf(path: Path) -> None:
    """The whole file is sound by our own reader, no list in it is longer than what a mesh may have, and all that its
    nodes show is counted.
    """
    pieces = GltfFile(path).document.pieces("accessors", "accessor")
    longest = max((p.whole("count") for p in pieces), default=0)
    if longest > 3 * MAX_TRIANGLES:
        raise _too_many(path.name, longest // 3)
    shown = check_gltf(path, MAX_TRIANGLES)
    if shown > MAX_TRIANGLES:
        raise _too_many(path.name, shown)


def _refuse_large_stl(file: str, raw: bytes) -> None:
    """A binary file tells its number of triangles in a header that must fit its size."""
    if raw[:5].lower() == b"solid" and b"facet" in raw[:2000]:
        return
    count = int.from_bytes(raw[80:84], "little")
    if len(raw) != 84 + 50 * count:
        raise SceneError(f"'{file}' is no valid STL file: its header tells {count} triangles; export it again")


def _too_many(file: str, count: int) -> LimitError:
    return LimitError(f"'{file}' has {count:,} triangles; at most {MAX_TRIANGLES:,} are read: simplify it")


@cache
def _trimesh() -> Any:
    """The package; what it would log is said by our errors, unless somebody listens to its log."""
    logging.getLogger("trimesh").addHandler(logging.NullHandler())
    return import_module("trimesh")


def _geometries(path: Path, raw: bytes, kind: str, missing: list[str]) -> Iterator[tuple[Any, Array]]:
    """The meshes of a file and where they are; ``missing`` gets the files of materials that are not there."""
    trimesh = _trimesh()
    if kind == "obj":
        refuse_obj(path.name, raw)
    folder = _Folder(path, kind, MAX_BYTES - len(raw))
    resolver = cast("Any", folder)
    # vertices stay as they are: merging them would lose where a texture belongs
    scene = trimesh.load_scene(io.BytesIO(raw), kind, resolver=resolver, allow_remote=False, process=False)
    missing += folder.missing
    if folder.problem is not None:
        raise folder.problem
    if kind in ("glb", "gltf"):
        refuse_gltf_pictures(path)
    for node in sorted(scene.graph.nodes_geometry):
        pose, name = scene.graph[node]
        mesh = scene.geometry[name]
        if isinstance(mesh, trimesh.Trimesh) and len(mesh.faces):
            refuse_ply(path.name, mesh.metadata.get("_ply_raw", {}))
            yield mesh, np.asarray(pose, np.float64)


def _surface(file: str, found: list[tuple[Any, Array]]) -> Surface:
    count = sum(len(mesh.faces) for mesh, _ in found)
    if not count:
        raise SceneError(f"'{file}' shows no triangles: export a mesh with faces")
    if count > MAX_TRIANGLES:
        raise _too_many(file, count)
    corners: list[F64Array] = []
    looks: list[F64Array] = []
    budget = max(_FINE_TRIANGLES - count, 0)
    points = np.concatenate([m.vertices[np.unique(m.faces)] @ p[:3, :3].T + p[:3, 3] for m, p in found])
    if not np.isfinite(points).all():
        raise SceneError(f"'{file}' has coordinates that are no finite numbers: export it again")
    longest = float(np.ptp(points, axis=0).max())
    if not 0.0 < longest < 1e9:
        raise SceneError(f"'{file}' has an extent of {longest:g}: expected a mesh with a size")
    for mesh, pose in found:
        placed = np.asarray(mesh.vertices, np.float64) @ pose[:3, :3].T + pose[:3, 3]
        own = placed[np.asarray(mesh.faces, np.int64)]
        if np.linalg.det(pose[:3, :3]) < 0.0:
            own = own[:, ::-1]
        own, look = _painted(mesh, own, bool(np.linalg.det(pose[:3, :3]) < 0.0), longest / _FINE, budget)
        corners.append(own)
        looks.append(look)
    triangles, look = np.concatenate(corners), np.concatenate(looks)
    span = np.linalg.norm(np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]), axis=1)
    solid = span > 1e-14 * longest * longest
    if not solid.any():
        raise SceneError(f"'{file}' has only triangles without an area: export it again")
    return _joined(triangles[solid], look[solid], longest)


# ---- colours -------------------------------------------------------------------------------------------------------


def _painted(mesh: Any, corners: F64Array, mirrored: bool, edge: float, budget: int) -> tuple[F64Array, F64Array]:
    """Triangles (split where a texture paints them) and their looks (F, 8): linear RGB, roughness, metalness and
    emission (RGB)."""
    trimesh = _trimesh()
    visual = mesh.visual
    if not isinstance(visual, trimesh.visual.TextureVisuals):
        rgb = np.asarray(visual.face_colors, np.float64)[:, :3] / 255.0
        if visual.kind is None:
            rgb = np.full((len(corners), 3), 0.72)
        return corners, np.column_stack([_linear(rgb), np.full(len(rgb), 0.6), np.zeros((len(rgb), 4))])
    base, factor, rough, metal = _material(visual.material)
    glow, shining = _glow(visual.material)
    pictures = [p for p in (base, shining) if p is not None]
    uv = None if visual.uv is None else np.asarray(visual.uv, np.float64)[np.asarray(mesh.faces, np.int64)]
    if uv is not None and mirrored:
        uv = uv[:, ::-1]
    if pictures and uv is not None:
        corners, uv = _split(corners, uv, edge, budget)
    rgb, light = (
        np.broadcast_to(one, (len(corners), 3)) if picture is None or uv is None else one * _sampled(picture, uv)
        for picture, one in ((base, factor), (shining, glow))
    )
    rest = np.broadcast_to([rough, metal], (len(corners), 2))
    return corners, np.column_stack([np.clip(rgb, 0.0, 1.0), rest, np.clip(light, 0.0, 1.0)])


def _material(material: Any) -> tuple[Any, F64Array, float, float]:
    """Picture (or None), linear colour, roughness and metalness of a material."""
    trimesh = _trimesh()
    if isinstance(material, trimesh.visual.material.PBRMaterial):
        given = material.baseColorFactor  # 8 bit, linear as in the file
        factor = np.ones(3) if given is None else np.asarray(given, np.float64)[:3] / 255.0
        rough = 1.0 if material.roughnessFactor is None else float(material.roughnessFactor)
        metal = 1.0 if material.metallicFactor is None else float(material.metallicFactor)
        return material.baseColorTexture, factor, rough, metal
    image = getattr(material, "image", None)
    given = np.asarray(material.main_color, np.float64)[:3] / 255.0
    return image, np.ones(3) if image is not None else _linear(given), 0.6, 0.0


def _glow(material: Any) -> tuple[F64Array, Any]:
    """Light that a material sends, linear RGB of 0..1, and the picture that it is multiplied by (or None).

    ``emissiveFactor`` and ``emissiveTexture`` of glTF, ``Ke`` of OBJ.
    """
    if isinstance(material, _trimesh().visual.material.PBRMaterial):
        given, picture = material.emissiveFactor, material.emissiveTexture
    else:
        more: dict[str, Any] = getattr(material, "kwargs", None) or {}
        given, picture = more.get("ke"), None
    glow = np.zeros(3) if given is None else np.asarray(given, np.float64).reshape(-1)[:3]
    return glow, picture


def _split(corners: F64Array, uv: F64Array, edge: float, budget: int) -> tuple[F64Array, F64Array]:
    """Triangles cut in four until their edges are short, or there would be too many."""
    for _ in range(6):
        sides = np.linalg.norm(corners - np.roll(corners, -1, axis=1), axis=-1).max(-1)
        large = sides > edge
        if not large.any() or 3 * int(large.sum()) > budget:
            break
        budget -= 3 * int(large.sum())
        corners = np.concatenate([corners[~large], _quarters(corners[large])])
        uv = np.concatenate([uv[~large], _quarters(uv[large])])
    return corners, uv


def _quarters(corners: F64Array) -> F64Array:
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    ab, bc, ca = 0.5 * (a + b), 0.5 * (b + c), 0.5 * (c + a)
    parts = [(a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)]
    return np.concatenate([np.stack(p, axis=1) for p in parts])


def _sampled(image: Any, uv: F64Array) -> F64Array:
    """Mean linear colour of a picture over each triangle, by seven points of it. v runs upward from the last row."""
    pixels = np.asarray(image.convert("RGB"))
    weights = np.array([[1, 1, 1], [4, 1, 1], [1, 4, 1], [1, 1, 4], [2, 2, 0.5], [0.5, 2, 2], [2, 0.5, 2]], np.float64)
    at = np.einsum("sk,fkc->fsc", weights / weights.sum(1, keepdims=True), uv)
    height, width = pixels.shape[:2]
    column = np.floor((at[..., 0] % 1.0) * width).astype(np.int64).clip(0, width - 1)
    row = np.floor(((1.0 - at[..., 1]) % 1.0) * height).astype(np.int64).clip(0, height - 1)
    return _linear(pixels[row, column] / 255.0).mean(1)


def _linear(srgb: Array) -> F64Array:
    """sRGB to linear light (IEC 61966-2-1)."""
    s = np.clip(np.asarray(srgb, np.float64), 0.0, 1.0)
    return np.where(s <= 0.04045, s / 12.92, ((s + 0.055) / 1.055) ** 2.4)


def _few(looks: F64Array, weight: F64Array) -> tuple[F64Array, I32Array]:
    """At most ``_COLOURS`` looks, each the mean of those that it stands for, and which one each face has."""
    grid = looks**0.4545  # about as the eye sees steps
    for levels in (255, 128, 64, 32, 24, 16, 12, 8, 6, 5, 4, 3, 2, 1):
        cells, which = np.unique(np.round(grid * levels), axis=0, return_inverse=True)
        if len(cells) <= _COLOURS:
            break
    which = which.reshape(-1)
    total = np.bincount(which, weight)
    mean = np.stack([np.bincount(which, weight * column) / total for column in looks.T], axis=1)
    return mean, which.astype(np.int32)


# ---- shape ---------------------------------------------------------------------------------------------------------


def _joined(corners: F64Array, looks: F64Array, longest: float) -> Surface:
    """One surface of loose triangles: closed ones wound outward, smooth where faces meet gently."""
    grid = np.round(corners.reshape(-1, 3) / (longest * 1e-7)).astype(np.int64)
    _, point = np.unique(grid, axis=0, return_inverse=True)
    point = point.reshape(-1, 3)
    edges = np.concatenate([point[:, [0, 1]], point[:, [1, 2]], point[:, [2, 0]]])
    closed = bool((np.unique(np.sort(edges, axis=1), axis=0, return_counts=True)[1] >= 2).all())
    middle = corners.reshape(-1, 3).mean(0)
    a, b, c = (corners[:, k] - middle for k in range(3))
    flipped = closed and float((a * np.cross(b, c)).sum()) < 0.0
    if flipped:
        corners, point = corners[:, ::-1], point[:, ::-1]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    area = np.linalg.norm(normal, axis=1)
    smooth = _smooth(normal, area, point.reshape(-1))
    mean, look = _few(looks, area)
    whole = np.column_stack([corners.reshape(-1, 3), np.round(smooth, 6)])
    kept, faces = np.unique(whole, axis=0, return_inverse=True)
    unit = kept[:, 3:] / np.maximum(np.linalg.norm(kept[:, 3:], axis=1, keepdims=True), 1e-12)
    return Surface(
        kept[:, :3], unit, faces.reshape(-1, 3).astype(np.int32), look, mean[:, :3], mean[:, 3], mean[:, 4],
        mean[:, 5:8], closed, flipped,
    )  # fmt: skip


def _smooth(normal: F64Array, area: F64Array, point: I64Array) -> F64Array:
    """Unit normal at each corner (3F, 3): mean of the faces around its point that lie nearly as its own does.

    Faces around a point that lie as each other are taken together first: thousands that lie in each other cost no more
    than one.
    """
    face = np.repeat(np.arange(len(area)), 3)
    unit = normal / area[:, None]
    _, lie = np.unique(np.round(unit, 6), axis=0, return_inverse=True)
    lie = lie.reshape(-1)
    _, first, bundle = np.unique(point * (int(lie.max()) + 1) + lie[face], return_index=True, return_inverse=True)
    total = np.stack([np.bincount(bundle, normal[face, k]) for k in range(3)], axis=1)
    way, at = unit[face[first]], point[first]  # bundles are in the order of their points
    begin = np.searchsorted(at, np.arange(int(point.max()) + 2))
    around = begin[at + 1] - begin[at]  # how many bundles share each bundle's point
    out = way.copy()
    # they are gone through some at a time, so that a point with thousands of them costs time and not memory
    ends = np.searchsorted(np.cumsum(around), np.arange(0, int(around.sum()) + 4_000_000, 4_000_000), side="left")
    for low, high in pairwise(cast("list[int]", ends.tolist())):
        mine = np.arange(int(low), int(high))
        if not len(mine) or int(around[mine].max()) > 2000:
            continue  # the tip of a fan of thousands stays flat
        own = np.repeat(mine, around[mine])
        step = np.arange(len(own)) - np.repeat(np.cumsum(around[mine]) - around[mine], around[mine])
        other = begin[at[own]] + step
        near = (way[own] * way[other]).sum(1) > _SMOOTH_COS
        sums = np.stack([np.bincount(own - low, near * total[other, k], len(mine)) for k in range(3)], axis=1)
        out[mine] = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-300)
    return out[bundle]
