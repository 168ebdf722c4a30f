"""The dynamic single-track model against closed forms, conservation laws, a reference model and itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from simengine.geometry import transforms as tf
from simengine.physics import Simulation
from simengine.physics.dynamic import DELAY_S, FORCE_LAG_S
from simengine.physics.joints import JointRig
from simengine.physics.single_track import (
    BLEND_MPS,
    GRAVITY_MPS2,
    Drive,
    State,
    Track,
    derivative,
    integrate,
    steer_for,
    traction_mps2,
)
from simengine.physics.tyres import WET_SHARE, friction_share, side_share, slip_at
from simengine.world.lanes import LaneGraph
from simengine.world.scene import Chassis, VehicleDynamics
from simengine.world.springs import UNSPRUNG, sprung
from tests.physics.stage import DYNAMICS, LANE_M, Actor, bend, car, cast_of, everywhere, road, run, state_of

ROLLS_FREE = Chassis(drag_per_m=0.0, rolling_mps2=0.0)
BASE_M = DYNAMICS.wheelbase_m


def at(value: float) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.full((1, 1), float(value))


def track(**other: float) -> Track:
    """A family car: 2.7 m, understeering 1/12 - 1/21 rad a g."""
    usual = {
        "front_m": 0.45 * 2.7, "rear_m": 0.55 * 2.7, "height_m": 0.55, "gyration2_m2": 0.45 * 0.55 * 2.7**2,
        "front_k": 12.0, "rear_k": 21.0, "shape": 1.35, "curve": 0.0, "mu": 1.0, "drive_front": 1.0,
        "power_wpkg": 60.0, "drag_per_m": 0.0, "rolling_mps2": 0.0,
    }  # fmt: skip
    return Track(*(at(v) for v in {**usual, **other}.values()))


def rolling(v: float) -> State:
    return State(at(0), at(0), at(0), at(v), at(0), at(0))


def steady(c: Track, v: float, steer: float, seconds: float = 6.0) -> State:
    """The state after a long bend with fixed wheels; the speed is held by force."""
    s = rolling(v)
    for _ in range(round(seconds / 0.01)):
        force = -derivative(c, s, at(0.0), at(steer)).vx
        s = integrate(c, s._replace(vx=at(v)), Drive(force, at(steer), at(steer)), 0.01)
    return s


def drives(
    rows: Sequence[Sequence[Actor]], lanes: Sequence[LaneGraph], wetness: Sequence[float],
    chosen: Sequence[Sequence[bool]] | None = None, controllers: dict[int, Any] | None = None,
) -> Simulation:  # fmt: skip
    cast = cast_of(rows, lanes)
    speeds = np.array([[a[5] for a in row] for row in rows])
    flags = np.ones(speeds.shape, np.bool_) if chosen is None else np.array(chosen)
    drivers = [(controllers or {}).get(i) for i in range(cast.slots)]
    return Simulation(
        cast, state_of(rows), speeds, drivers, 0.01, dynamic=(flags, friction_share(np.array(wetness, np.float64)))
    )


def braking_car(chassis: Chassis = ROLLS_FREE) -> VehicleDynamics:
    """Brakes that are stronger than any tyre."""
    return replace(DYNAMICS, deceleration_max_mps2=20.0, chassis=chassis)


# ---- tyres ---------------------------------------------------------------------------------------------------------


def test_the_magic_formula_has_its_slope_and_its_peak() -> None:
    """dF/ds at 0 is B C D = K by construction, and sin() reaches mu at most, and reaches it (C > 1)."""
    k, mu, c, e = (np.array([v]) for v in (21.0, 0.8, 1.35, -0.3))
    small = np.array([1e-6])
    assert side_share(small, k, mu, c, e)[0] == pytest.approx(21.0 * 1e-6, rel=1e-6)
    slip = np.linspace(-1.0, 1.0, 20001)
    force = side_share(slip, *(np.broadcast_to(v, slip.shape) for v in (k, mu, c, e)))
    assert force.max() == pytest.approx(0.8, rel=1e-6) and np.allclose(force, -force[::-1], atol=1e-12)


@pytest.mark.parametrize("curve", [-1.0, 0.0, 0.46, 0.9])
def test_slip_at_is_the_inverse_below_the_peak(curve: float) -> None:
    """side_share(slip_at(f)) = f for all forces up to 98 % of the peak, for any curvature below 1."""
    share = np.linspace(-0.68, 0.68, 41)
    coefficients = [np.full(share.shape, v) for v in (12.0, 0.7, 1.35, curve)]
    again = side_share(slip_at(share, *coefficients), *coefficients)
    assert np.allclose(again, share, atol=1e-5)


def test_wet_roads_have_less_grip() -> None:
    """From 1 on a dry road to the published share on a soaked one, and never beyond either."""
    assert np.allclose(friction_share(np.array([-1.0, 0.0, 0.5, 1.0, 2.0])), [1.0, 1.0, 0.85, 0.7, 0.7])


# ---- the model -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("v", [10.0, 20.0, 30.0])
def test_steady_cornering_radius_and_understeer_gradient(v: float) -> None:
    """In the linear range steer = base / R + K ay with K = (1 / front_k - 1 / rear_k) / g (Rajamani 2012, eq. 3.9):
    both axles carry the same ay per load, at slip angles ay / (g k)."""
    c, lateral = track(), 0.5
    k = (1.0 / 12.0 - 1.0 / 21.0) / GRAVITY_MPS2
    steer = BASE_M * lateral / v**2 + k * lateral
    s = steady(c, v, steer)
    rate = s.yaw_rate[0, 0]
    assert rate * v == pytest.approx(lateral, rel=5e-3)
    assert v / rate == pytest.approx(v**2 / lateral, rel=5e-3)


def test_steer_for_takes_the_bend_that_was_asked_for_up_to_the_limit() -> None:
    """Nonlinear range too: wheels turned by ``steer_for`` drive the curve of wheels without slip at 7 m/s2, but
    for what holding the speed shifts from the front axle's load (under 4 %)."""
    c, v, lateral = track(), 25.0, 7.0
    wanted = np.arctan(BASE_M * lateral / v**2)
    s = steady(c, v, float(steer_for(c, at(wanted), at(v))[0, 0]))
    assert s.yaw_rate[0, 0] * v == pytest.approx(lateral, rel=0.04)


