"""Floor with its paint, walls, columns and roof of the hall."""

from __future__ import annotations

import math

import numpy as np

from simengine.arrays import F64Array
from simengine.world.builder import SceneBuilder
from simengine_scenes.hall import materials as m
from simengine_scenes.hall.plan import DEPTH_M, DOOR_HIGH_M, DOOR_M, REAR_M, WAY_M, HallPlan
from simengine_scenes.shapes.draft import Draft, Surface
from simengine_scenes.shapes.piece import Piece, at, finish, stand
from simengine_scenes.shapes.solids import box, grid, quad, tube

__all__ = ["add_columns", "add_floor", "add_roof", "add_walls"]

_PAINT_M = 0.0015
_SKIN_M = 0.12
"""Thickness of the walls."""


def _level(x: tuple[float, float], y: tuple[float, float], z: float = _PAINT_M) -> Surface:
    """A level rectangle of paint."""
    (x0, x1), (y0, y1) = x, y
    return quad((x0, y0, z), (x1, y0, z), (x1, y1, z), (x0, y1, z))


def add_floor(builder: SceneBuilder, plan: HallPlan) -> None:
    """A slab of concrete with joints, and paint on it."""
    low, high = plan.deep_m
    slab = Draft()
    slab.add(box((0.5 * plan.width_m, 0.5 * (low + high), -0.15), (plan.width_m + 0.8, high - low + 0.8, 0.3)), m.FLOOR)
    stand(builder, "floor", "floor", "floor", [(finish(f"hall.floor.{_key(plan)}", slab), None)])
    paint = Draft()
    _ways(paint, plan)
    _crossings(paint, plan)
    _places(paint, plan)
    stand(builder, "marking", "marking", "lane_marking", [(finish(f"hall.paint.{_key(plan)}", paint), None)])


def _key(plan: HallPlan) -> str:
    return f"{plan.width_m:.3f}.{plan.deep_m[1]:.3f}.{plan.aisles}.{plan.docks_there}.{int(plan.conveyor)}"


def _ways(d: Draft, plan: HallPlan) -> None:
    """Edges of the drive way and the rear way, broken where aisles begin; arrows in the aisles."""
    half, rear = 0.5 * WAY_M, plan.rack_m[1] + 0.9 + 0.5 * REAR_M
    d.add(_level((0.6, plan.width_m - 0.6), (-half - 0.1, -half)), m.PAINT)
    stops = [0.6]
    for k in range(plan.aisles):
        x, reach = plan.aisle_x(k), 0.5 * plan.aisle_width_m - 0.2
        stops += [x - reach, x + reach]
    stops.append(plan.width_m - 0.6)
    for a, b in zip(stops[::2], stops[1::2], strict=True):
        d.add(_level((a, b), (half, half + 0.1)), m.PAINT)
        d.add(_level((a, b), (rear - 0.5 * REAR_M - 0.1, rear - 0.5 * REAR_M)), m.PAINT)
    for k in range(int((plan.width_m - 2.4) / 2.4)):  # the middle of the drive way
        d.add(_level((1.6 + 2.4 * k, 2.6 + 2.4 * k), (-0.05, 0.05)), m.PAINT_WHITE)
    for k in range(plan.aisles):
        way = 1.0 if k % 2 == 0 else -1.0
        x = plan.aisle_x(k)
        for y in (plan.rack_m[0] + 1.2, 0.5 * sum(plan.rack_m), plan.rack_m[1] - 1.2):
            _arrow(d, x, y, way)
        for side in (-1.0, 1.0):
            edge = x + side * (0.5 * plan.aisle_width_m - 0.14)
            d.add(_level((edge - 0.04, edge + 0.04), plan.rack_m), m.PAINT)


def _arrow(d: Draft, x: float, y: float, way: float) -> None:
    d.add(_level((x - 0.07, x + 0.07), (min(y - 0.55 * way, y + 0.15 * way), max(y - 0.55 * way, y + 0.15 * way))),
          m.PAINT_WHITE)  # fmt: skip
    tip, base = (x, y + 0.6 * way, _PAINT_M), y + 0.15 * way
    left, right = (x - 0.28 * way, base, _PAINT_M), (x + 0.28 * way, base, _PAINT_M)
    d.add(quad(tip, left, right, right), m.PAINT_WHITE)


