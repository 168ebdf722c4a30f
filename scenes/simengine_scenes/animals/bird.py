"""Birds: they sit with wings along their backs, and fly with wings that beat (``simengine.physics.winging``).

Measures: a feral pigeon is 0.33 m long and spans 0.65 m, a carrion crow 0.47 m and 0.95 m (L. Svensson et al., Collins
Bird Guide). The wings are modelled a little short, so that their tips lie over the tail when they are folded.
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
from simengine.world.scene import Asset, Box, Entity, Link
from simengine.world.taxonomy import CLASS_ID
from simengine_scenes import palette
from simengine_scenes.animals.animal import along, fine, skin
from simengine_scenes.shapes.assembly import Assembly
from simengine_scenes.shapes.draft import Draft, Surface
from simengine_scenes.shapes.probe import farthest
from simengine_scenes.shapes.shades import Shade, drawn_shade, shaded
from simengine_scenes.shapes.solids import ellipsoid, loft, mirrored, pose, tube
from simengine_scenes.shapes.variety import drawn_between

__all__ = ["BIRD_SIZE_M", "bird_asset"]

BIRD_SIZE_M: dict[str, tuple[float, float, float]] = {
    "pigeon": (0.33, 0.14, 0.235),
    "crow": (0.47, 0.175, 0.335),
}
"""Length, width and height of one that sits; spread wings are not counted, as mirrors of vehicles are not."""


@dataclass(frozen=True)
class _Plumage:
    """Colours (keys of ``palette.feather``) of body, of wings, of the wings' tips and bars, of neck and of bill."""

    back: str
    wing: str
    tip: str
    neck: str
    bill: str


@dataclass(frozen=True)
class _Look:
    """One bird: its plumage, by number, and what differs from bird to bird of that plumage.

    Attributes:
        number: of the model's plumages.
        back, wing, neck: shades of the body, of wings and of neck and head.
        bar: how far the dark of the wing reaches forward, 0 to 4.
        hand: length of the hand with its feathers over the usual one.
        fan: half the width of the tail's end, of a pigeon, metres.
        plump: girth of the body over the usual one: birds that are cold fluff up.
    """

    number: int
    back: Shade
    wing: Shade
    neck: Shade
    bar: int
    hand: float
    fan: float
    plump: float

    @property
    def key(self) -> str:
        """Short name, for mesh names."""
        shades = "".join(str(k) for shade in (self.back, self.wing, self.neck) for k in shade)
        return f"{self.number}.{shades}{self.bar}.{self.hand:g}.{self.fan:g}.{self.plump:g}"


_SHAPE = {"pigeon": 1.0, "crow": 0.47 / 0.33}
"""Size over that of a pigeon."""
_LOOKS: dict[str, tuple[_Plumage, ...]] = {
    "pigeon": (
        _Plumage("pigeon_grey", "pigeon_grey", "pigeon_dark", "pigeon_green", "beak"),
        _Plumage("pigeon_grey", "pigeon_grey", "pigeon_dark", "pigeon_green", "beak"),
        _Plumage("pigeon_dark", "pigeon_dark", "pigeon_dark", "pigeon_green", "beak"),
        _Plumage("pigeon_rust", "pigeon_rust", "pigeon_pale", "pigeon_rust", "beak"),
        _Plumage("pigeon_pale", "pigeon_pale", "pigeon_grey", "pigeon_pale", "beak"),
    ),
    "crow": (
        _Plumage("crow_black", "crow_black", "crow_black", "crow_black", "crow_black"),
        _Plumage("crow_black", "crow_brown", "crow_brown", "crow_black", "crow_black"),
        _Plumage("crow_black", "crow_black", "crow_pale", "crow_black", "crow_black"),
        _Plumage("crow_grey", "crow_black", "crow_black", "crow_black", "crow_black"),
        _Plumage("crow_grey", "crow_brown", "crow_black", "crow_black", "crow_black"),
    ),
}
"""Blue bar, chequered, dark, red and pied pigeons; carrion crows, some of them with worn feathers, which go brown,
or with white ones, as many have in towns; hooded crows."""
_BODY = ((-0.085, 0.118, 0.018), (-0.060, 0.122, 0.036), (-0.015, 0.132, 0.054), (0.030, 0.145, 0.056),
         (0.065, 0.162, 0.042), (0.085, 0.182, 0.030), (0.094, 0.200, 0.026))  # fmt: skip
