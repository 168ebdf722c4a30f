"""Vehicles: true sizes, wheels on the ground, skins wound outward, joints that turn the right way."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simengine.world.builder import SceneBuilder
from simengine.world.lamps import Lamp
from simengine.world.lanes import LaneGraph
from simengine.world.library import DRIVEN as DRIVEN_BY
from simengine.world.library import HINGED
from simengine.world.state import WorldState
from simengine.world.taxonomy import CLASSES
from simengine.world.weather import Environment
from simengine_scenes import palette
from simengine_scenes.vehicles.build import vehicle_asset
from simengine_scenes.vehicles.motorbike_engine import ENGINES
from tests.scenes.scenery import (
    ANIMALS,
    CARGO,
    CYCLISTS,
    EMERGENCY,
    PEOPLE,
    VEHICLES,
    asset_of,
    first_hits,
    kind_of,
    part_vertices,
    posed,
    scene_of,
    soup,
)

CLASS_OF = {"van": "van", "truck": "truck", "bus": "bus", "motorbike": "motorcycle"}
CLASS_OF |= dict.fromkeys(CYCLISTS, "bicycle") | {"ambulance": "van", "fire_engine": "truck"}
CLASS_OF |= {"lorry": "truck", "trailer": "trailer"}
TWO_WHEELS = ("motorbike", *CYCLISTS)
DRIVEN = (*VEHICLES, *CYCLISTS, *EMERGENCY, "lorry")
ALL = (*DRIVEN, *PEOPLE, *ANIMALS)
SOLID = (*ALL, *CARGO, "pool", "trailer")


@pytest.mark.parametrize("model", SOLID)
def test_size_is_the_bounding_box_of_the_mesh(model: str) -> None:
    """Placement, collisions and labels use ``size_m``; it must be the box of the mesh without mirrors, centred over the
    origin on the ground, to 1 cm. Nothing may dip below the ground; mirrors reach out 8 to 25 cm on either side."""
    asset = asset_of(model)
    scene = scene_of(asset)
    named = list(zip((p.name for p in scene.parts), part_vertices(scene), strict=True))
    points = np.concatenate([v for n, v in named if n != "mirrors"])
    low, high = points.min(0), points.max(0)
    for mirrors in (v for n, v in named if n == "mirrors"):
        assert 0.08 < mirrors[:, 1].max() - high[1] < 0.25 and 0.08 < low[1] - mirrors[:, 1].min() < 0.25
        assert mirrors[:, 0].max() < high[0] and mirrors[:, 2].max() < high[2]
    assert np.allclose(high - low, asset.entity.size_m, atol=0.01)
    assert np.allclose((low + high)[:2] / 2, 0.0, atol=0.005)
    assert -1e-4 <= low[2] <= 1e-3
    assert kind_of(model).size_m[model] == asset.entity.size_m


@pytest.mark.parametrize("model", DRIVEN)
def test_every_wheel_stands_on_the_ground_below_its_link(model: str) -> None:
    """A wheel's lowest vertex is at z = 0 exactly below its axle, and its axle is one radius up."""
    asset = asset_of(model)
    scene = scene_of(asset)
    frames, points = scene.link_transforms(posed(scene)), part_vertices(scene)
    wheels = [k for k, p in enumerate(scene.parts) if p.name.startswith("wheel_")]
    assert len(wheels) == (2 if model in TWO_WHEELS else 4)
    assert asset.entity.dynamics is not None
    for k in wheels:
        axle = frames[scene.parts[k].link][:3, 3]
        low = points[k][np.argmin(points[k][:, 2])]
        assert abs(low[2]) < 1e-4 and low[0] == pytest.approx(axle[0], abs=1e-4)
        if model != "cargo_bike" or axle[0] < 0.0:  # its front wheel is smaller
            assert axle[2] == pytest.approx(asset.entity.dynamics.wheel_radius_m, abs=1e-6)
    xs = sorted({round(float(frames[scene.parts[k].link][0, 3]), 4) for k in wheels})
    assert xs[1] - xs[0] == pytest.approx(asset.entity.dynamics.wheelbase_m, abs=1e-6)
    assert -xs[0] == pytest.approx(asset.entity.dynamics.rear_axle_m, abs=1e-6)


