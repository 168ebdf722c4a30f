"""glTF 2.0 files (.glb, .gltf) as scenes: every node that shows a mesh becomes an entity that never moves.

The file is read as it stands, without a change of axes: write it z-up. Textures are not read; a material's factors are.
Nothing outside the file's own folder is opened, and nothing is fetched.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote

import numpy as np

from simengine.arrays import Array, F64Array, I32Array, frozen
from simengine.errors import LimitError, SceneError
from simengine.geometry import transforms as tf
from simengine.world.builder import SceneBuilder
from simengine.world.lanes import LaneGraph
from simengine.world.materials import Material
from simengine.world.scene import Entity, Mesh, Scene
from simengine.world.taxonomy import CLASS_ID
from simengine.world.weather import Environment

__all__ = ["load_gltf"]

MAX_BYTES = 512 * 1024 * 1024
MAX_TRIANGLES = 20_000_000
MAX_NODES = 100_000
_COMPONENTS: dict[int, type] = {
    5120: np.int8, 5121: np.uint8, 5122: np.int16, 5123: np.uint16, 5125: np.uint32, 5126: np.float32
}  # fmt: skip
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}
_TRIANGLES, _STRIP, _FAN = 4, 5, 6
_JSON, _BIN = 0x4E4F534A, 0x004E4942


@dataclass(frozen=True, eq=False)
class _Shape:
    """One glTF mesh: all its triangles, with indices into the file's materials (-1: the default material)."""

    vertices: F64Array
    faces: I32Array
    material: I32Array
    normals: F64Array | None


def load_gltf(path: str | Path, environment: Environment | None = None) -> Scene:
    """Read a glTF file.

    Args:
        path: a ``.glb`` or ``.gltf`` file.
        environment: weather and light; None: the default day.

    Returns:
        A scene with one entity and one part per mesh node, in the order of a depth-first walk. Normals are flat unless
        all primitives of a mesh give their own. Scaled nodes get a scaled copy of their mesh.

    Raises:
        SceneError: there is no such file, or it is broken or needs something that is not supported; one line.
        LimitError: over 512 MB, 20 million triangles or 100,000 nodes.
    """
    file = Path(path)
    try:
        return _File(file).scene(environment)
    except (SceneError, LimitError):
        raise
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
        raise SceneError(f"'{file.name}' is no valid glTF file: {type(error).__name__}: {error}") from error