_HEAD = ((0.074, 0.207, 0.016), (0.090, 0.212, 0.0245), (0.108, 0.210, 0.0235), (0.122, 0.205, 0.013))
_BILL = ((0.118, 0.205, 0.0085), (0.132, 0.201, 0.0060), (0.146, 0.195, 0.0015))
_NECK_FROM = 0.62
"""Share of the body, from the tail."""
_TAIL_M = (-0.07, -0.184)
_SHOULDER_M = (0.045, 0.036, 0.162)
_WRIST_M, _TIP_M = 0.115, 0.265
"""From the shoulder, along the spread wing."""
_DROOP_RAD, _FOLD_RAD = 0.24, 1.55
"""Folded wings point down to the tail by this, and are turned back by that from where they are spread."""
_HAND, _FAN_M, _PLUMP = (0.80, 0.99, "hand"), (0.028, 0.066, "fan"), (0.86, 1.12, "plump")
"""Ranges of what differs from bird to bird."""
_CHORD = (0.105, 0.100, 0.055)
"""Of the wing at shoulder, wrist and near the tip."""


def _sheet(rows: list[tuple[float, float, float, float]]) -> Surface:
    """A thin wing through sections along y: (y, leading edge x, chord, thickness); cambered, closed at both ends."""
    u = np.array([0.0, 0.06, 0.3, 0.65, 1.0])
    half = np.array([0.0, 0.8, 1.0, 0.55, 0.12])
    camber = np.array([0.0, 0.4, 1.0, 0.7, 0.0])
    rings: list[F64Array] = []
    for y, front, chord, thick in rows:
        middle = 0.07 * chord * camber
        upper = np.column_stack([front - u * chord, np.full(5, y), middle + thick * half])
        lower = np.column_stack([front - u * chord, np.full(5, y), middle - thick * half])
        rings.append(np.concatenate([upper, lower[3:0:-1]]))
    stacked = np.stack(rings)
    way = np.cross(stacked[0, 2] - stacked[0, 0], stacked[0, 4] - stacked[0, 2])
    ahead = stacked[1].mean(0) - stacked[0].mean(0)
    return loft(stacked if float(way @ ahead) > 0.0 else stacked[:, ::-1])


def _wing(k: float, look: _Plumage, own: _Look) -> tuple[Draft, Draft]:
    """The arm from the shoulder and the hand from the wrist, of the left wing, spread."""
    root, wrist, end = _CHORD
    arm = _sheet([(-0.012, 0.018, root, 0.006), (0.5 * _WRIST_M, 0.030, root, 0.006), (_WRIST_M, 0.032, wrist, 0.005)])
    out = own.hand * (_TIP_M - _WRIST_M)
    hand = _sheet([(-0.004, 0.032, wrist, 0.005), (0.35 * out, 0.026, 0.9 * wrist, 0.004),
                   (0.75 * out, -0.004, end, 0.003), (out, -0.040, 0.012, 0.001)])  # fmt: skip
    drafts: list[Draft] = []
    for (vertices, faces), bar in ((arm, -0.075 + 0.01 * own.bar), (hand, 0.02 if own.bar else 1.0)):
        x = vertices[faces].mean(1)[:, 0]
        choice = np.where(x < bar, 1, 0)
        table = [shaded(palette.feather(look.wing), own.wing), shaded(palette.feather(look.tip), own.back)]
        drafts.append(Draft().add((k * vertices, faces), table, choice))
    return drafts[0], drafts[1]


def _body(k: float, look: _Plumage, own: _Look) -> Draft:
    back, neck = shaded(palette.feather(look.back), own.back), shaded(palette.feather(look.neck), own.neck)
    full = 1.0 + (own.plump - 1.0) * np.interp([x for x, _, _ in _BODY], (-0.085, -0.03, 0.05, 0.094), (0, 1, 1, 0))
    rows = k * fine(tuple((x, z, r * f) for (x, z, r), f in zip(_BODY, full.tolist(), strict=True)), 3)
    surface = skin(rows, 1.0, 16)
    d = Draft().add(surface, [back, neck], np.where(along(surface, len(rows), 16) > _NECK_FROM, 1, 0))
    d.add(skin(k * fine(_HEAD, 3), 0.92, 14), neck)
    d.add(skin(k * fine(_BILL, 2), 0.9, 8), palette.feather(look.bill))
    start, end = _TAIL_M
    lines = [
        (x, 0.124 - 0.10 * (start - x), w) for x, w in ((start + 0.02, 0.024), (-0.12, 0.78 * own.fan), (end, own.fan))
    ]
    vertices = np.array(
        [(x, s * w, z + t) for x, z, w in lines for s, t in ((1, 0.004), (-1, 0.004), (-1, -0.002), (1, -0.002))]
    )
    d.add(loft(k * vertices.reshape(3, 4, 3)), shaded(palette.feather(look.tip), own.back))
    eye = ellipsoid((k * 0.110, k * 0.0215, k * 0.213), (0.004 * k, 0.002 * k, 0.004 * k), 5, 8)
    return d.add(eye, palette.RUBBER).add(mirrored(eye), palette.RUBBER)


