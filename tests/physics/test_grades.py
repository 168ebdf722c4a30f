"""Vehicles on grades: how far they need to stop, that they hold, climb, and keep to a road that leans."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simengine.physics import Cast, Simulation
from simengine.physics.tyres import friction_share
from simengine.world.scene import Chassis, VehicleDynamics
from tests.physics.hills import grade, road
from tests.physics.stage import SNAPPY, car, everywhere, run, state_of

GRADES = (0.1, 0.06, 0.0, -0.06, -0.1)
DYNAMIC = VehicleDynamics(2.7, 1.35, 0.32, chassis=Chassis(drag_per_m=0.0, rolling_mps2=0.0))


def drivers(dynamics: VehicleDynamics, grades: tuple[float, ...], v: float, dynamic: bool, wet: float = 0.0,
            bank_rad: float = 0.0, x_m: float = 100.0) -> Simulation:  # fmt: skip
    """One car on each grade; 0 is a level world without a surface."""
    lanes = [road(grade(g, bank_rad) if g or bank_rad else None, 2000.0) for g in grades]
    actors = [[(car("ego", dynamics), "vehicle", x_m, 0.0, 0.0, v)] for _ in grades]
    cast = Cast(("ego",), ("vehicle",), tuple((row[0][0],) for row in actors), tuple(lanes))
    chosen = (np.full((len(grades), 1), True), friction_share(np.full(len(grades), wet))) if dynamic else None
    return Simulation(cast, state_of(actors), np.full((len(grades), 1), v), [None], 0.01, dynamic=chosen)


def test_stopping_distance_of_the_kinematic_model_is_that_of_aashto() -> None:
    """d = v^2 / (2 g (f + G)) with f = 9 / 9.81, without build-up: from 20 m/s within a tick's rounding of 1 mm."""
    sim = drivers(SNAPPY, GRADES, 20.0, dynamic=False)
    sim.start("stop", 0, {"rate": 50.0}, everywhere(sim))
    run(sim, 4.0)
    expected = 20.0**2 / (2.0 * (9.0 + 9.81 * np.array(GRADES)))
    np.testing.assert_allclose(sim.motion.x[:, 0] - 100.0, expected, atol=1e-3)


@pytest.mark.parametrize("wet", [0.0, 1.0])
def test_stopping_distance_of_the_dynamic_model_is_that_of_aashto(wet: float) -> None:
    """The same with f the friction of tyre and road, once brakes are on: dead time and lag of the brakes (50 ms and
    100 ms) cost v (0.05 + 0.1) m first, within 3 %."""
    able = replace(DYNAMIC, deceleration_max_mps2=30.0, jerk_max_mps3=1e6)
    sim = drivers(able, GRADES, 25.0, dynamic=True, wet=wet)
    sim.start("stop", 0, {"rate": 50.0}, everywhere(sim))
    run(sim, 8.0)
    assert not sim.motion.v.any()
    mu = float(friction_share(np.array([wet]))[0])
    expected = 25.0 * 0.15 + 25.0**2 / (2.0 * 9.81 * (mu + np.array(GRADES)))
    np.testing.assert_allclose(sim.motion.x[:, 0] - 100.0, expected, rtol=0.03)


@pytest.mark.parametrize("dynamic", [False, True])
def test_cruising_and_standing_on_a_grade(dynamic: bool) -> None:
    """Who drives 15 m/s keeps it uphill and downhill within 0.1 m/s; who stands stays to the millimetre."""
    sim = drivers(DYNAMIC if dynamic else SNAPPY, GRADES, 15.0, dynamic)
    run(sim, 10.0)
    np.testing.assert_allclose(sim.motion.v[:, 0], 15.0, atol=0.1)
    still = drivers(DYNAMIC if dynamic else SNAPPY, GRADES, 0.0, dynamic)
    run(still, 3.0)
    np.testing.assert_allclose(still.motion.x[:, 0], 100.0, atol=1e-3)


def test_power_limits_the_speed_uphill() -> None:
    """At top speed power is v (drag v^2 + rolling + g G): with 12 W/kg a lorry comes down to the root of this
    cubic, 15.5 m/s on 6 %; on the level it keeps its 16 m/s."""
    weak = replace(DYNAMIC, chassis=Chassis(power_wpkg=12.0))
    sim = drivers(weak, (0.06, 0.0), 16.0, dynamic=True)
    run(sim, 40.0)
    top = max(r.real for r in np.roots([2.7e-4, 0.0, 0.12 + 9.81 * 0.06, -12.0]) if abs(r.imag) < 1e-9)
    assert sim.motion.v[0, 0] == pytest.approx(top, abs=0.1)
    assert sim.motion.v[1, 0] == pytest.approx(16.0, abs=0.1)


def test_a_car_keeps_to_a_road_that_leans() -> None:
    """A bank of 5 % pulls to the right by 0.49 m/s2: the driver steers against it and is off by less than 5 cm."""
    sim = drivers(DYNAMIC, (0.02,), 20.0, dynamic=True, bank_rad=0.05)
    run(sim, 10.0)
    assert abs(sim.motion.y[0, 0]) < 0.05


@pytest.mark.parametrize("dynamic", [False, True])
def test_a_batch_of_hills_and_plains_equals_singles(dynamic: bool) -> None:
    """Bit for bit: braking on each grade alone, and beside the others; the level one has no surface at all."""

    def states(grades: tuple[float, ...]) -> list[bytes]:
        sim = drivers(DYNAMIC, grades, 18.0, dynamic)
        run(sim, 0.5)
        sim.start("stop", 0, {"rate": 5.0}, everywhere(sim))
        run(sim, 2.0)
        state = sim.state
        parts = (state.position_m, state.orientation, state.velocity_mps, state.angular_velocity_radps)
        return [b"".join(p[b].tobytes() for p in parts) for b in range(len(grades))]

    assert states(GRADES) == [states((g,))[0] for g in GRADES]
