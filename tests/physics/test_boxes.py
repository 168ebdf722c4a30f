"""Separation, overlap and time to collision of oriented boxes against brute force and OpenCV."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simengine.physics import Boxes, first_contact, overlap, separation_m, ttc_s

ONE = np.ones(1)


def box(x: float, y: float, deg: float, length: float, width: float, low: float = 0.0, high: float = 1.5) -> Boxes:
    a = np.deg2rad(deg)
    values = (x, y, np.cos(a), np.sin(a), length / 2, width / 2, low, high)
    return Boxes(*(v * ONE for v in values))


def outline(b: Boxes, n: int = 200) -> np.ndarray:
    """Dense points on the edges of the rectangle."""
    t = np.linspace(-1, 1, n)
    one = np.ones(n)
    local = np.concatenate([np.stack(p, -1) for p in ((t, one), (t, -one), (one, t), (-one, t))])
    local = local * [float(b.half_length_m[0]), float(b.half_width_m[0])]
    c, s = float(b.cos[0]), float(b.sin[0])
    return local @ np.array([[c, s], [-s, c]]) + [float(b.x_m[0]), float(b.y_m[0])]


def rotated(b: Boxes) -> tuple[tuple[float, float], tuple[float, float], float]:
    angle = float(np.degrees(np.arctan2(b.sin[0], b.cos[0])))
    return (float(b.x_m[0]), float(b.y_m[0])), (2 * float(b.half_length_m[0]), 2 * float(b.half_width_m[0])), angle


coordinate = st.floats(-6, 6, allow_nan=False)
size = st.floats(0.3, 5.0)
any_box = st.builds(box, coordinate, coordinate, st.floats(-180, 180), size, size)


@settings(max_examples=80, deadline=None)
@given(any_box, any_box)
def test_separation_equals_brute_force(a: Boxes, b: Boxes) -> None:
    """Densely sampled outlines bound the distance from above, and by no more than the spacing of the samples (at most
    5 m / 200 on each outline); OpenCV's polygon intersection says independently whether there is any distance."""
    d = float(separation_m(a, b)[0])
    area = cv2.rotatedRectangleIntersection(rotated(a), rotated(b))[0]
    if d > 1e-3:
        assert area == cv2.INTERSECT_NONE
        brute = float(np.sqrt(((outline(a)[:, None] - outline(b)[None]) ** 2).sum(-1).min()))
        assert brute - 0.04 <= d <= brute + 1e-9
    elif d < -1e-3:
        assert area != cv2.INTERSECT_NONE
    assert bool(overlap(a, b)[0]) == (d <= 0)


@settings(max_examples=60, deadline=None)
@given(any_box, any_box)
def test_penetration_is_the_shortest_push(a: Boxes, b: Boxes) -> None:
    """Pushing b by the depth frees it in one direction of a dense fan, and a 2 % shorter push frees it in none."""
    d = float(separation_m(a, b)[0])
    if d > -0.05:
        return
    fan = np.linspace(0, 2 * np.pi, 2000, endpoint=False)
    axes = np.arctan2([a.sin[0], a.cos[0], b.sin[0], b.cos[0]], [a.cos[0], -a.sin[0], b.cos[0], -b.sin[0]])
    fan = np.concatenate([fan, axes, axes + np.pi])

    def frees(push: float) -> bool:
        moved = b._replace(x_m=b.x_m + push * np.cos(fan), y_m=b.y_m + push * np.sin(fan))
        return bool((~overlap(a, moved)).any())

    assert frees(-d * 1.0001 + 1e-6) and not frees(-d * 0.98)


@settings(max_examples=60, deadline=None)
@given(any_box, any_box)
def test_separation_is_symmetric_and_moves_with_the_world(a: Boxes, b: Boxes) -> None:
    """A distance does not depend on the order of the boxes or on where the world's origin is."""
    d = separation_m(a, b)
    np.testing.assert_allclose(separation_m(b, a), d, atol=1e-9)
    c, s = np.cos(0.7), np.sin(0.7)
    turned = [
        v._replace(
            x_m=c * v.x_m - s * v.y_m + 30, y_m=s * v.x_m + c * v.y_m - 8, cos=c * v.cos - s * v.sin,
            sin=s * v.cos + c * v.sin,
        )
        for v in (a, b)
    ]  # fmt: skip
    np.testing.assert_allclose(separation_m(*turned), d, atol=1e-9)


def test_height_counts() -> None:
    """Boxes 3 m apart in plan and 4 m apart in height are 5 m apart; one over the other is its clearance away."""
    low, high = box(0, 0, 0, 2, 2, 0, 1), box(5, 0, 0, 2, 2, 5, 6)
    assert float(separation_m(low, high)[0]) == pytest.approx(5.0)
    assert float(separation_m(low, box(0.5, 0, 30, 2, 2, 3, 4))[0]) == pytest.approx(2.0)
    assert not bool(overlap(low, box(0, 0, 0, 2, 2, 1.01, 2))[0])


velocity = st.floats(-8, 8, allow_nan=False)


@settings(max_examples=80, deadline=None)
@given(any_box, any_box, velocity, velocity, velocity, velocity)
def test_ttc_equals_stepping(a: Boxes, b: Boxes, vax: float, vay: float, vbx: float, vby: float) -> None:
    """Just before the predicted time the boxes are apart and just after it they overlap; where none is predicted they
    stay apart at 4,000 instants of 20 s. (Grazing contacts under 1 mm are left out.)"""
    t = float(ttc_s(a, b, (vax * ONE, vay * ONE), (vbx * ONE, vby * ONE))[0])

    def apart(at: np.ndarray) -> np.ndarray:
        moved = b._replace(x_m=b.x_m + (vbx - vax) * at, y_m=b.y_m + (vby - vay) * at)
        return separation_m(a, moved)

    if np.isinf(t):
        assert float(apart(np.linspace(0, 20, 4000)).min()) > -1e-3
    elif t == 0:
        assert float(apart(np.zeros(1))[0]) <= 1e-9
    else:
        assert abs(float(apart(np.array([t]))[0])) < 1e-6
        assert float(apart(np.linspace(0, t * 0.999, 500)).min()) > 0


def test_ttc_head_on_and_never() -> None:
    """Two cars 4.5 m long, centres 54.5 m apart, closing at 25 m/s: 50 m of free road last 2 s. Parallel: never."""
    a, b = box(0, 0, 0, 4.5, 1.8), box(54.5, 0.5, 180, 4.5, 1.8)
    assert float(ttc_s(a, b, (15 * ONE, 0 * ONE), (-10 * ONE, 0 * ONE))[0]) == pytest.approx(2.0)
    assert np.isinf(ttc_s(a, box(54.5, 2.0, 0, 4.5, 1.8), (15 * ONE, 0 * ONE), (-10 * ONE, 0 * ONE))[0])


def test_first_contact_inside_a_tick() -> None:
    """2 m apart at the start of a tick that moves 8 m: contact after a quarter of it; without contact: inf."""
    a, b, after = box(0, 0, 0, 2, 2), box(4, 0, 0, 2, 2), box(-4, 0, 0, 2, 2)
    assert float(first_contact((a, b), (a, b._replace(x_m=-1.0 * ONE)), 40)[0]) == pytest.approx(2 / 5, abs=1e-9)
    assert np.isinf(first_contact((a, b), (a, b))[0])
    assert float(first_contact((a, a), (a, a))[0]) < 1e-8
    assert np.isinf(first_contact((a, b), (a, after))[0])
