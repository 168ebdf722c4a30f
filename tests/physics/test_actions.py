"""Actions: lane changes, people crossing, and which action drives when several run."""

from __future__ import annotations

import numpy as np
import pytest

from simengine.errors import UsageError
from simengine.physics.lane_change import EASE_MPS2, SHAPES, LaneChange, carried, plan, profile
from simengine.physics.persons import ACCELERATION_MPS2, BRAKING_MPS2
from simengine.world.lanes import LaneGraph
from tests.physics.stage import LANE_M, car, child, everywhere, road, run, simulation


@pytest.mark.parametrize(("shape", "stretch"), [("sinusoidal", np.pi / 2), ("linear", 1.0), ("cubic", 1.5)])
def test_lane_change_takes_its_time_and_ends_in_the_lane(shape: str, stretch: float) -> None:
    """3.5 m at a largest lateral speed of 1 m/s: 3.5 s times pi/2, 1 or 3/2. The vehicle's lateral speed reaches that
    value (its centre swings out by up to 12 % more than the rear axle in the short eases of the linear profile, which
    take half a second longer in all); it ends on the new centre, heading along it."""
    sim = simulation([[(car(), "vehicle", 0.0, 0.0, 0.0, 14.0)]], [road()])
    handle = sim.start("change_lane", 0, {"to": 1, "lateral_speed": 1.0, "shape": shape}, everywhere(sim))
    fastest, ended = 0.0, 0.0
    for k in range(900):
        sim.step()
        fastest = max(fastest, float(sim.state.velocity_mps[0, 0, 1]))
        ended = ended or (k + 1) * 0.01 * bool(sim.finished(handle)[0])
    state = sim.state
    assert 0.98 < fastest < (1.12 if shape == "linear" else 1.05)
    assert LANE_M * stretch - 0.02 <= ended <= LANE_M * stretch + 0.6
    assert state.position_m[0, 0, 1] == pytest.approx(LANE_M, abs=0.01)
    assert float(state.yaw_rad()[0, 0]) == pytest.approx(0.0, abs=0.002)


def test_sinusoidal_lane_change_follows_its_profile() -> None:
    """At 20 m/s and 1 m/s across, a car can follow the profile: the box centre stays within 5 cm of it throughout."""
    sim = simulation([[(car(), "vehicle", 0.0, 0.0, 0.0, 20.0)]], [road()])
    sim.start("change_lane", 0, {"to": 1, "lateral_speed": 1.0, "shape": "sinusoidal"}, everywhere(sim))
    duration = np.pi / 2 * LANE_M
    worst = 0.0
    for k in range(700):
        sim.step()
        u = min((k + 1) * 0.01 / duration, 1.0)
        worst = max(worst, abs(float(sim.state.position_m[0, 0, 1]) - LANE_M * (0.5 - 0.5 * np.cos(np.pi * u))))
    assert worst < 0.05


def test_profile_derivatives() -> None:
    """First and second derivatives equal central differences of the profile, eases included."""
    t = np.linspace(0.02, 3.98, 100)
    for code in range(len(SHAPES)):
        one = np.ones_like(t)
        change = LaneChange(4 * one, 0.8 * one)
        at = [profile(0 * one, 3 * one, change, code * one, t + h) for h in (-1e-4, 0.0, 1e-4)]
        np.testing.assert_allclose((at[2][0] - at[0][0]) / 2e-4, at[1][1], atol=1e-6)
        np.testing.assert_allclose((at[2][1] - at[0][1]) / 2e-4, at[1][2], atol=1e-6)


