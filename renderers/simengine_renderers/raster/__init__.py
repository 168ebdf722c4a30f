"""OpenGL renderer on EGL: needs no window, runs on a GPU or on Mesa's software rasteriser (extra ``raster``).

Every image is two passes. The first draws all triangles and keeps, of every pixel, only which part and which face is in
front. The second meets that face's plane with the exact ray of the pixel and makes every channel from it, so depth does
not come out of a depth buffer and distorted cameras need no resampling of numbers.

Differences from ``raytrace``: sun shadows come from shadow maps, to which panes are walls; several samples a pixel lie
on a regular grid. What takes rays is the ray tracer's own: light from what stands around and mirrors (preset
``standard``), lamps with their shadows, LiDARs and radars.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.metadata import version
from importlib.util import find_spec
from typing import TYPE_CHECKING

from simengine.errors import UsageError
from simengine.render.protocol import RenderOptions
from simengine.world.scene import Scene

if TYPE_CHECKING:
    from simengine_renderers.raster.renderer import RasterRenderer

SETTINGS: Mapping[str, str] = {
    "preset": "preview or standard: how light is found (standard)",
    "edges": "smooth or plain: whether preset standard draws edges from more samples (smooth)",
}

__all__ = ["SETTINGS", "check_options", "describe", "open_renderer", "versions", "warm_up"]

if find_spec("pyrender") is None:
    raise ImportError("pyrender is not installed")


def open_renderer(scene: Scene, options: RenderOptions) -> RasterRenderer:
    """Open the renderer on a scene (entry point ``raster`` of ``simengine.renderers``).

    Raises:
        PluginError: no OpenGL through EGL on this machine; the message names the packages to install.
        UsageError: an option that it cannot satisfy.
    """
    check_options(options)
    from simengine_renderers.raster.renderer import RasterRenderer

    return RasterRenderer(scene, options)


def check_options(options: RenderOptions) -> None:
    """Refuse at once what this machine cannot do; opens the process's GL context.

    Raises:
        PluginError, UsageError: as :func:`open_renderer`.
    """
    if options.samples is not None and not 1 <= options.samples <= 1024:
        raise UsageError(f"samples must be 1..1024, got {options.samples}")
    from simengine_renderers.raster.context import gl_context
    from simengine_renderers.raster.presets import preset_of

    preset_of(options)
    gl_context(options.device)


def warm_up(options: RenderOptions, progress: Callable[[str], None] | None = None) -> None:
    """Load the ray tracer's kernels, which fire LiDARs."""
    from simengine_renderers import raytrace

    raytrace.warm_up(options, progress)


def describe() -> str:
    """What draws on this machine, for ``simengine doctor``.

    Raises:
        PluginError: nothing does; the message names the packages to install.
    """
    from simengine_renderers.raster.context import gl_context

    return f"draws on {gl_context('auto').device}"


def versions(options: RenderOptions) -> dict[str, str]:
    """The packages and the driver that draw, and the ray tracer's, which fires LiDARs."""
    from simengine_renderers import raytrace
    from simengine_renderers.raster.context import gl_context

    packages = {name: version(name) for name in ("pyrender", "PyOpenGL")}
    return packages | {"opengl": gl_context(options.device).device} | raytrace.versions(options)
