"""Coats of the quick presets: what a coat sends back is taken from the base below it, as in path tracing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simengine.render.protocol import RenderOptions
from simengine.world.materials import Material, Pattern
from tests.renderers.light_scenes import DRY, Lit, light_of, slab, towards
from tests.renderers.test_bounce import sky


def floor(material: Material, sun: float, size: int) -> Lit:
    """A wide floor from 1.2 m above, from straight ahead of the wheels to a grazing 3 degrees."""
    ground = slab("ground", (400.0, 400.0, 0.2), material, 0.0, 0.0, -0.1)
    return Lit(
        (ground,),
        sky(1.0 if sun == 0.0 else 1e-6, (sun,) * 3, 90.0),
        towards((size, size), 50.0, 0, 0, 1.2, pitch_deg=-28.0),
    )


@pytest.mark.parametrize("roughness", [0.1, 0.35, 0.6])
@pytest.mark.parametrize("preset", ["preview", "standard"])
def test_a_white_floor_under_any_coat_is_as_bright_as_the_sky(monkeypatch, preset: str, roughness: float) -> None:
    """A furnace: all that the coat does not send back comes out of the white base, at any angle."""
    white = Material("white", (1.0, 1.0, 1.0), roughness=roughness)
    image = light_of(monkeypatch, floor(white, 0.0, 24), 1, options=RenderOptions(extra={"preset": preset}))[0]
    np.testing.assert_allclose(image, 1.0, rtol=0.01)


def test_a_coated_floor_in_the_sun_is_as_bright_as_by_path_tracing(monkeypatch) -> None:
    """Sun from the side at 45 degrees, so no highlight is near: base and coat of a rough one, row by row; both find the
    sun without noise, but for its disc, and 16 paths bring that below 1 %."""
    grey = Material("grey", (0.3, 0.3, 0.3), roughness=0.3)
    lit = floor(grey, 2.0, 32)
    quick, true = (
        light_of(monkeypatch, lit, n, options=RenderOptions(samples=n, extra={"preset": preset}))[0].mean((1, 2))
        for n, preset in ((1, "standard"), (16, "reference"))
    )
    np.testing.assert_allclose(quick, true, rtol=0.06)


def wet_street(size: int) -> Lit:
    """Wet asphalt with puddles, and a dark wall across its left half, 8 m ahead; the eye is 1.4 m above the ground."""
    asphalt = Material("asphalt", (0.1, 0.1, 0.1), roughness=0.9, pattern=Pattern.ASPHALT)
    ground = slab("ground", (400.0, 400.0, 0.2), asphalt, 0.0, 0.0, -0.1)
    wall = slab("wall", (0.2, 40.0, 12.0), Material("wall", (0.1, 0.05, 0.02), roughness=1.0), 8.1, 20.0, 6.0)
    eye = towards((size, size), 50.0, 0.0, 0.0, 1.4, pitch_deg=-15.0)
    return Lit((ground, wall), sky(1.0), eye, environment=replace(DRY, wetness=1.0))


def test_wet_ground_mirrors_what_path_tracing_finds_there(monkeypatch) -> None:
    """Water is rough or smooth from place to place, and the wall hides a part of each lobe. Means of squares of eight
    pixels agree but for two columns to either side of the wall's edge, which averages over 8 cells (16 pixels) blur."""
    lit = wet_street(64)
    quick, true = (
        light_of(monkeypatch, lit, n, options=RenderOptions(samples=n, extra={"preset": preset}))[0, 32:]
        for n, preset in ((1, "standard"), (48, "reference"))
    )
    squares = [image.reshape(4, 8, 8, 8, 3).mean((1, 3)) for image in (quick, true)]
    assert squares[1][:, :3].mean() < 0.6 * squares[1][:, 5:].mean()  # left of the edge it is dark
    away = [0, 1, 6, 7]
    np.testing.assert_allclose(squares[0][:, away], squares[1][:, away], rtol=0.08)
    np.testing.assert_allclose(quick.mean(), true.mean(), rtol=0.03)


@pytest.mark.parametrize("samples", [1, 2])
def test_wet_ground_does_not_depend_on_threads(monkeypatch, samples: int) -> None:
    """Slices of rows are an affair of threads only: the same bytes from one and from three."""
    options = RenderOptions(samples=samples, extra={"preset": "standard"})
    images = [light_of(monkeypatch, wet_street(48), 1, options=replace(options, threads=k))[0] for k in (1, 3)]
    np.testing.assert_array_equal(*images)
