"""Sight over crests and on grades: who sees whom, against the geometry of vertical curves."""

from __future__ import annotations

import numpy as np
import pytest

from simengine.geometry import transforms as tf
from simengine.physics import Cast, Snapshot
from simengine.sensors.specs import CameraSpec, LidarSpec
from simengine.world.scene import Box, Entity
from tests.physics.hills import crest, grade, road
from tests.physics.stage import Actor, car, cast_of, child, state_of


def shot(actors: list[list[Actor]], surface: object) -> Snapshot:
    return Snapshot(cast_of(actors, [road(surface)] * len(actors)), state_of(actors, moving=True))  # type: ignore[arg-type]


def camera() -> CameraSpec:
    """Level, 1.2 m above the road."""
    return CameraSpec.from_fov("front", 0, (0.5, 0.0, 1.2), (640, 480), np.deg2rad(77.0))


@pytest.mark.parametrize("radius_m", [500.0, 1000.0, 2000.0])
def test_sight_distance_over_a_crest(radius_m: float) -> None:
    """On a parabola of radius R an eye at h1 sees a top at h2 from L = sqrt(2 R h1) + sqrt(2 R h2) (AASHTO, eq. 3-43,
    with the crest longer than L), wherever on it: here 1.2 m, and 0.9 of a child's 1.2 m; 1 % is a step of the line."""
    surface = crest(radius_m, 0.15, 400.0, 20.0)
    expected = np.sqrt(2.0 * radius_m * 1.2) + np.sqrt(2.0 * radius_m * 1.08)
    distances = np.arange(0.9, 1.1, 0.0025) * expected
    for start in (400.0 - 0.5 * expected, 400.0 - 0.7 * expected):
        actors: list[list[Actor]] = [
            [(car("ego"), "vehicle", start - 0.2, 0.0, 0.0, 0.0), (child(), "person", start + d, 0.4, 180.0, 0.0)]
            for d in distances
        ]
        seen = shot(actors, surface).sees(0, 1)
        assert seen[: int(seen.sum())].all()
        assert distances[int(seen.sum())] == pytest.approx(expected, rel=0.01)


def test_a_camera_and_a_lidar_lose_what_is_behind_a_crest() -> None:
    """The share of a car that a camera has in view falls from 1 to 0 as it drives over the crest, and its wheels go
    first; a scanner 1.9 m up sees it for longer."""
    actors: list[list[Actor]] = [
        [(car("ego"), "vehicle", 360.0, 0.0, 0.0, 0.0), (car("b"), "vehicle", 360.0 + d, 0.0, 0.0, 0.0)]
        for d in np.arange(10.0, 160.0, 5.0)
    ]  # fmt: skip
    one = shot(actors, crest(800.0, 0.1, 400.0, 60.0))
    share = one.visible(1, 0, camera())
    assert share[0] == 1.0 and share[-1] == 0.0
    assert (np.diff(share) <= 0.0).all()
    assert share[(share > 0.0) & (share < 1.0)].size > 0.0
    beams = np.deg2rad(np.linspace(-25.0, 15.0, 32))
    at = tf.translation((0.0, 0.0, 1.9))
    scanned = one.visible(1, 0, LidarSpec("roof", 0, at, "", beams, 0.0 * beams, np.zeros(32, np.int64), 64))
    assert (scanned >= share).all() and (scanned > share).any()


def test_a_lorry_hides_what_is_behind_it_on_a_grade_as_on_the_level() -> None:
    """Boxes lean with the road: a 12 m lorry hides a child on 8 % up and down as it does on the level, and a child who
    stands beside it is seen."""
    solid = Box((0.0, 0.0, 1.75), (12.0, 2.5, 3.5))
    lorry = Entity("lorry", "truck", "truck", 15, (12.0, 2.5, 3.5), occluders=(solid,))
    for x, y, free in ((440.0, 0.0, False), (440.0, 9.0, True), (426.5, 0.0, False)):
        row: list[Actor] = [
            (car("ego"), "vehicle", 400.0, 0.0, 0.0, 0.0), (lorry, "vehicle", 418.0, 0.0, 0.0, 0.0),
            (child(), "person", x, y, 180.0, 0.0),
        ]  # fmt: skip
        for surface in (None, grade(0.08), grade(-0.08)):
            assert shot([row], surface).sees(0, 2)[0] == free


def test_distances_are_those_of_the_plan() -> None:
    """On a grade of 10 % a car and what lies 5 m before it are as far apart as on the level, bit for bit, and what lies
    in its way touches it although it is lower than the car's middle."""
    rock = Entity("rock", "debris", "rock", 15, (0.3, 0.3, 0.15))
    for x in (506.0, 502.0):
        row: list[Actor] = [(car("ego"), "vehicle", 500.0, 0.0, 0.0, 9.0), (rock, "object", x, 0.0, 0.0, 0.0)]
        level = shot([row], None)
        for surface in (grade(0.1), grade(-0.1)):
            one = shot([row], surface)
            for ask in ("distance_m", "collision", "gap_m", "ttc_s", "headway_s"):
                assert getattr(one, ask)(0, 1).tobytes() == getattr(level, ask)(0, 1).tobytes(), ask


def test_sight_in_a_mixed_batch_equals_singles() -> None:
    """Hilly and level variants of one batch: shares in view bit for bit as alone."""
    lanes = [road(s) for s in (None, crest(), grade(0.05, 0.03), None)]
    actors: list[list[Actor]] = [
        [(car("ego"), "vehicle", 260.0 + b, 0.0, 5.0, 9.0), (car("b"), "vehicle", 330.0, 1.0, 0.0, 9.0),
         (child(), "person", 320.0, 4.0, 90.0, 0.0)]
        for b in range(4)
    ]  # fmt: skip
    entities = tuple(tuple(a[0] for a in row) for row in actors)

    def ask(rows: list[int]) -> list[bytes]:
        cast = Cast(
            ("ego", "b", "kid"), ("vehicle", "vehicle", "person"), tuple(entities[b] for b in rows),
            tuple(lanes[b] for b in rows),
        )  # fmt: skip
        one = Snapshot(cast, state_of([actors[b] for b in rows], moving=True))
        both = np.stack([one.visible(1, 0, camera()), one.visible(2, 1, camera()), one.sees(0, 2).astype(float)], -1)
        return [row.tobytes() for row in both]

    assert ask([0, 1, 2, 3]) == [ask([b])[0] for b in range(4)]
