"""Trailers: closed forms of the tractrix and of the steady turn, what backs up folds, and what is coupled stays so."""

from __future__ import annotations

import math
import textwrap

import numpy as np
import pytest

from simengine.engine.catalogue import libraries
from simengine.engine.simulate import prepared, simulate
from simengine.engine.variants import Variants
from simengine.errors import ProgramError
from simengine.language import parse_text
from simengine.language.sample import Sampler
from simengine.physics.towing import FOLDED_RAD, follow
from tests.engine.driving import run, variants_of

LORRY = """
world highway(lanes = 3, length = 2 km)
lorry ego on lane(2) at s(100 m):
    speed = {speed}
trailer semi at ego:
    yaw = {yaw}
stop after {time}
"""
COUPLING_M, KINGPIN_M, AXLE_M, AHEAD_M = -1.45, 5.24, 7.7, 2.08
"""Of the assets: fifth wheel and kingpin from the middles, kingpin to axles, rear axle of the tractor."""


def lorry(speed: str = "36 km/h", yaw: str = "0 deg", time: str = "10 s") -> str:
    return LORRY.format(speed=speed, yaw=yaw, time=time)


def heading(states: np.ndarray) -> np.ndarray:
    return 2.0 * np.arctan2(states[..., 6], states[..., 3])


def test_a_straight_pull_is_the_tractrix():
    """phi' = -v sin(phi) / L has the solution tan(phi / 2) = tan(phi0 / 2) exp(-s / L); here from an integration of the
    equation itself in 20,000 small steps (midpoint rule, error below 1e-8)."""
    phi, way, steps = 1.3, 12.0, 20_000
    ds = way / steps
    for _ in range(steps):
        half = phi - 0.5 * ds * math.sin(phi) / AXLE_M
        phi -= ds * math.sin(half) / AXLE_M
    got = follow(np.array([1.3]), np.array([way]), np.array([AXLE_M]))
    assert got[0] == pytest.approx(phi, abs=1e-7)
    half_way = follow(np.array([1.3]), np.array([0.5 * way]), np.array([AXLE_M]))
    assert follow(half_way, np.array([0.5 * way]), np.array([AXLE_M]))[0] == pytest.approx(float(got[0]), abs=1e-12)


def test_the_hitch_angle_dies_out_on_a_straight_road():
    """A trailer that starts 25 deg askew: after s metres tan(phi / 2) is exp(-s / L) of what it was, to 1e-9."""
    trace = run(lorry(yaw="25 deg", time="3 s"))[0]
    ego, semi = trace.states_of("ego"), trace.states_of("semi")
    way = ego[:, 0] - ego[0, 0]
    want = 2.0 * np.arctan(math.tan(0.5 * math.radians(25.0)) * np.exp(-way / AXLE_M))
    assert np.abs(heading(semi) - want).max() < 1e-9
    assert np.allclose(heading(ego), 0.0, atol=1e-12)


def _circled(rate_hz: int, radius_m: float, seconds: float) -> tuple[np.ndarray, np.ndarray]:
    """Poses of lorry and trailer that drive a circle, at the end."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("simengine.engine.simulate.TICK_RATE_HZ", rate_hz)
        free = lorry(speed="18 km/h", time="60 s").replace("highway(lanes = 3,", "rural(curviness = 0,")  # no rails
        sim = prepared(variants_of(free)).simulation
    base = float(sim.cast.body.wheelbase_m[0, 0])
    steer = np.array([math.atan(base / radius_m)])
    sim.motion.steer[:, 0] = steer  # from the start on: the time that wheels take to turn is another error
    sim.command(0, np.array([0.0]), steer, np.array([True]))
    for _ in range(round(seconds * rate_hz)):
        sim.step()
    m = sim.motion
    return np.array([m.x[0, 0], m.y[0, 0], m.yaw[0, 0]]), np.array([m.x[0, 1], m.y[0, 1], m.yaw[0, 1]])


@pytest.mark.parametrize("radius", [12.5, 25.0])
def test_steady_off_tracking_is_the_closed_form(radius: float):
    """On a circle all axles point at its middle: with R the tractor's rear axle's radius and c how far the coupling is
    ahead of that axle, the trailer's axle runs at sqrt(R^2 + c^2 - L^2)."""
    ego, semi = _circled(100, radius, 30.0)
    rear = ego[:2] - AHEAD_M * np.array([math.cos(ego[2]), math.sin(ego[2])])
    middle = rear + radius * np.array([-math.sin(ego[2]), math.cos(ego[2])])
    back = KINGPIN_M - AXLE_M
    axle = semi[:2] + back * np.array([math.cos(semi[2]), math.sin(semi[2])])
    ahead = COUPLING_M + AHEAD_M
    want = math.sqrt(radius**2 + ahead**2 - AXLE_M**2)
    assert np.linalg.norm(axle - middle) == pytest.approx(want, abs=2e-3)


