"""glTF 2.0 files (.glb, .gltf) as scenes: every node that shows a mesh becomes an entity that never moves.

The file is read as it stands, without a change of axes: write it z-up. Textures are not read; a material's factors are.
Nothing outside the file's own folder is opened, and nothing is fetched.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np

from simengine.arrays import Array, F64Array, I32Array, frozen
from simengine.errors import LimitError, SceneError, an
from simengine.geometry import transforms as tf
from simengine.world.builder import SceneBuilder
from simengine.world.gltf_file import FRACTION_SLACK, GltfFile, Piece
from simengine.world.lanes import LaneGraph
from simengine.world.materials import Material
from simengine.world.scene import Entity, Mesh, Scene
from simengine.world.taxonomy import CLASS_ID
from simengine.world.weather import Environment

__all__ = ["check_gltf", "load_gltf"]

MAX_TRIANGLES = 20_000_000
MAX_NODES = 100_000
MAX_DEPTH = 256
"""Of nodes below nodes."""
_FARTHEST_M = 1e9  # beyond, single precision knows no metres any more
_BRIGHTEST = 1e6
_TRIANGLES, _STRIP, _FAN = 4, 5, 6


@dataclass(frozen=True, eq=False)
class _Shape:
    """One glTF mesh: all its triangles, with indices into the file's materials (-1: the default material)."""

    vertices: F64Array
    faces: I32Array
    material: I32Array
    normals: F64Array | None


