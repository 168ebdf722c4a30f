"""Actors laid on the ground: the physics are those of a level plane, and here the plane comes to lie on the road.

Stations, gaps and speeds are counted in the plan, heights from the ground. To be looked at, an actor is turned and
lifted with the ground on which it stands: vehicles with the road under their axles and between their wheels, four legs
with that under front and hind legs, things with that under their ends. People and what flies stay upright. What is
carried keeps its place on what carries it. Velocities are the derivatives of these poses.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simengine.arrays import F64Array
from simengine.geometry import transforms as tf
from simengine.physics.boxes import LYING
from simengine.physics.rigid.forms import has_one_track, is_on_two_legs
from simengine.physics.surfaces import Surfaces
from simengine.world.scene import Entity

__all__ = ["TUMBLED_M", "Moving", "laid", "reach_of", "turned_with"]

_TRACK = 0.82
"""Distance of left and right wheels over the width of a vehicle."""
_LEGS = 0.26
"""How far front and hind legs are from the middle, over the length of an animal."""
_RESTS = 0.4
"""How far from its middle a thing rests on the ground, over its length and width."""
_LEAST_M = 0.05
TUMBLED_M = 0.25
"""At least so far from its middle rests what does not stand upright any more."""
_TILTED = 1e-9


class Moving(NamedTuple):
    """Poses and velocities of actors: position (..., 3), orientation (..., 4), velocity and angular velocity in the
    axes of the world (..., 3)."""

    position_m: F64Array
    orientation: F64Array
    velocity_mps: F64Array
    spin_radps: F64Array


def reach_of(entity: Entity, category: str) -> tuple[float, float, float]:
    """How far ahead of its origin, behind it and to either side an entity rests on the ground; 0: it stays upright."""
    length, width, _ = entity.size_m
    if category == "vehicle":
        d = entity.dynamics
        base, rear = (0.6 * length, 0.3 * length) if d is None else (d.wheelbase_m, d.rear_axle_m)
        return base - rear, rear, 0.0 if has_one_track(entity) else 0.5 * _TRACK * width
    if category == "drone" or (category == "person" and is_on_two_legs(entity)):
        return 0.0, 0.0, 0.0
    if category == "person":
        return _LEGS * length, _LEGS * length, 0.0
    along = max(_RESTS * length, _LEAST_M)
    return along, along, max(_RESTS * width, _LEAST_M)


class _Plane(NamedTuple):
    """The ground as something stands on it: height below its origin, rise ahead and to the left by metre, and their
    rates of change; its heading, (...)."""

    z: F64Array
    ahead: F64Array
    left: F64Array
    rise: F64Array
    ahead_rate: F64Array
    left_rate: F64Array
    yaw: F64Array
    yaw_rate: F64Array


def laid(surfaces: Surfaces, reach_m: F64Array, root: Moving, own: Moving) -> Moving:
    """States in the world of what moves on a level plane.

    Args:
        surfaces: B variants.
        reach_m: of the roots, (B, N, 3), see :func:`reach_of`.
        root: what stands on the ground: of carried things what carries them in the end, of all others themselves.
        own: (B, N, ...).
    """
    plane = _plane(surfaces, reach_m, root)
    turn = _turn(plane)
    frame = tf.matrix_from_pose(np.zeros(3), turn)
    below = root.position_m * np.array([1.0, 1.0, 0.0])
    foot = below.copy()
    foot[..., 2] = plane.z
    lever = tf.rotate(frame, own.position_m - below)
    spin = _spin(plane, frame)
    base = root.velocity_mps * np.array([1.0, 1.0, 0.0])
    velocity = base + np.cross(spin, lever) + tf.rotate(frame, own.velocity_mps - base)
    velocity[..., 2] += plane.rise
    moved = Moving(
        foot + lever, tf.multiply(turn, own.orientation), velocity, spin + tf.rotate(frame, own.spin_radps)
    )  # fmt: skip
    level = ~surfaces.uneven[:, None, None]
    return Moving(*(np.where(level, a, b) for a, b in zip(own, moved, strict=True)))


def turned_with(surfaces: Surfaces, reach_m: F64Array, root: Moving) -> F64Array:
    """The rotation alone, world_from_level, as quaternions (B, N, 4)."""
    return _turn(_plane(surfaces, reach_m, root))


def _plane(surfaces: Surfaces, reach_m: F64Array, root: Moving) -> _Plane:
    q = root.orientation
    tilt = q[..., 1] * q[..., 1] + q[..., 2] * q[..., 2]
    reach = np.where((tilt > _TILTED)[..., None], np.maximum(reach_m, TUMBLED_M), reach_m)
    lies = tilt > LYING  # any heading is as good
    yaw, rate = np.where(lies, 0.0, tf.yaw_of(q)), np.where(lies, 0.0, root.spin_radps[..., 2])
    cos, sin = np.cos(yaw), np.sin(yaw)
    ahead, behind, aside = (np.ascontiguousarray(reach[..., k]) for k in range(3))
    along, across = (ahead, -behind, 0.0 * aside, 0.0 * aside), (0.0 * aside, 0.0 * aside, aside, -aside)
    z: list[F64Array] = []
    rise: list[F64Array] = []
    for a, c in zip(along, across, strict=True):
        dx, dy = a * cos - c * sin, a * sin + c * cos
        ground = surfaces.at(root.position_m[..., 0] + dx, root.position_m[..., 1] + dy)
        z.append(ground.z_m)
        vx, vy = root.velocity_mps[..., 0] - rate * dy, root.velocity_mps[..., 1] + rate * dx
        rise.append(ground.x * vx + ground.y * vy)
    span, wide = ahead + behind, 2.0 * aside
    per_m, per_width = (np.where(w > 0.0, 1.0, 0.0) / np.where(w > 0.0, w, 1.0) for w in (span, wide))
    share = behind * per_m
    return _Plane(
        z[1] + (z[0] - z[1]) * share, (z[0] - z[1]) * per_m, (z[2] - z[3]) * per_width,
        rise[1] + (rise[0] - rise[1]) * share, (rise[0] - rise[1]) * per_m, (rise[2] - rise[3]) * per_width,
        yaw, rate,
    )  # fmt: skip


def _angles(p: _Plane) -> tuple[F64Array, F64Array]:
    """Pitch (nose up) and roll (left side up, about the pitched axis) of a body that lies on the plane."""
    pitch = np.arctan(p.ahead)
    return pitch, np.arctan(p.left * np.cos(pitch))


def _turn(p: _Plane) -> F64Array:
    """The rotation that lays the level on the plane and keeps the heading in the plan, (..., 4)."""
    pitch, roll = _angles(p)
    heading = tf.quaternion_from_yaw(p.yaw)
    nose = tf.quaternion_about(np.array([0.0, -1.0, 0.0]), pitch)
    side = tf.quaternion_about(np.array([1.0, 0.0, 0.0]), roll)
    return tf.multiply(tf.multiply(heading, tf.multiply(nose, side)), heading * np.array([1.0, -1.0, -1.0, -1.0]))


def _spin(p: _Plane, frame: F64Array) -> F64Array:
    """Angular velocity of that rotation, (..., 3)."""
    pitch, roll = _angles(p)
    cos_p, sin_p = np.cos(pitch), np.sin(pitch)
    pitching = p.ahead_rate * cos_p * cos_p
    rolling = (p.left_rate * cos_p - p.left * sin_p * pitching) * np.cos(roll) ** 2
    cos, sin, zero = np.cos(p.yaw), np.sin(p.yaw), np.zeros_like(pitch)
    nose = np.stack([cos * cos_p, sin * cos_p, sin_p], -1)  # the axis about which it rolls
    right = np.stack([sin, -cos, zero], -1)  # about which a nose goes up
    up = np.stack([zero, zero, p.yaw_rate], -1)
    return up + pitching[..., None] * right + rolling[..., None] * nose - tf.rotate(frame, up)
