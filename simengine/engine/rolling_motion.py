"""Motion in images of rolling shutters: where points of one image are read in another one, line by line.

A line's points are seen at its own time, and in the other image they are seen when the line that they have come to is
read. That line depends on where they are then: it is found by going there until line and time agree. Lines are those
that an image is rendered in (``readout.bands``), so that flow leads to the pixels that show the point. Where bands
meet, a point may be read twice or not at all; it gets a place in one of them, less than a band's motion off.

What a line sees one period later, with the same line read (scene flow, time to collision), needs no search.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from simengine.arrays import Array, BoolArray, F32Array, F64Array, I64Array
from simengine.engine.readout import axis_of, band_of, bands, time_in_ns, window
from simengine.geometry import transforms as tf
from simengine.render.labels import label_images
from simengine.render.protocol import CameraReading
from simengine.sensors import projection
from simengine.sensors.mounting import world_from_sensor
from simengine.sensors.specs import CameraSpec
from simengine.world.scene import Scene
from simengine.world.state import WorldState

__all__ = ["FLOW_FROM", "Moved", "labels_by_lines", "moved_points"]

FLOW_FROM = ("part", "range")
"""Channels that motion is computed from."""
_MOST_ROUNDS = 8


class _States(Protocol):
    def state_at(self, time_ns: int) -> WorldState: ...


@dataclass(frozen=True, eq=False)
class Moved:
    """Where the points of an image are in another one of the same camera.

    Attributes:
        flow: (H, W, 2), pixels from this image to the other one; NaN where the other one cannot show the point.
        range_m: (H, W), distance from the camera when it is read there; +inf of what is infinitely far, NaN of what is
            gone.
    """

    flow: F32Array
    range_m: F32Array


def labels_by_lines(
    scene: Scene, states: _States, image: CameraReading, wanted: Sequence[str], start_ns: int
) -> dict[str, Array]:
    """``label_images`` of an image whose lines are of different times: each from its own time to a period later.

    Args:
        scene, states: of the variant.
        image: of a camera with a rolling shutter, with what ``engine.recording.NEEDED_BY`` names.
        wanted: names.
        start_ns: when the readout begins.
    """
    spec, pieces = image.spec, list[dict[str, Array]]()
    for first, stop in bands(spec):
        time_ns = start_ns + time_in_ns(spec, first, stop)
        now, later = states.state_at(time_ns), states.state_at(time_ns + spec.period_ns)
        cut = window(spec, first, stop, 0.0)
        seen = {name: band_of(spec, values, first, stop) for name, values in image.channels.items()}
        piece = CameraReading(cut, time_ns, world_from_sensor(cut, scene, now), seen)
        pieces.append(label_images(scene, piece, wanted, now, later))
    return {name: np.concatenate([piece[name] for piece in pieces], axis_of(spec)) for name in wanted}


def moved_points(scene: Scene, states: _States, image: CameraReading, start_ns: int, other_start_ns: int) -> Moved:
    """Where the points of all pixels are read in the image of the same camera that begins at another time.

    Args:
        scene, states: of the variant.
        image: with the channels ``part`` and ``range``, of a camera with a rolling shutter.
        start_ns, other_start_ns: when the readouts begin.
    """
    spec = image.spec
    shape = image.channels["range"].shape
    points = _points(scene, states, image, start_ns)
    edges = bands(spec)
    line = np.broadcast_to(_lines(spec), shape).ravel()
    starts = np.array([first for first, _ in edges])
    band: I64Array = np.searchsorted(starts, line, "right") - 1
    place = np.full((line.size, 2), np.nan)
    distance = np.full(line.size, np.nan)
    open_ = np.flatnonzero(points.seen)
    for _ in range(_MOST_ROUNDS):
        for k in range(len(edges)):
            rows = open_[band[open_] == k]
            if not rows.size:
                continue
            then = states.state_at(other_start_ns + time_in_ns(spec, *edges[k]))
            place[rows], distance[rows] = points.seen_from(scene, spec, then, rows)
        along = place[open_, 1 - axis_of(spec)]
        known = np.isfinite(along)
        # beyond the image the nearest line's time counts
        now_at = np.clip(np.searchsorted(starts, np.where(known, along, 0.0), "right") - 1, 0, len(edges) - 1)
        going = known & (now_at != band[open_])
        open_ = open_[going]
        if not open_.size:
            break
        band[open_] = now_at[going]
    flow = place.reshape(*shape, 2) - projection.pixel_centres(spec)
    return Moved(flow.astype(np.float32), distance.reshape(shape).astype(np.float32))


def _lines(spec: CameraSpec) -> I64Array:
    if axis_of(spec) == 0:
        return np.arange(spec.height_px)[:, None]
    return np.arange(spec.width_px)[None, :]


@dataclass(frozen=True, eq=False)
class _Points:
    """What the pixels see, in coordinates that hold at other times.

    Attributes:
        own: (N, 4), homogeneous: of what may move in the frame of its part's mesh, of the rest in the world. Of what is
            infinitely far, a direction.
        part: (N,), parts that may move; -1 of the rest.
        seen: (N,), inside the image circle.
    """

    own: F64Array
    part: I64Array
    seen: BoolArray

    def seen_from(self, scene: Scene, spec: CameraSpec, then: WorldState, rows: I64Array) -> tuple[F64Array, F64Array]:
        """Pixel coordinates (n, 2) and distances (n,) of some points at another time; NaN of what is gone."""
        points, part = self.own[rows], self.part[rows]
        mobile = np.flatnonzero(part >= 0)
        if mobile.size:
            poses = scene.part_transforms(then)
            points[mobile] = np.einsum("nij,nj->ni", poses[part[mobile]], points[mobile])
            alive = then.valid[_actors(scene)[part[mobile]]]
            points[mobile[~alive]] = np.nan
        points = points @ tf.inverse(world_from_sensor(spec, scene, then)).T
        px, _ = projection.project(spec, points[:, :3])
        endless = points[:, 3] == 0.0
        if spec.parallel:  # what is infinitely far has no place
            return np.where(endless[:, None], np.nan, px), np.where(endless, np.inf, points[:, 2])
        far = np.sqrt((points[:, :3] ** 2).sum(-1))
        return px, np.where(endless, np.inf, far)


def _actors(scene: Scene) -> I64Array:
    return np.array([scene.entities[p.entity].actor for p in scene.parts], np.int64)


def _points(scene: Scene, states: _States, image: CameraReading, start_ns: int) -> _Points:
    spec = image.spec
    range_m, part = image.channels["range"].astype(np.float64), image.channels["part"].astype(np.int64)
    far = ~np.isfinite(range_m)
    own = np.concatenate([projection.points(spec, np.where(far, 1.0, range_m)), ~far[..., None]], -1)
    links = np.array([*(p.link >= 0 for p in scene.parts), False], np.bool_)
    mobile = np.where(links[part] & ~far, part, -1)
    for first, stop in bands(spec):
        then = states.state_at(start_ns + time_in_ns(spec, first, stop))
        points, of = band_of(spec, own, first, stop), band_of(spec, mobile, first, stop)
        points[:] = points @ world_from_sensor(spec, scene, then).T
        at = np.nonzero(of >= 0)
        if at[0].size:
            inverse = tf.inverse(scene.part_transforms(then))
            points[at] = np.einsum("nij,nj->ni", inverse[of[at]], points[at])
    return _Points(own.reshape(-1, 4), mobile.ravel(), projection.covered(spec).ravel())
