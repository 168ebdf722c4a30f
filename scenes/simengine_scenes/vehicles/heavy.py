"""What lorries and buses share: wheels on axles, plates, mirrors, boxes for sight lines."""

from __future__ import annotations

import math
from collections.abc import Sequence

from simengine.world.scene import Box
from simengine_scenes import palette
from simengine_scenes.shapes.assembly import Assembly
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.solids import box, mirrored, pose, tube
from simengine_scenes.vehicles.keypoints import Hub
from simengine_scenes.vehicles.wheel import HUB_M, wheel_draft

__all__ = ["add_axles", "add_plate", "axle_hub", "heavy_mirrors", "solid"]


def add_axles(
    assembly: Assembly, key: str, semantic: int, axles: Sequence[tuple[str, float, float, float]], radius_m: float
) -> None:
    """Add pairs of wheels.

    Args:
        assembly: where they go.
        key: prefix of mesh names.
        semantic: class id.
        axles: (name, x, y of the wheel's outer side, tyre width); the one called "f" is steered.
        radius_m: of the tyres.
    """
    flip = pose(axis=(0.0, 0.0, 1.0), angle_rad=math.pi)
    meshes: dict[float, int] = {}
    for name, x, outer, width in axles:
        if width not in meshes:
            meshes[width] = assembly.mesh(f"{key}.wheel.{width:g}", wheel_draft(radius_m, width, 0.56, 0))
        for side, sign in (("l", 1.0), ("r", -1.0)):
            at, parent = (x, sign * (outer - 0.5 * width), radius_m), 0
            if name == "f":
                parent = assembly.link(f"steer_f{side}", at, 0, (0.0, 0.0, 1.0))
            link = assembly.link(f"wheel_{name}{side}", at, parent)
            assembly.part(f"wheel_{name}{side}", meshes[width], semantic, link, None if sign > 0 else flip)


def axle_hub(axle: tuple[str, float, float, float]) -> Hub:
    """Where the hubs of an axle of ``add_axles`` are."""
    name, _, _, width = axle
    return Hub(f"wheel_{name}", 0.5 * width - HUB_M)


def add_plate(draft: Draft, x_m: float, z_m: float, way: float, y_m: float = 0.0) -> None:
    """Add a number plate whose face lies at ``x_m`` and looks along x times ``way``."""
    draft.add(box((x_m - way * 0.008, y_m, z_m), (0.016, 0.52, 0.112)), palette.PLATE)
    for k in range(7):
        y = y_m - way * (0.165 - 0.058 * k)
        draft.add(box((x_m, y, z_m), (0.003, 0.045 if k != 2 else 0.02, 0.072)), palette.PLATE_MARK)


def heavy_mirrors(x_m: float, root_y_m: float, outer_m: float, z_m: float) -> Draft:
    """Tall mirrors on arms, reaching out to ``outer_m`` on both sides."""
    draft = Draft()
    wide = 0.20
    arm = tube([(x_m - 0.02, root_y_m - 0.03, z_m + 0.28), (x_m, outer_m - 0.5 * wide, z_m + 0.25)], 0.02, 6)
    housing = box((x_m, outer_m - 0.5 * wide, z_m), (0.11, wide, 0.46))
    glass = box((x_m - 0.057, outer_m - 0.5 * wide, z_m), (0.004, wide - 0.03, 0.42))
    for piece, material in ((arm, palette.PLASTIC), (housing, palette.PLASTIC), (glass, palette.CHROME)):
        draft.add(piece, material).add(mirrored(piece), material)
    return draft


def solid(x_m: tuple[float, float], half_m: float, z_m: tuple[float, float]) -> Box:
    """A box for sight lines, symmetric to the middle plane."""
    (a, b), (c, d) = x_m, z_m
    return Box((0.5 * (a + b), 0.0, 0.5 * (c + d)), (abs(b - a), 2.0 * half_m, d - c))
