"""Compiling and loading the kernels, once per machine and once per process."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import warp as wp

from simengine.errors import UsageError
from simengine.render.protocol import RenderOptions
from simengine_renderers.raytrace import modules
from simengine_renderers.raytrace.embree import embree_library

__all__ = ["Backend", "backend_of", "describe", "device_name", "load_kernels"]

Backend = tuple[str, str]
"""Device ("cpu", "cuda:0") and tracer ("embree", "warp")."""

_lock = threading.Lock()
_loaded: set[tuple[str, str]] = set()
_done: set[str] = set()


def backend_of(options: RenderOptions) -> Backend:
    """Which device and tracer the options mean on this machine.

    Raises:
        UsageError: unknown words, no CUDA device, no Embree where it was asked for, no threads at all.
    """
    if options.threads is not None and options.threads < 1:
        raise UsageError(f"threads must be at least 1, got {options.threads}")
    if options.samples is not None and not 1 <= options.samples <= 65_536:
        raise UsageError(f"samples must be 1..65536, got {options.samples}")
    if options.device not in ("auto", "cpu", "cuda"):
        raise UsageError(f"device must be auto, cpu or cuda, got '{options.device}'")
    if options.trace not in ("auto", "embree", "warp"):
        raise UsageError(f"trace must be auto, embree or warp, got '{options.trace}'")
    _start()
    cuda = bool(wp.is_cuda_available())
    if options.device == "cuda" and not cuda:
        raise UsageError("device 'cuda' was asked for and no CUDA device was found; use --device cpu or auto")
    on_cuda = cuda and options.device in ("auto", "cuda") and options.trace != "embree"
    if on_cuda:
        return "cuda:0", "warp"
    if options.trace == "warp":
        return "cpu", "warp"
    if embree_library() is None:
        if options.trace == "embree":
            raise UsageError("trace 'embree' was asked for and Embree was not found; reinstall the 'embreex' package")
        return "cpu", "warp"
    return "cpu", "embree"


def _start() -> None:
    """Initialise Warp once, without its complaint on the error stream where there is no NVIDIA driver.

    That line comes from native code, so only the file descriptor itself can be turned away, for the moment it takes.
    """
    with _lock:
        if "started" in _done:
            return
        _done.add("started")
        try:
            kept = os.dup(2)
        except OSError:  # no error stream at all
            wp.init()
            return
        try:
            with Path(os.devnull).open("wb") as nowhere:
                os.dup2(nowhere.fileno(), 2)
            wp.init()
        finally:
            os.dup2(kept, 2)
            os.close(kept)


def load_kernels(
    backend: Backend, progress: Callable[[str], None] | None = None, paths: bool = False
) -> None:  # fmt: skip
    """Compile (first run on a machine: seconds) or load (later: well under a second) all kernels of a backend.

    ``progress`` hears one line if anything must be compiled; ``paths``: those of path tracing, too. Several processes
    may do so at once: each builds in a folder of its own and Warp renames it into its cache.
    """
    device, tracer = backend
    tracing = modules.PACKETS if tracer == "embree" else modules.BVH
    wanted = [
        ("light", modules.LIGHT), ("LiDAR", modules.LIDAR), ("surfaces", modules.SURFACES), ("lamps", modules.LAMPS),
        ("tracing", tracing), *([("paths", modules.PATHS)] if paths else []),
    ]  # fmt: skip
    with _lock:
        todo = [(name, m) for name, m in wanted if (device, m.name) not in _loaded]
        if not todo:
            return

        block = 1 if device == "cpu" else 256  # the block sizes of launches
        fresh = [name for name, m in todo if not _cached(m, block)]
        if progress is not None and fresh:
            progress(f"compiling ray tracing kernels, first run only ({', '.join(fresh)})")
        _load([m for _, m in todo], len(fresh), device, block)
        _loaded.update((device, m.name) for _, m in todo)


def _load(todo: Sequence[Any], fresh: int, device: str, block: int) -> None:
    """Load modules, in two threads where several must be compiled.

    Each thread that compiles reads all of Warp's headers first (3 s), so more of them would gain nothing.
    """
    device_of = wp.get_device(device)
    with ThreadPoolExecutor(2 if fresh > 2 else 1, "compile") as pool:
        for loaded in [pool.submit(module.load, device_of, block) for module in todo]:
            loaded.result()


def _cached(module: Any, block: int) -> bool:
    """Whether Warp's cache holds the module, as far as its folder tells."""
    folder = wp.config.kernel_cache_dir
    return folder is not None and (Path(folder) / str(module.get_module_identifier(block))).is_dir()


def device_name(device: str) -> str:
    """What a device is called by its maker, and its driver's CUDA version."""
    driver = wp.get_cuda_driver_version() or ()
    return f"{wp.get_device(device).name}, CUDA {'.'.join(map(str, driver))}"


def describe() -> str:
    """What traces on this machine, why not on CUDA where that is so, and where kernels are kept."""
    device, tracer = backend_of(RenderOptions())
    name = f"CPU ({_why_no_cuda()})" if device == "cpu" else device_name(device)
    return f"{tracer} on {name}, Warp {wp.__version__}, kernels in {wp.config.kernel_cache_dir}"


def _why_no_cuda() -> str:
    driver = wp.get_cuda_driver_version()
    if not driver:
        return "no CUDA: no NVIDIA driver found"
    return f"no CUDA: the driver has CUDA {'.'.join(map(str, driver))}, and Warp finds no device that it can use"
