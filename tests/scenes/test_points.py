"""Named points of things, on which sensors sit: where the meshes are, and where sensors then are."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import trimesh
from scipy.spatial import cKDTree

from simengine.engine.cast import build_scene
from simengine.engine.catalogue import libraries
from simengine.engine.sensing import placed_specs, sensor_specs, signal_specs
from simengine.engine.variants import Variants
from simengine.engine.variation import Variation
from simengine.errors import SensorError
from simengine.language import check_text
from simengine.language.sample import Sampler
from simengine.sensors.specs import CameraSpec, LidarSpec
from simengine.world.library import EntityKind
from simengine_scenes.driving import LIBRARY as DRIVING
from simengine_scenes.warehouse import LIBRARY as WAREHOUSE
from tests.scenes.scenery import first_hits, scene_of, soup

KINDS: dict[str, EntityKind] = {k.name: k for library in (DRIVING, WAREHOUSE) for k in library.entities.values()}
ACTING = sorted(k.name for k in KINDS.values() if k.category in ("vehicle", "person", "drone"))


@pytest.mark.parametrize("name", ACTING)
def test_every_model_has_points_on_its_surface(name: str):
    """Each lies within 8 cm of one of 100,000 points spread over what is outside (of a bus every 3 cm), a mirror's
    half depth or the gap between a camera and the glass before it."""
    kind = KINDS[name]
    assert kind.build is not None and kind.points.keys() == set(kind.models)
    for model in kind.models:
        asset = kind.build(model, {p.name: p.default for p in kind.properties}, 5)
        assert dict(asset.entity.points) == kind.points[model] and asset.entity.points
        scene = scene_of(asset)
        outside = [k for k, p in enumerate(scene.parts) if p.name not in ("inside", "driver")]
        spread, _ = trimesh.sample.sample_surface(soup(scene, outside), 100_000, seed=1)
        gap, _ = cKDTree(spread).query(np.array(list(kind.points[model].values())))
        assert gap.max() < 0.08, (model, dict(zip(kind.points[model], gap.round(3), strict=True)))


MIRRORED = [(k.name, model) for k in KINDS.values() for model in k.models if "left_mirror" in k.points.get(model, {})]


@pytest.mark.parametrize(("name", "model"), MIRRORED)
def test_cameras_on_mirrors_do_not_see_their_housings(name: str, model: str):
    """Rays of a camera of 60 deg that looks to the side, askew or back (yaw 90, 135, 165 deg) meet nothing of the
    vehicle nearer than 25 cm, and what they meet, its flank, is the smaller part; left and right mirror each other."""
    kind = KINDS[name]
    assert kind.build is not None
    asset = kind.build(model, {p.name: p.default for p in kind.properties}, 5)
    points = dict(asset.entity.points)
    left, right = np.array(points["left_mirror"]), np.array(points["right_mirror"])
    assert np.allclose(left * [1.0, -1.0, 1.0], right)
    mesh = soup(scene_of(asset))
    tan = np.tan(np.radians(30.0)) * np.linspace(-1.0, 1.0, 15)
    u, v = (a.ravel() for a in np.meshgrid(tan, tan))
    for yaw in np.radians([90.0, 135.0, 165.0]):
        way = np.stack([np.cos(yaw) - u * np.sin(yaw), np.sin(yaw) + u * np.cos(yaw), v], -1)
        way /= np.linalg.norm(way, axis=1, keepdims=True)
        face, far = first_hits(mesh, np.broadcast_to(left, way.shape), way)
        assert far.min() > 0.25 and (face >= 0).mean() < 0.5, (yaw, far.min(), (face >= 0).mean())


TEXT = """use driving
scenario points "Sensors on named points":
    world street(length = 80 m)
    car ego on lane(1) at s(20 m):
        model = {model}
    do:
        ego.drive(speed = 5 m/s)
    stop after 0.2 s
    sensor front on ego.windscreen = camera(size = (64, 48), fov = 60 deg)
    sensor side on ego.left_mirror = camera(size = (64, 48), fov = 60 deg, yaw = 160 deg, mount = (0 m, 0.1 m, 0 m))
    sensor top on ego.roof = lidar(channels = 16, mount = (0 m, 0 m, 0.15 m))
    sensor box on ego.front_bumper = imu()
    record front: rgb at 10 hz
    record side: rgb at 10 hz
    record top: points at 10 hz
    record box: acceleration at 10 hz
