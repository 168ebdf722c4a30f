"""What stands at a roundabout: signs, lamps, plants in the middle, trees and houses round it."""

from __future__ import annotations

import math

import numpy as np

from simengine.arrays import F64Array
from simengine.geometry import transforms as tf
from simengine.rng import stream
from simengine.world.builder import SceneBuilder
from simengine.world.splits import among
from simengine_scenes.roads.lay import Lay
from simengine_scenes.roads.line import ReferenceLine
from simengine_scenes.roads.roadside import Frontage, Town
from simengine_scenes.roads.roundabout_areas import nose_m, world
from simengine_scenes.roads.roundabout_ground import APRON_M, mound_height_m
from simengine_scenes.roads.roundabout_plan import EDGE_M, RoundaboutPlan
from simengine_scenes.roads.roundabout_walls import row_across, row_beside
from simengine_scenes.roads.section import KERB_M
from simengine_scenes.roads.wear import manhole_piece
from simengine_scenes.shapes.piece import Piece, at, stand
from simengine_scenes.town.lamp import bench_piece, bin_piece, lamp_light, lamp_piece
from simengine_scenes.town.sign import LOW_POST_M, sign_piece, sign_post_piece
from simengine_scenes.town.tree import KINDS, bush_piece, tree_piece

__all__ = ["build_up", "furnish", "set_up"]

_BEHIND_M = 0.6
_SHINE_M = 75.0
_BACK = math.pi


def set_up(builder: SceneBuilder, plan: RoundaboutPlan) -> None:
    """Add the signs."""
    low, high = plan.crossing_m
    v = plan.kerb_v_m(0.0) + _BEHIND_M
    for k, arm in enumerate(plan.arms):
        lay = plan.lay(k)
        _post(builder, f"give_way[{arm}]", ("roundabout",), lay.pose(low - 0.8, v, KERB_M, _BACK))
        _post(builder, f"crossing[{arm}]", ("crossing", "crossing"), lay.pose(high + 0.5, v, KERB_M, _BACK))
        _post(builder, f"out_crossing[{arm}]", ("crossing", "crossing"), lay.pose(low - 0.5, -v, KERB_M, 0.0))
        nose = lay.pose(nose_m(plan) - 0.8, 0.0, KERB_M, _BACK)
        stand(builder, f"sign.keep_right[{arm}]", "sign", "traffic_sign", [(sign_piece("keep_right"), nose)])
        stand(builder, f"sign_post.keep_right[{arm}]", "sign_post", "pole", [(sign_post_piece(LOW_POST_M), nose)])
        radius = plan.island_radius_m - APRON_M - 0.6
        across = min(plan.lane_v_m(plan.lanes - 1), 0.6 * radius)
        u = math.sqrt(radius * radius - across * across)
        board = lay.pose(u, across, mound_height_m(plan, radius), _BACK)
        stand(builder, f"sign.chevrons[{arm}]", "sign", "traffic_sign", [(sign_piece("chevrons"), board)])


def _post(builder: SceneBuilder, name: str, kinds: tuple[str, ...], where: F64Array) -> None:
    """A post with a sign for who comes along +x of its pose, and another one for who comes the other way."""
    stand(builder, f"sign_post.{name}", "sign_post", "pole", [(sign_post_piece(), where)])
    turn = tf.matrix_from_pose((0.0, 0.0, 0.0), tf.quaternion_from_yaw(math.pi))
    poses = where, tf.compose(where, turn)
    signs = [(sign_piece(kind), pose) for kind, pose in zip(kinds, poses, strict=False)]
    stand(builder, f"sign.{name}", "sign", "traffic_sign", [*signs])


def build_up(builder: SceneBuilder, plan: RoundaboutPlan, end_m: float, seed: int) -> None:
    """Add everything else that stands."""
    town = Town(builder, "roundabout", seed)
    ends = [(plan.lay(k), end_m, 1.0) for k in range(len(plan.arms))]
    town.cross_streets(ends)
    lamps = furniture = 0
    for k, arm in enumerate(plan.arms):
        lay = plan.lay(k)
        town.far_end(lay, end_m, 1.0, f"{arm}.end")
        sides = _kerbsides(plan, lay, end_m)
        for side, gap in zip(sides, (plan.gap_rad(k - 1), plan.gap_rad(k)), strict=True):
            name = f"{arm}{side.side:+.0f}"
            town.fronts(row_beside(plan, lay.line, side.side, gap, end_m), name)
            town.street_trees(side, name)
        lamps = town.lamps(sides, (0.0, _SHINE_M), lamps)
        furniture = town.furniture(sides, arm, furniture)
        lamps = _crossing_lamps(town, plan, lay, lamps)
    for k in range(len(plan.arms)):
        lamps = _gap(town, plan, k, lamps)
    town.background(ends)
    _planting(town, plan)
    _covers(town, plan)


