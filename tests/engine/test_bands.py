"""Thermal and near-infrared cameras from the text of a scenario to the dataset."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import simengine
from simengine.engine.catalogue import libraries
from simengine.engine.shutter import exposed
from simengine.errors import ProgramError, UsageError
from simengine.language import parse_text
from simengine.render.opening import open_renderer
from simengine.render.protocol import Instants, RenderOptions
from simengine.sensors.imaging import Infrared
from simengine.sensors.planck import radiance_of, temperature_of
from simengine.sensors.specs import CameraSpec
from simengine.sensors.thermal import radiance_from
from simengine.world.materials import Material
from simengine.world.taxonomy import CLASS_ID
from simengine.world.weather import Environment
from tests.renderers.simple_scenes import NOISE, block, scene_of, state_of

TEXT = """use driving
scenario t:
    world street(length = 60 m):
        {weather}
    car ego on lane(1) at s(10 m)
    car lead on lane(1) at s(24 m)
    pedestrian kid on lane(1) ahead of ego by 5 m facing 90 deg
    stop after 0.1 s
    sensor front on ego = camera(size = (96, 72)):
        {lines}
    record front: {channels} at 10 hz
"""
NIGHT = "sun.elevation = -20 deg\n        air.temperature = 5 C"


def text(weather: str, lines: str, channels: str) -> str:
    return TEXT.format(weather=weather, lines=lines, channels=channels)


def first(weather: str, lines: str, channels: str, **options: Any) -> Any:
    program = parse_text(text(weather, lines, channels), libraries=libraries())[0]
    return next(iter(next(iter(simengine.episodes(program, 1, seed=2, max_frames=1, **options)))))["front"]


def test_a_person_at_night_is_the_brightest_thing(tmp_path: Path) -> None:
    """Skin and clothes are above the street and the cold sky in the picture, in the numbers, and in the truth; what the
    numbers stand for is within noise, air and emissivity of it. A dataset has the same, and the camera's settings."""
    lines = "band = lwir\n        thermal.netd = 0.1 K\n        imager.serial = 3"
    channels = "rgb, raw, temperature, radiance, semantic"
    shot = first(NIGHT, lines, channels)
    person = np.isin(shot["semantic"], [CLASS_ID["adult"], CLASS_ID["child"]])
    road, sky = shot["semantic"] == CLASS_ID["road"], shot["semantic"] == CLASS_ID["sky"]
    for channel in ("temperature", "raw", "rgb"):
        seen = shot[channel].reshape(72, 96, -1)[..., 0].astype(float)
        assert np.median(seen[person]) > np.median(seen[road]) > np.median(seen[sky])
    assert shot.spec.imager.bits == 14 and shot["raw"].max() < 2**14
    apparent = temperature_of(radiance_from(shot.spec, shot["raw"]))
    assert np.abs(np.median((apparent - shot["temperature"])[person])) < 1.5
    exact = radiance_from(shot.spec, shot["raw"]) - shot["radiance"][..., 0]
    assert exact.std() == pytest.approx(0.1 * float(np.diff(radiance_of(np.array([299.5, 300.5])))[0]), rel=0.05)
    file = tmp_path / "t.scn"
    file.write_text(text(NIGHT, lines, channels))
    simengine.run(simengine.RunOptions(str(file), tmp_path / "out", variants=1, seed=2, max_frames=1))
    stored = next(iter(next(iter(simengine.Dataset.open(tmp_path / "out").episodes))))["front"]
    assert stored.spec.band == "lwir" and stored.spec.infrared == Infrared(netd_k=0.1)
    assert all(np.array_equal(shot[c], stored[c]) for c in channels.split(", "))


