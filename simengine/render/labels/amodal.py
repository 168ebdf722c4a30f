"""Amodal image boxes: the exact bounds of an entity's projected mesh, whatever hides it and wherever the image ends."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from simengine.arrays import Array, BoolArray, F64Array, I64Array
from simengine.geometry import transforms as tf
from simengine.render.labels.arcs import arc_box
from simengine.render.labels.shapes import SceneShapes, Wireframe, scene_shapes
from simengine.sensors import pinhole, projection
from simengine.sensors.lenses import Telecentric
from simengine.sensors.mounting import world_from_sensor
from simengine.sensors.specs import CameraSpec
from simengine.world.scene import Scene
from simengine.world.state import WorldState

__all__ = ["NEAR_M", "AmodalBoxes", "amodal_boxes", "window_of"]

NEAR_M = 0.01
"""Meshes are cut at this depth before they are projected (a point at depth 0 has no finite pixel)."""
_PIECE_PX = 4.0
_PIECES = 128
_SLACK_PX = 0.01


@dataclass(frozen=True, eq=False)
class AmodalBoxes:
    """Boxes of the things in view of one camera, ascending by instance id.

    Attributes:
        spec: the camera.
        instance: (N,), int64.
        box_px: (N, 4), x0 y0 x1 y1 of the whole projection; beyond the image where the thing is, by up to the image's
            own size on every side: a thing that reaches past the camera has no end in the plane of the image.
        clipped_px: (N, 4), the same clipped to [0, width] x [0, height]; never empty.
    """

    spec: CameraSpec
    instance: I64Array
    box_px: F64Array
    clipped_px: F64Array

    def windows(self) -> dict[int, tuple[int, int, int, int]]:
        """Whole-pixel windows (x0, y0, x1, y1) for ``Renderer.silhouettes``, by instance id in ascending order."""
        return {int(i): window_of(self.spec, box) for i, box in zip(self.instance, self.clipped_px, strict=True)}

    def truncation(self) -> F64Array:
        """1 - area(clipped box) / area(whole box), (N,), 0..1."""
        return 1.0 - np.minimum(1.0, _area(self.clipped_px) / _area(self.box_px))


def window_of(spec: CameraSpec, box_px: Array) -> tuple[int, int, int, int]:
    """The smallest whole-pixel window inside the image that covers a box and a tenth of a pixel around it."""
    x0, y0 = np.floor(box_px[:2] - 0.1)
    x1, y1 = np.ceil(box_px[2:] + 0.1)
    width, height = spec.width_px, spec.height_px
    left, top = min(max(int(x0), 0), width), min(max(int(y0), 0), height)
    return left, top, max(left, min(int(x1), width)), max(top, min(int(y1), height))


def amodal_boxes(
    scene: Scene, spec: CameraSpec, state: WorldState, world_from_mesh: F64Array | None = None
) -> AmodalBoxes:
    """Amodal boxes of all things that exist, are not the carrier and whose box meets the image.

    A box bounds all projected mesh points with a depth of at least ``NEAR_M``, and ends one image beyond the border.
    Straight edges stay straight in a pinhole image, so there the projected vertices (of the convex hull, where nothing
    is cut) are exact; with distortion the edges are followed in steps of 4 px, unless the hull's outline, followed the
    same way, shows that it cannot matter by 0.01 px. Points beyond the fold radius of the lens count at it.
    Parallel projection keeps edges straight, too. Through other lenses a box bounds what lies inside the image circle,
    also beside and behind the camera (``arcs``).

    Args:
        scene, spec, state: as rendered; the state has no batch axes.
        world_from_mesh: ``scene.part_transforms(state)`` where the caller has it already.
    """
    shapes = scene_shapes(scene)
    poses = scene.part_transforms(state) if world_from_mesh is None else world_from_mesh
    camera_from_world = tf.inverse(world_from_sensor(spec, scene, state))
    frames = tf.compose(camera_from_world, poses[shapes.parts])
    rows, part_seen = _in_view(scene, spec, state, shapes, frames)
    box = np.full((len(shapes.entities), 4), np.nan)
    wide = projection.lens_of(spec)
    wide = None if isinstance(wide, Telecentric) else wide
    cut = _hull_boxes(spec, shapes, frames, rows, part_seen, box) if wide is None else rows
    for row in np.flatnonzero(cut):
        frame = tf.compose(camera_from_world, poses[shapes.members[row]])
        wire = shapes.wireframe(scene, int(row))
        box[row] = _followed_box(spec, wire, frame) if wide is None else arc_box(spec, wide, wire, frame)
    size = np.array([spec.width_px, spec.height_px] * 2, np.float64)
    box = np.clip(box, -size, 2.0 * size)
    clipped = np.clip(box, 0.0, size)
    kept = np.flatnonzero((clipped[:, 2] > clipped[:, 0]) & (clipped[:, 3] > clipped[:, 1]))
    return AmodalBoxes(spec, shapes.entities[kept], box[kept], clipped[kept])


def _in_view(
    scene: Scene, spec: CameraSpec, state: WorldState, shapes: SceneShapes, frames: F64Array
) -> tuple[BoolArray, BoolArray]:
    """Entities (K,) of which a part's bounding sphere may meet the image, and the parts (Q,) of those entities."""
    centre = tf.apply(frames, shapes.centre_m)
    seen = _beside(spec, centre, shapes.radius_m) if spec.parallel else _within(spec, centre, shapes.radius_m)
    rows = np.zeros(len(shapes.entities), np.bool_)
    rows[shapes.part_row[seen]] = True
    for k in np.flatnonzero(rows):
        entity = int(shapes.entities[k])
        actor = scene.entities[entity].actor
        rows[k] = entity != spec.unseen and (actor < 0 or bool(state.valid[actor]))
    return rows, rows[shapes.part_row]


