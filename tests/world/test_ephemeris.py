"""Sun and moon over a place: published examples, and laws of the sky."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simengine.world.ephemeris import FUNCTIONS

Moment = tuple[float, float, float, float, float]


def at(latitude_deg: float, longitude_deg: float, when: Moment) -> tuple[float, ...]:
    """Arguments of the functions; ``when``: year, month, day, hours on the clock, hours that it is ahead of UTC."""
    year, month, day, hour, zone = when
    return math.radians(latitude_deg), math.radians(longitude_deg), year, month, day, hour * 3600.0, zone * 3600.0


def degrees(function: str, *values: float) -> float:
    return math.degrees(float(FUNCTIONS[function](*values)))


def test_the_example_of_the_solar_position_algorithm() -> None:
    """Reda and Andreas, NREL/TP-560-34302, table A5.1: Golden, 2003-10-17 12:30:30, UTC-7: azimuth 194.34024 deg, and
    zenith 50.11162 deg at 820 hPa and 11 C, where refraction is 0.0163 deg; ours is that of sea level, 0.0197 deg."""
    place = at(39.742476, -105.1786, (2003, 10, 17, 12.5 + 30.0 / 3600.0, -7))
    assert 90.0 - degrees("sun_elevation", *place) == pytest.approx(50.11162 + 0.0163 - 0.0197, abs=2e-3)
    assert -degrees("sun_azimuth", *place, 0.0) % 360.0 == pytest.approx(194.34024, abs=1e-3)


@pytest.mark.parametrize(
    "latitude, longitude, when, elevation, azimuth",
    [
        (48.137, 11.576, (2026, 6, 21, 8.5, 2), 29.4904, 86.8981),
        (-33.87, 151.21, (2026, 6, 21, 16.5, 10), 3.6648, 301.3681),
        (69.65, 18.96, (2026, 6, 21, 6.5, 0), 30.8820, 106.1667),
        (48.137, 11.576, (2026, 12, 21, 12, 1), 18.4244, 177.1624),
        (-33.87, 151.21, (2026, 12, 21, 22, 11), -19.4379, 221.8570),
        (-33.87, 151.21, (2026, 3, 21, 4.5, 11), -30.8750, 113.5891),
    ],
)
def test_places_all_over_the_earth(
    latitude: float, longitude: float, when: Moment, elevation: float, azimuth: float
) -> None:
    """Beside NREL's algorithm (pvlib 0.16.1, ``spa_python``, 1,010 hPa, 15 C); 4,000 others agree within 0.0004 deg."""
    place = at(latitude, longitude, when)
    assert degrees("sun_elevation", *place) == pytest.approx(elevation, abs=2e-3)
    assert -degrees("sun_azimuth", *place, 0.0) % 360.0 == pytest.approx(azimuth, abs=2e-3)


def test_azimuths_are_to_the_left_of_the_road() -> None:
    """At noon in Munich the sun is in the south, at 177.16 deg from north: right of a road to the east, by 87.16 deg,
    and ahead of one to the south."""
    place = at(48.137, 11.576, (2026, 12, 21, 12, 1))
    assert degrees("sun_azimuth", *place, math.radians(90.0)) == pytest.approx(-87.1624, abs=2e-3)
    assert degrees("sun_azimuth", *place, math.radians(180.0)) == pytest.approx(2.8376, abs=2e-3)


def test_the_sun_sets_without_a_jump() -> None:
    """Refraction fades out below the horizon: through the evening elevations fall all the time, by no more than 20
    degrees an hour on the equator, where the sky turns by 15 (the rest is the air's: 0.6 degrees in 5)."""
    evening = np.linspace(17.0, 19.5, 1501) * 3600.0
    up = np.degrees(FUNCTIONS["sun_elevation"](0.0, 0.0, 2026, 3, 20, evening, 0.0))
    steps = -np.diff(up)
    assert up[0] > 10.0 and up[-1] < -15.0
    assert steps.min() > 0.0 and steps.max() < 20.0 * 2.5 / 1500.0


def test_clocks_of_two_zones_show_one_sun_and_days_count_on() -> None:
    """Half past eight in summer time is half past six in UTC, and the 31st of June is the first of July."""
    here = FUNCTIONS["sun_elevation"](*at(48.0, 11.0, (2026, 6, 21, 8.5, 2)))
    assert here == pytest.approx(float(FUNCTIONS["sun_elevation"](*at(48.0, 11.0, (2026, 6, 21, 6.5, 0)))), abs=1e-9)
    late = FUNCTIONS["sun_elevation"](*at(48.0, 11.0, (2026, 6, 31, 12, 0)))
    assert late == FUNCTIONS["sun_elevation"](*at(48.0, 11.0, (2026, 7, 1, 12, 0)))


def test_new_and_full_moon() -> None:
    """Phases of 2026 as almanacs print them: full on March 3 at 11:38 UTC with a total eclipse, so that the moon stands
    opposite the sun; new on August 12 at 17:37 UTC with a total eclipse, so that it stands in front of it."""
    full, new = at(0.0, 0.0, (2026, 3, 3, 11.63, 0)), at(65.2, -25.2, (2026, 8, 12, 17.77, 0))
    assert float(FUNCTIONS["moon_phase"](*full)) > 0.999 and float(FUNCTIONS["moon_phase"](*new)) < 0.001
    assert degrees("moon_elevation", *full) == pytest.approx(-degrees("sun_elevation", *full), abs=2.0)
    assert degrees("moon_elevation", *new) == pytest.approx(degrees("sun_elevation", *new), abs=0.1)
    assert degrees("moon_azimuth", *new, 0.0) == pytest.approx(degrees("sun_azimuth", *new, 0.0), abs=0.15)


def test_elementwise_is_one_by_one() -> None:
    """A batch has the bits of its members."""
    hours = np.array([0.0, 30_600.0, 86_399.0])
    together = FUNCTIONS["sun_elevation"](0.84, 0.2, 2026.0, np.array([1.0, 6.0, 12.0]), 21.0, hours, 0.0)
    alone = [
        FUNCTIONS["sun_elevation"](0.84, 0.2, 2026.0, m, 21.0, h, 0.0) for m, h in zip((1, 6, 12), hours, strict=True)
    ]
    assert together.shape == (3,) and list(together) == [float(a) for a in alone]
