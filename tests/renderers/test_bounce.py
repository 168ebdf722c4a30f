"""One bounce of diffuse light against form factors: what a wall hides and what it sends back."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from simengine.render.protocol import Instants, NoiseKey, RenderOptions
from simengine.world.materials import Material
from simengine.world.state import WorldState
from simengine_renderers import raytrace
from simengine_renderers.raytrace import camera as camera_module
from simengine_renderers.raytrace.sky import Sky
from tests.renderers.light_scenes import Lit, even_sky, light_of, slab, towards

WHITE_SKY = (1.0, 1.0, 1.0)
FLOOR = Material("floor", (0.5, 0.5, 0.5), roughness=1.0)
SIZE = 256
STANDARD = RenderOptions(extra={"preset": "standard"})


def sky(radiance: float, sun: tuple[float, float, float] = (0.0, 0.0, 0.0), azimuth_deg: float = 60.0) -> Sky:
    """An even sky with the coefficients that belong to it: a constant is 0.282095 times the first one."""
    made = even_sky((radiance,) * 3, sun, 45.0, azimuth_deg)
    made.ambient[0] = radiance / 0.282095
    return made


def beside_a_wall(albedo: tuple[float, float, float], light: Sky, floor: Material = FLOOR) -> Lit:
    """A wall of 10 m, 400 m long, at x = 3; the camera looks down on the floor from x = 0 on towards it."""
    wall = slab("wall", (0.2, 400.0, 10.0), Material("wall", albedo, roughness=1.0), 3.1, 0.0, 5.0)
    ground = slab("ground", (400.0, 400.0, 0.2), floor, 0.0, 0.0, -0.1)
    return Lit((ground, wall), light, towards((SIZE, SIZE), 60.0, 0.0, 0.0, 4.0, pitch_deg=-90.0))


def columns(image: np.ndarray) -> np.ndarray:
    """Means of the rows of an image, (SIZE, 3)."""
    return image.mean(1)


def distance_m() -> np.ndarray:
    """From each row to the foot of the wall: image up is +x, which is 3 m away and out of view."""
    across = (0.5 * SIZE - 0.5 - np.arange(SIZE)) / SIZE * 8.0 * math.tan(math.radians(30.0))
    return 3.0 - across


def hidden(d: np.ndarray) -> np.ndarray:
    """Form factor of an endless wall of height 10 from level ground at d: (1 - d / sqrt(d^2 + 10^2)) / 2."""
    return 0.5 * (1.0 - d / np.hypot(d, 10.0))


def test_a_black_wall_takes_its_share_of_the_sky(monkeypatch) -> None:
    """Albedo times (1 - form factor), within 4 % (sixteen directions a block, each block turned)."""
    light = columns(light_of(monkeypatch, beside_a_wall((0.0, 0.0, 0.0), sky(1.0)), 1, options=STANDARD)[0])
    d = distance_m()
    seen = slice(40, -40)  # at its edges an image knows neighbours on one side only
    np.testing.assert_allclose(light[seen, 1], 0.5 * (1.0 - hidden(d[seen])), rtol=0.04)


def test_a_sunlit_wall_lights_the_ground_in_its_colour(monkeypatch) -> None:
    """A sun of 10 behind the camera at 45 deg in front of a red wall: the wall sends back 10 cos(45) albedo, of which
    the ground gets the form factor; and of the sky what the wall leaves, and half of what it gets from the wall.

    The ground itself is in the sun too: that part is known exactly and taken off. It is nearly black, so that what it
    sends to the wall does not count. Within 8 %: light that bounces more often takes walls to see each other, too.
    """
    red = (0.8, 0.2, 0.1)
    dark = Material("dark", (0.02, 0.02, 0.02), roughness=1.0)
    lit = beside_a_wall(red, sky(1.0, (10.0,) * 3, 180.0), dark)
    light = columns(light_of(monkeypatch, lit, 1, options=STANDARD)[0])
    d = distance_m()
    seen = slice(40, -40)  # at its edges an image knows neighbours on one side only
    direct = 10.0 * math.sqrt(0.5)
    f = hidden(d[seen])[:, None]
    wall = np.array(red) * (10.0 * math.sqrt(0.5) + 0.5)
    truth = 0.02 * ((1.0 - f) + f * wall)
    np.testing.assert_allclose(light[seen] - 0.02 * direct, truth, rtol=0.08)


def test_open_ground_has_no_noise(monkeypatch) -> None:
    """Where nothing is hidden nothing is drawn: the presets `preview` and `standard` give the same bytes."""
    ground = slab("ground", (400.0, 400.0, 0.2), FLOOR, 0.0, 0.0, -0.1)
    lit = Lit((ground,), sky(1.0, (2.0, 2.0, 2.0)), towards((48, 32), 60.0, 0.0, 0.0, 2.0, pitch_deg=-20.0))
    images = [
        light_of(monkeypatch, lit, 1, options=RenderOptions(extra={"preset": preset}))[0]
        for preset in ("preview", "standard")
    ]
    np.testing.assert_array_equal(*images)


@pytest.mark.parametrize("trace", ["embree", "warp"])
def test_bounces_do_not_depend_on_threads(monkeypatch, trace: str) -> None:
    """Slices of rows are an affair of threads only: the same bytes from one and from three."""
    lit = beside_a_wall((0.6, 0.5, 0.4), sky(1.0, (5.0,) * 3, 180.0))
    options = replace(STANDARD, trace=trace)
    images = [light_of(monkeypatch, lit, 1, options=replace(options, threads=k))[0] for k in (1, 3)]
    np.testing.assert_array_equal(*images)


def test_it_is_dark_in_a_bore(monkeypatch) -> None:
    """Sixty metres inside of a bore of grey walls 6 m wide and high, closed at the far end, less than a hundredth of
    the sky's light arrives: two bounces at most, and the mouth takes 0.01 of the sky there."""
    grey = Material("grey", (0.5, 0.5, 0.5), roughness=1.0)
    bore = (
        slab("ground", (400.0, 400.0, 0.2), FLOOR, 0.0, 0.0, -0.1),
        slab("roof", (100.0, 6.4, 0.2), grey, 0.0, 0.0, 6.1),
        slab("side", (100.0, 0.2, 6.2), grey, 0.0, 3.1, 3.1), slab("side", (100.0, 0.2, 6.2), grey, 0.0, -3.1, 3.1),
        slab("end", (0.2, 6.4, 6.4), grey, 50.0, 0.0, 3.1),
    )  # fmt: skip
    scene = Lit(bore, sky(1.0), towards((48, 32), 60.0, 10.0, 0.0, 2.0))
    monkeypatch.setattr(camera_module, "sky_of", lambda environment: scene.sky)
    renderer = raytrace.open_renderer(scene.scene, STANDARD)
    try:
        state = WorldState.at_rest(0, 0)
        light = renderer.camera(scene.camera, Instants(state, state), ("radiance",), NoiseKey(7, 0, 0))
    finally:
        renderer.close()
    assert light.channels["radiance"][4:-4, 4:-4].mean() < 0.01


