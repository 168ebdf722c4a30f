"""Dock doors with levellers, cushions and lamps; trailers behind open doors; and the conveyor line."""

from __future__ import annotations

import math
from functools import lru_cache

from simengine.arrays import F64Array
from simengine.rng import stream
from simengine.world.builder import SceneBuilder
from simengine.world.splits import among
from simengine_scenes import palette
from simengine_scenes.hall import materials as m
from simengine_scenes.hall.loads import LOADS, LOOKS, load_piece
from simengine_scenes.hall.plan import DOOR_HIGH_M, DOOR_M, HallPlan
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.lettering import numeral
from simengine_scenes.shapes.piece import Piece, at, finish, stand
from simengine_scenes.shapes.solids import box, rounded_box, tube

__all__ = ["PARCELS", "add_conveyor", "add_docks", "add_staged", "conveyor_piece", "parcel_piece"]

PARCELS = 6
"""Makes of parcels."""

_OPEN = 0.35
"""Share of the docks where a trailer stands."""


def add_docks(builder: SceneBuilder, plan: HallPlan, seed: int) -> None:
    """All docks; which of them are open comes from ``seed``."""
    for k in range(plan.docks_there):
        draw = stream(seed, "hall", "dock", k)
        where = at(plan.dock_x(k), plan.deep_m[0], 0.0, 0.5 * math.pi)
        is_open = draw.random() < _OPEN
        pieces: list[tuple[Piece, F64Array | None]] = [(_portal(), where), (_number(k + 1), where)]
        pieces.append((_trailer() if is_open else _door(), where))
        stand(builder, f"dock[{k + 1}]", "wall_dock", "building", pieces)
        stand(builder, f"leveller[{k + 1}]", "dock_leveller", "floor", [(_leveller(), where)])


@lru_cache(maxsize=1)
def _portal() -> Piece:
    """Frame, guide rails, cushions outside, bollards and a lamp; the hall is at +x."""
    d = Draft()
    for s in (1.0, -1.0):
        d.add(box((0.02, s * (0.5 * DOOR_M + 0.06), 0.5 * DOOR_HIGH_M), (0.12, 0.12, DOOR_HIGH_M)), m.GUARD)
        d.add(box((0.1, s * (0.5 * DOOR_M + 0.02), DOOR_HIGH_M), (0.05, 0.06, 2.0 * DOOR_HIGH_M - 1.4)), m.STEEL)
        d.add(box((-0.35, s * 0.5 * (DOOR_M - 0.35), 0.5 * DOOR_HIGH_M), (0.4, 0.35, DOOR_HIGH_M)), m.CUSHION)
        d.add(tube([(0.35, s * (0.5 * DOOR_M + 0.3), 0.0), (0.35, s * (0.5 * DOOR_M + 0.3), 0.9)], 0.06, 10), m.GUARD)
        for z in (0.3, 0.6):
            d.add(tube([(0.35, s * (0.5 * DOOR_M + 0.3), z), (0.35, s * (0.5 * DOOR_M + 0.3), z + 0.12)], 0.0615, 10),
                  m.GUARD_BLACK)  # fmt: skip
    d.add(box((0.02, 0.0, DOOR_HIGH_M + 0.06), (0.12, DOOR_M + 0.24, 0.12)), m.GUARD)
    d.add(box((-0.35, 0.0, DOOR_HIGH_M - 0.15), (0.4, DOOR_M - 0.7, 0.3)), m.CUSHION)
    d.add(box((0.06, -0.5 * DOOR_M - 0.45, 1.5), (0.12, 0.28, 0.4)), palette.SIGN_BACK)
    for z, lens in ((1.6, m.SIGNAL_RED), (1.42, m.SIGNAL_GREEN)):
        d.add(box((0.125, -0.5 * DOOR_M - 0.45, z), (0.012, 0.1, 0.1)), lens)
    return finish("hall.dock.portal", d)


@lru_cache(maxsize=1)
def _door() -> Piece:
    """A sectional door, shut: five panels with joints, a row of windows."""
    d = Draft()
    panel = DOOR_HIGH_M / 5.0
    for k in range(5):
        z = (k + 0.5) * panel
        d.add(box((-0.03, 0.0, z), (0.05, DOOR_M, panel - 0.012)), m.DOOR)
        d.add(box((-0.03, 0.0, k * panel), (0.03, DOOR_M, 0.02)), m.STEEL)
        if k == 3:
            for n in range(3):
                d.add(box((-0.004, (n - 1) * 0.9, z), (0.006, 0.62, 0.32)), m.DOOR_WINDOW)
    d.add(box((0.02, 0.0, 0.35), (0.03, 0.4, 0.05)), palette.PLASTIC)
    return finish("hall.dock.door", d)