def _crossings(d: Draft, plan: HallPlan) -> None:
    """A walkway along the dock side of the drive way, and zebra crossings over it."""
    y = -0.5 * WAY_M - 0.8
    d.add(_level((0.6, plan.width_m - 0.6), (y - 0.5, y + 0.5)), m.WALKWAY)
    for s in (-1.0, 1.0):
        d.add(_level((0.6, plan.width_m - 0.6), (y + s * 0.54 - 0.04, y + s * 0.54 + 0.04)), m.PAINT_WHITE)
    for k in range(1, plan.aisles, 2):
        x = plan.row_x(2 * k) - 0.5 * DEPTH_M - 0.1
        for n in range(int(WAY_M / 0.8)):
            low = -0.5 * WAY_M + 0.25 + 0.8 * n
            d.add(_level((x - 0.6, x + 0.6), (low, low + 0.4), 2 * _PAINT_M), m.PAINT_WHITE)


def _frame(d: Draft, x: tuple[float, float], y: tuple[float, float], wide: float = 0.08) -> None:
    for a in x:
        d.add(_level((a - 0.5 * wide, a + 0.5 * wide), y, 2 * _PAINT_M), m.PAINT)
    for b in y:
        d.add(_level(x, (b - 0.5 * wide, b + 0.5 * wide), 2 * _PAINT_M), m.PAINT)


def _places(d: Draft, plan: HallPlan) -> None:
    """Outlines of the staging area, of the marked places beside it, of the docks; hatching where nothing may stand."""
    s = plan.staging
    _frame(d, (s.x_m - 0.5 * s.length_m, s.x_m + 0.5 * s.length_m), (s.y_m - 0.5 * s.width_m, s.y_m + 0.5 * s.width_m))
    for x, y in plan.staged():
        _frame(d, (x - 0.5, x + 0.5), (y - 0.69, y + 0.69), 0.05)
    low = plan.deep_m[0]
    for k in range(plan.docks_there):
        x = plan.dock_x(k)
        _frame(d, (x - 0.5 * DOOR_M - 0.15, x + 0.5 * DOOR_M + 0.15), (low + 0.2, low + 3.7), 0.1)
        for n in range(6):
            a = low + 3.75 + 0.0
            left = x - 0.5 * DOOR_M + 0.5 * n
            d.add(quad((left, a, _PAINT_M), (left + 0.25, a, _PAINT_M), (left + 0.5, a + 0.5, _PAINT_M),
                       (left + 0.25, a + 0.5, _PAINT_M)), m.PAINT)  # fmt: skip


def add_walls(builder: SceneBuilder, plan: HallPlan) -> None:
    """Sandwich panels on a plinth; holes for the docks are left in the front wall."""
    low, high = plan.deep_m
    d, roof, width = Draft(), plan.roof_m + 0.6, plan.width_m
    stops = [0.0]
    for k in range(plan.docks_there):
        stops += [plan.dock_x(k) - 0.5 * DOOR_M, plan.dock_x(k) + 0.5 * DOOR_M]
    stops.append(width)
    for a, b in zip(stops[::2], stops[1::2], strict=True):
        _panel(d, at(0.5 * (a + b), low - 0.5 * _SKIN_M), b - a, 0.0, roof)
    for k in range(plan.docks_there):
        _panel(d, at(plan.dock_x(k), low - 0.5 * _SKIN_M), DOOR_M, DOOR_HIGH_M, roof)
    _panel(d, at(0.5 * width, high + 0.5 * _SKIN_M, 0.0, math.pi), width, 0.0, roof)
    for x, turn in ((-0.5 * _SKIN_M, -0.5 * math.pi), (width + 0.5 * _SKIN_M, 0.5 * math.pi)):
        _panel(d, at(x, 0.5 * (low + high), 0.0, turn), high - low + 2.0 * _SKIN_M, 0.0, roof)
    for z in (3.9, 4.1):  # pipes and a cable tray along the rear wall
        d.add(tube([(0.3, high - 0.12, z), (width - 0.3, high - 0.12, z)], 0.04 if z < 4.0 else 0.055, 8), m.STEEL)
    stand(builder, "walls", "wall", "wall", [(finish(f"hall.walls.{_key(plan)}.{roof:.3f}", d), None)])


def _panel(d: Draft, frame: F64Array, wide: float, low: float, high: float) -> None:
    """A piece of wall whose inside faces +y of its frame: panels of a metre with joints, on a plinth."""
    base = max(low, 1.0)
    if low < 1.0:
        d.add(box((0.0, 0.0, 0.5 * (low + 1.0)), (wide, _SKIN_M + 0.06, 1.0 - low)), m.PLINTH, pose=frame)
    d.add(box((0.0, 0.0, 0.5 * (base + high)), (wide, _SKIN_M, high - base)), m.CLADDING, pose=frame)
    for k in range(1, int(wide)):
        x = k - 0.5 * wide
        d.add(box((x, 0.5 * _SKIN_M, 0.5 * (base + high)), (0.03, 0.002, high - base)), m.JOINT, pose=frame)


