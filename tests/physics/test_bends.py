"""Driving, walking and asking on circles, where the answers are known."""

from __future__ import annotations

import numpy as np
import pytest

from simengine.geometry.arcs import arcs_through
from simengine.physics.paths import PathTable, project
from simengine.physics.snapshot import Snapshot
from simengine.world.lanes import Curve, Lane, LaneGraph
from tests.physics.stage import LANE_M, car, cast_of, child, everywhere, road, run, simulation, state_of


def circle(radius_m: float, left_m: float = 0.0, turn_rad: float = 3.0) -> Curve:
    """A left-hand (radius > 0) or right-hand circle from the origin along +x, moved to its left."""
    a = np.linspace(0.0, turn_rad, 7)
    r = abs(radius_m) - np.sign(radius_m) * left_m
    joints = np.stack([r * np.sin(a), np.sign(radius_m) * (abs(radius_m) - r * np.cos(a))], -1)
    fine = np.linspace(0.0, turn_rad, 600)
    points = [r * np.sin(fine), np.sign(radius_m) * (abs(radius_m) - r * np.cos(fine)), 0.0 * fine]
    return Curve(np.stack(points, -1), arcs_through(joints, np.sign(radius_m) * a))


def ring(radius_m: float, lanes: int = 2) -> LaneGraph:
    """Lanes side by side, the first on the circle itself, kerbs at their edges."""
    out = tuple(
        Lane(circle(radius_m, LANE_M * i), LANE_M, True, i + 1 if i + 1 < lanes else -1, i - 1) for i in range(lanes)
    )
    edges = {"curb.right": circle(radius_m, -0.5 * LANE_M), "curb.left": circle(radius_m, LANE_M * (lanes - 0.5))}
    return LaneGraph(out, edges)


def on(radius: float, s: float, left: float = 0.0) -> tuple[float, float, float]:
    """x, y and heading in degrees at an arc length of the circle, moved to its left."""
    a = s / radius
    return (radius - left) * np.sin(a), radius - (radius - left) * np.cos(a), float(np.degrees(a))


@pytest.mark.parametrize("radius", [60.0, -60.0, 250.0, -1000.0])
def test_stations_offsets_and_headings_are_those_of_the_circle(radius: float) -> None:
    """Arcs are exact: the point at angle a and distance d to the left has the station R a and the offset d, and the way
    back gives the point again. Beyond the ends the path goes on along the tangent."""
    table = PathTable.of([[circle(radius)]])
    rng = np.random.default_rng(1)
    s, left = rng.uniform(0.0, 3.0 * abs(radius), 200), rng.uniform(-20.0, 20.0, 200)
    x, y, yaw = table.at(np.zeros((1, 200), np.int64), s[None], left[None])
    a, r = s / radius, radius - left
    np.testing.assert_allclose(x[0], r * np.sin(a), atol=1e-9)
    np.testing.assert_allclose(y[0], radius - r * np.cos(a), atol=1e-9)
    np.testing.assert_allclose(yaw[0], a, atol=1e-12)
    rows = np.ascontiguousarray(np.broadcast_to(table.packed[0], (200, *table.packed.shape[2:])))
    frame = project(rows, x[0], y[0])
    np.testing.assert_allclose(frame.station_m, s, atol=1e-8)
    np.testing.assert_allclose(frame.left_m, left, atol=1e-9)
    np.testing.assert_allclose(np.arctan2(frame.uy, frame.ux), np.arctan2(np.sin(a), np.cos(a)), atol=1e-9)
    assert np.allclose(frame.curvature_per_m, 1.0 / radius)
    before = project(rows[:1], np.array([-30.0]), np.array([2.0]))
    assert before.station_m[0] == pytest.approx(-30.0) and before.left_m[0] == pytest.approx(2.0)


