"""Heat of surfaces and what of it reaches a camera: laws of cavities, sums on paper, orders that everybody knows."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from simengine.geometry import transforms as tf
from simengine.render import heat
from simengine.render.protocol import CameraReading, Instants, NoiseKey, RenderOptions
from simengine.render.temperatures import NEEDED, air_extinction_per_m, incoming_radiance, sky_radiance, temperatures
from simengine.sensors.planck import band_radiance, temperature_of
from simengine.world.materials import Material
from simengine.world.scene import Scene
from simengine.world.weather import Environment, Interior
from simengine_renderers import reference
from tests.renderers.simple_scenes import block, camera, scene_of, state_of

NIGHT = Environment(math.radians(-30.0), cloud=0.0)
STEEL = Material("steel", (0.6, 0.6, 0.6), 0.9, metalness=1.0)
ASPHALT = Material("asphalt", (0.1, 0.1, 0.1), 0.9, nir=0.15)


def plate(material: Material, environment: Environment, ahead_m: float = 5.0) -> tuple[Scene, CameraReading]:
    """A flat box, 40 m wide, and a camera 2 m above it that looks down at its middle."""
    scene = scene_of(fixed=[(block("plate", (40.0, 40.0, 0.1), material=material), np.eye(4))], environment=environment)
    spec = camera(8, 6, height_m=ahead_m + 0.1)
    down = tf.compose(
        spec.entity_from_camera, tf.matrix_from_pose(np.zeros(3), tf.quaternion_about((1, 0, 0), -math.pi / 2))
    )
    spec = replace(spec, entity_from_camera=down, fx_px=400.0, fy_px=400.0)
    state = state_of(scene, [])
    renderer = reference.open_renderer(scene, RenderOptions())
    return scene, renderer.camera(spec, Instants(state, state), NEEDED, NoiseKey(0, 0, 0))


@pytest.mark.parametrize("material", [STEEL, ASPHALT, Material("window_glass", (0.03,) * 3, 0.03)])
def test_in_a_cavity_of_one_temperature_everything_has_it(material: Material) -> None:
    """Kirchhoff: what a surface does not send out it mirrors, and the walls are as warm as it; no emissivity shows."""
    hall = Environment(air_k=295.0, interior=Interior())
    scene, image = plate(material, hall)
    assert image.channels["material"].min() >= 0
    np.testing.assert_allclose(temperatures(scene, image), 295.0, atol=1e-3)
    np.testing.assert_allclose(temperature_of(incoming_radiance(scene, image)), 295.0, atol=1e-3)


@pytest.mark.parametrize("material", [STEEL, ASPHALT])
def test_radiance_is_that_of_surface_sky_and_air(material: Material) -> None:
    """e B(T) of the plate and 1 - e of the zenith, through five metres of air as warm as the rest."""
    scene, image = plate(material, NIGHT)
    kelvin, e = float(temperatures(scene, image).mean()), heat.emissivity(material)
    sent = e * float(band_radiance(np.array(kelvin))) + (1.0 - e) * float(sky_radiance(NIGHT, np.array(1.0)))
    kept = math.exp(-5.0 * air_extinction_per_m(NIGHT))
    expected = sent * kept + (1.0 - kept) * float(band_radiance(np.array(NIGHT.air_k)))
    np.testing.assert_allclose(incoming_radiance(scene, image), expected, rtol=2e-4)  # rays lean by a hundredth
    apparent = float(temperature_of(incoming_radiance(scene, image)).mean())
    assert apparent < kelvin - (30.0 if material is STEEL else 0.5)  # bare metal mirrors the cold sky


def test_air_passes_what_tables_say() -> None:
    """A kilometre in the middle latitudes: about 0.77 in summer (21 C, 14 g/m3 of water), 0.90 in winter (-1 C, 3.5);
    fog of 305 m as dense as for the eye, of 1.2 km five times as clear."""
    summer, winter = Environment(air_k=294.2, humidity=0.76), Environment(air_k=272.2, humidity=0.77)
    assert math.exp(-1000.0 * air_extinction_per_m(summer)) == pytest.approx(0.77, abs=0.02)
    assert math.exp(-1000.0 * air_extinction_per_m(winter)) == pytest.approx(0.90, abs=0.02)
    for visibility, share in ((100.0, 1.0), (305.0, 1.0), (1220.0, 0.2)):
        fog = replace(winter, fog_visibility_m=visibility)
        added = air_extinction_per_m(fog) - air_extinction_per_m(winter)
        assert added == pytest.approx(share * math.log(20.0) / visibility, rel=1e-6)


def test_the_sky_is_cold_and_less_so_with_water_clouds_and_low_down() -> None:
    def kelvin(up: float, **weather: float) -> float:
        return float(temperature_of(sky_radiance(replace(NIGHT, **weather), np.array(up))))

    assert 200.0 < kelvin(1.0) < 255.0 and kelvin(0.0) == pytest.approx(NIGHT.air_k, abs=0.5)
    assert kelvin(1.0, humidity=0.2) < kelvin(1.0) < kelvin(1.0, humidity=0.95) < kelvin(1.0, cloud=1.0) < NIGHT.air_k
    assert kelvin(1.0) < kelvin(0.3) < kelvin(0.1)


def test_the_ground_follows_sun_cloud_rain_and_night() -> None:
    """Asphalt: some 20 K above the air under a high sun, near it at night, and rain evens out."""

    def excess(**weather: float) -> float:
        environment = replace(Environment(math.radians(60.0), cloud=0.0), **weather)
        scene, image = plate(ASPHALT, environment)
        return float(temperatures(scene, image).mean()) - environment.air_k

    noon, low, dull, wet, night = (
        excess(), excess(sun_elevation_rad=math.radians(20.0)), excess(cloud=1.0), excess(rain_mmph=10.0),
        excess(sun_elevation_rad=math.radians(-30.0)),
    )  # fmt: skip
    assert 15.0 < noon < 28.0
    assert noon > low > dull > wet and abs(wet) < 3.0 and 0.0 < night < 5.0


def test_bodies_and_engines_are_warmer_than_the_air() -> None:
    """Skin 33 C in the warm; cloth between it and the air; dressed for the cold, less of it shows. Tyres of a running
    car are warm, those of a parked one are not."""
    skin, cloth, tyre = (Material(n, (0.3,) * 3) for n in ("skin_1", "cloth_navy", "rubber"))
    mild, cold = Environment(air_k=293.15), Environment(air_k=268.15)
    assert mild.air_k + heat.own_heat_k(skin, mild, False) == pytest.approx(306.15)
    for environment in (mild, cold):
        assert heat.own_heat_k(skin, environment, False) > heat.own_heat_k(cloth, environment, False) > 3.0
    ratio = [heat.own_heat_k(cloth, e, False) / heat.own_heat_k(skin, e, False) for e in (mild, cold)]
    assert ratio[0] > 1.5 * ratio[1]
    assert heat.own_heat_k(tyre, mild, True) > 5.0 > heat.own_heat_k(tyre, mild, False)
