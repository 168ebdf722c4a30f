"""Write docs/reference.md: every word that a scenario can use, from the tables that the checker itself reads.

usage: python tools/make_reference.py [docs/reference.md]
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable
from pathlib import Path

from simengine.engine.catalogue import libraries
from simengine.sensors.vocabulary import SENSOR_KINDS
from simengine.units import dimension_name
from simengine.world import vocabulary
from simengine.world.library import Property, Signature


def kind_of(prop: Property) -> str:
    """A type in words."""
    t = prop.type
    if t.kind == "enum":
        return " \\| ".join(t.choices) or "word"
    return dimension_name(t.dimension) if t.kind == "real" else t.kind


def span_of(prop: Property) -> str:
    """Allowed values, SI."""
    low, high = (("" if math.isinf(v) else f"{v:.6g}") for v in (prop.low, prop.high))
    return f"{low}..{high}" if low or high else ""


def properties(items: Iterable[Property]) -> list[str]:
    """A table of properties."""
    rows = ["| name | type | allowed (SI) | default (SI) | |", "|---|---|---|---|---|"]
    for p in items:
        default = "" if p.default is None else (f"{p.default:.5g}" if isinstance(p.default, float) else str(p.default))
        note = p.doc + ("" if p.runs else " *(checks only)*")
        rows.append(f"| `{p.name}` | {kind_of(p)} | {span_of(p)} | {default} | {note} |")
    return [*rows, ""]


def signatures(items: Iterable[Signature]) -> list[str]:
    """A table of actions, methods or places."""
    rows = ["| call | on | |", "|---|---|---|"]
    for s in items:
        args = ", ".join(p.name + ("" if p.default is None else f" = {p.default}") for p in s.parameters)
        note = s.doc + ("" if s.runs else " *(checks only)*")
        rows.append(f"| `{s.name}({args})` | {s.receiver or 'free'} | {note} |")
    return [*rows, ""]


def text() -> str:
    """The whole page."""
    out = ["# Words of the scenario language", "", "Made by `tools/make_reference.py`; do not edit.", ""]
    for library in libraries().values():
        out += [f"## Library `{library.name}`", "", library.doc, ""]
        for world in library.worlds.values():
            runs = "" if world.build else " *(checks only)*"
            out += [
                f"### World `{world.name}`{runs}",
                "",
                f"{world.doc}. Regions: {', '.join(world.regions) or 'none'}.",
                "",
            ]
            out += properties(world.properties)
        for entity in library.entities.values():
            runs = "" if entity.build else " *(checks only)*"
            models = ", ".join(entity.models) or "none"
            out += [f"### Entity `{entity.name}` ({entity.category}){runs}", "", f"{entity.doc}. Models: {models}.", ""]
            if entity.properties:
                out += properties(entity.properties)
    for category in vocabulary.CATEGORIES:
        out += [f"## Properties of every {category}", "", *properties(vocabulary.PROPERTIES[category])]
    for title, table in (
        ("Actions", vocabulary.ACTIONS), ("Controllers", vocabulary.CONTROLLERS), ("Methods", vocabulary.METHODS),
        ("Attributes", vocabulary.ATTRIBUTES), ("Functions", vocabulary.FUNCTIONS), ("Places", vocabulary.PLACES),
    ):  # fmt: skip
        out += [f"## {title}", "", *signatures(table)]
    for sensor in SENSOR_KINDS.values():
        runs = "" if sensor.runs else " *(checks only)*"
        out += [f"## Sensor `{sensor.name}`{runs}", "", *properties(sensor.properties)]
        words = [f"`{c.name}` (or `{c.also}`)" if c.also else f"`{c.name}`" for c in sensor.channels]
        out += [f"Channels: {', '.join(words)}.", ""]
    return "\n".join(out)


if __name__ == "__main__":
    Path(sys.argv[1] if len(sys.argv) > 1 else "docs/reference.md").write_text(text(), encoding="utf-8")
