"""Somebody on a bicycle or a scooter: limbs that follow cranks and handlebar (``simengine.physics.riding``)."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from simengine.arrays import Array, F64Array
from simengine.geometry import transforms as tf
from simengine.rng import stream
from simengine.world.materials import Material
from simengine.world.taxonomy import CLASS_ID
from simengine_scenes import palette
from simengine_scenes.people.flesh import trunk
from simengine_scenes.people.head import head_draft
from simengine_scenes.people.limbs import forearm_surface, limb_drafts
from simengine_scenes.people.measures import BodyMeasures
from simengine_scenes.people.outfit import Outfit, outfit, worn
from simengine_scenes.people.person import head_landmarks
from simengine_scenes.people.rucksack import add_rucksack
from simengine_scenes.people.torso import torso_draft
from simengine_scenes.shapes.assembly import Assembly
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.solids import loft, pose, ring, tube

__all__ = ["Fit", "RiderLook", "Seat", "add_tape", "aim", "bend", "fit", "rider_look", "scaled", "seat_rider", "stand"]

_EXTENSION = 0.955
"""Largest distance from hip to ankle over the leg's length: a knee that keeps 30 degrees of bend, as fitters advise."""
_STANDING = 0.985
"""The same of the rear leg of somebody who stands on a deck with soft knees."""
_HAND = 0.042
"""From the wrist to the grip, as a share of the stature."""
_ARM_SHARE = 0.90
_SIT_M = 0.082 / 1.76
"""The hip joints are so far above the top of the saddle, over the stature."""
_HELMETS = ("white", "black", "red", "blue", "grey", "orange", "green", "yellow")


@dataclass(frozen=True)
class RiderLook:
    """Somebody's looks: body (key of ``MEASURES``), outfit, helmet colour ("" for none), "vest", "backpack" or ""."""

    body: str
    clothes: Outfit
    helmet: str
    extra: str

    @property
    def key(self) -> str:
        """Short name, for mesh names."""
        return f"{self.body}.{self.clothes.key}.{self.helmet or 'hair'}.{self.extra or 'plain'}"


@dataclass(frozen=True)
class Seat:
    """Where a bicycle takes its rider; its frame has x forward from the cranks' axle and z up from the ground.

    Attributes:
        stature_m: of everybody who rides it.
        crank_z_m, crank_m: height of the cranks' axle, length of a crank.
        pedal_y_m: middle of the pedals.
        tube_rad: angle of the seat tube against the ground.
        tilt_rad: of the trunk against the upright.
        bar_above_m: grips above the top of the saddle.
        bar_half_m: half the width of the handlebar.
    """

    stature_m: float
    crank_z_m: float
    crank_m: float
    pedal_y_m: float
    tube_rad: float
    tilt_rad: float
    bar_above_m: float
    bar_half_m: float


@dataclass(frozen=True, eq=False)
class Fit:
    """A rider on a seat: joints of the left side at rest (left crank ahead), metres, in the seat's frame."""

    body: BodyMeasures
    seat: Seat
    saddle_m: tuple[float, float]
    hip: F64Array
    knee: F64Array
    ankle: F64Array
    shoulder: F64Array
    elbow: F64Array
    wrist: F64Array
    grip: F64Array
    pedal: F64Array


def rider_look(child: bool, seed: int) -> RiderLook:
    """Draw somebody: half of the adults and most children wear a helmet."""
    draw = stream(seed, "rider", "child" if child else "adult")
    body = "child_9y" if child else ("adult", "adult_f")[int(draw.integers(2))]
    helmet = _HELMETS[int(draw.integers(len(_HELMETS)))] if draw.random() < (0.9 if child else 0.5) else ""
    extra = ("", "", "vest", "backpack")[int(draw.integers(4))]
    return RiderLook(body, outfit(body, seed), helmet, extra)


def scaled(body: BodyMeasures, stature_m: float) -> BodyMeasures:
    """The same proportions at another stature."""
    k = stature_m / body.stature_m
    new = {
        name: tuple(k * v for v in value) if isinstance(value, tuple) else k * value
        for name, value in vars(body).items()
        if not isinstance(value, bool)
    }
    return replace(body, **new)  # type: ignore[arg-type]


