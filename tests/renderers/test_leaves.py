"""Thin sheets that let light through: against closed forms, by path tracing and by the quick presets."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simengine.geometry import transforms as tf
from simengine.render.near_infrared import near_infrared
from simengine.render.protocol import RenderOptions
from simengine.world.materials import Material
from simengine.world.scene import Mesh
from tests.renderers.light_scenes import Lit, Thing, light_of, towards
from tests.renderers.test_bounce import sky

SUN = 2.0
DOWN = SUN * math.sqrt(0.5)
"""What the sun, at 45 degrees, gives a level sheet."""


def sheet(material: Material, z_m: float) -> Thing:
    """A level sheet without thickness, 400 m wide."""
    corners = np.array([[-200, -200, 0], [200, -200, 0], [200, 200, 0], [-200, 200, 0]], np.float32)
    faces = np.array([[0, 1, 2], [0, 2, 3]], np.int32)
    return Thing(Mesh(f"sheet {z_m}", corners, faces, np.zeros(2, np.int32)), material, tf.translation((0.0, 0.0, z_m)))


def below(*sheets: Thing, radiance: float, sun: float) -> Lit:
    """What an eye sees that looks up at sheets."""
    return Lit(sheets, sky(radiance, (sun,) * 3), towards((12, 12), 30.0, 0.0, 0.0, 0.0, pitch_deg=80.0))


def leaf(reflected: float, through: float) -> Material:
    """A grey leaf."""
    return Material(f"leaf {reflected}", (reflected,) * 3, roughness=0.9, translucency=(through,) * 3)


@pytest.mark.parametrize("preset", ["preview", "standard", "reference"])
def test_the_sun_shines_through_a_leaf(monkeypatch, preset: str) -> None:
    """From below it is as bright as what it lets through of the sun, at any angle of view."""
    lit = below(sheet(leaf(0.1, 0.3), 2.0), radiance=1e-6, sun=SUN)
    image = light_of(monkeypatch, lit, 16, options=RenderOptions(samples=16, extra={"preset": preset}))[0]
    np.testing.assert_allclose(image, 0.3 * DOWN, rtol=0.01)


def test_light_goes_to_and_fro_between_two_leaves(monkeypatch) -> None:
    """Wide sheets close to each other: the lower one gets T E / (1 - R^2), as it and the upper one send back R each."""
    r, t = 0.4, 0.5
    lit = below(sheet(leaf(r, t), 2.0), sheet(leaf(r, t), 2.5), radiance=1e-6, sun=SUN)
    image = light_of(monkeypatch, lit, 144)[0]
    assert image.mean() == pytest.approx(t * t * DOWN / (1.0 - r * r), rel=0.03)


def test_leaves_that_hold_nothing_are_as_bright_as_the_sky(monkeypatch) -> None:
    """A furnace: R + T = 1 under a sky that is the same all around."""
    lit = below(sheet(leaf(0.5, 0.5), 2.0), sheet(leaf(0.3, 0.7), 2.5), radiance=1.0, sun=0.0)
    image = light_of(monkeypatch, lit, 36)[0]
    assert image.mean() == pytest.approx(1.0, rel=0.02)


def test_leaves_in_the_near_infrared_let_through_as_much_as_they_send_back() -> None:
    """0.48 each, and never more than there is; what is opaque stays so."""
    look = Material("leaf", (0.1,) * 3, nir=0.48, translucency=(0.1,) * 3)
    bright, wall = Material("white", (0.1,) * 3, nir=0.6, translucency=(0.1,) * 3), Material("wall", (0.5,) * 3)
    things = [sheet(m, float(k)) for k, m in enumerate((look, bright, wall))]
    scene = near_infrared(below(*things, radiance=1.0, sun=0.0).scene)
    assert [m.translucency[0] for m in scene.materials] == pytest.approx([0.48, 0.4, 0.0])
