# pyright: reportUnknownParameterType=false
"""Holes and panes in the trees: a function that Embree asks about every hit there, and some for Warp's trees.

A ray may ask to go on through panes. With Embree it carries a number (1 + its place in the packet) and a ``Passage``
that notes what happened to it; rays with number 0 take panes for walls.
"""

from __future__ import annotations

from functools import cache

import warp as wp

from simengine.world.cutouts import PANE, STROKES, WIRE
from simengine.world.materials import Cutout
from simengine_renderers.raytrace.modules import PACKETS
from simengine_renderers.raytrace.native import body, source

__all__ = ["PASSAGE", "ROW", "filter_address", "in_hole", "is_pane", "pane_sends_back", "pane_share"]

ROW = 8
"""Numbers a face in the table (``simengine.world.cutouts.cut_rows``)."""
_ROW, _PANE = wp.constant(ROW), wp.constant(PANE)
_CONSTANTS: dict[str, float] = {
    **{kind.name: int(kind) for kind in Cutout}, "WIRE": WIRE, "ROW": ROW, "PANE": PANE,
    "LEAF_LAYERS": STROKES[Cutout.LEAVES][0], "LEAF_HALF": STROKES[Cutout.LEAVES][1],
    "NEEDLE_LAYERS": STROKES[Cutout.NEEDLES][0], "NEEDLE_HALF": STROKES[Cutout.NEEDLES][1],
    "TWIG_LAYERS": STROKES[Cutout.TWIGS][0], "TWIG_HALF": STROKES[Cutout.TWIGS][1],
}  # fmt: skip
_RULES = body("cutout", prelude=False, **_CONSTANTS)
_SLAB = source("pane")
PASSAGE = """
    struct Passage {
      unsigned int instance[8]; int notes; int met[16]; float share[4 * 16]; float at[16][16];
      void clear(int notes_) {
        notes = notes_;
        for (int k = 0; k < 8; ++k) instance[k] = 0xffffffffu;
        for (int k = 0; k < 16; ++k) met[k] = 0;
        for (int k = 0; k < 64; ++k) share[k] = 1.f;
      }
    };
"""
"""C++: Embree's query context (its own words first), then what filters write: how many panes each of 16 rays ``met``,
and with ``notes`` 1 what those left of its light (red, green, blue, 905 nm) and where they stood: Embree may tell of
one hit several times."""

# Embree's RTCFilterFunctionNArguments; a hit of n is its normals, u, v and face as arrays of n, one after another, a
# ray of n its origins, near, directions, time, far, mask and number. The user's data of a geometry are the rows of its
# faces.
_FILTER = f"""
#if defined(__CUDA_ARCH__)
  return 0;
#else
  {PASSAGE}
  struct Arguments {{
    int* valid; const float* rows; Passage* passage; const float* ray; const float* hit; unsigned n;
  }};
  auto filter = [](const Arguments* a) {{
    {_RULES}
    {_SLAB}
    const unsigned int n = a->n;
    const unsigned int* face = (const unsigned int*)a->hit + 5 * n;
    for (unsigned int i = 0; i < n; ++i) {{
      if (a->valid[i] != -1) continue;
      const float* row = a->rows + ROW * (size_t)face[i];
      if ((int)row[6] == PANE) {{
        const unsigned int ray = ((const unsigned int*)a->ray)[10 * n + i];
        if (ray == 0) continue;
        a->valid[i] = 0;
        Passage* passage = a->passage;
        int& met = passage->met[ray - 1];
        if (passage->notes == 0) met = 1;
        if (passage->notes == 0) continue;
        const float far = a->ray[8 * n + i];
        float* at = passage->at[ray - 1];
        bool known = false;
        for (int k = 0; k < met; ++k) known = known || fabsf(at[k] - far) < 1e-4f + 1e-6f * far;
        if (known) continue;
        if (met < 16) at[met++] = far;
        const float *g = a->hit + i, *d = a->ray + 4 * n + i;
        float gx = g[0], gy = g[n], gz = g[2 * n], dx = d[0], dy = d[n], dz = d[2 * n];
        float length = sqrtf((gx * gx + gy * gy + gz * gz) * (dx * dx + dy * dy + dz * dz));
        float cosine = fabsf(gx * dx + gy * dy + gz * dz) / (length > 0.f ? length : 1.f);
        float rest = 1.f - pane_sends_back(row[4], cosine);
        for (int c = 0; c < 4; ++c) passage->share[4 * (ray - 1) + c] *= row[c] * rest;
      }} else if (in_hole(row, a->hit[3 * n + i], a->hit[4 * n + i])) {{
        a->valid[i] = 0;
      }}
    }}
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


@wp.func
def is_pane(rows: wp.array(dtype=float), first: int, face: int) -> int:
    """1 where a face of a mesh is a pane."""
    return wp.where(rows[(first + face) * _ROW + 6] == float(_PANE), 1, 0)


@wp.func_native(_SLAB + "return pane_sends_back(f0, cosine);")
def pane_sends_back(f0: float, cosine: float) -> float:
    """Share of light that a pane reflects (``simengine.world.panes``)."""
    ...


@wp.func
def pane_share(rows: wp.array(dtype=float), first: int, face: int, cosine: float) -> wp.vec4:
    """What a pane lets through: red, green, blue, and at 905 nm."""
    i = (first + face) * _ROW
    tint = wp.vec4(rows[i], rows[i + 1], rows[i + 2], rows[i + 3])
    return tint * (1.0 - pane_sends_back(rows[i + 4], cosine))
