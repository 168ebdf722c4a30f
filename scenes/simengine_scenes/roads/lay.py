"""Where things are laid: coordinates along a road, taken to the world."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simengine.arrays import F64Array, frozen
from simengine.world.lanes import Curve
from simengine.world.scene import Mesh
from simengine_scenes.roads.line import STRAIGHT, ReferenceLine
from simengine_scenes.roads.profile import Profile
from simengine_scenes.shapes.piece import Piece

__all__ = ["FLAT", "Lay", "swept"]


@dataclass(frozen=True)
class Lay:
    """Coordinates u along and v to the left of a reference line, from one of its stations on, or back from there.

    Attributes:
        line: what everything follows.
        s_m, left_m: station and offset of u = v = 0.
        back: u runs against the line, and v to its right.
        profile: heights of the road, on which everything lies and stands; None: it is level.
    """

    line: ReferenceLine
    s_m: float = 0.0
    left_m: float = 0.0
    back: bool = False
    profile: Profile | None = None

    @property
    def _way(self) -> float:
        return -1.0 if self.back else 1.0

    def moved(self, u_m: float, v_m: float, back: bool = False) -> Lay:
        """Coordinates from another origin, in the same direction or back."""
        left = self.left_m + self._way * v_m
        return Lay(self.line, self.s_m + self._way * u_m, left, self.back != back, self.profile)

    def _span(self, low_m: float, high_m: float) -> tuple[float, float]:
        """Stations of two values of u, the smaller one first."""
        low, high = sorted((self.s_m + self._way * low_m, self.s_m + self._way * high_m))
        return low, high

    def bent(self, low_m: float, high_m: float) -> bool:
        """Whether there is a bend between two values of u."""
        return self.line.bent(*self._span(low_m, high_m))

    def plain(self, low_m: float, high_m: float) -> bool:
        """Whether it is straight and at z = 0 between two values of u, so that straight pieces can lie there."""
        span = self._span(low_m, high_m)
        return not self.line.bent(*span) and (self.profile is None or self.profile.level(*span))

    def cut(self, u_m: npt.ArrayLike) -> F64Array:
        """Rising values of u, and others between them where it bends, rises or leans."""
        u = np.asarray(u_m, np.float64)
        if self.plain(float(u[0]), float(u[-1])):
            return u
        s = self.line.cut(np.sort(self.s_m + self._way * u))
        s = s if self.profile is None else self.profile.cut(s)
        return np.sort((s - self.s_m) * self._way)

    def points(self, u_m: npt.ArrayLike, v_m: npt.ArrayLike, z_m: npt.ArrayLike) -> F64Array:
        """World points (..., 3)."""
        u, v, z = np.broadcast_arrays(*(np.asarray(a, np.float64) for a in (u_m, v_m, z_m)))
        s, left = self.s_m + self._way * u, self.left_m + self._way * v
        xy, _ = self.line.at(s, left)
        z = z if self.profile is None else z + self.profile.lift(s, left).z_m
        return np.concatenate([xy, z[..., None]], -1)

    def _slopes(self, u_m: npt.ArrayLike, v_m: npt.ArrayLike) -> tuple[F64Array, F64Array]:
        """How much the road rises a metre in the directions of u and v."""
        assert self.profile is not None
        s, left = self.s_m + self._way * np.asarray(u_m), self.left_m + self._way * np.asarray(v_m)
        lift = self.profile.lift(s, left)
        return self._way * lift.along / (1.0 - self.line.curvature_per_m(s) * left), self._way * lift.left

    def leant(self, u_m: F64Array, v_m: F64Array, normals: F64Array) -> F64Array:
        """Normals (3, N) of upright surfaces at places (N,), where those lean with the road."""
        if self.profile is None:
            return normals
        along, left = self._slopes(u_m, v_m)
        x, y, z = normals
        sheared = np.stack([x - along * z, y - left * z, z])
        return sheared / np.sqrt((sheared * sheared).sum(0))

    def heading_rad(self, u_m: npt.ArrayLike) -> F64Array:
        """Direction of u in the world."""
        heading = self.line.at(self.s_m + self._way * np.asarray(u_m, np.float64))[1]
        return heading + np.pi if self.back else heading

    def pose(self, u_m: float, v_m: float = 0.0, z_m: float = 0.0, yaw_rad: float = 0.0) -> F64Array:
        """World from an upright frame whose x runs along u, turned by ``yaw_rad``, shape (4, 4)."""
        turned = yaw_rad + np.pi if self.back else yaw_rad
        s, left = self.s_m + self._way * u_m, self.left_m + self._way * v_m
        z = z_m if self.profile is None else z_m + float(self.profile.lift(s, left).z_m)
        return self.line.pose(s, left, z, turned)

    def lying(self, u_m: float, v_m: float = 0.0, z_m: float = 0.0) -> F64Array:
        """World from a frame that lies on the road: x runs along u, z is normal to the surface, shape (4, 4)."""
        out = self.pose(u_m, v_m, z_m)
        if self.profile is None:
            return out
        along, left = self._slopes(u_m, v_m)
        x, y = out[:3, 0] + [0.0, 0.0, float(along)], out[:3, 1] + [0.0, 0.0, float(left)]
        out[:3, 0], up = x / np.sqrt(x @ x), np.cross(x, y)
        out[:3, 2] = up / np.sqrt(up @ up)
        out[:3, 1] = np.cross(out[:3, 2], out[:3, 0])
        return out

    def curve(self, v_m: float, low_m: float, high_m: float, forward: bool = True) -> Curve:
        """The line at an offset between two stations, as a curve in the direction of travel; from station 0, u is s."""
        if self.profile is None:
            return self.line.curve(v_m, low_m, high_m, forward)
        points = self.points(self.cut([low_m, high_m]), v_m, 0.0)
        curve = Curve(points, self.line.arcs(low_m, high_m, v_m))
        return curve if forward else curve.reversed()


def swept(piece: Piece, lay: Lay, name: str, slant: float = 0.0) -> Piece:
    """A straight piece along x, bent: its vertices move, and its normals turn with the line and lean with the road.

    ``slant`` is how much farther to the left it lies a metre along u.
    """
    vertices = piece.mesh.vertices_m.astype(np.float64)
    vertices[:, 1] += slant * vertices[:, 0]
    points = lay.points(vertices[:, 0], vertices[:, 1], vertices[:, 2])
    normals = piece.mesh.vertex_normals
    if normals is not None:
        turned = lay.heading_rad(vertices[:, 0]) + np.arctan(slant)
        cos, sin = np.cos(turned), np.sin(turned)
        x, y, z = normals.astype(np.float64).T
        x, y, z = lay.leant(vertices[:, 0], vertices[:, 1], np.stack([x, y, z]))
        normals = frozen(np.stack([x * cos - y * sin, x * sin + y * cos, z], -1), np.float32)
    mesh = Mesh(name, frozen(points, np.float32), piece.mesh.faces, piece.mesh.face_material, normals)
    (a, b, c), (d, e, f) = points.min(0).tolist(), points.max(0).tolist()
    return Piece(mesh, piece.materials, (a, b, c), (d, e, f))


FLAT = Lay(STRAIGHT)
"""Straight along +x."""
