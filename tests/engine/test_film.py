"""Film strips: their moments, their one scale, and things where they are."""

from __future__ import annotations

import numpy as np

from simengine.engine.catalogue import libraries
from simengine.engine.film import film_strip, moments
from simengine.engine.variation import Variation
from simengine.language import parse_text

SOURCE = """
use driving

scenario s:
    world street(lanes = 2, length = 200 m)
    car ego on lane(1) at s(20 m):
        speed = 10 m/s
    stop after 4 s
"""
EGO_COLOUR = (235, 130, 20)


def test_moments_are_the_start_the_stop_and_evenly_between() -> None:
    """Five of 400 ticks are 100 apart; a run of two ticks has three moments only, a single picture is the start."""
    assert moments(400, 5) == [0, 100, 200, 300, 400]
    assert moments(2, 5) == [0, 1, 2]
    assert moments(400, 1) == [0]


def test_the_closest_approach_has_a_picture() -> None:
    """It takes the place of the picture nearest to it; near the start or the stop, those show it."""
    assert moments(400, 5, 170) == [0, 100, 170, 300, 400]
    assert moments(400, 5, 20) == moments(400, 5, 390) == moments(400, 5)
    assert moments(400, 2, 170) == [0, 400]


def test_every_picture_has_one_scale_and_the_car_where_it_is() -> None:
    """Three pictures beside each other with seams of 3 px. The car is drawn as long in each, for it keeps its length;
    a picture is centred on what is near the car, its way behind and before it: at the start there is none behind, so it
    stands left of the middle, and at the stop right of it."""
    program = parse_text(SOURCE, libraries=libraries())[0]
    (sample,) = Variation(program, 0, "random").simulate([0])
    strip = film_strip(program, sample, 3, (200, 120))
    assert strip.shape == (120, 3 * 200 + 2 * 3, 3)
    columns = [np.flatnonzero((strip[:, k * 203 : k * 203 + 200] == EGO_COLOUR).all(-1).any(0)) for k in range(3)]
    lengths = [c.max() - c.min() for c in columns]
    assert min(lengths) >= 5 and max(lengths) - min(lengths) <= 1
    middles = [c.mean() for c in columns]
    assert middles[0] < 95 and middles[2] > 105
