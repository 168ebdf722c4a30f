# pyright: reportUnknownParameterType=false
"""Surfaces that shine, for path tracing: their triangles by how much light they give.

Lamps have a ``Light``, a point that shines on all around, and glass that is seen to shine. Glass within
``LAMP_MARGIN_M`` of such a point is for the eye only: its light is the point's, and must not count twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import warp as wp

from simengine.arrays import Array, BoolArray, F64Array, I32Array
from simengine.geometry import transforms as tf
from simengine.world.scene import Scene
from simengine.world.state import WorldState
from simengine_renderers.raytrace.tracing import LAMP_MARGIN_M

__all__ = ["Emitters", "ShiningSurfaces", "luminance", "picked"]

_LUMINANCE = np.array([0.2126, 0.7152, 0.0722])


@wp.struct
class Emitters:
    """Triangles relative to the camera: a corner, two edges, the radiance (times pi), cumulated shares (0 first).

    A point is picked with the density luminance / ``total`` per square metre. ``eye_only`` is 1 for parts whose
    glow lights nothing.
    """

    count: int
    total: float
    corner: wp.array(dtype=wp.vec3)
    edge1: wp.array(dtype=wp.vec3)
    edge2: wp.array(dtype=wp.vec3)
    radiance: wp.array(dtype=wp.vec3)
    shares: wp.array(dtype=float)
    eye_only: wp.array(dtype=wp.uint8)


@wp.func
def luminance(light: wp.vec3) -> float:
    """How bright a radiance is to the eye."""
    return 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2]


@wp.func
def picked(e: Emitters, u: float) -> int:
    """A triangle by its share of the light, for a number of (0, 1)."""
    low = int(0)  # noqa: RUF046, UP018  (Warp: a variable, not a constant)
    high = e.count
    while high - low > 1:
        middle = (low + high) / 2
        if e.shares[middle] <= u:
            low = middle
        else:
            high = middle
    return low


@dataclass(frozen=True, eq=False)
class _Faces:
    """Faces of one material of a part, that shine: indices into its mesh, (n,)."""

    part: int
    faces: I32Array
    material: int


class ShiningSurfaces:
    """All surfaces of a scene that may shine.

    Attributes:
        eye_only: (P,), parts whose glow lights nothing: the light is that of a lamp beside them.
    """

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        dark = (0.0, 0.0, 0.0)  # panes: what shines is behind them
        shining = [m.emission if m.pane is None else dark for m in scene.materials]
        self._emission = np.array(shining, np.float64).reshape(-1, 3)
        self._always = [f for p in range(len(scene.parts)) for f in self._own(p)]
        self.eye_only = self._beside_lights()

    def table(self, state: WorldState, poses: F64Array, present: BoolArray, eye_m: F64Array, device: str) -> Any:
        """What shines in a state.

        Args:
            state: lamps that are on.
            poses: (P, 4, 4), world from the mesh of every part.
            present: (P,), which of them exist.
            eye_m: (3,), the camera.
            device: where the table goes.
        """
        rows, shine = self._scene.shining(state)
        lit = dict(zip(rows.tolist(), shine.tolist(), strict=True))
        chosen = [f for f in self._always if f.part not in lit]
        for part, material in lit.items():
            faces = np.arange(len(self._scene.meshes[self._scene.parts[part].mesh].faces), dtype=np.int32)
            chosen.append(_Faces(part, faces, material))
        chosen = [
            f for f in chosen if present[f.part] and not self.eye_only[f.part] and self._emission[f.material].any()
        ]
        return self._upload(chosen, poses, eye_m, device)

    def _upload(self, chosen: list[_Faces], poses: F64Array, eye_m: F64Array, device: str) -> Any:
        corners = [np.zeros((0, 3, 3))]
        light = [np.zeros((0, 3))]
        for f in chosen:
            corners.append(tf.apply(poses[f.part], self._corners(f.part, f.faces).reshape(-1, 3)).reshape(-1, 3, 3))
            light.append(np.broadcast_to(self._emission[f.material], (len(f.faces), 3)))
        at, radiance = np.concatenate(corners) - eye_m, np.concatenate(light)
        one, two = at[:, 1] - at[:, 0], at[:, 2] - at[:, 0]
        area = 0.5 * np.linalg.norm(np.cross(one, two), axis=-1)
        given = area * (radiance @ _LUMINANCE)
        out, total = Emitters(), float(given.sum())
        out.count, out.total = (len(at), total) if total > 0.0 else (0, 1e30)
        for name, rows in (("corner", at[:, 0]), ("edge1", one), ("edge2", two), ("radiance", radiance)):
            rows = rows if len(rows) else np.zeros((1, 3))
            setattr(out, name, wp.array(rows.astype(np.float32), dtype=wp.vec3, device=device))
        shares = np.concatenate([[0.0], np.cumsum(given) / max(total, 1e-300)])
        out.shares = wp.array(shares.astype(np.float32), dtype=float, device=device)
        out.eye_only = wp.array(np.append(self.eye_only, False).astype(np.uint8), dtype=wp.uint8, device=device)
        return out

    def _own(self, part: int) -> list[_Faces]:
        """Faces of a part that shine by their own material."""
        material = self._scene.meshes[self._scene.parts[part].mesh].face_material
        shining = [int(m) for m in np.unique(material) if self._emission[m].any()]
        return [_Faces(part, np.flatnonzero(material == m).astype(np.int32), m) for m in shining]

    def _corners(self, part: int, faces: Array) -> F64Array:
        """Corners (n, 3, 3) of faces, in the mesh's frame."""
        mesh = self._scene.meshes[self._scene.parts[part].mesh]
        return mesh.vertices_m[mesh.faces[faces]].astype(np.float64)

    def _beside_lights(self) -> BoolArray:
        """Parts with a face that may shine within ``LAMP_MARGIN_M`` of a point light on the same link, (P,)."""
        lights, parts = self._scene.lights, self._scene.parts
        out = np.zeros(len(parts), np.bool_)
        own = {f.part for f in self._always}
        for row, part in enumerate(parts):
            if row not in own and not part.shines:
                continue
            at = np.array([x.position_m for x in lights if x.link == part.link]).reshape(-1, 3)
            if not len(at):
                continue
            faces = [f.faces for f in self._always if f.part == row] or [np.arange(len(self._mesh_faces(row)))]
            world = tf.apply(part.frame_from_mesh, self._corners(row, np.concatenate(faces)).reshape(-1, 3))
            low, high = world.min(0), world.max(0)
            gap = np.maximum(np.maximum(low - at, at - high), 0.0)
            out[row] = bool(((gap * gap).sum(-1) < LAMP_MARGIN_M**2).any())
        return out

    def _mesh_faces(self, part: int) -> Array:
        return self._scene.meshes[self._scene.parts[part].mesh].faces
