"""People who walk by themselves: where they start, where they walk, how they cross, and who waits for them."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import pytest

from simengine.arrays import F64Array
from simengine.engine.catalogue import libraries
from simengine.engine.placement import place
from simengine.engine.simulate import prepared
from simengine.engine.variants import Variants
from simengine.engine.variation import geometry_of
from simengine.errors import ProgramError
from simengine.geometry import transforms as tf
from simengine.language import check_text, parse_text
from simengine.language.sample import Sampler
from simengine.physics.simulation import Simulation
from simengine.physics.zebras import Zebras
from simengine.world.builder import SceneBuilder
from simengine.world.stakeout import Stakeout
from simengine.world.weather import Environment

PEOPLE = "pedestrian people[{}] on any_pavement:\n    model ~ {{adult, adult_f, child_9y}}"
DRIVERS = "car others[5] on any_lane:\n    speed ~ 8..12 m/s\n    controller = driver(turn ~ {left, straight, right})"


def drawn(body: str, world: str, count: int = 1, seed: int = 0) -> Variants:
    inside = "\n".join(f"    {line}" for line in f"world {world}\n{body}".split("\n"))
    program = parse_text(f"use driving\n\nscenario t:\n{inside}\n", libraries=libraries())[0]
    return Variants.of(Sampler(program, seed).draw(range(count), geometry_of(program)), libraries())


class Walk(NamedTuple):
    """Where everybody was, ten times a second: (T, B, S) each, and the simulation at the end."""

    x: F64Array
    y: F64Array
    v: F64Array
    variants: Variants
    simulation: Simulation


def walked(variants: Variants, seconds: float) -> Walk:
    run, rows = prepared(variants), list[F64Array]()
    for tick in run.ticks():
        m = run.simulation.motion
        if tick % 10 == 0:
            rows.append(np.stack([m.x, m.y, m.v]))
        if tick >= round(100.0 * seconds):
            break
    x, y, v = np.moveaxis(np.array(rows), 1, 0)
    return Walk(x, y, v, variants, run.simulation)


@cache
def street() -> Walk:
    """Sixteen people on 50 m of street, two variants: crowded pavements."""
    return walked(drawn(f"{PEOPLE.format(16)}\nstop after 30 s", "street(length = 50 m)", 2), 10.0)


@cache
def junction() -> Walk:
    """A junction with zebra crossings, drivers, and people."""
    body = f"{DRIVERS}\n{PEOPLE.format(14)}\nstop after 60 s"
    return walked(drawn(body, "junction(control = give_way, length = 40 m)"), 15.0)


def people(walk: Walk) -> list[int]:
    return [k for k, s in enumerate(walk.variants.roster.slots) if s.decl.category == "person"]


def on_footways(walk: Walk, row: int, x: F64Array, y: F64Array, grow_m: float = 0.0) -> np.ndarray:
    """Which points lie on pavements, by the curves of the lane graph alone."""
    points, out = np.stack([x, y, np.zeros_like(x)], -1), np.zeros(x.shape, np.bool_)
    for way in walk.variants.lane_graphs[row].footways:
        s, left = way.centre.project(points)
        out |= (np.abs(left) < way.half_m + grow_m) & (s > -0.5) & (s < way.centre.length_m + 0.5)
    return out


def in_boxes(boxes: F64Array, x: F64Array, y: F64Array, grow_m: float) -> np.ndarray:
    """Which points lie in boxes of x, y, heading and half extents."""
    dx, dy = x[..., None] - boxes[:, 0], y[..., None] - boxes[:, 1]
    c, s = np.cos(boxes[:, 2]), np.sin(boxes[:, 2])
    inside = (np.abs(dx * c + dy * s) < boxes[:, 3] + grow_m) & (np.abs(dy * c - dx * s) < boxes[:, 4] + grow_m)
    return inside.any(-1)


@pytest.mark.parametrize(
    "world", ["street(length = 60 m)", "junction(length = 50 m)", "roundabout(length = 80 m)", "bridge()"]
)
def test_at_the_start_nobody_stands_in_others_in_furniture_or_on_the_road(world: str) -> None:
    """Three variants each: middles are 0.7 m apart, as wide as a person and 0.2 m; farther from boxes than the thinnest
    person is deep; and on the pavements."""
    v = drawn(PEOPLE.format(12), world, 3)
    placed = place(v)
    assert placed.possible.all()
    dx, dy = (p[:, :, None] - p[:, None] for p in (placed.x_m, placed.y_m))
    apart = np.hypot(dx, dy) + 9.0 * np.eye(12)
    assert apart.min() > 0.7
    for b in range(3):
        assert not in_boxes(v.furniture[b].table_m, placed.x_m[b], placed.y_m[b], 0.15).any()
        walk = Walk(*(np.zeros(0) for _ in range(3)), v, None)  # type: ignore[arg-type]
        assert on_footways(walk, b, placed.x_m[b], placed.y_m[b]).all()


def test_people_move_nothing_else_and_more_of_them_leave_the_first_where_they_are() -> None:
    """Metamorphic, as traffic does."""
    ego = "car ego on lane(1) at s(20 m):\n    speed ~ 5..10 m/s\npedestrian kid along curb(right) at s(30 m)"
    world = "street(length = 60 m)"
    alone = drawn(ego, world, 4)
    some, more = (drawn(f"{ego}\n{PEOPLE.format(n)}", world, 4) for n in (6, 9))
    for path, value in alone.values.items():
        assert np.array_equal(value, some.values[path]) and np.array_equal(value, more.values[path]), path
    for a, b in ((place(alone), place(some)), (place(some), place(more))):
        for name in ("x_m", "y_m", "yaw_rad"):
            assert np.array_equal(getattr(a, name), getattr(b, name)[:, : a.x_m.shape[1]]), name


def test_paces_are_those_that_were_measured() -> None:
    """Weidmann (1993): mean 1.34 m/s, deviation 0.26 m/s, cut at 2.6 deviations. Of 4,000 draws the standard error of
    the mean is 0.004 m/s, that of the deviation 0.003 m/s. What the text says counts instead."""
    text = "use driving\n\nscenario t:\n    world street()\n    pedestrian p on any_pavement\n"
    pace = np.asarray(Sampler(parse_text(text, libraries=libraries())[0], 0).draw(range(4000)).values["p.speed"])
    assert pace.mean() == pytest.approx(1.34, abs=0.02) and pace.std() == pytest.approx(0.255, abs=0.015)
    assert pace.min() >= 0.67 and pace.max() <= 2.01
    own = drawn("pedestrian p on any_pavement:\n    speed = 2 m/s", "street(length = 60 m)", 2)
    assert (np.asarray(own.values["p.speed"]) == 2.0).all()


def test_on_a_street_all_walk_on_the_pavements_past_furniture_and_past_each_other() -> None:
    """Eight people on each 50 m of pavement for 10 s: middles never come nearer than the circles around both boxes
    allow (so boxes never overlap, whichever way they turn), never into boxes of things, never onto the road; and all
    get on: together they walk three quarters of their way alone."""
    walk = street()
    dx, dy = (p[..., None] - p[..., None, :] for p in (walk.x, walk.y))
    size = walk.variants.size_m
    reach = 0.5 * np.hypot(size[..., 0], size[..., 1])
    apart = (reach[:, None] + reach[..., None])[None]
    assert (np.hypot(dx, dy) - apart + 9.0 * np.eye(walk.x.shape[-1])).min() > -1e-9
    for b in range(2):
        assert on_footways(walk, b, walk.x[:, b], walk.y[:, b]).all()
        assert not in_boxes(walk.variants.furniture[b].table_m, walk.x[:, b], walk.y[:, b], 0.1).any()
    pace = walk.simulation.motion.own_pace
    assert walk.simulation.motion.travelled.sum() > 0.75 * 10.0 * pace.sum()
    assert (walk.simulation.motion.travelled > 3.0).all()


def test_feet_do_not_slide() -> None:
    """The distance walked is that of the places: speeds times time, also where steps are held back."""
    walk = street()
    steps = np.hypot(np.diff(walk.x, axis=0), np.diff(walk.y, axis=0)).sum(0)
    assert np.abs(steps - walk.simulation.motion.travelled).max() < 0.35


def test_who_comes_against_a_thing_brakes_and_does_not_stop_within_a_tick() -> None:
    """Somebody who finds themselves at a lamp at 0.8 m/s: their speed falls by no more than 5 m/s2 allow, which takes
    6.4 cm; shoulders may brush it by 8 cm, and never more."""
    variants = drawn("pedestrian p on any_pavement\nstop after 60 s", "street(length = 60 m)", seed=1)
    run, speeds, nearest = prepared(variants), list[float](), np.inf
    rows = [r for r, name in zip(variants.furniture[0].table_m, variants.furniture[0].names, strict=True)
            if name == "lamp" and r[0] > 5.0 and r[1] * run.placement.y_m[0, 0] > 0.0]  # fmt: skip
    x, y, _, half = rows[0][:4]
    for tick in run.ticks():
        m = run.simulation.motion
        if tick == 5:
            m.x[0, 0], m.y[0, 0], m.v[0, 0] = x - half - 0.27, y, 0.8
            m.yaw[0, 0], m.cos[0, 0], m.sin[0, 0], m.yaw_rate[0, 0] = 0.0, 1.0, 0.0, 0.0
        if tick > 5:
            speeds.append(float(m.v[0, 0]))
            nearest = min(nearest, float(max(abs(m.x[0, 0] - x), abs(m.y[0, 0] - y))))
        if tick == 40:
            break
    assert min(speeds) < 0.1 and np.diff([0.8, *speeds]).min() > -5.0 * 0.01 - 1e-9
    assert nearest > half + 0.26 - 0.08 - 0.01


def test_over_the_road_they_go_on_crossings_alone_and_nobody_is_struck() -> None:
    """Whoever is not on a pavement is on the rectangle of a crossing; some have crossed in 15 s; drivers struck none of
    them, and drove on."""
    walk = junction()
    who = people(walk)
    x, y = walk.x[:, 0, who], walk.y[:, 0, who]
    off = ~on_footways(walk, 0, x, y, 0.3)
    on = np.zeros(x.shape, np.bool_)
    for zebra in walk.variants.lane_graphs[0].crosswalks:
        s, left = zebra.line.project(np.stack([x, y, np.zeros_like(x)], -1))
        on |= (np.abs(left) < zebra.half_m) & (s > -0.3) & (s < zebra.line.length_m + 0.3)
    assert off.any() and not (off & ~on).any()
    assert not [i for i in walk.simulation.impacts.log if {i.first, i.second} & set(who)]
    cars = [k for k in range(walk.x.shape[-1]) if k not in who]
    assert (walk.simulation.motion.travelled[0, cars] > 20.0).all()


def test_a_batch_is_its_singles() -> None:
    """Bit for bit, placed and walked, with crossings."""
    v = drawn(f"{PEOPLE.format(6)}\nstop after 9 s", "junction(length ~ 40..50 m)", 3)
    together = walked(v, 1.5)
    for b in range(3):
        alone = walked(v.take(np.array([b])), 1.5)
        for name in ("x", "y", "v"):
            assert getattr(alone, name)[:, 0].tobytes() == getattr(together, name)[:, b].tobytes(), name


def test_people_wait_for_who_does_not_stop_for_them() -> None:
    """A zebra crossing whose near edge is 10 m and 60 m ahead of a front at 10 m/s. A car that nobody drives is there
    after 1 s and after 6 s; 3 s for setting off and 2 s to be over are 5 s. A driver stops from 10 m/s in 25 m at
    2 m/s2, and in 5 m more for the half second before it: 10 m do not suffice, 35 m do."""
    v = drawn(
        "car c on lane(1) at s(20 m):\n    speed = 10 m/s\npedestrian p on any_pavement",
        "junction(length = 100 m, control = give_way)",
    )
    run = prepared(v)
    m, zebras = run.simulation.motion, Zebras(run.cast, v.footpaths)
    (edge,) = {round(100.0 - max(abs(p[0] - 100.0) for p in w.line.points_m) - w.half_m, 6)
               for w in v.lane_graphs[0].crosswalks[:1]}  # fmt: skip
    which = np.zeros((1, 1), np.int64)
    for polite, cases in ((False, {10.0: False, 60.0: True}), (True, {10.0: False, 35.0: True})):
        zebras.polite[:] = polite
        for ahead, free in cases.items():
            m.x[0, 0] = edge - ahead - 0.5 * v.size_m[0, 0, 0]
            assert bool(zebras.may_cross(m, which, np.full((1, 1), 2.0))[0, 0]) is free, (polite, ahead)


def test_drivers_wait_before_a_crossing_for_who_comes_towards_their_lane() -> None:
    """Somebody walks over at 0.5 m/s from the far side, on the road after 3.5 s and in the lane's strip (the car is
    1.8 m wide, and 1 m beside it) from 9.3 s to 17 s on. A car at 9 m/s would be on the crossing after 8 s: it stands
    before it, and drives on when they are past."""
    v = drawn(
        "car c on lane(1) at s(10 m):\n    speed = 9 m/s\n    controller = driver()\npedestrian p at (89.25 m, 5 m)\n"
        "do:\n    p.walk(to = (89.25 m, -8 m), speed = 0.5 m/s)",
        "junction(length = 100 m, control = give_way)",
    )
    walk = walked(v, 21.0)
    edge = 100.0 - 3.25 - 8.0 - 1.0
    front = walk.x[:, 0, 0] + 0.5 * v.size_m[0, 0, 0]
    assert front[90] < edge and edge - 3.0 < front[160] < edge - 0.5 and walk.v[160, 0, 0] < 0.3
    assert front[-1] > edge + 3.0 and not walk.simulation.impacts.log


def test_a_world_without_pavements_says_so() -> None:
    text = "use driving\n\nscenario t:\n    world highway()\n    pedestrian people[3] on any_pavement\n"
    found = check_text(text, libraries=libraries()).diagnostics
    assert any("any_pavement" in d.message for d in found)


def test_too_many_are_refused_with_what_to_do() -> None:
    """On 2 x 10 m there is no room for 80 people 0.85 m apart."""
    body = "world street(length = 40 m, pavement_width = 1.5 m)\n    pedestrian p[150] on any_pavement"
    program = parse_text(f"use driving\n\nscenario t:\n    {body}\n", libraries=libraries())[0]
    v = Variants.of(Sampler(program, 0).draw(range(1)), libraries())
    with pytest.raises(ProgramError, match=r"'p\[\d+\]' finds no room on the pavements .*let there be fewer"):
        place(v).check(v)


def test_in_any_pavement_people_stand() -> None:
    """``in`` is a place, ``on`` a walk."""
    sim = walked(drawn("pedestrian p[3] in any_pavement\nstop after 3 s", "street(length = 60 m)"), 1.0).simulation
    assert (sim.motion.travelled == 0.0).all()


WORLDS = [("street", {"length": 60.0}), ("junction", {"control": "signals", "length": 40.0})]


@pytest.mark.slow
@pytest.mark.parametrize(("world", "values"), WORLDS)
def test_what_stands_on_footways_is_known(world: str, values: dict[str, object]) -> None:
    """Oracle: the meshes of the whole scene. No edge of any of them between 0.24 and 1.97 m above the road lies on a
    footway and outside of the boxes of the furniture."""
    kind = libraries()["driving"].worlds[world]
    assert kind.build is not None and kind.furniture is not None
    builder, plan = SceneBuilder(Environment()), Stakeout()
    graph = kind.build(builder, values, 5)
    kind.furniture(plan, values, 5)
    for part in builder._parts:  # pyright: ignore[reportPrivateUsage]
        mesh = builder._meshes[part.mesh]  # pyright: ignore[reportPrivateUsage]
        corners = tf.apply(np.asarray(part.frame_from_mesh), mesh.vertices_m.astype(np.float64))[mesh.faces]
        shares = np.linspace(0.0, 0.8, 5)[:, None, None, None]
        points = (corners + shares * (np.roll(corners, -1, 1) - corners)).reshape(-1, 3)
        points = points[(points[:, 2] > 0.24) & (points[:, 2] < 1.97)] * (1.0, 1.0, 0.0)
        points = np.unique(np.round(points, 2), axis=0)
        for way in graph.footways if len(points) else ():
            s, left = way.centre.project(points)
            found = points[(np.abs(left) < way.half_m - 0.05) & (s > 0.0) & (s < way.centre.length_m)]
            assert in_boxes(plan.table_m, found[:, 0], found[:, 1], 0.03).all()
