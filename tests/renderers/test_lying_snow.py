"""Snow that lies and roofs that keep ground dry, for cameras and LiDARs: one formula in all renderers and presets."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from simengine.geometry import transforms as tf
from simengine.render.opening import open_renderer
from simengine.render.protocol import Instants, RenderOptions
from simengine.world.scene import Scene
from simengine.world.snow_cover import SNOW
from simengine.world.weather import Environment
from simengine_scenes import palette
from tests.renderers.simple_scenes import NOISE, block, camera, lidar, scene_of, state_of

DOWN = tuple(np.radians([-5.0, -12.0, -25.0, -45.0]))
VISIBLE = np.array([0.2126, 0.7152, 0.0722])


@cache
def place(cover: float) -> Scene:
    """Asphalt with its top at z = 0, a strip of paint, a roof on two walls, a car that rests and one that drives."""
    fixed = [
        (block("road", (80.0, 80.0, 2.0), "road", palette.ASPHALT), tf.translation([0.0, 0.0, -2.0])),
        (block("paint", (30.0, 1.0, 0.01), "lane_marking", palette.MARKING), tf.translation([18.0, 3.0, 0.0])),
        (block("roof", (6.0, 6.0, 0.2), "building", palette.FACADES[5]), tf.translation([12.0, -5.0, 3.0])),
        (block("parked", (4.0, 1.8, 1.4)), tf.translation([9.0, 5.5, 0.0])),
    ]
    return scene_of(
        actors=(block("driven", (4.0, 1.8, 1.4)),), fixed=fixed, environment=Environment(snow_cover=cover, cloud=1.0)
    )


def image(cover: float, renderer: str = "raytrace", channels: tuple[str, ...] = ("radiance",), **options) -> dict:
    scene = place(cover)
    state = state_of(scene, [(9.0, 0.0, 0.0)])
    opened = open_renderer(renderer, scene, RenderOptions(**options))
    try:
        return dict(opened.camera(camera(96, 64, height_m=2.5), Instants(state, state), channels, NOISE).channels)
    finally:
        opened.close()


def echoes(cover: float, renderer: str = "raytrace", band: str = "nir", **options) -> dict:
    scene = place(cover)
    state = state_of(scene, [(9.0, 0.0, 0.0)])
    spec = replace(lidar(DOWN, 256, height_m=2.5), reference_range_m=4000.0, band=band)
    opened = open_renderer(renderer, scene, RenderOptions(**options))
    try:
        return dict(opened.lidar(spec, Instants(state, state), NOISE).points)
    finally:
        opened.close()


LABELS = ("albedo", "material", "semantic", "instance", "normal", "part", "depth")


def test_labels_say_what_lies_below_and_the_material_says_snow() -> None:
    """On asphalt, paint, roof and what rests; not on who drives, on walls, and below the roof. Classes and ids stay."""
    dry, white = image(0.0, channels=LABELS), image(1.0, channels=LABELS)
    for name in ("semantic", "instance", "part", "depth", "normal"):
        assert np.array_equal(dry[name], white[name])
    scene = place(1.0)
    snow = white["material"] == scene.fallen.material
    level = np.abs(white["normal"][..., 1]) > 0.9
    names = np.array([*(e.name for e in scene.entities), "sky"])[white["instance"]]
    assert not snow[~level].any() and not snow[names == "driven"].any()
    for name in ("road", "paint", "parked"):
        assert snow[level & (names == name)].mean() > 0.9, name
    assert not snow[(names == "road") & (white["albedo"].mean(-1) < 0.3)].any()  # the ground below the roof is bare
    assert np.array_equal(dry["albedo"][~snow & (names != "road")], white["albedo"][~snow & (names != "road")])
    assert white["albedo"][snow].mean(0) == pytest.approx(SNOW.albedo, rel=0.08)


def test_labels_alone_are_the_same() -> None:
    """The material is asked for by itself, or with everything."""
    assert np.array_equal(image(0.6, channels=("material",))["material"], image(0.6, channels=LABELS)["material"])


def test_more_snow_is_brighter_and_no_snow_is_none() -> None:
    """Asphalt of 0.1 under a closed layer of clouds: each pixel of open road only gains; a cover of 0 has its bytes."""
    road = image(0.0, channels=("instance",))["instance"] == 0
    road &= image(1.0, channels=("material",))["material"] == place(1.0).fallen.material
    one_ray = {"extra": {"preset": "preview"}}  # where more are sent, depends on where patches end
    lights = [(image(c, **one_ray)["radiance"] @ VISIBLE)[road] for c in (0.0, 0.3, 0.6, 1.0)]
    for low, high in pairwise(lights):
        assert (high > 0.98 * low).all() and high.mean() > 1.1 * low.mean()
    assert place(0.0).fallen is None


@pytest.mark.parametrize("preset", ["preview", "standard", "high"])
def test_presets_agree(preset: str) -> None:
    """Open snow under clouds sends back what it gets times its albedo: within 12 % of the reference's light."""
    here = image(1.0, samples=4, extra={"preset": preset})["radiance"] @ VISIBLE
    far = np.zeros(here.shape, bool)
    far[-6:, :20] = True  # near ground beside the car
    truth = np.median((image(1.0, samples=16, extra={"preset": "reference"})["radiance"] @ VISIBLE)[far])
    assert np.median(here[far]) == pytest.approx(truth, rel=0.12)


@pytest.mark.parametrize("preset", ["standard", "high"])
def test_bytes_depend_neither_on_threads_nor_on_what_else_is_asked(preset: str) -> None:
    """Slices of rows are an affair of threads only."""
    one, three = (image(0.5, threads=k, extra={"preset": preset})["radiance"] for k in (1, 3))
    assert np.array_equal(one, three)


