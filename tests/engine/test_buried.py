"""Cameras that stand in walls or below the ground are told of."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pytest

import simengine
from simengine.engine.buried import buried
from simengine.engine.catalogue import libraries
from simengine.geometry import transforms as tf
from simengine.language import parse_text
from simengine.world.weather import Environment, Interior
from tests.renderers.simple_scenes import block, scene_of

TEXT = """use driving
scenario mounted:
    world street(length = 60 m)
    car ego on lane(1) at s(25 m)
    stop after 0.1 s
    sensor front on ego = camera(size = (16, 12), mount = ({0} m, {1} m, {2} m))
    record front: instance at 10 hz
"""


def _scene():
    """A house of 10 x 8 x 6 m, turned by 30 deg about (20, 0), on a road of 100 m; a car as large drives about."""
    house, road = block("house", (10.0, 8.0, 6.0), "building"), block("road", (100.0, 100.0, 0.2), "road")
    turned = tf.matrix_from_pose(np.array([20.0, 0.0, 0.0]), tf.quaternion_about(np.array([0.0, 0.0, 1.0]), np.pi / 6))
    return scene_of([block("car", (9.0, 9.0, 9.0))], [(house, turned), (road, tf.translation([0.0, 0.0, -0.2]))])


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ((20.0, 0.0, 1.0), "inside of 'house'"), ((20.0, 0.0, 5.9), "inside of 'house'"),
        ((20.0, 0.0, 6.1), None), ((20.0 + 6.0 * 0.866, 3.0, 1.0), None), ((24.0, 2.3, 1.0), "inside of 'house'"),
        ((0.0, 0.0, 1.0), None), ((0.0, 0.0, -0.3), "below the ground"), ((80.0, 0.0, -0.3), None),
    ],
)  # fmt: skip
def test_places_in_houses_and_below_roads(place: tuple[float, float, float], expected: str | None) -> None:
    """The house reaches 5 m along its own axis and 6 m up: 6 m along it is outside, 4.6 m inside."""
    assert buried(_scene(), np.array(place)) == expected


def test_nothing_is_buried_in_a_hall() -> None:
    hall = replace(_scene(), environment=Environment(interior=Interior()))
    assert buried(hall, np.array([20.0, 0.0, 1.0])) is None


@pytest.mark.parametrize(
    ("mount", "message"), [((0, -12.5, 1.5), "inside of 'house"), ((0, 0, -0.5), "below the ground"), ((0, 0, 2), None)]
)
def test_an_episode_warns_once(mount: tuple[float, ...], message: str | None) -> None:
    """By name, once an episode however many frames there are, and not of a camera on a roof."""
    program = parse_text(TEXT.format(*mount), libraries=libraries())[0]
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        assert len(list(next(iter(simengine.episodes(program, 1, seed=3))))) == 2
    said = [str(w.message) for w in told if "camera 'front'" in str(w.message)]
    assert [message in s for s in said if message] == ([True] if message else []) and len(said) == bool(message)
