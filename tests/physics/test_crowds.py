"""People who walk among others: lanes, groups that pass, what stays as it was."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simengine.errors import ProgramError
from simengine.physics import Simulation
from tests.engine.driving import variants_of
from tests.physics.stage import Actor, car, child, everywhere, road, simulation


def person(name: str):
    return replace(child(), name=name, size_m=(0.35, 0.5, 1.75), leg_m=0.9)


def walking(actors: list[Actor], goals: dict[int, tuple[float, float]]) -> Simulation:
    sim = simulation([actors], [road()])
    for slot, to in goals.items():
        sim.start("walk", slot, {"to": np.array([to]), "speed": 1.34}, everywhere(sim))
    return sim


def two_streams(count: int = 12) -> Simulation:
    """Half of them walk along +x, half along -x, mixed over a corridor 3.5 m wide."""
    draw = np.random.default_rng(5)
    actors: list[Actor] = []
    goals: dict[int, tuple[float, float]] = {}
    for k in range(count):
        way = 1.0 if k % 2 else -1.0
        x, y = -way * (6.0 + 1.1 * (k // 2)), 20.0 + float(draw.uniform(-1.2, 1.2))
        actors.append((person(f"p{k}"), "person", x, y, 0.0 if way > 0 else 180.0, 1.34))
        goals[k] = (way * 40.0, y)
    return walking(actors, goals)


def order(sim: Simulation) -> float:
    """How well the two directions are sorted by lanes: 1 where everybody within half a metre of one's track goes the
    same way, 0 where they are mixed (the order parameter of lane formation)."""
    y, way = sim.motion.y[0], np.where(np.arange(sim.cast.slots) % 2, 1.0, -1.0)
    same = [np.mean(way[np.abs(y - y[k]) < 0.5] * way[k]) for k in range(len(y))]
    return float(np.mean(same))


def test_two_streams_sort_themselves_into_lanes_without_walking_into_each_other():
    """Helbing and Molnar 1995: walkers who meet form lanes of one direction each. Centres stay a shoulder apart."""
    sim = two_streams()
    before, best, nearest = order(sim), 0.0, np.inf
    for _ in range(1400):
        sim.step()
        mixed = np.sort(sim.motion.x[0][1::2])[-1] > np.sort(sim.motion.x[0][::2])[0]
        best = max(best, order(sim)) if mixed else best
        gap = np.hypot(sim.motion.x[0][:, None] - sim.motion.x[0], sim.motion.y[0][:, None] - sim.motion.y[0])
        nearest = min(nearest, float((gap + 9.0 * np.eye(len(gap))).min()))
    assert nearest > 0.3
    assert best > before + 0.3
    assert (sim.motion.x[0] * np.sign(sim.motion.dir_x[0]) > 5.0).all()  # everybody got through


def test_alone_nothing_changes():
    """Nobody near: the bits of somebody who walks alone are those of a person without forces; the same beside a
    standing person 8 m away."""
    alone = walking([(person("a"), "person", 0.0, 0.0, 0.0, 1.4)], {0: (10.0, 3.0)})
    beside = walking(
        [(person("a"), "person", 0.0, 0.0, 0.0, 1.4), (person("b"), "person", 0.0, 18.0, 0.0, 0.0)], {0: (10.0, 3.0)}
    )
    for _ in range(900):
        alone.step()
        beside.step()
    assert alone.state.position_m[0, 0].tobytes() == beside.state.position_m[0, 0].tobytes()
    assert np.hypot(*(alone.state.position_m[0, 0, :2] - (10.0, 3.0))) < 0.1


def test_walks_around_a_car_and_not_through_it():
    """A car stands across the way: the walker's centre keeps out of its box, and gets to the place."""
    sim = walking(
        [(person("a"), "person", 0.0, 0.6, 0.0, 1.4), (car("c"), "vehicle", 6.0, 0.0, 90.0, 0.0)], {0: (14.0, 3.5)}
    )
    for _ in range(1600):
        sim.step()
        x, y = float(sim.motion.x[0, 0]), float(sim.motion.y[0, 0])
        assert not (abs(x - 6.0) < 0.9 and abs(y) < 2.25)
    assert np.hypot(sim.motion.x[0, 0] - 14.0, sim.motion.y[0, 0] - 3.5) < 0.5


def test_a_batch_of_crowds_is_its_singles():
    """Forces are sums in the order of the slots: a variant has the same bits beside another one."""
    draw = np.random.default_rng(1)
    rows = [
        [
            (person(f"p{k}"), "person", float(draw.uniform(-3, 3)), float(draw.uniform(-3, 3)), 0.0, 1.4)
            for k in range(5)
        ]
        for _ in range(2)
    ]

    def end(which: list[int]) -> list[bytes]:
        sim = simulation([rows[b] for b in which], [road() for _ in which])
        for slot in range(5):
            to = np.array([[5.0 - 2.0 * slot, 2.0]] * len(which))
            sim.start("walk", slot, {"to": to, "speed": 1.3}, everywhere(sim))
        for _ in range(300):
            sim.step()
        return [sim.state.position_m[b].tobytes() for b in range(len(which))]

    assert end([0, 1]) == [end([0])[0], end([1])[0]]


def family(together: bool) -> Simulation:
    """Two who walk along +x, the second one 3 m behind, slower by nature and a step aside."""
    actors: list[Actor] = [
        (person("mum"), "person", 0.0, 20.0, 0.0, 1.34),
        (person("kid"), "person", -3.0, 20.9, 0.0, 1.2),
    ]  # fmt: skip
    sim = simulation([actors], [road()])
    for slot, (y, pace) in enumerate(((20.0, 1.34), (20.9, 1.2))):
        beside = {"beside": 1.0 - slot} if together else {}
        sim.start("walk", slot, {"to": np.array([(60.0, y)]), "speed": pace, **beside}, everywhere(sim))
    return sim


def test_who_walks_together_gets_side_by_side_and_stays_so():
    """Moussaid et al. 2010: two who walk together are side by side, about 0.8 m apart. Without it the gap of 3 m grows
    by the difference of their paces, 0.14 m a second."""
    sim, alone = family(True), family(False)
    for tick in range(2000):
        sim.step()
        alone.step()
        if tick > 1000:
            along = sim.motion.x[0, 0] - sim.motion.x[0, 1]
            aside = abs(sim.motion.y[0, 0] - sim.motion.y[0, 1])
            assert abs(along) < 0.4 and 0.6 < aside < 1.4
    assert alone.motion.x[0, 0] - alone.motion.x[0, 1] > 5.0
    assert (sim.motion.x[0] > 15.0).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("walk(to = (70 m, -5 m), beside = ego)", "'beside' needs somebody on foot"),
        ("walk(across = road, beside = b)", "'beside' goes with 'to' only"),
        ("walk(to = (70 m, -5 m), beside = a)", "'a' cannot be its own target"),
    ],
)
def test_whom_nobody_can_walk_beside(call: str, message: str):
    body = "world street(length = 150 m)\ncar ego on lane(1) at s(10 m)\npedestrian a along curb(right) at s(50 m)\n"
    body += f"pedestrian b along curb(right) at s(53 m)\ndo:\n    a.{call}\nstop after 1 s"
    with pytest.raises(ProgramError, match=message):
        variants_of(body)
