"""Snow in the air: sizes, speeds and what they do to light, against the rates that they stand for."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import integrate

from simengine.sensors.attenuation import rain_db_per_m, snow_db_per_m
from simengine.sensors.snow import SWELLING, fall_mps, flakes_per_m3_mm, slope_per_mm
from simengine.world.weather import Environment


@pytest.mark.parametrize("rate", [0.5, 1.0, 2.5, 5.0])
def test_as_much_water_comes_down_as_it_snows(rate: float) -> None:
    """Water of all flakes times their speed is the rate: sizes and speeds come from different papers, 25 %."""

    def flux(size_mm: float) -> float:
        water_mm3 = math.pi / 6.0 * (size_mm / SWELLING) ** 3
        return flakes_per_m3_mm(rate) * math.exp(-slope_per_mm(rate) * size_mm) * water_mm3 * float(fall_mps(size_mm))

    mm_per_s = integrate.quad(flux, 0.0, 60.0)[0] * 1e-9 * 1e3
    assert mm_per_s * 3600.0 == pytest.approx(rate, rel=0.25)


def test_flakes_fall_as_slowly_as_they_do() -> None:
    """0.2 to 2 m/s (Hahner et al. 2022), faster when larger."""
    speed = fall_mps(np.array([0.3, 1.0, 5.0, 15.0]))
    assert (np.diff(speed) > 0.0).all()
    assert speed[0] > 0.2
    assert speed[-1] < 2.0


def test_extinction_is_that_of_itu_p1814() -> None:
    """Dry snow of 1 mm/h: 5.53 dB/km, a visibility (5 %) of 2.4 km; it adds to that of fog."""
    clear, foggy = Environment(snow_mmph=1.0), Environment(snow_mmph=1.0, fog_visibility_m=500.0)
    assert clear.extinction_per_m() == pytest.approx(5.53 / 4342.9448, rel=1e-6)
    assert math.log(20.0) / clear.extinction_per_m() == pytest.approx(2353.0, rel=0.01)
    assert foggy.extinction_per_m() == pytest.approx(clear.extinction_per_m() + math.log(20.0) / 500.0)


def test_radar_hardly_notices_snow() -> None:
    """At 77 GHz (0.389 cm): 3.49e-3 / 0.389^4 + 2.24e-3 / 0.389 = 0.158 dB/km at 1 mm/h, a fifth of that of rain."""
    loss = snow_db_per_m(1.0, 77e9)
    assert loss == pytest.approx(0.158e-3, rel=0.01)
    assert loss < 0.25 * rain_db_per_m(1.0, 77e9)
    assert snow_db_per_m(0.0, 77e9) == 0.0
