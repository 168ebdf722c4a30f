"""Forward kinematics against the plain recursion."""

from __future__ import annotations

import numpy as np
import pytest

from simengine.arrays import F64Array
from simengine.geometry import transforms as tf
from simengine.world.scene import Scene
from simengine.world.state import WorldState
from tests.renderers.random_scenes import random_scene


def one_by_one(scene: Scene, state: WorldState) -> F64Array:
    """Link by link, parents first: the definition."""
    root = tf.matrix_from_pose(state.position_m, state.orientation)
    out: list[F64Array] = []
    for i, link in enumerate(scene.links):
        above = root[link.actor] if link.parent < 0 else out[link.parent]
        turn = tf.matrix_from_pose(np.zeros(3), tf.quaternion_about(np.array(link.axis), state.joint_rad[i]))
        out.append(tf.compose(above, tf.compose(link.parent_from_link, turn)))
    return np.array(out).reshape(-1, 4, 4)


@pytest.mark.parametrize("seed", range(12))
def test_links_level_by_level_equal_the_recursion(seed: int) -> None:
    """The same products in the same order, so bit for bit; random scenes have chains of three links."""
    x = random_scene(seed)
    np.testing.assert_array_equal(x.scene.link_transforms(x.now), one_by_one(x.scene, x.now))
