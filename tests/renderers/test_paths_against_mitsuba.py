"""Path tracing beside Mitsuba 3: what either says of every pixel differs by no more than both are uncertain.

Both render frames with numbers of their own, which gives every pixel a mean and a standard error. Of all pixels and
colours the largest difference in standard errors must be one that chance gives in 1 of 100 comparisons (Sidak: each
of n is tested at 1 - 0.99^(1 / n), by Student's distribution); and the mean difference over all pixels must be within
four standard errors of none, which finds what is a little wrong everywhere.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from simengine.geometry import transforms as tf
from simengine.world.materials import Cutout, Material, Pane
from simengine.world.scene import Light, Mesh
from tests.renderers.light_scenes import Lit, Thing, even_sky, light_of, slab, sphere, towards

BLACK = (0.0, 0.0, 0.0)


def matt(name: str, *albedo: float, emission: tuple[float, float, float] = BLACK) -> Material:
    return Material(name, (albedo[0], albedo[1], albedo[2]), roughness=1.0, emission=emission)


GREY, LIGHT, RED, GREEN = (
    matt("grey", 0.3, 0.3, 0.3), matt("light", 0.73, 0.72, 0.68), matt("red", 0.6, 0.06, 0.05),
    matt("green", 0.1, 0.45, 0.1),
)  # fmt: skip
GOLD = Material("gold", (0.95, 0.75, 0.35), 0.35, metalness=1.0)
STEEL = Material("steel", (0.6, 0.6, 0.62), 0.5, metalness=1.0)


def cornell() -> Lit:
    """A box, open to the viewer in the dark, two blocks in it, light from a plate below its ceiling."""
    lamp = matt("lamp", 0.0, 0.0, 0.0, emission=(18.0, 14.0, 9.0))
    things = (
        slab("floor", (2.0, 2.0, 0.1), LIGHT, 1.0, 0.0, -0.05), slab("ceiling", (2.0, 2.0, 0.1), LIGHT, 1.0, 0.0, 2.05),
        slab("back", (0.1, 2.2, 2.2), LIGHT, 2.05, 0.0, 1.0), slab("left", (2.0, 0.1, 2.2), RED, 1.0, 1.05, 1.0),
        slab("right", (2.0, 0.1, 2.2), GREEN, 1.0, -1.05, 1.0), slab("high", (0.5, 0.5, 1.2), LIGHT, 1.4, 0.4, 0.6),
        slab("low", (0.6, 0.5, 0.5), LIGHT, 0.7, -0.4, 0.25), slab("lamp", (0.5, 0.6, 0.02), lamp, 1.0, 0.0, 1.95),
    )  # fmt: skip
    return Lit(things, even_sky(BLACK), towards((24, 24), 40.0, -2.6, 0.0, 1.0))


def street() -> Lit:
    """A canyon of walls with the sun low across it: hard edges, bounce, sky light; a lamp that shines all around."""
    things = (
        slab("road", (80.0, 9.0, 0.2), GREY, 20.0, 0.0, -0.1), slab("left", (60.0, 8.0, 9.0), LIGHT, 20.0, 8.5, 4.5),
        slab("right", (60.0, 8.0, 6.0), RED, 20.0, -8.5, 3.0), slab("car", (4.2, 1.8, 1.4), GREEN, 9.0, -2.0, 0.75),
        slab("post", (0.2, 0.2, 4.0), GREY, 7.0, 2.5, 2.0),
    )  # fmt: skip
    lamp = Light((6.0, 1.5, 3.0), (0.0, 0.0, -1.0), (0.8, 0.7, 0.5), np.pi)
    sky = even_sky((0.15, 0.22, 0.35), (1.0, 0.92, 0.8), elevation_deg=38.0, azimuth_deg=-70.0)
    return Lit(things, sky, towards((32, 24), 70.0, 0.0, 0.0, 1.5), (lamp,))


def glossy() -> Lit:
    """Rough gold and steel on a matt floor, under the sun, with a red wall to be mirrored."""
    things = (
        slab("floor", (12.0, 12.0, 0.2), LIGHT, 3.0, 0.0, -0.1), slab("wall", (0.2, 6.0, 3.0), RED, 6.0, 0.0, 1.5),
        slab("gold", (1.0, 1.0, 1.0), GOLD, 3.4, -0.9, 0.5), sphere("steel", 0.7, STEEL, 3.2, 1.0, 0.7),
    )  # fmt: skip
    sky = even_sky((0.25, 0.3, 0.4), (0.8, 0.75, 0.7), elevation_deg=50.0, azimuth_deg=140.0)
    return Lit(things, sky, towards((32, 24), 55.0, 0.0, 0.0, 1.2, pitch_deg=-8.0))


def pierced() -> Lit:
    """A screen of cut-out leaves on a floor, under an even sky alone: Mitsuba's shadow rays do not pass masks, so that
    there the sun would be found by chance only."""
    leaves = Material("leaves", (0.2, 0.5, 0.1), roughness=1.0, cutout=Cutout.LEAVES, cutout_m=0.5)
    corners = np.array([(0, 1, 0), (0, -1, 0), (0, -1, 2), (0, 1, 2)], np.float32)
    screen = Mesh("screen", corners, np.array([(0, 1, 2), (0, 2, 3)], np.int32), np.zeros(2, np.int32))
    things = (
        slab("floor", (12.0, 12.0, 0.2), LIGHT, 3.0, 0.0, -0.1), Thing(screen, leaves, tf.translation([3.0, 0.0, 0.0])),
    )  # fmt: skip
    return Lit(things, even_sky((0.2, 0.25, 0.3)), towards((32, 24), 55.0, 0.0, 0.0, 1.2, pitch_deg=-8.0))


def glazed() -> Lit:
    """A block behind two tinted panes, one of them aslant, under an even sky alone: Mitsuba's shadow rays end at glass,
    so that there the sun would be found by chance only."""
    green, grey = (Material(name, BLACK, 0.03, 0.04, pane=Pane(tint, 0.5)) for name, tint in (
        ("green_glass", (0.6, 0.9, 0.7)), ("grey_glass", (0.4, 0.4, 0.4)),
    ))  # fmt: skip
    corners = np.array([(0, 0.9, 0), (0, -0.9, 0), (0, -0.9, 2), (0, 0.9, 2)], np.float32)
    faces = np.array([(0, 1, 2), (0, 2, 3)], np.int32)
    ahead, behind = (Mesh(name, corners, faces, np.zeros(2, np.int32)) for name in ("ahead", "behind"))
    aslant = tf.matrix_from_pose([3.6, 0.3, 0.0], tf.quaternion_from_yaw(0.9))
    things = (
        slab("floor", (12.0, 12.0, 0.2), LIGHT, 3.0, 0.0, -0.1), slab("red", (0.8, 0.8, 1.0), RED, 5.0, 0.0, 0.5),
        Thing(ahead, green, tf.translation([2.8, -0.3, 0.0])), Thing(behind, grey, aslant),
    )  # fmt: skip
    return Lit(things, even_sky((0.2, 0.25, 0.3)), towards((32, 24), 55.0, 0.0, 0.0, 1.2, pitch_deg=-8.0))


@pytest.mark.slow
@pytest.mark.parametrize("scene", [cornell, street, glossy, pierced, glazed])
def test_paths_agree_with_mitsuba(monkeypatch, tmp_path: Path, scene) -> None:
    """64 frames of either, 36 paths a pixel each."""
    mi = pytest.importorskip("mitsuba", reason="pip install mitsuba, to compare with it")
    from tests.renderers.mitsuba_twin import mitsuba_light

    mi.set_variant("scalar_rgb")
    lit, frames, samples = scene(), 64, 36
    ours = light_of(monkeypatch, lit, samples, frames).astype(np.float64)
    theirs = mitsuba_light(mi, lit, samples, frames, tmp_path).astype(np.float64)
    p, q = ours.var(0, ddof=1) / frames, theirs.var(0, ddof=1) / frames
    known = p + q > 1e-12 * (ours.mean(0) + theirs.mean(0)) ** 2  # what shines or the sky alone has no variance
    gap = ours.mean(0) - theirs.mean(0)
    np.testing.assert_allclose(ours.mean(0)[~known], theirs.mean(0)[~known], rtol=1e-4, atol=1e-9)
    z = gap[known] / np.sqrt(p + q)[known]
    freedom = (p + q)[known] ** 2 / (p[known] ** 2 + q[known] ** 2) * (frames - 1)
    chance = 2.0 * stats.t.sf(np.abs(z), freedom)
    print(
        f"{scene.__name__}: {z.size} values, largest {np.abs(z).max():.2f}, least chance {chance.min():.2e}, "
        f"rms {np.sqrt((z * z).mean()):.3f}, mean light {ours.mean():.5f} and {theirs.mean():.5f}"
    )
    assert chance.min() > 1.0 - 0.99 ** (1.0 / z.size)
    whole = ours.mean((1, 2)) - theirs.mean((1, 2))  # (frames, 3)
    assert (np.abs(whole.mean(0)) < 4.0 * whole.std(0, ddof=1) / np.sqrt(frames)).all()
