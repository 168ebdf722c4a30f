"""Rows of pallet racks: uprights with braces, pairs of beams, wire decks, guards and signs at their ends, and loads."""

from __future__ import annotations

import math
from functools import lru_cache

from simengine.arrays import F64Array
from simengine.rng import stream
from simengine.world.builder import SceneBuilder
from simengine.world.splits import among
from simengine_scenes.hall import materials as m
from simengine_scenes.hall.loads import LOADS, LOOKS, load_piece
from simengine_scenes.hall.plan import BAY_M, DEPTH_M, POST_M, HallPlan, Slot
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.lettering import numeral
from simengine_scenes.shapes.piece import Piece, at, finish, stand
from simengine_scenes.shapes.solids import box, tube

__all__ = ["add_racks"]

_POST_DEEP_M = 0.08
_OFTEN = (0.5, 0.3, 0.07, 0.08, 0.05)
"""Share of each of ``LOADS``."""


def add_racks(builder: SceneBuilder, plan: HallPlan, fill: float, seed: int) -> None:
    """Add all rows. Loads and their looks come from ``seed``; the free places stay free."""
    free = set(plan.kept_free)
    for row in range(plan.rows):
        _row(builder, plan, row)
        _loads(builder, plan, row, fill, seed, free)
    for k in range(plan.aisles):
        _sign(builder, plan, k)


def _row(builder: SceneBuilder, plan: HallPlan, row: int) -> None:
    x, (begin, end) = plan.row_x(row), plan.rack_m
    step = BAY_M + POST_M
    pieces: list[tuple[Piece, F64Array | None]] = []
    for k in range(plan.rack_bays + 1):
        pieces.append((_frame(plan.rack_high_m), at(x, begin + 0.5 * POST_M + k * step)))
    for k in range(plan.rack_bays):
        where = at(x, begin + POST_M + 0.5 * BAY_M + k * step)
        pieces += [(_level(), where @ _lift(level * plan.level_m)) for level in range(1, plan.levels)]
    stand(builder, f"rack[{row + 1}]", "rack", "rack", pieces)
    guard = _guard()
    for k, y in enumerate((begin - 0.42, end + 0.42)):
        where = at(x, y, 0.0, 0.0 if k == 0 else math.pi)
        stand(builder, f"guard[{row + 1},{k + 1}]", "guard", "barrier", [(guard, where)])


def _lift(z_m: float) -> F64Array:
    return at(0.0, 0.0, z_m)


@lru_cache(maxsize=8)
def _frame(high_m: float) -> Piece:
    """Two posts across the depth of a rack, foot plates, braces."""
    d = Draft()
    y = 0.5 * (DEPTH_M - _POST_DEEP_M)
    for s in (1.0, -1.0):
        d.add(box((s * y, 0.0, 0.5 * high_m), (_POST_DEEP_M, POST_M, high_m)), m.UPRIGHT)
        for k in range(int(high_m / 0.15) - 1):  # slots for the beams' hooks
            for side in (0.5, -0.5):
                d.add(box((s * y, side * (POST_M - 0.0005), 0.2 + 0.15 * k), (0.018, 0.002, 0.05)), m.GUARD_BLACK)
        d.add(box((s * y, 0.0, 0.006), (0.16, 0.16, 0.012)), m.STEEL)
    z, way = 0.25, 1.0
    while z + 0.75 < high_m:
        d.add(tube([(-way * y, 0.0, z), (way * y, 0.0, z + 0.7)], 0.018, 5), m.STEEL)
        z, way = z + 0.75, -way
    for z in (0.2, high_m - 0.15):
        d.add(tube([(-y, 0.0, z), (y, 0.0, z)], 0.018, 5), m.STEEL)
    return finish(f"hall.rack.frame.{high_m:.3f}", d)


