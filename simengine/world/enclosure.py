"""Bores that daylight enters through their ends only: tunnels and underpasses, and the light inside of them.

A renderer that gathers light from the sky in one step knows nothing of what stands farther than a few metres away. What
stands in a tunnel gets from it the share of directions in which it sees a portal, that of a disc of the portal's area
seen from its axis at distance d: s(d) = (1 - d / sqrt(d^2 + a / pi)) / 2. A surface gets s(d) (1 + n) of it, with n the
cosine between its normal and the way out; at the portal itself that is (1 + n) / 2, what half of a sphere gives.
Outside it is the other way round: 1 - s(d) (1 - n). What the bore takes away, its own light, thrown back by its walls,
replaces.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simengine.arrays import F64Array
from simengine.errors import SceneError

__all__ = ["Enclosure", "taken"]

_FLOOR_M = 1.0
"""So far below its floor a bore ends: what stands there may sink in a little."""
_OVERLAP = 0.2
"""Pieces reach into each other by this share of the half width: where the axis turns (22 degrees at most) no wedge is
left between them."""


@dataclass(frozen=True, eq=False)
class Enclosure:
    """A bore along a polyline, open at both ends.

    Attributes:
        axis_m: (N, 3), N > 1, the middle of the floor from portal to portal.
        half_width_m, height_m: of what counts as inside: walls and niches with it.
        opening_m2: area of each portal.
        light: (N, 3), linear RGB illuminance at the joints of the axis, in units of 100 klx, that its walls throw back:
            that of its own lamps after the first bounce.
    """

    axis_m: F64Array
    half_width_m: float
    height_m: float
    opening_m2: float
    light: F64Array

    def __post_init__(self) -> None:
        if self.axis_m.ndim != 2 or self.axis_m.shape[1:] != (3,) or len(self.axis_m) < 2:
            raise SceneError(
                f"the axis of an enclosure must be (N, 3) with at least two points; got {self.axis_m.shape}"
            )
        if self.light.shape != self.axis_m.shape or not bool((self.light >= 0.0).all()):
            raise SceneError(
                f"an enclosure's light must be (N, 3) like its axis, and not negative; got {self.light.shape}"
            )
        if min(self.half_width_m, self.height_m, self.opening_m2) <= 0.0:
            raise SceneError("half width, height and opening of an enclosure must be more than 0")

    def pieces(self) -> F64Array:
        """Its straight pieces (N - 1, 16).

        Start (3), cosine and sine of the heading, length; metres from the first portal to the start and from the end to
        the last portal; half width, height; light at the start (3) and at the end (3).
        """
        ways = self.axis_m[1:, :2] - self.axis_m[:-1, :2]
        length = np.sqrt((ways * ways).sum(-1))
        before = np.concatenate([[0.0], np.cumsum(length)])
        size = np.full((len(ways), 2), (self.half_width_m, self.height_m))
        return np.column_stack(
            [self.axis_m[:-1], ways / length[:, None], length, before[:-1], before[-1] - before[1:], size,
             self.light[:-1], self.light[1:]]
        )  # fmt: skip

    @property
    def disc_m2(self) -> float:
        """Square of the radius of a disc of the portal's area."""
        return self.opening_m2 / np.pi


def taken(enclosures: tuple[Enclosure, ...], points_m: npt.ArrayLike, normals: npt.ArrayLike = 0.0) -> F64Array:
    """Share of the sky (...) that enclosures take from surfaces at points (..., 3): 0 outdoors, 1 deep inside.

    Without ``normals`` (..., 3) that of a small ball.
    """
    point = np.asarray(points_m, np.float64)
    normal = np.broadcast_to(np.asarray(normals, np.float64), point.shape)
    out = np.zeros(point.shape[:-1])
    for enclosure in enclosures:
        for row in enclosure.pieces():
            out = np.maximum(out, _by_piece(row, enclosure.disc_m2, point, normal))
    return out


def _by_piece(row: F64Array, disc_m2: float, point: F64Array, normal: F64Array) -> F64Array:
    cos, sin, length, before, behind, half, high = row[3:10].tolist()
    rel: F64Array = point - row[:3]
    z: F64Array = rel[..., 2]
    u: F64Array = rel[..., 0] * cos + rel[..., 1] * sin
    across: F64Array = np.abs(rel[..., 1] * cos - rel[..., 0] * sin)
    side, above = np.maximum(across - half, 0.0), np.maximum(z - high, 0.0)
    along = normal[..., 0] * cos + normal[..., 1] * sin

    def seen(d: F64Array) -> F64Array:
        return 0.5 * (1.0 - d / np.sqrt(d * d + disc_m2))

    beside = side * side + above * above
    over = _OVERLAP * half
    inside = (u >= -over * (before > 0.0)) & (u <= length + over * (behind > 0.0)) & (beside == 0.0) & (z > -_FLOOR_M)
    first, last = seen(before + u), seen(behind + length - u)
    within = 1.0 - first * (1.0 - along) - last * (1.0 + along)
    gap: F64Array = np.maximum(-u, u - length)
    outside: F64Array = seen(np.sqrt(gap * gap + beside)) * (1.0 + np.sign(-u) * along)
    open_end = ((u < 0.0) & (before == 0.0)) | ((u > length) & (behind == 0.0))
    around: F64Array = np.where(open_end, outside, 0.0)
    return np.where(inside, within, around)
