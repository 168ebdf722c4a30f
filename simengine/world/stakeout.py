"""What stands on pavements, as boxes of the ground plan: known without the rest of a scene, and without rendering."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from simengine.arrays import F64Array
from simengine.geometry import transforms as tf
from simengine.world.builder import SceneBuilder
from simengine.world.materials import Material
from simengine.world.scene import Entity, Glow, Light, Mesh
from simengine.world.walls import Furniture

__all__ = ["Stakeout"]

_LOW_M, _HIGH_M = 0.1, 1.9
"""People walk over what is lower, and below what is higher."""
_HUNG_M = 0.5
"""What begins higher hangs on something: signals over the road. The rest stands on the ground."""


class Stakeout(SceneBuilder):
    """A builder that keeps of all that is added no more than where it is in the way of who walks.

    Attributes:
        boxes_m: rows of x, y, heading, half length, half width and height.
        names: what each of them is.
    """

    def __init__(self, split: str = "all") -> None:
        super().__init__(split=split)
        self.boxes_m: list[tuple[float, float, float, float, float, float]] = []
        self.names: list[str] = []

    def add_static(
        self,
        entity: Entity,
        pieces: list[tuple[Mesh, tuple[Material, ...], F64Array | None]],
        semantic: int = -1,
        glows: Sequence[Glow | None] = (),
        names: Sequence[str] = (),
    ) -> int:
        """Note the boxes of a thing."""
        for mesh, _, pose in pieces:
            frame = np.eye(4) if pose is None else np.asarray(pose)
            up = float(frame[2, 3])
            box = _footprint(mesh, up if up > _HUNG_M else 0.0)
            if box is not None:
                x, y, _ = tf.apply(frame, np.array([box[0], box[1], 0.0])).tolist()
                self.boxes_m.append((x, y, float(np.arctan2(frame[1, 0], frame[0, 0])), *box[2:]))
                self.names.append(entity.kind.replace("_", " "))
        return 0

    def add_light(self, light: Light) -> None:
        """Lamps are in nobody's way."""

    @property
    def table_m(self) -> F64Array:
        """All boxes, (N, 6)."""
        return np.array(self.boxes_m, np.float64).reshape(-1, 6)

    @property
    def furniture(self) -> Furniture:
        """All that was added."""
        return Furniture(self.table_m, tuple(self.names))


@lru_cache(maxsize=256)
def _footprint(mesh: Mesh, up_m: float) -> tuple[float, float, float, float, float] | None:
    """Middle and half extents of what a mesh that hangs so high has at the height of people, and how high it is in all;
    None: nothing."""
    corners = (mesh.vertices_m.astype(np.float64) + np.array([0.0, 0.0, up_m]))[mesh.faces]
    near = corners[(corners[..., 2].max(-1) > _LOW_M) & (corners[..., 2].min(-1) < _HIGH_M)]
    loose = near.reshape(-1, 3)
    found = [loose[(loose[:, 2] >= _LOW_M) & (loose[:, 2] <= _HIGH_M)]]
    for i, j in ((0, 1), (1, 2), (2, 0)):  # where edges pass through the lower and the upper bound
        a, b = near[:, i], near[:, j]
        for z in (_LOW_M, _HIGH_M):
            through = (a[:, 2] - z) * (b[:, 2] - z) < 0.0
            t = (z - a[through, 2]) / (b[through, 2] - a[through, 2])
            found.append(a[through] + t[:, None] * (b[through] - a[through]))
    points = np.concatenate(found)
    if not len(points):
        return None
    (x0, y0), (x1, y1) = points[:, :2].min(0).tolist(), points[:, :2].max(0).tolist()
    top = float(corners[..., 2].max())
    return 0.5 * (x0 + x1), 0.5 * (y0 + y1), 0.5 * (x1 - x0), 0.5 * (y1 - y0), top
