"""Gusts against Dryden's spectra, and drones in them against the closed forms of a linear loop."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simengine.physics.flying import DRAG_PER_S, LAG_S, RESPONSE_S
from simengine.physics.steadying import FEELING_S, RETURN_PER_S
from simengine.physics.wind import Gusts, Wind, deviations_mps, mean_mps, scales_m
from tests.engine.driving import run

FOOT_M = 0.3048


def wind(count: int, speed_mps: float = 10.0, gusts: float = 1.0) -> Wind:
    return Wind(np.full(count, speed_mps), np.full(count, 0.5), np.full(count, gusts), 7, np.arange(count))


def test_figures_of_the_standard():
    """At 20 ft the mean is W20; at 1000 ft 0.177 + 0.000823 h is 1, so all three gusts have one strength, 0.1 W20,
    and one length, the height."""
    high = np.array([1000.0 * FOOT_M])
    assert mean_mps(np.array([8.0]), np.array([20.0 * FOOT_M])) == pytest.approx([8.0])
    assert scales_m(high)[0] == pytest.approx(high) and scales_m(high)[1] == pytest.approx(high)
    assert deviations_mps(np.array([8.0]), high)[0] == pytest.approx([0.8]) == deviations_mps(np.array([8.0]), high)[1]


def test_gusts_have_drydens_strength_and_correlation():
    """2,000 independent series at 15 m, which stand still, in steps of 0.5 s: deviations are those of the standard
    (within 5 %: the variance of 2,000 samples has a standard error of 3 %), and the correlations are the transforms of
    the spectra, exp(-t/T) along the wind and (1 - t/2T) exp(-t/T) across it, within 4 standard errors of 0.022."""
    count, height = 2000, 15.0
    blows = wind(count)
    gusts, h, still = Gusts(blows, ["eye"], 0.5), np.full((count, 1), height), np.zeros((count, 1))
    mean = mean_mps(np.array([10.0]), np.array([height]))[0]
    series = np.stack([np.stack(gusts.step(h, still, still))[..., 0] for _ in range(24)])  # (T, 3, B)
    c, s = math.cos(0.5), math.sin(0.5)
    along, across, up = series[:, 0] * c + series[:, 1] * s - mean, series[:, 1] * c - series[:, 0] * s, series[:, 2]
    level, upright = (float(v[0]) for v in scales_m(np.array([height])))
    s_level, s_up = (float(v[0]) for v in deviations_mps(np.array([10.0]), np.array([height])))
    for values, sigma, time_s, longitudinal in (
        (along, s_level, level / mean, True), (across, s_level, level / mean, False), (up, s_up, upright / mean, False)
    ):  # fmt: skip
        assert values[-1].std() == pytest.approx(sigma, rel=0.05)
        for steps in (2, 8, 20):
            t = 0.5 * steps / time_s
            expected = math.exp(-t) * (1.0 if longitudinal else 1.0 - 0.5 * t)
            assert np.corrcoef(values[-1], values[-1 - steps])[0, 1] == pytest.approx(expected, abs=0.09)


def test_a_row_depends_on_nothing_but_its_own_variant():
    """Variant 3 alone has the gusts that it has among eight, and the first drone those that it has beside another."""
    many, one = wind(8), Wind(np.array([10.0]), np.array([0.5]), np.array([1.0]), 7, np.array([3]))
    several, alone = Gusts(many, ["a", "b"], 0.01), Gusts(one, ["a"], 0.01)
    for _ in range(300):
        big = several.step(np.full((8, 2), 10.0), np.zeros((8, 2)), np.zeros((8, 2)))
        small = alone.step(np.full((1, 1), 10.0), np.zeros((1, 1)), np.zeros((1, 1)))
    assert [v[3, 0] for v in big] == [v[0, 0] for v in small]


def hovering(speed: str, gusts: str = "1", count: int = 1, body: str = "stop after 4 s"):
    return run(
        f"world street(lanes = 3, length = 200 m):\n    wind.speed = {speed}\n    wind.heading = 30 deg\n"
        f"    wind.gusts = {gusts}\ncar ego on lane(2) at s(60 m)\ndrone eye above ego by 13.5 m\n{body}",
        count,
    )


def test_in_a_steady_wind_it_leans_and_stays():
    """Drag is the drag coefficient times the wind, and g tan(tilt) in balance: at W20 = 10 m/s and 15 m it leans by
    15.9 deg against the wind, which comes from 30 deg to its right behind; it moves nowhere (closed form: 0), from
    the first tick on."""
    (trace,) = hovering("10 m/s", "0")
    push = DRAG_PER_S * mean_mps(np.array([10.0]), trace.track("eye")[0, 2:])[0]
    pitch, roll = trace.states_of("eye")[-1, [14, 16]]
    assert math.tan(-pitch) * 9.81 == pytest.approx(push * math.cos(math.radians(30.0)))
    assert math.tan(roll) * 9.81 == pytest.approx(push * math.sin(math.radians(30.0)))
    assert np.ptp(trace.track("eye"), axis=0) == pytest.approx([0.0, 0.0, 0.0], abs=1e-9)


def test_gusts_move_it_by_what_the_loop_lets_through():
    """Standard deviation of the place under gusts of the mean wind's direction, from the spectrum:

    x / gust = D (s T / (1 + s T)) / (s^2 + (s + k) / (R (1 + s lag))), with the felt wind (T), the way back (k), the
    response R and the lag of the tilt. 48 drones at three times: within 20 % (the
    standard error of 144 samples is 6 %)."""
    traces = hovering("10 m/s", count=48, body="stop after 12 s")
    ends = np.stack([t.track("eye")[[400, 800, 1200], :2] - t.track("eye")[0, :2] for t in traces]).reshape(-1, 2)
    along = ends @ np.array([math.cos(math.radians(30.0)), math.sin(math.radians(30.0))])
    omega = np.geomspace(1e-3, 1e2, 20000)
    s = 1j * omega
    felt = 1.0 - 1.0 / ((1.0 + s * FEELING_S) * (1.0 + s * LAG_S))
    loop = s * s + (s + RETURN_PER_S) / (RESPONSE_S * (1.0 + s * LAG_S))
    height = traces[0].track("eye")[0, 2:]
    time_s = scales_m(height)[0][0] / mean_mps(np.array([10.0]), height)[0]
    sigma = deviations_mps(np.array([10.0]), height)[0][0]
    spectrum = 2.0 / math.pi * sigma**2 * time_s / (1.0 + (omega * time_s) ** 2)
    expected = math.sqrt(np.trapezoid(np.abs(DRAG_PER_S * felt / loop) ** 2 * spectrum, omega))
    assert 0.04 < expected < 0.1
    assert along.std() == pytest.approx(expected, rel=0.2)


def test_where_no_wind_blows_nothing_is_other_than_without_it():
    """Of two variants the one without wind has the bytes of a program that does not know wind."""
    body = (
        "car ego on lane(2) at s(60 m)\ndrone eye above ego by 13.5 m:\n    speed = 5 m/s\n"
        "do:\n    eye.drive(speed = 7 m/s) for 1 s\n    eye.stop()\nstop after 5 s"
    )
    world = "world street(lanes = 3, length = 200 m)"
    drawn = run(f"{world}:\n    wind.speed ~ {{0 m/s, 8 m/s}}\n{body}", 8)
    (calm,) = run(f"{world}\n{body}")
    kept = [t for t in drawn if np.array_equal(t.states_of("eye"), calm.states_of("eye"))]
    assert 1 <= len(kept) <= 7


def test_it_keeps_its_way_in_gusts():
    """12 m/s, as much as such drones are sold for: along a line it stays within 60 cm of it and arrives."""
    do = "do:\n    way: eye.follow_path(path = [(90 m, 0 m), (90 m, 20 m)], speed = 6 m/s)\nstop after 20 s"
    for trace in hovering("12 m/s", count=2, body=do):
        over = trace.time_of("way.ended")
        assert over is not None
        track = trace.track("eye")[: over // 10_000_000, :2]
        straight = track[track[:, 0] < 80.0]
        assert np.abs(straight[:, 1]).max() < 0.6 and track[-1] == pytest.approx([90.0, 20.0], abs=0.6)
