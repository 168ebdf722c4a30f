"""A telecentric lens: one renderer against the other, labels against points, and a recorded scenario."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import simengine
from simengine.engine.catalogue import libraries
from simengine.errors import UsageError
from simengine.geometry import transforms as tf
from simengine.language import check_text, parse_text
from simengine.render.labels import amodal_boxes
from simengine.render.opening import open_renderer
from simengine.render.protocol import Instants, RenderOptions
from simengine.sensors import projection
from simengine.sensors.specs import CameraSpec
from tests.renderers.simple_scenes import NOISE, block, moved, scene_of, state_of

_PLACES = [(8.0, 1.0, 0.0), (5.0, 4.0, 0.2), (3.0, -5.0, 0.5), (-6.0, 0.3, 0.0), (6.0, 0.3, 2.0), (12.0, -3.0, 3.0)]
_SHIFTS = [(0.3, 0.1 * (-1) ** i, 0.02) for i in range(len(_PLACES))]
_SPEC = CameraSpec.from_width("front", -1, (0.0, 0.0, 1.0), (120, 90), 14.0)
_CHANNELS = ("instance", "semantic", "depth", "range", "position", "flow", "normal", "part", "radiance")

TEXT = """use driving
scenario drawing:
    world street(length = 60 m, parking = right)
    car ego on lane(1) at s(20 m):
        speed = 5 m/s
    car other ahead of ego by 5 m:
        speed = 4 m/s
    stop after 0.2 s
    sensor top on ego = camera(size = (96, 72), lens = telecentric, mount = (4 m, 0 m, 30 m), pitch = 90 deg):
        lens.width = 24 m
    record top: rgb, depth, instance, box2d, keypoints, amodal, flow, flow_mask, scene_flow, time_to_collision at 10 hz
"""


@pytest.fixture(scope="module")
def world() -> Any:
    scene = scene_of([block(f"b{i}", (1.2 + 0.1 * i, 1.0, 1.5)) for i in range(len(_PLACES))])
    state = state_of(scene, _PLACES, [0.4 * i for i in range(len(_PLACES))])
    return scene, state, moved(state, _SHIFTS)


def _seen(world: Any, renderer: str = "raytrace", spec: CameraSpec = _SPEC, **options: Any) -> Any:
    scene, state, later = world
    made = open_renderer(renderer, scene, RenderOptions(**options))
    try:
        return made.camera(spec, Instants(state, later, later), _CHANNELS, NOISE).channels
    finally:
        made.close()


def test_ray_tracer_and_reference_agree(world: Any) -> None:
    """The reference traces every pixel's ray by brute force in float64: equal to rounding, flow to 0.001 px."""
    quick, exact = _seen(world), _seen(world, "reference")
    same = quick["part"] == exact["part"]
    assert same.mean() > 0.999 and (quick["part"] >= 0).mean() > 0.05
    assert (quick["instance"] == exact["instance"])[same].all()
    for name, most in (("range", 1e-4), ("depth", 1e-4), ("position", 1e-4), ("normal", 1e-4), ("flow", 1e-3)):
        np.testing.assert_allclose(quick[name][same], exact[name][same], rtol=0, atol=most)
    assert (quick["depth"] == quick["range"]).all()
    assert np.isnan(quick["flow"][quick["part"] < 0]).all()  # what is infinitely far has no place


def test_both_trees_agree(world: Any) -> None:
    """Warp's own tree, the one of GPUs, finds what Embree finds."""
    embree, other = _seen(world), _seen(world, trace="warp")
    assert (embree["part"] == other["part"]).mean() > 0.999
    same = embree["part"] == other["part"]
    np.testing.assert_allclose(embree["range"][same], other["range"][same], rtol=0, atol=1e-4)


def test_flow_is_the_way_of_points(world: Any) -> None:
    """A block that goes by (dx, dy, dz) of its own goes by -dy and -dz metres in the picture, times 120 / 14 px."""
    seen = _seen(world)
    for k, (_, left_m, up_m) in enumerate(_SHIFTS):
        flow = seen["flow"][seen["instance"] == k]
        if len(flow):
            expected = np.array([-left_m, -up_m]) * 120.0 / 14.0
            np.testing.assert_allclose(flow, np.broadcast_to(expected, flow.shape), rtol=0, atol=1e-4)


