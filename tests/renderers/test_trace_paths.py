"""Two ways to trace, several ways to slice the work: one result."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from simengine.errors import UsageError
from simengine.geometry import transforms as tf
from simengine.render.protocol import CAMERA_CHANNELS, Instants, NoiseKey, RenderOptions
from simengine_renderers import raytrace, reference
from tests.renderers.random_scenes import SmallScene, random_scene
from tests.renderers.test_against_reference import near_edges, near_folds

ROOT = Path(__file__).parents[2]
ALL = tuple(CAMERA_CHANNELS)
NOISE = NoiseKey(3, 1, 4)


def read(x: SmallScene, options: RenderOptions, noisy: bool = False) -> tuple[dict, dict]:
    spec = replace(x.lidar, range_noise_m=0.3 if noisy else 0.0)
    instants = Instants(x.now, x.next, x.next)
    renderer = raytrace.open_renderer(x.scene, options)
    try:
        image = dict(renderer.camera(x.camera, instants, ALL, NOISE).channels)
        return image, dict(renderer.lidar(spec, instants, NOISE).points)
    finally:
        renderer.close()


@pytest.mark.parametrize("seed", range(8))
def test_embree_and_warp_see_the_same(seed: int) -> None:
    """Both are exact ray tracers in float32: ids off edges, depth to 1e-5, and the LiDAR shots under motion agree."""
    x = random_scene(seed)
    a, p = read(x, RenderOptions(trace="embree"))
    b, q = read(x, RenderOptions(trace="warp"))
    clear = ~near_edges(a["part"], a["material"], b["part"], b["material"])
    clear &= ~near_folds(a["normal"], a["depth"])
    for name in ("instance", "part", "material", "semantic"):
        np.testing.assert_array_equal(a[name][clear], b[name][clear])
    for name in ("depth", "range"):
        np.testing.assert_allclose(a[name][clear], b[name][clear], rtol=1e-5, atol=5e-6)
    np.testing.assert_allclose(a["normal"][clear], b["normal"][clear], atol=2e-4)
    both = {(int(r), int(c)) for r, c in zip(p["ring"], p["column"], strict=True)}
    others = {(int(r), int(c)) for r, c in zip(q["ring"], q["column"], strict=True)}
    assert len(both ^ others) <= 0.01 * max(1, len(both))  # shots that graze an edge
    shared = both & others
    keep = [
        np.array([(int(r), int(c)) in shared for r, c in zip(s["ring"], s["column"], strict=True)], bool)
        for s in (p, q)
    ]
    same = p["instance"][keep[0]] == q["instance"][keep[1]]
    assert same.mean() > 0.99 if len(same) else True
    np.testing.assert_allclose(p["range"][keep[0]][same], q["range"][keep[1]][same], rtol=1e-4)


@pytest.fixture(scope="module")
def gpu_check():
    spec = importlib.util.spec_from_file_location("gpu_check", ROOT / "tools" / "gpu_check.py")
    assert spec is not None and spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    sys.modules["gpu_check"] = tool  # dataclasses look their module up
    spec.loader.exec_module(tool)
    return tool


def test_a_library_scenario_comes_out_the_same(gpu_check) -> None:
    """The trees that CUDA traces, on the CPU, against Embree: a street in rain with a camera and a LiDAR that move.

    The same tool compares CUDA with the CPU where there is a GPU; what it asks of both: ids off edges equal, depth and
    LiDAR ranges to 1e-4, 99.5 % of the shots on the same thing. Measured here: 1e-6.
    """
    found = gpu_check.compare(
        "child_dart_out", RenderOptions(trace="warp", device="cpu"), RenderOptions(trace="embree")
    )
    assert found.good, found
    assert found.pixels > 400_000 and found.shots > 40_000
    assert found.rgb_mean < 0.05


def test_every_kernel_of_the_main_job_compiles_for_cuda(gpu_check) -> None:
    """To PTX of an H100 by the compiler that Warp brings along, without a GPU: as many entries as there are kernels."""
    from simengine_renderers.raytrace import modules

    names = ("bvh", "surfaces", "light", "lamps", "lidar", "paths")
    kernels = {n: len(getattr(modules, n.upper()).kernels) for n in names}
    assert gpu_check.compiled(90) == kernels and min(kernels.values()) >= 1


@pytest.mark.parametrize("seed", range(12))
def test_lidar_equals_reference(seed: int) -> None:
    """The reference interpolates every pose in float64 at every shot's own time; nothing else has that truth."""
    x = random_scene(seed)
    _, ours = read(x, RenderOptions())
    spec = replace(x.lidar, range_noise_m=0.0)
    renderer = reference.open_renderer(x.scene, RenderOptions())
    truth = renderer.lidar(spec, Instants(x.now, x.next), NOISE).points
    at = {(int(r), int(c)): i for i, (r, c) in enumerate(zip(truth["ring"], truth["column"], strict=True))}
    pairs = [
        (i, at[k]) for i, k in enumerate(zip(ours["ring"].tolist(), ours["column"].tolist(), strict=True)) if k in at
    ]
    assert len(pairs) >= 0.99 * max(len(at), len(ours["ring"]))
    if not pairs:
        return
    i, j = np.array(pairs).T
    same = ours["instance"][i] == truth["instance"][j]
    assert same.mean() > 0.99
    i, j = i[same], j[same]
    near = np.abs(ours["range"][i] - truth["range"][j]) <= 1e-4 * truth["range"][j]
    assert near.mean() > 0.99  # the rest sits on a fold
    for name, slack in (("xyz", 1e-3), ("xyz_deskewed", 1e-3), ("intensity", 0.05)):
        np.testing.assert_allclose(ours[name][i[near]], truth[name][j[near]], rtol=1e-4, atol=slack, err_msg=name)
    np.testing.assert_array_equal(ours["time_offset_ns"][i], truth["time_offset_ns"][j])
    np.testing.assert_array_equal(ours["semantic"][i], truth["semantic"][j])


