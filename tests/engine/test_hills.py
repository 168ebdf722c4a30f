"""Runs on roads with heights: what is rendered, labelled and measured agrees with where everything is."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

import simengine
from simengine.arrays import F64Array
from simengine.engine.catalogue import libraries
from simengine.engine.signals import GRAVITY_MPS2
from simengine.engine.simulate import simulate
from simengine.engine.variants import Variants
from simengine.engine.variation import Variation
from simengine.geometry import transforms as tf
from simengine.language import parse_text
from simengine.world.surface import Surface

CREST_M, RADIUS_M = 200.0, 900.0
WORLD = """use driving
scenario t:
    world rural(length = 500 m, curviness = 0):
        crest.at = 200 m
        crest.height = 6 m
        crest.radius = 900 m
        grade = 0.08
"""
STANDING = """    car ego on lane(1) at s(150 m):
        speed = 0 km/h
    car other on lane(1) at s(172 m):
        speed = 0 km/h
    pedestrian walker at (165 m, -4 m)
    sensor imu on ego = imu():
        noise.acceleration = 0
        noise.gyro = 0
        walk.acceleration = 0
        walk.gyro = 0
    sensor front on ego = camera(size = (320, 200), fov = 50 deg)
    stop after 0.1 s
    record imu: acceleration, gyro at 100 hz
    record front: rgb, instance, depth, box3d at 1 hz
"""
DRIVING = """    car ego on lane(1) at s(60 m):
        speed = 72 km/h
    sensor imu on ego = imu():
        noise.acceleration = 0
        noise.gyro = 0
        walk.acceleration = 0
        walk.gyro = 0
    sensor gps on ego = gnss(drift = 0 m, mount = (0 m, 0 m, 0 m)):
        noise.horizontal = 0 m
        noise.vertical = 0 m
        noise.velocity = 0 m/s
        dropout = 0
    stop after 9.5 s
    record imu: acceleration, gyro at 100 hz
    record gps: position, velocity at 10 hz
