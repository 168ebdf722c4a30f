"""Glass that lets light through: what is seen behind it, light that falls through it, labels, both tracers."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from simengine.arrays import Array
from simengine.geometry import transforms as tf
from simengine.render.near_infrared import near_infrared
from simengine.render.protocol import Instants, NoiseKey, RenderOptions
from simengine.world.materials import Material, Pane
from simengine.world.panes import let_through, sent_back
from simengine.world.scene import Asset, Entity, Link, Mesh, Part, Scene
from simengine.world.taxonomy import CLASS_ID
from simengine.world.weather import Environment
from simengine_renderers import raytrace
from tests.renderers.light_scenes import Lit, Thing, even_sky, light_of, slab, towards
from tests.renderers.simple_scenes import NOISE, block, camera, lidar, scene_of, state_of

GLASS = Material("glass", (0.01, 0.01, 0.01), 0.03, 0.04, nir=0.01, pane=Pane((0.5, 0.8, 1.0), 0.6))
LUMINANCE = np.array([0.2126, 0.7152, 0.0722])


def pane(material: Material = GLASS, half_m: float = 6.0) -> Asset:
    """An upright square at x = 0."""
    corners = np.array([(0, half_m, 0), (0, -half_m, 0), (0, -half_m, 9), (0, half_m, 9)], np.float32)
    mesh = Mesh(f"pane {material.name}", corners, np.array([(0, 1, 2), (0, 2, 3)], np.int32), np.zeros(2, np.int32))
    entity = Entity("pane", "block", "", CLASS_ID["building"], (0.1, 2 * half_m, 9.0))
    part = Part(0, 0, 0, np.eye(4), CLASS_ID["building"], "body")
    return Asset(entity, (mesh,), (material,), (Link(0, -1, np.eye(4), name="body"),), (part,))


def seen(scene: Scene, preset: str = "preview", trace: str = "embree", samples: int | None = None) -> dict[str, Array]:
    state = state_of(scene, [(4.0, 0.0, 0.0)] * scene.actors)
    renderer = raytrace.open_renderer(scene, RenderOptions(trace=trace, samples=samples, extra={"preset": preset}))
    try:
        channels = ("radiance", "instance", "material", "range", "normal")
        return dict(renderer.camera(camera(), Instants(state, state), channels, NOISE).channels)
    finally:
        renderer.close()


def wall_scene(*between: tuple[Asset, float], moving: bool = False) -> Scene:
    """A wall at 8 m, and things at distances before it."""
    wall = block("wall", (0.2, 40.0, 20.0), "building")
    fixed = [(wall, tf.translation([8.0, 0.0, 0.0]))]
    if moving:
        return scene_of([a for a, _ in between], fixed, Environment())
    return scene_of([], [*fixed, *((a, tf.translation([x, 0.0, 0.0])) for a, x in between)], Environment())


@pytest.mark.parametrize("trace", ["embree", "warp"])
@pytest.mark.parametrize("moving", [False, True])
def test_what_is_behind_a_pane_is_tinted(trace: str, moving: bool) -> None:
    """Two tints of one pane mirror the same: their difference is that of the tints, times the wall's own light."""
    bare = seen(wall_scene(), trace=trace)["radiance"]
    dark = seen(wall_scene((pane(replace(GLASS, pane=Pane((0.0, 0.0, 0.0), 0.0))), 4.0), moving=moving), trace=trace)
    clear = seen(wall_scene((pane(), 4.0), moving=moving), trace=trace)
    x, y = np.meshgrid(np.arange(64) + 0.5 - 32.0, np.arange(48) + 0.5 - 24.0)
    cosine = 32.0 / np.sqrt(x * x + y * y + 32.0 * 32.0)
    middle = (slice(14, 30), slice(20, 44))  # rays that go through the pane to the wall
    got = (clear["radiance"] - dark["radiance"])[middle]
    np.testing.assert_allclose(got, (bare * let_through(GLASS, cosine))[middle], rtol=2e-5)
    assert (dark["radiance"][middle] > 0.0).all()  # it mirrors the sky