@pytest.mark.parametrize("model", DRIVEN)
def test_wheels_roll_forward_and_steer_left_for_positive_angles(model: str) -> None:
    """Rotation about +y carries the top (+z) towards +x: rolling forward. About +z it carries the front of the wheel
    (+x) to +y: a left turn. A link's own axes show both; a bicycle's steering axis leans back by some 20 degrees."""
    scene = scene_of(asset_of(model))
    names = [k.name for k in scene.links]
    front = next(i for i, n in enumerate(names) if n.startswith("wheel_f"))
    turned = scene.link_transforms(posed(scene, {names[front]: 0.2}))[front]
    assert turned[0, 2] == pytest.approx(math.sin(0.2))
    steer = {n: 0.3 for n in names if n.startswith("steer_")}
    steered = scene.link_transforms(posed(scene, steer))[front]
    assert steered[1, 0] == pytest.approx(math.sin(0.3), rel=0.1 if model in CYCLISTS else 1e-6)


@pytest.mark.parametrize("model", SOLID)
def test_skins_face_outward(model: str) -> None:
    """A ray from outside meets the front of a face first. Open edges (under a wheel arch) may show a few backs: at
    most 0.5 % of the rays from 2000 directions all round."""
    mesh = soup(scene_of(asset_of(model)))
    rng = np.random.default_rng(3)
    target = mesh.bounds[0] + rng.random((20000, 3)) * np.ptp(mesh.bounds, axis=0)
    way = rng.normal(size=(20000, 3))
    way[:, 2] = -np.abs(way[:, 2]) * 0.6 + 0.1  # cameras and LiDARs look from the side and from above
    way /= np.linalg.norm(way, axis=1)[:, None]
    origin = target - 30.0 * way
    face, _ = first_hits(mesh, origin, way)
    hit = face >= 0
    assert hit.mean() > 0.3
    back = (mesh.face_normals[face[hit]] * way[hit]).sum(-1) > 1e-6
    assert back.mean() < 0.005


@pytest.mark.parametrize("model", SOLID)
def test_vertex_normals_are_unit_and_agree_with_their_faces(model: str) -> None:
    """Shading normals are means of face normals within the crease angle: never more than 60 deg off any of them."""
    asset = asset_of(model)
    for mesh in asset.meshes:
        assert mesh.vertex_normals is not None
        assert np.allclose(np.linalg.norm(mesh.vertex_normals, axis=1), 1.0, atol=1e-5)
        a, b, c = (mesh.vertices_m[mesh.faces[:, i]].astype(float) for i in range(3))
        normal = np.cross(b - a, c - a)
        length = np.linalg.norm(normal, axis=1)
        solid = length > 1e-8
        normal = normal[solid] / length[solid, None]
        assert ((mesh.vertex_normals[mesh.faces[solid]] * normal[:, None]).sum(-1) > 0.5).all()


@pytest.mark.parametrize("model", ALL)
def test_occluders_hide_nothing_that_the_mesh_shows(model: str) -> None:
    """Sight lines are cut by boxes; a box may not reach out of the body. So a ray that meets a box must meet the mesh
    as well (from all sides and above), for at least 99.5 % of the rays: wheel arches leave slits."""
    asset = asset_of(model)
    mesh = soup(scene_of(asset))
    assert 2 <= len(asset.entity.occluders) <= 4
    rng = np.random.default_rng(5)
    for box in asset.entity.occluders:
        spot = np.array(box.center_m) + (rng.random((1500, 3)) - 0.5) * np.array(box.size_m)
        way = rng.normal(size=(1500, 3)) * [1.0, 1.0, 0.25]
        way /= np.linalg.norm(way, axis=1)[:, None]
        _, distance = first_hits(mesh, spot - 30.0 * way, way)
        assert np.isfinite(distance).mean() > 0.995


