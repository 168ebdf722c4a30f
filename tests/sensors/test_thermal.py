"""A thermal camera as a laboratory measures one: black bodies, Planck's law, noise of a flat field."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import constants
from scipy.integrate import quad

from simengine.errors import SensorError
from simengine.rng import stream
from simengine.sensors import planck, thermal
from simengine.sensors.imaging import Imager, Infrared, Optics
from simengine.sensors.specs import CameraSpec

SPEC = CameraSpec.from_fov(
    "heat", -1, (0, 0, 0), (320, 256), 0.7, band="lwir", imager=Imager(bits=14), infrared=Infrared(netd_k=0.06)
)


def spectral(wavelength_m: float, kelvin: float) -> float:
    """Planck's law, W / (m2 sr m), from SciPy's constants."""
    first = 2.0 * constants.h * constants.c**2 / wavelength_m**5
    return first / np.expm1(constants.h * constants.c / (wavelength_m * constants.k * kelvin))


@pytest.mark.parametrize("kelvin", [120.0, 230.0, 300.0, 450.0, 1250.0])
def test_the_band_is_the_integral_of_plancks_law(kelvin: float) -> None:
    expected = quad(spectral, 8e-6, 14e-6, args=(kelvin,), epsrel=1e-12)[0]
    assert float(planck.band_radiance(np.array(kelvin))) == pytest.approx(expected, rel=1e-10)


def test_the_table_leads_there_and_back() -> None:
    """Between the table's points, both ways, to 0.05 mK."""
    kelvin = np.linspace(200.0, 1200.0, 20_001)
    exact = planck.band_radiance(kelvin)
    assert np.abs(planck.temperature_of(planck.radiance_of(kelvin)) - kelvin).max() < 1e-9
    assert np.abs(planck.temperature_of(exact) - kelvin).max() < 5e-5


def test_netd_is_measured_from_a_flat_field() -> None:
    """A plate at 300 K fills the picture: temporal noise of a pair of images over the slope of the band's radiance (by
    quad, not by the camera's own) is the NETD. Half a percent is one standard error of 82 thousand pixels."""
    plate = np.full((256, 320), float(planck.band_radiance(np.array(300.0))))
    a, b = (thermal.counted(SPEC, plate, stream(1, k)).astype(float) for k in (1, 2))
    low, high = (quad(spectral, 8e-6, 14e-6, args=(t,), epsrel=1e-12)[0] for t in (299.5, 300.5))
    largest = 2**14 - 1
    first, last = (quad(spectral, 8e-6, 14e-6, args=(t,))[0] for t in (SPEC.infrared.low_k, SPEC.infrared.high_k))
    sigma = (a - b).std() / np.sqrt(2.0) * (last - first) / largest
    assert sigma / (high - low) == pytest.approx(0.06, rel=0.02)


def test_a_black_body_gives_its_temperature_back() -> None:
    """From radiance to numbers and back: half a step of 14 bits is 20 mK at the cold end."""
    quiet = replace(SPEC, infrared=Infrared(netd_k=0.0))
    for kelvin in (240.0, 273.15, 300.0, 310.0, 400.0):
        plate = np.full((4, 4), float(planck.band_radiance(np.array(kelvin))))
        numbers = thermal.counted(quiet, plate, stream(1, 1))
        assert planck.temperature_of(thermal.radiance_from(quiet, numbers)) == pytest.approx(kelvin, abs=0.02)
    ends = [thermal.counted(quiet, planck.radiance_of(np.full((2, 2), k)), stream(1, 1)) for k in (150.0, 900.0)]
    assert (ends[0] == 0).all() and (ends[1] == 2**14 - 1).all()


def test_the_fixed_pattern_stays_and_is_that_of_a_serial_number() -> None:
    """Mean of many images: the noise averages out, the pattern does not."""
    spec = replace(SPEC, infrared=Infrared(netd_k=0.02, pattern_k=0.05))
    plate = planck.radiance_of(np.full((256, 320), 300.0))

    def mean(of: CameraSpec) -> np.ndarray:
        return np.mean([thermal.radiance_from(of, thermal.counted(of, plate, stream(1, k))) for k in range(8)], 0)

    one, other = mean(spec), mean(replace(spec, imager=Imager(bits=14, serial=2)))
    assert one.std() / planck.slope_at(300.0) == pytest.approx(np.hypot(0.05, 0.02 / np.sqrt(8)), rel=0.02)
    assert abs(np.corrcoef(one.ravel(), other.ravel())[0, 1]) < 0.02


def test_the_picture_spreads_what_is_there_and_no_noise() -> None:
    """Hot is white; a flat scene stays grey, for four kelvins at least lie between black and white."""
    ramp = planck.radiance_of(np.linspace(280.0, 310.0, 64 * 64).reshape(64, 64))
    grey = thermal.shown(SPEC, ramp)[..., 0].astype(int).ravel()
    assert (np.diff(grey) >= 0).all() and grey[0] < 5 and grey[-1] == 255
    flat = planck.radiance_of(300.0 + 0.05 * stream(3, 1).standard_normal((64, 64)))
    assert thermal.shown(SPEC, flat)[..., 0].std() < 90
    fixed = thermal.shown(replace(SPEC, exposure_auto=False), planck.radiance_of(np.full((2, 2), 423.15)))
    assert (fixed == 255).all()


def test_what_makes_no_camera_is_refused() -> None:
    with pytest.raises(SensorError, match="no band 'swir'"):
        replace(SPEC, band="swir")
    with pytest.raises(SensorError, match=r"perfect in this version; leave .*glare"):
        replace(SPEC, optics=Optics(glare=0.1))
    with pytest.raises(SensorError, match="write band = nir"):
        replace(SPEC, infrared=Infrared(illuminator_wpsr=2.0))
    with pytest.raises(SensorError, match="the first one below the second"):
        Infrared(low_k=300.0, high_k=290.0)
