"""Wheels that roll and feet that stand."""

from __future__ import annotations

import numpy as np
import pytest

from simengine.geometry import transforms as tf
from simengine.physics import JointRig, joint_angles
from simengine.physics.gait import duty, leg_angles
from simengine.physics.persons import stride_m
from simengine.world.scene import Entity, Link, Scene, VehicleDynamics
from simengine.world.state import WorldState

LEG, THIGH, SHIN = 0.9, 0.44, 0.40


def walker(actor: int = 0, first: int = 0) -> tuple[Entity, list[Link]]:
    """A person's links: hips at the leg's height, knees and ankles below, shoulders and elbows."""
    links = [Link(actor, -1, tf.translation((0, 0, 0)), name="body")]
    for side, y in (("l", 0.1), ("r", -0.1)):
        hip = first + len(links)
        links.append(Link(actor, first, tf.translation((0, y, LEG)), name=f"hip_{side}"))
        links.append(Link(actor, hip, tf.translation((0, 0, -THIGH)), name=f"knee_{side}"))
        links.append(Link(actor, hip + 1, tf.translation((0, 0, -SHIN)), name=f"ankle_{side}"))
        links.append(Link(actor, first, tf.translation((0, 2 * y, 1.4)), name=f"shoulder_{side}"))
        links.append(Link(actor, hip + 3, tf.translation((0, 0, -0.3)), name=f"elbow_{side}"))
    return Entity("kid", "pedestrian", "adult", 21, (0.4, 0.5, 1.75), actor=actor, leg_m=LEG), links


def vehicle(actor: int = 0, first: int = 0) -> tuple[Entity, list[Link]]:
    links = [Link(actor, -1, np.eye(4), name="body")]
    for side, y in (("l", 0.8), ("r", -0.8)):
        steer = first + len(links)
        links.append(Link(actor, first, tf.translation((1.35, y, 0.32)), (0, 0, 1), f"steer_f{side}"))
        links.append(Link(actor, steer, np.eye(4), name=f"wheel_f{side}"))
        links.append(Link(actor, first, tf.translation((-1.35, y, 0.32)), name=f"wheel_r{side}"))
    entity = Entity("car", "car", "sedan", 15, (4.5, 1.8, 1.45), actor=actor, dynamics=VehicleDynamics(2.7, 1.35, 0.32))
    return entity, links


def scene(*things: tuple[Entity, list[Link]]) -> Scene:
    return Scene((), (), (), tuple(e for e, _ in things), tuple(k for _, links in things for k in links))


PERSON = scene(walker())


def ankles(phase: np.ndarray, v: float) -> np.ndarray:
    """Positions of both ankles in the person's frame, (T, 2, 3), by the scene's own forward kinematics."""
    zero = np.zeros((len(phase), 1))
    joints = joint_angles(PERSON, phase[:, None], zero + v, zero, zero)
    state = WorldState.at_rest(1, len(PERSON.links), (len(phase),))
    state.joint_rad[:] = joints
    links = PERSON.link_transforms(state)
    index = [i for i, k in enumerate(PERSON.links) if k.name.startswith("ankle")]
    return links[:, index][..., :3, 3]


@pytest.mark.parametrize("v", [0.5, 1.0, 1.4, 2.0, 2.8, 4.0])
def test_standing_foot_does_not_slide(v: float) -> None:
    """While a foot bears, body and foot move oppositely: the ankle's place on the ground (body + offset) changes by
    less than 15 % of the way the body makes in that time, at every speed; each foot bears its share of the stride."""
    phase = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    body = phase / (2 * np.pi) * float(stride_m(np.array(v), np.array(LEG)))
    place = body[:, None] + ankles(phase, v)[..., 0]
    share = float(duty(np.array(v), np.array(LEG)))
    bears = phase / (2 * np.pi) < share
    way = np.ptp(body[bears])
    assert np.ptp(place[bears, 0]) < 0.15 * way
    right = (phase / (2 * np.pi) + 0.5) % 1.0 < share
    for run in np.split(np.flatnonzero(right), np.flatnonzero(np.diff(np.flatnonzero(right)) > 1) + 1):
        assert np.ptp(place[run, 1]) < 0.15 * way


def test_feet_swing_forward_above_the_ground_and_close_the_cycle() -> None:
    """The ankle never goes below its standing height, is lifted in the swing, moves without jumps, and after a stride
    is back where it was."""
    phase = np.linspace(0, 2 * np.pi, 721)
    for v in (1.4, 3.0):
        track = ankles(phase, v)
        assert track[..., 2].min() > LEG - THIGH - SHIN - 1e-9
        assert track[..., 2].max() > LEG - THIGH - SHIN + 0.05
        assert np.abs(np.diff(track, axis=0)).max() < 0.03
        np.testing.assert_allclose(track[0], track[-1], atol=1e-9)


