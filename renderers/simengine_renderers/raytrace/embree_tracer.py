"""Tracing through Embree on the CPU."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import warp as wp

from simengine.arrays import Array, F32Array, F64Array, I32Array
from simengine.geometry import transforms as tf
from simengine.world.scene import Scene
from simengine_renderers.raytrace import packets
from simengine_renderers.raytrace.embree import TopLevel, entry
from simengine_renderers.raytrace.still import Forest, Still
from simengine_renderers.raytrace.tracing import FAR_M, LAMP_MARGIN_M, Hits, Placement, Rays, ShadowRays

__all__ = ["EmbreeTracer"]

_COHERENT = 1 << 16  # RTC_RAY_QUERY_FLAG_COHERENT: neighbouring rays share their way through the tree
_ALL = 0xFFFFFFFF
_STILL, _LINEAR, _TURNING = 0, 1, 2


class EmbreeTracer:
    """All parts of a scene under one top level: what never moves as a single mesh, the rest as instances."""

    device = "cpu"
    row_step = 4

    def __init__(self, scene: Scene, forest: Forest, parts: Sequence[int] | None = None) -> None:
        self._scene, self._forest, self._whole = scene, forest, parts is None
        self._all = np.arange(len(scene.parts)) if parts is None else np.asarray(parts, np.int64)
        self._entity = np.array([p.entity for p in scene.parts], np.int64)
        self._carriers: list[int] = []
        self._where: tuple[bytes, bytes] | None = None
        self._alone: dict[tuple[int, ...], EmbreeTracer] = {}
        names = ("rtcSetGeometryTimeStepCount", "rtcSetGeometryTransform", "rtcSetGeometryTransformQuaternion")
        self._setters = [entry(name) for name in (*names, "rtcCommitGeometry")]
        self._closest, self._any = entry("rtcIntersect16"), entry("rtcOccluded16")
        self._still: Still | None = None
        self._build()

    def _build(self) -> None:
        """Make the top level: slot 0 is the still mesh if there is one, the other slots are single parts."""
        self._still = self._forest.still(self._carriers) if self._whole else None
        self._parts = self._all if self._still is None else np.setdiff1d(self._all, self._still.parts)
        trees = [] if self._still is None else [self._still.tree]
        self._first = len(trees)
        trees += [self._forest.tree(self._scene.parts[i].mesh) for i in self._parts]
        self._top = TopLevel(trees)
        n = len(trees)
        part_of_slot = np.concatenate([np.full(self._first, -1), self._parts, [-1]]).astype(np.int32)
        owner, start = (np.zeros(1, np.int32),) * 2 if self._still is None else (self._still.owner, self._still.start)
        self._tables = [wp.array(a, dtype=int, device="cpu") for a in (part_of_slot, owner, start)]
        self._handles = wp.array(self._top.geometries, dtype=wp.uint64, device="cpu")
        self._kinds = np.full(n, -1, np.int32)
        self._poses = np.full((n, 2, 16), np.nan, np.float32)
        self._present = np.ones(len(self._parts), np.bool_)
        self._dirty = True

    def place(self, placement: Placement) -> None:
        """Move what has changed since the last call and rebuild the top of the tree."""
        kinds, poses = _motions(placement, self._parts, self._still)
        present = placement.present[self._parts]
        changed = np.flatnonzero((kinds != self._kinds) | (poses != self._poses).any((1, 2))).astype(np.int32)
        if changed.size:
            self._move(changed, kinds[changed], poses[changed])
            self._kinds, self._poses = kinds, poses
        for i in np.flatnonzero(present != self._present):
            self._top.set_enabled(self._first + int(i), bool(present[i]))
            self._dirty = True
        self._present = present
        self._commit()

    def closest(self, rays: Rays, hits: Hits, first_row: int, stop_row: int) -> None:
        """Nearest hits of rows [first_row, stop_row) (whole tiles of four rows, or up to the end)."""
        first, count = _packets(rays.width, first_row, stop_row)
        wp.launch(
            packets.closest_packets, dim=count, device="cpu",
            inputs=[
                first, rays.width, rays.height, rays.stride, rays.x0, rays.y0, self._closest, self._top.scene,
                _COHERENT, self._mask(rays.carrier), FAR_M, int(rays.own_origins), int(rays.own_times),
                wp.mat33(rays.rotation), rays.origins,
                rays.directions, rays.times, *self._tables, hits.range_m, hits.face, hits.part, hits.uv,
            ],
        )  # fmt: skip

    def reach(self, rays: ShadowRays, first_row: int, stop_row: int) -> None:
        """Shadow rays of rows [first_row, stop_row)."""
        first, count = _packets(rays.width, first_row, stop_row)
        aim = np.zeros(3) if rays.aim is None else rays.aim
        wp.launch(
            packets.any_packets, dim=count, device="cpu",
            inputs=[
                first, rays.width, rays.height, self._any, self._top.scene,
                _COHERENT if rays.coherent else 0, rays.origins,
                wp.vec3(*rays.offset_m), rays.active, wp.vec3(*aim), int(rays.aim is None), rays.targets,
                LAMP_MARGIN_M, rays.lit,
            ],
        )  # fmt: skip

    def alone(self, parts: Sequence[int], placement: Placement) -> EmbreeTracer:
        """These parts under a top level of their own, kept for the next time."""
        key = tuple(parts)
        if key not in self._alone:
            self._alone[key] = EmbreeTracer(self._scene, self._forest, parts)
        made = self._alone[key]
        where = (placement.origin_m.tobytes(), placement.start[made._parts].tobytes())
        if where != made._where:  # most things stand where they stood in the last frame
            made.place(placement)
            made._where = where
        return made

    def prepare(self, carrier: int) -> None:
        """Give a carrier its own bit of the ray mask, before rays that do not see it are traced."""
        if carrier < 0 or carrier in self._carriers:
            return
        if len(self._carriers) == 32:
            self._carriers.clear()
        self._carriers.append(carrier)
        if self._still is not None and carrier in self._entity[self._still.parts]:
            self._top.close()
            self._build()
        for i, part in enumerate(self._parts):
            hidden = [bit for bit, c in enumerate(self._carriers) if c == self._entity[part]]
            self._top.set_mask(self._first + i, _ALL & ~(1 << hidden[0]) if hidden else _ALL)
        self._dirty = True

    def close(self) -> None:
        """Release the trees."""
        for other in self._alone.values():
            other.close()
        self._alone.clear()
        self._top.close()

    def _mask(self, carrier: int) -> int:
        return 1 << self._carriers.index(carrier) if carrier in self._carriers else _ALL

    def _move(self, index: I32Array, kinds: I32Array, poses: F32Array) -> None:
        wp.launch(
            packets.place_instances, dim=len(index), device="cpu",
            inputs=[
                *self._setters, self._handles, wp.array(index, dtype=int, device="cpu"),
                wp.array(kinds, dtype=int, device="cpu"), wp.array(poses.reshape(-1), dtype=float, device="cpu"),
            ],
        )  # fmt: skip
        self._dirty = True

    def _commit(self) -> None:
        if self._dirty:
            self._top.commit()
        self._dirty = False


def _packets(width: int, first_row: int, stop_row: int) -> tuple[int, int]:
    """First packet and number of packets (4 x 4 tiles) of some rows."""
    across = -(-width // 4)
    first = first_row // 4
    return first * across, (-(-stop_row // 4) - first) * across


def _motions(placement: Placement, parts: Array, still: Still | None) -> tuple[I32Array, F32Array]:
    """Kind of motion (n,) and two poses of 16 floats each (n, 2, 16), as ``packets.place_instances`` takes them."""
    kinds, poses = _part_motions(placement, parts)
    if still is None:
        return kinds, poses
    at = np.zeros((1, 2, 16), np.float32)
    at[:, 0, :12] = _columns(_shifted(tf.translation(still.origin_m)[None], placement.origin_m))
    return np.concatenate([np.full(1, _STILL, np.int32), kinds]), np.concatenate([at, poses])


def _part_motions(placement: Placement, parts: Array) -> tuple[I32Array, F32Array]:
    start = _shifted(placement.start[parts], placement.origin_m)
    kinds = np.full(len(parts), _STILL, np.int32)
    poses = np.zeros((len(parts), 2, 16), np.float32)
    poses[:, 0, :12] = _columns(start)
    if placement.stop is None or not len(parts):
        return kinds, poses
    stop = _shifted(placement.stop[parts], placement.origin_m)
    moves = (start != stop).any((1, 2))
    turns = moves & (np.abs(start[:, :3, :3] - stop[:, :3, :3]).max((1, 2)) > 1e-9)
    kinds[moves] = _LINEAR
    poses[moves, 1, :12] = _columns(stop[moves])
    if turns.any():
        kinds[turns] = _TURNING
        a, b = tf.quaternion_from_matrix(start[turns]), tf.quaternion_from_matrix(stop[turns])
        b = np.where((a * b).sum(-1, keepdims=True) < 0, -b, b)
        poses[turns, 0] = _decomposition(start[turns], a)
        poses[turns, 1] = _decomposition(stop[turns], b)
    return kinds, poses


def _shifted(pose: F64Array, origin_m: F64Array) -> F64Array:
    out = pose.copy()
    out[:, :3, 3] -= origin_m
    return out


def _columns(pose: F64Array) -> F32Array:
    """(n, 4, 4) -> (n, 12), 3x4 column by column."""
    return np.ascontiguousarray(np.swapaxes(pose[:, :3, :], 1, 2)).reshape(-1, 12).astype(np.float32)


def _decomposition(pose: F64Array, q: F64Array) -> F32Array:
    """``RTCQuaternionDecomposition``: scale 3, skew 3, shift 3, quaternion 4 (w first), translation 3."""
    out = np.zeros((len(pose), 16), np.float32)
    out[:, 0:3] = 1.0
    out[:, 9:13] = q
    out[:, 13:16] = pose[:, :3, 3]
    return out
