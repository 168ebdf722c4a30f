"""What hangs in a tunnel and stands before it: jet fans, lane signals, signs on the walls, signs before the portals."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from simengine.arrays import F64Array
from simengine.world.builder import SceneBuilder
from simengine_scenes import palette
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.lettering import numeral, stroke
from simengine_scenes.shapes.piece import Piece, finish, stand
from simengine_scenes.shapes.solids import box, lathe, pose, tube
from simengine_scenes.town.plate import board, circle, filled, rim
from simengine_scenes.tunnel import materials as m
from simengine_scenes.tunnel.plan import TunnelPlan

__all__ = ["add_fittings"]

_FAN_M = (3.6, 0.42)
"""Length and radius of a jet fan."""
_FANS_STEP_M, _SIGNALS_STEP_M, _PLATES_STEP_M = 90.0, 120.0, 25.0
_FACE_M, _ABOVE_M = -0.045, 0.002


def add_fittings(builder: SceneBuilder, plan: TunnelPlan) -> None:
    """Hang and stand everything."""
    _fans(builder, plan)
    _signals(builder, plan)
    plates: list[tuple[Piece, F64Array | None]] = []
    for s in plan.stations(_PLATES_STEP_M):
        for side in (-1.0, 1.0):
            clear = all(abs(s - k) > 3.0 for k in (plan.niches_m if side < 0 else plan.exits_m))
            if clear:
                plates.append((_way_piece(), plan.lay.pose(s, side * (plan.half_m - 0.02), 1.2, 0.5 * math.pi * side)))
    stand(builder, "way_signs", "sign", "traffic_sign", plates)
    _before(builder, plan, plan.portal_m[0], False)
    if plan.two_way:
        _before(builder, plan, plan.portal_m[1], True)


def _fans(builder: SceneBuilder, plan: TunnelPlan) -> None:
    """Pairs of jet fans below the ceiling, two at least."""
    low, high = plan.portal_m
    count = max(2, round((high - low) / _FANS_STEP_M))
    stations = (low + (np.arange(count) + 0.5) * (high - low) / count).tolist()
    y = 0.2 * plan.half_m
    z = plan.ceiling_m(y) - 0.2 - _FAN_M[1]
    rows: list[tuple[Piece, F64Array | None]] = [
        (_fan_piece(), plan.lay.pose(s, side * y, z)) for s in stations for side in (-1.0, 1.0)
    ]
    stand(builder, "fans", "fan", "static_object", rows)


@lru_cache(maxsize=1)
def _fan_piece() -> Piece:
    """A jet fan about the origin, along x: casing with silencers, two hangers."""
    length, radius = _FAN_M
    half = 0.5 * length
    profile = [
        (0.0, -half + 0.5), (radius - 0.06, -half + 0.5), (radius - 0.06, -half), (radius, -half),
        (radius, -half + 1.1), (radius - 0.05, -half + 1.2), (radius - 0.05, half - 1.2), (radius, half - 1.1),
        (radius, half), (radius - 0.06, half), (radius - 0.06, half - 0.5), (0.0, half - 0.5),
    ]  # fmt: skip
    d = Draft().add(lathe(profile, 18), m.FAN, pose=pose((0.0, 0.0, 0.0), (0.0, 1.0, 0.0), 0.5 * math.pi))
    for x in (-0.9, 0.9):
        d.add(box((x, 0.0, radius + 0.06), (0.1, 0.5, 0.3)), palette.GALVANISED)
    return finish("tunnel.fan", d, smooth=True)


def _signals(builder: SceneBuilder, plan: TunnelPlan) -> None:
    """Over each lane a signal for who comes: at the portals and along the bore."""
    road = plan.road
    low, high = plan.portal_m
    rows: list[tuple[Piece, F64Array | None]] = []
    for k in range(road.lanes):
        ahead = k < road.forward_lanes
        y, open_lane = road.lane_y_m(k), k + 1 != plan.closed
        z = plan.ceiling_m(y) - 0.75
        inside = [s + 12.0 for s in plan.stations(_SIGNALS_STEP_M, 0.4)]
        rows += [(_signal_piece(open_lane), plan.lay.pose(s, y, z, 0.0 if ahead else math.pi)) for s in inside]
        s = low - 1.05 if ahead else high + 1.05
        top = plan.ceiling_m(y) + 0.85
        rows.append((_signal_piece(open_lane), plan.lay.pose(s, y, top, 0.0 if ahead else math.pi)))
    stand(builder, "lane_signals", "signal", "traffic_sign", rows)


@lru_cache(maxsize=2)
def _signal_piece(open_lane: bool) -> Piece:
    """A green arrow down, or a red cross, 0.7 m wide, about the origin; seen from -x (EN 12966)."""
    d = Draft().add(box((0.1, 0.0, 0.0), (0.2, 0.8, 0.8)), palette.SIGNAL_BOX)
    d.add(box((0.1, 0.0, 0.48), (0.08, 0.1, 0.28)), palette.GALVANISED)
    lamp = palette.LIT_SIGNALS["green" if open_lane else "red"]
    lines = [[(0.0, 0.3), (0.0, -0.27)], [(-0.24, -0.03), (0.0, -0.27), (0.24, -0.03)]]
    crosses = [[(-0.27, -0.27), (0.27, 0.27)], [(-0.27, 0.27), (0.27, -0.27)]]
    for line in lines if open_lane else crosses:
        d.add(stroke(line, 0.08, -0.005), lamp)
    return finish(f"tunnel.signal.{open_lane:d}", d)


@lru_cache(maxsize=1)
def _way_piece() -> Piece:
    """A green plate with arrows both ways to the next exits, flat on a wall behind it; seen from -x."""
    corners = [(-0.45, -0.2), (0.45, -0.2), (0.45, 0.2), (-0.45, 0.2)]
    d = Draft().add(board(corners, -0.02, 0.03), palette.SIGN_BACK)
    d.add(filled(corners, -0.02), m.SIGN_GREEN)
    for side in (-1.0, 1.0):
        d.add(stroke([(side * 0.05, 0.0), (side * 0.3, 0.0)], 0.05, -0.022), m.SIGN_WHITE)
        d.add(stroke([(side * 0.24, 0.1), (side * 0.36, 0.0), (side * 0.24, -0.1)], 0.05, -0.022), m.SIGN_WHITE)
    return finish("tunnel.way", d)


def _before(builder: SceneBuilder, plan: TunnelPlan, portal_m: float, back: bool) -> None:
    """The signs before a portal, beside the walkway: tunnel, then the limit."""
    way, y = (-1.0, plan.half_m + 1.0) if back else (1.0, -plan.half_m - 1.0)
    kmh = 10 * round(3.6 * plan.road.speed_limit_mps / 10.0)
    for k, (off, piece) in enumerate(((70.0, _tunnel_sign()), (45.0, _limit_sign(kmh)))):
        s = portal_m - way * off
        name = f"sign[{k + 2 * back}]"
        stand(builder, name, "sign", "traffic_sign", [(piece, plan.lay.pose(s, y, -0.1, math.pi if back else 0.0))])


@lru_cache(maxsize=1)
def _tunnel_sign() -> Piece:
    """A blue square with a portal (E,11a of the Vienna convention) on a post at the origin."""
    d, z = Draft(), 2.6
    d.add(tube([(0.0, 0.0, -0.1), (0.0, 0.0, 3.0)], 0.03, 10), palette.GALVANISED)
    corners = [(-0.45, z - 0.45), (0.45, z - 0.45), (0.45, z + 0.45), (-0.45, z + 0.45)]
    d.add(board(corners, _FACE_M, 0.012), palette.SIGN_BACK)
    d.add(filled(corners, _FACE_M), palette.SIGN_BLUE)
    turn = np.linspace(math.pi, 0.0, 13)
    arch = [(0.32 * math.cos(t), z - 0.05 + 0.32 * math.sin(t)) for t in turn.tolist()]
    d.add(filled([(-0.32, z - 0.36), (0.32, z - 0.36), *arch[::-1]], _FACE_M - _ABOVE_M), palette.SIGN_WHITE)
    inner = [(0.24 * math.cos(t), z - 0.05 + 0.24 * math.sin(t)) for t in turn.tolist()]
    d.add(filled([(-0.24, z - 0.36), (0.24, z - 0.36), *inner[::-1]], _FACE_M - 2.0 * _ABOVE_M), palette.SIGN_BLACK)
    road = [(-0.16, z - 0.36), (0.16, z - 0.36), (0.03, z - 0.02), (-0.03, z - 0.02)]
    d.add(filled(road, _FACE_M - 3.0 * _ABOVE_M), palette.SIGN_WHITE)
    return finish("tunnel.sign", d)


@lru_cache(maxsize=16)
def _limit_sign(kmh: int) -> Piece:
    """A speed limit on a post at the origin."""
    d, z = Draft(), 2.6
    d.add(tube([(0.0, 0.0, -0.1), (0.0, 0.0, 3.0)], 0.03, 10), palette.GALVANISED)
    rims = [circle(0.0, z, r, 32) for r in (0.40, 0.32)]
    d.add(board(rims[0], _FACE_M, 0.012), palette.SIGN_BACK)
    d.add(rim(rims[0], rims[1], _FACE_M), palette.SIGN_RED)
    d.add(filled(rims[1], _FACE_M), palette.SIGN_WHITE)
    high = 0.32 if kmh < 100 else 0.25
    for line in numeral(str(kmh), z - 0.5 * high, high, _FACE_M - _ABOVE_M):
        d.add(line, palette.SIGN_BLACK)
    return finish(f"tunnel.limit.{kmh}", d)
