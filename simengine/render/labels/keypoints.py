"""Named points of things in one image, exact, with visibility from the image's own depth.

Which points a thing has, their names and their order say :data:`simengine.world.skeletons.SKELETONS`; the flags of
visibility are those of COCO ("Keypoint Detection", cocodataset.org): 0 not labelled (outside of the image, or a point
that this thing has not), 1 labelled and hidden, 2 visible. A joint of a person lies inside of the body, a lamp behind
its lens: a point counts as visible where its pixel shows the thing itself, nearer than the point by no more than what
may lie before it (``Landmark.cover_m``). So an arm before the trunk hides what is behind it, and a car its far side.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from weakref import WeakKeyDictionary

import numpy as np

from simengine.arrays import Array, BoolArray, F64Array, I32Array, I64Array
from simengine.errors import DatasetError, ReadingError, UsageError
from simengine.geometry import transforms as tf
from simengine.render.labels.rows import row_of, shown
from simengine.render.protocol import CameraReading
from simengine.sensors.projection import pixel_m, project
from simengine.sensors.specs import CameraSpec
from simengine.world.scene import Scene
from simengine.world.skeletons import MOST_JOINTS, SKELETONS
from simengine.world.state import WorldState
from simengine.world.taxonomy import CLASSES

__all__ = ["Keypoints", "keypoint_labels"]


@dataclass(frozen=True, eq=False, repr=False)
class Keypoints:
    """The things with named points in view of one camera at one instant, hidden ones included.

    N rows, ascending by instance id; a thing with two sets of points (a bicycle and who rides it) has two, in the order
    of ``SKELETONS``. A row has J columns, the joints of its set in their order; where a set has fewer, or a thing lacks
    a joint, visibility is 0 and the numbers are NaN.

    Attributes:
        camera: sensor name.
        time_ns: of the image.
        instance: (N,), index into ``Scene.entities``.
        name: entity names.
        skeleton: words of ``SKELETONS``.
        semantic: (N,), class id.
        px: (N, J, 2), u and v, also beyond the image; NaN behind the camera.
        visibility: (N, J), 0 outside of the image, 1 hidden, 2 visible.
        camera_m: (N, J, 3), in the camera's optical frame.
    """

    camera: str
    time_ns: int
    instance: I32Array
    name: tuple[str, ...]
    skeleton: tuple[str, ...]
    semantic: I32Array
    px: F64Array
    visibility: I32Array
    camera_m: F64Array

    def __len__(self) -> int:
        return len(self.instance)

    def __repr__(self) -> str:
        names = [f.name for f in fields(self) if f.name not in ("camera", "time_ns", "name")]
        return shown(f"keypoints of '{self.camera}' at {self.time_ns / 1e9:.3f} s", self.name, names)

    def find(self, thing: str | int) -> int:
        """First row of a thing, by name or instance id.

        Raises:
            ReadingError: nothing of that name is in view.
        """
        return row_of(thing, self.instance, self.name, f"in view of '{self.camera}' at {self.time_ns / 1e9:.3f} s")

    def of(self, skeleton: str) -> Keypoints:
        """The rows of one set of points, with as many columns as it has joints.

        Raises:
            ReadingError: there is no such set.
        """
        if skeleton not in SKELETONS:
            raise ReadingError(f"expected one of {', '.join(SKELETONS)}; found '{skeleton}'")
        rows: I64Array = np.array([k for k, own in enumerate(self.skeleton) if own == skeleton], np.int64)
        wide = slice(0, len(SKELETONS[skeleton].joints))
        return Keypoints(
            self.camera, self.time_ns, self.instance[rows], tuple(self.name[int(k)] for k in rows),
            (skeleton,) * len(rows),
            self.semantic[rows], self.px[rows, wide], self.visibility[rows, wide], self.camera_m[rows, wide],
        )  # fmt: skip

    def columns(self) -> dict[str, Array | list[str]]:
        """Flat columns for a table: one row a row of ours and joint."""
        joints = [SKELETONS[s].joints for s in self.skeleton]
        count = np.array([len(j) for j in joints], np.int64)
        place: I64Array = np.arange(self.px.shape[1], dtype=np.int64)
        there = place < count[:, None]
        xyz, uv = self.camera_m[there], self.px[there]
        return {
            "instance": np.repeat(self.instance, count),
            "name": [n for n, own in zip(self.name, joints, strict=True) for _ in own],
            "semantic": np.repeat(self.semantic, count),
            "class": [CLASSES[int(c)].name for c, own in zip(self.semantic, joints, strict=True) for _ in own],
            "skeleton": [s for s, own in zip(self.skeleton, joints, strict=True) for _ in own],
            "joint": [j for own in joints for j in own],
            "u_px": uv[:, 0], "v_px": uv[:, 1], "visibility": self.visibility[there],
            "x_m": xyz[:, 0], "y_m": xyz[:, 1], "z_m": xyz[:, 2],
        }  # fmt: skip

    @classmethod
    def of_columns(cls, camera: str, time_ns: int, columns: Mapping[str, Array]) -> Keypoints:
        """The table of :meth:`columns`, from arrays of the same types.

        Raises:
            DatasetError: the rows are not all joints of one thing after the other.
        """
        words, joints = columns["skeleton"].tolist(), columns["joint"].tolist()
        starts: list[int] = []
        k = 0
        while k < len(words):
            own = SKELETONS[words[k]].joints if words[k] in SKELETONS else ()
            if not own or tuple(joints[k : k + len(own)]) != own or words[k : k + len(own)] != [words[k]] * len(own):
                raise DatasetError(
                    f"keypoints of '{camera}': expected all joints of '{words[k]}' in their order; the file is damaged"
                )
            starts.append(k)
            k += len(own)
        first = np.array(starts, np.int64)
        row = np.repeat(np.arange(len(starts)), np.diff([*starts, len(words)]))
        at = row, np.arange(len(words)) - first[row]
        px, xyz = np.full((len(starts), MOST_JOINTS, 2), np.nan), np.full((len(starts), MOST_JOINTS, 3), np.nan)
        visibility = np.zeros(px.shape[:2], np.int32)
        px[at] = np.stack([columns["u_px"], columns["v_px"]], -1)
        xyz[at] = np.stack([columns[f"{a}_m"] for a in "xyz"], -1)
        visibility[at] = columns["visibility"]
        return cls(
            camera, time_ns, columns["instance"][first], tuple(columns["name"][first].tolist()),
            tuple(words[k] for k in starts), columns["semantic"][first], px, visibility, xyz,
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Marks:
    """The landmarks of a scene: N rows of MOST_JOINTS joints; ``link`` -2 where there is no such joint."""

    entity: I64Array
    skeleton: tuple[str, ...]
    link: I64Array
    position_m: F64Array
    cover_m: F64Array


_SCENES: WeakKeyDictionary[Scene, _Marks] = WeakKeyDictionary()


def _marks(scene: Scene) -> _Marks:
    found = _SCENES.get(scene)
    if found is None:
        order = {word: k for k, word in enumerate(SKELETONS)}
        keys = sorted({(m.entity, order[m.skeleton], m.skeleton) for m in scene.landmarks})
        row = {(entity, word): k for k, (entity, _, word) in enumerate(keys)}
        place = {word: {joint: k for k, joint in enumerate(s.joints)} for word, s in SKELETONS.items()}
        link = np.full((len(keys), MOST_JOINTS), -2, np.int64)
        position, cover = np.full((*link.shape, 3), np.nan), np.zeros(link.shape)
        for mark in scene.landmarks:
            at = row[mark.entity, mark.skeleton], place[mark.skeleton][mark.name]
            link[at], position[at], cover[at] = mark.link, mark.position_m, mark.cover_m
        entity = np.array([k[0] for k in keys], np.int64)
        found = _SCENES[scene] = _Marks(entity, tuple(k[2] for k in keys), link, position, cover)
    return found


def keypoint_labels(
    scene: Scene, spec: CameraSpec, state: WorldState, reading: CameraReading, world_from_link: F64Array | None = None
) -> Keypoints:
    """Keypoints of all things of which at least one joint lies in the image.

    Args:
        scene, spec, state: what the image was rendered from.
        reading: needs the channels ``instance`` and ``depth``; through other lenses than a pinhole ``range`` too.
        world_from_link: ``scene.link_transforms(state)`` where the caller has it already.

    Raises:
        UsageError: the reading lacks a channel.
    """
    needs = ("instance", "depth") if spec.planar else ("instance", "depth", "range")
    if not set(needs) <= set(reading.channels):
        raise UsageError(f"keypoints need the channels {' and '.join(map(repr, needs))}; render them too")
    marks = _marks(scene)
    links = scene.link_transforms(state) if world_from_link is None else world_from_link
    frames = np.broadcast_to(np.eye(4), (*marks.link.shape, 4, 4)).copy()
    moving = marks.link >= 0
    frames[moving] = links[marks.link[moving]]
    camera = tf.apply(tf.compose(tf.inverse(reading.world_from_camera), frames), marks.position_m)
    px, valid = project(spec, camera)
    px[~valid] = np.nan
    visibility = _visibility(spec, reading, marks, camera, px)
    kept = np.flatnonzero((visibility > 0).any(-1) & _there(scene, spec, state, marks))
    ids = marks.entity[kept]
    return Keypoints(
        spec.name, reading.time_ns, ids.astype(np.int32), tuple(scene.entities[int(i)].name for i in ids),
        tuple(marks.skeleton[int(k)] for k in kept),
        np.array([scene.entities[int(i)].semantic for i in ids], np.int32), px[kept], visibility[kept], camera[kept],
    )  # fmt: skip


def _there(scene: Scene, spec: CameraSpec, state: WorldState, marks: _Marks) -> BoolArray:
    """Which rows are of things that exist and are not the carrier, (N,)."""
    actor = np.array([scene.entities[int(i)].actor for i in marks.entity], np.int64)
    exists = np.ones(len(actor), np.bool_)
    exists[actor >= 0] = state.valid[actor[actor >= 0]]
    return exists & (marks.entity != spec.unseen)


def _visibility(
    spec: CameraSpec, reading: CameraReading, marks: _Marks, camera_m: F64Array, px: F64Array
) -> I32Array:  # fmt: skip
    """COCO's flags, (N, J)."""
    out = np.zeros(px.shape[:2], np.int32)
    inside = (px >= 0.0).all(-1) & (px[..., 0] < spec.width_px) & (px[..., 1] < spec.height_px)  # NaN is outside
    rows = np.nonzero(inside)
    column, row = (np.floor(px[rows][:, k]).astype(np.int64) for k in (0, 1))
    owner = reading.channels["instance"][row, column]
    if spec.planar:
        depth, z = reading.channels["depth"][row, column], camera_m[rows][:, 2]
    else:  # depth says nothing of what is beside the camera
        depth = reading.channels["range"][row, column]
        z = np.sqrt((camera_m[rows] * camera_m[rows]).sum(-1))
    before = z - depth.astype(np.float64)  # a pixel shows its centre, so that half a pixel of slope is allowed for
    own = owner == marks.entity[rows[0]]
    seen = np.where(own, before <= marks.cover_m[rows] + pixel_m(spec, z), before < 0.0)
    out[rows] = np.where(seen, 2, 1)
    return out
