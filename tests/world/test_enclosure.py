"""What tunnels take of the sky's light."""

from __future__ import annotations

import numpy as np
import pytest

from simengine.errors import SceneError
from simengine.rng import stream
from simengine.world.enclosure import Enclosure, taken

AREA_M2 = 50.0


def bore(*axis: tuple[float, float], light: float = 0.01) -> Enclosure:
    points = np.array([(x, y, 0.0) for x, y in axis])
    return Enclosure(points, 6.0, 7.0, AREA_M2, np.full(points.shape, light))


def test_a_ball_deep_inside_sees_the_share_of_a_disc_of_the_portals_area() -> None:
    """Counted with random directions: how many of them pass the disc at 12 m, on a bore so long that the far portal
    takes part with less than 1e-5."""
    draw = stream(0, "test", "directions").normal(size=(400_000, 3))
    ahead = draw[draw[:, 0] < 0.0]
    at = ahead[:, 1:] * (12.0 / -ahead[:, :1])
    share = float(((at * at).sum(-1) < AREA_M2 / np.pi).sum()) / len(draw)
    got = 1.0 - float(taken((bore((0.0, 0.0), (3000.0, 0.0)),), [12.0, 0.0, 1.5]))
    assert got == pytest.approx(share, rel=0.03)  # 16,000 hits: three standard deviations are 0.024


def test_at_the_portal_half_of_the_sky_is_gone_on_both_sides_of_it() -> None:
    tunnel = (bore((0.0, 0.0), (3000.0, 0.0)),)
    up, out, into = [0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [1.0, 0.0, 0.0]
    for x in (-1e-9, 1e-9):
        assert taken(tunnel, [x, 0.0, 0.0], up) == pytest.approx(0.5, abs=1e-5)
        assert taken(tunnel, [x, 0.0, 2.0], out) == pytest.approx(0.0, abs=1e-5)
        assert taken(tunnel, [x, 0.0, 2.0], into) == pytest.approx(1.0, abs=1e-5)


def test_it_falls_off_with_the_way_from_the_nearer_portal_and_not_at_joints() -> None:
    """In the middle of 300 m with a = 50 m2 both portals together show 2 * (1 - d / sqrt(d^2 + a / pi)) / 2."""
    straight, bent = bore((0.0, 0.0), (300.0, 0.0)), bore((0.0, 0.0), (100.0, 0.0), (200.0, 0.0), (300.0, 0.0))
    x = np.linspace(0.0, 300.0, 601)
    points = np.column_stack([x, np.zeros_like(x), np.ones_like(x)])
    got = taken((bent,), points)
    np.testing.assert_allclose(got, taken((straight,), points), atol=1e-12)
    assert (np.diff(got[:300]) > 0.0).all()
    assert 1.0 - got[300] == pytest.approx(1.0 - 150.0 / np.sqrt(150.0**2 + AREA_M2 / np.pi), rel=1e-9)


def test_above_beside_and_far_from_a_bore_nothing_is_taken() -> None:
    points = [[150.0, 0.0, 9.0], [150.0, 8.0, 1.0], [-400.0, 0.0, 1.0]]
    np.testing.assert_allclose(taken((bore((0.0, 0.0), (300.0, 0.0)),), points), 0.0, atol=3e-5)
    assert float(taken((), [0.0, 0.0, 0.0])) == 0.0


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(SceneError, match="at least two points"):
        bore((0.0, 0.0))
    with pytest.raises(SceneError, match="not negative"):
        bore((0.0, 0.0), (10.0, 0.0), light=-1.0)
