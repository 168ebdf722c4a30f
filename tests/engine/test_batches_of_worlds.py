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
