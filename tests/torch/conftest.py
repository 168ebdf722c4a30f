"""A scene of two small sensors that renders quickly; torch is optional."""

from __future__ import annotations

import pytest

SOURCE = """
use driving

scenario brisk "A car beside a row of cars":
    world street(lanes = 2, parking = right, length = 80 m)
    car ego on lane(1) at s(20 m):
        speed ~ 20..60 km/h
    car parked[~ 1..3] along curb(right) by ~ 0.8..2.5 m
    stop after 0.3 s
    sensor front on ego = camera(size = (24, 16), fov = 60 deg)
    sensor roof on ego = lidar(channels = 4, columns = 64, range = 60 m)
    record front: rgb at 10 hz
    record roof: points at 10 hz
"""
EVERYTHING = (
    "rgb", "depth", "normal", "semantic", "instance", "flow", "boxes2d", "boxes3d", "points", "pose", "intrinsics",
)  # fmt: skip


@pytest.fixture(scope="session")
def program():
    pytest.importorskip("torch", reason="needs the extra 'torch'")
    from simengine.engine.catalogue import libraries
    from simengine.language import parse_text

    return parse_text(SOURCE, libraries=libraries())[0]
