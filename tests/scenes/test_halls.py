"""The warehouse hall: sound, lit as asked, its free places free, its aisles and slots places of the language."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from simengine.engine.catalogue import libraries
from simengine.engine.gallery import world_scene
from simengine.engine.placement import place
from simengine.engine.simulate import simulate
from simengine.engine.trace import Trace
from simengine.engine.variants import Variants
from simengine.errors import ProgramError
from simengine.language import parse_text
from simengine.language.sample import Sampler
from simengine.rng import stream
from simengine.world.lint import lint
from simengine.world.scene import Scene
from simengine.world.taxonomy import CLASS_ID
from simengine_scenes.driving import LIBRARY as DRIVING
from simengine_scenes.hall.forklift import FORKLIFT_SIZE_M, forklift_asset
from simengine_scenes.hall.plan import hall_plan
from simengine_scenes.hall.robot import ROBOT_SIZE_M, robot_asset
from simengine_scenes.hall.things import PALLET_SIZE_M, pallet_asset
from simengine_scenes.lot.parked import parked
from simengine_scenes.lot.plan import lot_plan
from simengine_scenes.people.measures import MEASURES
from simengine_scenes.people.worker import WORKER_SIZE_M, worker_asset
from simengine_scenes.vehicles.sizes import VEHICLE_SIZE_M
from simengine_scenes.warehouse import LIBRARY
from tests.scenes.scenery import part_vertices, scene_of

SMALL: dict[str, Any] = {"aisles": 2, "rack_bays": 3, "levels": 3, "docks": 2, "free_slots": 6}


def hall(values: dict[str, Any], seed: int = 1) -> Scene:
    return world_scene(LIBRARY.worlds["hall"], values, seed)


def drawn(seed: int) -> dict[str, Any]:
    """Properties anywhere in their ranges, of halls that lint goes through in seconds."""
    u = stream(seed, "lint", "hall").random(8)
    return {
        "aisles": 2 + int(4 * u[0]), "rack_bays": 2 + int(6 * u[1]), "levels": 2 + int(5 * u[2]),
        "aisle_width": 2.4 + 2.6 * float(u[3]), "docks": 1 + int(8 * u[4]), "free_slots": 1 + int(20 * u[5]),
        "conveyor": bool(u[6] < 0.7), "fill": float(u[7]), "staged": float(u[6]),
    }  # fmt: skip


def program(body: str, world: str = "hall(aisles = 3, rack_bays = 4)") -> Any:
    lines = "".join(f"    {line}\n" for line in [f"world {world}", *body.strip().split("\n")])
    return parse_text(f"use warehouse\n\nscenario t:\n{lines}", libraries=libraries())[0]


def variants(body: str, count: int = 1) -> Variants:
    return Variants.of(Sampler(program(body), 0).draw(range(count)), libraries())


def run(body: str) -> Trace:
    return simulate(variants(body))[0]


def test_a_small_hall_is_sound() -> None:
    """Nothing floats, sinks, stands in another thing or is inside out; lanes are whole and on the road."""
    assert [str(f) for f in lint(hall(SMALL))] == []


def lot(seed: int) -> Scene:
    """A parking lot with properties anywhere in their ranges."""
    u = stream(seed, "lint", "lot").random(8)
    values = {
        "aisles": 1 + int(3 * u[0]), "row_bays": 4 + int(10 * u[1]), "bay_angle": math.radians(45.0 + 45.0 * u[2]),
        "aisle_width": 3.5 + 4.5 * float(u[3]), "free_bays": 1 + int(30 * u[4]), "shelters": int(5 * u[5]),
        "occupancy": float(u[6]), "lamps.lit": bool(u[7] < 0.5),
    }  # fmt: skip
    return world_scene(DRIVING.worlds["parking_lot"], values, seed)


@pytest.mark.parametrize("angle", [90.0, 60.0])
def test_parked_cars_hide_what_is_behind_them(angle: float) -> None:
    """Every box that hides lies inside of one parked car: its eight corners are within that car's length, width and
    height; and every car has such boxes over three quarters of its length at least (between the outermost ones)."""
    values = {"aisles": 1, "bay_angle": math.radians(angle), "layout": 3}
    kind = DRIVING.worlds["parking_lot"]
    assert kind.lanes is not None
    boxes, cars = kind.lanes(values).screens_m, parked(lot_plan(values))
    reach = np.zeros((len(cars), 2))
    for x, y, z, dx, dy, dz in boxes.tolist():
        near = min(range(len(cars)), key=lambda k: math.hypot(cars[k].x_m - x, cars[k].y_m - y))
        car, (length, width, height) = cars[near], VEHICLE_SIZE_M[cars[near].model]
        corners = np.array([(x + i * dx, y + j * dy) for i in (-0.5, 0.5) for j in (-0.5, 0.5)])
        c, s = math.cos(car.yaw_rad), math.sin(car.yaw_rad)
        own = (corners - [car.x_m, car.y_m]) @ np.array([[c, -s], [s, c]])
        assert (np.abs(own) <= 0.5 * np.array([length, width])).all() and 0.0 < z - 0.5 * dz < z + 0.5 * dz < height
        reach[near] = np.minimum(reach[near, 0], own[:, 0].min()), np.maximum(reach[near, 1], own[:, 0].max())
    assert len(cars) > 5
    for car, (back, front) in zip(cars, reach.tolist(), strict=True):
        assert front - back > 0.75 * VEHICLE_SIZE_M[car.model][0]


def test_more_cars_park_where_more_are_asked_for_and_another_layout_is_another_lot() -> None:
    """Who is there at 30 % is there at 80 %, in the same place; another layout parks others."""
    few, many, other = (parked(lot_plan(v)) for v in ({"occupancy": 0.3}, {"occupancy": 0.8}, {"layout": 9}))
    assert set(few) < set(many) and set(other) != set(parked(lot_plan({})))


def test_a_parking_lot_is_sound() -> None:
    """As the hall; bays lean, and cars stand in theirs."""
    assert [str(f) for f in lint(lot(3))] == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_parking_lots_are_sound(seed: int) -> None:
    """The same over the ranges of the properties."""
    assert [str(f) for f in lint(lot(seed))] == []


def test_bays_are_free_and_cars_stand_in_the_others() -> None:
    """With an occupancy of 1 there is a car in every bay but the numbered ones: its centre within 60 cm of that of the
    bay, its heading that of the bay or the opposite one."""
    values = {"aisles": 2, "row_bays": 6, "bay_angle": math.radians(60.0), "occupancy": 1.0, "free_bays": 5}
    scene, plan = world_scene(DRIVING.worlds["parking_lot"], values, 2), lot_plan(values)
    poses = [e.world_from_entity for e in scene.entities if e.name.startswith("parked_car")]
    taken = [b for b in plan.bays if b not in plan.kept_free]
    assert len(poses) == len(taken) == 24 - 2 - 5
    for pose, bay in zip(poses, taken, strict=True):
        assert pose is not None
        assert math.hypot(pose[0, 3] - bay.x_m, pose[1, 3] - bay.y_m) < 0.6
        assert abs(pose[0, 0] * math.cos(bay.yaw_rad) + pose[1, 0] * math.sin(bay.yaw_rad)) > 0.99


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_halls_are_sound(seed: int) -> None:
    """The same over the ranges of the properties."""
    assert [str(f) for f in lint(hall(drawn(seed), seed))] == []


def test_free_places_are_free_and_others_are_taken() -> None:
    """With fill = 1 every place of the racks holds a pallet but those that ``slot(k)`` names: no vertex of a load lies
    over them, and there are as many loads as other places."""
    scene, plan = hall({**SMALL, "fill": 1.0}), hall_plan(SMALL)
    loads = [k for k, e in enumerate(scene.entities) if e.kind == "rack_load"]
    points = np.concatenate([
        p for part, p in zip(scene.parts, part_vertices(scene), strict=True) if part.entity in loads
    ])  # fmt: skip
    for slot in plan.kept_free:
        x, y, z = plan.slot_at(slot)
        inside = (np.abs(points[:, 0] - x) < 0.5) & (np.abs(points[:, 1] - y) < 0.35)
        assert not (inside & (points[:, 2] > z - 0.05) & (points[:, 2] < z + 1.4)).any()
    places = plan.rows * plan.rack_bays * 3 * plan.levels
    assert sum(p.entity in loads for p in scene.parts) == places - len(plan.kept_free)


def test_things_are_as_large_as_they_say() -> None:
    """The box that labels tell of holds all vertices, to a centimetre, and no side of it is more than 3 cm too large
    (a person's arms reach a little beyond the shoulders)."""
    made = [forklift_asset(n, "any", 0.15, 3) for n in FORKLIFT_SIZE_M]
    made += [robot_asset(n, 2) for n in ROBOT_SIZE_M] + [pallet_asset(n, 5) for n in PALLET_SIZE_M]
    made += [worker_asset(n, 4) for n in WORKER_SIZE_M]
    for asset in made:
        points = np.concatenate(part_vertices(scene_of(asset)))
        length, width, height = asset.entity.size_m
        assert points.max(0) == pytest.approx([0.5 * length, 0.5 * width, height], abs=0.03), asset.entity.model
        assert points.min(0) == pytest.approx([-0.5 * length, -0.5 * width, 0.0], abs=0.03), asset.entity.model


def test_vest_and_helmet_are_retroreflective_and_high() -> None:
    """ISO 20471 asks for 330 cd/lx/m2: a gain of 100 or more over white; the helmet is the highest thing."""
    asset = worker_asset("adult", 1)
    assert {"vest", "helmet"} <= {p.name for p in asset.parts}
    assert max(m.retro for m in asset.materials) >= 100.0
    plain = hall(SMALL)
    assert {plain.entities[p.entity].semantic for p in plain.parts} >= {CLASS_ID["rack"], CLASS_ID["conveyor"]}


def test_vests_end_at_the_hem_whatever_is_worn_below() -> None:
    """A vest covers the top of its model and no more: black trousers under a black jumper are no part of it. All of a
    model and a colour share one mesh, so of 24 workers at most six differ (two models, two colours of three draws)."""
    shown: dict[str, tuple[float, float]] = {}
    for model in WORKER_SIZE_M:
        for variety in range(12):
            asset = worker_asset(model, variety)
            vest = asset.meshes[next(p.mesh for p in asset.parts if p.name == "vest")]
            low, high = float(vest.vertices_m[:, 2].min()), float(vest.vertices_m[:, 2].max())
            assert shown.setdefault(vest.name, (low, high)) == (low, high)
            body = MEASURES[model]
            assert low > body.hip_m - 0.05 and high < body.shoulder_m + 0.08
    assert len(shown) <= 6


def test_some_workers_have_jackets_of_high_visibility() -> None:
    """Of 40 workers some have sleeves of the colour of the vest, and most have others (a share of 0.3); trousers are
    never of that colour."""
    count = 0
    for variety in range(40):
        asset = worker_asset("adult", variety)
        names = {p.name: {asset.materials[k].name for k in asset.meshes[p.mesh].face_material} for p in asset.parts}
        sleeves = {n for n in names["upper_arm_l"] if n.startswith("hivis")}
        assert sleeves <= names["vest"] and not any(n.startswith("hivis") for n in names["thigh_l"])
        count += bool(sleeves)
    assert 5 <= count <= 20


def test_numbered_places_can_be_drawn() -> None:
    """``on aisle(k)`` is its lane, from its own beginning: odd ones lead away from the drive way, even ones to it;
    ``slot(k)`` is a top, ``at dock(1)`` its middle. The middles are those of the plan."""
    plan = hall_plan({"aisles": 3, "rack_bays": 4})
    body = "param k: int ~ {1, 2, 3}\nforklift a on aisle(k) at s(6 m)\npallet p on slot(2)\npallet q at dock(1)"
    drawn_variants = variants(body + "\nstop after 0.1 s", 12)
    placed = place(drawn_variants)
    number = np.asarray(drawn_variants.values["k"]).astype(int)
    assert set(number.tolist()) == {1, 2, 3}
    xs = np.array([plan.aisle_x(k - 1) for k in number])
    assert placed.x_m[:, 0] == pytest.approx(xs)
    assert np.sin(placed.yaw_rad[:, 0]) == pytest.approx(np.where(number == 2, -1.0, 1.0))
    assert placed.y_m[number != 2, 0] == pytest.approx(6.0)
    slot = plan.slot_at(plan.kept_free[1])
    assert placed.x_m[:, 1] == pytest.approx(slot[0], abs=0.03) and placed.z_m[:, 1] == pytest.approx(slot[2], abs=0.01)
    assert placed.x_m[:, 2] == pytest.approx(plan.dock_x(0))


def test_aisles_that_are_not_there_are_refused() -> None:
    """A hall of three aisles has no fifth one; a station has none at all."""
    for body, words in (
        ("forklift a on aisle(5)", "this world has no aisle(5)"),
        ("worker a in aisle(40)", "'aisle(40)' is no area to stand in"),
    ):
        with pytest.raises(ProgramError) as caught:
            program(body + "\nstop after 1 s")
        assert words in str(caught.value)


def test_a_forklift_turns_about_its_front_axle_and_its_rear_wheels_steer_outward() -> None:
    """It follows a line round a corner to the left; its middle keeps within 0.6 m of the line, and the steered wheels
    at the rear turn the other way than front wheels would."""
    trace = run(
        "forklift a on lane(1) at s(2 m):\n    speed = 2 m/s\n"
        "do:\n    a.follow_path(path = [(8 m, -1.3 m), (8 m, 2 m)], speed = 1.5 m/s)\nstop after 8 s"
    )
    x, y = trace.moved[:, 0, 0], trace.moved[:, 0, 1]
    away = np.minimum(np.abs(y + 1.3), np.abs(x - 8.0))
    assert float(away[: trace.stop_tick].max()) < 0.9 and float(y[trace.stop_tick]) > 1.0
    links = {k.name: k.axis for k in forklift_asset("forklift", "red", 0.15, 1).links}
    assert links["steer_rl"] == (0.0, 0.0, -1.0)


def test_racks_hide_who_is_behind_them() -> None:
    """Somebody in the second aisle is not seen from the first part of the drive way, and is once on it."""
    seen = "forklift a on lane(1) at s(3 m)\nworker w at (14 m, {y} m)\nrequire a.sees(w)\nstop after 0.1 s"
    assert variants(seen.format(y=0)).count == 1
    hidden = "forklift a on lane(1) at s(3 m)\nworker w at (8.9 m, 9 m)\nrequire not a.sees(w)\nstop after 0.1 s"
    assert variants(hidden).count == 1
