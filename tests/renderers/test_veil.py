"""Light that fog scatters out of the beams of lamps, against numerical integration."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import warp as wp
from scipy.integrate import quad

from simengine_renderers.raytrace import lamps, surfaces
from simengine_renderers.raytrace.shading import Light
from simengine_renderers.raytrace.slices import launch

SIGMA = 0.02  # per metre: visibility 150 m
FORWARD = 0.7


def _rays(count: int) -> np.ndarray:
    u = np.random.default_rng(3).normal(size=(count, 3)) * [0.4, 0.4, 0.0] + [0, 0, 1]
    return (u / np.linalg.norm(u, axis=-1, keepdims=True)).astype(np.float32)


def _veil(directions: np.ndarray, range_m: np.ndarray, lamp: dict, faint: float = 1e-9) -> np.ndarray:
    """The kernel alone: camera and world axes are the same."""
    view, light = surfaces.View(), Light()
    view.world_from_camera = wp.mat33(np.eye(3))
    light.extinction_per_m = light.scattering_per_m = SIGMA
    light.sky = wp.zeros((2, 2), dtype=wp.vec3, device="cpu")
    light.ambient = wp.zeros(9, dtype=wp.vec3, device="cpu")
    table = np.zeros(1, lamps.Lamp.numpy_dtype())
    for name, value in lamp.items():
        table[name] = value
    hdr = wp.zeros(len(directions), dtype=wp.vec3, device="cpu")
    inputs = [
        view, light, wp.array(directions, dtype=wp.vec3, device="cpu"), wp.array(range_m, dtype=float, device="cpu"),
        wp.array(table, dtype=lamps.Lamp, device="cpu"), 1, faint, 1.0, hdr,
    ]  # fmt: skip
    launch(lamps.veil, 0, len(directions), inputs, "cpu")
    return hdr.numpy()


def _expected(
    direction: np.ndarray, end_m: float, at: np.ndarray, axis: np.ndarray, cos_end: float, beam: float = 0.0
) -> float:
    """Scattering coefficient x phase function x illuminance x what survives both ways, integrated along the ray.

    Radiance of a white matt surface is its illuminance in the renderer's units, so intensities are pi times smaller
    than in physical ones; the phase function is normalised over 4 pi.
    """

    def along(t: float) -> float:
        way = t * direction - at
        d = np.linalg.norm(way)
        s = 1.0 if cos_end <= -1 else np.clip((way @ axis / d - cos_end) / (1 - cos_end), 0, 1)
        cosine = way @ -direction / d
        phase = (1 - FORWARD**2) / (4 * np.pi) / (1 + FORWARD**2 - 2 * FORWARD * cosine) ** 1.5
        cone = 1.0 if cos_end <= -1 else s * s * (3 - 2 * s)
        if beam > 0:
            cone = s**6 * (way[2] < 0) / (1 + (beam * way[2] / d) ** 2)
        return np.pi * SIGMA * phase * cone / d**2 * np.exp(-SIGMA * (t + d))

    foot, level = at @ direction, at[2] / direction[2]  # nearest to the lamp; at its height
    marks = [0.0, *sorted(float(m) for m in (foot, level) if 0 < m < end_m), end_m]
    return sum(quad(along, a, b, limit=300)[0] for a, b in pairwise(marks))


LAMP = {"intensity": (2.0, 1.0, 0.5), "all_around": 1, "cos_end": -1.0, "beam": 0.0, "reach_squared": 1e12}


@pytest.mark.parametrize(
    ("lamp", "cone"), [({}, -1.0), ({"all_around": 0, "cos_end": 0.5, "direction": (0.0, 1.0, 0.0)}, 0.5)]
)
def test_scattered_light_is_the_integral_along_the_ray(lamp: dict, cone: float):
    """Three midpoints before the foot and three behind meet adaptive quadrature to 10 % of a ray's own light."""
    directions, at = _rays(60), np.array([0.6, -1.5, 12.0])
    range_m = np.random.default_rng(1).uniform(2.0, 60.0, 60).astype(np.float32)
    got = _veil(directions, range_m, {**LAMP, **lamp, "position": at})
    axis = np.array([0.0, 1.0, 0.0])
    ends = zip(directions.astype(float), range_m.tolist(), strict=True)
    expected = np.array([_expected(d, r, at, axis, cone) for d, r in ends])
    # rays near the lamp and far from it
    assert (expected > 0).sum() > 15 and expected.max() > 3 * np.median(expected)
    assert got[:, 0] == pytest.approx(2.0 * expected, rel=0.1, abs=0.002 * expected.max())
    assert np.allclose(got, got[:, :1] * [1.0, 0.5, 0.25], rtol=1e-5)  # its colour is the lamp's


