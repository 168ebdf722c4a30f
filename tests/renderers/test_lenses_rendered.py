"""Pictures and labels through lenses other than a plane: one renderer against the other, labels against pictures."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pytest

from simengine.errors import UsageError
from simengine.geometry import transforms as tf
from simengine.render.labels import amodal_boxes
from simengine.render.opening import open_renderer
from simengine.render.protocol import CameraReading, Instants, Renderer, RenderOptions
from simengine.sensors import projection
from simengine.sensors.specs import CameraSpec
from simengine.world.scene import Scene
from simengine.world.state import WorldState
from tests.renderers.simple_scenes import NOISE, block, moved, scene_of, state_of

_LENSES = {
    "fisheye": ("fisheye", (-0.01, 0.002, 0.0, 0.0), 200.0, 210.0),
    "whole": ("fisheye", (0.0,) * 4, 340.0, 360.0),
    "sphere": ("double_sphere", (-0.2, 0.6), 190.0, 360.0),
    "orthographic": ("orthographic", (), 170.0, 360.0),
    "panorama": ("equirectangular", (), 360.0, 360.0),
    "prism": ("pinhole", (-0.1, 0.02, 1e-3, -2e-3, 0.0, 0.0, 0.0, 0.0, 0.004, 0.0, -0.003, 0.001), 90.0, 360.0),
}
# ahead, beside, behind (across the seam and straight back), above, below, and one that the camera almost touches
_PLACES = [
    (8.0, 1.0, 0.0), (0.5, 4.0, 0.2), (-0.3, -5.0, 0.5), (-6.0, 0.3, 0.0), (-4.0, 3.0, 1.0), (0.3, 0.2, 4.0),
    (0.5, -0.4, -2.5), (3.0, -1.2, 0.4), (12.0, -9.0, 3.0),
]  # fmt: skip
_CHANNELS = ("instance", "semantic", "depth", "range", "position", "flow", "normal", "part", "rgb")


@dataclass(frozen=True, eq=False)
class _Pair:
    spec: CameraSpec
    scene: Scene
    state: WorldState
    later: WorldState
    renderer: Renderer
    quick: CameraReading
    exact: CameraReading


@pytest.fixture(scope="module", params=_LENSES)
def pair(request: pytest.FixtureRequest):
    lens, k, fov, circle = _LENSES[request.param]
    spec = CameraSpec.from_fov(
        "front", -1, (0.0, 0.0, 1.0), (120, 90), math.radians(fov), lens=lens, distortion=k,
        circle_rad=math.radians(circle),
    )  # fmt: skip
    scene = scene_of([block(f"b{i}", (1.2 + 0.1 * i, 1.0, 1.5)) for i in range(len(_PLACES))])
    state = state_of(scene, _PLACES, [0.4 * i for i in range(len(_PLACES))])
    later = moved(state, [(0.3, 0.1 * (-1) ** i, 0.02) for i in range(len(_PLACES))])
    instants, readings = Instants(state, later, later), []
    renderer = open_renderer("raytrace", scene, RenderOptions(threads=1))
    for made in (renderer, open_renderer("reference", scene, RenderOptions())):
        readings.append(made.camera(spec, instants, _CHANNELS, NOISE))
    yield _Pair(spec, scene, state, later, renderer, *readings)
    renderer.close()


def test_ray_tracer_and_reference_agree(pair):
    """The reference traces every pixel's ray by brute force in float64: ids equal off silhouettes, flow to 0.02 px."""
    quick, exact = pair.quick.channels, pair.exact.channels
    same = quick["part"] == exact["part"]
    assert same.mean() > 0.999
    for name in ("instance", "semantic"):
        assert (quick[name] == exact[name])[same].all()
    for name in ("range", "depth", "position"):
        np.testing.assert_allclose(quick[name][same], exact[name][same], rtol=1e-4, atol=2e-3)
    turned = np.abs(quick["normal"] - exact["normal"])[same].max(-1) > 1e-4  # on an edge between two faces
    assert turned.mean() < 1e-3
    a, b = quick["flow"][same], exact["flow"][same]
    assert (np.isnan(a) == np.isnan(b)).mean() > 0.999
    both = ~(np.isnan(a) | np.isnan(b)).any(-1)
    still = np.abs(b[both]).max(-1) < 0.4 * pair.spec.width_px  # half way round the seam either way is right
    np.testing.assert_allclose(a[both][still], b[both][still], rtol=0, atol=0.02)