def test_a_straight_path_gives_the_same_bits_beside_bent_ones() -> None:
    """A batch of N equals N singles: the straight road's answers may not know that its table is padded for bends."""
    rng = np.random.default_rng(2)
    x, y = rng.uniform(-50.0, 450.0, (1, 40)), rng.uniform(-6.0, 6.0, (1, 40))
    straight = Curve(np.array([[0.0, 1.25, 0.0], [400.0, 1.25, 0.0]]))
    alone = PathTable.of([[straight]]).packed
    mixed = PathTable.of([[straight], [circle(250.0)]]).packed[:1]
    assert mixed.shape[2] > 1
    for a, b in zip(project(alone, x, y)[:5], project(np.ascontiguousarray(mixed), x, y)[:5], strict=True):
        assert np.broadcast_to(a, x.shape).tobytes() == np.ascontiguousarray(np.broadcast_to(b, x.shape)).tobytes()


@pytest.mark.parametrize("rows", [3, 20])
def test_stations_of_a_short_path_beside_a_longer_one(rows: int) -> None:
    """A batch of N equals N singles: padding behind a path of few pieces holds no station of it."""
    rng = np.random.default_rng(rows)
    points = np.cumsum(rng.uniform(1.0, 9.0, (rows, 3)) * (1.0, 0.2, 0.0), 0)
    short, long = [Curve(points)], [Curve(np.repeat(points, 2, 0) + np.arange(2 * rows)[:, None] * 0.01)]
    station = np.linspace(-5.0, 200.0, 60)[None]
    index = np.zeros_like(station, np.int64)
    alone = PathTable.of([short]).at(index, station, 0.5 * np.ones_like(station))
    both = PathTable.of([short, long]).at(*(np.repeat(v, 2, 0) for v in (index, station, 0.5 * np.ones_like(station))))
    for one, many in zip(alone, both, strict=True):
        assert one[0].tobytes() == np.ascontiguousarray(many[0]).tobytes()


@pytest.mark.parametrize(("radius", "v"), [(100.0, 12.0), (250.0, 25.0), (1000.0, 35.0), (-250.0, 16.0)])
def test_a_vehicle_keeps_its_lane_on_a_circle(radius: float, v: float) -> None:
    """Once settled, the rear axle is on the circle to a millimetre, the heading turns at v / R, and the acceleration
    across is v^2 / R (the change of the velocity of the rear axle over 10 ms)."""
    sim = run(simulation([[(car(), "vehicle", 0.0, 0.0, 0.0, v)]], [ring(radius)]), 4.0)
    m = sim.motion
    x, y = m.x - 1.35 * m.cos, m.y - 1.35 * m.sin
    off = abs(float(np.hypot(x, y - radius)[0, 0]) - abs(radius))
    assert off < 1e-3
    assert float(m.yaw_rate[0, 0]) == pytest.approx(v / radius, rel=2e-3)
    before = m.v[0, 0] * np.array([m.cos[0, 0], m.sin[0, 0]])
    sim.step()
    change = (m.v[0, 0] * np.array([m.cos[0, 0], m.sin[0, 0]]) - before) / 0.01
    assert np.hypot(*change) == pytest.approx(v * v / abs(radius), rel=5e-3)


def test_a_lane_change_ends_in_the_other_lane_of_the_bend() -> None:
    """It is over when its lateral speed says (pi D / (2 w), and settling), 3.5 m nearer to the middle of the bend."""
    sim = simulation([[(car(), "vehicle", 0.0, 0.0, 0.0, 20.0)]], [ring(250.0)])
    run(sim, 2.0)
    handle = sim.start("change_lane", 0, {"to": 1.0, "lateral_speed": 1.0}, everywhere(sim))
    run(sim, 0.5 * np.pi * LANE_M + 0.5)
    assert sim.finished(handle)[0]
    m = sim.motion
    assert np.hypot(m.x - 1.35 * m.cos, m.y - 1.35 * m.sin - 250.0)[0, 0] == pytest.approx(250.0 - LANE_M, abs=0.03)