def test_knees_bend_the_right_way_and_arms_swing_against_legs() -> None:
    """Knees only flex (shin backward, positive); elbows only flex (forearm forward, negative); when the left hip is
    furthest forward (most negative), the left shoulder is backward of its mean."""
    phase = np.linspace(0, 2 * np.pi, 200)[:, None]
    joints = joint_angles(PERSON, phase, 0 * phase + 1.4, 0 * phase, 0 * phase)
    names = [k.name for k in PERSON.links]
    assert joints[:, names.index("knee_l")].min() >= 0 and joints[:, names.index("knee_l")].max() > 0.6
    assert joints[:, names.index("elbow_r")].max() <= 0
    hip, shoulder = joints[:, names.index("hip_l")], joints[:, names.index("shoulder_l")]
    assert np.corrcoef(hip, shoulder)[0, 1] < -0.5


def test_standing_is_straight() -> None:
    """At rest all joints are 0, whatever the phase at which the person stopped."""
    for phase in (0.0, 1.0, 4.0):
        assert not np.abs(joint_angles(PERSON, [phase], [0.0], [0.0], [0.0])).max() > 1e-6


def test_stride_grows_as_alexander_found() -> None:
    """Relative stride 2.3 Fr^0.3: an adult (0.9 m) makes strides of 1.3 m at 1.4 m/s and of 2.1 m at 3 m/s."""
    one = np.ones(1)
    assert stride_m(1.4 * one, 0.9 * one)[0] == pytest.approx(2.3 * 0.9 * (1.96 / 8.829) ** 0.3)
    assert stride_m(3.0 * one, 0.9 * one)[0] == pytest.approx(2.08, abs=0.02)


@pytest.mark.parametrize(
    ("v", "hip", "published"),
    [
        (1.51, 0.93, 1.56),  # men, free speed: M. P. Murray, A. B. Drought, R. C. Kory, J. Bone Joint Surg. 46A (1964)
        (1.30, 0.85, 1.33),  # women, free speed: M. P. Murray, R. C. Kory, S. B. Sepic, Arch. Phys. Med. 51 (1970)
        (3.58, 0.93, 2.55),  # running: P. R. Cavanagh and R. Kram, Med. Sci. Sports Exerc. 21 (1989), about 84 a minute
    ],
)  # fmt: skip
def test_strides_are_as_long_as_those_that_were_measured(v: float, hip: float, published: float) -> None:
    """People of usual hip heights: within 15 % of measured strides, walking and running. (The law that is used was
    fitted to animals of all sizes; it is some 10 % short for grown-ups.)"""
    assert float(stride_m(np.array(v), np.array(hip))) == pytest.approx(published, rel=0.15)


def test_inverse_kinematics_reaches_the_ankle() -> None:
    """Forward kinematics of the returned angles leads back to a leg no longer than thigh and shin."""
    phase = np.linspace(0, 2 * np.pi, 100)
    leg = leg_angles(phase, 3.0 + 0 * phase, LEG + 0 * phase, THIGH + 0 * phase, SHIN + 0 * phase)
    total = leg.hip_rad + leg.knee_rad
    x = -THIGH * np.sin(leg.hip_rad) - SHIN * np.sin(total)
    z = -THIGH * np.cos(leg.hip_rad) - SHIN * np.cos(total)
    assert np.hypot(x, z).max() <= THIGH + SHIN + 1e-12 and np.isfinite(leg.ankle_rad).all()


def test_wheels_roll_without_slipping_and_steer_about_one_centre() -> None:
    """A wheel turned by distance / radius moves its lowest point backward as fast as the car moves on. Ackermann: the
    axes of both front wheels meet the rear axle's line at the same point, wheelbase / tan(steer) from the middle."""
    car = scene(vehicle())
    joints = joint_angles(car, [0.0], [5.0], [1e-4 / 0.32], [0.3])
    names = [k.name for k in car.links]
    state = WorldState.at_rest(1, len(car.links))
    moved = WorldState(0, *(getattr(state, f) for f in (
        "position_m", "orientation", "velocity_mps", "angular_velocity_radps",
    )), joints, state.lamps, state.valid)  # fmt: skip
    wheel = names.index("wheel_rl")
    bottom = np.array([0.0, 0.0, -0.32])
    shift = tf.apply(car.link_transforms(moved)[wheel], bottom) - tf.apply(car.link_transforms(state)[wheel], bottom)
    assert shift[0] == pytest.approx(-1e-4, rel=1e-3)
    for side, y in (("l", 0.8), ("r", -0.8)):
        centre = y + 2.7 / np.tan(joints[names.index(f"steer_f{side}")])
        assert centre == pytest.approx(2.7 / np.tan(0.3))


def test_rig_serves_many_instants_and_actors() -> None:
    """A batch of instants equals the instants one by one, and each actor drives its own links."""
    both = scene(vehicle(0, 0), walker(1, 7))
    rig = JointRig(both)
    rng = np.random.default_rng(1)
    phase, v, wheel, steer = rng.uniform(0, 6, (4, 5, 2))
    batch = rig.angles(phase, v, wheel, steer)
    assert batch.shape == (5, len(both.links))
    for t in range(5):
        assert rig.angles(phase[t], v[t], wheel[t], steer[t] * 0.1).shape == (len(both.links),)
        assert batch[t].tobytes() == rig.angles(phase[t], v[t], wheel[t], steer[t]).tobytes()
    alone = joint_angles(scene(walker(1, 0)), phase, v, wheel, steer)
    np.testing.assert_array_equal(batch[:, 7:], alone)
