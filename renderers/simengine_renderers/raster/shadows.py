"""Sun shadows: three square depth maps of growing size around the camera, or what it looks down at, in two layers each.

What never moves is drawn only when the camera has left the middle of a map; what moves is drawn for every frame. A
map's place is the camera's, rounded to a coarse grid: a frame looks the same whatever was rendered before, and the
cameras of one vehicle share the maps. A camera high above the ground has them where it looks: around a drone there is
nothing in the small ones.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from OpenGL import GL

from simengine.arrays import BoolArray, F64Array
from simengine.geometry import transforms as tf
from simengine.world.surface import Surface
from simengine_renderers.raster.geometry import Geometry, Moment, pose_rows
from simengine_renderers.raster.objects import bind_texture
from simengine_renderers.raster.passes import Pass

__all__ = ["CASCADES", "Shadows"]

_HALF_M = (18.0, 75.0, 320.0)  # half the width of each map
CASCADES = len(_HALF_M)
_Window = tuple[int, int, int, int]
_SIZE_PX = 2048
_STEP = 0.25  # the middle is rounded to this share of the half width
_HIGH_M, _LEAST_SLOPE = 9.0, 0.25  # cameras that are so high look down; as steep as this at least
_DEPTH_M = 2000.0  # what is farther towards the sun, or away from it, is flattened onto the map's end


@dataclass(frozen=True, eq=False)
class _Map:
    """One map: its middle in the world, and how far around it reaches."""

    middle_m: F64Array
    half_m: float


class Shadows:
    """Shadow maps of one scene; the sun stands still."""

    def __init__(self, geometry: Geometry, sun_direction: F64Array, ground: Surface | None) -> None:
        self._geometry, self._ground = geometry, ground
        self._light_from_world = _frame(sun_direction)
        self._fixed, self._moving = _depth_layers(), _depth_layers()
        self._buffer = int(np.atleast_1d(GL.glGenFramebuffers(1))[0])
        self._drawn: list[F64Array | None] = [None] * CASCADES
        self._used: list[_Window | None] = [(0, 0, _SIZE_PX, _SIZE_PX)] * CASCADES  # by what moved; None: clear
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, self._buffer)
        GL.glDrawBuffer(GL.GL_NONE)
        GL.glReadBuffer(GL.GL_NONE)

    def draw(self, program: Pass, now: Moment, world_from_camera: F64Array) -> F64Array:
        """Bring the maps up to date and return ``shadow_rows`` of the shaders.

        Leaves the table of poses about the last map that was drawn: write the frame's own afterwards.
        """
        g, eye = self._geometry, world_from_camera[:3, 3]
        looked_at = self._looked_at(world_from_camera)
        maps = [self._map(looked_at, half) for half in _HALF_M]
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, self._buffer)
        GL.glViewport(0, 0, _SIZE_PX, _SIZE_PX)
        GL.glEnable(GL.GL_DEPTH_TEST)
        GL.glEnable(GL.GL_DEPTH_CLAMP)
        GL.glDepthFunc(GL.GL_LESS)
        GL.glClearDepth(1.0)
        moving, still = now.present & g.moves, now.present & ~g.moves
        for k, shade in enumerate(maps):
            drawn = self._drawn[k]
            if drawn is None or not np.array_equal(drawn, shade.middle_m):
                self._layer(program, self._fixed, k, shade, now, still)
                self._drawn[k] = shade.middle_m
            self._used[k] = self._layer(program, self._moving, k, shade, now, moving, self._used[k])
        GL.glDisable(GL.GL_DEPTH_CLAMP)
        return np.concatenate([self._rows(shade, eye) for shade in maps])

    def _looked_at(self, world_from_camera: F64Array) -> F64Array:
        """Where the maps have their middle: the camera, or the ground that a high one looks at."""
        eye, ahead = world_from_camera[:3, 3], world_from_camera[:3, 2]
        below = 0.0 if self._ground is None else float(self._ground.height_m(eye[0], eye[1]))
        height = float(eye[2]) - below
        return eye + ahead * (height / max(-float(ahead[2]), _LEAST_SLOPE)) if height > _HIGH_M else eye

    def _map(self, centre_m: F64Array, half_m: float) -> _Map:
        step = _STEP * half_m
        middle = np.round(tf.rotate(_homogeneous(self._light_from_world), centre_m) / step) * step
        return _Map(tf.rotate(_homogeneous(self._light_from_world.T), middle), half_m)

    def _layer(
        self, program: Pass, layers: int, k: int, shade: _Map, now: Moment, chosen: BoolArray,
        used: _Window | None = (0, 0, _SIZE_PX, _SIZE_PX),
    ) -> _Window | None:  # fmt: skip
        """Draw parts into one layer, after clearing what is ``used`` of it; returns what they use now."""
        near, window = self._reach(shade, now, chosen)
        if used is None and window is None:
            return None
        GL.glFramebufferTextureLayer(GL.GL_FRAMEBUFFER, GL.GL_DEPTH_ATTACHMENT, layers, 0, k)
        if used is not None:
            x0, y0, x1, y1 = used
            GL.glEnable(GL.GL_SCISSOR_TEST)
            GL.glScissor(x0, y0, x1 - x0, y1 - y0)
            GL.glClear(GL.GL_DEPTH_BUFFER_BIT)
            GL.glDisable(GL.GL_SCISSOR_TEST)
        if window is not None:
            g = self._geometry
            g.poses.write(pose_rows(now, shade.middle_m))
            clip = np.eye(4)
            clip[:2, :3] = self._light_from_world[:2] / shade.half_m
            clip[2, :3], clip[2, 3] = -self._light_from_world[2] / (2.0 * _DEPTH_M), 0.5
            program.draw(g, near, clip)
        return window

    def _reach(self, shade: _Map, now: Moment, chosen: BoolArray) -> tuple[BoolArray, _Window | None]:
        """Parts whose shadow may fall into the map, and where: along the sun, their spheres meet its square."""
        g = self._geometry
        centre = tf.apply(now.world_from_mesh, g.centres_m) - shade.middle_m
        at, radius = tf.rotate(_homogeneous(self._light_from_world), centre)[:, :2], g.radii_m[:, None]
        near = chosen & (np.abs(at) <= shade.half_m + radius).all(-1)
        if not near.any():
            return near, None
        scale = 0.5 * _SIZE_PX / shade.half_m
        low, high = (at - radius)[near].min(0) + shade.half_m, (at + radius)[near].max(0) + shade.half_m
        x0, y0 = (max(0, int(v * scale) - 1) for v in low)
        x1, y1 = (min(_SIZE_PX, int(v * scale) + 2) for v in high)
        return near, (x0, y0, x1, y1)

    def _rows(self, shade: _Map, eye_m: F64Array) -> F64Array:
        """(3, 4), from points relative to the eye to texture coordinates and depth, both 0..1."""
        scale = np.array([0.5 / shade.half_m, 0.5 / shade.half_m, -0.5 / _DEPTH_M])
        out = np.empty((3, 4))
        out[:, :3] = self._light_from_world * scale[:, None]
        out[:, 3] = (self._light_from_world * (eye_m - shade.middle_m)).sum(-1) * scale + 0.5
        return out

    def bind(self, unit: int) -> dict[str, int]:
        """Bind the maps to two texture units."""
        kind = GL.GL_TEXTURE_2D_ARRAY
        return {
            "fixed_shadows": bind_texture(unit, kind, self._fixed),
            "moving_shadows": bind_texture(unit + 1, kind, self._moving),
        }

    def close(self) -> None:
        """Free the maps."""
        GL.glDeleteTextures([self._fixed, self._moving])
        GL.glDeleteFramebuffers(1, [self._buffer])


def _frame(sun_direction: F64Array) -> F64Array:
    """Rotation whose third row points towards the sun."""
    z = sun_direction / math.sqrt(float((sun_direction * sun_direction).sum()))
    x = np.cross(z, (0.0, 0.0, 1.0) if abs(z[2]) < 0.99 else (1.0, 0.0, 0.0))
    x /= math.sqrt(float((x * x).sum()))
    return np.stack([x, np.cross(z, x), z])


def _homogeneous(rotation: F64Array) -> F64Array:
    out = np.eye(4)
    out[:3, :3] = rotation
    return out


def _depth_layers() -> int:
    layers = int(np.atleast_1d(GL.glGenTextures(1))[0])
    kind = GL.GL_TEXTURE_2D_ARRAY
    GL.glBindTexture(kind, layers)
    GL.glTexImage3D(
        kind, 0, GL.GL_DEPTH_COMPONENT32F, _SIZE_PX, _SIZE_PX, CASCADES, 0, GL.GL_DEPTH_COMPONENT, GL.GL_FLOAT, None
    )  # fmt: skip
    for name, value in (
        (GL.GL_TEXTURE_MIN_FILTER, GL.GL_NEAREST), (GL.GL_TEXTURE_MAG_FILTER, GL.GL_NEAREST),
        (GL.GL_TEXTURE_WRAP_S, GL.GL_CLAMP_TO_EDGE), (GL.GL_TEXTURE_WRAP_T, GL.GL_CLAMP_TO_EDGE),
    ):  # fmt: skip
        GL.glTexParameteri(kind, name, value)
    return layers
