"""E-scooters and wheelchairs: who stands stands on the deck, who pushes holds the rims, and wheels roll."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simengine.arrays import F64Array
from simengine.physics import joint_angles
from simengine.world.scene import Scene
from simengine.world.skeletons import SKELETONS
from simengine.world.state import WorldState
from simengine.world.taxonomy import CLASSES
from tests.scenes.scenery import SCOOTERS, WHEELCHAIRS, asset_of, part_vertices, scene_of


def moved(scene: Scene, wheel: float, steer: float = 0.0) -> WorldState:
    state = WorldState.at_rest(scene.actors, len(scene.links))
    zero = np.zeros(1)
    return replace(state, joint_rad=joint_angles(scene, zero, zero, zero + wheel, zero + steer))


def frames(scene: Scene, state: WorldState) -> dict[str, F64Array]:
    return {k.name: f for k, f in zip(scene.links, scene.link_transforms(state), strict=True)}


def parts(scene: Scene, state: WorldState) -> dict[str, F64Array]:
    return dict(zip((p.name for p in scene.parts), part_vertices(scene, state), strict=True))


@pytest.mark.parametrize("model", SCOOTERS)
def test_who_rides_stands_on_the_deck_and_holds_the_bar(model: str):
    """The soles are on top of the deck (within 5 mm), inside its length; the hands go with the bar when it turns."""
    scene = scene_of(asset_of(model))
    for steer in (0.0, 0.25):
        points = parts(scene, moved(scene, 0.0, steer))
        deck = points["frame"]
        between = deck[(np.abs(deck[:, 0]) < 0.1) & (deck[:, 2] < 0.3)]
        for side in "lr":
            sole = points[f"foot_{side}"]
            assert sole[:, 2].min() == pytest.approx(between[:, 2].max(), abs=0.005)
            assert deck[:, 0].min() < sole[:, 0].min() and sole[:, 0].max() < points["wheel_f"][:, 0].min()
            gap = np.linalg.norm(points[f"hand_{side}"][:, None] - points["fork"][None], axis=-1).min()
            assert gap < 0.03


def test_scooters_and_chairs_are_two_classes_with_the_joints_of_coco():
    """What is ridden and who rides are told apart in every pixel; joints have COCO's seventeen names."""
    for model, thing, body in ((SCOOTERS[0], "e_scooter", "rider"), (WHEELCHAIRS[0], "wheelchair", "adult")):
        asset = asset_of(model)
        joints = sorted(k.name for k in asset.landmarks if k.skeleton == "person")
        assert joints == sorted(SKELETONS["person"].joints)
        classes = {p.name: CLASSES[p.semantic].name for p in asset.parts}
        assert classes["frame"] == thing == CLASSES[asset.entity.semantic].name
        assert {classes[n] for n in classes if n.startswith("wheel_")} == {thing}
        assert {classes[n] for n in ("torso", "head", "forearm_l")} == {body}


@pytest.mark.parametrize("model", [*SCOOTERS, *WHEELCHAIRS])
def test_the_box_holds_all_draws(model: str):
    """Sizes depend on the model alone: bodies of two builds differ by no more than 3 cm."""
    for variety in range(4):
        asset = asset_of(model, variety)
        points = np.concatenate(part_vertices(scene_of(asset)))
        assert np.allclose(np.ptp(points, axis=0), asset.entity.size_m, atol=0.03)
        assert points[:, 2].min() == pytest.approx(0.0, abs=2e-3)


def test_wheels_of_a_chair_roll_without_sliding():
    """People count the turns of a wheel of 1 m radius, so that after 1.3 m big and small wheels have turned by that way
    over their own radius."""
    scene = scene_of(asset_of(WHEELCHAIRS[0]))
    state, rest = moved(scene, 1.3), frames(scene, moved(scene, 0.0))
    for i, link in enumerate(scene.links):
        if link.name.startswith("wheel_"):
            assert state.joint_rad[i] * rest[link.name][2, 3] == pytest.approx(1.3)


@pytest.mark.parametrize("model", WHEELCHAIRS)
def test_hands_push_the_rims(model: str):
    """While the wheel turns by the first 60 degrees of a cycle, the wrist turns about the axle by as much, at the same
    distance (2 % for the arm's plane); later it comes back to where it began, and no elbow is ever straight."""
    scene = scene_of(asset_of(model))
    radius = frames(scene, moved(scene, 0.0))["wheel_rl"][2, 3]

    def wrist(turn: float, side: str) -> tuple[float, float, float]:
        now = frames(scene, moved(scene, turn * radius))
        x, _, z = (now[f"push_wrist_{side}"] - now[f"wheel_r{side}"])[:3, 3]
        upper = now[f"push_elbow_{side}"][:3, 3] - now[f"push_shoulder_{side}"][:3, 3]
        lower = now[f"push_wrist_{side}"][:3, 3] - now[f"push_elbow_{side}"][:3, 3]
        bend = np.arccos(upper @ lower / np.linalg.norm(upper) / np.linalg.norm(lower))
        return float(np.arctan2(x, z)), float(np.hypot(x, z)), float(bend)

    for side in "lr":
        start, reach, _ = wrist(0.0, side)
        for turn in (0.2, 0.5, 0.8, 1.05):
            angle, distance, bend = wrist(turn, side)
            assert angle - start == pytest.approx(turn, abs=0.03) and distance == pytest.approx(reach, rel=0.03)
            assert bend > 0.1
        assert wrist(3.2, side)[:2] == pytest.approx((start, reach), abs=1e-6)