def test_gaps_and_times_are_counted_along_the_lane() -> None:
    """Two cars 1 rad apart on a circle of 100 m: the gap is the arc, 100 m, less what lies between centres and the
    middles of bumpers, each 2.25 m ahead or behind on the tangent, so R atan(2.25 / R) along the arc; not the chord
    (95.9 m). The other lane's car at the same angle, R - 3.5 m from the centre, closes at v R / (R - 3.5 m): its
    station runs that much faster, so does the time to collision, and its bumpers reach R atan(2.25 / (R - 3.5))."""
    one, two, three = (on(100.0, s, d) for s, d in ((10.0, 0.0), (110.0, 0.0), (110.0, LANE_M)))
    actors = [[(car("a"), "vehicle", *one, 20.0), (car("b"), "vehicle", *two, 5.0), (car("c"), "vehicle", *three, 5.0)]]
    snap = Snapshot(cast_of(actors, [ring(100.0)]), state_of(actors, moving=True))
    outer, inner = 100.0 * np.arctan(2.25 / 100.0), 100.0 * np.arctan(2.25 / 96.5)
    assert snap.gap_m(0, 1)[0] == pytest.approx(100.0 - 2.0 * outer, abs=1e-6)
    assert snap.distance_m(0, 1)[0] < 2 * 100.0 * np.sin(0.5)
    assert snap.ttc_s(0, 1)[0] == pytest.approx((100.0 - 2.0 * outer) / 15.0, rel=1e-6)
    assert snap.gap_m(0, 2)[0] == pytest.approx(100.0 - outer - inner, abs=1e-6)
    assert snap.ttc_s(0, 2)[0] == pytest.approx((100.0 - outer - inner) / (20.0 - 5.0 * 100.0 / 96.5), rel=1e-6)
    assert (snap.lane(0), snap.lane(2)) == (0, 1)
    ahead = np.array([[*on(100.0, 60.0)[:2], 0.0]])
    assert snap.time_to_s(0, ahead)[0] == pytest.approx((50.0 - outer) / 20.0, rel=1e-6)


@pytest.mark.parametrize("controller", ["alks", "acc", "aeb"])
def test_controllers_judge_the_lead_along_the_lane(controller: str) -> None:
    """A slower lead round a bend of 100 m, 90 deg ahead, is nowhere near straight ahead of ego; a parked car in the
    other lane is, for a moment, straight ahead, and no lead. Behind the slow one ego neither collides nor stops; the
    same run on a straight road ends with the same gap, to a few centimetres."""
    ends: list[float] = []
    for graph, place in ((ring(100.0), on), (road(), lambda _, s, d=0.0: (s, d, 0.0))):
        actors = [[
            (car("ego"), "vehicle", *place(100.0, 0.0), 14.0), (car("slow"), "vehicle", *place(100.0, 60.0), 8.0),
            (car("aside"), "vehicle", *place(100.0, 40.0, LANE_M), 0.0),
        ]]  # fmt: skip
        sim = simulation(actors, [graph], {0: (controller, {})}, 0.01)
        closest = np.inf
        for _ in range(30):
            snap = Snapshot(sim.cast, run(sim, 0.4).state)
            closest = min(closest, float(snap.gap_m(0, 1)[0]))
        assert closest > 0.0 and sim.speed_mps[0, 0] > 5.0
        ends.append(float(snap.gap_m(0, 1)[0]))
    assert ends[0] == pytest.approx(ends[1], abs=0.25)


def test_people_cross_a_bend_square_to_it() -> None:
    """From 1 m behind the outer kerb at angle 0.5 the way leads towards the centre of the circle: the angle stays."""
    x, y, _ = on(100.0, 50.0, -0.5 * LANE_M - 1.0)
    sim = simulation([[(child(), "person", x, y, 90.0, 0.0)]], [ring(100.0)])
    handle = sim.start("cross", 0, {"across": "road", "speed": 1.5}, everywhere(sim))
    run(sim, 10.0)
    m = sim.motion
    assert sim.finished(handle)[0]
    assert np.arctan2(m.x[0, 0], 100.0 - m.y[0, 0]) == pytest.approx(0.5, abs=1e-4)
    left = 100.0 - np.hypot(m.x, m.y - 100.0)[0, 0]
    assert left == pytest.approx(1.5 * LANE_M - 0.15, abs=0.06)  # level kerbs: it stops with its box at the edge
