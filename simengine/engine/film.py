"""A strip of pictures from above: what a variant does from its start to its stop."""

from __future__ import annotations

import numpy as np

from simengine.arrays import U8Array
from simengine.engine.cast import build_scene
from simengine.engine.catalogue import libraries
from simengine.engine.topview import scale_px_per_m, top_view
from simengine.engine.variation import Simulated
from simengine.language import Program
from simengine.render.lettering import stamp

__all__ = ["closest_tick", "film_strip", "moments", "nearest_mover"]

_SEAM_PX = 3
_STEPS = 100
"""Positions of a drawn path at most."""


def moments(stop_tick: int, count: int, nearest: int | None = None) -> list[int]:
    """Ticks of so many pictures: the start, the stop, and evenly between; each once where there are fewer.

    Args:
        stop_tick: of the stop.
        count: of the pictures.
        nearest: a tick that takes the place of the picture nearest to it, unless that is the start or the stop.
    """
    ticks = [round(stop_tick * k / max(count - 1, 1)) for k in range(count)]
    if nearest is not None:
        k = min(range(count), key=lambda k: abs(ticks[k] - nearest))
        ticks[k] = nearest if 0 < k < count - 1 else ticks[k]
    return sorted(set(ticks))


def nearest_mover(sample: Simulated) -> str | None:
    """The name of what comes nearest to ego: of all that moves, where something does; None: ego meets nobody."""
    trace, nearest = sample.trace, sample.trace.summary.min_distance_m
    moving = {n: d for n, d in nearest.items() if float(np.ptp(trace.track(n), axis=0).max()) > 0.2} or nearest
    return min(moving, key=lambda n: moving[n], default=None)


def closest_tick(sample: Simulated) -> int | None:
    """When the middles of ego and of what comes nearest to it are nearest to each other; None: ego meets nobody."""
    other, trace = nearest_mover(sample), sample.trace
    if other is None:
        return None
    apart = trace.track(other)[:, :2] - trace.track(trace.summary.ego)[:, :2]
    return int(np.argmin(np.hypot(*apart.T)))


def film_strip(program: Program, sample: Simulated, count: int = 5, cell_px: tuple[int, int] = (256, 160)) -> U8Array:
    """Draw a simulated variant at several moments, side by side at one scale.

    Args:
        program: the checked program.
        sample: a variant of it, and what happened.
        count: pictures, from the start to the stop; one of them is of the closest approach.
        cell_px: width and height of each.

    Returns:
        sRGB image, uint8, (height, at most count * (width + seam), 3).
    """
    scene = build_scene(program, sample.scenario, libraries(), sample.scenario.seed, sample.trace.moving)
    states, ticks = sample.trace.on(scene), sample.trace.ticks_ns()
    shown = moments(sample.trace.stop_tick, count, closest_tick(sample))
    every = sorted({*range(0, sample.trace.stop_tick + 1, max(1, sample.trace.stop_tick // _STEPS)), *shown})
    drawn = [states.state_at(ticks[k]) for k in every]
    scale = min(scale_px_per_m(scene, drawn, every.index(tick), cell_px) for tick in shown)
    cells: list[U8Array] = []
    for tick in shown:
        cell = top_view(scene, drawn, every.index(tick), cell_px, scale)
        stamp(cell, f"{ticks[tick] / 1e9:.2f} s")
        cells += [np.full((cell_px[1], _SEAM_PX, 3), 255, np.uint8), cell]
    return np.concatenate(cells[1:], axis=1)
