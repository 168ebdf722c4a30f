"""From a rendered frame to tensors that share its memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np

from simengine.arrays import Array
from simengine.datasets.frame import Frame
from simengine.engine.requested import Requested
from simengine.engine.stream import Cursor, Entry
from simengine.render.labels import AmodalMasks, Boxes2D, Keypoints, Objects3D, Poses6D
from simengine.torch.backend import Tensor, torch
from simengine.world.skeletons import SKELETONS
from simengine.world.taxonomy import CLASSES

__all__ = ["CLASS_NAMES", "Sample", "sample_of"]

CLASS_NAMES: tuple[str, ...] = tuple(c.name for c in CLASSES)
"""Names of the values of ``semantic``."""


class Sample(dict[str, Any]):
    """One frame: ``sensor.channel`` to tensor, or to a dictionary of tensors for boxes and points.

    Beside the channels: ``number`` (in the epoch), ``variant``, ``frame`` and ``time_ns``, whole numbers.

    Attributes:
        after: the place in the stream behind it.
    """

    after: Cursor


def sample_of(entry: Entry, frame: Frame, wanted: Sequence[Requested]) -> Sample:
    """Tensors of all channels that were asked for."""
    out = Sample(
        number=entry.number, variant=entry.simulated.index, frame=entry.frame, time_ns=entry.time_ns
    )  # fmt: skip
    out.after = entry.after
    for w in wanted:
        for channel in w.channels:
            out[f"{w.sensor}.{channel}"] = _channel(w.sensor, channel, frame)
    return out


def _channel(sensor: str, channel: str, frame: Frame) -> Tensor | dict[str, Tensor]:
    view = frame[sensor]
    match channel:
        case "points" | "detections":
            return {name: tensor(values) for name, values in view.items()}
        case "boxes2d":
            return _boxes2d(view.boxes2d)
        case "boxes3d":
            return _boxes3d(view.boxes3d)
        case "keypoints":
            return _keypoints(view.keypoints)
        case "amodal":
            return _amodal(view.amodal)
        case "poses6d":
            return _poses6d(view.poses6d)
        case "pose":
            return tensor(view.pose)
        case "intrinsics":
            return tensor(view.intrinsics)
        case _:
            return image(view[channel])


def tensor(values: Any) -> Tensor:
    """A tensor on the memory of an array of any device (on a copy, where that is read-only or not contiguous)."""
    if not isinstance(values, np.ndarray):
        return torch.from_dlpack(values)
    plain: Array = np.ascontiguousarray(cast("Array", values))
    return torch.from_numpy(plain if plain.flags.writeable else plain.copy())


def image(values: Any) -> Tensor:
    """(H, W) as it is, (H, W, C) as a (C, H, W) view of the same memory."""
    out = tensor(values)
    return out if out.ndim == 2 else out.permute(2, 0, 1)


def _floats(values: Array) -> Tensor:
    return tensor(values.astype(np.float32))


def _boxes2d(boxes: Boxes2D) -> dict[str, Tensor]:
    return {
        "visible_box_px": _floats(boxes.visible_box_px), "amodal_box_px": _floats(boxes.amodal_box_px),
        "clipped_box_px": _floats(boxes.clipped_box_px), "semantic": tensor(boxes.semantic),
        "instance": tensor(boxes.instance), "visible_px": tensor(boxes.visible_px),
        "amodal_px": tensor(boxes.amodal_px), "occlusion": _floats(boxes.occlusion),
        "truncation": _floats(boxes.truncation), "occluded_by": tensor(boxes.occluded_by),
    }  # fmt: skip


def _keypoints(things: Keypoints) -> dict[str, Tensor]:
    order = list(SKELETONS)
    return {
        "px": _floats(things.px), "visibility": tensor(things.visibility), "camera_m": _floats(things.camera_m),
        "skeleton": tensor(np.array([order.index(word) for word in things.skeleton], np.int32)),
        "semantic": tensor(things.semantic), "instance": tensor(things.instance),
    }  # fmt: skip


def _amodal(masks: AmodalMasks) -> dict[str, Tensor]:
    width, height = masks.size_px
    whole = [masks.mask(int(k)) for k in masks.instance]
    return {
        "masks": tensor(np.stack(whole) if whole else np.zeros((0, height, width), np.bool_)),
        "semantic": tensor(masks.semantic), "instance": tensor(masks.instance),
    }  # fmt: skip


def _poses6d(poses: Poses6D) -> dict[str, Tensor]:
    return {
        "orientation": _floats(poses.orientation), "translation_m": _floats(poses.translation_m),
        "size_m": _floats(poses.size_m), "semantic": tensor(poses.semantic), "instance": tensor(poses.instance),
        "visible_px": tensor(poses.visible_px),
    }  # fmt: skip


def _boxes3d(objects: Objects3D) -> dict[str, Tensor]:
    return {
        "center_m": _floats(objects.center_m), "size_m": _floats(objects.size_m),
        "orientation": _floats(objects.orientation), "yaw_rad": _floats(objects.yaw_rad),
        "velocity_mps": _floats(objects.velocity_mps), "semantic": tensor(objects.semantic),
        "instance": tensor(objects.instance), "lidar_points": tensor(objects.lidar_points),
        "lamps": tensor(objects.lamps),
    }  # fmt: skip
