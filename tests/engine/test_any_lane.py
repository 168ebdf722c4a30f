"""Traffic that takes what room is left on the lanes: safe distances, even density, and nothing else moved by it."""

from __future__ import annotations

import numpy as np
import pytest

from simengine.engine.catalogue import libraries
from simengine.engine.placement import place
from simengine.engine.variants import Variants
from simengine.engine.variation import geometry_of
from simengine.errors import ProgramError
from simengine.language import check_text, parse_text
from simengine.language.sample import Sampler

EGO = "car ego on lane(1) at s(40 m):\n    speed ~ 5..10 m/s"
TRAFFIC = (
    "car traffic[12] on any_lane:\n    model ~ {sedan: 3, van: 1, bus: 1, motorbike: 1}\n"
    "    speed ~ 6..12 m/s\n    controller = driver()"
)
WORLDS = {
    "street": "length = 400 m", "highway": "length = 500 m", "rural": "length = 600 m", "junction": "length = 200 m",
    "roundabout": "length = 200 m", "construction": "length = 400 m", "parking_lot": "", "woodland": "length = 800 m",
}  # fmt: skip


def drawn(body: str, world: str = "street(length = 400 m)", count: int = 1) -> Variants:
    inside = "\n".join(f"    {line}" for line in f"world {world}\n{body}".split("\n"))
    program = parse_text(f"use driving\n\nscenario t:\n{inside}\n", libraries=libraries())[0]
    return Variants.of(Sampler(program, 0).draw(range(count), geometry_of(program)), libraries())


@pytest.mark.parametrize("world", WORLDS)
def test_nobody_has_to_brake_hard_for_who_is_ahead_at_the_start(world: str) -> None:
    """On each world that has lanes. Between two on one lane lie 2 m, a second of the follower's speed and what braking
    from its speed to that of the other at 3.5 m/s2 takes; all head as their lane does, in the middle of it."""
    few = TRAFFIC.replace("12", "4", 1) if world in ("woodland", "parking_lot", "rural") else TRAFFIC
    v = drawn(few, f"{world}({WORLDS[world]})", 3)
    placed = place(v)
    assert placed.possible.all()
    for b, graph in enumerate(v.lane_graphs):
        for k in np.unique(placed.lane[b]).tolist():
            mine = np.flatnonzero(placed.lane[b] == k)
            points = np.column_stack([placed.x_m[b, mine], placed.y_m[b, mine], np.zeros(mine.size)])
            station, left = graph.lanes[k].centre.project(points)
            assert np.abs(left).max() < 0.01
            order = mine[np.argsort(station)]
            front, rear = np.sort(station) + 0.5 * v.size_m[b, order, 0], np.sort(station) - 0.5 * v.size_m[b, order, 0]
            fast, slow = placed.speed_mps[b, order[:-1]], placed.speed_mps[b, order[1:]]
            least = 2.0 + fast + np.maximum(fast**2 - slow**2, 0.0) / 7.0
            assert (rear[1:] - front[:-1] > least - 1e-6).all()


def test_traffic_moves_nothing_else() -> None:
    """Metamorphic: with traffic every draw and every pose of the rest is the same to the last bit; and with more of it,
    those that were there already stay where they are."""
    alone = drawn(f"{EGO}\npedestrian kid along curb(right) at s(60 m):\n    speed ~ 1..2 m/s", count=8)
    others = f"{EGO}\npedestrian kid along curb(right) at s(60 m):\n    speed ~ 1..2 m/s\n"
    some, more = drawn(f"{others}{TRAFFIC}", count=8), drawn(f"{others}{TRAFFIC.replace('12', '14', 1)}", count=8)
    for path, value in alone.values.items():
        assert np.array_equal(value, some.values[path]) and np.array_equal(value, more.values[path]), path
    for a, b in ((place(alone), place(some)), (place(some), place(more))):
        count = a.x_m.shape[1]
        for name in ("x_m", "y_m", "yaw_rad"):
            assert np.array_equal(getattr(a, name), getattr(b, name)[:, :count]), name


def test_one_alone_may_be_anywhere_on_the_lanes() -> None:
    """Even over both lanes of an empty street of 400 m, but for half its length at each end: of 4,000 draws half are on
    each (standard error 0.8 %), and their stations are even (Kolmogorov-Smirnov, 1 % level: 1.63 / sqrt(4000))."""
    v = drawn("car c on any_lane", count=4000)
    placed = place(v)
    assert abs((placed.lane[:, 0] == 0).mean() - 0.5) < 0.03
    half = 0.5 * v.size_m[0, 0, 0]
    share = np.sort((placed.x_m[:, 0] - half) / (400.0 - 2.0 * half))
    assert np.abs(share - (np.arange(4000) + 0.5) / 4000).max() < 1.63 / np.sqrt(4000)


def test_a_batch_is_as_its_singles() -> None:
    v = drawn(f"{EGO}\n{TRAFFIC}", "junction(length ~ 200..300 m)", 6)
    whole = place(v)
    for b in range(6):
        one = place(v.take(np.array([b])))
        assert np.array_equal(one.x_m[0], whole.x_m[b]) and np.array_equal(one.y_m[0], whole.y_m[b])


def test_the_number_may_follow_from_the_size_of_the_world() -> None:
    """Two lanes of 400 m with 25 vehicles a kilometre of lane: 20."""
    v = drawn("car c[round(2 * length / 40 m)] on any_lane:\n    speed = 5 m/s", "street(length ~ 390..400 m)")
    assert len(v.roster.slots) == 20 and v.active.sum() == round(2 * float(v.values["world.length"][0]) / 40.0)


def test_too_many_are_refused_with_what_to_do() -> None:
    """Sixty at 20 m/s need more than sixty times 22 m of the 800 m that there are."""
    body = "world street(length = 400 m)\n    car c[60] on any_lane:\n        speed = 20 m/s"
    text = f"use driving\n\nscenario t:\n    {body}\n"
    program = parse_text(text, libraries=libraries())[0]
    v = Variants.of(Sampler(program, 0).draw(range(1)), libraries())
    with pytest.raises(
        ProgramError, match=r"'c\[\d+\]' finds no room on the lanes .*let there be fewer, or slower ones"
    ):
        place(v).check(v)


def test_a_world_without_lanes_says_so() -> None:
    text = "use warehouse\n\nscenario t:\n    world station()\n    tote t on any_lane\n"
    found = check_text(text, libraries=libraries()).diagnostics
    assert any("any_lane" in d.message for d in found)
