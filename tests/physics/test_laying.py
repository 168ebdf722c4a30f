"""Actors on ground with heights: where they stand, how they turn; velocities are derivatives of the poses."""

from __future__ import annotations

import numpy as np
import pytest

from simengine.arrays import F64Array
from simengine.geometry import transforms as tf
from simengine.physics import surfaces
from simengine.physics.laying import Moving, laid, reach_of
from simengine.physics.surfaces import Surfaces
from simengine.world.scene import Entity, VehicleDynamics
from simengine.world.surface import Surface
from tests.physics.hills import crest, grade, leaning_bend
from tests.physics.stage import car, child


def moving(x: float, y: float, yaw: float, v: float = 0.0, rate: float = 0.0, z: float = 0.0) -> Moving:
    """One actor in one variant, (1, 1, ...)."""
    velocity = np.array([v * np.cos(yaw), v * np.sin(yaw), 0.0])
    turn = tf.quaternion_from_yaw(np.array(yaw))
    parts = (np.array([x, y, z]), turn, velocity, np.array([0.0, 0.0, rate]))
    return Moving(*(p[None, None] for p in parts))


def put(surface: Surface, entity: Entity, category: str, root: Moving, own: Moving | None = None) -> Moving:
    land = Surfaces.of([surface])
    assert land is not None
    return laid(land, np.array([[reach_of(entity, category)]]), root, root if own is None else own)


def frame(m: Moving) -> F64Array:
    return tf.matrix_from_pose(m.position_m, m.orientation)[0, 0]


def test_surfaces_of_a_batch_are_those_of_each() -> None:
    """Padded together, heights are the bits of each alone, and what a :class:`Surface` itself says within rounding;
    slopes are the central differences of heights."""
    each = [crest(), None, leaning_bend(), grade(0.1, 0.02)]
    rng = np.random.default_rng(3)
    x, y = rng.uniform(-20.0, 500.0, (4, 50)), rng.uniform(-30.0, 30.0, (4, 50))
    together = Surfaces.of(each)
    assert together is not None and together.uneven.tolist() == [True, False, True, True]
    all_of_them = together.at(x, y)
    for b, surface in enumerate(each):
        if surface is None:
            assert not np.stack(all_of_them)[:, b].any()
            continue
        alone = Surfaces.of([surface])
        assert alone is not None
        for one, other in zip(alone.at(x[b : b + 1], y[b : b + 1]), all_of_them, strict=True):
            assert one[0].tobytes() == other[b].tobytes()
        np.testing.assert_allclose(all_of_them.z_m[b], surface.height_m(x[b], y[b]), atol=1e-9)
    h = 1e-4
    for dx, dy, slope in ((h, 0.0, all_of_them.x), (0.0, h, all_of_them.y)):
        rise = (together.at(x + dx, y + dy).z_m - together.at(x - dx, y - dy).z_m) / (2.0 * h)
        np.testing.assert_allclose(slope, rise, atol=2e-5)


def test_a_car_on_a_grade_looks_uphill() -> None:
    """On 10 % the x axis rises by atan 0.1 and keeps its heading in the plan; the origin is on the road."""
    m = put(grade(0.1), car(), "vehicle", moving(500.0, 0.0, 0.0))
    pose = frame(m)
    np.testing.assert_allclose(pose[:3, 0], np.array([1.0, 0.0, 0.1]) / np.sqrt(1.01), atol=1e-12)
    assert pose[2, 3] == pytest.approx(0.1 * 0.5 + 0.1 * 499.0)
    down = frame(put(grade(0.1), car(), "vehicle", moving(500.0, 0.0, np.pi)))
    np.testing.assert_allclose(down[:3, 0], np.array([-1.0, 0.0, -0.1]) / np.sqrt(1.01), atol=1e-12)


@pytest.mark.parametrize("yaw_deg", [0.0, 37.0, 120.0, -90.0])
def test_a_vehicle_lies_flat_on_a_leaning_grade(yaw_deg: float) -> None:
    """On a plane (8 % along x, 3 % along y) the body's z axis is the plane's normal in any heading, and the heading in
    the plan stays to the last bit that arctan2 has."""
    yaw = np.deg2rad(yaw_deg)
    pose = frame(put(grade(0.08, np.arctan(0.03)), car(), "vehicle", moving(500.0, 3.0, yaw)))
    normal = np.array([-0.08, -0.03, 1.0]) / np.sqrt(1.0 + 0.08**2 + 0.03**2)
    np.testing.assert_allclose(pose[:3, 2], normal, atol=1e-9)
    assert np.arctan2(pose[1, 0], pose[0, 0]) == pytest.approx(yaw, abs=1e-12)


def test_axles_stand_on_the_road_over_a_crest() -> None:
    """A bus of 6 m wheelbase over a crest of 300 m radius: both axles are on the road within 0.2 mm, though the road
    between them is 15 mm higher."""
    dynamics = VehicleDynamics(6.0, 2.4, 0.5)
    bus = Entity("bus", "bus", "bus", 15, (12.0, 2.5, 3.0), dynamics=dynamics)
    surface = crest(radius_m=300.0)
    pose = frame(put(surface, bus, "vehicle", moving(300.5, 0.0, 0.0)))
    for along in (3.6, -2.4):
        x, y, z = tf.apply(pose, np.array([along, 0.0, 0.0]))
        assert z == pytest.approx(float(surface.height_m(x, y)), abs=2e-4)
    middle = tf.apply(pose, np.array([0.6, 0.0, 0.0]))
    assert float(surface.height_m(middle[0], 0.0)) - middle[2] == pytest.approx(6.0**2 / (8 * 300.0), rel=0.02)


