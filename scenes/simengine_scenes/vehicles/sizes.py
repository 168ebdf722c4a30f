"""Outer dimensions of the vehicle models, metres: length, width over the mirrors, height.

Each follows a common production vehicle of its class: mid-size saloon, compact hatchback, compact sport-utility, one-
tonne panel van, 12 t box truck, 12 m city bus, naked motorcycle with its rider.
"""

from __future__ import annotations

__all__ = ["VEHICLE_SIZE_M"]

VEHICLE_SIZE_M: dict[str, tuple[float, float, float]] = {
    "sedan": (4.68, 2.04, 1.44),
    "hatchback": (4.28, 2.00, 1.47),
    "suv": (4.60, 2.10, 1.68),
    "van": (5.30, 2.28, 1.99),
    "truck": (8.60, 2.88, 3.50),
    "bus": (12.00, 2.95, 3.06),
    "motorbike": (2.12, 0.82, 1.60),
    "car": (4.68, 2.04, 1.44),
}
"""By model; ``car`` is the saloon under the name that regulations use for a passenger car."""
