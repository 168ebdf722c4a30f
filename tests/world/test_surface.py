"""Heights along a road: against the definition, on a line, a circle and an S; slopes against differences."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simengine.arrays import F64Array
from simengine.errors import SceneError
from simengine.geometry.arcs import arc_ends, nearest_on_arcs
from simengine.physics.paths import PathTable, project
from simengine.world.lanes import Curve
from simengine.world.surface import Surface, lifts

CREST = np.array([  # 100 m level, up to 4 % in 40 m, over the top in 80 m, down and level again: parabolas
    [100.0, 0.0, 0.0, 0.0005, 0.0, 0.0],
    [140.0, 0.8, 0.04, -0.0005, 0.0, 0.001],
    [220.0, 0.8, -0.04, 0.0005, 0.08, -0.002],
    [260.0, 0.0, 0.0, 0.0, 0.0, 0.0],
])  # fmt: skip


def along(*arcs: tuple[float, float], heading: float = 0.0) -> Curve:
    """A line of arcs (length, curvature) from the origin."""
    rows, x, y = [], 0.0, 0.0
    for length, bend in arcs:
        rows.append([x, y, heading, length, bend])
        (((x, y),), (heading,)) = arc_ends(np.array(rows[-1:]))
    table = np.array(rows)
    return Curve(np.column_stack([table[:, 0], table[:, 1], np.zeros(len(table))]).repeat(2, 0), table)


BENT = along((120.0, 0.0), (90.0, 1 / 120.0), (90.0, -1 / 100.0), heading=0.7)


def test_the_height_is_that_of_the_profile_and_the_bank() -> None:
    """On a straight line along x a station is x and an offset y: z(s) is the integral of a slope that changes evenly
    (4 % after 40 m: 0.8 m; at the top another 40 m on, 0.8 + 0.04 * 40 - 0.0005 * 1600 = 1.6 m), and 2 m to the left
    it is higher by 2 m times the tangent of the bank there (0.04)."""
    surface = Surface(along((300.0, 0.0)), CREST, -4.0, 4.0)
    assert np.allclose(surface.height_m([-50.0, 0.0, 120.0, 140.0, 180.0], 0.0), [0.0, 0.0, 0.2, 0.8, 1.6])
    assert surface.height_m(180.0, 2.0) == pytest.approx(1.6 + 2.0 * math.tan(0.04), abs=1e-12)
    assert surface.height_m(1000.0, -3.0) == 0.0


def test_beyond_the_edges_the_height_dies_out() -> None:
    """Half way through the fade a smoothstep is at one half; at its end and behind nothing is left."""
    surface = Surface(along((300.0, 0.0)), CREST, -4.0, 4.0, fade_m=40.0)
    edge = float(surface.height_m(180.0, 4.0))
    assert surface.height_m(180.0, [24.0, 44.0, 90.0]) == pytest.approx([0.5 * edge, 0.0, 0.0], abs=1e-12)
    assert surface.height_m(180.0, 4.0 + 1e-9) == pytest.approx(edge, abs=1e-9)


def test_the_height_is_the_same_whatever_way_the_line_bends() -> None:
    """Points laid at (station, offset) of an S have the heights of the straight line there: arcs are exact."""
    rng = np.random.default_rng(3)
    assert BENT.arcs is not None
    starts = np.concatenate([[0.0], np.cumsum(BENT.arcs[:, 3])])
    s, left = rng.uniform(1.0, 299.0, 400), rng.uniform(-30.0, 30.0, 400)
    k = np.searchsorted(starts, s, side="right") - 1
    part = BENT.arcs[k].copy()
    part[:, 3] = s - starts[k]
    at, heading = arc_ends(part)
    x, y = at[:, 0] - np.sin(heading) * left, at[:, 1] + np.cos(heading) * left
    bent, straight = (Surface(line, CREST, -4.0, 4.0) for line in (BENT, along((300.0, 0.0))))
    assert np.allclose(bent.height_m(x, y), straight.height_m(s, left), atol=1e-10)
    assert np.allclose(bent.frame(x, y).heading_rad, heading, atol=1e-10)


def test_slopes_are_those_of_the_height() -> None:
    """Central differences in the plan (step 1 mm) along and across the heading of the line. Within 1 cm of an edge
    and of joints a slope has two sides."""
    surface = Surface(BENT, CREST, -4.0, 4.0)
    rng = np.random.default_rng(4)
    x, y = rng.uniform(0.0, 250.0, 3000), rng.uniform(0.0, 250.0, 3000)
    near = nearest_on_arcs(surface.line.arcs, x, y)  # type: ignore[arg-type]
    keep = (np.abs(near.left_m) < 60.0) & (np.abs(np.abs(near.left_m) - 4.0) > 0.01)
    keep &= np.abs(near.station_m[:, None] - np.array([0, 100, 120, 140, 210, 220, 260, 300.0])).min(1) > 0.1
    x, y = x[keep], y[keep]
    t = surface.frame(x, y)
    cos, sin = np.cos(t.heading_rad), np.sin(t.heading_rad)

    def slope(dx: F64Array, dy: F64Array) -> F64Array:
        h = 1e-3
        return (surface.height_m(x + h * dx, y + h * dy) - surface.height_m(x - h * dx, y - h * dy)) / (2.0 * h)

    assert len(x) > 500
    assert np.allclose(slope(cos, sin), t.ahead, atol=2e-6)
    assert np.allclose(slope(-sin, cos), t.left, atol=2e-6)


def test_nearest_places_agree_with_the_paths_of_the_physics() -> None:
    """Two ways to the same stations and offsets, beyond the ends too: of single lines here, of batches there."""
    rng = np.random.default_rng(5)
    x, y = rng.uniform(-100.0, 400.0, (30, 40)), rng.uniform(-100.0, 400.0, (30, 40))
    assert BENT.arcs is not None
    near = nearest_on_arcs(BENT.arcs, x, y)
    packed = PathTable.of([[BENT]]).packed[0, 0]
    frame = project(np.broadcast_to(packed, (30, 40, *packed.shape)).copy(), x, y)
    assert np.allclose(near.station_m, frame.station_m, atol=1e-9)
    assert np.allclose(near.left_m, frame.left_m, atol=1e-9)


def test_a_batch_of_surfaces_is_many_single_ones() -> None:
    """Rows that begin at station inf are padding: a variant with fewer rows has the same bits alone."""
    short = CREST[[0, 3]]
    short[0, 3] = 0.0
    rows = np.full((2, 5, 6), np.inf)
    rows[0, :4], rows[1, :2] = CREST, short
    s = np.linspace(50.0, 300.0, 20)
    both = lifts(rows[:, None], np.stack([s, s]), np.full((2, 20), 2.0), (-4.0, 4.0), 40.0)
    for k, own in enumerate((CREST, short)):
        alone = lifts(own, s, np.full(20, 2.0), (-4.0, 4.0), 40.0)
        assert all(np.array_equal(a[k], b) for a, b in zip(both, alone, strict=True))


def test_lengths_are_those_of_the_plan() -> None:
    """A straight line of 100 m in the plan that rises by 10 m is 100 m long to all who count stations."""
    up = Curve(np.array([[0.0, 0.0, 0.0], [60.0, 80.0, 10.0]]))
    assert up.length_m == 100.0 and up.stations_m().tolist() == [0.0, 100.0]
    assert np.allclose(up.at(50.0)[0], [30.0, 40.0, 5.0])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rows": CREST[:3]}, "begins and ends level"),
        ({"rows": CREST[::-1]}, "rising stations"),
        ({"rows": CREST[:, :5]}, "shape"),
        ({"right_m": 5.0}, "right edge below the left one"),
        ({"line": Curve(np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0]]))}, "must be made of arcs"),
    ],
)
def test_what_is_wrong_is_said(change: dict[str, object], message: str) -> None:
    with pytest.raises(SceneError, match=message):
        Surface(**{"line": BENT, "rows": CREST, "right_m": -4.0, "left_m": 4.0, **change})  # type: ignore[arg-type]
