"""Impacts on grades: what slides and what stays, and that debris comes to rest on the road."""

from __future__ import annotations

import numpy as np
import pytest

from simengine.geometry import transforms as tf
from simengine.physics import Simulation
from simengine.physics.laying import Moving, laid
from simengine.world.bodies import RigidBody, Solid
from simengine.world.scene import Entity
from tests.physics.hills import crest, grade, road
from tests.physics.stage import car, child, everywhere, run, simulation

G = 9.80665


def box(friction: float, name: str = "box") -> Entity:
    size = (0.6, 0.4, 0.3)
    solid = Solid("box", size, (0.0, 0.0, 0.15))
    return Entity(name, "cargo", "box", 16, size, body=RigidBody((solid,), 20.0, friction, restitution=0.05))


def dropped(entity: Entity, category: str, grades: list[float], z: float = 0.0, yaw_deg: float = 0.0) -> Simulation:
    """One thing a variant that comes loose at 100 m along each grade."""
    lanes = [road(grade(g)) if g else road(None) for g in grades]
    sim = simulation([[(entity, category, 100.0, 0.0, yaw_deg, 0.0)]] * len(grades), lanes)
    sim.motion.z[:] = z
    nothing = np.zeros((len(grades), 1))
    sim.impacts.drop(sim.motion, 0, np.ones(len(grades), np.bool_), (nothing, nothing))
    return sim


def in_world(sim: Simulation, slot: int) -> Moving:
    state, cast = sim.state, sim.cast
    assert cast.surfaces is not None
    parts = (state.position_m, state.orientation, state.velocity_mps, state.angular_velocity_radps)
    own = Moving(*(v[:, slot : slot + 1] for v in parts))
    return laid(cast.surfaces, cast.reach_m[:, slot : slot + 1], own, own)


def test_a_slippery_box_slides_down_and_a_rough_one_stays() -> None:
    """On 10 % (5.7 degrees) a box with friction 0.03 gains g (sin - mu cos) t in t = 1 s along the slope, within 3 %;
    one with 0.3 moves by less than 2 mm. On the level nothing moves."""
    slippery = run(dropped(box(0.03), "object", [0.1, -0.1, 0.0]), 1.0)
    angle = np.arctan(0.1)
    expected = G * (np.sin(angle) - 0.03 * np.cos(angle))
    speed = slippery.state.velocity_mps[:, 0]
    np.testing.assert_allclose(speed[:2, 0], [-expected, expected], rtol=0.03)
    assert np.abs(speed[2]).max() < 0.01
    rough = run(dropped(box(0.3), "object", [0.1, -0.1, 0.0]), 1.5)
    np.testing.assert_allclose(rough.state.position_m[:, 0, 0], 100.0, atol=2e-3)


def test_a_box_that_falls_comes_to_rest_flat_on_the_grade() -> None:
    """Dropped from 1 m above a 10 % grade it ends with its lower face within 3 mm of the road and parallel to it."""
    sim = run(dropped(box(0.5), "object", [0.1], z=1.0, yaw_deg=30.0), 3.0)
    there = in_world(sim, 0)
    pose = tf.matrix_from_pose(there.position_m[0, 0], there.orientation[0, 0])
    surface = grade(0.1)
    for x in (-0.3, 0.3):
        for y in (-0.2, 0.2):
            corner = tf.apply(pose, np.array([x, y, 0.0]))
            assert corner[2] == pytest.approx(float(surface.height_m(corner[0], corner[1])), abs=3e-3)
    assert not np.abs(there.velocity_mps).any()


def test_who_begins_to_tumble_on_a_grade_begins_upright() -> None:
    """At the tick in which somebody comes loose they stand in the world as before: upright, not square to the road."""
    sim = dropped(child(), "person", [0.1, -0.06])
    there = in_world(sim, 0)
    up = tf.rotate(tf.matrix_from_pose(np.zeros(3), there.orientation[:, 0]), np.array([0.0, 0.0, 1.0]))
    np.testing.assert_allclose(up[:, 2], 1.0, atol=1e-9)


def struck(grades: list[float]) -> Simulation:
    lanes = [road(grade(g)) if g else road(None) for g in grades]
    row = [(car(), "vehicle", 90.0, 0.0, 0.0, 12.0), (child(), "person", 97.0, 0.3, 90.0, 0.0)]
    sim = simulation([row] * len(grades), lanes)
    sim.start("stop", 0, {"rate": 8.0}, everywhere(sim))
    return run(sim, 4.0)


def test_who_is_struck_slides_farther_downhill_and_lies_on_the_road() -> None:
    """Friction of clothes (0.66) holds on 10 %: both come to rest, farther downhill than uphill, with the middle of the
    body as high above the road as that of who lies."""
    sim = struck([0.1, -0.1])
    assert sim.impacts.struck.all()
    way = sim.state.position_m[:, 1, 0]
    assert way[0] < way[1]
    there = in_world(sim, 1)
    assert not there.velocity_mps.any()
    for b, surface in ((0, grade(0.1)), (1, grade(-0.1))):
        pose = tf.matrix_from_pose(there.position_m[b, 0], there.orientation[b, 0])
        middle = tf.apply(pose, np.array([0.0, 0.0, 0.6]))
        above = middle[2] - float(surface.height_m(middle[0], middle[1]))
        assert 0.03 < above < 0.4  # it lies


def test_impacts_on_hills_and_plains_equal_singles() -> None:
    """Bit for bit, mixed or alone."""

    def states(sim: Simulation) -> list[bytes]:
        return [sim.state.position_m[b].tobytes() + sim.state.orientation[b].tobytes() for b in range(sim.cast.batch)]

    assert states(struck([0.1, 0.0])) == [states(struck([g]))[0] for g in (0.1, 0.0)]


def test_a_wreck_holds_on_a_crest() -> None:
    """Two cars meet on a crest: what tyres give (0.3 along, 0.75 across) is more than 6 %: both come to rest."""
    row = [(car("a"), "vehicle", 285.0, 0.0, 0.0, 16.0), (car("b"), "vehicle", 300.0, 0.4, 90.0, 0.0)]
    sim = run(simulation([row], [road(crest())]), 6.0)
    assert sim.impacts.free.any()
    assert not sim.state.velocity_mps[sim.impacts.free].any()
