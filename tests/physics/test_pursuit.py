"""Actions that look at another actor in every tick, shifts beside the lane's middle, and speeds that are set."""

from __future__ import annotations

import numpy as np
import pytest

from simengine.physics import Simulation
from simengine.physics.pursuit import GAP_GAIN_PER_S
from simengine.world.scene import VehicleDynamics
from tests.physics.stage import SNAPPY, car, child, everywhere, road, run, simulation

LENGTH = 4.5


def two(gap_m: float, v: float, lead: float, dynamics: VehicleDynamics = SNAPPY) -> Simulation:
    """A car and another one ahead, bumper to bumper so far."""
    return simulation(
        [[(car("a", dynamics), "vehicle", 0.0, 0.0, 0.0, v), (car("b"), "vehicle", gap_m + LENGTH, 0.0, 0.0, lead)]],
        [road(length_m=2000.0)],
    )


def gap(sim: Simulation) -> float:
    x = sim.state.position_m[0, :, 0]
    return float(x[1] - x[0]) - LENGTH


def test_an_error_of_a_gap_dies_out_exponentially() -> None:
    """With speed = other's + k (gap - wanted), an error e obeys e' = -k e: e(t) = e0 exp(-k t), but for the third of a
    second that it takes to be 1 m/s faster at 3 m/s2 and the lag of 0.05 s of the speed control."""
    sim = two(22.0, 10.0, 10.0)
    handle = sim.start("keep_gap", 0, {"target": 1.0, "distance": 20.0}, everywhere(sim))
    for seconds in range(1, 9):
        run(sim, 1.0)
        late = 0.5 * (1.0 / 3.0) + 0.05
        assert gap(sim) - 20.0 == pytest.approx(2.0 * np.exp(-GAP_GAIN_PER_S * (seconds - late)), abs=0.06)
    run(sim, 8.0)
    assert gap(sim) == pytest.approx(20.0, abs=0.005) and not sim.finished(handle)[0]


def test_a_gap_to_what_is_behind() -> None:
    """Ahead of the other, too near: it goes faster until 15 m are free; the other does not care."""
    sim = two(8.0, 10.0, 10.0)
    sim.start("keep_gap", 1, {"target": 0.0, "distance": 15.0}, everywhere(sim))
    run(sim, 20.0)
    assert gap(sim) == pytest.approx(15.0, abs=0.05) and sim.speed_mps[0, 0] == 10.0


def test_following_settles_at_the_headway() -> None:
    """2 m and 1.5 s of the own speed behind, after the other has braked to 6 m/s: 2 + 1.5 x 6 = 11 m."""
    sim = two(60.0, 15.0, 12.0)
    sim.start("follow", 0, {"target": 1.0, "headway": 1.5}, everywhere(sim))
    run(sim, 25.0)
    assert gap(sim) == pytest.approx(2.0 + 1.5 * 12.0, abs=0.05)
    sim.start("change_speed", 1, {"to": 6.0, "rate": 2.0}, everywhere(sim))
    run(sim, 25.0)
    assert gap(sim) == pytest.approx(11.0, abs=0.05) and sim.speed_mps[0, 0] == pytest.approx(6.0, abs=0.01)


def test_following_stops_behind_what_stops() -> None:
    """At a standstill 2 m are left, and no contact on the way."""
    sim = two(30.0, 12.0, 12.0)
    sim.start("follow", 0, {"target": 1.0, "headway": 1.5}, everywhere(sim))
    run(sim, 5.0)
    sim.start("stop", 1, {"rate": 3.0}, everywhere(sim))
    nearest = np.inf
    for _ in range(4000):
        sim.step()
        nearest = min(nearest, gap(sim))
    assert nearest > 1.0 and gap(sim) == pytest.approx(2.0, abs=0.1)


@pytest.mark.parametrize("lead_s", [0.0, 1.5, -1.0])
def test_two_arrive_together(lead_s: float) -> None:
    """Fronts are level with x = 200 m at times that differ by the lead; the other drives 11 m/s all the way, so that it
    arrives after (200 - 40 - 2.25) / 11 s. The action ends there and the speed stays."""
    sim = simulation(
        [[(car("a"), "vehicle", 0.0, 0.0, 0.0, 10.0), (car("b"), "vehicle", 40.0, 3.5, 0.0, 11.0)]],
        [road(length_m=600.0)],
    )
    place = np.array([[200.0, 0.0]])
    handle = sim.start("synchronise", 0, {"at": place, "target": 1.0, "lead": lead_s}, everywhere(sim))
    arrived = 0.0
    while not arrived and sim.motion.tick < 3000:
        sim.step()
        if sim.state.position_m[0, 0, 0] + 0.5 * LENGTH >= 200.0:
            arrived = sim.motion.tick * 0.01
    assert arrived == pytest.approx((200.0 - 40.0 - 0.5 * LENGTH) / 11.0 - lead_s, abs=0.03)
    run(sim, 0.05)
    assert sim.finished(handle)[0]
    v = float(sim.speed_mps[0, 0])
    run(sim, 1.0)
    assert sim.speed_mps[0, 0] == pytest.approx(v, abs=0.3)


