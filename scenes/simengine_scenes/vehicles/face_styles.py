"""Styles of lamps, grilles and intakes of cars (``simengine_scenes.vehicles.face``).

Outlines are those of the left half, seen from ahead or from behind: u is y over the half width, v the height over the
sill by that of the belt line at this end. All are convex; later ones lie over earlier ones. Every fourth style of a
table is that of held-out cars.
"""

from __future__ import annotations

import math

from simengine_scenes import palette

__all__ = ["AMBER", "CODES", "GRILLES", "INTAKES", "LAMPS", "TAILS", "Mark"]

_PAINT, _DARK, _HOUSING, _TAIL, _BLACK, AMBER, _CHROME, _CLEAR, _BRAKE, _LENS = range(10)
CODES = (
    None, palette.PLASTIC, palette.HEADLAMP, palette.TAILLAMP, palette.UNDERBODY, palette.INDICATORS[0],
    palette.CHROME, palette.CLEAR_LENS, palette.BRAKELAMP, palette.HEADLAMP_LENS, palette.INDICATORS[1],
)  # fmt: skip
"""What the codes of the shell mean; 0 is its paint, the last one the indicators of the right."""

_Outline = tuple[tuple[float, float], ...]
Mark = tuple[int, _Outline]
"""A code and the outline that it fills."""


def _rect(u0: float, v0: float, u1: float, v1: float, lean: float = 0.0) -> _Outline:
    """A rectangle; its upper edge is moved outward by ``lean``."""
    return (u0, v0), (u1, v0), (u1 + lean, v1), (u0 + (lean if u0 else 0.0), v1)


def _round(u: float, v: float, wide: float, high: float) -> _Outline:
    """An ellipse of twelve sides."""
    turns = [math.pi * (k + 0.5) / 6.0 for k in range(12)]
    return tuple((u + wide * math.cos(t), v + high * math.sin(t)) for t in turns)


def _bars(count: int, u: float, low: float, high: float, code: int = _CHROME) -> tuple[Mark, ...]:
    """Thin bars across a grille."""
    step = (high - low) / (count + 1)
    return tuple(
        (code, _rect(0.0, low + (k + 1) * step - 0.009, u, low + (k + 1) * step + 0.009)) for k in range(count)
    )