class _File:
    def __init__(self, path: Path) -> None:
        self.path = path
        raw = _read(path)
        if raw[:4] == b"glTF":
            text, self.binary = _chunks(path, raw)
        else:
            text, self.binary = raw, b""
        try:
            document = json.loads(text)
        except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
            raise SceneError(f"'{path.name}' is no valid glTF file: its JSON does not parse ({error})") from error
        if not isinstance(document, dict):
            raise SceneError(f"'{path.name}' is no valid glTF file: expected a JSON object at the top")
        self.json = cast(dict[str, Any], document)
        needed = [str(e) for e in self.json.get("extensionsRequired", [])]
        unknown = [e for e in needed if e not in ("KHR_materials_unlit", "KHR_mesh_quantization")]
        if unknown:
            raise SceneError(f"'{path.name}' requires glTF extensions that are not supported: {', '.join(unknown)}")
        self._buffers: dict[int, bytes] = {}

    def scene(self, environment: Environment | None) -> Scene:
        nodes: list[dict[str, Any]] = list(self.json.get("nodes", []))
        if len(nodes) > MAX_NODES:
            raise LimitError(f"'{self.path.name}' has {len(nodes)} nodes; at most {MAX_NODES} are read")
        self._refuse_size(nodes)
        placed = self._walk(nodes)
        shapes: dict[int, _Shape] = {}
        materials = self._materials()
        builder = SceneBuilder(environment)
        names: set[str] = set()
        for node, world_from_node in placed:
            mesh = int(nodes[node]["mesh"])
            if mesh not in shapes:
                shapes[mesh] = self._shape(mesh, len(materials))
            name = _unique(str(nodes[node].get("name") or f"node_{node}"), names)
            if len(shapes[mesh].faces):
                _place(builder, name, f"mesh_{mesh}", shapes[mesh], world_from_node, materials)
        return builder.build(LaneGraph())

    def _refuse_size(self, nodes: Sequence[dict[str, Any]]) -> None:
        """Count triangles from the headers alone."""
        accessors: list[dict[str, Any]] = self.json.get("accessors", [])
        total = 0
        for mesh in self.json.get("meshes", []):
            for primitive in mesh["primitives"]:
                at = primitive.get("indices", primitive["attributes"].get("POSITION"))
                total += int(accessors[int(at)]["count"]) // (3 if primitive.get("mode", 4) == _TRIANGLES else 1)
        if total > MAX_TRIANGLES:
            raise LimitError(f"'{self.path.name}' has {total} triangles; at most {MAX_TRIANGLES} are read")
        meshes = len(self.json.get("meshes", []))
        for i, node in enumerate(nodes):
            if "mesh" in node and not 0 <= int(node["mesh"]) < meshes:
                raise SceneError(f"'{self.path.name}' is no valid glTF file: node {i} names mesh {node['mesh']}")

    def _walk(self, nodes: Sequence[dict[str, Any]]) -> list[tuple[int, F64Array]]:
        """Nodes with a mesh and world_from_node, depth first; every node at most once."""
        scenes: list[dict[str, Any]] = self.json.get("scenes", [])
        if scenes:
            roots = [int(n) for n in scenes[int(self.json.get("scene", 0))].get("nodes", [])]
        else:
            children = {int(c) for n in nodes for c in n.get("children", [])}
            roots = [i for i in range(len(nodes)) if i not in children]
        out: list[tuple[int, F64Array]] = []
        seen: set[int] = set()
        stack: list[tuple[int, F64Array]] = [(n, np.eye(4)) for n in reversed(roots)]
        while stack:
            index, parent = stack.pop()
            if index in seen or not 0 <= index < len(nodes):
                raise SceneError(f"'{self.path.name}' is no valid glTF file: node {index} is missing or placed twice")
            seen.add(index)
            node = nodes[index]
            pose = parent @ _node_matrix(node)
            if not bool(np.isfinite(pose).all()):
                raise SceneError(f"'{self.path.name}': the transform of node {index} is not finite")
            if "mesh" in node:
                out.append((index, pose))
            stack.extend((int(c), pose) for c in reversed(node.get("children", [])))
        return out

    def _materials(self) -> tuple[Material, ...]:
        """The file's materials and, last, the default one."""
        out: list[Material] = []
        names: set[str] = set()
        for i, m in enumerate(self.json.get("materials", [])):
            pbr: dict[str, Any] = m.get("pbrMetallicRoughness", {})
            base = _floats(pbr.get("baseColorFactor", (1.0, 1.0, 1.0, 1.0)), 4)[:3]
            glow = _floats(m.get("emissiveFactor", (0.0, 0.0, 0.0)), 3)
            rough, metal = float(pbr.get("roughnessFactor", 1.0)), float(pbr.get("metallicFactor", 1.0))
            name = _unique(str(m.get("name") or f"material_{i}"), names)
            colour = tuple(min(1.0, max(0.0, c)) for c in base)
            nir = min(1.0, max(0.02, sum(colour) / 3.0))
            out.append(
                Material(
                    name, cast(tuple[float, float, float], colour), min(1.0, max(0.0, rough)), 0.04,
                    min(1.0, max(0.0, metal)), cast(tuple[float, float, float], glow), nir,
                )
            )  # fmt: skip
        return (*out, Material(_unique("default", names), (0.6, 0.6, 0.6)))

    def _shape(self, index: int, materials: int) -> _Shape:
        """All triangles of one mesh; ``materials`` counts the default one at the end."""
        vertices: list[F64Array] = []
        faces: list[Array] = []
        owners: list[I32Array] = []
        normals: list[F64Array | None] = []
        first = 0
        for primitive in self.json["meshes"][index]["primitives"]:
            mode = int(primitive.get("mode", _TRIANGLES))
            if mode not in (_TRIANGLES, _STRIP, _FAN):
                continue  # points and lines have no surface
            points = self._accessor(int(primitive["attributes"]["POSITION"]), 3).astype(np.float64)
            corners = np.arange(len(points))
            if "indices" in primitive:
                corners = self._accessor(int(primitive["indices"]), 1)[:, 0].astype(np.int64)
            if corners.size and (int(corners.min()) < 0 or int(corners.max()) >= len(points)):
                raise SceneError(f"'{self.path.name}': mesh {index} names vertices outside 0..{len(points) - 1}")
            triangles = _triangles(corners, mode)
            owner = int(primitive.get("material", materials - 1))
            if not 0 <= owner < materials:
                raise SceneError(f"'{self.path.name}': mesh {index} names material {owner}, which does not exist")
            given = primitive["attributes"].get("NORMAL")
            own = None if given is None else self._accessor(int(given), 3).astype(np.float64)
            if own is not None and len(own) != len(points):
                raise SceneError(f"'{self.path.name}': mesh {index} has {len(own)} normals for {len(points)} vertices")
            vertices.append(points)
            faces.append(triangles + first)
            owners.append(np.full(len(triangles), owner, np.int32))
            normals.append(own)
            first += len(points)
        if not vertices:
            return _Shape(np.zeros((0, 3)), np.zeros((0, 3), np.int32), np.zeros(0, np.int32), None)
        smooth = [n for n in normals if n is not None]
        return _Shape(
            np.concatenate(vertices), np.concatenate(faces).astype(np.int32), np.concatenate(owners),
            np.concatenate(smooth) if len(smooth) == len(normals) else None,
        )  # fmt: skip

    def _accessor(self, index: int, width: int) -> Array:
        """Values of an accessor, (count, width)."""
        accessor: dict[str, Any] = self.json["accessors"][index]
        if "sparse" in accessor:
            raise SceneError(f"'{self.path.name}': sparse accessors are not supported (accessor {index})")
        if _WIDTHS.get(str(accessor["type"])) != width:
            raise SceneError(f"'{self.path.name}': accessor {index} is {accessor['type']}, expected {width} components")
        dtype = np.dtype(_COMPONENTS[int(accessor["componentType"])]).newbyteorder("<")
        count = int(accessor["count"])
        if count > 3 * MAX_TRIANGLES:
            raise LimitError(f"'{self.path.name}' has {count} vertices or indices in one mesh; too many to be read")
        if "bufferView" not in accessor:
            return np.zeros((count, width), dtype)
        view: dict[str, Any] = self.json["bufferViews"][int(accessor["bufferView"])]
        data = self._buffer(int(view["buffer"]))
        item = dtype.itemsize * width
        stride = int(view.get("byteStride", item))
        begin = int(view.get("byteOffset", 0)) + int(accessor.get("byteOffset", 0))
        end = begin + stride * (count - 1) + item
        if count < 0 or begin < 0 or stride < item or (count and end > len(data)):
            raise SceneError(f"'{self.path.name}': accessor {index} reads past the end of its buffer")
        if count == 0:
            return np.zeros((0, width), dtype)
        values = np.ndarray((count, width), dtype, data, begin, (stride, dtype.itemsize))
        if not accessor.get("normalized", False) or dtype.kind == "f":
            return values
        return np.maximum(values.astype(np.float64) / float(2 ** (8 * dtype.itemsize - (dtype.kind == "i")) - 1), -1.0)

    def _buffer(self, index: int) -> bytes:
        if index not in self._buffers:
            self._buffers[index] = self._load_buffer(self.json["buffers"][index], index)
        return self._buffers[index]

    def _load_buffer(self, buffer: dict[str, Any], index: int) -> bytes:
        uri = buffer.get("uri")
        if uri is None:
            return self.binary
        text = str(uri)
        if text.startswith("data:"):
            try:
                return base64.b64decode(text.partition(",")[2], validate=True)
            except (binascii.Error, ValueError) as error:
                raise SceneError(f"'{self.path.name}': buffer {index} is no valid base64 text") from error
        folder = self.path.resolve().parent
        target = (folder / unquote(text)).resolve()
        if "://" in text or not target.is_relative_to(folder):
            raise SceneError(
                f"'{self.path.name}': buffer {index} lies outside the file's own folder and was not opened ('{text}')"
            )
        return _read(target)


