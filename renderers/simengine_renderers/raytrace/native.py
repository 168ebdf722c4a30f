"""Kernel bodies in C++, for the loops that must become vector code on a CPU; the same text compiles for CUDA.

Warp keeps a kernel scalar on the CPU, a thread at a time. The per-pixel work of the camera is therefore
written as plain loops over a run of pixels (``native/*.h``) and called from kernels that say which run.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from simengine.world.materials import Pattern
from simengine_renderers.raytrace.patterns import GROUND, TILED

__all__ = ["body", "source"]

_INCLUDE = re.compile(r'^[ ]*#include "(\w+\.h)"$', re.MULTILINE)


@cache
def body(*names: str, prelude: bool = True, **constants: float) -> str:
    """Source of a function body: the patterns' numbers, some constants, the prelude, then the named files in order."""
    known = ", ".join(f"{p.name} = {int(p)}" for p in Pattern)
    whole = ", ".join(f"{name} = {value}" for name, value in constants.items() if isinstance(value, int))
    real = "".join(f"constexpr float {k} = {v!r}f;\n" for k, v in constants.items() if not isinstance(v, int))
    known += f", TILED = {TILED}, GROUND = {GROUND}"
    named = f"enum {{ {known} }};\n" + (f"enum {{ {whole} }};\n" if whole else "") + real
    return named + "\n".join(_text(f"{name}.h") for name in (("prelude", *names) if prelude else names))


@cache
def source(name: str) -> str:
    """One file alone."""
    return _text(f"{name}.h")


def _text(name: str) -> str:
    source = (files(__package__) / "native" / name).read_text("utf-8")
    return _INCLUDE.sub(lambda found: _text(found[1]), source)