def test_the_veil_of_a_low_beam_has_no_steps():
    """A camera in the car, a lamp before and below it that shines along world x; rays down to the road.

    Light above the lamp's height is left out, so the lit part of a ray begins at an angle to the road that a few points
    would miss: the integral starts there. Twelve degrees of rays, a tenth apart: within 10 % or 5 % of the brightest.
    """
    at, axis, down = np.array([0.9, 0.6, -0.56]), np.array([1.0, 0.0, 0.0]), np.radians(np.linspace(2.0, 14.0, 121))
    directions = np.stack([np.cos(down), 0.05 * np.ones(121), -np.sin(down)], -1)
    directions = (directions / np.linalg.norm(directions, axis=-1, keepdims=True)).astype(np.float32)
    range_m = (-1.22 / directions[:, 2]).astype(np.float32)
    lamp = {**LAMP, "all_around": 0, "cos_end": np.cos(np.radians(65.0)), "direction": axis, "beam": 14.0}
    got = _veil(directions, range_m, {**lamp, "position": at})[:, 0]
    ends = zip(directions.astype(float), range_m.tolist(), strict=True)
    expected = np.array([_expected(d, r, at, axis, lamp["cos_end"], 14.0) for d, r in ends])
    assert got == pytest.approx(2.0 * expected, rel=0.1, abs=0.1 * expected.max())
    assert np.abs(np.diff(got)).max() < 0.1 * got.max()


def test_a_surface_in_front_of_the_lamp_hides_most_of_it():
    """Light is gathered up to the surface only, and never less for a longer way (but for the midpoints' 1 %)."""
    direction, at = np.array([[0.0, 0.0, 1.0]] * 5, np.float32), (0.5, 0.0, 20.0)
    got = _veil(direction, np.array([5.0, 15.0, 20.0, 30.0, np.inf], np.float32), {**LAMP, "position": at})[:, 0]
    assert (np.diff(got) > -0.01 * got[-1]).all() and got[1] < 0.5 * got[2] and got[0] < 0.03 * got[-1]


def test_what_is_too_faint_fades_out():
    """A ray at h from the lamp gets pi / 4 of scattering x intensity / h at most: farther off nothing is added.

    On the way there the light goes down smoothly, so that no edge can be seen; near the lamp nothing changes.
    """
    aside = np.linspace(0.0, 1.5, 61)
    directions = np.stack([np.sin(aside), 0 * aside, np.cos(aside)], -1).astype(np.float32)
    lamp, range_m = {**LAMP, "position": (0.0, 0.0, 10.0)}, np.full(61, 50.0, np.float32)
    far_m = 6.0
    faint = np.pi * 0.25 * SIGMA * 2.0 / far_m
    whole, faded = _veil(directions, range_m, lamp)[:, 0], _veil(directions, range_m, lamp, faint)[:, 0]
    distance_m = 10.0 * np.sin(aside)
    assert (faded[distance_m > far_m] == 0).all() and (faded[distance_m < far_m - 0.3] > 0).all()
    assert (faded <= whole).all() and np.allclose(faded[distance_m < 0.5], whole[distance_m < 0.5], rtol=0.02)
    assert (np.diff(faded) <= 0).all()