def furnish(builder: SceneBuilder, plan: RoundaboutPlan, end_m: float, seed: int) -> None:
    """Add what :func:`build_up` puts onto the pavements, and no more."""
    town = Town(builder, "roundabout", seed)
    for k, arm in enumerate(plan.arms):
        lay = plan.lay(k)
        right, left = _kerbsides(plan, lay, end_m)
        for side in (right, left):
            town.street_trees(side, f"{arm}{side.side:+.0f}")
        town.lamps((right, left), (0.0, 0.0))
        town.furniture((right, left), arm)
        _crossing_lamps(town, plan, lay, 0)
        _lamp(town, _ring_lamp(plan, k), 0)


def _kerbsides(plan: RoundaboutPlan, lay: Lay, end_m: float) -> tuple[Frontage, Frontage]:
    """The right and the left side of an arm, from where its lanes run side by side."""
    span, kerb = (plan.widened_m[1], end_m), plan.lanes * plan.lane_width_m + EDGE_M
    right, left = (Frontage(lay.line, side, side * kerb, span, plan.walk_m) for side in (-1.0, 1.0))
    return right, left


def _ring_lamp(plan: RoundaboutPlan, k: int) -> F64Array:
    """Where a lamp stands at the ring, half-way from an arm to the next one."""
    across = Lay(ReferenceLine((), plan.length_m, 0.0, plan.angles_rad[k] + 0.5 * plan.gap_rad(k)))
    return across.pose(plan.radius_m + 0.55, 0.0, KERB_M, 0.5 * math.pi)


def _lamp(town: Town, where: F64Array, number: int) -> int:
    stand(town.builder, f"lamp[{number}]", "lamp", "street_lamp", [(lamp_piece(town.lit), where)])
    if town.lit:
        town.builder.add_light(lamp_light(where))
    return number + 1


def _crossing_lamps(town: Town, plan: RoundaboutPlan, lay: Lay, lamps: int) -> int:
    """A lamp at each crossing, before it for who comes in."""
    v = plan.kerb_v_m(0.0) + 0.55
    return _lamp(town, lay.pose(plan.crossing_m[1] + 1.6, v, KERB_M, math.pi), lamps)


def _gap(town: Town, plan: RoundaboutPlan, k: int, lamps: int) -> int:
    """Between two arms: a lamp at the ring, trees, bushes and a bench on the lawn; houses where an arm is missing."""
    rng, builder = stream(town.seed, "roundabout", "gap", k), town.builder
    arm, half = plan.arms[k], 0.5 * plan.gap_rad(k)
    middle = plan.angles_rad[k] + half
    across = Lay(ReferenceLine((), plan.length_m, 0.0, middle))
    lamps = _lamp(town, _ring_lamp(plan, k), lamps)
    back = plan.radius_m + plan.walk_m
    room = back + 5.5
    if half > 1.5:
        town.fronts(row_across(plan, k), f"{arm}.closed")
    bench = across.pose(back + 0.8, 0.0, KERB_M, 0.5 * math.pi)
    stand(builder, f"bench[gap{k}]", "bench", "static_object", [(bench_piece(), bench)])
    stand(builder, f"bin[gap{k}]", "bin", "static_object", [(bin_piece(), across.pose(back + 0.7, 1.7, KERB_M))])
    if half > 1.5:
        return lamps
    for j, (u, v) in enumerate(_lawn_spots(plan, half, room)):
        turn = float(rng.uniform(0.0, 2.0 * math.pi))
        kind = among(int(rng.integers(KINDS)), KINDS, builder.split)
        where = across.pose(u + float(rng.uniform(-0.5, 0.5)), v, KERB_M - 0.01, turn)
        stand(builder, f"tree[gap{k}.{j}]", "tree", "vegetation", [(tree_piece(kind, kind % 2 == 0), where)])
    for j in range(7):  # a park closes the view between the rows of houses
        u, share = room + 30.0 + float(rng.uniform(0.0, 25.0)), float(rng.uniform(-0.35, 0.35))
        where = across.pose(u, share * u * math.tan(half) - 0.2 * share * u, KERB_M - 0.01)
        tall = tree_piece(among((1, 3)[j % 2], KINDS, builder.split))
        stand(builder, f"tree[park{k}.{j}]", "tree", "vegetation", [(tall, where)])
    hedge = across.pose(room - 1.6, 0.0, KERB_M - 0.15, 0.5 * math.pi)
    if half > 0.7:
        kind = among(int(rng.integers(KINDS)), KINDS, builder.split)
        stand(builder, f"hedge[gap{k}]", "hedge", "vegetation", [(bush_piece(kind), hedge)])
    return lamps


