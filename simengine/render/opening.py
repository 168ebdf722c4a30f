"""Opening renderers by name.

A renderer's entry point names a module (or object) with ``open_renderer``, and where it has use for them
``check_options`` (refuse what cannot be had, at once), ``warm_up`` (compile or load what the first frame needs),
``describe`` (what it runs on here, for people), ``versions`` (of what decides its pixels: packages, drivers),
``open_lanes`` (several renderers on one scene that share what they can, for frames that are made at the same time) and
``ON_DEVICE = True`` (it heeds ``RenderOptions.on_device``). ``SETTINGS`` names what it reads of
``RenderOptions.extra``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simengine import plugins
from simengine.errors import UsageError
from simengine.render.protocol import Renderer, RenderOptions
from simengine.world.scene import Scene

__all__ = ["check_options", "describe", "open_lanes", "open_renderer", "renderer_versions", "warm_up"]


def open_renderer(name: str, scene: Scene, options: RenderOptions) -> Renderer:
    """Open an installed renderer on a scene.

    Raises:
        PluginError: it is not installed or does not load.
        UsageError: an option that it cannot satisfy (a device that is not there).
    """
    module: Any = plugins.load("renderers", name)
    return module.open_renderer(scene, options)


def open_lanes(name: str, scene: Scene, options: RenderOptions) -> list[Renderer]:
    """As many renderers on one scene as it pays to use at once, all alike. Errors as ``open_renderer``."""
    module: Any = plugins.load("renderers", name)
    several: Callable[[Scene, RenderOptions], list[Renderer]] | None = getattr(module, "open_lanes", None)
    return [module.open_renderer(scene, options)] if several is None else several(scene, options)


def check_options(name: str, options: RenderOptions) -> None:
    """Refuse options that a renderer cannot satisfy on this machine, before anything costs time.

    Raises:
        PluginError: the renderer is not installed or does not load.
        UsageError: an option that it cannot satisfy.
    """
    module: Any = plugins.load("renderers", name)
    if options.on_device and not getattr(module, "ON_DEVICE", False):
        raise UsageError(f"renderer '{name}' makes NumPy arrays only; leave on_device out, or use another renderer")
    if options.extra and not hasattr(module, "SETTINGS"):
        raise UsageError(f"renderer '{name}' has no settings, got {', '.join(options.extra)}; leave --set out")
    check: Callable[[RenderOptions], None] | None = getattr(module, "check_options", None)
    if check is not None:
        check(options)


def warm_up(name: str, options: RenderOptions, progress: Callable[[str], None]) -> None:
    """Do once what a renderer must do before its first frame (compile kernels), saying so through ``progress``."""
    module: Any = plugins.load("renderers", name)
    warm: Callable[[RenderOptions, Callable[[str], None]], None] | None = getattr(module, "warm_up", None)
    if warm is not None:
        warm(options, progress)


def describe(name: str) -> str:
    """One line about a renderer on this machine, for people.

    Raises:
        PluginError: it is not installed, does not load, or lacks something of the system's.
    """
    module: Any = plugins.load("renderers", name)
    line: Callable[[], str] | None = getattr(module, "describe", None)
    return "loads" if line is None else line()


def renderer_versions(name: str, options: RenderOptions) -> dict[str, str]:
    """Version by name of the packages and drivers that decide a renderer's pixels, on this machine.

    Raises:
        PluginError: it is not installed, does not load, or lacks something of the system's.
    """
    module: Any = plugins.load("renderers", name)
    found: Callable[[RenderOptions], dict[str, str]] | None = getattr(module, "versions", None)
    return {} if found is None else found(options)