def fit(body: BodyMeasures, seat: Seat) -> Fit:
    """Put a body on a seat: the leg nearly straight at the lowest point, the arms nearly straight to the bar."""
    thigh, shin, ankle_m = body.hip_m - body.knee_m, body.knee_m - body.ankle_m, body.ankle_m
    foot = np.array([-0.41 * body.foot_m[0], ankle_m + 0.012])  # the ankle from the pedal's axle, foot level
    up = np.array([-math.cos(seat.tube_rad), math.sin(seat.tube_rad)])
    crank = np.array([0.0, seat.crank_z_m])
    c, s = math.cos(0.1), math.sin(0.1)
    low = crank - seat.crank_m * up + np.array([foot[0] * c + foot[1] * s, foot[1] * c - foot[0] * s])
    reach = _EXTENSION * (thigh + shin)
    gap = low - crank
    along = float(gap @ up)
    hip = crank + up * (along + math.sqrt(reach * reach - float(gap @ gap) + along * along))
    saddle = (float(hip[0]) + 0.03 * body.stature_m / 1.72, float(hip[1]) - _SIT_M * body.stature_m)
    y = seat.pedal_y_m
    pedal = np.array([seat.crank_m, y, seat.crank_z_m])
    ankle = np.array([pedal[0] + foot[0], y, pedal[2] + foot[1]])
    hip3 = np.array([hip[0], y, hip[1]])
    knee = bend(hip3, ankle, thigh, shin, np.array([1.0, 0.0, 0.0]))
    tilt = pose(axis=(0.0, 1.0, 0.0), angle_rad=seat.tilt_rad)
    height = body.shoulder_m - body.hip_m
    shoulder = np.array([hip[0], 0.0, hip[1]]) + tf.rotate(tilt, np.array([0.0, 0.96 * body.shoulder_half_m, height]))
    upper, fore = body.shoulder_m - body.elbow_m, body.elbow_m - body.wrist_m
    hand = _HAND * body.stature_m
    wrist_y, wrist_z = seat.bar_half_m - 0.055, saddle[1] + seat.bar_above_m + 0.012
    side = (_ARM_SHARE * (upper + fore)) ** 2 - (wrist_y - shoulder[1]) ** 2 - (wrist_z - shoulder[2]) ** 2
    wrist = np.array([shoulder[0] + math.sqrt(side), wrist_y, wrist_z])
    elbow = bend(shoulder, wrist, upper, fore, np.array([-0.5, 0.42, -1.0]))
    grip = wrist + np.array([hand, 0.0, -0.012])
    return Fit(body, seat, saddle, hip3, knee, ankle, shoulder, elbow, wrist, grip, pedal)


def stand(body: BodyMeasures, seat: Seat, grip_m: tuple[float, float]) -> Fit:
    """Put a body on a deck, one foot before the other, both hands on a bar.

    Args:
        body: who stands there.
        seat: its cranks are the feet: half the way from one to the other, and the height of the deck.
        grip_m: x and z of the bar.
    """
    thigh, shin, ankle_m = body.hip_m - body.knee_m, body.knee_m - body.ankle_m, body.ankle_m
    step, y, deck = seat.crank_m, seat.pedal_y_m, seat.crank_z_m
    pedal = np.array([step, y, deck])
    ankle = pedal + np.array([-0.41 * body.foot_m[0], 0.0, ankle_m])
    behind = float(ankle[0]) - 2.0 * step
    hip_x, reach = 0.6 * behind, _STANDING * (thigh + shin)
    hip_z = float(ankle[2]) + math.sqrt(reach * reach - (behind - hip_x) ** 2)
    hip = np.array([hip_x, 0.9 * body.hip_half_m, hip_z])
    knee = bend(hip, ankle, thigh, shin, np.array([1.0, 0.0, 0.0]))
    tilt = pose(axis=(0.0, 1.0, 0.0), angle_rad=seat.tilt_rad)
    lift = body.shoulder_m - body.hip_m
    shoulder = np.array([hip_x, 0.0, hip_z]) + tf.rotate(tilt, np.array([0.0, 0.96 * body.shoulder_half_m, lift]))
    hand = _HAND * body.stature_m
    grip = np.array([grip_m[0], seat.bar_half_m - 0.055, grip_m[1]])
    wrist = grip - np.array([hand, 0.0, -0.012])
    upper, fore = body.shoulder_m - body.elbow_m, body.elbow_m - body.wrist_m
    elbow = bend(shoulder, wrist, upper, fore, np.array([-0.5, 0.42, -1.0]))
    return Fit(body, seat, (hip_x, hip_z), hip, knee, ankle, shoulder, elbow, wrist, grip, pedal)


def bend(start: F64Array, end: F64Array, first: float, second: float, pole: F64Array) -> F64Array:
    """The joint between two bars of given lengths, on the side of ``pole``."""
    way = end - start
    d = float(np.sqrt(way @ way))
    way = way / d
    along = (first * first - second * second + d * d) / (2.0 * d)
    off = pole - way * float(way @ pole)
    off = off / np.sqrt(off @ off)
    return start + way * along + off * math.sqrt(max(first * first - along * along, 0.0))


