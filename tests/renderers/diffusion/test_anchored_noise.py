"""Noise on surfaces: exactly white, correlated as the formula says, and it goes where things go."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simengine.geometry import transforms as tf
from simengine.render.opening import open_renderer
from simengine.render.protocol import Instants, NoiseKey, RenderOptions
from simengine.rng import stream
from simengine.sensors.specs import CameraSpec

pytest.importorskip("simengine_renderers.diffusion", reason="needs the extra 'diffusion'", exc_type=ImportError)

from simengine_renderers.diffusion.cells import Viewer, cells
from simengine_renderers.diffusion.noise import anchored, numbers, screen
from simengine_renderers.diffusion.own import surface_of

CHANNELS = ("part", "position", "normal", "depth")


def shares(cell: np.ndarray, block: int) -> np.ndarray:
    """n_cp: how many samples of each pixel (columns) show each cell (rows)."""
    keys, which = np.unique(cell, return_inverse=True)
    height, width = cell.shape
    rows, columns = np.indices(cell.shape) // block
    pixel = rows * (width // block) + columns
    out = np.zeros((len(keys), height * width // block**2))
    np.add.at(out, (which.ravel(), pixel.ravel()), 1.0)
    return out


@pytest.mark.parametrize("seed", range(3))
def test_the_covariance_of_the_pixels_is_the_identity(seed):
    """The noise is a linear map of independent N(0, 1) numbers, so it is white if and only if the map's rows are
    orthonormal. The map is written down here from the definition, for cells of all sizes and shapes, and the function
    must be that map."""
    rng = stream(seed, "cells")
    cell = rng.integers(0, 25, (12, 8)).astype(np.uint64)
    cell[:6, :4] = 99  # a large one, and many of a single sample
    cell[10] = np.arange(200, 208)
    block = 2
    keys, which, count = np.unique(cell.ravel(), return_inverse=True, return_counts=True)
    which = which.ravel()
    one_cell = (which[:, None] == which[None]) / count[which][:, None]
    of_cells = np.zeros((cell.size, len(keys)))
    of_cells[np.arange(cell.size), which] = 1.0 / np.sqrt(count[which])
    sample = np.hstack([of_cells, np.eye(cell.size) - one_cell])
    rows, columns = np.indices(cell.shape) // block
    pixel = (rows * 4 + columns).ravel()
    summed = (pixel[None] == np.arange(24)[:, None]) / block
    whole = summed @ sample
    np.testing.assert_allclose(whole @ whole.T, np.eye(24), atol=1e-12)
    residual = screen(12, 8, 1, seed, "test")
    drawn = np.concatenate([numbers(keys, 1, seed, "cells")[0], residual.ravel()])
    np.testing.assert_allclose(anchored(cell, residual, block, seed)[0].ravel(), whole @ drawn, atol=1e-5)


def test_numbers_are_normal_and_channels_independent():
    """200,000 draws: mean and correlations of N(0, 1) have a standard error of 0.0022, the variance 0.0032, the fourth
    moment (3) 0.022; five of these are allowed."""
    x = numbers(np.arange(200_000, dtype=np.uint64), 3, 7, "test").astype(np.float64)
    assert np.abs(x.mean(1)).max() < 0.011
    assert np.abs(x.var(1) - 1.0).max() < 0.016
    assert np.abs((x**4).mean(1) - 3.0).max() < 0.11
    assert np.abs(np.corrcoef(x) - np.eye(3)).max() < 0.011
    assert np.abs((x[:, 1:] * x[:, :-1]).mean(1)).max() < 0.011


def test_correlation_between_two_images_is_the_closed_formula():
    """Cells seen from a slightly different place: the correlation of two pixels over seeds is the sum over cells of
    n n' / (S^2 sqrt(n n')). With 1,500 seeds the standard error is 0.026."""
    before = (np.indices((8, 8)) // 3 * [[[10]], [[1]]]).sum(0).astype(np.uint64)
    after = np.roll(before, 1, axis=1)
    n, m = shares(before, 2), shares(after, 2)
    predicted = (n * m / np.sqrt(n.sum(1) * m.sum(1))[:, None]).sum(0) / 4.0
    drawn = np.array(
        [
            [anchored(c, screen(8, 8, 1, seed, name), 2, seed)[0].ravel() for name, c in (("a", before), ("b", after))]
            for seed in range(1_500)
        ]
    )
    measured = (drawn[:, 0] * drawn[:, 1]).mean(0)
    assert predicted.max() > 0.3
    np.testing.assert_allclose(measured, predicted, atol=0.13)


def noise_of(street, renderer, spec, state, name, seed):
    reading = renderer.camera(spec, Instants(state, state, state), CHANNELS, NoiseKey(0, 0, 0))
    cell = cells(Viewer(spec), surface_of(street.scene, Instants(state, state), reading))
    residual = screen(spec.height_px, spec.width_px, 1, seed, name)
    return anchored(cell, residual, 2, seed)[0], reading


def test_it_moves_with_things_and_not_with_the_screen(street):
    """A car that moves sideways by 3 pixels of noise (6 samples): on it the noise of both frames is the same at the
    places that correspond, and unrelated at the same pixels. The screen's part is drawn anew, so all correlation is of
    the cells; 150 pixels give it a standard error of 0.08 at zero."""
    spec = street.camera(384, 288)
    renderer = open_renderer("raytrace", street.scene, RenderOptions("cpu", 1, 1))
    try:
        first, seen = noise_of(street, renderer, spec, street.state, "a", 1)
        shift_m = 6.0 * 18.0 / spec.fx_px  # the face towards the camera is 18 m away
        later = street.state.position_m.copy()
        later[1, 1] -= shift_m
        second, _ = noise_of(street, renderer, spec, _at(street.state, later), "b", 1)
    finally:
        renderer.close()
    far = next(k for k, p in enumerate(street.scene.parts) if street.scene.entities[p.entity].name == "far")
    facing = (seen.channels["part"] == far) & (np.abs(seen.channels["depth"] - 18.0) < 0.01)
    whole = facing.reshape(144, 2, 192, 2).all((1, 3))
    rows, columns = np.nonzero(whole)
    assert len(rows) > 80
    followed = np.corrcoef(first[rows, columns], second[rows, columns + 3])[0, 1]
    stayed = np.corrcoef(first[rows, columns], second[rows, columns])[0, 1]
    assert followed > 0.7
    assert abs(stayed) < 0.4


def _at(state, position_m):
    return replace(state, position_m=position_m)


def test_the_sky_keeps_its_noise_when_the_camera_moves_or_turns(street):
    """Cells of the sky are world directions: moving the camera changes none of them. A camera that is turned by 8 of
    64 samples sees many of the same cells again; not all, as cells may be smaller than samples lie apart."""
    renderer = open_renderer("raytrace", street.scene, RenderOptions("cpu", 1, 1))
    try:
        found = []
        for shift_m, yaw in ((0.0, 0.0), (5.0, 0.0), (0.0, 8.0 / 400.0)):
            turn = tf.matrix_from_pose(np.array([shift_m, 0.0, 1.5]), tf.quaternion_from_yaw(yaw))
            base = street.camera(64, 64).entity_from_camera.copy()
            base[:3, 3] = 0.0
            up = tf.matrix_from_pose(np.zeros(3), tf.quaternion_about(np.array([0.0, 1.0, 0.0]), -0.6))
            pose = tf.compose(turn, tf.compose(up, base))
            spec = CameraSpec("up", -1, pose, 64, 64, 400.0, 400.0, 32.0, 32.0)
            reading = renderer.camera(spec, Instants(street.state, street.state), CHANNELS, NoiseKey(0, 0, 0))
            assert (reading.channels["part"] < 0).all()
            found.append(cells(Viewer(spec), surface_of(street.scene, street.instants, reading)))
    finally:
        renderer.close()
    assert (found[0] == found[1]).all()
    again = np.isin(found[2], found[0]).mean()
    assert 0.3 < again < 1.0
