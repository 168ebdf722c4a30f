"""Doors of buses and trams: two leaves of glass in frames, each on its outer edge, which swing out together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simengine.arrays import BoolArray, F64Array
from simengine.world.scene import Door
from simengine_scenes import palette
from simengine_scenes.shapes.assembly import Assembly
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.solids import box

__all__ = ["add_leaves", "leaf_doors"]

_FRAME_M, _THICK_M, _SHY_M = 0.06, 0.035, 0.06
"""Width and thickness of a frame, and how far the leaves lie inside the flank."""
_NO_DOOR = Door((0.0, 0.0), 0.0, (0.0, 0.0))

Doorways = Sequence[tuple[float, float]]
"""x of the front and the rear edge of each, from the front."""


def leaf_doors(ways: Doorways, z_m: tuple[float, float], half_m: float) -> tuple[Door, ...]:
    """No door on the left; on the right the foremost leaf, whose box stands for all of them."""
    front, rear = ways[0]
    return _NO_DOOR, Door((front, -(half_m - _SHY_M)), 0.5 * (front - rear), z_m)


def add_leaves(
    a: Assembly, key: tuple[str, str], body: Draft, ways: Doorways, z_m: tuple[float, float], half_m: float,
    semantic: int,
) -> None:  # fmt: skip
    """Add a body on whose right side doors open: all leaves are on links "door_r", which turn as one.

    Args:
        a: where they go.
        key: prefix of mesh names, and the colour.
        body: in the entity frame; the cells of its doors end at these edges and heights.
        ways, z_m: the doorways.
        half_m: half the width of the body.
        semantic: class id.
    """
    (low, high), (prefix, colour) = z_m, key

    def pick(middle: F64Array) -> BoolArray:
        x, y, z = middle.T
        inside = np.zeros(len(middle), np.bool_)
        for front, rear in ways:
            inside |= (x < front) & (x > rear)
        return inside & (z > low) & (z < high) & (y < 0.1 - half_m)

    marked = body.marked(pick, ".door")
    a.add_body(prefix, colour, marked, semantic, [m.name for m in marked.table() if m.name.endswith(".door")])
    y = -(half_m - _SHY_M)
    for n, (front, rear) in enumerate(ways):
        long = 0.5 * (front - rear) - 0.004
        for side, hinge, way in (("front", front, 1.0), ("rear", rear, -1.0)):
            link = a.link("door_r", (hinge, y, low), 0, (0.0, 0.0, way))
            leaf = _leaf(hinge, hinge - way * long, y, z_m)
            a.add(f"door_{n}_{side}", f"{prefix}.door.{n}.{side}", leaf, semantic, link)


def _leaf(x0: float, x1: float, y: float, z_m: tuple[float, float]) -> Draft:
    """A frame with a pane and a handrail."""
    d, (low, high) = Draft(), (z_m[0] + 0.012, z_m[1] - 0.012)
    middle, long, tall = 0.5 * (x0 + x1), abs(x1 - x0), high - low
    for x in (min(x0, x1) + 0.5 * _FRAME_M, max(x0, x1) - 0.5 * _FRAME_M):
        d.add(box((x, y, 0.5 * (low + high)), (_FRAME_M, _THICK_M, tall)), palette.PLASTIC)
    for z, wide in ((low + 0.06, 0.12), (high - 0.5 * _FRAME_M, _FRAME_M)):
        d.add(box((middle, y, z), (long - 2.0 * _FRAME_M, _THICK_M, wide)), palette.PLASTIC)
    pane = (long - 2.0 * _FRAME_M, 0.006, tall - 0.12 - _FRAME_M)
    d.add(box((middle, y, 0.5 * (low + 0.12 + high - _FRAME_M)), pane), palette.WINDSCREEN)
    d.add(box((middle, y + 0.05, low + 0.9), (long - _FRAME_M, 0.025, 0.025)), palette.GALVANISED)
    return d
