"""A batch of N equals N singles bit for bit, whatever else is in the batch."""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from simengine.physics import Simulation, Snapshot
from simengine.world.lanes import LaneGraph
from simengine.world.scene import Box, Entity
from tests.physics.stage import LANE_M, Actor, bend, car, child, road, simulation

ROWS = 7


def variant(i: int) -> tuple[list[Actor], LaneGraph]:
    """Different roads (one curved: other padding), speeds and places."""
    lanes = bend(150.0) if i == 3 else road(2 + i % 2)
    row: list[Actor] = [
        (car("ego"), "vehicle", 0.0, 0.1 * i, 0.0, 9.0 + i), (car("lead"), "vehicle", 45.0 + 3 * i, 0.0, 0.0, 6.0),
        (car("cut"), "vehicle", 30.0, LANE_M, 1.0, 8.0 + 0.3 * i), (child(), "person", 40.0 + 4 * i, -1.7, 80.0, 2.5),
    ]  # fmt: skip
    return row, lanes


def tree(i: int) -> tuple[Entity, ...]:
    pose = np.eye(4)
    pose[:3, 3] = (20.0 + i, -2.0, 0.0)
    box = Box((0.0, 0.0, 1.0), (0.4, 0.4, 2.0))
    return (Entity("tree", "tree", "oak", 6, (0.5, 0.5, 5.0), world_from_entity=pose, occluders=(box,) * (1 + i % 3)),)


def play(indices: list[int]) -> list[tuple[bytes, ...]]:
    """Run some variants as one batch; the bytes of everything, one tuple a variant."""
    rows, lanes = zip(*(variant(i) for i in indices), strict=True)
    index = np.array(indices, np.float64)
    sim = simulation(
        rows, lanes, {0: ("aeb", {"reaction": 0.2 + 0.05 * index}), 2: ("alks", {}), 1: ("acc", {})},
        statics=tuple(tree(i) for i in indices),
    )  # fmt: skip
    log: list[list[bytes]] = [[] for _ in indices]
    for k in range(260):
        for j, i in enumerate(indices):
            if k == 20 + 7 * i and i != 3:
                only = np.arange(len(indices)) == j
                sim.start("run", 3, {"across": "road", "speed": 1.5 + 0.1 * index}, only, key="run")
            if k == 10 * i:
                only = np.arange(len(indices)) == j
                sim.start("change_lane", 2, {"to": 0.0, "lateral_speed": 1.0 + 0.1 * index}, only, key="cut")
        sim.step()
        if k % 20 == 0:
            for j, part in enumerate(by_row(sim)):
                log[j].append(part)
    return [tuple(part) for part in log]


def by_row(sim: Simulation) -> list[bytes]:
    state, shot = sim.state, Snapshot(sim.cast, sim.state)
    arrays = [getattr(state, f.name) for f in fields(state) if f.name not in ("time_ns", "doors_rad")]
    arrays += [sim.gait_phase, sim.wheel_angle, sim.steer, sim.emergency, sim.travelled_m]
    arrays += [shot.distance_m(0, 3), shot.gap_m(0, 1), shot.ttc_s(0, 2), shot.sees(0, 3), shot.passed(0, 3)]
    arrays += [shot.time_to_s(0, shot.crossing_m(3)), shot.lane(2)]
    return [b"".join(np.ascontiguousarray(a[b]).tobytes() for a in arrays) for b in range(sim.cast.batch)]


def test_a_batch_equals_its_singles() -> None:
    """Same bytes for each variant alone, in a batch of seven, in reverse order, and beside a curved road that pads
    everyone's lane table."""
    together = play(list(range(ROWS)))
    backwards = play(list(range(ROWS))[::-1])[::-1]
    assert together == backwards
    for i in range(ROWS):
        assert play([i])[0] == together[i], f"variant {i}"


def test_absent_actors_change_nothing() -> None:
    """A slot that is empty in a variant neither moves nor is seen by controllers, and its distances are inf."""
    rows = [[(car("a"), "vehicle", 0.0, 0.0, 0.0, 12.0), (car("b"), "vehicle", 40.0, 0.0, 0.0, 0.0)] for _ in range(2)]
    sim = simulation(rows, [road()] * 2, {0: ("aeb", {})})
    entities = (sim.cast.entities[0], (sim.cast.entities[1][0], None))
    cast = type(sim.cast)(sim.cast.names, sim.cast.categories, entities, sim.cast.lanes)
    sim = Simulation(cast, sim.state, [[12.0, 0.0]] * 2, [("aeb", {}), None], 0.01)
    for _ in range(500):
        sim.step()
    assert sim.speed_mps[:, 0].tolist() == [0.0, 12.0]
    shot = Snapshot(cast, sim.state)
    assert np.isinf(shot.distance_m(0, 1)[1]) and not shot.collision(0, 1)[1] and not shot.sees(0, 1)[1]