def test_rolling_rows_and_drops_on_the_lens() -> None:
    """Rows of their own times, and water that is black and as warm as the air: nearer to it than without."""
    plain, rolled = (
        first(NIGHT, f"band = lwir{more}", "rgb, raw") for more in ("", "\n        rolling_shutter = 8 ms")
    )
    assert plain["raw"].shape == rolled["raw"].shape and (plain["raw"] == rolled["raw"]).mean() > 0.05
    drops = first(NIGHT, "band = lwir\n        lens.droplets = 0.6", "radiance")["radiance"]
    air = float(radiance_of(np.array(278.15)))
    clear = first(NIGHT, "band = lwir", "radiance")["radiance"]
    assert np.abs(drops - air).mean() < 0.8 * np.abs(clear - air).mean()


def test_grass_and_leaves_are_bright_in_the_near_infrared() -> None:
    """The red edge: plants outshine asphalt there though not to the eye, the blue sky is darker, and nothing has a
    colour."""
    weather = "sun.elevation = 50 deg\n        cloud = 0"
    seen = {b: first(weather, f"band = {b}", "rgb, radiance, semantic") for b in ("visible", "nir")}
    levels = {b: {c: shot["radiance"][shot["semantic"] == CLASS_ID[c]].mean() for c in ("vegetation", "road", "sky")}
              for b, shot in seen.items()}  # fmt: skip
    assert levels["nir"]["vegetation"] > 2.0 * levels["visible"]["vegetation"]
    assert levels["nir"]["sky"] < 0.6 * levels["visible"]["sky"]
    assert np.ptp(seen["nir"]["rgb"], axis=-1).max() == 0


@pytest.mark.parametrize("retro", [0.0, 300.0])
def test_the_camera_s_own_lamp_by_the_law_of_distance(retro: float) -> None:
    """A wall with a reflectance of 0.5 that faces the camera on the darkest night: I / r^2 of light of which 40 W / m2
    are 1, times 0.5, and so many times more of a retroreflector."""
    wall = Material("wall", (0.1, 0.1, 0.1), 0.9, specular=0.0, nir=0.5, retro=retro)
    spec = CameraSpec.from_fov(
        "n", -1, (0, 0, 1.0), (16, 12), 0.02, band="nir", infrared=Infrared(illuminator_wpsr=8.0)
    )
    dark = replace(spec, infrared=Infrared())
    for distance in (10.0, 20.0):
        scene = scene_of([block("w", (1.0, 8.0, 8.0), material=wall)], environment=Environment(math.radians(-40.0)))
        state = state_of(scene, [(distance + 0.5, 0.0, -3.0)])
        renderer, instants = open_renderer("raytrace", scene, RenderOptions(threads=1)), Instants(state, state)
        lit, unlit = (
            exposed(renderer, None, s, instants, ("radiance",), NOISE).channels["radiance"] for s in (spec, dark)
        )  # fmt: skip
        renderer.close()
        expected = 8.0 / 40.0 / distance**2 * 0.5 * (1.0 + retro)
        np.testing.assert_allclose(lit - unlit, expected, rtol=1e-3)


def test_fog_throws_the_lamp_back() -> None:
    scene = scene_of(environment=Environment(math.radians(-40.0), fog_visibility_m=60.0))
    spec = CameraSpec.from_fov("n", -1, (0, 0, 1.0), (8, 6), 0.2, band="nir", infrared=Infrared(illuminator_wpsr=8.0))
    state = state_of(scene, [])
    renderer, instants = open_renderer("raytrace", scene, RenderOptions(threads=1)), Instants(state, state)
    lit = exposed(renderer, None, spec, instants, ("radiance",), NOISE).channels["radiance"].mean()
    dark = exposed(renderer, None, replace(spec, infrared=Infrared()), instants, ("radiance",), NOISE)
    assert lit > dark.channels["radiance"].mean() + 1e-4
    renderer.close()


def test_who_cannot_says_so() -> None:
    with pytest.raises(ProgramError, match="perfect in this version"):
        first(NIGHT, "band = lwir\n        glare.share = 0.1", "rgb")
    with pytest.raises(UsageError, match="use raytrace"):
        first(NIGHT, "band = nir", "rgb", renderer="reference")
