"""What is known of a value before any draw: how it is drawn, where it lies, what the constraints leave of it."""

from __future__ import annotations

import math

from simengine.language.display import display_units, usual_unit, written_unit
from simengine.language.intervals import Interval
from simengine.language.program import Choice, Definition, Program
from simengine.language.terms import Awaited, Const
from simengine.lsp import describe
from simengine.lsp.analysis import Analysis
from simengine.units import Unit

__all__ = ["facts", "left_by_constraints", "support_text"]


def _definition(analysis: Analysis, scenario: str | None, path: str) -> Definition | None:
    program = analysis.program(scenario)
    if program is not None:
        return program.definitions.get(path)
    checked = analysis.checked(scenario)
    return checked.context.definitions.get(path) if checked else None


def _unit(analysis: Analysis, program: Program | None, definition: Definition) -> Unit | None:
    if program is not None and definition.path in program.definitions:
        return display_units(program, [definition.path]).get(definition.path)
    dimension = definition.type.dimension
    return written_unit(analysis.text_of(definition.binding.span), dimension) or usual_unit(dimension)


def facts(analysis: Analysis, scenario: str | None, path: str) -> str:
    """One line about a definition: its type, support or words, and what the constraints leave; "" if it has none."""
    definition = _definition(analysis, scenario, path)
    if definition is None:
        return ""
    how = "Drawn" if definition.drawn else "Value"
    where = support_text(analysis, scenario, definition)
    if isinstance(definition.binding, Awaited):
        where = "given by a scenario that extends this one"
    parts = [f"{how}: {where}" if where else "", left_by_constraints(analysis, scenario, path)]
    return "; ".join(p for p in parts if p) + ("." if any(parts) else "")


def support_text(analysis: Analysis, scenario: str | None, definition: Definition) -> str:
    """The static support of a number, the words and shares of an enumeration; "" where nothing is known."""
    program, path = analysis.program(scenario), definition.path
    if definition.type.kind in ("real", "int"):
        checked = analysis.checked(scenario)
        supports = program.supports if program is not None else checked.context.supports if checked else {}
        low, high = supports.get(path, (-math.inf, math.inf))
        if math.isinf(low) and math.isinf(high):
            return ""
        return describe.bounds(low, high, definition.type.dimension, _unit(analysis, program, definition))
    binding = definition.binding
    if isinstance(binding, Choice):
        total = sum(binding.weights) or 1.0
        named = [(v.value, w) for v, w in zip(binding.values, binding.weights, strict=False) if isinstance(v, Const)]
        return ", ".join(f"{_word(v)} {100.0 * w / total:.3g} %" for v, w in named[:12])
    return _word(binding.value) if isinstance(binding, Const) else ""


def _word(value: object) -> str:
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def left_by_constraints(analysis: Analysis, scenario: str | None, path: str) -> str:
    """What the constraints leave of a support, where that is less: "the constraints leave 30..60 km/h"."""
    program = analysis.program(scenario)
    if program is None or path not in program.definitions or path not in program.supports:
        return ""
    definition = program.definitions[path]
    now: Interval | None = analysis.narrowed(program).get(path)
    if now is None or now.empty:
        return ""
    low, high = program.supports[path]
    room = 1e-9 * max(1.0, *(abs(x) for x in (low, high) if math.isfinite(x)), 0.0)
    if now.low <= low + room and now.high >= high - room:
        return ""
    left = describe.bounds(
        max(now.low, low), min(now.high, high), definition.type.dimension, _unit(analysis, program, definition)
    )
    return f"the constraints leave {left}"
