"""What never changes about the things of a scene, so that an instant costs only what moves."""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np

from simengine.arrays import BoolArray, F64Array, I32Array, I64Array
from simengine.geometry import transforms as tf
from simengine.render.labels.shapes import SceneShapes, scene_shapes
from simengine.world.scene import Scene

__all__ = ["Things", "extents", "half_height_m", "scene_things"]


@dataclass(frozen=True, eq=False)
class Things:
    """The things of a scene, T rows, ascending by instance id; poses and extents as if all actors were at the origin.

    Attributes:
        instance: (T,), instance ids.
        name: entity names.
        semantic: (T,), class id.
        actor: (T,), row in ``WorldState``, or -1.
        size_m: (T, 3), nominal.
        lamps: (T,), what traffic lights show; 0 elsewhere.
        world_from_thing, orientation: (T, 4, 4), (T, 4).
        center_m, extent_center_m, extent_size_m: (T, 3), as in ``Objects3D``.
        moving: (M,), rows of the actors.
        row_of_entity: (K,), row of each of ``SceneShapes.entities``.
        part_moves: (Q,), hulls of things that can move: an actor, or anything with a part on a link.
    """

    instance: I64Array
    name: tuple[str, ...]
    semantic: I32Array
    actor: I64Array
    size_m: F64Array
    lamps: I32Array
    world_from_thing: F64Array
    orientation: F64Array
    center_m: F64Array
    extent_center_m: F64Array
    extent_size_m: F64Array
    moving: I64Array
    row_of_entity: I64Array
    part_moves: BoolArray


_SCENES: WeakKeyDictionary[Scene, Things] = WeakKeyDictionary()


def scene_things(scene: Scene) -> Things:
    """The things of a scene, kept as long as the scene itself."""
    things = _SCENES.get(scene)
    if things is None:
        things = _SCENES[scene] = _collect(scene, scene_shapes(scene))
    return things


def _collect(scene: Scene, shapes: SceneShapes) -> Things:
    entities = [scene.entities[int(i)] for i in shapes.things]
    actor = np.array([e.actor for e in entities], np.int64)
    fixed = [np.eye(4) if e.world_from_entity is None else e.world_from_entity for e in entities]
    pose = np.array(fixed, np.float64).reshape(-1, 4, 4)
    size = np.array([e.size_m for e in entities], np.float64).reshape(-1, 3)
    center = tf.apply(pose, half_height_m(size))
    row_of_entity = np.searchsorted(shapes.things, shapes.entities)
    row_of_part = row_of_entity[shapes.part_row]
    on_link = np.array([scene.parts[int(i)].link >= 0 for i in shapes.parts], np.bool_)
    moves = np.isin(row_of_part, row_of_part[(actor[row_of_part] >= 0) | on_link])
    extent_center, extent_size = center.copy(), size.copy()
    rest = np.array([scene.parts[int(i)].frame_from_mesh for i in shapes.parts], np.float64).reshape(-1, 4, 4)
    extents(shapes, ~moves, row_of_entity, pose, rest, extent_center, extent_size)
    return Things(
        shapes.things, tuple(e.name for e in entities), np.array([e.semantic for e in entities], np.int32), actor, size,
        np.array([e.lamps for e in entities], np.int32), pose, tf.quaternion_from_matrix(pose), center, extent_center,
        extent_size, np.flatnonzero(actor >= 0), row_of_entity, moves,
    )  # fmt: skip


def half_height_m(size_m: F64Array) -> F64Array:
    """From the origin of things to the centre of their nominal boxes, along their axes, (N, 3)."""
    out = np.zeros_like(size_m)
    out[:, 2] = size_m[:, 2] / 2.0
    return out


def extents(
    shapes: SceneShapes, parts: BoolArray, row_of_entity: I64Array, pose: F64Array, world_from_mesh: F64Array,
    centre: F64Array, size: F64Array,
) -> None:  # fmt: skip
    """Fill in the boxes, along each thing's axes, that bound the chosen hulls.

    Args:
        shapes: of the scene.
        parts: (Q,), which hulls; all or none of a thing.
        row_of_entity: (K,), row of each entity in the arrays that follow.
        pose: (T, 4, 4), world_from_entity.
        world_from_mesh: (Q, 4, 4), of the hulls.
        centre, size: (T, 3), filled in for the things that have chosen hulls.
    """
    chosen = np.flatnonzero(parts)
    if not chosen.size:
        return
    frames = np.zeros((len(parts), 4, 4))
    frames[chosen] = tf.compose(tf.inverse(pose)[row_of_entity[shapes.part_row[chosen]]], world_from_mesh[chosen])
    point, entity = shapes.placed(frames, parts)
    starts = np.flatnonzero(np.concatenate([[True], entity[1:] != entity[:-1]]))
    low, high = np.minimum.reduceat(point, starts, axis=1).T, np.maximum.reduceat(point, starts, axis=1).T
    rows = row_of_entity[entity[starts]]
    centre[rows] = tf.apply(pose[rows], (low + high) / 2.0)
    size[rows] = high - low
