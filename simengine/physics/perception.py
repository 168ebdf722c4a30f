"""What the controlled vehicles know of the others: path coordinates, and free lines of sight."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.physics.cast import DRIVEN_OVER_M, Cast
from simengine.physics.following import PERSON_MARGIN_M, Surroundings
from simengine.physics.motion import Motion
from simengine.physics.paths import project
from simengine.physics.sight import (
    SAMPLES,
    SEEN_SHARE,
    Blocks,
    clear_of_ground,
    free_lines,
    sample_points,
    world_solids,
)  # fmt: skip

__all__ = ["Alongside", "Watch", "eye_share", "seen"]


class Alongside(NamedTuple):
    """Every actor in the coordinates of R paths, (B, R, A).

    Attributes:
        station_m, left_m: of its centre.
        half_long_m, half_lat_m: half extents of its box along and across the path.
        along_mps, across_mps: how fast its station and its offset change.
    """

    station_m: F64Array
    left_m: F64Array
    half_long_m: F64Array
    half_lat_m: F64Array
    along_mps: F64Array
    across_mps: F64Array


class Watch:
    """What the controlled vehicles (``slots``) compare all actors with, made once."""

    def __init__(self, cast: Cast, slots: list[int]) -> None:
        size, valid, count = cast.body.size_m, cast.body.valid, len(slots)
        self.slots, self._doors = slots, cast.doors
        self.half_l = np.ascontiguousarray(0.5 * size[:, None, :, 0])
        self.half_w = np.ascontiguousarray(0.5 * size[:, None, :, 1])
        self.own_half_l = np.ascontiguousarray(0.5 * size[:, slots, 0, None])
        self.own_half_w = np.ascontiguousarray(0.5 * size[:, slots, 1, None])
        self.other: BoolArray = np.repeat(valid[:, None, :], count, 1) & valid[:, slots, None]
        self.other[:, np.arange(count), slots] = False
        if cast.hitches is not None:  # its own trailer is nobody in its way
            mine = cast.hitches.by[:, None, :] == np.array(slots, np.int64)[None, :, None]
            self.other &= ~mine
        self.other &= size[:, None, :, 2] > DRIVEN_OVER_M
        self.margin: F64Array = np.array([PERSON_MARGIN_M if c == "person" else 0.0 for c in cast.categories])
        self._own = (np.arange(cast.batch)[:, None], np.arange(count), np.array(slots, np.int64))
        self._flyers = np.array(cast.columns("drone"), np.int64)
        self._own_height = np.ascontiguousarray(size[:, slots, 2, None])

    def along(self, m: Motion, packed: F64Array) -> Alongside:
        """Every actor in the coordinates of paths (B, R, S, COLUMNS)."""
        c, s, v = m.cos[:, None, :], m.sin[:, None, :], m.v[:, None, :]
        frame = project(packed[:, :, None], m.x[:, None, :], m.y[:, None, :])
        cos, sin = c * frame.ux + s * frame.uy, s * frame.ux - c * frame.uy
        flat_c, flat_s = np.abs(cos), np.abs(sin)
        half_w = self.half_w
        if bool(m.swivel.any()):  # an open door makes it as wide
            doors = np.moveaxis(np.where(m.is_vehicle, m.swivel, 0.0), 0, -1)
            half_w = half_w + self._doors.reach_m(doors)[:, None, :]
        return Alongside(
            frame.station_m,
            frame.left_m,
            flat_c * self.half_l + flat_s * half_w,
            flat_s * self.half_l + flat_c * half_w,
            v * cos * frame.pace,
            v * sin,
        )

    def others(self, m: Motion) -> BoolArray:
        """Whom each vehicle has to do with, (B, C, A): carriers stand for what they carry, and nobody minds what flies
        above its roof."""
        out = self.other & (m.carrier < 0)[:, None] if m.some_carried else self.other
        if self._flyers.size and self.slots:
            roof_m = m.z[:, self.slots, None] + self._own_height
            over: BoolArray = np.zeros_like(out)
            over[..., self._flyers] = m.z[:, None, self._flyers] > roof_m
            out = out & ~over
        return out

    def around(self, m: Motion, packed: F64Array) -> Surroundings:
        """Every actor in the path coordinates of the vehicles (their paths: (B, C, S, COLUMNS))."""
        near = self.along(m, packed)
        return Surroundings(
            self.others(m),
            near.station_m - near.station_m[self._own][..., None],
            *near[1:],
            near.left_m[self._own][..., None],
            self.own_half_l,
            self.own_half_w,
            self.margin,
        )


def seen(m: Motion, cast: Cast, slots: list[int], asked: BoolArray) -> BoolArray:
    """Of the asked (variant, vehicle, actor) triples, (B, C, A): the actor is in the driver's free view ahead.

    Only the asked triples cost anything.
    """
    out = np.zeros_like(asked)
    b, c, target = np.nonzero(asked)
    if b.size:
        viewer = np.asarray(slots, np.int64)[c]
        share = _view_share(m, cast, b, viewer, target)
        out[b, c, target] = share >= SEEN_SHARE
    return out


def _view_share(m: Motion, cast: Cast, b: I64Array, viewer: I64Array, target: I64Array) -> F64Array:
    """Share of sample points of targets that are ahead of viewers and free to see, for R triples (R,)."""
    position = np.stack([m.x, m.y, m.z], -1)
    return eye_share(cast, position, m.cos, m.sin, world_solids(cast, position, m.cos, m.sin), b, viewer, target)


def eye_share(
    cast: Cast, position: F64Array, cos: F64Array, sin: F64Array, solids: Blocks, b: I64Array, viewer: I64Array,
    target: I64Array,
) -> F64Array:  # fmt: skip
    """The same for given poses (B, A, 3), (B, A) and boxes of :func:`simengine.physics.sight.world_solids`."""
    c, s = cos[b, viewer], sin[b, viewer]
    eye = cast.body.eye_m[b, viewer]
    start = np.empty_like(eye)
    start[:, 0] = position[b, viewer, 0] + (c * eye[:, 0] - s * eye[:, 1])
    start[:, 1] = position[b, viewer, 1] + (s * eye[:, 0] + c * eye[:, 1])
    start[:, 2] = position[b, viewer, 2] + eye[:, 2]
    points = sample_points(position[b, target], cos[b, target], sin[b, target], cast.body.size_m[b, target])
    land = None if cast.surfaces is None else cast.surfaces.take(b)
    if land is not None:
        start, points = land.raised(start[:, None])[:, 0], land.raised(points)
    owner, near = np.array(cast.solids.owner, np.int64), solids.take(b)
    blocks = near.present & (owner != viewer[:, None]) & (owner != target[:, None])
    free = free_lines(start, points, near.center_m, near.half_m, near.cos, near.sin, blocks, near.slope)
    if land is not None:
        free &= clear_of_ground(land, start, points)
    way_x, way_y = points[..., 0] - start[:, None, 0], points[..., 1] - start[:, None, 1]
    ahead = way_x * c[:, None] + way_y * s[:, None] > 0
    return (free & ahead).sum(-1) / float(SAMPLES)
