"""Libraries of a user's own things: a folder with mesh files and a ``library.toml`` that says what they are.

    name = "depot"

    [[asset]]
    name = "tool_box"
    file = "meshes/tool_box.glb"
    class = "debris"

`use depot` then offers the type of entity ``depot_object``, whose ``asset`` says which one it is. See docs/assets.md.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, TypeVar, cast

import numpy as np

from simengine.arrays import F64Array, frozen
from simengine.errors import LimitError, SceneError, did_you_mean
from simengine.world.library import AssetName, EntityKind, Library, Property, ValueType
from simengine.world.materials import Material
from simengine.world.mesh_file import FORMATS, Surface, read_surface
from simengine.world.scene import IDENTITY, Asset, Box, Entity, Link, Mesh, Part, VehicleDynamics
from simengine.world.taxonomy import CLASS_ID, CLASSES

__all__ = ["MANIFEST", "FolderAsset", "FolderLibrary", "read_folder"]

MANIFEST = "library.toml"
MAX_ASSETS = 1_000
MAX_MANIFEST_BYTES = 1_000_000
T = TypeVar("T")
_WORD = re.compile(r"[a-z][a-z0-9_]{0,62}")
_AXES: dict[str, tuple[int, int]] = {
    s + a: (k, -1 if s == "-" else 1) for k, a in enumerate("xyz") for s in ("", "-", "+")
}
_TOP = ("name", "doc", "asset")
_ASSET_KEYS = (
    "name", "file", "class", "category", "scale", "up", "forward", "held_out", "colour", "roughness", "metalness",
    "nir", "retro", "wheelbase",
)  # fmt: skip
_SIZE_M = (0.001, 60.0)
_GROUND = ("sky", "road", "lane_marking", "pavement", "kerb", "terrain", "floor", "rail_track")
_CLASSES = [c.name for c in CLASSES if c.name not in _GROUND]
"""What can be placed: all but the sky and what things stand on."""


@dataclass(frozen=True)
class FolderAsset:
    """One thing of a folder, as its manifest describes it.

    Attributes:
        name: word of the language.
        file: the mesh.
        semantic: class id.
        category: "object", or "vehicle": one rigid body that drives.
        scale: metres per unit of the file.
        up, forward: axes of the file that point up and to the front ("y", "-z").
        held_out: kept for tests of what was learned from the others.
        looks: what replaces the file's own look: "colour" (linear RGB), "roughness", "metalness", "nir", "retro".
        wheelbase_m: of a vehicle; None: 0.6 of its length.
    """

    name: str
    file: Path
    semantic: int
    category: Literal["object", "vehicle"]
    scale: float
    up: str
    forward: str
    held_out: bool
    looks: Mapping[str, Any]
    wheelbase_m: float | None = None

    @cached_property
    def surface(self) -> Surface:
        """The mesh in the frame of the entity: x forward, z up, metres, its foot at 0 below the middle of its box.

        Raises:
            SceneError: the file is no sound mesh, or its size is not that of a thing.
            LimitError: it is too large.
        """
        read = read_surface(self.file)
        for name in read.missing:
            warnings.warn(f"'{self.file.name}' names '{name}', which is not in its folder: no colours", stacklevel=2)
        turn = self.scale * _turn(self.up, self.forward)
        points = read.vertices @ turn.T
        low, high = points.min(0), points.max(0)
        longest = float((high - low).max())
        if not _SIZE_M[0] <= longest <= _SIZE_M[1]:
            raise SceneError(
                f"asset '{self.name}': its longest side is {longest:.4g} m; expected {_SIZE_M[0]} to {_SIZE_M[1]:g} m: "
                "set 'scale' to the metres that a unit of the file has (0.001 for millimetres)"
            )
        length = float(high[0] - low[0])
        if self.wheelbase_m is not None and self.wheelbase_m > length:
            raise SceneError(
                f"asset '{self.name}': 'wheelbase' is {self.wheelbase_m:g} m, but the vehicle is {length:.4g} m long; "
                "expected less: check 'wheelbase', 'scale' and 'forward'"
            )
        middle = np.array([0.5 * (low[0] + high[0]), 0.5 * (low[1] + high[1]), low[2]])
        return replace(read, vertices=points - middle, normals=read.normals @ (turn / self.scale).T)

    @property
    def size_m(self) -> tuple[float, float, float]:
        """Length, width and height."""
        x, y, z = np.ptp(self.surface.vertices, axis=0).tolist()
        return x, y, z

    def build(self, kind: str) -> Asset:
        """The asset: one part of as many materials as the surface has looks."""
        surface, key = self.surface, f"{kind}.{self.name}"
        materials = tuple(self._material(key, i) for i in range(len(surface.albedo)))
        mesh = Mesh(
            key, frozen(surface.vertices, np.float32), frozen(surface.faces, np.int32), frozen(surface.look, np.int32),
            frozen(surface.normals, np.float32),
        )  # fmt: skip
        entity = Entity(self.name, kind, self.name, self.semantic, self.size_m, occluders=self._occluders())
        if self.category == "vehicle":
            length, _, height = self.size_m
            base = 0.6 * length if self.wheelbase_m is None else self.wheelbase_m
            entity = replace(
                entity, dynamics=VehicleDynamics(base, 0.5 * base, 0.32), eye_m=(0.1 * length, 0.0, 0.8 * height)
            )
        root = Link(0, -1, IDENTITY, (0.0, 0.0, 1.0), "body")
        return Asset(entity, (mesh,), materials, (root,), (Part(0, 0, 0, IDENTITY, self.semantic, "body"),))

    def _material(self, key: str, i: int) -> Material:
        own, surface = self.looks, self.surface
        colour = own.get("colour", surface.albedo[i].tolist())
        r, g, b = (float(v) for v in colour)
        nir = float(own.get("nir", 0.2126 * r + 0.7152 * g + 0.0722 * b))
        return Material(
            f"{key}.{i}", (r, g, b), max(0.05, float(own.get("roughness", surface.roughness[i]))), 0.04,
            float(own.get("metalness", surface.metalness[i]) >= 0.5), self._emission(i), nir=nir,
            retro=float(own.get("retro", 0.0)),
        )  # fmt: skip

    def _emission(self, i: int) -> tuple[float, float, float]:
        red, green, blue = self.surface.emission[i].tolist()
        return red, green, blue

    def _occluders(self) -> tuple[Box, ...]:
        """A box inside what fills most of its bounding box; what does not hides nothing from sight lines."""
        x, y, z = self.size_m
        if not self.surface.closed or _volume(self.surface) < 0.5 * x * y * z:
            return ()
        return (Box((0.0, 0.0, 0.5 * z), (0.85 * x, 0.85 * y, 0.85 * z)),)


@dataclass(frozen=True)
class FolderLibrary:
    """What a folder holds.

    Attributes:
        name: what ``use`` names.
        folder: where it is.
        doc: one line.
        assets: by name, in the order of the manifest.
    """

    name: str
    folder: Path
    doc: str
    assets: Mapping[str, FolderAsset]

    def digest(self) -> str:
        """SHA-256 of the manifest and of all files in the folders of the meshes, which they may name: what decides the
        bytes of a dataset.
        """
        out = hashlib.sha256()
        folders = {a.file.parent for a in self.assets.values() if a.file.parent.is_dir()}
        beside = {f for folder in folders for f in folder.iterdir() if f.is_file()}
        for path in sorted({self.folder / MANIFEST, *beside}):
            out.update(f"{path.relative_to(self.folder).as_posix()} {path.stat().st_size}\n".encode())
            with path.open("rb") as file:
                while block := file.read(1 << 20):
                    out.update(block)
        return out.hexdigest()

    def library(self) -> Library:
        """As the language and the engine see it. Meshes are read when somebody asks for a size or a shape."""
        kinds = [self._kind(c) for c in ("object", "vehicle") if any(a.category == c for a in self.assets.values())]
        return Library(
            self.name, {}, {k.name: k for k in kinds}, doc=self.doc,
            assets=_Measured(tuple(self._families()), self._family),
        )  # fmt: skip

    def _families(self) -> dict[str, str]:
        """Category by name of a family: the library's own name stands for its objects, where it has any."""
        found = {c for a in self.assets.values() for c in (a.category,)}
        named = {f"{self.name}_{c}": c for c in sorted(found)}
        return {self.name: "object" if "object" in found else "vehicle", **named}

    def _family(self, name: str) -> tuple[AssetName, ...]:
        category = self._families()[name]
        return tuple(
            AssetName(a.name, max(a.size_m), a.held_out) for a in self.assets.values() if a.category == category
        )

    def _kind(self, category: Literal["object", "vehicle"]) -> EntityKind:
        own = {n: a for n, a in self.assets.items() if a.category == category}
        first, name = next(iter(own)), f"{self.name}_{category}"

        def build(model: str, values: Mapping[str, Any], variety: int) -> Asset:
            del values, variety  # one look
            return own[model or first].build(name)

        sizes = _Measured(("", *own), lambda asset: own[asset or first].size_m)
        asset = Property("asset", ValueType("any"), first, doc=f"which one: {', '.join(list(own)[:8])}")
        return EntityKind(
            name, category, (asset,), build=build, size_m=sizes, doc=f"{category} of {self.name}", sized_by="asset"
        )


