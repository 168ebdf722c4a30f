"""What people have with them: a rucksack, a suitcase on wheels, an umbrella, a stick, a pram.

The hand that holds something does not swing: its arm is fixed in the pose that the thing asks for. What is carried is a
part of the person: same instance, and not counted in ``Entity.size_m``, as mirrors of vehicles are not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from simengine.arrays import F64Array, frozen
from simengine.geometry import transforms as tf
from simengine.rng import stream
from simengine.world.materials import Material
from simengine.world.scene import Asset, Link
from simengine_scenes import palette
from simengine_scenes.people.measures import MEASURES, BodyMeasures
from simengine_scenes.people.outfit import Outfit
from simengine_scenes.people.person import person_asset
from simengine_scenes.people.rucksack import add_rucksack
from simengine_scenes.shapes.assembly import Assembly
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.solids import ellipsoid, lathe, pose, rounded_box, tube

__all__ = ["CARRIED", "carrying_asset"]

CARRIED = ("nothing", "rucksack", "suitcase", "umbrella", "stick", "pram")
_POSES: dict[str, dict[str, tuple[float, float]]] = {
    "suitcase": {"r": (0.45, -0.10)},
    "umbrella": {"r": (-0.05, -2.05)},
    "stick": {"r": (-0.10, -0.55)},
    "pram": {"r": (-0.45, -0.85), "l": (-0.45, -0.85)},
}
"""Angles of shoulder and elbow about +y of the arms that hold it: negative is forward."""
_CASTER_M = 0.034
_COLOURS = ("26304a", "7a1f26", "33353a", "2f5a40", "b07a2a", "5d6f8c")


@lru_cache(maxsize=256)
def carrying_asset(model: str, clothes: Outfit, carried: str, variety: int) -> Asset:
    """Somebody with one of ``CARRIED``; its colour comes from ``variety``."""
    plain = person_asset(model, clothes)
    if carried == "nothing":
        return plain
    b = MEASURES[model]
    code = _COLOURS[int(stream(variety, "carried").integers(len(_COLOURS)))]
    cloth = Material(f"cloth_carried_{code}", palette.rgb(code), 0.85, 0.03, nir=0.4)
    held = replace(plain, links=tuple(_fixed(link, _POSES.get(carried, {})) for link in plain.links))
    torso = plain.meshes[next(p.mesh for p in plain.parts if p.name == "torso")]
    middle = float(next(link for link in plain.links if link.name == "head_turn").parent_from_link[0, 3])
    hands = {side: _hand(held, b, side) for side in ("l", "r")}
    draft = _DRAFTS[carried](b, cloth, _Holder(hands, torso.vertices_m.astype(np.float64)[torso.faces], middle))
    a = Assembly()
    a.add(carried, f"carried.{carried}.{model}.{clothes.key}.{code}", draft, plain.entity.semantic)
    made, shift = a.asset(plain.entity), len(plain.materials)
    mesh = replace(made.meshes[0], face_material=frozen(made.meshes[0].face_material + shift, np.int32))
    return replace(
        held, meshes=(*plain.meshes, mesh), materials=(*plain.materials, *made.materials),
        parts=(*plain.parts, replace(made.parts[0], mesh=len(plain.meshes))),
    )  # fmt: skip


def _fixed(link: Link, poses: dict[str, tuple[float, float]]) -> Link:
    """A joint of an arm that holds something: turned for good, under a name that no gait moves."""
    joint, _, side = link.name.partition("_")
    if side not in poses or joint not in ("shoulder", "elbow"):
        return link
    turn = pose(axis=(0.0, 1.0, 0.0), angle_rad=poses[side][joint == "elbow"])
    held = tf.compose(tf.translation(link.parent_from_link[:3, 3]), turn)
    return replace(link, name=f"{link.name}_holding", parent_from_link=frozen(held, np.float64))


def _hand(asset: Asset, b: BodyMeasures, side: str) -> F64Array:
    """Where the fist of an arm is, in the entity frame."""
    frames: list[F64Array] = []
    for link in asset.links:
        parent = np.eye(4) if link.parent < 0 else frames[link.parent]
        frames.append(tf.compose(parent, link.parent_from_link))
    row = next(k for k, x in enumerate(asset.links) if x.name.startswith(f"elbow_{side}"))
    return tf.apply(frames[row], np.array([0.0, 0.0, b.wrist_m - 0.055 * b.stature_m - b.elbow_m]))


@dataclass(frozen=True, eq=False)
class _Holder:
    """Who carries it, in the entity frame: hands by side, corners of the trunk (T, 3, 3), x of the body's middle."""

    hands: dict[str, F64Array]
    torso: F64Array
    x_m: float


def _rucksack(b: BodyMeasures, cloth: Material, holder: _Holder) -> Draft:
    draft = Draft()
    add_rucksack(draft, b, holder.torso, holder.x_m, cloth)
    return draft


