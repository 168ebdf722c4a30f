"""Pictures of the raster renderer: sun shadow, way up, samples, weather."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("pyrender", reason="the extra 'raster' is not installed")

from simengine.arrays import Array
from simengine.render.protocol import Instants, RenderOptions
from simengine.sensors.exposure import tone_curve
from simengine.sensors.specs import CameraSpec
from simengine.world.weather import Environment
from simengine_renderers import raster
from tests.renderers.random_scenes import random_scene
from tests.renderers.raster.agreement import NOISE, both, correlation, luminance
from tests.renderers.simple_scenes import block, camera, scene_of, state_of

pytestmark = pytest.mark.usefixtures("opengl")


def picture(environment: Environment, actors: bool = True, spec: CameraSpec | None = None) -> Array:
    """A block of 2 m that stands 10 m ahead on a floor, from 3 m above the ground."""
    scene = scene_of(
        [block("box", (2.0, 2.0, 2.0))] if actors else [],
        [(block("floor", (200.0, 200.0, 0.2)), np.eye(4) + _down(0.2))],
        environment,
    )
    state = state_of(scene, [(10.0, 0.0, 0.0)] if actors else [])
    renderer = raster.open_renderer(scene, RenderOptions())
    try:
        seen = renderer.camera(spec or VIEW, Instants(state, state), ("rgb",), NOISE)
        return seen.channels["rgb"]
    finally:
        renderer.close()


def _down(metres: float) -> Array:
    out = np.zeros((4, 4))
    out[2, 3] = -metres
    return out


VIEW = replace(camera(160, 120, height_m=3.0), exposure_auto=False, exposure_ev=14.0)


def pixel_of(x: float, y: float) -> tuple[int, int]:
    """Row and column of a point on the floor: the camera is at (0, 0, 3), looks along +x, f = 80 px."""
    return math.floor(60 + 80 * 3.0 / x), math.floor(80 - 80 * y / x)


def test_shadow_lies_where_the_sun_puts_it() -> None:
    """Sun from the right (-y) at 45 deg: a block 2 m high throws its shadow from y = 1 to y = 3 m on the left.

    Looked at 10 m ahead, a pixel spans 0.13 m across; 0.3 m inside and outside of the shadow's end must differ, and the
    light side is the one beyond it. Direct sun is three times the light of the sky: a step of
    more than a third in display values.
    """
    sun = Environment(sun_elevation_rad=math.radians(45.0), sun_azimuth_rad=math.radians(-90.0), cloud=0.0)
    light = luminance(picture(sun))
    inside, outside = light[pixel_of(10.0, 2.6)], light[pixel_of(10.0, 3.4)]
    other_side = light[pixel_of(10.0, -2.6)]
    assert inside < 0.67 * outside
    assert abs(other_side - outside) < 8.0


def test_shadow_is_the_blocks() -> None:
    """Without the block the same place is lit: the shadow came from it, not from the map's own grain."""
    sun = Environment(sun_elevation_rad=math.radians(45.0), sun_azimuth_rad=math.radians(-90.0), cloud=0.0)
    light = luminance(picture(sun, actors=False))
    floor = light[70:, 20:140]
    assert floor.std() < 3.0  # no acne


@pytest.mark.parametrize("elevation_deg", [3.0, 12.0, 60.0])
def test_flat_ground_never_shadows_itself(elevation_deg: float) -> None:
    """An empty floor under a low sun, where cells of the map are stretched up to 19 times: smooth everywhere."""
    sun = Environment(sun_elevation_rad=math.radians(elevation_deg), sun_azimuth_rad=0.4, cloud=0.0)
    rows = luminance(picture(sun, actors=False))[66:, :]
    assert np.abs(np.diff(rows, axis=1)).max() < 6.0


def test_the_sky_is_above() -> None:
    """Rows count from the top: the first is sky (bluish away from the sun), the last the grey floor."""
    rgb = picture(Environment(sun_azimuth_rad=np.pi, cloud=0.0), actors=False).astype(int)
    assert (rgb[0, :, 2] > rgb[0, :, 0] + 10).all()
    assert (np.abs(rgb[-1, :, 2] - rgb[-1, :, 0]) < 25).all()


