"""Datasets to export: one rendered with everything in it that exporters must tell apart, one made from formulas."""

from __future__ import annotations

from pathlib import Path

import pytest

import simengine
from simengine.datasets import Dataset
from tests.datasets.fakes import write_dataset

MIX = """
use driving

scenario mix "A street with things that move, several cameras and LiDARs":
    world street(lanes = 2, parking = right, length = 120 m)
    car ego on lane(1) at s(20 m):
        speed ~ 20..40 km/h
    car other on lane(1) at s(36 m):
        speed ~ 50..70 km/h
    car parked[3] along curb(right) by ~ 0.8..2.5 m
    pedestrian kid between parked[1] and parked[2]:
        model = child_6y
    do:
        kid.run(across = road)
    stop after 0.35 s
    sensor front on ego = camera(size = (320, 180), fov = 70 deg)
    sensor wide on ego = camera(size = (160, 90), fov = 80 deg):
        distortion.k1 = -0.1
    sensor down on ego = camera(size = (64, 48), fov = 70 deg):
        pitch = 20 deg
    sensor roof on ego = lidar(channels = 32, columns = 512, range = 80 m)
    sensor nose on ego = lidar(channels = 8, columns = 64, range = 80 m)
    record front: rgb, depth, instance, semantic, normals, box2d, box3d, amodal at 10 hz
    record wide: rgb, instance at 5 hz
    record down: rgb, box2d, box3d, pose6d at 10 hz
    record roof: points, intensity at 10 hz
    record nose: points, intensity at 5 hz
"""


@pytest.fixture(scope="session")
def mix(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Two variants of four frames, rendered."""
    root = tmp_path_factory.mktemp("mix")
    (root / "mix.scn").write_text(MIX)
    simengine.run(simengine.RunOptions(str(root / "mix.scn"), root / "data", variants=2))
    return Dataset.open(root / "data")


@pytest.fixture
def fake(tmp_path: Path) -> Path:
    """Three variants of three small frames; cheap, so that a test may damage it."""
    write_dataset(tmp_path / "data")
    return tmp_path / "data"
