"""Label images that follow from other channels: panoptic ids, scene flow, time to collision, temperature."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import cast

import numpy as np

from simengine.arrays import Array, F32Array, F64Array
from simengine.errors import SensorError, UsageError
from simengine.geometry import transforms as tf
from simengine.render.protocol import CameraReading
from simengine.render.temperatures import temperatures
from simengine.sensors import projection
from simengine.sensors.mounting import world_from_sensor
from simengine.sensors.specs import CameraSpec
from simengine.world.scene import Scene
from simengine.world.state import WorldState
from simengine.world.taxonomy import CLASSES

__all__ = ["label_images", "panoptic", "scene_flow", "time_to_collision"]


def label_images(
    scene: Scene, image: CameraReading, wanted: Sequence[str], now: WorldState, following: WorldState
) -> dict[str, Array]:
    """Those of ``LABEL_CHANNELS`` that are wanted, from the channels that they are made of.

    Args:
        scene: the world.
        image: with what ``engine.recording.NEEDED_BY`` names.
        wanted: names.
        now, following: states of this frame and of the next one.

    Raises:
        SensorError: motion in the image of a camera with a rolling shutter, whose rows are of other times.
        UsageError: an image that stays on a device.
    """
    out: dict[str, Array] = {}
    channels = image.channels
    if image.spec.readout_ns and {"scene_flow", "time_to_collision"} & set(wanted):
        raise SensorError(
            f"camera '{image.spec.name}': scene_flow and time_to_collision are not defined with a rolling shutter; "
            "record one of them"
        )
    if not all(isinstance(cast("object", values), np.ndarray) for values in channels.values()):
        raise UsageError(f"{', '.join(wanted)} are computed on the processor; ask for frames without on_device")
    if "panoptic" in wanted:
        out["panoptic"] = panoptic(channels["semantic"], channels["instance"])
    if "temperature" in wanted:
        out["temperature"] = temperatures(scene, image)
    if {"scene_flow", "time_to_collision"} & set(wanted):
        points = _points(image)
        flow = _moved(scene, image, points, now, following)
        if "scene_flow" in wanted:
            out["scene_flow"] = flow
        if "time_to_collision" in wanted:
            period_s = (following.time_ns - now.time_ns) / 1e9
            out["time_to_collision"] = time_to_collision(channels["range"], points, flow, period_s)
    return out


def panoptic(semantic: Array, instance: Array) -> Array:
    """Ids of segments, int32 (H, W): the class of stuff, and class + 256 (instance + 1) of countable things."""
    thing = np.array([c.thing for c in CLASSES])[semantic]
    return semantic + np.where(thing, (instance + 1) << 8, 0).astype(np.int32)


def scene_flow(scene: Scene, image: CameraReading, now: WorldState, following: WorldState) -> F32Array:
    """Where the point of each pixel is in the next camera frame, less where it is now, metres, (H, W, 3).

    Optical axes. NaN where nothing was hit and on things that are gone in the next frame.
    """
    return _moved(scene, image, _points(image), now, following)


def time_to_collision(range_m: Array, points_m: Array, flow_m: Array, period_s: float) -> F32Array:
    """Seconds until the distance is used up at the rate of this period, (H, W); +inf where it does not shrink.

    Args:
        range_m: (H, W), metres along the ray.
        points_m, flow_m: (H, W, 3), points in the camera frame and their scene flow; NaN where there is none.
        period_s: seconds.
    """
    later = points_m + flow_m
    far = np.sqrt(np.einsum("...k,...k", later, later))
    # the difference of two distances, from that of their squares: what rests is at rest to the last digit
    closing = -np.einsum("...k,...k", points_m + later, flow_m) / (range_m + far)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(closing > 0.0, range_m * period_s / closing, np.inf).astype(np.float32)


def _points(image: CameraReading) -> F32Array:
    """Points of all pixels in the camera frame, (H, W, 3); NaN where nothing was hit."""
    distance = image.channels["range"]
    return _rays(image.spec) * np.where(np.isfinite(distance), distance, np.float32(np.nan))[..., None]


@lru_cache(maxsize=8)
def _rays(spec: CameraSpec) -> F32Array:
    return projection.rays(spec).astype(np.float32)


def _moved(
    scene: Scene, image: CameraReading, points: F32Array, now: WorldState, following: WorldState
) -> F32Array:  # fmt: skip
    """Motion of points: all as if the world rested, then those on parts that may move, by a map of each part's own."""
    then = tf.inverse(world_from_sensor(image.spec, scene, following))
    world = _motion(tf.compose(then, image.world_from_camera)[None])[0]
    flow = points @ world[:, :3].T + world[:, 3]
    moving = np.flatnonzero(np.array([p.link >= 0 for p in scene.parts], np.bool_))
    if not moving.size:
        return flow
    row = np.full(len(scene.parts) + 1, -1, np.int64)  # the last one is that of part -1
    row[moving] = np.arange(moving.size)
    start = tf.compose(tf.inverse(scene.part_transforms(now)[moving]), image.world_from_camera)
    own = _motion(tf.compose(tf.compose(then, scene.part_transforms(following)[moving]), start))
    own[~following.valid[[scene.entities[scene.parts[k].entity].actor for k in moving]]] = np.nan
    rows = row[image.channels["part"]]
    place = np.nonzero(rows >= 0)
    maps = own[rows[place]]
    flow[place] = np.einsum("nij,nj->ni", maps[:, :, :3], points[place]) + maps[:, :, 3]
    return flow


def _motion(then_from_now: F64Array) -> F32Array:
    """(N, 3, 4), what a rigid map adds to a point: taken before it is rounded, small motions keep their digits."""
    return (then_from_now - np.eye(4))[:, :3].astype(np.float32)
