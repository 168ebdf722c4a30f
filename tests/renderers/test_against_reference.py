"""The ray tracer against the brute-force reference renderer, on random small scenes.

Both follow the protocol; the reference is float64 without any tree, so where they differ the ray tracer is wrong, but
for pixels whose centre ray passes within float32 rounding of an edge.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simengine.arrays import Array, BoolArray
from simengine.render.labels import amodal_boxes
from simengine.render.protocol import CameraReading, Instants, LidarReading, NoiseKey, RenderOptions
from simengine_renderers import raytrace, reference
from tests.renderers.random_scenes import SmallScene, random_scene

CHANNELS = ("depth", "range", "normal", "semantic", "instance", "part", "material", "position", "albedo", "flow")
NOISE = NoiseKey(0, 0, 0)
FAST = 30
ALL = 200


def near_edges(*images: Array) -> BoolArray:
    """Pixels with another value among their eight neighbours in any of the images."""
    out = np.zeros(images[0].shape, np.bool_)
    for image in images:
        wide = np.pad(image, 1, mode="edge")
        h, w = image.shape
        for dy in range(3):
            for dx in range(3):
                out |= wide[dy : dy + h, dx : dx + w] != image
    return out


def render_both(x: SmallScene, options: RenderOptions) -> tuple[CameraReading, CameraReading]:
    instants = Instants(x.now, x.next, x.next)
    tracer = raytrace.open_renderer(x.scene, options)
    try:
        ours = tracer.camera(x.camera, instants, CHANNELS, NOISE)
    finally:
        tracer.close()
    return ours, reference.open_renderer(x.scene, RenderOptions()).camera(x.camera, instants, CHANNELS, NOISE)


def compare(x: SmallScene, options: RenderOptions) -> None:
    """Ids, depth, range, normals, object-space positions, albedo and flow of one scene."""
    ours, truth = render_both(x, options)
    a, b = ours.channels, truth.channels
    np.testing.assert_array_equal(ours.world_from_camera, truth.world_from_camera)
    clear = ~near_edges(b["part"], b["material"], a["part"], a["material"])
    for name in ("instance", "part", "semantic", "material"):
        assert a[name].dtype == np.int32
        np.testing.assert_array_equal(a[name][clear], b[name][clear], err_msg=name)
    folded = ~np.isclose(a["depth"], b["depth"], rtol=1e-4) & near_folds(b["normal"], b["depth"])
    same = clear & ~folded
    for name in ("depth", "range"):
        np.testing.assert_allclose(a[name][same], b[name][same], rtol=1e-4, err_msg=name)
    np.testing.assert_allclose(a["position"][same], b["position"][same], rtol=0, atol=3e-3, err_msg="position")
    np.testing.assert_allclose(a["albedo"][same], b["albedo"][same], rtol=0, atol=1e-6, err_msg="albedo")
    # a point close to the camera's plane: u = f x / z, so an error dz of its depth moves it by u^2 dz / (f x)
    flow, truth_flow = a["flow"][same], b["flow"][same]
    reached = np.abs(truth_flow).max(-1, keepdims=True)
    unsure = 2e-7 * reached**2 + 1e-3 * np.abs(truth_flow) + 0.01
    np.testing.assert_array_equal(np.isnan(flow), np.isnan(truth_flow), err_msg="flow")
    assert not (np.abs(flow - truth_flow) > unsure).any()
    flat = same & ~near_folds(b["normal"], b["depth"])
    np.testing.assert_allclose(a["normal"][flat], b["normal"][flat], rtol=0, atol=2e-3, err_msg="normal")


def near_folds(normal: Array, depth: Array) -> BoolArray:
    """Pixels at a crease or at a contour of a part against itself: a neighbour's normal or depth jumps."""
    turned = np.round(normal @ np.array([1.0, 10.0, 100.0], np.float32), 1)
    step = np.round(np.log(np.where(np.isfinite(depth), depth, 1e6)) * 20.0)
    return near_edges(turned, step)


@pytest.mark.parametrize("seed", [pytest.param(s, marks=[pytest.mark.slow] if s >= FAST else []) for s in range(ALL)])
def test_camera_equals_reference(seed: int) -> None:
    """Depth to 1e-4 relative and ids everywhere but within a pixel of an edge, 200 scenes (30 by default)."""
    compare(random_scene(seed), RenderOptions())


def scan_both(x: SmallScene) -> tuple[LidarReading, LidarReading]:
    spec, instants = replace(x.lidar, columns=256), Instants(x.now, x.next)
    tracer = raytrace.open_renderer(x.scene, RenderOptions())
    try:
        ours = tracer.lidar(spec, instants, NOISE)
    finally:
        tracer.close()
    return ours, reference.open_renderer(x.scene, RenderOptions()).lidar(spec, instants, NOISE)


@pytest.mark.parametrize("seed", [pytest.param(s, marks=[pytest.mark.slow] if s >= FAST else []) for s in range(ALL)])
def test_lidar_equals_reference(seed: int) -> None:
    """Sensor, bodies and limbs move during the scan; range to 1e-4 and ids equal but for at most two shots of 2048.

    Those two may meet an edge within float32 rounding, or lie at the detection threshold.
    """
    ours, truth = scan_both(random_scene(seed))
    a, b = ours.points, truth.points
    shot_a, shot_b = (p["column"].astype(np.int64) * 8 + p["ring"] for p in (a, b))
    _, ia, ib = np.intersect1d(shot_a, shot_b, return_indices=True)
    off = np.abs(a["range"][ia] / b["range"][ib] - 1.0) > 1e-4
    off |= a["instance"][ia] != b["instance"][ib]
    assert len(shot_a) + len(shot_b) - 2 * len(ia) + off.sum() <= 2
    ia, ib = ia[~off], ib[~off]
    for name in ("semantic", "time_offset_ns", "ring", "column"):
        np.testing.assert_array_equal(a[name][ia], b[name][ib], err_msg=name)
    for name in ("xyz", "xyz_deskewed"):
        np.testing.assert_allclose(a[name][ia], b[name][ib], rtol=0, atol=2e-3, err_msg=name)
    np.testing.assert_allclose(a["intensity"][ia], b["intensity"][ib], rtol=0.01, atol=0.1)
    np.testing.assert_array_equal(ours.world_from_lidar, truth.world_from_lidar)


@pytest.mark.parametrize("seed", range(20))
def test_silhouettes_equal_reference(seed: int) -> None:
    """Amodal masks of all things in view: equal but for pixels at their own contour, at most one each."""
    x = random_scene(seed)
    windows = amodal_boxes(x.scene, x.camera, x.now).windows()
    tracer = raytrace.open_renderer(x.scene, RenderOptions())
    try:
        ours = tracer.silhouettes(x.camera, x.now, windows)
    finally:
        tracer.close()
    truth = reference.open_renderer(x.scene, RenderOptions()).silhouettes(x.camera, x.now, windows)
    assert [s.entity for s in ours] == [s.entity for s in truth] == list(windows)
    for a, b in zip(ours, truth, strict=True):
        assert (a.x0, a.y0, a.mask.shape) == (b.x0, b.y0, b.mask.shape)
        assert (a.mask != b.mask).sum() <= 1
