"""Finished static meshes and how they are put into a scene."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from simengine.arrays import F64Array
from simengine.geometry import transforms as tf
from simengine.world.builder import SceneBuilder
from simengine.world.materials import Material
from simengine.world.scene import Entity, Glow, Mesh
from simengine.world.taxonomy import CLASS_ID
from simengine_scenes.shapes.draft import Draft

__all__ = ["Piece", "at", "finish", "stand"]


@dataclass(frozen=True, eq=False)
class Piece:
    """A mesh with its materials.

    Attributes:
        mesh: triangles.
        materials: what its ``face_material`` counts in.
        low_m, high_m: bounding box in the mesh's frame.
        part: which part of its thing it is; "": all of it.
    """

    mesh: Mesh
    materials: tuple[Material, ...]
    low_m: tuple[float, float, float]
    high_m: tuple[float, float, float]
    part: str = ""


def finish(name: str, draft: Draft, smooth: bool = False, far: Draft | None = None) -> Piece:
    """Make a draft into a piece; ``far`` is a lighter one of the same materials, for where it stands far off."""
    low, high = draft.bounds()
    mesh = draft.mesh(name, smooth=smooth)
    if far is not None:
        mesh = replace(mesh, far=far.mesh(f"{name}.far", list(draft.table()), smooth=smooth))
    return Piece(
        mesh, draft.table(), (float(low[0]), float(low[1]), float(low[2])),
        (float(high[0]), float(high[1]), float(high[2])),
    )  # fmt: skip


def at(x_m: float, y_m: float, z_m: float = 0.0, yaw_rad: float = 0.0) -> F64Array:
    """Pose on the ground."""
    return tf.matrix_from_pose([x_m, y_m, z_m], tf.quaternion_from_yaw(yaw_rad))


def stand(
    builder: SceneBuilder,
    name: str,
    kind: str,
    semantic: str,
    pieces: list[tuple[Piece, F64Array | None]],
    lamps: int = 0,
    glows: Sequence[Glow | None] = (),
) -> int:
    """Add a static entity made of pieces in world poses; ``lamps`` is what it shows, ``glows`` what its pieces shine.

    The entity's pose is that of the first piece; its size is the first piece's bounding box.

    Returns:
        The instance id.
    """
    first, pose = pieces[0]
    length, width, height = (float(h - low) for low, h in zip(first.low_m, first.high_m, strict=True))
    world = np.eye(4) if pose is None else pose
    size = length, width, height
    entity = Entity(name, kind, "", CLASS_ID[semantic], size, world_from_entity=world, lamps=int(lamps))
    named = [p.part for p, _ in pieces]
    return builder.add_static(entity, [(p.mesh, p.materials, where) for p, where in pieces], glows=glows, names=named)