def test_a_block_is_as_large_wherever_it_stands(world: Any) -> None:
    """Turned by nothing, the first block is 1.0 m wide and 1.5 m high: its box has that in pixels, and its middle is
    where it stands; blocks behind the camera have none."""
    scene, state, _ = world
    boxes = amodal_boxes(scene, _SPEC, state)
    assert 3 not in boxes.instance
    x0, y0, x1, y1 = boxes.box_px[list(boxes.instance).index(0)]
    per_m = 120.0 / 14.0
    np.testing.assert_allclose([x1 - x0, y1 - y0], [per_m, 1.5 * per_m], rtol=0, atol=1e-5)
    np.testing.assert_allclose([0.5 * (x0 + x1), y1], [60.0 - per_m, 45.0 + per_m], rtol=0, atol=1e-5)


@pytest.mark.parametrize("preset", ["standard", "reference"])
def test_light_of_samples_is_that_of_finer_pixels(world: Any, preset: str) -> None:
    """Nine samples a pixel and one sample in each of nine smaller pixels see the same light in the mean: rays of both
    start all over the picture."""
    several = _seen(world, samples=9 if preset == "standard" else 64, extra={"preset": preset})["radiance"]
    finer = _seen(world, spec=_SPEC.finer(3))["radiance"]
    finer = finer.reshape(90, 3, 120, 3, 3).mean((1, 3))
    luma = np.array([0.2126, 0.7152, 0.0722])
    assert np.corrcoef((several @ luma).ravel(), (finer @ luma).ravel())[0, 1] > 0.97


def test_a_recorded_drawing() -> None:
    """Labels of a scenario hold together: points that move by scene flow project to where flow leads, keypoints are
    projected points, amodal masks lie in their boxes, and time to collision is depth over what it loses."""
    program = parse_text(TEXT, libraries=libraries())[0]
    frames = list(next(iter(simengine.episodes(program, 1, seed=2))))
    top = frames[0]["top"]
    spec, depth = top.spec, top["depth"]
    points = projection.points(spec, depth)
    assert np.isfinite(depth).all() and (depth > 5.0).all() and spec.parallel
    px, _ = projection.project(spec, points + top["scene_flow"])
    np.testing.assert_allclose(px - projection.pixel_centres(spec), top["flow"], rtol=0, atol=2e-3)
    at, seen = top.keypoints.camera_m, top.keypoints.visibility > 0
    np.testing.assert_allclose(projection.project(spec, at)[0][seen], top.keypoints.px[seen], rtol=0, atol=1e-6)
    assert (top.keypoints.visibility == 2).any() and (top["flow_mask"] == 255).mean() > 0.5
    loss = -top["scene_flow"][..., 2]
    with np.errstate(divide="ignore"):
        expected = np.where(loss > 1e-4, depth * 0.1 / np.maximum(loss, 1e-9), np.inf)
    sure = loss > 1e-3
    np.testing.assert_allclose(top["time_to_collision"][sure], expected[sure], rtol=1e-3)
    ground = tf.apply(top.pose, points)
    assert ground[..., 2].min() > -0.5


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("lens.width = 24 m", "exposure = auto", "write lens.width = 20 m"),
        ("pitch = 90 deg)", "fov = 50 deg, pitch = 90 deg)", "in place of fov"),
        ("lens = telecentric", "lens = fisheye", "sees an angle"),
        ("lens.width = 24 m", "lens.width = 24 m\n        glare.share = 0.1", "a telecentric lens is perfect"),
    ],
)
def test_what_is_said_of_wrong_views(old: str, new: str, message: str) -> None:
    found = check_text(TEXT.replace(old, new), libraries=libraries())
    assert [message in d.message for d in found.diagnostics] == [True]


def test_raster_refuses_it() -> None:
    from simengine_renderers.raster.view import Pinhole

    with pytest.raises(UsageError, match=r"lens 'telecentric'.*use raytrace"):
        Pinhole.of(_SPEC, projection.rays(_SPEC))
