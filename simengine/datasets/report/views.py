"""Pictures of a page, made from the files of an episode: thumbnails with boxes, channels, scans from above."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from simengine.arrays import Array, U8Array
from simengine.datasets.frame import Frame, SensorView
from simengine.datasets.reader import StoredEpisode
from simengine.datasets.report.sheet import fitted
from simengine.render.pictures import (
    classes_to_colour,
    depth_to_colour,
    detections_from_above,
    disparity_to_colour,
    draw_axes,
    draw_boxes,
    draw_skeletons,
    flow_to_colour,
    id_colours,
    ids_to_colour,
    normals_to_colour,
    points_from_above,
)
from simengine.sensors.specs import CameraSpec, LidarSpec, RadarSpec
from simengine.world.taxonomy import CLASS_ID, CLASSES

__all__ = ["Pictures", "Strip", "View", "best_frame", "jpeg", "sensor_views", "strip", "thumbnail"]

_SPAN_M = 60.0
_VIEW_PX = 500


def _grey(values: Array) -> U8Array:
    return np.stack([np.asarray(values, np.uint8)] * 3, -1)


_CHANNEL_PICTURES: Mapping[str, tuple[str, Callable[[Array], U8Array]]] = {
    "depth": ("bright is near, on a logarithmic scale", depth_to_colour),
    "range": ("along the ray: bright is near, on a logarithmic scale", depth_to_colour),
    "instance": ("instances, one colour each", ids_to_colour),
    "semantic": ("semantic classes", classes_to_colour),
    "normal": ("surface normals", normals_to_colour),
    "rgb_right": ("image of the right camera", lambda rgb: np.asarray(rgb, np.uint8)),
    "disparity": ("disparity: bright is near", disparity_to_colour),
    "disparity_mask": ("seen by both cameras (white), by the left one only (grey)", _grey),
    "flow": ("optical flow to the next frame", flow_to_colour),
    "flow_mask": ("seen in the next frame (white), hidden there or outside of it (grey)", _grey),
    "flow_back": ("optical flow to the frame before", flow_to_colour),
    "flow_back_mask": ("seen in the frame before (white), hidden there or outside of it (grey)", _grey),
}


@dataclass(frozen=True)
class View:
    """One picture and what it shows."""

    image: U8Array
    title: str
    text: str
    legend: tuple[tuple[str, tuple[int, int, int]], ...] = ()


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


class Pictures:
    """The images of an episode that a page shows; the last one is kept, for the page shows it twice."""

    def __init__(self) -> None:
        self._key: tuple[int, int, str] | None = None
        self._image: U8Array | None = None

    def of(self, frame: Frame, camera: str) -> U8Array | None:
        """What stands for a camera's image."""
        key = (frame.variant, frame.index, camera)
        if self._key != key:
            self._key, self._image = key, _picture(frame[camera])
        return self._image


def best_frame(episode: StoredEpisode) -> Frame:
    """The frame that shows most of what moves (carriers of sensors left out); the middle one if nothing does."""
    seen, count = episode.boxes.pixels2d(), len(episode.frames)
    carriers = {s.entity for s in episode.sensors.values()}
    moving = [e.instance for e in episode.entities if e.moves and e.instance not in carriers]
    weight = np.where(np.isin(seen["semantic"], [CLASS_ID[c] for c in ("child", "adult", "animal")]), 8.0, 1.0)
    score = np.where(np.isin(seen["instance"], moving), weight * np.maximum(seen["visible_pixels"], 0), 0.0)
    best = count // 2
    if score.any():
        frames, where = np.unique(seen["frame"], return_inverse=True)
        index = int(frames[int(np.argmax(np.bincount(where, score)))])
        known = [k for k, frame in enumerate(episode.indices) if frame == index]
        best = known[0] if known else best
    return episode.frames[best]


