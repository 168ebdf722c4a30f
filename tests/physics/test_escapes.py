"""Who flees gets round what stands, or stops before it: never into it, and within what legs can."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simengine.engine.simulate import simulate
from simengine.physics.persons import BRAKING_MPS2
from simengine.world.walls import Furniture
from tests.engine.driving import run, variants_of
from tests.physics.stage import child, everywhere, road, simulation
from tests.scenarios.check_motion import faults

BOLTS = """
world {world}
car ego on lane(1) at s({ego} m):
    speed = 12 m/s
{more}animal deer on lane(1) at s({deer} m) facing {facing} deg:
    model = deer
stop after 6 s
do:
    wait 0.3 s
    deer.bolt(danger = ego, angle = {angle} deg)
"""


@pytest.mark.parametrize(
    ("world", "ego", "deer", "facing", "angle", "more"),
    [
        ("tunnel(lanes = 2)", 100, 160, 250, 40, ""),
        ("junction(length = 120 m)", 10, 60, 20, 70, ""),
        ("street(parking = right, length = 120 m)", 10, 60, 320, 30, "car parked[4] along curb(right) at s(50 m)\n"),
    ],
)
def test_nothing_is_run_into(world: str, ego: int, deer: int, facing: int, angle: int, more: str) -> None:
    """Walls of a tunnel, houses, parked cars, lamps and trees: a variant whose deer is led into a wall would fail, and
    of overlaps, jumps, and turns and speeds beyond legs there are none."""
    body = BOLTS.format(world=world, ego=ego, deer=deer, facing=facing, angle=angle, more=more)
    (trace,) = run(body)
    assert [f for f in faults(trace, variants_of(body), 0) if f.what != "struck"] == []
    states = trace.states_of("deer")
    assert np.linalg.norm(states[-1, :2] - states[0, :2]) > 10.0


def fled(things: np.ndarray, seconds: float, danger_y: float = -2.0) -> np.ndarray:
    """(T, 3) of x, y and speed of somebody 30 cm long who bolts from (0, 0) straight off a danger below them, at 6 m/s,
    among boxes (N, 6)."""
    stands = Furniture(things, ("block",) * len(things))
    actors = [(child(), "person", 0.0, 0.0, 90.0, 0.0), (child("b"), "person", 0.0, danger_y, 90.0, 0.0)]
    sim = simulation([actors], [road(2)], furniture=(stands,))
    sim.start("bolt", 0, {"danger": 1, "angle": 0.0, "speed": 6.0, "freeze": 0.05}, everywhere(sim))
    out = []
    for _ in range(round(seconds / sim.dt_s)):
        sim.step()
        out.append((sim.motion.x[0, 0], sim.motion.y[0, 0], sim.motion.v[0, 0]))
    return np.array(out)


def test_at_a_long_wall_they_turn_along_it() -> None:
    """A wall of 80 m across the way, 15 m ahead, its face at y = 14.5 m: they come no nearer to it than half of their
    length, keep running, and have gone aside by more than they went ahead."""
    way = fled(np.array([(0.0, 15.0, 0.0, 40.0, 0.5, 3.0)]), 6.0)
    assert way[:, 1].max() < 14.5 - 0.15
    assert abs(way[-1, 0]) > 10.0 and way[-1, 2] > 5.0


def test_in_a_yard_they_run_about() -> None:
    """Four walls, 5 m x 5 m: they stay between them, and brake no harder than legs do."""
    walls = [(0.0, 3.0, 0.0, 3.0, 0.5, 3.0), (0.0, -3.0, 0.0, 3.0, 0.5, 3.0)]
    walls += [(3.0, 0.0, 0.5 * np.pi, 3.0, 0.5, 3.0), (-3.0, 0.0, 0.5 * np.pi, 3.0, 0.5, 3.0)]
    way = fled(np.array(walls), 6.0, danger_y=-8.0)
    assert np.abs(way[:, :2]).max() < 2.5
    assert np.diff(way[:, 2]).min() > -1.01 * BRAKING_MPS2 * 0.01


@pytest.mark.parametrize(("kind", "pace_mps", "expected"), [("animal", 1.4, 8.0), ("pedestrian", 1.4, 4.0),
                                                            ("pedestrian", 5.0, 5.0)])  # fmt: skip
def test_without_a_speed_animals_gallop_and_people_run(kind: str, pace_mps: float, expected: float) -> None:
    """Properties of all on foot have a pace of 1.4 m/s where the text says none: who bolts is no walker."""
    one, danger = replace(child(), kind=kind), child("b")
    actors = [(one, "person", 0.0, 0.0, 90.0, pace_mps), (danger, "person", 0.0, -2.0, 90.0, 0.0)]
    sim = simulation([actors], [road(2)])
    sim.start("bolt", 0, {"danger": 1, "freeze": 0.05, "distance": 500.0}, everywhere(sim))
    for _ in range(400):
        sim.step()
    assert sim.motion.v[0, 0] == pytest.approx(expected)


def test_a_batch_of_two_equals_two_singles() -> None:
    """Bit for bit, though each is elsewhere among the parked cars."""
    row = "car parked[3] along curb(right) at s(50 m) by ~ 1..3 m\n"
    place = {"ego": 10, "deer": 60, "facing": "~ 0..360", "angle": 30, "more": row}
    body = BOLTS.format(world="street(parking = right, length = 120 m)", **place).replace("after 6 s", "after 3 s")
    two = variants_of(body, 2)
    for k, trace in enumerate(simulate(two)):
        (alone,) = simulate(two.take(np.array([k])))
        assert alone.states_of("deer").tobytes() == trace.states_of("deer").tobytes()
