"""Tracing through Warp's own trees, on CUDA and where Embree is not found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import warp as wp

from simengine.arrays import Array, F32Array, F64Array, I32Array
from simengine.geometry import transforms as tf
from simengine.world.cutouts import cut_rows, lets_through
from simengine.world.scene import Mesh, Scene
from simengine_renderers.raytrace import bvh
from simengine_renderers.raytrace.cutouts import ROW
from simengine_renderers.raytrace.single import Tree
from simengine_renderers.raytrace.tracing import FAR_M, LAMP_MARGIN_M, Hits, Placement, Rays, ShadowRays

__all__ = ["BvhTracer"]


class BvhTracer:
    """All parts of a scene under one tree over their boxes, rebuilt whenever something moves."""

    row_step = 1

    def __init__(
        self, scene: Scene, device: str, meshes: Sequence[Any] | None = None, parts: Sequence[int] | None = None,
        cut: tuple[Any, I32Array] | None = None,
    ) -> None:  # fmt: skip
        self.device = device
        self._scene = scene
        self._meshes = [_mesh(m, device) for m in scene.meshes] if meshes is None else list(meshes)
        self._cut, self._cut_start = _cut_table(scene, device) if cut is None else cut
        self._parts = np.arange(len(scene.parts)) if parts is None else np.asarray(parts, np.int64)
        self._box = np.array([_box(m) for m in scene.meshes], np.float64).reshape(-1, 2, 3)
        self._tree: Any = None
        self._movers: Any = None
        self._all_active = wp.zeros(1, dtype=wp.uint8, device=device)
        self._no_shares = wp.zeros(1, dtype=wp.vec4, device=device)
        self._no_table = wp.zeros(1, dtype=int, device=device)

    def prepare(self, carrier: int) -> None:
        """Nothing to do: rays compare entities."""

    def place(self, placement: Placement) -> None:
        """Build the tree over the boxes of all parts that exist."""
        here = self._parts[placement.present[self._parts]]
        here = np.array([i for i in here if len(self._scene.meshes[self._scene.parts[i].mesh].faces)], np.int64)
        table = np.zeros(max(1, len(here)), bvh.Mover.numpy_dtype())
        low, high = np.full((max(1, len(here)), 3), 1e29), np.full((max(1, len(here)), 3), 1e29)
        if len(here):
            start, stop = _shifted(placement, placement.start, here), None
            if placement.stop is not None:
                stop = _shifted(placement, placement.stop, here)
            mesh = np.array([self._scene.parts[i].mesh for i in here])
            _fill(table, start, stop)
            table["cut"] = self._cut_start[mesh]
            table["mesh"] = [self._meshes[m].id for m in mesh]
            table["part"], table["entity"] = here, [self._scene.parts[i].entity for i in here]
            low, high = _bounds(self._box[mesh], start, stop)
        boxes = [wp.array(b.astype(np.float32), dtype=wp.vec3, device=self.device) for b in (low, high)]
        self._tree = wp.Bvh(boxes[0], boxes[1])
        self._movers = wp.array(table, dtype=bvh.Mover, device=self.device)

    def closest(self, rays: Rays, hits: Hits, first_row: int, stop_row: int) -> None:
        """Nearest hits of rows [first_row, stop_row)."""
        wp.launch(
            bvh.closest_rays, dim=(stop_row - first_row) * rays.width, device=self.device,
            inputs=[
                first_row * rays.width, rays.width, rays.stride, rays.x0, rays.y0, self._tree.id, self._movers,
                self._cut, rays.carrier, FAR_M, int(rays.own_origins), int(rays.own_times), wp.mat33(rays.rotation),
                rays.origins, rays.directions, rays.times, int(rays.active is not None),
                self._all_active if rays.active is None else rays.active, int(rays.shares is not None),
                self._no_shares if rays.shares is None else rays.shares, hits.range_m, hits.face, hits.part, hits.uv,
            ],
        )  # fmt: skip

    def reach(self, rays: ShadowRays, first_row: int, stop_row: int) -> None:
        """Shadow rays of rows [first_row, stop_row)."""
        aim = np.zeros(3) if rays.aim is None else rays.aim
        wp.launch(
            bvh.any_rays, dim=(stop_row - first_row) * rays.width, device=self.device,
            inputs=[
                first_row * rays.width, self._tree.id, self._movers, self._cut, rays.origins, wp.vec3(*rays.offset_m),
                rays.active, wp.vec3(*aim), int(rays.aim is None), rays.targets, LAMP_MARGIN_M, rays.lit,
            ],
        )  # fmt: skip

    def tree(self, carrier: int) -> Any:
        """The boxes' tree and its parts, for kernels."""
        out = Tree()
        out.embree, out.boxes, out.movers, out.carrier = 0, self._tree.id, self._movers, carrier
        out.part_of_slot = out.owner = out.own_face = self._no_table
        out.cut = self._cut
        return out

    def alone(self, parts: Sequence[int], placement: Placement) -> BvhTracer:
        """These parts under a tree of their own."""
        other = BvhTracer(self._scene, self.device, self._meshes, parts, (self._cut, self._cut_start))
        other.place(placement)
        return other

    def close(self) -> None:
        """Let go of the trees."""
        self._tree = self._movers = None
        self._meshes = []


