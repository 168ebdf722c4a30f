"""Reference lines of whole roads: a single bend of a given radius, and winding roads."""

from __future__ import annotations

from simengine.errors import SceneError
from simengine_scenes.roads.line import STRAIGHT, Element, ReferenceLine

__all__ = ["bend"]

_SPIRAL = 1.0 / 9.0
"""Length of a transition by the radius: a clothoid of parameter A = R / 3, the shortest that road design allows
(RAS-L 1995, 5.2.3)."""


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
