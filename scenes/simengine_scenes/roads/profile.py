"""Heights of a road along its reference line: grades with parabolic curves between them, and banked bends.

Design values, as facts: the German guidelines for rural roads (RAL 2012) ask for crests of a radius of 8000, 6000, 5000
and 3000 m at least, sags of 4000, 3500, 3000 and 2000 m and grades of 4.5, 5.5, 6.5 and 8 % at most, from the first to
the last of their classes, and for bends banked by 2.5 to 7 %. The AASHTO Green Book (2011, 3.4.6) gives rates K (metres
a percent; a radius is 100 K) of 11, 26 and 52 for crests at 60, 80 and 100 km/h, of 18, 30 and 45 for sags. Older roads
have tighter crests.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from simengine.arrays import F64Array, frozen
from simengine.rng import stream
from simengine.world.lanes import Curve
from simengine.world.surface import Lift, Surface, lifts
from simengine_scenes.roads.line import ReferenceLine

__all__ = ["Profile", "Rise", "bank_rows", "hill", "profile_of", "rolling", "room_to_fade_m"]

_CHORD_M = 0.0015
"""No chord along a road is farther above or below it, so that paint stays on top of the asphalt."""

Rise = tuple[float, float]
"""A piece of a profile: its length, and how much its slope changes a metre (1 / radius; + in a sag)."""


@dataclass(frozen=True)
class Profile:
    """Heights along a reference line, by station and offset (see :class:`~simengine.world.surface.Surface`).

    Attributes:
        rows: of a ``Surface``, by station.
        right_m, left_m: offsets of the edges between which the road's height holds.
        fade_m: width beyond them in which it dies out.
        strip_m: width of the widest strip that is laid in one piece.
    """

    rows: tuple[tuple[float, ...], ...]
    right_m: float
    left_m: float
    fade_m: float
    strip_m: float

    @cached_property
    def _table(self) -> F64Array:
        return frozen(self.rows, np.float64)

    def lift(self, s_m: npt.ArrayLike, left_m: npt.ArrayLike) -> Lift:
        """Height and slopes at stations and offsets, broadcast."""
        s, left = np.broadcast_arrays(np.asarray(s_m, np.float64), np.asarray(left_m, np.float64))
        return lifts(self._table, s, left, (self.right_m, self.left_m), self.fade_m)

    def level(self, low_m: float, high_m: float) -> bool:
        """Whether all is at z = 0 between two stations."""
        ends = [*(row[0] for row in self.rows[1:]), math.inf]
        at_rest = ((-math.inf, self.rows[0][0], self.rows[0][1:]),) if self.rows[0][0] > low_m else ()
        spans = *at_rest, *((row[0], end, row[1:]) for row, end in zip(self.rows, ends, strict=True))
        return all(not any(values) for a, b, values in spans if a < high_m and b > low_m)

    def cut(self, stations_m: npt.ArrayLike) -> F64Array:
        """The same rising stations, with others between them, so that chords and twisted quads keep to the heights."""
        given = np.asarray(stations_m, np.float64)
        low, high = float(given[0]), float(given[-1])
        joints = [row[0] for row in self.rows if low + 1e-6 < row[0] < high - 1e-6]
        out = [known := np.unique(np.concatenate([given, joints]))]
        for a, b in pairwise(known.tolist()):
            if b - a > 1e-6:  # a chord is off by half a 2nd derivative of 2 half, a quad by a quarter of its twist
                row = self._table[max(int((0.5 * (a + b) >= self._table[:, 0]).sum()) - 1, 0)]
                half, rate = (abs(row[3]), abs(row[5])) if a >= self.rows[0][0] else (0.0, 0.0)
                step = min(
                    math.sqrt(4.0 * _CHORD_M / half) if half else math.inf,
                    4.0 * _CHORD_M / (rate * self.strip_m) if rate else math.inf,
                )
                out.append(np.linspace(a, b, math.ceil((b - a) / step - 1e-9) + 1)[1:-1] if b - a > step else known[:0])
        return np.sort(np.concatenate(out))

    def surface(self, line: ReferenceLine, length_m: float) -> Surface:
        """The same for the lane graph of a road of this length."""
        arcs = line.arcs(0.0, max(length_m, line.length_m))
        ends = np.concatenate([arcs[:, :2], line.at(max(length_m, line.length_m))[0][None]])
        return Surface(
            Curve(np.column_stack([ends, np.zeros(len(ends))]), arcs), self._table, self.right_m, self.left_m,
            self.fade_m,
        )  # fmt: skip


def profile_of(
    rises: Sequence[tuple[float, Sequence[Rise]]], banks: Sequence[tuple[float, float]], edges_m: tuple[float, float],
    fade_m: float, strip_m: float = 0.0,
) -> Profile | None:  # fmt: skip
    """A profile of rises, each from its station on and back to the height 0, and of a bank; None: it is level.

    Args:
        rises: (station, pieces) in order; between them it is level.
        banks: (station, angle) in order, at most one a station; between them the bank changes evenly.
        edges_m: offsets of the right and the left edge.
        fade_m: width beyond them in which the height dies out.
        strip_m: width of the widest strip that is laid in one piece; 0: from edge to edge.
    """
    heights: list[tuple[float, float, float, float]] = []
    for begin, pieces in rises:
        s, z, slope = begin, 0.0, 0.0
        for length, change in pieces:
            heights.append((s, z, slope, 0.5 * change))
            s, z, slope = s + length, z + length * (slope + 0.5 * change * length), slope + change * length
        heights.append((s, 0.0, 0.0, 0.0))  # what is left is rounding
    if not heights and not any(angle for _, angle in banks):
        return None
    stations = sorted({h[0] for h in heights} | {b[0] for b in banks})
    rows: list[tuple[float, ...]] = []
    at, angles = [b[0] for b in banks] or [0.0], [b[1] for b in banks] or [0.0]
    for k, s in enumerate(stations):
        if rows and s - rows[-1][0] < 1e-6:
            continue
        begin, z, slope, half = next((h for h in reversed(heights) if h[0] <= s), (s, 0.0, 0.0, 0.0))
        ds = s - begin
        bank = float(np.interp(s, at, angles))
        ahead = stations[k + 1] if k + 1 < len(stations) else s + 1.0
        rate = (float(np.interp(ahead, at, angles)) - bank) / (ahead - s)
        rows.append((s, z + ds * (slope + half * ds), slope + 2.0 * half * ds, half, bank, rate))
    return Profile(tuple(rows), edges_m[0], edges_m[1], fade_m, strip_m or edges_m[1] - edges_m[0])


def hill(
    top_m: float, height_m: float, grade: float, crest_radius_m: float, sag_radius_m: float
) -> tuple[float, list[Rise]]:
    """One crest, or a dip where the height is negative: where it begins, and its pieces.

    Args:
        top_m: station of the highest (lowest) place.
        height_m: of that place.
        grade: the steepest slope; low hills do not reach it.
        crest_radius_m, sag_radius_m: of the parabolas at their tops.
    """
    foot, top = (sag_radius_m, crest_radius_m) if height_m > 0.0 else (crest_radius_m, sag_radius_m)
    up, rise = math.copysign(1.0, height_m), abs(height_m)
    steep = min(grade, math.sqrt(2.0 * rise / (foot + top)))
    even = max(rise / steep - 0.5 * steep * (foot + top), 0.0)
    ramp: list[Rise] = [(even, 0.0)] if even > 1e-6 else []
    pieces = [(steep * foot, up / foot), *ramp, (2.0 * steep * top, -up / top), *ramp, (steep * foot, up / foot)]
    return top_m - steep * (foot + top) - even, pieces


def rolling(
    layout: int, hilliness: float, length_m: float, grade: float, crest_radius_m: float, sag_radius_m: float
) -> list[tuple[float, list[Rise]]]:
    """Crests and dips by turns, drawn by a number, along a whole road: 2 to 7 m high at a hilliness of 1."""
    draw = stream(layout, "rural", "hills")
    out: list[tuple[float, list[Rise]]] = []
    used, up = 0.0, 1.0 if draw.random() < 0.6 else -1.0
    while hilliness > 0.0:
        used += float(draw.uniform(10.0, 80.0))
        height = up * hilliness * float(draw.uniform(2.0, 7.0))
        wide = float(draw.uniform(1.0, 1.6))
        begin, pieces = hill(0.0, height, grade, wide * crest_radius_m, wide * sag_radius_m)
        long = -2.0 * begin
        if used + long > length_m:
            break
        out.append((used, pieces))
        used += long
        up = -up if draw.random() < 0.8 else up
    return out


def room_to_fade_m(line: ReferenceLine, edges_m: tuple[float, float], most_m: float) -> float:
    """Width in which heights may die out beyond the edges: inside of a bend they must not meet those from elsewhere."""
    tightest = max((abs(k) for e in line.elements for k in (e.start_per_m, e.end_per_m)), default=0.0)
    return min(0.6 / tightest - max(-edges_m[0], edges_m[1]), most_m) if tightest else most_m


def bank_rows(line: ReferenceLine, most: float, radius_m: float) -> list[tuple[float, float]]:
    """Superelevation of a line: its inner side is the lower one.

    Args:
        line: whose curvature it follows, so that it changes along the transitions.
        most: crossfall, as a tangent, in bends of ``radius_m`` or tighter; wider ones have less, by their curvature.
        radius_m: see ``most``.
    """
    if most == 0.0 or line.straight:
        return []
    full = math.atan(most)
    out = [(0.0, 0.0)]
    s = 0.0
    for e in line.elements:
        change = (e.end_per_m - e.start_per_m) / e.length_m
        reached = [(k / radius_m - e.start_per_m) / change for k in (-1.0, 1.0)] if change else []
        for u in (0.0, *sorted(u for u in reached if 1e-6 < u < e.length_m - 1e-6), e.length_m):
            angle = -full * min(max((e.start_per_m + change * u) * radius_m, -1.0), 1.0)
            if s + u - out[-1][0] > 1e-6:
                out.append((s + u, angle))
        s += e.length_m
    return [*out[:-1], (out[-1][0], 0.0)]
