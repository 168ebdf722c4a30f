"""Automatic emergency braking as a safety engineer would judge it: properties over many drawn encounters."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simengine.physics import Simulation, Snapshot
from simengine.world.walls import Wall
from tests.physics.stage import LANE_M, SNAPPY, Actor, bend, car, child, everywhere, road, run, simulation

HALF_M = 0.9
"""Half the width of the test car."""
KID_M = 0.15
"""Half the extent across the road of a child that faces across it."""


def encounters(count: int, dt_s: float = 0.01) -> tuple[Simulation, np.ndarray, np.ndarray]:
    """Cars at 20 to 60 km/h, children at both sides or in the lane 15 to 45 m ahead, and when each child starts."""
    draw = np.random.default_rng(5)
    rows: list[list[Actor]] = []
    for k in range(count):
        side = -1.0 if k % 2 else 1.0
        row: list[Actor] = [
            (car("a"), "vehicle", 0.0, 0.0, 0.0, float(draw.uniform(20, 60)) / 3.6),
            (child(), "person", float(draw.uniform(20, 50)), side * float(draw.uniform(0.0, 4.0)), -90.0 * side,
             float(draw.uniform(0.5, 4.0))),
        ]  # fmt: skip
        rows.append(row)
    sim = simulation(rows, [road(3)] * count, {0: ("aeb", {"reaction": draw.uniform(0.2, 0.6, count)})}, dt_s)
    return sim, draw.uniform(0.0, 3.0, count), draw.uniform(0.3, 2.5, count)


def steps(sim: Simulation, start_s: np.ndarray, freeze_s: np.ndarray, seconds: float):
    """Run: each child starts across at its time and freezes for a second a while later, in the way or not."""
    for k in range(round(seconds / sim.dt_s)):
        now = k * sim.dt_s
        starts = np.abs(start_s - now) < 0.5 * sim.dt_s
        if starts.any():
            sim.start("run", 1, {"across": "road"}, starts, key="run")
        stands = np.abs(start_s + freeze_s - now) < 0.5 * sim.dt_s
        if stands.any():
            handle = sim.start("freeze", 1, {}, stands, key="freeze")
        goes = np.abs(start_s + freeze_s + 1.0 - now) < 0.5 * sim.dt_s
        if goes.any():
            sim.cancel(handle, goes)
        before = sim.state.position_m.copy(), sim.speed_mps[:, 0]
        sim.step()
        yield before, sim.speed_mps[:, 0], k


def test_never_accelerates_towards_a_person_in_its_way() -> None:
    """Whoever is inside the strip that the car sweeps, ahead of its front and within its braking distance (or
    5 m), sees it get no faster, whatever the child does (starts, runs, freezes, goes on)."""
    sim, start, freeze = encounters(80)
    checked, since = 0, np.zeros(80)
    for (position, v), faster, _ in steps(sim, start, freeze, 9.0):
        ahead = position[:, 1, 0] - position[:, 0, 0] - 2.25 - 0.2
        beside = np.abs(position[:, 1, 1] - position[:, 0, 1])
        inside = (beside < HALF_M + KID_M) & (ahead > 0) & (ahead < np.maximum(v * v / 18.0 + 0.3 * v, 5.0))
        since = np.where(inside, since + 1, 0)
        late = since > 15  # the engine's pull fades at the vehicle's jerk limit: 2 m/s2 in 0.1 s
        checked += int(late.sum())
        assert not bool((late & (faster > v + 1e-12)).any())
    assert checked > 2000


def test_brakes_to_a_standstill_and_then_drives_on() -> None:
    """A child that freezes in front of the car is braked for until the car stands, although it drifts aside slowly
    while it comes to rest; when it has left, the car gets back to its speed."""
    actors = [[(car("a", SNAPPY), "vehicle", 0.0, 0.0, 0.0, 13.9), (child(), "person", 40.0, -2.6, 90.0, 2.9)]]
    sim = simulation(actors, [road(2)], {0: ("aeb", {"reaction": 0.3})})
    freeze, slowest, braked = -1, 13.9, False
    for k in range(1600):
        if k == 60:
            sim.start("run", 1, {"to": "far_curb"}, everywhere(sim))
        if k == 180:
            freeze = sim.start("freeze", 1, {}, everywhere(sim))
        if k == 480:
            assert sim.speed_mps[0, 0] == 0.0 and sim.emergency[0, 0]
            sim.cancel(freeze, everywhere(sim))
        before = sim.speed_mps[0, 0]
        sim.step()
        braked = braked or bool(sim.emergency[0, 0])
        slowest = min(slowest, float(sim.speed_mps[0, 0]))
        assert not Snapshot(sim.cast, sim.state).collision(0, 1)[0]
        assert not (braked and k < 480) or sim.speed_mps[0, 0] <= before
    assert slowest == 0.0 and sim.speed_mps[0, 0] == pytest.approx(13.9, abs=0.01) and not sim.emergency[0, 0]


def test_never_brakes_for_what_stays_beside_the_path() -> None:
    """Cars parked 1 cm beside the swept strip, people who stand or walk along 0.25 m beside it or walk away from it:
    the speed keeps its very bits at every tick, in all variants."""
    draw = np.random.default_rng(6)
    rows: list[list[Actor]] = []
    for _ in range(40):
        side = float(draw.choice([-1.0, 1.0]))
        van = side * (2 * HALF_M + float(draw.uniform(0.01, 1.0)))
        kid = -side * (HALF_M + 0.2 + float(draw.uniform(0.25, 2.0)))
        rows.append([
            (car("a"), "vehicle", 0.0, 0.0, 0.0, float(draw.uniform(4.0, 20.0))),
            (car("p"), "vehicle", float(draw.uniform(20, 60)), van, float(draw.choice([0.0, 180.0])), 0.0),
            (child(), "person", float(draw.uniform(20, 60)), kid, float(draw.choice([0.0, 180.0])), 1.0),
        ])  # fmt: skip
    sim = simulation(rows, [road(3)] * 40, {0: ("aeb", {"reaction": 0.3})})
    first = sim.speed_mps[:, 0].copy()
    for k in range(700):
        if k == 100:
            away = sim.motion.y[:, 2] + 30.0 * np.sign(sim.motion.y[:, 2])
            along = np.stack([sim.motion.x[:, 2] + 30.0 * sim.motion.cos[:, 2], sim.motion.y[:, 2]], -1)
            out = np.stack([sim.motion.x[:, 2], away], -1)
            sim.start("walk", 2, {"to": np.where(np.arange(40)[:, None] % 2, along, out)}, everywhere(sim))
        sim.step()
        assert (sim.speed_mps[:, 0] == first).all() and not sim.emergency.any()


@pytest.mark.parametrize("y", [0.0, -0.8, 1.0])
@pytest.mark.parametrize("moving", [False, True])
def test_always_stops_for_a_person_in_the_way(y: float, moving: bool) -> None:
    """In time and in free sight, a person anywhere in the corridor is never touched: standing, or walking along."""
    speeds = np.arange(3.0, 21.0, 3.0)
    rows: list[list[Actor]] = [
        [(car("a"), "vehicle", 0.0, 0.0, 0.0, float(v)), (child(), "person", 50.0, y, 0.0, 1.2)] for v in speeds
    ]
    sim = simulation(rows, [road(2)] * len(rows), {0: ("aeb", {"reaction": 0.4})})
    if moving:
        to = np.stack([np.full(len(rows), 200.0), np.full(len(rows), y)], -1)
        sim.start("walk", 1, {"to": to}, everywhere(sim))
    for _ in range(2000):
        sim.step()
        assert not Snapshot(sim.cast, sim.state).collision(0, 1).any()
    if not moving:
        assert (sim.speed_mps[:, 0] == 0.0).all()


def test_keeps_behind_a_slower_car() -> None:
    """A lead car at 5 m/s: braked for until the car is no faster, never to a standstill and never touched; then the car
    keeps near its speed, as it does not accelerate into the gap that it has just braked for."""
    actors = [[(car("a", SNAPPY), "vehicle", 0.0, 0.0, 0.0, 14.0), (car("b"), "vehicle", 60.0, 0.0, 0.0, 5.0)]]
    sim = simulation(actors, [road(2, length_m=1000.0)], {0: ("aeb", {"reaction": 0.3})})
    speeds = []
    for _ in range(2500):
        sim.step()
        speeds.append(float(sim.speed_mps[0, 0]))
        assert Snapshot(sim.cast, sim.state).gap_m(0, 1)[0] > 0.3
    assert np.mean(speeds[1000:]) > 4.0 and max(speeds[1000:]) < 8.0


def test_halving_the_tick_changes_little() -> None:
    """The closest approach of 40 encounters with ticks of 10 and 5 ms differs by less than the way of a few ticks: the
    decisions are counted in whole ticks, each worth v dt, a step aside of a child included."""
    nearest = []
    for dt in (0.01, 0.005):
        sim, start, freeze = encounters(40, dt)
        start, freeze = np.round(start, 2), np.round(freeze, 2)
        best = np.full(40, np.inf)
        for _, _, k in steps(sim, start, freeze, 7.0):
            if k % round(0.05 / dt) == 0:
                best = np.minimum(best, Snapshot(sim.cast, sim.state).distance_m(0, 1))
        nearest.append(np.maximum(best, 0.0))
    assert np.median(np.abs(nearest[0] - nearest[1])) < 0.05
    assert np.abs(nearest[0] - nearest[1]).max() < 0.8


def test_lets_go_of_a_car_that_changes_away() -> None:
    """A car that leaves the lane is braked for at the most until it is out; then the speed comes back."""
    actors = [[(car("a"), "vehicle", 0.0, 0.0, 0.0, 14.0), (car("b"), "vehicle", 35.0, 0.0, 0.0, 6.0)]]
    sim = simulation(actors, [road(2, length_m=1000.0)], {0: ("aeb", {"reaction": 0.3})})
    sim.start("change_lane", 1, {"to": 1, "lateral_speed": 1.0}, everywhere(sim))
    for _ in range(2000):
        sim.step()
        assert not Snapshot(sim.cast, sim.state).collision(0, 1)[0]
    assert sim.speed_mps[0, 0] == pytest.approx(14.0, abs=0.01)
    assert sim.motion.y[0, 1] == pytest.approx(LANE_M, abs=0.02)


def test_stops_before_a_wall_where_there_is_room() -> None:
    """From 15, 30 and 50 km/h towards a wall 60 m ahead: it stands before it without a contact, within two metres of
    where braking with all its reserve ends, and stays there."""
    speeds = [v / 3.6 for v in (15.0, 30.0, 50.0)]
    for v in speeds:
        graph = replace(road(1), walls=(Wall("wall", np.array([(60.2, -5.0), (60.2, 5.0)]), 0.2, 3.0),))
        sim = simulation([[(car("a"), "vehicle", 0.0, 0.0, 0.0, v)]], [graph], {0: ("aeb", {})})
        run(sim, 60.0 / v + 4.0)
        gap = 60.0 - float(sim.motion.x[0, 0]) - 2.25
        assert sim.motion.v[0, 0] == 0.0 and not sim.impacts.walls_hit and 0.1 < gap < 0.6 * v + 1.0, v
        before = float(sim.motion.x[0, 0])
        assert run(sim, 1.0).motion.x[0, 0] == before


def test_walls_beside_the_way_are_passed() -> None:
    """Along a bend of 40 m between guard rails half a metre beside it, whose tangents lead into them, and through a
    gate that leaves 0.3 m on either side: never slower."""
    turn = bend(40.0)
    points, yaw = turn.lanes[0].centre.at(np.linspace(0.0, 60.0, 61))[:2]
    left = np.stack([-np.sin(yaw), np.cos(yaw)], -1)
    rails = tuple(Wall("guard rail", points[:, :2] + s * (HALF_M + 0.6) * left, 0.1, 0.8) for s in (-1.0, 1.0))
    gate = tuple(Wall("gate", np.array([(30.0, s * (HALF_M + 0.3)), (30.0, s * 4.0)]), 0.001, 3.0) for s in (-1.0, 1.0))
    for graph in (replace(turn, walls=rails), replace(road(1), walls=gate)):
        sim = simulation([[(car("a"), "vehicle", 0.0, 0.0, 0.0, 8.0)]], [graph], {0: ("aeb", {})})
        for _ in range(600):
            sim.step()
            assert sim.motion.v[0, 0] >= 8.0 - 1e-9
        assert sim.motion.travelled[0, 0] > 47.0
