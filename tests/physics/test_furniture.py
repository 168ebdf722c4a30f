"""Trees, lamps, posts, parked cars of a lot and their like stop who comes against them; people go round them."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

from simengine.arrays import F64Array
from simengine.engine.catalogue import libraries
from simengine.engine.simulate import simulate
from simengine.engine.trace import Trace
from simengine.engine.variants import Variants
from simengine.engine.variation import Failed, Simulated, Variation, geometry_of
from simengine.language import parse_text
from simengine.language.sample import Sampler
from simengine.physics.boxes import Boxes, separation_m
from simengine.physics.sidestep import Sidestep
from simengine.world.builder import SceneBuilder
from simengine.world.scene import Environment
from simengine.world.walls import Furniture
from tests.physics.stage import cast_of, child, everywhere, road, run, simulation

SEED = 7
LAMP_X, LAMP_Y = 48.0, -3.8
"""Of a street of 120 m: the fourth one behind the right kerb, every 25 m by turns, whatever the seed says."""


def drawn(text: str, count: int = 1) -> Variants:
    (program,) = parse_text(f'use driving\nscenario t "t":\n{text}', "t", libraries=libraries())
    return Variants.of(Sampler(program, SEED).draw(list(range(count)), geometry_of(program, SEED)), libraries())


def tried(text: str) -> Simulated | Failed:
    (program,) = parse_text(f'use driving\nscenario t "t":\n{text}', "t", libraries=libraries())
    (out,) = Variation(program, SEED, "random").attempt([0])
    return out


def gaps(trace: Trace, name: str, size: tuple[float, float], stands: Furniture) -> F64Array:
    """How far a box is from all furniture in each tick; negative: in it."""
    states, boxes = trace.states_of(name)[: trace.stop_tick, :, None], stands.boxes
    yaw = 2.0 * np.arctan2(states[:, 6], states[:, 3])
    flat = np.zeros_like(yaw)
    own = Boxes(states[:, 0], states[:, 1], np.cos(yaw), np.sin(yaw), flat + 0.5 * size[0], flat + 0.5 * size[1], flat,
                flat + 1.0)  # fmt: skip
    x, y, cos, sin, long, wide, _ = boxes.T
    others = Boxes(x, y, cos, sin, long, wide, np.zeros(len(x)), np.ones(len(x)))
    return np.asarray(separation_m(own, others)).min(1)


STREET = "    world street(length = 120 m)\n"


def test_a_car_that_leaves_the_road_crashes_into_a_tree_or_a_lamp() -> None:
    """Tyres move it: it comes to lie before what it has met, a centimetre deep at most, and gains no speed there."""
    v = drawn(
        STREET + "    car ego on lane(1) at s(20 m):\n        speed = 12 m/s\n        dynamics = single_track\n"
        "    do:\n        ego.follow_path(path = [(34 m, -2.6 m), (70 m, -4 m)])\n    stop after 4 s\n"
    )
    (trace,) = simulate(v)
    length, width, _ = v.size_m[0, 0].tolist()
    assert trace.summary.collision in set(v.furniture[0].names)
    assert gaps(trace, "ego", (length, width), v.furniture[0]).min() > -0.05
    when = trace.summary.collision_s
    assert when is not None
    pace = np.linalg.norm(trace.states_of("ego")[:, 7:9], axis=1)[round(when * 100.0) + 2 :]
    assert bool((np.diff(pace) < 0.02).all()) and pace[-1] < 3.0


def test_who_is_led_into_a_tree_is_told_so() -> None:
    """A car that keeps beside its lane by an order: who, when, into what, where, how fast."""
    out = tried(
        STREET + "    car ego on lane(1) at s(20 m):\n        speed = 8 m/s\n    do:\n        ego.offset(to = -2 m)\n"
        "    stop after 8 s\n"
    )
    assert isinstance(out, Failed)
    told = (
        r"variant 0 of 't', tick \d+: 'offset' leads 'ego' into the (tree|lamp) at \(\d+\.\d m, -\d\.\d m\), at 29 km/h"
    )
    assert re.search(told, out.reason), out.reason


@pytest.mark.parametrize(
    ("action", "gap_m"),
    [
        ("walk(to = (55 m, -3.8 m), speed = 2 m/s)", 0.0),
        ("run(to = (55 m, -3.8 m), speed = 4 m/s)", 0.0),
        ("follow_path(path = [(55 m, -3.8 m)], speed = 2 m/s)", -0.05),
    ],
)
def test_people_go_round_trees_and_lamps_and_get_there(action: str, gap_m: float) -> None:
    """The straight way leads through the lamp and trees beside it. They walk 0.5 m wide; along a path shoulders may
    brush what stands. 15 m take 7.5 s, and going round half a metre more."""
    v = drawn(STREET + f"    pedestrian kid at (40 m, -3.8 m)\n    do:\n        kid.{action}\n    stop after 9 s\n")
    (trace,) = simulate(v)
    _, width, _ = v.size_m[0, 0].tolist()
    assert gaps(trace, "kid", (0.2, width), v.furniture[0]).min() > gap_m
    x, y = trace.states_of("kid")[trace.stop_tick - 1, :2]
    assert x == pytest.approx(55.0, abs=0.1) and y == pytest.approx(-3.8, abs=0.1)


def test_who_is_sent_into_a_lamp_stops_before_it() -> None:
    """Half of their width and a hand before it, round all else that is on the way."""
    v = drawn(STREET + "    pedestrian kid at (44 m, -3.8 m)\n    do:\n"
              f"        kid.walk(to = ({LAMP_X} m, {LAMP_Y} m))\n    stop after 6 s\n")  # fmt: skip
    (trace,) = simulate(v)
    at = trace.states_of("kid")[trace.stop_tick - 1]
    away = math.hypot(at[0] - LAMP_X, at[1] - LAMP_Y)
    assert 0.25 < away < 0.6 and at[13] == 0.0


def test_who_stands_in_a_lamp_at_the_start_comes_out_of_it() -> None:
    """What somebody is in lets them out, as walls do."""
    v = drawn(STREET + f"    pedestrian kid at ({LAMP_X} m, {LAMP_Y} m)\n    do:\n        kid.walk(to = far_curb)\n"
              "    stop after 10 s\n")  # fmt: skip
    (trace,) = simulate(v)
    assert trace.states_of("kid")[trace.stop_tick - 1, 1] > 3.0


def test_an_animal_that_bolts_runs_past_posts() -> None:
    """Twelve posts in its way: none of them is met by its middle, and it gets away."""
    posts = Furniture(
        np.array([(50.0 + 0.3 * k, 6.0 + 4.0 * k, 0.0, 0.1, 0.1, 2.0) for k in range(12)]), ("post",) * 12
    )
    sim = simulation([[(child(), "person", 50.0, 2.0, 90.0, 0.0), (child("b"), "person", 50.0, -2.0, 90.0, 0.0)]],
                     [road(2)], furniture=(posts,))  # fmt: skip
    sim.start("bolt", 0, {"danger": 1, "angle": 0.0, "speed": 6.0, "freeze": 0.1}, everywhere(sim))
    least = np.inf
    for _ in range(600):
        run(sim, sim.dt_s)
        at = np.array([sim.motion.x[0, 0], sim.motion.y[0, 0]])
        least = min(least, float(np.abs(posts.table_m[:, :2] - at).max(1).min()))
    assert least > 0.1 and float(sim.motion.y[0, 0]) > 25.0


def test_a_step_aside_is_the_tangent() -> None:
    """A post of 10 cm radius 1 m ahead and 5 cm to the left, for somebody 40 cm wide: they pass it on its right, along
    the tangent to a circle of 0.1 sqrt(2) + 0.2 + 0.15 m."""
    stands = Furniture(np.array([(1.0, 0.05, 0.0, 0.1, 0.1, 2.0)]), ("post",))
    aside = Sidestep(cast_of([[(child(), "person", 0.0, 0.0, 0.0, 0.0)]], [road()], furniture=(stands,)),
                     np.full((1, 1), 0.2))  # fmt: skip
    one, zero = np.ones((1, 1)), np.zeros((1, 1))
    ux, uy = aside.past(np.ones((1, 1), np.bool_), (zero, zero), (one, zero), one)
    radius, far = 0.1 * math.sqrt(2.0) + 0.35, math.hypot(1.0, 0.05)
    expected = math.atan2(0.05, 1.0) - math.asin(radius / far)
    assert math.atan2(uy[0, 0], ux[0, 0]) == pytest.approx(expected)
    assert aside.past(np.zeros((1, 1), np.bool_), (zero, zero), (one, zero), one)[1][0, 0] == 0.0


def test_parked_cars_and_the_shop_of_a_lot_stop_who_comes() -> None:
    """A car that drives into the bays crashes into a parked one; one that is led on at the far end is told that there
    is the shop."""
    v = drawn("    world parking_lot(occupancy = 1, free_bays = 1)\n    car ego on aisle(1) at s(20 m):\n"
              "        speed = 6 m/s\n        dynamics = single_track\n    do:\n"
              "        ego.follow_path(path = [(12 m, 28 m), (40 m, 36 m)])\n    stop after 4 s\n")  # fmt: skip
    names = set(v.furniture[0].names)
    assert {"parked car", "lamp", "shelter", "plants"} <= names
    assert [w.name for w in v.lane_graphs[0].walls] == ["shop"]
    (trace,) = simulate(v)
    assert trace.summary.collision == "parked car"
    out = tried("    world parking_lot(row_bays = 4, aisles = 1)\n    car ego on aisle(1) at s(8 m):\n"
                "        speed = 6 m/s\n    do:\n        ego.follow_path(path = [(10.6 m, 60 m)])\n"
                "    stop after 8 s\n")  # fmt: skip
    assert isinstance(out, Failed) and "leads 'ego' into the shop" in out.reason


def test_variants_with_other_trees_do_not_disturb_each_other() -> None:
    """A batch of three equals three singles bit for bit, though trees stand elsewhere in each."""
    text = (STREET + "    car ego on lane(1) at s(20 m):\n        speed ~ 8..14 m/s\n        dynamics = single_track\n"
            "    pedestrian kid at (30 m, -4 m)\n    do:\n        parallel:\n"
            "            ego.follow_path(path = [(34 m, -2.6 m), (70 m, -4 m)])\n"
            "            kid.walk(to = (20 m, -4.2 m))\n    stop after 2 s\n")  # fmt: skip
    v = drawn(text, 3)
    assert len({f.table_m.tobytes() for f in v.furniture}) == 3
    for k, trace in enumerate(simulate(v)):
        (alone,) = simulate(v.take(np.array([k])))
        assert alone.moved.tobytes() == trace.moved.tobytes() and alone.summary == trace.summary


@pytest.mark.parametrize(
    ("world", "values"),
    [("bridge", {}), pytest.param("parking_lot", {"row_bays": 4.0, "aisles": 1.0}, marks=pytest.mark.slow)],
)
def test_furniture_stands_where_the_scene_has_it(world: str, values: dict[str, float]) -> None:
    """Oracle: the whole scene. Each thing stands there under the same name at the same place."""
    kind = libraries()["driving"].worlds[world]
    assert kind.build is not None and kind.furniture is not None
    whole, alone = SceneBuilder(Environment()), SceneBuilder(Environment())
    kind.build(whole, values, 5)
    kind.furniture(alone, values, 5)
    there = {e.name: e.world_from_entity for e in whole._entities}  # pyright: ignore[reportPrivateUsage]
    found = alone._entities  # pyright: ignore[reportPrivateUsage]
    assert len(found) > 3
    for entity in found:
        assert np.allclose(np.asarray(there[entity.name]), np.asarray(entity.world_from_entity))


def test_plates_that_are_one_face_have_a_volume() -> None:
    """Whose crash world has them in it: an impact beside a sign of a junction runs to its end."""
    (flat,) = Furniture(np.array([(10.0, 1.0, 0.5, 0.0, 0.3, 2.0)]), ("sign",)).boxes
    assert flat[4] > 0.0 and flat[5] == 0.3
    v = drawn("    world junction(control = signals)\n    car ego on lane(1):\n        speed = 10 m/s\n"
              "    pedestrian kid on lane(1) ahead of ego by 5 m\n    stop after 1 s\n")  # fmt: skip
    (trace,) = simulate(v)
    assert trace.impacts


def test_what_hangs_over_the_road_is_in_nobodys_way() -> None:
    """Signals on masts hang over the lanes of a junction: nothing that stands by itself is on a lane."""
    v = drawn("    world junction(control = signals)\n    car ego on lane(1)\n    stop after 1 s\n")
    stands, graph = v.furniture[0], v.lane_graphs[0]
    points = np.column_stack([stands.table_m[:, :2], np.zeros(len(stands.names))])
    for lane in graph.lanes:
        station, left = lane.centre.project(points)
        on = (station > 0.0) & (station < lane.centre.length_m) & (np.abs(left) < 0.5 * lane.width_m)
        assert not on.any(), stands.names[int(np.argmax(on))]


def test_a_bus_that_turns_sweeps_over_the_corner_and_goes_on() -> None:
    """Its front swings 1.2 m over a bollard behind the kerb (12 m of bus on the line of a car): no crash, and it
    leaves the junction."""
    v = drawn("    world junction(length = 60 m)\n    bus ego on lane(1) at s(40 m):\n        speed = 6 m/s\n"
              "        controller = driver(turn = left)\n    stop after 9 s\n")  # fmt: skip
    (trace,) = simulate(v)
    size = v.size_m[0, 0].tolist()
    assert gaps(trace, "ego", (size[0], size[1]), v.furniture[0]).min() < -0.1
    assert trace.summary.collision is None
    assert trace.states_of("ego")[trace.stop_tick - 1, 13] > 3.0
