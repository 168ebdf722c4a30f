"""A scene in OpenGL buffers, and drawing chosen parts of it with one call."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from OpenGL import GL

from simengine.arrays import Array, BoolArray, F64Array, I32Array, I64Array
from simengine.geometry import transforms as tf
from simengine.world.cutouts import is_cut
from simengine.world.scene import Mesh, Scene
from simengine_renderers.raster.context import GlContext
from simengine_renderers.raster.objects import TexelBuffer, address
from simengine_renderers.raytrace.patterns import octaves, stretch, tiling
from simengine_renderers.raytrace.tables import face_normals

__all__ = ["MATERIAL_ROWS", "POSE_ROWS", "Geometry", "Moment", "pose_rows"]

POSE_ROWS = 8
"""vec4 a part: three rows of world_from_mesh, the eye in the mesh, three rows into the next camera; then 1 + the
material that it shines with, or 0."""
MATERIAL_ROWS = 11
"""vec4 a material: what it looks like, its noise, its holes, what it lets through as a pane and as a leaf."""


@dataclass(frozen=True, eq=False)
class Moment:
    """Where the parts are in one frame.

    Attributes:
        world_from_mesh: (P, 4, 4).
        present: (P,), the part exists.
        shining: parts whose lamps are on, (N,), and the materials that they shine with.
    """

    world_from_mesh: F64Array
    present: BoolArray
    shining: tuple[I64Array, I32Array] | None = None


class Geometry:
    """Buffers of one scene: what draws need (vertices, commands) and what shading looks up (faces, parts, materials).

    Attributes:
        centres_m: (P, 3), centre of each part's bounding sphere in the mesh frame. radii_m: (P,).
        moves: (P,), the part hangs on a link.
        entity: (P,), whose part it is.
        fallen: the snow that lies. sky_map: follows the materials, from row ``sky_row`` on.
        pierced: (P,), some of its faces may have holes. glazed: (P,), some are panes.
    """

    def __init__(self, scene: Scene, context: GlContext) -> None:
        self._context = context
        starts = _starts(scene.meshes)
        part_mesh = np.array([p.mesh for p in scene.parts], np.int64)
        spheres = np.array([_sphere(m) for m in scene.meshes]).reshape(-1, 4)[part_mesh]
        self.centres_m, self.radii_m = np.ascontiguousarray(spheres[:, :3]), spheres[:, 3].copy()
        self.moves = np.array([p.link >= 0 for p in scene.parts], np.bool_)
        self.entity = np.array([p.entity for p in scene.parts], np.int64)
        holed = np.array([is_cut(m, scene.materials) for m in scene.meshes], np.bool_)
        self.pierced = holed[part_mesh] if len(part_mesh) else np.zeros(0, np.bool_)
        panes = np.array([m.pane is not None for m in scene.materials], np.bool_)
        clear = np.array([bool(panes[np.unique(m.face_material)].any()) for m in scene.meshes], np.bool_)
        self.glazed = clear[part_mesh] if len(part_mesh) else np.zeros(0, np.bool_)
        self._commands = _commands(scene, starts, part_mesh)
        self.fallen, self.sky_map = scene.fallen, scene.sky_map
        self.sky_row = MATERIAL_ROWS * max(1, len(scene.materials))
        self.tables = {
            "elements": TexelBuffer(GL.GL_R32UI, _stacked([m.faces for m in scene.meshes], np.uint32, 3)),
            "vertices": TexelBuffer(GL.GL_RGB32F, _stacked([m.vertices_m for m in scene.meshes], np.float32, 3)),
            "vertex_normals": TexelBuffer(GL.GL_RGB32F, _stacked([_bent(m) for m in scene.meshes], np.float32, 3)),
            "faces": TexelBuffer(GL.GL_RGBA32F, _stacked([_faces(m) for m in scene.meshes], np.float32, 4)),
            "materials": TexelBuffer(
                GL.GL_RGBA32F, np.concatenate([_materials(scene).reshape(-1, 4), _sky_cells(scene)])
            ),
            "parts": TexelBuffer(GL.GL_RGBA32I, _parts(scene, starts, part_mesh)),
        }
        self.poses = TexelBuffer(GL.GL_RGBA32F, np.zeros((max(1, len(scene.parts)), POSE_ROWS, 4), np.float32))
        self._numbers = TexelBuffer(GL.GL_R32I, np.arange(max(1, len(scene.parts)), dtype=np.int32))
        self._indirect, self._arrays = (int(np.atleast_1d(f(1))[0]) for f in (GL.glGenBuffers, GL.glGenVertexArrays))
        self._describe_vertices()

    def _describe_vertices(self) -> None:
        GL.glBindVertexArray(self._arrays)
        GL.glBindBuffer(GL.GL_ARRAY_BUFFER, self.tables["vertices"].buffer)
        GL.glVertexAttribPointer(0, 3, GL.GL_FLOAT, GL.GL_FALSE, 0, None)
        GL.glEnableVertexAttribArray(0)
        GL.glBindBuffer(GL.GL_ARRAY_BUFFER, self._numbers.buffer)
        GL.glVertexAttribIPointer(1, 1, GL.GL_INT, 0, None)
        GL.glVertexAttribDivisor(1, 1)  # a command's base instance is the part
        GL.glEnableVertexAttribArray(1)
        GL.glBindBuffer(GL.GL_ARRAY_BUFFER, self.poses.buffer)
        for k in range(3):
            GL.glVertexAttribPointer(2 + k, 4, GL.GL_FLOAT, GL.GL_FALSE, 16 * POSE_ROWS, ctypes.c_void_p(16 * k))
            GL.glVertexAttribDivisor(2 + k, 1)
            GL.glEnableVertexAttribArray(2 + k)
        GL.glBindBuffer(GL.GL_ELEMENT_ARRAY_BUFFER, self.tables["elements"].buffer)
        GL.glBindVertexArray(0)

    def draw(self, chosen: BoolArray) -> None:
        """Draw the chosen parts, in their order, with the current program."""
        commands = self._commands[chosen]
        if not len(commands):
            return
        GL.glBindVertexArray(self._arrays)
        GL.glBindBuffer(GL.GL_DRAW_INDIRECT_BUFFER, self._indirect)
        GL.glBufferData(GL.GL_DRAW_INDIRECT_BUFFER, commands.nbytes, address(commands), GL.GL_STREAM_DRAW)
        self._context.multi_draw(GL.GL_TRIANGLES, GL.GL_UNSIGNED_INT, None, len(commands), 0)
        GL.glBindVertexArray(0)

    def draw_whole(self) -> None:
        """One triangle over everything, made by ``whole.vert``."""
        GL.glBindVertexArray(self._arrays)
        GL.glDrawArrays(GL.GL_TRIANGLES, 0, 3)
        GL.glBindVertexArray(0)

    def close(self) -> None:
        """Free everything."""
        for table in (*self.tables.values(), self.poses, self._numbers):
            table.close()
        GL.glDeleteBuffers(1, [self._indirect])
        GL.glDeleteVertexArrays(1, [self._arrays])


def pose_rows(
    now: Moment, origin_m: F64Array, following: Moment | None = None, next_from_world: F64Array | None = None,
    world_from_camera: F64Array | None = None,
) -> Array:  # fmt: skip
    """Rows of the table of poses, float32 (P, POSE_ROWS, 4), made in float64.

    Args:
        now: the parts.
        origin_m: (3,), origin of the table's world: the eye, so that float32 is finest where it counts.
        following, next_from_world, world_from_camera: the next frame; without it the rows for flow are zero.
    """
    pose = now.world_from_mesh
    out = np.zeros((len(pose), POSE_ROWS, 4), np.float32)
    out[:, :3, :3] = pose[:, :3, :3]
    out[:, :3, 3] = pose[:, :3, 3] - origin_m
    out[:, 3, :3] = tf.apply(tf.inverse(pose), np.broadcast_to(origin_m, (len(pose), 3)))
    if now.shining is not None:
        out[now.shining[0], 7, 0] = now.shining[1] + 1
    if following is not None and next_from_world is not None and world_from_camera is not None:
        mesh_from_camera = tf.compose(tf.inverse(pose), world_from_camera)
        way = tf.compose(next_from_world, tf.compose(following.world_from_mesh, mesh_from_camera))
        out[:, 4:7, :] = way[:, :3, :]
        out[:, 3, 3] = following.present
    return out


def _starts(meshes: Sequence[Mesh]) -> Array:
    """First face and first vertex of each mesh, (M, 2)."""
    counts = np.array([(len(m.faces), len(m.vertices_m)) for m in meshes], np.int64).reshape(-1, 2)
    return np.concatenate([np.zeros((1, 2), np.int64), np.cumsum(counts, 0)[:-1]]) if len(counts) else counts


def _commands(scene: Scene, starts: Array, part_mesh: Array) -> Array:
    """Draw commands of OpenGL: count, instances, first index, base vertex, base instance."""
    faces = np.array([len(m.faces) for m in scene.meshes], np.int64)
    out = np.zeros((len(part_mesh), 5), np.uint32)
    if len(part_mesh):
        out[:, 0], out[:, 1] = 3 * faces[part_mesh], 1
        out[:, 2], out[:, 3] = 3 * starts[part_mesh, 0], starts[part_mesh, 1]
        out[:, 4] = np.arange(len(part_mesh))
    return out


def _parts(scene: Scene, starts: Array, part_mesh: Array) -> Array:
    out = np.zeros((max(1, len(part_mesh)), 8), np.int32)
    for row, part, mesh in zip(out, scene.parts, part_mesh, strict=False):
        face, vertex = starts[mesh]
        smooth = scene.meshes[mesh].vertex_normals is not None
        row[:6] = (3 * face, vertex, face, smooth, part.entity, part.semantic)
    out[: len(part_mesh), 6] = scene.keeps_snow
    return out


def _materials(scene: Scene) -> Array:
    """Rows of a material, as ``channels.frag`` reads them."""
    out = np.zeros((max(1, len(scene.materials)), MATERIAL_ROWS, 4), np.float32)
    for row, m in zip(out, scene.materials, strict=False):
        row[0], row[1] = (*m.albedo, m.roughness), (*m.emission, m.specular)
        row[2] = (m.metalness, 0.0, float(int(m.pattern)), m.pattern_scale_m)
        row[3], row[4] = octaves(m)
        row[5] = (float(int(m.cutout)), m.cutout_m, 0.0, 0.0)
        laid = tiling(m)
        row[6], row[7], row[8] = laid.cells, laid.laid, (*stretch(m), laid.stagger, 0.0)
        row[9] = (*((0.0, 0.0, 0.0) if m.pane is None else m.pane.tint), float(m.pane is not None))
        row[10, :3] = m.translucency
    return out


def _sky_cells(scene: Scene) -> Array:
    """Numbers of the map of the sky, four a row (``simengine.world.sky_map.SkyMap.cells``)."""
    cells = np.zeros(0, np.float32) if (sky := scene.sky_map) is None else sky.cells
    return np.pad(cells, (0, -len(cells) % 4)).reshape(-1, 4)


def _faces(mesh: Mesh) -> Array:
    """Normal and, as bits, material of every face."""
    out = np.empty((len(mesh.faces), 4), np.float32)
    out[:, :3] = face_normals(mesh)
    out[:, 3] = mesh.face_material.astype(np.int32).view(np.float32)
    return out


def _bent(mesh: Mesh) -> Array:
    return np.zeros(mesh.vertices_m.shape, np.float32) if mesh.vertex_normals is None else mesh.vertex_normals


def _sphere(mesh: Mesh) -> tuple[float, float, float, float]:
    if not len(mesh.vertices_m):
        return 0.0, 0.0, 0.0, 0.0
    v = mesh.vertices_m.astype(np.float64)
    middle = 0.5 * (v.min(0) + v.max(0))
    reach = float(np.sqrt(((v - middle) ** 2).sum(-1).max()))
    return float(middle[0]), float(middle[1]), float(middle[2]), reach * 1.0001 + 1e-6


def _stacked(pieces: Sequence[Array], dtype: type, width: int) -> Array:
    return np.concatenate([np.zeros((0, width), dtype), *pieces]).astype(dtype)
