"""A drawing of a simulated variant from above: lanes, boxes, paths, names and a scale bar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from simengine.arrays import F64Array, I32Array, U8Array
from simengine.geometry import transforms as tf
from simengine.world.scene import Scene
from simengine.world.state import WorldState
from simengine.world.taxonomy import CLASSES

__all__ = ["top_view"]

_GROUND, _ROAD, _LINE, _KERB, _TEXT = (225, 229, 224), (150, 152, 156), (240, 240, 240), (96, 98, 102), (30, 32, 36)
_REACH_M = 45.0
_FRACTION_BITS = 4  # cv2 draws with sub-pixel coordinates in fixed point


@dataclass(frozen=True)
class _Window:
    """Maps world x, y to pixels: x to the right, y up."""

    left_m: float
    top_m: float
    px_per_m: float

    def px(self, xy: F64Array) -> I32Array:
        u = (xy[..., 0] - self.left_m) * self.px_per_m
        v = (self.top_m - xy[..., 1]) * self.px_per_m
        return np.round(np.stack([u, v], -1) * (1 << _FRACTION_BITS)).astype(np.int32)


def _window(xy: F64Array, size_px: tuple[int, int]) -> _Window:
    low, high = xy.min(0) - 8.0, xy.max(0) + 8.0
    width, height = size_px
    scale = min(width / (high[0] - low[0]), height / max(high[1] - low[1], 16.0))
    centre = (low + high) / 2
    return _Window(float(centre[0] - width / scale / 2), float(centre[1] + height / scale / 2), float(scale))


def _corners(pose: F64Array, size_m: Sequence[float]) -> F64Array:
    x, y = size_m[0] / 2, size_m[1] / 2
    local = np.array([[x, y, 0], [x, -y, 0], [-x, -y, 0], [-x, y, 0]])
    return tf.apply(pose[None], local)[:, :2]


def _poly(image: U8Array, points: I32Array, colour: tuple[int, int, int], closed: bool = True) -> None:
    cv2.polylines(image, [points], closed, colour, 1, cv2.LINE_AA, _FRACTION_BITS)


def _road(image: U8Array, scene: Scene, window: _Window) -> None:
    for lane in scene.lanes.lanes:
        stations = lane.centre.stations_m()
        edges = [lane.centre.at(stations, side * lane.width_m / 2)[0][:, :2] for side in (1, -1)]
        outline = window.px(np.concatenate([edges[0], edges[1][::-1]]))
        cv2.fillPoly(image, [outline], _ROAD, cv2.LINE_AA, _FRACTION_BITS)
    for lane in scene.lanes.lanes:
        stations = lane.centre.stations_m()
        for side in (1, -1):
            _poly(image, window.px(lane.centre.at(stations, side * lane.width_m / 2)[0][:, :2]), _LINE, closed=False)
    for curve in scene.lanes.curves.values():
        _poly(image, window.px(curve.points_m[:, :2]), _KERB, closed=False)


def _entities(image: U8Array, scene: Scene, state: WorldState, window: _Window) -> None:
    for index, entity in enumerate(scene.entities):
        if not CLASSES[entity.semantic].thing or (entity.actor >= 0 and not state.valid[entity.actor]):
            continue
        outline = window.px(_corners(scene.entity_pose(state, index), entity.size_m))
        colour = CLASSES[entity.semantic].colour
        fill = (235, 130, 20) if entity.name == "ego" else colour
        cv2.fillPoly(image, [outline], fill, cv2.LINE_AA, _FRACTION_BITS)
        _poly(image, outline, (20, 20, 20))
        nose = (outline[0] + outline[1]) // 2
        centre = outline.mean(0).astype(np.int32)
        cv2.line(image, tuple(centre.tolist()), tuple(nose.tolist()), (255, 255, 255), 1, cv2.LINE_AA, _FRACTION_BITS)
        at = (int(centre[0] >> _FRACTION_BITS) + 6, int(centre[1] >> _FRACTION_BITS) - 8)
        cv2.putText(image, entity.name, at, cv2.FONT_HERSHEY_SIMPLEX, 0.38, _TEXT, 1, cv2.LINE_AA)


def _scale_bar(image: U8Array, window: _Window) -> None:
    length_m = next((s for s in (1, 2, 5, 10, 20, 50, 100, 200) if s * window.px_per_m > 50), 500)
    y, x1 = image.shape[0] - 12, 12 + round(length_m * window.px_per_m)
    cv2.line(image, (12, y), (x1, y), _TEXT, 2, cv2.LINE_AA)
    cv2.putText(image, f"{length_m} m", (12, y - 6), cv2.FONT_HERSHEY_SIMPLEX, 0.38, _TEXT, 1, cv2.LINE_AA)


def _near(points: F64Array, paths: Mapping[int, F64Array], at: int) -> F64Array:
    """Those points that lie near the actors' middle at the drawn instant: a long road would be a thin line."""
    moving = [p for p in paths.values() if float(np.ptp(p, axis=0).max()) > 0.2] or list(paths.values())
    centre = np.mean([p[at] for p in moving], axis=0)
    near = points[np.abs(points - centre).max(1) < _REACH_M]
    return near if len(near) else centre[None]


def top_view(scene: Scene, states: Sequence[WorldState], at: int, size_px: tuple[int, int] = (640, 360)) -> U8Array:
    """Draw one variant from above.

    Args:
        scene: its scene.
        states: the trace, for the paths of what moves.
        at: index of the state whose boxes are drawn.
        size_px: width and height.

    Returns:
        sRGB image, uint8, (height, width, 3). World x to the right, y up; the window holds all named actors' paths.
    """
    image = np.full((size_px[1], size_px[0], 3), _GROUND, np.uint8)
    actors = [e for e in scene.entities if e.actor >= 0]
    paths = {e.actor: np.stack([s.position_m[e.actor, :2] for s in states]) for e in actors}
    seen = [p for a, p in paths.items() if states[at].valid[a]]
    window = _window(_near(np.concatenate(seen), paths, at) if seen else np.zeros((1, 2)), size_px)
    _road(image, scene, window)
    for entity in actors:
        path = paths[entity.actor]
        if states[at].valid[entity.actor] and float(np.ptp(path, axis=0).max()) > 0.2:
            _poly(image, window.px(path), (20, 90, 200), closed=False)
    _entities(image, scene, states[at], window)
    _scale_bar(image, window)
    return image