@lru_cache(maxsize=1)
def _trailer() -> Piece:
    """The open rear of a trailer behind the door, seen from inside the hall; the door's panels hang above."""
    d = Draft()
    half, deep, high = 1.22, 9.0, 2.65
    d.add(box((-0.5 * deep - 0.25, 0.0, -0.02), (deep, 2.0 * half, 0.06)), m.TRAILER_FLOOR)
    for s in (1.0, -1.0):
        d.add(box((-0.5 * deep - 0.25, s * (half + 0.02), 0.5 * high), (deep, 0.04, high)), m.TRAILER_WALL)
        for k in range(8):
            d.add(box((-0.8 - 1.1 * k, s * (half - 0.004), 0.5 * high), (0.05, 0.008, high)), m.STEEL)
        d.add(box((-0.5, s * (0.5 * DOOR_M - 0.1), 0.5 * DOOR_HIGH_M), (0.3, 0.2, DOOR_HIGH_M)), m.CUSHION)
    d.add(box((-0.5 * deep - 0.25, 0.0, high + 0.02), (deep, 2.0 * half, 0.04)), m.TRAILER_WALL)
    d.add(box((-deep - 0.27, 0.0, 0.5 * high), (0.04, 2.0 * half, high)), m.TRAILER_WALL)
    d.add(box((-0.5, 0.0, 0.5 * (high + DOOR_HIGH_M) + 0.02), (0.3, DOOR_M, DOOR_HIGH_M - high)), m.CUSHION)
    panel = DOOR_HIGH_M / 5.0
    for k in range(5):
        d.add(box((0.06, 0.0, DOOR_HIGH_M + 0.3 + (k + 0.5) * panel), (0.05, DOOR_M, panel - 0.012)), m.DOOR)
    return finish("hall.dock.trailer", d)


@lru_cache(maxsize=1)
def _leveller() -> Piece:
    """A steel plate in the floor, level with it, with yellow and black edges."""
    d = Draft().add(box((1.15, 0.0, -0.048), (2.3, 2.0, 0.1)), m.LEVELLER)
    for s in (1.0, -1.0):
        for k in range(9):
            d.add(box((0.13 + 0.255 * k, s * 1.05, -0.047), (0.255, 0.1, 0.1)), m.GUARD_BLACK if k % 2 else m.GUARD)
    d.add(box((0.03, 0.0, -0.03), (0.06, 2.0, 0.072)), m.STEEL)
    return finish("hall.dock.leveller", d)


@lru_cache(maxsize=16)
def _number(k: int) -> Piece:
    """The number above a door, read from the hall: the plate faces +x."""
    d = Draft()
    board = at(0.06, 0.0, DOOR_HIGH_M + 0.55, math.pi)
    d.add(box((0.03, 0.0, 0.0), (0.06, 0.8, 0.62)), m.SIGN, pose=board)
    for surface in numeral(str(k), -0.2, 0.4, -0.0015):
        d.add(surface, m.SIGN_INK, pose=board)
    return finish(f"hall.dock.number.{k}", d)


def add_staged(builder: SceneBuilder, plan: HallPlan, staged: float, seed: int) -> None:
    """Loaded pallets on the marked places beside the staging area: things of their own."""
    draw = stream(seed, "hall", "staged")
    for k, (x, y) in enumerate(plan.staged()):
        taken, turn = draw.random() < staged, 0.03 * float(draw.uniform(-1.0, 1.0))
        kind, look = LOADS[int(draw.choice(len(LOADS), p=(0.45, 0.4, 0.05, 0.05, 0.05)))], int(draw.integers(LOOKS))
        if taken:
            where = at(x, y, 0.0, 0.5 * math.pi + turn)
            load = load_piece(kind, among(look, LOOKS, builder.split))
            stand(builder, f"staged[{k + 1}]", "pallet", "pallet", [(load, where)])