def _read(path: Path) -> bytes:
    """A whole file, refused before reading where it is too large."""
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise LimitError(f"'{path.name}' has {size / 1e6:.0f} MB; at most {MAX_BYTES / 1e6:.0f} MB are read")
        return path.read_bytes()
    except OSError as error:
        raise SceneError(f"cannot read '{path}': {error.strerror or error}") from error


def _chunks(path: Path, raw: bytes) -> tuple[bytes, bytes]:
    """JSON and binary chunk of a GLB container."""
    if len(raw) < 20:
        raise SceneError(f"'{path.name}' is no valid glTF file: it ends inside its header")
    _, version, total = struct.unpack_from("<III", raw)
    if version != 2:
        raise SceneError(f"'{path.name}' is glTF version {version}; only version 2 is read")
    if total > len(raw):
        raise SceneError(f"'{path.name}' is cut short: its header says {total} bytes, the file has {len(raw)}")
    found: dict[int, bytes] = {}
    at = 12
    while at + 8 <= total:
        length, kind = struct.unpack_from("<II", raw, at)
        if at + 8 + length > total:
            raise SceneError(f"'{path.name}' is no valid glTF file: a chunk reaches past its end")
        found.setdefault(kind, raw[at + 8 : at + 8 + length])
        at += 8 + length + (-length % 4)
    if _JSON not in found:
        raise SceneError(f"'{path.name}' is no valid glTF file: it has no JSON chunk")
    return found[_JSON], found.get(_BIN, b"")


