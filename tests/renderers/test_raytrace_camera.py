"""Camera of the ray tracer: shadows, carriers, weather, samples, lens."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import warp as wp

from simengine.geometry import transforms as tf
from simengine.render.protocol import CAMERA_CHANNELS, CameraReading, Instants, NoiseKey, RenderOptions
from simengine.sensors.exposure import gain_of, metered_ev, tone_curve
from simengine.sensors.specs import BODY_FROM_OPTICAL, CameraSpec
from simengine.world.materials import Material
from simengine.world.scene import Light, Scene
from simengine.world.state import WorldState
from simengine.world.weather import Environment
from simengine_renderers import raytrace
from simengine_renderers.raytrace.flakes import draw_flakes, flakes
from simengine_renderers.raytrace.slices import launch
from tests.renderers.simple_scenes import NOISE, block, camera, scene_of, state_of

SUN_45 = Environment(sun_elevation_rad=math.radians(45.0), sun_azimuth_rad=math.pi / 2, cloud=0.0)
GROUND = (block("ground", (80.0, 80.0, 0.2), "road"), tf.translation([0.0, 0.0, -0.2]))
LABELS = tuple(c for c in CAMERA_CHANNELS if c not in ("rgb", "radiance", "lens_occlusion"))


def render(
    scene: Scene, spec: CameraSpec, state: WorldState, channels: tuple[str, ...], noise: NoiseKey = NOISE,
    options: RenderOptions | None = None,
) -> CameraReading:  # fmt: skip
    renderer = raytrace.open_renderer(scene, options or RenderOptions())
    try:
        return renderer.camera(spec, Instants(state, state, state), channels, noise)
    finally:
        renderer.close()


def from_above(height_m: float, size_px: int, focal_px: float, entity: int = -1) -> CameraSpec:
    """A camera that looks straight down: image right is world -y, image down is world -x."""
    down = np.array([[0.0, -1.0, 0.0, 0.0], [-1.0, 0.0, 0.0, 0.0], [0.0, 0.0, -1.0, height_m], [0.0, 0.0, 0.0, 1.0]])
    c = size_px / 2
    return CameraSpec("down", entity, down, size_px, size_px, focal_px, focal_px, c, c)


def luminance(rgb: np.ndarray) -> np.ndarray:
    return rgb.astype(np.float64) @ np.array([0.2126, 0.7152, 0.0722])


def test_shadow_of_a_block_is_as_long_as_it_is_high() -> None:
    """Sun at 45 deg towards +y: a block of height 3 m with its far face at y = -1 throws its shadow to y = -1 - 3."""
    scene = scene_of(fixed=[GROUND, (block("b", (2.0, 2.0, 3.0)), np.eye(4))], environment=SUN_45)
    spec = from_above(50.0, 200, 1000.0)
    x = render(scene, spec, state_of(scene, ()), ("rgb", "instance", "depth"))
    row = 100  # x = -0.025: through the block's middle
    light, ids, depth = luminance(x.channels["rgb"])[row], x.channels["instance"][row], x.channels["depth"][row]
    y = -(np.arange(200) + 0.5 - 100.0) / 1000.0 * depth
    ground = ids == 0
    shaded, lit = ground & (y < -1.06) & (y > -3.94), ground & ((y < -4.06) | (y > 1.06))
    assert shaded.sum() > 40 and lit.sum() > 40
    assert light[shaded].max() < 0.6 * light[lit].min()


def test_no_shadow_side_where_the_sun_is_down() -> None:
    """At -3 deg there is no direct sun: ground left and right of the block is equally bright, within grain. (The block
    does hide a part of the sky's glow on one side; the preset ``preview`` leaves that out.)"""
    night = replace(SUN_45, sun_elevation_rad=math.radians(-3.0))
    scene = scene_of(fixed=[GROUND, (block("b", (2.0, 2.0, 3.0)), np.eye(4))], environment=night)
    options = RenderOptions(extra={"preset": "preview"})
    x = render(scene, from_above(50.0, 200, 1000.0), state_of(scene, ()), ("rgb",), options=options).channels["rgb"]
    light = luminance(x)[100]
    np.testing.assert_allclose(light[20:70].mean(), light[130:180].mean(), rtol=0.03)


def test_carrier_is_not_seen_but_casts_a_shadow() -> None:
    """A camera on a block looks down at the ground: the block's own parts never show, its shadow does."""
    carrier = block("ego", (2.0, 2.0, 3.0))
    scene = scene_of(actors=[carrier], fixed=[GROUND], environment=SUN_45)
    state = state_of(scene, [(0.0, 0.0, 0.0)])
    spec = from_above(20.0, 120, 150.0, entity=1)
    x = render(scene, spec, state, ("instance", "rgb")).channels
    assert set(np.unique(x["instance"])) == {0}
    light = luminance(x["rgb"])
    here, beside = light[60, 60 + 15 : 60 + 25], light[60, 20:40]  # y = -2 .. -3.3 is in the shadow, y > 2.6 is not
    assert here.max() < 0.6 * beside.min()
    outside = render(scene, replace(spec, entity=-1), state, ("instance",)).channels["instance"]
    assert set(np.unique(outside)) == {0, 1}


def test_an_actor_that_does_not_exist_is_not_there() -> None:
    """valid False takes the parts out of images and shadows; with it True again they are back."""
    scene = scene_of(actors=[block("a", (2.0, 2.0, 2.0))], fixed=[GROUND], environment=SUN_45)
    here = state_of(scene, [(8.0, 0.0, 0.0)])
    gone = replace(here, valid=np.zeros(1, np.bool_))
    empty = scene_of(fixed=[GROUND], environment=SUN_45)
    channels = ("rgb", "instance", "depth")
    renderer = raytrace.open_renderer(scene, RenderOptions())
    spec = camera()
    seen = [dict(renderer.camera(spec, Instants(s, s), channels, NOISE).channels) for s in (here, gone, here)]
    renderer.close()
    bare = render(empty, camera(), state_of(empty, ()), channels).channels
    assert (seen[0]["instance"] == 1).any()
    for name in channels:
        np.testing.assert_array_equal(seen[1][name], bare[name])
        np.testing.assert_array_equal(seen[2][name], seen[0][name])


def test_weather_lens_and_samples_leave_labels_alone() -> None:
    """Labels come from the geometry and the centre ray: rain, snow, fog, drops and samples must not change one byte."""

    def images(environment: Environment, **lens: float) -> dict[str, np.ndarray]:
        scene = scene_of(actors=[block("a", (2.0, 2.0, 2.0))], fixed=[GROUND], environment=environment)
        spec = replace(camera(), **lens)
        return dict(render(scene, spec, state_of(scene, [(8.0, 1.0, 0.0)]), (*LABELS, "rgb")).channels)

    clear = images(SUN_45)
    changed = images(
        replace(SUN_45, rain_mmph=40.0, snow_mmph=2.0, fog_visibility_m=60.0, wetness=1.0, lamps_lit=True),
        droplets=0.2,
        samples=4,
    )
    for name in LABELS:
        assert clear[name].tobytes() == changed[name].tobytes(), name
    assert (clear["rgb"] != changed["rgb"]).any()


def test_samples_smooth_edges_towards_coverage() -> None:
    """A dark wall fills the left part of the image up to a vertical edge 0.3 px into a column: with many samples that
    column's radiance is the coverage-weighted mean of its neighbours."""
    black = Material("black", (0.0, 0.0, 0.0), roughness=1.0, specular=0.0)
    distance, focal = 10.0, 40.0
    edge_px = 32.3  # column 32 is covered for 0.3 of its width
    edge_y = -(edge_px - 32.0) / focal * distance
    wall = block("w", (0.2, 40.0, 40.0), material=black)
    pose = tf.translation([distance + 0.1, edge_y + 20.0, -10.0])
    scene = scene_of(fixed=[(wall, pose)], environment=Environment(cloud=1.0))
    spec = replace(camera(), fx_px=focal, fy_px=focal, exposure_auto=False, exposure_ev=15.0, samples=64)
    row = luminance(render(scene, spec, state_of(scene, ()), ("rgb",)).channels["rgb"])[20]
    linear = np.interp(row, *_curve(15.0))
    assert linear[31] < 0.02 * linear[33]
    assert linear[32] / linear[33] == pytest.approx(0.7, abs=0.05)


def _curve(ev: float) -> tuple[np.ndarray, np.ndarray]:
    """Display values and the radiances that they stand for, rising."""
    curve = tone_curve().astype(np.float64)
    radiance = (np.arange(len(curve)) * 4.0 / (len(curve) - 1)) ** 2 / gain_of(ev)
    values, first = np.unique(curve, return_index=True)
    return values, radiance[first]


def test_fog_follows_koschmieder() -> None:
    """Black walls at 10, 20 and 40 m in fog are L (1 - exp(-beta d)): ratios of radiances give beta back to 3 %."""
    black = Material("black", (0.0, 0.0, 0.0), roughness=1.0, specular=0.0)
    visibility = 80.0
    environment = Environment(fog_visibility_m=visibility, cloud=1.0)
    walls = [
        (block(f"w{i}", (0.2, 3.0, 3.0), material=black), tf.translation([d + 0.1, y, 0.0]))
        for i, (d, y) in enumerate(((10.0, 5.0), (20.0, 0.0), (40.0, -15.0)))
    ]
    scene = scene_of(fixed=walls, environment=environment)
    spec = replace(camera(160, 120), exposure_auto=False, exposure_ev=16.0)
    x = render(scene, spec, state_of(scene, ()), ("rgb", "instance", "range")).channels
    linear = np.interp(luminance(x["rgb"]), *_curve(16.0))
    beta = math.log(20.0) / visibility
    level = [np.median(linear[x["instance"] == i]) for i in range(3)]
    share = [1.0 - math.exp(-beta * float(np.median(x["range"][x["instance"] == i]))) for i in range(3)]
    np.testing.assert_allclose(np.array(level) / level[2], np.array(share) / share[2], rtol=0.03)


def test_exposure_keeps_middle_and_honours_compensation() -> None:
    """One stop of compensation halves the exposure value's gain; a fixed exposure is not metered."""
    grey = np.full((40, 40, 3), 0.2, np.float32)
    assert metered_ev(grey, 0.0) - metered_ev(grey, 1.0) == pytest.approx(1.0)
    assert gain_of(10.0) / gain_of(11.0) == pytest.approx(2.0)
    assert np.all(np.diff(tone_curve().astype(int)) >= 0) and np.diff(tone_curve().astype(int)).max() <= 1
    scene = scene_of(fixed=[GROUND], environment=SUN_45)
    fixed = replace(camera(), exposure_auto=False, exposure_ev=14.0)
    assert render(scene, fixed, state_of(scene, ()), ("rgb",)).exposure_ev == 14.0


def test_lamp_lights_a_disc_and_what_stands_below_casts_a_shadow() -> None:
    """At night a lamp 5 m up lights the ground right below; a table 1 m below the lamp darkens it again."""
    night = Environment(sun_elevation_rad=math.radians(-18.0), cloud=0.0, lamps_lit=True)
    lamp = Light((0.0, 0.0, 5.0), (0.0, 0.0, -1.0), (0.02, 0.02, 0.02), 1.0)
    spec = replace(from_above(30.0, 120, 300.0), exposure_auto=False, exposure_ev=4.0)
    table = block("table", (1.0, 1.0, 0.1))
    light = []
    for fixed in ([GROUND], [GROUND, (table, tf.translation([0.0, 0.0, 3.5]))]):
        scene = replace(scene_of(fixed=fixed, environment=night), lights=(lamp,))
        x = render(scene, spec, state_of(scene, ()), ("rgb", "instance")).channels
        light.append(luminance(x["rgb"]))
    centre, away = (60, 60), (60, 75)  # 1.5 m from the axis: light from the lamp, no table seen from above
    assert (
        light[0][centre] > light[0][5, 5] + 40
    )  # the cone ends at 57 deg: 7.8 m from the axis; the corner is 7.7 m off
    assert light[1][away] < 0.3 * light[0][away]  # the table's shadow reaches 0.5 m * 5 / 1.4 = 1.8 m from the axis


def test_lens_drops_cover_their_share() -> None:
    """droplets is the share of the lens that drops cover, soft edges counted by their weight."""
    scene = scene_of(fixed=[GROUND], environment=SUN_45)
    spec = replace(camera(320, 240), droplets=0.15)
    state = state_of(scene, ())
    a = render(scene, spec, state, ("lens_occlusion", "rgb")).channels
    assert a["lens_occlusion"].mean() == pytest.approx(0.15, abs=0.03)
    b = render(scene, spec, state, ("lens_occlusion",), NoiseKey(0, 0, 5)).channels["lens_occlusion"]
    c = render(scene, spec, state, ("lens_occlusion",), NoiseKey(0, 1, 0)).channels["lens_occlusion"]
    np.testing.assert_array_equal(a["lens_occlusion"], b)  # drops stay while a variant runs
    assert (a["lens_occlusion"] != c).any()


def test_rain_is_keyed_by_frame() -> None:
    """Streaks: equal keys give equal bytes, the next frame gives others, and labels ask for none."""
    scene = scene_of(fixed=[GROUND], environment=replace(SUN_45, rain_mmph=40.0))
    state = state_of(scene, ())
    frames = [render(scene, camera(320, 240), state, ("rgb",), NoiseKey(1, 2, f)).channels["rgb"] for f in (3, 3, 4)]
    np.testing.assert_array_equal(frames[0], frames[1])
    assert (frames[0] != frames[2]).any()


def test_an_empty_scene_is_all_sky() -> None:
    """No parts at all: nothing hit, semantic sky, finite light."""
    scene = scene_of(environment=SUN_45)
    x = render(scene, camera(), state_of(scene, ()), (*LABELS, "rgb")).channels
    assert np.isinf(x["depth"]).all() and (x["instance"] == -1).all() and (x["semantic"] == 0).all()
    assert x["rgb"].min() > 0
    assert BODY_FROM_OPTICAL.shape == (4, 4)


def test_flakes_cover_what_their_sizes_say() -> None:
    """A capsule of half width h and way L covers 2 h L + pi h^2, and pi / 12 for its edges of one pixel.

    The edge is a ramp from h - 1/2 to h + 1/2: the integral of 2 pi r over it is pi (h^2 + 1/12). Edges of the image
    cut few.
    """
    spec = camera(320, 240)
    weather = replace(SUN_45, snow_mmph=2.0)
    table = flakes(spec, weather, np.zeros(3), NOISE).astype(np.float64)
    assert len(table) > 1000
    cover = wp.zeros(320 * 240, dtype=int, device="cpu")
    launch(draw_flakes, 0, len(table), [wp.array(table, dtype=float, device="cpu"), 320, 240, cover], "cpu")
    drawn = cover.numpy().sum() / 1048576.0
    long, half, strength = np.hypot(table[:, 2], table[:, 3]), table[:, 4], table[:, 5]
    area = ((2.0 * half * long + np.pi * (half**2 + 1.0 / 12.0)) * strength).sum()
    assert drawn == pytest.approx(area, rel=0.06)


def test_heavier_snow_shows_more_flakes_however_many_there_are() -> None:
    """In a large picture of heavy snow not all flakes are drawn, but those that change pixels most: what they cover
    grows with the rate all the same."""
    spec = CameraSpec.from_fov("front", -1, (0.0, 0.0, 1.0), (1280, 720), np.radians(60.0), period_ns=100_000_000)
    covered = []
    for rate in (1.0, 2.5, 5.0, 10.0):
        table = flakes(spec, replace(SUN_45, snow_mmph=rate), np.zeros(3), NOISE).astype(np.float64)
        long, half, strength = np.hypot(table[:, 2], table[:, 3]), table[:, 4], table[:, 5]
        covered.append(((2.0 * half * long + np.pi * half**2) * strength).sum())
    assert (np.diff(covered) > 0.2 * np.array(covered[:-1])).all()


def test_snow_is_keyed_by_frame_and_brightens_what_is_dark() -> None:
    """The same key gives the same bytes, another frame others; flakes are white before a dark wall."""
    black = Material("black", (0.02, 0.02, 0.02), roughness=1.0, specular=0.0)
    wall = (block("w", (0.2, 40.0, 40.0), material=black), tf.translation([10.0, 0.0, -10.0]))
    snowy, dry = (scene_of(fixed=[wall], environment=replace(SUN_45, cloud=1.0, snow_mmph=rate)) for rate in (2.5, 0.0))
    spec = replace(camera(), exposure_auto=False, exposure_ev=13.0)
    first, again = (render(snowy, spec, state_of(snowy, ()), ("rgb",)).channels["rgb"] for _ in range(2))
    np.testing.assert_array_equal(first, again)
    without = render(dry, spec, state_of(dry, ()), ("rgb",)).channels["rgb"]
    assert luminance(first).mean() > 1.2 * luminance(without).mean()
    assert luminance(first).std() > 2.0 * luminance(without).std()