def test_a_groove_is_darker_than_what_it_is_in(monkeypatch) -> None:
    """A groove 0.12 m wide and as deep between black bars: its floor sees sqrt(2) - 1 of the sky (crossed strings,
    Hottel 1954). It fills five cells of each column and lies close below the bars' planes: a mean over those, which see
    all of the sky, would double its light. Within 30 %: the image is 80 pixels a metre, and the floor is darkest in
    its corners, which are left out."""
    black = Material("black", (0.0, 0.0, 0.0), roughness=1.0)
    bars = [slab("bar", (1.0, 40.0, 0.12), black, x, 0.0, 0.06) for x in (-0.56, 0.56)]
    lit = Lit((slab("ground", (400.0, 400.0, 0.2), FLOOR, 0.0, 0.0, -0.1), *bars), sky(1.0), towards(
        (SIZE, SIZE), 30.0, 0.0, 0.0, 6.0, pitch_deg=-90.0,
    ))  # fmt: skip
    light = light_of(monkeypatch, lit, 1, options=STANDARD)[0, :, 40:-40, 1]
    half = int(0.06 / 6.0 * 0.5 * SIZE / math.tan(math.radians(15.0)))
    floor = light[SIZE // 2 - half : SIZE // 2 + half].mean()
    np.testing.assert_allclose(floor, 0.5 * (math.sqrt(2.0) - 1.0), rtol=0.3)


@pytest.mark.parametrize(("sun", "within"), [(0.0, 0.05), (8.0, 0.10)])
def test_a_street_gets_the_light_that_bounces_more_often(monkeypatch, sun: float, within: float) -> None:
    """Between pale walls 10 m high and 10 m apart, under an even sky or with the sun on one of them: 0.96 and 0.91 of
    path tracing in the mean. One bounce, and the sky above what it meets, would give 0.90 and 0.85."""
    pale = Material("pale", (0.5, 0.5, 0.5), roughness=1.0)
    ground = slab("ground", (400.0, 400.0, 0.2), Material("dull", (0.3,) * 3, roughness=1.0), 0.0, 0.0, -0.1)
    walls = (slab("wall", (120.0, 0.4, 10.0), pale, 0.0, y, 5.0) for y in (-5.2, 5.2))
    eye = towards((64, 48), 60.0, 0.0, 0.0, 3.0, pitch_deg=-30.0)
    lit = Lit((ground, *walls), sky(1.0, (sun,) * 3, 100.0), eye)
    quick, true = (
        light_of(monkeypatch, lit, n, options=RenderOptions(samples=n, extra={"preset": preset}))[0].mean()
        for n, preset in ((1, "standard"), (16, "reference"))
    )
    np.testing.assert_allclose(quick, true, rtol=within)


def test_a_kerb_in_the_shade_is_of_one_piece(monkeypatch) -> None:
    """The face of a kerb, a pixel or three high, slants through the image in the shade of a street whose other side is
    in the sun. All of it sees the same, so its light may not jump: by 0.3 stops (0.75 before cells of thin strips
    took enough light from beside them), and none of it is black or of a colour of its own."""
    pale, dull = (Material(n, (a,) * 3, roughness=1.0) for n, a in (("pale", 0.6), ("dull", 0.2)))
    things = [slab("ground", (400.0, 400.0, 0.2), dull, 0.0, 0.0, -0.1)]
    things += [slab("wall", (200.0, 0.4, 12.0), pale, 0.0, y, 6.0) for y in (-7.2, 7.2)]
    things += [slab("pavement", (200.0, 3.0, 0.12), pale, 0.0, 5.5, 0.06)]
    lit = Lit(
        tuple(things), sky(1.0, (20.0, 16.0, 10.0), 100.0), towards((128, 96), 70.0, 0.0, 0.0, 1.6, pitch_deg=-12.0)
    )
    monkeypatch.setattr(camera_module, "sky_of", lambda environment: lit.sky)
    renderer, state = raytrace.open_renderer(lit.scene, STANDARD), WorldState.at_rest(0, 0)
    try:
        seen = renderer.camera(
            lit.camera, Instants(state, state), ("radiance", "instance", "normal"), NoiseKey(7, 0, 0)
        )
    finally:
        renderer.close()
    face = (np.abs(seen.channels["normal"][..., 1]) < 0.5) & (seen.channels["instance"] == 3)
    light = seen.channels["radiance"][face]
    assert len(light) > 50
    assert np.log2(light[:, 1] / light[:, 1].mean()).std() < 0.45
    assert (light > 0.25 * light.mean(0)).all()
    tint = light / light.mean(-1, keepdims=True)
    assert np.abs(tint / tint.mean(0) - 1.0).max() < 0.5
