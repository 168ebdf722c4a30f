"""Reference lines of whole roads: a single bend of a given radius, and winding roads."""

from __future__ import annotations

from simengine.errors import SceneError
from simengine.rng import stream
from simengine_scenes.roads.line import STRAIGHT, Element, ReferenceLine

__all__ = ["bend", "winding"]

_SPIRAL = 1.0 / 9.0
"""Length of a transition by the radius: a clothoid of parameter A = R / 3, the shortest that road design allows
(RAS-L 1995, 5.2.3)."""
_MOST_HEADING_RAD = 1.05
_MISSES = 8  # bends that do not fit any more before a road ends


def bend(radius_m: float, length_m: float, least_m: float, most_turn_rad: float) -> ReferenceLine:
    """A road that bends from its start to its end, or until it has turned far enough; from there on it is straight.

    Args:
        radius_m: + to the left, - to the right, 0 straight.
        length_m: of the road.
        least_m: smallest radius that there is room for.
        most_turn_rad: where the bend ends.

    Raises:
        SceneError: the radius is too small.
    """
    if radius_m == 0.0:
        return STRAIGHT
    if abs(radius_m) < least_m:
        raise SceneError(
            f"the radius of a bend must be 0 m (straight), or at least {least_m:g} m to either side; got {radius_m:g} m"
        )
    k = 1.0 / radius_m
    ease = min(_SPIRAL * abs(radius_m), 0.25 * length_m)
    arc = min(length_m - 2.0 * ease, most_turn_rad * abs(radius_m) - ease)
    return ReferenceLine((Element(ease, 0.0, k), Element(arc, k, k), Element(ease, k, 0.0)))


def winding(layout: int, curviness: float, length_m: float, scale: float = 1.0) -> ReferenceLine:
    """A road that winds: straights and bends by turns, drawn by a number.

    Its heading stays within 60 degrees of where it set out to, so it never comes back to itself.

    Args:
        layout: which one; equal numbers give equal roads.
        curviness: 0 (straight) to 1 (radii from 90 m, short straights).
        length_m: of the road; it ends straight.
        scale: of bends and straights alike.
    """
    if curviness <= 0.0:
        return STRAIGHT
    draw = stream(layout, "rural", "bends")
    least = scale * (90.0 + 400.0 * (1.0 - curviness))
    elements: list[Element] = []
    used, heading, side, misses = 0.0, 0.0, 1.0 if draw.random() < 0.5 else -1.0, 0
    while misses < _MISSES:
        gap = scale * (float(draw.uniform(20.0, 60.0)) + 180.0 * (1.0 - curviness) * float(draw.random()))
        radius = least * float(draw.uniform(1.0, 2.0))
        turn = float(draw.uniform(0.25, 0.9))
        side = -side if draw.random() < 0.8 else side
        if abs(heading + side * turn) > _MOST_HEADING_RAD:
            side = -side
        ease = _SPIRAL * 2.0 * radius
        arc = max(turn * radius - ease, 5.0 * scale)
        if used + gap + arc + 2.0 * ease > length_m:  # another one may fit
            misses += 1
            continue
        k = side / radius
        elements += [Element(gap), Element(ease, 0.0, k), Element(arc, k, k), Element(ease, k, 0.0)]
        used += gap + arc + 2.0 * ease
        heading += side * (arc + ease) / radius
    return ReferenceLine(tuple(elements)) if elements else STRAIGHT
