"""Joints of people in one image: COCO's seventeen keypoints, exact, with visibility from the image's own depth.

Order, names and meaning of the visibility flags are those of COCO ("Keypoint Detection", cocodataset.org): 0 not
labelled (outside of the image), 1 labelled and hidden, 2 visible. A joint lies inside of the body, so it counts as
visible where its pixel shows the person itself, nearer than the joint by no more than the flesh and clothes round it
(``Landmark.cover_m``): an own arm before the trunk hides what is behind it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from weakref import WeakKeyDictionary

import numpy as np

from simengine.arrays import Array, BoolArray, F64Array, I32Array, I64Array
from simengine.errors import DatasetError, UsageError
from simengine.geometry import transforms as tf
from simengine.render.labels.rows import row_of, shown
from simengine.render.protocol import CameraReading
from simengine.sensors.projection import focal_px, project
from simengine.sensors.specs import CameraSpec
from simengine.world.scene import Scene
from simengine.world.state import WorldState
from simengine.world.taxonomy import CLASSES

__all__ = ["JOINTS", "SKELETON", "Keypoints", "keypoint_labels"]

JOINTS = (
    "nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder", "left_elbow",
    "right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle",
    "right_ankle",
)  # fmt: skip
"""COCO's keypoints, in its order."""

SKELETON = (
    (15, 13), (13, 11), (16, 14), (14, 12), (11, 12), (5, 11), (6, 12), (5, 6), (5, 7), (6, 8), (7, 9), (8, 10),
    (1, 2), (0, 1), (0, 2), (1, 3), (2, 4), (3, 5), (4, 6),
)  # fmt: skip
"""COCO's bones, as pairs of positions in ``JOINTS`` (COCO's file counts from 1)."""


