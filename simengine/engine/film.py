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

__all__ = ["film_strip", "moments"]

_SEAM_PX = 3
_STEPS = 100
"""Positions of a drawn path at most."""


def moments(stop_tick: int, count: int) -> list[int]:
    """Ticks of so many pictures: the start, the stop, and evenly between; each once where there are fewer."""
    return sorted({round(stop_tick * k / max(count - 1, 1)) for k in range(count)})


def film_strip(program: Program, sample: Simulated, count: int = 5, cell_px: tuple[int, int] = (256, 160)) -> U8Array:
    """Draw a simulated variant at several moments, side by side at one scale.

    Args:
        program: the checked program.
        sample: a variant of it, and what happened.
        count: pictures, from the start to the stop.
        cell_px: width and height of each.

    Returns:
        sRGB image, uint8, (height, at most count * (width + seam), 3).
    """
    scene = build_scene(program, sample.scenario, libraries(), sample.scenario.seed, sample.trace.moving)
    states, ticks = sample.trace.on(scene), sample.trace.ticks_ns()
    shown = moments(sample.trace.stop_tick, count)
    every = sorted({*range(0, sample.trace.stop_tick + 1, max(1, sample.trace.stop_tick // _STEPS)), *shown})
    drawn = [states.state_at(ticks[k]) for k in every]
    scale = min(scale_px_per_m(scene, drawn, every.index(tick), cell_px) for tick in shown)
    cells: list[U8Array] = []
    for tick in shown:
        cell = top_view(scene, drawn, every.index(tick), cell_px, scale)
        stamp(cell, f"{ticks[tick] / 1e9:.2f} s")
        cells += [np.full((cell_px[1], _SEAM_PX, 3), 255, np.uint8), cell]
    return np.concatenate(cells[1:], axis=1)
