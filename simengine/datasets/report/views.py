"""Pictures of a page, made from the files of an episode: thumbnails with boxes, channels, scans from above."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from simengine.arrays import Array, F64Array, U8Array
from simengine.datasets.reader import CameraView, Episode, Frame
from simengine.datasets.report.sheet import fitted
from simengine.geometry import transforms as tf
from simengine.render.pictures import (
    classes_to_colour,
    depth_to_colour,
    draw_boxes,
    flow_to_colour,
    id_colours,
    ids_to_colour,
    normals_to_colour,
    points_from_above,
)
from simengine.sensors.specs import CameraSpec, LidarSpec

__all__ = ["Boxes", "Strip", "View", "best_frame", "jpeg", "sensor_views", "strip", "thumbnail"]

_SPAN_M = 60.0
_VIEW_PX = 500

_CHANNEL_PICTURES: Mapping[str, tuple[str, Callable[[Array], U8Array]]] = {
    "depth": ("depth: bright is near, logarithmic", depth_to_colour),
    "range": ("range along the ray: bright is near", depth_to_colour),
    "instance": ("instances, one colour each", ids_to_colour),
    "semantic": ("semantic classes", classes_to_colour),
    "normal": ("surface normals", normals_to_colour),
    "flow": ("optical flow to the next frame", flow_to_colour),
}


@dataclass(frozen=True)
class View:
    """One picture and what it shows."""

    image: U8Array
    title: str
    text: str


@dataclass(frozen=True)
class Strip:
    """Small pictures of one sensor along an episode."""

    sensor: str
    images: list[U8Array]
    times_s: list[float]


def jpeg(image: Array, quality: int = 84) -> str:
    """An sRGB image as a data URI."""
    swapped = cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2BGR)
    done, data = cv2.imencode(".jpg", swapped, [cv2.IMWRITE_JPEG_QUALITY, quality])
    assert done
    return "data:image/jpeg;base64," + base64.b64encode(data.tobytes()).decode("ascii")


class Boxes:
    """The 2D boxes of an episode, read from its file once."""

    def __init__(self, episode: Episode) -> None:
        self._table: Any = episode.labels(kind="box2d")
        self._frame: Any = self._table["frame"].to_numpy()
        self._sensor: Any = np.array(self._table["sensor"].to_pylist(), object)
        self._decoded: tuple[tuple[int, str], U8Array | None] | None = None

    def columns(self, *names: str) -> list[dict[str, Any]]:
        """Some columns of all rows."""
        return self._table.select(list(names)).to_pylist()

    def picture(self, frame: Frame, camera: str) -> U8Array | None:
        """What stands for a camera's image; the last one is kept, for the page shows it twice."""
        key = (frame.index, camera)
        if self._decoded is None or self._decoded[0] != key:
            self._decoded = (key, _picture(frame.camera(camera)))
        return self._decoded[1]

    def of(self, frame: int, camera: str) -> list[dict[str, Any]]:
        """The rows of one image."""
        rows: Any = np.flatnonzero((self._frame == frame) & (self._sensor == camera))
        return self._table.take(rows).to_pylist()


