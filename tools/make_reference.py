"""Write docs/reference.md: every word that a scenario can use, from the tables that the checker itself reads.

usage: python tools/make_reference.py [docs/reference.md]
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from simengine.engine.catalogue import libraries
from simengine.language.decimals import in_unit
from simengine.language.display import usual_unit
from simengine.sensors.vocabulary import SENSOR_KINDS
from simengine.units import NONE, UNITS, Unit, dimension_name
from simengine.world import vocabulary
from simengine.world.library import Property, Signature, WorldKind


def kind_of(prop: Property) -> str:
    """A type in words."""
    t = prop.type
    if t.kind == "enum":
        return " \\| ".join(t.choices) or "word"
    return dimension_name(t.dimension) if t.kind == "real" else t.kind


def unit_of(prop: Property) -> Unit | None:
    """The unit in which people write such values; None: a plain number."""
    dimension = prop.type.dimension
    if prop.type.kind not in ("real", "vector") or dimension == NONE:
        return None
    values = [v for v in (prop.low, prop.high, prop.default) if isinstance(v, float) and math.isfinite(v)]
    usual = usual_unit(dimension, (min(values, default=0.0), max(values, default=0.0)))
    if usual is not None:
        return usual
    si = next((u for u in UNITS.values() if u.dimension == dimension and u.scale == 1.0 and u.offset == 0.0), None)
    if si is not UNITS["m/s"]:
        return si
    # Of the two that roads know, the one in which the numbers are short: 50 km/h is 13.8889 m/s, and 2 m/s 7.2 km/h.
    return min(si, UNITS["km/h"], key=lambda u: sum(len(number(v, u)) for v in values))


def number(value: float, unit: Unit | None) -> str:
    """A number in a unit, without it."""
    return f"{value if unit is None else in_unit(value, unit):.6g}"


def with_unit(text: str, unit: Unit | None) -> str:
    """A text and the symbol of the unit; nothing after an empty text."""
    return f"{text} {unit.symbol}" if text and unit is not None else text


def span_of(prop: Property) -> str:
    """Allowed values, in the unit in which people write them."""
    unit = unit_of(prop)
    low, high = ("" if math.isinf(v) else number(v, unit) for v in (prop.low, prop.high))
    return with_unit(f"{low}..{high}" if low or high else "", unit)


def default_of(prop: Property) -> str:
    """The default, in the unit in which people write it; "" for none."""
    value, unit = prop.default, unit_of(prop)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return with_unit(f"({', '.join(number(v, unit) for v in value)})", unit)
    return with_unit(number(value, unit), unit) if isinstance(value, float) else "" if value is None else str(value)


def properties(items: Iterable[Property]) -> list[str]:
    """A table of properties."""
    items = list(items)
    dotted = any("." in p.name for p in items)  # such a name is no argument
    heading = "name (with a dot: only in the block below, not between the brackets)" if dotted else "name"
    rows = [f"| {heading} | type | allowed | default | |", "|---|---|---|---|---|"]
    for p in items:
        note = p.doc + ("" if p.runs else " *(checks only)*")
        rows.append(f"| `{p.name}` | {kind_of(p)} | {span_of(p)} | {default_of(p)} | {note} |")
    return [*rows, ""]


def signatures(items: Iterable[Signature]) -> list[str]:
    """A table of actions, methods or places."""
    rows = ["| call | on | |", "|---|---|---|"]
    for s in items:
        args = ", ".join(p.name + ("" if p.default is None else f" = {default_of(p)}") for p in s.parameters)
        note = s.doc + ("" if s.runs else " *(checks only)*")
        rows.append(f"| `{s.name}({args})` | {s.receiver or 'free'} | {note} |")
    return [*rows, ""]


def who_does_what() -> list[str]:
    """Which action goes with which kind of thing: a table of actions and categories."""
    columns = (*vocabulary.CATEGORIES, "sensor")
    rows = [f"| action | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
    for name in dict.fromkeys(a.name for a in vocabulary.ACTIONS if a.receiver):
        fits = ["yes" if vocabulary.find(vocabulary.ACTIONS, name, c) else "" for c in columns]
        rows.append(f"| `{name}` | {' | '.join(fits)} |")
    free = ", ".join(f"`{a.name}`" for a in vocabulary.ACTIONS if not a.receiver)
    return ["### Who can do what", "", *rows, "", f"Called without anybody before the dot: {free}.", ""]


def places(world: WorldKind) -> str:
    """What ``in``, ``at`` and ``along`` take in a world."""
    if world.lanes is None:
        return ""
    parts = {"Areas": world.areas, "named places": world.spots, "curves": world.curves or ()}
    written = {k: [re.sub(r"[.](.*)", r"(\1)", n) for n in _gathered(names)] for k, names in parts.items()}
    said = [f"{k}: {', '.join(names)}" for k, names in written.items() if names]
    return f"{'; '.join(said)}." if said else ""


def _gathered(names: Sequence[str]) -> list[str]:
    """Names of areas, numbered ones as one: "bay.1..60"."""
    most = {n.partition(".")[0]: n.partition(".")[2] for n in names if n.partition(".")[2].isdigit()}
    return list(dict.fromkeys(f"{h}.1..{most[h]}" if (h := n.partition(".")[0]) in most else n for n in names))


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
                f"{world.doc}. Regions: {', '.join(world.regions) or 'none'}. {places(world)}",
                "",
            ]
            out += properties(world.properties)
        for family, names in library.assets.items():
            words = ", ".join(f"{a.name}{' (held out)' if a.held_out else ''}" for a in names)
            out += [f'### Assets `library("{family}")`', "", f"{words}.", ""]
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
        out += who_does_what() if title == "Actions" else []
    for sensor in SENSOR_KINDS.values():
        runs = "" if sensor.runs else " *(checks only)*"
        out += [f"## Sensor `{sensor.name}`{runs}", "", *properties(sensor.properties)]
        words = [f"`{c.name}` (or `{c.also}`)" if c.also else f"`{c.name}`" for c in sensor.channels]
        out += [f"Channels: {', '.join(words)}.", ""]
    return "\n".join(out)


if __name__ == "__main__":
    Path(sys.argv[1] if len(sys.argv) > 1 else "docs/reference.md").write_text(text(), encoding="utf-8")