def test_embree_and_warp_see_the_same_snow() -> None:
    """Off edges the places differ by 1e-6 of the range, and so does what lies there."""
    a, b = (image(0.5, channels=("albedo", "instance"), trace=trace) for trace in ("embree", "warp"))
    same = a["instance"] == b["instance"]
    assert same.mean() > 0.99
    assert np.quantile(np.abs(a["albedo"] - b["albedo"])[same], 0.99) < 1e-3


def test_raster_and_the_reference_see_the_same_snow() -> None:
    """Three programs of one formula; two of them take the mean of what a pixel spans, so that near ones count."""
    channels = ("albedo", "instance", "material", "range")
    truth, ours, plain = (image(0.5, renderer, channels) for renderer in ("raytrace", "raster", "reference"))
    near = (truth["range"] < 6.0) & (truth["instance"] == ours["instance"]) & (truth["instance"] == plain["instance"])
    assert near.sum() > 300
    gap = np.abs(truth["albedo"] - ours["albedo"])[near]
    assert gap.max() < 0.05 and gap.mean() < 1e-3
    assert np.abs(truth["albedo"] - plain["albedo"])[near].mean() < 0.06  # the reference has no grain of asphalt
    assert (truth["material"] == ours["material"])[near].mean() > 0.99
    assert (truth["material"] == plain["material"])[near].mean() > 0.97


@pytest.mark.parametrize("band", ["nir", "swir"])
def test_lidars_agree_with_the_reference(band: str) -> None:
    """Each echo of both renderers, in patches, on the roof and below it: to 0.5 % but for shots at edges."""
    a, b = echoes(0.5, "raytrace", band), echoes(0.5, "reference", band)
    assert np.array_equal(a["instance"], b["instance"])
    off = np.abs(a["intensity"] / b["intensity"] - 1.0)
    assert np.quantile(off, 0.98) < 5e-3 and off.mean() < 2e-3


def test_snow_is_bright_at_905_nm_and_dark_at_1550_nm() -> None:
    """Asphalt 0.15 and 0.17 against 0.82 and 0.06: open road gets four to six times as bright, and three times darker;
    paint with beads loses all its focus."""
    for band, low, high in (("nir", 4.0, 6.0), ("swir", 0.25, 0.45)):
        dry, white = echoes(0.0, band=band), echoes(1.0, band=band)
        ratio = white["intensity"] / np.maximum(dry["intensity"], 1e-3)
        open_road = (dry["instance"] == 0) & (dry["xyz"][:, 1] > -1.0)
        assert low < np.median(ratio[open_road]) < high
        paint = dry["instance"] == 1
        assert paint.any() and ratio[paint].max() < 0.6


@cache
def bridge() -> Scene:
    """Wet asphalt with its top at z = 0, and a slab over it from x = 8 m to 12 m."""
    fixed = [
        (block("road", (80.0, 80.0, 2.0), "road", palette.ASPHALT), tf.translation([0.0, 0.0, -2.0])),
        (block("deck", (4.0, 40.0, 0.5), "bridge"), tf.translation([10.0, 0.0, 5.0])),
    ]
    return scene_of(fixed=fixed, environment=Environment(wetness=1.0, cloud=1.0))


@pytest.mark.parametrize("renderer", ["raytrace", "reference"])
def test_below_a_bridge_lidars_see_dry_ground(renderer: str) -> None:
    """Echoes from below the deck are those of dry weather, those from 30 cm beside it and farther off are weaker."""
    spec = replace(lidar(tuple(np.radians([-11.5, -14.0, -18.0])), 720, height_m=2.5), reference_range_m=4000.0)
    found = []
    for scene in (bridge(), replace(bridge(), environment=Environment(cloud=1.0))):
        opened = open_renderer(renderer, scene, RenderOptions())
        state = state_of(scene, [])
        found.append(opened.lidar(spec, Instants(state, state), NOISE).points)
        opened.close()
    wet, dry = found
    assert np.array_equal(wet["range"], dry["range"])
    road, off = wet["instance"] == 0, np.abs(wet["xyz"][:, 0] - 10.0) - 2.0
    below, open_ = road & (off < -0.3), road & (off > 0.3)
    assert below.sum() > 50 and open_.sum() > 50
    assert wet["intensity"][below] == pytest.approx(dry["intensity"][below], rel=1e-5)
    assert (wet["intensity"][open_] < 0.9 * dry["intensity"][open_]).all()


@pytest.mark.parametrize("renderer", ["raytrace", "raster"])
@pytest.mark.parametrize("preset", ["preview", "standard"])
def test_below_a_bridge_cameras_see_dry_ground(renderer: str, preset: str) -> None:
    """Wet asphalt in the open is not as bright as dry one; below the deck it is as when it is dry."""
    spec = replace(camera(96, 64, height_m=2.5), name="near")
    light = []
    for scene in (bridge(), replace(bridge(), environment=Environment(cloud=1.0))):
        opened = open_renderer(renderer, scene, RenderOptions(extra={"preset": preset}))
        state = state_of(scene, [])
        made = opened.camera(spec, Instants(state, state), ("radiance", "range", "instance", "position"), NOISE)
        light.append(made.channels["radiance"] @ VISIBLE)
        opened.close()
    x = made.channels["position"][..., 0]
    below = (made.channels["instance"] == 0) & (np.abs(x - 10.0) < 1.5)
    near = (made.channels["instance"] == 0) & (x < 6.0)
    gap = np.abs(light[0] / light[1] - 1.0)
    assert below.sum() > 100 and near.sum() > 100
    assert np.median(gap[below]) < 0.01 and np.median(gap[near]) > 0.05