@dataclass(frozen=True, eq=False)
class _Placed:
    """A node that shows a mesh; ``rigid``: neither scaled nor sheared nor mirrored."""

    node: int
    mesh: int
    world_from_node: F64Array
    rigid: bool


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
        LimitError: over 512 MB, 4 million JSON values, 100,000 nodes, a node below more than 256 others, or 20 million
            triangles (the copies for scaled nodes included), or it needs more memory than there is.
    """
    if not isinstance(cast("object", path), str | Path):
        raise SceneError(f"load_gltf needs the path of a .glb or .gltf file, found {an(type(path).__name__)}")
    with _in_one_line(Path(path).name):
        return _Loader(GltfFile(Path(path))).scene(environment)


def check_gltf(path: Path, most_triangles: int) -> int:
    """Read a file through as :func:`load_gltf` does, colours of vertices included, and build nothing.

    Args:
        path: a ``.glb`` or ``.gltf`` file.
        most_triangles: over so many the meshes are not looked into: the answer comes from the headers alone.

    Returns:
        Triangles that its nodes show: a mesh counts once for each of its nodes.

    Raises:
        SceneError, LimitError: as :func:`load_gltf`.
    """
    with _in_one_line(path.name):
        return _Loader(GltfFile(path)).check(most_triangles)


@contextmanager
def _in_one_line(name: str) -> Generator[None]:
    """Whatever a broken file makes Python raise becomes one error of ours."""
    try:
        with np.errstate(all="ignore"):  # what overflows is found and refused
            yield
    except MemoryError as error:
        raise LimitError(f"'{name}' needs more memory than there is; split it, or use fewer triangles") from error
    except (SceneError, LimitError):
        raise
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise SceneError(f"'{name}' is no valid glTF file: its parts do not fit together") from error


class _Loader:
    def __init__(self, file: GltfFile) -> None:
        self.file, self.name, document = file, file.name, file.document
        unknown = [e for e in document.texts("extensionsRequired")
                   if e not in ("KHR_materials_unlit", "KHR_mesh_quantization")]  # fmt: skip
        if unknown:
            raise SceneError(f"'{self.name}' requires glTF extensions that are not supported: {', '.join(unknown[:9])}")
        self.nodes = document.pieces("nodes", "node")
        if len(self.nodes) > MAX_NODES:
            raise LimitError(f"'{self.name}' has {len(self.nodes)} nodes; at most {MAX_NODES} are read: split it")
        self.meshes = [m.pieces("primitives", f"{m.where}, primitive") for m in document.pieces("meshes", "mesh")]
        self.materials = _materials(document)

    def check(self, most_triangles: int) -> int:
        """Triangles of all nodes; where they are not too many, their meshes are read."""
        sizes, order = self._sizes(), self._order()
        shown = [mesh for index, _ in order if (mesh := self._mesh_of(index)) is not None]
        count = sum(sizes[mesh][0] for mesh in shown)
        if count <= most_triangles:
            self._walk(order)
            for mesh in sorted(set(shown)):
                self._shape(mesh)
                for primitive in self.meshes[mesh]:
                    self._refuse_colours(primitive)
        return count

    def scene(self, environment: Environment | None) -> Scene:
        sizes = self._sizes()
        placed = self._walk(self._order())
        self._refuse_size(sizes, placed)
        builder = SceneBuilder(environment)
        names: dict[str, int] = {}
        shapes: dict[int, _Shape] = {}
        rigid: dict[int, tuple[Mesh, Array]] = {}
        for where in placed:
            if where.mesh not in shapes:
                shapes[where.mesh] = self._shape(where.mesh)
            shape, mesh_name = shapes[where.mesh], f"mesh_{where.mesh}"
            name = _unique(self.nodes[where.node].text("name", f"node_{where.node}"), names)
            if not len(shape.faces):
                continue
            if where.rigid:
                mesh, bounds = rigid.get(where.mesh) or _mesh(mesh_name, shape)
                rigid[where.mesh] = (mesh, bounds)
                pose = where.world_from_node
            else:  # a mesh of its own, placed by translation alone
                mesh, bounds = _mesh(f"{mesh_name}@{name}", _bent(shape, where.world_from_node[:3, :3]))
                pose = tf.translation(where.world_from_node[:3, 3])
            if not max(float(np.abs(bounds).max()), float(np.abs(pose).max())) < _FARTHEST_M:
                raise SceneError(f"'{self.name}': {self.nodes[where.node].where} lies over {_FARTHEST_M:.0e} m away")
            _place(builder, name, mesh, bounds, pose, self.materials)
        return builder.build(LaneGraph())

    def _sizes(self) -> list[tuple[int, int]]:
        """Triangles and vertices of each mesh."""
        sizes = [self._size(mesh) for mesh in self.meshes]
        self._refuse_size(sizes, [])
        return sizes

    def _size(self, mesh: list[Piece]) -> tuple[int, int]:
        """Triangles and vertices of a mesh, from the headers alone."""
        triangles = vertices = 0
        for primitive in mesh:
            attributes = primitive.piece("attributes")
            points = self.file.count(attributes, "POSITION")
            corners = self.file.count(primitive, "indices") if "indices" in primitive else points
            triangles += corners // (3 if primitive.whole("mode", _TRIANGLES) == _TRIANGLES else 1)
            vertices += points
        return triangles, vertices

    def _refuse_size(self, sizes: list[tuple[int, int]], placed: list[_Placed]) -> None:
        """Count all meshes once, and once more for each node that needs a copy."""
        counted = sizes + [sizes[p.mesh] for p in placed if not p.rigid]
        copies = ", copies for scaled nodes included" if placed else ""
        for total, limit, what in (
            (sum(t for t, _ in counted), MAX_TRIANGLES, "triangles"),
            (sum(v for _, v in counted), 3 * MAX_TRIANGLES, "vertices"),
        ):
            if total > limit:
                raise LimitError(
                    f"'{self.name}' has {float(min(total, 10**30)):.4g} {what}{copies}; at most {limit} are read: "
                    "split it or simplify it"
                )

    def _order(self) -> list[tuple[int, int]]:
        """Nodes of the scene and their parents (-1: none), depth first."""
        count = len(self.nodes)
        children = [node.indices("children", count, "nodes") for node in self.nodes]
        self._refuse_no_trees(children)
        scenes = self.file.document.pieces("scenes", "scene")
        if scenes:
            roots = scenes[self.file.document.index("scene", len(scenes), "scenes", 0)].indices("nodes", count, "nodes")
        else:
            inner = {c for below in children for c in below}
            roots = [i for i in range(count) if i not in inner]
        out: list[tuple[int, int]] = []
        seen: set[int] = set()
        stack = [(n, -1) for n in reversed(roots)]
        while stack:
            index, parent = stack.pop()
            if index in seen:
                raise SceneError(f"'{self.name}' is no valid glTF file: node {index} is placed twice")
            seen.add(index)
            out.append((index, parent))
            stack.extend((c, index) for c in reversed(children[index]))
        return out

    def _mesh_of(self, index: int) -> int | None:
        node = self.nodes[index]
        return node.index("mesh", len(self.meshes), "meshes") if "mesh" in node else None

    def _walk(self, order: list[tuple[int, int]]) -> list[_Placed]:
        """Nodes with a mesh, where they are."""
        out: list[_Placed] = []
        poses: dict[int, F64Array] = {-1: np.eye(4)}
        for index, parent in order:
            pose = poses[index] = poses[parent] @ _node_matrix(self.nodes[index])
            mesh = self._mesh_of(index)
            if mesh is not None:
                out.append(_Placed(index, mesh, pose, self._rigid(index, pose)))
        return out

    def _refuse_no_trees(self, children: list[list[int]]) -> None:
        """Every node has one parent at most and is below one without a parent, and not too far below."""
        parent: dict[int, int] = {}
        for node, below in enumerate(children):
            for child in below:
                if child in parent:
                    raise SceneError(f"'{self.name}' is no valid glTF file: node {child} is placed twice, or a cycle")
                parent[child] = node
        reached = [n for n in range(len(children)) if n not in parent]
        above = [0] * len(children)
        for node in reached:  # (grows on the way)
            for child in children[node]:
                above[child] = above[node] + 1
            if above[node] > MAX_DEPTH:
                raise LimitError(
                    f"'{self.name}': {self.nodes[node].where} lies below more than {MAX_DEPTH} others; such deep trees "
                    "are not read: flatten them"
                )
            reached.extend(children[node])
        if len(reached) != len(children):
            raise SceneError(f"'{self.name}' is no valid glTF file: nodes are children of each other in a cycle")

    def _rigid(self, node: int, pose: F64Array) -> bool:
        """Whether a pose turns and moves only.

        Raises:
            SceneError: it is not finite, or flattens what it moves.
        """
        linear = pose[:3, :3]
        if not bool(np.isfinite(pose).all()):
            raise SceneError(f"'{self.name}': the transform of node {node} is not finite; export it again")
        longest = float(np.sqrt((linear * linear).sum(0)).max())
        volume = float(np.linalg.det(linear / longest)) if 0.0 < longest < math.inf else 0.0
        if not abs(volume) > 1e-12:
            raise SceneError(
                f"'{self.name}': the transform of node {node} flattens its mesh (a scale of 0, or a singular matrix); "
                "remove the node or give it a size"
            )
        return volume > 0.0 and float(np.abs(linear @ linear.T - np.eye(3)).max()) < 1e-6

    def _shape(self, index: int) -> _Shape:
        """All triangles of one mesh."""
        vertices: list[F64Array] = []
        faces: list[Array] = []
        owners: list[I32Array] = []
        normals: list[F64Array | None] = []
        first = 0
        for primitive in self.meshes[index]:
            mode = primitive.whole("mode", _TRIANGLES)
            if mode not in (_TRIANGLES, _STRIP, _FAN):
                continue  # points and lines have no surface
            points, own = self._points(primitive)
            corners = np.arange(len(points))
            if "indices" in primitive:
                corners = self.file.values(primitive, "indices", 1)[:, 0].astype(np.int64)
            if corners.size and int(corners.max()) >= len(points):
                raise SceneError(f"'{self.name}': {primitive.where} names vertices outside 0..{len(points) - 1}")
            triangles = _triangles(corners, mode)
            given = len(self.materials) - 1  # the last one is the default
            owner = primitive.index("material", given, "materials") if "material" in primitive else given
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

    def _points(self, primitive: Piece) -> tuple[F64Array, F64Array | None]:
        """Vertices and, where they are given, normals."""
        attributes = primitive.piece("attributes")
        points = self.file.values(attributes, "POSITION", 3).astype(np.float64)
        own = self.file.values(attributes, "NORMAL", 3).astype(np.float64) if "NORMAL" in attributes else None
        if own is not None and len(own) != len(points):
            raise SceneError(f"'{self.name}': {primitive.where} has {len(own)} normals for {len(points)} vertices")
        if not (bool(np.isfinite(points).all()) and (own is None or bool(np.isfinite(own).all()))):
            raise SceneError(f"'{self.name}': {primitive.where} has coordinates that are no finite numbers")
        return points, own

    def _refuse_colours(self, primitive: Piece) -> None:
        """Colours of vertices lie in 0..1."""
        attributes = primitive.piece("attributes")
        if "COLOR_0" not in attributes:
            return
        colours = self.file.values(attributes, "COLOR_0", self.file.width(attributes, "COLOR_0"))
        if colours.dtype.kind != "f":
            return  # whole numbers are parts of their type's greatest
        wrong = ~((colours >= -FRACTION_SLACK) & (colours <= 1.0 + FRACTION_SLACK))
        if bool(wrong.any()):
            raise SceneError(
                f"'{self.name}': {primitive.where} has a vertex colour of {float(colours[wrong][0]):g}; expected "
                "numbers from 0 to 1: export it again"
            )


def _materials(document: Piece) -> tuple[Material, ...]:
    """The file's materials and, last, the default one."""
    out: list[Material] = []
    names: dict[str, int] = {}
    for i, piece in enumerate(document.pieces("materials", "material")):
        name = piece.text("name", f"material_{i}")
        piece.where = f"material {i} ('{name[:40]}')"
        pbr = piece.piece("pbrMetallicRoughness")
        red, green, blue, _ = pbr.fractions("baseColorFactor", (1.0, 1.0, 1.0, 1.0))
        glow_red, glow_green, glow_blue = (_glow(v) for v in piece.numbers("emissiveFactor", (0.0, 0.0, 0.0)))
        (rough,), (metal,) = (pbr.fractions(k, (1.0,)) for k in ("roughnessFactor", "metallicFactor"))
        out.append(
            Material(
                _unique(name, names), (red, green, blue), rough, 0.04, metal, (glow_red, glow_green, glow_blue),
                max(0.02, (red + green + blue) / 3.0),
            )
        )  # fmt: skip
    return (*out, Material(_unique("default", names), (0.6, 0.6, 0.6)))


