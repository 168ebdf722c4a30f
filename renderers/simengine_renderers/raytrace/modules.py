"""The compiled modules. Each costs seconds when it is compiled first, so all kernels of a job share one of three."""

from __future__ import annotations

from typing import Any

import warp as wp

__all__ = ["BVH", "PACKETS", "SHADING"]

wp.config.quiet = True


def _module(name: str) -> Any:
    module = wp.get_module(f"simengine_{name}")
    module.options["enable_backward"] = False
    return module


PACKETS = _module("packets")
"""Embree on the CPU."""
BVH = _module("bvh")
"""Warp's own trees, on CUDA and as the fallback."""
SHADING = _module("shading")
"""What both share: surfaces, light, camera, LiDAR."""
