"""Impacts: momentum, energy, where things end, who is taken over."""

from __future__ import annotations

import numpy as np
import pytest

from simengine.geometry import transforms as tf
from simengine.physics import Simulation
from simengine.physics.laying import Moving
from simengine.physics.rigid import crash
from simengine.physics.rigid.crash import CrashWorld, Ground
from simengine.physics.rigid.forms import form_of
from simengine.world.bodies import RigidBody, Solid
from simengine.world.scene import Entity
from tests.physics.stage import car, child, everywhere, road, run, simulation

LEVEL = Ground(0.0, 0.0, 40.0, np.zeros((2, 2)), 0.7)
SMOOTH = LEVEL._replace(friction=0.0)
CHILD_HALF_M = 0.15


def moving(x, y, yaw, speed, turn=0.0):
    v = np.array([speed * np.cos(yaw), speed * np.sin(yaw), 0.0])
    return Moving(np.array([x, y, 0.0]), tf.quaternion_from_yaw(np.float64(yaw)), v, np.array([0.0, 0.0, turn]))


def box(size=(0.6, 0.4, 0.4), mass=20.0, friction=0.4):
    solid = Solid("box", size, (0.0, 0.0, 0.5 * size[2]))
    return Entity("box", "cargo", "box", 16, size, body=RigidBody((solid,), mass, friction, restitution=0.05))


@pytest.mark.parametrize("aside", [0.0, 0.6, -1.2])
@pytest.mark.parametrize("yaw", [0.0, 0.5, 1.6])
def test_two_cars_keep_their_momentum_and_gain_no_energy(aside, yaw):
    """On a road without friction nothing acts but the contact: the sums of m v and of m r x v + I w are those from
    before, whatever the geometry, and energy never appears."""
    world, form = CrashWorld(SMOOTH, 0.01), form_of(car(), "vehicle")
    assert form is not None
    world.join(0, form, False, moving(0.0, 0.0, 0.0, 17.0))
    world.join(1, form, False, moving(4.9 - 0.6 * np.sin(yaw) + 0.3, aside, yaw, 4.0))

    def sums():
        total, spin = np.zeros(2), 0.0
        for slot in (0, 1):
            s = world.state(slot)
            total += form.body.mass_kg * s.velocity_mps[:2]
            x, y, v = *s.position_m[:2], s.velocity_mps
            spin += form.body.mass_kg * (x * v[1] - y * v[0]) + form.yaw_inertia_kgm2 * s.spin_radps[2]
        return np.array([*total, spin])

    before, start, energy, met = sums(), world.energy_j(), world.energy_j(), False
    for _ in range(150):
        touching = bool(world.step())
        met |= touching
        # what the crumpled sheet gives back was in it: never more than there was, and nothing once they are apart
        assert world.energy_j() <= (start if touching else energy) * (1.0 + 1e-9)
        energy = world.energy_j() if not touching else max(energy, world.energy_j())
    assert met
    assert sums() == pytest.approx(before, rel=2e-3, abs=60.0)
    assert sums()[:2] == pytest.approx(before[:2], rel=1e-6)


def struck_at_random(number: int) -> bool:
    """One drawn impact of a car with a car or a box of 5 kg to 3 t, at any angle, 5 to 30 m/s and turning, on a rough
    or a smooth road: whether they met, where energy never was more than before."""
    rng = np.random.default_rng(number)
    size = rng.uniform(0.3, 2.0, 3)
    mass = float(np.exp(rng.uniform(np.log(5.0), np.log(3000.0))))
    other = form_of(car(), "vehicle") if number % 2 else form_of(box(tuple(size.tolist()), mass), "object")
    form, world = form_of(car(), "vehicle"), CrashWorld(LEVEL if number % 4 < 2 else SMOOTH, 0.01)
    assert form is not None and other is not None
    reach = 2.5 + (2.5 if number % 2 else 0.5 * float(np.hypot(*size[:2])))
    bearing, turn = rng.uniform(-np.pi, np.pi), rng.uniform(-2.0, 2.0)
    first = moving(0.0, 0.0, rng.uniform(-np.pi, np.pi), rng.uniform(0.0, 20.0))
    there = moving(reach * np.cos(bearing), reach * np.sin(bearing), rng.uniform(-np.pi, np.pi), 0.0, turn)
    towards = -rng.uniform(5.0, 30.0) * np.array([np.cos(bearing), np.sin(bearing), 0.0])
    world.join(0, form, False, first)
    world.join(1, other, False, there._replace(velocity_mps=first.velocity_mps + towards))
    start, met = world.energy_j(), False
    for _ in range(40):
        met |= bool(world.step())
        assert world.energy_j() <= start * (1.0 + 1e-9), number
    return met