"""


@cache
def program_of(model: str):
    (program,) = check_text(TEXT.replace("{model}", model), libraries=libraries()).programs
    return program


def test_sensors_sit_on_named_points():
    """The mount counts from the point, in the axes of the car; without one the sensor is on the point itself. Sight
    lines, which are asked for before a scene is built, begin at the same place."""
    program, points = program_of("suv"), KINDS["car"].points["suv"]
    (run,) = Variation(program, 0, "random").simulate([0])
    scene = build_scene(program, run.scenario, libraries(), 0)
    specs = {s.name: s for s in sensor_specs(program, run.scenario, scene)}
    front, side, top = specs["front"], specs["side"], specs["top"]
    assert isinstance(front, CameraSpec) and isinstance(side, CameraSpec) and isinstance(top, LidarSpec)
    assert front.entity_from_camera[:3, 3] == pytest.approx(np.array(points["windscreen"]))
    assert side.entity_from_camera[:3, 3] == pytest.approx(np.array(points["left_mirror"]) + np.array([0.0, 0.1, 0.0]))
    assert top.entity_from_lidar[:3, 3] == pytest.approx(np.array(points["roof"]) + np.array([0.0, 0.0, 0.15]))
    (unit,) = signal_specs(program, run.scenario, scene)
    assert unit.carrier_from_sensor[:3, 3] == pytest.approx(np.array(points["front_bumper"]))
    variants = Variants.of(Sampler(program, 0).draw([0]), libraries())
    (placed,) = placed_specs(variants, next(s for s in program.sensors if s.name == "front"))
    assert isinstance(placed, CameraSpec)
    assert placed.entity_from_camera == pytest.approx(front.entity_from_camera)


ARRAY = """use driving
scenario elements "Sensors on named points of elements":
    world street(parking = right, length = 80 m)
    param which: int ~ 1..3
    car ego on lane(1) at s(8 m)
    car cars[3] along curb(right) by 1 m:
        model = suv
    do:
        ego.drive(speed = 5 m/s)
    stop after 0.1 s
    sensor front on cars[2].windscreen = camera(size = (64, 48), fov = 60 deg)
    sensor back on cars[which].rear_bumper = camera(size = (64, 48), fov = 60 deg, yaw = 180 deg)
    sensor box on cars[1].roof = imu()
    record front: rgb at 10 hz
    record back: rgb at 10 hz
    record box: acceleration at 10 hz
"""


def test_elements_of_arrays_have_points_too():
    """Chosen in the text or drawn: the sensor is on the point of that element."""
    (program,) = check_text(ARRAY, libraries=libraries()).programs
    points = KINDS["car"].points["suv"]
    for run in Variation(program, 0, "random").simulate(range(3)):
        scene = build_scene(program, run.scenario, libraries(), 0)
        front, back = sensor_specs(program, run.scenario, scene)
        assert isinstance(front, CameraSpec) and isinstance(back, CameraSpec)
        assert scene.entities[front.entity].name == "cars[2]"
        assert scene.entities[back.entity].name == f"cars[{int(run.scenario.values['which'])}]"
        assert front.entity_from_camera[:3, 3] == pytest.approx(np.array(points["windscreen"]))
        assert back.entity_from_camera[:3, 3] == pytest.approx(np.array(points["rear_bumper"]))
        (unit,) = signal_specs(program, run.scenario, scene)
        assert unit.carrier_from_sensor[:3, 3] == pytest.approx(np.array(points["roof"]))
    wrong = check_text(ARRAY.replace("windscreen", "windscren"), libraries=libraries())
    assert "unknown mounting point 'windscren'" in wrong.diagnostics[0].message


def test_a_model_without_the_point_says_which_it_has():
    """A motorbike has no windscreen."""
    program = program_of("motorbike")
    variants = Variants.of(Sampler(program, 0).draw([0]), libraries())
    with pytest.raises(SensorError, match="its points: head, handlebar"):
        placed_specs(variants, program.sensors[0])


def test_an_unknown_point_is_an_error_with_the_known_ones():
    """The checker knows the names of a kind."""
    result = check_text(TEXT.replace("{model}", "suv").replace("ego.roof", "ego.ruf"), libraries=libraries())
    (error,) = result.diagnostics
    assert "ruf" in error.message and "roof" in str(error)