def _beside(spec: CameraSpec, centre: F64Array, radius_m: F64Array) -> BoolArray:
    """Which spheres may meet an image of parallel projection, (N,), with a metre to spare."""
    reach = radius_m + 1.0
    u, v = spec.fx_px * centre[:, 0] + spec.cx_px, spec.fy_px * centre[:, 1] + spec.cy_px
    across = (u >= -spec.fx_px * reach) & (u <= spec.width_px + spec.fx_px * reach)
    return across & (v >= -spec.fy_px * reach) & (v <= spec.height_px + spec.fy_px * reach) & (centre[:, 2] >= -reach)


def _within(spec: CameraSpec, centre: F64Array, radius_m: F64Array) -> BoolArray:
    """Which spheres may meet an image of rays from one point, (N,)."""
    distance = np.sqrt((centre * centre).sum(-1))
    reach = np.arcsin(np.clip(radius_m / np.maximum(distance, 1e-9), 0.0, 1.0))
    angle = np.arccos(np.clip(centre[:, 2] / np.maximum(distance, 1e-9), -1.0, 1.0))
    return (distance <= radius_m) | (angle - reach <= _half_angle(spec))


@lru_cache(maxsize=64)
def _half_angle(spec: CameraSpec) -> float:
    """Largest angle off axis in the image, from its border, with 1 deg to spare."""
    t = np.linspace(0.0, 1.0, 17)
    w, h = float(spec.width_px), float(spec.height_px)
    border = np.concatenate(
        [np.stack([t * w, t * 0], -1), np.stack([t * w, t * 0 + h], -1), np.stack([t * 0, t * h], -1),
         np.stack([t * 0 + w, t * h], -1)]
    )  # fmt: skip
    wide = projection.lens_of(spec)
    if wide is None:
        z = projection.unproject(spec, border)[:, 2]
    else:  # places outside the image circle count at its rim
        z = wide.ray((border[:, 0] - spec.cx_px) / spec.fx_px, (border[:, 1] - spec.cy_px) / spec.fy_px)[0][:, 2]
    return float(np.arccos(np.clip(np.nanmin(z), -1.0, 1.0))) + np.radians(1.0)


def _hull_boxes(
    spec: CameraSpec, shapes: SceneShapes, frames: F64Array, rows: BoolArray, parts: BoolArray, box: F64Array
) -> BoolArray:
    """Fill the boxes (K, 4) for which hull points are enough; return which others are to be followed, (K,)."""
    (x, y, z), entity = shapes.placed(frames, parts)
    cut = np.zeros(len(rows), np.bool_)
    if not z.size:
        return cut
    starts = np.flatnonzero(np.concatenate([[True], entity[1:] != entity[:-1]]))
    row = entity[starts]
    nearest, farthest = np.minimum.reduceat(z, starts), np.maximum.reduceat(z, starts)
    cut[row] = (nearest < NEAR_M) & (farthest > NEAR_M)
    x, y = _flattened(spec, x, y, np.maximum(z, NEAR_M))
    u, v = _pixels(spec, x, y)
    front = nearest >= NEAR_M
    found = np.stack(
        [np.minimum.reduceat(u, starts), np.minimum.reduceat(v, starts), np.maximum.reduceat(u, starts),
         np.maximum.reduceat(v, starts)], -1,
    )  # fmt: skip
    box[row[front]] = found[front]
    if not (spec.straight or spec.parallel):
        stops = np.append(starts[1:], z.size)
        for k in np.flatnonzero(front):
            bounds = _outline_box(spec, x[starts[k] : stops[k]], y[starts[k] : stops[k]])
            cut[row[k]] = bool((np.abs(bounds - found[k]) > _SLACK_PX).any())
    return cut