def test_labels_are_the_panes_own() -> None:
    """A pane is a surface to all labels: whose it is, how far, and its normal."""
    out = seen(wall_scene((pane(), 4.0)))
    assert (out["instance"][20:28, 28:36] == 1).all()
    np.testing.assert_allclose(out["range"][24, 32], 4.0, rtol=2e-3)
    np.testing.assert_allclose(np.abs(out["normal"][24, 32]), [0.0, 0.0, 1.0], atol=1e-6)


def test_two_panes_and_the_wall_behind_them() -> None:
    """Shares multiply, whichever is nearer, and a pane behind a wall counts for nothing."""
    two, one = replace(GLASS, name="two", pane=Pane((0.9, 0.5, 0.2), 0.5)), pane()
    black = replace(GLASS, name="black", pane=Pane((0.0, 0.0, 0.0), 0.0))
    bare, first = seen(wall_scene())["radiance"], seen(wall_scene((pane(black), 3.0)))["radiance"]
    both = seen(wall_scene((one, 3.0), (pane(two), 5.0), (pane(two), 9.0)))["radiance"]
    share = let_through(GLASS, np.array([1.0]))[0] * let_through(two, np.array([1.0]))[0]
    np.testing.assert_allclose((both - first)[24, 32] / bare[24, 32], share, rtol=1e-3)


@pytest.mark.parametrize("trace", ["embree", "warp"])
def test_sun_through_a_pane(trace: str) -> None:
    """The ground behind a pane gets what it lets through at the sun's own angle, as 1 of 255 parts of grey."""
    elevation = 0.6
    environment = Environment(elevation, math.pi)  # the sun stands at -x, behind the camera
    ground = block("ground", (60.0, 60.0, 0.2), "road")
    fixed = [(ground, tf.translation([0.0, 0.0, -0.2]))]

    def light(*things: tuple[Asset, float]) -> Array:
        placed = [*fixed, *((a, tf.translation([x, 0.0, 0.0])) for a, x in things)]
        return seen(scene_of([], placed, environment), trace=trace)["radiance"][40, 32]

    wall = block("wall", (0.1, 12.0, 9.0), "building")
    shade, sunny, behind = light((wall, -2.0)), light(), light((pane(), -2.0))
    share = (behind - shade) / (sunny - shade)
    expected = let_through(GLASS, np.array([math.cos(elevation)]))[0] @ LUMINANCE
    np.testing.assert_allclose(share, np.full(3, expected), atol=0.5 / 255 + 1e-3)


@pytest.mark.parametrize("preset", ["standard", "reference"])
def test_both_tracers_show_the_same_through_panes(preset: str) -> None:
    """Shares are the same and light falls the same way: radiance to 1 %, off the edges."""
    scene = wall_scene((pane(half_m=1.5), 4.0), (block("box", (1.0, 1.0, 1.0)), 6.0))
    a, b = (seen(scene, preset, trace, samples=4 if preset == "reference" else None) for trace in ("embree", "warp"))
    same = a["instance"] == b["instance"]
    assert same.mean() > 0.99
    gap = np.abs(a["radiance"] - b["radiance"])[same] / (b["radiance"][same] + 1e-3)
    assert np.quantile(gap, 0.98) < 0.01