@pytest.mark.parametrize("model", ALL)
def test_the_eye_is_inside_the_head_or_behind_the_windscreen(model: str) -> None:
    """The eye lies within the bounding box, in its upper half; for cars it is left of the middle (right-hand traffic)
    and what lies ahead of it, within 2.5 m, is glass, not sheet metal."""
    asset = asset_of(model)
    length, width, height = asset.entity.size_m
    x, y, z = asset.entity.eye_m
    assert abs(x) < length / 2 and abs(y) < width / 2 and height / 2 < z < height
    if model in PEOPLE or model in TWO_WHEELS or model in ANIMALS:
        return
    assert y > 0.2
    scene = scene_of(asset)
    mesh = soup(scene)
    material = np.concatenate([scene.meshes[p.mesh].face_material for p in scene.parts])
    face, distance = first_hits(mesh, np.array([[x, y, z]]), np.array([[1.0, 0.0, 0.0]]))
    glass = (palette.GLASS.name, palette.WINDSCREEN.name)
    assert distance[0] < 2.5 and scene.materials[material[face[0]]].name in glass


@pytest.mark.parametrize("model", DRIVEN)
def test_semantic_class_and_model(model: str) -> None:
    """Labels carry the model's class; ``car`` is the saloon under another name."""
    asset = asset_of(model)
    assert CLASSES[asset.entity.semantic].name == CLASS_OF.get(model, "car")
    assert asset.entity.model == model


def test_colour_is_drawn_by_variety_and_can_be_fixed() -> None:
    """Same variety, same paint; over many varieties white, black, grey and silver make up 82 % of the cars (the table
    of shares); 400 draws stay within 6 % (three standard deviations: 5.8 %)."""

    def paint(variety: int) -> str:
        return next(m.name for m in vehicle_asset("sedan", "any", variety).materials if m.name.startswith("paint_"))

    drawn = [paint(v) for v in range(400)]
    assert drawn[:5] == [paint(v) for v in range(5)]
    plain = sum(p in ("paint_white", "paint_black", "paint_grey", "paint_silver") for p in drawn) / 400
    assert plain == pytest.approx(0.82, abs=0.06)
    assert "paint_red" in {m.name for m in vehicle_asset("van", "red", 9).materials}


def test_meshes_of_equal_name_are_equal() -> None:
    """A scene stores meshes by name, so two cars of different paint must not share a name for different meshes."""
    known: dict[str, tuple[bytes, bytes, tuple[str, ...]]] = {}
    for model in VEHICLES:
        for colour in ("white", "red"):
            asset = vehicle_asset(model, colour, 0)
            for mesh in asset.meshes:
                used = tuple(asset.materials[i].name for i in mesh.face_material)
                content = (mesh.vertices_m.tobytes(), mesh.faces.tobytes(), used)
                assert known.setdefault(mesh.name, content) == content


@pytest.mark.parametrize("model", DRIVEN)
def test_head_lamps_shine_ahead_only_when_lit(model: str) -> None:
    """Low beams look ahead and slightly down from the front of the vehicle, and only where lamps are lit; then the
    lamps' own materials glow too."""
    asset = asset_of(model)
    dark, lit = scene_of(asset, Environment()), scene_of(asset, Environment(lamps_lit=True))
    rest = WorldState.at_rest(1, len(dark.links))
    shown = {dark.parts[k].name for k in dark.shining(rest)[0]}  # blue lights flash by day too
    assert not dark.lights and not any(name.startswith("lamp") for name in shown)
    beams = [lamp for lamp in lit.lights if lamp.lamps & Lamp.LOW]
    assert len(beams) == (1 if model in TWO_WHEELS else 2)
    assert any(max(lit.materials[m].emission) > 0.5 for m in lit.shining(rest)[1])
    for lamp in beams:
        assert lamp.direction[0] > 0.99 and lamp.direction[2] < 0.0
        assert lamp.position_m[0] > 0.22 * asset.entity.size_m[0] and 0.4 < lamp.position_m[2] < 1.1
        # 25,000 cd over the sun's 100,000 lx; a bicycle's lamp has a fifth of it
        assert max(lamp.intensity) == pytest.approx(0.05 if model in CYCLISTS else 0.25)