def _floats(values: Any, count: int) -> tuple[float, ...]:
    out = tuple(float(v) for v in values)
    if len(out) != count or not all(math.isfinite(v) for v in out):
        raise SceneError(f"expected {count} finite numbers in a glTF material or node, got {out}")
    return out


def _node_matrix(node: dict[str, Any]) -> F64Array:
    """parent_from_node: a column-major matrix, or translation, rotation (x y z w) and scale."""
    if "matrix" in node:
        return np.array(_floats(node["matrix"], 16)).reshape(4, 4).T
    x, y, z, w = _floats(node.get("rotation", (0.0, 0.0, 0.0, 1.0)), 4)
    norm = math.sqrt(x * x + y * y + z * z + w * w)
    if norm == 0.0:
        raise SceneError("a glTF node has a rotation of length 0")
    q = np.array([w, x, y, z]) / norm
    out = tf.matrix_from_pose(np.array(_floats(node.get("translation", (0.0, 0.0, 0.0)), 3)), q)
    out[:3, :3] = out[:3, :3] * np.array(_floats(node.get("scale", (1.0, 1.0, 1.0)), 3))
    return out


def _triangles(corners: Array, mode: int) -> Array:
    """Corner indices (T, 3) of a list, strip or fan."""
    n = len(corners)
    if mode == _TRIANGLES:
        return corners[: n - n % 3].reshape(-1, 3)
    i = np.arange(max(0, n - 2))
    if mode == _FAN:
        return np.stack([np.full(len(i), corners[0] if n else 0), corners[i + 1], corners[i + 2]], -1)
    odd = i % 2
    return np.stack([corners[i], corners[i + 1 + odd], corners[i + 2 - odd]], -1)


def _unique(name: str, taken: set[str]) -> str:
    """The name, with a number after it where it is taken."""
    out, n = name, 1
    while out in taken:
        n += 1
        out = f"{name}#{n}"
    taken.add(out)
    return out


def _place(
    builder: SceneBuilder, name: str, mesh_name: str, shape: _Shape, pose: F64Array, materials: tuple[Material, ...]
) -> None:
    """Add one node as an entity whose frame stands on the ground below the centre of its bounding box."""
    linear = pose[:3, :3]
    rigid = bool(np.abs(linear @ linear.T - np.eye(3)).max() < 1e-6) and float(np.linalg.det(linear)) > 0
    vertices, faces, normals = shape.vertices, shape.faces, shape.normals
    if not rigid:  # scaled, sheared or mirrored: a mesh of its own, placed by translation alone
        mesh_name = f"{mesh_name}@{name}"
        vertices = vertices @ linear.T
        turned = float(np.linalg.det(linear)) < 0
        faces = faces[:, ::-1] if turned else faces
        if normals is not None:
            normals = normals @ np.linalg.pinv(linear)
        pose = tf.translation(pose[:3, 3])
    if normals is not None:
        length = np.sqrt((normals * normals).sum(-1, keepdims=True))
        normals = np.where(length > 0, normals / np.where(length > 0, length, 1.0), (0.0, 0.0, 1.0))
    low, high = vertices[faces].min((0, 1)), vertices[faces].max((0, 1))
    foot = tf.translation([(low[0] + high[0]) / 2.0, (low[1] + high[1]) / 2.0, low[2]])
    size = tuple(float(v) for v in high - low)
    entity = Entity(
        name, "object", mesh_name, CLASS_ID["static_object"], cast(tuple[float, float, float], size),
        world_from_entity=frozen(tf.compose(pose, foot), np.float64),
    )  # fmt: skip
    mesh = Mesh(
        mesh_name, frozen(vertices, np.float32), frozen(faces, np.int32), frozen(shape.material, np.int32),
        None if normals is None else frozen(normals, np.float32),
    )  # fmt: skip
    builder.add_static(entity, [(mesh, materials, pose)])