def _thinned(values: Array, width_px: int) -> Array:
    """Every k-th pixel, at least ``width_px`` a row: a large image need not be coloured whole to be shown small."""
    k = max(1, values.shape[1] // width_px)
    return np.ascontiguousarray(values[::k, ::k])


def _picture(camera: SensorView) -> U8Array | None:
    """What stands for the camera's image: rgb, or the first other channel that makes a picture."""
    if "rgb" in list(camera):
        return np.asarray(camera["rgb"], np.uint8)
    for channel in ("semantic", "instance", "depth", "normal"):
        if channel in list(camera):
            return _CHANNEL_PICTURES[channel][1](camera[channel])
    return None


def _boxed(frame: Frame, name: str, width_px: int, pictures: Pictures, labels: bool) -> U8Array | None:
    image = pictures.of(frame, name)
    if image is None:
        return None
    small = fitted(image, min(width_px, 2 * image.shape[1]))
    boxes = frame[name].boxes2d if frame[name].has_boxes2d else None
    if boxes is None or not (boxes.visible_px > 0).any():
        return small
    rows = np.flatnonzero(boxes.visible_px > 0)
    corners = boxes.visible_box_px[rows] * (small.shape[1] / image.shape[1])
    small_picture = width_px < _VIEW_PX  # a crowd of far things and their names would bury it
    height = corners[:, 3] - corners[:, 1]
    tall = height >= (0.16 * small.shape[0] if small_picture else 14)  # and no text is larger than its thing
    corners[height < (9 if small_picture else 0)] = np.nan
    texts = [boxes.name[int(r)] if labels and t else "" for r, t in zip(rows, tall, strict=True)]
    return draw_boxes(small, corners, texts, id_colours(boxes.instance[rows]), boxes.occlusion[rows] > 0.5)


def _above(frame: Frame, name: str, size_px: int) -> U8Array:
    view = frame[name]
    things = view.boxes3d if frame.has_boxes3d and len(frame.boxes3d) else None
    boxes, colours = (things.corners_m(), id_colours(things.instance)) if things else (None, None)
    if isinstance(view.spec, RadarSpec):
        return detections_from_above(
            view, span_m=view.spec.range_max_m, size_px=size_px, boxes_m=boxes, box_colours=colours
        )
    return points_from_above(view, span_m=_SPAN_M, size_px=size_px, boxes_m=boxes, box_colours=colours)


def _of_kind(frame: Frame, kind: type[CameraSpec | LidarSpec | RadarSpec]) -> list[str]:
    return [name for name, view in frame.items() if len(view) and isinstance(view.spec, kind)]


def thumbnail(frame: Frame, width_px: int, pictures: Pictures, *, labels: bool = True) -> U8Array | None:
    """The first camera's image with visible boxes, or the first scan from above; None where nothing was recorded."""
    for name in _of_kind(frame, CameraSpec):
        image = _boxed(frame, name, width_px, pictures, labels)
        if image is not None:
            return fitted(image, width_px)
    for name in (*_of_kind(frame, LidarSpec), *_of_kind(frame, RadarSpec)):
        return _above(frame, name, width_px)
    return None


def sensor_views(frame: Frame, width_px: int, pictures: Pictures) -> list[View]:
    """All sensors of one frame: each camera's image with boxes and its channels, each scan from above."""
    views: list[View] = []
    for name in _of_kind(frame, CameraSpec):
        camera = frame[name]
        image = _boxed(frame, name, width_px, pictures, True)
        if image is not None and "rgb" in list(camera):
            views.append(View(image, name, "image with visible boxes; dashed: more than half hidden"))
        views += _drawn(camera, width_px)
        for channel, (text, colour) in _CHANNEL_PICTURES.items():
            if channel in list(camera):
                values = _thinned(camera[channel], width_px)
                title, told = f"{name} · {channel}", _scale(values) if channel in ("depth", "range") else ""
                legend = _classes(values) if channel == "semantic" else ()
                views.append(View(fitted(colour(values), width_px), title, text + told, legend))
    for name in _of_kind(frame, LidarSpec):
        points = frame[name]
        text = f"{len(points['range'])} points from above, {_SPAN_M:.0f} m across, colour is height, forward is up"
        views.append(View(_above(frame, name, width_px), f"{name} · points", text))
    for name in _of_kind(frame, RadarSpec):
        found, spec = frame[name], frame[name].spec
        assert isinstance(spec, RadarSpec)
        text = f"{len(found['range'])} detections from above, {spec.range_max_m:.0f} m across; larger: more RCS, red: "
        text += "nearer, blue: away, grey: stands, hollow: noise"
        views.append(View(_above(frame, name, width_px), f"{name} · detections", text))
    return views


def _drawn(camera: SensorView, width_px: int) -> list[View]:
    """Skeletons and axes over the image."""
    assert isinstance(camera.spec, CameraSpec)
    if not camera.tables or (picture := _picture(camera)) is None:
        return []
    views: list[View] = []
    if "keypoints" in camera.tables and len(camera.keypoints):
        small = fitted(picture, width_px)
        image = draw_skeletons(small, camera.keypoints, small.shape[1] / picture.shape[1])
        views.append(View(image, f"{camera.name} · keypoints", "named points of things; rings are hidden"))
    if "pose6d" in camera.tables and (camera.poses6d.visible_px > 0).any():
        image = fitted(draw_axes(picture, camera.spec, camera.poses6d), width_px)
        views.append(View(image, f"{camera.name} · pose6d", "axes of visible things: x red, y green, z blue"))
    return views


def _scale(values: Array) -> str:
    """The ends of the scale of ``depth_to_colour``."""
    known = values[np.isfinite(values) & (values > 0)]
    return f", {np.percentile(known, 1):.0f} to {np.percentile(known, 99):.0f} m" if known.size else ""


def _classes(ids: Array) -> tuple[tuple[str, tuple[int, int, int]], ...]:
    """Names and colours of the classes in a picture, those with most pixels first."""
    counts = np.bincount(ids[(ids >= 0) & (ids < len(CLASSES))].reshape(-1), minlength=len(CLASSES))
    paints: list[list[int]] = classes_to_colour(np.arange(len(CLASSES))).tolist()
    order: list[int] = np.argsort(-counts, kind="stable").tolist()
    shown = [k for k in order if counts[k]]
    return tuple((CLASSES[k].name, (paints[k][0], paints[k][1], paints[k][2])) for k in shown)


def strip(episode: StoredEpisode, count: int, width_px: int, pictures: Pictures) -> Strip | None:
    """Evenly spaced small pictures of the first camera (or scan) along an episode."""
    frames = [f for f in episode.frames if len(f)]
    if not frames:
        return None
    first = next((n for kind in (CameraSpec, LidarSpec, RadarSpec) for n in _of_kind(frames[0], kind)), "")
    frames = [f for f in frames if first in f]
    picks = sorted({round(k * (len(frames) - 1) / max(1, count - 1)) for k in range(count)}) if frames else []
    images = [(frames[k], thumbnail(frames[k], width_px, pictures, labels=False)) for k in picks]
    found = [(f.time_ns / 1e9, i) for f, i in images if i is not None]
    return Strip(first, [i for _, i in found], [t for t, _ in found]) if found else None