def _suitcase(b: BodyMeasures, cloth: Material, holder: _Holder) -> Draft:
    """55 x 40 x 23 cm, tilted, drawn behind on two wheels."""
    hand = holder.hands["r"]
    foot = np.array([hand[0] - 0.42, hand[1] - 0.02, _CASTER_M])
    lean = math.atan2(hand[0] - foot[0], hand[2] - foot[2])
    foot[2] += 0.1 * math.sin(lean)  # it stands on the wheels of its lower edge
    case = Draft().add(rounded_box((0.0, 0.0, 0.30), (0.23, 0.40, 0.52), 8.0, 20, 0.25), cloth)
    for y in (0.15, -0.15):
        case.add(tube([(0.1, y - 0.02, 0.0), (0.1, y + 0.02, 0.0)], _CASTER_M, 14), palette.RUBBER)
    reach = float(np.linalg.norm(hand - foot))
    for y in (0.07, -0.07):
        case.add(tube([(-0.06, y, 0.54), (0.0, y, reach)], 0.008, 6), palette.ALUMINIUM)
    case.add(tube([(0.0, -0.085, reach), (0.0, 0.085, reach)], 0.016, 8), palette.PLASTIC)
    return case.moved(tf.compose(tf.translation(foot), pose(axis=(0.0, 1.0, 0.0), angle_rad=lean)))


def _umbrella(b: BodyMeasures, cloth: Material, holder: _Holder) -> Draft:
    """Open, 1 m wide; ribs under a canopy of eight panels."""
    x, y, z = holder.hands["r"].tolist()
    top, d = b.stature_m + 0.42, Draft()
    d.add(tube([(x, y, z - 0.10), (x, y, top + 0.05)], 0.008, 8), palette.IRON)
    d.add(tube([(x, y, z - 0.12), (x, y, z + 0.04)], 0.016, 8), palette.PLASTIC)
    dome = [(0.0, -0.025), (0.25, -0.06), (0.42, -0.16), (0.50, -0.26), (0.50, -0.25), (0.42, -0.145), (0.25, -0.045),
            (0.0, -0.01)]  # fmt: skip
    vertices, faces = lathe(dome, 8)
    return d.add((vertices + np.array([x, y, top]), faces), cloth)


def _stick(b: BodyMeasures, cloth: Material, holder: _Holder) -> Draft:
    x, y, z = holder.hands["r"].tolist()
    d = Draft().add(tube([(x, y, 0.0), (x, y, z)], 0.010, 8), palette.BENCH_WOOD)
    d.add(tube([(x - 0.05, y, z), (x + 0.07, y, z + 0.01)], 0.014, 8), palette.PLASTIC)
    return d.add(tube([(x, y, 0.0), (x, y, 0.03)], 0.014, 8), palette.RUBBER)


def _pram(b: BodyMeasures, cloth: Material, holder: _Holder) -> Draft:
    """Carry-cot with a hood on a frame with four wheels, pushed at arm's length."""
    grip = 0.5 * (holder.hands["l"] + holder.hands["r"])
    x, z, d = float(grip[0]), float(grip[2]), Draft()
    d.add(tube([(x, -0.26, z), (x, 0.26, z)], 0.016, 10), palette.LEATHER)
    for y in (0.24, -0.24):
        d.add(tube([(x, y, z), (x + 0.24, y, 0.62), (x + 0.80, y, 0.17)], 0.012, 8), palette.ALUMINIUM)
        d.add(tube([(x + 0.18, y, 0.17), (x + 0.70, y, 0.62)], 0.012, 8), palette.ALUMINIUM)
        for wheel, r in ((x + 0.18, 0.15), (x + 0.80, 0.11)):
            hoop = lathe([(0.72 * r, -0.018), (r, -0.014), (r, 0.014), (0.72 * r, 0.018), (0.72 * r, -0.018)], 22)
            turned = tf.compose(
                tf.translation(np.array([wheel, 1.1 * y, r])), pose(axis=(1.0, 0.0, 0.0), angle_rad=1.5708)
            )
            d.add(hoop, palette.RUBBER, pose=turned)
            d.add(lathe([(0.0, -0.01), (0.72 * r, -0.01), (0.72 * r, 0.01), (0.0, 0.01)], 14), palette.RIM, pose=turned)
    cot = (x + 0.50, 0.0, 0.72)
    d.add(rounded_box(cot, (0.78, 0.38, 0.26), 4.0, 22, 0.5), cloth)
    d.add(ellipsoid((cot[0] - 0.20, 0.0, 0.82), (0.22, 0.20, 0.26), 10, 18), cloth)
    d.add(rounded_box((cot[0] + 0.1, 0.0, 0.86), (0.46, 0.32, 0.05), 4.0, 16, 0.6), palette.LABEL)
    d.add(rounded_box((x + 0.48, 0.0, 0.30), (0.5, 0.36, 0.14), 5.0, 16, 0.4), palette.LEATHER)
    return d


_DRAFTS = {"rucksack": _rucksack, "suitcase": _suitcase, "umbrella": _umbrella, "stick": _stick, "pram": _pram}
