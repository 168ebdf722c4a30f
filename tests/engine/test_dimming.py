"""LEDs dimmed by switching, against sums over time and on rows of a rolling shutter."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from simengine.engine.shutter import exposed
from simengine.render.dimming import share_in
from simengine.render.opening import open_renderer
from simengine.render.protocol import Instants, RenderOptions
from simengine.sensors.imaging import Optics, Shutter
from simengine.world.lamps import Lamp
from simengine.world.materials import Material
from simengine.world.scene import Glow
from simengine.world.weather import Environment
from tests.renderers.simple_scenes import NOISE, block, camera, scene_of, state_of


@pytest.mark.parametrize(("lasting_s", "hz", "duty"), [(0.001, 90.0, 0.3), (0.004, 400.0, 0.1), (0.03, 120.0, 0.5)])
def test_an_exposure_gets_what_lies_in_it(lasting_s: float, hz: float, duty: float) -> None:
    """A million instants of the exposure, of which each is in a flash or not."""
    start, phase = np.linspace(0.0, 0.05, 23), 0.37
    t = start[:, None] + lasting_s * (np.arange(20_000) + 0.5) / 20_000
    expected = ((t * hz + phase) % 1.0 < duty).mean(-1) / duty
    got = share_in(start, lasting_s, np.full(23, hz), duty, np.full(23, phase))
    np.testing.assert_allclose(got, expected, rtol=0, atol=1.5 / 20_000 / duty * 3)
    assert share_in(start, 7.0 / hz, np.full(23, hz), duty, np.full(23, phase)) == pytest.approx(1.0)


def test_rows_of_a_lamp_flash_and_its_surroundings_do_not() -> None:
    """A plate that shines, seen by all rows: 8 ms of readout are two periods at 250 hz, and of 64 rows 16 are
    exposed (so bright is it, for microseconds) while it is on for a quarter of each. What does not shine stays as it
    is, and a camera whose exposure has no time sees the mean."""
    red = Material("lamp", (0.02,) * 3, 0.9, emission=(0.6, 0.0, 0.0))
    lamp = block("sign", (0.1, 6.0, 30.0), material=replace(red, name="off", emission=(0.0,) * 3))
    plate = replace(lamp, glows={"off": (Glow(red, int(Lamp.RED)),)})
    plain = scene_of([plate], environment=Environment(math.radians(-20.0)))
    state = state_of(plain, [(10.0, 0.0, -15.0)])
    state.lamps[:] = int(Lamp.RED)
    spec = replace(
        camera(48, 64), readout_ns=8_000_000, exposure_auto=False, exposure_ev=13.0, shutter=Shutter(1_000_000),
        optics=Optics(focal_length_m=2e-4),
    )  # fmt: skip
    world = type("Still", (), {"state_at": lambda self, t: replace(state, time_ns=t)})()
    seen = {}
    for name, hz in (("steady", 0.0), ("switched", 250.0)):
        scene = replace(plain, environment=replace(plain.environment, lamp_pwm_hz=hz, lamp_duty=0.25))
        renderer = open_renderer("raytrace", scene, RenderOptions(threads=1))
        instants = Instants(state, state)
        seen[name] = exposed(renderer, world, spec, instants, ("rgb", "instance"), NOISE).channels
        untimed = exposed(renderer, world, replace(spec, shutter=Shutter(delay=1)), instants, ("rgb",), NOISE)
        seen[name + " untimed"] = untimed.channels
        renderer.close()
    on = seen["steady"]["instance"] >= 0
    steady, switched = (seen[n]["rgb"].astype(float) for n in ("steady", "switched"))
    rows = switched[:, 24, 0]
    dark, bright = rows < 30.0, rows > steady[:, 24, 0] + 3.0
    assert abs(dark.sum() - 48) <= 2 and abs(bright.sum() - 16) <= 2
    assert np.count_nonzero(np.diff(dark.astype(int)) == 1) == 2
    assert np.abs((switched - steady)[~on]).max() < 30.0  # noise of the sensor alone
    assert np.array_equal(seen["steady untimed"]["rgb"], seen["switched untimed"]["rgb"])