def test_more_than_the_tyres_give_slides() -> None:
    """On a road of friction 0.3 a car cannot be made to corner with more than 0.3 g, whatever the wheels do."""
    s = steady(track(mu=0.3), 20.0, 0.2)
    assert 0.25 * GRAVITY_MPS2 < s.yaw_rate[0, 0] * 20.0 <= 0.3 * GRAVITY_MPS2 + 0.02


def test_at_walking_pace_wheels_roll_without_slip() -> None:
    """Below the blend the radius of the rear axle is base / tan(steer), as of the kinematic model."""
    s = steady(track(), 1.0, 0.4)
    assert 1.0 / s.yaw_rate[0, 0] == pytest.approx(BASE_M / np.tan(0.4), rel=1e-6)
    assert s.vy[0, 0] == pytest.approx(0.55 * 2.7 * s.yaw_rate[0, 0], rel=1e-6)


def test_no_energy_appears() -> None:
    """With neither drive nor brakes the power of all forces, vx vx' + vy vy' + k^2 r r', is never positive: tyres push
    against the way they slide. 20,000 states, sliding ones included."""
    rng = np.random.default_rng(4)
    shape = (1, 20000)
    c = Track(*(np.broadcast_to(v, shape) for v in track(mu=0.9)))
    vx, vy, rate = rng.uniform(BLEND_MPS[1], 60, shape), rng.uniform(-15, 15, shape), rng.uniform(-2, 2, shape)
    s = State(np.zeros(shape), np.zeros(shape), np.zeros(shape), vx, vy, rate)
    d = derivative(c, s, np.zeros(shape), rng.uniform(-0.6, 0.6, shape))
    power = vx * d.vx + vy * d.vy + c.gyration2_m2 * rate * d.yaw_rate
    assert power.max() <= 1e-9