@pytest.mark.parametrize("trace", ["embree", "warp"])
def test_bytes_do_not_depend_on_threads(trace: str) -> None:
    """Slices only cut the work: packets, random words and sums belong to pixels and shots, not to slices."""
    x = random_scene(5, (70, 50))  # no multiple of a tile
    x = replace(x, camera=replace(x.camera, samples=3, droplets=0.1))
    first = read(x, RenderOptions(trace=trace, threads=1), noisy=True)
    for threads in (2, 3):
        again = read(x, RenderOptions(trace=trace, threads=threads), noisy=True)
        for a, b in zip(first, again, strict=True):
            for name in a:
                assert a[name].tobytes() == b[name].tobytes(), name


def test_bytes_do_not_depend_on_what_was_rendered_before() -> None:
    """A frame made alone equals the same frame made after others (resume, workers): no state leaks into results."""
    x = random_scene(7)
    renderer = raytrace.open_renderer(x.scene, RenderOptions())
    spec = replace(x.lidar, range_noise_m=0.3)
    alone = renderer.camera(x.camera, Instants(x.next, x.next, x.now), ALL, NOISE).channels
    scan = renderer.lidar(spec, Instants(x.next, x.now), NOISE).points
    renderer.lidar(spec, Instants(x.now, x.next), NoiseKey(9, 9, 9))
    renderer.camera(x.camera, Instants(x.now, x.now, x.next), ALL, NoiseKey(9, 9, 9))
    later = renderer.camera(x.camera, Instants(x.next, x.next, x.now), ALL, NOISE).channels
    rescan = renderer.lidar(spec, Instants(x.next, x.now), NOISE).points
    renderer.close()
    for name in ALL:
        assert alone[name].tobytes() == later[name].tobytes(), name
    for name in scan:
        assert scan[name].tobytes() == rescan[name].tobytes(), name


@pytest.mark.parametrize("seed", range(6))
def test_silhouettes_equal_reference(seed: int) -> None:
    """An entity alone in the world, by brute force; and what is seen of it lies inside its silhouette."""
    x = random_scene(seed + 20)
    w, h = x.camera.width_px, x.camera.height_px
    windows = {e: (0, 0, w, h) if e % 2 else (5, 3, w - 7, h - 2) for e in range(len(x.scene.entities))}
    renderer = raytrace.open_renderer(x.scene, RenderOptions())
    ours = renderer.silhouettes(x.camera, x.now, windows)
    seen = renderer.camera(x.camera, Instants(x.now, x.now), ("instance",), NOISE).channels["instance"]
    renderer.close()
    truth = reference.open_renderer(x.scene, RenderOptions()).silhouettes(x.camera, x.now, windows)
    for a, b in zip(ours, truth, strict=True):
        assert (a.entity, a.x0, a.y0, a.mask.shape) == (b.entity, b.x0, b.y0, b.mask.shape)
        clear = ~near_edges(b.mask)
        np.testing.assert_array_equal(a.mask[clear], b.mask[clear])
        x0, y0, x1, y1 = windows[a.entity]
        visible = seen[y0:y1, x0:x1] == a.entity
        assert (visible & ~a.mask).sum() <= 0.02 * visible.sum()


def test_far_from_the_origin_nothing_changes() -> None:
    """Metamorphic: world and camera moved together by 3 km give the same image; float32 alone would be 0.2 mm off."""
    x = random_scene(11)
    shift = np.array([3000.0, -2000.0, 0.0])
    far = replace(x.now, position_m=x.now.position_m + shift)
    parts = tuple(
        p if p.link >= 0 else replace(p, frame_from_mesh=tf.compose(tf.translation(shift), p.frame_from_mesh))
        for p in x.scene.parts
    )
    camera = x.camera
    if camera.entity < 0:
        camera = replace(camera, entity_from_camera=tf.compose(tf.translation(shift), camera.entity_from_camera))
    images = []
    for scene, state, spec in ((x.scene, x.now, x.camera), (replace(x.scene, parts=parts), far, camera)):
        renderer = raytrace.open_renderer(scene, RenderOptions())
        images.append(renderer.camera(spec, Instants(state, state), ("depth", "part"), NOISE).channels)
        renderer.close()
    clear = ~near_edges(images[0]["part"], images[1]["part"])
    np.testing.assert_array_equal(images[0]["part"][clear], images[1]["part"][clear])
    close = np.isclose(images[0]["depth"][clear], images[1]["depth"][clear], rtol=2e-5)
    assert close.mean() > 0.999


def test_bad_options_are_one_clear_error() -> None:
    """Unknown words and what this machine cannot do are refused with what to do instead."""
    x = random_scene(0)
    for options in (RenderOptions(device="tpu"), RenderOptions(trace="optix"), RenderOptions(threads=0)):
        with pytest.raises(UsageError):
            raytrace.open_renderer(x.scene, options)
    renderer = raytrace.open_renderer(x.scene, RenderOptions())
    with pytest.raises(UsageError, match="did you mean 'depth'"):
        renderer.camera(x.camera, Instants(x.now, x.now), ("dept",), NOISE)
    with pytest.raises(UsageError, match="next frame"):
        renderer.camera(x.camera, Instants(x.now, x.now), ("flow",), NOISE)
    with pytest.raises(UsageError, match="clip it first"):
        renderer.silhouettes(x.camera, x.now, {0: (0, 0, 10_000, 5)})
    renderer.close()