def _glow(value: float) -> float:
    return min(_BRIGHTEST, max(0.0, value))


def _node_matrix(node: Piece) -> F64Array:
    """parent_from_node: a column-major matrix, or translation, rotation (x y z w) and scale."""
    if "matrix" in node:
        matrix = np.array(node.numbers("matrix", (0.0,) * 16)).reshape(4, 4).T
        if matrix[3].tolist() != [0.0, 0.0, 0.0, 1.0]:
            raise node.wrong("matrix", "an affine transform: its entries 3, 7, 11 and 15 must be 0, 0, 0 and 1")
        return matrix
    x, y, z, w = node.numbers("rotation", (0.0, 0.0, 0.0, 1.0))
    norm = math.sqrt(x * x + y * y + z * z + w * w)
    if not 0.0 < norm < math.inf:
        raise node.wrong("rotation", "a quaternion of length 1")
    q = np.array([w, x, y, z]) / norm
    out = tf.matrix_from_pose(np.array(node.numbers("translation", (0.0, 0.0, 0.0))), q)
    out[:3, :3] = out[:3, :3] * np.array(node.numbers("scale", (1.0, 1.0, 1.0)))
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


def _unique(name: str, taken: dict[str, int]) -> str:
    """The name, with a number after it where it is taken. ``taken`` remembers the last number given for each."""
    if name not in taken:
        taken[name] = 1
        return name
    while True:
        taken[name] += 1
        out = f"{name}#{taken[name]}"
        if out not in taken:
            taken[out] = 1
            return out


