"""What stands about in roadworks: heaps, pipes, fences, a toilet."""

from __future__ import annotations

from functools import lru_cache

from simengine.rng import stream
from simengine_scenes import palette
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.piece import Piece, finish
from simengine_scenes.shapes.solids import box, rounded_box, tube
from simengine_scenes.works.machines import heap

__all__ = ["fence_piece", "heap_piece", "pipes_piece", "toilet_piece"]


@lru_cache(maxsize=8)
def heap_piece(kind: int, look: int) -> Piece:
    """A heap of gravel (0) or soil (1), 1.6 m high."""
    draw = stream(look, "works", "heap", kind)
    d = Draft().add(heap(1.35, 1.1 + 0.12 * look, draw), (palette.GRAVEL, palette.SOIL)[kind])
    return finish(f"works.heap.{kind}.{look}", d, smooth=True)


@lru_cache(maxsize=1)
def pipes_piece() -> Piece:
    """Six sewer pipes of 6 m in a stack, on beams."""
    d = Draft()
    for x in (-2.2, 2.2):
        d.add(box((x, 0.0, 0.05), (0.12, 1.5, 0.10)), palette.BENCH_WOOD)
    for row, count in enumerate((3, 2, 1)):
        for k in range(count):
            y, z = (k - 0.5 * (count - 1)) * 0.42, 0.31 + 0.364 * row
            d.add(tube([(-2.9, y, z), (2.9, y, z)], 0.205, 18), palette.PIPE)
            for x in (-2.901, 2.901):
                d.add(tube([(x, y, z), (x + 0.002, y, z)], 0.18, 18), palette.SIGNAL_INSIDE)
    return finish("works.pipes", d, smooth=True)


@lru_cache(maxsize=1)
def fence_piece() -> Piece:
    """A panel of a site fence along x, 3.5 m by 2.0 m, on two feet."""
    d = Draft()
    frame = [(-1.72, 0.0, 0.12), (-1.72, 0.0, 2.0), (1.72, 0.0, 2.0), (1.72, 0.0, 0.12)]
    d.add(tube([*frame, frame[0]], 0.02, 6), palette.GALVANISED)
    for k in range(16):
        x = -1.6 + 0.2133 * k
        d.add(tube([(x, 0.0, 0.14), (x, 0.0, 1.98)], 0.004, 4), palette.GALVANISED)
    for k in range(6):
        z = 0.4 + 0.28 * k
        d.add(tube([(-1.7, 0.0, z), (1.7, 0.0, z)], 0.004, 4), palette.GALVANISED)
    for x in (-1.74, 1.74):
        d.add(box((x, 0.0, 0.07), (0.24, 0.68, 0.14)), palette.CONCRETE)
    return finish("works.fence", d)


@lru_cache(maxsize=1)
def toilet_piece() -> Piece:
    """A portable toilet with its door towards -x."""
    d = Draft()
    d.add(box((0.0, 0.0, 0.08), (1.15, 1.15, 0.16)), palette.PLASTIC)
    d.add(box((0.0, 0.0, 1.13), (1.06, 1.06, 2.0)), palette.CABIN_BLUE)
    for s in (0.53, -0.53):
        for t in (0.53, -0.53):
            d.add(box((s, t, 1.13), (0.08, 0.08, 2.04)), palette.CABIN_BLUE)
    d.add(rounded_box((0.0, 0.0, 2.24), (1.16, 1.16, 0.22), 6.0, 16, 0.9), palette.BARRIER_WHITE)
    d.add(box((-0.535, 0.0, 1.1), (0.02, 0.7, 1.85)), palette.BARRIER_WHITE)
    d.add(box((-0.55, -0.27, 1.1), (0.03, 0.05, 0.14)), palette.PLASTIC)
    d.add(tube([(0.4, 0.4, 2.2), (0.4, 0.4, 2.6)], 0.05, 8), palette.PLASTIC)
    return finish("works.toilet", d)
