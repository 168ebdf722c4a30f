"""Falling, sliding, bouncing, piling up: against closed formulas."""

from __future__ import annotations

import hashlib
import subprocess
import sys

import numpy as np
import pytest

from simengine.geometry import transforms as tf
from simengine.physics.rigid.bodies import RigidBodies
from simengine.physics.rigid.model import GRAVITY_MPS2, SUBSTEP_S, Fixed, Loose, damping_ratio, rebound
from simengine.world.bodies import RigidBody, Solid

G = GRAVITY_MPS2
TICK_S = 0.01


def floor(friction: float = 0.5, restitution: float = 0.1, tilt_rad: float = 0.0) -> Fixed:
    pose = tf.matrix_from_pose(np.zeros(3), tf.quaternion_about((0.0, 1.0, 0.0), tilt_rad))
    slab = Solid("box", (40.0, 40.0, 0.2), (0.0, 0.0, -0.1))
    return Fixed("floor", pose, RigidBody((slab,), friction=friction, restitution=restitution))


def cube(mass_kg: float = 0.3, side_m: float = 0.1, friction: float = 0.5, restitution: float = 0.1) -> RigidBody:
    size = (side_m, side_m, side_m)
    return RigidBody((Solid("box", size, (0.0, 0.0, 0.5 * side_m)),), mass_kg, friction, restitution=restitution)


def ball(mass_kg: float, restitution: float) -> RigidBody:
    return RigidBody((Solid("sphere", (0.06, 0.06, 0.06), (0.0, 0.0, 0.03)),), mass_kg, restitution=restitution)


def at(x: float, y: float, z: float) -> np.ndarray:
    return tf.translation([x, y, z])


def heap() -> RigidBodies:
    """Boxes, balls and rods that fall on each other between four walls."""
    rng = np.random.default_rng(3)
    kinds = ("box", "sphere", "cylinder", "ellipsoid")
    loose: list[Loose] = []
    for k in range(12):
        a, b, c = rng.uniform(0.03, 0.08, 3)
        size = {"box": (a, b, c), "sphere": (a, a, a), "cylinder": (a, a, c), "ellipsoid": (a, b, c)}[kinds[k % 4]]
        body = RigidBody((Solid(kinds[k % 4], size, (0.0, 0.0, 0.5 * size[2])),), float(rng.uniform(0.05, 0.5)))
        turn = tf.quaternion_from_yaw(rng.uniform(0.0, 6.0))
        pose = tf.matrix_from_pose([rng.uniform(-0.05, 0.05), rng.uniform(-0.05, 0.05), 0.1 + 0.09 * k], turn)
        loose.append(Loose(f"thing[{k}]", pose, body))
    walls = tuple(
        Solid("box", (0.1 if x else 0.6, 0.1 if y else 0.6, 0.4), (0.3 * x, 0.3 * y, 0.2))
        for x, y in ((1, 0), (-1, 0), (0, 1), (0, -1))
    )
    return RigidBodies([floor(), Fixed("walls", np.eye(4), RigidBody(walls))], loose, [], TICK_S)


def test_falls_as_galileo_says() -> None:
    """h - g t^2 / 2. Semi-implicit steps of 2 ms fall further by g t dt / 2, that is 0.5 % of the way after 0.4 s."""
    world = RigidBodies([floor()], [Loose("cube", at(0.0, 0.0, 1.0), cube())], [], TICK_S)
    for k in range(1, 41):
        world.step()
        t = k * TICK_S
        fallen = 1.0 - world.poses().position_m[0, 2]
        assert fallen == pytest.approx(0.5 * G * t * t + 0.5 * G * t * SUBSTEP_S, rel=1e-9)
        assert world.poses().velocity_mps[0, 2] == pytest.approx(-G * t, rel=1e-9)


@pytest.mark.parametrize(("friction", "tilt_deg"), [(0.5, 25.0), (0.3, 15.0), (0.6, 29.0)])
def test_stands_on_a_slope_that_is_less_steep_than_its_friction(friction: float, tilt_deg: float) -> None:
    """tan(tilt) < mu: it stands. What soft contacts let it creep in 1 s is below a tenth of a millimetre."""
    slope = floor(friction, tilt_rad=np.radians(tilt_deg))
    world = RigidBodies([slope], [Loose("cube", slope.pose, cube(friction=friction))], [], TICK_S)
    for _ in range(100):
        world.step()
    assert np.sqrt((world.poses().position_m[0] ** 2).sum()) < 1e-4
    assert bool(world.resting[0])


@pytest.mark.parametrize(("friction", "tilt_deg"), [(0.3, 25.0), (0.2, 30.0), (0.5, 35.0)])
def test_slides_down_a_steeper_one(friction: float, tilt_deg: float) -> None:
    """a = g (sin - mu cos); after 1 s it has gone a / 2, to 6 % (contacts are a little soft at the start)."""
    tilt = np.radians(tilt_deg)
    slope = floor(friction, tilt_rad=tilt)
    world = RigidBodies([slope], [Loose("cube", slope.pose, cube(friction=friction))], [], TICK_S)
    for _ in range(100):
        world.step()
    gone = np.sqrt((world.poses().position_m[0] ** 2).sum())
    assert gone == pytest.approx(0.5 * G * (np.sin(tilt) - friction * np.cos(tilt)), rel=0.06)


def test_the_more_slippery_surface_decides() -> None:
    """At 15 degrees (tan = 0.27) a wet thing (mu 0.1) slides, and so does a rough one on a wet slope."""
    for ground, thing in ((0.8, 0.1), (0.1, 0.8)):
        slope = floor(ground, tilt_rad=np.radians(15.0))
        world = RigidBodies([slope], [Loose("cube", slope.pose, cube(friction=thing))], [], TICK_S)
        for _ in range(50):
            world.step()
        gone = np.sqrt((world.poses().position_m[0] ** 2).sum())
        assert gone == pytest.approx(0.125 * G * (np.sin(np.radians(15.0)) - 0.1 * np.cos(np.radians(15.0))), rel=0.05)