def aim(way: Array) -> F64Array:
    """Rotation (4, 4) that turns what hangs along -z into a direction, its front staying ahead as far as it can."""
    up = -np.asarray(way) / np.sqrt((np.asarray(way) ** 2).sum())
    ahead = np.array([1.0, 0.0, 0.0]) if abs(up[0]) < 0.9 else np.array([0.0, 0.0, 1.0])
    ahead = ahead - up * float(ahead @ up)
    ahead = ahead / np.sqrt(ahead @ ahead)
    out = np.eye(4)
    out[:3, 0], out[:3, 1], out[:3, 2] = ahead, np.cross(up, ahead), up
    return out


def seat_rider(
    a: Assembly, where: Fit, look: RiderLook, body: int, held: dict[str, int]
) -> None:  # fmt: skip
    """Add a rider's parts.

    Args:
        a: the bicycle's assembly, in the seat's frame.
        where: joints.
        look: of the rider.
        body: the leaning body's link.
        held: the steered links by side ("l", "r") that the hands hold.
    """
    b, key, rider = where.body, f"rider.{look.key}.{where.seat.stature_m:g}", CLASS_ID["rider"]
    clothes = look.clothes
    wear = worn(clothes)
    limbs = limb_drafts(b, wear)
    bare = wear.cut == "tee"
    forearm = Draft().add(forearm_surface(b, bare), wear.skin if bare else wear.top)
    drawn = {
        "upper_arm": (limbs["upper_arm"], (0.0, b.shoulder_half_m, b.shoulder_m)),
        "forearm": (forearm, (0.0, b.shoulder_half_m, b.elbow_m)),
        "thigh": (limbs["thigh"], (0.0, b.hip_half_m, b.hip_m)),
        "shin": (limbs["shin"], (0.0, b.hip_half_m, b.knee_m)),
        "foot": (limbs["foot"], (0.0, b.hip_half_m, b.ankle_m)),
    }
    meshes = {
        name: a.mesh(f"{key}.{name}", Draft().extend(draft, -np.array(at))) for name, (draft, at) in drawn.items()
    }
    arm = Draft().extend(limbs["upper_arm"], -np.array([0.0, b.shoulder_half_m, b.shoulder_m])).mirror()
    meshes["upper_arm_r"] = a.mesh(f"{key}.upper_arm_r", arm)
    hand = a.mesh(f"{key}.hand", _hand_draft(where, wear.skin))
    _add_trunk(a, where, look, body, key)
    for side, sign in (("l", 1.0), ("r", -1.0)):
        flip = np.array([1.0, sign, 1.0])
        hip, shoulder, elbow, wrist = (p * flip for p in (where.hip, where.shoulder, where.elbow, where.wrist))
        ankle, knee = where.ankle * flip, where.knee * flip
        if sign < 0:  # the right crank points back: its foot and knee rest there
            ankle = ankle - np.array([2.0 * where.seat.crank_m, 0.0, 0.0])
            knee = bend(hip, ankle, b.hip_m - b.knee_m, b.knee_m - b.ankle_m, np.array([1.0, 0.0, 0.3]))
        h = a.link(f"ride_hip_{side}", hip, body)
        k = a.link(f"ride_knee_{side}", knee, h)
        f = a.link(f"ride_ankle_{side}", ankle, k)
        a.part(f"thigh_{side}", meshes["thigh"], rider, h, aim(knee - hip))
        a.part(f"shin_{side}", meshes["shin"], rider, k, aim(ankle - knee))
        a.part(f"foot_{side}", meshes["foot"], rider, f)
        normal = np.cross(wrist - shoulder, elbow - shoulder)
        normal = normal / np.sqrt(normal @ normal)
        axis = (float(normal[0]), float(normal[1]), float(normal[2]))
        s = a.link(f"ride_shoulder_{side}", shoulder, body, axis)
        e = a.link(f"ride_elbow_{side}", elbow, s, axis)
        g = a.link(f"grip_{side}", wrist, held[side])
        a.part(f"upper_arm_{side}", meshes["upper_arm" if sign > 0 else "upper_arm_r"], rider, s, aim(elbow - shoulder))
        a.part(f"forearm_{side}", meshes["forearm"], rider, e, aim(wrist - elbow))
        a.part(f"hand_{side}", hand, rider, g)
        word = "left" if sign > 0 else "right"
        for name, at, cover, link in (
            ("shoulder", shoulder, 1.5 * b.arm_m[0], s), ("elbow", elbow, 1.5 * b.arm_m[1], e),
            ("wrist", wrist, 1.6 * b.arm_m[2], g), ("hip", hip, 1.2 * b.pelvis_m[0], h),
            ("knee", knee, 1.4 * b.leg_m[1], k), ("ankle", ankle, 1.6 * b.leg_m[2], f),
        ):  # fmt: skip
            a.landmark("person", f"{word}_{name}", at, cover, link)