def test_flow_leads_to_where_the_point_is_next(pair):
    """A point of the mesh, placed as the part is in the next frame and projected: flow to 0.02 px."""
    flow, ids = pair.quick.channels["flow"], pair.quick.channels["instance"]
    row, column = np.nonzero((ids >= 0) & np.isfinite(flow).all(-1))
    part = pair.quick.channels["part"][row, column]
    local = pair.quick.channels["position"][row, column].astype(np.float64)
    there = tf.apply(pair.scene.part_transforms(pair.later)[part], local)
    px, valid = projection.project(pair.spec, tf.apply(tf.inverse(pair.quick.world_from_camera), there))
    assert valid.mean() > 0.99
    expected = px - np.stack([column + 0.5, row + 0.5], -1)
    if pair.spec.lens == "equirectangular":
        whole = pair.spec.width_px
        expected[:, 0] = (expected[:, 0] + 0.5 * whole) % whole - 0.5 * whole
    gap = np.abs(flow[row, column] - expected)[valid]
    assert np.percentile(gap, 99.5) < 0.02 and np.median(gap) < 1e-3


def test_outside_the_image_circle_all_is_empty(pair):
    """No ray, no hit, no light: ids -1, infinitely far, flow NaN, black."""
    outside = ~projection.covered(pair.spec)
    for reading in (pair.quick.channels, pair.exact.channels):
        assert (reading["instance"][outside] == -1).all() and (reading["semantic"][outside] == 0).all()
        assert np.isposinf(reading["range"][outside]).all() and np.isposinf(reading["depth"][outside]).all()
        assert np.isnan(reading["flow"][outside]).all() and (reading["rgb"][outside] == 0).all()
        assert (reading["rgb"][~outside] > 0).any()


def test_amodal_boxes_bound_what_each_thing_covers_alone(pair):
    """Rendered alone, a thing's pixel centres lie within its box, and reach to within a pixel of its sides."""
    boxes = amodal_boxes(pair.scene, pair.spec, pair.state)
    size = (0, 0, pair.spec.width_px, pair.spec.height_px)
    alone = pair.renderer.silhouettes(pair.spec, pair.state, dict.fromkeys(range(len(_PLACES)), size))
    inside = projection.covered(pair.spec)
    checked = 0
    for mask in alone:
        rows, columns = np.nonzero(mask.mask)
        at = np.flatnonzero(boxes.instance == mask.entity)
        if not rows.size:
            continue
        assert at.size, f"{mask.entity} is in the picture and has no box"
        x0, y0, x1, y1 = boxes.clipped_px[at[0]]
        assert not (mask.mask & ~inside).any()
        low, high = (columns.min() + 0.5, rows.min() + 0.5), (columns.max() + 0.5, rows.max() + 0.5)
        assert x0 <= low[0] + 0.02 and y0 <= low[1] + 0.02 and x1 >= high[0] - 0.02 and y1 >= high[1] - 0.02
        if (boxes.box_px[at[0]] != boxes.clipped_px[at[0]]).any():
            continue  # reaches out of the picture, and further to its sides there
        # a sharp corner may reach a few pixels beyond the last centre that it covers
        assert max(low[0] - x0, low[1] - y0, x1 - high[0], y1 - high[1]) < 3.0
        checked += 1
    assert checked >= (1 if pair.spec.lens == "pinhole" else 3)


def test_raster_says_which_lenses_it_cannot_draw(pair):
    """One clear sentence, before anything is drawn; the sentence names the lens and the way out."""
    from simengine_renderers.raster.view import Pinhole

    with pytest.raises(UsageError, match="use raytrace"):
        Pinhole.of(pair.spec, projection.rays(pair.spec))


def test_a_straight_fisheye_sees_what_a_pinhole_sees(pair):
    """Ids at the pixels of a pinhole, looked up along the same rays in the wide picture: equal off edges."""
    narrow = CameraSpec.from_fov("narrow", -1, (0.0, 0.0, 1.0), (60, 45), math.radians(60.0))
    instants = Instants(pair.state, pair.later, pair.later)
    seen = pair.renderer.camera(narrow, instants, ("instance",), NOISE).channels["instance"]
    px, valid = projection.project(pair.spec, projection.rays(narrow))
    column, row = (np.floor(px[..., k]).astype(int) for k in (0, 1))
    found = pair.quick.channels["instance"][row, column]
    assert valid.all() and (found == seen).mean() > 0.9
