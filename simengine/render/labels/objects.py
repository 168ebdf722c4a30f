"""3D boxes and tracks of the things in the world, and what LiDAR scans say about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace

import numpy as np

from simengine.arrays import Array, BoolArray, F64Array, I32Array, I64Array
from simengine.geometry import transforms as tf
from simengine.render.labels.rows import row_of, shown
from simengine.render.labels.shapes import scene_shapes
from simengine.render.labels.things import extents, half_height_m, scene_things
from simengine.render.protocol import LidarReading
from simengine.world.lamps import lamp_words
from simengine.world.scene import Scene
from simengine.world.state import WorldState
from simengine.world.taxonomy import CLASSES

__all__ = ["Objects3D", "lidar_labels", "objects3d", "points_per_instance"]


@dataclass(frozen=True, eq=False, repr=False)
class Objects3D:
    """The things that exist at one instant. N rows, ascending by instance id; the instance id is the track id.

    Two boxes a thing, both along the thing's own axes (x forward, y left, z up): the *nominal* one, ``size_m`` around
    ``center_m``, does not change along a track; the *extent*, ``extent_size_m`` around ``extent_center_m``, bounds all
    parts as they are (swinging limbs, steered wheels).

    Attributes:
        frame: "world", or the name given to ``in_frame``: the frame of all positions and directions.
        time_ns: of the state.
        instance: (N,), index into ``Scene.entities``.
        name: entity names.
        semantic: (N,), class id.
        center_m: (N, 3), centre of the nominal box.
        size_m: (N, 3), length, width, height.
        orientation: (N, 4), quaternion w, x, y, z: frame_from_thing.
        yaw_rad: (N,), heading about the frame's z (of use where z is up: world, bodies, LiDARs; not optical frames).
        velocity_mps: (N, 3), of the entity origin over the ground, along the frame's axes.
        angular_velocity_radps: (N, 3), along the frame's axes.
        extent_center_m, extent_size_m: (N, 3), see above.
        lidar_points: (N,), returns of the given scans; -1 where no scan was given.
        age_ns: (N,), since the track began.
        lamps: (N,), which lamps are on, bits of :class:`simengine.world.lamps.Lamp`: of vehicles that take part, and of
            traffic lights. An indicator that blinks is on throughout. 0: none, or it has none.
    """

    frame: str
    time_ns: int
    instance: I32Array
    name: tuple[str, ...]
    semantic: I32Array
    center_m: F64Array
    size_m: F64Array
    orientation: F64Array
    yaw_rad: F64Array
    velocity_mps: F64Array
    angular_velocity_radps: F64Array
    extent_center_m: F64Array
    extent_size_m: F64Array
    lidar_points: I32Array
    age_ns: I64Array
    lamps: I32Array

    def __len__(self) -> int:
        return len(self.instance)

    def __repr__(self) -> str:
        names = [f.name for f in fields(self) if f.name not in ("frame", "time_ns", "name")]
        return shown(f"3D boxes in '{self.frame}' at {self.time_ns / 1e9:.3f} s", self.name, names)

    def find(self, thing: str | int) -> int:
        """Row of a thing, by name or instance id: ``boxes.center_m[boxes.find("kid")]``.

        Raises:
            ReadingError: it does not exist at this instant.
        """
        return row_of(thing, self.instance, self.name, f"at {self.time_ns / 1e9:.3f} s")

    @property
    def lights(self) -> tuple[tuple[str, ...], ...]:
        """``lamps`` in words: ``("brake", "low_beam")`` of a vehicle, ``("red",)`` of a traffic light."""
        return tuple(lamp_words(bits) for bits in self.lamps.tolist())

    @classmethod
    def of_columns(cls, time_ns: int, columns: Mapping[str, Array]) -> Objects3D:
        """The table of :meth:`columns`, in the world, from arrays of the same types."""

        def stacked(names: Iterable[str]) -> F64Array:
            return np.stack([columns[name] for name in names], -1)

        xyz, sides = "xyz", ("length", "width", "height")
        return cls(
            "world", time_ns, columns["instance"], tuple(columns["name"].tolist()), columns["semantic"],
            stacked(f"center_{a}_m" for a in xyz), stacked(f"{s}_m" for s in sides),
            stacked(f"orientation_{a}" for a in "wxyz"), columns["yaw_rad"],
            stacked(f"velocity_{a}_mps" for a in xyz), stacked(f"angular_velocity_{a}_radps" for a in xyz),
            stacked(f"extent_center_{a}_m" for a in xyz), stacked(f"extent_{s}_m" for s in sides),
            columns["lidar_points"], columns["age_ns"], columns["lamps"],
        )  # fmt: skip

    def in_frame(self, frame: str, world_from_frame: F64Array) -> Objects3D:
        """The same boxes in another frame (a sensor's), given its pose (4, 4) in the frame of this table.

        Velocities stay those over the ground; only their axes change.
        """
        to = tf.inverse(world_from_frame)
        orientation = tf.multiply(tf.quaternion_from_matrix(to), self.orientation)
        return replace(
            self,
            frame=frame,
            center_m=tf.apply(to, self.center_m),
            extent_center_m=tf.apply(to, self.extent_center_m),
            orientation=orientation,
            yaw_rad=tf.yaw_of(orientation),
            velocity_mps=tf.rotate(to, self.velocity_mps),
            angular_velocity_radps=tf.rotate(to, self.angular_velocity_radps),
        )

    def corners_m(self, extent: bool = False) -> F64Array:
        """The eight corners of each box in the table's frame, (N, 8, 3).

        Corner k lies at the signs of its bits: bit 2 is +x (front), bit 1 is +y (left), bit 0 is +z (top).
        """
        signs = np.array([[k >> 2 & 1, k >> 1 & 1, k & 1] for k in range(8)]) - 0.5
        centre, size = (self.extent_center_m, self.extent_size_m) if extent else (self.center_m, self.size_m)
        turn = tf.matrix_from_pose(np.zeros(3), self.orientation)[:, None]
        return centre[:, None] + tf.rotate(turn, signs * size[:, None])

    def columns(self) -> dict[str, Array | list[str]]:
        """Flat columns for a table, units in the names."""
        out: dict[str, Array | list[str]] = {
            "instance": self.instance,
            "name": list(self.name),
            "semantic": self.semantic,
            "class": [CLASSES[int(c)].name for c in self.semantic],
        }
        for label, unit, values, parts in (
            ("center", "_m", self.center_m, "xyz"),
            ("orientation", "", self.orientation, "wxyz"),
            ("velocity", "_mps", self.velocity_mps, "xyz"),
            ("angular_velocity", "_radps", self.angular_velocity_radps, "xyz"),
            ("extent_center", "_m", self.extent_center_m, "xyz"),
        ):
            out.update({f"{label}_{axis}{unit}": values[:, k] for k, axis in enumerate(parts)})
        for prefix, values in (("", self.size_m), ("extent_", self.extent_size_m)):
            out.update({f"{prefix}{side}_m": values[:, k] for k, side in enumerate(("length", "width", "height"))})
        out.update(yaw_rad=self.yaw_rad, lidar_points=self.lidar_points, age_ns=self.age_ns, lamps=self.lamps)
        return out


def objects3d(
    scene: Scene,
    state: WorldState,
    scans: Iterable[LidarReading] = (),
    since_ns: I64Array | None = None,
    world_from_mesh: F64Array | None = None,
) -> Objects3D:
    """3D boxes of all things that exist, in the world.

    Args:
        scene, state: the instant; the state has no batch axes.
        scans: LiDAR readings of this frame, whose returns are counted by instance.
        since_ns: (A,), when each actor's track began (None: at 0). What never moves began at 0.
        world_from_mesh: ``scene.part_transforms(state)`` where the caller has it already.
    """
    things, shapes = scene_things(scene), scene_shapes(scene)
    rows, actor = things.moving, things.actor[things.moving]
    pose, orientation, center = things.world_from_thing.copy(), things.orientation.copy(), things.center_m.copy()
    extent_center, extent_size = things.extent_center_m.copy(), things.extent_size_m.copy()
    velocity, spin = np.zeros_like(center), np.zeros_like(center)
    began, lamps = np.zeros(len(center), np.int64), things.lamps.copy()
    if rows.size:
        pose[rows] = tf.matrix_from_pose(state.position_m[actor], state.orientation[actor])
        orientation[rows] = state.orientation[actor]
        velocity[rows], spin[rows] = state.velocity_mps[actor], state.angular_velocity_radps[actor]
        center[rows] = extent_center[rows] = tf.apply(pose[rows], half_height_m(things.size_m[rows]))
        lamps[rows] = (scene.lamps(state) & scene.fitted)[actor]
        if since_ns is not None:
            began[rows] = since_ns[actor]
    if things.part_moves.any():
        poses = scene.part_transforms(state) if world_from_mesh is None else world_from_mesh
        placed = things.part_moves, things.row_of_entity, pose, poses[shapes.parts]
        extents(shapes, *placed, extent_center, extent_size)
    out = Objects3D(
        "world", state.time_ns, things.instance.astype(np.int32), things.name, things.semantic.copy(), center,
        things.size_m.copy(), orientation, tf.yaw_of(orientation), velocity, spin, extent_center, extent_size,
        _counted(scans, len(scene.entities))[things.instance], state.time_ns - began, lamps,
    )  # fmt: skip
    exists = np.ones(len(center), np.bool_)
    exists[rows] = state.valid[actor]
    return out if exists.all() else _chosen(out, exists)


def _chosen(objects: Objects3D, kept: BoolArray) -> Objects3D:
    """Some of the rows of a table."""
    names = [f.name for f in fields(objects) if f.name not in ("frame", "time_ns", "name")]
    some: dict[str, Array] = {name: getattr(objects, name)[kept] for name in names}
    return replace(objects, name=tuple(n for n, k in zip(objects.name, kept, strict=True) if k), **some)  # type: ignore[arg-type]


def lidar_labels(scene: Scene, state: WorldState, reading: LidarReading) -> Objects3D:
    """3D boxes in the LiDAR's frame at the start of the scan, with this scan's points counted."""
    return objects3d(scene, state, [reading]).in_frame(reading.spec.name, reading.world_from_lidar)


def points_per_instance(reading: LidarReading, n: int) -> I64Array:
    """Returns of a scan by instance id, (n,); points in the air (-1) are not counted."""
    return np.bincount(reading.points["instance"] + 1, minlength=n + 1)[1 : n + 1].astype(np.int64)


def _counted(scans: Iterable[LidarReading], n: int) -> I32Array:
    counts = [points_per_instance(scan, n) for scan in scans]
    return np.sum(counts, axis=0).astype(np.int32) if counts else np.full(n, -1, np.int32)