def test_halving_the_step_converges_at_fourth_order() -> None:
    """The classical Runge-Kutta method: errors fall 16-fold; wheels that turn evenly are linear within every step, so
    nothing else limits the order. At least 12-fold is asked for."""
    c = track()

    def end(steps: int) -> np.ndarray[Any, Any]:
        s, h = rolling(25.0), 1.0 / steps
        for i in range(steps):
            s = integrate(c, s, Drive(at(-2.0), at(0.06 * i * h), at(0.06 * (i + 1) * h)), h)
        return np.array([v[0, 0] for v in s])

    finest = end(1600)
    coarse, fine = (float(np.abs(end(n) - finest).max()) for n in (25, 50))
    assert coarse / fine > 12.0
    assert float(np.abs(end(100) - finest).max()) < 1e-5  # a tick of the engine


def test_traction_is_what_the_driven_axle_carries() -> None:
    """Front wheels: F = mu (load - shift), shift = F h / base, so F = mu g rear / (base + mu h); rear wheels gain load
    instead; all wheels: mu g. At speed power counts: P / v."""
    c = track(power_wpkg=1e9)
    g, front, rear, h = GRAVITY_MPS2, 0.45 * 2.7, 0.55 * 2.7, 0.55
    assert traction_mps2(c, at(5.0))[0, 0] == pytest.approx(g * rear / (2.7 + h))
    assert traction_mps2(c._replace(drive_front=at(0.0)), at(5.0))[0, 0] == pytest.approx(g * front / (2.7 - h))
    assert traction_mps2(track(power_wpkg=60.0), at(40.0))[0, 0] == pytest.approx(1.5)


@pytest.mark.parametrize(("v", "amplitude", "tolerance"), [(10, 0.05, 0.002), (20, 0.03, 0.002), (25, 0.06, 0.01)])
def test_agrees_with_the_drift_model_of_commonroad(v: float, amplitude: float, tolerance: float) -> None:
    """Slalom at 0.5 Hz, up to 1.2 g, against ``vehicle_dynamics_std`` of commonroad-vehicle-models (M. Althoff and G.
    Wuersching, "CommonRoad: Vehicle Models", 2020), which integrates the wheels' spin as well and has combined slip:
    yaw rates within the tolerance, places within 1 % of the way aside. Its vehicle 2 (BMW 320i) and its tyre."""
    pytest.importorskip("vehiclemodels", reason="the reference models are an optional dependency of the tests")
    from scipy.integrate import solve_ivp
    from vehiclemodels.init_std import init_std
    from vehiclemodels.parameters_vehicle2 import parameters_vehicle2
    from vehiclemodels.vehicle_dynamics_std import vehicle_dynamics_std

    p, seconds = parameters_vehicle2(), 4.0
    c = track(
        front_m=p.a, rear_m=p.b, height_m=p.h_s, gyration2_m2=p.I_z / p.m, front_k=-p.tire.p_ky1,
        rear_k=-p.tire.p_ky1, shape=p.tire.p_cy1, curve=p.tire.p_ey1, mu=p.tire.p_dy1,
    )  # fmt: skip
    angle = lambda t: amplitude * np.sin(np.pi * t)  # noqa: E731
    rate = lambda t: amplitude * np.pi * np.cos(np.pi * t)  # noqa: E731
    reference = solve_ivp(
        lambda t, x: vehicle_dynamics_std(list(x), [rate(t), 0.0], p), (0.0, seconds),
        init_std([0, 0, 0, v, 0, 0, 0], p), method="LSODA", rtol=1e-8, atol=1e-8, dense_output=True,
    )  # fmt: skip
    s, ours = rolling(v), []
    for i in range(round(seconds * 100)):
        ours.append([x[0, 0] for x in s])
        s = integrate(c, s, Drive(at(0.0), at(angle(0.01 * i)), at(angle(0.01 * i + 0.01))), 0.01)
    mine, theirs = np.array(ours), reference.sol(np.arange(len(ours)) * 0.01).T
    assert np.abs(mine[:, 5] - theirs[:, 5]).max() < tolerance * np.abs(theirs[:, 5]).max()
    aside = np.ptp(theirs[:, 1])
    assert np.hypot(mine[:, 0] - theirs[:, 0], mine[:, 1] - theirs[:, 1]).max() < 0.01 * aside


