"""The bridge itself: deck with a box girder, caps, abutments with wing walls, piers, expansion joints."""

from __future__ import annotations

import numpy as np

from simengine.arrays import F64Array
from simengine.world.builder import SceneBuilder
from simengine_scenes import palette
from simengine_scenes.bridge import materials as m
from simengine_scenes.bridge.plan import KERB_M, BridgePlan
from simengine_scenes.bridge.valley import Valley
from simengine_scenes.roads.ground import ribbon, sheet
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.piece import Piece, finish, stand
from simengine_scenes.shapes.solids import box, grid, lathe

__all__ = ["add_deck"]

_FASCIA_M, _SLAB_M = 0.45, 0.35
"""Depths below the road of the caps' lower edges, and of the slab."""
_ROOT_M, _FLANGE_M = 0.62, 0.45
"""Half of the girder's width at its top and at its bottom, as a share of that of the deck."""
_WALL_M = 1.5
"""Thickness of an abutment."""


def add_deck(builder: SceneBuilder, plan: BridgePlan, key: str) -> None:
    """Add everything below the road, and the caps beside it."""
    caps, deck, lay, w = Draft(), Draft(), plan.lay, plan.half_m
    for side, edge in ((-1.0, plan.road.kerb_right_m), (1.0, plan.road.kerb_left_m)):
        inner = edge + side * plan.road.pavement_width_m
        across = sorted((inner, side * w))
        caps.add(ribbon(plan.span_m, (across[0], across[1]), KERB_M, lay), m.CAP)
        face = np.array([(side * w, KERB_M), (side * w, -_FASCIA_M), (side * (w - 0.25), -_FASCIA_M)])
        caps.add(sheet(lay, plan.span_m, face if side < 0 else face[::-1]), m.CAP)
    stand(builder, "caps", "bridge_cap", "pavement", [(finish(f"bridge.caps.{key}", caps), None)])
    a, b, depth = _ROOT_M * w, _FLANGE_M * w, plan.girder_m
    under = np.array([
        (0.25 - w, -_FASCIA_M), (0.25 - w, -_SLAB_M), (-a, -_SLAB_M - 0.15), (-b, -depth), (b, -depth),
        (a, -_SLAB_M - 0.15), (w - 0.25, -_SLAB_M), (w - 0.25, -_FASCIA_M),
    ])  # fmt: skip
    for k in range(len(under) - 1):  # of their own: its edges are sharp
        deck.add(sheet(lay, plan.ends_m, under[k : k + 2]), m.DECK)
    stand(builder, "deck", "bridge_deck", "bridge", [(finish(f"bridge.deck.{key}", deck), None)])
    _abutments(builder, plan, key)
    _piers(builder, plan)
    joints = Draft()
    for s in plan.ends_m:
        joints.add(ribbon((s - 0.2, s + 0.2), (plan.road.kerb_right_m, plan.road.kerb_left_m), 0.004, lay), m.JOINT)
    stand(builder, "joints", "joint", "road", [(finish(f"bridge.joints.{key}", joints), None)])


def _abutments(builder: SceneBuilder, plan: BridgePlan, key: str) -> None:
    """At each end a wall with a shelf for the girder, and two wing walls that hold the earth."""
    w, valley = plan.half_m - 0.02, Valley(plan)
    for k, (s, way) in enumerate(zip(plan.ends_m, (1.0, -1.0), strict=True)):
        wall, pose = Draft(), plan.lay.pose(s)
        ground = valley.height_m(np.full(2, s + 0.9 * way), np.array([-w, w])).min() - float(pose[2, 3])
        foot, shelf = float(ground) - 0.5, -plan.girder_m - 0.07
        low = box((0.2 * way, 0.0, 0.5 * (foot + shelf)), (1.4, 2.0 * w, shelf - foot))
        top = box((-0.5 * way * (_WALL_M + 0.02), 0.0, 0.5 * (-plan.girder_m - 0.2)),
                  (_WALL_M - 0.02, 2.0 * w - 0.5, plan.girder_m - 0.1))  # fmt: skip
        wall.add(low, m.DECK).add(top, m.DECK)
        for y in (-0.32 * w, 0.32 * w):
            wall.add(box((0.45 * way, y, -plan.girder_m - 0.03), (0.5, 0.6, 0.08)), palette.RUBBER)
        stand(
            builder,
            f"abutment[{k}]",
            "bridge",
            "bridge",
            [(finish(f"bridge.abutment.{k}.{key}", wall), plan.lay.pose(s))],
        )
        span = sorted((s - way * (plan.shoulder_m + 3.0), s - 0.02 * way))
        wings = Draft()
        x = plan.lay.cut(np.linspace(span[0], span[1], 8))
        for side in (-1.0, 1.0):
            top = plan.lay.points(x, side * (plan.half_m + 0.02), 0.1 - _FASCIA_M)
            bottom = np.column_stack([top[:, :2], np.minimum(valley.height_m(x, top[:, 1]) - 0.6, top[:, 2] - 0.1)])
            wings.add(grid(np.stack([top, bottom]), flip=side < 0), m.DECK)
        stand(builder, f"wing_walls[{k}]", "bridge_wing", "bridge", [(finish(f"bridge.wings.{k}.{key}", wings), None)])


def _piers(builder: SceneBuilder, plan: BridgePlan) -> None:
    """Rows of two round columns under a beam."""
    valley, off, beam = Valley(plan), 0.3 * plan.half_m, 0.9
    for k, s in enumerate(plan.piers_m):
        ground = float(np.min(valley.height_m(np.full(2, s), np.array([-off, off]))))
        pose = plan.lay.pose(s)
        top, foot = -plan.girder_m - 0.06, ground - float(pose[2, 3]) - 0.4
        radius = 0.5 + 0.012 * (top - foot)
        row: list[tuple[Piece, F64Array | None]] = []
        draft = Draft()
        for y in (-off, off):
            column = lathe([(0.0, foot), (radius, foot), (radius, top - beam), (0.0, top - beam)], 20)
            draft.add((column[0] + [0.0, y, 0.0], column[1]), m.DECK)
            draft.add(box((0.0, y, top + 0.03), (0.7, 0.7, 0.08)), palette.RUBBER)
        draft.add(box((0.0, 0.0, top - 0.5 * beam), (2.0 * radius + 0.3, 2.0 * (off + radius + 0.3), beam)), m.CAP)
        row.append((finish(f"bridge.pier.{off:.3f}.{foot:.3f}.{top:.3f}", draft, smooth=True), pose))
        stand(builder, f"pier[{k}]", "bridge_pier", "bridge", row)
