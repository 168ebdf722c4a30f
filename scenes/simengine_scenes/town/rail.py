"""Guard rails, delineator posts and sign gantries of motorways."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from simengine.arrays import F64Array
from simengine.rng import stream
from simengine_scenes import palette
from simengine_scenes.shapes.draft import Draft, Surface
from simengine_scenes.shapes.lettering import written
from simengine_scenes.shapes.piece import Piece, finish
from simengine_scenes.shapes.solids import box, grid, joined, prism, tapered, tube

__all__ = ["GANTRY_WORDS", "delineator_piece", "gantry_piece", "rail_piece"]

_POST_STEP_M = 4.0
GANTRY_WORDS = 8
"""Ways to letter a gantry."""
_TOWNS = (
    "ALTENAU", "HOHENFELD", "SEEBERG", "WALDHEIM", "BRUNNTAL", "LINDEN", "OSTERBURG", "KIRCHAU", "STEINBACH",
    "NEUMARKT", "RIED", "GRAFENWIL",
)  # fmt: skip
"""Where roads go; made up."""
_READ = (0.0, -1.0, 0.0)
# W-beam (EN 1317 type A): depth towards the road over height, from the lower to the upper edge
_BEAM = ((0.0, 0.44), (0.0, 0.46), (0.075, 0.50), (0.075, 0.545), (0.0, 0.58), (0.0, 0.61), (0.075, 0.645),
         (0.075, 0.69), (0.0, 0.73), (0.0, 0.75))  # fmt: skip


def _beam(x: F64Array) -> Surface:
    """Both faces of a beam along x whose waves look along +y."""
    front, back = (
        np.stack([np.stack([x, np.full(len(x), y - behind), np.full(len(x), z)], -1) for y, z in _BEAM])
        for behind in (0.0, 0.006)
    )
    return joined([grid(front, flip=True), grid(back)])


def _without(solid: Surface, faces: tuple[int, ...]) -> Surface:
    """A solid without faces that nobody sees: feet in the ground, ends that touch other things. There are many."""
    vertices, all_faces = solid
    return vertices, np.delete(all_faces, faces, 0)


@lru_cache(maxsize=16)
def rail_piece(length_m: float, cuts: int = 1) -> Piece:
    """Guard rail from x = 0 to ``length_m``, looking along +y, posts behind it every 4 m.

    The beam is cut into ``cuts`` pieces, so that it can be bent.
    """
    draft = Draft().add(_beam(np.linspace(0.0, length_m, cuts + 1)), palette.GALVANISED)
    for k in range(int(length_m // _POST_STEP_M)):
        x = (k + 0.5) * _POST_STEP_M
        draft.add(_without(box((x, -0.11, 0.33), (0.10, 0.06, 0.76)), (0, 1)), palette.GALVANISED)
        draft.add(_without(box((x, -0.045, 0.595), (0.07, 0.08, 0.16)), (4, 5, 6, 7)), palette.GALVANISED)
    return finish(f"rail.{length_m:g}.{cuts}", draft, smooth=True)


@lru_cache(maxsize=1)
def delineator_piece() -> Piece:
    """A roadside marker post with its reflector towards -x (traffic comes from there)."""
    outline = [(-0.05, -0.06), (0.05, -0.06), (0.05, 0.06), (-0.05, 0.06)]
    draft = Draft().add(prism(outline, -0.1, 1.05), palette.POST_WHITE)
    draft.add(box((0.0, 0.0, 0.82), (0.106, 0.126, 0.22)), palette.PLASTIC)
    draft.add(box((-0.054, 0.0, 0.82), (0.008, 0.06, 0.17)), palette.REFLECTOR)
    return finish("delineator", draft)


def _board(
    x: float, y: float, z: float, wide: float, high: float, towns: tuple[str, str], road: str
) -> list[tuple[Surface, int]]:
    """A blue board that faces -x: white rim, two towns, the number of the road in a frame, and an arrow ahead;
    materials 0 blue, 1 white, 2 back."""
    out: list[tuple[Surface, int]] = [
        (box((x + 0.04, y, z), (0.06, wide, high)), 2),
        (box((x, y, z), (0.02, wide, high)), 0),
    ]
    face = x - 0.014
    for sy, sz, py, pz in (
        (wide - 0.1, 0.06, 0.0, 0.5 * high - 0.09), (wide - 0.1, 0.06, 0.0, -0.5 * high + 0.09),
        (0.06, high - 0.12, 0.5 * wide - 0.08, 0.0), (0.06, high - 0.12, -0.5 * wide + 0.08, 0.0),
    ):  # fmt: skip
        out.append((box((face, y + py, z + pz), (0.01, sy, sz)), 1))
    room = wide - 1.3  # left of the arrow
    middle, foot = y + 0.5 * wide - 0.2 - 0.5 * room, z + 0.5 * high - 0.75
    for k, town in enumerate(towns):
        out.append((written(town, (face, middle, foot - 0.68 * k), _READ, 0.42, room - 0.1), 1))
    foot -= 1.28
    out.append((written(road, (face, middle, foot), _READ, 0.3, 0.9), 1))
    for ay, az, sy, sz in (
        (0.0, -0.08, 1.16, 0.03), (0.0, 0.38, 1.16, 0.03), (0.58, 0.15, 0.03, 0.46), (-0.58, 0.15, 0.03, 0.46),
    ):  # fmt: skip
        out.append((box((face, middle + ay, foot + az), (0.01, sy, sz)), 1))
    ya, za = y - 0.5 * wide + 0.6, z - 0.1
    out.append((box((face, ya, za - 0.15), (0.01, 0.12, 0.8)), 1))
    tip = np.array(
        [[face - 0.005, ya + 0.3, za + 0.2], [face - 0.005, ya - 0.3, za + 0.2], [face - 0.005, ya, za + 0.65]]
    )
    out.append(((tip, np.array([[0, 2, 1]])), 1))
    return out


@lru_cache(maxsize=32)
def gantry_piece(
    left_m: float, right_m: float, boards: int, feet_m: tuple[float, float] = (0.0, 0.0), words: int = 0
) -> tuple[Piece, Piece]:
    """A gantry over the lanes between two posts at y = left and right: the frame, and its boards, which face -x.

    ``feet_m`` are the heights of the ground at the left and the right post; ``words``, 0 to ``GANTRY_WORDS`` - 1, says
    where the road goes.
    """
    frame = Draft()
    for y, foot in zip((left_m, right_m), feet_m, strict=True):
        frame.add(tube([(0.3, y, foot - 0.2), (0.3, y, 7.6)], [0.17, 0.14], 12), palette.GALVANISED)
        frame.add(tapered((0.3, y, foot + 0.1), (0.7, 0.7, 0.5), (0.7, 0.7)), palette.CONCRETE)
    for z in (6.3, 7.3):
        frame.add(tube([(0.3, left_m, z), (0.3, right_m, z)], 0.09, 8), palette.GALVANISED)
    steps = max(2, round((left_m - right_m) / 1.6))
    ys = np.linspace(left_m, right_m, steps + 1)
    for k in range(steps):
        low, high = (6.3, 7.3) if k % 2 else (7.3, 6.3)
        frame.add(tube([(0.3, ys[k], low), (0.3, ys[k + 1], high)], 0.05, 6), palette.GALVANISED)
    signs = Draft()
    table = [palette.SIGN_BLUE, palette.SIGN_WHITE, palette.SIGN_BACK]
    span = (left_m - right_m - 2.0) / boards
    draw = stream(words, "gantry")
    towns = [_TOWNS[k] for k in draw.permutation(len(_TOWNS)).tolist()]
    road = f"A {int(draw.integers(1, 100))}"
    for b in range(boards):
        middle = right_m + 1.0 + (b + 0.5) * span
        for surface, code in _board(0.12, middle, 6.9, min(4.2, span - 0.4), 2.6, (towns[b], towns[-1]), road):
            signs.add(surface, table[code])
    key = f"{left_m:g}.{right_m:g}.{boards}.{feet_m[0]:g}.{feet_m[1]:g}.{words}"
    return finish(f"gantry.{key}", frame, smooth=True), finish(f"gantry_signs.{key}", signs)
