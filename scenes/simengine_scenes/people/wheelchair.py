"""Somebody in a wheelchair who pushes its wheels (``simengine.physics.pushing``): two classes in one entity.

The chair is the usual one with a folding frame: driving wheels of 24 inches, hand rims 4 cm smaller, casters of 6
inches, a seat 0.50 m high and 0.45 m wide, 0.65 m over the rims.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from simengine.arrays import F64Array
from simengine.geometry import transforms as tf
from simengine.rng import stream
from simengine.world.materials import Material
from simengine.world.scene import Asset, Box, Entity
from simengine.world.taxonomy import CLASS_ID
from simengine_scenes import palette
from simengine_scenes.people.head import head_draft
from simengine_scenes.people.limbs import limb_drafts
from simengine_scenes.people.measures import MEASURES, BodyMeasures
from simengine_scenes.people.outfit import Outfit, outfit, worn
from simengine_scenes.people.person import head_landmarks
from simengine_scenes.people.rider import aim, bend
from simengine_scenes.people.seated import SITTING_M, leg_joints, seated_legs
from simengine_scenes.people.torso import torso_draft
from simengine_scenes.shapes.assembly import Assembly
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.solids import box, lathe, mirrored, pose, rounded_box, tube

__all__ = ["WHEELCHAIR_SIZE_M", "wheelchair_asset"]

WHEELCHAIR_SIZE_M: dict[str, tuple[float, float, float]] = {
    "adult": (1.10, 0.69, 1.425),
    "adult_f": (1.04, 0.69, 1.36),
    "elderly": (1.10, 0.69, 1.385),
    "elderly_f": (1.04, 0.68, 1.30),
}
"""Length over the feet, width over the elbows and height with the user, by model of the user."""

_WHEEL_M, _RIM_M, _CASTER_M = 0.305, 0.262, 0.075
_TRACK_M, _RIM_Y_M = 0.285, 0.318
_CASTER_AT = (0.40, 0.24)
_SEAT_M = (0.11, 0.0, 0.505)
_HIP_X_M = 0.02
_LEGS_RAD = (-1.45, -0.35, -0.10)
_LEAN_RAD = 0.09
_ABOUT_Y = pose(axis=(1.0, 0.0, 0.0), angle_rad=-0.5 * math.pi)
_FRAMES = ("black", "silver", "blue", "red", "green", "grey", "orange")
_CLOTHS = (palette.SADDLE, palette.cloth("black"), palette.cloth("navy"), palette.cloth("grey"))


_POINTS = (
    ("wheel", (0.0, _TRACK_M + 0.028, _WHEEL_M), 0.05),
    ("caster", (_CASTER_AT[0], _CASTER_AT[1] + 0.012, _CASTER_M), 0.04),
    ("handle", (-0.29, 0.235, 0.953), 0.03), ("armrest", (0.18, 0.235, 0.726), 0.03),
    ("footrest", (0.655, 0.19, 0.112), 0.03),
)  # fmt: skip
"""Of the left side: hubs outside, rear ends of the handles, front ends of the armrests, outer corners of the plates."""


def _big_wheel() -> Draft:
    """Tyre, rim, hub, spokes and the hand rim outside (+y), about the y axis."""
    d, tyre_m = Draft(), 0.014
    t = np.linspace(-math.pi, math.pi, 7)
    middle = _WHEEL_M - tyre_m
    d.add(lathe([(middle + tyre_m * math.cos(a), tyre_m * math.sin(a)) for a in t], 40), palette.TYRE, pose=_ABOUT_Y)
    inner = middle - 0.9 * tyre_m
    rim = [(inner + 0.004, 0.011), (inner - 0.016, 0.0), (inner + 0.004, -0.011)]
    d.add(lathe(rim, 40), palette.RIM, pose=_ABOUT_Y)
    hub = [(0.0, -0.035), (0.022, -0.03), (0.012, -0.01), (0.012, 0.01), (0.022, 0.022), (0.0, 0.028)]
    d.add(lathe(hub, 10), palette.RIM_DARK, pose=_ABOUT_Y)
    for k in range(24):
        a, y = 2.0 * math.pi * k / 24, 0.02 if k % 2 else -0.02
        b = a + (0.35 if k % 4 < 2 else -0.35)
        ends = [(0.02 * math.sin(b), y, 0.02 * math.cos(b)), (inner * math.sin(a), 0.2 * y, inner * math.cos(a))]
        d.add(tube(ends, 0.0014, 3), palette.CHROME)
    out = _RIM_Y_M - _TRACK_M
    hoop = [(_RIM_M + 0.010 * math.cos(a), out + 0.010 * math.sin(a)) for a in t]
    d.add(lathe(hoop, 36), palette.CHROME, pose=_ABOUT_Y)
    for k in range(6):
        a = 2.0 * math.pi * (k + 0.5) / 6
        foot = ((_RIM_M + 0.016) * math.sin(a), 0.006, (_RIM_M + 0.016) * math.cos(a))
        d.add(tube([foot, (_RIM_M * math.sin(a), out, _RIM_M * math.cos(a))], 0.004, 5), palette.RIM_DARK)
    return d


def _caster() -> Draft:
    d = Draft()
    r = _CASTER_M
    tyre = [(0.6 * r, -0.016), (r, -0.012), (r, 0.012), (0.6 * r, 0.016)]
    d.add(lathe(tyre, 20), palette.RUBBER, pose=_ABOUT_Y)
    return d.add(lathe([(0.0, -0.012), (0.62 * r, -0.012), (0.62 * r, 0.012), (0.0, 0.012)], 14), palette.RIM,
                 pose=_ABOUT_Y)  # fmt: skip


def _frame(paint: Material, cloth: Material) -> Draft:
    """Side frames with their armrests, cross brace, seat, back, push handles, footrests, caster forks."""
    d, (sx, _, sz), wide = Draft(), _SEAT_M, 0.235
    cx, cy = _CASTER_AT
    pieces: list[tuple[object, Material]] = []
    for line, radius in (
        ([(-0.10, wide, 0.22), (-0.12, wide, 0.55), (-0.17, wide, 0.93), (-0.27, wide, 0.95)], 0.012),
        (
            [(-0.11, wide, sz - 0.03), (0.36, wide, sz - 0.02), (0.42, wide, sz - 0.07), (0.50, wide - 0.02, 0.20)],
            0.012,
        ),
        ([(-0.10, wide, 0.22), (0.36, wide, 0.22), (0.38, wide, sz - 0.04)], 0.012),
        ([(-0.12, wide, 0.70), (0.20, wide, 0.71), (0.24, wide, sz - 0.02)], 0.011),
        ([(0.0, _TRACK_M - 0.035, _WHEEL_M), (0.0, wide, _WHEEL_M)], 0.012),
    ):
        pieces.append((tube(line, radius, 8), paint))
    for line in ([(cx, cy, 0.24), (cx, cy, 2.0 * _CASTER_M + 0.012)],):
        pieces.append((tube(line, 0.014, 8), palette.RIM_DARK))
    for y in (cy + 0.023, cy - 0.023):
        pieces.append((tube([(cx, y, 2.0 * _CASTER_M + 0.01), (cx, y, _CASTER_M)], 0.006, 6), palette.RIM_DARK))
    pieces.append((box((0.05, wide, 0.715), (0.26, 0.045, 0.022)), palette.PLASTIC))
    pieces.append((box((0.06, wide - 0.004, 0.60), (0.26, 0.005, 0.16)), palette.PLASTIC))
    pieces.append((tube([(-0.20, wide, 0.941), (-0.29, wide, 0.953)], 0.017, 8), palette.RUBBER))
    pieces.append((box((0.57, 0.11, 0.105), (0.17, 0.16, 0.014)), palette.PLASTIC))
    pieces.append((tube([(0.50, wide - 0.02, 0.20), (0.53, 0.19, 0.105)], 0.010, 6), paint))
    for surface, material in pieces:
        d.add(surface, material).add(mirrored(surface), material)  # type: ignore[arg-type]
    d.add(tube([(0.10, wide, 0.22), (0.10, -wide, sz - 0.04)], 0.011, 8), paint)
    d.add(tube([(0.13, -wide, 0.22), (0.13, wide, sz - 0.04)], 0.011, 8), paint)
    d.add(rounded_box((sx, 0.0, sz - 0.025), (0.42, 2.0 * wide - 0.01, 0.05), 7.0, 24, 0.6), cloth)
    back = pose((-0.145, 0.0, 0.74), (0.0, 1.0, 0.0), -0.10)
    d.add(rounded_box((0.0, 0.0, 0.0), (0.022, 2.0 * wide, 0.38), 7.0, 20, 0.5), cloth, pose=back)
    return d


def _place(b: BodyMeasures) -> F64Array:
    """Chair from somebody who stands: the hips are over the seat, the trunk leans forward a little."""
    hip = np.array([_HIP_X_M, 0.0, _SEAT_M[2] + SITTING_M])
    lean = pose(axis=(0.0, 1.0, 0.0), angle_rad=_LEAN_RAD)
    return tf.compose(tf.translation(hip), tf.compose(lean, tf.translation([0.0, 0.0, -b.hip_m])))


def _add_arm(
    a: Assembly, b: BodyMeasures, limbs: dict[str, Draft], side: str, sign: float, shoulder: F64Array, key: str
) -> None:
    """An arm whose fist is on top of the hand rim; its joints turn about the normal of its plane."""
    adult = CLASS_ID["adult"]
    wrist = np.array([0.0, sign * (_RIM_Y_M - 0.005), _WHEEL_M + _RIM_M + 0.055])
    elbow = bend(shoulder, wrist, b.shoulder_m - b.elbow_m, b.elbow_m - b.wrist_m, np.array([-1.0, 0.25 * sign, 0.0]))
    normal = np.cross(shoulder - wrist, np.array([1.0, 0.0, 0.0]))
    normal = normal / np.sqrt(normal @ normal)
    axis = (float(normal[0]), float(normal[1]), float(normal[2]))
    upper = a.link(f"push_shoulder_{side}", shoulder, 0, axis)
    fore = a.link(f"push_elbow_{side}", elbow, upper, axis)
    a.link(f"push_wrist_{side}", wrist, fore, axis)
    for name, link, start, end, z in (
        ("upper_arm", upper, shoulder, elbow, b.shoulder_m), ("forearm", fore, elbow, wrist, b.elbow_m),
    ):  # fmt: skip
        hinge = np.array([0.0, b.shoulder_half_m, z])
        own = limbs[name] if sign > 0 else limbs[name].mirror()
        mesh = a.mesh(f"{key}.{name}_{side}", Draft().extend(own, -hinge * np.array([1.0, sign, 1.0])))
        a.part(f"{name}_{side}", mesh, adult, link, aim(end - start))
    word = "left" if sign > 0 else "right"
    for name, at, cover, link in (
        ("shoulder", shoulder, 1.5 * b.arm_m[0], upper), ("elbow", elbow, 1.5 * b.arm_m[1], fore),
        ("wrist", wrist, 1.6 * b.arm_m[2], fore),
    ):  # fmt: skip
        a.landmark("person", f"{word}_{name}", at, cover, link)


@lru_cache(maxsize=256)
def _wheelchair(model: str, clothes: Outfit, frame: str, cloth: int) -> Asset:
    b, semantic, adult = MEASURES[model], CLASS_ID["wheelchair"], CLASS_ID["adult"]
    length = WHEELCHAIR_SIZE_M[model][0]
    shift = -0.5 * (length - 2.0 * _WHEEL_M)
    a, key = Assembly(shift), f"wheelchair.{model}.{clothes.key}"
    chair = _frame(palette.PAINTS[frame], _CLOTHS[cloth])
    a.add("frame", f"wheelchair.frame.{frame}.{cloth}.{length:g}", chair, semantic)  # the length moves its origin
    wear, hair = worn(clothes), palette.HAIR[clothes.hair]
    limbs = limb_drafts(b, wear)
    place = _place(b)
    leg = seated_legs(b, limbs, tuple(v - _LEAN_RAD for v in _LEGS_RAD))  # type: ignore[arg-type]
    body = torso_draft(b, wear).extend(leg, np.zeros(3)).extend(leg.mirror(), np.zeros(3))
    a.add("torso", f"{key}.torso", body.moved(place), adult)
    neck_m = tf.apply(place, np.array([0.0, 0.0, b.shoulder_m + 0.05]))
    neck = a.link("head_nod", neck_m, a.link("head_turn", neck_m, 0, (0.0, 0.0, 1.0)))
    level = tf.compose(tf.translation(neck_m), tf.translation([0.0, 0.0, -b.shoulder_m - 0.05]))
    a.add("head", f"{key}.head", head_draft(b, wear.skin, hair, clothes.style).moved(level), adult, neck)
    for name, at, cover in head_landmarks(b):
        a.landmark("person", name, tf.apply(level, np.array(at)), cover, neck)
    joints = leg_joints(b, tuple(v - _LEAN_RAD for v in _LEGS_RAD))  # type: ignore[arg-type]
    big, small = a.mesh("wheelchair.wheel", _big_wheel()), a.mesh("wheelchair.caster", _caster())
    flip = pose(axis=(0.0, 0.0, 1.0), angle_rad=math.pi)
    for side, sign, word in (("l", 1.0, "left"), ("r", -1.0, "right")):
        mirror = np.array([1.0, sign, 1.0])
        shoulder = tf.apply(place, np.array([0.0, sign * b.shoulder_half_m, b.shoulder_m]))
        _add_arm(a, b, limbs, side, sign, shoulder, key)
        thick = (1.2 * b.pelvis_m[0], 1.4 * b.leg_m[1], 1.6 * b.leg_m[2])
        for name, at, cover in zip(("hip", "knee", "ankle"), joints, thick, strict=True):
            a.landmark("person", f"{word}_{name}", tf.apply(place, at * mirror), cover)
        wheel = a.link(f"wheel_r{side}", (0.0, sign * _TRACK_M, _WHEEL_M))
        a.part(f"wheel_r{side}", big, semantic, wheel, None if sign > 0 else flip)
        cx, cy = _CASTER_AT
        a.part(f"wheel_f{side}", small, semantic, a.link(f"wheel_f{side}", (cx, sign * cy, _CASTER_M)))
        for name, (x, y, z), cover in _POINTS:
            a.landmark("wheelchair", f"{word}_{name}", (x, sign * y, z), cover)
    head = tf.apply(level, np.array([0.42 * b.head_m[1], 0.0, b.stature_m - 0.5 * b.head_m[0]]))
    high, low = float(neck_m[2]) - 0.1, _SEAT_M[2]
    chest = (1.1 * b.waist_m[0], 1.5 * b.waist_m[1], high - low)
    size = WHEELCHAIR_SIZE_M[model]
    entity = Entity(
        model, "wheelchair", model, semantic, size, eye_m=(float(head[0]) + shift, 0.0, float(head[2])),
        occluders=(
            Box((shift + 0.03, 0.0, 0.5 * (low + high)), chest),
            Box((shift + 0.22, 0.0, 0.50), (0.40, 0.30, 0.12)),
            Box((float(neck_m[0]) + shift, 0.0, size[2] - 0.12), (0.6 * b.head_m[1], 0.6 * b.head_m[2], 0.15)),
        ),
    )  # fmt: skip
    return a.asset(entity)


def wheelchair_asset(model: str, variety: int) -> Asset:
    """Somebody of a model in ``WHEELCHAIR_SIZE_M`` in a wheelchair; both are drawn by the variety seed."""
    draw = stream(variety, "wheelchair")
    frame, cloth = _FRAMES[int(draw.integers(len(_FRAMES)))], int(draw.integers(len(_CLOTHS)))
    return _wheelchair(model, outfit(model, variety), frame, cloth)
