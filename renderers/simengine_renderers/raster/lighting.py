"""Sun, sky, air and lamps of a scene as shaders take them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from OpenGL import GL

from simengine.arrays import Array, F64Array
from simengine.render.protocol import RenderOptions
from simengine.world.enclosure import taken
from simengine.world.scene import Scene
from simengine.world.state import WorldState
from simengine_renderers import raytrace
from simengine_renderers.raster.geometry import Geometry, Moment
from simengine_renderers.raster.objects import TexelBuffer, Texture
from simengine_renderers.raster.passes import Pass
from simengine_renderers.raster.shadows import CASCADES, Shadows
from simengine_renderers.raytrace.bsdf import coat_tables
from simengine_renderers.raytrace.lamps import Lamps
from simengine_renderers.raytrace.rooms import room_rows
from simengine_renderers.raytrace.sky import Sky, sky_of

__all__ = ["Lighting"]

_LUMINANCE = np.array([0.2126, 0.7152, 0.0722])


class Lighting:
    """Light of one scene, the ray tracer's own (``raytrace.sky``, ``raytrace.lamps``).

    Attributes:
        sky: sun, sky and air.
    """

    def __init__(self, scene: Scene, geometry: Geometry) -> None:
        raytrace.check_options(RenderOptions(device="cpu"))  # starts Warp, which rain, drops and lamps use, silently
        self._scene, self._lamps_of_scene = scene, Lamps(scene)
        self.sky: Sky = sky_of(scene.environment)
        self._sunlit = bool(self.sky.sun.max() > 0)
        self._level = float(self.sky.ambient[0] @ _LUMINANCE) * 0.282095
        scattering = scene.environment.scattering_per_m()
        faint = self._lamps_of_scene.faintest_in_air(self._level, scattering)
        self._air = {"scattering_per_m": scattering, "veil_faint": faint if faint < math.inf else 0.0}
        self._shadows = Shadows(geometry, self.sky.sun_direction, scene.lanes.surface)
        self._sky, self._lamps = Texture(self.sky.seen), TexelBuffer(GL.GL_RGBA32F, np.zeros((3, 4), np.float32))
        self._room_rows = room_rows(scene.enclosures)
        coats = np.concatenate([table.reshape(-1, 2) for table in coat_tables()]).astype(np.float32)
        self._coats = np.pad(coats, ((0, 0), (0, 2)))
        self._coats_rooms = TexelBuffer(GL.GL_RGBA32F, self._coats)

    def prepare(self, program: Pass, now: Moment, state: WorldState, world_from_camera: F64Array) -> dict[str, Any]:
        """Draw shadow maps and choose lamps; returns values for ``Program.use``."""
        rows = np.zeros((3 * CASCADES, 4))
        if self._sunlit:
            rows = self._shadows.draw(program, now, world_from_camera)
        lamps = self._lamp_rows(state, world_from_camera[:3, 3])
        self._lamps.write(lamps)
        rooms = _rooms_around(self._room_rows, world_from_camera[:3, 3])
        self._coats_rooms.write(np.concatenate([self._coats, rooms.reshape(-1, 4)]))
        sky = self.sky
        return {
            "shadow_rows": rows, "sun": sky.sun, "sun_direction": sky.sun_direction, "ground": sky.ground,
            "airlight": sky.airlight, "disc": sky.disc, "ambient": sky.ambient, "sunlit": int(self._sunlit),
            "extinction_per_m": sky.extinction_per_m, "lamp_count": len(lamps), **self._air,
            "room_count": len(self._room_rows),
            "sheltered": float(taken(self._scene.enclosures, world_from_camera[:3, 3])),
            "wetness": self._scene.environment.ground_wetness(),
        }  # fmt: skip

    def lamps_around(self, state: WorldState, eye_m: F64Array) -> tuple[Any, int]:
        """The ray tracer's table of the lamps that matter around a camera, and their number."""
        return self._lamps_of_scene.table(state, eye_m, self._level, "cpu") if self._scene.lights else (None, 0)

    def _lamp_rows(self, state: WorldState, eye_m: F64Array) -> Array:
        """(N, 3, 4): place from the eye, 1 if all around or the beam; direction, end of the cone; intensity, reach."""
        table, count = self.lamps_around(state, eye_m)
        if not count:
            return np.zeros((0, 3, 4), np.float32)
        rows = table.numpy()[:count]
        out = np.empty((count, 3, 4), np.float32)
        out[:, 0, :3], out[:, 0, 3] = rows["position"], rows["all_around"] + rows["beam"]
        out[:, 1, :3], out[:, 1, 3] = rows["direction"], rows["cos_end"]
        out[:, 2, :3], out[:, 2, 3] = rows["intensity"], rows["reach_squared"]
        return out

    def bind(self, unit: int) -> dict[str, int]:
        """Bind sky, lamps and shadow maps from a texture unit on."""
        return {
            "sky": self._sky.bind(unit), "lamps": self._lamps.bind(unit + 1),
            "coats_rooms": self._coats_rooms.bind(unit + 2), **self._shadows.bind(unit + 3),
        }  # fmt: skip

    def close(self) -> None:
        """Free everything."""
        for owned in (self._shadows, self._sky, self._lamps, self._coats_rooms):
            owned.close()


def _rooms_around(rows: F64Array, eye_m: F64Array) -> Array:
    """(N, 5, 4) of ``raytrace.rooms.room_rows``, from the eye: start and disc; heading, length, before; behind, half
    width and height; light at both ends."""
    out = np.zeros((len(rows), 5, 4), np.float32)
    out[:, 0, :3], out[:, 0, 3] = rows[:, :3] - eye_m, rows[:, 16]
    out[:, 1], out[:, 2, :3] = rows[:, 3:7], rows[:, 7:10]
    out[:, 3, :3], out[:, 4, :3] = rows[:, 10:13], rows[:, 13:16]
    return out