def _outline_box(spec: CameraSpec, x: F64Array, y: F64Array) -> F64Array:
    """Bounds of the distorted convex outline of normalised points: at least those of all that lies between them.

    The lens maps the region inside the outline one to one, so its bounds are those of the outline's image.
    """
    flat = np.stack([x, y], -1)
    order: I64Array = np.asarray(cv2.convexHull(flat.astype(np.float32), returnPoints=False), np.int64).reshape(-1)
    a = flat[order]
    b = np.roll(a, -1, axis=0)
    longest = np.hypot((b - a)[:, 0] * spec.fx_px, (b - a)[:, 1] * spec.fy_px).max()
    pieces = min(_PIECES, int(longest / _PIECE_PX) + 1)
    s = np.arange(1, pieces + 1) / pieces
    path = a[:, None] * (1 - s)[:, None] + b[:, None] * s[:, None]
    u, v = _pixels(spec, path[..., 0], path[..., 1])
    return np.array([u.min(), v.min(), u.max(), v.max()])


def _followed_box(spec: CameraSpec, wire: Wireframe, frames: F64Array) -> F64Array:
    """Bounds of an entity from all its vertices and edges, cut at the near plane; NaN if nothing is in front.

    ``frames`` (n, 4, 4) are camera_from_mesh of its parts.
    """
    u, v = _pixels(spec, *_outline(spec, tf.apply(frames[wire.mesh], wire.points_m), wire.edges))
    if not u.size:
        return np.full(4, np.nan)
    return np.array([u.min(), v.min(), u.max(), v.max()])


def _outline(spec: CameraSpec, points: F64Array, edges: I64Array) -> tuple[F64Array, F64Array]:
    """Normalised coordinates (X/Z, Y/Z) of vertices in front, near-plane cuts and, with distortion, of long edges."""
    a, b = points[edges[:, 0]], points[edges[:, 1]]
    za, zb = a[:, 2], b[:, 2]
    kept = (za >= NEAR_M) | (zb >= NEAR_M)
    a, b, za, zb = a[kept], b[kept], za[kept], zb[kept]
    t = ((NEAR_M - za) / np.where(zb == za, 1.0, zb - za))[:, None]
    crossing = a + (b - a) * t
    crossing[:, 2] = NEAR_M
    start = np.where((za < NEAR_M)[:, None], crossing, a)
    stop = np.where((zb < NEAR_M)[:, None], crossing, b)
    (x0, y0), (x1, y1) = (_flattened(spec, *end.T) for end in (start, stop))
    xs, ys = [x0, x1], [y0, y1]
    if not (spec.straight or spec.parallel):
        length_px = np.hypot((x1 - x0) * spec.fx_px, (y1 - y0) * spec.fy_px)
        pieces = np.minimum(np.ceil(length_px / _PIECE_PX), _PIECES).astype(np.int64)
        inner = np.maximum(pieces - 1, 0)  # points between the ends
        edge = np.repeat(np.arange(len(inner)), inner)
        s = (np.arange(len(edge)) - np.repeat(np.cumsum(inner) - inner, inner) + 1) / pieces[edge]
        xs.append(x0[edge] * (1 - s) + x1[edge] * s)
        ys.append(y0[edge] * (1 - s) + y1[edge] * s)
    return np.concatenate(xs), np.concatenate(ys)


def _flattened(spec: CameraSpec, x: F64Array, y: F64Array, z: F64Array) -> tuple[F64Array, F64Array]:
    """Normalised coordinates of points in front: over their depth, but of parallel projection as they are."""
    return (x, y) if spec.parallel else (x / z, y / z)


def _pixels(spec: CameraSpec, x: F64Array, y: F64Array) -> tuple[F64Array, F64Array]:
    """Pixel coordinates of normalised ones; beyond the fold radius those at the fold radius."""
    if spec.parallel:
        return spec.fx_px * x + spec.cx_px, spec.fy_px * y + spec.cy_px
    fold = pinhole.fold_radius(spec.distortion)
    if np.isfinite(fold):
        r = np.sqrt(x * x + y * y)
        scale = np.minimum(1.0, fold / np.maximum(r, 1e-12))
        x, y = x * scale, y * scale
    xd, yd = pinhole.distort(spec.distortion, x, y)
    return spec.fx_px * xd + spec.cx_px, spec.fy_px * yd + spec.cy_px


def _area(box: F64Array) -> F64Array:
    return (box[:, 2] - box[:, 0]) * (box[:, 3] - box[:, 1])
