"""Pictures for people: boxes drawn into images, and the colour pictures of channels and scans."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np

from simengine.arrays import Array, BoolArray, F64Array, U8Array
from simengine.geometry import transforms as tf
from simengine.render.above import detections_from_above, points_from_above
from simengine.render.colours import (
    class_colours,
    classes_to_colour,
    depth_to_colour,
    disparity_to_colour,
    flow_to_colour,
    id_colours,
    ids_to_colour,
    normals_to_colour,
    scalars_to_colour,
)
from simengine.render.labels import Keypoints, Poses6D
from simengine.render.labels.arcs import slerp
from simengine.sensors import projection
from simengine.sensors.specs import CameraSpec
from simengine.world.skeletons import SKELETONS

__all__ = [
    "class_colours",
    "classes_to_colour",
    "depth_to_colour",
    "detections_from_above",
    "disparity_to_colour",
    "draw_axes",
    "draw_boxes",
    "draw_cuboids",
    "draw_skeletons",
    "flow_to_colour",
    "id_colours",
    "ids_to_colour",
    "normals_to_colour",
    "points_from_above",
    "scalars_to_colour",
]  # fmt: skip

_SUB = 4
_NEAR_M = 0.05
_DARK = (16, 18, 22)
# edges of a cuboid between corners of Objects3D.corners_m (bits: front, left, top); the front face's come first
_EDGES = ((4, 5), (5, 7), (7, 6), (6, 4), (0, 1), (1, 3), (3, 2), (2, 0), (0, 4), (1, 5), (2, 6), (3, 7))
_CROSS = ((4, 7), (5, 6))
_Plate = tuple[int, int, int, int]


def draw_boxes(
    image: Array,
    boxes_px: Array,
    labels: Sequence[str] | None = None,
    colours: Array | None = None,
    hidden: BoolArray | None = None,
) -> U8Array:
    """A copy of an image with 2D boxes, each with a dark rim so that it shows on any ground.

    Args:
        image: uint8 sRGB (H, W, 3).
        boxes_px: (N, 4), x0 y0 x1 y1 in pixel edges; boxes with NaN are left out.
        labels: a short text a box; left out where it would cover another, and at boxes lower than a line of text.
        colours: (N, 3), sRGB; None: by row.
        hidden: (N,), drawn dashed (things that are covered).
    """
    out = np.array(image, np.uint8, order="C", copy=True)
    boxes = np.asarray(boxes_px, np.float64).reshape(-1, 4)
    paints = id_colours(np.arange(len(boxes))) if colours is None else np.asarray(colours)
    line = _line_width(out)
    known = [k for k in range(len(boxes)) if np.isfinite(boxes[k]).all()]
    known.sort(key=lambda k: -float((boxes[k, 2] - boxes[k, 0]) * (boxes[k, 3] - boxes[k, 1])))
    for k in known:
        x0, y0, x1, y1 = np.clip(boxes[k], -1e4, 1e5)
        ring = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1], [x0, y0]])
        dashed = hidden is not None and bool(hidden[k])
        _path(out, ring, _paint(paints[k]), line, dashed)
    taken: list[_Plate] = []
    for k in known:  # texts last: no box crosses them out; big boxes first: they are near
        if labels is not None and labels[k]:
            _tag(out, labels[k], _clipped(boxes[k], out), _paint(paints[k]), taken)
    return out


def draw_cuboids(
    image: Array,
    spec: CameraSpec,
    world_from_camera: F64Array,
    corners_m: F64Array,
    labels: Sequence[str] | None = None,
    colours: Array | None = None,
) -> U8Array:
    """A copy of an image with 3D boxes; a cross marks the front face. Edges follow the lens' distortion.

    Args:
        image: uint8 sRGB (H, W, 3).
        spec: the camera.
        world_from_camera: (4, 4).
        corners_m: (N, 8, 3), world, in the order of ``Objects3D.corners_m``.
        labels: a short text a box.
        colours: (N, 3), sRGB; None: by row.
    """
    out = np.array(image, np.uint8, order="C", copy=True)
    corners = tf.apply(tf.inverse(world_from_camera), np.asarray(corners_m, np.float64).reshape(-1, 8, 3))
    paints = id_colours(np.arange(len(corners))) if colours is None else np.asarray(colours)
    far = corners[:, :, 2] if spec.planar else np.sqrt((corners * corners).sum(-1))
    order = np.argsort(-far.mean(1), kind="stable")  # far ones first
    bounds: dict[int, F64Array] = {}
    for k in (int(k) for k in order if (far[k] > _NEAR_M).any()):
        edges = [_edge_px(spec, corners[k, a], corners[k, b]) for a, b in (*_EDGES, *_CROSS)]
        plain = sum(len(e) for e in edges[: len(_EDGES)])
        paths = [path for edge in edges for path in edge]
        drawn = np.concatenate(paths) if paths else np.zeros((0, 2))
        if len(drawn) < 2:
            continue
        bounds[k] = np.concatenate([drawn.min(0), drawn.max(0)])
        small = float((bounds[k][2:] - bounds[k][:2]).max()) < 40.0
        for path in paths[:plain] if small else paths:
            if len(path) > 1:
                _path(out, path, _paint(paints[k]), 1 if small else _line_width(out), False, rim=not small)
    taken: list[_Plate] = []
    for k in reversed(bounds):
        if labels is not None and labels[k]:
            _tag(out, labels[k], _clipped(bounds[k], out), _paint(paints[k]), taken)
    return out


def draw_skeletons(image: Array, things: Keypoints, scale: float = 1.0) -> U8Array:
    """A copy of an image with the bones and joints of things; hidden joints are rings, bones to them are thin.

    Args:
        image: uint8 sRGB (H, W, 3).
        things: in the image that the picture shows.
        scale: width of the picture over that of the image.
    """
    out = np.array(image, np.uint8, order="C", copy=True)
    line = _line_width(out)
    order = np.argsort(-np.nan_to_num(things.camera_m[..., 2]).max(-1, initial=0.0), kind="stable")  # far ones first
    for k in (int(k) for k in order):
        paint = _paint(id_colours(things.instance[k : k + 1])[0])
        px, seen = things.px[k] * scale, things.visibility[k]
        for a, b in SKELETONS[things.skeleton[k]].bones:
            if seen[a] and seen[b]:
                both = min(seen[a], seen[b]) == 2
                _path(out, np.stack([px[a], px[b]]), paint, line + 1 if both else line, False, rim=both)
        for joint in np.flatnonzero(seen > 0):
            u, v = (round((float(x) - 0.5) * (1 << _SUB)) for x in px[joint])
            width = -1 if seen[joint] == 2 else line
            cv2.circle(out, (u, v), (line + 1) << _SUB, _DARK if width > 0 else paint, width, cv2.LINE_AA, _SUB)
    return out


def draw_axes(image: Array, spec: CameraSpec, poses: Poses6D) -> U8Array:
    """A copy of an image with the axes of visible things: x red, y green, z blue, half as long as the thing each."""
    out = np.array(image, np.uint8, order="C", copy=True)
    matrices = poses.matrices()
    for k in np.argsort(-poses.translation_m[:, 2], kind="stable").tolist():
        if poses.visible_px[k] > 0:
            origin = matrices[k, :3, 3]
            for axis, paint in enumerate(((230, 60, 50), (60, 190, 70), (60, 110, 240))):
                tip = origin + matrices[k, :3, axis] * (0.5 * float(poses.size_m[k, axis]))
                for path in _edge_px(spec, origin, tip):
                    if len(path) > 1:
                        _path(out, path, paint, _line_width(out) + 1, False)
    return out


def _edge_px(spec: CameraSpec, a: F64Array, b: F64Array) -> list[F64Array]:
    """Pixel paths of a segment of the camera frame, cut at the near plane; empty where nothing of it has a pixel."""
    if not spec.planar:
        return _arc_px(spec, a, b)
    s = np.linspace(0.0, 1.0, 33)[:, None]
    points = a * (1 - s) + b * s
    if (a[2] < _NEAR_M) != (b[2] < _NEAR_M):
        cut = a + (b - a) * ((_NEAR_M - a[2]) / (b[2] - a[2]))
        points = np.concatenate([points, cut[None]])
        points = points[np.argsort(points[:, 2], kind="stable")]
    px, valid = projection.project(spec, points)
    return [px[valid & (points[:, 2] >= _NEAR_M - 1e-9) & (np.abs(np.nan_to_num(px)).max(-1) < 1e5)]]


def _arc_px(spec: CameraSpec, a: F64Array, b: F64Array) -> list[F64Array]:
    """The same through a lens that sees more than a plane holds: pieces between the rim, or the seam, of its image."""
    start, stop = (v / max(float(np.sqrt((v * v).sum())), 1e-9) for v in (a, b))
    px, valid = projection.project(spec, slerp(start[None], stop[None], np.linspace(0.0, 1.0, 33)))
    valid &= np.abs(np.nan_to_num(px)).max(-1) < 1e5
    with np.errstate(invalid="ignore"):
        jump = np.abs(np.diff(px[:, 0])) > (math.pi * spec.fx_px if spec.lens == "equirectangular" else np.inf)
    breaks = np.flatnonzero(jump | ~valid[1:] | ~valid[:-1]) + 1
    return [path for path in np.split(px, breaks) if len(path) > 1]


def _paint(colour: Array) -> tuple[int, int, int]:
    return int(colour[0]), int(colour[1]), int(colour[2])


def _line_width(image: Array) -> int:
    return max(1, round(image.shape[1] / 640))


def _path(
    image: U8Array, path_px: F64Array, colour: tuple[int, int, int], line: int, dashed: bool, rim: bool = True
) -> None:
    """A polyline in pixel-edge coordinates on a dark rim (OpenCV's pixel centres are whole numbers: 0.5 less)."""
    pieces = _dashes(path_px, 16.0 * line) if dashed else [path_px]
    fixed = [np.round((piece - 0.5) * (1 << _SUB)).astype(np.int32) for piece in pieces]
    if rim:
        cv2.polylines(image, fixed, False, _DARK, line + 2, cv2.LINE_AA, _SUB)
    cv2.polylines(image, fixed, False, colour, line, cv2.LINE_AA, _SUB)


def _dashes(path_px: F64Array, period_px: float) -> list[F64Array]:
    """Strokes of two fifths of a period; the rim and the round ends take some of each gap."""
    pieces: list[F64Array] = []
    for a, b in pairwise(path_px):
        count = min(400, max(1, round(float(np.hypot(*(b - a))) / period_px)))
        for k in range(count):
            pieces.append(np.stack([a + (b - a) * (k / count), a + (b - a) * ((k + 0.4) / count)]))
    return pieces


def _clipped(box_px: F64Array, image: U8Array) -> F64Array:
    height, width = image.shape[:2]
    return np.clip(box_px, 0.0, [width, height, width, height])


def _tag(image: U8Array, text: str, box_px: F64Array, colour: tuple[int, int, int], taken: list[_Plate]) -> None:
    """A text on a plate of the box's colour above, below or inside its box, where no other plate is; else none."""
    height, width = image.shape[:2]
    scale = max(0.34, min(0.6, width / 1600))
    (w, h), below = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, 1)
    w, tall = w + 6, h + below + 4
    x0, y0, x1, y1 = (round(float(v)) for v in box_px)
    if y1 - y0 < tall:  # a plate larger than its thing hides more than it tells
        return
    for x, y in ((x0, y0 - tall), (x1 - w, y0 - tall), (x0, y1), (x1 - w, y1), (x0, y0)):
        left, top = max(0, min(x, width - w)), max(0, min(y, height - tall))
        plate = (left, top, left + w, top + tall)
        if not any(_overlap(plate, other) for other in taken):
            taken.append(plate)
            cv2.rectangle(image, plate[:2], (plate[2] - 1, plate[3] - 1), colour, -1)
            cv2.putText(image, text, (left + 3, top + h + 2), cv2.FONT_HERSHEY_SIMPLEX, scale, _DARK, 1, cv2.LINE_AA)
            return


def _overlap(a: _Plate, b: _Plate) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
