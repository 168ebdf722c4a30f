"""Where people walk: along pavements, and over the roads between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simengine.errors import SceneError

if TYPE_CHECKING:
    from simengine.world.lanes import Curve

__all__ = ["Crosswalk", "Footway"]


@dataclass(frozen=True, eq=False)
class Footway:
    """A pavement as a way.

    Attributes:
        centre: its middle; it goes no farther than the curve.
        half_m: half of its width, between the kerb and the walls or the grass behind it.
    """

    centre: Curve
    half_m: float

    def __post_init__(self) -> None:
        if not self.half_m > 0.0:
            raise SceneError(f"a footway needs a width of more than 0 m; got {2.0 * self.half_m:g} m")


@dataclass(frozen=True, eq=False)
class Crosswalk:
    """A way over a road, from one footway to another.

    Attributes:
        line: its middle, straight, from a place on the first footway to one on the second.
        half_m: half of its width.
        behind_m: how far the ends of the line lie behind the kerbs.
        footways: which two it joins, indices.
        marked: there is paint on the road, and drivers let people cross.
        signals: properties of the world that say what the traffic shows that it crosses, and what runs beside it
            ("signal.own", "signal.cross"); empty: people look for themselves.
    """

    line: Curve
    half_m: float
    behind_m: float
    footways: tuple[int, int]
    marked: bool = True
    signals: tuple[str, ...] = ()
