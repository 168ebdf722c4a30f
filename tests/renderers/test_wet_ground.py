"""LiDARs and lamps beside a lens over wet ground: one formula, in all renderers and lights."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from simengine.geometry import transforms as tf
from simengine.render.near_infrared import near_infrared_light
from simengine.render.opening import open_renderer
from simengine.render.protocol import Instants, RenderOptions
from simengine.sensors.imaging import Infrared
from simengine.world.enclosure import Enclosure
from simengine.world.scene import Scene
from simengine.world.weather import Environment
from simengine.world.wetness import damp, film_depth, wet_shares
from simengine_scenes import palette
from tests.renderers.simple_scenes import NOISE, block, camera, lidar, scene_of, state_of

DOWN = tuple(np.radians([-4.0, -8.0, -20.0, -45.0]))


@cache
def road(wetness: float, inside: bool = False) -> Scene:
    """Slabs of asphalt and of paint, 2 m high, so that their tops are at z = 0, and a wall of bricks beyond them."""
    fixed = [
        (block("road", (200.0, 100.0, 2.0), "road", palette.ASPHALT), tf.translation([0.0, -50.0, -2.0])),
        (block("paint", (200.0, 100.0, 2.0), "lane_marking", palette.MARKING), tf.translation([0.0, 50.0, -2.0])),
        (block("wall", (0.4, 60.0, 4.0), "wall", palette.FACADES[5]), tf.translation([22.0, 0.0, 0.0])),
    ]
    bore = Enclosure(np.array([[-90.0, 0.0, 0.0], [90.0, 0.0, 0.0]]), 6.0, 6.0, 60.0, np.zeros((2, 3)))
    return replace(
        scene_of(fixed=fixed, environment=Environment(wetness=wetness)), enclosures=(bore,) if inside else ()
    )


def points(renderer: str, wetness: float, band: str = "nir", inside: bool = False) -> dict[str, np.ndarray]:
    scene = road(wetness, inside)
    spec = replace(lidar(DOWN, 180, height_m=2.0), reference_range_m=4000.0, band=band)
    opened = open_renderer(renderer, scene, RenderOptions())
    try:
        state = state_of(scene, [])
        return dict(opened.lidar(spec, Instants(state, state), NOISE).points)
    finally:
        opened.close()


@pytest.mark.parametrize("renderer", ["raytrace", "reference"])
@pytest.mark.parametrize("band", ["nir", "swir"])
def test_each_echo_of_wet_ground_is_its_share_of_the_dry_one(renderer: str, band: str) -> None:
    """The same shots at the same ranges; intensities of asphalt and of paint have the shares that the formula gives for
    the place, the angle and the reflectance; the upright wall, on which no water stands, loses nothing."""
    dry, wet = points(renderer, 0.0, band), points(renderer, 1.0, band)
    assert np.array_equal(dry["range"], wet["range"])
    for instance, material in ((0, palette.ASPHALT), (1, palette.MARKING)):
        mine = dry["instance"] == instance
        x, y = dry["xyz"][mine, :2].astype(np.float64).T
        up, cosine = np.ones(mine.sum()), 2.0 / dry["range"][mine].astype(np.float64)
        nir = np.full(mine.sum(), material.nir * (1.12 if band == "swir" else 1.0))
        under = damp(1.0, np.full(mine.sum(), int(material.pattern)), up, x, y)
        matt, beads = wet_shares(under, cosine, nir, film_depth(band))
        share = (matt + material.retro * beads) / (1.0 + material.retro)
        kept = mine.nonzero()[0][dry["intensity"][mine] < 254.0]
        within = np.isin(mine.nonzero()[0], kept)
        assert wet["intensity"][kept] / dry["intensity"][kept] == pytest.approx(share[within], rel=2e-3)
        assert within.sum() > 50 and share.max() < 0.95
    wall = dry["instance"] == 2
    assert wall.any() and np.array_equal(dry["intensity"][wall], wet["intensity"][wall])


def test_a_wet_road_is_half_as_bright_near_and_a_quarter_far_away() -> None:
    """Means of asphalt: published ratios of wet to dry returns are a half to a quarter; at 4 degrees it mirrors."""
    dry, wet = points("raytrace", 0.0), points("raytrace", 1.0)
    ratio = {
        ring: float(np.mean(wet["intensity"][(dry["ring"] == ring) & (dry["instance"] == 0)]))
        / float(np.mean(dry["intensity"][(dry["ring"] == ring) & (dry["instance"] == 0)]))
        for ring in range(4)
    }
    assert 0.65 < ratio[3] < 0.80 and 0.55 < ratio[2] < 0.70 and 0.30 < ratio[1] < 0.48 and 0.2 < ratio[0] < 0.45


@pytest.mark.parametrize("renderer", ["raytrace", "reference"])
def test_in_a_tunnel_the_road_is_dry(renderer: str) -> None:
    """A sensor from which a bore takes the sky sees what it would see in dry weather."""
    assert np.array_equal(
        points(renderer, 1.0, inside=True)["intensity"], points(renderer, 0.0, inside=True)["intensity"]
    )


def test_the_lamp_of_an_infrared_camera_meets_the_same_water() -> None:
    """What its lamp adds to the image of wet asphalt is the share of what it adds to that of dry asphalt."""
    spec = replace(camera(48, 32, height_m=2.0), band="nir", infrared=Infrared(illuminator_wpsr=5.0))
    added = []
    for wetness in (0.0, 1.0):
        scene = road(wetness)
        state = state_of(scene, [])
        opened = open_renderer("raytrace", scene, RenderOptions())
        made = opened.camera(spec, Instants(state, state), ["range", "normal", "albedo", "material", "instance"], NOISE)
        opened.close()
        dark = np.zeros((32, 48, 3), np.float32)
        added.append(near_infrared_light(spec, scene, dark, made.channels, made.world_from_camera)[..., 0])
        mine, range_m = made.channels["instance"] == 0, made.channels["range"]
    share = added[1][mine] / added[0][mine]
    cosine = 2.0 / range_m[mine]
    low, high = (wet_shares(np.full(share.shape, d), cosine, np.full(share.shape, 0.15), 0.0)[0] for d in (1.0, 0.45))
    assert (share > low - 0.02).all() and (share < high + 0.02).all() and share.std() > 0.01
