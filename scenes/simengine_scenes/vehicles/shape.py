"""Shape parameters of the passenger bodies, in the entity frame (origin on the ground below the middle)."""

from __future__ import annotations

from dataclasses import dataclass

from simengine.world.scene import VehicleDynamics

__all__ = ["BODIES", "BodyShape", "CabinShape"]


@dataclass(frozen=True)
class CabinShape:
    """Greenhouse: from its base on the belt line to the edge of the roof.

    Attributes:
        base_x_m, roof_x_m: front and rear end of base and roof.
        base_half_m, roof_half_m: half widths.
        roof_m: height of the middle of the roof.
        crown_m: how much the roof's edge lies below its middle.
        pillars: along the side, from 0 (front) to 1: pairs (begin, end) of what is not glass.
        rear_glass: the tail has a window.
        privacy: glass behind the front doors is dark.
        twin_doors: the tail opens in two leaves with a window each.
        high_roof: the windows end at three fifths of its height, below a roof to stand under.
    """

    base_x_m: tuple[float, float]
    roof_x_m: tuple[float, float]
    base_half_m: float
    roof_half_m: float
    roof_m: float
    crown_m: float = 0.06
    pillars: tuple[tuple[float, float], ...] = ((0.0, 0.05), (0.44, 0.49), (0.90, 1.0))
    rear_glass: bool = True
    privacy: bool = False
    twin_doors: bool = False
    high_roof: bool = False

    def head_m(self, belt_m: float) -> float:
        """Height of the upper edge of the front doors, above a belt line at ``belt_m``."""
        edge = self.roof_m - self.crown_m
        return belt_m + 0.63 * (edge - belt_m) if self.high_roof else edge - 0.06


@dataclass(frozen=True)
class BodyShape:
    """Lower body, wheels and cabin.

    Attributes:
        length_m, half_m: of the body, without plates and mirrors.
        sill_m: height of the sill; nose and tail clear the ground a little more.
        belt: (x, z) of the shoulder line, x descending.
        nose, tail: (bow, corner along, corner across) of the plan outline.
        lean: how far nose and tail lean back at the top.
        axles_m: x of front and rear axle.
        wheel: radius and width of the tyre.
        seams_m: x of door gaps.
        mirror_half_m: half width over the mirrors.
        eye_m: the driver's eye.
        cladding: dark plastic along sills and arches.
        rails: bars along the roof.
        bed_m: x of front and rear end of an open bed behind the cabin; equal: there is none.
        shoulder: 1 for a rounded shoulder below the windows, less for a flat flank.
    """

    length_m: float
    half_m: float
    sill_m: float
    belt: tuple[tuple[float, float], ...]
    nose: tuple[float, float, float]
    tail: tuple[float, float, float]
    lean: tuple[float, float]
    axles_m: tuple[float, float]
    wheel: tuple[float, float]
    seams_m: tuple[float, ...]
    cabin: CabinShape
    mirror_half_m: float
    eye_m: tuple[float, float, float]
    dynamics: VehicleDynamics
    cladding: bool = False
    rails: bool = False
    shoulder: float = 1.0
    bed_m: tuple[float, float] = (0.0, 0.0)


def _dynamics(axles: tuple[float, float], radius: float, accel: float, brake: float = 9.0) -> VehicleDynamics:
    return VehicleDynamics(axles[0] - axles[1], -axles[1], radius, 0.6, accel, brake)


