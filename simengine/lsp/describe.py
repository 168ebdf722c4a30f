"""Words of the language and its libraries as short texts for people: hover and the documentation of completions."""

from __future__ import annotations

import math

from simengine.errors import an
from simengine.language.codes import CODES
from simengine.language.decimals import in_unit
from simengine.language.display import usual_unit
from simengine.language.explanations import PAGES
from simengine.language.kinds import TYPE_NAMES, a_kind, unit_symbol
from simengine.lsp.words import WORDS
from simengine.sensors.vocabulary import Channel, SensorKind
from simengine.units import DIMENSIONS, NONE, UNITS, Dimension, Unit
from simengine.world.library import EntityKind, Library, Property, Signature, ValueType, WorldKind

__all__ = [
    "bounds", "channel", "code", "document", "entity_kind", "family", "kind_of", "library", "number", "property_",
    "sensor_kind", "signature", "signature_head", "type_word", "unit", "word", "world_kind",
]  # fmt: skip


def document(head: str, *parts: str) -> str:
    """Markdown: a head in the language's colours and paragraphs."""
    return "\n\n".join([f"```scn\n{head}\n```", *(p for p in parts if p)])


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?")) else ".") if text else ""


def _paragraph(*sentences: str) -> str:
    """Sentences, each with a capital and a full stop."""
    return " ".join(_sentence(s) for s in sentences if s)


def kind_of(kind: ValueType) -> str:
    """A type in words, without an article: "speed", "left | right"."""
    if kind.kind == "enum":
        words = " | ".join(kind.choices[:8])
        return words + (" | ..." if len(kind.choices) > 8 else "")
    said = a_kind(kind)
    return said.partition(" ")[2] if said.startswith(("a ", "an ")) else said


def number(value: float, dimension: Dimension, shown: Unit | None = None) -> str:
    """An SI number in a unit that people write."""
    if not math.isfinite(value):
        return "inf" if value > 0 else "-inf"
    chosen = shown or usual_unit(dimension, (value, value))
    if chosen is not None:
        return f"{in_unit(value, chosen):.6g} {chosen.symbol}"
    return f"{value:.6g} {unit_symbol(dimension)}".rstrip()


def bounds(low: float, high: float, dimension: Dimension, shown: Unit | None = None) -> str:
    """A range as it is written: "20..60 km/h"."""
    chosen = shown or usual_unit(dimension, (low, high))
    if low == high:
        return number(low, dimension, chosen)
    first, last = number(low, dimension, chosen), number(high, dimension, chosen)
    if not math.isfinite(high) and math.isfinite(low):
        return f"{first} and more"
    if not math.isfinite(low) and math.isfinite(high):
        return f"{last} and less"
    return f"{first.partition(' ')[0]}..{last}"


def property_(prop: Property) -> str:
    """A property or parameter: type, bounds, default, meaning."""
    facts = [_sentence(prop.doc)]
    dimension = prop.type.dimension
    if math.isfinite(prop.low) or math.isfinite(prop.high):
        facts.append(f"Allowed: {bounds(prop.low, prop.high, dimension)}.")
    if (default := _default(prop)) is not None:
        facts.append(f"Default: `{default}`.")
    if not prop.runs:
        facts.append("Checks, but does not run yet.")
    return document(f"{prop.name}: {kind_of(prop.type)}", " ".join(f for f in facts if f))


def _default(prop: Property) -> str | None:
    value = prop.default
    if value is None:
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    if isinstance(value, tuple | list):
        items: list[str] = [number(float(v), prop.type.dimension) for v in value]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        return f"({', '.join(items)})"
    return number(float(value), prop.type.dimension, usual_unit(prop.type.dimension, (prop.low, prop.high)))


def signature_head(found: Signature) -> str:
    """An action, question or function as it is called."""
    parts = [f"{p.name}: {kind_of(p.type)}" for p in found.parameters]
    returns = "" if found.returns.kind in ("none", "controller") else f" -> {kind_of(found.returns)}"
    return f"{found.name}({', '.join(parts)}){returns}"


