"""What stands for good stops who comes against it: found at the right time, told by name, never passed through."""

from __future__ import annotations

import math
import re
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from simengine.engine.catalogue import libraries
from simengine.engine.variation import Failed, Simulated, Variation
from simengine.language import parse_text
from simengine.physics.barriers import Barriers, Travel
from simengine.physics.boxes import Boxes, overlap
from simengine.world.walls import Wall, wall_boxes

DT_S = 0.01
WALL = Wall("wall", np.array([(22.3 + 0.2, -5.0), (22.3 + 0.2, 5.0)]), 0.2, 3.0)
"""Its face is 20 m before the nose of a car of 4.6 m at the origin."""
HEAD = 'use driving\nscenario t "t":\n'


def attempt(text: str, count: int = 1) -> list[Simulated | Failed]:
    (program,) = parse_text(HEAD + text, "t", libraries=libraries())
    return Variation(program, 0, "random").attempt(list(range(count)))


def done(text: str) -> Simulated:
    (out,) = attempt(text)
    assert isinstance(out, Simulated), out.reason
    return out


def test_boxes_of_a_wall_cover_its_line():
    """Lengths add up to that of the line, in pieces of 160 m at most; all points of the line are in some box."""
    line = np.array([(0.0, 0.0), (250.0, 0.0), (250.0, 80.0), (190.0, 160.0)])
    boxes, names = wall_boxes((Wall("hedge", line, 0.4, 1.8),))
    assert set(names) == {"hedge"} and len(names) == len(boxes)
    assert 2.0 * boxes[:, 4].sum() == pytest.approx(250.0 + 80.0 + 100.0) and boxes[:, 4].max() <= 80.0
    for share in np.linspace(0.0, 1.0, 200):
        p = line[0] + share * (line[1] - line[0])
        d = p - boxes[:, :2]
        along, across = (d * boxes[:, 2:4]).sum(-1), d[:, 1] * boxes[:, 2] - d[:, 0] * boxes[:, 3]
        assert bool(((np.abs(along) <= boxes[:, 4] + 1e-9) & (np.abs(across) <= boxes[:, 5])).any())


def flight(rng: np.random.Generator, ticks: int, count: int) -> np.ndarray:
    """(ticks, 6, count): x, y, heading, velocity and yaw rate of things that drive about with up to 8 m/s2."""
    state = np.zeros((6, count))
    state[0], state[1] = rng.uniform(-60.0, 60.0, (2, count))
    state[2], v = rng.uniform(-math.pi, math.pi, count), rng.uniform(2.0, 30.0, count)
    rate, out = np.zeros(count), []
    for _ in range(ticks):
        rate = np.clip(rate + rng.uniform(-0.04, 0.04, count), -8.0 / v, 8.0 / v)
        state[2] += rate * DT_S
        state[3], state[4], state[5] = v * np.cos(state[2]), v * np.sin(state[2]), rate
        state[0] += state[3] * DT_S
        state[1] += state[4] * DT_S
        out.append(state.copy())
    return np.array(out)


def shapes(at: np.ndarray) -> Boxes:
    x, y, yaw = (v[None] for v in at[:3])
    like = np.ones_like(x)
    return Boxes(x, y, np.cos(yaw), np.sin(yaw), 2.3 * like, 0.9 * like, 0.0 * like, 1.5 * like)


def test_nobody_is_missed_for_being_looked_at_seldom():
    """Who is looked at only when it can have come near bumps in the same ticks as when all pairs are tested in each."""
    rng, ticks, count = np.random.default_rng(3), 400, 60
    walls = tuple(
        Wall(f"w{k}", rng.uniform(-70.0, 70.0, (2, 2)), float(rng.uniform(0.05, 0.5)), float(rng.uniform(0.02, 3.0)))
        for k in range(12)
    )
    motion, everybody = flight(rng, ticks, count), np.ones((1, count), np.bool_)
    stage = cast(Any, SimpleNamespace(batch=1, lanes=(SimpleNamespace(walls=walls),), furniture=()))
    barriers = Barriers(stage, everybody, DT_S)
    barriers.begin(shapes(motion[0]), np.ones(1, np.bool_))
    x, y, cos, sin, length, width, top = barriers.boxes.T
    wall = Boxes(x, y, cos, sin, length, width, np.zeros(len(x)), top)
    found, expected, looked = set[tuple[int, int]](), set[tuple[int, int]](), 0
    inside = np.zeros(count, np.bool_)
    for tick in range(ticks):
        now = shapes(motion[tick])
        each = Boxes(*(v[0][:, None] for v in now))
        touching = (overlap(each, wall) & (top > 0.05)).any(-1)
        if tick:
            expected |= {(tick, k) for k in np.flatnonzero(touching & ~inside).tolist()}
            looked += int((barriers._due <= tick).sum())  # pyright: ignore[reportPrivateUsage]
            vx, vy, turn = (v[None] for v in motion[tick][3:])
            bumps = barriers.look(tick, Travel(shapes(motion[tick - 1]), now, vx, vy, turn))
            found |= {(tick, k) for k in bumps.slot.tolist()}
        inside = touching
    assert found == expected and len(found) > 30
    assert looked < 0.5 * ticks * count


