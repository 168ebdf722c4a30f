"""Post-encroachment time of two tracks of boxes against the closed form for ways that cross square."""

from __future__ import annotations

import numpy as np
import pytest

from simengine.physics.boxes import Boxes, overlap
from simengine.physics.encroachment import post_encroachment_s

RATE_HZ = 100.0
TIME_S = np.arange(1001) / RATE_HZ


def track(x, y, yaw, size=(4.0, 2.0), turn=0.0) -> Boxes:
    """A box at all times; everything turned by an angle about the origin."""
    x, y, yaw = (np.broadcast_to(np.asarray(v, np.float64), TIME_S.shape) for v in (x, y, yaw))
    c, s, flat = np.cos(turn), np.sin(turn), np.zeros(TIME_S.shape)
    half = [flat + 0.5 * v for v in size]
    return Boxes(c * x - s * y, s * x + c * y, np.cos(yaw + turn), np.sin(yaw + turn), *half, flat, flat + 1.5)


@pytest.mark.parametrize("turn", [0.0, 0.4, 2.0])
def test_square_crossing_is_the_closed_form(turn: float):
    """The first, 4 m x 2 m at 8 m/s along x from x = -20 m, has left the other's strip |x| <= 0.9 m when its rear is at
    0.9 m: (20 + 2 + 0.9) / 8 = 2.8625 s. The other, 5 m x 1.8 m at 5 m/s along y from y = -30 m, enters |y| <= 1 m with
    its front: (30 - 2.5 - 1) / 5 = 5.3 s. It matters neither which is asked first, nor how the axes lie."""
    one = track(-20.0 + 8.0 * TIME_S, 0.0, 0.0, (4.0, 2.0), turn)
    other = track(0.0, -30.0 + 5.0 * TIME_S, 0.5 * np.pi, (5.0, 1.8), turn)
    assert post_encroachment_s(one, other, RATE_HZ) == pytest.approx(5.3 - 2.8625, abs=1e-6)
    assert post_encroachment_s(other, one, RATE_HZ) == pytest.approx(5.3 - 2.8625, abs=1e-6)


def test_who_waits_enters_when_he_starts():
    """The other stands before the strip |y| <= 1 m, its front at y = -2 m, until 6 s, then goes at 5 m/s: it enters at
    6 + 1 / 5 = 6.2 s. The first has left when it is half its length and half the other's width beyond: 23 m / 8 m/s."""
    one = track(-20.0 + 8.0 * TIME_S, 0.0, 0.0)
    other = track(0.0, -4.0 + 5.0 * np.maximum(TIME_S - 6.0, 0.0), 0.5 * np.pi)
    assert post_encroachment_s(one, other, RATE_HZ) == pytest.approx(6.2 - 2.875, abs=1e-6)


def test_boxes_that_touch_have_none_left():
    """Both are at the origin at 2 s."""
    one, other = track(8.0 * TIME_S - 16.0, 0.0, 0.0), track(0.0, 8.0 * TIME_S - 16.0, 0.5 * np.pi)
    assert post_encroachment_s(one, other, RATE_HZ) == 0.0


@pytest.mark.parametrize(("x", "yaw"), [(8.0 * TIME_S - 20.0, 0.0), (40.0 - 8.0 * TIME_S, np.pi)])
def test_ways_that_do_not_cross_have_none(x, yaw: float):
    """One follows the other, or they come towards each other, in one lane; or the ways lie apart."""
    one = track(8.0 * TIME_S, 0.0, 0.0)
    assert post_encroachment_s(one, track(x, 0.0, yaw), RATE_HZ) == np.inf
    assert post_encroachment_s(one, track(200.0, 8.0 * TIME_S, 0.5 * np.pi), RATE_HZ) == np.inf


def test_it_is_the_smallest_difference_of_times_over_all_pairs():
    """Against all pairs of every tenth tick, of ways that bend: within the two ticks that timing between ticks changes,
    and the ten that the coarse search leaves out, at either end."""
    rng = np.random.default_rng(5)
    for _ in range(6):
        tracks: list[Boxes] = []
        for _ in range(2):
            start, speed, rate = rng.uniform(0.0, 2.0 * np.pi), rng.uniform(3.0, 9.0), rng.uniform(-0.15, 0.15)
            yaw = start + rate * (TIME_S - 5.0)
            x, y = (np.cumsum(speed * f(yaw)) / RATE_HZ for f in (np.cos, np.sin))
            tracks.append(track(x - x[500] + rng.uniform(-6, 6), y - y[500] + rng.uniform(-6, 6), yaw))
        one, other = (Boxes(*(v[::10] for v in t)) for t in tracks)
        a, b = Boxes(*(v[:, None] for v in one)), Boxes(*(v[None] for v in other))
        hit = overlap(a, b) & (np.abs(a.sin * b.cos - a.cos * b.sin) > 0.5)
        i, j = np.nonzero(hit)
        expected = np.abs(i - j).min() * 10 / RATE_HZ if i.size else np.inf
        found = post_encroachment_s(*tracks, RATE_HZ)
        assert found <= expected and (np.isinf(expected) or expected - found <= 0.22)
