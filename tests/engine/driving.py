"""From the text of a scenario's body to traces, on the worlds and with the vehicles of ``use driving``."""

from __future__ import annotations

from simengine.engine.catalogue import libraries
from simengine.engine.simulate import simulate
from simengine.engine.trace import Trace
from simengine.engine.variants import Variants
from simengine.language import parse_text
from simengine.language.sample import Sampler

__all__ = ["run", "variants_of"]


def variants_of(body: str, count: int = 1) -> Variants:
    """Drawn variants of a scenario with this body."""
    lines = "".join(f"    {line}\n" for line in body.strip("\n").split("\n"))
    program = parse_text(f"use driving\n\nscenario t:\n{lines}", libraries=libraries())[0]
    return Variants.of(Sampler(program, 0).draw(range(count)), libraries())


def run(body: str, count: int = 1) -> list[Trace]:
    """Traces of all variants."""
    return simulate(variants_of(body, count))