def test_arriving_with_somebody_who_walks() -> None:
    """A child walks to the middle of the lane at x = 80 m, 1.5 m/s, and the car is there when it is."""
    sim = simulation(
        [[(car("a"), "vehicle", 0.0, 0.0, 0.0, 10.0), (child(), "person", 80.0, -12.0, 90.0, 1.5)]],
        [road(length_m=600.0)],
    )
    place = np.array([[80.0, 0.0]])
    sim.start("walk", 1, {"to": place}, everywhere(sim))
    handle = sim.start("synchronise", 0, {"at": place, "target": 1.0, "lead": 0.0}, everywhere(sim))
    while not sim.finished(handle)[0] and sim.motion.tick < 2000:
        sim.step()
    x, y = sim.state.position_m[0, 0, 0], sim.state.position_m[0, 1, 1]
    assert x + 0.5 * LENGTH == pytest.approx(80.0, abs=0.2) and y == pytest.approx(-0.15, abs=0.15)


@pytest.mark.parametrize("deg", [0.0, 180.0])
def test_an_offset_is_to_the_left_of_the_heading(deg: float) -> None:
    """0.6 m to the left at 0.5 m/s: pi/2 x 0.6 / 0.5 s; it stays there, and an older lane keeping comes back."""
    sign = 1.0 if deg == 0.0 else -1.0
    sim = simulation(
        [[(car(), "vehicle", 0.0 if deg == 0.0 else 300.0, 3.5, deg, 14.0)]], [road(2, oncoming=deg > 0.0)]
    )
    handle = sim.start("offset", 0, {"to": 0.6, "lateral_speed": 0.5}, everywhere(sim))
    ended = 0.0
    for k in range(700):
        sim.step()
        ended = ended or (k + 1) * 0.01 * bool(sim.finished(handle)[0])
    assert sim.state.position_m[0, 0, 1] == pytest.approx(3.5 + sign * 0.6, abs=0.01)
    assert 0.5 * np.pi * 0.6 / 0.5 - 0.6 < ended < 0.5 * np.pi * 0.6 / 0.5 + 0.6


def test_a_speed_that_is_set_is_held() -> None:
    """At once, in the chosen rows; an action that drives goes on to its own goal from there."""
    row = [(car(), "vehicle", 0.0, 0.0, 0.0, 10.0), (child(), "person", 50.0, -2.0, 90.0, 1.0)]
    sim = simulation([row, row], [road()] * 2)
    sim.start("change_speed", 0, {"to": 12.0, "rate": 1.0}, np.array([False, True]))
    sim.set_speed(0, np.array([4.0, 4.0]), everywhere(sim))
    sim.set_speed(1, np.array([2.0, 0.5]), np.array([True, False]))
    assert sim.speed_mps[:, 0].tolist() == [4.0, 4.0]
    sim.start("walk", 1, {"across": "road"}, everywhere(sim))
    run(sim, 2.0)
    assert sim.speed_mps[0, 0] == 4.0 and sim.speed_mps[1, 0] == pytest.approx(6.0, abs=0.3)
    assert sim.speed_mps[:, 1] == pytest.approx([2.0, 1.0], abs=0.02)
    run(sim, 9.0)
    assert sim.speed_mps[:, 0] == pytest.approx([4.0, 12.0], abs=0.02)


def test_pursuits_of_a_batch_are_those_of_singles() -> None:
    """Different targets, distances, starts and cancellations, bit for bit."""

    def play(indices: list[int]) -> list[bytes]:
        index = np.array(indices, np.float64)
        rows = [
            [(car("a"), "vehicle", 0.0, 0.0, 0.0, 9.0 + i), (car("b"), "vehicle", 30.0, 0.1 * i, 0.0, 8.0),
             (child(), "person", 60.0 + i, -2.0, 90.0, 1.5)]
            for i in indices
        ]  # fmt: skip
        sim = simulation(rows, [road(2 + i % 2) for i in indices])
        log: list[list[bytes]] = [[] for _ in indices]
        place = np.array([[60.0 + i, 0.0] for i in indices])
        for k in range(300):
            for j, i in enumerate(indices):
                only = np.arange(len(indices)) == j
                if k == 20 * i:
                    sim.start("walk", 2, {"across": "road"}, only, key="walk")
                    sim.start("synchronise", 0, {"at": place, "target": 2.0, "lead": 0.1 * index}, only, key="syn")
                if k == 60 + 10 * i:
                    args = {"target": 1.0 + (index % 2), "distance": 10.0 + index}
                    sim.start("keep_gap", 0, args, only, key="gap")
                if k == 200:
                    sim.cancel(
                        sim.start("follow", 1, {"target": 0.0, "headway": index}, only, key="f"), only & (i == 2)
                    )
            sim.step()
            for j in range(len(indices)):
                log[j].append(sim.motion.data[:, j].tobytes())
        return [b"".join(part) for part in log]

    assert play([0, 1, 2, 3]) == [play([i])[0] for i in range(4)]
