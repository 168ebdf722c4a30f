"""The town round a junction: houses on the corners and along the arms, trees, lamps, places to sit."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from simengine.arrays import F64Array
from simengine.rng import stream
from simengine.world.builder import SceneBuilder
from simengine.world.splits import among
from simengine_scenes import palette
from simengine_scenes.roads.ground import bar
from simengine_scenes.roads.junction_plan import ARMS, CORNER_HOUSE_M, Corner, JunctionPlan
from simengine_scenes.roads.junction_walls import NOTCH_M, across, closed, sides
from simengine_scenes.roads.roadside import Town
from simengine_scenes.roads.section import KERB_M
from simengine_scenes.roads.wear import PATCHES, gully_piece, manhole_piece, patch_piece
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.piece import Piece, at, finish, stand
from simengine_scenes.shapes.solids import box
from simengine_scenes.town.house import HouseStyle, house_pieces
from simengine_scenes.town.lamp import bench_piece, bin_piece, bollard_piece, lamp_light, lamp_piece
from simengine_scenes.town.tree import KINDS, tree_piece

__all__ = ["build_up", "furnish"]

_SHINE_M = 75.0
"""Lamps farther from the middle than this are lit, but give no light to others: nobody sees that it is missing."""
_BAYS = 4


def build_up(builder: SceneBuilder, plan: JunctionPlan, end_m: float, seed: int) -> None:
    """Add everything that stands, but signals and signs."""
    town = Town(builder, "junction", seed)
    ends = [(plan.lay(arm), end_m, 1.0) for arm in plan.arms]
    town.cross_streets(ends)
    for arm, (lay, end, way) in zip(plan.arms, ends, strict=True):
        town.far_end(lay, end, way, f"{arm}.end")
    lamps = furniture = 0
    for arm in plan.arms:
        both = sides(plan, arm, end_m)
        for side in both:
            name = f"{arm}{side.side:+.0f}"
            if not closed(plan, arm, side.side):
                town.fronts(side, name)
            town.street_trees(side, name)
        lamps = town.lamps(both, (0.0, _SHINE_M), lamps)
        furniture = town.furniture(both, arm, furniture)
    for arm in ARMS:
        if not plan.has(arm):
            row = across(plan, arm, end_m)
            town.fronts(row, arm)
            town.lamp(row, 0.0, lamps, True)
            lamps += 1
    town.background(ends)
    _wear(town, plan, end_m)
    styles = stream(seed, "junction", "corners").permutation(len(town.styles)).tolist()
    for corner, style in zip(plan.corners(), styles, strict=False):
        _corner_house(builder, corner, replace(town.styles[style], bays=_BAYS, bay_m=CORNER_HOUSE_M / _BAYS), plan)
        lamps = _corner(town, plan, corner, lamps)


def furnish(builder: SceneBuilder, plan: JunctionPlan, end_m: float, seed: int) -> None:
    """Add what :func:`build_up` puts onto the pavements, and no more."""
    town = Town(builder, "junction", seed)
    for arm in plan.arms:
        both = sides(plan, arm, end_m)
        for side in both:
            town.street_trees(side, f"{arm}{side.side:+.0f}")
        town.lamps(both, (0.0, 0.0))
        town.furniture(both, arm)
    for arm in ARMS:
        if not plan.has(arm):
            town.lamp(across(plan, arm, end_m), 0.0, 0, False)
    for corner in plan.corners():
        _corner(town, plan, corner, 0)


def _wear(town: Town, plan: JunctionPlan, end_m: float) -> None:
    """Covers and patches in the lanes, gullies at the kerbs."""
    covers: list[tuple[Piece, F64Array | None]] = []
    patches: list[tuple[Piece, F64Array | None]] = []
    half, wide = plan.half_m, plan.lane_width_m
    for arm in plan.arms:
        rng, lay = stream(town.seed, "junction", "wear", arm), plan.lay(arm)
        u = plan.stop_m + 8.0
        while u < end_m - 5.0:
            v = (int(rng.integers(plan.lanes)) + 0.5) * wide - half
            if rng.random() < 0.5:
                covers.append((manhole_piece(), lay.pose(u, v + float(rng.uniform(-0.3, 0.3)))))
            else:
                kind = int(rng.integers(len(PATCHES)))
                patches.append((patch_piece(kind), lay.pose(u, v, 0.0, 0.0)))
            u += float(rng.uniform(9.0, 26.0))
        for side in (-1.0, 1.0):
            for u in np.arange(plan.mouth_m + 6.0, end_m - 2.0, 30.0).tolist():
                covers.append((gully_piece(), lay.pose(u, side * (half - 0.16))))
    turn = stream(town.seed, "junction", "wear")
    for _ in range(2):
        where = at(plan.length_m + float(turn.uniform(-half, half)), float(turn.uniform(-half, half)))
        covers.append((manhole_piece(), where))
    stand(town.builder, "covers", "cover", "road", covers)
    stand(town.builder, "patches", "patch", "road", patches)


def _pose(corner: Corner, p_m: float, q_m: float, yaw_rad: float = 0.0) -> F64Array:
    """World from a frame at a place of a corner whose x runs outward along the first arm, turned by ``yaw_rad``."""
    x, y = corner.points(p_m, q_m).tolist()
    return at(x, y, KERB_M, math.atan2(corner.along_first[1], corner.along_first[0]) + yaw_rad)


def _corner(town: Town, plan: JunctionPlan, corner: Corner, lamps: int) -> int:
    """Before a house with two fronts a lamp at the kerb, trees and somewhere to sit; returns the next lamp's number."""
    builder, name = town.builder, corner.first
    rng = stream(town.seed, "junction", "corner", name)
    back = plan.setback_m
    apex = plan.corner_m * (1.0 - math.sqrt(0.5)) + 0.6
    lamp = _pose(corner, apex, apex, math.radians(135.0))
    stand(builder, f"lamp[{lamps}]", "lamp", "street_lamp", [(lamp_piece(town.lit), lamp)])
    if town.lit:
        builder.add_light(lamp_light(lamp))
    mid = 0.5 * (plan.pavement_width_m + back)
    far = back + 0.75 * CORNER_HOUSE_M
    pit = finish("junction.plot_pit", Draft().add(bar((-0.7, 0.7), (-0.7, 0.7), 0.004), palette.SOIL))
    for p, q in ((far, mid), (mid, far)):
        spot = _pose(corner, p, q)
        turned = _pose(corner, p, q, float(rng.uniform(0.0, 2.0 * math.pi)))
        tree = tree_piece(among((0, 2, 4)[int(rng.integers(3))], KINDS, town.builder.split), True)
        stand(builder, f"tree[{town.trees}]", "tree", "vegetation", [(tree, turned)])
        stand(builder, f"tree_pit[{town.trees}]", "tree_pit", "terrain", [(pit, spot)])
        town.trees += 1
    bench = _pose(corner, back + 0.35 * CORNER_HOUSE_M, back - 0.7, math.pi)
    stand(builder, f"bench[{name}]", "bench", "static_object", [(bench_piece(), bench)])
    bin_ = _pose(corner, back + 0.35 * CORNER_HOUSE_M + 1.6, back - 0.5, math.pi)
    stand(builder, f"bin[{name}]", "bin", "static_object", [(bin_piece(), bin_)])
    for k, share in enumerate((0.3, 0.42, 0.58, 0.7)):
        turn = share * 0.5 * math.pi
        inner = plan.corner_m - 0.4
        p, q = plan.corner_m - inner * math.sin(turn), plan.corner_m - inner * math.cos(turn)
        stand(builder, f"bollard[{name}.{k}]", "bollard", "pole", [(bollard_piece(), _pose(corner, p, q))])
    return lamps + 1


def _corner_house(builder: SceneBuilder, corner: Corner, style: HouseStyle, plan: JunctionPlan) -> None:
    """Two houses of one style at right angles, one inside the other, and a pillar of stone where the fronts meet.

    Each begins a little behind the other's front, and one a little lower, so that no two of their walls or roofs
    lie in one plane.
    """
    back_m = plan.setback_m
    middle = back_m + NOTCH_M + 0.5 * style.width_m
    first, second = _pose(corner, middle, back_m, math.pi), _pose(corner, back_m, middle, 0.5 * math.pi)
    second[2, 3] -= 0.015
    quoin = Draft()
    size = NOTCH_M + 0.12
    quoin.add(box((0.5 * size, 0.5 * size, 0.5 * style.eaves_m), (size, size, style.eaves_m + 0.2)), palette.STONE)
    pillar = finish(f"corner_pillar.{style.floors}", quoin)
    place = back_m - 0.06
    stand(builder, f"corner_house[{corner.first}]", "house", "building", [
        *((piece, pose) for pose in (first, second) for piece in house_pieces(style)),
        (pillar, _pose(corner, place, place)),
    ])  # fmt: skip
