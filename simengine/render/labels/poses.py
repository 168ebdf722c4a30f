"""Poses of things in the frame of one camera, as pose estimation wants them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np

from simengine.arrays import Array, F64Array, I32Array
from simengine.errors import UsageError
from simengine.geometry import transforms as tf
from simengine.render.labels.amodal import AmodalBoxes, amodal_boxes
from simengine.render.labels.rows import row_of, shown
from simengine.render.labels.things import scene_things
from simengine.render.protocol import CameraReading
from simengine.sensors.specs import CameraSpec
from simengine.world.scene import Scene
from simengine.world.state import WorldState
from simengine.world.taxonomy import CLASSES

__all__ = ["Poses6D", "pose_labels"]


@dataclass(frozen=True, eq=False, repr=False)
class Poses6D:
    """The things in view of one camera at one instant, hidden ones included. N rows, ascending by instance id.

    A thing's frame has its origin on the ground below the centre of its box, x forward, y left, z up: the frame of its
    mesh. A point p of the mesh is at ``matrices() @ p`` in the camera's optical frame (BOP's R_m2c and t_m2c).

    Attributes:
        camera: sensor name.
        time_ns: of the image.
        instance: (N,), index into ``Scene.entities``.
        name: entity names.
        semantic: (N,), class id.
        orientation: (N, 4), quaternion w, x, y, z: camera_from_thing.
        translation_m: (N, 3), of the thing's origin in the camera's optical frame.
        size_m: (N, 3), nominal length, width, height; the box stands on the origin.
        visible_px: (N,), visible pixels.
    """

    camera: str
    time_ns: int
    instance: I32Array
    name: tuple[str, ...]
    semantic: I32Array
    orientation: F64Array
    translation_m: F64Array
    size_m: F64Array
    visible_px: I32Array

    def __len__(self) -> int:
        return len(self.instance)

    def __repr__(self) -> str:
        names = [f.name for f in fields(self) if f.name not in ("camera", "time_ns", "name")]
        return shown(f"poses in '{self.camera}' at {self.time_ns / 1e9:.3f} s", self.name, names)

    def find(self, thing: str | int) -> int:
        """Row of a thing, by name or instance id.

        Raises:
            ReadingError: it is not in view.
        """
        return row_of(thing, self.instance, self.name, f"in view of '{self.camera}' at {self.time_ns / 1e9:.3f} s")

    def matrices(self) -> F64Array:
        """camera_from_thing, (N, 4, 4)."""
        return tf.matrix_from_pose(self.translation_m, self.orientation)

    def corners_m(self) -> F64Array:
        """The corners of the boxes in the camera's frame, (N, 8, 3), in the order of ``Objects3D.corners_m``."""
        signs = np.array([[(k >> 2 & 1) - 0.5, (k >> 1 & 1) - 0.5, k & 1] for k in range(8)])
        return tf.apply(self.matrices()[:, None], signs * self.size_m[:, None])

    def columns(self) -> dict[str, Array | list[str]]:
        """Flat columns for a table, units in the names."""
        return {
            "instance": self.instance,
            "name": list(self.name),
            "semantic": self.semantic,
            "class": [CLASSES[int(c)].name for c in self.semantic],
            **{f"q{a}": self.orientation[:, k] for k, a in enumerate("wxyz")},
            **{f"{a}_m": self.translation_m[:, k] for k, a in enumerate("xyz")},
            **{f"{a}_m": self.size_m[:, k] for k, a in enumerate(("length", "width", "height"))},
            "visible_pixels": self.visible_px,
        }

    @classmethod
    def of_columns(cls, camera: str, time_ns: int, columns: Mapping[str, Array]) -> Poses6D:
        """The table of :meth:`columns`, from arrays of the same types."""

        def stacked(*names: str) -> F64Array:
            return np.stack([columns[n] for n in names], -1)

        return cls(
            camera, time_ns, columns["instance"], tuple(columns["name"].tolist()), columns["semantic"],
            stacked("qw", "qx", "qy", "qz"), stacked("x_m", "y_m", "z_m"), stacked("length_m", "width_m", "height_m"),
            columns["visible_pixels"],
        )  # fmt: skip


def pose_labels(
    scene: Scene, spec: CameraSpec, state: WorldState, reading: CameraReading, amodal: AmodalBoxes | None = None
) -> Poses6D:
    """Poses of all things whose mesh meets the image if nothing hides it.

    Args:
        scene, spec, state: what the image was rendered from.
        reading: needs the channel ``instance``.
        amodal: ``amodal_boxes(scene, spec, state)``, where the caller has them already.

    Raises:
        UsageError: the reading has no channel ``instance``.
    """
    if "instance" not in reading.channels:
        raise UsageError("poses need the channel 'instance'; render it too")
    ids = (amodal_boxes(scene, spec, state) if amodal is None else amodal).instance
    things = scene_things(scene)
    row = np.searchsorted(things.instance, ids)
    pose, actor = things.world_from_thing[row].copy(), things.actor[row]
    moves = actor >= 0
    pose[moves] = tf.matrix_from_pose(state.position_m[actor[moves]], state.orientation[actor[moves]])
    camera = tf.compose(tf.inverse(reading.world_from_camera), pose)
    pixels = np.bincount(reading.channels["instance"].reshape(-1) + 1, minlength=len(scene.entities) + 1)[1:]
    return Poses6D(
        spec.name, reading.time_ns, ids.astype(np.int32), tuple(scene.entities[int(i)].name for i in ids),
        things.semantic[row], tf.quaternion_from_matrix(camera), camera[:, :3, 3].copy(), things.size_m[row],
        pixels[ids].astype(np.int32),
    )  # fmt: skip