def _bent(shape: _Shape, linear: F64Array) -> _Shape:
    """A scaled, sheared or mirrored shape; what is mirrored turns its faces round, so that outside stays outside."""
    normals = None if shape.normals is None else shape.normals @ np.linalg.inv(linear)
    faces = shape.faces[:, ::-1] if float(np.linalg.det(linear)) < 0 else shape.faces
    return _Shape(shape.vertices @ linear.T, faces, shape.material, normals)


def _mesh(name: str, shape: _Shape) -> tuple[Mesh, Array]:
    """A mesh, and (low, high) corners of its bounding box."""
    normals = shape.normals
    if normals is not None:
        length = np.sqrt((normals * normals).sum(-1, keepdims=True))
        normals = np.where(length > 0, normals / np.where(length > 0, length, 1.0), (0.0, 0.0, 1.0))
    used = shape.vertices[shape.faces]
    mesh = Mesh(
        name, frozen(shape.vertices, np.float32), frozen(shape.faces, np.int32), frozen(shape.material, np.int32),
        None if normals is None else frozen(normals, np.float32),
    )  # fmt: skip
    return mesh, np.stack([used.min((0, 1)), used.max((0, 1))])


def _place(
    builder: SceneBuilder, name: str, mesh: Mesh, bounds: Array, pose: F64Array, materials: tuple[Material, ...]
) -> None:
    """Add one node as an entity whose frame stands on the ground below the centre of its bounding box."""
    low, high = bounds
    foot = tf.translation([(low[0] + high[0]) / 2.0, (low[1] + high[1]) / 2.0, low[2]])
    length, width, height = (float(v) for v in high - low)
    entity = Entity(
        name, "object", mesh.name, CLASS_ID["static_object"], (length, width, height),
        world_from_entity=frozen(tf.compose(pose, foot), np.float64),
    )  # fmt: skip
    builder.add_static(entity, [(mesh, materials, pose)])
