"""Ray tracing renderer: camera and LiDAR through Embree packets (CPU) or Warp's BVH (CUDA, fallback)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version

from simengine.render.protocol import RenderOptions
from simengine.world.scene import Scene
from simengine_renderers.raytrace.presets import SETTINGS, preset_of
from simengine_renderers.raytrace.renderer import RaytraceRenderer
from simengine_renderers.raytrace.slices import thread_count
from simengine_renderers.raytrace.warm import backend_of, describe, device_name, load_kernels

__all__ = [
    "ON_DEVICE", "SETTINGS", "RaytraceRenderer", "check_options", "describe", "open_lanes", "open_renderer", "versions",
    "warm_up",
]  # fmt: skip

ON_DEVICE = True
_MOST_LANES = 4  # every lane has image buffers of its own


def open_renderer(scene: Scene, options: RenderOptions) -> RaytraceRenderer:
    """Open the renderer on a scene (entry point ``raytrace`` of ``simengine.renderers``)."""
    return RaytraceRenderer(scene, options)


def open_lanes(scene: Scene, options: RenderOptions) -> list[RaytraceRenderer]:
    """Renderers that make frames at the same time: one for each of up to four threads on the CPU, else one.

    Frames side by side keep all threads busy through the parts of a frame that are not cut into slices. They share the
    trees of the scene.
    """
    device, _ = backend_of(options)
    threads = thread_count(options.threads) if device == "cpu" else 1
    lanes = min(threads, _MOST_LANES)
    own = replace(options, threads=max(1, threads // lanes))
    first = RaytraceRenderer(scene, own)
    return [first, *(RaytraceRenderer(scene, own, first.shared) for _ in range(lanes - 1))]


def check_options(options: RenderOptions) -> None:
    """Refuse at once what this machine cannot do.

    Raises:
        UsageError: an unknown word, a device or library that is not there, numbers out of range.
    """
    preset_of(options)
    backend_of(options)


def warm_up(options: RenderOptions, progress: Callable[[str], None] | None = None) -> None:
    """Compile or load all kernels that the options need, so that opening a renderer does not wait.

    ``progress`` hears one line where something must be compiled. The first run on a machine compiles for some seconds;
    later ones load from Warp's cache.
    """
    load_kernels(backend_of(options), progress, preset_of(options).paths)


def versions(options: RenderOptions) -> dict[str, str]:
    """The packages that trace and shade; on CUDA the card, too, as its arithmetic is its own."""
    device, tracer = backend_of(options)
    found = {"warp-lang": version("warp-lang")} | ({"embreex": version("embreex")} if tracer == "embree" else {})
    return found if device == "cpu" else found | {"cuda": device_name(device)}
