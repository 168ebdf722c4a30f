"""A naked motorcycle with its rider."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from simengine.arrays import F64Array
from simengine.geometry import transforms as tf
from simengine.rng import stream
from simengine.world.materials import Material
from simengine.world.scene import Asset, Entity, VehicleDynamics
from simengine.world.taxonomy import CLASS_ID
from simengine_scenes import palette
from simengine_scenes.people.flesh import trunk
from simengine_scenes.people.limbs import forearm_surface, limb_drafts
from simengine_scenes.people.measures import MEASURES, BodyMeasures
from simengine_scenes.people.outfit import Wear
from simengine_scenes.people.rider import add_tape, aim, bend, scaled
from simengine_scenes.people.torso import torso_draft
from simengine_scenes.shapes.assembly import Assembly
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.probe import first_hit
from simengine_scenes.shapes.solids import box, ellipsoid, pose, rounded_box, tapered, tube
from simengine_scenes.shapes.variety import drawn_style
from simengine_scenes.vehicles.car import head_lights
from simengine_scenes.vehicles.heavy import solid
from simengine_scenes.vehicles.motorbike_engine import ENGINES, engine_draft
from simengine_scenes.vehicles.sizes import LEAN_LAG_S, VEHICLE_SIZE_M
from simengine_scenes.vehicles.wheel import wheel_draft

__all__ = ["MotorLook", "drawn_motor", "motorbike_asset"]

_FRONT = (0.742, 0.31, 0.12)  # x of the axle, radius, width of the tyre
_SHIFT_M = -0.020
"""Centres the bounding box: the plate reaches farther back than the front tyre forward."""
_REAR = (-0.728, 0.31, 0.18)
_STATURE_M, _LEAN_RAD = 1.72, 0.70
_HIP_M, _WRIST_M, _ANKLE_M = (-0.30, 0.10, 0.94), (0.385, 0.345, 1.05), (-0.09, 0.205, 0.345)
_HELMET_M = (0.09, 0.0, 1.46)
"""Of the rider; joints of the left side."""
_NONE = np.zeros(3)
_JACKETS = ("leather", "leather", "leather", "navy", "grey", "red", "khaki", "white")
_TROUSERS = ("denim", "denim", "leather", "leather", "black", "grey")
_HELMETS = ("white", "black", "red", "blue", "grey", "yellow")
_LUGGAGE = ("", "case", "", "panniers", "", "", "case", "panniers")


@dataclass(frozen=True)
class MotorLook:
    """What of a motorcycle and its rider differs beside the paint.

    Attributes:
        engine: one of ``ENGINES``.
        luggage: "", "case" (behind the seat) or "panniers" (at its sides too).
        jacket, trousers: "leather", or a word of ``palette.CLOTHES``.
        vest: worn over the jacket, of high visibility.
        helmet: a word of ``palette.helmet``; "": of the colour of the machine.
    """

    engine: str
    luggage: str
    jacket: str
    trousers: str
    vest: bool
    helmet: str

    @property
    def worn(self) -> str:
        """Short name of the rider's clothes, for mesh names."""
        return f"{self.jacket}.{self.trousers}{'.vest' if self.vest else ''}"


def drawn_motor(variety: int) -> MotorLook:
    """The look of a variety: one rider in six wears a vest, and half have a helmet of the machine's colour."""
    draw = stream(variety, "motorbike")
    pick = [int(draw.integers(n)) for n in (len(ENGINES), len(_JACKETS), len(_TROUSERS), len(_HELMETS))]
    vest, own = draw.random() < 1.0 / 6.0, draw.random() < 0.5
    luggage = _LUGGAGE[drawn_style(variety, len(_LUGGAGE), "motorbike.luggage")]
    return MotorLook(
        ENGINES[pick[0]], luggage, _JACKETS[pick[1]], _TROUSERS[pick[2]], vest, "" if own else _HELMETS[pick[3]]
    )


def _cloth(word: str) -> Material:
    return palette.LEATHER if word == "leather" else palette.cloth(word)


def _add_luggage(d: Draft, luggage: str) -> None:
    """Hard cases on a rack."""
    if not luggage:
        return
    d.add(box((-0.76, 0.0, 0.94), (0.30, 0.22, 0.02)), palette.IRON)
    d.add(rounded_box((-0.79, 0.0, 1.08), (0.34, 0.42, 0.28), 5.0, 20), palette.PLASTIC)
    d.add(rounded_box((-0.79, 0.0, 1.085), (0.345, 0.425, 0.012), 5.0, 20), palette.RIM_DARK)
    if luggage == "panniers":
        for y in (0.30, -0.30):
            d.add(rounded_box((-0.64, y, 0.66), (0.46, 0.17, 0.32), 5.0, 20), palette.PLASTIC)
            d.add(rounded_box((-0.64, y, 0.69), (0.465, 0.175, 0.012), 5.0, 20), palette.RIM_DARK)
            d.add(box((-0.62, 0.5 * y, 0.78), (0.03, abs(y), 0.03)), palette.IRON)


