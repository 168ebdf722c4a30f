"""Variants in worlds of different shapes: a batch gives what each gives alone."""

from __future__ import annotations

import numpy as np

from simengine.engine.catalogue import libraries
from simengine.engine.placement import place
from simengine.engine.variants import Variants
from simengine.engine.variation import Variation
from simengine.language import parse_text

WINDING = """use driving

scenario country "Roads of many shapes":
    world rural(length ~ 300..900 m, curviness ~ 0..1, layout ~ 1..1000)
    car ego on lane(1) at s(50 m)
    car other on lane(2) at s(200 m)
    car third ahead of ego by ~ 10..60 m
    stop after 1 s
"""


def test_placing_many_winding_roads_is_placing_each() -> None:
    """Bit for bit; and each car stands where its lane has that station, within the 5 mm of the lane's polyline."""
    program = parse_text(WINDING, "w.scn", libraries=libraries())[0]
    sampler = Variation(program, 0, "random").sampler
    many = place(Variants.of(sampler.draw(range(12)), libraries()))
    for k in range(12):
        alone = Variants.of(sampler.draw([k]), libraries())
        one = place(alone)
        for name in ("x_m", "y_m", "yaw_rad", "lane"):
            assert getattr(one, name)[0].tobytes() == np.ascontiguousarray(getattr(many, name)[k]).tobytes()
        where, _ = alone.lane_graphs[0].lanes[0].centre.at(50.0)
        assert np.hypot(*(where[:2] - (one.x_m[0, 0], one.y_m[0, 0]))) < 0.005


BUSY = """use driving

scenario busy:
    world street(lanes = 2):
        rain ~ 0..20 mm/h
        sun.elevation ~ 0..60 deg
    param gap: time ~ 1..3 s
    param where: length ~ 10..150 m
    car ego on lane(1) at s(where):
        speed ~ 30..50 km/h
        colour ~ {red, blue, white}
    require ego.speed * gap > 18 m
"""
CROWD = "    car others[4] in lane(1):\n        speed ~ 1..9 m/s\n"


def test_things_in_the_way_redraw_places_and_nothing_else() -> None:
    """Four cars anywhere on the lane of ego stand in its or each other's way in most draws, and their places (and
    that of ego) are drawn again. Weather, light, paint and speeds place nothing: they stay bit for bit."""
    values = []
    for text in (BUSY + "    stop after 1 s\n", BUSY + CROWD + "    stop after 1 s\n"):
        program = parse_text(text, "b.scn", libraries=libraries())[0]
        variation = Variation(program, 0, "random")
        values.append(variation.sampler.draw(range(200), variation.geometry))
    alone, crowded = values
    assert crowded.attempts.mean() > alone.attempts.mean() + 0.5
    for path in ("world.rain", "world.sun.elevation", "gap", "ego.speed", "ego.colour"):
        assert alone.values[path].tobytes() == crowded.values[path].tobytes(), path