def test_halving_the_tick_divides_the_error_by_four():
    """Second order: the heading on a circle of 15 m at 50 and 100 ticks a second against 800."""
    best = _circled(800, 15.0, 2.0)[1][2]
    errors = [abs(_circled(rate, 15.0, 2.0)[1][2] - best) for rate in (50, 100)]
    assert 3.5 < errors[0] / errors[1] < 4.5


def test_a_trailer_that_is_backed_up_folds():
    """Reversing is unstable: a degree grows by exp(s / L), as the law says with s < 0, up to the stop at 95 deg."""
    angle = follow(np.array([math.radians(1.0)]), np.array([-AXLE_M * 3.0]), np.array([AXLE_M]))
    assert math.tan(0.5 * angle[0]) / math.tan(0.5 * math.radians(1.0)) == pytest.approx(math.exp(3.0))
    made = prepared(variants_of(lorry(speed="0 km/h", yaw="5 deg", time="30 s")))
    m = made.simulation.motion
    towing = made.simulation._towing  # type: ignore[reportPrivateUsage]
    assert towing is not None
    everywhere = np.ones((1, 2), np.bool_)
    for _ in range(4000):  # the lorry is pushed straight back by 1 cm a tick
        before = m.yaw.copy()
        m.x[:, 0] -= 0.01
        towing.advance(m, before, everywhere)
    assert m.yaw[0, 1] == pytest.approx(FOLDED_RAD, abs=1e-9) and m.reverse[0, 1] >= 0.0


def test_the_coupling_holds_and_wheels_do_not_slip_sideways():
    """Through a turn at a junction: fifth wheel and kingpin are the same point at every tick, the axle's velocity lies
    along the trailer, and speeds are the derivatives of the poses."""
    trace = run("""
world junction(arms = 4, lanes = 2, length = 80 m)
lorry ego on lane(1) at s(40 m):
    speed = 20 km/h
trailer semi at ego
stop after 12 s
do:
    ego.turn(direction = right)
""")[0]
    ego, semi = trace.states_of("ego"), trace.states_of("semi")
    one, two = heading(ego), heading(semi)
    joint = ego[:, :2] + COUPLING_M * np.stack([np.cos(one), np.sin(one)], -1)
    pin = semi[:, :2] + KINGPIN_M * np.stack([np.cos(two), np.sin(two)], -1)
    assert np.abs(joint - pin).max() < 1e-9
    assert np.degrees(np.abs(one[-1])) > 85.0 and np.degrees(np.abs(np.unwrap(one) - np.unwrap(two))).max() > 25.0
    speed = np.diff(semi[:, :2], axis=0) * trace.rate_hz
    middle = 0.5 * (semi[1:, 7:9] + semi[:-1, 7:9])
    assert np.abs(speed - middle)[5:].max() < 0.03
    spin = np.diff(np.unwrap(two)) * trace.rate_hz
    assert np.abs(spin - semi[1:, 12]).max() < 1e-9


def test_a_lorry_collides_with_its_trailer_too():
    """A cyclist who stands beside the lane is met by the trailer's side alone, which cuts the corner: distance,
    collision and the run's figures know it. Without the trailer the same lorry passes."""
    body = """
world junction(arms = 4, lanes = 2, length = 80 m)
lorry ego on lane(1) at s(40 m):
    speed = 15 km/h
{trailer}
cyclist rider at (72 m, -5 m)
stop after 18 s
do:
    ego.turn(direction = right)
expect always not collision(ego, rider)
"""
    hit = run(body.format(trailer="trailer semi at ego"))[0]
    assert not hit.verdicts[0].holds and hit.summary.collision == "rider"
    assert [(c.first, c.second) for c in hit.impacts] == [("semi", "rider")]
    assert hit.summary.min_distance_m["rider"] <= 0.0 and "semi" not in hit.summary.min_distance_m
    alone = run(body.format(trailer=""))[0]
    assert alone.verdicts[0].holds and alone.verdicts[0].robustness > 0.1


