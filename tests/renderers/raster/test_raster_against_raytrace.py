"""The raster renderer against the ray tracer: two ways to the same images.

Both meet the same planes with the same rays, so numbers agree to float32 rounding; which face is in front may differ
only where a ray passes within 1/256 pixel (OpenGL's sub-pixel grid) of an edge.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest

pytest.importorskip("pyrender", reason="the extra 'raster' is not installed")

from simengine.arrays import Array
from simengine.engine.api import episodes
from simengine.engine.catalogue import libraries, scenario_files
from simengine.engine.episode import LiveEpisode
from simengine.engine.loading import load
from simengine.engine.variation import Variation
from simengine.language import Program, parse_text
from simengine.render.labels import amodal_boxes
from simengine.render.protocol import CameraReading, Instants, RenderOptions
from simengine.sensors.specs import CameraSpec
from simengine.world.state import WorldState
from simengine_renderers import raster, raytrace
from tests.renderers.random_scenes import SmallScene, random_scene
from tests.renderers.raster.agreement import LABELS, NOISE, both, correlation, folds, pair_of
from tests.renderers.test_enclosures import OVERCAST, above, enclosure, floor_scene

pytestmark = pytest.mark.usefixtures("opengl")
FAST, ALL = 12, 120
RUNNABLE = sorted(f.name for f in scenario_files() if not load(f.name).not_yet)
SOME = (
    "alks_cut_in",
    "child_dart_out",
    "cpna",
    "drone_traffic_watch",
    "fog_queue",
    "lead_stopped",
    "low_sun",
    "wet_road_glare",
)
FOGGY = """
use driving

scenario foggy:
    world street(lanes = 2, length = 120 m):
        sun.elevation = -18 deg
        fog.visibility = 60 m
        lamps.lit = yes
    car ego on lane(1) at s(20 m)
    stop after 0.2 s
    sensor front on ego = camera(size = (160, 96), fov = 70 deg)
    record front: rgb at 1 hz
