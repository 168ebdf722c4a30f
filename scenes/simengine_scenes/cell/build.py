"""The static scene of ``world cell``: what stands in the cell, its fence and curtain, and the hall around."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from simengine.rng import stream
from simengine.world.builder import SceneBuilder
from simengine.world.lanes import LaneGraph
from simengine.world.splits import among
from simengine_scenes import palette
from simengine_scenes.cell.machine import curtain_piece, machine_piece, stack_piece
from simengine_scenes.cell.plan import (
    BELT_M,
    CELL_M,
    CONVEYOR_M,
    FIXTURE,
    FIXTURE_M,
    GANGWAY_M,
    GATE_M,
    MACHINE_M,
    PALLET,
    base_height_m,
    cell_places,
)
from simengine_scenes.hall import materials as hall
from simengine_scenes.hall.docks import PARCELS, conveyor_piece, parcel_piece
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.piece import at, finish, stand
from simengine_scenes.shapes.solids import box, rounded_box, tube
from simengine_scenes.station import materials as m
from simengine_scenes.station.hall import add_fence, add_pedestal, add_racks, add_walls
from simengine_scenes.station.light import hang_lamps
from simengine_scenes.station.plan import HALL_M

__all__ = ["build_cell"]

_PAINT_M = 0.0012


def build_cell(builder: SceneBuilder, values: Mapping[str, Any], seed: int) -> LaneGraph:
    """Add the static scene and return its places. Parcels and shelf loads come from ``seed``."""
    _floor(builder)
    add_walls(builder)
    add_racks(builder, seed)
    add_pedestal(builder, base_height_m(values), (0.0, 0.0))
    _fence(builder)
    _conveyor(builder, seed)
    _furniture(builder)
    hang_lamps(builder, BELT_M, (CONVEYOR_M[1] - 0.75, CONVEYOR_M[2]))
    return cell_places(values)


def _floor(builder: SceneBuilder) -> None:
    """A slab, and paint: gangway, pallet, hatching before the gate."""
    x, y = HALL_M
    d = Draft().add(box((0.0, 0.0, -0.05), (2.0 * x, 2.0 * y, 0.1)), m.FLOOR)
    first, last, middle, width = GANGWAY_M
    for s in (1.0, -1.0):
        d.add(box((0.0, middle + s * 0.5 * width, 0.0004), (last - first, 0.1, _PAINT_M)), m.LINE)
        d.add(box((PALLET.x_m, PALLET.y_m + s * 0.46, 0.0004), (1.32, 0.05, _PAINT_M)), m.LINE)
        d.add(box((PALLET.x_m + s * 0.66, PALLET.y_m, 0.0004), (0.05, 0.92, _PAINT_M)), m.LINE)
    low, high = GATE_M
    for k in range(8):
        d.add(box((low + 0.1 + 0.2 * k, CELL_M[2] - 0.55, 0.0004), (0.09, 0.7, _PAINT_M)), m.LINE)
    d.add(box((0.5 * (low + high), CELL_M[2], 0.0004), (high - low, 0.06, _PAINT_M)), palette.SIGN_RED)
    stand(builder, "floor", "floor", "floor", [(finish("cell.floor", d), None)])


def _fence(builder: SceneBuilder) -> None:
    """Mesh around the cell, open where the conveyor comes in and at the gate, whose posts carry the light curtain."""
    x0, x1, y0, y1 = CELL_M
    (a, b), y = GATE_M, CONVEYOR_M[2]
    runs = (
        ((x0, y1), (x0, y + 0.52)), ((x0, y - 0.52), (x0, y0)), ((x0, y0), (a - 0.1, y0)), ((b + 0.1, y0), (x1, y0)),
        ((x1, y0), (x1, y1)), ((x1, y1), (x0, y1)),
    )  # fmt: skip
    add_fence(builder, "cell", runs)
    for k, (x, turn) in enumerate(((a, 0.0), (b, math.pi))):
        stand(builder, f"light_curtain[{k + 1}]", "light_curtain", "pole", [(curtain_piece(), at(x, y0, 0.0, turn))])


def _guard() -> Draft:
    """A tunnel over the conveyor where it comes through the fence, so that nobody reaches in."""
    x0, y, guard = CELL_M[0], CONVEYOR_M[2], Draft()
    for s in (1.0, -1.0):
        guard.add(box((x0, y + s * 0.50, 0.95), (0.9, 0.02, 0.6)), m.FENCE_POST)
    guard.add(box((x0, y, 1.26), (0.9, 1.02, 0.02)), m.FENCE_POST)
    for dx in (0.4, -0.4):
        for s in (1.0, -1.0):
            guard.add(box((x0 + dx, y + s * 0.50, 0.33), (0.04, 0.04, 0.66)), m.FENCE_POST)
    return guard


def _conveyor(builder: SceneBuilder, seed: int) -> None:
    begin, end, y = CONVEYOR_M
    line = conveyor_piece(end - begin), at(0.5 * (begin + end), y)
    stand(builder, "conveyor", "conveyor", "conveyor", [line, (finish("cell.guard", _guard()), None)])
    draw, x, k = stream(seed, "cell", "parcels"), begin + 2.5, 0
    while x < CELL_M[0] + 0.6:  # between the places "feed" and "belt"
        if draw.random() < 0.6:
            turn = float(draw.uniform(-0.08, 0.08))
            look = among(int(draw.integers(PARCELS)), PARCELS, builder.split)
            stand(
                builder, f"parcel[{k + 1}]", "conveyor_parcel", "goods", [(parcel_piece(look), at(x, y, BELT_M, turn))]
            )
            k += 1
        x += 0.62


def _furniture(builder: SceneBuilder) -> None:
    """The machine, the stand before it, controller, panel, signal columns, an emergency stop at the gate."""
    x0, x1, y0, y1, _ = MACHINE_M
    stand(builder, "machine", "machine", "machine", [(machine_piece(), at(0.5 * (x0 + x1), 0.5 * (y0 + y1)))])
    d = Draft()
    side = FIXTURE.length_m
    d.add(box((0.0, 0.0, FIXTURE_M - 0.02), (side, side, 0.04)), m.PLATE)
    for s in (1.0, -1.0):
        for t in (1.0, -1.0):
            d.add(box((s * (0.5 * side - 0.04), t * (0.5 * side - 0.04), 0.5 * FIXTURE_M - 0.02),
                      (0.05, 0.05, FIXTURE_M - 0.04)), m.PROFILE)  # fmt: skip
    d.add(box((0.0, 0.0, 0.2), (side - 0.06, side - 0.06, 0.02)), m.PROFILE)
    stand(builder, "fixture", "fixture", "bench", [(finish("cell.fixture", d), at(FIXTURE.x_m, FIXTURE.y_m))])
    c = Draft()
    c.add(rounded_box((0.0, 0.0, 0.85), (0.8, 0.5, 1.6), 16.0, 28, 0.05), m.CABINET)
    c.add(box((0.0, 0.0, 0.03), (0.76, 0.46, 0.06)), m.FOOT)
    c.add(box((0.0, -0.252, 1.25), (0.36, 0.006, 0.24)), m.SCREEN)
    c.add(tube([(0.28, -0.26, 0.7), (0.28, -0.26, 0.9)], 0.012, 8), palette.CHROME)
    for k in range(6):
        c.add(box((0.0, -0.252, 0.25 + 0.04 * k), (0.5, 0.005, 0.012)), m.ARM_DARK)
    stand(builder, "controller", "cabinet", "static_object", [(finish("cell.controller", c, True), at(-2.15, -2.75))])
    e = Draft()
    e.add(box((0.0, 0.0, 0.55), (0.05, 0.05, 1.1)), m.PROFILE)
    e.add(box((0.0, 0.0, 0.01), (0.2, 0.2, 0.02)), m.PROFILE)
    e.add(box((0.0, -0.03, 1.12), (0.12, 0.07, 0.24)), m.YELLOW)
    e.add(tube([(0.0, -0.065, 1.16), (0.0, -0.10, 1.16)], 0.025, 14), m.RED_BUTTON)
    stand(builder, "stop", "stop", "static_object", [(finish("cell.stop", e), at(GATE_M[1] + 0.35, CELL_M[2] - 0.25))])
    for k, (x, y) in enumerate(((CELL_M[0] + 0.05, CELL_M[2] - 0.12), (CELL_M[1] - 0.05, CELL_M[2] - 0.12))):
        stand(builder, f"signal_column[{k + 1}]", "signal_column", "static_object", [(stack_piece(k), at(x, y))])
    bin_ = Draft().add(box((0.0, 0.0, 0.3), (0.8, 0.6, 0.6)), hall.RAIL)
    bin_.add(box((0.0, 0.0, 0.602), (0.74, 0.54, 0.004)), m.ARM_DARK)
    stand(builder, "chips", "bin", "static_object", [(finish("cell.chips", bin_), at(-1.75, 2.2))])