def _mesh(mesh: Mesh, device: str) -> Any:
    if not len(mesh.faces):
        return None
    points = wp.array(mesh.vertices_m, dtype=wp.vec3, device=device)
    return wp.Mesh(points, wp.array(mesh.faces.reshape(-1), dtype=int, device=device))


def _cut_table(scene: Scene, device: str) -> tuple[Any, I32Array]:
    """Rows of all faces of meshes with holes or panes, and where those of each mesh begin (-1: none)."""
    start, rows = np.full(len(scene.meshes), -1, np.int32), [np.zeros((1, ROW), np.float32)]
    count = 1
    for k, mesh in enumerate(scene.meshes):
        if lets_through(mesh, scene.materials):
            rows.append(cut_rows(mesh, scene.materials))
            start[k] = count
            count += len(mesh.faces)
    return wp.array(np.concatenate(rows).reshape(-1), dtype=float, device=device), start


def _box(mesh: Mesh) -> Array:
    """Lower and upper corner, (2, 3)."""
    used = mesh.vertices_m[mesh.faces].reshape(-1, 3)
    return np.stack([used.min(0), used.max(0)]) if len(used) else np.zeros((2, 3))


def _shifted(placement: Placement, pose: F64Array, parts: Array) -> F64Array:
    out = pose[parts].copy()
    out[:, :3, 3] -= placement.origin_m
    return out


def _fill(table: Array, start: F64Array, stop: F64Array | None) -> None:
    table["start"], table["p0"] = start[:, :3, :3], start[:, :3, 3]
    table["p1"] = table["p0"]
    table["q0"][:, 3] = table["q1"][:, 3] = 1.0
    if stop is None:
        return
    moves = (start != stop).any((1, 2))
    table["moves"] = moves
    if moves.any():
        q0, q1 = tf.quaternion_from_matrix(start[moves]), tf.quaternion_from_matrix(stop[moves])
        q1 = np.where((q0 * q1).sum(-1, keepdims=True) < 0, -q1, q1)
        table["p1"][moves] = stop[moves, :3, 3]
        table["q0"][moves], table["q1"][moves] = q0[:, [1, 2, 3, 0]], q1[:, [1, 2, 3, 0]]


def _bounds(box: F64Array, start: F64Array, stop: F64Array | None) -> tuple[F32Array, F32Array]:
    """World boxes of parts, a little padded.

    Standing parts: the box of the turned box. Moving parts: the mesh frame's origin travels on a straight line, and
    whatever the part turns, it stays inside a sphere about that origin.
    """
    half, middle = (box[:, 1] - box[:, 0]) / 2.0, (box[:, 1] + box[:, 0]) / 2.0
    centre = tf.apply(start, middle)
    reach = (np.abs(start[:, :3, :3]) * half[:, None, :]).sum(-1)
    low, high = centre - reach, centre + reach
    if stop is not None:
        moves = (start != stop).any((1, 2))
        corner = np.maximum(np.abs(box[:, 0]), np.abs(box[:, 1]))
        radius = np.sqrt((corner * corner).sum(-1, keepdims=True))
        p0, p1 = start[:, :3, 3], stop[:, :3, 3]
        low = np.where(moves[:, None], np.minimum(p0, p1) - radius, low)
        high = np.where(moves[:, None], np.maximum(p0, p1) + radius, high)
    pad = 1e-4 + 1e-6 * np.maximum(np.abs(low), np.abs(high))
    return low - pad, high + pad
