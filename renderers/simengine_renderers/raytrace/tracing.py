"""Nearest-hit and any-hit queries over a scene of rigid instances, behind one interface."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import warp as wp

from simengine.arrays import BoolArray, F64Array

__all__ = ["FAR_M", "LAMP_MARGIN_M", "Hits", "Placement", "Rays", "ShadowRays", "Tracer", "near_origin"]

FAR_M = 1.0e30
"""Range of a ray that hit nothing, inside kernels (the channels say +inf)."""

LAMP_MARGIN_M = 0.35
"""Shadow rays towards a lamp end this far before it: its own glass and housing cast no shadow."""


@dataclass(frozen=True, eq=False)
class Rays:
    """A grid of rays, ``height`` rows of ``width``; ray (x, y) is element (y0 + y) * stride + x0 + x of the arrays.

    Attributes:
        width, height, stride, x0, y0: the grid and its window in the arrays.
        directions: vec3 per ray, unit.
        rotation: 3x3, world from the frame of ``directions``.
        origins: one vec3, or one per ray where ``own_origins``; world axes, from the placement's origin.
        times: one 0, or per ray in 0..1 of the placement's motion where ``own_times``.
        own_origins, own_times: see above.
        carrier: entity whose parts these rays do not see, or -1.
        active: uint8 per ray of the grid, or None: all. The hits of the others stay as they are.
        shares: vec4 per ray of the grid, or None: panes are walls. Rays go on behind panes, and this gets what those
            leave of the light (red, green, blue, 905 nm).
    """

    width: int
    height: int
    stride: int
    x0: int
    y0: int
    directions: Any
    rotation: F64Array
    origins: Any
    times: Any
    own_origins: bool
    own_times: bool
    carrier: int
    active: Any = None
    shares: Any = None


@dataclass(frozen=True, eq=False)
class Hits:
    """Nearest hits, one row per ray of the grid: ``range_m`` (``FAR_M``: none), part, face (-1: none), barycentrics."""

    range_m: Any
    part: Any
    face: Any
    uv: Any

    @classmethod
    def empty(cls, count: int, device: str) -> Hits:
        """Room for ``count`` rays."""
        n = max(1, count)
        return cls(
            wp.empty(n, dtype=float, device=device), wp.empty(n, dtype=int, device=device),
            wp.empty(n, dtype=int, device=device), wp.empty(n, dtype=wp.vec2, device=device),
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class ShadowRays:
    """One shadow ray per pixel of a grid.

    Attributes:
        width, height: of the grid.
        origins: vec3 per ray; ``offset_m`` is added to reach the placement's frame.
        active: uint8 per ray; the others come out unlit.
        aim: direction of the light, or None: up to ``targets`` (vec3 per ray, same frame as origins).
        lit: uint8 per ray, the result: 255 all of the light, 0 none; panes leave a part.
        coherent: neighbours go much the same way (a hint).
    """

    width: int
    height: int
    origins: Any
    offset_m: F64Array
    active: Any
    aim: F64Array | None
    targets: Any
    lit: Any
    coherent: bool = True


@dataclass(frozen=True, eq=False)
class Placement:
    """Where all parts are.

    Attributes:
        start: (P, 4, 4) world_from_mesh at time 0.
        stop: (P, 4, 4) at time 1, or None: nothing moves.
        present: (P,), the part exists.
        origin_m: (3,), subtracted from all translations before they become float32.
    """

    start: F64Array
    stop: F64Array | None
    present: BoolArray
    origin_m: F64Array


class Tracer(Protocol):
    """A scene that answers ray queries. Ranges of rows or rays may be asked for from several threads at once."""

    device: str
    row_step: int  # slices of a grid begin at multiples of this many rows

    def prepare(self, carrier: int) -> None:
        """Announce a carrier whose own parts some rays will not see (-1: none)."""
        ...

    def place(self, placement: Placement) -> None:
        """Move the parts."""
        ...

    def closest(self, rays: Rays, hits: Hits, first_row: int, stop_row: int) -> None:
        """Nearest hits of some rows of the grid."""
        ...

    def reach(self, rays: ShadowRays, first_row: int, stop_row: int) -> None:
        """Whether shadow rays of some rows reach the light."""
        ...

    def tree(self, carrier: int) -> Any:
        """The tree as placed last, for kernels that trace by themselves (``single.Tree``); some rays do not see
        the ``carrier`` (-1: none), which has been announced."""
        ...

    def alone(self, parts: Sequence[int], placement: Placement) -> Tracer:
        """A tracer that holds only these parts, placed at time 0; valid until the next call."""
        ...

    def close(self) -> None:
        """Free what is held."""
        ...


def near_origin(position_m: F64Array, cell_m: float = 256.0) -> F64Array:
    """An origin near a sensor that keeps float32 exact to ~1e-5 m: a corner of a coarse grid.

    It depends on the position alone, so a frame comes out the same whatever was rendered before.
    """
    return np.round(np.asarray(position_m, np.float64) / cell_m) * cell_m