def _frame(paint: Material, look: MotorLook) -> Draft:
    """Engine, frame, tank, seat, tail, luggage."""
    d = Draft()
    d.extend(engine_draft(look.engine), _NONE)
    for y in (0.12, -0.12):
        d.add(
            tube([(0.50, 0.4 * y, 0.92), (0.30, y, 0.78), (-0.22, y, 0.62), (-0.26, y, 0.34)], 0.035, 8),
            palette.RIM_DARK,
        )
        d.add(tube([(-0.24, y, 0.36), (_REAR[0], y, _REAR[1])], [0.035, 0.028], 8), palette.RIM)
    d.add(trunk([
        (0.70, 0.06, 0.20, 0.10), (0.76, 0.09, 0.27, 0.14), (0.84, 0.11, 0.27, 0.15), (0.90, 0.12, 0.22, 0.13),
        (0.935, 0.12, 0.14, 0.08),
    ], 20), paint)  # fmt: skip
    d.add(
        tube(
            [(0.0, 0.0, 0.80), (-0.30, 0.0, 0.78), (-0.52, 0.0, 0.83), (-0.80, 0.0, 0.90)], [0.11, 0.13, 0.11, 0.05], 12
        ),
        palette.RUBBER,
    )
    d.add(tapered((-0.72, 0.0, 0.80), (0.36, 0.16, 0.10), (0.9, 0.8)), paint)
    d.add(box((-0.94, 0.0, 0.66), (0.10, 0.12, 0.03)), palette.PLASTIC)
    d.add(tube([(-0.80, 0.0, 0.80), (-0.98, 0.0, 0.62)], 0.02, 6), palette.PLASTIC)
    _plate(d)
    _add_luggage(d, look.luggage)
    return d


def _fork(paint: Material) -> Draft:
    """What turns with the bars."""
    x, r, _ = _FRONT
    d = Draft()
    for y in (0.11, -0.11):
        d.add(tube([(x, y, r), (x - 0.11, y, 0.55), (0.53, y, 0.98)], [0.032, 0.028, 0.024], 10), palette.CHROME)
    d.add(tube([(x, -0.12, r), (x, 0.12, r)], 0.02, 8), palette.IRON)
    angle = np.linspace(math.radians(20.0), math.radians(150.0), 8)
    arc = np.stack([x + (r + 0.03) * np.cos(angle), np.zeros(8), r + (r + 0.03) * np.sin(angle)], -1)
    for y in (-0.045, 0.0, 0.045):
        d.add(tube(arc + np.array([0.0, y, 0.0]), 0.022, 6), paint)
    d.add(
        tube(
            [(0.44, -0.36, 1.02), (0.52, -0.16, 1.03), (0.53, 0.0, 1.01), (0.52, 0.16, 1.03), (0.44, 0.36, 1.02)],
            0.016,
            8,
        ),
        palette.IRON,
    )
    for side in (1.0, -1.0):
        d.add(tube([(0.45, side * 0.33, 1.02), (0.41, side * 0.40, 1.01)], 0.02, 8), palette.RUBBER)
        d.add(tube([(0.49, side * 0.24, 1.03), (0.46, side * 0.33, 1.18)], 0.008, 6), palette.IRON)
        d.add(box((0.455, side * 0.355, 1.20), (0.03, 0.11, 0.08)), palette.PLASTIC)
    d.add(ellipsoid((0.60, 0.0, 0.93), (0.09, 0.12, 0.11), 8, 14), paint)
    return d


def _plate(d: Draft) -> None:
    """A number plate of two lines, 20 x 18 cm, with its lower edge at the end of its holder."""
    d.add(box((-0.992, 0.0, 0.60), (0.016, 0.20, 0.18)), palette.PLATE)
    for z, count in ((0.642, 3), (0.558, 4)):
        for k in range(count):
            y = 0.044 * (0.5 * (count - 1) - k)
            d.add(box((-1.0, y, z), (0.003, 0.030, 0.060)), palette.PLATE_MARK)