def test_energy_never_appears_in_random_impacts():
    """What contacts and tyres take is lost: at no tick there is more than at the start. Twenty drawn impacts, of which
    most meet."""
    assert sum(struck_at_random(k) for k in range(20)) >= 18


@pytest.mark.slow
def test_energy_never_appears_in_two_hundred_random_impacts():
    """As above, for 200."""
    assert sum(struck_at_random(k) for k in range(200)) >= 180


def test_a_rear_end_impact_of_equal_cars_shares_the_speed():
    """Central, of equal masses, nearly without restitution: both go on with half of the speed, between that and what a
    restitution of 0.2 gives."""
    sim = simulation(
        [[(car("a"), "vehicle", 0.0, 0.0, 0.0, 20.0), (car("b"), "vehicle", 8.0, 0.0, 0.0, 0.0)]], [road()]
    )
    while not sim.impacts.log:
        sim.step()
    run(sim, 0.03)
    v = sim.state.velocity_mps[0, :, 0]
    assert sim.impacts.struck[0].all()
    assert v.sum() == pytest.approx(20.0, abs=2 * 0.3 * 9.81 * 0.05)  # tyres brake both for these few ticks
    assert 0.0 < v[1] - v[0] < 4.0


def test_a_struck_child_is_thrown_slides_and_lies_on_the_ground():
    """The driver goes on, slower by what the child has gained. The child never sinks in, is not thrown higher than the
    bonnet can throw it, comes to rest within a few lengths of v^2 / (2 mu g), and stays there."""
    sim = simulation([[(car(), "vehicle", 0.0, 0.0, 0.0, 12.0), (child(), "person", 10.0, 0.3, 90.0, 0.0)]], [road()])
    sim.start("stop", 0, {"rate": 8.0}, everywhere(sim))
    run(sim, 0.75)
    entry = sim.speed_mps[0, 0]
    while not sim.impacts.log:
        sim.step()
    hit_x, low, high = float(sim.state.position_m[0, 1, 0]), np.inf, 0.0
    for _ in range(600):
        sim.step()
        middle = tf.apply(
            tf.matrix_from_pose(sim.state.position_m[0, 1], sim.state.orientation[0, 1]), np.array([0.0, 0.0, 0.6])
        )
        low, high = min(low, float(middle[2])), max(high, float(middle[2]))
    assert low > 0.03 and high < 1.6
    slide = entry**2 / (2.0 * 0.66 * 9.81)
    assert 0.3 * slide < sim.state.position_m[0, 1, 0] - hit_x < 3.0 * slide + 3.0
    assert np.abs(sim.state.velocity_mps[0, 1]).max() == 0.0
    up = tf.rotate(tf.matrix_from_pose(np.zeros(3), sim.state.orientation[0, 1]), np.array([0.0, 0.0, 1.0]))
    assert abs(up[2]) < 0.5  # it lies


def test_the_driver_loses_what_the_other_gains():
    """The child takes up m v of the car's momentum if it goes on with it and 2 m v if it bounced off without loss; the
    car has lost that much, within what its drive has made up for."""
    sim = simulation([[(car(), "vehicle", 0.0, 0.0, 0.0, 10.0), (child(), "person", 6.0, 0.0, 90.0, 0.0)]], [road()])
    run(sim, 0.1)
    masses = [form_of(car(), "vehicle").body.mass_kg, form_of(child(), "person").body.mass_kg]
    before = 10.0
    while not sim.impacts.log:
        before = float(sim.speed_mps[0, 0])
        sim.step()
    lowest = before
    for _ in range(10):
        sim.step()
        lowest = min(lowest, float(sim.speed_mps[0, 0]))
    lost = masses[0] * (before - lowest)
    assert 0.5 * masses[1] * before < lost < 2.0 * masses[1] * before


def test_the_batch_does_not_matter():
    """Each of three variants alone gives the bytes that it has beside the others."""

    def make(rows):
        sim = simulation(
            [
                [(car(), "vehicle", 0.0, 0.0, 0.0, 8.0 + r), (child(), "person", 6.0 + r, 0.2 * r, 90.0, 0.0)]
                for r in rows
            ],
            [road() for _ in rows],
        )
        run(sim, 1.5)
        s = sim.state
        return [
            s.position_m[b].tobytes() + s.orientation[b].tobytes() + s.velocity_mps[b].tobytes()
            for b in range(len(rows))
        ]

    together = make([0, 1, 2])
    assert [make([r])[0] for r in (0, 1, 2)] == together


