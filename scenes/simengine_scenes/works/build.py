"""The static scene of ``world construction``: a motorway with works on its right side."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from simengine.arrays import F64Array
from simengine.geometry import transforms as tf
from simengine.rng import stream
from simengine.world.builder import SceneBuilder
from simengine.world.lamps import Flash
from simengine.world.lanes import LaneGraph
from simengine.world.scene import Glow, Light
from simengine_scenes import palette
from simengine_scenes.roads.ground import MARKING_M, dashes, ribbon
from simengine_scenes.roads.highway import lay_highway
from simengine_scenes.shapes.draft import Draft, Surface
from simengine_scenes.shapes.piece import Piece, finish, stand
from simengine_scenes.shapes.solids import grid
from simengine_scenes.vehicles.build import vehicle_asset
from simengine_scenes.works.guides import guide_piece, lens_piece
from simengine_scenes.works.machines import (
    TOWER_LAMPS_M,
    arrow_lenses,
    arrow_trailer_piece,
    excavator_piece,
    roller_piece,
    tower_piece,
)
from simengine_scenes.works.plan import GUIDE_M, REOPEN_M, TAPER_M, WorksPlan, works_lanes, works_plan
from simengine_scenes.works.signs import danger_piece, lanes_board_piece, limit_piece
from simengine_scenes.works.site import fence_piece, heap_piece, pipes_piece, toilet_piece

__all__ = ["build_works"]

_YELLOW_M = 2.0 * MARKING_M
"""Yellow paint lies over the white."""
_LINE_M = 0.15
_PERIOD_NS = 1_000_000_000
_ARROW_NS = 1_200_000_000


def build_works(builder: SceneBuilder, values: Mapping[str, Any], seed: int) -> LaneGraph:
    """Add the static scene and return the narrowed lanes. Heaps and how things stand come from ``seed``."""
    plan = works_plan(values)
    lay_highway(builder, plan.road, seed)
    _paint(builder, plan)
    _guides(builder, plan, seed)
    _signs(builder, plan)
    _closing(builder, plan)
    _site(builder, plan, seed)
    return works_lanes(values)


def _paint(builder: SceneBuilder, plan: WorksPlan) -> None:
    """Yellow lines, and dark new asphalt in the works."""
    lay, road = plan.lay, plan.open
    span = (-60.0, plan.open.length_m + 60.0)
    d = Draft()
    left = road.edge_left_m
    d.add(ribbon(span, (left - _LINE_M, left), _YELLOW_M, lay), palette.MARKING_YELLOW)
    for k in range(2, road.lanes):
        d.add(dashes(span, road.edge_right_m + k * road.lane_width_m, _LINE_M, 6.0, 12.0, lay), palette.MARKING_YELLOW)
    for x in ((span[0], plan.begin_m - TAPER_M), (plan.end_m + REOPEN_M, span[1])):
        d.add(dashes(x, plan.edge_m, _LINE_M, 6.0, 12.0, lay), palette.MARKING_YELLOW)
    d.add(_border(plan, span), palette.MARKING_YELLOW)
    name = f"works.paint.{_key(plan)}"
    stand(builder, "marking.yellow", "marking", "lane_marking", [(finish(name, d), None)])
    (begin, right), (end, left) = plan.spot(0.62, 0.0), plan.spot(0.97, 1.0)
    patch = Draft().add(ribbon((begin, end), (right, left), 1.5 * MARKING_M, lay), palette.ASPHALT_PATCH)
    stand(builder, "new_asphalt", "road", "road", [(finish(f"works.patch.{_key(plan)}", patch), None)])


def _border(plan: WorksPlan, span: tuple[float, float]) -> Surface:
    """The solid line along the border between traffic and works."""
    corners = [span[0], plan.begin_m - TAPER_M, plan.begin_m, plan.end_m, plan.end_m + REOPEN_M, span[1]]
    s = np.unique(np.concatenate([plan.lay.cut(np.array(corners)), np.arange(span[0], span[1], 25.0)]))
    y = plan.border_m(s)
    return grid(
        np.stack([plan.lay.points(s, y - 0.5 * _LINE_M, _YELLOW_M), plan.lay.points(s, y + 0.5 * _LINE_M, _YELLOW_M)])
    )


def _key(plan: WorksPlan) -> str:
    road = plan.road
    return f"{road.lanes}.{plan.open.lane_width_m:.4f}.{plan.begin_m:.3f}.{plan.end_m:.3f}.{road.length_m:.3f}"


# ---- what guides ---------------------------------------------------------------------------------------------------


def _guides(builder: SceneBuilder, plan: WorksPlan, seed: int) -> None:
    """Beacons with lamps across the shoulder and the lane, then what was asked for along the works."""
    lit, draw, count = builder.environment.lamps_lit, stream(seed, "works", "guides"), 0
    across = np.linspace(plan.outer_m + 0.4, plan.edge_m - 0.5, 13)
    shown = Glow(palette.WARNING_LIT, flash=None)
    for k, y in enumerate(across.tolist()):
        s = plan.begin_m - TAPER_M + TAPER_M * k / 12.0
        flash = Flash(_PERIOD_NS, (_PERIOD_NS - 70_000_000 * k) % _PERIOD_NS, ((0, 160_000_000),))
        glow = Glow(palette.WARNING_LIT, flash=flash)
        turn = float(draw.normal(0.0, 0.06))
        _beacon(builder, plan, (s, y, turn), count, 1, glow if lit else None, True)
        count += 1
    model, step = {"beacons": ("beacon", 9.0), "cones": ("cone_75", 6.0), "barriers": ("concrete", 2.02)}[plan.guides]
    s = plan.begin_m + 0.5 * step + 1.0
    while s < plan.end_m:
        y = plan.edge_m - GUIDE_M + float(draw.normal(0.0, 0.03)) * (model != "concrete")
        if model == "beacon":
            lamp = count % 3 == 0
            where = s, y, float(draw.normal(0.0, 0.1))
            _beacon(builder, plan, where, count, 1, shown if lit and lamp else None, lamp)
        else:
            look = int(draw.integers(3)) if model == "cone_75" else count % 2
            turn = float(draw.uniform(0.0, 6.28)) if model == "cone_75" else 0.0
            kind, semantic = ("cone", "cone") if model == "cone_75" else ("barrier", "road_barrier")
            stand(builder, f"guide[{count}]", kind, semantic,
                  [(guide_piece(model, look), plan.lay.pose(s, y, MARKING_M, turn))])  # fmt: skip
        count += 1
        s += step


def _beacon(builder: SceneBuilder, plan: WorksPlan, where: tuple[float, float, float], number: int, look: int,
            glow: Glow | None, lamp: bool) -> None:  # fmt: skip
    s, y, turn = where
    pose = plan.lay.pose(s, y, MARKING_M, turn)
    pieces: list[tuple[Piece, F64Array | None]] = [(guide_piece("beacon", look), pose)]
    if lamp:
        base, lens = lens_piece("beacon")
        pieces += [(base, pose), (lens, pose)]
    stand(builder, f"guide[{number}]", "barrier", "road_barrier", pieces, glows=[None, None, glow])


def _signs(builder: SceneBuilder, plan: WorksPlan) -> None:
    """Danger, limit and lanes before the taper, on both sides."""
    right, left = plan.road.kerb_right_m - 1.2, plan.road.kerb_left_m + 1.5
    kmh = 10 * round(3.6 * plan.road.speed_limit_mps / 10.0)
    taper = plan.begin_m - TAPER_M
    rows = (
        (taper - 170.0, danger_piece()),
        (taper - 110.0, limit_piece(kmh)),
        (taper - 55.0, lanes_board_piece(plan.road.lanes)),
    )
    count = 0
    for s, piece in rows:
        for y in (right, left):
            stand(builder, f"works_sign[{count}]", "sign", "traffic_sign", [(piece, plan.lay.pose(s, y, -0.02))])
            count += 1


def _closing(builder: SceneBuilder, plan: WorksPlan) -> None:
    """A truck with an arrow board behind it, at the head of the works."""
    s, y = plan.spot(0.0, 0.5)
    board = plan.lay.pose(s + 1.0, y, 0.0)
    lit = Glow(palette.WARNING_LIT, flash=Flash(_ARROW_NS, 0, ((0, 700_000_000),)))
    stand(builder, "arrow_board", "arrow_board", "traffic_sign",
          [(arrow_trailer_piece(), board), (arrow_lenses(), board)], glows=[None, lit])  # fmt: skip
    builder.place(vehicle_asset("truck", "orange", 0), "works_truck", plan.lay.pose(s + 9.0, y, 0.0))


# ---- what works ----------------------------------------------------------------------------------------------------


def _site(builder: SceneBuilder, plan: WorksPlan, seed: int) -> None:
    """Excavator, roller, heaps, pipes, fences, a toilet and light towers."""
    lay, draw = plan.lay, stream(seed, "works", "site")

    def place(name: str, kind: str, semantic: str, piece: Piece, share: float, across: float, turn: float = 0.0,
              z: float = 0.0) -> F64Array:  # fmt: skip
        s, y = plan.spot(share, across)
        pose = lay.pose(s, y, z, turn)
        stand(builder, name, kind, semantic, [(piece, pose)])
        return pose

    place("excavator", "excavator", "machine", excavator_piece(), 0.55, 0.5, 0.12 * float(draw.normal()))
    place("roller", "roller", "machine", roller_piece(), 0.8, 0.5, float(draw.uniform(-0.05, 0.05)), MARKING_M)
    for k, (share, across) in enumerate(((0.38, 0.52), (0.45, 0.58))):
        kind = int(draw.integers(2))
        place(f"heap[{k}]", "heap", "terrain", heap_piece(kind, int(draw.integers(4))), share, across,
              float(draw.uniform(0.0, 6.28)))  # fmt: skip
    place("pipes", "pipes", "static_object", pipes_piece(), 0.28, 0.45)
    place("toilet", "toilet", "static_object", toilet_piece(), 0.97, 0.25, 0.5 * math.pi, MARKING_M)
    low, high = plan.spot(0.24)[0], plan.spot(0.5)[0]
    count = max(1, int((high - low) / 3.5))
    for k in range(count):
        pose = lay.pose(low + 3.5 * (k + 0.5), plan.outer_m + 0.3)
        stand(builder, f"fence[{k}]", "fence", "fence", [(fence_piece(), pose)])
    lit = builder.environment.lamps_lit
    for k, share in enumerate((0.2, 0.72)):
        pose = place(f"light_tower[{k}]", "light_tower", "static_object", tower_piece(lit), share, 0.25,
                     -0.5 * math.pi)  # fmt: skip
        if lit:
            aim = np.array([-0.6, 0.0, -0.8])
            x, y, z = tf.apply(pose, np.array([-0.2, 0.0, TOWER_LAMPS_M - 0.2])).tolist()
            a, b, c = (pose[:3, :3] @ aim).tolist()
            builder.add_light(Light((x, y, z), (a, b, c), (0.025, 0.0245, 0.023), math.radians(66.0)))