# ---- in a simulation -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kmh", [50.0, 100.0])
@pytest.mark.parametrize("wetness", [0.0, 1.0])
def test_stopping_distance(kmh: float, wetness: float) -> None:
    """v^2 / (2 mu g) plus what is driven before the brakes bite: dead time, lag, and half the time of a build-up with
    the jerk limit; what is left (second-order terms, one tick) is below 2 %."""
    v, mu = kmh / 3.6, WET_SHARE if wetness else 1.0
    sim = drives([[(car("a", braking_car()), "vehicle", 0.0, 0.0, 0.0, v)]], [road(length_m=900)], [wetness])
    sim.start("stop", 0, {"rate": 20.0}, everywhere(sim))
    while sim.motion.v[0, 0] > 0.0 and sim.motion.tick < 700:
        sim.step()
    delay = DELAY_S + FORCE_LAG_S + 0.5 * mu * GRAVITY_MPS2 / DYNAMICS.jerk_max_mps3
    assert sim.motion.v[0, 0] == 0.0
    assert sim.travelled_m[0, 0] == pytest.approx(v * v / (2 * mu * GRAVITY_MPS2) + v * delay, rel=0.02)
    assert sim.motion.y[0, 0] == 0.0


def test_a_lane_change_at_speed_settles_without_swinging() -> None:
    """25 m/s, 3.5 m aside: the driver knows the delays, so the wheels do not hunt: no overshoot above 2 cm, and the
    steering crosses zero once on the way over."""
    sim = drives([[(car("a"), "vehicle", 0.0, 0.0, 0.0, 25.0)]], [road(length_m=900)], [0.0])
    sim.start("change_lane", 0, {"to": 1.0}, everywhere(sim))
    offset, steer = [], []
    for _ in range(700):
        sim.step()
        offset.append(sim.motion.y[0, 0])
        steer.append(sim.steer[0, 0])
    assert max(offset) < LANE_M + 0.02 and offset[-1] == pytest.approx(LANE_M, abs=0.005)
    strong = np.sign(np.array(steer)[np.abs(steer) > 0.002])
    assert int((np.diff(strong) != 0).sum()) <= 2


def test_a_bend_is_followed_and_the_body_leans_out_of_it() -> None:
    """A left-hand circle of 60 m at 15 m/s: 3.75 m/s2, the left side rises by 0.0085 rad a m/s2; the nose is
    level."""
    sim = run(drives([[(car("a"), "vehicle", 0.0, 0.0, 0.0, 15.0)]], [bend(60.0)], [0.0]), 6.0)
    radius = np.hypot(sim.motion.x[0, 0], sim.motion.y[0, 0] - 60.0)
    assert radius == pytest.approx(60.0, abs=0.1)
    pitch, roll = tf.tilt_of(sim.state.orientation)
    assert roll[0, 0] == pytest.approx(0.0085 * sim.motion.v[0, 0] ** 2 / 60.0, rel=0.05)
    assert abs(pitch[0, 0]) < 1e-3


def test_braking_dips_the_nose() -> None:
    """Pitch about y to the left is positive nose down; 4 m/s2 at 0.004 rad a m/s2."""
    sim = drives([[(car("a"), "vehicle", 0.0, 0.0, 0.0, 25.0)]], [road(length_m=900)], [0.0])
    sim.start("stop", 0, {"rate": 4.0}, everywhere(sim))
    pitch, roll = tf.tilt_of(run(sim, 3.0).state.orientation)
    assert pitch[0, 0] == pytest.approx(0.016, rel=0.03) and roll[0, 0] == 0.0