def add_conveyor(builder: SceneBuilder, plan: HallPlan, seed: int) -> None:
    """A roller conveyor along the right wall with boxes on it, and a packing table at its end."""
    if not plan.conveyor:
        return
    x, low = plan.width_m - 2.3, plan.deep_m[0] + 0.7
    length = 7.0
    where = at(x, low + 0.5 * length, 0.0, 0.5 * math.pi)
    stand(builder, "conveyor", "conveyor", "conveyor", [(conveyor_piece(length), where)])
    draw = stream(seed, "hall", "conveyor")
    k, y = 0, low + 0.5
    while y < low + length - 0.5:
        size = draw.uniform((0.3, 0.25, 0.15), (0.5, 0.38, 0.35))
        y += 0.5 * float(size[0])
        if draw.random() < 0.7:
            look, turn = int(draw.integers(PARCELS)), float(draw.uniform(-0.1, 0.1))
            place = at(x + float(draw.uniform(-0.05, 0.05)), y, 0.752, 0.5 * math.pi + turn)
            parcel = parcel_piece(among(look, PARCELS, builder.split))
            stand(builder, f"parcel[{k + 1}]", "conveyor_parcel", "goods", [(parcel, place)])
            k += 1
        y += 0.5 * float(size[0]) + float(draw.uniform(0.25, 1.0))


@lru_cache(maxsize=PARCELS)
def parcel_piece(look: int) -> Piece:
    """A parcel of one of six makes, some plastic totes."""
    size = (
        (0.4, 0.3, 0.25),
        (0.45, 0.35, 0.3),
        (0.35, 0.28, 0.15),
        (0.5, 0.36, 0.2),
        (0.4, 0.3, 0.32),
        (0.5, 0.35, 0.28),
    )
    x, y, z = size[look]
    d = Draft()
    if look >= 4:
        d.add(
            rounded_box((0.0, 0.0, 0.5 * z), (x, y, z), 12.0, 20, 0.1), palette.PAINTS["blue" if look == 4 else "grey"]
        )
        d.add(box((0.0, 0.0, z - 0.02), (x + 0.02, y + 0.02, 0.04)), palette.PAINTS["blue" if look == 4 else "grey"])
    else:
        card = (palette.CARDBOARD, palette.CARDBOARD_DARK, palette.CARDBOARD_WHITE, palette.CARDBOARD)[look]
        d.add(box((0.0, 0.0, 0.5 * z), (x, y, z)), card)
        d.add(box((0.0, 0.0, z + 0.0005), (x, 0.05, 0.002)), palette.PACKING_TAPE)
        d.add(box((0.05, 0.08, z + 0.0006), (0.12, 0.09, 0.002)), palette.LABEL)
    return finish(f"hall.parcel.{look}", d)


@lru_cache(maxsize=2)
def conveyor_piece(length: float) -> Piece:
    """Rollers between rails on legs, 75 cm high, along x; a drive below, an emergency stop beside."""
    d = Draft()
    for s in (1.0, -1.0):
        d.add(box((0.0, s * 0.33, 0.7), (length, 0.04, 0.16)), m.RAIL)
        d.add(box((0.0, s * 0.355, 0.84), (length, 0.012, 0.03)), m.STEEL)
        for k in range(int(length / 1.75) + 1):
            at_x = -0.5 * length + 0.15 + k * (length - 0.3) / int(length / 1.75)
            d.add(box((at_x, s * 0.33, 0.31), (0.06, 0.05, 0.62)), m.RAIL)
            d.add(box((at_x, s * 0.33, 0.008), (0.14, 0.12, 0.016)), m.STEEL)
            d.add(box((at_x, s * 0.34, 0.83), (0.03, 0.02, 0.12)), m.STEEL)
    for k in range(int(length / 0.1)):
        at_x = -0.5 * length + 0.05 + 0.1 * k
        d.add(tube([(at_x, -0.31, 0.725), (at_x, 0.31, 0.725)], 0.025, 8), m.ROLLER)
    d.add(box((0.3, 0.0, 0.5), (0.5, 0.3, 0.22)), m.ROBOT_DARK)
    for k in range(int(length / 1.75) + 1):
        at_x = -0.5 * length + 0.15 + k * (length - 0.3) / int(length / 1.75)
        d.add(box((at_x, 0.0, 0.3), (0.04, 0.62, 0.05)), m.RAIL)
    d.add(box((0.5 * length - 0.4, 0.4, 0.72), (0.1, 0.08, 0.14)), m.GUARD)
    d.add(box((0.5 * length - 0.4, 0.45, 0.74), (0.05, 0.03, 0.05)), m.SIGNAL_RED)
    return finish(f"hall.conveyor.{length:g}", d)
