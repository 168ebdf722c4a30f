"""Drawn values as columns: the table of ``Scenario.row`` for many variants at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from simengine.arrays import Array, BoolArray
from simengine.language.display import column_names, display_units, in_units
from simengine.language.sample import Draws
from simengine.language.scenario import drawn_paths, si_unit
from simengine.units import Unit
from simengine.world.library import ValueType

__all__ = ["Column", "columns_of"]


@dataclass(frozen=True, eq=False)
class Column:
    """One column of a table of draws.

    Attributes:
        name: as in ``Scenario.row``: "ego.speed [km/h]", "parked[1].model".
        values: one for each variant: float64 in the unit of the program's text, bool, or text.
        there: which variants have the value (an element of an array may not exist); None: all.
    """

    name: str
    values: Array
    there: BoolArray | None = None

    def cells(self, first: int = 0, last: int | None = None) -> list[float | bool | str | None]:
        """Plain values of the rows from ``first`` to before ``last``; None where there is none."""
        plain: list[float | bool | str | None] = self.values[first:last].tolist()
        if self.there is None:
            return plain
        return [v if there else None for v, there in zip(plain, self.there[first:last].tolist(), strict=True)]


def columns_of(draws: Draws) -> list[Column]:
    """The random variables of draws, one column each; elements of arrays and components of vectors one each."""
    program = draws.program
    paths = [p for p in drawn_paths(program) if p in draws.values]
    units, names = display_units(program, paths), column_names(program, paths)
    sizes = {e.name: draws.values[e.count] for e in program.entities if e.count is not None}
    out: list[Column] = []
    for path in paths:
        definition, value = program.definitions[path], np.asarray(draws.values[path])
        name, unit = names.get(path, path), units.get(path)
        symbol = si_unit(definition.type.dimension) if unit is None else unit.symbol
        label = f" [{symbol}]" if symbol else ""
        if definition.array is None:
            out += _spread(name, label, value, None, definition.type, unit)
            continue
        count = sizes[definition.array]
        for k in range(int(count.max(initial=0))):
            there = k < count
            shown = None if there.all() else there
            out += _spread(_element(name, k), label, value[:, k], shown, definition.type, unit)
    return out


def _element(name: str, k: int) -> str:
    array, dot, rest = name.partition(".")
    return f"{array}[{k + 1}]{dot}{rest}"


def _spread(
    name: str, label: str, value: Array, there: BoolArray | None, kind: ValueType, unit: Unit | None
) -> Iterator[Column]:  # fmt: skip
    if value.ndim > 1:
        for k in range(value.shape[1]):
            yield from _spread(_element(name, k), label, value[:, k], there, kind, unit)
        return
    yield Column(name + label, _shown(np.ascontiguousarray(value), kind, unit), there)


def _shown(value: Array, kind: ValueType, unit: Unit | None) -> Array:
    if value.dtype.kind != "f":
        return value
    if kind.kind == "enum" and kind.choices:
        codes = np.where(np.isfinite(value), np.rint(value), 0.0).astype(np.int64)
        return np.array(kind.choices).take(codes, mode="clip")
    if kind.kind == "bool":
        return value == 1.0
    return value if unit is None else in_units(value, unit)