"""
LENS = (-0.22, 0.05, 0.001, -0.002, 0.0, 0.0, 0.0, 0.0)


def instants_of(x: SmallScene) -> Instants:
    return Instants(x.now, x.next, x.next)


@pytest.mark.parametrize("seed", [pytest.param(s, marks=[pytest.mark.slow] if s >= FAST else []) for s in range(ALL)])
def test_random_scenes(seed: int) -> None:
    """Ids equal off edges, depth to 1e-5 (far inside the 1e-3 promised), normals, places, flow; half are distorted.

    A distorted camera finds faces at four places around its ray: one thinner than the gap between them may be missed,
    so of 3,072 pixels three may be off. Bounds for smooth normals: linear interpolation over a face of float32 corners.
    """
    x = random_scene(seed)
    pair = pair_of(*both(x.scene, x.camera, instants_of(x)))
    off = 1.0 - 3.0 / pair.clear.size if any(x.camera.distortion) else 1.0
    for name in ("instance", "semantic", "part", "material"):
        assert pair.share_of_equal(name) >= off, name
    same = pair.clear & (pair.ours["part"] == pair.truth["part"]) & ~folds(pair)
    a, b = pair.ours, pair.truth
    for name in ("depth", "range"):
        np.testing.assert_allclose(a[name][same], b[name][same], rtol=1e-5, err_msg=name)
    for name, atol in (("normal", 1e-4), ("position", 1e-4), ("albedo", 1e-6), ("flow", 5e-3)):
        np.testing.assert_allclose(a[name][same], b[name][same], rtol=0, atol=atol, err_msg=name)


@lru_cache(maxsize=1)
def library_scene(name: str) -> tuple[LiveEpisode, CameraSpec, Instants]:
    """First variant of a scenario in the middle of its run, its first camera at 480 px across, without a noise."""
    episode = LiveEpisode(load(name), Variation(load(name), 0, "random").simulate([0])[0])
    spec = next(s for s in episode.sensors.values() if isinstance(s, CameraSpec))
    scale = 480 / spec.width_px
    small = replace(
        spec, width_px=480, height_px=round(spec.height_px * scale), fx_px=spec.fx_px * scale,
        fy_px=spec.fy_px * scale, cx_px=spec.cx_px * scale, cy_px=spec.cy_px * scale,
    )  # fmt: skip
    times, states = episode.times_ns(), episode.trace.on(episode.scene)
    at = times[len(times) // 2]
    later = states.state_at(at + spec.period_ns)
    return episode, small, Instants(states.state_at(at), later, later)


@lru_cache(maxsize=1)
def library_readings(name: str) -> tuple[CameraReading, CameraReading]:
    episode, spec, instants = library_scene(name)
    return both(episode.scene, spec, instants, (*LABELS, "rgb"))


@pytest.mark.parametrize("name", [pytest.param(n, marks=[] if n in SOME else [pytest.mark.slow]) for n in RUNNABLE])
def test_library_scenarios(name: str) -> None:
    """Every scenario that runs: what the project promises, and the pictures look alike.

    Instance ids: 99.5 % away from edges is promised. Depth: 1e-3 is promised; one pixel in a thousand may meet a fold
    (leaf against leaf of the same tree) on the other side. Luminance correlation above 0.95: shadow maps have coarser
    edges than rays. From a drone shadows are no coarser than from a car.
    """
    ours, truth = library_readings(name)
    pair = pair_of(ours, truth)
    assert pair.share_of_equal("instance") >= 0.9999
    assert pair.share_of_equal("semantic") >= 0.9999
    error = pair.relative_error()
    assert len(error) > 0.3 * pair.clear.size  # the comparison is about something
    assert (error > 1e-3).mean() <= 1e-3
    smooth = pair.clear & (pair.ours["part"] == pair.truth["part"]) & ~folds(pair)
    assert np.isclose(pair.ours["albedo"], pair.truth["albedo"], rtol=0, atol=1e-3).all(-1)[smooth].mean() > 0.999
    assert correlation(ours.channels["rgb"], truth.channels["rgb"]) > 0.95
    assert abs(ours.exposure_ev - truth.exposure_ev) < 0.1


def test_distorted_camera_in_a_street() -> None:
    """Barrel distortion of a usual lens: ids and depth as promised, though every ray looks between pixels."""
    episode, spec, instants = library_scene("child_dart_out")
    bent = replace(spec, distortion=LENS)
    pair = pair_of(*both(episode.scene, bent, instants))
    assert pair.share_of_equal("instance") >= 0.999
    # leaves are cut out: between four centres of the image another leaf of the same tree may be in front
    assert (pair.relative_error() > 1e-3).mean() <= 2e-2


@pytest.mark.parametrize("seed", range(8))
def test_silhouettes(seed: int) -> None:
    """Amodal masks: equal but for pixels whose centre lies on the contour (distorted cameras: a few more)."""
    x = random_scene(seed)
    windows = amodal_boxes(x.scene, x.camera, x.now).windows()
    masks = []
    for package in (raster, raytrace):
        renderer = package.open_renderer(x.scene, RenderOptions())
        masks.append(renderer.silhouettes(x.camera, x.now, windows))
        renderer.close()
    assert [s.entity for s in masks[0]] == [s.entity for s in masks[1]] == list(windows)
    for a, b in zip(*masks, strict=True):
        assert (a.x0, a.y0, a.mask.shape) == (b.x0, b.y0, b.mask.shape)
        assert (a.mask != b.mask).sum() <= (3 if any(x.camera.distortion) else 1)


def test_lidar_is_the_ray_tracers() -> None:
    """Scans are delegated: all fields are equal bit for bit."""
    x = random_scene(3)
    scans = []
    for package in (raster, raytrace):
        renderer = package.open_renderer(x.scene, RenderOptions(device="cpu"))
        scans.append(renderer.lidar(x.lidar, instants_of(x), NOISE).points)
        renderer.close()
    for name, values in scans[1].items():
        np.testing.assert_array_equal(scans[0][name], values, err_msg=name)


def test_a_frame_does_not_depend_on_what_was_rendered_before() -> None:
    """Same bytes from a fresh renderer and from one that has drawn other cameras and instants."""
    x = random_scene(5, (96, 64))
    channels = (*LABELS, "rgb")
    fresh, used = (raster.open_renderer(x.scene, RenderOptions()) for _ in range(2))
    try:
        used.camera(replace(x.camera, name="other", fx_px=40.0), Instants(x.next, x.next, x.now), channels, NOISE)
        used.silhouettes(x.camera, x.now, {0: (0, 0, 10, 10)})
        a, b = (r.camera(x.camera, instants_of(x), channels, NOISE).channels for r in (fresh, used))
        for name in channels:
            np.testing.assert_array_equal(a[name], b[name], err_msg=name)
    finally:
        fresh.close()
        used.close()


def test_fog_at_night_shines_around_lamps_in_both(opengl: str) -> None:
    """The same light in the air: without it pictures are far apart."""
    clear = parse_text(FOGGY.replace("fog.visibility = 60 m", "cloud = 0"), libraries=libraries())[0]
    program = parse_text(FOGGY, libraries=libraries())[0]

    def first(of: Program, renderer: str) -> Array:
        (episode,) = episodes(of, variants=1, renderer=renderer)
        return next(iter(episode))["front"]["rgb"]

    truth = first(program, "raytrace")
    assert correlation(first(program, "raster"), truth) > 0.99
    assert correlation(first(clear, "raytrace"), truth) < 0.9


def test_enclosures_take_the_same_light() -> None:
    """A floor under a bore that turns, by an overcast sky: two implementations of one formula, in float32."""
    scene = floor_scene(OVERCAST, enclosure(0.02))
    state = WorldState.at_rest(0, 0)
    ours, truth = both(scene, above(20.0), Instants(state, state), ("radiance",))
    np.testing.assert_allclose(ours.channels["radiance"], truth.channels["radiance"], rtol=2e-3, atol=2e-5)