def columns(plan: HallPlan) -> list[tuple[float, float]]:
    """Where the columns stand: between drive way and staging area, and along front and rear wall."""
    low, high = plan.deep_m
    xs = [plan.row_x(row) + 0.5 * (DEPTH_M + 0.2) for row in range(1, plan.rows - 1, 2)][::2]
    docks = [plan.dock_x(k) for k in range(plan.docks_there)]
    front = [x for x in xs if all(abs(x - c) > 0.5 * DOOR_M + 0.45 for c in docks)]
    return [*((x, -0.5 * WAY_M - 1.6) for x in xs), *((x, high - 0.2) for x in xs), *((x, low + 0.2) for x in front)]


def add_columns(builder: SceneBuilder, plan: HallPlan) -> None:
    """Steel columns; those that may be driven into have a guard."""
    piece, guarded = _column(plan.roof_m, False), _column(plan.roof_m, True)
    for k, (x, y) in enumerate(columns(plan)):
        free = abs(y + 0.5 * WAY_M + 1.6) < 1e-9
        stand(builder, f"column[{k + 1}]", "column", "pole", [(guarded if free else piece, at(x, y))])


def _column(high: float, guarded: bool) -> Piece:
    """A wide-flange column."""
    d = Draft()
    for s in (1.0, -1.0):
        d.add(box((0.0, s * 0.12, 0.5 * high), (0.24, 0.016, high)), m.STEEL)
    d.add(box((0.0, 0.0, 0.5 * high), (0.012, 0.24, high)), m.STEEL)
    d.add(box((0.0, 0.0, 0.012), (0.36, 0.36, 0.024)), m.STEEL)
    if guarded:
        for k in range(6):
            z = 0.1 + 0.2 * k
            d.add(box((0.0, 0.0, z), (0.34, 0.34, 0.2)), m.GUARD_BLACK if k % 2 else m.GUARD)
    return finish(f"hall.column.{high:.3f}.{int(guarded)}", d)


def add_roof(builder: SceneBuilder, plan: HallPlan) -> None:
    """Trusses across, purlins along, a trapezoidal deck, and strips of roof lights."""
    low, high = plan.deep_m
    roof, width = plan.roof_m, plan.width_m
    d = Draft()
    bays = max(2, round(width / 6.0))
    for k in range(bays + 1):
        x = min(max(width * k / bays, 0.15), width - 0.15)
        for z, deep in ((roof, 0.16), (roof + 0.62, 0.16)):
            d.add(box((x, 0.5 * (low + high), z), (0.14, high - low, deep)), m.STEEL)
        steps = max(4, round((high - low) / 1.5))
        for n in range(steps):
            a, b = low + (high - low) * n / steps, low + (high - low) * (n + 1) / steps
            up = n % 2 == 0
            d.add(tube([(x, a, roof if up else roof + 0.6), (x, b, roof + 0.6 if up else roof)], 0.035, 5), m.STEEL)
    count = round((high - low) / 3.0)
    for n in range(count + 1):
        y = min(max(low + (high - low) * n / count, low + 0.1), high - 0.1)
        d.add(box((0.5 * width, y, roof + 0.78), (width, 0.08, 0.14)), m.STEEL)
    ribs = int(width / 0.3)
    lights = {n for n in range(ribs) if n % 40 in (18, 19, 20, 21)}
    for part, material in ((False, m.ROOF), (True, m.SKYLIGHT)):
        for n in range(ribs):
            if (n in lights) == part:
                x, wide = width * n / ribs, width / ribs
                line = [(x, 0.86), (x + 0.35 * wide, 0.86), (x + 0.5 * wide, 0.94), (x + 0.85 * wide, 0.94),
                        (x + wide, 0.86)]  # fmt: skip
                rows = _sheet(line, roof, (low, high))
                d.add(grid(rows), material)
    stand(builder, "roof", "roof", "building", [(finish(f"hall.roof.{_key(plan)}.{roof:.3f}", d), None)])


def _sheet(line: list[tuple[float, float]], roof: float, y: tuple[float, float]) -> F64Array:
    """A lattice along y; its front looks down."""
    return np.array([[(x, v, roof + z) for x, z in line] for v in y])
