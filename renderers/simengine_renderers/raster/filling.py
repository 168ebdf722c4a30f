"""The second pass: channels of every pixel from the face that is in front, or behind panes."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from OpenGL import GL

from simengine.arrays import F64Array
from simengine.sensors import projection
from simengine.sensors.pinhole import fold_radius
from simengine.sensors.specs import CameraSpec
from simengine_renderers.raster.context import GlContext
from simengine_renderers.raster.geometry import POSE_ROWS, Geometry
from simengine_renderers.raster.lighting import Lighting
from simengine_renderers.raster.objects import Program, Target, Texture
from simengine_renderers.raster.passes import CUTOUT_DEFINES, CUTOUT_FILES, PATTERN_DEFINES
from simengine_renderers.raster.shadows import CASCADES
from simengine_renderers.raster.traced import SURFACES, Traced
from simengine_renderers.raster.view import Pinhole
from simengine_renderers.raytrace.snow_map import SNOWY
from simengine_renderers.raytrace.surfaces import LIFTED

__all__ = ["IDS", "LIGHT", "MOVED", "PAINT", "PLACE", "SHAPE", "Fill", "Film", "Sight", "Stage", "Window", "only"]

SHAPE, IDS, PAINT, PLACE, MOVED, LIGHT = range(6)
_FORMATS = (GL.GL_RGBA32F, GL.GL_RGBA32I, GL.GL_RGBA32F, GL.GL_RGBA32F, GL.GL_RGBA32F, GL.GL_RGBA32F)
_SHADOWS = 13  # first of the two texture units of shadow maps, which panes have no use for
Window = tuple[int, int, int, int]


class Stage(Enum):
    """What the pass is for: everything in front; surfaces for the ray tracer; light behind panes, and theirs."""

    SEEN = 0
    SURFACES = 1
    BEHIND = 2
    PANES = 3


@dataclass(frozen=True, eq=False)
class Film:
    """What is kept for one camera: its rays, the pinhole image behind it, and what is drawn to.

    ``seen`` has part and face in front; ``behind`` those behind panes, and what these let through. ``channels`` are the
    images of the second pass, ``inner`` has the light of what lies behind panes.
    """

    spec: CameraSpec
    table: F64Array
    pinhole: Pinhole
    rays: Texture
    seen: Target
    behind: Target
    channels: Target
    inner: Target

    @classmethod
    def of(cls, spec: CameraSpec) -> Film:
        """Make room for a camera. Errors as ``Pinhole.of``."""
        table = projection.rays(spec)
        pinhole = Pinhole.of(spec, table)
        plane = pinhole.width_px, pinhole.height_px
        return cls(
            spec, table, pinhole, Texture(table), Target(*plane, (GL.GL_RG32I,), depth=True),
            Target(*plane, (GL.GL_RG32I, GL.GL_RGBA32F), depth=True),
            *(Target(spec.width_px, spec.height_px, _FORMATS, depth=False) for _ in range(2)),
        )  # fmt: skip

    @property
    def distorted(self) -> bool:
        """Its rays run between the pixels of the pinhole image."""
        return not self.spec.straight

    def close(self) -> None:
        """Free everything."""
        for owned in (self.rays, self.seen, self.behind, self.channels, self.inner):
            owned.close()


@dataclass(frozen=True, eq=False)
class Sight:
    """A film at a moment: the pinhole image (shifted for samples), world_from_camera, and more for the shaders."""

    film: Film
    hole: Pinhole
    pose: F64Array
    uniforms: dict[str, Any] = field(default_factory=dict[str, Any])


class Fill:
    """The second pass over one scene."""

    def __init__(self, context: GlContext, geometry: Geometry, lighting: Lighting, traced: Traced) -> None:
        self._context, self._geometry, self._lighting, self._traced = context, geometry, lighting, traced

    def fill(
        self, sight: Sight, wanted: set[int], stage: Stage = Stage.SEEN, behind: bool = False,
        window: Window | None = None,
    ) -> None:  # fmt: skip
        """Draw the wanted channels of every pixel, or of those in a window.

        Args:
            sight: of the camera.
            wanted: images of ``film.channels``; at ``Stage.BEHIND`` of ``film.inner``.
            stage: what for.
            behind: of what lies behind panes; other pixels stay.
            window: (x0, y0, x1, y1).
        """
        film, hole, g = sight.film, sight.hole, self._geometry
        spec, onto = film.spec, film.inner if stage is Stage.BEHIND else film.channels
        onto.draw_to(sorted(wanted))
        GL.glDisable(GL.GL_DEPTH_TEST)
        only(window)
        tables = {name: table.bind(k) for k, (name, table) in enumerate([*g.tables.items(), ("poses", g.poses)])}
        program = self._program(wanted, stage)
        program.use(
            **tables, seen=(film.behind if behind else film.seen).bind(0, 8), rays=film.rays.bind(9),
            **_lying(g, sight.pose), **self._lighting.bind(10), **self._traced.bind(7, 15), **_panes(film, stage),
            world_from_camera=sight.pose[:3, :3], eye=(*(sight.pose[:2, 3] % 4096.0), sight.pose[2, 3]),
            layer=int(stage is Stage.BEHIND),
            pinhole=(hole.fx_px, hole.fy_px, hole.cx_px, hole.cy_px), between=int(film.distorted),
            lens=(spec.fx_px, spec.fy_px, spec.cx_px, spec.cy_px),
            fold_squared=min(fold_radius(spec.distortion) ** 2, 1e30),
            **{"shift_px": (0.0, 0.0), **sight.uniforms},
        )  # fmt: skip
        program.floats(distortion=spec.distortion)
        g.draw_whole()
        GL.glDisable(GL.GL_SCISSOR_TEST)

    def surfaces(self, sight: Sight, behind: bool = False) -> None:
        """Draw what the ray tracer takes (``Traced.read``)."""
        self.fill(sight, set(SURFACES), Stage.SURFACES, behind)

    def _program(self, wanted: set[int], stage: Stage) -> Program:
        """The shaders, without what nobody asked for: drivers compile them for seconds when they are new."""
        surfaces, panes = stage is Stage.SURFACES, stage is Stage.PANES
        light, flow = LIGHT in wanted, MOVED in wanted and not surfaces
        snowy, mapped = self._geometry.fallen is not None, self._geometry.sky_map is not None
        paint = light or PAINT in wanted or (snowy and IDS in wanted)
        files = [
            *CUTOUT_FILES, *(["patterns.glsl"] if paint else []), *(["sky_map.glsl"] if paint and mapped else []),
            *(["snow.glsl"] if paint and snowy else []),
            *(["pane.glsl", "light.glsl"] if light else []), "channels.frag",
        ]  # fmt: skip
        asked = {
            "LIGHT": light,
            "PAINT": paint,
            "FLOW": flow,
            "SURFACES": surfaces,
            "PANES": panes,
            "SNOW": snowy,
            "MAPPED": mapped,
        }
        defines = {"ROWS": POSE_ROWS, "CASCADES": CASCADES, **LIFTED, **{k: int(v) for k, v in asked.items()}, **SNOWY}
        return Program.of(self._context, ("whole.vert",), files, {**PATTERN_DEFINES, **CUTOUT_DEFINES, **defines})


def _lying(geometry: Geometry, pose: F64Array) -> dict[str, Any]:
    sky, fallen = geometry.sky_map, geometry.fallen
    if sky is None:
        return {}
    corner = sky.corner_m - (pose[:2, 3] - pose[:2, 3] % 4096.0)
    uniforms = {
        "map_corner": tuple(corner.tolist()), "map_across": sky.across, "map_down": sky.down,
        "map_row": geometry.sky_row,
    }  # fmt: skip
    return uniforms if fallen is None else {**uniforms, "cover": fallen.cover, "snow": fallen.material}


def _panes(film: Film, stage: Stage) -> dict[str, int]:
    if stage is not Stage.PANES:
        return {}
    return {"inner": film.inner.bind(LIGHT, _SHADOWS), "left": film.behind.bind(1, _SHADOWS + 1)}


def only(window: Window | None) -> None:
    """What is drawn next stays inside (x0, y0, x1, y1)."""
    if window is not None:
        x0, y0, x1, y1 = window
        GL.glEnable(GL.GL_SCISSOR_TEST)
        GL.glScissor(x0, y0, x1 - x0, y1 - y0)
