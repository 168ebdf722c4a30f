"""A drawing of a simulated variant from above: lanes, boxes, paths, names and a scale bar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np

from simengine.arrays import F64Array, I32Array, U8Array
from simengine.geometry import transforms as tf
from simengine.render.lettering import text_width_px, write
from simengine.world.lamps import Lamp
from simengine.world.lanes import LaneGraph
from simengine.world.regions import Region
from simengine.world.scene import Entity, Scene
from simengine.world.state import WorldState
from simengine.world.taxonomy import CLASSES

__all__ = ["scale_px_per_m", "top_view"]

_GROUND, _ROAD, _LINE, _KERB, _TEXT = (225, 229, 224), (150, 152, 156), (240, 240, 240), (96, 98, 102), (30, 32, 36)
_TURN = (168, 170, 174)
_HALO, _NAME_PX = (236, 238, 236), 12.0
_APART_PX = 3.0  # between names: halos that touch read as one word
_REACH_M = 32.0
_BESIDE_M = 8.0  # from the way of who moves: what stands there may matter to it
_NAMED = 3  # of a row of things, the nearest
_AWAY_M = 300.0
_PAST, _TO_COME = (20, 90, 200), (178, 208, 250)
_INDOORS_M = 0.3
_TOP = (204, 206, 204)
_SHOWN: dict[int, tuple[int, int, int]] = {
    Lamp.RED: (214, 40, 30), Lamp.WAIT: (214, 40, 30), Lamp.AMBER: (242, 172, 20), Lamp.FLASHING: (242, 172, 20),
    Lamp.GREEN: (36, 166, 72), Lamp.WALK: (36, 166, 72),
}  # fmt: skip
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


def _window(xy: F64Array, size_px: tuple[int, int], px_per_m: float | None = None, margin_m: float = 8.0) -> _Window:
    low, high = xy.min(0) - margin_m, xy.max(0) + margin_m
    width, height = size_px
    scale = px_per_m or min(width / (high[0] - low[0]), height / max(high[1] - low[1], 2.0 * margin_m))
    centre = (low + high) / 2
    return _Window(float(centre[0] - width / scale / 2), float(centre[1] + height / scale / 2), float(scale))


def _corners(pose: F64Array, size_m: Sequence[float]) -> F64Array:
    x, y = size_m[0] / 2, size_m[1] / 2
    local = np.array([[x, y, 0], [x, -y, 0], [-x, -y, 0], [-x, y, 0]])
    return tf.apply(pose[None], local)[:, :2]


def _poly(image: U8Array, points: I32Array, colour: tuple[int, int, int], closed: bool = True) -> None:
    cv2.polylines(image, [points], closed, colour, 1, cv2.LINE_AA, _FRACTION_BITS)


def _road(image: U8Array, scene: Scene, window: _Window) -> None:
    graph = scene.lanes
    if "road" in graph.regions and graph.arms:  # asphalt that belongs to no lane: the corners
        for triangle in graph.regions["road"].triangles_m:
            cv2.fillPoly(image, [window.px(triangle)], _ROAD, cv2.LINE_AA, _FRACTION_BITS)
    for lane in graph.lanes:
        stations = lane.centre.stations_m()
        edges = [lane.centre.at(stations, side * lane.width_m / 2)[0][:, :2] for side in (1, -1)]
        outline = window.px(np.concatenate([edges[0], edges[1][::-1]]))
        cv2.fillPoly(image, [outline], _ROAD, cv2.LINE_AA, _FRACTION_BITS)
    for index, lane in enumerate(graph.lanes):
        for low, high in _beside_the_crossing(graph, index):
            stations = np.linspace(low, high, len(lane.centre.points_m))
            for side in (1, -1):
                _poly(
                    image, window.px(lane.centre.at(stations, side * lane.width_m / 2)[0][:, :2]), _LINE, closed=False
                )
    for turn in graph.turns:
        stations = np.linspace(turn.begins_m, turn.ends_m, 24)
        _poly(image, window.px(turn.path.at(stations)[0][:, :2]), _TURN, closed=False)
    for curve in graph.curves.values() if not graph.arms else ():
        _poly(image, window.px(curve.points_m[:, :2]), _KERB, closed=False)


def _beside_the_crossing(graph: LaneGraph, index: int) -> list[tuple[float, float]]:
    """Stretches of a lane outside of the crossing, where turns leave it and join it: its lines end there."""
    centre = graph.lanes[index].centre
    leaves = [t.begins_m for t in graph.turns if t.start == index]
    joins = [float(centre.project(t.path.at(t.ends_m)[0])[0]) for t in graph.turns if t.end == index]
    whole = centre.length_m
    if not leaves and not joins:
        return [(0.0, whole)]
    before = [(0.0, min(leaves))] if leaves else []
    return before + ([(max(joins), whole)] if joins else [])


def _tops(image: U8Array, scene: Scene, window: _Window) -> None:
    """Places that things stand on: benches, the foot of an arm."""
    for name in _places(scene):
        outline = window.px(_outline(scene.lanes.regions[name]))
        cv2.fillPoly(image, [outline], _TOP, cv2.LINE_AA, _FRACTION_BITS)
        _poly(image, outline, _KERB)


def _places(scene: Scene) -> list[str]:
    """Regions that are tops, in a world without lanes."""
    return [n for n, region in scene.lanes.regions.items() if region.top is not None and not scene.lanes.lanes]


def _outline(region: Region) -> F64Array:
    points = region.triangles_m.reshape(-1, 2)
    hull = np.asarray(cv2.convexHull(points.astype(np.float32), returnPoints=False), np.int64)
    return points[hull[:, 0]]


def _arms(image: U8Array, scene: Scene, state: WorldState, window: _Window) -> None:
    """Arms as the line of their joints."""
    frames = scene.link_transforms(state)
    for entity in scene.entities:
        if entity.chain is not None and entity.actor >= 0 and bool(state.valid[entity.actor]):
            joints = [j.name for j in entity.chain.joints]
            rows = [k for k, link in enumerate(scene.links) if link.actor == entity.actor and link.name in joints]
            tool = tf.compose(frames[rows[-1]], np.asarray(entity.chain.link_from_tool))
            line = window.px(np.stack([*frames[rows, :2, 3], tool[:2, 3]]))
            cv2.polylines(image, [line], False, (20, 20, 20), 5, cv2.LINE_AA, _FRACTION_BITS)
            cv2.polylines(image, [line], False, (250, 250, 250), 3, cv2.LINE_AA, _FRACTION_BITS)


def _entities(image: U8Array, scene: Scene, state: WorldState, window: _Window) -> None:
    large_first = sorted(range(len(scene.entities)), key=lambda k: -scene.entities[k].size_m[0] * bool(_places(scene)))
    for index in large_first:
        entity = scene.entities[index]
        if not CLASSES[entity.semantic].thing or (entity.actor >= 0 and not state.valid[entity.actor]):
            continue
        outline = window.px(_corners(scene.entity_pose(state, index), entity.size_m))
        colour = CLASSES[entity.semantic].colour
        fill = (235, 130, 20) if entity.name == "ego" else _SHOWN.get(entity.lamps, colour)
        cv2.fillPoly(image, [outline], fill, cv2.LINE_AA, _FRACTION_BITS)
        _poly(image, outline, (20, 20, 20))
        nose = (outline[0] + outline[1]) // 2
        centre = outline.mean(0).astype(np.int32)
        cv2.line(image, tuple(centre.tolist()), tuple(nose.tolist()), (255, 255, 255), 1, cv2.LINE_AA, _FRACTION_BITS)


def _is_light(entity: Entity) -> bool:
    return CLASSES[entity.semantic].name == "traffic_light"


def _boxes_px(scene: Scene, state: WorldState, window: _Window) -> dict[int, F64Array]:
    """Bounds (x0, y0, x1, y1) of what is drawn, by entity."""
    out: dict[int, F64Array] = {}
    for index, entity in enumerate(scene.entities):
        if CLASSES[entity.semantic].thing and (entity.actor < 0 or bool(state.valid[entity.actor])):
            outline = window.px(_corners(scene.entity_pose(state, index), entity.size_m)) / (1 << _FRACTION_BITS)
            out[index] = np.concatenate([outline.min(0), outline.max(0)])
    return out


def _names(image: U8Array, scene: Scene, state: WorldState, window: _Window, focus: F64Array) -> None:
    """Names beside what they name; where there is no room without covering another name or a thing, none.

    Actors come first, ego before all; of each array those nearest to the focus.
    """
    boxes = {k: v for k, v in _boxes_px(scene, state, window).items() if not _is_light(scene.entities[k])}
    near = sorted(boxes, key=lambda k: float(np.hypot(*(scene.entity_pose(state, k)[:2, 3] - focus))))
    rows: dict[str, int] = {}
    named: dict[int, tuple[str, F64Array]] = {}
    for k in sorted(near, key=lambda k: (scene.entities[k].name != "ego", scene.entities[k].actor < 0)):
        row, _, index = scene.entities[k].name.partition("[")
        rows[row] = rows.get(row, 0) + bool(index)
        if rows[row] <= _NAMED:
            named[k] = scene.entities[k].name, boxes[k]
    away = _elsewhere(image, scene, state, window)
    for k, (x, y) in _rooms(named, (image.shape[1], image.shape[0]), [*boxes.values(), *away]).items():
        write(image, named[k][0], round(x) + 2, round(y + _NAME_PX * 0.85), _NAME_PX, _TEXT, _HALO)


def _elsewhere(image: U8Array, scene: Scene, state: WorldState, window: _Window) -> list[F64Array]:
    """Draw arrows at the edge of the picture to actors outside of it, each with its name and how far away it is, where
    there is room beside the others; what is one of many has none.

    Returns:
        Bounds (x0, y0, x1, y1) of what was drawn.
    """
    height, width = image.shape[:2]
    centre, inset = np.array([width / 2, height / 2]), 10.0
    drawn: list[F64Array] = []
    for entity in scene.entities:
        if entity.actor < 0 or "[" in entity.name or not state.valid[entity.actor]:
            continue
        at = window.px(state.position_m[entity.actor, :2]) / (1 << _FRACTION_BITS)
        away_m = float(np.abs((at - np.clip(at, 0, [width, height])) / window.px_per_m).max())
        if not 1.0 < away_m < _AWAY_M:
            continue
        way = at - centre
        tip = centre + way * float(((centre - inset) / np.maximum(np.abs(way), 1e-9)).min())
        way = way / np.hypot(*way)
        aside = np.array([-way[1], way[0]])
        arrow = np.stack([tip + 5.0 * way, tip - 4.0 * way + 4.5 * aside, tip - 4.0 * way - 4.5 * aside])
        cv2.fillPoly(
            image, [np.round(arrow * (1 << _FRACTION_BITS)).astype(np.int32)], _TEXT, cv2.LINE_AA, _FRACTION_BITS
        )
        text = f"{entity.name} {away_m:.0f} m"
        w, h = text_width_px(text, _NAME_PX) + 4, _NAME_PX * 1.1
        x, y = np.clip(
            tip - 10.0 * way - [w / 2, h / 2] - [w / 2 * way[0], h / 2 * way[1]], 2, [width - w - 2, height - h - 2]
        )
        y = next(
            (v for v in (y, y - h, y + h) if not any(_overlap((x, v, x + w, v + h), tuple(d)) for d in drawn)), None
        )
        drawn.append(np.array([*(tip - 7.0), *(tip + 7.0)]))
        if y is None:
            continue
        drawn.append(np.array([x, y, x + w, y + h]))
        write(image, text, round(x) + 2, round(y + _NAME_PX * 0.85), _NAME_PX, _TEXT, _HALO)
    return drawn


def _rooms(
    named: Mapping[int, tuple[str, F64Array]], size_px: tuple[int, int], kept: Sequence[F64Array]
) -> dict[int, tuple[float, float]]:
    """Upper left corners of the names of boxes (x0, y0, x1, y1), by key; those first in order choose first, and what is
    ``kept`` stays free."""
    taken = [tuple(box) for box in kept]
    width, height = size_px
    found: dict[int, tuple[float, float]] = {}
    for k, (text, (x0, y0, x1, y1)) in named.items():
        w, h = text_width_px(text, _NAME_PX) + 4, _NAME_PX * 1.1
        middle, level = (x0 + x1 - w) / 2, (y0 + y1 - h) / 2
        rows = [
            (middle, y0 - h - 1),
            (middle, y1 + 1),
            (middle, y1 + h + 1 + _APART_PX),
            (middle, y0 - 2 * h - 1 - _APART_PX),
        ]
        for x, y in (*rows, (x1 + 3, level), (x0 - w - 3, level)):
            room = (x, y, x + w, y + h)
            inside = x >= 2 and y >= 2 and x + w <= width - 2 and y + h <= height - 2
            if inside and not any(_overlap(room, other) for other in taken):
                taken.append((x - _APART_PX, y - _APART_PX, x + w + _APART_PX, y + h + _APART_PX))
                found[k] = x, y
                break
    return found


def _overlap(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _scale_bar(image: U8Array, window: _Window) -> None:
    length_m = next((s for s in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200) if s * window.px_per_m > 50), 500)
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


def _beside(scene: Scene, state: WorldState, way: F64Array) -> F64Array:
    """Corners of the boxes of what stands near a way (T, 2) and may matter to who takes it, (N, 2)."""
    found = [np.zeros((0, 2))]
    for index, entity in enumerate(scene.entities):
        if entity.actor < 0 and CLASSES[entity.semantic].thing and not _is_light(entity):
            corners = _corners(scene.entity_pose(state, index), entity.size_m)
            apart = np.hypot(*(way[:, None] - corners).transpose(2, 0, 1))
            if float(apart.min()) < _BESIDE_M:
                found.append(corners)
    return np.concatenate(found)


class _View(NamedTuple):
    """What a picture of an instant shows.

    Attributes:
        window: the part of the world.
        paths: of all actors, (T, 2), by actor.
        focus: where the first actor is, (2,): ego, or what moves where that stands still.
    """

    window: _Window
    paths: dict[int, F64Array]
    focus: F64Array


def _view(
    scene: Scene, states: Sequence[WorldState], at: int, size_px: tuple[int, int], px_per_m: float | None = None
) -> _View:
    actors = [e for e in scene.entities if e.actor >= 0]
    paths = {e.actor: np.stack([s.position_m[e.actor, :2] for s in states]) for e in actors}
    first = {e.actor: (float(np.ptp(paths[e.actor], axis=0).max()) <= 0.2, e.name != "ego") for e in actors}
    seen = [paths[a] for a in sorted(first, key=first.__getitem__) if states[at].valid[a]]
    focus = seen[0][at] if seen else np.zeros(2)
    places = _places(scene)
    if places:
        outlines = [_outline(scene.lanes.regions[n]) for n in places]
        return _View(_window(np.concatenate(outlines), size_px, px_per_m, _INDOORS_M), paths, focus)
    if not seen:
        return _View(_window(np.zeros((1, 2)), size_px, px_per_m), paths, focus)
    way = seen[0][np.abs(seen[0] - focus).max(1) < _REACH_M]
    points = _near(np.concatenate([*seen, _beside(scene, states[at], way)]), seen, at)
    return _View(_window(points, size_px, px_per_m), paths, focus)


def scale_px_per_m(scene: Scene, states: Sequence[WorldState], at: int, size_px: tuple[int, int]) -> float:
    """The scale that :func:`top_view` chooses."""
    return _view(scene, states, at, size_px).window.px_per_m


def top_view(
    scene: Scene, states: Sequence[WorldState], at: int, size_px: tuple[int, int] = (640, 360),
    px_per_m: float | None = None,
) -> U8Array:  # fmt: skip
    """Draw one variant from above.

    Args:
        scene: its scene.
        states: the trace, for the paths of what moves.
        at: index of the state whose boxes are drawn.
        size_px: width and height.
        px_per_m: scale; None: what is near the first actor fills the picture.

    Returns:
        sRGB image, uint8, (height, width, 3). World x to the right, y up. Ways that lie behind are drawn darker than
        those to come; arrows at the edge point to named actors outside.
    """
    image = np.full((size_px[1], size_px[0], 3), _GROUND, np.uint8)
    window, paths, focus = _view(scene, states, at, size_px, px_per_m)
    _road(image, scene, window)
    _tops(image, scene, window)
    moved = [p for a, p in paths.items() if states[at].valid[a] and float(np.ptp(p, axis=0).max()) > 0.2]
    for colour, part in ((_TO_COME, slice(at, None)), (_PAST, slice(None, at + 1))):
        for path in moved:
            _poly(image, window.px(path[part]), colour, closed=False)
    _entities(image, scene, states[at], window)
    _arms(image, scene, states[at], window)
    _scale_bar(image, window)
    _names(image, scene, states[at], window, focus)
    return image
