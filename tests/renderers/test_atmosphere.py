"""Sunlight in clear and hazy air, beside published figures and laws."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simengine.world.weather import CLEAR, Environment
from simengine_renderers.raytrace import atmosphere
from simengine_renderers.raytrace.sky import sky_of

LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
TOP_KLX = 133.0
"""Illuminance of the sun above the air (IES: 133.1 klx at the mean distance)."""


def dome(elevation_deg: float, turbidity: float) -> tuple[np.ndarray, np.ndarray]:
    """Radiance (times pi) of the sky on a grid of equal solid angles, (n, 3), and the sines of their elevations."""
    up, turn = np.meshgrid((np.arange(60) + 0.5) / 60, math.pi * (np.arange(60) + 0.5) / 60, indexing="ij")
    sun = math.radians(elevation_deg)
    cosine = up * math.sin(sun) + np.sqrt(1.0 - up * up) * math.cos(sun) * np.cos(turn)
    return atmosphere.scattered(up, turn, cosine, sun, turbidity).reshape(-1, 3), up.ravel()


def on_ground(elevation_deg: float, turbidity: float) -> float:
    """Illuminance of the sky on the ground in klx: the mean of the radiance times 2 sines."""
    light, up = dome(elevation_deg, turbidity)
    return TOP_KLX * float((light * (2.0 * up)[:, None]).mean(0) @ LUMINANCE)


@pytest.mark.parametrize("elevation, klx", [(20.0, 9.5), (40.0, 13.5), (60.0, 16.0), (90.0, 17.5)])
def test_the_clear_sky_gives_what_is_published(elevation: float, klx: float) -> None:
    """Illuminance of a clear sky as handbooks of lighting have it (the table that levels follow), within 12 % without
    any fitting: nothing of the model comes from that table."""
    assert on_ground(elevation, CLEAR) == pytest.approx(klx, rel=0.12)


def test_the_direct_sun_goes_through_the_published_air_masses() -> None:
    """Kasten and Young (1989): 1.994 air masses at 30 deg, 37.92 at the horizon. The logarithm of what comes through is
    in proportion; overhead, of clear air, it is the sum of the depths: 0.097 of molecules (Bodhaine et al. 1999 at 550
    nm), 0.101 of particles (0.0463 * 0.55^-1.3), 0.028 of ozone."""
    overhead, low, horizon = (-np.log(atmosphere.direct(math.radians(d), CLEAR)) for d in (90.0, 30.0, 0.0))
    assert overhead[1] == pytest.approx(0.097 + 0.101 + 0.028, abs=0.003)
    assert low / overhead == pytest.approx(np.full(3, 1.994), rel=2e-3)
    assert horizon / overhead == pytest.approx(np.full(3, 37.92), rel=5e-3)


def test_columns_along_the_horizon_are_those_of_chapman() -> None:
    """A layer whose density halves every H ln 2 above a sphere of radius R has sqrt(pi R / 2 H) times its vertical
    column along the horizon: 35.4 for H = 8 km, 91.3 for 1.2 km; straight up every kind has its one column."""
    sea_level = np.exp(atmosphere._columns()[0, 0])
    assert np.exp(atmosphere._columns()[0, -1]) == pytest.approx(np.ones(3), rel=2e-3)
    assert sea_level[0] == pytest.approx(math.sqrt(math.pi * 6371.0 / 16.0), rel=0.01)
    assert sea_level[1] == pytest.approx(math.sqrt(math.pi * 6371.0 / 2.4), rel=0.01)


@pytest.mark.parametrize("elevation", [10.0, 40.0, 80.0])
def test_no_light_is_made(elevation: float) -> None:
    """Sun and sky together give the ground less than the sun gives above the air, but no less than two thirds through
    clear air under a high sun; haze takes more, and more of what is left comes from the sky."""
    above, shares, totals = TOP_KLX * math.sin(math.radians(elevation)), [], []
    for turbidity in (CLEAR, 4.0, 8.0):
        sky = on_ground(elevation, turbidity)
        straight = above * float(atmosphere.direct(math.radians(elevation), turbidity) @ LUMINANCE)
        shares.append(sky / (sky + straight))
        totals.append((sky + straight) / above)
    assert totals == sorted(totals, reverse=True) and totals[0] < 1.0 and shares == sorted(shares)
    assert elevation < 40.0 or totals[0] > 2.0 / 3.0


def test_haze_whitens_and_ozone_keeps_the_zenith_blue_at_dusk() -> None:
    """Particles scatter all colours alike: blue over red beside the sun falls with turbidity. Under a set sun molecules
    alone would make the zenith yellowish (Hulburt 1953); through ozone it stays bluer than 1.5 times red."""
    ratios = []
    for turbidity in (CLEAR, 4.0, 8.0):
        light, up = dome(40.0, turbidity)
        mean = light[up > 0.9].mean(0)
        ratios.append(mean[2] / mean[0])
    assert ratios == sorted(ratios, reverse=True) and ratios[0] > 1.8 and ratios[-1] < 1.6
    light, up = dome(-3.0, CLEAR)
    overhead = light[up > 0.95].mean(0)
    assert overhead[2] / overhead[0] > 1.5


def test_haze_is_one_for_the_sky_and_for_what_stands_around() -> None:
    """Clear air veils nothing. A turbidity of 10 has particles of an optical depth of 0.80 (0.369 * 0.55^-1.3) more,
    within a scale height of 1.2 km: 4.5 km of visibility (ln 20 over the extinction). Denser fog hides it."""
    assert Environment().extinction_per_m() == 0.0
    hazy = Environment(turbidity=10.0)
    assert math.log(20.0) / hazy.extinction_per_m() == pytest.approx(4480.0, rel=0.01)
    foggy = Environment(turbidity=10.0, fog_visibility_m=200.0)
    assert foggy.extinction_per_m() == Environment(fog_visibility_m=200.0).extinction_per_m()
    assert sky_of(Environment(cloud=0.0, turbidity=10.0)).extinction_per_m == hazy.extinction_per_m()
