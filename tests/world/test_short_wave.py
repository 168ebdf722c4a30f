"""Reflectances at 1550 nm: what holds water is dark, minerals are not, and a LiDAR of that light sees it so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simengine.datasets.calibration import calibration_of, sensors_from
from simengine.engine.cast import build_scene
from simengine.engine.catalogue import libraries
from simengine.engine.sensing import sensor_specs
from simengine.engine.variation import Variation
from simengine.language import check_text
from simengine.render.opening import open_renderer
from simengine.render.protocol import Instants, NoiseKey, RenderOptions
from simengine.sensors.specs import LidarSpec
from simengine.world.materials import Material
from simengine.world.short_wave import reflectance_1550, short_wave
from simengine_scenes import palette


def test_what_holds_water_is_dark():
    """Bands of the USGS library: green leaves fall to 50..70 % of their plateau at 900 nm, skin to a third, snow of
    medium grain to a tenth or less; asphalt and concrete gain a little. Nothing leaves 0..1."""
    grass, asphalt = reflectance_1550(palette.GRASS) / palette.GRASS.nir, reflectance_1550(palette.ASPHALT)
    assert 0.5 < grass < 0.7 and 1.0 < asphalt / palette.ASPHALT.nir < 1.3
    assert reflectance_1550(palette.SKIN[0]) < 0.4 * palette.SKIN[0].nir
    assert reflectance_1550(Material("snow", (0.9, 0.9, 0.9), nir=0.9)) < 0.1
    assert reflectance_1550(Material("white_tyre", (0.9, 0.9, 0.9), nir=0.95, substance="rubber")) == 1.0
    assert reflectance_1550(replace(palette.GRASS, swir=0.21)) == 0.21


TEXT = """use driving
scenario two_lights "Two LiDARs of different light":
    world street(length = 60 m)
    car ego on lane(1) at s(20 m)
    do:
        ego.drive(speed = 5 m/s)
    stop after 0.2 s
    sensor near on ego = lidar(channels = 16, columns = 256, range = 60 m)
    sensor short on ego = lidar(channels = 16, columns = 256, range = 60 m, band = swir)
    record near: points, intensity at 10 hz
    record short: points, intensity at 10 hz
"""


@pytest.mark.parametrize("renderer", ["raytrace", "reference"])
def test_lidars_of_both_lights_see_their_own_reflectances(renderer: str):
    """The same rays without noise: where both see the road, the intensity at 1550 nm is that at 905 nm times what the
    mineral has more (1.12), for every one of the points."""
    (program,) = check_text(TEXT, libraries=libraries()).programs
    (run,) = Variation(program, 0, "random").simulate([0])
    scene = build_scene(program, run.scenario, libraries(), 0)
    near, short = sensor_specs(program, run.scenario, scene)
    assert isinstance(near, LidarSpec) and isinstance(short, LidarSpec) and (near.band, short.band) == ("nir", "swir")
    state = run.trace.on(scene).state_at(0)
    opened = open_renderer(renderer, scene, RenderOptions())
    try:
        quiet = {"range_noise_m": 0.0, "reference_range_m": 2000.0}
        scans = [
            opened.lidar(replace(s, name="one", **quiet), Instants(state, state), NoiseKey(0, 0, 0)).points  # type: ignore[arg-type]
            for s in (near, short)
        ]
    finally:
        opened.close()
    seen = [
        {
            (int(r), int(c)): float(i)
            for r, c, i, s in zip(p["ring"], p["column"], p["intensity"], p["semantic"], strict=True)
            if s == 1
        }
        for p in scans
    ]
    both = sorted(seen[0].keys() & seen[1].keys())
    assert len(both) > 50
    ratio = np.array([seen[1][k] / seen[0][k] for k in both])
    assert np.median(ratio) == pytest.approx(1.12, rel=0.01)
    assert sensors_from(calibration_of((short,)), "here")["short"].band == "swir"  # type: ignore[union-attr]
    darker = short_wave(scene).materials
    assert [m.name for m in darker] == [m.name for m in scene.materials]