def test_who_stands_upright_and_who_does_not() -> None:
    """People and drones are lifted and not turned, bicycles pitch and do not lean, four legs stand on the grade, things
    lie flat."""
    surface, at = grade(0.1, 0.05), moving(500.0, 2.0, 0.0)
    rise = float(surface.height_m(500.0, 2.0))
    drone = Entity("d", "drone", "quad", 15, (0.6, 0.6, 0.2))
    bike = Entity("b", "bicycle", "bike", 15, (1.8, 0.6, 1.7), dynamics=VehicleDynamics(1.1, 0.55, 0.34))
    deer = Entity("a", "animal", "deer", 15, (1.9, 0.5, 1.6), leg_m=0.8)
    cone = Entity("c", "cone", "cone", 15, (0.4, 0.4, 0.7))
    for entity, category, ahead, left in (
        (child(), "person", 0.0, 0.0), (drone, "drone", 0.0, 0.0), (bike, "vehicle", 0.1, 0.0),
        (deer, "person", 0.1, 0.0), (cone, "object", 0.1, np.tan(0.05)),
    ):  # fmt: skip
        pose = frame(put(surface, entity, category, at))
        assert pose[2, 3] == pytest.approx(rise, abs=1e-9), category
        assert pose[2, 0] / np.hypot(pose[0, 0], pose[1, 0]) == pytest.approx(ahead, abs=1e-9), category
        normal = pose[:3, 2] / pose[2, 2]
        np.testing.assert_allclose(normal[:2], [-ahead, -left], atol=1e-9, err_msg=category)


def state_at(t: float, surface: Surface) -> tuple[Moving, Moving]:
    """A car that drives a circle of 60 m over the hills at 20 m/s, and a box that rides on it."""
    radius, v = 60.0, 20.0
    yaw = 0.3 + v / radius * t
    x, y = 100.0 + radius * np.sin(yaw), 60.0 - radius * np.cos(yaw)
    root = moving(x, y, yaw, v, v / radius)
    offset = np.array([0.8 * np.cos(yaw) - 0.3 * np.sin(yaw), 0.8 * np.sin(yaw) + 0.3 * np.cos(yaw), 1.1])
    own = Moving(
        root.position_m + offset, tf.quaternion_from_yaw(np.array([[yaw + 0.5]])),
        root.velocity_mps + np.cross([0.0, 0.0, v / radius], offset), root.spin_radps,
    )  # fmt: skip
    return root, own


@pytest.mark.parametrize("make", [lambda: crest(400.0, 0.08, 120.0, 20.0), leaning_bend])
def test_velocities_are_derivatives_of_poses(make: object) -> None:
    """Central differences of position and orientation over 0.2 ms agree with velocity and angular velocity, for a car
    and for what it carries."""
    surface = make()  # type: ignore[operator]
    h = 1e-4
    for t in (0.1, 1.0, 2.3, 4.0):
        for who in (0, 1):
            poses = []
            for at in (t - h, t, t + h):
                both = state_at(at, surface)
                poses.append(put(surface, car(), "vehicle", both[0], both[who]))
            before, now, after = poses
            speed = (after.position_m - before.position_m) / (2.0 * h)
            np.testing.assert_allclose(now.velocity_mps, speed, atol=2e-5)
            turn = (frame(after)[:3, :3] @ frame(before)[:3, :3].T - np.eye(3)) / (2.0 * h)
            spin = 0.5 * np.array([turn[2, 1] - turn[1, 2], turn[0, 2] - turn[2, 0], turn[1, 0] - turn[0, 1]])
            np.testing.assert_allclose(now.spin_radps[0, 0], spin, atol=2e-5)


def test_what_is_carried_keeps_its_place() -> None:
    """Relative to the car, the box is where it was on the level, to rounding."""
    root, own = state_at(1.0, crest(400.0, 0.08, 120.0, 20.0))
    surface = crest(400.0, 0.08, 120.0, 20.0)
    there = tf.compose(tf.inverse(frame(put(surface, car(), "vehicle", root))),
                       frame(put(surface, car(), "vehicle", root, own)))  # fmt: skip
    np.testing.assert_allclose(there, tf.compose(tf.inverse(frame(root)), frame(own)), atol=1e-12)


def test_level_variants_keep_their_bits_beside_hilly_ones() -> None:
    """In a batch with hills the states of a level variant are the very same numbers."""
    root, own = state_at(1.0, crest())
    twice = [Moving(*(np.concatenate([v, v]) for v in m)) for m in (root, own)]
    land = Surfaces.of([None, crest()])
    assert land is not None
    out = laid(land, np.array([[reach_of(car(), "vehicle")]] * 2), twice[0], twice[1])
    for a, b in zip(out, own, strict=True):
        assert a[0].tobytes() == b[0].tobytes()
        assert a[1].tobytes() != b[0].tobytes() or not b.any()


def test_many_points_at_once_are_those_of_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is asked in chunks, as samplers do, is bit for bit what is asked at once."""
    land = Surfaces.of([crest(), None, leaning_bend(), grade(0.1), crest(300.0)])
    assert land is not None
    x, y = np.random.default_rng(1).uniform(-50.0, 400.0, (2, 5, 7))
    whole = land.at(x, y)
    monkeypatch.setattr(surfaces, "_CHUNK", 2 * 7 * land.lines.shape[2])
    for a, b in zip(whole, land.at(x, y), strict=True):
        assert a.tobytes() == b.tobytes()