@pytest.mark.parametrize("model", [*DRIVEN, "tram:tram"])
def test_head_lamps_are_seen_from_ahead(model: str) -> None:
    """What shines is not sunk into the nose: rays along -x, a centimetre apart, meet it first.

    Dipped beams of motor vehicles have lenses of 60 to 200 cm^2 a side; those of cycles 10 cm^2 and more.
    """
    asset = asset_of(model)
    scene = scene_of(asset)
    lenses = [k for k, p in enumerate(scene.parts) if p.name == "lamp_head"]
    assert lenses
    mesh = soup(scene, [*lenses, *(k for k in range(len(scene.parts)) if k not in lenses)])
    half = 0.5 * asset.entity.size_m[1]
    y, z = np.meshgrid(np.arange(-half, half, 0.01) + 0.0037, np.arange(0.4, 1.35, 0.01) + 0.0041)
    origins = np.stack([np.full(y.size, 20.0), y.ravel(), z.ravel()], -1)
    face, _ = first_hits(mesh, origins, np.broadcast_to([-1.0, 0.0, 0.0], origins.shape))
    shining = sum(len(scene.meshes[scene.parts[k].mesh].faces) for k in lenses)
    seen_cm2 = int(((face >= 0) & (face < shining)).sum())
    assert seen_cm2 > (8 if model in (*CYCLISTS, "motorbike") else 120)


def test_parked_cars_stay_dark_beside_a_lit_one() -> None:
    """A car that never moves has its lamps off; the driving car of the same model and colour beside it has them on.
    So the scene holds both kinds of lamps, and the part of each names its own."""
    asset = vehicle_asset("sedan", "red", 0)
    builder = SceneBuilder(Environment(lamps_lit=True))
    builder.place(asset, "parked", np.eye(4))
    builder.place(asset, "ego")
    scene = builder.build(LaneGraph())
    assert sum(bool(lamp.lamps & Lamp.LOW) for lamp in scene.lights) == 2
    rows, shine = scene.shining(WorldState.at_rest(1, len(scene.links)))
    assert {scene.parts[k].entity for k in rows} == {1}
    assert max(max(scene.materials[m].emission) for m in shine) > 0.5


@pytest.mark.parametrize("model", ["truck", "bus", "lorry", "fire_engine", "police", "tram:tram"])
def test_somebody_sits_behind_the_glass_of_what_is_driven(model: str) -> None:
    """There is a room in every cab, and a driver only where the program lets something drive: with the head round the
    eye that sight lines start from, and within the body."""
    kind = kind_of(model)
    assert kind.build is not None
    values = {p.name: p.default for p in kind.properties}
    empty = kind.build(model.rpartition(":")[2], values, 1)
    driven = kind.build(model.rpartition(":")[2], {**values, DRIVEN_BY: True}, 1)
    assert "inside" in {p.name for p in empty.parts} and "driver" not in {p.name for p in empty.parts}
    scene = scene_of(driven)
    points = dict(zip((p.name for p in scene.parts), part_vertices(scene), strict=True))
    head = points["driver"][points["driver"][:, 2] > driven.entity.eye_m[2] - 0.1]
    assert np.linalg.norm(head.mean(0) - driven.entity.eye_m) < 0.16
    for name in ("driver", "inside"):
        assert (points[name].min(0) > points["body"].min(0)).all() and (
            points[name].max(0) < points["body"].max(0)
        ).all()


