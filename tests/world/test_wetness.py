"""Wet ground sends less light back: how much, and where."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simengine.world.materials import Pattern
from simengine.world.wetness import damp, film_depth, wet_shares

ONE = np.ones(1)


def fresnel(angle_deg: float, n: float = 1.33) -> float:
    """Reflectance of water for unpolarised light, by the angles (Fresnel): sine and tangent form."""
    a = math.radians(angle_deg)
    b = math.asin(math.sin(a) / n)
    if angle_deg == 0.0:
        return ((n - 1.0) / (n + 1.0)) ** 2
    return 0.5 * ((math.sin(a - b) / math.sin(a + b)) ** 2 + (math.tan(a - b) / math.tan(a + b)) ** 2)


@pytest.mark.parametrize("angle_deg", [0.0, 30.0, 60.0, 80.0, 86.0])
def test_what_a_film_leaves_of_asphalt(angle_deg: float) -> None:
    """By Fresnel's formula in its other form: (1 - F)^2 over n^2 (1 - R r), and no more than measured roads: half to a
    quarter at what LiDARs look at from 5 to 10 m away."""
    cosine = math.cos(math.radians(angle_deg))
    matt, _ = wet_shares(ONE, cosine * ONE, 0.15 * ONE, 0.0)
    assert matt[0] == pytest.approx((1.0 - fresnel(angle_deg)) ** 2 / (1.33**2 * (1.0 - 0.47 * 0.15)), rel=1e-9)
    if angle_deg <= 80.0:
        assert 0.2 < matt[0] < 0.65


def test_dry_ground_loses_nothing_and_beads_lose_three_quarters() -> None:
    """Wet road markings return a quarter (EN 1436: R3 150, RW2 35 mcd / (m2 lx)), here head on."""
    matt, beads = wet_shares(np.zeros(1), 0.3 * ONE, 0.5 * ONE, film_depth("swir"))
    assert matt[0] == beads[0] == 1.0
    assert wet_shares(ONE, ONE, 0.65 * ONE, 0.0)[1][0] == pytest.approx(0.25 * (1.0 - fresnel(0.0)) ** 2)


def test_a_film_takes_half_of_1550_nm_and_nothing_of_905_nm() -> None:
    """Beer and Lambert, there and back through 0.3 mm: exp(-2 x 11 / cm x 0.3 mm) = 0.52."""
    assert math.exp(-film_depth("swir")) == pytest.approx(math.exp(-0.66)) and film_depth("nir") < 0.005


def test_water_stands_on_mineral_ground_that_faces_up() -> None:
    """Not on walls, not on grass; from 0.45 of the wetness on dry places up to the whole in puddles."""
    x, y = np.meshgrid(np.arange(0.0, 60.0, 0.7), np.arange(0.0, 60.0, 0.7))
    asphalt, grass = (np.full(x.shape, int(p)) for p in (Pattern.ASPHALT, Pattern.GRASS))
    wet = damp(0.8, asphalt, np.ones(x.shape), x, y)
    assert wet.min() == pytest.approx(0.8 * 0.45) and wet.max() == pytest.approx(0.8) and 0.4 < wet.mean() < 0.7
    assert not damp(0.8, asphalt, np.full(x.shape, 0.5), x, y).any()
    assert not damp(0.8, grass, np.ones(x.shape), x, y).any()