class _Measured(Mapping[str, T]):
    """Values by name, each made when it is asked for: to list a library reads none of its meshes."""

    def __init__(self, names: tuple[str, ...], make: Callable[[str], T]) -> None:
        self._names, self._make = names, make

    def __getitem__(self, name: str) -> T:
        if name not in self._names:
            raise KeyError(name)
        return self._make(name)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def read_folder(folder: Path) -> FolderLibrary:
    """Read the manifest of a folder; its meshes are read later.

    Raises:
        SceneError: there is no manifest, or something in it is not as it should be; one line that says what and where.
        LimitError: it is over 1 MB or names over 1,000 assets.
    """
    root, path = folder.resolve(), folder / MANIFEST
    if not path.is_file():
        raise SceneError(f"the folder {folder} has no {MANIFEST}: write one that names the library and its assets")
    if path.stat().st_size > MAX_MANIFEST_BYTES:
        raise LimitError(f"{path} has {path.stat().st_size:,} bytes; a manifest may have {MAX_MANIFEST_BYTES:,}")
    try:
        data = tomllib.loads(path.read_bytes().decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SceneError(f"{path} is no valid TOML: {error}") from None
    top = _Entry(str(path), "", data, _TOP)
    name = top.word("name")
    entries: list[object] = data.get("asset", []) if isinstance(data.get("asset"), list) else []
    if not entries:
        raise SceneError(f"{path} names no assets: add an [[asset]] with 'name', 'file' and 'class'")
    if len(entries) > MAX_ASSETS:
        raise LimitError(f"{path} names {len(entries):,} assets; at most {MAX_ASSETS:,} are read: split the folder")
    assets: dict[str, FolderAsset] = {}
    for i, entry in enumerate(entries, 1):
        made = _asset(_Entry(str(path), f" of asset {i}", entry, _ASSET_KEYS), root)
        if made.name in assets:
            raise SceneError(f"{path} has two assets '{made.name}': give one another name")
        assets[made.name] = made
    return FolderLibrary(name, root, top.text("doc", f"things from {folder.name}"), assets)


class _Entry:
    """A table of the manifest. Each getter returns a value of the right kind or raises one ``SceneError``."""

    def __init__(self, file: str, where: str, data: object, keys: tuple[str, ...]) -> None:
        self.file, self.where = file, where
        if not isinstance(data, dict):
            raise SceneError(f"{file}: expected [[asset]] tables, found {data!r:.40}")
        self.data = cast("dict[str, object]", data)
        for key in self.data:
            if key not in keys:
                near = did_you_mean(key, list(keys))
                hint = f"did you mean '{near}'?" if near else f"known: {', '.join(keys)}"
                raise SceneError(f"{file}: unknown key '{key}'{where}; {hint}")

    def wrong(self, key: str, expected: str) -> SceneError:
        found = f"found {self.data[key]!r:.60}" if key in self.data else "found nothing"
        return SceneError(f"{self.file}: '{key}'{self.where} should be {expected}; {found}")

    def text(self, key: str, default: str | None = None) -> str:
        value = self.data.get(key, default)
        if not isinstance(value, str) or len(value) > 500:
            raise self.wrong(key, "a text of at most 500 characters")
        return value

    def word(self, key: str) -> str:
        value = self.data.get(key)
        if not isinstance(value, str) or not _WORD.fullmatch(value):
            raise self.wrong(key, "a word of small letters, digits and _ that begins with a letter")
        return value

    def one_of(self, key: str, words: tuple[str, ...], default: str) -> str:
        value = self.data.get(key, default)
        if value not in words:
            raise self.wrong(key, f"one of {', '.join(words)}")
        return cast("str", value)

    def number(self, key: str, low: float, high: float, default: float | None) -> float | None:
        value = self.data.get(key, default)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise self.wrong(key, f"a number from {low:g} to {high:g}")
        return float(value)

    def flag(self, key: str) -> bool:
        value = self.data.get(key, False)
        if not isinstance(value, bool):
            raise self.wrong(key, "true or false")
        return value


def _asset(entry: _Entry, root: Path) -> FolderAsset:
    name = entry.word("name")
    entry.where = f" of asset '{name}'"
    given = entry.text("file")
    try:
        file = (root / given).resolve()
        file.exists()
    except (OSError, ValueError):  # a name that no file can have
        raise entry.wrong("file", "the path of a file that is there") from None
    if not file.is_relative_to(root):
        raise entry.wrong("file", "a path inside the folder of the library")
    if file.suffix.lower() not in FORMATS:
        raise entry.wrong("file", f"a mesh file ({', '.join(FORMATS)})")
    word = entry.text("class")
    if word not in _CLASSES:
        near = None if word in CLASS_ID else did_you_mean(word, _CLASSES)
        raise entry.wrong(
            "class", f"a class of the taxonomy that can be placed ({f'{near}?' if near else ', '.join(_CLASSES)})"
        )
    up, forward = (entry.one_of(k, tuple(_AXES), v) for k, v in zip(("up", "forward"), _usual_axes(file), strict=True))
    if _AXES[up][0] == _AXES[forward][0]:
        raise entry.wrong("forward", f"square to 'up' ({up})")
    looks: dict[str, Any] = {
        k: v for k, high in (("roughness", 1.0), ("metalness", 1.0), ("nir", 1.0), ("retro", 5000.0))
        if (v := entry.number(k, 0.0, high, None)) is not None
    }  # fmt: skip
    if "colour" in entry.data:
        looks["colour"] = _colour(entry)
    scale, base = entry.number("scale", 1e-6, 1e6, 1.0), entry.number("wheelbase", 0.1, 30.0, None)
    category = cast("Literal['object', 'vehicle']", entry.one_of("category", ("object", "vehicle"), "object"))
    if base is not None and category != "vehicle":
        raise entry.wrong("wheelbase", 'of a vehicle only (category = "vehicle")')
    return FolderAsset(
        name, file, CLASS_ID[word], category, cast("float", scale), up, forward, entry.flag("held_out"), looks, base
    )


def _colour(entry: _Entry) -> list[float]:
    value = entry.data["colour"]
    numbers = cast("list[object]", value) if isinstance(value, list) else []
    if len(numbers) != 3 or not all(
        isinstance(v, int | float) and not isinstance(v, bool) and 0.0 <= v <= 1.0 for v in numbers
    ):
        raise entry.wrong("colour", "three numbers from 0 to 1 (linear red, green, blue)")
    return [float(cast("float", v)) for v in numbers]


def _usual_axes(file: Path) -> tuple[str, str]:
    """Up and forward where the manifest does not say: glTF is y up and looks along z; the others as here."""
    return ("y", "z") if file.suffix.lower() in (".glb", ".gltf") else ("z", "x")


def _turn(up: str, forward: str) -> F64Array:
    """(3, 3), a rotation that brings ``up`` to z and ``forward`` to x."""
    rows = np.zeros((3, 3))
    for row, word in ((2, up), (0, forward)):
        axis, sign = _AXES[word]
        rows[row, axis] = sign
    rows[1] = np.cross(rows[2], rows[0])
    return rows


def _volume(surface: Surface) -> float:
    a, b, c = (surface.vertices[surface.faces[:, k]] for k in range(3))
    return float((a * np.cross(b, c)).sum() / 6.0)
