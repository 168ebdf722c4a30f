"""The compiled modules. Each costs seconds when it is compiled first: few of them, compiled side by side."""

from __future__ import annotations

import platform
from typing import Any

import warp as wp

__all__ = ["BVH", "LAMPS", "LIDAR", "LIGHT", "PACKETS", "PATHS", "SURFACES"]

wp.config.log_level = wp.LOG_ERROR  # a library does not print; what is compiled is said by ``warm_up``


# Warp's own threshold (9000) inlines everything and makes compiling half as long again; modules with other flags than
# those before them make the compiler read all of Warp's headers anew (4 s).
_CPU_FLAGS = "-march=native -mllvm=-inline-threshold=800"
if platform.machine().lower() in ("x86_64", "amd64"):  # sixteen pixels at once where the processor can
    _CPU_FLAGS += " -mprefer-vector-width=512"


def _module(name: str) -> Any:
    module = wp.get_module(f"simengine_{name}")
    module.options["enable_backward"] = False
    module.options["cpu_compiler_flags"] = _CPU_FLAGS
    return module


PACKETS = _module("packets")
"""Embree on the CPU."""
BVH = _module("bvh")
"""Warp's own trees, on CUDA and as the fallback."""
SURFACES = _module("surfaces")
"""Label channels and sub-pixel rays."""
LIGHT = _module("light")
"""Sun, sky, air, what stands around, tone curve."""
LAMPS = _module("lamps")
"""Street lamps and head lamps."""
PATHS = _module("paths")
"""Steps of path tracing, for the presets that trace paths."""
LIDAR = _module("lidar")
"""Shots and echoes."""