@lru_cache(maxsize=1)
def _level() -> Piece:
    """Two beams of a bay with their hooks, and a wire deck on them; what stands on it stands 2 cm above z = 0."""
    d = Draft()
    x = 0.5 * (DEPTH_M - _POST_DEEP_M)
    for s in (1.0, -1.0):
        d.add(box((s * x, 0.0, -0.055), (0.05, BAY_M, 0.11)), m.BEAM)
        for e in (1.0, -1.0):
            d.add(box((s * (x + 0.028), e * (0.5 * BAY_M - 0.02), -0.06), (0.006, 0.06, 0.2)), m.BEAM)
    for k in range(4):
        d.add(box((0.0, (k - 1.5) * 0.72, -0.012), (DEPTH_M - 0.14, 0.03, 0.03)), m.DECK)
    for k in range(19):
        d.add(box(((k - 9) * 0.053, 0.0, 0.012), (0.007, BAY_M - 0.04, 0.007)), m.DECK)
    for k in range(14):
        d.add(box((0.0, (k - 6.5) * 0.19, 0.0165), (DEPTH_M - 0.1, 0.006, 0.006)), m.DECK)
    return finish("hall.rack.level", d)


@lru_cache(maxsize=1)
def _guard() -> Piece:
    """A kick rail across the end of a row; its front looks towards -y."""
    d = Draft()
    for s in (1.0, -1.0):
        d.add(box((s * 0.5, 0.0, 0.2), (0.1, 0.1, 0.4)), m.GUARD)
        d.add(box((s * 0.5, 0.0, 0.006), (0.2, 0.2, 0.012)), m.GUARD)
    for k in range(6):
        d.add(box(((k - 2.5) * 0.18, 0.0, 0.3), (0.18, 0.112, 0.14)), m.GUARD_BLACK if k % 2 else m.GUARD)
    return finish("hall.rack.guard", d)


def _sign(builder: SceneBuilder, plan: HallPlan, k: int) -> None:
    """The number of an aisle, on a board at the end of the row to its left, seen from the drive way and from behind."""
    x, (begin, end) = plan.row_x(2 * k), plan.rack_m
    z = min(plan.rack_high_m - 0.4, 3.2)
    pieces: list[tuple[Piece, F64Array | None]] = []
    for y, turn in ((begin - 0.02, 0.5 * math.pi), (end + 0.02, -0.5 * math.pi)):
        pieces.append((_board(k + 1), at(x, y, z, turn)))
    stand(builder, f"sign[{k + 1}]", "rack_sign", "traffic_sign", pieces)


@lru_cache(maxsize=16)
def _board(number: int) -> Piece:
    d = Draft().add(box((0.01, 0.0, 0.0), (0.02, 0.8, 0.6)), m.SIGN)
    for surface in numeral(str(number), -0.19, 0.38, -0.0015):
        d.add(surface, m.SIGN_INK)
    return finish(f"hall.sign.{number}", d)


def _loads(
    builder: SceneBuilder, plan: HallPlan, row: int, fill: float, seed: int, free: set[Slot]
) -> None:  # fmt: skip
    """What lies in a row: one thing of the scene, as nobody tells its pallets apart from afar."""
    draw = stream(seed, "hall", "racks", row)
    pieces: list[tuple[Piece, F64Array | None]] = []
    for bay in range(plan.rack_bays):
        favourite = int(draw.integers(LOOKS))
        for third in range(3):
            for level in range(plan.levels):
                taken, jitter = draw.random() < fill, draw.uniform(-1.0, 1.0, 3)
                kind = LOADS[int(draw.choice(len(LOADS), p=_OFTEN))]
                look = favourite if draw.random() < 0.5 else int(draw.integers(LOOKS))
                slot = Slot(row, bay, third, level)
                if not taken or slot in free:
                    continue
                x, y, z = plan.slot_at(slot)
                turn = (math.pi if row % 2 else 0.0) + 0.012 * float(jitter[2])
                x, y = x + 0.02 * float(jitter[0]), y + 0.012 * float(jitter[1])
                pieces.append((load_piece(kind, among(look, LOOKS, builder.split)), at(x, y, z, turn)))
    if pieces:
        stand(builder, f"load[{row + 1}]", "rack_load", "rack_load", pieces)
