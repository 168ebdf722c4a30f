"""Scans seen from above: points of LiDARs, detections of radars."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np

from simengine.arrays import Array, F64Array, U8Array
from simengine.render.colours import BACKGROUND, classes_to_colour, id_colours, scalars_to_colour
from simengine.render.lettering import write

__all__ = ["detections_from_above", "points_from_above"]

_GRID = (72, 78, 90)
_TEXT = (208, 213, 220)
_STILL, _NEARER, _AWAY = (176, 180, 188), (255, 92, 72), (84, 160, 255)
_MOVES_MPS = 0.3
_SUB = 4  # bits of sub-pixel position for drawing


def points_from_above(
    points: Mapping[str, Array],
    *,
    colour: str = "height",
    span_m: float = 80.0,
    size_px: int = 720,
    boxes_m: F64Array | None = None,
    box_colours: Array | None = None,
    field: str = "xyz_deskewed",
) -> U8Array:
    """Bird's-eye picture of a scan: the sensor in the middle, x (forward) up, y (left) to the left.

    Args:
        points: fields of ``POINT_FIELDS``; needs the positions, and what ``colour`` names.
        colour: "height" (z from -2.5 to 2.5 m, dark to bright), "intensity", "semantic" or "instance".
        span_m: width and height of the ground shown.
        size_px: width and height of the picture.
        boxes_m: (N, 8, 3), corners of 3D boxes in the same frame, in the order of ``Objects3D.corners_m``; a line
            from the middle to the front shows the heading.
        box_colours: (N, 3), sRGB.
        field: which positions.

    Returns:
        uint8 sRGB (size_px, size_px, 3).
    """
    image = np.full((size_px, size_px, 3), BACKGROUND, np.uint8)
    scale = size_px / span_m
    _rings(image, scale, span_m)
    xyz = np.asarray(points[field], np.float64)
    order = np.argsort(xyz[:, 2], kind="stable")  # the highest point of a pixel is seen, as from above
    xyz, colours = xyz[order], _point_colours(points, colour, xyz)[order]
    column = np.floor(size_px / 2.0 - xyz[:, 1] * scale).astype(np.int64)
    row = np.floor(size_px / 2.0 - xyz[:, 0] * scale).astype(np.int64)
    for dx, dy in ((0, 0), (1, 0), (0, 1), (1, 1)) if size_px >= 600 else ((0, 0),):
        x, y = column + dx, row + dy
        inside = (x >= 0) & (x < size_px) & (y >= 0) & (y < size_px)
        image[y[inside], x[inside]] = colours[inside]
    if boxes_m is not None:
        _boxes(image, scale, boxes_m, np.full((len(boxes_m), 3), 255) if box_colours is None else box_colours)
    _distances(image, scale, span_m)
    _sensor(image)
    return image


def detections_from_above(
    detections: Mapping[str, Array], *, span_m: float = 120.0, size_px: int = 720, boxes_m: F64Array | None = None,
    box_colours: Array | None = None,
) -> U8Array:  # fmt: skip
    """A radar's detections seen from above: the radar at the lower edge, x (forward) up, y (left) to the left.

    Discs grow with the radar cross-section (-30 to 30 dBsm); red comes nearer over the ground, blue goes away, grey
    stands, and a line shows where it will be in a second. What noise made is hollow.

    Args:
        detections: fields of ``DETECTION_FIELDS``.
        span_m: length and width of the ground shown.
        size_px: width and height of the picture.
        boxes_m, box_colours: as for :func:`points_from_above`.
    """
    wide = np.full((2 * size_px, 2 * size_px, 3), BACKGROUND, np.uint8)
    scale = size_px / span_m
    _rings(wide, scale, 2.0 * span_m)
    if boxes_m is not None:
        _boxes(wide, scale, boxes_m, np.full((len(boxes_m), 3), 255) if box_colours is None else box_colours)
    xyz = np.asarray(detections["xyz"], np.float64)
    along = (
        xyz
        * (1.0 + detections["radial_speed_ground"].astype(np.float64) / np.maximum(detections["range"], 1e-6))[:, None]
    )
    radius = np.clip(2.0 + (detections["rcs"].astype(np.float64) + 30.0) / 10.0, 1.5, 8.0) * (size_px / 720.0)
    unit = 1 << _SUB
    for k in np.argsort(-detections["rcs"], kind="stable"):
        at, to = (
            (round((size_px - p[1] * scale) * unit), round((size_px - p[0] * scale) * unit)) for p in (xyz[k], along[k])
        )
        speed = float(detections["radial_speed_ground"][k])
        paint = _STILL if abs(speed) < _MOVES_MPS else _NEARER if speed < 0 else _AWAY
        noise = int(detections["instance"][k]) < 0
        if paint is not _STILL:
            cv2.line(wide, at, to, paint, 1, cv2.LINE_AA, _SUB)
        cv2.circle(wide, at, round(float(radius[k]) * unit), paint, 1 if noise else -1, cv2.LINE_AA, _SUB)
    _distances(wide, scale, 2.0 * span_m)
    _sensor(wide)
    half = size_px // 2
    image = wide[round(0.06 * size_px) : round(1.06 * size_px), half : half + size_px]
    return np.ascontiguousarray(image)


def _point_colours(points: Mapping[str, Array], colour: str, xyz: F64Array) -> U8Array:
    if colour == "intensity":
        return scalars_to_colour(np.sqrt(np.asarray(points["intensity"], np.float64)), 0.0, 10.0, "cividis")
    if colour == "semantic":
        return _brighter(classes_to_colour(points["semantic"]))
    if colour == "instance":
        ids = points["instance"]
        return np.where((ids >= 0)[:, None], id_colours(np.maximum(ids, 0)), np.array([200, 200, 200], np.uint8))
    return _brighter(scalars_to_colour(xyz[:, 2], -2.5, 2.5, "viridis"))


def _brighter(colours: U8Array) -> U8Array:
    """Dark colours lifted, so that no point drowns in the dark ground."""
    return (70 + colours.astype(np.float64) * (185.0 / 255.0)).astype(np.uint8)


def _step_m(span_m: float) -> int:
    return next(s for s in (1, 2, 5, 10, 20, 50, 100, 1000) if span_m / s <= 9)


def _distances(image: U8Array, scale: float, span_m: float) -> None:
    """How far away each ring is, beside the way ahead: over the points, or they would be lost among them."""
    middle, step, letter = image.shape[0] // 2, _step_m(span_m), max(9.0, image.shape[0] / 44.0)
    for k in range(1, int(span_m / 2 / step) + 1):
        along = round(k * step * scale * 0.7071)
        write(image, f"{k * step} m", middle + along + 3, middle - along - 3, letter, _TEXT, BACKGROUND)


def _rings(image: U8Array, scale: float, span_m: float) -> None:
    middle = image.shape[0] // 2
    step = _step_m(span_m)
    for k in range(1, int(span_m / 2 / step) + 1):
        radius = round(k * step * scale)
        cv2.circle(image, (middle, middle), radius, _GRID, 1, cv2.LINE_AA)
    cv2.line(image, (middle, 0), (middle, image.shape[0]), _GRID, 1)
    cv2.line(image, (0, middle), (image.shape[1], middle), _GRID, 1)


def _boxes(image: U8Array, scale: float, corners_m: F64Array, colours: Array) -> None:
    half = image.shape[0] / 2.0
    unit = 1 << _SUB
    for corners, colour in zip(corners_m, colours, strict=True):
        flat = np.stack([half - corners[:, 1] * scale, half - corners[:, 0] * scale], -1)
        if not np.isfinite(flat).all() or np.abs(flat).max() > 1e5:
            continue
        paint = tuple(int(c) for c in colour)
        foot = flat[[0, 2, 6, 4]]  # bottom corners in turn
        cv2.polylines(image, [np.round(foot * unit).astype(np.int32)], True, paint, 1, cv2.LINE_AA, _SUB)
        heading = np.stack([foot.mean(0), flat[[4, 6]].mean(0)])
        cv2.polylines(image, [np.round(heading * unit).astype(np.int32)], False, paint, 1, cv2.LINE_AA, _SUB)


def _sensor(image: U8Array) -> None:
    """A small triangle that points forward."""
    m, r = image.shape[0] // 2, max(4, image.shape[0] // 110)
    mark = np.array([[m, m - r - 2], [m + r, m + r], [m - r, m + r]], np.int32)
    cv2.fillPoly(image, [mark], (255, 255, 255), cv2.LINE_AA)
