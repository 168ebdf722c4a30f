"""Where the 24 points of a vehicle are (docs/keypoints.md), read off its finished body: lamps and panes by their
materials, corners by what reaches farthest, bumpers by what a ray meets. Points of the right are those of the left,
mirrored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from simengine.arrays import F64Array
from simengine_scenes import palette
from simengine_scenes.shapes.assembly import Assembly
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.probe import farthest, first_hit, middle, normals

__all__ = ["Hub", "Points", "add_points", "vehicle_points"]

Points = Mapping[str, tuple[float, float, float]]
"""Of the left side, in the entity frame, by names that end in "_left"."""

_GLASS = (palette.GLASS.name, palette.WINDSCREEN.name, palette.PRIVACY_GLASS.name)
_HEAD = (palette.HEADLAMP.name,)
_TAIL = (palette.TAILLAMP.name, palette.BRAKELAMP.name)
_ABOVE_M, _OUT = 0.06, 0.8
"""Corners of bumpers are looked for this far above the lower edge, and at this share of the half width."""
_COVER_M = {"light": 0.06, "wheel": 0.06}
"""What may lie before a point; others lie bare, and what is before them is as thick as a seam."""
_BARE_M = 0.03


class Hub(NamedTuple):
    """Wheels: their links' name without the side, and how far out of the link the middle of the hub's cap lies."""

    link: str
    out_m: float


def vehicle_points(body: Draft, mirrors: Draft | None, half_m: float, pillar_m: float | None) -> Points:
    """Points of a body with its lamps and plates; those that it has not are left out.

    Args:
        body: in the entity frame.
        mirrors: both of them.
        half_m: half width of the body, without mirrors.
        pillar_m: x of the pillar behind the front doors, at the roof.
    """
    whole = body.triangles()
    glass = body.triangles(_GLASS)
    facing = normals(glass)
    facing = facing / np.sqrt((facing * facing).sum(-1, keepdims=True))
    found: dict[str, F64Array] = {}
    for end, sign, lamps in (("front", 1.0, _HEAD), ("rear", -1.0, _TAIL)):
        pane = glass[facing[:, 0] * sign > 0.35]
        found[f"{end}_up"] = farthest(pane, (0.0, 0.5, 1.0)) if len(pane) else farthest(whole, (0.3 * sign, 1.0, 1.0))
        lit = body.triangles(lamps)
        lit = lit[(lit[:, :, 1] > 0.3).all(1)]
        if len(lit):
            _, y, z = middle(lit)
            found[f"{end}_light"] = first_hit(whole, 0, sign, (float(y), float(z)))
        reach = float((sign * whole[:, :, 0]).max())
        low = float(whole[sign * whole[:, :, 0].mean(1) > reach - 0.3][:, :, 2].min())
        found[f"{end}_low"] = first_hit(whole, 0, sign, (_OUT * half_m, low + _ABOVE_M))
    level = float(found["rear_light"][2])
    high = whole[(whole[:, :, 2] > level - 0.02).all(1)]
    found["rear_corner"] = farthest(high, (-1.0, 1.0, -0.3))
    plate = body.triangles((palette.PLATE.name,))
    plate = plate[(plate[:, :, 0] < 0.0).all(1)]
    if len(plate):
        found["rear_plate"] = farthest(plate, (-4.0, 2.0, 1.0))
    if pillar_m is not None:
        side = glass[facing[:, 1] > 0.5]
        found["central_up"] = first_hit(whole, 1, 1.0, (pillar_m, float(side[:, :, 2].max()) + 0.01))
    if mirrors is not None:
        housing = mirrors.triangles()
        edge = housing.reshape(-1, 3)
        edge = edge[edge[:, 1] > edge[:, 1].max() - 0.01].mean(0)
        found["mirror_edge"] = first_hit(housing, 1, 1.0, (float(edge[0]), float(edge[2])))
    return {f"{name}_left": (float(x), float(y), float(z)) for name, (x, y, z) in found.items()}


def add_points(a: Assembly, points: Points, front: Hub | None, rear: Hub, *, doors: bool = False) -> None:
    """Name the points of both sides on a vehicle whose wheels are there.

    Args:
        a: where they go.
        points: of the left side.
        front, rear: the foremost and the last wheels.
        doors: the mirrors are on links "door_l" and "door_r".
    """
    for word, side, sign in (("left", "l", 1.0), ("right", "r", -1.0)):
        for name, (x, y, z) in points.items():
            stem = name.removesuffix("_left")
            link = a.named(f"door_{side}") if doors and stem == "mirror_edge" else 0
            cover = _COVER_M.get(stem.rpartition("_")[2], _BARE_M)
            a.landmark("vehicle", f"{stem}_{word}", (x, sign * y, z), cover, link)
        for name, hub in (("front_wheel", front), ("rear_wheel", rear)):
            if hub is not None:
                link = a.named(f"{hub.link}{side}")
                at = a.to_entity(link, (0.0, sign * hub.out_m, 0.0))
                a.landmark("vehicle", f"{name}_{word}", at, _COVER_M["wheel"], a.parent(link))