def test_others_see_the_trailer_and_its_own_lorry_does_not():
    """A car with `acc` behind keeps off the trailer's rear; the lorry with `acc` drives on as if alone."""
    trace = run("""
world highway(lanes = 3, length = 2 km)
lorry ego on lane(2) at s(300 m):
    speed = 60 km/h
    controller = acc(set_speed = 60 km/h)
trailer semi at ego
car follower on lane(2) at s(245 m):
    speed = 90 km/h
    controller = acc(set_speed = 90 km/h)
stop after 14 s
""")[0]
    ego, semi, car = (trace.states_of(n) for n in ("ego", "semi", "follower"))
    assert np.abs(ego[:, 13] - ego[0, 13]).max() < 1e-6
    gap = (semi[:, 0] - 6.81) - (car[:, 0] + 0.5 * 4.68)
    assert 5.0 < gap.min() < 60.0 and car[-1, 13] == pytest.approx(ego[-1, 13], abs=1.0)


def test_a_batch_of_lorries_equals_single_ones():
    """Bit for bit, with drawn speeds."""
    body = lorry(time="2 s").replace("speed = 36", "speed ~ 20..60").replace("yaw = 0", "yaw ~ -20..20")
    program = parse_text(f"use driving\n\nscenario t:\n{textwrap.indent(body, '    ')}", libraries=libraries())[0]
    sampler = Sampler(program, 0)
    together = simulate(Variants.of(sampler.draw(range(3)), libraries()))
    for k in range(3):
        alone = simulate(Variants.of(sampler.draw([k]), libraries()))[0]
        assert np.array_equal(alone.states_of("semi"), together[k].states_of("semi"))


def test_where_a_trailer_goes_is_asked_of_its_lorry():
    with pytest.raises(ProgramError, match=r"'semi' is towed by 'ego' .*'stop' is asked of 'ego'"):
        run(lorry() + "do:\n    semi.stop()\n")


def test_after_a_teleport_the_trailer_stands_straight_behind():
    trace = run(lorry(yaw="20 deg", time="2 s") + "do:\n    wait 1 s\n    ego.teleport(to = s(800 m))\n")[0]
    ego, semi = trace.states_of("ego"), trace.states_of("semi")
    assert ego[110, 0] > 790.0 and ego[110, 0] - semi[110, 0] == pytest.approx(KINGPIN_M - COUPLING_M, abs=1e-6)
    assert abs(heading(semi)[110]) < 1e-6


def test_a_lorry_on_its_tyres_draws_a_trailer_too():
    """With `dynamics = single_track` the coupling is that of a body that slips; a trailer has no such model itself."""
    body = lorry(time="6 s").replace("speed = 36 km/h", "speed = 72 km/h\n    dynamics = single_track")
    body = body.replace("yaw = 0 deg", "dynamics = single_track")
    trace = run(body + "do:\n    ego.change_lane(to = lane(3))\n")[0]
    ego, semi = trace.states_of("ego"), trace.states_of("semi")
    one, two = heading(ego), heading(semi)
    joint = ego[:, :2] + COUPLING_M * np.stack([np.cos(one), np.sin(one)], -1)
    pin = semi[:, :2] + KINGPIN_M * np.stack([np.cos(two), np.sin(two)], -1)
    assert np.abs(joint - pin).max() < 1e-3  # the body pitches and rolls about its middle
    speed, middle = np.diff(semi[:, :2], axis=0) * trace.rate_hz, 0.5 * (semi[1:, 7:9] + semi[:-1, 7:9])
    assert semi[-1, 1] > 2.0 and np.abs(speed - middle)[5:].max() < 0.05


@pytest.mark.parametrize(("action", "gap_m"), [("keep_gap(big, 10 m)", 10.0), ("follow(big, headway = 1 s)", 22.0)])
def test_who_follows_a_lorry_keeps_off_its_trailer(action: str, gap_m: float):
    """10 m, and a second at 20 m/s with the 2 m of the law behind: bumper to the trailer's rear, whose middle is half
    its length ahead of that. ``gap``, ``headway`` and the time to collision are of that gap, too; gap(lorry) and
    gap(trailer) are the same, and the lorry's own trailer is no part of the lorry when its gap is asked for."""
    trace = run(f"""
world highway(lanes = 2, length = 1 km)
lorry big on lane(1) at s(200 m):
    speed = 20 m/s
trailer semi at big
car ego on lane(1) at s(150 m):
    speed = 20 m/s
do:
    ego.{action} for 14 s
expect always ego.gap(big) > 0 m
expect always ego.gap(semi) > 0 m
expect always ego.headway(big) > 0 s
""")[0]
    semi, car = (trace.states_of(n) for n in ("semi", "ego"))
    gap = (semi[:, 0] - 6.81) - (car[:, 0] + 0.5 * 4.68)
    assert gap[-1] == pytest.approx(gap_m, abs=0.3)
    margins = [v.robustness for v in trace.verdicts]
    assert margins[:2] == pytest.approx([gap.min()] * 2, abs=0.02)
    assert margins[2] == pytest.approx(gap.min() / 20.0, abs=0.05)
