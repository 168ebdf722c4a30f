"""Snow that lies: how much, where, how bright, and what it does to leaves and tyres."""

from __future__ import annotations

import numpy as np
import pytest

from simengine.geometry import transforms as tf
from simengine.physics.tyres import SNOW_SHARE, WET_SHARE, friction_share
from simengine.world.lanes import Curve, Lane, LaneGraph
from simengine.world.materials import Cutout, Material
from simengine.world.scene import Part
from simengine.world.short_wave import reflectance_1550
from simengine.world.sky_map import SkyMap, sky_map_of
from simengine.world.snow_cover import SNOW, Fallen, leafless
from simengine.world.taxonomy import CLASS_ID
from simengine_scenes import palette
from tests.renderers.random_scenes import box

X, Y = (a.ravel() for a in np.meshgrid(np.arange(0.03, 60.0, 0.31), np.arange(0.03, 60.0, 0.31)))


NOTHING = sky_map_of((), (), (), LaneGraph())


def share(
    cover: float, x: np.ndarray, y: np.ndarray, z: float = 0.0, up: float = 1.0, sky: SkyMap = NOTHING
) -> np.ndarray:
    return Fallen(cover, 0).shares(sky, np.stack([x, y, np.full_like(x, z)], -1), np.full_like(x, up)).share


def test_reflectances_are_those_of_snow() -> None:
    """Wiscombe and Warren (1980), grains of 0.05 to 1 mm: 0.8 to 0.98 in the visible, 0.75 to 0.9 at 0.9 um, 0.01 to
    0.15 at 1.55 um."""
    assert all(0.8 <= a <= 0.98 for a in SNOW.albedo) and 0.75 <= SNOW.nir <= 0.9
    assert reflectance_1550(SNOW) == SNOW.swir and 0.01 <= reflectance_1550(SNOW) <= 0.15


@pytest.mark.parametrize("cover", [0.0, 0.2, 0.5, 0.8, 1.0])
def test_so_much_of_open_ground_is_white(cover: float) -> None:
    """The mean over 60 m by 60 m is the cover within 0.04 (the noise is not quite even); none and all are exact."""
    found = share(cover, X, Y)
    assert found.mean() == pytest.approx(cover, abs=0.04)
    assert cover not in (0.0, 1.0) or np.allclose(found, cover, atol=1e-9)


def test_more_cover_is_nowhere_less() -> None:
    """Each place by itself: patches grow."""
    low, high = (share(c, X, Y) for c in (0.4, 0.6))
    assert (high >= low).all() and (high > low).any()


def test_slopes_of_50_degrees_are_bare() -> None:
    """All stays up to 40 degrees, nothing from 50 on; walls and ceilings have none."""
    assert [share(1.0, X[:9], Y[:9], up=np.cos(np.radians(a))).mean() for a in (0, 39.9, 50.1, 90, 180)] == [
        1, 1, 0, 0, 0,
    ]  # fmt: skip


def test_what_is_below_a_roof_is_bare() -> None:
    """A slab 3 m up: bare below, but for half a cell at its edges; white on top of it and beside it."""
    slab = box("slab", (8.0, 4.0, 0.2))
    turned = tf.compose(
        tf.translation([20.0, 30.0, 3.0]), tf.matrix_from_pose(np.zeros(3), tf.quaternion_from_yaw(0.4))
    )
    roof = Part(0, 0, -1, turned, CLASS_ID["building"])
    sky = sky_map_of((slab,), (Material("grey", (0.5,) * 3),), (roof,), LaneGraph())
    local = tf.apply(tf.inverse(turned), np.stack([X, Y, np.zeros_like(X)], -1))
    gap = np.maximum(np.abs(local[:, 0]) - 4.0, np.abs(local[:, 1]) - 2.0)
    ground, top = share(1.0, X, Y, sky=sky), share(1.0, X, Y, z=3.1, sky=sky)
    assert not ground[gap < -0.3].any() and np.allclose(ground[gap > 0.3], 1.0) and np.allclose(top, 1.0)
    assert (gap < -0.3).sum() > 200


def test_tyres_keep_two_tracks_free() -> None:
    """0.78 m to both sides of the middle of a lane little is left; in the middle and beside the lane all is, soiled
    where it is driven over."""
    lane = Lane(Curve(np.array([[0.0, 10.0, 0.0], [50.0, 10.0, 0.0]])), 3.5)
    sky = sky_map_of((), (), (), LaneGraph((lane,)))
    x = np.arange(2.0, 48.0, 0.13)
    for offset, low, high in ((0.78, 0.0, 0.1), (-0.78, 0.0, 0.1), (0.0, 0.95, 1.001), (2.2, 0.999, 1.001)):
        assert low <= share(1.0, x, np.full_like(x, 10.0 + offset), sky=sky).mean() <= high
    middle, beside = (Fallen(1.0, 0).shares(sky, np.array([[20.0, y, 0.0]]), np.ones(1)).tone[0] for y in (10.0, 14.0))
    assert 0.6 < middle < beside <= 1.05


def test_who_drives_through_a_tunnel_leaves_no_tracks_on_the_hill() -> None:
    """Where something is above the lane its top is white like all open ground; before it tyres wear the road."""
    lane = Lane(Curve(np.array([[0.0, 10.0, 0.0], [50.0, 10.0, 0.0]])), 3.5)
    above = Part(0, 0, -1, tf.translation([25.0, 10.0, 6.0]), CLASS_ID["building"])
    sky = sky_map_of((box("hill", (20.0, 12.0, 2.0)),), (Material("grey", (0.5,) * 3),), (above,), LaneGraph((lane,)))
    track = np.full(30, 10.78)
    assert np.allclose(share(1.0, np.linspace(16.0, 34.0, 30), track, z=7.0, sky=sky), 1.0)
    assert share(1.0, np.linspace(1.0, 14.0, 30), track, sky=sky).mean() < 0.1


def test_broad_leaves_have_fallen() -> None:
    """They become dark twigs, round ones, which light from behind reaches at their sides; needles and all
    else stay as they are."""
    bare = leafless(palette.LEAVES[0])
    assert bare.cutout is Cutout.TWIGS and 0.0 < max(bare.translucency) < max(bare.albedo) < 0.1
    for other in (palette.NEEDLES, palette.ASPHALT, Material("grey", (0.5, 0.5, 0.5))):
        assert leafless(other) is other


def test_grip_falls_to_that_of_packed_snow() -> None:
    """0.2 to 0.3 of 0.8 to 1.0 (Wallman and Astrom 2001), whatever is below; no snow: that of the water alone."""
    assert friction_share(np.array([0.0, 1.0]), np.ones(2)).tolist() == pytest.approx([SNOW_SHARE] * 2)
    assert 0.2 <= SNOW_SHARE <= 0.375
    assert friction_share(np.array([0.0, 1.0])).tolist() == pytest.approx([1.0, WET_SHARE])
    assert (np.diff(friction_share(np.zeros(5), np.linspace(0.0, 1.0, 5))) < 0.0).all()
