"""Label images that follow from other channels: panoptic ids, scene flow, time to collision, temperature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

import numpy as np

from simengine.arrays import Array, F32Array, F64Array, I64Array
from simengine.errors import UsageError
from simengine.geometry import transforms as tf
from simengine.render.protocol import CameraReading
from simengine.render.temperatures import temperatures
from simengine.sensors import projection
from simengine.sensors.mounting import world_from_sensor
from simengine.sensors.specs import CameraSpec
from simengine.world.scene import Scene
from simengine.world.state import WorldState
from simengine.world.taxonomy import CLASSES

__all__ = ["FROM_PERIOD", "label_images", "panoptic", "range_then", "scene_flow", "time_to_collision"]

FROM_PERIOD = ("scene_flow", "time_to_collision")
"""Those that say what happens until the next frame."""


def label_images(
    scene: Scene, image: CameraReading, wanted: Sequence[str], now: WorldState, following: WorldState
) -> dict[str, Array]:
    """Those of ``LABEL_CHANNELS`` that are wanted, from the channels that they are made of.

    Args:
        scene: the world.
        image: with what ``engine.recording.NEEDED_BY`` names; for ``FROM_PERIOD`` all of one instant.
        wanted: names.
        now, following: states of this frame and of the next one.

    Raises:
        UsageError: an image that stays on a device.
    """
    out: dict[str, Array] = {}
    channels = image.channels
    if not all(isinstance(cast("object", values), np.ndarray) for values in channels.values()):
        raise UsageError(f"{', '.join(wanted)} are computed on the processor; ask for frames without on_device")
    if "panoptic" in wanted:
        out["panoptic"] = panoptic(channels["semantic"], channels["instance"])
    if "temperature" in wanted:
        out["temperature"] = temperatures(scene, image)
    if set(FROM_PERIOD) & set(wanted):
        maps = _maps(scene, image, now, following)
        if "scene_flow" in wanted:
            out["scene_flow"] = _moved(image, maps)
        if "time_to_collision" in wanted:
            period_s = (following.time_ns - now.time_ns) / 1e9
            out["time_to_collision"] = time_to_collision(channels["range"], _gained(image, maps), period_s)
    return out


def panoptic(semantic: Array, instance: Array) -> Array:
    """Ids of segments, int32 (H, W): the class of stuff, and class + 256 (instance + 1) of countable things."""
    thing = np.array([c.thing for c in CLASSES])[semantic]
    return semantic + np.where(thing, (instance + 1) << 8, 0).astype(np.int32)


def scene_flow(scene: Scene, image: CameraReading, now: WorldState, following: WorldState) -> F32Array:
    """Where the point of each pixel is in the next camera frame, less where it is now, metres, (H, W, 3).

    Optical axes. NaN where nothing was hit and on things that are gone in the next frame.
    """
    return _moved(image, _maps(scene, image, now, following))


def range_then(scene: Scene, image: CameraReading, now: WorldState, then: WorldState) -> F32Array:
    """Distance of each pixel's point from the same camera at another instant, metres, (H, W).

    +inf where nothing was hit, NaN on things that are gone.
    """
    moved = _points(image) + _moved(image, _maps(scene, image, now, then))
    distance = moved[..., 2] if image.spec.parallel else np.sqrt(np.einsum("ijk,ijk->ij", moved, moved))
    return np.where(np.isfinite(image.channels["range"]), distance, np.float32(np.inf)).astype(np.float32, copy=False)


def time_to_collision(range_m: Array, gained_m2: Array, period_s: float) -> F32Array:
    """Seconds until the distance is used up at the rate of this period, (H, W); +inf where it does not shrink.

    Args:
        range_m: (H, W), metres along the ray; +inf where there is nothing.
        gained_m2: (H, W), square of the next distance less that of this one, m2; NaN where there is none.
        period_s: seconds.
    """
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        # the difference of two distances, from that of their squares: what rests is at rest to the last digit
        out = range_m * range_m
        out += gained_m2
        np.sqrt(np.maximum(out, 0.0, out=out), out=out)
        out += range_m
        out *= range_m
        out /= gained_m2
        out *= -period_s
        return np.where((gained_m2 < 0.0) & (range_m < np.inf), out, np.inf).astype(np.float32, copy=False)


def _points(image: CameraReading) -> F32Array:
    """Points of all pixels in the camera frame, (H, W, 3); NaN where nothing was hit."""
    distance, spec = image.channels["range"], image.spec
    if spec.parallel:
        return projection.points(spec, np.where(np.isfinite(distance), distance, np.nan)).astype(np.float32)
    return _rays(spec) * np.where(np.isfinite(distance), distance, np.float32(np.nan))[..., None]


@lru_cache(maxsize=8)
def _rays(spec: CameraSpec) -> F32Array:
    return projection.rays(spec).astype(np.float32)


@dataclass(frozen=True, eq=False)
class _Maps:
    """Rigid maps of this camera frame's points to the next one's.

    Attributes:
        world: (4, 4), of what rests.
        own: (M, 4, 4), of the parts that may move; NaN of those that are gone then.
        row: (P + 1,), rows of ``own`` by part, -1 of what rests and of nothing (the last one).
    """

    world: F64Array
    own: F64Array
    row: I64Array


def _maps(scene: Scene, image: CameraReading, now: WorldState, following: WorldState) -> _Maps:
    then = tf.inverse(world_from_sensor(image.spec, scene, following))
    moving = np.flatnonzero(np.array([p.link >= 0 for p in scene.parts], np.bool_))
    row = np.full(len(scene.parts) + 1, -1, np.int64)
    row[moving] = np.arange(moving.size)
    start = tf.compose(tf.inverse(scene.part_transforms(now)[moving]), image.world_from_camera)
    own = tf.compose(tf.compose(then, scene.part_transforms(following)[moving]), start)
    own[~following.valid[[scene.entities[scene.parts[k].entity].actor for k in moving]]] = np.nan
    return _Maps(tf.compose(then, image.world_from_camera), own, row)


def _of_moving(image: CameraReading, maps: _Maps) -> tuple[I64Array, I64Array]:
    """Pixels of parts that may move, counted row by row, and their rows of ``own``."""
    part = image.channels["part"].ravel()
    place = np.flatnonzero(np.take(maps.row >= 0, part))
    return place, maps.row[part[place]]


def _moved(image: CameraReading, maps: _Maps) -> F32Array:
    """Motion of points: all as if the world rested, then those on parts that may move, by a map of each part's own."""
    points, world = _points(image).reshape(-1, 3), _motion(maps.world[None])[0]
    flow: F32Array = points @ world[:, :3].T
    flow += world[:, 3]
    place, rows = _of_moving(image, maps)
    own = _motion(maps.own)[rows]
    flow[place] = np.einsum("nij,nj->ni", own[:, :, :3], points[place]) + own[:, :, 3]
    return flow.reshape(*image.channels["range"].shape, 3)


