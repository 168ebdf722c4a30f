"""Path tracing against what can be worked out: furnaces, lamps, rectangles that shine, the sky, and itself."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from simengine.errors import UsageError
from simengine.render.opening import check_options
from simengine.render.protocol import CAMERA_CHANNELS, Instants, NoiseKey, RenderOptions
from simengine.world.materials import Material
from simengine.world.scene import Light
from simengine_renderers import raytrace
from simengine_renderers.raytrace.presets import PRESETS
from simengine_renderers.raytrace.sky import sky_of
from tests.renderers.light_scenes import DRY, Lit, even_sky, light_of, slab, sphere, towards
from tests.renderers.random_scenes import random_scene

WHITE = Material("white", (1.0, 1.0, 1.0), roughness=1.0)
GREY = Material("grey", (0.5, 0.5, 0.5), roughness=1.0)
BLACK = (0.0, 0.0, 0.0)
DOWN = towards((16, 16), 20.0, 0.0, 0.0, 3.0, pitch_deg=-90.0)


def floor(material: Material):
    return slab("floor", (40.0, 40.0, 1.0), material, 0.0, 0.0, -0.5)


@pytest.mark.parametrize("roughness", [1.0, 0.6, 0.3, 0.05])
def test_white_furnace_closes(monkeypatch, roughness: float) -> None:
    """White things in a world that is equally bright all around cannot be seen: every pixel is 1.

    They send back all that they get, matt or below a coat of any roughness, however often light goes to and fro
    between them. The mean over the pixels is within 5 standard errors of 1 (its own, about 0.2 %), and 0.4 % that
    the tables of the coat's albedo are off between their nodes.
    """
    white = replace(WHITE, roughness=roughness)
    things = (floor(white), sphere("a", 0.8, white, 4.0, -0.7, 0.8), slab("b", (1.0, 1.0, 1.6), white, 4.5, 1.2, 0.8))
    lit = Lit(things, even_sky((1.0, 1.0, 1.0)), towards((24, 18), 60.0, 0.0, 0.0, 1.2))
    light = light_of(monkeypatch, lit, 36)[0].mean(-1)
    error = float(light.std()) / math.sqrt(light.size)
    assert error < 0.005
    assert abs(float(light.mean()) - 1.0) < 5.0 * error + 0.004
    assert light[0].tolist() == [1.0] * 24  # sky alone


@pytest.mark.parametrize("roughness", [0.3, 0.6])
def test_metal_sends_back_what_its_microfacets_do(monkeypatch, roughness: float) -> None:
    """White metal in the furnace, seen from above: the integral of D G / (4 nv) over the half space.

    What microfacets throw onto each other is lost, here as in other single-scattering models.
    """
    metal = Material("metal", (1.0, 1.0, 1.0), roughness, metalness=1.0)
    lit = Lit((floor(metal),), even_sky((1.0, 1.0, 1.0)), DOWN)
    light = light_of(monkeypatch, lit, 64)[0].mean(-1)
    aa = roughness**4
    t = (np.arange(20000) + 0.5) / 20000 * math.pi / 2  # angle of the light, whose half vector is at half of it
    cos_h, cos_l = np.cos(t / 2), np.cos(t)
    d = aa / (math.pi * (cos_h**2 * (aa - 1.0) + 1.0) ** 2)
    g = 2.0 / (1.0 + np.sqrt(1.0 + aa * np.tan(t) ** 2))
    truth = float((d * g / 4.0 * 2.0 * math.pi * np.sin(t)).sum() * math.pi / 2 / 20000)
    assert cos_l.min() > 0.0
    assert abs(float(light.mean()) - truth) < 5.0 * float(light.std()) / 16.0 + 2e-3


def test_sun_and_sky_on_the_ground(monkeypatch) -> None:
    """Open level ground of albedo 0.5 has half the radiance of the illuminance: sun * sine, and the sky's table summed.

    The sum here is over a grid of directions, not over the cells that the renderer samples.
    """
    sky = sky_of(DRY)
    z = (np.arange(400) + 0.5) / 400
    turn = (np.arange(800) + 0.5) / 800 * 2.0 * math.pi
    level = np.sqrt(1.0 - z**2)[:, None]
    x, y = level * np.cos(turn), level * np.sin(turn)
    span = np.abs(x) + np.abs(y) + z[:, None]
    size = len(sky.table)
    column, row = (np.clip(((a / span + 1.0) / 2.0 * size).astype(int), 0, size - 1) for a in (x + y, x - y))
    from_sky = (sky.table[row, column] * z[:, None, None]).sum((0, 1)) * 2.0 * math.pi / (400 * 800) / math.pi
    truth = 0.5 * (from_sky + sky.sun * sky.sun_direction[2])
    light = light_of(monkeypatch, Lit((floor(GREY),), sky, DOWN), 36)[0]
    error = light.std((0, 1)) / 16.0
    assert (error < 0.01 * truth).all()
    np.testing.assert_array_less(np.abs(light.mean((0, 1)) - truth), 5.0 * error + 2e-3 * truth)


def test_a_lamp_gives_intensity_over_distance_squared(monkeypatch) -> None:
    """A lamp of 2 that shines all around, 2 m over a floor of albedo 0.5: 0.5 * 2 / 4 right below it, no noise at all.

    Beside it the illuminance is I cos / d^2 with cos = 2 / d.
    """
    lamp = Light((0.0, 0.0, 2.0), (0.0, 0.0, -1.0), (2.0, 2.0, 2.0), math.pi)
    light = light_of(monkeypatch, Lit((floor(GREY),), even_sky(BLACK), DOWN, (lamp,)), 36)[0][..., 0]
    at = (np.arange(16) + 0.5 - 8.0) / 8.0 * 3.0 * math.tan(math.radians(10.0))
    d = np.sqrt(at[:, None] ** 2 + at[None, :] ** 2 + 4.0)
    np.testing.assert_allclose(light, 0.5 * 2.0 * 2.0 / d**3, rtol=2e-3)


def test_a_rectangle_that_shines(monkeypatch) -> None:
    """Lambert's formula: below the middle of a rectangle a x b at height h, its four quarters each give

    E = L / (2 pi) (A / sqrt(1 + A^2) atan(B / sqrt(1 + A^2)) + B / sqrt(1 + B^2) atan(A / sqrt(1 + B^2))).
    """
    shining = Material("shining", (0.0, 0.0, 0.0), roughness=1.0, emission=(3.0, 3.0, 3.0))
    plate = slab("plate", (2.0, 3.0, 0.001), shining, 0.0, 0.0, 1.0)
    eye = towards((16, 16), 1.0, 0.0, 0.0, 0.9, pitch_deg=-90.0)
    light = light_of(monkeypatch, Lit((floor(GREY), plate), even_sky(BLACK), eye), 144)[0]
    a, b = 1.0, 1.5
    p, q = math.sqrt(1.0 + a * a), math.sqrt(1.0 + b * b)
    quarter = 3.0 / (2.0 * math.pi) * (a / p * math.atan(b / p) + b / q * math.atan(a / q))
    error = float(light.std()) / 16.0
    assert error < 0.005
    assert abs(float(light.mean()) - 0.5 * 4.0 * quarter) < 5.0 * error + 1e-3


def test_fog_lies_before_surfaces_and_lamps(monkeypatch) -> None:
    """Koschmieder: of a floor under a lamp at 2 m, seen from 3 m, there is I rho / 4 exp(-5 s) + A (1 - exp(-3 s)).

    Rays that leave the floor meet nothing: the sky's table has its own fog, and here it is black.
    """
    lamp = Light((0.0, 0.0, 2.0), (0.0, 0.0, -1.0), (2.0, 2.0, 2.0), math.pi)
    sky = replace(even_sky(BLACK), extinction_per_m=0.1, airlight=np.full(3, 0.3))
    eye = towards((16, 16), 0.5, 0.0, 0.0, 3.0, pitch_deg=-90.0)
    light = light_of(monkeypatch, Lit((floor(GREY),), sky, eye, (lamp,)), 4)[0]
    truth = 2.0 * 0.5 / 4.0 * math.exp(-0.5) + 0.3 * (1.0 - math.exp(-0.3))
    np.testing.assert_allclose(light, truth, rtol=1e-3)


def test_no_light_comes_through_walls(monkeypatch) -> None:
    """A closed box under the sun is black inside, to the last ray along its edges."""
    walls = [
        slab("w", (0.2, 4.4, 4.4), GREY, 2.1, 0.0, 0.0), slab("w", (0.2, 4.4, 4.4), GREY, -2.1, 0.0, 0.0),
        slab("v", (4.0, 0.2, 4.4), GREY, 0.0, 2.1, 0.0), slab("v", (4.0, 0.2, 4.4), GREY, 0.0, -2.1, 0.0),
        slab("u", (4.0, 4.0, 0.2), GREY, 0.0, 0.0, 2.1), slab("u", (4.0, 4.0, 0.2), GREY, 0.0, 0.0, -2.1),
    ]  # fmt: skip
    lit = Lit(tuple(walls), even_sky((1.0, 1.0, 1.0), (1.0, 1.0, 1.0)), towards((24, 18), 90.0, -1.9, 0.0, 0.0))
    assert light_of(monkeypatch, lit, 16)[0].max() == 0.0


def test_glass_of_a_lamp_lights_nothing_and_is_seen(monkeypatch) -> None:
    """The point stands for the light of glass beside it: with the glass the floor is as bright as without it."""
    lamp = Light((0.0, 0.0, 2.0), (0.0, 0.0, -1.0), (2.0, 2.0, 2.0), math.pi)
    glass = slab("glass", (0.2, 0.2, 0.01), Material("glass", BLACK, 1.0, emission=(9.0, 9.0, 9.0)), 0.0, 0.0, 2.05)
    eye = towards((16, 16), 60.0, 0.0, 0.0, 1.5, pitch_deg=-90.0)  # below the glass
    bare = Lit((floor(GREY),), even_sky(BLACK), eye, (lamp,))
    one = light_of(monkeypatch, bare, 4)
    two = light_of(monkeypatch, replace(bare, things=(*bare.things, glass)), 4)
    up = light_of(
        monkeypatch, replace(bare, things=(glass,), camera=towards((9, 9), 20.0, 0.0, 0.0, 1.0, pitch_deg=90.0)), 4
    )
    np.testing.assert_array_equal(one, two)
    assert up[0, 4, 4].tolist() == [9.0] * 3


@pytest.mark.parametrize("trace", ["embree", "warp"])
def test_paths_do_not_depend_on_threads_or_frames_before(trace: str) -> None:
    """Numbers belong to the key, the frame, the pixel and the sample: any number of threads, alone or after others."""
    x = random_scene(5, (40, 30))
    options = RenderOptions(samples=3, trace=trace, extra={"preset": "reference"})
    channels = ("rgb", "radiance")

    def read(threads: int, frames: tuple[int, ...]) -> list[bytes]:
        renderer = raytrace.open_renderer(x.scene, replace(options, threads=threads))
        instants = Instants(x.now, x.next, x.next)
        images = [renderer.camera(x.camera, instants, channels, NoiseKey(1, 2, k)).channels for k in frames]
        renderer.close()
        return [images[-1][name].tobytes() for name in channels]

    first = read(1, (4,))
    assert read(2, (4,)) == first and read(3, (9, 4)) == first
    assert read(1, (9,)) != first


def test_both_trees_bring_the_same_light() -> None:
    """Embree and Warp's tree give paths the same hits but for edges: the mean radiance agrees to half a percent."""
    x = random_scene(2, (40, 30))
    light = []
    for trace in ("embree", "warp"):
        renderer = raytrace.open_renderer(x.scene, RenderOptions(samples=4, trace=trace, extra={"preset": "reference"}))
        light.append(
            renderer.camera(x.camera, Instants(x.now, x.next), ("radiance",), NoiseKey(0, 0, 0)).channels["radiance"]
        )
        renderer.close()
    np.testing.assert_allclose(light[0].mean((0, 1)), light[1].mean((0, 1)), rtol=5e-3)


