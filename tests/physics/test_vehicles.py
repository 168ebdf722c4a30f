"""The single-track model, speed control and path tracking against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from simengine.physics.vehicles import Limits, braking_in_bend, roll, steer_reach_rad
from tests.physics.stage import DYNAMICS, SNAPPY, bend, car, everywhere, road, run, simulation

ONE = np.ones((1, 1))


def drive(steer_of, v: float, seconds: float, steps: int) -> np.ndarray:
    """Rear axle pose after driving with a steering angle given as a function of time."""
    dt = seconds / steps
    x, y, yaw = 0 * ONE, 0 * ONE, 0 * ONE
    for k in range(steps):
        dx, dy, yaw = roll(yaw, (steer_of(k * dt) * ONE, steer_of((k + 1) * dt) * ONE), v * dt * ONE, 2.7 * ONE)
        x, y = x + dx, y + dy
    return np.array([x[0, 0], y[0, 0], yaw[0, 0]])


def test_constant_steering_is_an_exact_circle() -> None:
    """Radius wheelbase / tan(steer); the arc is exact, so even ten coarse steps end on the circle."""
    radius, angle = 2.7 / np.tan(0.3), 10.0 * 3.0 * np.tan(0.3) / 2.7
    expected = [radius * np.sin(angle), radius * (1 - np.cos(angle)), angle]
    np.testing.assert_allclose(drive(lambda t: 0.3, 10.0, 3.0, 10), expected, atol=1e-11)


def test_second_order_convergence() -> None:
    """Steering that swings: halving the step divides the error by four (order 2), against SciPy's DOP853."""

    def steer(t: float) -> float:
        return 0.4 * np.sin(2.0 * t)

    def slope(t: float, s: np.ndarray) -> list[float]:
        return [8 * np.cos(s[2]), 8 * np.sin(s[2]), 8 * np.tan(steer(t)) / 2.7]

    truth = solve_ivp(slope, (0, 3), [0, 0, 0], method="DOP853", rtol=1e-12, atol=1e-12).y[:, -1]
    errors = [np.abs(drive(steer, 8.0, 3.0, n) - truth).max() for n in (40, 80, 160, 320)]
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    assert np.all((orders > 1.85) & (orders < 2.15))


def test_straight_line_is_exact_and_parked_cars_do_not_move_a_bit() -> None:
    """On its lane at constant speed: x = x0 + v t, y unchanged; what stands keeps its very bits."""
    sim = simulation(
        [[(car("a"), "vehicle", 5.0, 0.0, 0.0, 12.5), (car("p"), "vehicle", 30.1, -2.7, 0.3, 0.0)]], [road()]
    )
    before = sim.state
    after = run(sim, 8.0).state
    np.testing.assert_allclose(after.position_m[0, 0], [105.0, 0, 0], atol=1e-9)
    assert after.position_m[0, 1].tobytes() == before.position_m[0, 1].tobytes()
    assert not after.velocity_mps[0, 1].any()


@pytest.mark.parametrize("v", [5.0, 13.9, 30.0])
@pytest.mark.parametrize("rate", [3.0, 8.0])
def test_stopping_distance(v: float, rate: float) -> None:
    """v^2 / 2a without build-up of the brake, whatever the tick: the stop inside the last tick is exact."""
    sim = simulation([[(car("a", SNAPPY), "vehicle", 0.0, 0.0, 0.0, v)]], [road()], dt_s=0.013)
    handle = sim.start("stop", 0, {"rate": rate}, everywhere(sim))
    run(sim, v / rate + 0.1)
    assert sim.finished(handle)[0]
    assert sim.state.position_m[0, 0, 0] == pytest.approx(v * v / (2 * rate), abs=1e-9)


def test_brake_build_up_costs_its_distance() -> None:
    """With jerk j the brake takes T = a / j to build up: the car loses a T / 2 of speed over v T - a T^2 / 6, then
    brakes from there. The tick is short, so the closed form holds to millimetres."""
    v, a, j = 15.0, 6.0, DYNAMICS.jerk_max_mps3
    build = a / j
    rest = v - 0.5 * a * build
    expected = v * build - a * build**2 / 6 + rest**2 / (2 * a)
    sim = simulation([[(car("a"), "vehicle", 0.0, 0.0, 0.0, v)]], [road()], dt_s=0.001)
    sim.start("stop", 0, {"rate": a}, everywhere(sim))
    assert run(sim, 4.0).state.position_m[0, 0, 0] == pytest.approx(expected, abs=0.01)