"""


@cache
def episode(body: str) -> Any:
    return next(iter(simengine.episodes(parse_text(WORLD + body, libraries=libraries())[0], 1, seed=3)))


def surface_of(made: Any) -> Surface:
    surface = made.scene.lanes.surface
    assert surface is not None
    return surface


def pitch_rad(made: Any) -> float:
    """Nose up, of ego at 150 m: a chord of a parabola is as steep as its tangent midway between the axles."""
    dynamics = next(e.dynamics for e in made.scene.entities if e.name == "ego")
    assert dynamics is not None
    midway = 150.0 + 0.5 * dynamics.wheelbase_m - dynamics.rear_axle_m
    return float(np.arctan((CREST_M - midway) / RADIUS_M))


def test_who_stands_on_a_grade_feels_gravity_from_ahead() -> None:
    """At rest, nose up by the angle of the slope under the axles, specific force is g (sin, 0, cos) and nothing
    turns."""
    imu, angle = episode(STANDING).signals["imu"], pitch_rad(episode(STANDING))
    expected = [GRAVITY_MPS2 * np.sin(angle), 0.0, GRAVITY_MPS2 * np.cos(angle)]
    np.testing.assert_allclose(imu["acceleration"], np.tile(expected, (len(imu["acceleration"]), 1)), atol=1e-6)
    assert not imu["gyro"].any()


def test_a_crest_takes_weight_away_and_turns_the_nose_down() -> None:
    """At 20 m/s over the top of a parabola of 900 m radius the vertical specific force is g - v^2 / R and the pitch
    rate v / R, nose down: + about y. Over the whole way the gyro adds up to the change of pitch."""
    made = episode(DRIVING)
    imu, track = made.signals["imu"], made.trace.track("ego")
    top = int(np.argmin(np.abs(track[:, 0] - CREST_M)))
    assert imu["acceleration"][top, 2] == pytest.approx(GRAVITY_MPS2 - 20.0**2 / RADIUS_M, abs=0.01)
    assert imu["gyro"][top, 1] == pytest.approx(20.0 / RADIUS_M, rel=0.01)
    pitch, _ = tf.tilt_of(made.trace.laid_states_of("ego")[:, 3:7])
    turned = np.trapezoid(imu["gyro"][:, 1], imu.time_ns / 1e9)
    assert turned == pytest.approx(pitch[len(imu.time_ns) - 1] - pitch[0], abs=1e-4)
    assert np.abs(imu["gyro"][:, [0, 2]]).max() < 1e-3


def test_altitudes_and_climb_of_a_receiver_are_those_of_the_road() -> None:
    """Altitude less that of the start is the height of the surface (the earth's curvature makes 5 mm over 240 m); the
    speed upwards is its derivative along the way."""
    made = episode(DRIVING)
    gps, surface = made.signals["gps"], surface_of(made)
    times = gps.time_ns / 1e9
    x = 60.0 + 20.0 * times
    height = surface.height_m(x, np.full_like(x, -1.625))
    np.testing.assert_allclose(gps["position"][:, 2] - gps["position"][0, 2], height - height[0], atol=0.012)
    slope = surface.frame(x, np.full_like(x, -1.625)).ahead
    np.testing.assert_allclose(gps["velocity"][:, 2], 20.0 * slope, atol=0.02)
    assert np.ptp(height) == pytest.approx(6.0, abs=0.1)


def test_velocities_of_states_are_derivatives_of_their_poses() -> None:
    """Also between ticks, where poses are interpolated: central differences over 2 ms at times across the crest."""
    made = episode(DRIVING)
    states = made.trace.on(made.scene)
    step = 1_000_000
    for time_ns in (2_503_000_000, 5_000_000_000, 7_204_000_000, 9_001_000_000):
        before, now, after = (states.state_at(time_ns + k * step) for k in (-1, 0, 1))
        rate = (after.position_m - before.position_m) / (2e-9 * step)
        np.testing.assert_allclose(now.velocity_mps, rate, atol=2e-3)
        turn = tf.multiply(after.orientation, before.orientation * np.array([1.0, -1.0, -1.0, -1.0]))
        np.testing.assert_allclose(now.angular_velocity_radps, turn[:, 1:] * 2.0 / (2e-9 * step), atol=2e-3)


def bounds(points: F64Array) -> F64Array:
    return np.concatenate([points.min(0), points.max(0)])


def test_boxes_lie_around_the_pixels_on_a_grade() -> None:
    """The camera looks uphill with its car: the projected cuboid of the car ahead bounds its pixels in the instance
    image, on all sides to within what a box has of air beside a body, and the walker, who is upright, is in hers."""
    made = episode(STANDING)
    frame = next(iter(made))
    front, things = frame["front"], frame.boxes3d
    image = front["instance"]
    boxes = things.in_frame("front", front.pose)
    for name, slack in (("other", 0.2), ("walker", 0.35)):
        corners = boxes.corners_m()[boxes.find(name)]
        pixels = corners @ front.intrinsics.T
        box = bounds(pixels[:, :2] / pixels[:, 2:])
        rows, columns = np.nonzero(image == things.instance[things.find(name)])
        seen = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])
        size = np.tile(box[2:] - box[:2], 2)
        assert len(rows) > 30
        assert (np.array([1, 1, -1, -1]) * (seen - box) >= -1.0).all()  # inside
        assert (np.abs(seen - box) <= slack * size + 1.0).all()  # and as large
    pose = front.pose
    assert pose[2, 2] == pytest.approx(np.sin(pitch_rad(made)), abs=1e-9)  # the optical axis rises
    up = tf.matrix_from_pose(np.zeros(3), things.orientation[things.find("walker")])[:3, 2]
    np.testing.assert_allclose(up, [0.0, 0.0, 1.0], atol=1e-12)


def test_wheels_touch_the_road_that_is_rendered() -> None:
    """Depth of the pixels of the road beside the car ahead: points of the picture lie on the surface within 2 cm, and
    the lowest point of the car within 3 cm of it."""
    made = episode(STANDING)
    frame = next(iter(made))
    front, surface = frame["front"], surface_of(made)
    image, depth = front["instance"], front["depth"]
    v, u = np.nonzero(depth > 0)
    rays = np.stack([u + 0.5, v + 0.5, np.ones(len(u))], -1) @ np.linalg.inv(front.intrinsics).T
    points = tf.apply(front.pose, rays * depth[v, u, None])
    above = points[:, 2] - surface.height_m(points[:, 0], points[:, 1])
    road = {k for k, e in enumerate(made.scene.entities) if e.kind == "road"}
    on_road = np.isin(image[v, u], list(road)) & (points[:, 0] < 190.0)
    assert on_road.sum() > 1000 and np.abs(above[on_road]).max() < 0.02
    car = image[v, u] == frame.boxes3d.instance[frame.boxes3d.find("other")]
    assert above[car].min() == pytest.approx(0.0, abs=0.03)


MIXED = """use driving
scenario t:
    param place: length ~ 140..220 m
    world rural(length = 500 m, curviness = 0.6, hilliness ~ {0, 1})
    car ego on lane(1) at s(60 m):
        speed ~ 40..90 km/h
        controller = aeb()
    car stopped on lane(1) at s(place)
    animal deer along curb(right) at s(120 m):
        model = deer
        speed = 5 m/s
    do:
        wait 1 s
        out: deer.run(across = road, speed = deer.speed)
    stop after 4 s
    expect always not collision(ego, stopped)
    sensor front on ego = camera(size = (320, 200), fov = 50 deg)
    record front: rgb at 1 hz
    cover visible(stopped, front) as share at out.started by 10 %
"""


def test_a_batch_of_hills_and_plains_equals_singles() -> None:
    """Drawn hilly or level: places, traces, verdicts and states in the world of each variant, bit for bit as alone."""
    program = parse_text(MIXED, "m.scn", libraries=libraries())[0]
    sampler = Variation(program, 5, "random").sampler
    many = Variants.of(sampler.draw(range(5)), libraries())
    assert {g.surface is None for g in many.lane_graphs} == {True, False}
    together = simulate(many)
    for k in (0, 1, 2):
        alone = Variants.of(sampler.draw([k]), libraries())
        one = simulate(alone)[0]
        assert one.moved.tobytes() == together[k].moved.tobytes()
        assert one.verdicts == together[k].verdicts and dict(one.covers) == dict(together[k].covers)
        assert (one.footing is None) == (alone.lane_graphs[0].surface is None)
        mine, theirs = (t.laid_states_of("deer") for t in (one, together[k]))
        assert mine.tobytes() == theirs.tobytes()


def test_a_level_road_is_as_if_nobody_had_heard_of_hills() -> None:
    """Hilliness 0 gives the very same states as a world that does not mention it."""
    texts = (MIXED.replace("hilliness ~ {0, 1}", "hilliness = 0"), MIXED.replace(", hilliness ~ {0, 1}", ""))
    made = []
    for text in texts:
        program = parse_text(text, "m.scn", libraries=libraries())[0]
        made.append(simulate(Variants.of(Variation(program, 5, "random").sampler.draw([0]), libraries()))[0])
    assert made[0].moved.tobytes() == made[1].moved.tobytes() and made[0].footing is None


LOADED = """use driving
scenario t:
    world rural(length = 500 m, curviness = 0):
        crest.at = 200 m
        crest.height = 6 m
        crest.radius = 500 m
        grade = 0.08
    lorry ego on lane(1) at s(165 m):
        speed = {speed}
    trailer semi at ego
    truck wagon on lane(2) at s(230 m):
        speed = {speed}
    cargo load on wagon:
        model = box
    stop after 3 s
    sensor front on ego = camera(size = (64, 40), fov = 50 deg)
    record front: rgb at 1 hz
"""


@pytest.mark.parametrize("speed", ["36 km/h", "0 km/h"])
def test_trailers_and_loads_over_a_crest(speed: str) -> None:
    """A load keeps its pose on the truck that carries it, to rounding. A trailer stands on its own wheels: its axle is
    on the road within 1 mm, and its coupling within 2 cm of where the tractor has it."""
    text = LOADED.format(speed=speed)
    made = next(iter(simengine.episodes(parse_text(text, libraries=libraries())[0], 1, seed=3)))
    scene, states = made.scene, made.trace.on(made.scene)
    rows = {e.name: k for k, e in enumerate(scene.entities)}
    surface, relative = surface_of(made), []
    kinds = {s.name: s for s in scene.entities}
    for time_ns in (0, 1_000_000_000, 2_500_000_000):
        state = states.state_at(time_ns)
        poses = {name: scene.entity_pose(state, rows[name]) for name in ("ego", "semi", "wagon", "load")}
        relative.append(tf.compose(tf.inverse(poses["wagon"]), poses["load"]))
        dynamics = kinds["semi"].dynamics
        assert dynamics is not None
        axle = tf.apply(poses["semi"], np.array([-dynamics.rear_axle_m, 0.0, 0.0]))
        assert axle[2] == pytest.approx(float(surface.height_m(axle[0], axle[1])), abs=1e-3)
        pin = tf.apply(poses["semi"], np.array([dynamics.wheelbase_m - dynamics.rear_axle_m, 0.0, 1.2]))
        local = tf.apply(tf.inverse(poses["ego"]), pin)
        assert abs(local[1]) < 1e-3 and local[2] == pytest.approx(1.2, abs=0.02)
    for pose in relative[1:]:
        np.testing.assert_allclose(pose, relative[0], atol=1e-9)