def _hand_draft(where: Fit, skin: Material) -> Draft:
    """A fist around the grip, from the wrist; fits both sides."""
    r, reach = where.body.arm_m[2], _HAND * where.body.stature_m
    back = tube(
        [(-0.012, 0.0, 0.0), (0.45 * reach, 0.0, 0.016), (reach, 0.0, 0.016), (reach + 0.6 * r, 0.0, -0.006)],
        [0.95 * r, 1.15 * r, 1.15 * r, 0.7 * r], 10,
    )  # fmt: skip
    draft = Draft().add(back, skin)
    for k in range(4):
        y = (k - 1.5) * 0.62 * r
        finger = [(reach + 0.2 * r, y, 0.018), (reach + 0.85 * r, y, -0.004), (reach + 0.55 * r, y, -0.034),
                  (reach - 0.2 * r, y, -0.042)]  # fmt: skip
        draft.add(tube(finger, 0.33 * r, 5), skin)
    return draft


def _add_trunk(a: Assembly, where: Fit, look: RiderLook, body: int, key: str) -> None:
    """Trunk, head and what is worn on them, on the leaning body's link."""
    b, clothes, rider = where.body, look.clothes, CLASS_ID["rider"]
    wear = worn(clothes, palette.HIVIS if look.extra == "vest" else None)
    draft = torso_draft(b, wear)
    if look.extra == "vest":
        add_tape(draft, b)
    if look.extra == "backpack":
        cloth = palette.cloth("black" if clothes.top != "black" else "red")
        add_rucksack(draft, b, draft.triangles(), 0.0, cloth)
    hip = np.array([where.hip[0], 0.0, where.hip[2]])
    tilt = pose(axis=(0.0, 1.0, 0.0), angle_rad=where.seat.tilt_rad)
    place = tf.compose(tf.translation(a.from_link(body, hip)), tf.compose(tilt, tf.translation([0.0, 0.0, -b.hip_m])))
    a.part("torso", a.mesh(f"{key}.torso", draft), rider, body, place)
    head = head_draft(b, wear.skin, palette.HAIR[clothes.hair])
    if look.helmet:
        _add_helmet(head, b, look.helmet)
    neck = np.array([-0.016, 0.0, b.shoulder_m + 0.03])
    back = pose(axis=(0.0, 1.0, 0.0), angle_rad=-0.75 * where.seat.tilt_rad)
    local = tf.compose(tf.translation(neck), tf.compose(back, tf.translation(-neck)))
    upon = tf.compose(place, local)
    a.part("head", a.mesh(f"{key}.head", head), rider, body, upon)
    for name, at, cover in head_landmarks(b):
        a.landmark("person", name, a.to_entity(body, tf.apply(upon, np.array(at))), cover, body)


def add_tape(draft: Draft, b: BodyMeasures) -> None:
    """Two retroreflective bands round a safety vest."""
    (cx, cy), (wx, wy), _ = b.chest_m, b.waist_m, b.pelvis_m
    span = b.shoulder_m - b.hip_m
    for share, x, rx, ry in ((0.38, 0.003, 1.10 * wx, 1.09 * wy), (0.60, 0.008, 1.06 * cx, 1.04 * cy)):
        z = b.hip_m + share * span
        draft.add(trunk([(z - 0.024, x, rx, ry), (z + 0.024, x, rx, ry)]), palette.TAPE)


def _add_helmet(draft: Draft, b: BodyMeasures, colour: str) -> None:
    """A bicycle helmet: a shell over brow and nape with dark vents, and straps."""
    height, length, width = b.head_m
    shell = palette.helmet(colour)
    base = b.stature_m - 0.40 * height
    rows = [(0.0, 1.0), (0.16, 1.03), (0.34, 0.99), (0.52, 0.88), (0.68, 0.70), (0.80, 0.45), (0.87, 0.18)]
    unit = ring((1.0, 1.0), 24, 2.2)
    rings = np.stack([
        np.column_stack([
            -0.012 * length + 0.585 * length * s * unit[:, 0] - 0.03 * length * q,
            0.575 * width * s * unit[:, 1],
            base + q * 0.495 * height + 0.05 * height * unit[:, 0] * (1.0 - q),
        ]) for q, s in rows
    ])  # fmt: skip
    surface = loft(rings)
    centre = surface[0][surface[1]].mean(1)
    across = np.abs(centre[:, 1]) / (0.575 * width)
    rise = (centre[:, 2] - base) / (0.495 * height)
    stripe = ((across * 3.1 + 0.2) % 1.0 < 0.36) & (rise > 0.3) & (rise < 0.82)
    draft.add(surface, [shell, palette.PLASTIC], stripe.astype(np.int64))
    for side in (1.0, -1.0):
        strap = [(0.1 * length, side * 0.55 * width, base), (0.06 * length, side * 0.47 * width, base - 0.42 * height),
                 (0.13 * length, 0.0, b.stature_m - 1.0 * height)]  # fmt: skip
        draft.add(tube(strap, 0.006, 5), palette.PLASTIC)