def _trunk() -> F64Array:
    """Where the rider's hips are, and how far the trunk leans."""
    hip = np.array(_HIP_M) * (1.0, 0.0, 1.0)
    return tf.compose(tf.translation(hip), pose(axis=(0.0, 1.0, 0.0), angle_rad=_LEAN_RAD))


def _joints(b: BodyMeasures) -> tuple[F64Array, ...]:
    """Shoulder, elbow, wrist, hip, knee and ankle of the left."""
    shoulder = tf.apply(_trunk(), np.array([0.0, b.shoulder_half_m, b.shoulder_m - b.hip_m]))
    hip, wrist, ankle = np.array(_HIP_M), np.array(_WRIST_M), np.array(_ANKLE_M)
    elbow = bend(shoulder, wrist, b.shoulder_m - b.elbow_m, b.elbow_m - b.wrist_m, np.array([-0.3, 0.7, -0.8]))
    knee = bend(hip, ankle, b.hip_m - b.knee_m, b.knee_m - b.ankle_m, np.array([1.0, 0.40, 0.2]))
    return shoulder, elbow, wrist, hip, knee, ankle


def _rider(look: MotorLook, helmet: Material) -> Draft:
    """Somebody with gloves and a helmet leaning forward, hands on the grips, feet on the pegs."""
    b = scaled(MEASURES["adult"], _STATURE_M)
    jacket, leather = _cloth(look.jacket), palette.LEATHER
    wear = Wear(jacket, jacket, _cloth(look.trousers), leather, palette.SHOES[0], "jacket", False)
    limbs = limb_drafts(b, wear)
    torso = torso_draft(b, replace(wear, top=palette.HIVIS, cut="plain") if look.vest else wear)
    if look.vest:
        add_tape(torso, b)
    d = Draft().extend(torso.moved(tf.compose(_trunk(), tf.translation([0.0, 0.0, -b.hip_m]))), _NONE)
    shoulder, elbow, wrist, hip, knee, ankle = _joints(b)
    side = Draft()
    for draft, joint, start, end in (
        (limbs["upper_arm"], (0.0, b.shoulder_half_m, b.shoulder_m), shoulder, elbow),
        (Draft().add(forearm_surface(b, False), jacket), (0.0, b.shoulder_half_m, b.elbow_m), elbow, wrist),
        (limbs["thigh"], (0.0, b.hip_half_m, b.hip_m), hip, knee),
        (limbs["shin"], (0.0, b.hip_half_m, b.knee_m), knee, ankle),
        (limbs["foot"], (0.0, b.hip_half_m, b.ankle_m), ankle, ankle - np.array([0.0, 0.0, 1.0])),
    ):
        moved = tf.compose(tf.translation(start), tf.compose(aim(end - start), tf.translation(-np.array(joint))))
        side.extend(draft.moved(moved), _NONE)
    side.add(ellipsoid((0.435, 0.355, 1.03), (0.055, 0.045, 0.042), 8, 12), palette.RUBBER)
    side.add(tube([(-0.06, 0.12, 0.25), (-0.06, 0.26, 0.25)], 0.014, 6), palette.IRON)
    d.extend(side, _NONE).extend(side.mirror(), _NONE)
    x, _, z = _HELMET_M
    d.add(ellipsoid((x, 0.0, z), (0.15, 0.125, 0.14), 12, 20), helmet)
    d.add(ellipsoid((x + 0.045, 0.0, z - 0.070), (0.105, 0.100, 0.065), 8, 16), helmet)  # chin bar
    d.add(ellipsoid((x + 0.046, 0.0, z + 0.012), (0.116, 0.110, 0.050), 8, 16), palette.GLASS)
    return d


