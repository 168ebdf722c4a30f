"""The sensor as a laboratory measures one: EMVA 1288's photon transfer on flat fields, and colours from a mosaic."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from simengine.errors import SensorError
from simengine.rng import stream
from simengine.sensors import exposure, imager
from simengine.sensors.exposure import WHITE
from simengine.sensors.imaging import Imager, Optics, Shutter
from simengine.sensors.specs import CameraSpec

SHAPE = (400, 400)
SENSOR = Imager(
    gain=2.0, full_well_e=9000.0, read_noise_e=6.0, prnu=0.012, dsnu_e=4.0, dark_current_eps=500.0, cfa="mono",
    serial=7,
)  # fmt: skip


def flat(level: float, number: int, sensor: Imager = SENSOR, name: str = "front", time_s: float = 0.01) -> np.ndarray:
    light = np.full(SHAPE, level, np.float32)
    return imager.counted(name, sensor, light, sensor.gain, time_s, stream(5, number)).astype(float)


def test_photon_transfer_recovers_the_sensor() -> None:
    """EMVA 1288, sections 6 to 8. Pairs of flat fields: half the variance of their difference is temporal,
    sigma^2 = K^2 sigma_d^2 + 1/12 + K (mu - mu_dark), whose slope is K and whose start is the read noise (with the shot
    noise of 5 electrons of dark current). Means of many fields, less what is left of the temporal noise: DSNU from dark
    ones, PRNU from those at half saturation."""
    mean, variance = [], []
    for level in (0.0, 0.2, 0.5, 0.8, 1.1, 1.4):
        a, b = flat(level, 2 * round(10 * level)), flat(level, 2 * round(10 * level) + 1)
        mean.append(0.5 * (a + b).mean())
        variance.append(0.5 * (a - b).var())
    mean, variance = np.array(mean) - mean[0], np.array(variance)
    weight = 1.0 / variance  # the error of a variance is proportional to it
    slope, start = np.polyfit(mean, variance, 1, w=weight)
    true = imager.conversion_gain(SENSOR, SENSOR.gain)
    assert true == 2.0 * (4095 - 256) / 9000.0
    assert slope == pytest.approx(true, rel=0.02)
    dark_noise = math.sqrt(start - 1.0 / 12.0) / slope
    assert dark_noise == pytest.approx(math.sqrt(6.0**2 + 5.0), rel=0.02)
    count = 12
    dark = np.array([flat(0.0, 1000 + k) for k in range(count)])
    bright = np.array([flat(1.0, 2000 + k) for k in range(count)])
    fixed = [
        stack.mean(0, dtype=float).var() - stack.var(0, ddof=1).mean() / count for stack in (dark, bright)
    ]  # fmt: skip
    dsnu = math.sqrt(fixed[0]) / true
    prnu = math.sqrt(fixed[1] - fixed[0]) / (bright.mean() - dark.mean())
    assert dsnu == pytest.approx(4.0, rel=0.02)
    assert prnu == pytest.approx(0.012, rel=0.02)


def test_offsets_of_pixels_have_no_shot_noise() -> None:
    """EMVA 1288, section 4: DSNU is a spread from pixel to pixel, read noise one from image to image. With a DSNU of
    eight times the read noise the difference of two dark images still scatters by the read noise alone."""
    sensor = replace(SENSOR, gain=1.0, read_noise_e=1.5, dsnu_e=12.0, dark_current_eps=0.0, bits=16)
    a, b = flat(0.0, 1, sensor), flat(0.0, 2, sensor)
    k = imager.conversion_gain(sensor, 1.0)
    assert (a - b).std() / math.sqrt(2.0) / k == pytest.approx(1.5, rel=0.01)  # 1 / sqrt(2 n) is 0.2 %
    assert (0.5 * (a + b)).std() / k == pytest.approx(math.hypot(12.0, 1.5 / math.sqrt(2.0)), rel=0.02)
    assert a.mean() == pytest.approx(sensor.black_dn, abs=0.05 * 12.0 * k)


def test_mean_is_linear_up_to_the_full_well() -> None:
    """At x the numbers are K n x above black, n = full well / (gain WHITE); at base gain white fills all numbers."""
    sensor = replace(SENSOR, gain=1.0, prnu=0.0, dsnu_e=0.0, dark_current_eps=0.0)
    for x in (0.1, 1.0, 3.0):
        assert flat(x, 1, sensor).mean() == pytest.approx(256.0 + (4095 - 256) * x / WHITE, rel=2e-3)
    assert flat(1.5 * WHITE, 2, sensor).mean() > 4090.0 and flat(1e5, 3, sensor).max() == 4095
    assert flat(0.0, 4, sensor).mean() == pytest.approx(256.0, abs=0.05)
    assert flat(0.0, 4, sensor).std() == pytest.approx(math.hypot(6.0 * 3839 / 9000.0, math.sqrt(1 / 12)), rel=0.02)


def test_dark_current_doubles_with_temperature() -> None:
    """EMVA 1288, section 7: mu_I(T) = mu_I(25 C) 2^((T - 25 C) / doubling). Dark signals at three temperatures, of a
    long exposure less a short one, give the doubling temperature back."""
    sensor = replace(SENSOR, gain=1.0, prnu=0.0, dsnu_e=0.0, dark_current_eps=300.0, doubling_k=7.0)

    def rate(kelvin: float) -> float:
        warm = replace(sensor, temperature_k=kelvin)
        long, short = (flat(0.0, k, warm, time_s=t).mean() for k, t in ((1, 1.0), (2, 0.0)))
        return (long - short) / imager.conversion_gain(sensor, 1.0)

    cool, room, hot = rate(284.15), rate(298.15), rate(319.15)
    assert room == pytest.approx(300.0, rel=0.01)
    assert cool == pytest.approx(75.0, rel=0.02) and hot == pytest.approx(2400.0, rel=0.01)
    assert 21.0 / math.log2(hot / room) == pytest.approx(7.0, rel=0.02)


def test_hot_pixels_stay_where_they_are() -> None:
    """Two in a thousand, whose dark signal is exponential with the mean that was set; in the same places in each image,
    colder ones with less; elsewhere with another serial number."""
    sensor = replace(
        SENSOR, gain=1.0, prnu=0.0, dsnu_e=0.0, dark_current_eps=0.0, hot_share=0.002, hot_current_eps=4000.0,
        doubling_k=8.0,
    )  # fmt: skip
    k = imager.conversion_gain(sensor, 1.0)
    own = imager.hot_pixels("front", sensor, SHAPE)
    assert (own > 0).mean() == pytest.approx(0.002, rel=0.15)
    assert own[own > 0].mean() == pytest.approx(4000.0, rel=0.2) == own[own > 0].std()
    one = (flat(0.0, 1, sensor, time_s=0.5) - 256.0) / k
    found = one > 60.0  # ten times the read noise
    assert found[own > 400.0].all() and not found[own == 0].any()
    cold = (flat(0.0, 2, replace(sensor, temperature_k=298.15 - 16.0), time_s=0.5) - 256.0) / k
    bright = (own > 2000.0) & (own < 15000.0)
    assert np.median(cold[bright] / one[bright]) == pytest.approx(0.25, abs=0.02)
    other = imager.hot_pixels("front", replace(sensor, serial=8), SHAPE)
    assert ((other > 0) & (own > 0)).sum() < 10


def test_the_pattern_belongs_to_the_serial_number() -> None:
    """The same pixels in each image of a camera, others with another serial number or in another camera."""
    quiet = replace(SENSOR, read_noise_e=0.0, gain=0.05, prnu=0.2)

    def likeness(other: Imager, name: str = "front") -> float:
        return np.corrcoef(flat(1.0, 1, quiet).ravel(), flat(1.0, 2, other, name).ravel())[0, 1]

    assert likeness(quiet) > 0.95
    assert abs(likeness(replace(quiet, serial=8))) < 0.02 and abs(likeness(quiet, "rear")) < 0.02


@pytest.mark.parametrize("cfa", ["rggb", "bggr", "grbg", "gbrg", "none"])
def test_colours_come_back_from_the_numbers(cfa: str) -> None:
    """Without noise a smooth picture passes filters that let others' colours through and see white unevenly, mosaic,
    interpolation, white balance and matrix: what comes out is what went in, to the steps of 16 bits."""
    sensor = Imager(
        gain=1.0, full_well_e=1e7, read_noise_e=0.0, bits=16, cfa=cfa, response=(0.5, 1.0, 0.7), crosstalk=0.1
    )
    x = np.linspace(0.2, 0.8, 64, dtype=np.float32)
    light = np.stack(np.broadcast_arrays(x[None], x[:, None], 1.0 - x[None]), -1).astype(np.float32)
    seen = imager.seen_through_filters(sensor, light)
    numbers = imager.counted("front", sensor, seen, 1.0, 0.0, stream(1))
    assert numbers.shape == (SHAPE := (64, 64, 3) if cfa == "none" else (64, 64)) and numbers.dtype == np.uint16, SHAPE
    out = imager.colours(sensor, numbers)
    assert np.abs(out - light)[3:-3, 3:-3].max() < 0.012  # a ten-millionth of electrons is shot noise of 0.3 %
    assert (out - light)[3:-3, 3:-3].mean((0, 1)) == pytest.approx([0.0, 0.0, 0.0], abs=5e-4)


@pytest.mark.parametrize("cfa", ["rggb", "bggr", "grbg", "gbrg"])
@pytest.mark.parametrize("size", [(2, 2), (2, 5), (3, 2), (7, 3)])
def test_small_mosaics_have_colours(cfa: str, size: tuple[int, int]) -> None:
    """A wall of one colour has it in every pixel of a picture, however small it is; a row alone has no colours."""
    sensor = Imager(gain=1.0, full_well_e=1e7, read_noise_e=0.0, bits=16, cfa=cfa)
    light = np.broadcast_to(np.array([0.5, 0.7, 0.9], np.float32), (*size, 3)).copy()
    numbers = imager.counted("front", sensor, imager.seen_through_filters(sensor, light), 1.0, 0.0, stream(1))
    assert np.abs(imager.colours(sensor, numbers) - light).max() < 0.003  # shot noise of a million electrons
    with pytest.raises(SensorError, match="2 pixels"):
        CameraSpec.from_fov("x", -1, (0.0, 0.0, 0.0), (size[0], 1), 1.0, imager=sensor)


def test_the_mosaic_is_named_from_the_corner() -> None:
    """rggb: red at (0, 0), green beside and below, blue at (1, 1)."""
    image = np.broadcast_to(np.array([1.0, 2.0, 3.0], np.float32), (4, 6, 3))
    assert imager.mosaic(image, "rggb")[:2, :2].tolist() == [[1.0, 2.0], [2.0, 3.0]]
    assert imager.mosaic(image, "gbrg")[:2, :2].tolist() == [[2.0, 3.0], [1.0, 2.0]]


def test_a_grey_world_takes_a_tint_away() -> None:
    """Under red light a grey wall is grey after automatic white balance, and red with a fixed one."""
    tinted = np.broadcast_to(np.array([0.9, 0.6, 0.3], np.float32), (32, 32, 3)).copy()
    for cfa in ("rggb", "none"):
        sensor = Imager(gain=1.0, full_well_e=1e7, read_noise_e=0.0, bits=16, cfa=cfa)
        numbers = imager.counted("front", sensor, imager.seen_through_filters(sensor, tinted), 1.0, 0.0, stream(1))
        assert imager.colours(sensor, numbers).mean((0, 1)) == pytest.approx([0.9, 0.6, 0.3], abs=2e-3)
        balanced = imager.colours(replace(sensor, auto_white=True), numbers).mean((0, 1))
        assert balanced == pytest.approx([0.6, 0.6, 0.6], abs=2e-3)


def test_burnt_highlights_are_white() -> None:
    """Light beyond the full well of all colours comes out without a tint, although red pixels see half as much."""
    sensor = Imager(gain=1.0, bits=12, cfa="rggb", response=(0.5, 1.0, 0.6))
    light = np.full((16, 16, 3), 20.0, np.float32)
    out = imager.colours(
        sensor, imager.counted("x", sensor, imager.seen_through_filters(sensor, light), 1.0, 0.0, stream(1))
    )
    assert out == pytest.approx(WHITE, rel=0.01)


# ---- exposure in time ----------------------------------------------------------------------------------------------


def test_time_and_gain_are_those_of_photometry() -> None:
    """EV 10 at f/2, pixels of 3 um, QE 0.6: white is WHITE * 1.2 * 2^10 cd/m2, pi L / 16 lux on the sensor, 11,260
    photons a lux second and um2. The full well takes so long; where that is too long, gain makes up for it."""
    optics, sensor = Optics(f_number=2.0), Imager(full_well_e=9000.0, quantum_efficiency=0.6)
    per_second = math.pi * WHITE * 1.2 * 2.0**10 / 16.0 * 11_260 * 9.0 * 0.6
    time_s, gain = exposure.shot(10.0, 3e-6, optics, Shutter(longest_ns=50_000_000), sensor)
    assert time_s == pytest.approx(9000.0 / per_second) and gain == pytest.approx(1.0)
    short, more = exposure.shot(10.0, 3e-6, optics, Shutter(longest_ns=100_000), sensor)
    assert short == 1e-4 and short * more == pytest.approx(time_s * gain)
    assert exposure.shot(10.0, 3e-6, optics, Shutter(), replace(sensor, gain=3.0)) == (0.0, 3.0)
    for longest, time_of in ((50_000_000, time_s / 3.0), (30_000, 3e-5)):  # the least gain: a third of the electrons
        found, own = exposure.shot(10.0, 3e-6, optics, Shutter(longest_ns=longest), replace(sensor, gain=3.0))
        assert found == pytest.approx(time_of) and own * found == pytest.approx(time_s)


def test_times_fit_the_mains() -> None:
    """Under 50 hz lamps, which beat at 100 hz, times beyond 10 ms are whole beats and gain makes up for the rest."""
    optics, sensor = Optics(), Imager()
    shutter = Shutter(longest_ns=35_000_000, mains_hz=50.0)
    for ev in (-2.0, -1.0, 0.0, 1.0, 4.0, 12.0):
        free, one = exposure.shot(ev, 3e-6, optics, replace(shutter, mains_hz=0.0), sensor)
        time_s, gain = exposure.shot(ev, 3e-6, optics, shutter, sensor)
        beats = time_s * 100.0
        assert free < 0.01 or (beats == pytest.approx(round(beats), abs=1e-9) and 0.5 * free < time_s <= free)
        assert time_s * gain == pytest.approx(free * one)


def test_step_response_of_automatic_exposure() -> None:
    """The light grows by 4 stops with image 5, seen two images late: EV = 6 + 4 (1 - exp(-n T / tau)), n images after
    image 6; back down with another time constant. Without constants it is the metered value, late."""
    metered = [6.0] * 5 + [10.0] * 20
    shutter = Shutter(delay=2, darken_s=0.3, brighten_s=1.0)
    got = [exposure.followed_ev(metered[: k + 1], 0.1, shutter) for k in range(25)]
    n = np.maximum(np.arange(25) - 6, 0)
    assert got == pytest.approx(6.0 + 4.0 * (1.0 - np.exp(-n * 0.1 / 0.3)), abs=1e-12)
    down = [exposure.followed_ev([10.0 - v + 6.0 for v in metered[: k + 1]], 0.1, shutter) for k in range(25)]
    assert down == pytest.approx(10.0 - 4.0 * (1.0 - np.exp(-n * 0.1 / 1.0)), abs=1e-12)
    late = [exposure.followed_ev(metered[: k + 1], 0.1, Shutter(delay=3)) for k in range(25)]
    assert late == [6.0] * 8 + [10.0] * 17


def test_night_is_metered_by_what_is_lit() -> None:
    """A dark country road whose lower third is lit by low beams, a thousand times as bright as the rest: the mean of
    logarithms would burn it; 95 % of the pixels stay below 0.22 of white light. Where everything is about as bright,
    nothing is held back, and by day one stop where a fifteenth would burn out; there what is black counts for a
    fiftieth of the mean."""
    night = np.full((60, 80, 3), 2e-7, np.float32)
    night[40:] = 2e-4
    ev = exposure.metered_ev(night, 0.0)
    assert float(night[50, 0, 0]) * exposure.gain_of(ev) == pytest.approx(0.22, rel=1e-4)
    assert exposure.metered_ev(night, 1.0) == pytest.approx(ev - 1.0)
    day = np.full((60, 80, 3), 1e-3, np.float32)
    day[53:] = 2.0
    for light, held_back, least in ((day, 1.0, 0.02), (np.full((60, 80, 3), 2e-6, np.float32), 0.0, 0.0)):
        seen = light[::4, ::4].mean(-1).astype(float)
        level = float(np.exp(np.log(np.maximum(seen, least * seen.mean()) + 1e-8).mean())) * 1e5 / math.pi
        raw = math.log2(level * 8.0)
        usual = max(raw + np.interp(raw, *_LEFT_DARK), -3.0)
        assert exposure.metered_ev(light, 0.0) == pytest.approx(usual + held_back, abs=1e-3)


def test_black_gaps_do_not_burn_a_glade() -> None:
    """Half of the pixels black, the others L: the mean m is L / 2, black counts for m / 50 = L / 100, and the
    log-average is L / 10: log2(10) EV below the even image's, whatever the depth of the black."""
    even, holes = np.full((64, 64, 3), 1.0, np.float32), np.full((64, 64, 3), 1.0, np.float32)
    for black in (0.0, 1e-6, 1e-3):
        holes[::8] = black
        assert exposure.metered_ev(even, 0.0) - exposure.metered_ev(holes, 0.0) == pytest.approx(
            math.log2(10.0), abs=5e-3
        )


_LEFT_DARK = (-1.0, 2.0, 5.0, 8.0, 12.0), (2.5, 2.4, 2.1, 1.5, 0.0)


def test_white_is_where_the_curve_ends() -> None:
    """The last level of the tone curve is reached at WHITE, within a slot."""
    assert exposure.developed(np.array([WHITE]))[0] == 255 and exposure.developed(np.array([0.98 * WHITE]))[0] == 254
