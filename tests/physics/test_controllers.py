"""Car following, automatic emergency braking and the lane keeping system."""

from __future__ import annotations

import numpy as np
import pytest

from simengine.errors import UsageError
from simengine.physics import Simulation, Snapshot
from simengine.physics.following import alks_headway_s, idm_equilibrium_gap_m, idm_mps2, needed_braking_mps2
from simengine.world.scene import Box, Entity, VehicleDynamics
from tests.physics.stage import (
    LANE_M,
    SNAPPY,
    Actor,
    car,
    cast_of,
    child,
    everywhere,
    road,
    run,
    simulation,
    state_of,
)


def test_idm_holds_its_equilibrium_gap() -> None:
    """Behind a vehicle at 15 m/s with a wanted speed of 20 m/s and 1.5 s headway the model is at rest at
    (s0 + v T) / sqrt(1 - (v / v0)^4) = 29.6 m; started elsewhere, the simulation settles there."""
    expected = idm_equilibrium_gap_m(15.0, 20.0, 1.5)
    assert expected == pytest.approx((2 + 15 * 1.5) / np.sqrt(1 - 0.75**4))
    one = np.ones(1)
    assert idm_mps2(15 * one, 20 * one, 1.5 * one, expected * one, 0 * one)[0] == pytest.approx(0.0, abs=1e-12)
    actors = [[(car("a"), "vehicle", 0.0, 0.0, 0.0, 15.0), (car("b"), "vehicle", 60.0, 0.0, 0.0, 15.0)]]
    sim = simulation(actors, [road()], {0: ("acc", {"headway": 1.5, "set_speed": np.array([20.0])})}, dt_s=0.02)
    run(sim, 80.0)
    assert Snapshot(sim.cast, sim.state).gap_m(0, 1)[0] == pytest.approx(expected, abs=0.05)


def test_acc_stops_behind_a_standing_car() -> None:
    """It comes to rest without touching, near the model's standstill gap of 2 m, never braking harder than comfort."""
    actors = [[(car("a"), "vehicle", 0.0, 0.0, 0.0, 13.0), (car("b"), "vehicle", 120.0, 0.0, 0.0, 0.0)]]
    sim = simulation(actors, [road()], {0: ("acc", {"headway": 1.5})}, dt_s=0.02)
    hardest = 0.0
    for _ in range(2000):
        sim.step()
        hardest = max(hardest, -float(sim.acceleration_mps2[0, 0]))
    assert 1.0 < Snapshot(sim.cast, sim.state).gap_m(0, 1)[0] < 2.6
    assert sim.speed_mps[0, 0] < 0.1 and hardest <= 3.5 + 1e-9


def test_acc_ignores_what_is_beside_its_lane() -> None:
    """Parked cars at the edge and traffic in the next lane are not ahead in the lane."""
    actors = [
        [
            (car("a"), "vehicle", 0.0, 0.0, 0.0, 13.0), (car("p"), "vehicle", 60.0, -2.9, 0.0, 0.0),
            (car("n"), "vehicle", 30.0, LANE_M, 0.0, 2.0),
        ]
    ]  # fmt: skip
    sim = run(simulation(actors, [road()], {0: ("acc", {})}), 8.0)
    assert sim.speed_mps[0, 0] == 13.0


@pytest.mark.parametrize("kind", ["acc", "aeb", "alks", "driver"])
def test_nobody_brakes_for_what_flies_above_the_roof(kind: str) -> None:
    """A drone in the way at 1.6 m is above a car of 1.45 m, which drives on as it did; one that sits on the road is in
    its way."""
    drone = Entity("d", "drone", "quad", 23, (0.6, 0.6, 0.2), occluders=(Box((0.0, 0.0, 0.1), (0.6, 0.6, 0.2)),))
    row: list[Actor] = [(car("a"), "vehicle", 0.0, 0.0, 0.0, 13.0), (drone, "drone", 60.0, 0.0, 0.0, 0.0)]
    start = state_of([row, row])
    start.position_m[0, 1, 2] = 1.6
    speeds = np.array([[13.0, 0.0]] * 2)
    sim = run(Simulation(cast_of([row, row], [road()] * 2), start, speeds, [(kind, {}), None], 0.02), 5.0)
    assert sim.speed_mps[0, 0] == 13.0 and sim.state.position_m[0, 0, 0] == pytest.approx(65.0)
    assert sim.speed_mps[1, 0] < 6.0 and sim.state.position_m[1, 0, 0] < 58.0


