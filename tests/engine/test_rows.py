"""Rows along kerbs and lanes: they keep clear of the mouths of side roads, and their gaps are arc lengths in bends."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from simengine.arrays import F64Array
from simengine.engine.placement import place
from simengine.errors import ProgramError
from simengine.world.lanes import Curve
from tests.engine.driving import run, variants_of

CROSSING = "world junction(length = 80 m, lane_width = 3 m, corner_radius = 8 m"
MOUTH = (80.0 - 11.0, 80.0 + 11.0)  # half a road of 2 x 3 m, and the radius of the corners, to both sides of the middle


def spans(body: str) -> list[tuple[float, float]]:
    """Where along x everything stands that heads along it."""
    v = variants_of(body)
    placed = place(v)
    placed.check(v)
    half = 0.5 * placed.size_m[0, :, 0]
    return [(float(a), float(b)) for a, b in zip(placed.x_m[0] - half, placed.x_m[0] + half, strict=True)]


def test_a_row_goes_on_beyond_the_mouth_of_a_side_road() -> None:
    """What does not fit before it begins where the kerb begins again; before and behind it the gaps are as asked."""
    row = spans(f"{CROSSING})\ncar p[6] along curb(right) at s(50 m) by 1 m")
    assert all(high <= MOUTH[0] or low >= MOUTH[1] - 1e-9 for low, high in row)
    gaps = np.array([b[0] - a[1] for a, b in pairwise(row)])
    (jump,) = np.flatnonzero(gaps > 1.5)
    assert row[jump + 1][0] == pytest.approx(MOUTH[1]) and np.delete(gaps, jump) == pytest.approx(1.0)
    assert MOUTH[0] - row[jump][1] < 1.0 + row[0][1] - row[0][0]  # there was no room for another one


def test_a_row_that_leads_back_goes_on_before_the_mouth() -> None:
    """From a car at 110 m backwards: the third would reach into the mouth, so it ends at its near end."""
    row = spans(f"{CROSSING})\ncar a along curb(right) at s(110 m)\ncar b[5] along curb(right) behind a by 1 m")
    assert all(high <= MOUTH[0] + 1e-9 or low >= MOUTH[1] for low, high in row)
    assert any(high == pytest.approx(MOUTH[0]) for _, high in row)


def test_what_is_asked_for_in_a_mouth_is_refused_where_there_is_one() -> None:
    """Without the right-hand arm the right kerb goes on; the left-hand one does not."""
    ask = "\ncar p along curb({}) at s(75 m)"
    with pytest.raises(ProgramError, match="'p' stands in the mouth of a side road"):
        spans(f"{CROSSING})" + ask.format("right"))
    three = f"{CROSSING}, arms = 3, missing = right_arm)"
    (span,) = spans(three + ask.format("right"))
    assert sum(span) / 2 == pytest.approx(75.0)
    with pytest.raises(ProgramError, match="mouth of a side road"):
        spans(three + ask.format("left"))


def test_aisles_of_a_parking_lot_stay_free() -> None:
    """Each aisle begins at the left edge of the street; a row along it leaves all of them open."""
    v = variants_of("world parking_lot()\ncar p[6] along curb(left) at s(3 m) by 0.5 m")
    placed, graph = place(v), v.lane_graphs[0]
    ahead = 0.5 * placed.size_m[0, 0, 0]
    assert graph.openings["curb.left"]
    for x in placed.x_m[0]:
        assert all(x + ahead <= low + 1e-9 or x - ahead >= high - 1e-9 for low, high in graph.openings["curb.left"])


# ---- bends ---------------------------------------------------------------------------------------------------------


def parallel(curve: Curve, left_m: float) -> tuple[F64Array, F64Array]:
    """A dense polyline beside a curve of arcs, by small steps along them, and its length up to each point: the oracle.

    Steps of 2 mm on arcs of 8 m and more are shorter than the arc by 1e-8 of it.
    """
    assert curve.arcs is not None
    out: list[F64Array] = []
    for x, y, yaw, length, bend in curve.arcs.tolist():
        s = np.linspace(0.0, length, max(2, int(length / 0.002)))
        turn = yaw + bend * s
        step = np.diff(s, prepend=0.0)
        middle = turn - 0.5 * bend * step
        px, py = x + np.cumsum(np.cos(middle) * step), y + np.cumsum(np.sin(middle) * step)
        out.append(np.column_stack([px - np.sin(turn) * left_m, py + np.cos(turn) * left_m]))
    points = np.concatenate(out)
    return points, np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])


def along(line: tuple[F64Array, F64Array], points: F64Array) -> F64Array:
    """Length of a polyline up to the vertices nearest to points (N, 2)."""
    return np.array([line[1][np.argmin(((line[0] - p) ** 2).sum(-1))] for p in points])


def row_gaps(body: str, curb: str) -> tuple[F64Array, F64Array]:
    """Gaps of the row p along a kerb, on the parallel line through its centres; its headings."""
    v = variants_of(body)
    placed = place(v)
    left = 0.25 + 0.5 * float(placed.size_m[0, 0, 1])
    line = parallel(v.lane_graphs[0].curves[curb], left if curb == "curb.right" else -left)
    length = placed.size_m[0, :, 0]
    stations = along(line, np.column_stack([placed.x_m[0], placed.y_m[0]]))
    return np.diff(stations) - 0.5 * (length[1:] + length[:-1]), placed.yaw_rad[0]


@pytest.mark.parametrize("radius", [40, -40])
@pytest.mark.parametrize("side", ["right", "left"])
@pytest.mark.parametrize("gap", [2.0, 6.0])
def test_gaps_of_a_row_in_a_bend_are_lengths_of_its_own_line(radius: int, side: str, gap: float) -> None:
    """On the line through the centres, parallel to the kerb, bumper to bumper, whichever way the road bends."""
    world = f"world street(radius = {radius} m, length = 150 m)"
    found, _ = row_gaps(f"{world}\ncar p[6] along curb({side}) at s(30 m) by {gap} m", f"curb.{side}")
    assert found == pytest.approx(gap, abs=0.005)


def test_a_row_round_the_corner_of_a_roundabout() -> None:
    """The kerb turns into the ring, with a small radius: as much of the kerb is more or less of the row's own line."""
    found, yaw = row_gaps("world roundabout()\ncar p[5] along curb(right) at s(112 m) by 1.5 m", "curb.right")
    assert found == pytest.approx(1.5, abs=0.005)
    assert np.ptp(yaw) > 0.2  # it is a bend