def signature(found: Signature, what: str, called: bool = True) -> str:
    """An action, question, function, place, controller or attribute."""
    head = signature_head(found) if called else f"{found.name}: {kind_of(found.returns)}"
    lines: list[str] = []
    for p in found.parameters if called else ():
        default = _default(p)
        facts = [p.doc, f"default `{default}`" if default is not None else ""]
        said = "; ".join(f for f in facts if f)
        lines += [f"- `{p.name}`: {said}"] if said else []
    later = "" if found.runs else "Checks, but does not run yet."
    phase = "Known only while the scenario runs." if found.state and what not in ("action", "controller") else ""
    return document(head, _sentence(f"{what}: {found.doc}" if found.doc else what), "\n".join(lines), phase, later)


def channel(found: Channel, sensor: str) -> str:
    """A channel of a sensor."""
    later = "" if found.runs else "Checks, but is not written yet."
    also = f"Also written `{found.also}`." if found.also else ""
    return document(found.name, _sentence(f"channel of {an(sensor)}: {found.doc}"), also, later)


def entity_kind(name: str, kind: EntityKind, where: str) -> str:
    """A type of entity."""
    models = f"Models: {', '.join(kind.models)}." if kind.models else ""
    later = "" if kind.build is not None else "Checks, but does not run yet."
    return document(name, _paragraph(f"{kind.category} of the library {where}", kind.doc), models, later)


def world_kind(name: str, kind: WorldKind, where: str) -> str:
    """A kind of world."""
    properties = ", ".join(p.name for p in kind.properties)
    regions = f"Regions: {', '.join(kind.regions)}." if kind.regions else ""
    later = "" if kind.build is not None else "Checks, but does not run yet."
    return document(
        f"world {name}(...)", _paragraph(f"world of the library {where}", kind.doc),
        f"Properties: {properties}.", regions, later,
    )  # fmt: skip


def library(found: Library) -> str:
    """An installed library."""
    worlds, entities = ", ".join(found.worlds) or "none", ", ".join(found.entities) or "none"
    return document(f"use {found.name}", _sentence(found.doc), f"Worlds: {worlds}. Entities: {entities}.")


def sensor_kind(kind: SensorKind) -> str:
    """A kind of sensor."""
    later = "" if kind.runs else "Checks, but does not run yet."
    channels = f"Channels: {', '.join(c.name for c in kind.channels)}."
    return document(f"{kind.name}(...)", _sentence(kind.doc), channels, later)


_FAMILIES = {
    "normal": "mean and standard deviation; 'within' truncates it",
    "lognormal": "median, and standard deviation of the logarithm",
    "beta": "between 0 and 1, with two shape parameters",
    "triangular": "smallest, most likely and largest value",
    "poisson": "a count with this mean",
    "histogram": "edges, each with its unit, and one weight a bin",
    "library": "from a table of the library",
}


def family(name: str, parameters: tuple[str, ...]) -> str:
    """A family of distributions."""
    return document(f"~ {name}({', '.join(parameters)})", _paragraph(f"distribution: {_FAMILIES.get(name, '')}"))


def unit(symbol: str) -> str:
    """A unit: what it measures, and its SI value."""
    found = UNITS[symbol]
    if found.dimension == NONE:
        return document(symbol, f"A share: 1 {symbol} is {found.scale:g}.")
    name = next((n for n, d in DIMENSIONS.items() if d == found.dimension), "")
    plain = unit_symbol(found.dimension)
    same = f" 1 {symbol} is {found.scale + found.offset:.6g} {plain}." if symbol != plain else " SI unit."
    return document(symbol, f"Unit of {name.replace('_', ' ')}.{same}")


def type_word(name: str) -> str:
    """A type of 'param'."""
    if name in TYPE_NAMES:
        return document(f": {name}", f"{_sentence(a_kind(TYPE_NAMES[name]))}")
    units = [u.symbol for u in UNITS.values() if u.dimension == DIMENSIONS[name]]
    return document(f": {name}", f"{_sentence(a_kind(ValueType('real', DIMENSIONS[name])))}", _units_of(units))


def _units_of(units: list[str]) -> str:
    return f"Units: {', '.join(units)}." if units else ""


def word(name: str) -> str:
    """A word of the grammar."""
    meaning, example = WORDS[name]
    return document(example, f"`{name}`: {meaning}.")


def code(name: str) -> str:
    """A diagnostic's rule and why it is there; "" for a code that there is none of."""
    if name not in CODES:
        return ""
    title, rule = CODES[name]
    why = PAGES[name].why if name in PAGES else ""
    return "\n\n".join(p for p in (f"**{name} {title}**", rule, why) if p)