BODIES: dict[str, BodyShape] = {
    "sedan": BodyShape(
        4.66, 0.91, 0.19,
        ((2.33, 0.71), (2.10, 0.79), (1.65, 0.88), (1.15, 0.94), (0.9, 0.95), (-1.2, 0.99), (-1.8, 1.02), (-2.2, 1.02),
         (-2.33, 0.99)),
        (0.14, 0.42, 0.40), (0.10, 0.36, 0.36), (1.0, 1.0), (1.47, -1.33), (0.335, 0.225),
        (0.98, 0.02, -0.94),
        CabinShape((1.20, -1.80), (0.36, -0.98), 0.80, 0.585, 1.44, 0.055),
        1.02, (0.18, 0.37, 1.16), _dynamics((1.47, -1.33), 0.335, 3.2),
    ),
    "hatchback": BodyShape(
        4.26, 0.895, 0.19,
        ((2.13, 0.73), (1.92, 0.81), (1.5, 0.89), (1.05, 0.95), (-1.2, 1.00), (-2.13, 1.03)),
        (0.13, 0.40, 0.40), (0.09, 0.34, 0.34), (0.95, 0.7), (1.30, -1.32), (0.317, 0.205),
        (0.84, -0.06, -0.90),
        CabinShape((1.12, -2.04), (0.28, -1.62), 0.79, 0.60, 1.47, 0.05, ((0.0, 0.05), (0.42, 0.47), (0.82, 1.0))),
        1.0, (0.08, 0.36, 1.19), _dynamics((1.30, -1.32), 0.317, 3.0),
    ),
    "suv": BodyShape(
        4.58, 0.93, 0.26,
        ((2.29, 0.92), (2.08, 1.00), (1.6, 1.06), (1.12, 1.10), (-1.3, 1.13), (-2.29, 1.16)),
        (0.12, 0.36, 0.36), (0.09, 0.34, 0.34), (0.6, 0.6), (1.41, -1.26), (0.365, 0.235),
        (0.93, -0.08, -0.88),
        CabinShape((1.18, -2.18), (0.42, -1.86), 0.83, 0.645, 1.65, 0.05,
                   ((0.0, 0.05), (0.40, 0.45), (0.74, 0.80), (0.95, 1.0)), privacy=True),
        1.05, (0.10, 0.38, 1.38), _dynamics((1.41, -1.26), 0.365, 2.9), True, True,
    ),
    "van": BodyShape(
        5.28, 0.995, 0.24,
        ((2.64, 0.92), (2.42, 1.04), (2.05, 1.14), (1.7, 1.16), (-2.64, 1.18)),
        (0.14, 0.40, 0.40), (0.03, 0.12, 0.12), (0.8, 0.25), (1.69, -1.31), (0.345, 0.225),
        (1.24, 0.28, -0.72),
        CabinShape((2.08, -2.615), (1.12, -2.56), 0.974, 0.83, 1.99, 0.05, ((0.0, 0.10), (0.31, 1.0)), privacy=True,
                   twin_doors=True),
        1.14, (0.95, 0.45, 1.55), _dynamics((1.69, -1.31), 0.345, 2.2, 8.5), False, False, 0.2,
    ),
    "estate": BodyShape(
        4.78, 0.915, 0.19,
        ((2.39, 0.71), (2.16, 0.79), (1.70, 0.88), (1.20, 0.94), (0.9, 0.95), (-1.4, 1.00), (-2.39, 1.02)),
        (0.14, 0.42, 0.40), (0.09, 0.34, 0.34), (1.0, 0.75), (1.50, -1.34), (0.335, 0.225),
        (1.01, 0.04, -0.92),
        CabinShape((1.23, -2.29), (0.39, -1.96), 0.80, 0.60, 1.46, 0.05,
                   ((0.0, 0.05), (0.36, 0.41), (0.66, 0.71), (0.94, 1.0)), privacy=True),
        1.02, (0.21, 0.37, 1.17), _dynamics((1.50, -1.34), 0.335, 3.1), False, True,
    ),
    "pickup": BodyShape(
        5.30, 0.93, 0.30,
        ((2.65, 0.98), (2.42, 1.06), (1.9, 1.12), (1.45, 1.15), (-0.62, 1.17), (-2.65, 1.17)),
        (0.12, 0.36, 0.36), (0.03, 0.10, 0.10), (0.6, 0.25), (1.62, -1.60), (0.385, 0.255),
        (1.28, 0.34, -0.56),
        CabinShape((1.50, -0.66), (0.76, -0.50), 0.83, 0.66, 1.78, 0.05,
                   ((0.0, 0.06), (0.46, 0.52), (0.94, 1.0))),
        1.08, (0.38, 0.38, 1.46), _dynamics((1.62, -1.60), 0.385, 2.6), True, False, 0.5, (-0.74, -2.50),
    ),
}  # fmt: skip
"""By model."""