def _name_points(a: Assembly, frame: Draft, steer: int) -> None:
    """Points of the motorcycle, and the rider's joints: inside of sleeves, trousers, boots and helmet."""
    (fx, fr, _), (rx, rr, _) = _FRONT, _REAR
    for name, at, cover, link in (
        ("front_hub", (fx, 0.0, fr), 0.16, steer), ("rear_hub", (rx, 0.0, rr), 0.16, 0),
        ("saddle", first_hit(frame.triangles(), 2, 1.0, (-0.30, 0.003)), 0.03, 0),
        ("head_light", (0.705, 0.0, 0.93), 0.03, steer), ("tail_light", (-0.93, 0.0, 0.84), 0.03, 0),
    ):  # fmt: skip
        a.landmark("two_wheeler", name, at, cover, link)
    b, (hx, _, hz) = scaled(MEASURES["adult"], _STATURE_M), _HELMET_M
    thick = (
        1.5 * b.arm_m[0],
        1.5 * b.arm_m[1],
        1.6 * b.arm_m[2],
        1.2 * b.pelvis_m[0],
        1.4 * b.leg_m[1],
        1.6 * b.leg_m[2],
    )
    joints = zip(("shoulder", "elbow", "wrist", "hip", "knee", "ankle"), _joints(b), thick, strict=True)
    face = (("eye", np.array([hx + 0.10, 0.03, hz + 0.01]), 0.09), ("ear", np.array([hx, 0.09, hz]), 0.06))
    named = (*joints, *face)
    a.landmark("person", "nose", (hx + 0.11, 0.0, hz - 0.03), 0.08)
    for word, s in (("left", 1.0), ("right", -1.0)):
        a.landmark("two_wheeler", f"{word}_bar_end", (0.41, s * 0.40, 1.01), 0.03, steer)
        a.landmark("two_wheeler", f"{word}_pedal", (-0.06, s * 0.26, 0.25), 0.05)
        for name, at, cover in named:
            a.landmark("person", f"{word}_{name}", at * (1.0, s, 1.0), cover)


@lru_cache(maxsize=64)
def motorbike_asset(colour: str, look: MotorLook) -> Asset:
    """A motorcycle in a colour of ``palette.PAINTS`` with its rider."""
    paint, semantic, rider = palette.PAINTS[colour], CLASS_ID["motorcycle"], CLASS_ID["rider"]
    a = Assembly(_SHIFT_M)
    frame = _frame(paint, look)
    a.add("body", f"motorbike.body.{colour}.{look.engine}{look.luggage}", frame, semantic)
    tail = Draft().add(ellipsoid((-0.90, 0.0, 0.84), (0.03, 0.07, 0.035), 6, 10), palette.TAILLAMP)
    a.add("lamp_tail", "motorbike.lamp_tail", tail, semantic)
    helmet = palette.helmet(look.helmet) if look.helmet else paint
    a.add("rider", f"motorbike.rider.{look.worn}.{helmet.name}", _rider(look, helmet), rider)
    for side, name, amber in zip((1.0, -1.0), ("lamp_left", "lamp_right"), palette.INDICATORS, strict=True):
        lamps = Draft().add(ellipsoid((-0.84, side * 0.17, 0.78), (0.035, 0.03, 0.03), 6, 10), amber)
        lamps.add(tube([(-0.80, side * 0.04, 0.79), (-0.84, side * 0.15, 0.78)], 0.009, 6), amber)
        lamps.add(ellipsoid((0.58, side * 0.21, 0.92), (0.035, 0.03, 0.03), 6, 10), amber)
        a.add(name, f"motorbike.{name}", lamps, semantic)
    (fx, fr, fw), (rx, rr, rw) = _FRONT, _REAR
    steer = a.link("steer_f", (fx, 0.0, fr), 0, (0.0, 0.0, 1.0))
    a.add("fork", f"motorbike.fork.{colour}", _fork(paint), semantic, steer)
    lamp = Draft().add(ellipsoid((0.655, 0.0, 0.93), (0.05, 0.09, 0.085), 8, 14), palette.HEADLAMP_LENS)
    a.add("lamp_head", "motorbike.lamp_head", lamp, semantic, steer)
    front, rear = a.link("wheel_f", (fx, 0.0, fr), steer), a.link("wheel_r", (rx, 0.0, rr))
    a.part("wheel_f", a.mesh("motorbike.wheel_f", wheel_draft(fr, fw, 0.72, 6, two_sided=True)), semantic, front)
    a.part("wheel_r", a.mesh("motorbike.wheel_r", wheel_draft(rr, rw, 0.72, 6, two_sided=True)), semantic, rear)
    _name_points(a, frame, steer)
    size = VEHICLE_SIZE_M["motorbike"]
    entity = Entity(
        "motorbike", "car", "motorbike", semantic, size,
        occluders=(
            solid((0.18, -0.10), 0.08, (0.30, 0.43)), solid((0.22, -0.02), 0.09, (0.77, 0.89)),
            solid((-0.16, -0.26), 0.10, (0.84, 1.20)),
        ),
        eye_m=(0.10, 0.0, 1.48),
        dynamics=VehicleDynamics(fx - rx, -rx - _SHIFT_M, rr, 0.5, 5.0, 8.5, lean_lag_s=LEAN_LAG_S),
    )  # fmt: skip
    return a.asset(entity, head_lights(0.70, 0.0, 0.93))
