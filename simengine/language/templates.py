"""Templates: scenarios with parameters that have no value yet. They check; those that extend them are drawn and run."""

from __future__ import annotations

from simengine.errors import UsageError
from simengine.language.display import usual_unit
from simengine.language.kinds import unit_symbol
from simengine.language.program import Program
from simengine.world.library import ValueType

__all__ = ["example", "require_values", "what_is_awaited"]


def example(kind: ValueType) -> str:
    """A value of a type as one writes it: "1 m"."""
    if kind.kind == "bool":
        return "yes"
    if kind.kind == "string":
        return '"..."'
    unit = usual_unit(kind.dimension)
    symbol = unit.symbol if unit else unit_symbol(kind.dimension)
    return f"1 {symbol}".strip()


def what_is_awaited(program: Program) -> str:
    """How a template is used: "extends cut_in(gap = 1 m)"; "" of a scenario in which everything has a value."""
    if not program.awaited:
        return ""
    return f"extends {program.name}({', '.join(f'{d.path} = {example(d.type)}' for d in program.awaited)})"


def require_values(program: Program) -> None:
    """Refuse to draw a template.

    Raises:
        UsageError: names the parameters that have no value, and how they get one.
    """
    if program.awaited:
        names = ", ".join(f"'{d.path}'" for d in program.awaited)
        what = "the parameters" if len(program.awaited) > 1 else "the parameter"
        raise UsageError(
            f"scenario '{program.name}' is a template: {what} {names} must be given, by a scenario that extends it, "
            f"for example 'scenario NAME {what_is_awaited(program)}:'"
        )
