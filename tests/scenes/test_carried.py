"""What people carry: held by the hand, standing on the ground, and still while they walk."""

from __future__ import annotations

import numpy as np
import pytest

from simengine.world.scene import Asset
from simengine_scenes.driving import LIBRARY
from simengine_scenes.people.carried import CARRIED
from simengine_scenes.people.sizes import PERSON_SIZE_M
from tests.scenes.scenery import part_vertices, posed, scene_of

ON_WHEELS = ("suitcase", "pram", "stick")


def person(model: str, carried: str) -> Asset:
    build = LIBRARY.entities["pedestrian"].build
    assert build is not None
    return build(model, {"carries": carried}, 2)


@pytest.mark.parametrize("carried", CARRIED[1:])
@pytest.mark.parametrize("model", ["adult", "child_6y", "elderly_f"])
def test_hands_and_things_meet(model: str, carried: str):
    """The thing is a part of its own; the hand that holds it is within 8 cm of it (a hand's breadth), and what stands
    on the ground does, within 1 cm. The box of the person stays."""
    asset = person(model, carried)
    assert asset.parts[-1].name == carried and asset.entity.size_m == PERSON_SIZE_M[model]
    scene = scene_of(asset)
    points = part_vertices(scene)
    thing = points[-1]
    for k, part in enumerate(scene.parts):
        if part.name.startswith("forearm") and scene.links[part.link].name.endswith("holding"):
            hand = points[k][points[k][:, 2] < points[k][:, 2].min() + 0.5]
            gap = np.linalg.norm(hand[:, None] - thing[None], axis=-1).min()
            assert gap < 0.08
    assert abs(thing[:, 2].min()) < 0.01 if carried in ON_WHEELS else thing[:, 2].min() > 0.3


def test_arms_that_hold_do_not_swing():
    """A gait turns links named ``shoulder_r`` and ``elbow_r``; of somebody with a pram there are none, and the part of
    the thing does not move when all joints of legs do."""
    scene = scene_of(person("adult", "pram"))
    names = {link.name for link in scene.links}
    assert not names & {"shoulder_l", "shoulder_r", "elbow_l", "elbow_r"} and {"hip_l", "knee_r"} <= names
    still, moved = posed(scene), posed(scene, {"hip_l": 0.5, "knee_l": 0.6, "hip_r": -0.4})
    a, b = part_vertices(scene, still)[-1], part_vertices(scene, moved)[-1]
    assert np.array_equal(a, b)


def test_nobody_carries_anything_unless_told():
    """The default is the person alone, with arms that swing."""
    plain, same = person("adult", "nothing"), person("adult", "nothing")
    assert [p.name for p in plain.parts] == [p.name for p in same.parts] and "torso" in plain.parts[0].name
    assert {"shoulder_l", "elbow_r"} <= {link.name for link in plain.links}
