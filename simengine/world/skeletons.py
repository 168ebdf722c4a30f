"""Named sets of points of things: which points, in which order, and which of them a line joins.

Sets of others keep their names and their order: COCO's of people (cocodataset.org, "Keypoint Detection"), AP-10K's of
animals (H. Yu et al. 2021), and of vehicles the 24 that OpenPifPaf (S. Kreiss, L. Bertoni, A. Alahi 2021) chose of the
66 of ApolloCar3D (X. Song et al. 2019). docs/keypoints.md says where each point is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType

__all__ = ["MOST_JOINTS", "SKELETONS", "Skeleton"]


@dataclass(frozen=True)
class Skeleton:
    """A set of points.

    Attributes:
        name: a word ("person").
        joints: names of its points, in order.
        bones: pairs of positions in ``joints`` that a line joins.
        classes: names of the classes whose things have it as theirs; who rides or sits in them has "person", too.
    """

    name: str
    joints: tuple[str, ...]
    bones: tuple[tuple[int, int], ...]
    classes: tuple[str, ...]


def _skeleton(name: str, joints: str, lines: Sequence[str], classes: str) -> Skeleton:
    """``lines`` run from joint to joint; one that names a "*" is there once for each side, "left" and "right"."""
    order = tuple(joints.split())
    bones: dict[tuple[int, int], None] = {}
    for line in lines:
        for side in ("left", "right") if "*" in line else ("",):
            way = [order.index(joint) for joint in line.replace("*", side).split()]
            bones.update(dict.fromkeys(pairwise(way)))
    return Skeleton(name, order, tuple(bones), tuple(classes.split()))


_PERSON = Skeleton(
    "person",
    (
        "nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder", "left_elbow",
        "right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle",
        "right_ankle",
    ),
    (
        (15, 13), (13, 11), (16, 14), (14, 12), (11, 12), (5, 11), (6, 12), (5, 6), (5, 7), (6, 8), (7, 9), (8, 10),
        (1, 2), (0, 1), (0, 2), (1, 3), (2, 4), (3, 5), (4, 6),
    ),
    ("adult", "child", "rider"),
)  # fmt: skip
_ALL = (
    _PERSON,
    _skeleton(
        "vehicle",
        "front_up_right front_up_left front_light_right front_light_left front_low_right front_low_left "
        "central_up_left front_wheel_left rear_wheel_left rear_corner_left rear_up_left rear_up_right rear_light_left "
        "rear_light_right rear_low_left rear_low_right central_up_right rear_corner_right rear_wheel_right "
        "front_wheel_right rear_plate_left rear_plate_right mirror_edge_left mirror_edge_right",
        (
            "front_light_* front_low_* front_wheel_* rear_wheel_* rear_low_* rear_corner_* rear_up_* central_up_* "
            "front_up_* mirror_edge_* front_light_*",
            "rear_corner_* rear_light_* rear_plate_*",
            *(f"{place}_left {place}_right" for place in (
                "front_up", "front_light", "front_low", "rear_up", "rear_low", "rear_plate"
            )),
        ),
        "car van truck bus trailer tram",
    ),
    _skeleton(
        "two_wheeler",
        "front_hub rear_hub left_bar_end right_bar_end saddle head_light tail_light left_pedal right_pedal",
        ("rear_hub front_hub head_light", "head_light *_bar_end", "rear_hub saddle head_light", "rear_hub tail_light",
         "rear_hub *_pedal front_hub"),
        "bicycle motorcycle e_scooter",
    ),
    _skeleton(
        "wheelchair",
        "left_wheel right_wheel left_caster right_caster left_handle right_handle left_armrest right_armrest "
        "left_footrest right_footrest",
        ("*_wheel *_caster *_footrest", "*_wheel *_handle *_armrest *_caster", "left_handle right_handle",
         "left_footrest right_footrest"),
        "wheelchair",
    ),
    _skeleton(
        "forklift",
        "left_fork_tip right_fork_tip left_fork_heel right_fork_heel left_mast_top right_mast_top front_roof_left "
        "front_roof_right rear_roof_left rear_roof_right front_wheel_left front_wheel_right rear_wheel_left "
        "rear_wheel_right rear_corner_left rear_corner_right",
        ("*_fork_tip *_fork_heel *_mast_top", "left_mast_top right_mast_top", "left_fork_heel right_fork_heel",
         "front_wheel_* front_roof_* rear_roof_* rear_corner_* rear_wheel_* front_wheel_*",
         "front_roof_left front_roof_right", "rear_roof_left rear_roof_right", "rear_corner_left rear_corner_right"),
        "forklift",
    ),
    _skeleton(
        "mobile_robot",
        "front_low_left front_low_right rear_low_left rear_low_right front_top_left front_top_right rear_top_left "
        "rear_top_right",
        ("front_low_* front_top_* rear_top_* rear_low_* front_low_*",
         *(f"{end}_{level}_left {end}_{level}_right" for end in ("front", "rear") for level in ("low", "top"))),
        "mobile_robot",
    ),
    _skeleton(
        "arm",
        "base joint_1 joint_2 joint_3 joint_4 joint_5 flange tool",
        ("base joint_1 joint_2 joint_3 joint_4 joint_5 flange tool",),
        "robot",
    ),
    _skeleton(
        "animal",
        "left_eye right_eye nose neck root_of_tail left_shoulder left_elbow left_front_paw right_shoulder right_elbow "
        "right_front_paw left_hip left_knee left_back_paw right_hip right_knee right_back_paw",
        ("left_eye right_eye", "*_eye nose", "nose neck root_of_tail", "neck *_shoulder *_elbow *_front_paw",
         "root_of_tail *_hip *_knee *_back_paw"),
        "animal",
    ),
    _skeleton(
        "bird",
        "beak left_eye right_eye tail left_wrist left_wing_tip right_wrist right_wing_tip left_foot right_foot",
        ("beak *_eye tail", "tail *_wrist *_wing_tip", "tail *_foot"),
        "bird",
    ),
    _skeleton(
        "drone",
        "rotor_0 rotor_1 rotor_2 rotor_3 rotor_4 rotor_5",
        ("rotor_0 rotor_1 rotor_2 rotor_3 rotor_4 rotor_5",),
        "drone",
    ),
)  # fmt: skip
SKELETONS: MappingProxyType[str, Skeleton] = MappingProxyType({s.name: s for s in _ALL})
"""All sets by name; a thing's rows come in this order."""
MOST_JOINTS = max(len(s.joints) for s in _ALL)
"""Points of the largest set: as wide are tables that hold several."""
