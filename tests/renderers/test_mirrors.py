"""What smooth surfaces show: mirrored things where the law of reflection puts them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simengine.render.protocol import RenderOptions
from simengine.world.materials import Material
from tests.renderers.light_scenes import Lit, light_of, slab, towards
from tests.renderers.test_bounce import sky

STANDARD = RenderOptions(extra={"preset": "standard"})
MIRROR = Material("mirror", (1.0, 1.0, 1.0), roughness=0.0, metalness=1.0)
PANEL = Material("panel", (0.0, 0.0, 0.0), roughness=1.0, emission=(1.0, 0.5, 0.25))
SIZE = 64


def before_a_panel(floor: Material) -> Lit:
    """A panel of 2 m from the floor on, 10 m ahead; the eye is 1 m above the floor and looks level."""
    ground = slab("ground", (100.0, 100.0, 0.2), floor, 0.0, 0.0, -0.1)
    panel = slab("panel", (0.1, 4.0, 2.0), PANEL, 10.05, 0.0, 1.0)
    return Lit((ground, panel), sky(0.0001), towards((SIZE, SIZE), 40.0, 0.0, 0.0, 1.0))


@pytest.mark.parametrize("trace", ["embree", "warp"])
def test_a_mirror_shows_what_stands_behind_it(monkeypatch, trace: str) -> None:
    """The panel's image in the floor spans 0 to 2 m below it: of the level eye's rows those with tangents from 0.1 to
    0.3 down, as bright as the panel itself (a metal of albedo 1 reflects all)."""
    options = RenderOptions(trace=trace, extra={"preset": "standard"})
    image = light_of(monkeypatch, before_a_panel(MIRROR), 1, options=options)[0][:, SIZE // 2]
    tangent = (np.arange(SIZE) + 0.5 - SIZE / 2) / (SIZE / 2) * math.tan(math.radians(20.0))
    mirrored = (tangent > 0.11) & (tangent < 0.29)
    assert mirrored.sum() > 10
    np.testing.assert_allclose(image[mirrored], np.broadcast_to([1.0, 0.5, 0.25], image[mirrored].shape), rtol=0.02)
    assert image[tangent > 0.31].max() < 0.01  # beyond the panel: the dark sky


def test_matt_ground_shows_no_picture(monkeypatch) -> None:
    """Ground of roughness 1 has no mirrored ray: where the mirror showed the panel there is next to nothing."""
    matt = Material("matt", (0.5, 0.5, 0.5), roughness=1.0)
    image = light_of(monkeypatch, before_a_panel(matt), 1, options=STANDARD)[0]
    assert image[SIZE * 3 // 4 :].max() < 0.01


def test_the_sun_shines_on_what_is_mirrored(monkeypatch) -> None:
    """A grey wall in the sun: its image is as bright as the wall where sun is all its light, albedo times cosine."""
    wall = slab("wall", (0.1, 4.0, 2.0), Material("grey", (0.4, 0.4, 0.4), roughness=1.0), 10.05, 0.0, 1.0)
    ground = slab("ground", (100.0, 100.0, 0.2), MIRROR, 0.0, 0.0, -0.1)
    lit = Lit((ground, wall), sky(1e-4, (2.0, 2.0, 2.0), 180.0), towards((SIZE, SIZE), 40.0, 0.0, 0.0, 1.0))
    image = light_of(monkeypatch, lit, 1, options=STANDARD)[0][:, SIZE // 2, 0]
    tangent = (np.arange(SIZE) + 0.5 - SIZE / 2) / (SIZE / 2) * math.tan(math.radians(20.0))
    np.testing.assert_allclose(image[(tangent > 0.11) & (tangent < 0.29)], 0.4 * 2.0 * math.sqrt(0.5), rtol=0.03)