def test_what_passes_beside_is_left_alone():
    """A car in the next lane 1.7 m away, and somebody who walks against a parked car: nobody is struck."""
    actors = [
        (car("a"), "vehicle", 0.0, 0.0, 0.0, 20.0), (car("b"), "vehicle", 15.0, 3.5, 0.0, 5.0),
        (car("parked"), "vehicle", 60.0, -3.5, 0.0, 0.0), (child(), "person", 58.0, -5.5, 90.0, 0.0),
    ]  # fmt: skip
    sim = simulation([actors], [road()])
    sim.start("walk", 3, {"to": np.array([[58.0, 0.0]]), "speed": 1.4}, everywhere(sim))
    run(sim, 2.0)
    assert not sim.impacts.struck.any() and not sim.impacts.log and sim.impacts.touching is None


def test_a_wrecked_car_stops_by_its_tyres():
    """Struck at rest, with its brakes half on: it slides v^2 / (2 mu g) with the mu of 0.30, and stands then."""
    sim = simulation(
        [[(car("a"), "vehicle", 0.0, 0.0, 0.0, 16.0), (car("b"), "vehicle", 6.0, 0.0, 0.0, 0.0)]], [road()]
    )
    while not sim.impacts.log:
        sim.step()
    run(sim, 0.05)
    start, v = float(sim.state.position_m[0, 1, 0]), float(sim.state.velocity_mps[0, 1, 0])
    run(sim, 5.0)
    assert float(sim.state.position_m[0, 1, 0]) - start == pytest.approx(v * v / (2 * 0.3 * 9.80665), rel=0.03)
    assert (sim.state.velocity_mps[0] == 0.0).all()


def test_cones_scatter_and_come_to_rest():
    """Three boxes of 20 kg in a row before a car: all are thrown, none stays in the car or below the road, and the car
    keeps most of its speed (60 kg against 1.5 t)."""
    from dataclasses import replace

    things = [(replace(box(), name=f"b{k}"), "object", 12.0 + 1.2 * k, 0.3 * k - 0.3, 0.0, 0.0) for k in range(3)]
    sim: Simulation = simulation([[(car(), "vehicle", 0.0, 0.0, 0.0, 14.0), *things]], [road()])
    run(sim, 6.0)
    assert sim.impacts.struck.all()
    assert 12.5 < sim.speed_mps[0, 0] <= 14.0
    rest = sim.state.position_m[0, 1:]
    assert (np.abs(rest[:, 2]) < 0.7).all() and (rest[:, 0] > 14.0).all()


def test_only_rails_at_hand_are_in_the_world_of_a_crash(monkeypatch: pytest.MonkeyPatch):
    """A bend of 400 m radius with rails of 3 m on both sides over 700 m: 458 boxes. A car that slides at 35 m/s ends
    where it ends with all of them in the world, and leaves the first ones behind: it stops 89 m on."""
    rails = []
    for radius in (394.0, 406.0):
        angle = np.linspace(-350.0, 350.0, 230) / radius
        line = np.column_stack([radius * np.sin(angle), 400.0 - radius * np.cos(angle)])
        way = np.diff(line, axis=0)
        length = np.hypot(*way.T)[:, None]
        rest = np.broadcast_to([0.15, 0.75], (len(way), 2))
        rails.append(np.column_stack([0.5 * (line[1:] + line[:-1]), way / length, 0.5 * length, rest]))
    ground = LEVEL._replace(walls=np.concatenate(rails))
    form, ends = form_of(car(), "vehicle"), []
    assert form is not None
    for near in (crash._WALLS_M, 1e6):
        monkeypatch.setattr(crash, "_WALLS_M", near)
        world = CrashWorld(ground, 0.01)
        world.join(0, form, False, moving(0.0, 0.0, -0.15, 35.0))
        most = 0
        for _ in range(350):
            world.step()
            most = max(most, int(world._model.nbody))
        ends.append(world.state(0).position_m)
        assert most < 100 if near < 1e6 else most == 460
    assert ends[0] == pytest.approx(ends[1], abs=1e-6)
    assert 60.0 < float(ends[0][0]) < 120.0
