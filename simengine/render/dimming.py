"""LEDs that are dimmed by switching: what a camera sees of them in a short exposure.

A lamp is on for the share ``duty`` of each period, so bright that its mean is what it shines with. An exposure gets
what lies in it, which may be nothing. Each thing's lamps have a phase of their own, and a frequency within a percent.
"""

from __future__ import annotations

import numpy as np

from simengine.arrays import Array, F32Array, F64Array
from simengine.world.scene import Scene
from simengine.world.state import WorldState

__all__ = ["DIMMED_FROM", "dimmed", "share_in"]

DIMMED_FROM = ("part", "range")
"""Channels that tell where lamps are seen."""
_SPREAD = 0.02
_TURN, _OTHER = 0.618_033_988_75, 0.754_877_666_25  # fractions of multiples of these fill 0..1 evenly


def share_in(start_s: F64Array, lasting_s: float, hz: F64Array, duty: float, phase: F64Array) -> F64Array:
    """Light of a lamp in an exposure over its mean, 0 .. 1 / duty; arrays of one shape.

    Of the time x in periods it is on for C(x) = floor(x) duty + min(fraction of x, duty): this is
    (C(end) - C(start)) / (duty (end - start)).
    """
    first = start_s * hz + phase
    last = first + lasting_s * hz
    return (_on(last, duty) - _on(first, duty)) / (duty * (last - first))


def _on(turns: F64Array, duty: float) -> F64Array:
    whole: F64Array = np.floor(turns)
    return whole * duty + np.minimum(turns - whole, duty)


def dimmed(
    scene: Scene, state: WorldState, light: F32Array, part: Array, range_m: Array, start_s: F64Array, lasting_s: float
) -> F32Array:
    """Light (H, W, 3) in which the lamps that are seen have what they give in an exposure instead of their mean.

    Only what shines itself changes, not what it shines on.

    Args:
        scene, state: which lamps are on.
        light: linear.
        part, range_m: (H, W).
        start_s: when the exposure of each line begins, (H, 1) or (1, W) or (1, 1).
        lasting_s: of each, above 0.
    """
    environment = scene.environment
    rows, shining = scene.shining(state)
    if not rows.size:
        return light
    emission = np.zeros((len(scene.parts) + 1, 3), np.float64)
    emission[rows] = np.array([m.emission for m in scene.materials], np.float64)[shining]
    shines = np.zeros(len(scene.parts) + 1, np.bool_)
    shines[rows] = True
    seen = np.nonzero(shines[part])
    thing: F64Array = np.array([p.entity for p in scene.parts], np.float64)[part[seen]]
    hz: F64Array = environment.lamp_pwm_hz * (1.0 + _SPREAD * (np.mod(thing * _OTHER, 1.0) - 0.5))
    phase: F64Array = np.mod(thing * _TURN, 1.0)
    share = share_in(np.broadcast_to(start_s, part.shape)[seen], lasting_s, hz, environment.lamp_duty, phase)
    kept: F64Array = np.exp(-environment.extinction_per_m() * range_m[seen]) * (share - 1.0)
    out = light.copy()
    out[seen] = np.maximum(out[seen] + emission[part[seen]] * kept[:, None], 0.0)
    return out
