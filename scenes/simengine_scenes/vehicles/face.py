"""What tells one make of car from another: lamps, grille and intakes, cut out of the skin of nose and tail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from simengine.arrays import F64Array, I64Array
from simengine_scenes import palette
from simengine_scenes.shapes.draft import Draft, Surface
from simengine_scenes.shapes.parting import inside_outline
from simengine_scenes.shapes.probe import first_hit, normals
from simengine_scenes.shapes.solids import ellipsoid, joined, mirrored
from simengine_scenes.shapes.variety import drawn_between, drawn_style
from simengine_scenes.vehicles.face_styles import AMBER, CODES, GRILLES, INTAKES, LAMPS, TAILS, Mark
from simengine_scenes.vehicles.shape import BodyShape

__all__ = ["Look", "add_lenses", "drawn_look", "faced", "shaped"]


@dataclass(frozen=True)
class Look:
    """How a car differs from others of its model.

    Attributes:
        grille, lamps, intake, tail: styles, by number.
        spokes: of its wheels; 0: plain covers.
        rake, round: how far nose and tail lean back at the top, and how round the nose is in plan, over the usual.
    """

    grille: int = 0
    lamps: int = 0
    intake: int = 0
    tail: int = 0
    spokes: int = 5
    rake: float = 1.0
    round: float = 1.0

    @property
    def key(self) -> str:
        """Short name, for mesh names."""
        return f"{self.grille}{self.lamps}{self.intake}{self.tail}.{self.rake:g}.{self.round:g}"


def drawn_look(model: str, variety: int) -> Look:
    """The look of a variety."""
    counts = {"grille": len(GRILLES), "lamps": len(LAMPS), "intake": len(INTAKES), "tail": len(TAILS)}
    styles = {name: drawn_style(variety, count, model, name) for name, count in counts.items()}
    spokes = _SPOKES[drawn_style(variety, len(_SPOKES), model, "spokes")]
    rake, around = drawn_between(variety, 0.75, 1.20, model, "rake"), drawn_between(variety, 0.85, 1.2, model, "round")
    return Look(**styles, spokes=spokes, rake=rake, round=around)


def shaped(shape: BodyShape, look: Look) -> BodyShape:
    """The body of a look: as long, wide and high as the usual one."""
    (bow, corner, across), (front, rear) = shape.nose, shape.lean
    nose = bow * look.round, corner * look.round, across * look.round
    return replace(shape, nose=nose, lean=(front * look.rake, rear * look.rake))


_SPOKES = (5, 7, 10, 6, 0, 9, 5, 8)
_FACING, _DEEP_M = 0.10, 0.9
"""Outlines are cut into faces that look this much ahead (cosine), within this distance of the end."""


def faced(surface: Surface, codes: I64Array, shape: BodyShape, look: Look) -> tuple[Surface, I64Array]:
    """The shell with the outlines cut out: its faces, and the code of each of them."""
    front = (*INTAKES[look.intake], *GRILLES[look.grille], *LAMPS[look.lamps][0])
    for sign, belt, marks in ((1.0, shape.belt[0][1], front), (-1.0, shape.belt[-1][1], TAILS[look.tail])):
        facing = normals(surface[0][surface[1]])
        facing = facing[:, 0] / np.sqrt(np.maximum((facing * facing).sum(-1), 1e-18))
        x = surface[0][:, 0][surface[1]].mean(-1)
        near = (sign * facing > _FACING) & (sign * x > 0.5 * shape.length_m - _DEEP_M)
        used, compact = np.unique(surface[1][near], return_inverse=True)
        nose = surface[0][used], compact.reshape(-1, 3)
        cut, own = _marked(nose, codes[near], marks, shape, belt - shape.sill_m)
        surface, codes = joined([(surface[0], surface[1][~near]), cut]), np.concatenate([codes[~near], own])
    return surface, codes


def _marked(
    surface: Surface, codes: I64Array, marks: Sequence[Mark], shape: BodyShape, high_m: float
) -> tuple[Surface, I64Array]:
    for code, outline in marks:
        for sign in (1.0, -1.0):
            place = [(sign * u * shape.half_m, shape.sill_m + v * high_m) for u, v in outline]
            middle = surface[0][surface[1]][:, :, 1]
            low, high = min(y for y, _ in place), max(y for y, _ in place)
            among = (middle.max(1) > low) & (middle.min(1) < high)
            surface, origin, inside = inside_outline(surface, place, (1, 2), among)
            own = len(CODES) - 1 if code == AMBER and sign < 0.0 else code
            codes = np.where(inside, own, codes[origin])
    return surface, codes


def add_lenses(body: Draft, surface: Surface, shape: BodyShape, look: Look) -> None:
    """Add what glows in the head lamps, on the skin of the nose."""
    skin: F64Array = surface[0][surface[1]]
    high = shape.belt[0][1] - shape.sill_m
    for u, v, size in LAMPS[look.lamps][1]:
        y, z = u * shape.half_m, shape.sill_m + v * high
        x = float(first_hit(skin, 0, 1.0, (y, z))[0])
        lens = ellipsoid((x - 0.022, y, z), (0.038, 0.055 * size, min(0.042 * size, 0.09 * high * size)), 8, 12)
        body.add(lens, palette.HEADLAMP_LENS).add(mirrored(lens), palette.HEADLAMP_LENS)
