"""Hair: a shell from the hairline to the crown, whose edge dives below the skin, and what falls or is tied up."""

from __future__ import annotations

import math

import numpy as np

from simengine.arrays import Array, F64Array
from simengine.world.materials import Material
from simengine_scenes.people.flesh import trunk
from simengine_scenes.people.measures import BodyMeasures
from simengine_scenes.people.skull import HAIR, TURNS, skull_m, skull_skin
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.solids import ellipsoid, loft, tube

__all__ = ["STYLES", "add_hair", "hair_styles", "usual_hair"]

STYLES = ("short", "parted", "crew", "receding", "curly", "bob", "long", "ponytail", "bun")
_ABOUT: Array = np.array([0.0, 0.7, 1.05, 1.3, 1.5, 1.75, 2.1, np.pi])
"""Turns about the upright at which hairlines are given, 0 in front."""
_LINES: dict[str, tuple[float, ...]] = {
    "receding": (0.985, 0.97, 0.93, 0.70, 0.50, 0.34, 0.21, 0.16),
    "bob": (0.82, 0.78, 0.66, 0.48, 0.30, 0.16, 0.08, 0.05),
}
"""Heights over the skull's of the hairline, where they are not the usual ones."""
_USUAL = (0.84, 0.81, 0.70, 0.60, 0.47, 0.34, 0.21, 0.16)
_FULL = {"short": 1.05, "parted": 1.075, "crew": 1.03, "receding": 1.035, "curly": 1.13, "bob": 1.12, "long": 1.07,
         "ponytail": 1.045, "bun": 1.045}  # fmt: skip
"""How far it stands out at the sides, over the skull; the top of all is at the stature."""


_LONG = ((0.98, -0.36, 0.06, 0.36), (0.80, -0.35, 0.17, 0.52), (0.30, -0.26, 0.29, 0.58), (0.0, -0.16, 0.38, 0.56),
         (-0.12, -0.12, 0.32, 0.46))  # fmt: skip
_CHIN = ((0.60, -0.20, 0.22, 0.46), (0.56, -0.20, 0.31, 0.57), (0.40, -0.19, 0.345, 0.61), (0.15, -0.17, 0.36, 0.60),
         (0.0, -0.15, 0.36, 0.55), (-0.12, -0.12, 0.3, 0.45))  # fmt: skip
"""What falls to the shoulders and to the chin: how far below the crown over the head's height, then offset, half depth
and half width over its length and width."""


def usual_hair(body: BodyMeasures) -> str:
    """What somebody has of whom no more is known."""
    return "long" if body.long_hair else "bob" if body.woman else "short"


def hair_styles(body: BodyMeasures) -> tuple[str, ...]:
    """Styles that are worn, the commonest first: by men, women and children, young and old."""
    if body.child:
        return "short", "bob", "ponytail", "parted", "curly", "long", "short", "bob"
    if body.woman:
        return ("bob", "curly", "bun", "bob") if body.grey else ("long", "ponytail", "bun", "bob", "long", "curly")
    return ("short", "receding", "crew", "parted") if body.grey else ("short", "parted", "crew", "curly", "receding")


def add_hair(draft: Draft, body: BodyMeasures, hair: Material, style: str) -> None:
    """Add hair in one of ``STYLES``."""
    turn = np.abs(TURNS)
    line = np.interp(turn, _ABOUT, _LINES.get(style, _USUAL))
    if style == "parted":  # swept up from the parting over the brow
        line = line + 0.035 * np.exp(-(((TURNS - 0.35) / 0.25) ** 2))
    side = _FULL[style]
    middle = max(side, HAIR), 0.6 * side + 0.4 * HAIR
    steps = ((0.0, 0.96), (0.035, 0.55 + 0.45 * side), (0.12, 0.2 + 0.8 * side), (0.3, side), (0.5, middle[0]),
             (0.68, middle[1]), (0.83, HAIR), (0.93, HAIR), (1.0, HAIR))  # fmt: skip
    rings = [skull_skin(body, line + v * (1.0 - line), TURNS, out * _locks(style, v)) for v, out in steps]
    draft.add(loft(np.stack(rings), (False, True)), hair)
    if style in ("bob", "long"):
        _fall(draft, body, hair, long=style == "long")
    elif style in ("ponytail", "bun"):
        _tied(draft, body, hair, style)


def _locks(style: str, share: float) -> F64Array | float:
    """How far hair stands out by the turn, over the mean: curls, or the comb's furrows."""
    fade = math.sin(math.pi * share)
    if style == "curly":
        return 1.0 + 0.045 * fade * np.sin(11.0 * TURNS + 23.0 * share)
    return 1.0 + 0.012 * fade * np.sin(9.0 * np.abs(TURNS) + 5.0 * share)


def _fall(draft: Draft, body: BodyMeasures, hair: Material, long: bool) -> None:
    """What hangs behind and beside the face: to the chin, or on the shoulders."""
    height, length, width = body.head_m
    top = body.stature_m - 0.32 * height
    rows = _LONG if long else _CHIN
    fall = [(top - down * height, back * length, deep * length, wide * width) for down, back, deep, wide in rows]
    draft.add(trunk(fall, 18), hair)


def _tied(draft: Draft, body: BodyMeasures, hair: Material, style: str) -> None:
    """A knot behind the crown, or a tail that swings out behind and falls."""
    height, length, _ = body.head_m
    tall, middle = skull_m(body)
    z = middle + 0.18 * tall
    if style == "bun":
        knot = (-0.56 * length, 0.0, z + 0.10 * height), (0.20 * length, 0.22 * length, 0.20 * length)
        draft.add(ellipsoid(*knot, 8, 12), hair)
        return
    line = [(-0.48, 0.02), (-0.60, 0.06), (-0.68, -0.04), (-0.68, -0.30), (-0.63, -0.62), (-0.58, -0.86)]
    thick = (0.06, 0.075, 0.10, 0.105, 0.08, 0.02)
    draft.add(tube([(x * length, 0.0, z + up * height) for x, up in line], [t * length for t in thick], 10), hair)
