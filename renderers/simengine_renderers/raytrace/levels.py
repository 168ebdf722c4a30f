"""A top level of Embree's: instances that are placed anew for every reading, and which of them a sensor sees."""

from __future__ import annotations

import numpy as np
import warp as wp

from simengine.arrays import Array, F32Array, F64Array, I32Array, I64Array
from simengine.geometry import transforms as tf
from simengine.world.scene import Scene
from simengine_renderers.raytrace import packets
from simengine_renderers.raytrace.embree import TopLevel, entry
from simengine_renderers.raytrace.still import Forest, Still
from simengine_renderers.raytrace.tracing import Placement

__all__ = ["Level"]

_ALL = 0xFFFFFFFF
_BITS = 32
_STILL, _LINEAR, _TURNING = 0, 1, 2


class Level:
    """Slot 0 is the still mesh if there is one, the other slots are single parts.

    Attributes:
        scene: Embree's handle.
        tables: part of each slot, then what the faces of the still mesh are, as ``packets.closest_packets`` takes them.
    """

    def __init__(self, scene: Scene, forest: Forest, parts: I64Array, still: Still | None) -> None:
        self._still = still
        self._parts = parts if still is None else np.setdiff1d(parts, still.parts)
        self._entity = np.array([scene.parts[i].entity for i in self._parts], np.int64)
        trees = [] if still is None else [still.tree]
        self._first = len(trees)
        trees += [forest.tree(scene.parts[i].mesh) for i in self._parts]
        self._top = TopLevel(trees)
        self.scene = self._top.scene
        part_of_slot = np.concatenate([np.full(self._first, -1), self._parts, [-1]]).astype(np.int32)
        owner, own_face = (np.zeros(1, np.int32),) * 2 if still is None else (still.owner, still.own_face)
        arrays = [wp.array(a, dtype=int, device="cpu") for a in (part_of_slot, owner, own_face)]
        self.tables = [*arrays, 0 if still is None else still.solid]
        names = ("rtcSetGeometryTimeStepCount", "rtcSetGeometryTransform", "rtcSetGeometryTransformQuaternion")
        self._setters = [entry(name) for name in (*names, "rtcCommitGeometry")]
        self._handles = wp.array(self._top.geometries, dtype=wp.uint64, device="cpu")
        self._kinds = np.full(len(trees), -1, np.int32)
        self._poses = np.full((len(trees), 2, 16), np.nan, np.float32)
        self._present = np.ones(len(self._parts), np.bool_)
        self._carriers: list[int] = []
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
        if self._dirty:
            self._top.commit()
        self._dirty = False

    def hide(self, carrier: int) -> None:
        """Give a carrier its own bit of the ray mask, before rays that do not see it are traced."""
        if carrier < 0 or carrier in self._carriers:
            return
        if len(self._carriers) == _BITS:
            self._carriers.clear()
        self._carriers.append(carrier)
        for i, entity in enumerate(self._entity):
            hidden = [bit for bit, c in enumerate(self._carriers) if c == entity]
            self._top.set_mask(self._first + i, _ALL & ~(1 << hidden[0]) if hidden else _ALL)
        self._dirty = True

    def mask(self, carrier: int) -> int:
        """Mask of rays that do not see a carrier."""
        return 1 << self._carriers.index(carrier) if carrier in self._carriers else _ALL

    def close(self) -> None:
        """Release the instances."""
        self._top.close()

    def _move(self, index: I32Array, kinds: I32Array, poses: F32Array) -> None:
        wp.launch(
            packets.place_instances, dim=len(index), device="cpu",
            inputs=[
                *self._setters, self._handles, wp.array(index, dtype=int, device="cpu"),
                wp.array(kinds, dtype=int, device="cpu"), wp.array(poses.reshape(-1), dtype=float, device="cpu"),
            ],
        )  # fmt: skip
        self._dirty = True


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