def test_labels_are_the_same_bytes_in_all_presets() -> None:
    """Presets are about light: every channel but rgb and radiance comes out the same."""
    x = random_scene(3, (40, 30))
    labels = tuple(c for c in CAMERA_CHANNELS if c not in ("rgb", "radiance"))
    found = []
    for preset in ("preview", "standard", "high", "reference"):
        renderer = raytrace.open_renderer(x.scene, RenderOptions(extra={"preset": preset}))
        instants = Instants(x.now, x.next, x.next)
        channels = renderer.camera(x.camera, instants, (*labels, "rgb"), NoiseKey(0, 0, 0)).channels
        found.append([channels[name].tobytes() for name in labels])
        renderer.close()
    assert found[1:] == found[:-1]


@pytest.mark.parametrize(
    ("renderer", "given", "told"),
    [
        ("raytrace", {"preset": "refrence"}, "no preset 'refrence'; did you mean 'reference'?"),
        ("raytrace", {"preset": "x"}, "no preset 'x'; known: preview, standard, high, reference"),
        ("raytrace", {"quality": "high"}, "no setting 'quality'; known: preset"),
        ("reference", {"preset": "high"}, "'reference' has no settings"),
    ],
)
def test_settings_that_cannot_be_are_refused_before_anything_opens(renderer: str, given: dict, told: str) -> None:
    """One line: what there is."""
    with pytest.raises(UsageError) as caught:
        check_options(renderer, RenderOptions(extra=given))
    assert told in str(caught.value) and "\n" not in str(caught.value)


def test_presets_say_how_many_rays() -> None:
    """``--samples`` counts before all; else the camera's number within the preset's limits."""
    found = {name: (p.samples(1, None), p.samples(100, None), p.samples(4, 9)) for name, p in PRESETS.items()}
    assert found == {
        "preview": (1, 1, 9), "standard": (1, 100, 9), "high": (8, 100, 9), "reference": (64, 100, 9),
    }  # fmt: skip