def test_a_furnace_closes_with_clear_panes(monkeypatch) -> None:
    """Clear panes take nothing: in a world that is equally bright all around no pane can be seen, nor a white wall."""
    white = Material("white", (1.0, 1.0, 1.0), roughness=1.0)
    clear = replace(GLASS, pane=Pane((1.0, 1.0, 1.0), 1.0))
    upright = pane(clear, 1.2).meshes[0]
    things = (
        slab("floor", (40.0, 40.0, 1.0), white, 0.0, 0.0, -0.5), slab("b", (1.0, 1.0, 1.6), white, 4.5, 0.0, 0.8),
        Thing(upright, clear, tf.translation([3.0, 0.0, 0.0])), Thing(upright, clear, tf.translation([3.3, 0.4, 0.0])),
    )  # fmt: skip
    lit = Lit(things, even_sky((1.0, 1.0, 1.0)), towards((24, 18), 60.0, 0.0, 0.0, 1.2))
    light = light_of(monkeypatch, lit, 36)[0].mean(-1)
    error = float(light.std()) / math.sqrt(light.size)
    assert error < 0.01
    assert abs(float(light.mean()) - 1.0) < 5.0 * error + 0.004


@pytest.mark.parametrize("trace", ["embree", "warp"])
def test_a_lidar_hears_what_is_louder(trace: str) -> None:
    """The wall behind a pane, twice dimmed by its share at 905 nm; and the pane, where that lets next to nothing by."""

    def points(*between: tuple[Asset, float]) -> dict[str, Array]:
        scene, spec = wall_scene(*between), replace(lidar(), range_noise_m=0.0)
        state = state_of(scene, [])
        renderer = raytrace.open_renderer(scene, RenderOptions(trace=trace))
        try:
            got = renderer.lidar(spec, Instants(state, state), NOISE).points
        finally:
            renderer.close()
        ahead = (np.abs(got["xyz"][:, 1]) < 1.0) & (np.abs(got["xyz"][:, 2]) < 0.5) & (got["xyz"][:, 0] > 0.0)
        return {name: values[ahead] for name, values in got.items()}

    bare, clear = points(), points((pane(), 4.0))
    dark = points((pane(replace(GLASS, name="dark", nir=0.2, pane=Pane((0.1, 0.1, 0.1), 0.05))), 4.0))
    assert len(bare["range"]) and (clear["instance"] == 0).all() and (dark["instance"] == 1).all()
    np.testing.assert_allclose(clear["range"], bare["range"], rtol=1e-5)
    cosine = clear["xyz"][:, 0] / clear["range"]
    share = 0.6 * (1.0 - sent_back(0.04, cosine))
    np.testing.assert_allclose(clear["intensity"], bare["intensity"] * share**2, rtol=1e-4)
    np.testing.assert_allclose(dark["xyz"][:, 0], 4.0, rtol=1e-5)


def test_in_the_near_infrared_panes_have_their_own_share() -> None:
    scene = near_infrared(wall_scene((pane(), 4.0)))
    assert [m.pane.tint for m in scene.materials if m.pane] == [(0.6, 0.6, 0.6)]


def test_panes_mirror_more_where_they_are_seen_aslant() -> None:
    """The oracle itself: from straight on to grazing the share that comes back rises to all of it."""
    share = sent_back(0.04, np.linspace(1.0, 0.01, 50))
    assert (np.diff(share) > 0.0).all() and share[-1] > 0.9


@pytest.mark.parametrize(("at_m", "same"), [(0.35, True), (12.0, False)])
def test_it_does_not_rain_behind_a_pane(at_m: float, same: bool) -> None:
    """Drops differ from frame to frame, and none is drawn nearer than 0.4 m. Behind a pane 0.35 m before the lens, as
    in a car, there are none: two frames are one picture. With the pane far away they are not."""
    scene = replace(wall_scene((pane(), at_m)), environment=Environment(cloud=0.9, rain_mmph=60.0))
    state, renderer = state_of(scene, []), raytrace.open_renderer(scene, RenderOptions(extra={"preset": "preview"}))
    spec = camera(96, 72)
    try:
        frames = [
            renderer.camera(spec, Instants(state, state), ("radiance",), NoiseKey(0, 0, k)).channels["radiance"]
            for k in range(2)
        ]
    finally:
        renderer.close()
    assert np.array_equal(*frames) == same