def test_velocities_are_derivatives_of_places() -> None:
    """Central differences of the origin over two ticks: sliding sideways is part of the velocity that sensors see."""
    sim = run(drives([[(car("a"), "vehicle", 0.0, 0.0, 0.0, 18.0)]], [bend(50.0)], [0.0]), 2.0)
    before, here, after = (s.position_m[0, 0] for s in (sim.state, run(sim, 0.01).state, run(sim, 0.01).state))
    del here
    sim2 = run(drives([[(car("a"), "vehicle", 0.0, 0.0, 0.0, 18.0)]], [bend(50.0)], [0.0]), 2.01)
    assert np.allclose((after - before) / 0.02, sim2.state.velocity_mps[0, 0], atol=5e-3)


def test_batch_equals_singles_and_kinematic_neighbours_do_not_notice() -> None:
    """Wet and dry, dynamic and not, beside each other: the same bytes as alone."""

    def play(indices: list[int]) -> list[bytes]:
        rows = [[(car("a"), "vehicle", 0.0, 0.0, 0.0, 12.0 + i), (car("b"), "vehicle", 30.0, 0.0, 0.0, 8.0)]
                for i in indices]  # fmt: skip
        chosen = [[i % 2 == 0, i % 3 == 0] for i in indices]
        sim = drives(rows, [road(2, length_m=600)] * len(indices), [0.2 * i for i in indices], chosen, {0: ("aeb", {})})
        sim.start("change_lane", 1, {"to": 1.0}, everywhere(sim))
        run(sim, 1.2)
        arrays = [sim.motion.data[:, k] for k in range(len(indices))]
        return [a.tobytes() + sim.state.orientation[k].tobytes() for k, a in enumerate(arrays)]

    together = play([0, 1, 2, 3, 4])
    assert [play([i])[0] for i in (0, 3, 4)] == [together[i] for i in (0, 3, 4)]


def test_what_goes_astray_is_told_by_name_and_harms_no_other() -> None:
    """A state that is no number stops nothing else: the other variant has the bytes that it has alone."""
    rows = [[(car("a"), "vehicle", 0.0, 0.0, 0.0, 12.0 + i)] for i in range(2)]
    both = drives(rows, [road()] * 2, [0.0, 0.0])
    assert both.dynamic is not None
    both.dynamic.vy[0, 0] = np.nan
    both.step()
    assert [(row, "'a' has gone astray" in text) for row, text in both.dynamic.diverged] == [(0, True)]
    alone = drives(rows[1:], [road()], [0.0])
    alone.step()
    assert both.motion.data[:, 1].tobytes() == alone.motion.data[:, 0].tobytes()


def test_wheels_stay_on_the_road_under_a_tilted_body() -> None:
    """A car's wheels hang on links that take pitch and roll back: their axles keep the height of their radius."""
    from simengine.world.builder import SceneBuilder
    from simengine.world.state import WorldState
    from simengine_scenes.vehicles.build import vehicle_asset

    builder = SceneBuilder()
    builder.place(sprung(vehicle_asset("sedan", "red", 0)), "car")
    scene = builder.build(LaneGraph())
    turn = tf.multiply(
        tf.quaternion_from_yaw(np.array(0.7)),
        tf.multiply(tf.quaternion_about((0.0, 1.0, 0.0), 0.03), tf.quaternion_about((1.0, 0.0, 0.0), -0.05)),
    )
    tilt = tf.tilt_of(turn[None])
    assert np.allclose([tilt[0][0], tilt[1][0]], [0.03, -0.05])
    still = np.zeros(1)
    angles = JointRig(scene).angles(still, still, still, still, None, tilt)
    state = replace(WorldState.at_rest(1, len(scene.links)), orientation=turn[None], joint_rad=angles)
    poses = scene.link_transforms(state)
    wheels = {e.name: poses[k, 2, 3] for k, e in enumerate(scene.links) if e.name.startswith("wheel_")}
    assert len(wheels) == 4 and {e.name for e in scene.links} > set(UNSPRUNG)
    assert np.allclose(list(wheels.values()), 0.335, atol=1e-9)
