"""What people carry: held by the hand, standing on the ground, and still while they walk."""

from __future__ import annotations

import numpy as np
import pytest

from simengine.world.scene import Asset
from simengine_scenes import palette
from simengine_scenes.driving import LIBRARY
from simengine_scenes.people.carried import CARRIED
from simengine_scenes.people.measures import MEASURES
from simengine_scenes.people.sizes import PERSON_SIZE_M
from simengine_scenes.shapes.probe import first_hit
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


@pytest.mark.parametrize("model", ["adult", "child_6y", "elderly_f"])
def test_straps_of_a_rucksack_lie_on_the_chest(model: str):
    """Seen from ahead straps are before the clothes and at most 4 cm off them (their own thickness is 2 to 3 cm), over
    half of the chest's height and for each of several outfits; the bag touches the back."""
    build = LIBRARY.entities["pedestrian"].build
    assert build is not None
    b = MEASURES[model]
    for variety in range(6):
        asset = build(model, {"carries": "rucksack"}, variety)
        scene = scene_of(asset)
        points, names = part_vertices(scene), [p.name for p in scene.parts]
        torso = points[names.index("torso")][scene.meshes[scene.parts[names.index("torso")].mesh].faces]
        thing, mesh = points[names.index("rucksack")], scene.meshes[scene.parts[names.index("rucksack")].mesh]
        straps = np.array([scene.materials[k] == palette.PLASTIC for k in mesh.face_material])
        met = 0
        for share in (0.5, 0.6, 0.7, 0.8):
            z = b.hip_m + share * (b.shoulder_m - b.hip_m)
            for corners in thing[mesh.faces[straps]]:
                middle = corners.mean(0)
                if middle[0] > 0.02 and abs(middle[2] - z) < 0.01:
                    clothes = first_hit(torso, 0, 1.0, (float(middle[1]), float(middle[2])))[0]
                    assert -0.03 < middle[0] - clothes < 0.04, (variety, share)
                    met += bool(middle[0] > clothes)
        assert met >= 8, variety  # both sides at four heights
        back = first_hit(torso, 0, -1.0, (0.0, b.hip_m + 0.65 * (b.shoulder_m - b.hip_m)))[0]
        assert back - 0.05 < thing[:, 0][np.abs(thing[:, 1]) < 0.02].max() < back + 0.05, variety


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