def wall(v: float, x: float, reaction: float, dynamics: VehicleDynamics = SNAPPY) -> list[list[Actor]]:
    return [[(car("a", dynamics), "vehicle", 0.0, 0.0, 0.0, v), (car("b"), "vehicle", x, 0.0, 0.0, 0.0)]]


@pytest.mark.parametrize("reaction", [0.2, 0.4, 0.6])
@pytest.mark.parametrize("v", [8.0, 14.0, 20.0])
def test_aeb_stops_just_in_time(v: float, reaction: float) -> None:
    """It begins its reaction when the time to collision falls below v / 2a + reaction + reserve (0.3 s, no build-up of
    the brake here), drives on for the reaction time and stops after v^2 / 2a: the gap left is the reserve, 0.3 v."""
    sim = run(simulation(wall(v, 150.0, reaction), [road()], {0: ("aeb", {"reaction": reaction})}), 1.0)
    while sim.speed_mps[0, 0] > 0:
        sim.step()
    left = float(Snapshot(sim.cast, sim.state).gap_m(0, 1)[0])
    assert left == pytest.approx(0.3 * v, abs=2.1 * 0.01 * v)  # two ticks of uncertainty


def test_aeb_reaction_is_counted_from_when_the_child_appears() -> None:
    """A child steps out 14 m ahead at 10 m/s: the brakes come on one reaction time after the collision course exists,
    and stopping takes v^2 / 2a; with a late start it is hit, but slower than the car drove."""
    actors = [[(car("a", SNAPPY), "vehicle", 0.0, 0.0, 0.0, 10.0), (child(), "person", 30.0, -2.2, 90.0, 2.5)]]
    sim = simulation(actors, [road()], {0: ("aeb", {"reaction": 0.3})})
    run(sim, 1.2)
    sim.start("run", 1, {"to": "far_curb"}, everywhere(sim))
    for _ in range(400):
        sim.step()
        if Snapshot(sim.cast, sim.state).collision(0, 1)[0] or sim.speed_mps[0, 0] == 0:
            break
    assert sim.speed_mps[0, 0] < 10.0 - 2.0


def blind(solid: bool) -> list[list[Actor]]:
    """A tall van parked at the edge hides a child that comes from behind it."""
    boxes = (Box((0.0, 0.0, 1.2), (5.0, 1.9, 2.4)),) if solid else ()
    van = Entity("van", "car", "van", 16, (5.2, 2.0, 2.5), occluders=boxes)
    row = [
        (car("a"), "vehicle", 0.0, 0.0, 0.0, 14.0), (van, "vehicle", 30.0, -2.6, 0.0, 0.0),
        (child(), "person", 33.4, -3.2, 90.0, 1.5),
    ]  # fmt: skip
    return [row]


def test_aeb_sees_nothing_behind_a_van() -> None:
    """The same child on the same course: the brakes come on 0.1 s later or more where the van is solid."""
    first = []
    for solid in (False, True):
        sim = simulation(blind(solid), [road()], {0: ("aeb", {"reaction": 0.2})})
        sim.start("run", 2, {"to": "far_curb"}, everywhere(sim))
        when = 0.0
        while not sim.emergency[0, 0] and when < 3.0:
            sim.step()
            when += 0.01
        first.append(when)
    assert first[0] + 0.1 < first[1]


def test_aeb_leaves_parked_and_oncoming_cars_alone() -> None:
    """Nothing on the swept path: the speed keeps its very bits."""
    actors = [
        [
            (car("a"), "vehicle", 0.0, 0.0, 0.0, 14.0), (car("p"), "vehicle", 60.0, -2.4, 0.0, 0.0),
            (car("o"), "vehicle", 150.0, LANE_M, 180.0, 14.0), (child(), "person", 80.0, -1.7, 90.0, 0.0),
        ]
    ]  # fmt: skip
    sim = run(simulation(actors, [road(2, oncoming=1)], {0: ("aeb", {"reaction": 0.3})}), 8.0)
    assert sim.speed_mps[0, 0] == 14.0


def test_aeb_passes_a_parked_car_closely_but_not_a_person() -> None:
    """0.1 m of clearance: beside a parked car the speed stays as it is, beside a standing child the car brakes."""
    for who, half in ((car("p"), 0.9), (child("p"), 0.15)):
        kind, heading = ("vehicle", 0.0) if half == 0.9 else ("person", 90.0)
        actors = [[(car("a"), "vehicle", 0.0, 0.0, 0.0, 10.0), (who, kind, 60.0, -(1.0 + half), heading, 0.0)]]
        sim = run(simulation(actors, [road()], {0: ("aeb", {"reaction": 0.3})}), 7.0)
        assert bool(sim.speed_mps[0, 0] == 10.0) is (kind == "vehicle")


