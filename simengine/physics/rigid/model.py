"""From bodies to a MuJoCo model: one of a variant, with what is fixed, what is loose, and the links of its arms.

Of two surfaces that touch, the more slippery one decides about friction and bounce (MuJoCo knows priorities, and would
else take the larger friction: water on one of them would count for nothing).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import Any

from simengine.arrays import F64Array
from simengine.geometry import transforms as tf
from simengine.world.bodies import ArmChain, RigidBody, Solid

__all__ = [
    "GRAVITY_MPS2", "LEAD_S", "SUBSTEP_S", "Fixed", "Loose", "Mounted", "add_geom", "add_solid", "build", "configure",
    "damping_ratio", "mujoco", "rebound",
]  # fmt: skip

SUBSTEP_S = 0.002
GRAVITY_MPS2 = 9.80665
_CONTACT_RADPS = 200.0
"""Natural frequency of contacts: an impact takes some eight substeps, what rests sinks in by g / w^2 = 0.25 mm."""
_IMPEDANCE = (0.95, 0.95, 0.001, 0.5, 2.0)
_IMPRATIO = 10.0
"""How much stiffer friction is than the contact itself: what stands on a slope does not creep."""
_SPIN_M = 0.003
"""Resistance to spinning on the spot, as a lever arm: the radius of a small patch of contact."""
_HOLD_S, _HOLD_IMPEDANCE = 2.0 * SUBSTEP_S, 0.999
"""How stiff the hold of a hand is: the shortest time constant that is stable."""
_SLEEP_MPS = 0.1
"""What :mod:`bodies` lets fall asleep has hardly moved for a while; slower than this it stops at once."""
SEEN, HIDDEN = 0, 3
"""Groups of geoms: things that the rays of a gripper meet, and the arms."""


@dataclass(frozen=True, eq=False)
class Fixed:
    """Something that never moves: world_from_body and what it is."""

    name: str
    pose: F64Array
    body: RigidBody


@dataclass(frozen=True, eq=False)
class Loose:
    """Something that falls: its pose and velocity at the start, and what it is."""

    name: str
    pose: F64Array
    body: RigidBody
    velocity_mps: tuple[float, float, float] = (0.0, 0.0, 0.0)


@dataclass(frozen=True, eq=False)
class Mounted:
    """An arm: world_from_arm and its chain."""

    name: str
    pose: F64Array
    chain: ArmChain


def rebound(damping: float) -> float:
    """Share of its speed that a mass keeps which meets a damped spring that pushes and never pulls.

    T. Schwager and T. Poeschel, "Coefficient of restitution and linear-dashpot model revisited", Granular Matter 2007.
    """
    if damping < 1.0:
        return math.exp(-2.0 * damping / math.sqrt(1.0 - damping * damping) * math.acos(damping))
    if damping == 1.0:
        return math.exp(-2.0)
    root = math.sqrt(damping * damping - 1.0)
    return math.exp(-damping / root * math.log((damping + root) / (damping - root)))


@lru_cache(maxsize=1024)
def damping_ratio(restitution: float) -> float:
    """The damping that gives a restitution (by bisection; it falls as the damping rises), of 0.05 to 0.95."""
    goal = min(max(restitution, 0.05), 0.95)
    low, high = 0.0, 10.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if rebound(middle) > goal else (low, middle)
    return 0.5 * (low + high)


def mujoco() -> Any:
    """The package, imported when the first world is made; its stubs tell too little of it."""
    return import_module("mujoco")


def configure(spec: Any) -> None:
    """Set what all our worlds have in common: gravity, step, friction cones, solver."""
    mj = mujoco()
    option: Any = spec.option
    option.timestep, option.gravity = SUBSTEP_S, [0.0, 0.0, -GRAVITY_MPS2]
    option.cone, option.integrator = mj.mjtCone.mjCONE_ELLIPTIC, mj.mjtIntegrator.mjINT_IMPLICITFAST
    option.iterations, option.tolerance, option.impratio = 50, 1e-8, _IMPRATIO
    option.disableflags |= int(mj.mjtDisableBit.mjDSBL_AUTORESET)


def build(fixed: Sequence[Fixed], loose: Sequence[Loose], arms: Sequence[Mounted]) -> Any:
    """Compile a world to an ``MjModel``.

    Its bodies are in the order given, after MuJoCo's own world: what is loose, then six links and a hand an arm.
    """
    mj = mujoco()
    spec = mj.MjSpec()
    configure(spec)
    option: Any = spec.option
    option.enableflags |= int(mj.mjtEnableBit.mjENBL_SLEEP)
    option.sleep_tolerance = _SLEEP_MPS
    for thing in fixed:
        place, turn = tf.pose_from_matrix(thing.pose)
        for k, solid in enumerate(thing.body.solids):
            at, about = _within(solid, place, turn)
            add_solid(mj, spec, spec.worldbody, f"{thing.name}/{k}", solid, (at, about), thing.body, 0.0)
    for thing in loose:
        place, turn = tf.pose_from_matrix(thing.pose)
        body = spec.worldbody.add_body(name=thing.name, pos=place, quat=turn)
        body.add_freejoint()
        total = sum(s.volume_m3 for s in thing.body.solids)
        for k, solid in enumerate(thing.body.solids):
            mass = thing.body.mass_kg * solid.volume_m3 / total
            pose = (solid.center_m, solid.quaternion)
            add_solid(mj, spec, body, f"{thing.name}/{k}", solid, pose, thing.body, mass)
        body.sleep = mj.mjtSleepPolicy.mjSLEEP_NEVER
    for arm in arms:
        _links(mj, spec, arm)
        for thing in loose:
            spec.add_equality(
                type=mj.mjtEq.mjEQ_WELD, objtype=mj.mjtObj.mjOBJ_BODY, active=False, name1=f"{arm.name}/hand",
                name2=thing.name, solref=[_HOLD_S, 1.0], solimp=[_HOLD_IMPEDANCE, _HOLD_IMPEDANCE, 0.001, 0.5, 2.0],
            )  # fmt: skip
    return spec.compile()


LEAD_S = 2.0 * _HOLD_S * _HOLD_IMPEDANCE - SUBSTEP_S
"""So much later than a hand, what is held to it would be where the hand was: the constraint damps its speed against a
body that MuJoCo takes to stand still. Hands are told where they will be so much later."""


def _within(solid: Solid, place: F64Array, turn: F64Array) -> tuple[F64Array, F64Array]:
    """Pose of a solid of a body that is placed in the world."""
    pose = tf.compose(tf.matrix_from_pose(place, turn), tf.matrix_from_pose(solid.center_m, solid.quaternion))
    return tf.pose_from_matrix(pose)


def _links(mj: Any, spec: Any, arm: Mounted) -> None:
    """The links of an arm, moved from outside; they push loose things and nothing else. Its base is fixed."""
    surface = RigidBody((), friction=0.5)
    place, turn = tf.pose_from_matrix(arm.pose)
    for k, solid in enumerate(arm.chain.base):
        add_solid(mj, spec, spec.worldbody, f"{arm.name}/base/{k}", solid, _within(solid, place, turn), surface, 0.0)
    for j, joint in enumerate(arm.chain.joints):
        body = spec.worldbody.add_body(name=f"{arm.name}/joint/{j}", mocap=True, pos=place, quat=turn)
        for k, solid in enumerate(joint.solids):
            pose = (solid.center_m, solid.quaternion)
            geom = add_solid(mj, spec, body, f"{arm.name}/{j}/{k}", solid, pose, surface, 0.0)
            geom.group = HIDDEN
    spec.worldbody.add_body(name=f"{arm.name}/hand", mocap=True, pos=place, quat=turn)


def add_solid(
    mj: Any, spec: Any, body: Any, name: str, solid: Solid, pose: tuple[Any, Any], of: RigidBody, mass_kg: float
) -> Any:  # fmt: skip
    """Add a solid to a body at a pose in its frame, with a share of the mass of what it is part of."""
    kinds = mj.mjtGeom
    x, y, z = (0.5 * v for v in solid.size_m)
    form = {
        "box": (kinds.mjGEOM_BOX, (x, y, z)), "sphere": (kinds.mjGEOM_SPHERE, (x, 0.0, 0.0)),
        "ellipsoid": (kinds.mjGEOM_ELLIPSOID, (x, y, z)), "cylinder": (kinds.mjGEOM_CYLINDER, (x, z, 0.0)),
        "capsule": (kinds.mjGEOM_CAPSULE, (x, max(z - x, 1e-6), 0.0)), "hull": (kinds.mjGEOM_MESH, (0.0, 0.0, 0.0)),
    }[solid.shape]  # fmt: skip
    more: dict[str, Any] = {}
    if solid.shape == "hull":
        spec.add_mesh(name=name, uservert=[v for point in solid.points_m for v in point])
        more["meshname"] = name
    return add_geom(body, name, form, pose, of, mass_kg, more)


def add_geom(
    body: Any, name: str, form: tuple[Any, tuple[float, float, float]], pose: tuple[Any, Any], of: RigidBody,
    mass_kg: float, more: dict[str, Any],
) -> Any:  # fmt: skip
    """Add a geom of a type and size to a body, with the surface of a thing."""
    damping = damping_ratio(of.restitution)
    return body.add_geom(
        type=form[0], size=form[1], pos=pose[0], quat=pose[1], mass=mass_kg, group=SEEN, condim=6,
        friction=(of.friction, _SPIN_M, max(of.rolling_m, 1e-5)),
        priority=round(1000.0 * (2.0 - min(of.friction, 2.0))),
        solref=(1.0 / (_CONTACT_RADPS * damping), damping), solimp=_IMPEDANCE, name=name, **more,
    )  # fmt: skip
