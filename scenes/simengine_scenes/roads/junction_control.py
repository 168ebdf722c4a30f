"""What says who goes first at a junction: signals, and signs on posts."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from simengine.arrays import F64Array
from simengine.geometry import transforms as tf
from simengine.world.builder import SceneBuilder
from simengine.world.scene import Glow, Scene, Shine
from simengine_scenes.roads.junction_plan import ARMS, JunctionPlan, signal_of
from simengine_scenes.roads.section import KERB_M
from simengine_scenes.shapes.piece import stand
from simengine_scenes.town.sign import sign_piece, sign_post_piece
from simengine_scenes.town.signal import (
    HEAD_MIDDLE_M,
    MAST_HEIGHT_M,
    STATES,
    WALK_MIDDLE_M,
    WALK_STATES,
    glows,
    head_pieces,
    lit_materials,
    mast_piece,
    post_piece,
    walk_pieces,
)

__all__ = ["set_up", "show_signals"]

_BEHIND_M = 0.6
"""From the kerb to a post."""
_BACK = math.pi  # of poses along an arm: x points inward, as who comes in drives


def set_up(builder: SceneBuilder, plan: JunctionPlan, values: Mapping[str, Any]) -> None:
    """Add the signals or signs of a ``control``."""
    control = str(values.get("control", "none"))
    if control == "signals":
        for material in lit_materials():
            builder.material(material)  # what is off now may be on later
        for arm in plan.arms:
            _signals(builder, plan, arm, _states(values))
        return
    for arm in plan.arms if control != "none" else ():
        kind, lay = _sign(plan, control, arm), plan.lay(arm)
        v, beside = plan.half_m + _BEHIND_M, plan.crossing_m[0] - 0.4
        _post(builder, f"{kind}[{arm}]", (kind,), lay.pose(plan.stop_m + 0.4, v, KERB_M, _BACK))
        _post(builder, f"crossing[{arm}]", ("crossing", "crossing"), lay.pose(beside, -v, KERB_M, 0.0))
        if kind == "priority":
            _post(builder, f"near_crossing[{arm}]", ("crossing",), lay.pose(beside, v, KERB_M, _BACK))


def show_signals(scene: Scene, values: Mapping[str, Any]) -> Scene:
    """The scene with its signals in the states of ``signal.own`` and ``signal.cross``."""
    states, dark = _states(values), scene.environment.lamps_lit
    index = {material.name: k for k, material in enumerate(scene.materials)}
    entities, glowing = list(scene.entities), dict[int, Iterator[Glow | None]]()
    for k, entity in enumerate(entities):
        if entity.kind in ("signal", "walk_signal"):
            road, walk = signal_of(entity.name.partition("[")[2].partition(".")[0]), entity.kind == "walk_signal"
            shown = WALK_STATES[_walk(states, road)] if walk else STATES[states[road]]
            entities[k], glowing[k] = replace(entity, lamps=int(shown)), iter(glows(shown, dark, walk))
    parts = list(scene.parts)
    for k, part in enumerate(parts):
        if part.entity in glowing:
            glow = next(glowing[part.entity])
            parts[k] = replace(part, shines=() if glow is None else (Shine(index[glow.material.name], 0, glow.flash),))
    return replace(scene, parts=tuple(parts), entities=tuple(entities))


def _states(values: Mapping[str, Any]) -> dict[str, str]:
    return {"own": str(values.get("signal.own", "green")), "cross": str(values.get("signal.cross", "red"))}


def _sign(plan: JunctionPlan, control: str, arm: str) -> str:
    """What stands on an arm."""
    if control == "all_way_stop":
        return control
    if not plan.gives_way(arm):
        return "priority"
    return "stop" if control == "stop_signs" else "give_way"


def _post(builder: SceneBuilder, name: str, kinds: tuple[str, ...], where: F64Array) -> None:
    """A post with a sign for who comes along +x of its pose, and another one for who comes the other way."""
    stand(builder, f"sign_post.{name}", "sign_post", "pole", [(sign_post_piece(), where)])
    poses = where, tf.compose(where, _at((0.0, 0.0, 0.0), math.pi))
    signs = [(sign_piece(kind), pose) for kind, pose in zip(kinds, poses, strict=False)]
    stand(builder, f"sign.{name}", "sign", "traffic_sign", [*signs])


def _walk(states: Mapping[str, str], road: str) -> str:
    """What people see who cross a road: they go while it waits and the other road goes."""
    own, other = states[road], states["cross" if road == "own" else "own"]
    if own in ("off", "flashing"):
        return "off"
    return "walk" if own == "red" and other == "green" else "wait"


def _signals(builder: SceneBuilder, plan: JunctionPlan, arm: str, states: Mapping[str, str]) -> None:
    """Posts on both sides of an arm's crossing, with heads for who comes in, for who leaves on the far side, and for
    people on foot. Over several lanes the near post is a mast, with a head over each."""
    lay, road = plan.lay(arm), signal_of(arm)
    state, v = states[road], plan.half_m + _BEHIND_M
    masted = plan.entering(arm) > 1
    near = lay.pose(plan.stop_m - 0.35, v + (0.15 if masted else 0.0), KERB_M, _BACK)
    far = lay.pose(plan.crossing_m[1] + 0.35, -v, KERB_M, 0.0)
    if masted:
        _mast(builder, plan, arm, state, near)
    else:
        stand(builder, f"signal_post[{arm}.near]", "signal_post", "pole", [(post_piece(), near)])
    stand(builder, f"signal_post[{arm}.far]", "signal_post", "pole", [(post_piece(), far)])
    ahead = -0.25 if masted else -0.2
    _head(builder, f"{arm}.near", state, near, (ahead, 0.0, HEAD_MIDDLE_M))
    opposite = ARMS[(ARMS.index(arm) + 2) % 4]
    if plan.has(opposite):  # the repeater of those who come from there
        _head(builder, f"{opposite}.far", states[signal_of(opposite)], far, (-0.2, 0.0, HEAD_MIDDLE_M))
    else:
        _repeat_across(builder, plan, opposite, arm, state)
    walk, dark = _walk(states, road), builder.environment.lamps_lit
    shown, glow = WALK_STATES[walk], glows(WALK_STATES[walk], dark, walk=True)
    for name, post, before in (("near", near, ahead + 0.04), ("far", far, -0.16)):
        where = tf.compose(post, _at((0.0, 0.0, WALK_MIDDLE_M), -0.5 * math.pi))
        where = tf.compose(where, tf.translation((before, 0.0, 0.0)))
        stand(builder, f"walk_signal[{arm}.{name}]", "walk_signal", "traffic_light", walk_pieces(where), shown, glow)


def _at(xyz_m: tuple[float, float, float], yaw_rad: float) -> F64Array:
    return tf.matrix_from_pose(xyz_m, tf.quaternion_from_yaw(yaw_rad))


def _head(builder: SceneBuilder, name: str, state: str, post: F64Array, at_m: tuple[float, float, float]) -> None:
    """A head on a post."""
    pieces, shown = head_pieces(tf.compose(post, tf.translation(at_m))), STATES[state]
    glow = glows(shown, builder.environment.lamps_lit)
    stand(builder, f"signal[{name}]", "signal", "traffic_light", pieces, shown, glow)


def _mast(builder: SceneBuilder, plan: JunctionPlan, arm: str, state: str, foot: F64Array) -> None:
    """A mast beside the lanes that come in, with a head over each of them."""
    base = plan.half_m + _BEHIND_M + 0.15
    over = [base - plan.half_m + (k + 0.5) * plan.lane_width_m for k in range(plan.entering(arm))]
    stand(builder, f"signal_mast[{arm}]", "signal_mast", "pole", [(mast_piece(round(over[-1], 3)), foot)])
    for k, along in enumerate(over):
        _head(builder, f"{arm}.mast{k}", state, foot, (-0.22, along, MAST_HEIGHT_M))


def _repeat_across(builder: SceneBuilder, plan: JunctionPlan, missing: str, arm: str, state: str) -> None:
    """Where a road ends, its far signal stands on the pavement straight ahead."""
    lay = plan.lay(missing)
    v = -(plan.half_m - 0.5 * plan.entering(arm) * plan.lane_width_m)
    post = lay.pose(plan.half_m + _BEHIND_M, v, KERB_M, 0.0)
    stand(builder, f"signal_post[{arm}.across]", "signal_post", "pole", [(post_piece(), post)])
    _head(builder, f"{arm}.across", state, post, (-0.2, 0.0, HEAD_MIDDLE_M))