def test_a_lateral_speed_at_the_start_is_carried_on_and_lost() -> None:
    """Derivatives equal central differences, before, during and after; it starts with the speed at 0 and ends so at
    rest; its second derivative is at most four times the speed over the duration."""
    t = np.concatenate([np.linspace(-1.0, -0.01, 20), np.linspace(0.01, 3.99, 100), np.linspace(4.01, 5.0, 20)])
    one = np.ones_like(t)
    at = [carried(1.5 * one, 4 * one, t + h) for h in (-1e-4, 0.0, 1e-4)]
    np.testing.assert_allclose((at[2][0] - at[0][0]) / 2e-4, at[1][1], atol=1e-6)
    np.testing.assert_allclose((at[2][1] - at[0][1]) / 2e-4, at[1][2], atol=1e-6)
    value, slope, _ = carried(1.5 * one, 4 * one, t)
    np.testing.assert_allclose(value[:20], 1.5 * t[:20], atol=1e-12)
    assert np.abs(at[1][2]).max() <= 4.0 * 1.5 / 4.0 and (value[-20:] == 0.0).all() and (slope[-20:] == 0.0).all()
    assert LaneChange(one, 0 * one).taking_up(-1.5 * one).duration_s[0] == 4.0 * 1.5 / EASE_MPS2


def test_who_heads_into_the_lane_already_goes_on_gently() -> None:
    """At 24 m/s, 4 degrees towards the lane (1.7 m/s): a change into it neither stops the lateral speed at once (no
    lateral acceleration above 4 m/s2: 2.5 m/s2 for that, 1.4 m/s2 of the change itself) nor swings past the lane."""
    sim = simulation([[(car(), "vehicle", 0.0, 0.3, 4.0, 24.0)]], [road()])
    sim.start("change_lane", 0, {"to": 1, "lateral_speed": 1.2}, everywhere(sim))
    velocity, highest = (
        [np.array([m[0, 0] for m in (sim.motion.v * sim.motion.cos, sim.motion.v * sim.motion.sin)])],
        0.0,
    )
    for _ in range(900):
        sim.step()
        velocity.append(sim.state.velocity_mps[0, 0, :2].copy())
        highest = max(highest, float(sim.motion.y[0, 0]))
    pull = np.hypot(*(np.diff(np.array(velocity), axis=0) / sim.dt_s).T)
    assert np.median([pull[:-2], pull[1:-1], pull[2:]], axis=0).max() < 4.0
    assert highest < LANE_M + 0.2 and abs(sim.motion.y[0, 0] - LANE_M) < 0.02


@pytest.mark.parametrize("shape", SHAPES)
def test_lane_changes_do_not_swing_past_the_new_centre(shape: str) -> None:
    """At 20 to 130 km/h and 0.5 to 3 m/s across, nothing passes the centre of the new lane by more than 0.1 m or starts
    out the wrong way, and every car ends within 2 cm of it."""
    cases = [(v / 3.6, across) for v in (20, 30, 50, 90, 130) for across in (0.5, 1.0, 2.0, 3.0)]
    rows = [[(car(), "vehicle", 0.0, 0.0, 0.0, v)] for v, _ in cases]
    sim = simulation(rows, [road(length_m=3000.0)] * len(cases))
    speeds = np.array([w for _, w in cases])
    sim.start("change_lane", 0, {"to": 1, "lateral_speed": speeds, "shape": shape}, everywhere(sim))
    highest = lowest = sim.motion.y[:, 0].copy()
    for _ in range(1500):
        sim.step()
        highest, lowest = np.maximum(highest, sim.motion.y[:, 0]), np.minimum(lowest, sim.motion.y[:, 0])
    assert (highest < LANE_M + 0.1).all() and (lowest > -0.02).all()
    np.testing.assert_allclose(sim.motion.y[:, 0], LANE_M, atol=0.02)


def test_linear_lane_change_keeps_its_rate() -> None:
    """3.5 m at 1 m/s: 3.5 s and an ease of 0.5 s; between the eases the planned rate is 1 m/s to the last digits, and
    the integral of the rate is the whole way."""
    one = np.ones(1)
    change = plan(3.5 * one, one, one, 25 * one, 2.7 * one, 0.8 * one, 6.0 * one)
    assert (change.duration_s[0], change.ease_s[0]) == pytest.approx((4.0, 0.5))
    t = np.linspace(0.0, 4.0, 4001)
    wide = LaneChange(*(np.full_like(t, x[0]) for x in change))
    value, rate, _ = profile(0 * t, 3.5 + 0 * t, wide, np.ones_like(t), t)
    np.testing.assert_allclose(rate[501:-501], 1.0, atol=1e-12)
    assert value[0] == 0.0 and value[-1] == 3.5
    np.testing.assert_allclose(np.cumsum(rate)[1:-1] * 0.001, value[1:-1], atol=1e-3)


