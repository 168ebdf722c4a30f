"""Shares of pixels against sums on paper: a pole thinner than a pixel, a slanted edge, three things in one pixel."""

from __future__ import annotations

import numpy as np
import pytest

from simengine.arrays import F64Array
from simengine.engine.matte import SAMPLES, mixed
from simengine.engine.shutter import exposed
from simengine.geometry import transforms as tf
from simengine.render.opening import open_renderer
from simengine.render.protocol import Instants, RenderOptions
from simengine.sensors import projection
from simengine.sensors.specs import CameraSpec
from tests.renderers.simple_scenes import NOISE, block, camera, scene_of, state_of

WALL, POLE = 0, 1


def shares(turn_rad: float, thick_m: float = 0.06, left_m: float = 0.013) -> tuple[F64Array, F64Array, float]:
    """Share of a pole in every pixel, ids at the centres, and pixels a metre at the pole; a wall fills the rest."""
    wall = block("wall", (1.0, 60.0, 60.0), cls="building")
    pole = block("pole", (thick_m, thick_m, 30.0), cls="pole")
    spec = camera(64, 48, height_m=0.0)
    upright = tf.matrix_from_pose(np.zeros(3), tf.quaternion_about((1, 0, 0), turn_rad))
    there = tf.compose(tf.translation([8.0 + thick_m / 2, left_m, 0.0]), upright)
    place = tf.compose(there, tf.translation([0.0, 0.0, -15.0]))
    scene = scene_of(fixed=[(wall, tf.translation([20.0, 0.0, -30.0])), (pole, place)])
    state = state_of(scene, [])
    renderer = open_renderer("raytrace", scene, RenderOptions(threads=1))
    made = exposed(renderer, None, spec, Instants(state, state), ("instance", "matte"), NOISE).channels
    renderer.close()
    m = made["matte"]
    assert m.dtype == np.float32 and (m[..., 1] + m[..., 3] == 1.0).all()
    share = np.where(m[..., 0] == POLE, m[..., 1], 0.0) + np.where(m[..., 2] == POLE, m[..., 3], 0.0)
    return share, made["instance"], spec.fx_px / 8.0


@pytest.mark.parametrize("turn_rad", [0.0, np.pi / 2])
def test_a_pole_thinner_than_a_pixel_has_its_part_of_each(turn_rad: float) -> None:
    """0.24 pixels wide, upright or level: the overlap of two intervals, to a sixteenth (each edge to 1 / 32). Centre
    rays miss it altogether."""
    share, instance, scale = shares(turn_rad, left_m=0.16)
    assert not (instance == POLE).any()
    at = 0.16 * scale * (-1.0 if turn_rad == 0.0 else 0.0)  # +y is left of the image
    across = 64 if turn_rad == 0.0 else 48
    low, high = across / 2 + at - 0.03 * scale, across / 2 + at + 0.03 * scale
    edges = np.arange(across)
    expected = np.clip(np.minimum(edges + 1, high) - np.maximum(edges, low), 0.0, 1.0)
    expected = np.broadcast_to(expected[None, :], (48, 64)) if turn_rad == 0.0 else expected[:, None]
    assert expected.max() < 0.25 and np.abs(share - expected).max() <= 1.0 / 16.0


def test_a_slanted_pole_has_its_area() -> None:
    """Turned by 20 degrees its picture is a strip 1 / cos 20 as wide along rows: the sum of each row's shares, on
    average over rows to a hundredth, in each to three sixteenths."""
    share, _, scale = shares(np.radians(20.0), thick_m=0.5)
    width = 0.5 * scale / np.cos(np.radians(20.0))
    rows = share[4:44].sum(1)
    assert rows.mean() == pytest.approx(width, abs=0.02) and np.abs(rows - width).max() < 0.19


def test_tables_of_rays_are_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second image of a camera computes no directions: those of all sixteen samples are still there."""
    made: list[str] = []
    rays = projection.rays

    def counted(spec: CameraSpec) -> F64Array:
        made.append(spec.name)
        return rays(spec)

    monkeypatch.setattr(projection, "rays", counted)
    scene = scene_of([block("wall", (1.0, 6.0, 6.0))])
    state, spec = state_of(scene, [(8.0, 0.0, 0.0)]), camera(64, 48)
    renderer = open_renderer("raytrace", scene, RenderOptions(threads=1))
    first, second = (
        exposed(renderer, None, spec, Instants(state, state), ("instance", "matte"), NOISE).channels for _ in range(2)
    )
    renderer.close()
    assert len(made) == 1 + SAMPLES and np.array_equal(first["matte"], second["matte"])


def test_three_things_in_a_pixel() -> None:
    """The two most frequent are kept, the first being the more frequent; of equal ones the smaller id comes first."""
    ids = np.full((SAMPLES, 3), 7)
    ids[:9, 0], ids[9:14, 0] = 4, -1
    ids[:8, 1] = 9
    np.testing.assert_allclose(
        mixed(ids), [[4, 9 / 16, -1, 5 / 16], [7, 0.5, 9, 0.5], [7, 1.0, -1, 0.0]], rtol=0, atol=0
    )