@pytest.mark.parametrize("model", ["truck", "lorry", "fire_engine", "police"])
def test_cab_doors_open_about_their_front_edge(model: str) -> None:
    """Where a program opens doors, the left one and its lining are parts on a link: turned by 1 rad its rear edge is a
    door's length times sin(1) farther out, to the 15 cm that panels are bowed and drawn in, and nothing else moves (the
    mirror of a car goes along). Shut, everything is where it is on a body of one piece."""
    kind = kind_of(model)
    assert kind.build is not None
    values = {p.name: p.default for p in kind.properties}
    scene = scene_of(kind.build(model, {**values, HINGED: True}, 1))
    door = scene.entities[0].doors[0]
    names = [p.name for p in scene.parts]
    shut, opened = part_vertices(scene), part_vertices(scene, posed(scene, {"door_l": 1.0}))
    moved = {n for n, a, b in zip(names, shut, opened, strict=True) if np.abs(a - b).max() > 1e-9}
    assert moved == {"door_l", "lining_l"} | ({"mirrors"} if model == "police" else set())
    reach = opened[names.index("door_l")][:, 1].max()
    assert reach == pytest.approx(door.hinge_m[1] + door.length_m * math.sin(1.0), abs=0.15)
    assert shut[names.index("door_l")][:, 2].min() == pytest.approx(door.z_m[0], abs=0.12)
    whole = np.concatenate(part_vertices(scene_of(kind.build(model, values, 1))))
    apart = np.concatenate(shut)
    assert np.allclose(apart.min(0), whole.min(0), atol=1e-6) and np.allclose(apart.max(0), whole.max(0), atol=1e-6)


@pytest.mark.parametrize(("model", "leaves"), [("bus", 4), ("tram:tram", 6)])
def test_leaves_of_doors_swing_out_on_the_right(model: str, leaves: int) -> None:
    """All leaves turn about their outer edges, in pairs that open away from each other: at 1 rad each stands out by its
    length times sin(1), to the 6 cm that a frame is thick and lies inside the flank, and nothing else moves. The
    doorway is free then: a ray in through it, at the height of a chest, meets nothing before the saloon. Shut,
    leaves fill it."""
    kind = kind_of(model)
    assert kind.build is not None
    values = {p.name: p.default for p in kind.properties}
    scene = scene_of(kind.build(model.rpartition(":")[2], {**values, HINGED: True}, 1))
    left, right = scene.entities[0].doors
    assert left.length_m == 0.0
    names = [p.name for p in scene.parts]
    shut, opened = part_vertices(scene), part_vertices(scene, posed(scene, {"door_r": 1.0}))
    moved = [k for k, (a, b) in enumerate(zip(shut, opened, strict=True)) if np.abs(a - b).max() > 1e-9]
    assert len(moved) == leaves and all(names[k].startswith("door_") for k in moved)
    flank = -scene.entities[0].size_m[1] / 2
    for k in moved:
        long = float(np.ptp(shut[k][:, 0]))
        assert flank - opened[k][:, 1].min() == pytest.approx(long * math.sin(1.0), abs=0.09)
    x = right.hinge_m[0] - 0.5 * right.length_m
    ray = np.array([[x, -4.0, 1.4]]), np.array([[0.0, 1.0, 0.0]])
    _, far = first_hits(soup(scene, state=posed(scene, {"door_r": 1.5})), *ray)
    _, near = first_hits(soup(scene), *ray)
    assert far[0] > 4.0 + flank + 0.2 > near[0]


def test_motorcycles_and_their_riders_differ_and_keep_the_box() -> None:
    """Of 24 varieties all engines, kinds of luggage and several outfits are seen, some with vests that throw light
    back; whatever it carries, none reaches out of the box of its model."""
    names: set[str] = set()
    retro = 0
    for variety in range(24):
        asset = vehicle_asset("motorbike", "red", variety)
        points = np.concatenate(part_vertices(scene_of(asset)))
        length, width, height = asset.entity.size_m
        assert (np.abs(points) <= np.array([0.5 * length, 0.5 * width, height]) + 0.011).all()
        names |= {m.name for m in asset.meshes}
        retro += any(m.name == "retro_tape" for m in asset.materials)
    bodies = {n for n in names if "body" in n}
    assert all(any(f"{e}{bags}" in n for n in bodies) for e in ENGINES for bags in ("case", "panniers"))
    assert len({n.split("rider.")[1] for n in names if "rider" in n}) >= 12 and 1 <= retro <= 10
