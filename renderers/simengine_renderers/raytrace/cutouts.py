# pyright: reportUnknownParameterType=false
"""Holes of surfaces in the trees: a function that Embree asks about every hit there, and one for Warp's trees."""

from __future__ import annotations

from functools import cache

import warp as wp

from simengine.world.cutouts import STROKES, WIRE
from simengine.world.materials import Cutout
from simengine_renderers.raytrace.modules import PACKETS
from simengine_renderers.raytrace.native import body

__all__ = ["ROW", "filter_address", "in_hole"]

ROW = 8
"""Numbers a face in the table (``simengine.world.cutouts.cut_rows``)."""
_CONSTANTS: dict[str, float] = {
    **{kind.name: int(kind) for kind in Cutout}, "WIRE": WIRE, "ROW": ROW,
    "LEAF_LAYERS": STROKES[Cutout.LEAVES][0], "LEAF_HALF": STROKES[Cutout.LEAVES][1],
    "NEEDLE_LAYERS": STROKES[Cutout.NEEDLES][0], "NEEDLE_HALF": STROKES[Cutout.NEEDLES][1],
}  # fmt: skip
_RULES = body("cutout", prelude=False, **_CONSTANTS)

# Embree's RTCFilterFunctionNArguments; a hit of n is its normals, u, v and face as arrays of n, one after another. The
# user's data of a geometry are the rows of its faces.
_FILTER = f"""
#if defined(__CUDA_ARCH__)
  return 0;
#else
  struct Arguments {{ int* valid; const float* rows; void* context; void* ray; const float* hit; unsigned int n; }};
  auto filter = [](const Arguments* a) {{
    {_RULES}
    const unsigned int n = a->n;
    const unsigned int* face = (const unsigned int*)a->hit + 5 * n;
    for (unsigned int i = 0; i < n; ++i)
      if (a->valid[i] == -1 && in_hole(a->rows + ROW * (size_t)face[i], a->hit[3 * n + i], a->hit[4 * n + i]))
        a->valid[i] = 0;
  }};
  void (*address)(const Arguments*) = filter;
  return (unsigned long long)address;
#endif
"""


@wp.func_native(_FILTER)
def _filter() -> wp.uint64: ...


@wp.kernel(module=PACKETS)
def _tell(address: wp.array(dtype=wp.uint64)):
    address[0] = _filter()


@cache
def filter_address() -> int:
    """Address of the filter, for Embree's geometries; the compiled module stays loaded."""
    told = wp.zeros(1, dtype=wp.uint64, device="cpu")
    wp.launch(_tell, dim=1, inputs=[told], device="cpu")
    return int(told.numpy()[0])


@wp.func_native(
    _RULES
    + """
    return in_hole((const float*)rows.data + ROW * ((size_t)first + face), u, v) ? 1 : 0;
"""
)
def in_hole(rows: wp.array(dtype=float), first: int, face: int, u: float, v: float) -> int:
    """1 where a hit of a mesh, whose rows begin at ``first``, lies in a hole (weights of second and third corner)."""
    ...
