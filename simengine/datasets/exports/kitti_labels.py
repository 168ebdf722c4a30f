"""The lines of a KITTI label file: type truncated occluded alpha bbox dimensions location rotation_y."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from simengine.arrays import F64Array
from simengine.datasets.exports.selection import LabelledFrame, named, number
from simengine.geometry import transforms as tf
from simengine.sensors.specs import CameraSpec

__all__ = ["MAX_TILT_RAD", "MIN_HEIGHT_PX", "MIN_VISIBLE_PX", "label_lines", "tilt_rad"]

MIN_HEIGHT_PX = 10.0
"""Things of a lower box are too small to be labelled: they become "DontCare"."""

MIN_VISIBLE_PX = 16
"""The same for things of which fewer pixels are seen."""

MAX_TILT_RAD = math.radians(10.0)
"""KITTI's boxes turn about the camera's y axis only; beyond this angle they would not fit and become "DontCare"."""

_NOTHING_3D = "-1 -1 -1 -1000 -1000 -1000 -10"


def tilt_rad(camera_from_thing: F64Array) -> float:
    """Angle between a thing's z axis and the camera's upward direction (-y)."""
    return math.acos(min(1.0, max(-1.0, -float(camera_from_thing[1, 2]))))


def label_lines(
    found: LabelledFrame, spec: CameraSpec, camera_from_world: F64Array, boxes2d: Sequence[Mapping[str, Any]]
) -> list[str]:
    """Lines of the things in view in the order of their ids, then those of type DontCare.

    A thing of which neither the camera nor a LiDAR has anything is left out; what is too small or leans too much is
    "DontCare", so that no evaluation counts it.
    """
    rows3d = {row["instance"]: row for row in found.boxes3d}
    labelled: list[str] = []
    ignored: list[str] = []
    for row in sorted(boxes2d, key=lambda r: r["instance"]):
        in3d = rows3d.get(row["instance"])
        visible = number(row, "visible_pixels")
        kind = named(found.episode, row["instance"], "kitti")
        if kind is None or in3d is None or (visible == 0 and not number(in3d, "lidar_points") > 0):
            continue
        box = _box_px(row, spec)
        camera_from_thing, centre = _pose(in3d, camera_from_world)
        if box[3] - box[1] < MIN_HEIGHT_PX or visible < MIN_VISIBLE_PX or tilt_rad(camera_from_thing) > MAX_TILT_RAD:
            ignored.append(f"DontCare -1 -1 -10 {_fixed(box, 2)} {_NOTHING_3D}")
            continue
        level = int(number(row, "occlusion_level"))
        size = [number(in3d, f"extent_{side}_m") for side in ("height", "width", "length")]
        # bottom centre: half the height along the camera's y axis, which points down
        location = [centre[0], centre[1] + size[0] / 2.0, centre[2]]
        turn = _wrapped(math.atan2(-camera_from_thing[2, 0], camera_from_thing[0, 0]))
        alpha = _wrapped(turn - math.atan2(location[0], location[2]))
        labelled.append(
            f"{kind} {_fixed([number(row, 'truncation')], 2)} {level if level in (0, 1, 2) else 3} "
            f"{_fixed([alpha], 4)} {_fixed(box, 2)} {_fixed([*size, *location, turn], 4)}"
        )
    return labelled + ignored


def _box_px(row: Mapping[str, Any], spec: CameraSpec) -> list[float]:
    """The whole thing's box inside the image, as KITTI's coordinates: pixel centres, the first is 0."""
    limits = (spec.width_px - 1.0, spec.height_px - 1.0) * 2
    edges = [number(row, f"clipped_{edge}_px") - 0.5 for edge in ("x0", "y0", "x1", "y1")]
    return [min(max(edge, 0.0), limit) for edge, limit in zip(edges, limits, strict=True)]


def _pose(row: Mapping[str, Any], camera_from_world: F64Array) -> tuple[F64Array, list[float]]:
    """camera_from_thing (4, 4), placed at the centre of the box that bounds all its parts, and that centre."""
    centre = [number(row, f"extent_center_{a}_m") for a in "xyz"]
    turn = [number(row, f"orientation_{a}") for a in "wxyz"]
    pose = tf.compose(camera_from_world, tf.matrix_from_pose(np.array(centre), turn))
    return pose, pose[:3, 3].tolist()


def _wrapped(angle_rad: float) -> float:
    """The same angle in (-pi, pi]."""
    return math.pi - (math.pi - angle_rad) % (2.0 * math.pi)


def _fixed(values: Sequence[float], digits: int) -> str:
    return " ".join(f"{round(v, digits) + 0.0:.{digits}f}" for v in values)