GRILLES: tuple[tuple[Mark, ...], ...] = (
    ((_BLACK, _rect(0.0, 0.48, 0.46, 0.70)), (_CHROME, _rect(0.0, 0.70, 0.50, 0.725))),
    (
        (_CHROME, ((0.0, 0.30), (0.32, 0.30), (0.46, 0.50), (0.38, 0.75), (0.0, 0.75))),
        (_BLACK, ((0.0, 0.33), (0.30, 0.33), (0.43, 0.50), (0.36, 0.72), (0.0, 0.72))),
        *_bars(3, 0.34, 0.36, 0.72, _DARK),
    ),
    ((_BLACK, _rect(0.0, 0.64, 0.50, 0.74)), (_CHROME, _rect(0.0, 0.685, 0.50, 0.70))),
    (
        (_CHROME, ((0.0, 0.30), (0.16, 0.30), (0.27, 0.46), (0.27, 0.78), (0.0, 0.78))),
        (_BLACK, ((0.0, 0.33), (0.14, 0.33), (0.25, 0.47), (0.25, 0.76), (0.0, 0.76))),
        *_bars(4, 0.22, 0.40, 0.76, _DARK),
    ),
    ((_BLACK, _rect(0.0, 0.705, 0.60, 0.722)),),
    ((_CHROME, _rect(0.012, 0.44, 0.255, 0.75, 0.03)), (_BLACK, _rect(0.035, 0.465, 0.235, 0.725, 0.025))),
    ((_DARK, _rect(0.0, 0.62, 0.62, 0.80)), (_BLACK, _rect(0.0, 0.50, 0.36, 0.62, 0.08))),
    ((_BLACK, _rect(0.0, 0.46, 0.50, 0.74)), *_bars(3, 0.50, 0.46, 0.74)),
)
LAMPS: tuple[tuple[tuple[Mark, ...], tuple[tuple[float, float, float], ...]], ...] = (
    (
        ((_HOUSING, _rect(0.56, 0.71, 0.93, 0.89)), (AMBER, _rect(0.56, 0.71, 0.97, 0.755))),
        ((0.68, 0.82, 0.9), (0.82, 0.82, 0.9)),
    ),
    (
        (
            (_HOUSING, ((0.50, 0.72), (0.78, 0.66), (0.97, 0.78), (0.95, 0.90), (0.66, 0.84))),
            (AMBER, ((0.88, 0.75), (0.97, 0.80), (0.95, 0.89), (0.89, 0.87))),
        ),
        ((0.70, 0.765, 0.9), (0.82, 0.79, 0.8)),
    ),
    (
        (
            (_HOUSING, ((0.48, 0.755), (0.92, 0.78), (0.97, 0.90), (0.50, 0.845))),
            (_LENS, ((0.48, 0.755), (0.92, 0.775), (0.92, 0.79), (0.48, 0.77))),
            (AMBER, ((0.88, 0.80), (0.95, 0.81), (0.97, 0.89), (0.89, 0.875))),
        ),
        ((0.66, 0.815, 0.7), (0.78, 0.825, 0.7)),
    ),
    (
        (
            (_CHROME, _round(0.72, 0.745, 0.16, 0.19)),
            (_HOUSING, _round(0.72, 0.745, 0.145, 0.17)),
            (AMBER, _round(0.90, 0.56, 0.05, 0.05)),
        ),
        ((0.72, 0.745, 1.5),),
    ),
    (
        (
            (_HOUSING, ((0.66, 0.58), (0.82, 0.56), (0.92, 0.70), (0.90, 0.91), (0.76, 0.91), (0.66, 0.78))),
            (AMBER, ((0.72, 0.57), (0.83, 0.56), (0.88, 0.63), (0.73, 0.63))),
        ),
        ((0.77, 0.70, 1.0), (0.81, 0.83, 0.9)),
    ),
    (
        (
            (_LENS, ((0.48, 0.80), (0.95, 0.85), (0.95, 0.885), (0.48, 0.835))),
            (_HOUSING, _rect(0.62, 0.48, 0.86, 0.68, 0.02)),
            (AMBER, ((0.88, 0.79), (0.96, 0.80), (0.96, 0.835), (0.88, 0.825))),
        ),
        ((0.69, 0.59, 0.9), (0.80, 0.59, 0.9)),
    ),
    (
        (
            (_HOUSING, ((0.56, 0.70), (0.70, 0.64), (0.80, 0.80), (0.62, 0.90))),
            (_HOUSING, ((0.62, 0.90), (0.68, 0.78), (0.97, 0.83), (0.97, 0.91))),
            (_LENS, ((0.56, 0.70), (0.70, 0.64), (0.715, 0.665), (0.565, 0.73))),
            (AMBER, ((0.86, 0.82), (0.97, 0.84), (0.97, 0.90), (0.86, 0.89))),
        ),
        ((0.67, 0.76, 0.9), (0.78, 0.85, 0.65)),
    ),
    (
        (
            (_CHROME, _rect(0.56, 0.56, 0.92, 0.91)),
            (
                _HOUSING,
                (
                    (0.58, 0.62),
                    (0.61, 0.58),
                    (0.86, 0.58),
                    (0.90, 0.63),
                    (0.90, 0.84),
                    (0.86, 0.89),
                    (0.61, 0.89),
                    (0.58, 0.85),
                ),
            ),
            (AMBER, _rect(0.60, 0.60, 0.88, 0.65)),
        ),
        ((0.69, 0.76, 1.15), (0.82, 0.76, 0.9)),
    ),
)
"""With their lenses: u, v, and size over the usual one."""
INTAKES: tuple[tuple[Mark, ...], ...] = (
    ((_DARK, _rect(0.0, 0.07, 0.55, 0.30)),),
    ((_BLACK, _rect(0.0, 0.09, 0.54, 0.32, -0.10)), (_DARK, ((0.66, 0.14), (0.88, 0.16), (0.90, 0.36), (0.68, 0.30)))),
    (
        (_BLACK, ((0.0, 0.08), (0.78, 0.10), (0.88, 0.26), (0.62, 0.31), (0.0, 0.31))),
        *_bars(1, 0.62, 0.08, 0.31, _DARK),
    ),
    ((_BLACK, _rect(0.0, 0.12, 0.56, 0.24)), (_BLACK, ((0.78, 0.13), (0.88, 0.13), (0.92, 0.44), (0.82, 0.38)))),
)
TAILS: tuple[tuple[Mark, ...], ...] = (
    (
        (_TAIL, _rect(0.55, 0.60, 0.97, 0.82)),
        (_BRAKE, _rect(0.70, 0.60, 0.97, 0.69)),
        (AMBER, _rect(0.70, 0.70, 0.97, 0.76)),
        (_CLEAR, _rect(0.55, 0.60, 0.70, 0.69)),
    ),
    (
        (_TAIL, _rect(0.0, 0.735, 0.97, 0.80)),
        (_BRAKE, _rect(0.62, 0.665, 0.97, 0.735)),
        (AMBER, _rect(0.72, 0.61, 0.97, 0.665)),
        (_CLEAR, _rect(0.62, 0.61, 0.72, 0.665)),
    ),
    (
        (_TAIL, ((0.80, 0.46), (0.97, 0.46), (0.97, 0.96), (0.86, 0.96))),
        (_BRAKE, _rect(0.83, 0.58, 0.97, 0.72)),
        (AMBER, _rect(0.82, 0.50, 0.97, 0.58)),
        (_CLEAR, _rect(0.82, 0.46, 0.97, 0.50)),
    ),
    (
        (_CHROME, _round(0.62, 0.72, 0.105, 0.155)),
        (_TAIL, _round(0.62, 0.72, 0.09, 0.135)),
        (_CLEAR, _round(0.62, 0.72, 0.04, 0.06)),
        (_CHROME, _round(0.83, 0.72, 0.105, 0.155)),
        (_BRAKE, _round(0.83, 0.72, 0.09, 0.135)),
        (AMBER, _round(0.83, 0.72, 0.045, 0.07)),
    ),
    (
        (_TAIL, ((0.46, 0.76), (0.97, 0.58), (0.97, 0.88), (0.60, 0.85))),
        (_BRAKE, ((0.74, 0.70), (0.97, 0.62), (0.97, 0.72), (0.74, 0.76))),
        (AMBER, _rect(0.76, 0.77, 0.97, 0.83)),
        (_CLEAR, ((0.56, 0.745), (0.70, 0.70), (0.70, 0.75), (0.60, 0.78))),
    ),
    (
        (_TAIL, _rect(0.58, 0.56, 0.97, 0.84)),
        (_PAINT, _rect(0.72, 0.56, 0.99, 0.70)),
        (_BRAKE, _rect(0.72, 0.70, 0.97, 0.77)),
        (AMBER, _rect(0.60, 0.64, 0.70, 0.70)),
        (_CLEAR, _rect(0.60, 0.58, 0.70, 0.63)),
    ),
    (
        (_BLACK, _rect(0.0, 0.66, 0.97, 0.84)),
        (_TAIL, _rect(0.58, 0.68, 0.97, 0.82)),
        (_BRAKE, _rect(0.60, 0.70, 0.90, 0.74)),
        (AMBER, _rect(0.60, 0.76, 0.90, 0.79)),
        (_CLEAR, _rect(0.40, 0.70, 0.56, 0.76)),
    ),
    (
        (_TAIL, ((0.64, 0.50), (0.84, 0.44), (0.97, 0.62), (0.97, 0.92), (0.78, 0.92))),
        (_BRAKE, ((0.72, 0.58), (0.86, 0.54), (0.95, 0.66), (0.78, 0.70))),
        (AMBER, _rect(0.80, 0.73, 0.97, 0.82)),
        (_CLEAR, _rect(0.72, 0.505, 0.84, 0.54)),
    ),
)
"""Tail, brake and reversing lamps, indicators."""
