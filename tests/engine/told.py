"""Finished runs of whole programs, to be asked for tracks and for the ticks of their phases."""

from __future__ import annotations

from functools import cache

import numpy as np

from simengine.engine.catalogue import libraries
from simengine.engine.simulate import simulate
from simengine.engine.variants import Variants
from simengine.language import parse_text
from simengine.language.sample import Sampler

__all__ = ["RATE", "SPEED", "Told", "told", "yaw_of"]

RATE = 100
"""Ticks a second."""
SPEED = 13
"""Channel of the speed along the heading."""


class Told:
    """A finished run: tracks by name and the ticks of its phases."""

    def __init__(self, text: str) -> None:
        program = parse_text(text, libraries=libraries())[0]
        self.variants = Variants.of(Sampler(program, 0).draw([0]), libraries())
        (self.trace,) = simulate(self.variants)

    def at(self, name: str) -> np.ndarray:
        return self.trace.states_of(name)

    def size(self, name: str) -> np.ndarray:
        return self.variants.size_m[0, self.trace.names.index(name)]

    def over(self, phase: str) -> int:
        """Tick of the end of a phase."""
        time_ns = self.trace.time_of(f"{phase}.ended")
        assert time_ns is not None, (phase, self.trace.events)
        return round(time_ns * RATE / 1e9)


@cache
def told(text: str) -> Told:
    return Told(text)


def yaw_of(states: np.ndarray) -> np.ndarray:
    return 2.0 * np.arctan2(states[..., 6], states[..., 3])