def test_halving_the_tick_changes_little() -> None:
    """The same manoeuvre with half the tick: positions differ by an amount that halves (first order, because
    controllers sample once a tick) and is small."""
    ends = []
    for dt in (0.02, 0.01, 0.005):
        sim = simulation([[(car(), "vehicle", 0.0, 0.0, 0.0, 14.0)]], [road()], dt_s=dt)
        sim.start("change_lane", 0, {"to": 1, "lateral_speed": 1.5, "shape": "sinusoidal"}, everywhere(sim))
        sim.start("change_speed", 0, {"to": 8.0, "rate": 2.0}, everywhere(sim))
        ends.append(run(sim, 2.0).state.position_m[0, 0, :2])
    coarse, fine = np.abs(ends[0] - ends[1]).max(), np.abs(ends[1] - ends[2]).max()
    assert fine < 0.03 and fine < 0.65 * coarse


def test_lane_change_against_an_oncoming_lane_keeps_the_heading() -> None:
    """Overtaking into a lane that comes the other way: the car goes on along +x."""
    sim = simulation([[(car(), "vehicle", 0.0, 0.0, 0.0, 14.0)]], [road(2, oncoming=1)])
    sim.start("change_lane", 0, {"to": 1, "lateral_speed": 1.0, "shape": "cubic"}, everywhere(sim))
    x, y, _ = run(sim, 8.0).state.position_m[0, 0]
    assert x > 105 and y == pytest.approx(LANE_M, abs=0.01)


def kid_on(roads: LaneGraph, **options: float) -> object:
    x, y, deg = options.get("x", 50.0), options.get("y", -1.7), options.get("deg", 90.0)
    return simulation([[(child(), "person", x, y, deg, options.get("pace", 2.6))]], [roads])


def test_running_across_accelerates_like_a_person_and_stops_at_the_kerb() -> None:
    """Closed form: 2.6 m/s is reached after v / a over v^2 / 2a; the person ends half its depth before the far kerb,
    having braked at no more than BRAKING_MPS2. It stood still before."""
    sim = run(kid_on(road()), 1.0)
    assert not sim.state.velocity_mps.any()
    sim.start("run", 0, {"to": "far_curb", "speed": None}, everywhere(sim))
    steps = round(2.6 / ACCELERATION_MPS2 / 0.01) + 1
    run(sim, steps * 0.01)
    expected = 2.6**2 / (2 * ACCELERATION_MPS2) + 2.6 * (steps * 0.01 - 2.6 / ACCELERATION_MPS2)
    assert sim.state.position_m[0, 0, 1] + 1.7 == pytest.approx(expected, abs=1e-3)
    hardest = 0.0
    for _ in range(400):
        sim.step()
        hardest = max(hardest, -float(sim.acceleration_mps2[0, 0]))
    kerb = 1.5 * LANE_M - 0.15
    assert sim.state.position_m[0, 0, 1] == pytest.approx(kerb, abs=0.05)
    assert sim.speed_mps[0, 0] == 0.0 and hardest <= BRAKING_MPS2 + 1e-9
    assert sim.state.position_m[0, 0, 0] == pytest.approx(50.0, abs=1e-9)


def test_across_is_done_in_the_first_lane_and_the_way_goes_on() -> None:
    """``run(across = road)`` is over at the first lane's centre (y = 0), so that what follows happens in front of the
    traffic; who is not told otherwise goes on to the far side."""
    sim = kid_on(road())
    handle = sim.start("run", 0, {"across": "road"}, everywhere(sim))
    while not sim.finished(handle)[0]:
        sim.step()
    assert sim.state.position_m[0, 0, 1] == pytest.approx(0.0, abs=0.06)
    assert run(sim, 4.0).state.position_m[0, 0, 1] > LANE_M