@pytest.mark.parametrize("gap", [12.0, -25.0])
def test_a_gap_on_a_lane_in_a_bend_may_be_negative(gap: float) -> None:
    """Counted along the lane from the front of the one to the rear of the other."""
    v = variants_of(
        f"world street(radius = 40 m, length = 150 m)\ncar ego on lane(1) at s(60 m)\ncar p ahead of ego by {gap} m"
    )
    placed = place(v)
    line = parallel(v.lane_graphs[0].lanes[0].centre, 0.0)
    ego, p = along(line, np.column_stack([placed.x_m[0], placed.y_m[0]]))
    length = placed.size_m[0, :, 0]
    assert (p - 0.5 * length[1]) - (ego + 0.5 * length[0]) == pytest.approx(gap, abs=0.005)


@pytest.mark.parametrize("gap", [-30.0, -8.0, 4.0])
def test_a_place_along_a_kerb_may_be_at_a_negative_gap(gap: float) -> None:
    """From 100 m, ahead as a heads (back, on the left-hand side); ``by`` of a row is its own elements'."""
    v = variants_of(
        "world street(length = 200 m, lane_width = 5 m)\ncar a along curb(left) at s(100 m)\n"
        f"car p[2] along curb(right) ahead of a by {gap} m"
    )
    placed = place(v)
    a, first, second = placed.x_m[0].tolist()
    own, one, two = placed.size_m[0, :, 0].tolist()
    way = float(np.cos(placed.yaw_rad[0, 0]))
    assert (first - a) * way == pytest.approx(gap + 0.5 * (own + one))
    assert (second - first) * way == pytest.approx(1.0 + 0.5 * (one + two))  # leads ahead, not away from a


def test_gap_to_another_lane_in_a_bend_is_that_of_the_middles_of_the_bumpers() -> None:
    """Projected onto the dense line of ego's lane: on its inside a car covers more of it than its own length."""
    body = (
        "world street(radius = 40 m, length = 150 m, lanes = 2)\ncar ego on lane(1) at s(40 m)\n"
        "car other on lane(2) at s(80 m)\ndo:\n    now: ego.drive()\nstop after 0.1 s\n"
        "cover ego.gap(other) as gap at now.started by 1 m"
    )
    (trace,) = run(body)
    v = variants_of(body)
    placed = place(v)
    line = parallel(v.lane_graphs[0].lanes[0].centre, 0.0)
    c, s, half = np.cos(placed.yaw_rad[0]), np.sin(placed.yaw_rad[0]), 0.5 * placed.size_m[0, :, 0]
    ends = [
        along(line, np.column_stack([placed.x_m[0] + k * half * c, placed.y_m[0] + k * half * s])) for k in (-1.0, 1.0)
    ]
    low, high = np.minimum(*ends), np.maximum(*ends)
    ahead = int(np.argmax(low))
    assert trace.covers["gap"] == pytest.approx(low[ahead] - high[1 - ahead], abs=0.01)
