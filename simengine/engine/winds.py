"""The wind of each variant, for the physics."""

from __future__ import annotations

import numpy as np

from simengine.arrays import F64Array
from simengine.engine.variants import Variants
from simengine.physics.wind import Wind

__all__ = ["wind_of"]


def wind_of(variants: Variants) -> Wind | None:
    """Wind of a batch; None where its program has none."""

    def column(name: str, default: float) -> F64Array:
        value = np.asarray(variants.values.get(f"world.{name}", default), np.float64)
        return np.ascontiguousarray(np.broadcast_to(value, (variants.count,)))

    speed = column("wind.speed", 0.0)
    if not bool((speed > 0.0).any()):
        return None
    return Wind(speed, column("wind.heading", 0.0), column("wind.gusts", 1.0), variants.seed, variants.indices)
