"""Traffic signals: posts, masts, heads of three lamps for drivers and of two for people on foot. Heads face -x."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from simengine.arrays import F64Array
from simengine.geometry import transforms as tf
from simengine.world.lamps import AMBER_FLASH, Lamp
from simengine.world.materials import Material
from simengine.world.scene import Glow
from simengine_scenes import palette
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.piece import Piece, finish
from simengine_scenes.shapes.solids import box, grid, lathe, pose, tube
from simengine_scenes.town.plate import circle, filled
from simengine_scenes.town.sign import WALKING

__all__ = [
    "HEAD_MIDDLE_M",
    "MAST_HEIGHT_M",
    "STATES",
    "WALK_MIDDLE_M",
    "WALK_STATES",
    "glows",
    "head_pieces",
    "lit_materials",
    "mast_piece",
    "post_piece",
    "walk_pieces",
]  # fmt: skip

STATES: Mapping[str, Lamp] = {
    "green": Lamp.GREEN, "amber": Lamp.AMBER, "red": Lamp.RED, "flashing": Lamp.FLASHING, "off": Lamp(0),
}  # fmt: skip
"""What a head shows in each state."""
WALK_STATES: Mapping[str, Lamp] = {"walk": Lamp.WALK, "wait": Lamp.WAIT, "off": Lamp(0)}
"""The same of a head for people on foot."""
HEAD_MIDDLE_M, WALK_MIDDLE_M = 2.95, 2.3
"""Height of the middle of a head on a post."""
MAST_HEIGHT_M = 5.9
_POST_M = 3.5
_PITCH_M = 0.3
_LENS_M = 0.1
_FRONT_M = -0.12
_LAMPS = ("red", "amber", "green")
_BITS = {"red": Lamp.RED, "amber": Lamp.AMBER | Lamp.FLASHING, "green": Lamp.GREEN}
_WALK_BITS = {"red": Lamp.WAIT, "green": Lamp.WALK}

_STANDING: list[list[tuple[float, float]]] = [
    circle(0.0, 0.88, 0.1, 12),
    [(-0.17, 0.42), (-0.11, 0.42), (-0.1, 0.36), (0.1, 0.36), (0.11, 0.42), (0.17, 0.42), (0.17, 0.72), (0.1, 0.76),
     (-0.1, 0.76), (-0.17, 0.72)],
    [(-0.1, 0.0), (-0.02, 0.0), (-0.02, 0.35), (-0.1, 0.35)],
    [(0.02, 0.0), (0.1, 0.0), (0.1, 0.35), (0.02, 0.35)],
]  # fmt: skip


@lru_cache(maxsize=1)
def post_piece() -> Piece:
    """A post of 3.5 m with a box for its cables."""
    draft = Draft().add(
        lathe([(0.0, -0.1), (0.06, -0.1), (0.06, _POST_M), (0.05, _POST_M + 0.02), (0.0, _POST_M + 0.03)], 12),
        palette.GALVANISED,
    )
    draft.add(lathe([(0.0, 0.0), (0.1, 0.0), (0.1, 0.04), (0.061, 0.07)], 12), palette.IRON)
    return finish("signal_post", draft, smooth=True)


@lru_cache(maxsize=16)
def mast_piece(reach_m: float) -> Piece:
    """A mast of 6.2 m whose arm reaches along +y."""
    top = MAST_HEIGHT_M
    draft = Draft().add(lathe([(0.0, -0.1), (0.16, -0.1), (0.16, 0.8), (0.12, 0.9), (0.0, 0.9)], 14), palette.POLE)
    draft.add(tube([(0, 0, 0.8), (0, 0, 3.5), (0, 0, top + 0.3)], [0.11, 0.095, 0.08], 12), palette.POLE)
    bend = [(0, 0, top - 0.1), (0, 0.5, top), (0, 0.5 * reach_m, top + 0.08), (0, reach_m + 0.3, top + 0.12)]
    draft.add(tube(bend, [0.075, 0.07, 0.06, 0.045], 10), palette.POLE)
    return finish(f"signal_mast.{reach_m:.3f}", draft, smooth=True)


@lru_cache(maxsize=1)
def _housing() -> Piece:
    """Three chambers with hoods before a plate with a white rim; the middle of the amber lens is the origin."""
    draft = Draft()
    draft.add(box((0.5 * _FRONT_M + 0.05, 0.0, 0.0), (0.1 - _FRONT_M, 0.3, 3 * _PITCH_M + 0.02)), palette.SIGNAL_BOX)
    for z in (-0.3, 0.3):
        draft.add(box((0.13, 0.0, 1.2 * z), (0.1, 0.06, 0.05)), palette.GALVANISED)
    for k in (-1, 0, 1):
        _hood(draft, k * _PITCH_M)
    wide, high, white = 0.29, 0.62, 0.05
    draft.add(box((-0.02, 0.0, 0.0), (0.008, 2 * wide, 2 * high)), palette.SIGNAL_BOX)
    for y, z, sy, sz in (
        (0.0, high - 0.5 * white, 2 * wide, white), (0.0, 0.5 * white - high, 2 * wide, white),
        (wide - 0.5 * white, 0.0, white, 2 * (high - white)), (0.5 * white - wide, 0.0, white, 2 * (high - white)),
    ):  # fmt: skip
        draft.add(box((-0.027, y, z), (0.006, sy, sz)), palette.SIGN_WHITE)
    return finish("signal_head", draft)


def _hood(draft: Draft, z_m: float) -> None:
    """A hood round a lens, open below, dark inside."""
    turn = np.radians(np.linspace(-35.0, 215.0, 17))
    reach = 0.07 + 0.13 * np.clip(2.0 * np.sin(turn) + 1.15, 0.0, 1.0)
    for radius, material, flip in ((0.125, palette.SIGNAL_BOX, True), (0.118, palette.SIGNAL_INSIDE, False)):
        y, z = radius * np.cos(turn), z_m + radius * np.sin(turn)
        rows = [np.stack([x, y, z], -1) for x in (np.full_like(turn, _FRONT_M), _FRONT_M - reach)]
        draft.add(grid(np.stack(rows), flip=flip), material)


@lru_cache(maxsize=16)
def _lens(material: Material) -> Piece:
    """A slightly bulging lens, its foot in the origin."""
    profile = [(_LENS_M, 0.001), (0.9 * _LENS_M, 0.012), (0.5 * _LENS_M, 0.024), (0.0, 0.028)]
    draft = Draft().add(lathe(profile, 20), material, pose=pose((0, 0, 0), (0, 1, 0), -0.5 * math.pi))
    return finish(f"signal_{material.name}", draft, smooth=True)


def head_pieces(world_from_head: F64Array) -> list[tuple[Piece, F64Array | None]]:
    """A head, and where its pieces are: housing, then its lenses from above; its origin is its middle, it faces -x."""
    out: list[tuple[Piece, F64Array | None]] = [(_housing(), world_from_head)]
    for k, lamp in enumerate(_LAMPS):
        where = tf.compose(world_from_head, tf.translation((_FRONT_M, 0.0, (1 - k) * _PITCH_M)))
        out.append((_lens(palette.SIGNAL_LENSES[lamp]), where))
    return out


def glows(shown: Lamp, dark: bool, walk: bool = False) -> tuple[Glow | None, ...]:
    """What the pieces of a head (for people on foot: ``walk``) shine with; ``dark``: it is dimmed, as at night."""
    lit = palette.DIMMED_SIGNALS if dark else palette.LIT_SIGNALS
    return (None, *(
        Glow(lit[colour], flash=AMBER_FLASH if shown == Lamp.FLASHING else None) if shown & bits else None
        for colour, bits in (_WALK_BITS if walk else _BITS).items()
    ))  # fmt: skip


def lit_materials() -> tuple[Material, ...]:
    """All that any lamp of any head ever shines with."""
    return (*palette.LIT_SIGNALS.values(), *palette.DIMMED_SIGNALS.values())


@lru_cache(maxsize=4)
def _walk_housing() -> Piece:
    draft = Draft().add(box((0.02, 0.0, 0.0), (0.2, 0.26, 0.56)), palette.SIGNAL_BOX)
    for z in (0.13, -0.13):
        draft.add(box((-0.13, 0.0, z + 0.125), (0.12, 0.26, 0.012)), palette.SIGNAL_BOX)
        for y in (-0.124, 0.124):
            draft.add(box((-0.12, y, z + 0.03), (0.1, 0.012, 0.19)), palette.SIGNAL_BOX)
    draft.add(box((0.06, 0.0, 1.05 - WALK_MIDDLE_M), (0.12, 0.1, 0.18)), palette.BUTTON_BOX)
    return finish("walk_head", draft)


@lru_cache(maxsize=16)
def _figure(lamp: str, material: Material) -> Piece:
    """Somebody standing, red, or walking, green; 0.2 m high."""
    draft = Draft()
    for shape in _STANDING if lamp == "red" else WALKING:
        draft.add(filled([(0.2 * h, 0.2 * z - 0.095) for h, z in shape], -0.002), material)
    return finish(f"walk_figure.{material.name}", draft)


def walk_pieces(world_from_head: F64Array) -> list[tuple[Piece, F64Array | None]]:
    """A head for people on foot: housing, who stands, who walks."""
    out: list[tuple[Piece, F64Array | None]] = [(_walk_housing(), world_from_head)]
    for lamp, z in (("red", 0.13), ("green", -0.13)):
        where = tf.compose(world_from_head, tf.translation((-0.08, 0.0, z)))
        out.append((_figure(lamp, palette.SIGNAL_LENSES[lamp]), where))
    return out
