"""Reference lines: clothoids against quadrature, continuity, offset curves, arcs that stand in for them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from simengine.errors import SceneError
from simengine.geometry.arcs import arc_ends
from simengine.physics.paths import PathTable, project
from simengine_scenes.roads.bends import bend, winding
from simengine_scenes.roads.line import CHORD_M, Element, ReferenceLine

CURVATURE = st.floats(-0.012, 0.012).map(lambda k: 0.0 if abs(k) < 1e-4 else k)


@st.composite
def lines(draw: st.DrawFn) -> ReferenceLine:
    """Up to four elements whose curvatures meet, from any pose."""
    ends = [0.0, *draw(st.lists(CURVATURE, min_size=1, max_size=4))]
    lengths = draw(st.lists(st.floats(5.0, 80.0), min_size=len(ends) - 1, max_size=len(ends) - 1))
    elements = tuple(Element(s, a, b) for s, a, b in zip(lengths, ends[:-1], ends[1:], strict=True))
    return ReferenceLine(elements, draw(st.floats(-100, 100)), draw(st.floats(-100, 100)), draw(st.floats(-3, 3)))


@settings(max_examples=25, deadline=None)
@given(lines())
def test_a_line_is_the_integral_of_its_curvature(line: ReferenceLine) -> None:
    """x' = cos h, y' = sin h, h' = curvature, solved by Runge-Kutta (order 8, 1e-11): an oracle that knows neither
    Fresnel integrals nor arcs. Beyond both ends the curvature is 0."""
    s = np.linspace(0.0, line.length_m, 30)
    steps = solve_ivp(
        lambda u, p: [math.cos(p[2]), math.sin(p[2]), float(line.curvature_per_m(u))], (0.0, s[-1]),
        [line.x_m, line.y_m, line.heading_rad], method="DOP853", t_eval=s, rtol=1e-11, atol=1e-9, max_step=1.0,
    )  # fmt: skip
    points, headings = line.at(s)
    assert np.abs(points - steps.y[:2].T).max() < 1e-5 and np.abs(headings - steps.y[2]).max() < 1e-6
    assert (line.curvature_per_m([-5.0, line.length_m + 5.0]) == 0.0).all()


@settings(max_examples=25, deadline=None)
@given(lines())
def test_heading_is_the_direction_and_offsets_lie_square_to_it(line: ReferenceLine) -> None:
    """Central differences of the position give the heading (to the square of the step); a point at offset d lies d
    away, at a right angle to the left."""
    s = np.linspace(-20.0, line.length_m + 20.0, 60)
    ahead, behind = line.at(s + 1e-4)[0], line.at(s - 1e-4)[0]
    way = (ahead - behind) / 2e-4
    points, headings = line.at(s)
    assert np.abs(way - np.stack([np.cos(headings), np.sin(headings)], -1)).max() < 1e-5
    across = line.at(s, 3.5)[0] - points
    assert np.allclose(across, 3.5 * np.stack([-np.sin(headings), np.cos(headings)], -1), atol=1e-9)


@settings(max_examples=25, deadline=None)
@given(lines(), st.floats(-9.0, 9.0))
def test_offset_curves_have_their_analytic_length(line: ReferenceLine, left: float) -> None:
    """A curve at offset d to the left of a line that turns by a is d a shorter (for a circle: (R - d) a). Its polyline
    keeps to 5 mm, its arcs meet: positions to 1e-9, headings to 0.03 deg where they stand in for a clothoid."""
    end = line.length_m
    curve = line.curve(left, 0.0, end)
    turn = float(line.at(end)[1]) - line.heading_rad
    assert curve.length_m == pytest.approx(end - left * turn, abs=2e-3)
    if curve.arcs is None:
        return
    points, headings = arc_ends(curve.arcs)
    assert np.abs(points[:-1] - curve.arcs[1:, :2]).max(initial=0.0) < 1e-9
    turned = headings[:-1] - curve.arcs[1:, 2]
    assert np.abs(np.angle(np.exp(1j * turned))).max(initial=0.0) < 5e-4  # a heading has no side of pi
    s = np.linspace(0.0, end, 400)
    true = line.at(s, left)[0]
    a, b = curve.points_m[:-1, :2], curve.points_m[1:, :2]
    unit = (b - a) / np.linalg.norm(b - a, axis=1)[:, None]
    gap = true[:, None] - a[None]
    along = np.clip((gap * unit).sum(-1), 0.0, np.linalg.norm(b - a, axis=1))
    away = np.linalg.norm(gap - along[..., None] * unit, axis=-1).min(-1)
    assert away.max() < 1.05 * CHORD_M
    table = PathTable.of([[curve]]).packed[0, 0]
    frame = project(np.ascontiguousarray(np.broadcast_to(table, (400, *table.shape))), true[:, 0], true[:, 1])
    assert np.abs(frame.left_m).max() < 2e-3


@settings(max_examples=40, deadline=None)
@given(st.floats(100.0, 3000.0), st.floats(200.0, 2000.0), st.sampled_from([-1.0, 1.0]))
def test_a_bend_has_its_radius_turns_no_farther_and_begins_and_ends_straight(
    radius: float, length: float, side: float
) -> None:
    """Curvature is 0 at both ends, nowhere larger than 1 / radius, continuous (neighbours 1 m apart differ by the
    clothoid's 9 / R^2 at most), and the whole bend lies on the road and turns by 2.8 rad at most."""
    line = bend(side * radius, length, 100.0, 2.8)
    k = line.curvature_per_m(np.arange(0.0, length + 1.0, 1.0)) * side
    assert k[0] == 0.0 and line.length_m <= length + 1e-9
    assert k.max() == pytest.approx(1.0 / radius) and k.min() >= -1e-12
    steepest = max(9.0 / radius**2, 4.0 / (radius * length))
    assert np.abs(np.diff(k)).max() <= steepest * 1.001
    assert abs(float(line.at(length)[1])) <= 2.8 + 1e-9


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 1_000_000), st.floats(0.05, 1.0), st.floats(150.0, 4000.0))
def test_a_winding_road_never_turns_back_and_keeps_its_radii(layout: int, curviness: float, length: float) -> None:
    """Headings stay within 1.05 rad and what one bend turns beyond (0.9 rad are drawn; the shortest arc adds a little
    to that), curvature below that of the smallest radius, and it all lies on the road. Equal numbers, equal roads."""
    line = winding(layout, curviness, length)
    s = np.arange(0.0, length, 2.0)
    assert np.abs(line.at(s)[1]).max() < 1.2 and line.length_m <= length
    assert np.abs(line.curvature_per_m(s)).max() <= 1.0 / (90.0 + 400.0 * (1.0 - curviness)) + 1e-12
    assert winding(layout, curviness, length) == line and winding(layout, 0.0, length).straight


def test_a_bend_without_room_is_refused() -> None:
    """The message says what may be given."""
    with pytest.raises(SceneError, match="0 m \\(straight\\), or at least 100 m to either side; got -50 m"):
        bend(-50.0, 500.0, 100.0, 2.8)
    assert bend(0.0, 500.0, 100.0, 2.8).straight


@settings(max_examples=20, deadline=None)
@given(lines(), st.integers(0, 2**31))
def test_projection_undoes_the_way_out(line: ReferenceLine, seed: int) -> None:
    """A point less than half the smallest radius beside the line has its foot there: (s, d) come back, to the chords'
    tolerance (whose slope times d is the error along the line)."""
    rng = np.random.default_rng(seed)
    s = rng.uniform(1.0, line.length_m - 1.0, 30)
    left = rng.uniform(-5.0, 5.0, 30)
    found, offset = line.project(line.at(s, left)[0])
    near = np.abs(offset) > np.abs(left) - 0.02  # elsewhere the line comes by again
    assert np.abs(offset - left)[near].max(initial=0.0) < 0.02 or np.abs(offset).max() <= 5.02
    assert np.median(np.abs(found - s)) < 0.3
