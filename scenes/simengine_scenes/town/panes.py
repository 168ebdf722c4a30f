"""What one sees in the windows of a front: dark glass with curtains, and rooms with the light on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from simengine.rng import stream_key
from simengine.world.materials import Material
from simengine_scenes import palette
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.solids import quad

if TYPE_CHECKING:
    from simengine_scenes.town.house import HouseStyle

__all__ = ["REVEAL_M", "furnish", "pane"]

REVEAL_M = 0.16
"""How far behind the front its panes lie."""
_LIT_SHARE = 0.34
"""Of the windows of a lit house, in the evening."""
_CEILING, _LOW, _CLOTH, _DARK = 1.35, 0.45, 0.55, 0.12
"""How bright the ceiling, what stands below the sill, cloth before the room and shapes against it are, in parts of the
room's wall."""
_ON_PANE_M, _BEFORE_M = 0.003, 0.006


def pane(style: HouseStyle, x_m: float, z_m: float) -> Material:
    """The glass of the window at a place of the front: dark, or lit as chance has it."""
    if not style.lit:
        return palette.WINDOW
    draw = stream_key(0, "window", repr(style), f"{x_m:.2f} {z_m:.2f}") % 997 / 997.0
    return palette.LIT_WINDOWS[int(draw / _LIT_SHARE * 3.0)] if draw < _LIT_SHARE else palette.WINDOW


def furnish(draft: Draft, style: HouseStyle, glass: Material, x0: float, x1: float, z0: float, z1: float) -> None:
    """What is seen through a pane from (x0, z0) to (x1, z1): the room if its light is on, and what hangs before it in
    two windows of three, a pair of curtains, a blind, or a net over the lower half.

    It is drawn on the pane, in cloth that has the pane's gloss; a pane with a room behind it would ask a ray more of
    every pixel of every front.
    """
    lit = glass is not palette.WINDOW
    draw = stream_key(0, "curtain", repr(replace(style, lit=False)), f"{x0:.2f} {z0:.2f}")
    kind, share, cloth = draw % 12, 0.01 * (draw // 12 % 100), palette.CURTAINS[draw // 1200 % len(palette.CURTAINS)]
    wide, high, net = x1 - x0, z1 - z0, palette.CURTAINS[0]
    if lit:
        _room(draft, glass, x0, x1, z0, z1, draw // 7200)
        cloth, net = _dimmed(glass, _CLOTH + 0.3 * share, "cloth"), _dimmed(glass, 0.8, "net")
    if kind < 5:
        part = (0.14 + 0.14 * share) * wide
        _sheet(draft, x0, x0 + part, z0, z1, cloth, _BEFORE_M)
        _sheet(draft, x1 - part, x1, z0, z1, cloth, _BEFORE_M)
    elif kind < 7:
        _sheet(draft, x0, x1, z1 - (0.2 + 0.5 * share) * high, z1, cloth, _BEFORE_M)
    elif kind < 8:
        _sheet(draft, x0, x1, z0, z0 + (0.35 + 0.2 * share) * high, net, _BEFORE_M)


def _room(draft: Draft, glass: Material, x0: float, x1: float, z0: float, z1: float, draw: int) -> None:
    """The ceiling of a room that is seen from below, furniture under the sill, and one of: a hanging lamp, a tall
    cupboard, a picture, a plant on the sill."""
    wide, high, share = x1 - x0, z1 - z0, 0.01 * (draw // 4 % 100)
    _sheet(draft, x0, x1, z1 - (0.16 + 0.12 * share) * high, z1, _dimmed(glass, _CEILING, "ceiling"), _ON_PANE_M)
    _sheet(draft, x0, x1, z0, z0 + (0.10 + 0.16 * share) * high, _dimmed(glass, _LOW, "low"), _ON_PANE_M)
    x, shape = x0 + (0.25 + 0.5 * share) * wide, _dimmed(glass, _DARK, "shape")
    y = _ON_PANE_M + 0.001
    if draw % 4 == 0:
        _sheet(draft, x - 0.006, x + 0.006, z1 - 0.30 * high, z1, shape, y)
        _sheet(draft, x - 0.13, x + 0.13, z1 - 0.38 * high, z1 - 0.30 * high, _dimmed(glass, 3.0, "lamp"), y)
    elif draw % 4 == 1:
        edge = x0 if share < 0.5 else x1 - 0.36 * wide
        _sheet(draft, edge, edge + 0.36 * wide, z0, z0 + 0.72 * high, _dimmed(glass, _LOW, "low"), y)
    elif draw % 4 == 2:
        _sheet(draft, x - 0.16, x + 0.16, z0 + 0.45 * high, z0 + 0.66 * high, _dimmed(glass, _LOW, "low"), y)
    else:
        _sheet(draft, x - 0.07, x + 0.07, z0, z0 + 0.10 * high, shape, y)
        for turn in (-1.0, 0.0, 1.0):
            foot, tip = (x, z0 + 0.09 * high), (x + 0.13 * turn, z0 + (0.36 - 0.07 * abs(turn)) * high)
            _leaf(draft, foot, tip, shape, y)


def _dimmed(glass: Material, share: float, what: str) -> Material:
    """A pane behind which it is ``share`` as bright."""
    r, g, b = glass.emission
    share = round(share, 1) if what == "cloth" else share
    return replace(glass, name=f"{glass.name}_{what}_{round(100 * share)}", emission=(share * r, share * g, share * b))


def _sheet(draft: Draft, x0: float, x1: float, z0: float, z1: float, material: Material, before_m: float) -> None:
    """A rectangle just before the pane."""
    y = before_m - REVEAL_M
    draft.add(quad((x1, y, z0), (x0, y, z0), (x0, y, z1), (x1, y, z1)), material)


def _leaf(
    draft: Draft, foot: tuple[float, float], tip: tuple[float, float], material: Material, before_m: float
) -> None:
    """A pointed leaf just before the pane, from its stem to its tip."""
    y, middle = before_m - REVEAL_M, (0.5 * (foot[0] + tip[0]), 0.5 * (foot[1] + tip[1]))
    draft.add(
        quad((foot[0], y, foot[1]), (middle[0] - 0.035, y, middle[1]), (tip[0], y, tip[1]),
             (middle[0] + 0.035, y, middle[1])),
        material,
    )  # fmt: skip