def test_freeze_suspends_the_run_and_then_it_goes_on() -> None:
    """The newest action drives: freezing stops within v^2 / 2b; cancelled, the run that was started before resumes."""
    sim = kid_on(road())
    sim.start("run", 0, {"to": "far_curb"}, everywhere(sim))
    run(sim, 1.2)
    y = float(sim.state.position_m[0, 0, 1])
    freeze = sim.start("freeze", 0, {}, everywhere(sim))
    run(sim, 1.0)
    assert float(sim.state.position_m[0, 0, 1]) - y == pytest.approx(2.6**2 / (2 * BRAKING_MPS2), abs=0.02)
    assert sim.speed_mps[0, 0] == 0 and not sim.finished(freeze)[0]
    sim.cancel(freeze, everywhere(sim))
    assert run(sim, 5.0).state.position_m[0, 0, 1] == pytest.approx(1.5 * LANE_M - 0.15, abs=0.05)


def test_turning_before_walking() -> None:
    """A child that faces along the road turns first and only walks where it faces: it reaches the far side on a way
    that bends by less than half a metre."""
    sim = kid_on(road(), deg=0.0, pace=1.2)
    sim.start("walk", 0, {"across": "road"}, everywhere(sim))
    x, y, _ = run(sim, 9.0).state.position_m[0, 0]
    assert y > 1.2 * LANE_M and abs(x - 50) < 0.5


def test_longitudinal_channel_newest_drives_and_older_resumes() -> None:
    """Two speed changes at once: the newer one drives; cancelled, the older one takes over again and finishes."""
    sim = simulation([[(car(), "vehicle", 0.0, 0.0, 0.0, 10.0)]], [road()])
    slow = sim.start("change_speed", 0, {"to": 5.0, "rate": 1.0}, everywhere(sim))
    run(sim, 1.0)
    fast = sim.start("change_speed", 0, {"to": 20.0, "rate": 3.0}, everywhere(sim))
    run(sim, 1.0)
    assert sim.speed_mps[0, 0] > 11.5
    sim.cancel(fast, everywhere(sim))
    run(sim, 10.0)
    assert sim.speed_mps[0, 0] == pytest.approx(5.0, abs=0.01)
    assert sim.finished(slow)[0] and not sim.finished(fast)[0]


def test_rows_are_apart_and_a_key_keeps_one_handle() -> None:
    """Starting in one variant leaves the other as it was; the same key gives the same handle at another time."""
    sim = simulation([[(car(), "vehicle", 0.0, 0.0, 0.0, 10.0)]] * 2, [road()] * 2)
    first = sim.start("stop", 0, {"rate": np.array([2.0, 9.0])}, np.array([True, False]), key=7)
    run(sim, 1.0)
    assert sim.speed_mps[:, 0].tolist() == [pytest.approx(8.05, abs=0.02), 10.0]
    second = sim.start("stop", 0, {"rate": np.array([9.0, 4.0])}, np.array([False, True]), key=7)
    assert first == second
    run(sim, 1.0)
    assert sim.speed_mps[:, 0].tolist() == [pytest.approx(6.05, abs=0.02), pytest.approx(6.2, abs=0.02)]


@pytest.mark.parametrize(
    ("action", "args", "words"),
    [
        ("run", {}, ["has no action 'run'", "change_lane"]),
        ("chnge_lane", {}, ["did you mean 'change_lane'"]),
        ("change_lane", {"to": 5}, ["lane(6)", "2 lanes"]),
        ("change_lane", {"to": 1, "shape": "cubik"}, ["cubik", "did you mean 'cubic'"]),
        ("change_speed", {"to": "fast"}, ["'to' must be a number"]),
    ],
)
def test_wrong_calls_say_what_to_do(action: str, args: dict[str, object], words: list[str]) -> None:
    """The message names what was found and what is possible."""
    sim = simulation([[(car(), "vehicle", 0.0, 0.0, 0.0, 10.0)]], [road()])
    with pytest.raises(UsageError) as caught:
        sim.start(action, 0, args, everywhere(sim))  # type: ignore[arg-type]
    assert all(w in str(caught.value) for w in words)


def test_nobody_crosses_a_road_without_kerbs() -> None:
    """Without kerbs there is no far side; the message says which curves are missing."""
    sim = kid_on(LaneGraph(road().lanes))
    with pytest.raises(UsageError, match=r"curb\.right"):
        sim.start("run", 0, {"across": "road"}, everywhere(sim))