def test_speed_change_keeps_rate_and_jerk_and_arrives() -> None:
    """From 10 to 15 m/s at 2 m/s2 takes 2.5 s plus easing (below 0.15 s); neither limit is ever exceeded; the sign of
    the rate does not matter; a rate of 0 changes nothing and is over at once."""
    lanes = [road()] * 3
    sim = simulation([[(car("a"), "vehicle", 0.0, 0.0, 0.0, 10.0)]] * 3, lanes)
    rate = np.array([2.0, -2.0, 0.0])
    handle = sim.start("change_speed", 0, {"to": np.full(3, 15.0), "rate": rate}, everywhere(sim))
    assert sim.finished(handle).tolist() == [False, False, True]
    past, ended = 0.0, None
    for k in range(400):
        sim.step()
        a = float(sim.acceleration_mps2[0, 0])
        assert a <= 2.0 + 1e-9 and abs(a - past) <= DYNAMICS.jerk_max_mps3 * 0.01 + 1e-9
        past = a
        if ended is None and sim.finished(handle)[0]:
            ended = (k + 1) * 0.01
    assert ended is not None and 2.5 < ended < 2.9
    np.testing.assert_allclose(sim.speed_mps[:, 0], [15.0, 15.0, 10.0], atol=1e-6)
    assert sim.speed_mps[0].tobytes() == sim.speed_mps[1].tobytes()


@pytest.mark.parametrize("radius", [20.0, 60.0, 300.0])
def test_follows_a_bend(radius: float) -> None:
    """On a circle of chords the rear axle settles onto the circle: feed-forward curvature leaves only the chords'
    own deviation (radius (pi / 199)^2 / 8) and a few millimetres."""
    v = min(8.0, np.sqrt(4.0 * radius))
    sim = run(simulation([[(car(), "vehicle", 0.0, 0.0, 0.0, v)]], [bend(radius)]), min(6.0, 2.0 * radius / v))
    m = sim.motion
    x, y = m.x - 1.35 * m.cos, m.y - 1.35 * m.sin
    off = abs(float(np.hypot(x, y - radius)[0, 0]) - radius)
    assert off < radius * (np.pi / 199) ** 2 / 8 + 0.005


def test_steering_limits_hold() -> None:
    """However hard a path asks, angle and rate of the steering stay within the vehicle's."""
    sim = simulation([[(car(), "vehicle", 0.0, 0.0, 0.0, 6.0)]], [road()])
    sim.start("change_lane", 0, {"to": 1, "lateral_speed": 5.0, "shape": "linear"}, everywhere(sim))
    past = 0.0
    for _ in range(500):
        sim.step()
        s = float(sim.steer[0, 0])
        assert abs(s) <= DYNAMICS.steer_max_rad and abs(s - past) <= DYNAMICS.steer_rate_max_radps * 0.01 + 1e-12
        past = s


def test_steering_at_speed_is_as_fast_as_tyres_follow() -> None:
    """Curvature k that grows with k' takes the front axle aside with v L k', beside v^2 k of the bend. From straight
    on that is all there is: 6 m/s2 (what the tyres give) at 30 m/s, not the 0.8 rad/s of the steering gear, which
    would take 24 m/s2. Parked, the gear alone counts."""
    limits = Limits(*(x * ONE for x in (3.0, 9.0, 20.0, 2.7, 1.3, 0.6, 0.8, 6.0)))
    reach = steer_reach_rad(30.0 * ONE, limits, 0.01)
    assert 30.0 * (reach[0, 0] / 0.01) == pytest.approx(6.0)
    assert steer_reach_rad(0.0 * ONE, limits, 0.01)[0, 0] == pytest.approx(0.8 * 0.01)


@pytest.mark.parametrize(("lateral", "left"), [(0.0, 1.0), (3.6, 0.8), (4.8, 0.6), (6.0, 0.5)])
def test_brakes_leave_to_bends_what_tyres_give_there(lateral: float, left: float) -> None:
    """The friction ellipse: 3.6 of 6 m/s2 to the side leave 4/5 of the brakes, 4.8 leave 3/5 (the 3-4-5 triangle); half
    is left in any bend. Who brakes less than that anyway is not asked."""
    limits = Limits(*(x * ONE for x in (3.0, 9.0, 20.0, 2.7, 1.3, 0.6, 0.8, 6.0)))
    steer = np.arctan(2.7 * lateral / 400.0) * ONE
    hard = braking_in_bend(-9.0 * ONE, 20.0 * ONE, steer, limits)
    assert hard.deceleration_mps2[0, 0] == pytest.approx(9.0 * left)
    assert braking_in_bend(-4.0 * ONE, 20.0 * ONE, steer, limits) is limits