def best_frame(episode: Episode, boxes: Boxes) -> Frame:
    """The frame that shows most of what moves (carriers of sensors left out); the middle one if nothing does."""
    frames = {f.index: f for f in episode.frames}
    carriers = {s.entity for s in episode.sensors.values()}
    moving = {i for i, e in enumerate(episode.entities) if e.get("moves") is True and i not in carriers}
    score: dict[int, float] = {}
    for row in boxes.columns("frame", "instance", "visible_pixels", "class"):
        if row["instance"] in moving and row["frame"] in frames and row["visible_pixels"]:
            weight = 8.0 if row["class"] in ("child", "adult", "animal") else 1.0
            score[row["frame"]] = score.get(row["frame"], 0.0) + weight * float(row["visible_pixels"])
    middle = sorted(frames)[len(frames) // 2]
    return frames[min(score, key=lambda k: (-score[k], k), default=middle)]


def _thinned(values: Array, width_px: int) -> Array:
    """Every k-th pixel, at least ``width_px`` a row: a large image need not be coloured whole to be shown small."""
    k = max(1, values.shape[1] // width_px)
    return np.ascontiguousarray(values[::k, ::k])


def _picture(camera: CameraView) -> U8Array | None:
    """What stands for the camera's image: rgb, or the first other channel that makes a picture."""
    if "rgb" in list(camera):
        return np.asarray(camera["rgb"], np.uint8)
    for channel in ("semantic", "instance", "depth", "normal"):
        if channel in list(camera):
            return _CHANNEL_PICTURES[channel][1](camera[channel])
    return None


def _boxed(frame: Frame, name: str, width_px: int, boxes: Boxes, labels: bool) -> U8Array | None:
    image = boxes.picture(frame, name)
    if image is None:
        return None
    small = fitted(image, min(width_px, 2 * image.shape[1]))
    rows = [r for r in boxes.of(frame.index, name) if (r["visible_pixels"] or 0) > 0]
    if not rows:
        return small
    scale = small.shape[1] / image.shape[1]
    edges = [[r[f"visible_{e}_px"] for e in ("x0", "y0", "x1", "y1")] for r in rows]
    corners = np.array(edges, np.float64) * scale
    small_picture = width_px < _VIEW_PX  # a crowd of far things and their names would bury it
    height = corners[:, 3] - corners[:, 1]
    tall = height >= (0.16 * small.shape[0] if small_picture else 14)  # and no text is larger than its thing
    corners[height < (9 if small_picture else 0)] = np.nan
    texts = [str(r["name"]) if labels and t else "" for r, t in zip(rows, tall, strict=True)]
    hidden = np.array([(r["occlusion"] or 0.0) > 0.5 for r in rows])
    return draw_boxes(small, corners, texts, id_colours(np.array([r["instance"] for r in rows])), hidden)


def _above(frame: Frame, name: str, size_px: int) -> U8Array:
    rows = frame.boxes3d()
    lidar_from_world = tf.inverse(frame.world_from(name))
    boxes = tf.apply(lidar_from_world, _corners(rows)) if rows else None
    colours = id_colours(np.array([r["instance"] for r in rows])) if rows else None
    return points_from_above(frame.lidar(name), span_m=_SPAN_M, size_px=size_px, boxes_m=boxes, box_colours=colours)


def _corners(rows: Sequence[Mapping[str, Any]]) -> F64Array:
    """World corners (N, 8, 3) of 3D label rows; bits of the index: 2 front, 1 left, 0 top."""
    centre = np.array([[r[f"center_{a}_m"] for a in "xyz"] for r in rows], np.float64)
    turn = np.array([[r[f"orientation_{a}"] for a in "wxyz"] for r in rows], np.float64)
    size = np.array([[r[f"{s}_m"] for s in ("length", "width", "height")] for r in rows], np.float64)
    signs = np.array([[k >> 2 & 1, k >> 1 & 1, k & 1] for k in range(8)]) - 0.5
    return tf.apply(tf.matrix_from_pose(centre, turn)[:, None], signs * size[:, None])


def _of_kind(frame: Frame, kind: type[CameraSpec] | type[LidarSpec]) -> list[str]:
    recorded = [n for n in frame.sensors if frame.episode.channels(n)]
    return [n for n in recorded if isinstance(frame.episode.sensor(n), kind)]


def thumbnail(frame: Frame, width_px: int, boxes: Boxes, *, labels: bool = True) -> U8Array | None:
    """The first camera's image with visible boxes, or the first scan from above; None where nothing was recorded."""
    for name in _of_kind(frame, CameraSpec):
        image = _boxed(frame, name, width_px, boxes, labels)
        if image is not None:
            return fitted(image, width_px)
    for name in _of_kind(frame, LidarSpec):
        return _above(frame, name, width_px)
    return None


def sensor_views(frame: Frame, width_px: int, boxes: Boxes) -> list[View]:
    """All sensors of one frame: each camera's image with boxes and its channels, each scan from above."""
    views: list[View] = []
    for name in _of_kind(frame, CameraSpec):
        camera = frame.camera(name)
        image = _boxed(frame, name, width_px, boxes, True)
        if image is not None and "rgb" in list(camera):
            views.append(View(image, name, "image with visible boxes; dashed: more than half hidden"))
        for channel, (text, colour) in _CHANNEL_PICTURES.items():
            if channel in list(camera):
                picture = colour(_thinned(camera[channel], width_px))
                views.append(View(fitted(picture, width_px), f"{name} · {channel}", text))
    for name in _of_kind(frame, LidarSpec):
        points = frame.lidar(name)
        text = f"{len(points['range'])} points from above, {_SPAN_M:.0f} m across, colour is height, forward is up"
        views.append(View(_above(frame, name, width_px), f"{name} · points", text))
    return views


def strip(episode: Episode, count: int, width_px: int, boxes: Boxes) -> Strip | None:
    """Evenly spaced small pictures of the first camera (or scan) along an episode."""
    frames = [f for f in episode.frames if f.sensors]
    if not frames:
        return None
    first = (_of_kind(frames[0], CameraSpec) or _of_kind(frames[0], LidarSpec) or [""])[0]
    frames = [f for f in frames if first in f.sensors]
    picks = sorted({round(k * (len(frames) - 1) / max(1, count - 1)) for k in range(count)}) if frames else []
    images = [(frames[k], thumbnail(frames[k], width_px, boxes, labels=False)) for k in picks]
    found = [(f.time_ns / 1e9, i) for f, i in images if i is not None]
    return Strip(first, [i for _, i in found], [t for t, _ in found]) if found else None
