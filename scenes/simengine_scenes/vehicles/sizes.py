"""Outer dimensions of the vehicle models, metres: length, width, height. Widths are without mirrors, as makers publish
them.

Each follows a common production vehicle of its class: mid-size saloon, compact hatchback, compact sport-utility, one-
tonne panel van, 12 t box truck, 12 m city bus, naked motorcycle with its rider, mid-size
estate, one-tonne pickup with a double cab.
"""

from __future__ import annotations

__all__ = ["ARTICULATED_SIZE_M", "LEAN_LAG_S", "VEHICLE_HOLLOW_M", "VEHICLE_SIZE_M"]

VEHICLE_SIZE_M: dict[str, tuple[float, float, float]] = {
    "sedan": (4.68, 1.82, 1.44),
    "hatchback": (4.28, 1.79, 1.47),
    "suv": (4.60, 1.86, 1.68),
    "van": (5.30, 1.99, 1.99),
    "truck": (8.60, 2.56, 3.50),
    "bus": (12.00, 2.55, 3.06),
    "motorbike": (2.12, 0.82, 1.60),
    "car": (4.68, 1.82, 1.44),
    "estate": (4.80, 1.83, 1.49),
    "pickup": (5.32, 1.86, 1.78),
}
"""By model; ``car`` is the saloon under the name that regulations use for a passenger car."""

ARTICULATED_SIZE_M: dict[str, tuple[float, float, float]] = {
    "lorry": (6.00, 2.55, 3.75),
    "trailer": (13.62, 2.55, 4.00),
}
"""A road tractor and its box trailer: the commonest articulated lorry of Europe."""

VEHICLE_HOLLOW_M: dict[str, tuple[float, float, float]] = {"bus": (10.4, 2.3, 0.35)}
"""Inner length, width and height of the floor of those that people stand in; a low-floor city bus."""

LEAN_LAG_S = 0.3
"""How long two-wheelers take to lean into a bend, which they do before they turn."""
