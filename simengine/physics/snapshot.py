"""Questions about one instant of a batch: distances, gaps, times, sight. Pure: initial scenes can be asked as well.

Distances are those of the plan, and heights are counted from the ground at each one's own place: on a grade, what
stands on the road ahead is as high as on the level. Sight lines alone know how the ground lies.

Every answer has shape (B,). Where an actor does not exist in a variant, distances and times are inf and truths False.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from simengine.arrays import Array, BoolArray, F64Array, I64Array
from simengine.geometry import transforms as tf
from simengine.physics import boxes
from simengine.physics.boxes import LYING, Boxes
from simengine.physics.cast import Cast
from simengine.physics.doors import AJAR_RAD
from simengine.physics.lane_choice import nearest_paths, path_rows
from simengine.physics.lane_times import OnLane, lane_deceleration_mps2, lane_gap_m, lane_ttc_s, on_lane
from simengine.physics.laying import Moving, laid
from simengine.physics.paths import project
from simengine.physics.perception import eye_share
from simengine.physics.rigid.kinematics import link_frames
from simengine.physics.sight import (
    SAMPLES,
    SEEN_SHARE,
    Blocks,
    clear_of_ground,
    free_lines,
    sample_points,
    world_solids,
)  # fmt: skip
from simengine.sensors import projection
from simengine.sensors.specs import CameraSpec, LidarSpec, RadarSpec, SensorSpec, mount_of
from simengine.world.state import WorldState

__all__ = ["STANDSTILL_MPS", "Snapshot"]

STANDSTILL_MPS = 0.01
"""Slower is standing still."""


class Snapshot:
    """One instant: a cast and a state of batch (B,).

    Args:
        cast: who takes part.
        state: where they are, as the simulation has it: on level ground.
        touching: pairs that rigid-body physics has seen touch, (B, A, A); None: none.
    """

    def __init__(self, cast: Cast, state: WorldState, touching: BoolArray | None = None) -> None:
        self.cast, self.state, self.touching = cast, state, touching
        w, i, j, k = (state.orientation[..., n] for n in range(4))
        tilted = i * i + j * j > LYING
        self._tilted: BoolArray | None = tilted if bool(tilted.any()) else None
        self.x, self.y, self.z = (np.ascontiguousarray(state.position_m[..., i]) for i in range(3))
        c, s = 1.0 - 2.0 * (j * j + k * k), 2.0 * (w * k + i * j)
        norm = np.sqrt(c * c + s * s)
        upright = norm > 1e-12  # else its x axis points up or down: any heading is as good
        safe = np.where(upright, norm, 1.0)
        self.cos, self.sin = np.where(upright, c / safe, 1.0), np.where(upright, s / safe, 0.0)
        self.valid = cast.body.valid & state.valid
        self._paths: dict[int, tuple[I64Array, F64Array]] = {}
        self._lane: dict[tuple[int, int], OnLane] = {}

    def _both(self, a: int, b: int) -> BoolArray:
        return self.valid[:, a] & self.valid[:, b]

    def boxes(self, a: int) -> Boxes:
        """The box of an actor, arrays (B,); of what may have tumbled, the upright one around it."""
        size = self.cast.body.size_m[:, a]
        upright = Boxes(
            self.x[:, a], self.y[:, a], self.cos[:, a], self.sin[:, a], 0.5 * size[:, 0], 0.5 * size[:, 1],
            self.z[:, a], self.z[:, a] + size[:, 2],
        )  # fmt: skip
        tumbled = self._tumbled(a)
        if tumbled is None:
            return upright
        return Boxes(*(np.where(tumbled, t, u) for t, u in zip(self._box_around(a), upright, strict=True)))

    def _tumbled(self, a: int) -> BoolArray | None:
        """Where an actor may lie on any side, (B,); None: nowhere."""
        if self.cast.loose and self.cast.loose[a]:
            return np.ones(self.cast.batch, np.bool_)
        return self._tilted[:, a] if self._tilted is not None and bool(self._tilted[:, a].any()) else None

    def _box_around(self, a: int) -> Boxes:
        middle, half = self.around(a)
        return Boxes(
            middle[:, 0], middle[:, 1], self.cos[:, a], self.sin[:, a], half[:, 0], half[:, 1],
            middle[:, 2] - half[:, 2], middle[:, 2] + half[:, 2],
        )  # fmt: skip

    def around(self, a: int) -> tuple[F64Array, F64Array]:
        """Middle and half extents, along its heading, of the upright box around an actor's own box, (B, 3) each."""
        size, state = self.cast.body.size_m[:, a], self.state
        turn = tf.matrix_from_pose(np.zeros(3), state.orientation[:, a])
        up = 0.5 * size[:, 2]
        middle = state.position_m[:, a] + turn[:, :3, 2] * up[:, None]
        c, s = self.cos[:, a, None], self.sin[:, a, None]
        own = np.stack(
            [c * turn[:, 0, :3] + s * turn[:, 1, :3], c * turn[:, 1, :3] - s * turn[:, 0, :3], turn[:, 2, :3]], 1
        )
        return middle, (np.abs(own) * (0.5 * size)[:, None, :]).sum(-1)

    def centre(self, a: int) -> tuple[F64Array, F64Array]:
        """Where an actor's centre is in the ground plan, (B,) each."""
        tumbled = self._tumbled(a)
        if tumbled is not None:
            middle, _ = self.around(a)
            return np.where(tumbled, middle[:, 0], self.x[:, a]), np.where(tumbled, middle[:, 1], self.y[:, a])
        return np.ascontiguousarray(self.x[:, a]), np.ascontiguousarray(self.y[:, a])

    def path(self, a: int) -> tuple[I64Array, F64Array]:
        """Index of the path that an actor is on (2 lane, + 1 against the lane; -1 none), (B,), and its segments."""
        if a not in self._paths:
            index = nearest_paths(self.cast, self.x, self.y, self.cos, self.sin, [a])
            pose = (v[:, a, None] for v in (self.x, self.y, self.cos, self.sin))
            self._paths[a] = (index[:, 0], path_rows(self.cast, index, *pose)[0])
        return self._paths[a]

    def lane(self, a: int) -> I64Array:
        """Index of the lane that an actor is in, (B,): 0 is the rightmost, -1 none."""
        return np.where(self.valid[:, a], self.path(a)[0] >> 1, -1)

    def _along(self, a: int, b: int) -> OnLane:
        """b on a's path; remembered."""
        if (a, b) not in self._lane:
            frame = project(self.path(a)[1][:, 0], self.x[:, b], self.y[:, b])
            v = self.state.velocity_mps
            heading, size = (self.cos[:, b], self.sin[:, b]), self.cast.body.size_m[:, b]
            self._lane[a, b] = on_lane(frame, heading, size, (v[:, b, 0], v[:, b, 1]))
        return self._lane[a, b]

    # ---- distances -----------------------------------------------------------------------------------------------

    def distance_m(self, a: int, b: int) -> F64Array:
        """Separation of two boxes: exact distance of the solids, or minus the penetration depth."""
        apart = boxes.separation_m(self.boxes(a), self.boxes(b))
        for one, other, ajar in self._with_more(a, b):
            apart = np.where(ajar, np.minimum(apart, boxes.separation_m(one, other)), apart)
        if self.touching is not None:
            apart = np.where(self.touching[:, a, b], np.minimum(apart, 0.0), apart)
        return np.where(self._both(a, b), apart, np.inf)

    def collision(self, a: int, b: int) -> BoolArray:
        """Two boxes touch."""
        touch = boxes.overlap(self.boxes(a), self.boxes(b))
        for one, other, ajar in self._with_more(a, b):
            touch = touch | (ajar & boxes.overlap(one, other))
        if self.touching is not None:
            touch = touch | self.touching[:, a, b]
        return self._both(a, b) & touch

    def _doors(self, a: int) -> list[tuple[Boxes, BoolArray]]:
        """Boxes of the doors of an actor that are open somewhere, and where they are."""
        angle = self.state.doors_rad
        if angle is None or not bool((angle[:, a] > AJAR_RAD).any()):
            return []
        pose = (self.x[:, a], self.y[:, a], self.z[:, a], self.cos[:, a], self.sin[:, a])
        return [
            (self.cast.doors.box(a, k, pose, np.ascontiguousarray(angle[:, a, k])), angle[:, a, k] > AJAR_RAD)
            for k in (0, 1)
        ]

    def _trailers(self, a: int, apart_from: int) -> list[tuple[Boxes, BoolArray]]:
        """Boxes of what an actor tows somewhere, and where it does; another one that it is asked about is left out."""
        hitches = self.cast.hitches
        towed = [] if hitches is None else hitches.trailers(a)
        return [(self.boxes(k), where & self.valid[:, k]) for k, where in towed if k != apart_from]

    def _with_more(self, a: int, b: int) -> list[tuple[Boxes, Boxes, BoolArray]]:
        """Pairs of boxes of two actors of which one is an open door, or a trailer, and where it is."""
        mine = self._doors(a) + self._trailers(a, b)
        theirs = self._doors(b) + self._trailers(b, a)
        out = [(d, self.boxes(b), ajar) for d, ajar in mine] + [(self.boxes(a), d, ajar) for d, ajar in theirs]
        return out + [(d, e, i & j) for d, i in mine for e, j in theirs]

    def _with_towed(self, a: int, b: int) -> tuple[OnLane, OnLane]:
        """a and b along a's lane, as far as what they tow reaches, but for these two themselves."""
        pair = (self._along(a, a), self._along(a, b))
        hitches = self.cast.hitches
        if hitches is None:
            return pair
        for k, where in hitches.trailers(a):
            if k != b:
                pair = pair[0].with_towed(self._along(a, k), where & self.valid[:, k]), pair[1]
        for k, where in hitches.trailers(b):
            if k != a:
                pair = pair[0], pair[1].with_towed(self._along(a, k), where & self.valid[:, k])
        return pair

    def gap_m(self, a: int, b: int) -> F64Array:
        """Free distance along a's lane between the two, and what they tow, whichever is ahead; negative while they are
        alongside."""
        return np.where(self._both(a, b), lane_gap_m(*self._with_towed(a, b)), np.inf)

    def passed(self, a: int, b: int) -> BoolArray:
        """a lies wholly beyond b along a's lane, with what they tow."""
        own, other = self._with_towed(a, b)
        return self._both(a, b) & (own.station_m - own.half_m > other.station_m + other.half_m)

    # ---- times ---------------------------------------------------------------------------------------------------

    def ground_speed_mps(self, a: int) -> F64Array:
        """Speed over ground."""
        v = self.state.velocity_mps[:, a]
        return np.sqrt(v[:, 0] * v[:, 0] + v[:, 1] * v[:, 1] + v[:, 2] * v[:, 2])

    def standstill(self, a: int) -> BoolArray:
        """It does not move."""
        return self.valid[:, a] & (self.ground_speed_mps(a) < STANDSTILL_MPS)

    def ttc_s(self, a: int, b: int) -> F64Array:
        """Time to collision at constant velocity; inf if never.

        Between two vehicles it is counted along a's lane, gap by closing speed, whichever lane the other is in (0
        while they are alongside), as UN R157 5.2.5.2 and ASAM OpenSCENARIO's longitudinal time to collision count: a
        vehicle about to cut in has one. With anything else, and with a vehicle that heads across that lane, it is the
        time until the boxes touch (0 while they do).
        """
        if self.cast.categories[a] == self.cast.categories[b] == "vehicle":
            own, other = self._with_towed(a, b)
            time = lane_ttc_s(own, other)
            if bool(other.crosses.any()):
                time = np.where(other.crosses, self._touch_s(a, b), time)
            return np.where(self._both(a, b), time, np.inf) + 0.0
        return np.where(self._both(a, b), self._touch_s(a, b), np.inf)

    def _touch_s(self, a: int, b: int) -> F64Array:
        """Time until the boxes touch."""
        v = self.state.velocity_mps
        pace = [(np.ascontiguousarray(v[:, i, 0]), np.ascontiguousarray(v[:, i, 1])) for i in (a, b)]
        return boxes.ttc_s(self.boxes(a), self.boxes(b), pace[0], pace[1])

    def headway_s(self, a: int, b: int) -> F64Array:
        """Gap divided by a's own speed; inf at standstill."""
        return _divided(self.gap_m(a, b), self.ground_speed_mps(a))

    def required_deceleration_mps2(self, a: int, b: int) -> F64Array:
        """Braking by which a would not reach b along its lane, whichever lane b is in; 0 if it would not anyway."""
        needed = lane_deceleration_mps2(*self._with_towed(a, b))
        return np.where(self._both(a, b), needed, 0.0)

    def crossing_m(self, a: int) -> F64Array:
        """The point where a person's way crosses the road ahead of the others, (B, 3): its own position.

        People cross square to the road, so the station of this point on a lane is where their way meets the lane.
        """
        return np.ascontiguousarray(self.state.position_m[:, a])

    def time_to_s(self, a: int, point_m: Array) -> F64Array:
        """Time until a's front is level with a point (B, 2 or 3) along its lane, at its present speed.

        0 once the front has reached it; inf while it stands before it.
        """
        own = self._along(a, a)
        goal = project(self.path(a)[1][:, 0], point_m[:, 0], point_m[:, 1]).station_m
        left = np.maximum(goal - own.station_m - own.half_m, 0.0)
        time = np.where(left > 0, _divided(left, self.ground_speed_mps(a)), 0.0)
        return np.where(self.valid[:, a], time, np.inf)

    # ---- sight ---------------------------------------------------------------------------------------------------

    @cached_property
    def _solids(self) -> Blocks:
        return world_solids(self.cast, self.state.position_m, self.cos, self.sin)

    def sees(self, a: int, b: int, rows: I64Array | None = None) -> BoolArray:
        """At least 5 % of b's sample points are ahead of a's eye and not behind a solid box of another thing.

        Args:
            a: slot of the viewer.
            b: slot of the target.
            rows: ask only these variants (the others are False).
        """
        out: BoolArray = np.zeros(self.cast.batch, np.bool_)
        pick = np.flatnonzero(self._both(a, b)) if rows is None else rows[self._both(a, b)[rows]]
        if pick.size:
            viewer, target = np.full(pick.size, a, np.int64), np.full(pick.size, b, np.int64)
            share = eye_share(self.cast, self.state.position_m, self.cos, self.sin, self._solids, pick, viewer, target)
            out[pick] = share >= SEEN_SHARE
        return out

    def visible(
        self, target: int, carrier: int | I64Array, sensors: SensorSpec | Sequence[SensorSpec]
    ) -> F64Array:  # fmt: skip
        """Share of a target's sample points inside a sensor's field of view and not behind a solid box.

        Args:
            target: slot.
            carrier: slot that the sensor is mounted on (one, or one a variant), or -1: mounted in the world. Its own
                solids block the view of sensors that see it.
            sensors: one for all variants or one a variant, of one kind. Of a pinhole camera distortion is left out,
                others see as their lens does; of a LiDAR its ranges and the angles between its lowest and highest beam
                count, of a radar its ranges and its fields of view.
        """
        cast = self.cast
        specs = [sensors] * cast.batch if isinstance(sensors, CameraSpec | LidarSpec | RadarSpec) else list(sensors)
        pose = np.stack([mount_of(s) for s in specs])
        on, rows = np.broadcast_to(np.asarray(carrier, np.int64), (cast.batch,)), np.arange(cast.batch)
        if cast.slots and bool((on >= 0).all()):
            root = tf.matrix_from_pose(*self._in_world(on))
            if getattr(specs[0], "link", ""):  # on a tool: always of the same arm
                root = tf.compose(root, self._hand(int(on[0])))
            pose = tf.compose(root, pose)
        points, land = self._samples(target), cast.surfaces
        if land is not None:
            points = land.raised(points)
        local = tf.apply(tf.inverse(pose)[:, None], points)
        inside = _in_view(specs, local)
        owner = np.array(cast.solids.owner, np.int64)
        solids, eye = self._solids, np.ascontiguousarray(pose[:, :3, 3])
        apart = np.array([[s.sees_carrier] for s in specs])
        blocks = solids.present & ((owner != on[:, None]) | (owner < 0) | apart) & (owner != target)
        slope = solids.slope
        boxes_ = [solids.center_m, solids.half_m, solids.cos, solids.sin, blocks]
        if any(isinstance(s, CameraSpec) and s.parallel for s in specs):  # each line of sight has a start of its own
            side = np.array([isinstance(s, CameraSpec) and s.parallel for s in specs])
            start = np.where(side[:, None, None], local * np.array([1.0, 1.0, 0.0]), 0.0)
            eye, points = tf.apply(pose[:, None], start).reshape(-1, 3), points.reshape(-1, 1, 3)
            boxes_ = [np.repeat(b, SAMPLES, axis=0) for b in boxes_]
            slope = None if slope is None else np.repeat(slope, SAMPLES, axis=0)
        free = free_lines(eye, points, *boxes_, slope=slope)
        if land is not None:
            free &= clear_of_ground(land, eye, points)
        free = free.reshape(inside.shape)
        share = (inside & free).sum(-1) / float(SAMPLES)
        there = self.valid[:, target] & ((on < 0) | self.valid[rows, on])
        return np.where(there, share, 0.0)

    def _in_world(self, on: I64Array) -> tuple[F64Array, F64Array]:
        """Positions (B, 3) and orientations (B, 4) of slots (B,), laid on the ground."""
        state, rows = self.state, np.arange(self.cast.batch)
        here, turn = state.position_m[rows, on], state.orientation[rows, on]
        if self.cast.surfaces is None:
            return here, turn
        own = Moving(*(v[rows, on][:, None] for v in (
            state.position_m, state.orientation, state.velocity_mps, state.angular_velocity_radps
        )))  # fmt: skip
        there = laid(self.cast.surfaces, self.cast.reach_m[rows, on][:, None], own, own)
        return there.position_m[:, 0], there.orientation[:, 0]

    def _samples(self, target: int) -> F64Array:
        """Sample points of an actor, (B, SAMPLES, 3)."""
        at, size = self.state.position_m[:, target], self.cast.body.size_m[:, target]
        tumbled = self._tumbled(target)
        if tumbled is not None:
            middle, half = self.around(target)
            at = np.where(tumbled[:, None], middle - half * np.array([0.0, 0.0, 1.0]), at)
            size = np.where(tumbled[:, None], 2.0 * half, size)
        return sample_points(at, self.cos[:, target], self.sin[:, target], size)

    def tool_m(self, slot: int) -> F64Array:
        """Where the point of a robot arm's tool is, (B, 3)."""
        root = tf.matrix_from_pose(self.state.position_m[:, slot], self.state.orientation[:, slot])
        return tf.compose(tf.compose(root, self._hand(slot)), self.cast.tools[slot])[:, :3, 3]

    def _hand(self, slot: int) -> F64Array:
        """arm_from_link of the last link of a robot arm, (B, 4, 4)."""
        k = 6 * self.cast.arms.index(slot)
        angles = self.state.joint_rad[:, k : k + 6]
        fixed, home = self.cast.chains[slot]
        return link_frames(fixed, home if angles.shape[-1] < 6 else angles)[:, 5]


