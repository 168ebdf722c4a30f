"""Surfaces for tests: a crest on a straight road, and a bend that leans on a grade."""

from __future__ import annotations

import numpy as np

from simengine.arrays import F64Array
from simengine.world.lanes import Curve, Lane, LaneGraph
from simengine.world.surface import Surface


def straight_line(length_m: float) -> Curve:
    points = np.array([[0.0, 0.0, 0.0], [length_m, 0.0, 0.0]])
    return Curve(points, np.array([[0.0, 0.0, 0.0, length_m, 0.0]]))


def bend_line(radius_m: float, length_m: float) -> Curve:
    """To the left."""
    angle = np.linspace(0.0, length_m / radius_m, 200)
    points = np.stack([radius_m * np.sin(angle), radius_m * (1.0 - np.cos(angle)), 0.0 * angle], -1)
    return Curve(points, np.array([[0.0, 0.0, 0.0, length_m, 1.0 / radius_m]]))


def rows_of(grades: list[tuple[float, float]], bank_rad: float = 0.0) -> F64Array:
    """Rows of a profile whose slope is linear between (station, slope) points; level before and behind them."""
    stations, slopes = (np.array(v) for v in zip(*grades, strict=True))
    z, out = 0.0, []
    for k in range(len(stations) - 1):
        ds = stations[k + 1] - stations[k]
        half = 0.5 * (slopes[k + 1] - slopes[k]) / ds
        out.append([stations[k], z, slopes[k], half, bank_rad, 0.0])
        z += slopes[k] * ds + half * ds * ds
    out.append([stations[-1], z, 0.0, 0.0, bank_rad, 0.0])
    return np.array(out)


def crest(radius_m: float = 1000.0, slope: float = 0.06, at_m: float = 300.0, run_m: float = 150.0) -> Surface:
    """Up to a crest at a station and down again; its parabola has this radius at the top."""
    half = radius_m * slope
    grades = [
        (at_m - half - run_m - 50.0, 0.0), (at_m - half - run_m, slope), (at_m - half, slope), (at_m + half, -slope),
        (at_m + half + run_m, -slope), (at_m + half + run_m + 50.0, 0.0),
    ]  # fmt: skip
    return Surface(straight_line(800.0), rows_of(grades), -20.0, 20.0)


def grade(slope: float, bank_rad: float = 0.0, level_m: float = 0.0) -> Surface:
    """A straight road that rises for 2 km from a station on, at full slope within a metre."""
    grades = [(level_m, 0.0), (level_m + 1.0, slope), (level_m + 2000.0, slope), (level_m + 2001.0, 0.0)]
    return Surface(straight_line(2100.0), rows_of(grades, bank_rad), -50.0, 50.0)


def leaning_bend() -> Surface:
    """A bend of 200 m radius to the left that climbs by 5 % and leans to its inside by 4 %, over changing grades."""
    grades = [(0.0, 0.0), (60.0, 0.05), (120.0, 0.05), (180.0, -0.04), (240.0, 0.0)]
    return Surface(bend_line(200.0, 300.0), rows_of(grades, -0.04), -6.0, 6.0)


def road(surface: Surface | None, length_m: float = 800.0) -> LaneGraph:
    """One lane along +x at y = 0."""
    centre = Curve(np.array([[0.0, 0.0, 0.0], [length_m, 0.0, 0.0]]))
    return LaneGraph(lanes=(Lane(centre, 3.5),), surface=surface)
