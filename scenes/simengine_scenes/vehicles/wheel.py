"""A wheel about the y axis: tyre, rim, spokes. Its outer side faces +y."""

from __future__ import annotations

import math

import numpy as np

from simengine.geometry.transforms import compose
from simengine_scenes import palette
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.solids import lathe, pose, tapered

__all__ = ["HUB_M", "wheel_draft"]

HUB_M = 0.024
"""How far the middle of the hub's cap lies inside the outer side."""


def wheel_draft(
    radius_m: float,
    width_m: float,
    rim_share: float = 0.68,
    spokes: int = 5,
    segments: int = 32,
    two_sided: bool = False,
) -> Draft:
    """Wheel of tyre radius and width; a vertex of the tread points down, so it touches the ground at angle 0.

    Args:
        radius_m: outer radius of the tyre.
        width_m: width of the tyre.
        rim_share: radius of the rim over that of the tyre.
        spokes: 0 makes a plain disc (lorries).
        segments: around the tyre; a multiple of four.
        two_sided: the same face on both sides (motorcycles).
    """
    half, r = 0.5 * width_m, radius_m
    rim = rim_share * r
    turned = pose(axis=(1.0, 0.0, 0.0), angle_rad=-0.5 * math.pi)  # z of the lathe becomes y
    shoulder = 0.16 * width_m
    tyre = [
        (rim * 0.96, -half + 0.01), (rim, -half), (r - shoulder, -half), (r - 0.25 * shoulder, -half + 0.4 * shoulder),
        (r, -half + 1.2 * shoulder), (r, half - 1.2 * shoulder), (r - 0.25 * shoulder, half - 0.4 * shoulder),
        (r - shoulder, half), (rim, half), (rim * 0.97, half - 0.012),
    ]  # fmt: skip
    draft = Draft().add(lathe(tyre, segments), palette.RUBBER, pose=turned)
    face = _face(rim, r, half, spokes, segments)
    draft.extend(face, np.zeros(3))
    if two_sided:
        draft.extend(face.mirror(), np.zeros(3))
    else:
        back = [(0.0, -half + 0.01), (rim * 0.96, -half + 0.01)]
        draft.add(lathe(back, segments), palette.UNDERBODY, pose=turned)
    return draft


def _face(rim: float, r: float, half: float, spokes: int, segments: int) -> Draft:
    """Rim, hub and spokes of the outer side."""
    turned = pose(axis=(1.0, 0.0, 0.0), angle_rad=-0.5 * math.pi)
    draft = Draft()
    depth = half - 0.03 if spokes == 0 else half - min(0.075, 0.9 * half)
    lip = [(rim * 0.97, half - 0.012), (rim * 0.93, half - 0.02), (rim * 0.9, depth), (0.0, depth)]
    draft.add(lathe(lip[:3], segments), palette.RIM, pose=turned)
    draft.add(lathe(lip[2:], segments), palette.RIM if spokes == 0 else palette.RIM_DARK, pose=turned)
    hub = [(0.17 * r, depth), (0.16 * r, half - 0.03), (0.07 * r, half - HUB_M), (0.0, half - HUB_M)]
    draft.add(lathe(hub, 12), palette.RIM, pose=turned)
    for k in range(spokes):
        length = rim * 0.93 - 0.12 * r
        bar = tapered((0.0, 0.0, 0.0), (0.16 * r, length, 0.04), (0.8, 1.0))
        out = pose((0.0, 0.12 * r + 0.5 * length, half - 0.045))
        about = pose(axis=(0.0, 0.0, 1.0), angle_rad=2.0 * math.pi * k / spokes)
        draft.add(bar, palette.RIM, pose=compose(turned, compose(about, out)))
    return draft