def _lawn_spots(plan: RoundaboutPlan, half_rad: float, from_m: float) -> list[tuple[float, float]]:
    """Places for trees between two arms, out and beside the middle."""
    edge = plan.kerb_v_m(0.0) + plan.walk_m + 3.0
    out: list[tuple[float, float]] = []
    for u in np.arange(from_m, from_m + 15.0, 7.0).tolist():
        free = (u * math.sin(half_rad) - edge) / math.cos(half_rad)
        out += [(u, v) for v in (-5.0, 0.0, 5.0) if abs(v) < free]
    return out


def _planting(town: Town, plan: RoundaboutPlan) -> None:
    """Trees and bushes on the mound in the middle."""
    rng, builder = stream(town.seed, "roundabout", "middle"), town.builder
    edge = plan.island_radius_m - APRON_M
    count = 0
    trees = 1 if edge < 5.0 else 3 + int(rng.integers(3))
    turn = float(rng.uniform(0.0, 2.0 * math.pi))
    for j in range(trees):
        radius = 0.0 if trees == 1 else float(rng.uniform(0.25, 0.5)) * edge
        angle = turn + j * 2.0 * math.pi / trees
        yaw = float(rng.uniform(0.0, 6.28))
        kind = among(int(rng.integers(KINDS)), KINDS, builder.split)
        count = _plant(builder, plan, (radius, angle), yaw, kind, count)
    for j in range(3 if edge > 4.5 else 0):
        angle = turn + (j + 0.5) * 2.0 * math.pi / 3.0
        radius = 0.62 * edge
        x, y = (float(v) for v in world(plan, radius * np.array([math.cos(angle), math.sin(angle)]), 0))
        heading = angle + plan.angles_rad[0] + 0.5 * math.pi
        if edge > 8.5:
            where = at(x, y, mound_height_m(plan, radius) - 0.45, heading)
            bush = bush_piece(among(int(rng.integers(KINDS)), KINDS, builder.split))
            stand(builder, f"bush[middle.{j}]", "hedge", "vegetation", [(bush, where)])


def _plant(
    builder: SceneBuilder, plan: RoundaboutPlan, place: tuple[float, float], yaw_rad: float, kind: int, number: int
) -> int:
    radius, angle = place
    x, y = (float(v) for v in world(plan, radius * np.array([math.cos(angle), math.sin(angle)]), 0))
    where = at(x, y, mound_height_m(plan, radius) - 0.03, yaw_rad)
    stand(builder, f"tree[middle.{number}]", "tree", "vegetation", [(tree_piece(kind, kind % 2 == 0), where)])
    return number + 1


def _covers(town: Town, plan: RoundaboutPlan) -> None:
    """Manhole covers in the ring and in the arms."""
    rng = stream(town.seed, "roundabout", "covers")
    covers: list[tuple[Piece, F64Array | None]] = []
    for k in range(len(plan.arms)):
        angle = plan.angles_rad[k] + 0.5 * plan.gap_rad(k) + float(rng.uniform(-0.3, 0.3))
        radius = plan.ring_radius_m(0) + float(rng.uniform(-0.8, 0.8))
        covers.append((manhole_piece(), at(plan.length_m + radius * math.cos(angle), radius * math.sin(angle))))
        u = plan.widened_m[1] + float(rng.uniform(2.0, 20.0))
        covers.append((manhole_piece(), plan.lay(k).pose(u, (0.5 if rng.random() < 0.5 else -0.5) * plan.lane_width_m)))
    stand(town.builder, "covers", "cover", "road", covers)