def test_a_wall_is_touched_when_the_nose_is_there():
    """Straight at a wall 20 m ahead of the nose at 13 m/s: after 20 / 13 s, between two ticks."""
    stage = cast(Any, SimpleNamespace(batch=1, lanes=(SimpleNamespace(walls=(WALL,)),), furniture=()))
    barriers = Barriers(stage, np.ones((1, 1), np.bool_), DT_S)
    start = np.array([[0.0], [0.0], [0.0], [13.0], [0.0], [0.0]])
    at = [start + np.array([[13.0 * DT_S * k], *[[0.0]] * 5]) for k in range(200)]
    moves = [(k, Travel(shapes(at[k - 1]), shapes(at[k]), *(v[None] for v in at[k][3:]))) for k in range(1, 200)]
    found = [(k - 1 + float(b.share[0]), b) for k, move in moves if (b := barriers.look(k, move)).slot.size]
    assert len(found) == 1 and barriers.names[found[0][1].box[0]] == "wall"
    assert found[0][0] * DT_S == pytest.approx(20.0 / 13.0, abs=1e-6)


def test_a_car_that_leaves_the_road_stays_before_the_rail():
    """Tyres move it, so it may crash: it keeps on its side of the guard rail and never gains speed."""
    out = done(
        """    world highway(lanes = 2, length = 400 m)
    car ego on lane(1) at s(100 m):
        speed = 15 m/s
        dynamics = single_track
    do:
        ego.follow_path(path = [(150 m, -14 m), (250 m, -40 m)])
    expect always not ego.hit_wall
    stop after 3.5 s
"""
    )
    track, size = out.trace.states_of("ego"), 1.8
    rail_y = -3.75 - 2.5 - 0.55
    speed = np.linalg.norm(track[:, 7:9], axis=1)
    assert out.trace.summary.collision == "guard rail" and not out.verdicts[0].passed
    when = out.trace.summary.collision_s
    assert when is not None and out.verdicts[0].violated_at_s == pytest.approx(math.ceil(when * 100.0) / 100.0)
    assert track[:, 1].min() > rail_y + 0.3 * size
    after = speed[round(when * 100.0) + 2 :]
    assert bool((np.diff(after) < 0.02).all()) and after[-1] < 0.6 * speed[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            """    world tunnel(lanes = 2)
    car ego on lane(1) at s(200 m):
        speed = 10 m/s
    do:
        ego.follow_path(path = [(220 m, -3.5 m), (260 m, -20 m)])
    stop after 6 s
""",
            r"variant 0 of 't', tick \d+: 'follow_path' leads 'ego' into the tunnel wall at \(2\d\d\.\d m, -\d\.\d m\)"
            r", at \d+ km/h; let its way keep clear of that, or let it crash: 'dynamics = single_track'",
        ),
        (
            """    world street(lanes = 2)
    pedestrian kid at (50 m, -4 m)
    do:
        kid.walk(to = (50 m, -9 m), speed = 1.5 m/s)
    stop after 6 s
""",
            r"variant 0 of 't', tick \d+: 'walk' leads 'kid' into the row of houses at \(50\.[01] m, -6\.\d m\)"
            r", at 5 km/h; let its way keep clear of that$",
        ),
    ],
)
def test_who_is_led_into_a_wall_is_told_so(text: str, expected: str):
    """The variant fails with one message: who, when, where, how fast, and what to do."""
    (out,) = attempt(text)
    assert isinstance(out, Failed)
    assert re.search(expected, out.reason), out.reason


@pytest.mark.parametrize(
    "text",
    [
        """    world highway(lanes = 2)
    pedestrian kid on lane(1) at s(50 m)
    do:
        kid.walk(to = (50 m, -12 m), speed = 3 m/s)
    stop after 6 s
""",
        """    world street(lanes = 2)
    pedestrian kid at (50 m, -9 m)
    do:
        kid.walk(to = (50 m, -4 m), speed = 3 m/s)
    stop after 4 s
""",
    ],
)
def test_people_climb_over_rails_and_come_out_of_houses(text: str):
    """A rail of 0.75 m is no obstacle to them, and who begins in a house walks out of it."""
    assert not done(text).trace.impacts
