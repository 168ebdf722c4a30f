"""A drawing of a simulated variant from above: lanes, boxes, paths, names and a scale bar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from simengine.arrays import F64Array, I32Array, U8Array
from simengine.geometry import transforms as tf
from simengine.render.lettering import text_width_px, write
from simengine.world.scene import Scene
from simengine.world.state import WorldState
from simengine.world.taxonomy import CLASSES

__all__ = ["top_view"]

_GROUND, _ROAD, _LINE, _KERB, _TEXT = (225, 229, 224), (150, 152, 156), (240, 240, 240), (96, 98, 102), (30, 32, 36)
_HALO, _NAME_PX = (236, 238, 236), 12.0
_REACH_M = 32.0
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


def _boxes_px(scene: Scene, state: WorldState, window: _Window) -> dict[int, F64Array]:
    """Bounds (x0, y0, x1, y1) of what is drawn, by entity."""
    out: dict[int, F64Array] = {}
    for index, entity in enumerate(scene.entities):
        if CLASSES[entity.semantic].thing and (entity.actor < 0 or bool(state.valid[entity.actor])):
            outline = window.px(_corners(scene.entity_pose(state, index), entity.size_m)) / (1 << _FRACTION_BITS)
            out[index] = np.concatenate([outline.min(0), outline.max(0)])
    return out


def _names(image: U8Array, scene: Scene, state: WorldState, window: _Window) -> None:
    """Names beside what they name; where there is no room without covering another name or a thing, none.

    Actors come first, ego before all.
    """
    boxes = _boxes_px(scene, state, window)
    order = sorted(boxes, key=lambda k: (scene.entities[k].name != "ego", scene.entities[k].actor < 0, k))
    taken = [tuple(box) for box in boxes.values()]
    height, width = image.shape[:2]
    for k in order:
        text, (x0, y0, x1, y1) = scene.entities[k].name, boxes[k]
        w, h = text_width_px(text, _NAME_PX) + 4, _NAME_PX * 1.1
        middle, level = (x0 + x1 - w) / 2, (y0 + y1 - h) / 2
        rows = [(middle, y0 - h - 1), (middle, y1 + 1), (middle, y1 + h + 1), (middle, y0 - 2 * h - 1)]
        for x, y in (*rows, (x1 + 3, level), (x0 - w - 3, level)):
            room = (x, y, x + w, y + h)
            inside = x >= 2 and y >= 2 and x + w <= width - 2 and y + h <= height - 2
            if inside and not any(_overlap(room, other) for other in taken):
                taken.append(room)
                write(image, text, round(x) + 2, round(y + _NAME_PX * 0.85), _NAME_PX, _TEXT, _HALO)
                break


def _overlap(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _scale_bar(image: U8Array, window: _Window) -> None:
    length_m = next((s for s in (1, 2, 5, 10, 20, 50, 100, 200) if s * window.px_per_m > 50), 500)
    y, x1 = image.shape[0] - 12, 12 + round(length_m * window.px_per_m)
    cv2.line(image, (12, y), (x1, y), _TEXT, 2, cv2.LINE_AA)
    write(image, f"{length_m} m", 12, y - 6, _NAME_PX, _TEXT, _HALO)


def _near(points: F64Array, paths: Sequence[F64Array], at: int) -> F64Array:
    """Those points that lie near the first actor at the drawn instant, and near what is near it: a long road would be
    a thin line, and the middle of two actors far apart is empty."""
    now = np.stack([path[at] for path in paths])
    near = now[np.abs(now - now[0]).max(1) < _REACH_M]
    found = points[np.abs(points - near.mean(0)).max(1) < _REACH_M]
    return found if len(found) else now[:1]


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
    first = {e.actor: (e.name != "ego", float(np.ptp(paths[e.actor], axis=0).max()) <= 0.2) for e in actors}
    seen = [paths[a] for a in sorted(first, key=first.__getitem__) if states[at].valid[a]]
    window = _window(_near(np.concatenate(seen), seen, at) if seen else np.zeros((1, 2)), size_px)
    _road(image, scene, window)
    for entity in actors:
        path = paths[entity.actor]
        if states[at].valid[entity.actor] and float(np.ptp(path, axis=0).max()) > 0.2:
            _poly(image, window.px(path), (20, 90, 200), closed=False)
    _entities(image, scene, states[at], window)
    _scale_bar(image, window)
    _names(image, scene, states[at], window)
    return image