def _legs(k: float, material: Material) -> Draft:
    """Both legs with three toes ahead and one behind, from the hip."""
    d = Draft()
    for y in (0.022, -0.022):
        d.add(tube(k * np.array([(0.010, y, 0.105), (0.0, y, 0.062)]), [0.012 * k, 0.006 * k], 8), material)
        d.add(tube(k * np.array([(0.0, y, 0.062), (0.012, y, 0.006)]), 0.0035 * k, 6), material)
        for turn in (-0.5, 0.0, 0.5, math.pi):
            long = 0.030 if turn < 3.0 else 0.016
            tip = (0.012 + long * math.cos(turn), y + long * math.sin(turn), 0.0025)
            d.add(tube(k * np.array([(0.012, y, 0.005), tip]), [0.003 * k, 0.0018 * k], 5), material)
    return d


@lru_cache(maxsize=128)
def _bird(model: str, own: _Look) -> Asset:
    k, look, semantic = _SHAPE[model], _LOOKS[model][own.number], CLASS_ID["bird"]
    a, key = Assembly(0.019 * k), f"{model}.{own.key}"
    roll = a.link("tilt_roll", (0.0, 0.0, 0.14 * k), 0, (1.0, 0.0, 0.0))
    a.add("body", f"{key}.body", _body(k, look, own), semantic, roll)
    tuck = a.link("tuck_legs", (0.01 * k, 0.0, 0.105 * k), roll)
    feet = palette.feather("crow_black" if model == "crow" else "pigeon_feet")
    a.add("legs", f"{key}.legs", _legs(k, feet), semantic, tuck)
    arm, hand = _wing(k, look, own)
    sx, sy, sz = (k * v for v in _SHOULDER_M)
    for side, sign in (("l", 1.0), ("r", -1.0)):
        shoulder = (sx, sign * sy, sz)
        hinge = (-sign * math.sin(_DROOP_RAD), 0.0, sign * math.cos(_DROOP_RAD))
        fold = a.link(f"wing_fold_{side}", shoulder, roll, hinge)
        beat = a.link(f"wing_beat_{side}", shoulder, fold, (sign, 0.0, 0.0))
        tip = a.link(f"wing_tip_{side}", (sx, sign * (sy + k * _WRIST_M), sz), beat, (sign, 0.0, 0.0))
        for name, link, draft in (("wing", beat, arm), ("wing_tip", tip, hand)):
            placed = draft if sign > 0 else draft.mirror()
            a.part(f"{name}_{side}", a.mesh(f"{key}.{name}_{side}", placed), semantic, link)
        word = "left" if sign > 0 else "right"
        a.landmark("bird", f"{word}_eye", (k * 0.110, sign * k * 0.0215, k * 0.213), 0.01, roll)
        feather = farthest(hand.triangles(), (0.0, 1.0, 0.0)) * np.array([1.0, sign, 1.0])
        a.landmark("bird", f"{word}_wing_tip", a.to_entity(tip, feather), 0.02, tip)
        a.landmark("bird", f"{word}_wrist", (sx, sign * (sy + k * _WRIST_M), sz), 0.03, beat)
        a.landmark("bird", f"{word}_foot", (k * 0.012, sign * k * 0.022, 0.005), 0.02, tuck)
    a.landmark("bird", "beak", (k * 0.146, 0.0, k * 0.195), 0.01, roll)
    a.landmark("bird", "tail", (k * _TAIL_M[1], 0.0, k * 0.112), 0.02, roll)
    box = Box((0.0, 0.0, 0.14 * k), (0.14 * k, 0.07 * k, 0.07 * k))
    eye = (k * 0.13, 0.0, k * 0.213)
    entity = Entity(model, "bird", model, semantic, BIRD_SIZE_M[model], occluders=(box,), eye_m=eye)
    asset = a.asset(entity)
    return replace(asset, links=tuple(_folded(link) for link in asset.links))


def _folded(link: Link) -> Link:
    """Wings were drafted spread; birds sit at joint angles 0."""
    if not link.name.startswith("wing_fold"):
        return link
    turn = pose(axis=link.axis, angle_rad=_FOLD_RAD)
    return replace(link, parent_from_link=frozen(tf.compose(link.parent_from_link, turn), np.float64))


def bird_asset(model: str, variety: int) -> Asset:
    """A bird of a model in ``BIRD_SIZE_M``; its plumage is drawn by the variety seed."""
    draw = stream(variety, "bird", model)
    number = int(draw.integers(len(_LOOKS[model])))
    wing, neck, bar, back = drawn_shade(draw), drawn_shade(draw), int(draw.integers(5)), drawn_shade(draw)
    hand, fan, plump = (drawn_between(variety, *r, "bird", model) for r in (_HAND, _FAN_M, _PLUMP))
    return _bird(model, _Look(number, back, wing, neck, bar, hand, fan, plump))
