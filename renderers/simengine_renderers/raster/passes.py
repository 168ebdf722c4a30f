"""Drawing parts as they are seen from somewhere: what has no holes by a plain program, the rest by one that asks.

Where panes are in front, what lies behind them is drawn once more, and after it what the panes leave of its light.
"""

from __future__ import annotations

from OpenGL import GL

from simengine.arrays import BoolArray, F64Array
from simengine.world.cutouts import STROKES, WIRE
from simengine.world.materials import Cutout, Pattern
from simengine_renderers.raster.context import GlContext
from simengine_renderers.raster.geometry import MATERIAL_ROWS, POSE_ROWS, Geometry
from simengine_renderers.raster.objects import Program, Target
from simengine_renderers.raytrace.patterns import GROUND, TILED

__all__ = ["CUTOUT_DEFINES", "CUTOUT_FILES", "PATTERN_DEFINES", "Pass", "behind", "through"]

PATTERN_DEFINES: dict[str, float] = {**{kind.name: int(kind) for kind in Pattern}, "TILED": TILED, "GROUND": GROUND}
CUTOUT_FILES = ("cutout.glsl",)
CUTOUT_DEFINES: dict[str, float] = {
    **{kind.name: int(kind) for kind in Cutout}, "WIRE": WIRE, "MATERIAL": MATERIAL_ROWS,
    "LEAF_LAYERS": STROKES[Cutout.LEAVES][0], "LEAF_HALF": STROKES[Cutout.LEAVES][1],
    "NEEDLE_LAYERS": STROKES[Cutout.NEEDLES][0], "NEEDLE_HALF": STROKES[Cutout.NEEDLES][1],
    "TWIG_LAYERS": STROKES[Cutout.TWIGS][0], "TWIG_HALF": STROKES[Cutout.TWIGS][1],
}  # fmt: skip


class Pass:
    """A fragment shader's two programs: for parts without holes, and for those that may have some."""

    def __init__(self, context: GlContext, fragment: str) -> None:
        self._solid = Program.of(context, ("place.vert",), (fragment,), {"PIERCED": 0})
        files = (*CUTOUT_FILES, "pierced.frag", fragment)
        self._context, self._files = context, files

    def draw(self, geometry: Geometry, chosen: BoolArray, clip_from_world: F64Array) -> None:
        """Draw the chosen parts, nearest first or last as the depth test says."""
        self._solid.use(clip_from_world=clip_from_world)
        geometry.draw(chosen & ~geometry.pierced)
        rest = chosen & geometry.pierced
        if rest.any():
            pierced = Program.of(self._context, ("place.vert",), self._files, {"PIERCED": 1, **CUTOUT_DEFINES})
            names = ("faces", "materials", "parts")
            pierced.use(
                clip_from_world=clip_from_world, **{n: geometry.tables[n].bind(k) for k, n in enumerate(names)}
            )  # fmt: skip
            geometry.draw(rest)


_TABLES = ("faces", "materials", "parts")


def behind(context: GlContext, geometry: Geometry, chosen: BoolArray, clip_from_world: F64Array, front: Target) -> None:
    """Open the depth test where image 0 of ``front`` shows panes, close it elsewhere, and draw chosen parts with panes
    without those. -2 is drawn where no pane is in front, -1 where nothing is behind one.
    """
    tables = {n: geometry.tables[n].bind(k) for k, n in enumerate(_TABLES)}
    files = (*CUTOUT_FILES, "pierced.frag", "behind.frag")
    mask = Program.of(context, ("whole.vert",), ("panes.frag",), {"MATERIAL": MATERIAL_ROWS})
    mask.use(front=front.bind(0, len(_TABLES)), **tables)
    GL.glDepthFunc(GL.GL_ALWAYS)
    geometry.draw_whole()
    GL.glDepthFunc(GL.GL_GREATER)
    program = Program.of(context, ("place.vert",), files, {"PIERCED": 1, **CUTOUT_DEFINES})
    program.use(clip_from_world=clip_from_world, **tables)
    geometry.draw(chosen & geometry.glazed)


def through(context: GlContext, geometry: Geometry, chosen: BoolArray, clip_from_world: F64Array) -> None:
    """Multiply what is drawn to by what the panes of the chosen parts let through, as the depth test says."""
    program = Program.of(
        context, ("place.vert",), ("pane.glsl", "through.frag"), {"MATERIAL": MATERIAL_ROWS, "ROWS": POSE_ROWS}
    )
    tables = {n: geometry.tables[n].bind(k) for k, n in enumerate(_TABLES)}
    program.use(clip_from_world=clip_from_world, poses=geometry.poses.bind(len(_TABLES)), **tables)
    geometry.draw(chosen & geometry.glazed)