@pytest.mark.parametrize("restitution", [0.1, 0.3, 0.5, 0.8])
def test_bounces_back_with_the_stated_restitution(restitution: float) -> None:
    """The speed after the impact is e times the one before, within 0.025."""
    world = RigidBodies(
        [floor(restitution=restitution)], [Loose("ball", at(0.0, 0.0, 0.5), ball(0.2, restitution))], [], TICK_S
    )
    speed: list[float] = []
    for _ in range(60):
        world.step()
        speed.append(float(world.poses().velocity_mps[0, 2]))
    up = int(np.argmax(speed))
    assert -speed[up] / min(speed[:up]) == pytest.approx(restitution, abs=0.025)
    assert rebound(damping_ratio(restitution)) == pytest.approx(restitution, rel=1e-9)


def test_an_impact_keeps_momentum_and_loses_the_energy_that_restitution_says() -> None:
    """Two balls of 0.1 and 0.3 kg meet head on in free fall: p stays to the last digits, v' = -e v between them, and
    the kinetic energy falls by mu v^2 (1 - e^2) / 2 with the reduced mass mu = 0.075 kg. Between two bodies that both
    give way, MuJoCo estimates their common inertia: e is met within a tenth."""
    e, v = 0.5, 3.0
    world = RigidBodies(
        [], [
            Loose("light", at(-0.05, 0.0, 100.0), ball(0.1, e), (v, 0.0, 0.0)),
            Loose("heavy", at(0.05, 0.0, 100.0), ball(0.3, e)),
        ], [], TICK_S,
    )  # fmt: skip
    for _ in range(10):
        world.step()
    light, heavy = world.poses().velocity_mps[:, 0].tolist()
    assert 0.1 * light + 0.3 * heavy == pytest.approx(0.1 * v, rel=1e-6)
    assert heavy - light == pytest.approx(e * v, rel=0.1)
    lost = 0.5 * 0.1 * v * v - 0.5 * (0.1 * light * light + 0.3 * heavy * heavy)
    assert lost == pytest.approx(0.5 * 0.075 * v * v * (1.0 - e * e), rel=0.1)


def test_a_stack_stands_at_the_height_of_its_boxes() -> None:
    """Five cubes of 10 cm: the feet are at 0, 10, ... 40 cm, less what contacts give way: g / w^2 = 0.25 mm for one
    body, at most 1 mm under four of them."""
    world = RigidBodies(
        [floor()], [Loose(f"cube[{k}]", at(0.0, 0.0, 0.001 + 0.101 * k), cube()) for k in range(5)], [], TICK_S
    )
    for _ in range(150):
        world.step()
    height = world.poses().position_m[:, 2]
    assert bool(world.resting.all())
    assert np.abs(height - 0.1 * np.arange(5)).max() < 2e-3
    assert (np.diff(height) < 0.1 + 1e-6).all()


def test_a_heap_comes_to_rest_and_then_does_not_move_at_all() -> None:
    """Energy is only lost: kinetic and potential energy never exceed their lowest value so far by more than 3 % of the
    first one (contacts are springs: they give back a little of what they took). At rest nothing trembles: every bit of
    every pose stays, and velocities are exactly 0."""
    world = heap()
    start, least = _energy_j(world), np.inf
    for _ in range(650):
        world.step()
        energy = _energy_j(world)
        assert energy <= least + 0.03 * start
        least = min(least, energy)
    assert bool(world.resting.all())
    before = world.poses()
    for _ in range(20):
        world.step()
    after = world.poses()
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
    assert not after.velocity_mps.any()


def _energy_j(world: RigidBodies) -> float:
    poses = world.poses()
    total = 0.0
    for k in range(world.count):
        mass, moments = float(world.model.body_mass[k + 1]), np.asarray(world.model.body_inertia[k + 1])
        turn = world.data.ximat[k + 1].reshape(3, 3)
        arm = world.middle(k) - poses.position_m[k]
        velocity = poses.velocity_mps[k] + np.cross(poses.spin_radps[k], arm)
        spin = (turn * poses.spin_radps[k][:, None]).sum(0)
        total += mass * G * float(world.middle(k)[2]) + 0.5 * mass * float((velocity**2).sum())
        total += 0.5 * float((moments * spin * spin).sum())
    return total


def test_goes_astray_with_a_message_that_names_the_thing() -> None:
    """3 km/s is no speed of ours: that world stops where it is and says so."""
    things = [Loose("calm", at(0.0, 0.0, 0.0), cube()), Loose("wild", at(5.0, 0.0, 1.0), cube(), (3000.0, 0.0, 0.0))]
    world = RigidBodies([floor()], things, [], TICK_S)
    world.step()
    assert "'wild'" in world.diverged
    assert "3e+03 m/s" in world.diverged
    frozen = world.poses().position_m
    world.step()
    assert np.array_equal(frozen, world.poses().position_m)


_DIGEST = "from tests.physics.rigid.test_bodies import digest; print(digest())"


def digest() -> str:
    """Of the poses of a heap after a second."""
    world = heap()
    for _ in range(100):
        world.step()
    return hashlib.sha256(b"".join(np.ascontiguousarray(v).tobytes() for v in world.poses())).hexdigest()


def test_two_processes_agree() -> None:
    """The same start gives the same bits: nothing depends on addresses, hashes or time."""
    other = subprocess.run([sys.executable, "-c", _DIGEST], capture_output=True, text=True, check=True)
    assert other.stdout.strip() == digest()
