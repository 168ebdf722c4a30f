"""Cameras with a lens and a sensor of their own, from the text of a scenario to the dataset."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import simengine
from simengine.datasets.calibration import calibration_of, sensors_from
from simengine.engine.catalogue import libraries
from simengine.engine.darkroom import Meter
from simengine.engine.shutter import exposed
from simengine.errors import SensorError
from simengine.language import parse_text
from simengine.render.protocol import CameraReading, Instants, NoiseKey
from simengine.sensors import exposure, imager
from simengine.sensors.imaging import Imager, Optics, Shutter
from simengine.sensors.specs import CameraSpec
from simengine.world.state import WorldState
from simengine.world.weather import Environment, Interior

TEXT = """use driving
scenario t:
    world street(length = 60 m)
    car ego on lane(1) at s(10 m)
    stop after 0.1 s
    sensor front on ego = camera(size = (96, 64)):
        {lines}
    record front: {channels} at 10 hz
"""
EVERYTHING = """vignetting = natural
        vignetting.a1 = -0.1
        chromatic.red = 0.004
        lens.f_number = 1.4
        lens.focal_length = 16 mm
        lens.focus = 8 m
        glare.share = 0.03
        exposure.time = 8 ms
        exposure.mains = 50 hz
        exposure.delay = 1
        exposure.darken = 0.3 s
        imager.cfa = rggb
        imager.red = 0.5
        imager.prnu = 0.01
        imager.dsnu = 2
        imager.serial = 12"""


def episode(lines: str, channels: str = "rgb") -> list[Any]:
    program = parse_text(TEXT.format(lines=lines, channels=channels), libraries=libraries())[0]
    return list(next(iter(simengine.episodes(program, 1, seed=2))))


def test_every_property_reaches_the_picture_and_the_dataset(tmp_path: Path) -> None:
    """All of it at once: raw numbers are those of the sensor, the picture is what the camera makes of them, and a
    dataset has the same raw numbers, picture and calibration."""
    live, file = episode(EVERYTHING, "rgb, raw, radiance"), tmp_path / "t.scn"
    file.write_text(TEXT.format(lines=EVERYTHING, channels="rgb, raw, radiance"))
    simengine.run(simengine.RunOptions(str(file), tmp_path / "out", variants=1, seed=2))
    stored = next(iter(simengine.Dataset.open(tmp_path / "out").episodes))
    for a, b in zip(live, stored, strict=True):
        a, b = a["front"], b["front"]
        assert a["raw"].dtype == np.uint16 and a["raw"].shape == (64, 96) and 256 <= np.median(a["raw"]) < 4096
        for channel in ("rgb", "raw", "radiance"):
            assert np.array_equal(a[channel], b[channel])
        assert np.array_equal(a["rgb"], exposure.developed(imager.colours(a.spec.imager, a["raw"])))
        assert all(getattr(a.spec, part) == getattr(b.spec, part) for part in ("optics", "shutter", "imager"))
    spec = live[0]["front"].spec
    assert spec.optics.focus_m == 8.0 and spec.shutter.mains_hz == 50.0 and spec.imager.serial == 12


def test_a_camera_without_any_of_it_is_the_renderers_own() -> None:
    """The picture that the engine develops of a perfect camera is the renderer's, to a level: one tone curve, one
    exposure."""
    plain, made = (
        episode("yaw = 0 deg")[0]["front"],
        episode("exposure.delay = 1\n        lens.f_number = 4")[0]["front"],
    )
    assert not plain.spec.physical and made.spec.physical
    assert made.exposure_ev == pytest.approx(plain.exposure_ev, abs=0.1)  # metered in a small picture
    light, ev = episode("exposure_ev = 0", "rgb, radiance")[0]["front"], plain.exposure_ev
    ours = exposure.developed(light["radiance"] * np.float32(exposure.gain_of(ev)))
    assert np.abs(ours.astype(int) - plain["rgb"]).max() <= 1


class Flat:
    """A renderer of a wall whose light is a function of time."""

    name = "flat"

    def __init__(self, light: Any) -> None:
        self.light, self.scene = light, type("Scene", (), {"environment": Environment()})()

    def camera(self, spec: CameraSpec, instants: Instants, channels: Any, noise: NoiseKey) -> CameraReading:
        shape = (spec.height_px, spec.width_px, 3)
        images = {"radiance": np.full(shape, self.light(instants.start.time_ns), np.float32)}
        return CameraReading(spec, instants.start.time_ns, np.eye(4), {c: images[c] for c in channels})


class Times:
    """Nothing moves."""

    def state_at(self, time_ns: int) -> WorldState:
        still, none = np.zeros((0, 3)), np.zeros(0, np.int64)
        return WorldState(time_ns, still, np.zeros((0, 4)), still, still, np.zeros(0), none, np.zeros(0, np.bool_))


def test_exposure_follows_a_step_of_light_whoever_asks_first() -> None:
    """16 times the light from image 5 on: the metered value jumps, and two images later the exposure follows,
    1 - exp(-0.1 / 0.3) of what is left at each. Image 20 alone gives the same as after all before it."""
    renderer: Any = Flat(lambda t: 0.02 * (16.0 if t >= 500_000_000 else 1.0))
    spec = CameraSpec.from_fov("x", -1, (0, 0, 0), (32, 24), 1.0, shutter=Shutter(delay=2, darken_s=0.3))
    states = Times()

    def ev(k: int, meter: Meter | None) -> float:
        state = states.state_at(k * 100_000_000)
        return exposed(renderer, states, spec, Instants(state, state), ("rgb",), NoiseKey(1, 0, k), meter).exposure_ev

    meter = Meter(states)
    got = np.array([ev(k, meter) for k in range(21)])
    low, high = got[0], exposure.metered_ev(np.full((8, 8, 3), 0.32, np.float32), 0.0)
    n = np.maximum(np.arange(21) - 6, 0)
    assert got == pytest.approx(high + (low - high) * np.exp(-n / 3.0), abs=1e-6)
    assert high - low > 3.0
    assert ev(20, None) == got[20] and ev(3, None) == got[3]


def test_noise_of_a_flat_wall_is_that_of_its_electrons() -> None:
    """A fixed exposure and gain: a wall scatters by shot and read noise, and glare leaves it alone."""
    renderer: Any = Flat(lambda t: 1.0 / exposure.gain_of(12.0))
    spec = CameraSpec.from_fov(
        "x", -1, (0, 0, 0), (200, 150), 1.0, exposure_auto=False, exposure_ev=12.0, imager=Imager(gain=4.0, cfa="mono"),
        optics=Optics(glare=0.1),
    )  # fmt: skip
    state = Times().state_at(0)
    raw = exposed(renderer, Times(), spec, Instants(state, state), ("raw",), NoiseKey(1, 0, 0)).channels["raw"]
    electrons, conversion = 10_000.0 / (4.0 * exposure.WHITE), imager.conversion_gain(spec.imager, 4.0)
    assert raw.mean() == pytest.approx(256.0 + conversion * electrons, rel=2e-3)
    assert raw.std() == pytest.approx(conversion * np.sqrt(electrons + 25.0 + 1.0 / 12.0), rel=0.02)


def bands(exposure_ms: float, mains_hz: float = 0.0) -> tuple[np.ndarray, float]:
    """Mean number of each row of a wall under lamps of 100 hz, read over 50 ms, and the exposure time."""
    renderer: Any = Flat(lambda t: 0.5 / exposure.gain_of(2.0))
    hall = Interior(flicker_hz=100.0, flicker_depth=0.4)
    renderer.scene = type("Scene", (), {"environment": Environment(interior=hall)})()
    shutter = Shutter(longest_ns=round(exposure_ms * 1e6), mains_hz=mains_hz)
    spec = CameraSpec.from_fov(
        "x", -1, (0, 0, 0), (2000, 100), 1.0, exposure_auto=False, exposure_ev=2.0, readout_ns=50_000_000,
        shutter=shutter, imager=Imager(gain=1.0, cfa="mono", read_noise_e=0.0),
    )  # fmt: skip
    states = Times()
    state = states.state_at(0)
    raw = exposed(renderer, states, spec, Instants(state, state), ("raw",), NoiseKey(1, 0, 0)).channels["raw"]
    pixel_m = spec.optics.focal_length_m / spec.fx_px
    return raw.mean(1) - 256.0, exposure.shot(2.0, pixel_m, spec.optics, shutter, spec.imager)[0]


def test_lamps_make_bands_and_fitted_exposures_do_not() -> None:
    """Rows of a wall under lamps of 1 + 0.4 cos(2 pi 100 hz t), each the mean over its own exposure T: the cosine
    in its middle, when the row is read, times sin(x) / x, x = pi 100 hz T. With mains of 50 hz an exposure of 10 ms or
    more is a whole number of periods, and the bands are gone. (A row is 2000 pixels of 60 electrons and more: its mean
    has a shot noise of 0.3 %.)"""
    row_s = (np.arange(100) + 0.5) / 100 * 0.05
    for longest in (2.0, 15.0):
        rows, time_s = bands(longest)
        assert time_s == longest / 1e3
        x = math.pi * 100.0 * time_s
        expected = 1.0 + 0.4 * math.sin(x) / x * np.cos(2.0 * math.pi * 100.0 * row_s)
        assert rows / rows.mean() == pytest.approx(expected / expected.mean(), abs=0.012)
    rows, time_s = bands(15.0, 50.0)
    assert time_s == pytest.approx(0.01) and rows / rows.mean() == pytest.approx(1.0, abs=0.012)


def test_what_has_no_raw_numbers_says_what_to_set() -> None:
    """A perfect camera has none, nor has one with a sensor for each colour."""
    renderer: Any = Flat(lambda t: 0.1)
    state = Times().state_at(0)
    spec = CameraSpec.from_fov("x", -1, (0, 0, 0), (32, 24), 1.0)
    for one in (spec, replace(spec, imager=Imager(gain=1.0)), replace(spec, imager=Imager(cfa="rggb"))):
        with pytest.raises(
            SensorError, match=r"raw numbers: they need an 'imager\.cfa'.* 'noise\.gain' or 'exposure\.time'"
        ):
            exposed(renderer, Times(), one, Instants(state, state), ("raw",), NoiseKey(1, 0, 0))


def test_calibrations_of_earlier_versions_read() -> None:
    """They know no lens or sensor, and call the gain noise_gain."""
    spec = CameraSpec.from_fov("x", -1, (0, 0, 0), (32, 24), 1.0, imager=Imager(gain=3.0))
    (entry,) = calibration_of([spec]).values()
    for part in ("optics", "shutter", "imager"):
        del entry[part]  # type: ignore[attr-defined]
    read = json.loads(json.dumps({"x": {**entry, "noise_gain": 3.0}}))  # type: ignore[dict-item]
    back = sensors_from(read, "file")["x"]
    assert isinstance(back, CameraSpec) and back.imager == Imager(gain=3.0) and back.optics == Optics()