def test_aeb_goes_on_when_the_way_is_clear() -> None:
    """A child runs across and away: the car that braked for it drives on and gets back to its speed."""
    actors = [[(car("a"), "vehicle", 0.0, 0.0, 0.0, 10.0), (child(), "person", 40.0, -1.7, 90.0, 2.0)]]
    sim = simulation(actors, [road()], {0: ("aeb", {"reaction": 0.3})})
    run(sim, 2.2)
    sim.start("run", 1, {"to": "far_curb"}, everywhere(sim))
    slowest = 10.0
    for _ in range(1500):
        sim.step()
        slowest = min(slowest, float(sim.speed_mps[0, 0]))
        assert not Snapshot(sim.cast, sim.state).collision(0, 1)[0]
    assert slowest < 5.0 and sim.speed_mps[0, 0] == pytest.approx(10.0, abs=0.01)


def test_alks_headway_is_the_regulations() -> None:
    """UN R157 5.2.3.3: 1.1 s at 10 km/h, 1.3 s at 30 km/h, 1.6 s at 60 km/h."""
    v = np.array([10, 20, 30, 40, 50, 60]) / 3.6
    np.testing.assert_allclose(alks_headway_s(v), [1.1, 1.2, 1.3, 1.4, 1.5, 1.6], atol=1e-9)


@pytest.mark.parametrize("dv_kmh", [10, 20, 30, 40])
def test_alks_avoids_a_cut_in_that_the_regulation_calls_avoidable(dv_kmh: int) -> None:
    """UN R157 5.2.5.2: at 60 km/h, a vehicle slower by dv that is already 0.3 m inside the lane, at a time to collision
    of dv / (2 x 6 m/s2) + 0.35 s and a tenth more, must not be hit."""
    v, dv = 60 / 3.6, dv_kmh / 3.6
    gap = (dv / 12 + 0.45) * dv
    edge = 0.5 * LANE_M - 0.31 + 0.9
    actors = [
        [(car("a"), "vehicle", 0.0, 0.0, 0.0, v), (car("b"), "vehicle", 4.5 + gap, edge, 0.0, v - dv)],
    ]
    sim = simulation(actors, [road()], {0: ("alks", {})})
    nearest = np.inf
    for _ in range(800):
        sim.step()
        nearest = min(nearest, float(Snapshot(sim.cast, sim.state).gap_m(0, 1)[0]))
    assert nearest > 0


def test_alks_follows_a_lane_change_and_restores_its_gap() -> None:
    """A car cuts in with room to spare: no emergency, and in the end the time gap is at least the regulation's."""
    actors = [[(car("a"), "vehicle", 0.0, 0.0, 0.0, 15.0), (car("b"), "vehicle", 40.0, LANE_M, 0.0, 13.0)]]
    sim = simulation(actors, [road(2, length_m=2000.0)], {0: ("alks", {})}, dt_s=0.02)
    run(sim, 1.0)
    sim.start("change_lane", 1, {"to": 0, "lateral_speed": 1.0}, everywhere(sim))
    braked = False
    for _ in range(2500):
        sim.step()
        braked = braked or bool(sim.emergency[0, 0])
    assert not braked
    assert Snapshot(sim.cast, sim.state).headway_s(0, 1)[0] >= float(alks_headway_s(np.array(13.0)))


def test_needed_braking() -> None:
    """Closing at 10 m/s with 20.5 m of gap, half a metre kept in hand: 10^2 / (2 x 20) = 2.5 m/s2; after a reaction of
    1 s only 10 m are left: 5 m/s2."""
    one = np.ones(1)
    assert needed_braking_mps2(20.5 * one, 10 * one, 0 * one)[0] == pytest.approx(2.5)
    assert needed_braking_mps2(20.5 * one, 10 * one, 1 * one)[0] == pytest.approx(5.0)
    assert needed_braking_mps2(20.5 * one, -1 * one, 1 * one)[0] == 0


def test_unknown_controller() -> None:
    """The message names the ones that there are."""
    with pytest.raises(UsageError, match="did you mean 'alks'"):
        simulation(wall(8.0, 50.0, 0.3), [road()], {0: ("alsk", {})})