@dataclass(frozen=True, eq=False, repr=False)
class Keypoints:
    """The people in view of one camera at one instant, hidden ones included. N rows, ascending by instance id.

    Attributes:
        camera: sensor name.
        time_ns: of the image.
        instance: (N,), index into ``Scene.entities``.
        name: entity names.
        semantic: (N,), class id.
        px: (N, 17, 2), u and v in the order of ``JOINTS``, also beyond the image; NaN behind the camera.
        visibility: (N, 17), 0 outside of the image, 1 hidden, 2 visible.
        camera_m: (N, 17, 3), in the camera's optical frame.
    """

    camera: str
    time_ns: int
    instance: I32Array
    name: tuple[str, ...]
    semantic: I32Array
    px: F64Array
    visibility: I32Array
    camera_m: F64Array

    def __len__(self) -> int:
        return len(self.instance)

    def __repr__(self) -> str:
        names = [f.name for f in fields(self) if f.name not in ("camera", "time_ns", "name")]
        return shown(f"keypoints of '{self.camera}' at {self.time_ns / 1e9:.3f} s", self.name, names)

    def find(self, person: str | int) -> int:
        """Row of a person, by name or instance id.

        Raises:
            ReadingError: nobody of that name is in view.
        """
        return row_of(person, self.instance, self.name, f"in view of '{self.camera}' at {self.time_ns / 1e9:.3f} s")

    def columns(self) -> dict[str, Array | list[str]]:
        """Flat columns for a table: one row a person and joint."""
        count = len(JOINTS)
        xyz, uv = self.camera_m.reshape(-1, 3), self.px.reshape(-1, 2)
        return {
            "instance": np.repeat(self.instance, count),
            "name": [n for n in self.name for _ in JOINTS],
            "semantic": np.repeat(self.semantic, count),
            "class": [CLASSES[int(c)].name for c in self.semantic for _ in JOINTS],
            "joint": [j for _ in self.name for j in JOINTS],
            "u_px": uv[:, 0], "v_px": uv[:, 1], "visibility": self.visibility.reshape(-1),
            "x_m": xyz[:, 0], "y_m": xyz[:, 1], "z_m": xyz[:, 2],
        }  # fmt: skip

    @classmethod
    def of_columns(cls, camera: str, time_ns: int, columns: Mapping[str, Array]) -> Keypoints:
        """The table of :meth:`columns`, from arrays of the same types.

        Raises:
            DatasetError: the rows are not all joints of one person after the other.
        """
        count, rows = len(JOINTS), len(columns["instance"])
        people = rows // count
        if rows % count or columns["joint"].tolist() != list(JOINTS) * people:
            raise DatasetError(f"keypoints of '{camera}': expected {count} joints a person; the file is damaged")
        first = slice(0, rows, count)
        return cls(
            camera, time_ns, columns["instance"][first], tuple(columns["name"][first].tolist()),
            columns["semantic"][first], np.stack([columns["u_px"], columns["v_px"]], -1).reshape(people, count, 2),
            columns["visibility"].reshape(people, count),
            np.stack([columns[f"{a}_m"] for a in "xyz"], -1).reshape(people, count, 3),
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class _People:
    """The landmarks of a scene's people: P people, 17 joints each; ``link`` -2 where one has no such joint."""

    entity: I64Array
    link: I64Array
    position_m: F64Array
    cover_m: F64Array


_BEASTS = ("animal", "bird")
"""They have eyes and knees, too, and are no people."""
_SCENES: WeakKeyDictionary[Scene, _People] = WeakKeyDictionary()


def _people(scene: Scene) -> _People:
    found = _SCENES.get(scene)
    if found is None:
        beasts = {k for k, e in enumerate(scene.entities) if CLASSES[e.semantic].name in _BEASTS}
        marks = [m for m in scene.landmarks if m.name in JOINTS and m.entity not in beasts]
        entity = sorted({m.entity for m in marks})
        link = np.full((len(entity), len(JOINTS)), -2, np.int64)
        position, cover = np.full((*link.shape, 3), np.nan), np.zeros(link.shape)
        for mark in marks:
            at = entity.index(mark.entity), JOINTS.index(mark.name)
            link[at], position[at], cover[at] = mark.link, mark.position_m, mark.cover_m
        found = _SCENES[scene] = _People(np.array(entity, np.int64), link, position, cover)
    return found


def keypoint_labels(
    scene: Scene, spec: CameraSpec, state: WorldState, reading: CameraReading, world_from_link: F64Array | None = None
) -> Keypoints:
    """Keypoints of all people of whom at least one joint lies in the image.

    Args:
        scene, spec, state: what the image was rendered from.
        reading: needs the channels ``instance`` and ``depth``; through other lenses than a pinhole ``range`` too.
        world_from_link: ``scene.link_transforms(state)`` where the caller has it already.

    Raises:
        UsageError: the reading lacks a channel.
    """
    needs = ("instance", "depth") if spec.lens == "pinhole" else ("instance", "depth", "range")
    if not set(needs) <= set(reading.channels):
        raise UsageError(f"keypoints need the channels {' and '.join(map(repr, needs))}; render them too")
    people = _people(scene)
    links = scene.link_transforms(state) if world_from_link is None else world_from_link
    frames = np.broadcast_to(np.eye(4), (*people.link.shape, 4, 4)).copy()
    moving = people.link >= 0
    frames[moving] = links[people.link[moving]]
    camera = tf.apply(tf.compose(tf.inverse(reading.world_from_camera), frames), people.position_m)
    px, valid = project(spec, camera)
    px[~valid] = np.nan
    visibility = _visibility(spec, reading, people, camera, px)
    kept = np.flatnonzero((visibility > 0).any(-1) & _there(scene, spec, state, people))
    ids = people.entity[kept]
    return Keypoints(
        spec.name, reading.time_ns, ids.astype(np.int32), tuple(scene.entities[int(i)].name for i in ids),
        np.array([scene.entities[int(i)].semantic for i in ids], np.int32), px[kept], visibility[kept], camera[kept],
    )  # fmt: skip


def _there(scene: Scene, spec: CameraSpec, state: WorldState, people: _People) -> BoolArray:
    """Who exists and is not the carrier, (P,)."""
    actor = np.array([scene.entities[int(i)].actor for i in people.entity], np.int64)
    exists = np.ones(len(actor), np.bool_)
    exists[actor >= 0] = state.valid[actor[actor >= 0]]
    return exists & (people.entity != spec.unseen)


def _visibility(
    spec: CameraSpec, reading: CameraReading, people: _People, camera_m: F64Array, px: F64Array
) -> I32Array:  # fmt: skip
    """COCO's flags, (P, 17)."""
    out = np.zeros(px.shape[:2], np.int32)
    inside = (px >= 0.0).all(-1) & (px[..., 0] < spec.width_px) & (px[..., 1] < spec.height_px)  # NaN is outside
    rows = np.nonzero(inside)
    column, row = (np.floor(px[rows][:, k]).astype(np.int64) for k in (0, 1))
    owner = reading.channels["instance"][row, column]
    if spec.lens == "pinhole":
        depth, z = reading.channels["depth"][row, column], camera_m[rows][:, 2]
    else:  # depth says nothing of what is beside the camera
        depth = reading.channels["range"][row, column]
        z = np.sqrt((camera_m[rows] * camera_m[rows]).sum(-1))
    before = z - depth.astype(np.float64)  # a pixel shows its centre, so that half a pixel of slope is allowed for
    own = owner == people.entity[rows[0]]
    seen = np.where(own, before <= people.cover_m[rows] + z / focal_px(spec), before < 0.0)
    out[rows] = np.where(seen, 2, 1)
    return out