def _gained(image: CameraReading, maps: _Maps) -> F32Array:
    """Square of each point's next distance less that of this one, (H, W), m2.

    A point r d is next at A r d + b, with a rotation A: this is 2 r d . (A^T b) + b . b, without its place in space.
    Of parallel projection distances are depths.
    """
    range_m = image.channels["range"]
    if image.spec.parallel:
        nearer = _moved(image, maps)[..., 2]
        return (nearer * (2.0 * _points(image)[..., 2] + nearer)).astype(np.float32, copy=False)
    rays, flat = _rays(image.spec).reshape(-1, 3), range_m.ravel()
    pull, square = _pulled(maps.world[None])
    with np.errstate(invalid="ignore"):
        gained: F32Array = rays @ pull[0]
        gained *= flat
        gained += square[0]
        place, rows = _of_moving(image, maps)
        pull, square = _pulled(maps.own)
        gained[place] = flat[place] * np.einsum("nk,nk->n", rays[place], pull[rows]) + square[rows]
    return gained.reshape(range_m.shape)


def _pulled(then_from_now: F64Array) -> tuple[F32Array, F32Array]:
    """2 A^T b, (N, 3), and b . b, (N,), of rigid maps (N, 4, 4)."""
    turn, shift = then_from_now[:, :3, :3], then_from_now[:, :3, 3]
    pull = 2.0 * np.einsum("nij,ni->nj", turn, shift)
    return pull.astype(np.float32), np.einsum("nk,nk->n", shift, shift).astype(np.float32)


def _motion(then_from_now: F64Array) -> F32Array:
    """(N, 3, 4), what a rigid map adds to a point: taken before it is rounded, small motions keep their digits."""
    return (then_from_now - np.eye(4))[:, :3].astype(np.float32)
