"""The radar's equation, its detector and the air in between, against closed forms."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simengine.errors import SensorError
from simengine.sensors.attenuation import fog_db_per_m, rain_coefficients, rain_db_per_m
from simengine.sensors.radar import RadarSpec
from simengine.sensors.radar_detector import Echoes, detect, folded

QUIET = RadarSpec("front", -1, np.eye(4), false_alarm=1e-12, fluctuates=False)


def echoes(*rows: tuple[float, float, float, float], entity: int | None = None) -> Echoes:
    """Point targets (range, u, speed, SNR), each a thing of its own."""
    r, u, v, snr = (np.array(c, np.float64) for c in zip(*rows, strict=True))
    ids = np.arange(len(rows)) if entity is None else np.full(len(rows), entity)
    return Echoes(r, u, np.zeros(len(rows)), v, snr, ids, ids + 10)


def test_the_radar_equation_is_that_of_the_books():
    """Pt Gt Gr wavelength^2 sigma T / ((4 pi)^3 R^4 k T0 F L), worked out here in decibels for the default radar:
    10 dBm, beams of 60 x 16 and 2 x 16 degrees (16.3 and 31.1 dBi), 3.92 mm, 19.6 ms, 13 + 15 dB lost, and -174 dBm a
    hertz of noise."""
    spec = QUIET
    parts = [
        10.0 - 30.0, 10 * math.log10(4 * math.pi / (math.radians(60) * math.radians(16))),
        10 * math.log10(4 * math.pi / (math.radians(2) * math.radians(16))), 20 * math.log10(299792458 / 76.5e9),
        10 * math.log10(299792458 / 76.5e9 / 0.2), -30 * math.log10(4 * math.pi), -28.0, 203.975,
    ]  # fmt: skip
    assert 10 * math.log10(spec.gain) == pytest.approx(sum(parts), abs=0.01)
    assert spec.pattern(np.array([0.0, spec.fov_rad / 2]), np.zeros(2)) == pytest.approx([1.0, 0.25])


def test_rain_takes_what_the_recommendation_says():
    """ITU-R P.838-3 tabulates k and alpha: 80 GHz 1.1704 and 0.7115 (horizontal), 1.1668 and 0.7021 (vertical); at 45
    degrees k is their mean, and alpha the mean weighted with k."""
    k, alpha = rain_coefficients(80e9)
    assert k == pytest.approx((1.1704 + 1.1668) / 2, rel=1e-3)
    assert alpha == pytest.approx((1.1704 * 0.7115 + 1.1668 * 0.7021) / (1.1704 + 1.1668), rel=1e-3)
    assert rain_db_per_m(25.0, 80e9) == pytest.approx(1e-3 * k * 25.0**alpha)
    assert rain_db_per_m(0.0, 77e9) == 0.0


def test_fog_hardly_matters():
    """0.1 g/m3, dense fog of some 100 m, takes about 0.4 dB/km at 77 GHz (ITU-R P.840: 4 dB/km for 1 g/m3 at 10
    degrees); a tenth of what moderate rain of 10 mm/h takes (5.8 dB/km)."""
    visible = 24.0 * 0.1 ** (-1 / 1.54)  # Eldridge's formula, solved
    assert 1000 * fog_db_per_m(visible, 77e9) == pytest.approx(0.4, rel=0.25)
    assert fog_db_per_m(visible, 77e9) < 0.1 * rain_db_per_m(10.0, 77e9)
    assert fog_db_per_m(math.inf, 77e9) == 0.0


def test_a_point_target_is_found_where_it_is():
    """At 50 dB noise moves a maximum by 1 / (1.6 sqrt(2e5)) = 0.0014 of a resolution cell: six sigmas are 1 %."""
    found = detect(QUIET, echoes((73.21, 0.1234, -12.34, 1e5)), 1, 2, 3)
    assert len(found["range_m"]) == 1
    assert found["range_m"][0] == pytest.approx(73.21, abs=0.005)
    assert found["u"][0] == pytest.approx(0.1234, abs=0.01 * QUIET.azimuth_resolution_rad)
    assert found["speed_mps"][0] == pytest.approx(-12.34, abs=0.001)
    assert 10 * math.log10(found["snr"][0]) == pytest.approx(50.0, abs=0.1)
    assert (found["entity"][0], found["semantic"][0]) == (0, 10)


@pytest.mark.parametrize("axis", ["range", "u", "speed"])
def test_targets_merge_within_a_cell_and_part_beyond_two(axis: str):
    """Two equal Gaussian lobes have one maximum up to 0.85 of their half-power width (two standard deviations) and two
    maxima with a clear dip beyond 1.5."""
    width = {"range": 0.5, "u": QUIET.azimuth_resolution_rad, "speed": 0.1}[axis]
    for apart, count in ((0.5, 1), (2.0, 2), (3.0, 2)):
        for start in np.linspace(0.0, 0.5, 6):  # wherever they lie between the cells
            low = np.array([60.0, 0.05, 3.0]) + start * np.array([0.5, QUIET.azimuth_resolution_rad, 0.1])
            high = low + apart * width * np.array([axis == "range", axis == "u", axis == "speed"])
            found = detect(QUIET, echoes((*low, 1e5), (*high, 1e5)), 1, 0, 0)
            assert len(found["range_m"]) == count, (axis, apart, start)


def test_false_alarms_come_as_often_as_is_stated():
    """Empty scans: the number of detections is binomial with cells times Pfa = 28 on average, in 400 scans 11,200 with
    a standard deviation of 106; their power is exponential above the threshold."""
    spec = replace(QUIET, false_alarm=1e-6, speed_max_mps=50.0)
    none = echoes((1.0, 0.0, 0.0, 0.0))
    scans = [detect(spec, none, 5, 0, k) for k in range(400)]
    inside = 1.0 - spec.range_min_m / spec.range_max_m
    counts = np.array([len(s["range_m"]) for s in scans])
    mean = spec.cells * spec.false_alarm * inside
    assert abs(counts.mean() - mean) < 5 * math.sqrt(mean / 400)
    assert abs(counts.var() / mean - 1.0) < 0.4  # Poisson: variance is the mean; 400 scans: 0.07 standard deviation
    power = np.concatenate([s["snr"] for s in scans]) + 1.0 - spec.threshold
    assert power.min() >= 0.0 and power.mean() == pytest.approx(1.0, abs=5 / math.sqrt(len(power)))
    assert all((s["entity"] == -1).all() for s in scans)


@pytest.mark.parametrize("snr_db", [12.0, 16.0])
def test_detection_probability_of_a_fluctuating_target(snr_db: float):
    """Swerling's first case, one pulse: Pd = Pfa^(1 / (1 + SNR)) (Skolnik, 2.8). The target lies in the middle of its
    cell; what is below a tenth of the threshold is never tried (exp(-0.16 / SNR share) of Pd at most: 0.001)."""
    spec, snr = replace(QUIET, false_alarm=1e-6, fluctuates=True), 10 ** (snr_db / 10)
    at = (60.0, -1.0 + 58 * 0.5 * QUIET.azimuth_resolution_rad, 0.0, snr)
    count = 3000
    seen = sum(bool((detect(spec, echoes(at), 9, 0, k)["entity"] == 0).any()) for k in range(count))
    expected = 1e-6 ** (1 / (1 + snr))
    assert seen / count == pytest.approx(expected, abs=5 * math.sqrt(expected * (1 - expected) / count))


def test_a_steady_target_is_never_lost_and_its_power_has_the_noise_of_one():
    """|sqrt(S) + n|^2 - 1 has mean S and variance 2 S + 1."""
    at = (60.0, -1.0 + 58 * 0.5 * QUIET.azimuth_resolution_rad, 0.0, 1000.0)
    power = np.array([detect(QUIET, echoes(at), 9, 0, k)["snr"][0] for k in range(1000)])
    assert power.mean() == pytest.approx(1000.0, abs=5 * math.sqrt(2001 / 1000))
    assert power.std() == pytest.approx(math.sqrt(2001), rel=0.15)


def test_clutter_raises_the_threshold_and_one_car_behind_another_does_not():
    """Equal power in every range cell is clutter: no maximum is 16 times (12 dB) above its surroundings. Two targets
    8 cells apart are both seen: of twelve training cells an ordered statistic ignores the other one."""
    field = [(10.0 + 0.25 * k, 0.1, 5.0, 300.0) for k in range(200)]
    assert len(detect(QUIET, echoes(*field, entity=3), 1, 0, 0)["range_m"]) <= 8  # the ends of the field
    pair = detect(QUIET, echoes((60.0, 0.1, 5.0, 300.0), (64.0, 0.1, 5.0, 300.0)), 1, 0, 0)
    assert sorted(pair["entity"].tolist()) == [0, 1]


def test_a_new_thing_far_away_changes_no_other_detection():
    """Noise and fluctuation are keyed by cell and thing, not by order."""
    spec = replace(QUIET, fluctuates=True)
    near = [(40.0, 0.1, 5.0, 1e4), (70.0, -0.2, -3.0, 1e5)]
    alone, more = (detect(spec, echoes(*rows), 1, 0, 0) for rows in (near, [*near, (150.0, 0.3, 20.0, 1e4)]))
    kept = more["entity"] < 2
    assert kept.sum() == len(alone["range_m"]) == 2
    assert all(np.array_equal(alone[n], more[n][kept]) for n in alone)


@given(st.floats(-400.0, 400.0))
def test_folding_keeps_speeds_modulo_the_interval(speed: float):
    """[-70, 70) in steps of 140; at the edge rounding may pick either end."""
    out = float(folded(np.array([speed]), QUIET)[0])
    assert -70.0 - 1e-9 <= out <= 70.0 + 1e-9
    turns = (speed - out) / 140.0
    assert abs(turns - round(turns)) < 1e-9


def test_a_target_faster_than_the_interval_is_folded():
    """75 m/s with +-70: 140 less."""
    found = detect(QUIET, echoes((60.0, 0.0, 75.0, 1e5)), 1, 0, 0)
    assert found["speed_mps"][0] == pytest.approx(-65.0, abs=0.01)
    at_edge = detect(QUIET, echoes((60.0, 0.0, 69.99, 1e5), (60.0, 0.0, 70.01, 1e5), entity=0), 1, 0, 0)
    assert len(at_edge["speed_mps"]) == 1 and abs(at_edge["speed_mps"][0]) == pytest.approx(70.0, abs=0.02)


def test_senseless_radars_are_refused():
    """Each message names the two that do not fit."""
    with pytest.raises(SensorError, match=r"resolution\.range must be below range; got 300 m and 200 m"):
        replace(QUIET, range_resolution_m=300.0)
    with pytest.raises(SensorError, match=r"resolution\.azimuth must be below fov; got 90 deg and 60 deg"):
        replace(QUIET, azimuth_resolution_rad=math.radians(90))
    with pytest.raises(SensorError, match="cells of range, azimuth and speed"):
        replace(QUIET, range_resolution_m=1e-4, speed_resolution_mps=1e-3)


def test_a_scan_of_little_but_noise_is_refused():
    """400 ranges x 29 beams x 1400 speeds are 16.24 million cells: at 2e-3 a cell 32,480 false detections; 20,000 are
    1.23e-3 a cell, which is rounded down, and what is advised is taken."""
    with pytest.raises(SensorError, match=r"32,480 false .* at most 20,000; lower false_alarm to 0\.001, or"):
        replace(QUIET, false_alarm=2e-3)
    assert replace(QUIET, false_alarm=1e-3).cells == 16_240_000
