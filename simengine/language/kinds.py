"""Types of the language in words, and which fit where."""

from __future__ import annotations

import math
from functools import lru_cache

from simengine.errors import an
from simengine.language.terms import Const, Expr, Op
from simengine.units import DIMENSIONS, NONE, UNITS, Dimension, dimension_name
from simengine.world.library import BOOL, NUMBER, ValueType

__all__ = ["TYPE_NAMES", "a_kind", "convert_enum", "fits", "is_number", "number_text", "unit_symbol"]

TYPE_NAMES = {"number": NUMBER, "int": ValueType("int"), "bool": BOOL, "string": ValueType("string")}
"""Type words of ``param`` besides the physical dimensions."""

_KIND_WORDS = {
    "real": "a plain number", "int": "a whole number", "bool": "a condition (yes or no)", "enum": "a word",
    "string": "a string", "entity": "an entity", "sensor": "a sensor", "vector": "a vector", "region": "a region",
    "place": "a place", "event": "an event", "controller": "a controller", "channel": "a channel", "list": "a list",
    "any": "a value", "none": "an action",
}  # fmt: skip
_CATEGORY_WORDS = {k: an(k) for k in ("vehicle", "person", "object", "robot", "drone")}


def is_number(kind: ValueType) -> bool:
    """A scalar that arithmetic takes."""
    return kind.kind in ("real", "int")


def a_kind(kind: ValueType) -> str:
    """A type with its article: "a speed", "one of left, right"."""
    if kind.kind == "real" and kind.dimension != NONE:
        word = dimension_name(kind.dimension)
        if word not in DIMENSIONS:
            return f"a value in {word}"
        if word == "pixels":
            return "a number of pixels"
        return an(word.replace("_", " "))
    if kind.kind == "enum":
        return f"one of {', '.join(kind.choices)}" if len(kind.choices) <= 8 else "a word of a fixed list"
    if kind.kind == "list" and kind.of == "entity":
        return "an entity or an array"
    if kind.kind == "list" and kind.of == "place":
        return "a lane or points"
    if kind.kind == "entity" and kind.of:
        return _CATEGORY_WORDS.get(kind.of, "an entity")
    if kind.kind == "vector":
        unit = unit_symbol(kind.dimension) or "number"
        return f"a vector ({', '.join([unit] * kind.length)})" if kind.length else f"a list of values in {unit}"
    return _KIND_WORDS[kind.kind]


@lru_cache(maxsize=256)
def unit_symbol(dimension: Dimension) -> str:
    """The SI unit of a dimension ("m/s"), "" for plain numbers."""
    for unit in UNITS.values():
        if unit.dimension == dimension and unit.scale == 1.0 and unit.offset == 0.0:
            return unit.symbol
    return "" if dimension == NONE else dimension_name(dimension)


_SHOWN = {"m/s": "m/s", "rad": "deg", "rad/s": "deg/s"}


def number_text(value: float, dimension: Dimension) -> str:
    """A number with its unit for a message; angles in degrees."""
    symbol = unit_symbol(dimension)
    shown = _SHOWN.get(symbol, symbol)
    scale = UNITS[shown].scale if shown in UNITS and math.isfinite(value) else 1.0
    return f"{value / scale:.6g} {shown}".rstrip()


def fits(found: ValueType, wanted: ValueType) -> bool:
    """A value of type ``found`` may stand where ``wanted`` is asked for (dimensions included)."""
    if wanted.kind == "any":
        return found.kind not in ("none", "controller")
    if wanted.kind == "real":
        return is_number(found) and found.dimension == wanted.dimension
    if wanted.kind == "int":
        return is_number(found) and found.dimension == NONE
    if wanted.kind == "enum":
        same = found.choices is wanted.choices  # the usual case, and the sets can be long
        return found.kind == "enum" and (same or set(found.choices) <= set(wanted.choices))
    if wanted.kind == "place":
        return found.kind in ("place", "region", "entity")
    if wanted.kind == "entity":
        return found.kind == "entity" and wanted.of in ("", found.of)
    if wanted.kind == "list" and wanted.of == "entity":
        return found.kind == "entity"
    if wanted.kind == "list" and wanted.of == "place":
        return found.kind in ("place", "entity") or (found.kind == "list" and found.of == "place")
    if wanted.kind == "vector":
        same = wanted.length in (0, found.length)  # 0: any
        return found.kind == "vector" and same and found.dimension == wanted.dimension
    return found.kind == wanted.kind


def convert_enum(expr: Expr, wanted: ValueType) -> Expr:
    """The same word with the codes of another enumeration (codes are positions, so they may differ)."""
    if expr.type.choices == wanted.choices or isinstance(expr, Const):
        return expr if not isinstance(expr, Const) else Const(expr.value, wanted, expr.span)
    *first, last = expr.type.choices
    result: Expr = Const(last, wanted, expr.span)
    for word in reversed(first):
        same = Op("==", (expr, Const(word, expr.type, expr.span)), BOOL, expr.span)
        result = Op("if", (same, Const(word, wanted, expr.span), result), wanted, expr.span)
    return result
