"""Which bays are taken, by what, and how it stands: numbers alone, for pictures and for who asks what is seen."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from simengine.arrays import F64Array, frozen
from simengine.rng import stream
from simengine_scenes.lot.plan import BAY_M, LotPlan
from simengine_scenes.vehicles.sizes import VEHICLE_SIZE_M

__all__ = ["PAINTS_A_SCENE", "PARKED_MODELS", "ParkedCar", "parked", "screens"]

PARKED_MODELS = ("hatchback", "sedan", "suv", "van")
_SHARE = (0.36, 0.3, 0.26, 0.08)
PAINTS_A_SCENE = 3
"""Paints of each body in one lot: meshes carry their materials."""
_REVERSED = 0.3
"""Share of those that drove in backwards."""
_FULL, _SIDE, _LOW_M = 0.9, 0.85, 0.3
"""Of a car's length and width a box hides all; below its sills one looks through."""


@dataclass(frozen=True)
class ParkedCar:
    """A car that stands for good: its model, which of the paints it has, and where its middle is."""

    model: str
    paint: int
    x_m: float
    y_m: float
    yaw_rad: float


@lru_cache(maxsize=64)
def parked(plan: LotPlan) -> tuple[ParkedCar, ...]:
    """The cars in the bays that are not kept free, as many as ``occupancy`` says; which, comes from ``layout``."""
    count, free = len(plan.bays), {(b.row, b.place) for b in plan.kept_free}
    draw = stream(plan.layout, "lot", "parked")
    taken = draw.random(count) < plan.occupancy
    models, paints = draw.choice(len(PARKED_MODELS), count, p=_SHARE), draw.integers(PAINTS_A_SCENE, size=count)
    shifts = draw.normal(0.0, (0.12, 0.08, 0.012), (count, 3)).clip((-0.2, -0.14, -0.03), (0.2, 0.14, 0.03))
    back = draw.random(count) < _REVERSED
    out: list[ParkedCar] = []
    for k, bay in enumerate(plan.bays):
        if not taken[k] or (bay.row, bay.place) in free:
            continue
        model, (along, aside, turn) = PARKED_MODELS[int(models[k])], shifts[k].tolist()
        room = abs(0.5 * (BAY_M[0] - VEHICLE_SIZE_M[model][0]) - 0.05)  # shorter ones stand farther in or out
        along = max(min(along, room), -room)
        c, s = math.cos(bay.yaw_rad), math.sin(bay.yaw_rad)
        x, y = bay.x_m + along * c - aside * s, bay.y_m + along * s + aside * c
        out.append(ParkedCar(model, int(paints[k]), x, y, bay.yaw_rad + turn + (math.pi if back[k] else 0.0)))
    return tuple(out)


def screens(plan: LotPlan) -> F64Array:
    """Boxes (N, 6) along the world's axes that lie inside the cars: one a car that stands along an axis, else four
    squares in a row, each as large as fits between its sides."""
    rows: list[list[float]] = []
    for car in parked(plan):
        length, width, height = VEHICLE_SIZE_M[car.model]
        c, s = abs(math.cos(car.yaw_rad)), abs(math.sin(car.yaw_rad))
        z, tall = 0.5 * (_LOW_M + 0.92 * height), 0.92 * height - _LOW_M
        if min(c, s) < 0.05:
            x, y = (length, width) if c > s else (width, length)
            rows.append([car.x_m, car.y_m, z, _SIDE * x, _SIDE * y, tall])
            continue
        side = _SIDE * width / (c + s)
        for share in np.linspace(-0.5, 0.5, 4).tolist():
            away = share * (_FULL * length - side)
            x, y = car.x_m + away * math.cos(car.yaw_rad), car.y_m + away * math.sin(car.yaw_rad)
            rows.append([x, y, z, side, side, tall])
    return frozen(np.array(rows).reshape(-1, 6), np.float64)