def test_samples_are_the_mean_of_a_finer_image() -> None:
    """Sixteen samples lie where the centres of an image four times as large lie, so its mean is the truth.

    The mean is taken of light, so display values are turned back into it; their rounding leaves half a level (0.002 of
    the square root of the exposed light). Labels are those of the centre ray, byte for byte. By the preset ``preview``:
    in ``standard`` what stands around is looked for in cells of pixels, more of them in a finer image.
    """
    x = random_scene(7, (96, 72))
    spec = replace(x.camera, distortion=(0.0,) * 8, exposure_auto=False, exposure_ev=15.0)
    scale = {name: getattr(spec, name) * 4 for name in ("width_px", "height_px", "fx_px", "fy_px", "cx_px", "cy_px")}
    channels = ("rgb", "depth", "instance")
    images = []
    for camera_spec, samples in ((spec, 1), (spec, 16), (replace(spec, **scale), 1)):
        renderer = raster.open_renderer(x.scene, RenderOptions(samples=samples, extra={"preset": "preview"}))
        images.append(renderer.camera(camera_spec, Instants(x.now, x.next), channels, NOISE).channels)
        renderer.close()
    one, many, fine = images
    np.testing.assert_array_equal(one["instance"], many["instance"])
    np.testing.assert_array_equal(one["depth"], many["depth"])
    truth = _exposed(fine["rgb"]).reshape(72, 4, 96, 4, 3).mean((1, 3))
    errors = [np.abs(np.sqrt(_exposed(image["rgb"])) - np.sqrt(truth)).mean() for image in (one, many)]
    assert errors[1] < 0.002
    assert errors[1] < 0.2 * errors[0]


def _exposed(rgb: Array) -> Array:
    """Exposed light of display values: the tone curve read backwards."""
    curve = tone_curve().astype(np.int64)
    first = np.searchsorted(curve, np.arange(256))
    last = np.searchsorted(curve, np.arange(256), "right") - 1
    return ((0.5 * (first + last) * 4.0 / (len(curve) - 1)) ** 2)[rgb]


def test_rain_fog_and_drops_are_the_ray_tracers() -> None:
    """The same drops lie on the lens, and pictures in rain and fog are alike."""
    x = random_scene(9, (128, 96))
    scene = replace(x.scene, environment=Environment(cloud=0.9, rain_mmph=30.0, fog_visibility_m=60.0, wetness=0.8))
    spec = replace(x.camera, droplets=0.1, distortion=(0.0,) * 8)
    ours, truth = both(scene, spec, Instants(x.now, x.next, x.next), ("rgb", "lens_occlusion"))
    np.testing.assert_array_equal(ours.channels["lens_occlusion"], truth.channels["lens_occlusion"])
    assert correlation(ours.channels["rgb"], truth.channels["rgb"]) > 0.95


@pytest.mark.parametrize(("at_m", "same"), [(0.45, True), (12.0, False)])
def test_surfaces_hide_the_rain_behind_them(at_m: float, same: bool) -> None:
    """Drops differ from frame to frame. No drop is drawn nearer than 0.4 m: of a wall 0.35 m before the lens two frames
    are one picture, and of one 12 m away they are not."""
    scene = scene_of([block("wall", (0.2, 40.0, 40.0))], environment=Environment(cloud=0.9, rain_mmph=60.0))
    state = state_of(scene, [(at_m, 0.0, -15.0)])
    renderer = raster.open_renderer(scene, RenderOptions(extra={"preset": "preview"}))
    try:
        frames = [
            renderer.camera(VIEW, Instants(state, state), ("radiance",), replace(NOISE, frame=k)).channels["radiance"]
            for k in range(2)
        ]
    finally:
        renderer.close()
    assert np.array_equal(*frames) == same


def test_fixed_exposure_is_kept() -> None:
    """A fixed exposure is reported as it is, and a stop more makes the picture darker."""
    bright, dark = (picture(Environment(), spec=replace(VIEW, exposure_ev=ev)) for ev in (14.0, 15.0))
    assert luminance(dark).mean() < luminance(bright).mean()