def _in_view(specs: Sequence[SensorSpec], local: F64Array) -> BoolArray:
    """Where points in sensors' frames (B, N, 3) lie in their fields of view."""
    cameras = [s for s in specs if isinstance(s, CameraSpec)]
    if cameras and any(s.lens != "pinhole" for s in cameras):
        found = zip(cameras, local, strict=True)
        return np.stack([projection.in_image(s, projection.project(s, points)[0]) for s, points in found])
    if cameras:
        lens = np.array([[s.fx_px, s.fy_px, s.cx_px, s.cy_px, s.width_px, s.height_px] for s in cameras])
        depth = np.maximum(local[..., 2], 1e-9)
        u = lens[:, None, 0] * local[..., 0] / depth + lens[:, None, 2]
        v = lens[:, None, 1] * local[..., 1] / depth + lens[:, None, 3]
        return (local[..., 2] > 1e-6) & (u >= 0) & (u <= lens[:, None, 4]) & (v >= 0) & (v <= lens[:, None, 5])
    field = np.array([_limits(s) for s in specs if not isinstance(s, CameraSpec)])
    flat = np.sqrt(local[..., 0] * local[..., 0] + local[..., 1] * local[..., 1])
    length, rise = np.sqrt(flat * flat + local[..., 2] * local[..., 2]), np.arctan2(local[..., 2], flat)
    near, far, low, high, side = (field[:, None, k] for k in range(5))
    aside = np.abs(np.arctan2(local[..., 1], local[..., 0]))
    return (length >= near) & (length <= far) & (rise >= low) & (rise <= high) & (aside <= side)


def _limits(spec: LidarSpec | RadarSpec) -> list[float]:
    """Nearest and farthest range, lowest and highest angle, and how far to either side."""
    if isinstance(spec, RadarSpec):
        up = 0.5 * spec.elevation_fov_rad
        return [spec.range_min_m, spec.range_max_m, -up, up, 0.5 * spec.fov_rad]
    elevation = spec.elevation_rad
    return [spec.range_min_m, spec.range_max_m, float(elevation.min()), float(elevation.max()), np.pi]


def _divided(a: F64Array, b: F64Array) -> F64Array:
    """a / b, inf where b is (almost) 0."""
    still = b < STANDSTILL_MPS
    return np.where(still, np.inf, a / np.where(still, 1.0, b))
